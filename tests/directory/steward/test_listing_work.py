"""A steward's day on the pages: add, edit, check, retire, restore; the public sees the change at once."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import db
from core.identity import system_identity
from directory import actions, queries
from directory.models import Organization, Service
from tests.builders import make_address, make_location, make_phone, make_service
from tests.cast import Browser

pytestmark = pytest.mark.one_database

SignIn = Callable[[str], Browser]
STEWARD = system_identity("test")


def id_of(model: type[Organization] | type[Service], name: str) -> UUID:
    """The id of a record by its name."""
    found = db.session.scalar(select(model.id).where(model.name == name))
    db.session.rollback()
    assert found is not None
    return found


@pytest.mark.database
def test_from_nothing_to_a_listing_that_the_public_finds(app: Flask, sign_in_as: SignIn, client: Browser) -> None:
    """Organization, service, place, hours, phone and area, each from its page; search shows it."""
    stella = sign_in_as("stella")
    stella.send("/steward/organizations/new", name="House of Bread", visibility="0")
    organization_id = id_of(Organization, "House of Bread")
    answers = {f"answer_{code}": "0" for code in queries_questions()}
    fields = {"name": "Bread pantry", "status": "active", "visibility": "0", "description": "Free bread.", **answers}
    new = f"/steward/organizations/{organization_id}/services/new"
    answer = stella.send(new, **{**fields, "answer_free": "1", "terms": "gt-food-pantry", "languages": "es"})
    assert answer.status_code == 303, answer.text
    service_id = id_of(Service, "Bread pantry")
    own = f"/steward/services/{service_id}"
    place = {"name": "Corner", "address_1": "12 Main Street", "city": "White Plains", "state_province": "NY"}
    sent = stella.send(f"{own}/places/new", **place, postal_code="10601", place_precision="none", visibility="0")
    assert sent.status_code == 303, sent.text
    assert stella.send(f"{own}/hours", hours="Mon-Fri 9-5").status_code == 303
    assert stella.send(f"{own}/parts/phone/new", number="914-555-0123", visibility="0", type="").status_code == 303
    assert stella.send(f"{own}/areas/new", place="Westchester County").status_code == 303
    db.session.rollback()
    listing = queries.get_edit_listing(service_id)
    assert (
        listing.sites[0].location["place_precision"] == "zip"
    )  # nobody typed a point: the ZIP's middle, and it says so
    assert listing.areas[0]["extent"] == "county:36119"
    shown = client.get(f"/services/{service_id}").text
    assert "12 Main Street" in shown and "(914) 555-0123" in shown
    assert "Bread pantry" in client.get("/services?q=bread&where=10601").text


@pytest.mark.database
def test_an_edit_shows_at_once_and_can_be_restored(app: Flask, sign_in_as: SignIn, client: Browser) -> None:
    """Search finds the new name, not the old; the history brings the old one back."""
    service_id = make_service(name="Zebra closet")
    make_location(service_id=service_id)
    stella = sign_in_as("stella")
    assert "Zebra closet" in client.get("/services?q=zebra").text
    own = f"/steward/services/{service_id}"
    fields = {"status": "active", "visibility": "0"} | {f"answer_{code}": "0" for code in queries_questions()}
    assert stella.send(f"{own}/edit", name="Giraffe closet", **fields).status_code == 303
    assert "Giraffe closet" in client.get("/services?q=giraffe").text
    assert "Zebra closet" not in client.get("/services?q=zebra").text
    history = stella.get(f"{own}/history").text
    assert "Zebra closet" in history and "Giraffe closet" in history and "Stella Marsh" in history
    change = next(c for c in queries.list_history([service_id]) if c.field == "name")
    db.session.rollback()
    stella.send(f"{own}/history/{change.id}/restore", page=f"{own}/history")
    assert "Zebra closet" in client.get("/services?q=zebra").text
    again = stella.send(f"{own}/history/{change.id}/restore", page=f"{own}/history")
    assert "holds that value already" in stella.get(again.headers["Location"]).text


def test_what_was_typed_stays_when_refused(app: Flask, sign_in_as: SignIn) -> None:
    """422, the sentence beside the field, every word still in its box, nothing saved."""
    service_id = make_service(name="Kept")
    stella = sign_in_as("stella")
    own = f"/steward/services/{service_id}"
    fields = {"status": "active", "visibility": "0"} | {f"answer_{code}": "0" for code in queries_questions()}
    answer = stella.send(
        f"{own}/edit",
        **{**fields, "name": "New words", "minimum_age": "old", "url": "javascript:alert(1)", "answer_free": "2"},
    )
    assert answer.status_code == 422 and "<title>Error:" in answer.text
    assert 'value="New words"' in answer.text and 'value="old"' in answer.text
    assert "Write a whole number, like 12." in answer.text
    answer = stella.send(f"{own}/edit", **{**fields, "name": "New words", "url": "javascript:alert(1)"})
    assert answer.status_code == 422 and "Write a web address that starts with https://." in answer.text
    answer = stella.send(f"{own}/hours", hours="whenever we like")
    assert (
        answer.status_code == 422 and "We cannot read these hours" in answer.text and "whenever we like" in answer.text
    )
    assert queries.get_record("service", service_id)["name"] == "Kept"


def test_hours_can_be_looked_at_before_they_are_saved(app: Flask, sign_in_as: SignIn) -> None:
    """The preview shows the week and writes nothing; words are saved only when asked."""
    service_id = make_service()
    stella = sign_in_as("stella")
    own = f"/steward/services/{service_id}/hours"
    seen = stella.send(own, hours="Sat 10-2", preview="1")
    assert seen.status_code == 200 and "Not saved yet" in seen.text and "10 AM – 2 PM" in seen.text
    assert not queries.get_edit_listing(service_id).hours.regular
    db.session.rollback()
    assert stella.send(own, hours="when the bell rings", as_words="y").status_code == 303
    assert queries.get_edit_listing(service_id).hours.regular[0].description == "when the bell rings"


def test_a_provider_closes_on_a_day_of_its_own(app: Flask, sign_in_as: SignIn) -> None:
    """The day stands beside the regular hours, changes nothing of them, and can be taken away."""
    service_id = make_service()
    stella = sign_in_as("stella")
    own = f"/steward/services/{service_id}"
    stella.send(f"{own}/hours", hours="Mon-Fri 9-5")
    assert stella.send(f"{own}/holidays/new", day="2/30/2027", name="Never").status_code == 422
    assert stella.send(f"{own}/holidays/new", day="5/3/2027", name="Staff day").status_code == 303
    assert "Staff day" in stella.get(f"{own}/hours").text
    hours = queries.get_edit_listing(service_id).hours
    db.session.rollback()
    assert len(hours.regular) == 1 and hours.exceptions[0].closed
    stella.send(f"{own}/hours", hours="Mon-Fri 9-6")
    stella.send(f"{own}/parts/schedule/{hours.exception_ids[0]}/remove", page=f"{own}/hours")
    left = queries.get_edit_listing(service_id).hours
    assert len(left.regular) == 1 and not left.exceptions


def test_retired_and_brought_back(app: Flask, sign_in_as: SignIn, client: Browser) -> None:
    """The public page is gone and comes back."""
    service_id = make_service(name="Gone soon")
    stella = sign_in_as("stella")
    own = f"/steward/services/{service_id}"
    assert stella.send(f"{own}/retire").status_code == 422
    stella.send(f"{own}/retire", reason="closed")
    assert client.get(f"/services/{service_id}").status_code == 404
    assert "Gone soon" in stella.get("/steward/services?state=retired").text
    stella.send(f"{own}/bring-back", page=own)
    assert client.get(f"/services/{service_id}").status_code == 200


@pytest.mark.database
def test_two_taps_note_a_check(app: Flask, sign_in_as: SignIn) -> None:
    """Right is noted and shown to the public; wrong leads to the correction; a made-up group is refused."""
    service_id = make_service(name="Checked one")
    make_location(service_id=service_id)
    make_phone(service_id=service_id)
    stella = sign_in_as("stella")
    page = f"/steward/services/{service_id}/verify"
    assert "(914) 555-0123" in stella.get(page).text
    assert "Checked one" in stella.get("/steward/checks").text
    stella.send(page, check="both:right", method="call")
    assert set(queries.newest_checks(service_id)) == {"hours", "phone"}
    db.session.rollback()
    assert "Checked one" not in stella.get("/steward/checks").text
    wrong = stella.send(page, check="cost:wrong", method="call")
    assert wrong.headers["Location"].endswith(f"/steward/services/{service_id}")
    assert stella.send(page, check="soul:right", method="call").status_code == 422


@pytest.mark.database
def test_making_a_place_confidential_warns_and_erases(app: Flask, sign_in_as: SignIn, client: Browser) -> None:
    """The page names backups; afterwards no page of public or steward holds the street."""
    service_id = make_service(name="Safe house line")
    location_id = make_location(service_id=service_id, name="Birch house")
    make_address(location_id, address_1="77 Birchwood Lane")
    actions.edit_record(STEWARD, table="location", record_id=location_id, values={"description": "Behind the mill"})
    site_id = queries.get_edit_listing(service_id).sites[0].id
    db.session.rollback()
    stella = sign_in_as("stella")
    own = f"/steward/services/{service_id}"
    page = f"{own}/places/{site_id}/confidential"
    assert "Backups made before today still hold them" in stella.get(page).text
    assert "77 Birchwood Lane" in stella.get(own).text  # the control: it was there
    stella.send(page)
    for address in (own, f"{own}/history", f"{own}/places/{site_id}", f"/services/{service_id}"):
        text = (client if address.startswith("/services") else stella).get(address).text
        assert "Birch" not in text and "mill" not in text and "10601" not in text, address
    typed = stella.send(
        f"{own}/places/{site_id}", address_1="77 Birchwood Lane", visibility="0", place_precision="exact"
    )
    assert typed.status_code == 422 and "kept secret" in typed.text


def test_closed_days_are_added_and_taken_away(app: Flask, sign_in_as: SignIn) -> None:
    """A day as Americans write it; nonsense is refused with an example."""
    stella = sign_in_as("stella")
    page = "/steward/closing-days"
    assert stella.send(page, day="13/45/2027", name="Never").status_code == 422
    assert stella.send(page, day="7/4/2099", name="Independence Day").status_code == 303
    assert "Independence Day" in stella.get(page).text
    stella.send(f"{page}/remove", page=page, day="2099-07-04")
    assert "Independence Day" not in stella.get(page).text.split('role="status"')[-1].split("<main")[1]


def test_a_coordinator_cannot_post(app: Flask, sign_in_as: SignIn, client: Browser) -> None:
    """The refusal stands before anything is read."""
    service_id = make_service(name="Kept")
    cal = sign_in_as("cal")
    token = cal.token("/")
    answer = cal.post(f"/steward/services/{service_id}/retire", data={"csrf_token": token, "reason": "closed"})
    assert answer.status_code == 403
    assert client.get(f"/services/{service_id}").status_code == 200


def queries_questions() -> list[str]:
    """The codes of all questions."""
    from directory.facets import QUESTION_CODES

    return list(QUESTION_CODES)
