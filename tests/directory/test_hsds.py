"""The pure half of imports: HSDS tables as the standard has them, cells, phones, addresses, links."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from directory.hsds import places, values
from directory.hsds.languages import language_code
from directory.hsds.link import canonical, link
from directory.hsds.mapping import RawFile, file_stem, make_records
from directory.hsds.normalise import normalise
from directory.hsds.phones import read_phone, split_phones
from directory.hsds.records import CODES, Feed, Record
from directory.hsds.tables import FILE_TABLES, TABLES, WRITE_ORDER
from directory.hsds.withholding import withhold
from directory.imports import shipped_mappings
from directory.models import HSDS_TABLES


def record(table: str, ref: str, links: dict[str, str] | None = None, **cells: object) -> Record:
    """A record as a mapping makes it."""
    return Record(table, ref, ref, dict(cells), links or {}, {}, f"{table}.csv", 2)


def test_tables_are_those_of_the_standard(shared_dir: Path) -> None:
    package = json.loads((shared_dir / "hsds/3.1.1/datapackage.derived.json").read_text("utf-8"))
    standard = {part["name"]: [field["name"] for field in part["schema"]["fields"]] for part in package["resources"]}

    assert {name: sorted(table.columns) for name, table in TABLES.items()} == {
        name: sorted(columns) for name, columns in standard.items()
    }
    for part in package["resources"]:
        keys = {key["fields"]: key["reference"]["resource"] for key in part["schema"].get("foreignKeys", [])}
        ours = {column: table for column, table in TABLES[part["name"]].links.items() if table != part["name"]}
        assert keys.items() <= ours.items() | {("id", "")}, part["name"]


def test_every_file_name_of_every_version_has_a_table(shared_dir: Path) -> None:
    for version in ("3.0/datapackage.json", "3.1.1/datapackage.derived.json", "uk-3.0/datapackage.json"):
        package = json.loads((shared_dir / "hsds" / version).read_text("utf-8"))
        for part in package["resources"]:
            assert FILE_TABLES.get(file_stem(part["path"])) == part["name"], f"{version}: {part['path']}"


def test_tables_and_models_agree() -> None:
    assert set(HSDS_TABLES) == set(TABLES)
    for name, model in HSDS_TABLES.items():
        assert set(TABLES[name].columns) <= set(model.__table__.columns.keys()), name


def test_a_table_is_written_after_those_it_links_to() -> None:
    for place, name in enumerate(WRITE_ORDER):
        for target in TABLES[name].links.values():
            assert target == name or WRITE_ORDER.index(target) < place, f"{name} before {target}"


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("We&rsquo;re <b>here</b><br>now", "We’re here\nnow"),
        ("<ul><li>one</li><li>two</li></ul>", "• one\n\n• two"),
        ("<script>alert(1)</script>ok", "ok"),
        ("a\\nb", "a\nb"),
        ("5 < 6 & 7 > 2", "5 < 6 & 7 > 2"),
        ("\ufeffword\x00", "word"),
        ("  both  ", "both"),
    ],
)
def test_cells_become_plain_text(raw: str, text: str) -> None:
    assert values.clean_text(raw)[0] == text


@given(st.text(max_size=300))
def test_cleaning_twice_is_cleaning_once_for_text_without_markup(raw: str) -> None:
    once = values.clean_text(raw.replace("&", "").replace("<", "").replace("\\", ""))[0]

    assert values.clean_text(once) == (once, None)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2026-05-04", date(2026, 5, 4)),
        ("5/4/2026", date(2026, 5, 4)),
        ("12/24/15", date(2015, 12, 24)),
        ("January 01, 0001", date(1, 1, 1)),
        ("4 May 2026", date(2026, 5, 4)),
        ("2026-02-30", None),
        ("soon", None),
    ],
)
def test_dates(text: str, day: date | None) -> None:
    assert values.read_date(text) == day


def test_moments_carry_a_zone() -> None:
    assert values.read_moment("2024-09-25T14:23:06.5+01:00") == datetime(2024, 9, 25, 13, 23, 6, 500000, tzinfo=UTC)
    assert values.read_moment("2026-05-04") == datetime(2026, 5, 4, tzinfo=UTC)
    assert values.read_moment("later") is None


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("https://example.org/a", "https://example.org/a"),
        ("www.example.org", "https://www.example.org"),
        ("http://", None),
        ("javascript:alert(1)", None),
        ("not an address", None),
    ],
)
def test_web_addresses(text: str, address: str | None) -> None:
    assert values.read_url(text)[0] == address


@given(st.text(max_size=60))
def test_no_text_breaks_a_reader(text: str) -> None:
    values.read_date(text), values.read_moment(text), values.read_number(text), values.read_age(text)
    read_phone(text), split_phones(text), places.split_address(text), places.read_zip(text, "CT")
    places.read_state(text), values.read_url(text), values.read_email(text)


def test_a_cell_with_several_phones_is_split() -> None:
    cell = "tollfree: 800-625-2257, tdd: 800-955-8771, main: 727-847-5494"
    parts = [read_phone(piece) for piece in split_phones(cell)]

    assert [(part.number, part.kind) for part in parts] == [
        ("(800) 625-2257", "voice"),
        ("(800) 955-8771", "textphone"),
        ("(727) 847-5494", "voice"),
    ]
    assert split_phones("212-555-0142, ext 2") == ["212-555-0142, ext 2"]


@pytest.mark.parametrize(
    ("typed", "state", "expected"),
    [
        ("6106", "CT", "06106"),
        ("61061234", "CT", "06106-1234"),
        ("601", "PR", "00601"),
        ("1701.0", "MA", "01701"),
        ("20010`", "DC", "20010"),
        ("10013-123", "NY", "10013-0123"),
        ("1220", "NY", "1220"),
        ("YO1 7HH", "", "YO1 7HH"),
    ],
)
def test_zips(typed: str, state: str, expected: str) -> None:
    assert places.read_zip(typed, state)[0] == expected


@pytest.mark.parametrize("text", ["State: FL", "State: <b>IL</b>,", "FL 32955", "somewhere", ""])
def test_what_is_no_address_is_not_taken_apart(text: str) -> None:
    assert places.split_address(text) is None


def test_an_address_in_one_text_is_taken_apart() -> None:
    parts = places.split_address("2400 S. Dixie Highway, Suite #104, Miami, FL 33133")

    assert parts == places.AddressParts("2400 S. Dixie Highway, Suite #104", "Miami", "FL", "33133")


@pytest.mark.parametrize(
    "text",
    ["12 Oak Street", "P.O. Box 12", "in White Plains, NY", "10601", "41.0329, -73.7648", "1600 Mamaroneck Ave."],
)
def test_what_leads_to_a_place_is_seen(text: str) -> None:
    assert places.looks_like_address(text)


@pytest.mark.parametrize(
    "text", ["We serve Westchester County", "Open since 2014", "Call 914-555-0142", "Up to 7 days"]
)
def test_what_leads_nowhere_stays(text: str) -> None:
    assert not places.looks_like_address(text)


def test_spellings_of_one_address_are_one() -> None:
    one = places.tombstone_parts("Hope House, Inc.", "12 Oak Street", "10601-1234")

    assert one == places.tombstone_parts("HOPE HOUSE INC", " 12  oak st. ", "10601")
    assert one != places.tombstone_parts("Hope House, Inc.", "13 Oak Street", "10601")


def test_languages_by_name() -> None:
    assert [language_code(name) for name in ("Spanish", "Chinese (Cantonese)", "ASL", "Klingon")] == [
        "es", "yue", "ase", None,
    ]  # fmt: skip


def test_links_to_what_was_refused_are_missing_too() -> None:
    feed = Feed("f", "hsds")
    feed.of("service").append(record("service", "s1", name="", status="active", description="words"))
    feed.of("phone").append(record("phone", "p1", {"service_id": "s1"}, number="211"))

    link(feed)

    assert feed.of("service") == [] and feed.of("phone") == []
    assert [change.code for change in feed.changes] == ["name_missing", "link_missing", "no_owner"]
    assert feed.refused == {"service": 1, "phone": 1}


def test_equal_values_have_one_spelling() -> None:
    assert canonical({"a": 1.0, "b": None, "c": ""}) == canonical({"c": None, "a": 1})
    assert canonical({"a": "1"}) != canonical({"a": 1})


def test_every_reason_is_a_sentence() -> None:
    for code, sentence in CODES.items():
        assert str(sentence).endswith("."), code


CELLS = st.text(max_size=40) | st.sampled_from(
    [
        "s1",
        "o1",
        "l1",
        "s1,s2",
        "0",
        "Confidential",
        "9:00a",
        "24 Hours",
        "41.03",
        "-73.7",
        "NaN",
        "1e400",
        "999",
        "x" * 99,
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=12, max_size=12), min_size=1, max_size=4))
def test_no_cell_breaks_the_way_from_row_to_record(rows: list[list[str]]) -> None:
    """Whatever stands in the cells of HSDS columns, every row ends as a record or as a refusal that is told."""
    mapping = shipped_mappings()["hsds"]
    files = []
    for stem in ("organizations", "services", "locations", "phones", "schedules", "addresses", "service_areas"):
        header = tuple(TABLES[FILE_TABLES[stem]].columns)[:12]
        lines = [(number, dict(zip(header, row, strict=False))) for number, row in enumerate(rows, start=2)]
        files.append(RawFile(f"{stem}.csv", stem, header, lines))
    feed = Feed("f", "hsds")

    make_records(mapping, files, feed)
    normalise(feed)
    withhold(feed)
    link(feed)

    for one in feed.all():
        canonical(one.values).encode()
    told = {(change.file, change.row) for change in feed.changes}
    kept = {(one.file, one.row) for one in feed.all()}
    for raw in files:
        assert all((raw.name, number) in told | kept for number, _ in raw.rows)
