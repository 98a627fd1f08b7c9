"""A private copy of the site with demo data, on a free port of this machine, for pictures and measurements.

Lives as long as the `with` block; its data folder goes with it. `make run` is for people.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from scripts.run import BIN, ROOT, START_TIMEOUT_S


@contextmanager
def private_site() -> Iterator[str]:
    """Prepare and serve a copy; yields its address. Raises RuntimeError when it does not answer in time."""
    with tempfile.TemporaryDirectory(prefix="goldthread-") as folder:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        address = f"http://127.0.0.1:{port}"
        environ = {name: text for name, text in os.environ.items() if not name.startswith("GOLDTHREAD_")}
        environ |= {"GOLDTHREAD_DATA_DIR": folder, "GOLDTHREAD_PUBLIC_URL": address, "PORT": str(port)}
        # Many pages in a few seconds come from one address here.
        environ |= {"GOLDTHREAD_SEARCH_RATE": "100000 per minute", "GOLDTHREAD_SIGN_IN_RATE": "100000 per minute"}
        # A program signs in here, without an authenticator.
        environ |= {"GOLDTHREAD_TWO_FACTOR_REQUIRED": "no"}
        subprocess.run(
            [sys.executable, "-m", "scripts.prepare"], cwd=ROOT, env=environ, check=True, stdout=subprocess.DEVNULL
        )
        with (Path(folder) / "server.log").open("wb") as log:
            command = [str(BIN / "gunicorn"), "--config", str(ROOT / "gunicorn.conf.py")]
            server = subprocess.Popen(command, cwd=ROOT, env=environ, stdout=log, stderr=log)
        try:
            _wait_for(address, server)
            yield address
        finally:
            server.terminate()
            server.wait()


def _wait_for(address: str, server: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=START_TIMEOUT_S):  # noqa: S310 - our own address
                return
        except urllib.error.HTTPError:
            return
        except OSError:
            time.sleep(0.2)
    raise RuntimeError("The private copy of the site did not start.")
