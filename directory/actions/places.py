"""Where a service is offered: adding, changing and taking away one of its places, each as one change."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.errors import Conflict, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from directory import rules
from directory.actions.records import change, get_row, note_whole, refuse_secret_words, services_of, tell_index
from directory.models import (
    Address,
    Contact,
    Location,
    Phone,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
)


def add_place(
    identity: Identity, *, service_id: UUID, location: Mapping[str, Any], address: Mapping[str, Any] | None
) -> UUID:
    """Offer a service at a new place and answer the id of the service at that location.

    `address` is None for a place without one. Raises InvalidInput for a value that makes no sense.
    """
    _check(identity, location)
    now = now_utc()
    with transaction() as session:
        service = get_row(session, "service", service_id)
        place = Location(id=uuid4(), organization_id=service.organization_id, **location)
        session.add(place)
        session.flush()
        note_whole(session, place, identity=identity, now=now, action="create")
        if address:
            _add(session, Address(id=uuid4(), location_id=place.id, **address), identity, now)
        site = ServiceAtLocation(id=uuid4(), service_id=service_id, location_id=place.id)
        _add(session, site, identity, now)
        _tell(session, service, identity, now, fields=["place"])
        return site.id


def offer_at_place(identity: Identity, *, service_id: UUID, location_id: UUID) -> UUID:
    """Offer a service at a place that its organization has already. Raises Conflict when it is offered there."""
    _check(identity, {})
    now = now_utc()
    with transaction() as session:
        service = get_row(session, "service", service_id)
        place = get_row(session, "location", location_id)
        if place.organization_id != service.organization_id or place.retired_at is not None:
            raise NotFound
        site = ServiceAtLocation(id=uuid4(), service_id=service_id, location_id=location_id)
        try:
            _add(session, site, identity, now)
        except IntegrityError as error:
            raise Conflict(Sentence("The service is offered at this place already.")) from error
        _tell(session, service, identity, now, fields=["place"])
        return site.id


def edit_place(
    identity: Identity, *, site_id: UUID, location: Mapping[str, Any], address: Mapping[str, Any] | None
) -> list[str]:
    """Change the place of a service, for all services there, and answer which fields changed.

    A place that is kept secret takes no address and no point: raises NotAllowed.
    """
    _check(identity, location)
    now = now_utc()
    with transaction() as session:
        site = get_row(session, "service_at_location", site_id)
        place = get_row(session, "location", site.location_id)
        if place.place_withheld and (address or location.get("latitude") is not None):
            raise NotAllowed(Sentence("The place of this location is kept secret: it takes no address and no point."))
        refuse_secret_words(session, place, location)
        changed = change(session, place, location, identity=identity, now=now)
        changed += _save_address(session, place.id, address, identity, now)
        if not changed:
            return []
        tell_index(session, services_of(session, place), now)
        trail.record(
            EventKind.LISTING_EDITED,
            identity,
            now=now,
            subject_type="location",
            subject_id=place.id,
            details={"fields": sorted(set(changed))},
        )
        return changed


def leave_place(identity: Identity, *, site_id: UUID) -> None:
    """Stop offering a service at a place; hours, phones and areas of the service there go with it."""
    _check(identity, {})
    now = now_utc()
    with transaction() as session:
        site = get_row(session, "service_at_location", site_id)
        service = get_row(session, "service", site.service_id)
        contact_ids = select(Contact.id).where(Contact.service_at_location_id == site_id)
        parts: list[Any] = [
            *session.scalars(
                select(Phone).where(or_(Phone.service_at_location_id == site_id, Phone.contact_id.in_(contact_ids)))
            )
        ]
        for model in (Contact, Schedule, ServiceArea):
            parts += session.scalars(select(model).where(model.service_at_location_id == site_id))
        for row in [*parts, site]:
            kept = {column.key: getattr(row, column.key) for column in row.__table__.columns}
            note_whole(session, row, identity=identity, now=now, action="delete", kept=kept)
            session.delete(row)
            session.flush()
        _tell(session, service, identity, now, fields=["place"])


def _save_address(
    session: Session, location_id: UUID, address: Mapping[str, Any] | None, identity: Identity, now: datetime
) -> list[str]:
    """The physical address of a location becomes `address`; None takes it away."""
    row = session.scalar(
        select(Address)
        .where(Address.location_id == location_id, Address.address_type == "physical")
        .order_by(Address.id)
        .limit(1)
    )
    if row is None:
        if address:
            _add(session, Address(id=uuid4(), location_id=location_id, **address), identity, now)
            return ["address"]
        return []
    if not address:
        # Without its words: the history of a row that is gone could outlive the place's secrecy.
        note_whole(session, row, identity=identity, now=now, action="delete")
        session.delete(row)
        return ["address"]
    return change(session, row, address, identity=identity, now=now)


def _add(session: Session, row: Any, identity: Identity, now: datetime) -> None:
    session.add(row)
    session.flush()
    note_whole(session, row, identity=identity, now=now, action="create")


def _check(identity: Identity, location: Mapping[str, Any]) -> None:
    if not identity.may(Permission.EDIT_DIRECTORY):
        raise NotAllowed(Sentence("Only a steward of the directory can do this."))
    refusal = rules.decide_values("location", location)
    if refusal is not None:
        raise refusal


def _tell(session: Session, service: Service, identity: Identity, now: datetime, *, fields: list[str]) -> None:
    service.last_modified = now
    tell_index(session, {service.id}, now)
    trail.record(
        EventKind.LISTING_EDITED,
        identity,
        now=now,
        subject_type="service",
        subject_id=service.id,
        details={"fields": fields},
    )
