"""Files as strangers send them: honest ones, and ones that hide, lie, swell or break; made here by hand."""

from __future__ import annotations

import io
import struct
import zipfile
import zlib

import pikepdf
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image

GPS_TOWN = b"GPS-CANARY-41.0340N"


def picture(form: str = "JPEG", *, size: tuple[int, int] = (80, 60), **options: object) -> bytes:
    """A picture whose left half is red and right half blue."""
    image = Image.new("RGB", size, "red")
    image.paste("blue", (size[0] // 2, 0, size[0], size[1]))
    out = io.BytesIO()
    image.save(out, form, **options)
    return out.getvalue()


def picture_with_place(form: str = "JPEG", *, orientation: int = 1) -> bytes:
    """A picture as a phone takes it: turned, with place, camera and a note."""
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F] = GPS_TOWN.decode()  # the maker's field, to be found as bytes
    exif.get_ifd(0x8825)[2] = (41.0, 2.0, 3.0)
    exif.get_ifd(0x8825)[29] = "2026:11:18"
    return picture(form, exif=exif.tobytes())


def png_that_claims(width: int, height: int) -> bytes:
    """A PNG of a few hundred bytes that unpacks to `width` × `height` pixels."""

    def chunk(name: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))

    rows = zlib.compress(b"\0" * min(height * (width + 1), 20_000_000), 9)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def archive() -> bytes:
    """A zip file; with an Office document's names in it."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        made.writestr("[Content_Types].xml", "<Types/>")
        made.writestr("word/document.xml", "<w:document/>")
    return out.getvalue()


def document(*, pages: int = 1, words: str = "Rent for May") -> bytes:
    """An honest PDF of text."""
    with Pdf.new() as made:
        for _ in range(pages):
            _add_page(made, words)
        return _saved(made)


def hostile_document() -> bytes:
    """A PDF with scripts, actions, an attachment, links, hidden data, a form and another file's stream in it."""
    with Pdf.new() as made:
        page = _add_page(made, "Rent for May")
        script = Dictionary(S=Name.JavaScript, JS=String("app.alert('CANARY-SCRIPT')"))
        made.Root.OpenAction = script
        made.Root.AA = Dictionary(WC=script)
        made.Root.Names = Dictionary(
            JavaScript=Dictionary(Names=Array([String("s"), script])),
            EmbeddedFiles=Dictionary(Names=Array([String("a.exe"), _attachment(made)])),
        )
        made.Root.Metadata = Stream(made, b"<x:xmpmeta>CANARY-METADATA</x:xmpmeta>")
        made.trailer.Info = made.make_indirect(Dictionary(Author=String("CANARY-AUTHOR")))
        link = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=[0, 0, 9, 9],
            A=Dictionary(S=Name.URI, URI=String("https://canary.example/track")),
        )
        launch = Dictionary(
            Type=Name.Annot,
            Subtype=Name.Link,
            Rect=[0, 0, 9, 9],
            A=Dictionary(S=Name.Launch, F=String("CANARY-LAUNCH.exe")),
        )
        clip = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=_attachment(made))
        page.obj.Annots = made.make_indirect(Array([made.make_indirect(each) for each in (link, launch, clip)]))
        page.obj.AA = Dictionary(O=script)
        page.obj.PieceInfo = Dictionary(Tool=Dictionary(Private=String("CANARY-PRIVATE")))
        page.obj.Thumb = Stream(made, b"CANARY-THUMB")
        photograph = Stream(made, picture_with_place())
        photograph.Type, photograph.Subtype, photograph.Filter = Name.XObject, Name.Image, Name.DCTDecode
        photograph.Width, photograph.Height, photograph.BitsPerComponent = 80, 60, 8
        photograph.ColorSpace = Name.DeviceRGB
        elsewhere = Stream(made, b"")
        elsewhere.Type, elsewhere.Subtype, elsewhere.BBox = Name.XObject, Name.Form, Array([0, 0, 1, 1])
        elsewhere.F = String("CANARY-OUTSIDE.bin")
        program = Stream(made, b"CANARY-POSTSCRIPT")
        program.Type, program.Subtype = Name.XObject, Name.PS
        page.obj.Resources.XObject = Dictionary(Im0=photograph, Fm0=elsewhere, Ps0=program)
        return _saved(made)


def filled_form() -> bytes:
    """A PDF whose only words stand in a form's field."""
    with Pdf.new() as made:
        page = _add_page(made, "")
        font = made.make_indirect(Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
        field = made.make_indirect(
            Dictionary(
                Type=Name.Annot,
                Subtype=Name.Widget,
                FT=Name.Tx,
                T=String("signed"),
                V=String("SIGNED-BY-HAND"),
                DA=String("/Helv 12 Tf 0 g"),
                Rect=[50, 50, 250, 80],
                P=page.obj,
                F=4,
            )
        )
        page.obj.Annots = Array([field])
        made.Root.AcroForm = Dictionary(
            Fields=Array([field]),
            DR=Dictionary(Font=Dictionary(Helv=font)),
            DA=String("/Helv 12 Tf 0 g"),
            NeedAppearances=True,
        )
        return _saved(made)


def locked_document() -> bytes:
    """A PDF that opens with a password only."""
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(document())) as made:
        made.save(out, encryption=pikepdf.Encryption(owner="secret", user="secret"))
    return out.getvalue()


def readable_bytes(pdf: bytes) -> bytes:
    """Everything in a PDF with its streams unpacked, for a hunt; strings in hexadecimal are read too."""
    out = io.BytesIO()
    with Pdf.open(io.BytesIO(pdf)) as made:
        found = [bytes(thing) for thing in _strings(made)]
        found += [thing.read_bytes() for thing in made.objects if isinstance(thing, Stream) and "/Filter" not in thing]
        made.save(
            out,
            stream_decode_level=pikepdf.StreamDecodeLevel.generalized,
            compress_streams=False,
            object_stream_mode=pikepdf.ObjectStreamMode.disable,
            qdf=True,
            fix_metadata_version=False,
        )
    return out.getvalue() + b"\n".join(found)


def _strings(made: Pdf) -> list[String]:
    found: list[String] = []

    def look(thing: object) -> None:
        if isinstance(thing, String):
            found.append(thing)
        elif isinstance(thing, Dictionary | Stream):
            for key in thing.keys():
                if not getattr(thing[key], "is_indirect", False):
                    look(thing[key])
        elif isinstance(thing, Array):
            for each in thing:
                if not getattr(each, "is_indirect", False):
                    look(each)

    for thing in made.objects:
        look(thing)
    return found


def _attachment(made: Pdf) -> Dictionary:
    inside = Stream(made, b"MZ CANARY-ATTACHMENT")
    inside.Type = Name.EmbeddedFile
    return made.make_indirect(
        Dictionary(Type=Name.Filespec, F=String("a.exe"), UF=String("a.exe"), EF=Dictionary(F=inside))
    )


def _add_page(made: Pdf, words: str) -> pikepdf.Page:
    page = made.add_blank_page(page_size=(300, 200))
    page.obj.Resources = Dictionary(
        Font=Dictionary(F1=Dictionary(Type=Name.Font, Subtype=Name.Type1, BaseFont=Name.Helvetica))
    )
    page.obj.Contents = Stream(made, f"BT /F1 12 Tf 20 100 Td ({words}) Tj ET".encode())
    return page


def _saved(made: Pdf) -> bytes:
    out = io.BytesIO()
    made.save(out, fix_metadata_version=False)
    return out.getvalue()
