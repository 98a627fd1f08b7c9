"""Listings: who sees which, what belongs to which site, and how many queries a page of them costs."""

from __future__ import annotations

from datetime import time
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event

from core.db import db, transaction
from core.errors import NotFound
from directory import queries
from directory.facets import Visibility
from directory.models import Contact, Phone, Schedule, ServiceAtLocation
from tests.builders import make_area, make_listing, make_location, make_organization, make_phone, make_service


def seen(service_id: UUID, level: Visibility) -> bool:
    """True when a viewer of the level gets the listing."""
    return queries.find_listing(service_id, level) is not None


@pytest.mark.parametrize("level", list(Visibility))
def test_a_viewer_sees_own_level_and_below(app: Flask, level: Visibility) -> None:
    """Each of the four levels, seen by each of the four viewers."""
    service_id = make_service(visibility=int(level))
    assert [seen(service_id, viewer) for viewer in Visibility] == [viewer >= level for viewer in Visibility]


def test_no_service_is_more_visible_than_its_organization(app: Flask) -> None:
    """A public service of a hidden organization is hidden."""
    service_id = make_service(organization_id=make_organization(visibility=2))
    assert not seen(service_id, Visibility.PUBLIC) and seen(service_id, Visibility.COORDINATOR)


def test_inactive_is_hidden_unless_shown_as_unconfirmed(app: Flask) -> None:
    """A feed's inactive services are hidden; a steward can show them, marked."""
    assert not seen(make_service(status="inactive"), Visibility.RESTRICTED)
    assert seen(make_service(status="inactive", status_unconfirmed=True), Visibility.PUBLIC)
    with pytest.raises(NotFound):
        queries.get_listing(uuid4(), Visibility.PUBLIC)


def test_one_sites_phones_and_hours_never_leak_to_another(app: Flask) -> None:
    """What names a site belongs to it alone; what names none serves as fallback."""
    service_id = make_service()
    here, there = make_location(service_id=service_id, name="A"), make_location(service_id=service_id, name="B")
    with transaction() as session:
        sites = {s.location_id: s.id for s in session.query(ServiceAtLocation).filter_by(service_id=service_id)}
        session.add(Phone(service_at_location_id=sites[here], number="914-555-0101"))
        session.add(Phone(service_id=service_id, number="914-555-0102"))
        session.add(Schedule(location_id=there, freq="WEEKLY", byday="MO", opens_at=time(9), closes_at=time(17)))
        contact = Contact(id=uuid4(), service_id=service_id, name="Intake desk")
        session.add(contact)
        session.flush()
        session.add(Phone(contact_id=contact.id, number="914-555-0103"))
    listing = queries.get_listing(service_id, Visibility.PUBLIC)
    by_name = {site.name: site for site in listing.sites}
    assert [line.number for line in by_name["A"].phones] == ["914-555-0101"]
    assert [line.number for line in by_name["B"].phones] == ["914-555-0102"]
    assert by_name["A"].schedules == () and len(by_name["B"].schedules) == 1
    assert [line.number for line in by_name["A"].contacts[0].phones] == ["914-555-0103"]


def test_hidden_phone_is_for_coordinators(app: Flask) -> None:
    """A number with a level of its own is not in the public listing."""
    service_id = make_service()
    make_phone(service_id=service_id, number="914-555-0190", visibility=2)
    public, staff = (queries.get_listing(service_id, level).sites[0].phones for level in (0, 2))  # type: ignore[arg-type]
    assert public == () and [line.number for line in staff] == ["914-555-0190"]


def test_withheld_place_has_no_point_and_keeps_its_area(app: Flask) -> None:
    """A secret place answers with the area that it serves and nothing else of where it is."""
    service_id = make_service()
    make_location(service_id=service_id, point=None, place_withheld=True)
    make_area(service_id, "county:36119")
    site = queries.get_listing(service_id, Visibility.RESTRICTED).sites[0]
    assert site.place_withheld and site.point is None and site.addresses == ()
    assert site.areas[0].codes == ("county:36119",)


def test_many_listings_cost_as_many_queries_as_one(app: Flask) -> None:
    """The number of queries does not grow with the page."""
    ids = [make_listing(name=f"Pantry {number}") for number in range(12)]
    counts = []
    for wanted in (ids[:1], ids):
        db.session.rollback()
        statements: list[str] = []

        def count(*args: object, kept: list[str] = statements) -> None:
            kept.append(str(args[2]))

        event.listen(db.engine, "before_cursor_execute", count)
        listings = queries.list_listings(wanted, Visibility.PUBLIC)
        event.remove(db.engine, "before_cursor_execute", count)
        assert [listing.service_id for listing in listings] == wanted
        counts.append(len(statements))
    assert counts[0] == counts[1] <= 22


def test_stats_count_public_rows_apart(app: Flask) -> None:
    """The counts by table, and what the public sees of them."""
    service_id = make_service(visibility=2)
    make_phone(service_id=service_id)
    make_phone(service_id=make_listing())
    rows, public = queries.count_rows(), queries.count_rows(public_only=True)
    assert (rows["service"], public["service"]) == (2, 1)
    assert (rows["phone"], public["phone"]) == (2, 1)
    assert rows["location"] == public["location"] == 1
