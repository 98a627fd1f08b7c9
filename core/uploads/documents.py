"""PDFs written anew with nothing but their pages' looks: no script, attachment, form, link or hidden data.

Runs in the limited child process. Filled forms and signatures are drawn into the page first, so that they stay seen.
"""

from __future__ import annotations

import io

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

from core.uploads.kinds import Kind

MOST_PAGES = 100
MOST_OBJECTS = 200_000
ENDING_BYTES = 4_096  # the mark of the end stands in the last 1,024 by the standard; some scanners add to it
PAGE_KEYS = {
    *("/Type", "/Parent", "/MediaBox", "/CropBox", "/BleedBox", "/TrimBox", "/ArtBox", "/Rotate", "/UserUnit"),
    *("/Resources", "/Contents", "/Group"),
}
# Scripts and actions, attachments, hidden data, and streams that lie in another file.
BANNED_KEYS = (
    *("/JS", "/JavaScript", "/AA", "/A", "/OpenAction", "/URI", "/Launch", "/XFA", "/RichMediaContent", "/OPI", "/Ref"),
    *("/EF", "/AF", "/EmbeddedFiles", "/Metadata", "/PieceInfo", "/LastModified", "/Annots", "/Thumb"),
)
OUTSIDE_KEYS = ("/F", "/FFilter", "/FDecodeParms")
# Of a JPEG inside a PDF: the frame, tables and pixels stay, and of the named parts JFIF, colours and Adobe's.
KEPT_PARTS = {0xE0, 0xE2, 0xEE}


class Refused(Exception):
    """The document is not taken; the message is the code of the reason."""


def redraw(kind: Kind, data: bytes) -> tuple[dict[str, object], bytes]:
    """The pages of a PDF in a new one."""
    if b"%%EOF" not in data[-ENDING_BYTES:]:  # cut off: a repair would answer the pages that are left
        raise Refused("unreadable")
    try:
        with Pdf.open(io.BytesIO(data)) as source:
            pages = len(source.pages)
            if pages > MOST_PAGES:
                raise Refused("pages")
            if not pages:
                raise Refused("unreadable")
            if len(source.objects) > MOST_OBJECTS:
                raise Refused("resources")
            _draw_forms(source)
            return {"kind": Kind.PDF.value, "pages": pages}, _written_anew(source)
    except pikepdf.PasswordError as error:
        raise Refused("password") from error
    except (pikepdf.PdfError, ValueError, TypeError, KeyError, AttributeError, OverflowError, RuntimeError) as error:
        raise Refused("unreadable") from error


def _draw_forms(source: Pdf) -> None:
    """Make what is written into a form part of the page; annotations go afterwards."""
    if Name.AcroForm in source.Root:
        source.generate_appearance_streams()
    source.flatten_annotations("screen")


def _written_anew(source: Pdf) -> bytes:
    with Pdf.new() as fresh:
        for page in source.pages:
            for key in [key for key in page.obj.keys() if key not in PAGE_KEYS]:
                del page.obj[key]
            fresh.pages.append(page)
        for thing in fresh.objects:
            _strip(thing, depth=0)
        out = io.BytesIO()
        # What is no longer named is not written; the file's own words about itself are new too.
        fresh.save(
            out,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            deterministic_id=True,
            fix_metadata_version=False,
        )
        return out.getvalue()


def _strip(thing: Object, depth: int) -> None:
    """Take the banned keys out of one object and what lies directly in it; other objects come by themselves."""
    if depth > 100:
        raise Refused("unreadable")
    if isinstance(thing, Dictionary | Stream):
        for key in BANNED_KEYS:
            if key in thing:
                del thing[key]
        if isinstance(thing, Stream):
            for key in OUTSIDE_KEYS:
                if key in thing:
                    del thing[key]
            if thing.get("/Subtype") == Name.PS:  # a program for printers
                thing.write(b"")
            if thing.get("/Filter") == Name.DCTDecode or thing.get("/Filter") == Array([Name.DCTDecode]):
                thing.write(bare_jpeg(thing.read_raw_bytes()), filter=Name.DCTDecode)
        children = [thing[key] for key in thing.keys()]
    elif isinstance(thing, Array):
        children = list(thing)
    else:
        return
    for child in children:
        if isinstance(child, Object) and not child.is_indirect:
            _strip(child, depth + 1)


def bare_jpeg(data: bytes) -> bytes:
    """A JPEG without the parts that say where, when and with what it was taken; empty for bytes that are no JPEG."""
    if not data.startswith(b"\xff\xd8"):
        return b""
    kept, at = [data[:2]], 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # a filling byte
            at += 1
            continue
        length = int.from_bytes(data[at + 2 : at + 4], "big")
        if marker == 0xDA:  # the pixels: to the end
            kept.append(data[at:])
            break
        is_named_part = 0xE0 <= marker <= 0xEF or marker == 0xFE
        if not is_named_part or marker in KEPT_PARTS:
            kept.append(data[at : at + 2 + length])
        at += 2 + length
    return b"".join(kept)
