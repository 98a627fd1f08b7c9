"""Pictures painted again on a new one, so that nothing but what is seen remains; runs in the limited child process."""

from __future__ import annotations

import io
import struct
import warnings

from PIL import Image, ImageOps, UnidentifiedImageError

from core.uploads.kinds import Kind

MOST_PIXELS = 40_000_000
MOST_SIDE_PX = 2_000
QUALITY = 85
DAMAGED = (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, EOFError, struct.error)


class Refused(Exception):
    """The picture is not taken; the message is the code of the reason."""


def repaint(kind: Kind, data: bytes) -> tuple[dict[str, object], bytes]:
    """The picture upright, at most 2,000 pixels a side, without any data beside the pixels.

    PNG stays PNG (a screenshot keeps its letters sharp); the others become JPEG. An animation gives its first frame.
    """
    warnings.simplefilter("ignore")  # Pillow's own limit on pixels: ours is asked below, before anything is decoded
    try:
        with Image.open(io.BytesIO(data), formats=[kind.value]) as picture:
            if picture.width * picture.height > MOST_PIXELS:
                raise Refused("pixels")
            painted = _painted(picture, keeps_alpha=kind is Kind.PNG)
    except Image.DecompressionBombError as error:
        raise Refused("pixels") from error
    except (UnidentifiedImageError, *DAMAGED) as error:
        raise Refused("unreadable") from error
    out = io.BytesIO()
    if kind is Kind.PNG:
        painted.save(out, "PNG", optimize=False)
    else:
        painted.save(out, "JPEG", quality=QUALITY, optimize=True)
    made = Kind.PNG if kind is Kind.PNG else Kind.JPEG
    return {"kind": made.value, "size_px": painted.size}, out.getvalue()


def _painted(picture: Image.Image, *, keeps_alpha: bool) -> Image.Image:
    """A new picture with the same pixels. Small first, upright then: turning needs a second copy in memory."""
    picture.draft("RGB", (MOST_SIDE_PX, MOST_SIDE_PX))  # a JPEG decodes at a half, quarter or eighth by itself
    picture.load()
    if picture.mode.startswith("I;16"):  # sixteen bits of grey: the upper eight
        picture = picture.point(lambda value: value / 256).convert("L")
    has_alpha = "transparency" in picture.info or picture.mode in {"RGBA", "LA", "PA", "RGBa", "La"}
    small = picture.convert("RGBA" if has_alpha else "RGB")
    small.thumbnail((MOST_SIDE_PX, MOST_SIDE_PX))
    upright = ImageOps.exif_transpose(small)
    fresh = Image.new("RGBA" if has_alpha and keeps_alpha else "RGB", upright.size, "white")
    fresh.paste(upright, (0, 0), upright if has_alpha and not keeps_alpha else None)
    return fresh
