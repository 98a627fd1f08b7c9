"""The engine finds, counts, groups and orders exactly as a slow and obvious model does."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from core.errors import Sentence
from core.geo import METRES_PER_MILE, Point
from directory.search.engine import run
from directory.search.listing import ListingDocument
from directory.search.query import SearchQuery, SearchResult
from tests.directory.search.made import NOW, WHITE_PLAINS, Spot, document, documents, queries, view_of
from tests.directory.search.model import NEAR, NOT_STATED, REMOTE, UNPLACED, Expected, expect

GROUPS = ("near", "remote", "not_stated", "unplaced")


def assert_as_expected(result: SearchResult, expected: Expected, query: SearchQuery) -> None:
    """All that a result says, against the model."""
    groups = list(expected.groups.values())
    assert result.total == groups.count(NEAR) + groups.count(REMOTE)
    assert result.total_remote == groups.count(REMOTE)
    assert result.total_not_stated == groups.count(NOT_STATED)
    assert result.total_unplaced == groups.count(UNPLACED)
    assert result.total_within == expected.within
    shown = [g for g in groups if query.include_not_stated or not query.yes or g != NOT_STATED]
    assert len(result.items) == min(query.size, len(shown))
    assert len({item.service_id for item in result.items}) == len(result.items)
    assert [GROUPS.index(item.group) for item in result.items] == sorted(shown)[: query.size]
    for item in result.items:
        assert GROUPS[expected.groups[item.service_id]] == item.group
        if item.distance_m is not None:
            assert item.distance_m == pytest.approx(expected.distance_m[item.service_id], abs=0.01)
    assert dict(result.facets.need) == expected.need
    assert dict(result.facets.language) == expected.language
    assert dict(result.facets.term) == expected.term
    assert result.facets.open == expected.open
    for code, (yes, no, silent) in result.facets.question.items():
        assert (yes, no) == expected.question.get(code, (0, 0))
        assert yes + no + silent == result.total


@pytest.mark.parametrize("seed", range(4))
def test_the_engine_answers_as_the_model_does(seed: int) -> None:
    made = documents(seed, 150)
    views = view_of(made)
    for query in queries(seed + 100, 120):
        assert_as_expected(run(views, query, NOW), expect(made, query), query)


def test_every_page_together_holds_each_service_once() -> None:
    made = documents(7, 120)
    views = view_of(made)
    pages = [run(views, SearchQuery(place=WHITE_PLAINS, page=page, size=7), NOW) for page in range(1, 22)]
    shown = [item.service_id for page in pages for item in page.items]
    assert len(shown) == len(set(shown)) == pages[0].total + pages[0].total_unplaced


def test_distance_order_is_the_order_of_distances() -> None:
    views = view_of(documents(8, 200))
    query = SearchQuery(place=WHITE_PLAINS, radius_m=25 * METRES_PER_MILE, sort="distance", size=100)
    items = [item for item in run(views, query, NOW).items if item.group == "near" and item.distance_m is not None]
    distances = [item.distance_m for item in items if item.distance_m is not None]
    assert distances == sorted(distances)
    assert len(distances) > 20


def test_checked_order_is_the_newest_first() -> None:
    made = documents(9, 100)
    days = {one.listing_id: one.verified_on for one in made}
    items = run(view_of(made), SearchQuery(sort="verified", size=100), NOW).items
    found = [days[item.listing_id] for item in items]
    ordinals = [day.toordinal() if day else 0 for day in found]
    assert ordinals == sorted(ordinals, reverse=True)


def test_a_name_outweighs_a_mention() -> None:
    made = [
        document(1, name="Bus passes", description="We take no money. " * 3),
        document(2, name="Money management", description="Budgets."),
    ]
    items = run(view_of(made), SearchQuery(words="money"), NOW).items
    assert [item.service_id for item in items] == ["service-2", "service-1"]
    assert str(items[0].reasons[0]) == "Fits your words in its name or kind of help"
    assert str(items[1].reasons[0]) == "Mentions your words"


def test_a_statewide_line_does_not_look_local() -> None:
    made = [
        document(1, name="Crisis line", is_remote=True, areas=("state:NY",), point=Point(41.0329, -73.7648),
                 precision="exact"),
        document(2, name="Crisis line upstate", is_remote=True, areas=("state:NY",)),
        document(3, name="Crisis team", areas=("county:36119",)),
    ]  # fmt: skip
    result = run(view_of(made), SearchQuery(words="crisis", place=WHITE_PLAINS, radius_m=10_000), NOW)
    found = {item.service_id: (item.group, item.distance_m is None) for item in result.items}
    assert found["service-2"] == ("remote", True)
    assert found["service-3"] == ("near", True)
    assert (result.total, result.total_within, result.total_remote) == (3, 1, 1)


def test_an_agreement_is_worth_three_miles_and_never_more() -> None:
    def named(number: int, miles: float) -> ListingDocument:
        lat = WHITE_PLAINS.point.lat_deg + miles / 69.09
        return document(number, point=Point(lat, WHITE_PLAINS.point.lng_deg), precision="exact")

    made = [named(1, 4), named(2, 6.5), named(3, 8)]
    terms = Sentence("Intake within 24 hours")
    agreements = (("service-2", terms), ("service-3", terms))
    asked = SearchQuery(words="pantry", place=WHITE_PLAINS, visibility=2, agreements=agreements)
    items = run(view_of(made), asked, NOW).items
    assert [item.service_id for item in items] == ["service-2", "service-1", "service-3"]
    assert "Priority access: Intake within 24 hours" in [str(reason) for reason in items[0].reasons]
    public = run(view_of(made), SearchQuery(words="pantry", place=WHITE_PLAINS, agreements=agreements), NOW).items
    assert [item.service_id for item in public] == ["service-1", "service-2", "service-3"]
    assert not any("Priority" in str(reason) for item in public for reason in item.reasons)


def test_an_empty_directory_answers() -> None:
    result = run(view_of([]), SearchQuery(words="food", place=WHITE_PLAINS, radius_m=1000, yes=("free",)), NOW)
    assert (result.total, result.items) == (0, ())


@pytest.mark.parametrize(
    ("lat", "lng", "counts"), [(40.9126, -73.8371, (6, 43, 113, 352)), (43.0481, -76.1474, (11, 12, 12, 24))]
)
def test_facilities_within_miles_are_counted_exactly(
    shared_dir: Path, lat: float, lng: float, counts: tuple[int, ...]
) -> None:
    path = shared_dir / "data/samhsa-mental-health-ny/samhsa_mental_health_NY.csv"
    with path.open(encoding="latin-1", newline="") as file:
        made = [
            document(number, name=row["name1"], point=Point(float(row["latitude"]), float(row["longitude"])))
            for number, row in enumerate(csv.DictReader(file))
        ]
    views = view_of(made)
    spot = Spot("here", Point(lat, lng), ())
    found = [
        run(views, SearchQuery(place=spot, radius_m=miles * METRES_PER_MILE), NOW).total_within
        for miles in (1, 5, 10, 25)
    ]
    assert tuple(found) == counts
