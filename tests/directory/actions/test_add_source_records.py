"""Adding a source's ready records: once, with their event, in one piece."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from audit.queries import list_events
from core.db import db
from core.errors import NotAllowed
from core.identity import VISITOR, system_identity
from directory.actions.source_records import add_source_records
from directory.models import ListingChange, Location, Organization, Phone, Service, Source

STEWARD = system_identity("test")
TERMS = {"source_name": "A list", "licence": "CC0", "credit": "Us"}


def rows() -> dict[str, list[dict[str, Any]]]:
    """An organization with a service and its phone; the columns that are left out take their defaults."""
    organization_id, service_id = uuid4(), uuid4()
    return {
        "phone": [{"id": uuid4(), "service_id": service_id, "number": "914-555-0100"}],
        "service": [{"id": service_id, "organization_id": organization_id, "name": "Soup"}],
        "organization": [{"id": organization_id, "name": "Kitchen"}],
    }


def test_records_are_added_once_in_the_order_of_their_links(app: Flask) -> None:
    brought = rows()
    assert add_source_records(STEWARD, **TERMS, rows=brought) == {"organization": 1, "service": 1, "phone": 1}
    service = db.session.scalar(select(Service))
    assert service is not None and service.status == "active" and service.visibility == 0
    assert db.session.scalar(select(Phone.number)) == "914-555-0100"
    assert list(db.session.scalars(select(ListingChange.service_id))) == [service.id]
    assert db.session.scalar(select(Source.name)) == "A list"
    events, total = list_events(page=1)
    assert total == 1 and events[0].kind == "feed:imported"
    assert add_source_records(STEWARD, **TERMS, rows=brought) == {}
    assert list_events(page=1)[1] == 1


def test_new_records_of_a_known_source_come_beside_the_old(app: Flask) -> None:
    brought = rows()
    add_source_records(STEWARD, **TERMS, rows=brought)
    more = {"organization": [*brought["organization"], {"id": uuid4(), "name": "Bakery"}]}
    assert add_source_records(STEWARD, **TERMS, rows=more) == {"organization": 1}
    assert db.session.scalar(select(func.count()).select_from(Source)) == 1


def test_one_bad_row_leaves_nothing(app: Flask) -> None:
    """The database itself refuses a point at a withheld place; then nothing of the source is there."""
    brought = rows()
    brought["location"] = [
        {"id": uuid4(), "place_withheld": True, "latitude": 41.0, "longitude": -73.0, "place_precision": "exact"}
    ]
    with pytest.raises(IntegrityError):
        add_source_records(STEWARD, **TERMS, rows=brought)
    assert db.session.scalar(select(func.count()).select_from(Organization)) == 0
    assert db.session.scalar(select(func.count()).select_from(Location)) == 0
    assert list_events(page=1)[1] == 0


def test_a_table_that_is_not_filled_this_way_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="user"):
        add_source_records(STEWARD, **TERMS, rows={"user": []})


def test_a_visitor_may_not(app: Flask) -> None:
    with pytest.raises(NotAllowed):
        add_source_records(VISITOR, **TERMS, rows=rows())
