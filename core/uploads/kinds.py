"""The kinds of files that are taken, told by their first bytes; nothing is decoded here."""

from __future__ import annotations

from enum import StrEnum


class Kind(StrEnum):
    """What may be uploaded."""

    JPEG = "jpeg"
    PNG = "png"
    WEBP = "webp"
    PDF = "pdf"

    @property
    def media_type(self) -> str:
        """The type that it is served with."""
        return "application/pdf" if self is Kind.PDF else f"image/{self.value}"

    @property
    def ending(self) -> str:
        """The ending of its name when somebody saves it."""
        return "jpg" if self is Kind.JPEG else self.value


def recognise(data: bytes) -> Kind | None:
    """The kind that the first bytes say, or None. A PDF must begin at the first byte: what stands before is no PDF."""
    if data.startswith(b"\xff\xd8\xff"):
        return Kind.JPEG
    if data.startswith(b"\x89PNG\r\n\x1a\n"):
        return Kind.PNG
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        return Kind.WEBP
    if data.startswith(b"%PDF-"):
        return Kind.PDF
    return None
