"""Compiles requirements.txt and requirements-dev.txt: exact versions with the hash of each file, for Python 3.11.

Names no package index in them, so that they install from any. `make lock UPGRADE=1` takes the newest releases.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
OPTIONS = (
    "--quiet",
    "--generate-hashes",
    "--no-strip-extras",
    "--allow-unsafe",
    "--no-header",
    "--no-emit-index-url",
    "--no-emit-trusted-host",
    "--no-emit-find-links",
)


def main() -> int:
    """Compile both, the site's first: the tests' packages must agree with it."""
    upgrade = ["--upgrade"] if os.environ.get("UPGRADE") else []
    # Settings of this machine's pip must not reach files that are for every machine.
    environ = {name: text for name, text in os.environ.items() if name not in {"PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"}}
    environ["PIP_CONFIG_FILE"] = os.devnull
    for name in ("requirements", "requirements-dev"):
        command = [sys.executable, "-m", "piptools", "compile", *OPTIONS, *upgrade, "-o", f"{name}.txt", f"{name}.in"]
        subprocess.run(command, cwd=ROOT, env=environ, check=True)
        print(f"Wrote {name}.txt")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
