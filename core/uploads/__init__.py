"""What an uploaded file really is, and a clean copy of it: pictures painted again, PDFs without scripts or attachments.

Nothing is stored here (core.files does) and no file name is looked at: the content alone decides.
"""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from core.errors import InvalidInput, Sentence
from core.uploads.kinds import Kind, recognise

MOST_BYTES: Final = 10_000_000
TIMEOUT_S: Final = 10  # security.md: 512 MB, 10 s, 40 megapixels; the child sets the other two for itself
AT_ONCE: Final = threading.BoundedSemaphore(2)  # each child may take 512 MB
ROOT: Final = Path(__file__).resolve().parent.parent.parent

EMPTY: Final = Sentence("The file is empty. Choose it again, or take a new picture.")
TOO_BIG: Final = Sentence(
    "The file is larger than %(most)s MB. Take the picture with fewer pixels, or send fewer pages."
)
WRONG_KIND: Final = Sentence(
    "This is no JPEG, PNG or WebP picture and no PDF. Save it as one of these and send it again."
)
HEIC: Final = Sentence(
    "This picture is in the form HEIC, which cannot be read here. "
    "Set the phone's camera to “Most compatible”, or send a screenshot of it."
)
REFUSED: Final = {
    "unreadable": Sentence("The file is damaged and cannot be read. Save it again, or take a new picture."),
    "pixels": Sentence("The picture has more than 40 million pixels. Take it with fewer."),
    "password": Sentence("The PDF asks for a password. Save it without one and send it again."),
    "pages": Sentence("The PDF has more than 100 pages. Send the pages that matter."),
    "resources": Sentence("The file takes too much work to read. Save it again in a simpler form, or take a picture."),
}


@dataclass(frozen=True, slots=True)
class CleanFile:
    """What may be stored and served. `size_px` is set for pictures, `pages` for PDFs."""

    kind: Kind
    data: bytes
    sha256_of_original: str
    sha256: str
    pages: int | None = None
    size_px: tuple[int, int] | None = None


def clean(data: bytes, *, most_bytes: int = MOST_BYTES, field: str = "file") -> CleanFile:
    """The clean copy of an upload. Raises InvalidInput on `field` with a sentence that says what would do.

    The copy of a signed PDF looks the same but carries no digital signature; `sha256_of_original` names what was sent.
    Costs a process of its own, some tenths of a second.
    """
    if not data:
        raise InvalidInput(field, EMPTY)
    if len(data) > most_bytes:
        raise InvalidInput(field, Sentence(TOO_BIG.text, most=most_bytes // 1_000_000))
    kind = recognise(data)
    if kind is None:
        raise InvalidInput(field, HEIC if data[4:8] == b"ftyp" else WRONG_KIND)
    facts, copy = _in_a_child(kind, data)
    if refusal := facts.get("refused"):
        raise InvalidInput(field, REFUSED[refusal])
    size = facts.get("size_px")
    return CleanFile(
        kind=Kind(facts["kind"]),
        data=copy,
        sha256_of_original=hashlib.sha256(data).hexdigest(),
        sha256=hashlib.sha256(copy).hexdigest(),
        pages=facts.get("pages"),
        size_px=(size[0], size[1]) if size else None,
    )


def _in_a_child(kind: Kind, data: bytes) -> tuple[dict[str, Any], bytes]:
    """What the child answers: one line of facts, then the copy. A child that dies or hangs refuses the file."""
    command = [sys.executable, "-m", "core.uploads.child", kind.value]
    with AT_ONCE:
        try:
            done = subprocess.run(
                command,
                input=data,
                capture_output=True,
                cwd=ROOT,
                env={"PYTHONDONTWRITEBYTECODE": "1", "PATH": os.defpath},  # no setting, so no secret
                timeout=TIMEOUT_S,
                check=False,
            )
        except subprocess.TimeoutExpired:
            return {"refused": "resources"}, b""
    line, _, copy = done.stdout.partition(b"\n")
    if done.returncode or not line:
        return {"refused": "resources"}, b""
    facts: dict[str, Any] = json.loads(line)
    return facts, copy
