"""Purchases that cross a limit together: one walk over a person's purchases finds what looking at all pairs finds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from funds.reports.exceptions import NEAR, crossing
from tests.builders import NOW

EDGES = [25_000, 50_000, 125_000]


@dataclass(frozen=True)
class Purchase:
    """What crossing goes by."""

    submitted_at: datetime
    requested_cents: int


def by_looking_at_all(group: Sequence[Purchase]) -> list[tuple[Sequence[Purchase], int, int]]:
    """The same by the words: each window that begins with a purchase, unless it lies in one that was named."""
    found: list[tuple[Sequence[Purchase], int, int]] = []
    named: list[set[int]] = []
    for start, first in enumerate(group):
        places = [n for n in range(start, len(group)) if group[n].submitted_at - first.submitted_at <= NEAR]
        near = [group[n] for n in places]
        together, largest = sum(each.requested_cents for each in near), max(each.requested_cents for each in near)
        crossed = [edge for edge in EDGES if largest < edge <= together]
        if len(near) > 1 and crossed and not any(set(places) <= other for other in named):
            named.append(set(places))
            found.append((near, together, crossed[-1]))
    return found


@given(
    st.lists(
        st.tuples(st.integers(0, 120), st.sampled_from([1, 5_000, 12_500, 24_999, 25_000, 60_000, 125_000])),
        max_size=25,
    )
)
def test_one_walk_finds_what_all_pairs_find(purchases: list[tuple[int, int]]) -> None:
    group = [Purchase(NOW + timedelta(days=day), cents) for day, cents in sorted(purchases)]
    assert list(crossing(group, EDGES)) == by_looking_at_all(group)


def test_a_purchase_that_needs_the_higher_approval_alone_is_no_split() -> None:
    alone, small = Purchase(NOW, 25_000), Purchase(NOW + timedelta(days=3), 100)
    assert list(crossing([alone, small], EDGES)) == []
    half = Purchase(NOW, 12_500)
    assert [found[1:] for found in crossing([half, half], EDGES)] == [(25_000, 25_000)]
    late = Purchase(NOW + NEAR + timedelta(days=1), 12_500)
    assert list(crossing([half, late], EDGES)) == []
