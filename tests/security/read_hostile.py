"""Reads each file named on the command line as a feed, in a child process of its own, and prints what came of it."""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
from pathlib import Path

from core.errors import InvalidInput
from directory import imports


def read_one(path: Path) -> dict[str, object]:
    """The refusal, or what else happened, with seconds and megabytes."""
    before, started = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, time.monotonic()
    try:
        imports.read(path)
        outcome, sentence = "read", ""
    except InvalidInput as refusal:
        outcome, sentence = "refused", str(refusal)
    except BaseException as error:
        outcome, sentence = "crashed", f"{type(error).__name__}: {error}"[:200]
    grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024
    return {
        "name": path.name,
        "outcome": outcome,
        "sentence": sentence,
        "seconds": time.monotonic() - started,
        "mb": grown,
        "cpu": time.process_time(),
    }


def main() -> None:
    """One child for each file, so that the memory of one does not hide that of the next."""
    for name in sys.argv[1:]:
        sys.stdout.flush()
        child = os.fork()
        if child == 0:
            signal.alarm(30)
            resource.setrlimit(resource.RLIMIT_CPU, (20, 20))
            resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
            sys.stdout.write(json.dumps(read_one(Path(name))) + "\n")
            sys.stdout.flush()
            os._exit(0)
        _, status = os.waitpid(child, 0)
        if status:
            sys.stdout.write(
                json.dumps({"name": Path(name).name, "outcome": "died", "sentence": str(status), "cpu": 99, "mb": 0})
                + "\n"
            )


if __name__ == "__main__":
    main()
