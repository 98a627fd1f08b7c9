"""What strangers send: what is taken comes out clean, what is not is refused with a sentence, and no worker is lost.

Each hunt has its control: the planted word is found in what was sent.
"""

from __future__ import annotations

import hashlib
import io
import os
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image

from core import uploads
from core.errors import InvalidInput
from core.uploads import clean
from core.uploads.kinds import Kind, recognise
from tests.core import hostile_files as made

CANARIES = (
    b"CANARY-SCRIPT",
    b"CANARY-ATTACHMENT",
    b"CANARY-METADATA",
    b"CANARY-AUTHOR",
    b"canary.example",
    b"CANARY-LAUNCH",
    b"CANARY-PRIVATE",
    b"CANARY-THUMB",
    b"CANARY-OUTSIDE",
    b"CANARY-POSTSCRIPT",
    made.GPS_TOWN,
)


def opened(data: bytes) -> Image.Image:
    """The picture, decoded."""
    image = Image.open(io.BytesIO(data))
    image.load()
    return image


@pytest.mark.parametrize(
    ("sent", "kind"),
    [
        (made.picture("JPEG"), Kind.JPEG),
        (made.picture("PNG"), Kind.PNG),
        (made.picture("WEBP", lossless=True), Kind.JPEG),
        (made.document(pages=3), Kind.PDF),
    ],
    ids=["jpeg", "png", "webp", "pdf"],
)
def test_honest_files_are_taken(sent: bytes, kind: Kind) -> None:
    got = clean(sent)
    assert got.kind is kind is recognise(got.data)
    assert got.sha256_of_original == hashlib.sha256(sent).hexdigest()
    assert got.sha256 == hashlib.sha256(got.data).hexdigest()
    if kind is Kind.PDF:
        assert (got.pages, got.size_px) == (3, None)
        assert b"Rent for May" in made.readable_bytes(got.data)
    else:
        assert (got.pages, got.size_px) == (None, (80, 60))
        left, right = (
            opened(got.data).convert("RGB").getpixel((5, 5)),
            opened(got.data).convert("RGB").getpixel((75, 5)),
        )
        assert left[0] > 200 > 60 > left[2]
        assert right[2] > 200 > 60 > right[0]


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
def test_the_place_where_a_picture_was_taken_is_gone(form: str) -> None:
    sent = made.picture_with_place(form)
    assert made.GPS_TOWN in sent  # control
    assert opened(sent).getexif().get_ifd(0x8825)
    got = clean(sent)
    assert made.GPS_TOWN not in got.data
    assert not opened(got.data).getexif()
    assert not {"exif", "xmp", "icc_profile", "comment"} & set(opened(got.data).info)


def test_a_picture_taken_sideways_stands_upright() -> None:
    got = clean(made.picture_with_place(orientation=6))  # a quarter turn to the right
    assert got.size_px == (60, 80)
    top, bottom = opened(got.data).getpixel((30, 5)), opened(got.data).getpixel((30, 75))
    assert top[0] > 200 and bottom[2] > 200


def test_large_pictures_are_made_smaller() -> None:
    assert clean(made.picture(size=(5000, 2500))).size_px == (2000, 1000)
    assert clean(made.picture("PNG", size=(2500, 5000))).size_px == (1000, 2000)


@pytest.mark.parametrize("mode", ["L", "1", "P", "LA", "RGBA", "CMYK", "I;16", "F"])
def test_every_kind_of_pixel_is_read(mode: str) -> None:
    out = io.BytesIO()
    form = "JPEG" if mode == "CMYK" else "TIFF" if mode == "F" else "PNG"
    Image.new(mode, (40, 30)).save(out, form)
    if form == "TIFF":
        with pytest.raises(InvalidInput, match="no JPEG, PNG or WebP"):
            clean(out.getvalue())
        return
    assert clean(out.getvalue()).size_px == (40, 30)


def test_a_picture_that_sees_through_keeps_its_shape() -> None:
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(out, "PNG")
    assert opened(clean(out.getvalue()).data).convert("RGBA").getpixel((5, 5))[3] == 0
    out = io.BytesIO()
    Image.new("RGBA", (10, 10), (255, 0, 0, 0)).save(out, "WEBP", lossless=True)
    assert min(opened(clean(out.getvalue()).data).getpixel((5, 5))) > 250  # type: ignore[arg-type]  # white, not the hidden red


def test_scripts_attachments_links_and_hidden_data_leave_a_pdf() -> None:
    sent = made.hostile_document()
    before = made.readable_bytes(sent)
    assert [canary for canary in CANARIES if canary not in before] == []  # control: the hunt finds each
    got = clean(sent)
    after = made.readable_bytes(got.data)
    assert [canary for canary in CANARIES if canary in after] == []
    for name in (b"/JavaScript", b"/JS", b"/OpenAction", b"/AA", b"/EmbeddedFile", b"/Launch", b"/URI", b"/Annot"):
        assert name in before or name == b"/Annot"
        assert name not in after
    assert b"Rent for May" in after and got.pages == 1


def test_what_is_written_in_a_form_becomes_part_of_the_page() -> None:
    got = made.readable_bytes(clean(made.filled_form()).data)
    assert b"SIGNED-BY-HAND" in got
    assert b"/AcroForm" not in got and b"/Widget" not in got


POLYGLOTS: dict[str, Callable[[], bytes]] = {
    "picture with a zip behind": lambda: made.picture() + made.archive(),
    "picture with a page behind": lambda: made.picture("PNG") + b"<html><script>CANARY-TAIL</script></html>",
    "picture with a page in its note": lambda: made.picture(comment=b"<script>CANARY-TAIL</script>"),
    "document with a zip behind": lambda: made.document() + made.archive(),
    "document with a page behind": lambda: made.document() + b"<script>CANARY-TAIL</script>",
}


@pytest.mark.parametrize("sent", POLYGLOTS.values(), ids=POLYGLOTS)
def test_what_is_two_things_at_once_comes_out_as_one(sent: Callable[[], bytes]) -> None:
    data = sent()
    assert any(word in data for word in (b"CANARY-TAIL", b"PK\x03\x04"))  # control
    got = clean(data)
    assert b"CANARY-TAIL" not in got.data and b"PK\x03\x04" not in got.data


REFUSED: dict[str, tuple[Callable[[], bytes], str]] = {
    "empty": (lambda: b"", "is empty"),
    "a page called .jpg": (lambda: b"<html><script>alert(1)</script>", "no JPEG, PNG or WebP"),
    "svg": (lambda: b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', "no JPEG, PNG or WebP"),
    "zip or Office": (made.archive, "no JPEG, PNG or WebP"),
    "gif": (lambda: made.picture("GIF"), "no JPEG, PNG or WebP"),
    "tiff": (lambda: made.picture("TIFF"), "no JPEG, PNG or WebP"),
    "program": (lambda: b"MZ" + b"\0" * 100, "no JPEG, PNG or WebP"),
    "page, then document": (lambda: b"<script>alert(1)</script>" + made.document(), "no JPEG, PNG or WebP"),
    "heic": (lambda: b"\0\0\0\x18ftypheic" + b"\0" * 100, "Most compatible"),
    "too big": (lambda: b"\xff\xd8\xff" + b"\0" * 10_000_000, "larger than 10 MB"),
    "cut-off jpeg": (lambda: made.picture(size=(900, 900))[:4000], "damaged"),
    "cut-off png": (lambda: made.picture("PNG", size=(900, 900))[:200], "damaged"),
    "cut-off webp": (lambda: made.picture("WEBP", size=(900, 900))[:200], "damaged"),
    "only a jpeg's first bytes": (lambda: b"\xff\xd8\xff" + os.urandom(500), "damaged"),
    "only a document's first bytes": (lambda: b"%PDF-1.7\n" + os.urandom(500), "damaged"),
    "cut-off document": (lambda: made.document(pages=30)[:600], "damaged"),
    "webp in name, wave in fact": (lambda: b"RIFF\0\0\0\0WEBP" + os.urandom(200), "damaged"),
    "bomb of 400 million pixels": (lambda: made.png_that_claims(20_000, 20_000), "40 million pixels"),
    "bomb of many pages": (lambda: made.document(pages=101), "100 pages"),
    "password": (made.locked_document, "password"),
}


@pytest.mark.parametrize(("sent", "sentence"), REFUSED.values(), ids=REFUSED)
def test_hostile_files_are_refused_with_a_sentence_and_quickly(sent: Callable[[], bytes], sentence: str) -> None:
    data = sent()
    began = time.monotonic()
    with pytest.raises(InvalidInput, match=sentence) as refused:
        clean(data, field="document")
    assert refused.value.field == "document"
    assert time.monotonic() - began < 5


def test_the_largest_picture_that_is_allowed_fits_into_the_childs_memory() -> None:
    assert clean(made.png_that_claims(4_000, 4_990), most_bytes=50_000_000).size_px == (1603, 2000)


def test_a_child_that_hangs_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(uploads, "TIMEOUT_S", 0.01)
    with pytest.raises(InvalidInput, match="too much work"):
        clean(made.picture())


SELF_TEST = """
import core.uploads.child as child, sys, os
child.limit_this_process()
{}
"""


@pytest.mark.parametrize(
    ("deed", "says"),
    [
        ("print('well')", ""),
        ("held = bytearray(700_000_000)", "MemoryError"),
        ("os.write(os.open(sys.argv[1], os.O_CREAT | os.O_WRONLY), b'x')", "File too large"),
    ],
    ids=["control", "memory", "file"],
)
def test_the_child_is_limited(deed: str, says: str, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SELF_TEST.format(deed), tmp_path / "file"],
        cwd=uploads.ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert says in done.stderr
    assert bool(done.returncode) is bool(says)


def test_the_child_gets_no_setting_of_the_site(monkeypatch: pytest.MonkeyPatch) -> None:
    seen: dict[str, str] = {}
    run = subprocess.run

    def watch(*arguments: object, **options: object) -> object:
        seen.update(options["env"])  # type: ignore[call-overload]
        return run(*arguments, **options)  # type: ignore[call-overload]

    monkeypatch.setenv("GOLDTHREAD_SECRET_KEY", "canary")
    monkeypatch.setattr("core.uploads.subprocess.run", watch)
    clean(made.picture())
    assert seen and not [name for name in seen if name.startswith("GOLDTHREAD")]
