"""The fast answer against a slow model that walks every minute; the days of a row against dateutil's own rules.

`HOURS_CASES` sets the number of random cases (10,000 for the bar of directory.md section 14; fewer by default).
"""

from __future__ import annotations

import os
import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil import rrule  # type: ignore[import-untyped]

from directory.hours import ScheduleRow, row_holds_on, status, week_minute, weekly_minutes

CASES = int(os.environ.get("HOURS_CASES", "1200"))
ZONES = ("America/New_York", "America/Los_Angeles", "America/Phoenix", "Europe/London")
DAYS = [
    *(date(2026, 3, 5) + timedelta(days=n) for n in range(6)),  # New York's 23-hour day
    *(date(2026, 3, 27) + timedelta(days=n) for n in range(4)),  # London's
    *(date(2026, 10, 24) + timedelta(days=n) for n in range(9)),  # the 25-hour days
    *(date(2027, 12, 23) + timedelta(days=n) for n in range(10)),  # holidays, week 53 and the year's end
    *(date(2028, 2, 26) + timedelta(days=n) for n in range(5)),  # the leap day
]
TIMES = [time(hour, minute) for hour in range(24) for minute in (0, 15, 30)]
TIMES += [time(0), time(23, 59), time(1, 30), time(1, 45), time(2, 15), time(2, 30)] * 4  # the odd ones, more often
WINDOW_BEFORE, WINDOW_DAYS = 2, 6
_FREQS = {"WEEKLY": rrule.WEEKLY, "MONTHLY": rrule.MONTHLY}
_DAYS = [rrule.MO, rrule.TU, rrule.WE, rrule.TH, rrule.FR, rrule.SA, rrule.SU]
_NAMES = ["MO", "TU", "WE", "TH", "FR", "SA", "SU"]


def test_status_equals_the_minute_by_minute_model() -> None:
    dice = random.Random(20261122)
    differences = []
    seen = {"open": 0, "closed": 0, "unknown": 0}
    for number in range(CASES):
        rows, zone, base, closing = _random_case(dice)
        minutes = _open_minutes(rows, zone, base, closing)
        for _ in range(4):
            at = dice.randrange(WINDOW_BEFORE * 1440, (WINDOW_BEFORE + 2) * 1440)
            if dice.random() < 0.5:  # beside a change, where mistakes are
                change = minutes.find(1 - minutes[at], at, (WINDOW_BEFORE + 2) * 1440)
                at = at if change < 0 else change - dice.choice((0, 1))
            now = _window_start(base, zone) + timedelta(minutes=at, seconds=dice.choice((0, 0, 59)))
            answer = status(rows, now, zone, closing)
            expected = _model_answer(rows, minutes, at, zone, base, closing)
            seen[answer.state] += 1
            until = None if answer.until is None else _index(answer.until, base, zone)
            opens = None if answer.opens_next is None else _index(answer.opens_next, base, zone)
            end = len(minutes)
            got = (answer.state, until if until is None or until < end else None,
                   opens if opens is None or opens < end else None)  # fmt: skip
            if got != expected:
                differences.append((number, now, got, expected, rows))
    assert differences[:1] == []
    assert min(seen.values()) > CASES // 20, seen  # the dice reach all three answers


def test_days_of_a_row_equal_dateutil() -> None:
    dice = random.Random(7)
    held = 0
    for _ in range(CASES // 5):
        row = _random_row(dice, date(2026, 6, 1))
        if row.closed or not row.freq:
            continue
        wanted = _days_by_dateutil(row, date(2026, 5, 1), date(2026, 8, 31))
        day, got = date(2026, 5, 1), set()
        while day <= date(2026, 8, 31):
            if row_holds_on(row, day):
                got.add(day)
            day += timedelta(days=1)
        assert got == wanted, row
        held += len(got)
    assert held > CASES


def test_weekly_minutes_equal_status_for_regular_rows() -> None:
    dice = random.Random(11)
    compared = 0
    for _ in range(CASES // 5):
        rows = [
            ScheduleRow(
                freq=dice.choice(("WEEKLY", None)),
                byday=",".join(dice.sample(_NAMES, dice.randint(1, 7))),
                opens_at=dice.choice(TIMES),
                closes_at=dice.choice(TIMES),
            )
            for _ in range(dice.randint(1, 3))
        ]
        spans = weekly_minutes(rows)
        zone = dice.choice(ZONES)
        for _ in range(8):
            now = datetime.combine(dice.choice(DAYS), time(0), UTC) + timedelta(minutes=dice.randrange(1440))
            minute = week_minute(now, zone)
            if minute is None:
                continue
            if spans is None:
                assert status(rows, now, zone).state == "unknown"
                continue
            is_open = any(start <= minute < end for start, end in spans)
            assert (status(rows, now, zone).state == "open") is is_open, (rows, now, zone)
            compared += 1
    assert compared > CASES


def _random_case(dice: random.Random) -> tuple[list[ScheduleRow], str, date, list[date]]:
    base = dice.choice(DAYS)
    rows = [_random_row(dice, base) for _ in range(dice.choice((1, 1, 2, 3, 4)))]
    closing = [base + timedelta(days=dice.randint(-2, 3))] if dice.random() < 0.15 else []
    return rows, dice.choice(ZONES), base, closing


def _random_row(dice: random.Random, base: date) -> ScheduleRow:
    def near(low: int, high: int) -> date:
        return base + timedelta(days=dice.randint(low, high))

    opens: time | None = dice.choice(TIMES)
    closes: time | None = dice.choice(TIMES)
    kind = dice.random()
    if kind < 0.12:  # a holiday: closed, or hours of its own
        first = near(-3, 3)
        last = first + timedelta(days=dice.choice((0, 0, 1, 3)))
        if dice.random() < 0.5:
            return ScheduleRow(valid_from=first, valid_to=last, closed=True)
        return ScheduleRow(valid_from=first, valid_to=last, opens_at=opens, closes_at=closes)
    if kind < 0.18:  # says no hours
        return ScheduleRow(byday="MO", freq="WEEKLY", opens_at=opens, by_appointment=dice.random() < 0.5)
    if kind < 0.3:  # day and night
        opens, closes = time(0), dice.choice((time(0), time(23, 59)))
    freq = dice.choice(("WEEKLY", "WEEKLY", "MONTHLY"))
    interval = dice.choice((1, 1, 1, 2, 3))
    start = near(-40, 4) if interval > 1 or dice.random() < 0.2 else None
    byday: str | None = ",".join(dice.sample(_NAMES, dice.choice((1, 2, 3, 5, 7))))
    bymonthday = None
    if freq == "MONTHLY":
        form = dice.random()
        if form < 0.5:
            byday = ",".join(f"{dice.choice((1, 2, 3, 4, 5, -1, -2))}{day}" for day in dice.sample(_NAMES, 3))
        elif form < 0.8:
            byday, bymonthday = None, ",".join(str(dice.choice((1, 15, 24, 28, 31, -1, -3))) for _ in range(4))
    elif dice.random() < 0.1 and start is not None:
        byday = None
    return ScheduleRow(
        freq=freq,
        interval=interval,
        byday=byday,
        bymonthday=bymonthday,
        wkst=dice.choice((None, "MO", "SU")),
        dtstart=start,
        until=near(-2, 10) if dice.random() < 0.15 else None,
        valid_from=near(-20, 3) if dice.random() < 0.15 else None,
        valid_to=near(-3, 20) if dice.random() < 0.15 else None,
        opens_at=opens,
        closes_at=closes,
        by_appointment=dice.random() < 0.05,
    )


def _days_by_dateutil(row: ScheduleRow, first: date, last: date) -> set[date]:
    """The days of a row, by somebody else's reading of the standard."""
    anchor = row.dtstart or row.valid_from or date(first.year - 1, 1, 1)
    byday = []
    for part in (row.byday or "").split(","):
        if part:
            weekday = _DAYS[_NAMES.index(part[-2:])]
            byday.append(weekday(int(part[:-2])) if part[:-2] else weekday)
    rule = rrule.rrule(
        _FREQS[row.freq or "WEEKLY"],
        dtstart=datetime.combine(anchor, time(0)),
        interval=row.interval or 1,
        wkst=_DAYS[_NAMES.index(row.wkst or "MO")],
        until=datetime.combine(row.until, time(0)) if row.until else None,
        byweekday=byday or None,
        bymonthday=[int(part) for part in row.bymonthday.split(",")] if row.bymonthday else None,
    )
    found = {moment.date() for moment in rule.between(_midnight(first), _midnight(last), inc=True)}
    return {day for day in found if (row.valid_from or day) <= day <= (row.valid_to or day)}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(0))


def _model_answer(
    rows: Sequence[ScheduleRow], minutes: bytearray, at: int, zone: str, base: date, closing: Sequence[date]
) -> tuple[str, int | None, int | None]:
    if minutes[at]:
        end = minutes.find(0, at)
        return "open", None if end < 0 else end, None
    opens = minutes.find(1, at)
    today = (_window_start(base, zone) + timedelta(minutes=at)).astimezone(ZoneInfo(zone)).date()
    tells = any(_gives_hours(row) and (row.valid_to is None or row.valid_to >= today) for row in rows)
    shut = today in closing or any(_is_dated(row) and _dated_on(row, today) for row in rows)
    return "closed" if tells or shut else "unknown", None, None if opens < 0 else opens


def _gives_hours(row: ScheduleRow) -> bool:
    if row.closed or row.by_appointment or row.opens_at is None or row.closes_at is None:
        return False
    return row.opens_at != row.closes_at or row.opens_at == time(0)


def _is_dated(row: ScheduleRow) -> bool:
    return row.freq is None and (row.closed or _gives_hours(row))


def _dated_on(row: ScheduleRow, day: date) -> bool:
    assert row.valid_from is not None and row.valid_to is not None
    return row.valid_from <= day <= row.valid_to


def _open_minutes(rows: Sequence[ScheduleRow], zone: str, base: date, closing: Sequence[date]) -> bytearray:
    """One byte a minute from two days before `base`: 1 while open."""
    minutes = bytearray(WINDOW_DAYS * 1440)
    first = base - timedelta(days=WINDOW_BEFORE + 1)
    regular = [row for row in rows if row.freq and _gives_hours(row)]
    held = [(row, _days_by_dateutil(row, first, base + timedelta(days=WINDOW_DAYS))) for row in regular]
    for number in range(WINDOW_DAYS + 2):
        day = first + timedelta(days=number)
        dated = [row for row in rows if _is_dated(row) and _dated_on(row, day)]
        if day in closing or any(row.closed for row in dated):
            continue
        for row in dated or [row for row, days in held if day in days]:
            assert row.opens_at is not None and row.closes_at is not None
            begins, ends = datetime.combine(day, row.opens_at), datetime.combine(day, row.closes_at)
            if row.closes_at == time(23, 59):
                ends = datetime.combine(day + timedelta(days=1), time(0))
            elif ends <= begins:
                ends += timedelta(days=1)
            for minute in range(_first_minute(begins, zone, base), _first_minute(ends, zone, base)):
                if 0 <= minute < len(minutes):
                    minutes[minute] = 1
    return minutes


def _window_start(base: date, zone: str) -> datetime:
    return datetime.combine(base - timedelta(days=WINDOW_BEFORE), time(0), ZoneInfo(zone)).astimezone(UTC)


def _index(moment: datetime, base: date, zone: str) -> int:
    return int((moment - _window_start(base, zone)) / timedelta(minutes=1))


@lru_cache(maxsize=200)
def _wall_clock(base: date, zone: str) -> list[datetime]:
    """What the local clock shows at each minute, from one day before the window to two days after it."""
    tz, start = ZoneInfo(zone), _window_start(base, zone) - timedelta(days=1, hours=2)
    return [
        (start + timedelta(minutes=n)).astimezone(tz).replace(tzinfo=None)
        for n in range((WINDOW_DAYS + 3) * 1440 + 240)
    ]


@lru_cache(maxsize=50000)
def _first_minute(wall: datetime, zone: str, base: date) -> int:
    """Index in the window of the first minute at which the clock shows `wall` or more (no clock jumps two hours)."""
    clock = _wall_clock(base, zone)
    near = max(0, int((wall - clock[0]) / timedelta(minutes=1)) - 120)
    return next(n for n in range(near, len(clock)) if clock[n] >= wall) - (1440 + 120)
