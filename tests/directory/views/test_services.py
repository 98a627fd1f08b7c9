"""The results page: who is found, in which group, with which filters, and what an empty page offers."""

from __future__ import annotations

import re
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlsplit
from uuid import UUID

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.builders import make_address, make_answer, make_area, make_listing, make_location, make_phone, make_service
from tests.cast import Browser

pytestmark = pytest.mark.one_database

YONKERS = (40.9412, -73.8644)
BUFFALO = (42.8864, -78.8784)


def pantry(name: str, point: tuple[float, float], **values: Any) -> UUID:
    service_id = make_service(name=name, description=f"{name} gives food.", **values)
    location_id = make_location(service_id=service_id, point=point)
    make_address(location_id)
    make_phone(service_id=service_id)
    return service_id


def names(text: str) -> list[str]:
    return re.findall(r'data-card-link="[^"]+">([^<]+)</a>', text)


def test_near_services_come_in_order_of_distance(app: Flask, client: Browser) -> None:
    pantry("Yonkers pantry", YONKERS)
    pantry("White Plains pantry", (41.033, -73.765))
    pantry("Buffalo pantry", BUFFALO)
    text = client.get("/services?q=pantry&where=10601&within=25&sort=distance").text
    assert names(text) == ["White Plains pantry", "Yonkers pantry"]
    assert "Services near" not in text and "“pantry” near White Plains, NY 10601" in text
    assert re.search(r"2 services found", text)


@pytest.mark.parametrize(
    ("typed", "words", "place"),
    [("pantry in Yonkers", "pantry", "Yonkers, NY"), ("food pantry 10601", "food pantry", "White Plains, NY 10601")],
)
def test_a_place_among_the_words_moves_to_its_box(
    app: Flask, client: Browser, typed: str, words: str, place: str
) -> None:
    pantry("Yonkers pantry", YONKERS)
    pantry("White Plains pantry", (41.033, -73.765))
    answer = client.get("/services", query_string={"q": typed, "open_now": "1", "page": "2"})
    assert answer.status_code == 302
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert (asked["q"], asked["where"], asked["open_now"]) == ([words], [place], ["1"]) and "page" not in asked
    text = client.get(answer.headers["Location"].replace("&open_now=1", "").replace("open_now=1&", "")).text
    assert names(text)[0] == f"{place.split(',')[0]} pantry"
    assert f"so this is near {place}" in text
    instead = unescape(re.search(r'href="([^"]+)">Search for these words instead', text)[1])
    assert client.get(instead).status_code == 200, "quoted words stay words"
    part = client.get("/services", query_string={"q": typed}, headers={"HX-Request": "true"})
    assert part.headers["HX-Redirect"] and part.text == ""
    assert "HX-Request" in part.vary and "HX-Request" in answer.vary


def test_a_name_with_a_town_in_it_stays_a_name(app: Flask, client: Browser) -> None:
    pantry("Yonkers Family Center", YONKERS)
    assert client.get("/services?q=yonkers+family+center").status_code == 200
    assert client.get("/services?q=yonkers+family+clinic").status_code == 302
    assert client.get("/services?q=yonkers+food+pantry").status_code == 302, "a kind of help in a town"


def test_the_line_about_a_place_cannot_be_made_up(app: Flask, client: Browser) -> None:
    pantry("Yonkers pantry", YONKERS)
    for read in ("call 900-555-0100", "White Plains", "in", '"'):
        assert "You typed" not in client.get("/services", query_string={"where": "Yonkers, NY", "read": read}).text


def test_remote_services_are_a_group_below_without_distance(app: Flask, client: Browser) -> None:
    pantry("White Plains pantry", (41.033, -73.765))
    hotline = make_service(name="State food line")
    make_area(hotline, "state:NY")
    text = client.get("/services?where=10601").text
    assert text.index("Near you") < text.index("By phone, online or statewide</h2>".removesuffix("</h2>"))
    assert names(text) == ["White Plains pantry", "State food line"]
    remote = text[text.index('id="group-remote"') :]
    assert not re.search(r"[0-9.]+ mi\b", remote)


def test_a_filter_keeps_yes_and_counts_who_does_not_say(app: Flask, client: Browser) -> None:
    yes, no, silent = (pantry(f"Pantry {word}", (41.033, -73.765)) for word in ("yes", "no", "silent"))
    make_answer(yes, "walk_in", 1)
    make_answer(no, "walk_in", 2)
    text = client.get("/services?where=10601&yes=walk_in").text
    assert names(text) == ["Pantry yes"]
    assert "1 more does not say." in text and "include_not_stated=1" in text
    shown = client.get("/services?where=10601&yes=walk_in&include_not_stated=1").text
    assert names(shown) == ["Pantry yes", "Pantry silent"]
    assert str(silent) in shown


def test_each_filter_in_use_is_a_chip_that_takes_it_away(app: Flask, client: Browser) -> None:
    text = client.get("/services?q=food&where=10601&yes=free&yes=walk_in&open_now=1").text
    chips = re.findall(r'class="gt-chip" href="([^"]+)"', text)
    assert "/services?q=food&amp;where=10601&amp;open_now=1&amp;yes=walk_in" in chips
    assert "/services?q=food&amp;where=10601&amp;yes=free&amp;yes=walk_in" in chips
    assert "Remove all filters" in text


def test_an_empty_page_names_the_filter_and_who_helps(app: Flask, client: Browser) -> None:
    service_id = pantry("Pantry", (41.033, -73.765))
    make_answer(service_id, "free", 2)
    text = client.get("/services?where=10601&yes=free").text
    assert "Nothing fits all of that" in text and "Without “Free”: 1" in text
    assert 'href="tel:211"' in text and 'href="tel:988"' in text


def test_chosen_filters_stay_in_the_form_when_nothing_is_found(app: Flask, client: Browser) -> None:
    pantry("Pantry", (41.033, -73.765))
    term = "11111111-1111-1111-1111-111111111111"
    text = client.get(f"/services?where=10601&need=legal&language=so&yes=pets&term={term}").text
    for name, value in (("need", "legal"), ("language", "so"), ("yes", "pets"), ("term", term)):
        assert re.search(rf'name="{name}" value="{value}" checked', text), name


def test_a_place_that_is_not_understood_keeps_the_words_and_shows_results(app: Flask, client: Browser) -> None:
    pantry("Pantry", (41.033, -73.765))
    text = client.get("/services?q=pantry&where=Xyzzyville").text
    assert 'value="Xyzzyville"' in text and 'value="pantry"' in text and 'aria-invalid="true"' in text
    assert names(text) == ["Pantry"]


def test_the_part_for_htmx_is_what_the_page_includes(app: Flask, client: Browser) -> None:
    pantry("Pantry", (41.033, -73.765))
    whole = client.get("/services?where=10601")
    part = client.get("/services?where=10601", headers={"HX-Request": "true"})
    assert part.text.strip().startswith("<div id=") and part.text.strip()[:400] in whole.text
    assert "HX-Request" in part.headers["Vary"]
    back = client.get("/services?where=10601", headers={"HX-Request": "true", "HX-History-Restore-Request": "true"})
    assert back.text.startswith("<!doctype html>")


def test_hiding_the_map_is_remembered(app: Flask, client: Browser) -> None:
    pantry("Pantry", (41.033, -73.765))
    assert "data-map" in client.get("/services?where=10601").text
    assert "data-map" not in client.get("/services?where=10601&view=list").text
    hidden = client.get("/services?where=10601").text
    assert "data-map" not in hidden and "leaflet" not in hidden and "Show the map" in hidden


def test_a_withheld_place_has_no_pin_and_no_distance(app: Flask, client: Browser) -> None:
    service_id = make_service(name="Safe house")
    make_location(service_id=service_id, point=None, place_withheld=True)
    make_area(service_id, "county:36119")
    text = client.get("/services?where=10601").text
    assert names(text) == ["Safe house"]
    assert "The place is not shown" in text and "data-map" not in text and not re.search(r"[0-9.]+ mi\b", text)


def test_pages_of_results_keep_the_search(app: Flask, client: Browser) -> None:
    for number in range(23):
        make_listing(name=f"Pantry {number:02}")
    first, second = client.get("/services?where=10601").text, client.get("/services?where=10601&page=2").text
    assert len(names(first)) == 20 and len(names(second)) == 3
    assert not set(names(first)) & set(names(second))
    assert "/services?where=10601&amp;page=2" in first


def test_words_from_a_person_are_never_markup(app: Flask, client: Browser) -> None:
    text = client.get("/services?q=<script>alert(1)</script>&where=%22%3E%3Cimg%20src=x%3E").text
    assert "<script>alert" not in text and "<img src=x" not in text


@pytest.mark.database
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None, max_examples=60)
@given(
    q=st.text(max_size=20),
    where=st.text(max_size=12),
    within=st.integers() | st.text(max_size=5),
    other=st.text(max_size=9),
)
def test_any_text_in_any_box_gets_a_page(client: Browser, q: str, where: str, within: int | str, other: str) -> None:
    address = {"q": q, "where": where, "within": within, "age": other, "page": other, "term": other, "yes": other}
    assert client.get("/services", query_string=address).status_code == 200


def test_suggestions_are_json_lists(app: Flask, client: Browser) -> None:
    make_listing(name="Food pantry")
    assert "White Plains, NY" in str(client.get("/places?q=white pl").json)
    assert isinstance(client.get("/suggest?q=foo").json, list)
    assert client.get("/suggest?q=").json == [] and client.get("/places").json == []
