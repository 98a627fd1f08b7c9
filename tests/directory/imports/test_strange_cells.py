"""Cells as people type them into lists: read where they say it plainly, kept as words where they do not, and told."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from sqlalchemy import select

from core.db import db
from directory.models import Language, Location, Phone, Service
from tests.directory.imports.test_traps import codes

SERVICE = "id,organization_id,name,status,{}\ns1,o1,Food pantry,active,{}\n"


@pytest.mark.parametrize(
    ("typed", "ages"),
    [
        ("13 to 24", (13, 24)),
        ("18+", (18, None)),
        ("18 and over", (18, None)),
        ("60 years & older", (60, None)),
        ("Ages 10–14", (10, 14)),
        ("5 a 12 años", (5, 12)),
        ("under 18", (None, 17)),
        ("birth to 3", (None, 3)),
        ("0-5", (None, 5)),
        ("all ages", (None, None)),
    ],
)
def test_ages_in_words_become_ages(typed: str, ages: tuple[Any, Any], write_feed: Any, import_feed: Any) -> None:
    feed = write_feed({"services.csv": SERVICE.format("minimum_age,maximum_age", f"{typed},")})

    plan = import_feed(feed)

    row = db.session.scalars(select(Service)).one()
    assert (row.minimum_age, row.maximum_age, row.eligibility_description) == (*ages, None)
    assert "age_read" in codes(plan)
    assert import_feed(feed).changes_nothing


@pytest.mark.parametrize("typed", ["Adults", "24-13", "ask"])
def test_words_that_are_no_ages_stay_words(typed: str, write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed({"services.csv": SERVICE.format("minimum_age", typed)}))

    row = db.session.scalars(select(Service)).one()
    assert (row.minimum_age, row.eligibility_description) == (None, f"Minimum age: {typed}")


@pytest.mark.parametrize(
    ("typed", "phones"),
    [
        ("9145550142.0", [("(914) 555-0142", None, None, None)]),
        ("Call 911", [("911", None, None, None)]),
        ("TTY 711", [("711", None, "textphone", None)]),
        ("Fax 914-555-0142", [("(914) 555-0142", None, "fax", None)]),
        ("914-555-0142 after 5pm", [("(914) 555-0142", None, None, "after 5pm")]),
        ("(914)555-0142x3 Maria", [("(914) 555-0142", 3, None, "Maria")]),
        (
            "914-555-0142 (Spanish: 914-555-0143)",
            [("(914) 555-0142", None, None, None), ("(914) 555-0143", None, None, "Spanish")],
        ),
        (
            "914-555-0142 / 914-555-0143",
            [("(914) 555-0142", None, None, None), ("(914) 555-0143", None, None, None)],
        ),
        ("914-555-0142 ext. 12 or 13", [("914-555-0142 ext. 12 or 13", None, None, None)]),
        ("(914) 555-0142/0143", [("(914) 555-0142/0143", None, None, None)]),
    ],
)
def test_phones_with_words_around_them(typed: str, phones: Any, write_feed: Any, import_feed: Any) -> None:
    feed = write_feed({"phones.csv": f"id,number,service_id\np1,{typed},s1\n"})

    import_feed(feed)

    rows = db.session.scalars(select(Phone).order_by(Phone.number)).all()
    assert [(row.number, row.extension, row.type, row.description) for row in rows] == phones
    assert import_feed(feed).changes_nothing


@pytest.mark.parametrize(
    ("typed", "day"), [("45352", date(2024, 3, 1)), ("45352.75", date(2024, 3, 1)), ("99999", None), ("12345", None)]
)
def test_a_day_as_spreadsheets_count_it(typed: str, day: date | None, write_feed: Any, import_feed: Any) -> None:
    plan = import_feed(write_feed({"services.csv": SERVICE.format("assured_date", typed)}))

    assert db.session.scalars(select(Service.assured_date)).one() == day
    assert ("date_read" if day else "not_a_date") in codes(plan)


@pytest.mark.parametrize(
    ("latitude", "longitude", "code"),
    [
        ("-73.7701", "41.0351", "point_turned"),
        ("41.0351", "73.7701", "point_turned"),
        ('"41.0351, -73.7701"', "", "point_read"),
        ("41.0351N", "73.7701W", "point_read"),
        ('41°02\'06.36""N', '"73°46\'12.36""W"', "point_read"),
    ],
)
def test_a_point_in_another_writing_is_put_right(
    latitude: str, longitude: str, code: str, write_feed: Any, import_feed: Any
) -> None:
    latitude = f'"{latitude}"' if '""' in latitude else latitude
    feed = write_feed(
        {"locations.csv": f"id,organization_id,name,latitude,longitude\nl1,o1,Kitchen,{latitude},{longitude}\n"}
    )

    plan = import_feed(feed)

    row = db.session.scalars(select(Location)).one()
    assert (round(row.latitude or 0, 4), round(row.longitude or 0, 4)) == (41.0351, -73.7701)
    assert row.place_precision == "exact" and code in codes(plan)
    assert import_feed(feed).changes_nothing


@pytest.mark.parametrize(
    ("typed", "languages"),
    [
        ("EN/ES", {("EN", "en"), ("ES", "es")}),
        ("Spanish and Portuguese", {("Spanish", "es"), ("Portuguese", "pt")}),
        ("zh-Hans", {("zh-Hans", "zh")}),
        ("Interpreter and more", {("Interpreter and more", None)}),
    ],
)
def test_several_languages_in_a_cell_and_codes(typed: str, languages: Any, write_feed: Any, import_feed: Any) -> None:
    feed = write_feed({"languages.csv": f"id,service_id,name\nn1,s1,{typed}\n"})

    import_feed(feed)

    assert {(row.name, row.code) for row in db.session.scalars(select(Language))} == languages
    assert import_feed(feed).changes_nothing


def test_marks_that_turn_the_order_of_signs_are_taken_out(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed({"services.csv": SERVICE.format("description", "Call \u202e2410-555\u202c now")}))

    assert db.session.scalars(select(Service.description)).one() == "Call 2410-555 now"
