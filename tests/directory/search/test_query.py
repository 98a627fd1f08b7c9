"""A query is bounded: garbage either parses as words or is refused with a sentence, never an error."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import InvalidInput
from core.geo import Point
from directory.search.answering import answer
from directory.search.plan import PartView
from directory.search.query import SearchQuery, parse_words
from directory.search.segment import build_segment
from tests.directory.search.made import NOW, Spot, documents

SEGMENT = build_segment(documents(50, 60))
VIEWS = (PartView.of(SEGMENT),)

VALUES: dict[str, st.SearchStrategy[Any]] = {
    "words": st.text(max_size=320) | st.text('"-OR| aéñ*()food', max_size=60) | st.none(),
    "radius_m": st.floats() | st.integers() | st.none() | st.text(max_size=3),
    "needs": st.lists(st.text(max_size=110), max_size=3).map(tuple) | st.just("food") | st.just(("food",)),
    "terms": st.lists(st.text(max_size=10), max_size=60).map(tuple),
    "languages": st.lists(st.sampled_from(["en", "es", "xx", "\x00"]), max_size=3).map(tuple),
    "yes": st.lists(st.sampled_from(["free", "walk_in", "nonsense"]), max_size=3).map(tuple),
    "age": st.integers() | st.none() | st.booleans() | st.floats(),
    "open_at": st.none() | st.datetimes() | st.datetimes(timezones=st.just(UTC)),
    "sort": st.sampled_from(["best", "distance", "verified", "", "BEST", "; drop table"]),
    "page": st.integers() | st.booleans() | st.floats(),
    "size": st.integers(-5, 200),
    "visibility": st.integers(-2, 6),
    "include_not_stated": st.booleans(),
    "language": st.sampled_from(["en", "es", "fr", ""]),
    "place": st.none() | st.builds(
        lambda lat, lng: Spot("somewhere", Point(lat, lng), ("county:36119", "state:NY", "zip:\x00")),
        st.floats(-90, 90), st.floats(-180, 180),
    ),
}  # fmt: skip


@given(st.fixed_dictionaries({}, optional=VALUES))
@settings(max_examples=600, deadline=None)
def test_garbage_is_answered_or_refused_with_a_sentence(values: dict[str, Any]) -> None:
    try:
        query = SearchQuery(**values)
    except InvalidInput as refusal:
        assert refusal.field in VALUES
        assert str(refusal.sentence).endswith(".")
        return
    result = answer(VIEWS, query, NOW, lambda: SEGMENT)
    assert result.total >= result.total_remote >= 0
    assert len(result.items) <= query.size


@given(st.text(max_size=60), st.sampled_from(["en", "es", "xx"]), st.integers(-3, 30))
@settings(max_examples=200, deadline=None)
def test_any_beginning_can_be_suggested_on(prefix: str, language: str, limit: int) -> None:
    found = SEGMENT.suggestions.starting_with(prefix, language, limit)
    assert len(found) <= max(0, limit)


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("words", {"words": "x" * 301}),
        ("radius_m", {"radius_m": 0}),
        ("radius_m", {"radius_m": float("nan")}),
        ("age", {"age": -1}),
        ("yes", {"yes": ("nonsense",)}),
        ("open_at", {"open_at": datetime(2026, 1, 1)}),  # noqa: DTZ001 - naive on purpose
        ("open_at", {"open_at": datetime(9999, 12, 31, 23, tzinfo=UTC)}),
        ("sort", {"sort": "cheapest"}),
        ("page", {"page": 0}),
        ("page", {"page": 10**9}),
        ("size", {"size": 101}),
        ("needs", {"needs": tuple(map(str, range(51)))}),
        ("visibility", {"visibility": 9}),
    ],
)
def test_what_makes_no_sense_is_named(field: str, values: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput) as refusal:
        SearchQuery(**values)
    assert refusal.value.field == field


def test_quotes_minus_and_or_are_read() -> None:
    pieces = parse_words('"legal aid" -immigration food OR clothing --')
    assert [(p.text, p.is_phrase, p.is_excluded, p.is_alternative) for p in pieces] == [
        ("legal aid", True, False, False),
        ("immigration", False, True, False),
        ("food", False, False, False),
        ("clothing", False, False, True),
    ]


def test_an_open_quote_and_a_leading_or_are_words() -> None:
    assert [piece.text for piece in parse_words('OR "open quote')] == ["open quote"]
