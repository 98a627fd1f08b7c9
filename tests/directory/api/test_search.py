"""GET /api/search: the shape of the answer, the radius to 0.01 mile, a sentence for what makes no sense."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.geo import METRES_PER_MILE, Point, distance_m
from tests.builders import make_address, make_area, make_listing, make_location, make_service
from tests.cast import Browser

HERE = (41.03289, -73.76478)
KEYS = {"total", "total_within", "page", "size", "items", "facets", "did_you_mean"}
ITEM_KEYS = {"id", "name", "organization", "location", "distance_miles", "precision", "open", "terms", "url", "why"}
NAMES = [
    "q",
    "near",
    "lat",
    "lon",
    "within",
    "sort",
    "open_now",
    "term",
    "language",
    "page",
    "size",
    "age",
    "yes",
    "need",
]


def test_an_answer_has_the_documented_shape(app: Flask, client: Browser) -> None:
    service_id = make_service(name="Food pantry")
    location_id = make_location(service_id=service_id, point=(41.04, -73.76))
    make_address(location_id)
    answer = client.get("/api/search?q=food&near=10601&within=5&sort=distance&page=1&size=5").json
    assert answer is not None and set(answer) >= KEYS
    assert (answer["total"], answer["total_within"], answer["page"], answer["size"]) == (1, 1, 1, 5)
    [item] = answer["items"]
    assert set(item) >= ITEM_KEYS
    assert (item["id"], item["name"], item["organization"]) == (str(service_id), "Food pantry", "Test House")
    assert item["location"]["city"] == "White Plains" and item["url"].endswith(f"/services/{service_id}")
    miles = distance_m(Point(*HERE), Point(41.04, -73.76)) / METRES_PER_MILE
    assert item["distance_miles"] == pytest.approx(miles, abs=0.01)
    assert item["why"] and item["open"] is None


def test_a_point_asks_the_same_as_its_place(app: Flask, client: Browser) -> None:
    ids = [str(make_listing(name=f"Pantry {n}", point=(HERE[0] + n / 100, HERE[1]))) for n in range(1, 5)]
    by_place = client.get("/api/search?near=10601&within=2&sort=distance").json
    by_point = client.get(f"/api/search?lat={HERE[0]}&lon={HERE[1]}&within=2&sort=distance").json
    assert by_place is not None and by_point is not None
    assert [item["id"] for item in by_place["items"]] == ids[:2] == [item["id"] for item in by_point["items"]]


def test_total_counts_who_serves_the_place_and_within_only_the_radius(app: Flask, client: Browser) -> None:
    make_listing(name="Near", point=(41.034, -73.765))
    far = make_listing(name="Serves the county", point=(42.8864, -78.8784))
    make_area(far, "county:36119")
    make_listing(name="Noise", point=(42.8864, -78.8784))
    answer = client.get("/api/search?near=10601&within=5").json
    assert answer is not None and (answer["total"], answer["total_within"]) == (2, 1)
    assert {item["name"] for item in answer["items"]} == {"Near", "Serves the county"}


def test_a_withheld_place_says_nothing_of_where_it_is(app: Flask, client: Browser) -> None:
    service_id = make_service(name="Safe house")
    make_location(service_id=service_id, point=None, place_withheld=True, name="Elm Street house")
    make_area(service_id, "county:36119")
    answer = client.get("/api/search?near=10601")
    assert answer.json is not None
    [item] = answer.json["items"]
    assert item["location"] is None and item["distance_miles"] is None and "Elm" not in answer.text


@pytest.mark.parametrize(
    ("address", "field"),
    [
        ("within=-1&near=10601", "within"),
        ("within=far&near=10601", "within"),
        ("within=nan&near=10601", "within"),
        ("lat=41", "lon"),
        ("lat=91&lon=0", "lat"),
        ("near=Xyzzyville", "near"),
        ("sort=price", "sort"),
        ("sort=distance", "sort"),
        ("open_now=maybe", "open_now"),
        ("page=0", "page"),
        ("size=1000", "size"),
        ("yes=rich", "yes"),
        ("age=-1", "age"),
        ("q=" + "x" * 1000, "q"),
    ],
)
def test_a_bad_parameter_gets_422_and_a_sentence(client: Browser, address: str, field: str) -> None:
    answer = client.get(f"/api/search?{address}")
    assert answer.status_code == 422 and answer.json is not None
    assert answer.json["error"] == "invalid_input" and set(answer.json["fields"]) == {field}
    assert answer.json["message"].endswith((".", "?")) and len(answer.json["message"].split()) > 3


def test_a_page_past_the_end_is_empty(app: Flask, client: Browser) -> None:
    make_listing()
    answer = client.get("/api/search?page=900").json
    assert answer is not None and answer["items"] == [] and answer["total"] == 1


def test_terms_and_ids_in_the_answer_can_be_asked_for(app: Flask, client: Browser) -> None:
    make_listing(name="Food pantry")
    answer = client.get("/api/search?q=pantry").json
    assert answer is not None
    for term in answer["facets"]["term"]:
        assert client.get(f"/api/search?term={UUID(term['id'])}").json["total"] == term["count"]
    assert {"need", "term", "language", "question", "open"} <= set(answer["facets"])


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=80)
@given(st.dictionaries(st.sampled_from(NAMES), st.text(max_size=20) | st.integers().map(str), max_size=6))
def test_garbage_never_breaks_it(client: Browser, values: dict[str, str]) -> None:
    answer = client.get("/api/search", query_string=values)
    assert answer.status_code in (200, 422), answer.text
    assert answer.mimetype == "application/json"
