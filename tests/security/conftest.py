"""What the security tests share: no way out of this machine, a site full of demo data, and what was logged."""

from __future__ import annotations

import ipaddress
import logging
import shutil
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.security.sites import Site, build_site


class OutsideCall(AssertionError):
    """Something tried to reach another machine."""


def is_this_machine(address: Any) -> bool:
    """Whether a socket's address stays on this machine: a path, or a loopback number (a name would be looked up)."""
    if isinstance(address, str | bytes):
        return True
    try:
        return ipaddress.ip_address(str(address[0]).split("%")[0]).is_loopback
    except ValueError:
        return address[0] == "localhost"


@pytest.fixture(scope="session", autouse=True)
def no_outside_call() -> Iterator[None]:
    """Every connection, datagram and look-up of a name elsewhere fails the test that caused it."""
    patch = pytest.MonkeyPatch()

    def guarded(method: Callable[..., Any], place: int) -> Callable[..., Any]:
        def call(self: socket.socket, *arguments: Any) -> Any:
            if not is_this_machine(arguments[place]):
                raise OutsideCall(f"a socket to {arguments[place]!r}")
            return method(self, *arguments)

        return call

    def look_up(host: Any, *arguments: Any, **named: Any) -> Any:
        name = host.decode() if isinstance(host, bytes) else host
        if name not in (None, "", "localhost") and not is_this_machine((name,)):
            raise OutsideCall(f"a look-up of {name!r}")
        return getaddrinfo(host, *arguments, **named)

    getaddrinfo = socket.getaddrinfo
    patch.setattr(socket.socket, "connect", guarded(socket.socket.connect, 0))
    patch.setattr(socket.socket, "connect_ex", guarded(socket.socket.connect_ex, 0))
    patch.setattr(socket.socket, "sendto", guarded(socket.socket.sendto, -1))
    patch.setattr(socket, "getaddrinfo", look_up)
    yield
    patch.undo()


class Diary(logging.Handler):
    """Keeps what was logged, as it would be printed."""

    def __init__(self) -> None:
        super().__init__(logging.DEBUG)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        """Keep one record, its traceback too."""
        self.lines.append(logging.Formatter("%(name)s %(message)s").format(record))


@pytest.fixture
def diary() -> Iterator[Diary]:
    """Everything that any logger of this process says during the test."""
    handler, root = Diary(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield handler
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The database file of a migrated site with the demo data, to copy."""
    folder = tmp_path_factory.mktemp("prepared")
    site = build_site(folder, with_demo=True)
    site.close()
    return folder / "goldthread.db"


@pytest.fixture(scope="session")
def demo_site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with the demo data, for tests that change nothing in it."""
    folder = tmp_path_factory.mktemp("demo")
    shutil.copyfile(prepared, folder / "goldthread.db")
    site = build_site(folder)
    yield site
    site.close()
