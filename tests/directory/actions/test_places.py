"""Adding, changing and leaving a place of a service."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from audit.queries import list_events
from core.db import db
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.identity import VISITOR, system_identity
from directory import actions, queries
from directory.actions import ServiceDetails
from directory.models import Address, Location, Phone, ServiceAtLocation
from tests.builders import make_location, make_organization, make_phone, make_service
from tests.cast import CAL, identity_for

STEWARD = system_identity("test")
ADDRESS = {"address_1": "12 Main Street", "city": "White Plains", "state_province": "NY", "postal_code": "10601"}


def test_a_place_comes_with_its_address_in_one_change(app: Flask) -> None:
    """Location, address and link are there; the organization owns the place; one event."""
    organization_id = make_organization()
    service_id = make_service(organization_id=organization_id)
    actions.add_place(
        STEWARD,
        service_id=service_id,
        location={"name": "Main", "latitude": 41.03, "longitude": -73.76},
        address=ADDRESS,
    )
    site = queries.get_edit_listing(service_id).sites[0]
    assert site.location["organization_id"] == organization_id and site.address is not None
    assert site.address["address_1"] == "12 Main Street"
    events, total = list_events(page=1)
    assert total == 1 and events[0].record["details"] == {"fields": ["place"]}


def test_a_senseless_point_writes_nothing(app: Flask) -> None:
    """Half a point, or one off the earth, names its field."""
    service_id = make_service()
    for location in ({"latitude": 41.0, "longitude": None}, {"latitude": 95.0, "longitude": 0.0}):
        with pytest.raises(InvalidInput) as refusal:
            actions.add_place(STEWARD, service_id=service_id, location=location, address=None)
        assert refusal.value.field == "latitude"
    assert db.session.scalar(select(func.count()).select_from(Location)) == 0


def test_editing_a_place_adds_changes_and_takes_its_address(app: Flask) -> None:
    """Each is a change; the same again is none."""
    service_id = make_service()
    make_location(service_id=service_id, name="Old")
    site_id = queries.get_edit_listing(service_id).sites[0].id
    assert "address" in actions.edit_place(STEWARD, site_id=site_id, location={"name": "New"}, address=ADDRESS)
    moved = {**ADDRESS, "address_1": "14 Main Street"}
    assert actions.edit_place(STEWARD, site_id=site_id, location={"name": "New"}, address=moved) == ["address_1"]
    assert actions.edit_place(STEWARD, site_id=site_id, location={"name": "New"}, address=moved) == []
    assert actions.edit_place(STEWARD, site_id=site_id, location={"name": "New"}, address=None) == ["address"]
    assert list_events(page=1)[1] == 3
    assert db.session.scalar(select(func.count()).select_from(Address)) == 0


def test_a_secret_place_takes_no_address_no_point_and_no_words_like_one(app: Flask) -> None:
    """Whatever is typed, nothing of the place is stored."""
    service_id = make_service()
    make_location(service_id=service_id, point=None, place_withheld=True)
    site_id = queries.get_edit_listing(service_id).sites[0].id
    with pytest.raises(NotAllowed, match="kept secret"):
        actions.edit_place(STEWARD, site_id=site_id, location={}, address=ADDRESS)
    with pytest.raises(NotAllowed, match="kept secret"):
        actions.edit_place(STEWARD, site_id=site_id, location={"latitude": 41.0, "longitude": -73.0}, address=None)
    with pytest.raises(InvalidInput, match="looks like an address"):
        actions.edit_place(STEWARD, site_id=site_id, location={"description": "At 12 Main Street"}, address=None)
    assert actions.edit_place(STEWARD, site_id=site_id, location={"description": "Ring first"}, address=None)


def test_leaving_a_place_takes_what_belonged_to_it_there(app: Flask) -> None:
    """The site's phone goes, the place and the service's own phone stay; the history keeps what went."""
    service_id = make_service()
    make_location(service_id=service_id, name="Main")
    site_id = queries.get_edit_listing(service_id).sites[0].id
    make_phone(service_at_location_id=site_id, number="914-555-0101")
    make_phone(service_id=service_id, number="914-555-0102")
    actions.leave_place(STEWARD, site_id=site_id)
    assert list(db.session.scalars(select(Phone.number))) == ["914-555-0102"]
    assert db.session.scalar(select(func.count()).select_from(ServiceAtLocation)) == 0
    assert db.session.scalar(select(func.count()).select_from(Location)) == 1
    with pytest.raises(NotFound):
        actions.leave_place(STEWARD, site_id=site_id)


def test_a_place_of_the_same_organization_can_be_used_once(app: Flask) -> None:
    """Another organization's place is not there, the second press is a conflict."""
    organization_id = make_organization()
    service_id = make_service(organization_id=organization_id)
    own = make_location(organization_id=organization_id)
    foreign = make_location(organization_id=make_organization())
    actions.offer_at_place(STEWARD, service_id=service_id, location_id=own)
    with pytest.raises(Conflict, match="at this place already"):
        actions.offer_at_place(STEWARD, service_id=service_id, location_id=own)
    with pytest.raises(NotFound):
        actions.offer_at_place(STEWARD, service_id=service_id, location_id=foreign)


def test_visitor_and_coordinator_are_refused(app: Flask) -> None:
    """Only a steward touches places."""
    service_id = make_service()
    for identity in (VISITOR, identity_for(CAL)):
        for call in (
            lambda who=identity: actions.add_place(who, service_id=service_id, location={}, address=None),
            lambda who=identity: actions.edit_place(who, site_id=uuid4(), location={}, address=None),
            lambda who=identity: actions.leave_place(who, site_id=uuid4()),
            lambda who=identity: actions.offer_at_place(who, service_id=service_id, location_id=uuid4()),
        ):
            with pytest.raises(NotAllowed, match="Only a steward"):
                call()
    assert list_events(page=1)[1] == 0


def test_a_removed_address_leaves_no_words_behind(app: Flask) -> None:
    """A place that becomes secret later has none of its words in the history, also of rows that are gone."""
    service_id = make_service()
    make_location(service_id=service_id)
    site = queries.get_edit_listing(service_id).sites[0]
    actions.edit_place(STEWARD, site_id=site.id, location={}, address=ADDRESS)
    actions.edit_place(STEWARD, site_id=site.id, location={}, address=None)
    access = {"location_id": site.location["id"], "description": "Ramp behind 12 Main Street"}
    removed = actions.add_record(STEWARD, table="accessibility", values=access)
    actions.remove_record(STEWARD, table="accessibility", record_id=removed)
    actions.make_confidential(STEWARD, location_id=site.location["id"])
    db.session.rollback()
    dump = "\n".join(
        str(tuple(row)) for table in db.metadata.sorted_tables for row in db.session.execute(select(table))
    )
    assert "Main Street" not in dump and str(service_id.hex) in dump.replace("-", "")


def test_no_record_of_a_secret_place_takes_words_like_an_address(app: Flask) -> None:
    """The service, its hours and its phone there are refused; a service with an open place as well is not."""
    service_id = make_service()
    make_location(service_id=service_id, point=None, place_withheld=True)
    site_id = queries.get_edit_listing(service_id).sites[0].id
    words = "Come to 12 Main Street"
    phone = {"service_at_location_id": site_id, "number": "914-555-0123", "description": words}
    for call in (
        lambda: actions.edit_record(STEWARD, table="service", record_id=service_id, values={"description": words}),
        lambda: actions.add_record(STEWARD, table="phone", values=phone),
        lambda: actions.set_hours(STEWARD, service_id=service_id, site_id=site_id, rows=[], text=words),
        lambda: actions.edit_described_service(
            STEWARD, service_id=service_id, values={"name": "x", "alert": words}, details=ServiceDetails()
        ),
    ):
        with pytest.raises(InvalidInput, match="looks like an address"):
            call()
    make_location(service_id=service_id)
    assert actions.edit_record(STEWARD, table="service", record_id=service_id, values={"description": words})
