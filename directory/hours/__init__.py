"""When a service is open: the arithmetic of schedule rows and the reading of hours as people write them.

Pure: plain values in, plain values out; the moment is always passed in. What a page prints is not here.
"""

from directory.hours.opening import (
    DayHours,
    OpenSpan,
    OpenStatus,
    days_that_close,
    status,
    week_hours,
    week_minute,
    weekly_minutes,
)
from directory.hours.recurrence import ScheduleRow, is_exception, is_usable, row_holds_on
from directory.hours.spelling import Days, parse_days, parse_hours, parse_span, parse_time, rows_from

__all__ = [
    "DayHours",
    "Days",
    "OpenSpan",
    "OpenStatus",
    "ScheduleRow",
    "days_that_close",
    "is_exception",
    "is_usable",
    "parse_days",
    "parse_hours",
    "parse_span",
    "parse_time",
    "row_holds_on",
    "rows_from",
    "status",
    "week_hours",
    "week_minute",
    "weekly_minutes",
]
