"""Open or closed, until when, opens next, from schedule rows; not how rows are stored or which place they belong to.

A span belongs to the local day on which it opens, also when it runs past midnight into a closed day. A wall-clock
time means the first instant at which the local clock shows it or more: in a repeated hour the first pass, in a
skipped hour the moment after the jump.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from typing import Literal
from zoneinfo import ZoneInfo

from core.errors import Sentence
from directory.hours.recurrence import (
    ScheduleRow,
    is_exception,
    is_over,
    is_usable,
    recurrence_of,
    row_holds_on,
)

LOOK_AHEAD_DAYS = 60
ALWAYS_OPEN_DAYS = 7  # open for longer than this without a break: no closing time is worth telling
MINUTES_A_DAY = 1440
MINUTES_A_WEEK = 7 * MINUTES_A_DAY
FIRST_YEAR, LAST_YEAR = 1900, 2200  # outside, nothing is known about hours

_MIDNIGHT = time(0)
_LAST_MINUTE = time(23, 59)
_DAY = timedelta(days=1)

WEEKDAY_NAMES = (
    Sentence("Monday"),
    Sentence("Tuesday"),
    Sentence("Wednesday"),
    Sentence("Thursday"),
    Sentence("Friday"),
    Sentence("Saturday"),
    Sentence("Sunday"),
)
MONTH_NAMES = (
    Sentence("January"),
    Sentence("February"),
    Sentence("March"),
    Sentence("April"),
    Sentence("May"),
    Sentence("June"),
    Sentence("July"),
    Sentence("August"),
    Sentence("September"),
    Sentence("October"),
    Sentence("November"),
    Sentence("December"),
)


@dataclass(frozen=True, slots=True)
class OpenStatus:
    """What is known at one moment. `until` and `opens_next` are aware, in the place's zone.

    Open with `until` None: no break within a week. Closed with `opens_next` None: nothing within 60 days.
    """

    state: Literal["open", "closed", "unknown"]
    until: datetime | None
    opens_next: datetime | None
    label: Sentence
    by_appointment: bool = False


@dataclass(frozen=True, slots=True)
class OpenSpan:
    """One span of a day, as aware local times. `closes` may lie on the next day; `all_day` is midnight to midnight."""

    opens: datetime
    closes: datetime
    all_day: bool


@dataclass(frozen=True, slots=True)
class DayHours:
    """One day of the listing page: its spans in order. No spans and not `is_known`: nobody said."""

    day: date
    spans: tuple[OpenSpan, ...]
    is_known: bool
    is_exception: bool
    by_appointment: bool
    notes: tuple[str, ...]


class _Plan:
    """The rows of one service sorted by what they do."""

    def __init__(self, rows: Iterable[ScheduleRow], closing_days: Iterable[date]) -> None:
        self.closing_days = frozenset(closing_days)
        self.regular: list[ScheduleRow] = []
        self.exceptions: list[ScheduleRow] = []
        self.appointments: list[ScheduleRow] = []
        for row in rows:
            if row.by_appointment:
                self.appointments.append(row)
            if is_exception(row) and (row.closed or row.by_appointment or is_usable(row)):
                self.exceptions.append(row)
            elif is_usable(row):
                self.regular.append(row)

    def tells_hours_on(self, day: date) -> bool:
        """Whether some row's hours still count on the day, or an exception closes it."""
        return (
            any(not is_over(row, day) for row in self.regular)
            or any(is_usable(row) and not is_over(row, day) for row in self.exceptions)
            or self.is_special(day)
        )

    def is_special(self, day: date) -> bool:
        """Whether regular hours do not hold on the day."""
        return day in self.closing_days or any(row_holds_on(row, day) for row in self.exceptions)

    def wall_spans(self, day: date) -> list[tuple[datetime, datetime]]:
        """Opening and closing of the day as naive wall-clock times, sorted."""
        if day in self.closing_days:
            return []
        special = [row for row in self.exceptions if row_holds_on(row, day)]
        if any(row.closed for row in special):
            return []
        rows = special or [row for row in self.regular if row_holds_on(row, day)]
        return sorted(_wall_span(row, day) for row in rows if is_usable(row))


def days_that_close(rows: Sequence[ScheduleRow], closing_days: Sequence[date]) -> Sequence[date]:
    """The closed days of the county that count for a service: none for one that is open on all seven days.

    Who is there on Sundays (a crisis line, a shelter, a warm line) is there on Thanksgiving; where not, a holiday row
    of its own says so.
    """
    weekdays: set[int] = set()
    for row in rows:
        recurrence = recurrence_of(row)
        if recurrence is None or is_exception(row) or not is_usable(row):
            continue
        if recurrence.interval == 1 and not (recurrence.month_days or recurrence.weeks or recurrence.year_days):
            weekdays.update(range(7) if recurrence.freq == "DAILY" and not recurrence.weekdays else recurrence.weekdays)
    return () if len(weekdays) == 7 else closing_days


def status(rows: Sequence[ScheduleRow], now: datetime, zone: str, closing_days: Sequence[date] = ()) -> OpenStatus:
    """Open, closed or unknown at `now` (aware) for a place whose clock is `zone`.

    `rows` are those of the narrowest owner that has any: service at location, else service, else location.
    """
    if now.tzinfo is None:
        raise ValueError("now must carry its time zone")
    plan = _Plan(rows, closing_days)
    by_appointment = bool(plan.appointments)
    if not FIRST_YEAR <= now.year <= LAST_YEAR:
        return OpenStatus("unknown", None, None, Sentence("Hours not listed: call"), by_appointment)
    tz = _zone(zone)
    instant = now.astimezone(UTC)
    today = now.astimezone(tz).date()
    opens_next: datetime | None = None
    for start, end in _stretches(plan, tz, today - _DAY, LOOK_AHEAD_DAYS + 2):
        if end <= instant:
            continue
        if start <= instant:
            until = None if end - instant > timedelta(days=ALWAYS_OPEN_DAYS) else end.astimezone(tz)
            return OpenStatus("open", until, None, _open_label(until, today), by_appointment)
        opens_next = start.astimezone(tz)
        break
    if not plan.tells_hours_on(today):
        label = Sentence("By appointment: call first") if by_appointment else Sentence("Hours not listed: call")
        return OpenStatus("unknown", None, opens_next, label, by_appointment)
    return OpenStatus("closed", None, opens_next, _closed_label(opens_next, today), by_appointment)


def week_hours(
    rows: Sequence[ScheduleRow], day: date, zone: str, closing_days: Sequence[date] = ()
) -> tuple[DayHours, ...]:
    """The seven days of the week that holds `day`, Monday first, with what really happens on those dates."""
    plan, tz = _Plan(rows, closing_days), _zone(zone)
    monday = day - timedelta(days=day.weekday())
    return tuple(_day_hours(plan, rows, monday + timedelta(days=number), tz) for number in range(7))


def weekly_minutes(rows: Sequence[ScheduleRow]) -> list[tuple[int, int]] | None:
    """Open minutes of any week as merged (start, end) from Monday 00:00, when the rows repeat each week alike.

    None when they do not (dates, nth weekdays, alternate weeks, exceptions) or give no hours: then `status` decides.
    Equal to `status` at every instant whose `week_minute` is not None.
    """
    spans: list[tuple[int, int]] = []
    for row in rows:
        if is_exception(row):
            return None
        if not is_usable(row):
            continue
        recurrence = recurrence_of(row)
        dated = row.dtstart or row.until or row.valid_from or row.valid_to or row.count
        if recurrence is None or dated or recurrence.interval != 1 or recurrence.ordinals:
            return None
        if recurrence.month_days or recurrence.weeks or recurrence.year_days:
            return None
        monday = date(2001, 1, 1)
        for weekday in recurrence.weekdays or range(7):
            day = monday + timedelta(days=weekday)
            opens, closes = (
                int((moment - datetime.combine(monday, _MIDNIGHT)) / timedelta(minutes=1))
                for moment in _wall_span(row, day)
            )
            spans.append((opens, min(closes, MINUTES_A_WEEK)))
            if closes > MINUTES_A_WEEK:
                spans.append((0, closes - MINUTES_A_WEEK))
    return _merged(spans) or None


def week_minute(now: datetime, zone: str) -> int | None:
    """Minutes since Monday 00:00 on the local clock, for `weekly_minutes`.

    None in the second pass of a repeated hour, where the clock alone does not tell: ask `status`.
    """
    local = now.astimezone(_zone(zone))
    return None if local.fold else local.weekday() * MINUTES_A_DAY + local.hour * 60 + local.minute


def clock_sentence(at: time) -> Sentence:
    """A clock time in words that can be translated: "9 AM", "4:30 PM", "noon", "midnight"."""
    if at.minute == 0 and at.hour in (0, 12):
        return Sentence("noon") if at.hour else Sentence("midnight")
    hour = at.hour % 12 or 12
    if at.minute == 0:
        return Sentence("%(hour)s AM", hour=hour) if at.hour < 12 else Sentence("%(hour)s PM", hour=hour)
    minute = f"{at.minute:02d}"
    if at.hour < 12:
        return Sentence("%(hour)s:%(minute)s AM", hour=hour, minute=minute)
    return Sentence("%(hour)s:%(minute)s PM", hour=hour, minute=minute)


def _day_hours(plan: _Plan, rows: Sequence[ScheduleRow], day: date, tz: ZoneInfo) -> DayHours:
    spans = []
    for opens, closes in plan.wall_spans(day):
        start, end = _instant(opens, tz), _instant(closes, tz)
        if start < end:
            spans.append(OpenSpan(start.astimezone(tz), end.astimezone(tz), closes - opens == _DAY))
    holding = [row for row in rows if row_holds_on(row, day) or recurrence_of(row) is None and row.by_appointment]
    notes = dict.fromkeys(text for row in holding for text in (row.description, row.notes) if text)
    return DayHours(
        day,
        tuple(spans),
        plan.tells_hours_on(day),
        plan.is_special(day),
        any(row.by_appointment for row in holding),
        tuple(notes),
    )


def _stretches(plan: _Plan, tz: ZoneInfo, first: date, days: int) -> Iterator[tuple[datetime, datetime]]:
    """Open stretches as UTC instants in order, touching spans joined; cut once one is clearly without a break."""
    current: tuple[datetime, datetime] | None = None
    for number in range(days):
        for opens, closes in plan.wall_spans(first + timedelta(days=number)):
            start, end = _instant(opens, tz), _instant(closes, tz)
            if start >= end:
                continue
            if current is not None and start <= current[1]:
                current = (current[0], max(current[1], end))
            else:
                if current is not None:
                    yield current
                current = (start, end)
        if current is not None and current[1] - current[0] > timedelta(days=ALWAYS_OPEN_DAYS + 3):
            break
    if current is not None:
        yield current


def _wall_span(row: ScheduleRow, day: date) -> tuple[datetime, datetime]:
    assert row.opens_at is not None and row.closes_at is not None
    opens = datetime.combine(day, row.opens_at.replace(tzinfo=None, second=0, microsecond=0))
    closes_at = row.closes_at.replace(tzinfo=None, second=0, microsecond=0)
    if closes_at == _LAST_MINUTE or closes_at == _MIDNIGHT:
        return opens, datetime.combine(day + _DAY, _MIDNIGHT)
    closes = datetime.combine(day, closes_at)
    return opens, closes if closes > opens else closes + _DAY


@lru_cache(maxsize=16384)
def _instant(wall: datetime, tz: ZoneInfo) -> datetime:
    """The first instant at which the local clock shows `wall` or more, in UTC."""
    instant = wall.replace(tzinfo=tz, fold=0).astimezone(UTC)
    if instant.astimezone(tz).replace(tzinfo=None) == wall:
        return instant
    before = wall.replace(tzinfo=tz, fold=1).astimezone(UTC)  # a skipped time: the jump lies between the two readings
    while instant - before > timedelta(seconds=1):
        middle = before + (instant - before) / 2
        if middle.astimezone(tz).replace(tzinfo=None) >= wall:
            instant = middle
        else:
            before = middle
    return instant.replace(microsecond=0)


@lru_cache(maxsize=64)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def _merged(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    merged: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


def _open_label(until: datetime | None, today: date) -> Sentence:
    if until is None:
        return Sentence("Open 24 hours")
    at = clock_sentence(until.time())
    if until.date() == today or (until.date() == today + _DAY and until.hour < 12):
        return Sentence("Open now until %(time)s", time=at)
    return Sentence("Open now until %(day)s at %(time)s", day=WEEKDAY_NAMES[until.weekday()], time=at)


def _closed_label(opens_next: datetime | None, today: date) -> Sentence:
    if opens_next is None:
        return Sentence("Closed now")
    at, ahead = clock_sentence(opens_next.time()), (opens_next.date() - today).days
    if ahead == 0:
        return Sentence("Closed; opens today at %(time)s", time=at)
    if ahead == 1:
        return Sentence("Closed; opens tomorrow at %(time)s", time=at)
    if ahead < 7:
        return Sentence("Closed; opens %(day)s at %(time)s", day=WEEKDAY_NAMES[opens_next.weekday()], time=at)
    return Sentence(
        "Closed; opens %(month)s %(date)s at %(time)s",
        month=MONTH_NAMES[opens_next.month - 1],
        date=opens_next.day,
        time=at,
    )
