"""A place that was typed among the words for what somebody needs."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from directory.gazetteer import find_place, place_among_words
from directory.gazetteer.places import gazetteer


@pytest.mark.parametrize(
    ("words", "label", "rest"),
    [
        ("food pantry in yonkers", "Yonkers, NY", "food pantry"),
        ("food pantry white plains", "White Plains, NY", "food pantry"),
        ("Food pantry, White Plains, NY", "White Plains, NY", "Food pantry"),
        ("White Plains food pantry", "White Plains, NY", "food pantry"),
        ("food pantry white plains ny 10601", "White Plains, NY 10601", "food pantry"),
        ("shelter near 10601 open now", "White Plains, NY 10601", "shelter open now"),
        ("shelter zip code 10601-1234", "White Plains, NY 10601", "shelter"),
        ("10601", "White Plains, NY 10601", ""),
        ("yonkers", "Yonkers, NY", ""),
        ("mt vernon clothing", "Mount Vernon, NY", "clothing"),
        ("somewhere to sleep in port chester tonight", "Port Chester, NY", "somewhere to sleep tonight"),
        ("new rochelle area food", "New Rochelle, NY", "food"),
        ("food near white plains hospital", "White Plains, NY", "food"),
        ("legal aid for immigrants in westchester", "Westchester County, NY", "legal aid for immigrants"),
        ("rent help for monroe county", "Monroe County, NY", "rent help"),
        ("free food in the bronx", "Bronx, NY", "free food"),
        ("detox in Newark NJ", "Newark, NJ", "detox"),
        ("detox in Philadelphia Pennsylvania", "Philadelphia, PA", "detox"),
        ("hotel in liberty", "Liberty, NY", "hotel"),
        ("despensa de comida en Yonkers", "Yonkers, NY", "despensa de comida"),
        ("comida cerca de White Plains", "White Plains, NY", "comida"),
    ],
)
def test_a_place_is_found_and_the_rest_is_what_is_needed(words: str, label: str, rest: str) -> None:
    read = place_among_words(words)
    assert read is not None
    assert (read.place.label, read.rest) == (label, rest)
    assert find_place(read.place.label).place == read.place, "the box for the place reads it the same way"


NO_PLACE = """food pantry|housing in recovery|help in crisis|psychiatrist near me|therapist in spanish|help at home
hope house|hudson valley food bank|oxford house|phoenix house|medicaid ny|help with my deposit|st johns|dentist 99999
"white plains" food|“white plains” food|"food in yonkers"|“legal aid in Yonkers”
i am in pain|diapers for a baby in need|by phone|in|near|99999"""


@pytest.mark.parametrize("words", re.split(r"[|\n]", NO_PLACE))
def test_words_that_are_no_place_are_left_alone(words: str) -> None:
    assert place_among_words(words) is None


@given(st.text(max_size=60))
def test_anything_may_be_typed(words: str) -> None:
    read = place_among_words(words)
    assert read is None or len(read.rest) <= len(words)


@given(st.sampled_from(sorted(name for name, states in gazetteer().towns.items() if "NY" in states)))
def test_each_town_of_the_state_is_read_after_in(name: str) -> None:
    read = place_among_words(f"rent help in {name}, NY")
    assert read is None or read.rest == "rent help"
    named = find_place(f"{name}, NY")
    assert (read is None) == (named.place is None), (read, named)


def test_a_name_is_not_certain_and_a_word_that_leads_to_it_is() -> None:
    led, ended = place_among_words("clinic in yonkers"), place_among_words("yonkers clinic")
    assert led is not None and led.is_certain
    assert ended is not None and not ended.is_certain
