"""The county's closed days against the calendars of the years, real and observed dates both."""

from __future__ import annotations

from datetime import date

import pytest

from seeds.holidays import closing_days, nth_weekday


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (date(2026, 7, 4), "Independence Day"),  # a Saturday
        (date(2026, 7, 3), "Independence Day (observed)"),
        (date(2026, 11, 3), "Election Day"),
        (date(2026, 11, 26), "Thanksgiving Day"),
        (date(2027, 2, 12), "Lincoln's Birthday"),
        (date(2027, 5, 31), "Memorial Day"),
        (date(2027, 6, 18), "Juneteenth (observed)"),
        (date(2027, 10, 11), "Columbus Day"),
        (date(2027, 12, 25), "Christmas Day"),  # open by observed dates alone
        (date(2027, 12, 24), "Christmas Day (observed)"),
        (date(2027, 12, 31), "New Year's Day (observed)"),  # 1 January 2028 is a Saturday
        (date(2028, 1, 1), "New Year's Day"),
        (date(2028, 11, 7), "Election Day"),
    ],
)
def test_closed_days(day: date, name: str) -> None:
    assert closing_days()[day] == name


def test_ordinary_days_are_not_closed() -> None:
    assert date(2026, 11, 2) not in closing_days()
    assert date(2028, 12, 26) not in closing_days()


def test_last_weekday_of_december() -> None:
    assert nth_weekday(2026, 12, 3, -1) == date(2026, 12, 31)
