"""Six-month periods since enrolment: whole months counted from the day, cut to the month's end. Pure; no storage."""

from __future__ import annotations

import calendar
from datetime import date, timedelta
from typing import Final

MONTHS: Final = 6


def add_months(day: date, months: int) -> date:
    """The same day of the month, months later or earlier; a day that the month lacks is its last one."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def bounds(enrolled_on: date, number: int) -> tuple[date, date]:
    """The first and the last day of period `number`; 0 begins on the day of enrolment, -1 is the half-year before."""
    return (
        add_months(enrolled_on, MONTHS * number),
        add_months(enrolled_on, MONTHS * (number + 1)) - timedelta(days=1),
    )


def period_of(enrolled_on: date, day: date) -> int:
    """The period in which a day falls: always counted from the enrolment, never from the period before."""
    months = (day.year - enrolled_on.year) * 12 + day.month - enrolled_on.month
    if day.day < enrolled_on.day and day.day < calendar.monthrange(day.year, day.month)[1]:
        months -= 1  # the month is not whole yet
    return months // MONTHS


def observed_to(enrolled_on: date, ended_on: date | None, as_of: date, *, any_part: bool = False) -> int | None:
    """The first period in which a person was not in the program whole, or with `any_part` not at all, up to a day.

    They were in every one before it: the half-years before enrolment count for everybody enrolled by then, as those are
    over. None for who was not enrolled yet.
    """
    if enrolled_on > as_of:
        return None
    until = min(as_of, ended_on) if ended_on else as_of
    if any_part:
        return max(period_of(enrolled_on, until) + 1, 0)
    return max(period_of(enrolled_on, until + timedelta(days=1)), 0)


def rounding_explains(parts: int) -> int:
    """The most whole dollars by which `parts` rounded figures and their rounded total can differ.

    Each of them is off by half a dollar at most, the total too, and none by more: less than (parts + 1) / 2.
    """
    return parts // 2
