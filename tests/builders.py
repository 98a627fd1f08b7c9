"""Rows for tests, made with as few words as the test needs; each writes through its own transaction."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

from core.clock import local_day, now_utc
from core.db import transaction
from directory.models import (
    Address,
    ListingChange,
    Location,
    Organization,
    Phone,
    Requirement,
    Service,
    ServiceArea,
    ServiceAtLocation,
)

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # a Wednesday, 10 AM in New York
WHITE_PLAINS = (41.03289, -73.76478)
ZONE = "America/New_York"  # of the program, as in every test


def today() -> date:
    """The program's day now: in the evening it is the day before that of UTC."""
    return day_of(now_utc())


def day_of(moment: datetime) -> date:
    """The program's day of a moment."""
    return local_day(moment, ZONE)


def make_organization(**values: Any) -> UUID:
    """An organization; named "Test House" unless said."""
    row = Organization(id=values.pop("id", None) or uuid4(), **{"name": "Test House", **values})
    with transaction() as session:
        session.add(row)
        session.flush()
        return row.id


def make_service(*, organization_id: UUID | None = None, **values: Any) -> UUID:
    """A public, active service; of an organization of its own unless said. The index is told."""
    organization_id = organization_id or make_organization()
    row = Service(id=values.pop("id", None) or uuid4(), **{"name": "Food pantry", **values})
    row.organization_id = organization_id
    with transaction() as session:
        session.add(row)
        session.flush()
        session.add(ListingChange(service_id=row.id, changed_at=NOW))
        return row.id


def make_location(
    *, service_id: UUID | None = None, point: tuple[float, float] | None = WHITE_PLAINS, **values: Any
) -> UUID:
    """A location with an exact point, and the service's place there when one is given."""
    row = Location(id=values.pop("id", None) or uuid4(), **values)
    if point is not None:
        row.latitude, row.longitude = point
        row.place_precision = values.get("place_precision", "exact")
    with transaction() as session:
        session.add(row)
        session.flush()
        if service_id is not None:
            session.add(ServiceAtLocation(service_id=service_id, location_id=row.id))
            session.add(ListingChange(service_id=service_id, changed_at=NOW))
        return row.id


def make_listing(*, point: tuple[float, float] | None = WHITE_PLAINS, **values: Any) -> UUID:
    """A service at a place of its own; answers the service's id."""
    service_id = make_service(**values)
    make_location(service_id=service_id, point=point)
    return service_id


def make_address(location_id: UUID, **values: Any) -> UUID:
    """An address in White Plains."""
    usual = {"address_1": "1 Test Street", "city": "White Plains", "state_province": "NY", "postal_code": "10601"}
    return _make(Address, location_id=location_id, **{**usual, "country": "US", **values})


def make_phone(**values: Any) -> UUID:
    """A phone of whatever is named."""
    return _make(Phone, **{"number": "914-555-0123", **values})


def make_answer(service_id: UUID, question: str, answer: int = 1) -> UUID:
    """A stated answer of a service."""
    return _make(Requirement, service_id=service_id, question=question, answer=answer)


def make_area(service_id: UUID, codes: str) -> UUID:
    """An area that a service serves, by the gazetteer's codes."""
    return _make(ServiceArea, service_id=service_id, extent=codes, extent_type="area_codes")


def _make(model: Any, **values: Any) -> UUID:
    row = model(id=uuid4(), **values)
    with transaction() as session:
        session.add(row)
        if values.get("service_id"):
            session.add(ListingChange(service_id=values["service_id"], changed_at=NOW))
        session.flush()
        return UUID(str(row.id))
