"""What the address of a search may hold: any text reads, nothing raises, and nothing senseless is believed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from werkzeug.datastructures import MultiDict

from directory.forms import MAX_AGE, MAX_WORDS, SORTS, SearchAsked, read_point, read_search

NAMES = ["q", "where", "within", "need", "term", "language", "yes", "open_now", "age", "sort", "page", "view"]


def read(**values: str) -> SearchAsked:
    return read_search(MultiDict(values))


def test_a_whole_search_is_read() -> None:
    asked = read_search(
        MultiDict(
            [("q", " rent  help "), ("where", "10601"), ("within", "5"), ("yes", "free"), ("yes", "walk_in")]
            + [("language", "es"), ("age", "17"), ("open_now", "1"), ("sort", "verified"), ("page", "3")]
        )
    )
    assert (asked.words, asked.where, asked.within_miles) == ("rent help", "10601", 5.0)
    assert asked.yes == ("free", "walk_in") and asked.languages == ("es",)
    assert (asked.age, asked.open_now, asked.sort, asked.page) == (17, True, "verified", 3)
    assert asked.problems == {}


def test_what_makes_no_sense_is_left_out_and_named() -> None:
    asked = read(within="-3", age="old", sort="price", yes="rich", term="not an id")
    assert (asked.within_miles, asked.age, asked.sort, asked.yes, asked.terms) == (None, None, "best", (), ())
    assert set(asked.problems) == {"within", "age", "sort", "yes", "term"}


def test_any_distance_is_no_radius() -> None:
    asked = read(within="any")
    assert asked.any_distance and asked.within_miles is None and asked.problems == {}


def test_a_point_is_read_and_a_point_off_the_earth_is_not() -> None:
    point = read_point("41.03, -73.76")
    assert point is not None and (point.lat_deg, point.lng_deg) == (41.03, -73.76)
    assert read_point("91, 0") is None and read_point("10601") is None and read_point("٤١, ٧٣") is None


@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=300)))
def test_any_text_reads(values: dict[str, str]) -> None:
    asked = read_search(MultiDict(values))
    assert len(asked.words) <= MAX_WORDS and asked.sort in SORTS and 1 <= asked.page <= 1_000
    assert asked.age is None or 0 <= asked.age <= MAX_AGE
    assert asked.words.isprintable()
