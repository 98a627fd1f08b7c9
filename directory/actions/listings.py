"""Stewards' verbs on listings: add, edit, remove a part, verify, retire, show, restore."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert
from sqlalchemy.exc import IntegrityError

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from directory import rules
from directory.actions.records import (
    change,
    from_text,
    get_row,
    model_of,
    note_whole,
    refuse_secret_words,
    services_of,
    tell_index,
)
from directory.models import (
    Address,
    Location,
    Metadata,
    Organization,
    Service,
    ServiceAtLocation,
    Verification,
)

PLACE_PARTS = frozenset({"address", "accessibility"})


def add_organization(identity: Identity, *, values: Mapping[str, Any]) -> UUID:
    """Add an organization and answer its id. Raises InvalidInput when it has no name."""
    return _add(identity, "organization", values)


def add_service(identity: Identity, *, values: Mapping[str, Any], location_ids: Sequence[UUID] = ()) -> UUID:
    """Add a service of an organization, at the given locations, and answer its id."""
    _need(identity)
    _check_values("service", values)
    now = now_utc()
    with transaction() as session:
        if session.get(Organization, values.get("organization_id")) is None:
            raise InvalidInput("organization_id", Sentence("Choose the organization that offers the service."))
        row = Service(id=uuid4(), **{**values, "last_modified": now})
        session.add(row)
        session.flush()
        for location_id in location_ids:
            session.add(ServiceAtLocation(service_id=row.id, location_id=location_id))
        note_whole(session, row, identity=identity, now=now, action="create")
        tell_index(session, {row.id}, now)
        trail.record(EventKind.LISTING_ADDED, identity, now=now, subject_type="service", subject_id=row.id)
        return row.id


def add_record(identity: Identity, *, table: str, values: Mapping[str, Any]) -> UUID:
    """Add a part of a listing (a phone, a schedule row, a location …) and answer its id."""
    return _add(identity, table, values)


def _add(identity: Identity, table: str, values: Mapping[str, Any]) -> UUID:
    _need(identity)
    _check_values(table, values)
    now = now_utc()
    with transaction() as session:
        row = model_of(table)(id=uuid4(), **values)
        _refuse_secret(session, row, values)
        session.add(row)
        _flush(session)
        note_whole(session, row, identity=identity, now=now, action="create")
        tell_index(session, services_of(session, row), now)
        trail.record(EventKind.LISTING_ADDED, identity, now=now, subject_type=table, subject_id=row.id)
        return UUID(str(row.id))


def edit_record(identity: Identity, *, table: str, record_id: UUID, values: Mapping[str, Any]) -> list[str]:
    """Change fields of one record and answer which changed; nothing is written when none did.

    Raises InvalidInput for a value that makes no sense, NotFound, Conflict when a rule of the tables is broken.
    """
    _need(identity)
    now = now_utc()
    with transaction() as session:
        row = get_row(session, table, record_id)
        _check_values(table, {**{column.key: getattr(row, column.key) for column in row.__table__.columns}, **values})
        _refuse_secret(session, row, values)
        before = services_of(session, row)
        changed = change(session, row, values, identity=identity, now=now)
        if not changed:
            return []
        _touch(row, now)
        _flush(session)
        tell_index(session, before | services_of(session, row), now)
        details = {"fields": sorted(changed)}
        trail.record(
            EventKind.LISTING_EDITED, identity, now=now, subject_type=table, subject_id=record_id, details=details
        )
        return changed


def remove_record(identity: Identity, *, table: str, record_id: UUID) -> None:
    """Remove a part of a listing (a phone, a schedule row). Its history keeps what it held.

    Services, organizations and locations are retired, never removed: raises NotAllowed.
    """
    _need(identity)
    if table in {"service", "organization", "location"}:
        raise NotAllowed(Sentence("A listing is retired, not removed, so that it can come back."))
    now = now_utc()
    with transaction() as session:
        row = get_row(session, table, record_id)
        touched = services_of(session, row)
        # What stood of a place is not kept: the history of a row that is gone could outlive the place's secrecy.
        kept = None if table in PLACE_PARTS else {c.key: getattr(row, c.key) for c in row.__table__.columns}
        note_whole(session, row, identity=identity, now=now, action="delete", kept=kept)
        session.delete(row)
        _flush(session)
        tell_index(session, touched, now)
        trail.record(
            EventKind.LISTING_EDITED,
            identity,
            now=now,
            subject_type=table,
            subject_id=record_id,
            details={"fields": ["*"]},
        )


def verify_listing(
    identity: Identity,
    *,
    service_id: UUID,
    groups: Sequence[str],
    outcome: str,
    method: str,
    now: datetime | None = None,
) -> None:
    """Record that groups of fields were checked today: right, wrong or no answer. `now` is for seeds and tests."""
    _need(identity)
    unknown = set(groups) - rules.FRESHNESS_DAYS.keys()
    if unknown or not groups:
        raise InvalidInput("groups", Sentence("Choose what was checked."))
    if outcome not in {"right", "wrong", "no answer"}:
        raise InvalidInput("outcome", Sentence("Choose what came of the check."))
    if method not in {"call", "visit", "email", "feed", "provider", "web"}:
        raise InvalidInput("method", Sentence("Choose how it was checked."))
    now = now or now_utc()
    with transaction() as session:
        row = get_row(session, "service", service_id)
        session.execute(
            insert(Verification),
            [
                {
                    "id": uuid4(),
                    "service_id": row.id,
                    "field_group": group,
                    "outcome": outcome,
                    "method": method,
                    "checked_by": identity.name,
                    "checked_at": now,
                }
                for group in groups
            ],
        )
        tell_index(session, {row.id}, now)
        trail.record(
            EventKind.LISTING_VERIFIED,
            identity,
            now=now,
            subject_type="service",
            subject_id=service_id,
            details={"group": sorted(groups), "outcome": outcome, "method": method},
        )


def retire_listing(identity: Identity, *, service_id: UUID, reason: str) -> None:
    """Take a service out of the directory; `show_listing` brings it back."""
    if reason not in rules.RETIRE_REASONS:
        raise InvalidInput("reason", Sentence("Choose why the listing is retired."))
    _set_retired(identity, service_id, retired=True, reason=reason)


def show_listing(identity: Identity, *, service_id: UUID) -> None:
    """Bring a retired service back."""
    _set_retired(identity, service_id, retired=False, reason="")


def _set_retired(identity: Identity, service_id: UUID, *, retired: bool, reason: str) -> None:
    _need(identity)
    now = now_utc()
    with transaction() as session:
        row = get_row(session, "service", service_id)
        if (row.retired_at is not None) == retired:
            return
        session.execute(
            insert(Metadata).values(
                id=uuid4(),
                resource_id=row.id,
                resource_type="service",
                last_action_date=now,
                last_action_type="retire" if retired else "restore",
                field_name="retired_at",
                previous_value=row.retired_at.isoformat() if row.retired_at else None,
                replacement_value=now.isoformat() if retired else None,
                updated_by=identity.name,
            )
        )
        row.retired_at = now if retired else None
        _touch(row, now)
        tell_index(session, {row.id}, now)
        kind = EventKind.LISTING_RETIRED if retired else EventKind.LISTING_RESTORED
        details: dict[str, Any] = {"reason": reason} if retired else {"fields": ["retired_at"]}
        trail.record(kind, identity, now=now, subject_type="service", subject_id=service_id, details=details)


def restore_value(identity: Identity, *, change_id: UUID) -> None:
    """Set a field back to what it was before one change of its history. The history keeps both."""
    _need(identity)
    now = now_utc()
    with transaction() as session:
        past = session.get(Metadata, change_id)
        if past is None or past.field_name in {"*", "retired_at"}:
            raise NotFound
        row = get_row(session, past.resource_type, past.resource_id)
        value = from_text(row, past.field_name, past.previous_value)
        _refuse_secret(session, row, {past.field_name: value})
        changed = change(session, row, {past.field_name: value}, identity=identity, now=now, action="restore")
        if not changed:
            raise Conflict(Sentence("This field holds that value already."))
        _touch(row, now)
        _flush(session)
        tell_index(session, services_of(session, row), now)
        trail.record(
            EventKind.LISTING_RESTORED,
            identity,
            now=now,
            subject_type=past.resource_type,
            subject_id=past.resource_id,
            details={"fields": changed},
        )


def _need(identity: Identity) -> None:
    if not identity.may(Permission.EDIT_DIRECTORY):
        raise NotAllowed(Sentence("Only a steward of the directory can do this."))


def _check_values(table: str, values: Mapping[str, Any]) -> None:
    decision = rules.decide_values(table, values)
    if decision is not None:
        raise decision


def _refuse_secret(session: Any, row: Any, values: Mapping[str, Any]) -> None:
    """A withheld place takes no address, point or words that look like one."""
    location = row if isinstance(row, Location) else None
    if location is None and getattr(row, "location_id", None) is not None:
        location = session.get(Location, row.location_id)
    has_point = values.get("latitude") is not None or values.get("longitude") is not None
    if location is not None and location.place_withheld and (isinstance(row, Address) or has_point):
        raise NotAllowed(Sentence("The place of this location is kept secret: it takes no address and no point."))
    refuse_secret_words(session, row, values)


def _touch(row: Any, now: datetime) -> None:
    if isinstance(row, Service):
        row.last_modified = now


def _flush(session: Any) -> None:
    try:
        session.flush()
    except IntegrityError as error:
        raise Conflict(
            Sentence("This does not fit the other records: something it names is missing, or it is there already.")
        ) from error
