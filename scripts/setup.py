"""Makes the virtual environment in .venv and installs the locked requirements into it.

Uses nothing but Python's standard library. It installs no system package and starts nothing.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
OLDEST = (3, 11)
RUNTIME = ("requirements.txt",)
DEVELOPMENT = ("requirements.txt", "requirements-dev.txt")


def find_python() -> str | None:
    """A Python new enough for the site: this one, or a newer one on the path."""
    if sys.version_info >= OLDEST:
        return sys.executable
    return next((found for minor in (13, 12, 11) if (found := shutil.which(f"python3.{minor}"))), None)


def fingerprint(files: tuple[str, ...], python: str) -> str:
    """Changes when a requirement or the Python that runs it changes."""
    parts = [(ROOT / name).read_bytes() for name in files] + [os.path.realpath(python).encode()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def main() -> int:
    """Make or refresh .venv; says in one sentence what is missing when it cannot."""
    parser = argparse.ArgumentParser(description="Make .venv and install the locked requirements.")
    parser.add_argument("--dev", action="store_true", help="also what tests and checks need")
    wanted = parser.parse_args()
    python = find_python()
    if python is None:
        return _stop("Goldthread needs Python 3.11 or newer (Debian: apt-get install python3 python3-venv).")
    files = DEVELOPMENT if wanted.dev else RUNTIME
    stamps = {names: VENV / f".installed-{kind}" for kind, names in (("runtime", RUNTIME), ("dev", DEVELOPMENT))}
    mark = fingerprint(files, python)
    if _is_fresh(stamps[files], mark):
        return 0
    if not (VENV / "bin" / "python").exists():
        print("Making the virtual environment in .venv", flush=True)
        made = subprocess.run([python, "-m", "venv", "--clear", str(VENV)], check=False)
        if made.returncode:
            return _stop("Python could not make a virtual environment (Debian: apt-get install python3-venv).")
    print("Installing the locked requirements (a minute or two the first time)", flush=True)
    started = time.monotonic()
    lists = [word for name in files for word in ("-r", str(ROOT / name))]
    pip = [str(VENV / "bin" / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    if subprocess.run([*pip, "--quiet", "--use-pep517", "--require-hashes", *lists], check=False).returncode:
        return _stop("pip could not install the requirements; its reason stands above. Try again when it is mended.")
    stamps[files].write_text(mark)
    # What tests need includes all that the site needs.
    stamps[RUNTIME].write_text(fingerprint(RUNTIME, python))
    print(f"Installed in {time.monotonic() - started:.0f} s")
    return 0


def _is_fresh(stamp: Path, mark: str) -> bool:
    return (VENV / "bin" / "python").exists() and stamp.exists() and stamp.read_text() == mark


def _stop(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    raise SystemExit(main())
