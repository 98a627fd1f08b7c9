"""What a file is by its content, whatever its name says, and the sentence for what cannot be read."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path
from typing import Final, Literal

from core.errors import Sentence

Kind = Literal["table", "workbook", "json", "lines", "other"]

TABLE_ENDINGS: Final = frozenset({".csv", ".tsv", ".txt"})
LINE_ENDINGS: Final = frozenset({".ndjson", ".jsonl"})
ZIP_MARK: Final = b"PK\x03\x04"
_OPEN_DOCUMENT: Final = Sentence(
    "%(name)s is an OpenDocument file. Open it in a spreadsheet program and save it as XLSX or CSV."
)
_SIGNS: Final[tuple[tuple[bytes, Sentence], ...]] = (
    (b"\xd0\xcf\x11\xe0", Sentence("%(name)s is an old or protected Excel workbook. Open it in a spreadsheet program"
                                   " and save it as XLSX without a password, or as CSV.")),
    (b"%PDF", Sentence("%(name)s is a PDF, which cannot be read as a list. Ask for the list as XLSX or CSV.")),
    (b"\x89PNG", Sentence("%(name)s is a picture. Ask for the list as XLSX or CSV.")),
    (b"\xff\xd8\xff", Sentence("%(name)s is a picture. Ask for the list as XLSX or CSV.")),
    (b"{\\rtf", Sentence("%(name)s is a text document. Save its table as XLSX or CSV.")),
    (b"\x1f\x8b", Sentence("%(name)s is packed with gzip. Unpack it and import what is inside.")),
    (b"7z\xbc\xaf", Sentence("%(name)s is packed with 7-Zip. Unpack it, or pack it as a zip.")),
    (b"Rar!", Sentence("%(name)s is packed with RAR. Unpack it, or pack it as a zip.")),
)  # fmt: skip
_WEB_PAGE: Final = Sentence(
    "%(name)s is a web page, not a list: often a sign-in page that was saved in its place. Download the list again."
)
_XML: Final = Sentence("%(name)s is XML, which is not read. Ask for the list as CSV, XLSX or HSDS JSON.")
_INNER_ZIP: Final = Sentence("%(name)s is a zip inside the feed. Unpack it and import what is inside.")


def kind_of(name: str, data: bytes) -> Kind:
    """How a file is read: a workbook or JSON is known by its content, the rest by its ending."""
    ending = Path(name).suffix.lower()
    if ending == ".xlsx" or is_workbook(data):
        return "workbook"
    if ending in LINE_ENDINGS:
        return "lines"
    if ending == ".json" or ending in TABLE_ENDINGS and _starts_as_json(data):
        return "json"
    return "table" if ending in TABLE_ENDINGS else "other"


def is_workbook(data: bytes) -> bool:
    """Whether a zip is an Excel workbook."""
    return "xl/workbook.xml" in _entries(data)


def unreadable(name: str, data: bytes) -> Sentence | None:
    """Why this can never be a list and what to do instead; None when nothing tells."""
    for sign, sentence in _SIGNS:
        if data.startswith(sign):
            return _named(sentence, name)
    if data.startswith(ZIP_MARK):
        entries = _entries(data)
        if "mimetype" in entries:
            return _named(_OPEN_DOCUMENT, name)
        return _named(_INNER_ZIP, name) if entries and Path(name).suffix.lower() != ".xlsx" else None
    start = data[:1024].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<head", b"<body", b"<table")):
        return _named(_WEB_PAGE, name)
    return _named(_XML, name) if start.startswith(b"<?xml") or name.lower().endswith((".xml", ".kml")) else None


def _named(sentence: Sentence, name: str) -> Sentence:
    return Sentence(sentence.text, name=name)


def _entries(data: bytes) -> frozenset[str]:
    if not data.startswith(ZIP_MARK):
        return frozenset()
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as package:
            return frozenset(package.namelist())
    except (zipfile.BadZipFile, OSError, ValueError):
        return frozenset()


def _starts_as_json(data: bytes) -> bool:
    # A heading that begins with a bracket would be a strange one; what is no JSON after all is told as such.
    start = b"".join(data[:64].replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe").split())
    return start.startswith((b'{"', b"[{"))
