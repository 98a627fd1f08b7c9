"""Serves the site with demo data on this machine: database, invented data, index, made files, then gunicorn.

For a look and for development; docs/deploy.md says how a county serves it. A second run changes nothing and is quick.
"""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
START_TIMEOUT_S = 90


def main() -> int:
    """Prepare, serve until interrupted, answer the server's exit code."""
    text = os.environ.get("PORT", "8000")
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        return _stop(f"PORT must be a number from 1 to 65535, not “{text}”. Try: make run PORT=8080")
    port = int(text)
    if not port_is_free(port):
        return _stop(f"Port {port} is in use by another program. Try another: make run PORT={port + 80}")
    address = f"http://127.0.0.1:{port}"
    os.environ.setdefault("GOLDTHREAD_PUBLIC_URL", address)
    os.chdir(ROOT)
    for sentence, command in preparations():
        print(sentence, flush=True)
        if subprocess.run(command, check=False).returncode:
            return _stop("That step failed; its reason stands above. Nothing was started.")
    server = subprocess.Popen([str(BIN / "gunicorn"), "--config", str(ROOT / "gunicorn.conf.py")])
    threading.Thread(target=_announce, args=(address, server), daemon=True).start()
    return _wait(server)


def preparations() -> list[tuple[str, list[str]]]:
    """What must be done before the site can be served, in order, each with the sentence that announces it."""
    flask = [str(BIN / "flask"), "--app", "app"]
    steps = [
        ("Bringing the database up to date", [*flask, "db", "upgrade"]),
        ("Filling in the demo data where it is missing", [*flask, "seed", "demo"]),
        ("Making translations and compressed files where they changed", [sys.executable, "-m", "scripts.build"]),
    ]
    if not has_index():
        steps.insert(2, ("Building the search index", [*flask, "directory", "reindex"]))
    return steps


def has_index() -> bool:
    """True when a search index stands in the data folder; the site keeps it up to date by itself."""
    folder = Path(os.environ.get("GOLDTHREAD_DATA_DIR") or ROOT / "data") / "index"
    return folder.is_dir() and any(folder.iterdir())


def port_is_free(port: int) -> bool:
    """True when nothing listens on that port of this machine."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def _announce(address: str, server: subprocess.Popen[bytes]) -> None:
    """Print the address and who can sign in, once the site answers."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=10):  # noqa: S310 - our own address
                break
        except urllib.error.HTTPError:
            break  # it answers; what it says is seen in the browser
        except OSError:
            time.sleep(0.2)
    if server.poll() is None:
        shown = subprocess.run([str(BIN / "flask"), "--app", "app", "seed", "sign-ins"], check=False)
        if shown.returncode:
            print("The demo sign-ins could not be listed.")
        print(f"\nGoldthread is at {address}  (Ctrl-C stops it)\n", flush=True)


def _wait(server: subprocess.Popen[bytes]) -> int:
    try:
        return server.wait()
    except KeyboardInterrupt:
        print("\nStopping", flush=True)
        server.terminate()
        server.wait()
        return 0


def _stop(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
