"""Files as strangers hand them in: read by what they hold, or refused with a sentence that says what to do."""

from __future__ import annotations

import csv
import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from core.db import db
from core.errors import InvalidInput
from directory import imports
from directory.hsds.records import Plan
from directory.imports.merged import filled, spans_down
from directory.models import Organization, Service
from directory.queries import count_rows
from tests.directory.imports.conftest import ADDRESSES, LOCATIONS, ORGANIZATIONS, SERVICES, SITES
from tests.directory.imports.test_formats import SERVICE_OBJECT, save

FILES = {
    "organizations.csv": ORGANIZATIONS,
    "services.csv": SERVICES,
    "locations.csv": LOCATIONS,
    "service_at_location.csv": SITES,
    "addresses.csv": ADDRESSES,
}
HEADINGS = ["Agency", "Program", "Street", "Zip"]
MAPPING = 'row = "service"\norganization.name = "Agency"\nservice.name = "Program"\n'
MAPPING += 'address.address_1 = "Street"\naddress.postal_code = "Zip"\nlocation.name = "Agency"\n'


def codes(plan: Plan) -> set[str]:
    """The reasons that the report gives."""
    return {change.code for change in plan.changes}


def with_signs(sign: str, before: str = "") -> Callable[[str], str]:
    """The same table with another sign between its cells."""

    def write(text: str) -> str:
        buffer = io.StringIO()
        csv.writer(buffer, delimiter=sign).writerows(csv.reader(io.StringIO(text)))
        return before + buffer.getvalue()

    return write


def with_headings(change: Callable[[str], str]) -> Callable[[str], str]:
    """The same table under headings in another spelling."""

    def write(text: str) -> str:
        first, rest = text.split("\n", 1)
        return change(first) + "\n" + rest

    return write


@pytest.mark.parametrize(
    ("name", "write", "encoding"),
    [
        ("{}.csv", str, "utf-16-le"),
        ("{}.csv", str, "utf-16-be"),
        ("{}.csv", with_signs(";", "sep=;\r\n"), "utf-8"),
        ("{}.csv", with_headings(str.upper), "utf-8"),
        ("{}.csv", with_headings(lambda line: line.replace("_", " ").title()), "utf-8"),
        ("hsds_{}.csv", str, "utf-8"),
        ("{}_2024-01-31.csv", str, "utf-8"),
        ("Copy of {} (1).csv", str, "utf-8"),
    ],
)
def test_the_standard_in_another_dress_is_the_standard(
    name: str, write: Callable[[str], str], encoding: str, tmp_path: Path, import_feed: Any
) -> None:
    for file_name, text in FILES.items():
        (tmp_path / name.format(file_name.removesuffix(".csv"))).write_bytes(write(text).encode(encoding))

    import_feed(tmp_path)

    rows = count_rows()
    assert {rows[table] for table in ("organization", "service", "location", "service_at_location", "address")} == {1}
    assert import_feed(tmp_path).changes_nothing


def test_files_named_for_one_row_are_read(write_feed: Any, import_feed: Any) -> None:
    one = {"organization.csv": ORGANIZATIONS, "service.csv": SERVICES, "location.csv": LOCATIONS}
    many = dict.fromkeys((f"{name.removesuffix('.csv')}s.csv" for name in one), "")

    import_feed(write_feed({**one, **many}))

    assert count_rows()["service_at_location"] == 1


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("list.csv", b"", "list.csv is empty"),
        ("list.csv", b"\n  \n", "list.csv is empty"),
        ("list.csv", b"id,name\n", "headings and no rows"),
        ("list.csv", b"%PDF-1.4\n%", "is a PDF"),
        ("list.csv", b"\x89PNG\r\n\x1a\n\0\0", "is a picture"),
        ("list.csv", b"<!DOCTYPE html><html></html>", "is a web page"),
        ("list.json", b"<html><body>Sign in</body></html>", "is a web page"),
        ("list.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "save it as XLSX"),
        ("list.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "without a password"),
        ("list.xlsx", b"id,name\n1,2\n", "cannot be read as XLSX. Open it"),
        ("list.xml", b"<list/>", "is XML"),
        ("list.json", b'[{"id": "s1", "name": "Fo', "line 1, sign 23: it is damaged, or not whole"),
        ("list.ndjson", b'{"id": "1"}\n{"id": "2"}\n{bad\n', "no JSON from line 3"),
        ("list.zip", b"PK\x03\x04" + b"\0" * 40, "damaged, or not whole"),
    ],
)
def test_what_is_not_what_its_name_says_is_told(name: str, data: bytes, words: str, tmp_path: Path) -> None:
    (tmp_path / name).write_bytes(data)

    with pytest.raises(InvalidInput, match=words):
        imports.read(tmp_path / name)


def test_a_zip_in_a_zip_and_an_open_document_say_what_to_do(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as package:
        package.writestr("services.csv", SERVICES)
    with zipfile.ZipFile(tmp_path / "outer.zip", "w") as package:
        package.writestr("inner.zip", inner.getvalue())
    with zipfile.ZipFile(tmp_path / "list.ods", "w") as package:
        package.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")

    with pytest.raises(InvalidInput, match=r"inner\.zip is a zip inside the feed\. Unpack it"):
        imports.read(tmp_path / "outer.zip")
    with pytest.raises(InvalidInput, match="OpenDocument"):
        imports.read(tmp_path / "list.ods")


def test_several_files_of_no_known_format_are_told_how_to_name_them(tmp_path: Path) -> None:
    save(tmp_path, "agencies.csv", ORGANIZATIONS)
    save(tmp_path, "programs offered.csv", SERVICES)

    with pytest.raises(InvalidInput, match=r"nearest is HSDS.*Files found: agencies\.csv, .*service_at_location\.csv"):
        imports.read(tmp_path)


def test_json_under_the_name_of_a_table_is_json(tmp_path: Path, import_feed: Any) -> None:
    import_feed(save(tmp_path, "feed.csv", json.dumps([SERVICE_OBJECT], indent=1)))

    assert count_rows()["service"] == 1


@pytest.mark.parametrize("wrapper", ["data", "results", "services", "contents"])
def test_an_answer_that_wraps_its_objects_is_opened(wrapper: str, tmp_path: Path, import_feed: Any) -> None:
    import_feed(save(tmp_path, "feed.json", json.dumps({"count": 1, "next": None, wrapper: [SERVICE_OBJECT]})))

    assert count_rows()["service"] == 1


def test_one_page_of_an_api_retires_nothing_and_says_so(tmp_path: Path, import_feed: Any) -> None:
    other = {**SERVICE_OBJECT, "id": "0fa3e7b2-44a1-4c62-9d0e-8f7f4f6c0009", "name": "Coats"}
    page = {"total_pages": 2, "page_number": 1, "last_page": False}
    import_feed(save(tmp_path, "feed.json", json.dumps({**page, "contents": [SERVICE_OBJECT]})))

    plan = import_feed(save(tmp_path, "feed.json", json.dumps({**page, "page_number": 2, "contents": [other]})))

    assert "The API says that it has 2 pages; 1 of them came." in str(plan.notices[0])
    assert not plan.retirements and count_rows()["service"] == 2


def test_all_pages_of_an_api_in_one_folder_are_the_whole_feed(tmp_path: Path, import_feed: Any) -> None:
    other = {**SERVICE_OBJECT, "id": "0fa3e7b2-44a1-4c62-9d0e-8f7f4f6c0009", "name": "Coats"}
    for number, item in enumerate((SERVICE_OBJECT, other), start=1):
        save(tmp_path, f"page{number}.json", json.dumps({"total_pages": 2, "page_number": number, "contents": [item]}))

    plan = import_feed(tmp_path)

    assert not plan.notices and count_rows()["service"] == 2


def book(tmp_path: Path, sheets: dict[str, list[list[Any]]], hidden: str = "") -> Path:
    """A workbook of these sheets."""
    made = openpyxl.Workbook()
    made.remove(made.worksheets[0])
    for title, rows in sheets.items():
        sheet = made.create_sheet(title)
        for row in rows:
            sheet.append(row)
        if title == hidden:
            sheet.sheet_state = "hidden"
    made.save(tmp_path / "guide.xlsx")
    return tmp_path / "guide.xlsx"


def test_a_name_merged_over_its_rows_stands_in_each(tmp_path: Path, import_feed: Any) -> None:
    path = book(tmp_path, {"List": [HEADINGS, ["Hudson Kitchen", "Food pantry", "12 Oak Street", 10601],
                                    [None, "Hot meals", "12 Oak Street", 10601], [],
                                    [None, "Food boxes", "3 Elm Street", 10701],
                                    ["River Law", "Eviction help", "3 Elm Street", 10701]]})  # fmt: skip
    made = openpyxl.load_workbook(path)
    made.worksheets[0].merge_cells("A2:A5")
    made.worksheets[0].merge_cells("C6:D6")
    made.save(path)

    plan = import_feed(path, mapping=save(tmp_path, "map.toml", MAPPING))

    names = dict(db.session.execute(select(Service.name, Organization.name).join(Organization)).all())
    kitchen = dict.fromkeys(("Food pantry", "Hot meals", "Food boxes"), "Hudson Kitchen")
    assert names == {**kitchen, "Eviction help": "River Law"}
    told = [(change.row, change.old) for change in plan.changes if change.code == "merged_cell"]
    assert told == [(2, "A2:A5")]
    assert import_feed(path, mapping=save(tmp_path, "map.toml", MAPPING)).changes_nothing


@pytest.mark.parametrize("span", [b'ref="A1:A1"', b'ref="ZZZ9:ZZZ999"', b'ref="A2:A9999999"', b'ref="A0:A5"', b"ref"])
def test_any_span_is_borne(span: bytes) -> None:
    spans = spans_down(b"</sheetData><mergeCells><mergeCell " + span + b"/></mergeCells>")
    assert [row[0] for row in filled([["a", "b"], ["", "c"], ["", ""]], spans)][2] == ""


ROWS: list[list[Any]] = [
    ["Hudson Kitchen", "Food pantry", "12 Oak Street", 10601],
    ["River Law", "Eviction help", "3 Elm Street", 10701],
]


@pytest.mark.parametrize(
    "above",
    [
        [["County resource guide 2024"], []],
        [["Who", "", "Where"], []],
        [[], ["Updated in March"], ["By Ann"]],
    ],
)
def test_titles_above_the_headings_are_told_and_left(above: list[list[Any]], tmp_path: Path, import_feed: Any) -> None:
    wide = [*HEADINGS, "Phone", "Hours"]
    path = book(tmp_path, {"List": [*above, wide, *([*row, "914-555-0142", "Mon-Fri 9-5"] for row in ROWS)]})

    plan = import_feed(path, mapping=save(tmp_path, "map.toml", MAPPING))

    assert {service.name for service in db.session.scalars(select(Service))} == {"Food pantry", "Eviction help"}
    assert [change.row for change in plan.changes if change.code == "title_row"]
    assert import_feed(path, mapping=tmp_path / "map.toml").changes_nothing


def test_a_hidden_sheet_is_left_and_a_sheet_of_notes_too(tmp_path: Path, import_feed: Any) -> None:
    old: list[list[Any]] = [HEADINGS, ["Old Agency", "Closed program", "9 Ash Street", 10601]]
    notes: list[list[Any]] = [["Read me"], ["Ask Ann before you change this"]]
    sheets: dict[str, list[list[Any]]] = {
        "Westchester": [HEADINGS, ROWS[0]],
        "Yonkers": [HEADINGS, ROWS[1]],
        "Notes": notes,
        "Old": old,
    }
    path = book(tmp_path, sheets, hidden="Old")

    plan = import_feed(path, mapping=save(tmp_path, "map.toml", MAPPING))

    assert {one.name for one in db.session.scalars(select(Organization))} == {"Hudson Kitchen", "River Law"}
    assert {"sheet_hidden", "file_not_read"} <= codes(plan) and not plan.counts["service"].refused


def test_a_file_beside_the_tables_is_told(write_feed: Any, import_feed: Any) -> None:
    plan = import_feed(write_feed({"notes.docx": "PK", "README.md": "Hello"}))

    assert {change.file for change in plan.changes if change.code == "file_not_read"} == {"notes.docx", "README.md"}
