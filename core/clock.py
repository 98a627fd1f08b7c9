"""The only reader of the system clock; no time arithmetic of the domain lives here."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo


def now_utc() -> datetime:
    """The present moment, aware, in UTC. Read it once per action and hand it down as `now`."""
    return datetime.now(UTC)


def local_day(now: datetime, zone: str) -> date:
    """The calendar day of `now` in the IANA zone `zone`: a deadline or report day is always this."""
    return now.astimezone(ZoneInfo(zone)).date()


def local_month_start(now: datetime, zone: str) -> datetime:
    """The moment at which the calendar month of `now` began in the IANA zone `zone`."""
    first = local_day(now, zone).replace(day=1)
    return datetime(first.year, first.month, 1, tzinfo=ZoneInfo(zone)).astimezone(UTC)
