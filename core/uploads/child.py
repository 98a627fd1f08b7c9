"""The process that decodes what strangers sent: it limits itself, reads one file and answers a clean copy of it.

Run as `python -m core.uploads.child KIND`: the file on standard input; on standard output one line of JSON, then the
copy. It gets no setting and no secret, opens no file, and whatever goes wrong in it is a refused upload.
"""

from __future__ import annotations

import json
import resource
import sys
from collections.abc import Callable

from core.uploads import documents, pictures
from core.uploads.kinds import Kind

ADDRESS_SPACE = 512 * 1024 * 1024
CPU_S = 10
Facts = dict[str, object]


def limit_this_process() -> None:
    """Bound memory and time, forbid writing files and dumping memory. What is loaded already counts."""
    for what, most in (
        (resource.RLIMIT_AS, ADDRESS_SPACE),
        (resource.RLIMIT_CPU, CPU_S),
        (resource.RLIMIT_FSIZE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))


def answer(kind: Kind, data: bytes) -> tuple[Facts, bytes]:
    """Facts and the copy; or `{"refused": code}` and nothing."""
    read: Callable[[Kind, bytes], tuple[Facts, bytes]] = documents.redraw if kind is Kind.PDF else pictures.repaint
    try:
        return read(kind, data)
    except (documents.Refused, pictures.Refused) as refusal:
        return {"refused": str(refusal)}, b""
    except (MemoryError, RecursionError):
        return {"refused": "resources"}, b""


def main() -> int:
    """Answer one file."""
    limit_this_process()
    facts, copy = answer(Kind(sys.argv[1]), sys.stdin.buffer.read())
    sys.stdout.buffer.write(json.dumps(facts).encode() + b"\n" + copy)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
