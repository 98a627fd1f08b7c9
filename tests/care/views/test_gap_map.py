"""The map of unmet need: drawn on the server, the same figures in the table beside it, purchases marked."""

from __future__ import annotations

import re

import pytest
from flask import Flask

from care.actions.gaps import decide_gap, record_gap
from care.views.maps import WIDTH, county_map, step_of
from core.identity import VISITOR
from directory.unmet import Unmet
from tests.care.people import user_of
from tests.cast import SUE
from tests.conftest import SignIn

pytestmark = pytest.mark.one_database


def test_counties_lie_where_they_are() -> None:
    """Westchester north of the Bronx, Erie west of Monroe, all inside the drawing."""
    drawing = county_map({"county:36119": 4}, frozenset({"county:36119"}), "text")
    at = {shape.outline.name: shape.outline.middle for shape in drawing.shapes}
    assert at["Westchester"][1] < at["Bronx"][1]
    assert at["Erie"][0] < at["Monroe"][0] < at["Westchester"][0]
    assert all(0 < x < WIDTH and 0 < y < drawing.height for x, y in at.values())
    corners = [
        tuple(map(int, pair)) for shape in drawing.shapes for pair in re.findall(r"(\d+) (\d+)", shape.outline.path)
    ]
    assert all(0 <= x <= WIDTH and 0 <= y <= drawing.height for x, y in corners)
    last = drawing.shapes[-1]
    assert (last.outline.name, last.number, last.step, last.is_marked) == ("Westchester", "4", 2, True)


def test_colours_deepen_in_steps() -> None:
    assert [step_of(number) for number in (0, 1, 2, 3, 5, 6, 10, 11, 500)] == [0, 1, 1, 2, 2, 3, 3, 4, 4]


def test_the_page_shows_map_table_and_proposed_purchases(app: Flask, sign_in_as: SignIn) -> None:
    for _ in range(3):
        housing = record_gap(VISITOR, unmet=Unmet(needs=("housing",), county="county:36119"), source="public")
    record_gap(VISITOR, unmet=Unmet(needs=("food",), county="county:36029"), source="public")
    record_gap(VISITOR, unmet=Unmet(needs=("legal",)), source="public")
    decide_gap(user_of(SUE), gap_id=housing, state="purchase proposed")
    sue = sign_in_as("sue")
    page = sue.get("/gaps").text
    assert 'aria-label="How often a need was not met, by county. Westchester County, NY: 3; Erie County, NY: 1"' in page
    assert len(re.findall(r'class="gt-county gt-county--\d gt-county--marked" d=', page)) == 1
    assert re.search(r'<text class="gt-county__number[^>]*>3</text>', page)
    rows = re.findall(r"Westchester County, NY</a></th>\s*(.*?)</tr>", page, re.DOTALL)
    assert re.findall(r">(\d+)<", rows[0]) == ["1", "3", "1"]
    assert "1 purchase proposed" in page
    only = sue.get("/gaps?state=purchase+proposed").text
    assert "Gaps, the most met first" in only and 'scope="row">Food' not in only
    assert sue.get("/gaps?state=nonsense&county=county:99999").status_code == 200
    assert "<svg" in sign_in_as("cal").get("/gaps").text
