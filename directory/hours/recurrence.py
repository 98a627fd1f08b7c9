"""On which days a schedule row holds (HSDS 3.1, which borrows from iCalendar); not at which minutes.

A by-part that is given narrows the days; all that are given must hold. An ordinal in BYDAY ("2WE", "-1FR") always
counts within the month. A date in the year 1 means "every year", as Ohana's holiday files write it.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import date, time, timedelta
from functools import lru_cache

WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
EVERY_YEAR = 1  # the year that stands for all years
MOST_COUNTED_DAYS = 3660  # COUNT is walked day by day; ten years of days are enough for any real schedule

_DAY_PART = re.compile(r"([+-]?[0-9])?(MO|TU|WE|TH|FR|SA|SU)")


@dataclass(frozen=True, slots=True)
class ScheduleRow:
    """One row of an HSDS schedule, with the standard's names.

    `closes_at` at or before `opens_at` closes on the next day. 23:59, and 00:00 as a closing time, mean the end of
    the day, so 00:00-23:59 and 00:00-00:00 are the whole day. `closed` marks days without hours (a holiday).
    """

    freq: str | None = None
    interval: int | None = None
    byday: str | None = None
    bymonthday: str | None = None
    byweekno: str | None = None
    byyearday: str | None = None
    wkst: str | None = None
    dtstart: date | None = None
    until: date | None = None
    count: int | None = None
    valid_from: date | None = None
    valid_to: date | None = None
    opens_at: time | None = None
    closes_at: time | None = None
    description: str | None = None
    notes: str | None = None
    closed: bool = False
    by_appointment: bool = False


@dataclass(frozen=True, slots=True)
class Recurrence:
    """The parts of a row that say its days, read once. An empty tuple does not narrow."""

    freq: str | None
    interval: int
    weekdays: tuple[int, ...]
    ordinals: tuple[tuple[int, int], ...]  # (nth, weekday)
    month_days: tuple[int, ...]
    weeks: tuple[int, ...]
    year_days: tuple[int, ...]
    week_starts_on: int
    anchor: date | None

    def matches(self, day: date) -> bool:
        """Whether the parts fit the day; the row's limits in time are not looked at."""
        if self.weekdays or self.ordinals:
            weekday = day.weekday()
            if weekday not in self.weekdays and not any(
                weekday == wanted and _is_nth(day, nth) for nth, wanted in self.ordinals
            ):
                return False
        if self.month_days:
            length = calendar.monthrange(day.year, day.month)[1]
            if day.day not in self.month_days and day.day - length - 1 not in self.month_days:
                return False
        if self.year_days:
            number = day.timetuple().tm_yday
            if number not in self.year_days and number - (366 if calendar.isleap(day.year) else 365) - 1 not in (
                self.year_days
            ):
                return False
        if self.weeks and not self._is_in_weeks(day):
            return False
        return self.interval == 1 or self._is_in_turn(day)

    def _is_in_weeks(self, day: date) -> bool:
        year, number = _week_of(day, self.week_starts_on)
        return number in self.weeks or number - _weeks_in(year, self.week_starts_on) - 1 in self.weeks

    def _is_in_turn(self, day: date) -> bool:
        """Whether an alternate week or month is the anchor's turn."""
        if self.anchor is None:
            return False
        if self.freq == "MONTHLY":
            passed = (day.year - self.anchor.year) * 12 + day.month - self.anchor.month
        elif self.freq == "DAILY":
            passed = (day - self.anchor).days
        elif self.freq == "YEARLY":
            passed = day.year - self.anchor.year
        else:
            passed = (_week_start(day, self.week_starts_on) - _week_start(self.anchor, self.week_starts_on)).days // 7
        return passed % self.interval == 0


def row_holds_on(row: ScheduleRow, day: date) -> bool:
    """Whether the row speaks about this local day. False for a row whose days cannot be read."""
    recurrence = recurrence_of(row)
    return recurrence is not None and _is_within_dates(row, day) and recurrence.matches(day)


def is_usable(row: ScheduleRow) -> bool:
    """Whether the row gives hours that a machine can judge: readable days, an opening and a closing time."""
    if row.opens_at is None or row.closes_at is None or row.closed or row.by_appointment:
        return False
    if row.opens_at == row.closes_at and row.opens_at != time(0):
        return False  # "09:00-09:00": nobody knows whether never or always
    return recurrence_of(row) is not None


def is_exception(row: ScheduleRow) -> bool:
    """Whether the row replaces the regular ones on its days: closed days, or dated hours without a recurrence."""
    if row.closed:
        return True
    has_parts = row.freq or row.byday or row.bymonthday or row.byweekno or row.byyearday
    starts, ends = row.valid_from or row.dtstart, row.valid_to or row.until
    return not has_parts and starts is not None and ends is not None and row.opens_at is not None


@lru_cache(maxsize=8192)
def recurrence_of(row: ScheduleRow) -> Recurrence | None:
    """The row's recurrence, or None when its days are not said or not readable (then its words are for people)."""
    try:
        weekdays, ordinals = _read_days(row.byday)
        month_days, weeks, year_days = (_read_numbers(text) for text in (row.bymonthday, row.byweekno, row.byyearday))
        week_starts_on = WEEKDAYS.index((row.wkst or "MO").strip().upper()[:2])
    except ValueError:
        return None
    freq = (row.freq or "").strip().upper() or None
    interval = max(row.interval or 1, 1)
    anchor = row.dtstart or row.valid_from
    has_parts = bool(weekdays or ordinals or month_days or weeks or year_days)
    if freq not in (None, "DAILY", "WEEKLY", "MONTHLY", "YEARLY") or (interval > 1 and anchor is None):
        return None
    if row.count is not None and row.until is None and anchor is None:
        return None
    if not has_parts:
        if freq is None:
            dated = anchor is not None or row.valid_to is not None
            return Recurrence(None, 1, (), (), (), (), (), week_starts_on, anchor) if dated else None
        if freq != "DAILY" and row.dtstart is None:
            return None
        if row.dtstart is not None:
            weekdays = (row.dtstart.weekday(),) if freq == "WEEKLY" else ()
            month_days = (row.dtstart.day,) if freq == "MONTHLY" else ()
            year_days = ()
            if freq == "YEARLY":
                return None  # a yearly day is a dated row of the year 1; nothing else writes it
    return Recurrence(freq, interval, weekdays, ordinals, month_days, weeks, year_days, week_starts_on, anchor)


def is_over(row: ScheduleRow, day: date) -> bool:
    """Whether the row says itself that it is no longer valid on the day (HSDS valid_to), so that it tells nothing."""
    return row.valid_to is not None and row.valid_to < day and not _is_every_year(row)


def _is_within_dates(row: ScheduleRow, day: date) -> bool:
    if _is_every_year(row):
        starts = row.valid_from or row.valid_to
        ends = row.valid_to or row.valid_from
        assert starts is not None and ends is not None
        first, last, this = (starts.month, starts.day), (ends.month, ends.day), (day.month, day.day)
        return first <= this <= last if first <= last else this >= first or this <= last
    if row.valid_from is not None and day < row.valid_from or row.valid_to is not None and day > row.valid_to:
        return False
    if row.dtstart is not None and day < row.dtstart:
        return False
    until = row.until
    if until is None and row.count is not None:
        until = _last_counted_day(row)
    if until is None and row.dtstart is not None and row.valid_to is None and _is_single_day(row):
        until = row.dtstart
    return until is None or day <= until


def _is_single_day(row: ScheduleRow) -> bool:
    """A start without a recurrence or an end is one event on that day, as in iCalendar."""
    recurrence = recurrence_of(row)
    return (
        recurrence is not None
        and recurrence.freq is None
        and not (recurrence.weekdays or recurrence.ordinals or recurrence.month_days)
        and not (recurrence.weeks or recurrence.year_days)
    )


@lru_cache(maxsize=1024)
def _last_counted_day(row: ScheduleRow) -> date:
    """The day of the COUNTth occurrence, counted from the start."""
    recurrence, start = recurrence_of(row), row.dtstart or row.valid_from
    assert recurrence is not None and start is not None and row.count is not None
    left, day = row.count, start - timedelta(days=1)
    for _ in range(MOST_COUNTED_DAYS):
        if left <= 0:
            break
        day += timedelta(days=1)
        left -= recurrence.matches(day)
    return day


def _is_every_year(row: ScheduleRow) -> bool:
    return EVERY_YEAR in (
        row.valid_from.year if row.valid_from else None,
        row.valid_to.year if row.valid_to else None,
    )


def _is_nth(day: date, nth: int) -> bool:
    if nth > 0:
        return (day.day - 1) // 7 + 1 == nth
    return (calendar.monthrange(day.year, day.month)[1] - day.day) // 7 + 1 == -nth


def _week_start(day: date, week_starts_on: int) -> date:
    return day - timedelta(days=(day.weekday() - week_starts_on) % 7)


def _week_of(day: date, week_starts_on: int) -> tuple[int, int]:
    """Year and number of the day's week: the first week of a year has at least four of its days (ISO 8601)."""
    start = _week_start(day, week_starts_on)
    year = (start + timedelta(days=3)).year
    first = _week_start(date(year, 1, 4), week_starts_on)
    return year, (start - first).days // 7 + 1


def _weeks_in(year: int, week_starts_on: int) -> int:
    return _week_of(date(year, 12, 28), week_starts_on)[1]


def _read_days(text: str | None) -> tuple[tuple[int, ...], tuple[tuple[int, int], ...]]:
    """Plain weekdays and (nth, weekday) pairs of a BYDAY. Raises ValueError when a part is not readable."""
    weekdays: list[int] = []
    ordinals: list[tuple[int, int]] = []
    for part in _parts(text):
        found = _DAY_PART.fullmatch(part.upper())
        if found is None or found[1] in ("0", "+0", "-0"):
            raise ValueError(part)
        weekday = WEEKDAYS.index(found[2])
        if found[1]:
            ordinals.append((int(found[1]), weekday))
        else:
            weekdays.append(weekday)
    return tuple(weekdays), tuple(ordinals)


def _read_numbers(text: str | None) -> tuple[int, ...]:
    numbers = tuple(int(part) for part in _parts(text))
    if any(number == 0 or abs(number) > 366 for number in numbers):
        raise ValueError(text)
    return numbers


def _parts(text: str | None) -> list[str]:
    return [part for part in re.split(r"[,\s]+", (text or "")[:400]) if part]
