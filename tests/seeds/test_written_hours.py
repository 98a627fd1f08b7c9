"""Hours as the content files write them."""

from __future__ import annotations

from datetime import date, time

import pytest

from seeds.content import kinds
from seeds.written_hours import schedule_rows


def test_split_days_give_a_row_for_each_span() -> None:
    rows = schedule_rows("MO-WE 9:00-12:00,13:00-17:00")
    assert [(row["byday"], row["opens_at"], row["closes_at"]) for row in rows] == [
        ("MO,TU,WE", time(9), time(12)),
        ("MO,TU,WE", time(13), time(17)),
    ]


def test_days_of_the_month_are_monthly() -> None:
    (row,) = schedule_rows("2TU,-1TU 16:00-18:30")
    assert (row["freq"], row["byday"]) == ("MONTHLY", "2TU,-1TU")


def test_season_turn_appointment_and_note() -> None:
    (row,) = schedule_rows("SA 9:00-11:00 from 2026-06-01 to 2026-09-30 (rain or shine)")
    assert (row["valid_from"], row["valid_to"], row["notes"]) == (date(2026, 6, 1), date(2026, 9, 30), "rain or shine")
    (row,) = schedule_rows("TH 15:00-17:00 every 2 weeks since 2026-01-08")
    assert (row["interval"], row["dtstart"]) == (2, date(2026, 1, 8))
    assert schedule_rows("MO 9:00-10:00 appt")[0]["by_appointment"]


@pytest.mark.parametrize("written", ["MO", "MO nine to five", "XX 9:00-10:00", "MO,2TU 9:00-10:00"])
def test_nonsense_is_refused(written: str) -> None:
    with pytest.raises(ValueError):
        schedule_rows(written)


def test_every_text_of_the_content_is_understood() -> None:
    for kind in kinds().values():
        for written in kind.hours:
            assert schedule_rows(written), (kind.code, written)
