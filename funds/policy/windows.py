"""Over which days a rule sums or counts: month arithmetic and the rows inside a window. No figure of a rule lives here.

Months are counted from the anchor day, cut to the month's end: one month after 31 January is the last of February, two
months after it 31 March.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import accumulate
from typing import Final

from funds.policy.values import Facts, Spending, WindowKind

DAYS_OF_52_WEEKS: Final = 364
MONTHS_OF_52_WEEKS: Final = 12  # months of four weeks count 12 to the year (HUD FAQ 815)
_NEEDS_MONTHS: Final = frozenset({WindowKind.ROLLING_MONTHS, WindowKind.FIRST_PAYMENT_MONTHS})
_LAST_DAYS: Final = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True)
class Window:
    """A window as a rule names it; `months` belongs to the two kinds that need it."""

    kind: WindowKind
    months: int = 0

    @property
    def needs_months(self) -> bool:
        """True where a number of months must be given."""
        return self.kind in _NEEDS_MONTHS


def add_months(day: date, months: int) -> date:
    """The day so many months after, or before when negative. Raises OverflowError off the calendar."""
    index = day.year * 12 + day.month - 1 + months
    year, month = index // 12, index % 12 + 1
    if not date.min.year <= year <= date.max.year:
        raise OverflowError("There is no such year.")
    return date(year, month, min(day.day, _last_day(year, month)))


def rows_in(
    window: Window, rows: Iterable[Spending], facts: Facts, weight: Callable[[Spending], int]
) -> list[Spending]:
    """The rows that count together with the request of `facts`, today's included in the window.

    `weight` decides between spans where the window slides (any 52 weeks): the heaviest span that holds today counts.
    """
    today = facts.today
    match window.kind:
        case WindowKind.FISCAL_YEAR:
            first, last = facts.fiscal_year
            return [row for row in rows if first <= row.on <= last]
        case WindowKind.CALENDAR_YEAR:
            return [row for row in rows if row.on.year == today.year]
        case WindowKind.ROLLING_MONTHS:
            before = add_months(today, -window.months)
            return [row for row in rows if row.on > before]
        case WindowKind.FIRST_PAYMENT_MONTHS:
            return _since_first_payment(window.months, list(rows), today)
        case WindowKind.ANY_52_WEEKS:
            return _heaviest_year(list(rows), today, weight)
        case WindowKind.ENROLMENT:
            since = facts.enrolled_on or date.min
            return [row for row in rows if row.on >= since]
        case WindowKind.LIFETIME:
            return list(rows)


def first_payment_span(months: int, rows: Iterable[Spending], today: date) -> tuple[date, date] | None:
    """The window that today falls into: from the payment that began it to the day after its end.

    The first payment opens one; the first payment on or after its end opens the next. None while none is open: the
    coming payment will open one.
    """
    start: date | None = None
    end = date.min
    for day in sorted(row.paid_on for row in rows if row.paid_on is not None):
        if start is None or day >= end:
            start, end = day, add_months(day, months)
    return (start, end) if start is not None and today < end else None


def reopens_on(
    window: Window, rows: Sequence[Spending], facts: Facts, surplus: Callable[[Sequence[Spending]], bool]
) -> date | None:
    """The first day on which enough of the counted rows have left the window; None when no day can be named.

    `surplus` says of the rows that still count whether they are too many.
    """
    today = facts.today
    match window.kind:
        case WindowKind.FISCAL_YEAR:
            return facts.fiscal_year[1] + timedelta(days=1)
        case WindowKind.CALENDAR_YEAR:
            return date(today.year + 1, 1, 1)
        case WindowKind.FIRST_PAYMENT_MONTHS:
            span = first_payment_span(window.months, rows, today)
            return span[1] if span else None
        case WindowKind.ROLLING_MONTHS:
            for day in sorted({row.on for row in rows}):
                if not surplus([row for row in rows if row.on > day]):
                    return _leaves_on(day, window.months)
    return None


def month_index(day: date) -> int:
    """Months since year 0, so that neighbouring months are neighbouring numbers."""
    return day.year * 12 + day.month - 1


def months_of(days: tuple[date, date]) -> range:
    """The calendar months that a span of days touches; a part is a month."""
    return range(month_index(days[0]), month_index(days[1]) + 1)


def weeks_of(days: tuple[date, date]) -> range:
    """The weeks, Monday to Sunday, that a span of days touches; a part is a week."""
    return range((days[0].toordinal() - 1) // 7, (days[1].toordinal() - 1) // 7 + 1)


def days_of(days: tuple[date, date]) -> range:
    """Each day of a span, as a number."""
    return range(days[0].toordinal(), days[1].toordinal() + 1)


def most_in_span(own: range, others: Iterable[range], length: int) -> int:
    """How many distinct units lie in the fullest span of `length` that touches the request's `own` units.

    A unit covered twice counts once. Linear in the length of the span and the number of ranges.
    """
    own = own[: 2 * length]  # what is longer fills a span anyhow
    low, high = own.start - length + 1, own.stop + length - 1
    changes = [0] * (high - low + 1)
    for units in (own, *others):
        start, stop = max(units.start, low), min(units.stop, high)
        if start < stop:
            changes[start - low] += 1
            changes[stop - low] -= 1
    covered = [1 if depth else 0 for depth in accumulate(changes[:-1])]
    total = [0, *accumulate(covered)]
    return max(total[at + length] - total[at] for at in range(len(total) - length))


def _last_day(year: int, month: int) -> int:
    leap = month == 2 and year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    return 29 if leap else _LAST_DAYS[month - 1]


def _since_first_payment(months: int, rows: list[Spending], today: date) -> list[Spending]:
    """What was paid since the window opened, and all that is held and unpaid: it will be paid inside it."""
    span = first_payment_span(months, rows, today)
    return [row for row in rows if row.paid_on is None or (span is not None and span[0] <= row.paid_on < span[1])]


def _heaviest_year(rows: list[Spending], today: date, weight: Callable[[Spending], int]) -> list[Spending]:
    """A span that holds today ends today or, where rows lie ahead, on the day of one of them."""
    reach = timedelta(days=DAYS_OF_52_WEEKS - 1)
    ends = {today, *(row.on for row in rows if today < row.on <= today + reach)}
    spans = ([row for row in rows if end - reach <= row.on <= end] for end in sorted(ends))
    return max(spans, key=lambda span: sum(map(weight, span)))


def _leaves_on(day: date, months: int) -> date:
    """The first day whose rolling window no longer holds `day`."""
    candidate = add_months(day, months)
    while add_months(candidate, -months) < day:
        candidate += timedelta(days=1)
    return candidate
