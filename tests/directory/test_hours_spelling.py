"""Hours as real feeds spell them, and how many rows of the shared feeds can be read."""

from __future__ import annotations

import csv
import os
from datetime import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.hours import ScheduleRow, is_usable, parse_days, parse_hours, parse_span, parse_time, rows_from

SHARED = Path(os.environ.get("SHARED_DIR", Path(__file__).parents[3] / "shared")) / "data"
needs_feeds = pytest.mark.skipif(not SHARED.is_dir(), reason="the shared feeds are not here (SHARED_DIR)")
WEEK = "MO,TU,WE,TH,FR"


@pytest.mark.parametrize(
    ("text", "hour", "minute"),
    [
        ("9:00a", 9, 0),
        ("9am", 9, 0),
        ("9 a.m.", 9, 0),
        ("09.00", 9, 0),
        ("4.30", 4, 30),
        ("1945", 19, 45),
        ("130", 1, 30),
        ("2400", 23, 59),
        ("24:00", 23, 59),
        ("12:00AM", 0, 0),
        ("12 noon", 12, 0),
        ("8:30 P.M.", 20, 30),
        ("10:00:00", 10, 0),
        ("09:00-05:00", 9, 0),
    ],
)
def test_clock_times(text: str, hour: int, minute: int) -> None:
    assert parse_time(text) == time(hour, minute)


@pytest.mark.parametrize(
    ("text", "expected"), [("45", time(0, 45)), ("0", time(0)), ("2400", time(23, 59)), ("", None)]
)
def test_numbers_that_lost_their_zeros(text: str, expected: time | None) -> None:
    assert parse_time(text, is_number=True) == expected


@pytest.mark.parametrize("text", ["", "25:00", "9:60", "nine", "13pm", "By appointment", "٩:٠٠", "9" * 5000, "\x00"])
def test_no_clock_times(text: str) -> None:
    assert parse_time(text) is None


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        ("9", "5", (time(9), time(17))),
        ("9.30", "4.30", (time(9, 30), time(16, 30))),
        ("4.30", "5.30", (time(16, 30), time(17, 30))),
        ("6.45", "7.45", (time(6, 45), time(7, 45))),
        ("1", "5pm", (time(13), time(17))),
        ("10", "2pm", (time(10), time(14))),
        ("1945", "130", (time(19, 45), time(1, 30))),
        ("22:00", "02:00", (time(22), time(2))),
        ("20:00", "6:00", (time(20), time(6))),
        ("9:00", "9:00", (time(9), time(9))),
        ("00.00", "23.59", (time(0), time(23, 59))),
    ],
)
def test_spans_end_after_they_begin(opens: str, closes: str, expected: tuple[time, time]) -> None:
    assert parse_span(opens, closes) == expected


@pytest.mark.parametrize(
    ("text", "byday", "freq"),
    [
        ("Monday - Friday", WEEK, "WEEKLY"),
        ("Mon, Wed-Fri", "MO,WE,TH,FR", "WEEKLY"),
        ("Mon - Tue & Thur - Fri", "MO,TU,TH,FR", "WEEKLY"),
        ("Friday-Monday", "MO,FR,SA,SU", "WEEKLY"),
        ("Sunday - Saturday", WEEK + ",SA,SU", "WEEKLY"),
        ("Wendesday", "WE", "WEEKLY"),
        ("Thursdays", "TH", "WEEKLY"),
        ("M/W/F", "MO,WE,FR", "WEEKLY"),
        ("2,4", "TU,TH", "WEEKLY"),
        ("lunes a viernes", WEEK, "WEEKLY"),
        ("Sábados y domingos", "SA,SU", "WEEKLY"),
        ("Fourth Saturday", "4SA", "MONTHLY"),
        ("2nd & 4th Wednesday", "2WE,4WE", "MONTHLY"),
        ("First, second, and fourth Tuesday of the month", "1TU,2TU,4TU", "MONTHLY"),
        ("2nd and 4th Saturdays of every month", "2SA,4SA", "MONTHLY"),
        ("Last Thursday of each month", "-1TH", "MONTHLY"),
    ],
)
def test_days(text: str, byday: str, freq: str) -> None:
    days = parse_days(text)
    assert days is not None
    assert (days.byday, days.freq) == (byday, freq)


@pytest.mark.parametrize(
    "text",
    ["", "Every other Tuesday", "November 1 - March 31", "9:00AM", "0,8", "Monday -", "4th", "Varies", "x" * 9999],
)
def test_words_that_are_no_days(text: str) -> None:
    assert parse_days(text) is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Mon-Fri 9:00a - 5pm", [(WEEK, time(9), time(17))]),
        ("24 Hours", [(WEEK + ",SA,SU", time(0), time(23, 59))]),
        ("24/7", [(WEEK + ",SA,SU", time(0), time(23, 59))]),
        ("2nd & 4th Wednesday 4.30", [("2WE,4WE", time(16, 30), None)]),
        ("Mon-Fri 9-5; Sat 10-2; Sun closed", [(WEEK, time(9), time(17)), ("SA", time(10), time(14))]),
        ("Mon–Thu 9am–12pm & 1pm–5pm", [("MO,TU,WE,TH", time(9), time(12)), ("MO,TU,WE,TH", time(13), time(17))]),
        ("9am-5pm Monday to Friday", [(WEEK, time(9), time(17))]),
        ("lunes a viernes de 9 a.m. a 5 p.m.", [(WEEK, time(9), time(17))]),
        ("Tue 10 a.m. to noon, Wed 18:00-02:00", [("TU", time(10), time(12)), ("WE", time(18), time(2))]),
        ("Mon-Fri 24 hours", [(WEEK, time(0), time(23, 59))]),
    ],
)
def test_whole_texts(text: str, expected: list[tuple[str, time, time | None]]) -> None:
    rows = parse_hours(text)
    assert rows is not None
    assert [(row.byday, row.opens_at, row.closes_at) for row in rows] == expected


@pytest.mark.parametrize(
    "text",
    ["", "9-5", "Call for hours", "Mon-Fri 9-5 except holidays", "Mon-Fri 9-25", "Every other Tue 9-5", "Closed"],
)
def test_texts_that_stay_text(text: str) -> None:
    assert parse_hours(text) is None


def test_by_appointment_is_a_row_that_is_never_open() -> None:
    (alone,) = parse_hours("By appointment") or []
    assert alone.by_appointment and alone.byday is None
    (row,) = parse_hours("Mon-Fri 9-5 by appointment only") or []
    assert row.by_appointment and row.byday == WEEK and not is_usable(row)


def test_columns_with_a_break_in_brackets() -> None:
    rows = rows_from("Monday, Tuesday, Friday (Closed 12-2pm)", "9:00AM", "5:00PM") or []
    assert [(row.byday, row.opens_at, row.closes_at) for row in rows] == [
        ("MO,TU,FR", time(9), time(12)),
        ("MO,TU,FR", time(14), time(17)),
    ]


def test_columns_that_say_all_day_or_appointment() -> None:
    assert rows_from("", "24 hours", "") == parse_hours("24 Hours")
    assert [row.byday for row in rows_from("Saturday", "24 Hours", "") or []] == ["SA"]
    assert [row.by_appointment for row in rows_from("Monday", "By appointment", "") or []] == [True]
    assert rows_from("Monday", "", "") is None


@given(st.text(max_size=60), st.text(alphabet="0123456789:.-,;&apm onthfrisd/24", max_size=40))
def test_any_text_is_read_or_kept(noise: str, likely: str) -> None:
    for text in (noise, likely, f"Mon-Fri {likely}", f"{likely} 9-5"):
        for rows in (parse_hours(text), rows_from(text, likely, noise), rows_from("Mon", likely, text)):
            assert rows is None or all(isinstance(row, ScheduleRow) for row in rows)


def _feed(path: str) -> list[dict[str, str]]:
    with (SHARED / path).open(encoding="utf-8-sig", newline="") as file:
        return list(csv.DictReader(file))


@needs_feeds
@pytest.mark.parametrize(
    ("feed", "with_times", "read"), [("dc-crie-hsds2.0", 948, 941), ("dc-crie-hsds2.0-small", 450, 447)]
)
def test_rows_of_the_dc_feeds(feed: str, with_times: int, read: int) -> None:
    rows = [row for row in _feed(f"{feed}/schedules.csv") if row["dtstart"] or row["until"]]
    found = [row for row in rows if rows_from(row["weekday"] or row["byday"], row["dtstart"], row["until"])]
    assert (len(rows), len(found)) == (with_times, read)


@needs_feeds
def test_rows_of_streetlives_are_all_read() -> None:
    rows = _feed("nyc-streetlives-airtable/regular_schedule.csv")
    found = [rows_from(row["weekday"], row["opens_at"], row["closes_at"]) or [] for row in rows]
    assert len(rows) == 159
    assert all(is_usable(row) for (row,) in found)


@needs_feeds
def test_rows_of_sheltertech_are_all_read_with_their_nights() -> None:
    rows = _feed("sheltertech-sf-fake-names/schedule_days.csv")
    spans = [
        (
            parse_days(row["day"]),
            parse_time(row["opens_at"], is_number=True),
            parse_time(row["closes_at"], is_number=True),
        )
        for row in rows
    ]
    assert all(days and opens is not None and closes is not None for days, opens, closes in spans)
    assert sum(opens is not None and closes is not None and closes <= opens for _, opens, closes in spans) == 478
