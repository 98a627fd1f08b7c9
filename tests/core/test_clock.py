"""Days and months of the program's zone, from moments in UTC."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from core.clock import local_day, local_month_start

ZONE = "America/New_York"


@pytest.mark.parametrize(
    ("now", "day", "start"),
    [
        (datetime(2026, 12, 1, 4, 59, tzinfo=UTC), date(2026, 11, 30), datetime(2026, 11, 1, 4, 0, tzinfo=UTC)),
        (datetime(2026, 12, 1, 5, 0, tzinfo=UTC), date(2026, 12, 1), datetime(2026, 12, 1, 5, 0, tzinfo=UTC)),
        (datetime(2026, 7, 1, 4, 0, tzinfo=UTC), date(2026, 7, 1), datetime(2026, 7, 1, 4, 0, tzinfo=UTC)),
    ],
)
def test_a_month_begins_at_local_midnight(now: datetime, day: date, start: datetime) -> None:
    assert local_day(now, ZONE) == day
    assert local_month_start(now, ZONE) == start
