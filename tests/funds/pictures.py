"""Small pictures for tests of papers: real JPEGs, each its own."""

from __future__ import annotations

import io

from PIL import Image


def picture(shade: int = 200, *, size: tuple[int, int] = (60, 40)) -> bytes:
    """A JPEG of one grey, with an EXIF comment that must not survive."""
    out = io.BytesIO()
    exif = Image.Exif()
    exif[0x010E] = "where it was taken"
    Image.new("RGB", size, (shade, shade, shade)).save(out, "JPEG", exif=exif)
    return out.getvalue()
