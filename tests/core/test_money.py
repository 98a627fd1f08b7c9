"""Cents: what people type, what they are shown, how a sum is split."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.money import MAX_CENTS, format_cents, parse_cents, split_cents


@pytest.mark.parametrize(
    ("text", "cents"),
    [("45", 4500), ("1,234.50", 123450), ("$ 20", 2000), (".75", 75), ("1,234.5", 123450), (" 0 ", 0), ("12$", 1200)],
)
def test_amounts_as_people_type_them(text: str, cents: int) -> None:
    """Dollars with or without sign, commas and cents."""
    assert parse_cents(text) == cents


@pytest.mark.parametrize(
    "text", ["", "-5", "1.234", "12,34", "1e3", "٣", "45 dollars", "$", ".", "1.2.3", "9" * 40, "NaN"]
)
def test_what_is_no_amount_is_refused_with_a_sentence(text: str) -> None:
    """Never a guess."""
    with pytest.raises(InvalidInput):
        parse_cents(text)


@given(st.integers(0, MAX_CENTS))
def test_what_is_shown_reads_back(cents: int) -> None:
    """Show and read are inverse."""
    assert parse_cents(format_cents(cents)) == cents


@given(st.integers(0, 10**9), st.integers(1, 50))
def test_no_cent_is_lost_in_a_split(total: int, parts: int) -> None:
    """Shares add up and differ by at most a cent."""
    shares = split_cents(total, parts)
    assert sum(shares) == total and len(shares) == parts and max(shares) - min(shares) <= 1


def test_negative_amounts_are_shown_with_their_sign() -> None:
    """A reversal reads as one."""
    assert format_cents(-123405) == "-$1,234.05"
