"""Six-month periods: their edges by hand, and against a day-by-day count."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funds.reports.halves import add_months, bounds, observed_to, period_of, rounding_explains

DAYS = st.dates(date(2019, 1, 1), date(2032, 12, 31))


@pytest.mark.parametrize(
    ("enrolled", "number", "first", "last"),
    [
        (date(2024, 2, 29), 0, date(2024, 2, 29), date(2024, 8, 28)),
        (date(2024, 2, 29), 1, date(2024, 8, 29), date(2025, 2, 27)),
        (date(2024, 2, 29), 2, date(2025, 2, 28), date(2025, 8, 28)),
        (date(2024, 2, 29), 8, date(2028, 2, 29), date(2028, 8, 28)),
        (date(2024, 8, 31), 0, date(2024, 8, 31), date(2025, 2, 27)),
        (date(2024, 8, 31), 1, date(2025, 2, 28), date(2025, 8, 30)),
        (date(2024, 8, 31), 2, date(2025, 8, 31), date(2026, 2, 27)),
        (date(2024, 8, 31), 3, date(2026, 2, 28), date(2026, 8, 30)),
        (date(2024, 8, 31), -1, date(2024, 2, 29), date(2024, 8, 30)),
        (date(2025, 1, 15), -1, date(2024, 7, 15), date(2025, 1, 14)),
    ],
)
def test_periods_are_counted_from_the_day_and_cut_to_the_month(
    enrolled: date, number: int, first: date, last: date
) -> None:
    assert bounds(enrolled, number) == (first, last)
    assert period_of(enrolled, first) == period_of(enrolled, last) == number
    assert period_of(enrolled, last + timedelta(days=1)) == number + 1
    assert period_of(enrolled, first - timedelta(days=1)) == number - 1


@given(DAYS, DAYS)
def test_every_day_falls_into_exactly_one_period(enrolled: date, day: date) -> None:
    number = period_of(enrolled, day)
    first, last = bounds(enrolled, number)
    assert first <= day <= last
    assert bounds(enrolled, number + 1)[0] == last + timedelta(days=1), "periods tile the time"


@given(DAYS, st.integers(-40, 40))
def test_months_never_drift(day: date, months: int) -> None:
    there = add_months(day, months)
    assert (there.year * 12 + there.month) - (day.year * 12 + day.month) == months
    assert there.day == day.day or (there + timedelta(days=1)).day == 1


def is_observed(enrolled: date, ended: date | None, number: int, as_of: date, *, any_part: bool = False) -> bool:
    """What the report says of a person and a period."""
    to = observed_to(enrolled, ended, as_of, any_part=any_part)
    return to is not None and number < to


def test_observed_means_the_whole_period_or_any_part_of_it() -> None:
    enrolled, last = date(2026, 1, 15), date(2026, 7, 14)
    assert is_observed(enrolled, None, 0, last)
    assert not is_observed(enrolled, None, 0, last - timedelta(days=1))
    assert is_observed(enrolled, None, 0, enrolled, any_part=True)
    assert not is_observed(enrolled, None, 0, enrolled - timedelta(days=1), any_part=True)
    assert not is_observed(enrolled, date(2026, 7, 13), 0, date(2027, 1, 1))
    assert is_observed(enrolled, date(2026, 7, 14), 0, date(2027, 1, 1))
    assert is_observed(enrolled, date(2026, 2, 1), -1, date(2027, 1, 1)), "before enrolment is over for everybody"
    assert not is_observed(enrolled, None, -1, date(2026, 1, 14)), "nobody counts before they are enrolled"


@given(DAYS, st.none() | st.integers(0, 1500), DAYS, st.integers(-2, 12), st.booleans())
def test_observed_agrees_with_the_days_of_the_period(
    enrolled: date, stayed: int | None, as_of: date, number: int, any_part: bool
) -> None:
    ended = None if stayed is None else enrolled + timedelta(days=stayed)
    first, last = bounds(enrolled, number)
    until = min(as_of, ended) if ended else as_of
    expected = enrolled <= as_of and (number < 0 or (first <= until if any_part else last <= until))
    assert is_observed(enrolled, ended, number, as_of, any_part=any_part) == expected


def test_five_rounded_parts_explain_two_dollars_and_no_third() -> None:
    """Brute force over parts in tenths of a dollar: the largest whole difference that rounding half up can make."""
    worst = 0
    for parts in itertools.combinations_with_replacement(range(10), 5):
        rounded_parts = sum((each + 5) // 10 for each in parts)
        rounded_total = (sum(parts) + 5) // 10
        worst = max(worst, abs(rounded_parts - rounded_total))
    assert worst == rounding_explains(5) == 2
