"""A private PostgreSQL cluster for the tests: in a temporary folder, on a Unix socket, gone afterwards.

Touches no cluster that is already there. What the tests ask of it is not here.
"""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

DATABASE = "goldthread_test"
START_TIMEOUT_S = 30
ENOUGH_MEMORY_BYTES = 2 * 1024**3
# The cluster lives for one test run: nothing in it must survive a crash.
SPEED = ("-c", "fsync=off", "-c", "synchronous_commit=off", "-c", "full_page_writes=off")


class Account(NamedTuple):
    """Who a program runs as; all None is whoever runs us."""

    user: int | None = None
    group: int | None = None
    extra_groups: tuple[int, ...] | None = None


def scratch_folder() -> Path:
    """Where short-lived files go: memory where there is room, since tests sync to disk thousands of times."""
    memory = Path("/dev/shm")  # noqa: S108 - folders in it are made private by mkdtemp
    if memory.is_dir() and os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > ENOUGH_MEMORY_BYTES:
        return memory
    return Path("/tmp")  # noqa: S108


def find_programs() -> Path | None:
    """The folder of the newest PostgreSQL server programs, or None."""
    folders = [found for found in Path("/usr/lib/postgresql").glob("*/bin") if (found / "postgres").exists()]
    if folders:
        return max(folders, key=lambda folder: float(folder.parent.name))
    found = shutil.which("postgres")
    return Path(os.path.realpath(found)).parent if found else None


@contextmanager
def private_cluster() -> Iterator[str]:
    """Start a cluster, yield SQLAlchemy's address of an empty database in it, stop it by its process id.

    PostgreSQL refuses to run as root: then its own account runs it. Raises RuntimeError with a sentence.
    """
    programs = find_programs()
    if programs is None:
        raise RuntimeError("PostgreSQL's server programs were not found.")
    # A socket's path may have about a hundred characters, so no deeper than this.
    folder = Path(tempfile.mkdtemp(prefix="gt-pg-", dir=scratch_folder()))
    account = _account(folder)
    data = folder / "data"
    server = None
    try:
        made = _run(
            [programs / "initdb", "-D", data, "-U", "goldthread", "-A", "trust", "-E", "UTF8", "--locale=C", "-N"],
            account,
            folder,
        )
        if made.returncode:
            raise RuntimeError(f"PostgreSQL's initdb failed: {made.stdout.strip()}")
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                [str(programs / "postgres"), "-D", str(data), "-k", str(folder), "-c", "listen_addresses=", *SPEED],
                cwd=folder,
                stdout=log,
                stderr=subprocess.STDOUT,
                user=account.user,
                group=account.group,
                extra_groups=account.extra_groups,
            )
        _wait_until_ready(programs, folder, server, account)
        created = _run([programs / "createdb", "-h", folder, "-U", "goldthread", DATABASE], account, folder)
        if created.returncode:
            raise RuntimeError(f"PostgreSQL's createdb failed: {created.stdout.strip()}")
        yield f"postgresql+psycopg://goldthread@/{DATABASE}?host={folder}"
    finally:
        if server is not None and server.poll() is None:
            server.send_signal(signal.SIGINT)  # PostgreSQL's "fast" shutdown
            try:
                server.wait(timeout=20)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()
        shutil.rmtree(folder, ignore_errors=True)


def _account(folder: Path) -> Account:
    """Under root, PostgreSQL's own account; the folder becomes its own."""
    if os.geteuid() != 0:
        return Account()
    entry = pwd.getpwnam("postgres")
    os.chown(folder, entry.pw_uid, entry.pw_gid)
    return Account(entry.pw_uid, entry.pw_gid, ())


def _run(command: Sequence[object], account: Account, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(word) for word in command],
        cwd=folder,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        user=account.user,
        group=account.group,
        extra_groups=account.extra_groups,
    )


def _wait_until_ready(programs: Path, folder: Path, server: subprocess.Popen[bytes], account: Account) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while time.monotonic() < deadline and server.poll() is None:
        if _run([programs / "pg_isready", "-h", folder, "-q"], account, folder).returncode == 0:
            return
        time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start: {(folder / 'log').read_text(errors='replace')[-2000:]}")
