"""Find help near a person: filled in, removable, agreements for coordinators only, and no place in any answer."""

from __future__ import annotations

import logging
import re
from datetime import date
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from audit.queries import list_events
from core.db import transaction
from directory.models import Agreement, AgreementService
from tests.builders import make_answer, make_listing, make_organization
from tests.care.people import Made, make_person
from tests.cast import CAL, Browser
from tests.conftest import SignIn

pytestmark = pytest.mark.one_database

HOME = "Tuckahoe"  # the canary: the person's area, near White Plains
FIELDS = {"preferred_name": "Zephyrine", "home_area": HOME, "insurance": "Medicaid", "languages": ["es"],
          "access_needs": ["wheelchair"]}  # fmt: skip


def make_agreement(service_id: UUID, **values: object) -> UUID:
    """An active agreement of a partner that covers one service."""
    agreement_id, partner = uuid4(), make_organization(name="Partner")
    usual = {"state": "active", "starts_on": date(2020, 1, 1), "ends_on": date(2099, 6, 30), "promised_hours": 24}
    with transaction() as session:
        session.add(Agreement(id=agreement_id, organization_id=partner, **{**usual, **values}))
        session.flush()
        session.add(AgreementService(agreement_id=agreement_id, service_id=service_id))
    return agreement_id


def address_of(person: Made, *, goal: bool = True) -> str:
    """The search page."""
    address = f"/enrollees/{person.enrollee_id}/services"
    return f"{address}?goal={person.goal_id}" if goal else address


@pytest.fixture
def cal(app: Flask, sign_in_as: SignIn) -> Browser:
    """The coordinator of the person in these tests."""
    return sign_in_as("cal")


def test_a_goal_fills_the_search_in(app: Flask, cal: Browser) -> None:
    """One press: the goal's needs, the area, the languages, the insurance, the access needs; each can be removed."""
    make_listing(name="Housing help")
    make_listing(name="Bicycle repair")
    person = make_person(CAL, fields={**FIELDS, "languages": ["en", "es"]})
    page = cal.get(address_of(person))
    assert page.status_code == 200 and "Housing help" in page.text and "Bicycle repair" not in page.text
    removable = set(re.findall(r'name="remove" value="([^"]+)"', page.text))
    assert {"near", "within", "need:housing", "need:shelter", "yes:medicaid", "yes:step_free"} <= removable
    assert "A door that locks" in page.text and "language:es" not in removable
    assert page.headers["Cache-Control"] == "no-store"


def test_a_language_is_asked_for_where_english_does_not_do(app: Flask, cal: Browser) -> None:
    """Who speaks Spanish only gets Spanish filled in."""
    page = cal.get(address_of(make_person(CAL, fields=FIELDS)))
    assert 'value="language:es"' in page.text


def test_a_removed_part_is_gone_and_the_others_stay(app: Flask, cal: Browser) -> None:
    """Every part is one press away from being removed."""
    make_listing(name="Bicycle repair")
    person = make_person(CAL, fields=FIELDS)
    sent: dict[str, Any] = {
        "filled": "1",
        "near": "1",
        "need": ["housing"],
        "yes": ["medicaid"],
        "include_not_stated": "1",
    }
    page = cal.send(address_of(person), **sent, remove="need:housing")
    removable = set(re.findall(r'name="remove" value="([^"]+)"', page.text))
    assert page.status_code == 200 and "need:housing" not in removable and "yes:medicaid" in removable
    assert "Bicycle repair" in page.text


def test_the_place_of_a_person_is_in_no_answer_and_no_log(
    app: Flask, cal: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    """The area steers the search and is nowhere: not in the page, its links, the trail or a log."""
    make_listing(name="Housing help")
    with caplog.at_level(logging.DEBUG):
        page = cal.get(address_of(make_person(CAL, fields=FIELDS)))
        posted = cal.send(address_of(make_person(CAL, fields=FIELDS)), filled="1", near="1", q="help")
    for text in (page.text, posted.text, caplog.text, str([event.record for event in list_events(page=1)[0]])):
        assert HOME not in text
    assert "Zephyrine" in page.text and "Zephyrine" not in caplog.text


def test_the_page_is_opened_in_the_trail(app: Flask, cal: Browser) -> None:
    """One event with the same request id as the answer."""
    person = make_person(CAL, fields=FIELDS)
    page = cal.get(address_of(person))
    event = next(each for each in list_events(page=1)[0] if each.kind == "record:opened")
    assert event.request_id == page.headers["X-Request-Id"] and event.record["details"]["purpose"] == "search"


def test_a_strangers_person_is_not_there(app: Flask, sign_in_as: SignIn) -> None:
    """Max, another coordinator, gets the same 404 as for nobody; so does the goal of another person."""
    person = make_person(CAL, fields=FIELDS)
    max_browser = sign_in_as("max")
    assert max_browser.get(address_of(person)).status_code == 404
    assert max_browser.get(f"/enrollees/{uuid4()}/services").status_code == 404
    other = make_person(CAL)
    mine = Made(person.enrollee_id, other.goal_id)
    assert sign_in_as("cal").get(address_of(mine)).status_code == 404


def test_an_agreement_shows_on_the_card_and_lifts_within_bounds(app: Flask, cal: Browser) -> None:
    """The promise, until when and whom to call; two miles farther it comes first, far away it does not."""
    near = make_listing(name="Housing near", point=(41.0329, -73.7648))
    partner = make_listing(name="Housing partner", point=(41.0550, -73.7648))
    far = make_listing(name="Housing far partner", point=(41.1500, -73.7648))
    make_agreement(partner, promise="A bed kept free", intake_contact="Intake desk", intake_phone="914-555-0177")
    make_agreement(far)
    page = cal.get(address_of(make_person(CAL, fields={"home_area": "10601"})))
    order = re.findall(r'id="service-([0-9a-f-]{36})"', page.text)
    assert order == [str(partner), str(near), str(far)]
    assert "Priority access: within 24 hours, until June 30, 2099" in page.text
    assert "A bed kept free" in page.text and "(914) 555-0177" in page.text and "too few to say" in page.text


@pytest.mark.parametrize(
    "values",
    [
        {"state": "draft"},
        {"state": "suspended"},
        {"ends_on": date(2020, 2, 1)},
        {"starts_on": date(2098, 1, 1)},
        {"counties": "county:36061"},
    ],
)
def test_an_agreement_that_is_not_in_force_here_shows_nothing(
    app: Flask, cal: Browser, values: dict[str, object]
) -> None:
    """Draft, suspended, over, not begun, or for another county."""
    make_agreement(make_listing(name="Housing partner"), **values)
    page = cal.get(address_of(make_person(CAL, fields={"home_area": "10601"})))
    assert "Housing partner" in page.text and "Priority access" not in page.text


def test_agreements_never_show_to_the_public(app: Flask, client: Browser, cal: Browser) -> None:
    """The same service in the public search, its page and the API says nothing of the terms; the control does."""
    service_id = make_listing(name="Housing partner")
    make_agreement(service_id, promise="CANARYPROMISE", intake_contact="CANARYDESK")
    for address in ("/services?need=housing&where=10601", f"/services/{service_id}", "/api/hsds/services?full=true"):
        answer = client.get(address)
        assert answer.status_code == 200 and "Housing partner" in answer.text
        assert "CANARY" not in answer.text and "Priority" not in answer.text
    assert "CANARYPROMISE" in cal.get(address_of(make_person(CAL, fields={"home_area": "10601"}))).text


def test_nothing_found_says_what_one_change_brings_back(app: Flask, cal: Browser) -> None:
    """The filter that emptied the list is named, with a count."""
    service_id = make_listing(name="Housing help")
    make_answer(service_id, "step_free", 2)
    person = make_person(CAL, fields={"home_area": "10601", "access_needs": ["wheelchair"]})
    page = cal.get(address_of(person))
    assert "Nothing found that fits all of it." in page.text and "Without “Step-free entrance”: 1" in page.text


def test_a_person_without_an_area_still_finds(app: Flask, cal: Browser) -> None:
    """No place, no distance, and it says so."""
    make_listing(name="Housing help")
    page = cal.get(address_of(make_person(CAL, fields={"home_area": ""})))
    assert "Housing help" in page.text and "No home area is on record" in page.text
