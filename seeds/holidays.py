"""The closed days of a New York county, computed from the law's words; both the real and the observed date."""

from __future__ import annotations

from datetime import date, timedelta

FIRST_YEAR, LAST_YEAR = 2026, 2028
MONDAY, TUESDAY, THURSDAY, SATURDAY, SUNDAY = 0, 1, 3, 5, 6


def closing_days(first_year: int = FIRST_YEAR, last_year: int = LAST_YEAR) -> dict[date, str]:
    """Day → name, oldest first: federal holidays (5 U.S.C. 6103), New York's Lincoln's Birthday and Election Day.

    A holiday on a Saturday is also kept on the Friday before, one on a Sunday on the Monday after
    (N.Y. General Construction Law section 25-a moves Sundays; federal offices move Saturdays too).
    """
    days: dict[date, str] = {}
    for year in range(first_year, last_year + 1):
        for day, name in _fixed(year):
            days[day] = name
            observed = _observed(day)
            if observed != day:
                days.setdefault(observed, f"{name} (observed)")
        for day, name in _floating(year):
            days[day] = name
    first = date(last_year + 1, 1, 1)
    if _observed(first).year == last_year:
        days.setdefault(_observed(first), "New Year's Day (observed)")
    return dict(sorted(days.items()))


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date:
    """The nth weekday of a month, the last one for -1."""
    if nth < 0:
        last = date(year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
        return last - timedelta(days=(last.weekday() - weekday) % 7)
    first = date(year, month, 1)
    return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (nth - 1))


def _observed(day: date) -> date:
    if day.weekday() == SATURDAY:
        return day - timedelta(days=1)
    return day + timedelta(days=1) if day.weekday() == SUNDAY else day


def _fixed(year: int) -> list[tuple[date, str]]:
    return [
        (date(year, 1, 1), "New Year's Day"),
        (date(year, 2, 12), "Lincoln's Birthday"),
        (date(year, 6, 19), "Juneteenth"),
        (date(year, 7, 4), "Independence Day"),
        (date(year, 11, 11), "Veterans Day"),
        (date(year, 12, 25), "Christmas Day"),
    ]


def _floating(year: int) -> list[tuple[date, str]]:
    return [
        (nth_weekday(year, 1, MONDAY, 3), "Martin Luther King Jr. Day"),
        (nth_weekday(year, 2, MONDAY, 3), "Washington's Birthday"),
        (nth_weekday(year, 5, MONDAY, -1), "Memorial Day"),
        (nth_weekday(year, 9, MONDAY, 1), "Labor Day"),
        (nth_weekday(year, 10, MONDAY, 2), "Columbus Day"),
        (nth_weekday(year, 11, MONDAY, 1) + timedelta(days=1), "Election Day"),
        (nth_weekday(year, 11, THURSDAY, 4), "Thanksgiving Day"),
    ]
