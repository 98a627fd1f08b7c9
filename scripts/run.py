"""Serves the site with demo data on this machine: makes it ready, starts gunicorn, prints the address.

For a look and for development; docs/deploy.md says how a county serves it. A second run changes nothing and is quick.
"""

from __future__ import annotations

import os
import signal
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
# What a county sets for itself; the demonstration has three real counties and invented numbers.
DEMO_COUNTY = {
    "COUNTY_NAME": "Westchester, Erie and Monroe counties (demonstration)",
    "MOBILE_CRISIS_NAME": "Mobile crisis team",
    "MOBILE_CRISIS_PHONE": "914-555-0188",
    "ON_CALL_NAME": "On-call coordinator",
    "ON_CALL_PHONE": "914-555-0124",
}


def main() -> int:
    """Prepare, serve until interrupted, answer the server's exit code."""
    text = os.environ.get("PORT", "8000")
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        return _stop(f"PORT must be a number from 1 to 65535, not “{text}”. Try: make run PORT=8080")
    port = int(text)
    if not port_is_free(port):
        return _stop(f"Port {port} is in use by another program. Try another: make run PORT={port + 80}")
    address = f"http://127.0.0.1:{port}"
    for name, value in {"PUBLIC_URL": address, **DEMO_COUNTY}.items():
        os.environ.setdefault(f"GOLDTHREAD_{name}", value)
    os.chdir(ROOT)
    if subprocess.run([sys.executable, "-m", "scripts.prepare"], check=False).returncode:
        return _stop("That step failed; its reason stands above. Nothing was started.")
    server = subprocess.Popen([str(BIN / "gunicorn"), "--config", str(ROOT / "gunicorn.conf.py")])
    threading.Thread(target=_announce, args=(address, server), daemon=True).start()
    return _wait(server)


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
    """Print the address once the site answers."""
    deadline = time.monotonic() + START_TIMEOUT_S
    while server.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=START_TIMEOUT_S):  # noqa: S310 - our own address
                break
        except urllib.error.HTTPError:
            break  # it answers; what it says is seen in the browser
        except OSError:
            time.sleep(0.2)
    if server.poll() is None:
        print(f"\nGoldthread is at {address}  (Ctrl-C stops it)\n", flush=True)


def _wait(server: subprocess.Popen[bytes]) -> int:
    # A plain kill must not leave the server behind; Ctrl-C raises by itself.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
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
