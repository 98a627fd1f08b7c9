"""Every steward's page opens for a steward in both languages, and for nobody else."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import db
from core.identity import VISITOR, system_identity
from directory import actions, queries
from directory.models import ServiceAtLocation
from tests.builders import make_address, make_location, make_phone, make_service
from tests.cast import Browser

pytestmark = pytest.mark.one_database

STEWARD = system_identity("test")
SignIn = Callable[[str], Browser]


@pytest.fixture
def service_id(app: Flask) -> UUID:
    """A service with a place, a phone and hours, a report and a price."""
    service_id = make_service(name="Corner pantry")
    location_id = make_location(service_id=service_id, name="Corner house")
    make_address(location_id)
    make_phone(service_id=service_id)
    actions.add_record(STEWARD, table="cost_option", values={"service_id": service_id, "option": "Bag"})
    actions.suggest(VISITOR, service_id=service_id, kind="moved", words="It moved next door")
    actions.edit_record(STEWARD, table="service", record_id=service_id, values={"name": "Corner food pantry"})
    return service_id


def addresses(service_id: UUID) -> list[str]:
    """Every page of a steward that is fetched."""
    service = queries.get_edit_listing(service_id)
    site, cost = service.sites[0], service.parts["cost_option"][0]["id"]
    report = queries.list_suggestions()[0][0].id
    db.session.rollback()
    own = f"/steward/services/{service_id}"
    organization = f"/steward/organizations/{service.organization_id}"
    parts = [
        f"{own}/parts/{table}/new" for table in ("phone", "contact", "cost_option", "service_capacity", "housing_offer")
    ]
    return [
        "/steward/", "/steward/services?state=hidden", "/steward/services?q=pantry", "/steward/organizations?q=house",
        "/steward/organizations/new", organization, f"{organization}/services/new", own, f"{own}/edit",
        f"{own}/organization", f"{own}/retire", f"{own}/hours", f"{own}/hours?site={site.id}", f"{own}/areas/new",
        f"{own}/holidays/new", f"{own}/holidays/new?site={site.id}",
        f"{own}/places/new", f"{own}/places/{site.id}", f"{own}/places/{site.id}/confidential", f"{own}/verify",
        f"{own}/history", f"{own}/parts/accessibility/new?site={site.id}", f"{own}/parts/cost_option/{cost}", *parts,
        "/steward/checks", "/steward/capacities", "/steward/reports", "/steward/reports?state=accepted",
        f"/steward/reports/{report}", "/steward/closing-days", "/steward/imports", "/steward/imports/new",
    ]  # fmt: skip


@pytest.mark.database
def test_every_page_opens_for_a_steward(service_id: UUID, sign_in_as: SignIn) -> None:
    """200, one h1 that starts the title, and nothing kept in the browser's cache."""
    pages = addresses(service_id)
    stella = sign_in_as("stella")
    for address in pages:
        answer = stella.get(address)
        assert answer.status_code == 200, address
        assert answer.text.count("<h1") == 1, address
        assert answer.headers["Cache-Control"] == "no-store", address
        assert "data-quick-exit" not in answer.text


def test_every_page_opens_in_spanish(service_id: UUID, sign_in_as: SignIn) -> None:
    """The page says that it is Spanish."""
    pages = addresses(service_id)
    stella = sign_in_as("stella")
    for address in pages:
        answer = stella.get(f"{address}{'&' if '?' in address else '?'}lang=es")
        assert answer.status_code == 200 and '<html lang="es">' in answer.text, address


@pytest.mark.parametrize("name", ["cal", "ada"])
def test_others_are_refused(service_id: UUID, sign_in_as: SignIn, name: str) -> None:
    """A coordinator and an auditor keep no directory."""
    pages = addresses(service_id)
    browser = sign_in_as(name)
    for address in pages:
        assert browser.get(address).status_code == 403, address


def test_visitor_is_asked_to_sign_in(service_id: UUID, client: Browser) -> None:
    """Nothing of the stewards' pages shows without sign-in."""
    for address in addresses(service_id):
        answer = client.get(address)
        assert answer.status_code == 303 and "/sign-in" in answer.headers["Location"], address


def test_unknown_ids_are_not_found(service_id: UUID, sign_in_as: SignIn) -> None:
    """A service, part, table, report and import that there is not."""
    stella = sign_in_as("stella")
    nowhere = "00000000-0000-4000-8000-000000000000"
    for address in (
        f"/steward/services/{nowhere}", f"/steward/services/{nowhere}/edit",
        f"/steward/services/{nowhere}/hours",
        f"/steward/services/{service_id}/parts/phone/{nowhere}", f"/steward/services/{service_id}/parts/user/new",
        f"/steward/services/{service_id}/parts/phone/new?site={nowhere}",
        f"/steward/services/{service_id}/hours?site=x",
        f"/steward/services/{service_id}/places/{nowhere}", f"/steward/reports/{nowhere}",
        f"/steward/imports/{nowhere}",
        f"/steward/organizations/{nowhere}",
    ):  # fmt: skip
        assert stella.get(address).status_code == 404, address


def test_the_menu_entry_is_for_stewards(service_id: UUID, sign_in_as: SignIn, client: Browser) -> None:
    """The header leads a steward to what waits, and nobody else."""
    assert 'href="/steward/"' in sign_in_as("stella").get("/").text
    assert 'href="/steward/"' not in client.get("/").text


def test_a_part_of_another_service_cannot_be_reached(service_id: UUID, sign_in_as: SignIn) -> None:
    """The address names a service; a part of another one is not there."""
    other = make_service(name="Other")
    phone = make_phone(service_id=other)
    assert sign_in_as("stella").get(f"/steward/services/{service_id}/parts/phone/{phone}").status_code == 404
    assert db.session.scalar(select(ServiceAtLocation.id)) is not None
