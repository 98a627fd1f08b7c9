"""Writing records with their field-level history and telling the index; for the actions of this folder only."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import insert, or_, select
from sqlalchemy.orm import Session

from core.errors import InvalidInput, NotFound, Sentence
from core.identity import Identity
from directory.hsds.places import looks_like_address
from directory.models import (
    HSDS_TABLES,
    Contact,
    HousingOffer,
    Language,
    ListingChange,
    Location,
    Metadata,
    Requirement,
    Service,
    ServiceAtLocation,
)

TABLES: dict[str, Any] = {**HSDS_TABLES, "requirement": Requirement, "housing_offer": HousingOffer}
NEVER_EDITED = {"id", "retired_at", "place_withheld", "last_modified"}
HISTORY_TABLES = {"metadata", "meta_table_description"}


def model_of(table: str) -> Any:
    """The model of an editable table, or NotFound."""
    if table not in TABLES or table in HISTORY_TABLES:
        raise NotFound
    return TABLES[table]


def get_row(session: Session, table: str, record_id: UUID) -> Any:
    """The row to change, locked where the database can, or NotFound."""
    model = model_of(table)
    row = session.scalar(select(model).where(model.id == record_id).with_for_update())
    if row is None:
        raise NotFound
    return row


def change(
    session: Session, row: Any, values: Mapping[str, Any], *, identity: Identity, now: datetime, action: str = "update"
) -> list[str]:
    """Set `values` on a row and write a history line for each that differs. Answers the changed fields' names.

    Raises InvalidInput for a field that the table has not or that nobody edits by hand.
    """
    table = row.__tablename__
    columns = row.__table__.columns
    lines: list[dict[str, Any]] = []
    for field, value in values.items():
        if field in NEVER_EDITED or field not in columns:
            raise InvalidInput(field, Sentence("This field cannot be changed here."))
        old = getattr(row, field)
        if old == value:
            continue
        lines.append(
            {
                "id": uuid4(),
                "resource_id": row.id,
                "resource_type": table,
                "last_action_date": now,
                "last_action_type": action,
                "field_name": field,
                "previous_value": as_text(old),
                "replacement_value": as_text(value),
                "updated_by": identity.name,
            }
        )
        setattr(row, field, value)
    if lines:
        with session.no_autoflush:  # all fields reach the table together: a point is never half there
            session.execute(insert(Metadata), lines)
    return [line["field_name"] for line in lines]


def note_whole(
    session: Session, row: Any, *, identity: Identity, now: datetime, action: str, kept: Mapping[str, Any] | None = None
) -> None:
    """A history line for a whole record that came ("create") or went ("delete"); `kept` is what it held."""
    text = json.dumps({key: as_text(value) for key, value in kept.items()}, sort_keys=True) if kept else None
    session.execute(
        insert(Metadata).values(
            id=uuid4(),
            resource_id=row.id,
            resource_type=row.__tablename__,
            last_action_date=now,
            last_action_type=action,
            field_name="*",
            previous_value=text,
            replacement_value=None,
            updated_by=identity.name,
        )
    )


def as_text(value: Any) -> str | None:
    """A column's value as the history keeps it; `from_text` reads it back."""
    if value is None:
        return None
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    return str(value)


def from_text(row: Any, field: str, text: str | None) -> Any:
    """A value of the history as the column's Python type."""
    if text is None:
        return None
    kind = row.__table__.columns[field].type.python_type
    if kind is bool:
        return text == "true"
    if kind in {datetime, date, time}:
        return kind.fromisoformat(text)
    return kind(Decimal(text)) if kind in {int, float} else kind(text)


def services_of(session: Session, row: Any) -> set[UUID]:
    """The services whose listing a record shows on: for the change feed of the index."""
    if isinstance(row, Service):
        return {row.id}
    found: set[UUID] = set()
    service_id = getattr(row, "service_id", None)
    if service_id is not None:
        found.add(service_id)
    link = getattr(row, "link_id", None)
    if link is not None:
        found.add(link)
    if isinstance(row, Language) and row.phone_id is not None:
        return found  # a phone's language is shown, not searched
    site_id = getattr(row, "service_at_location_id", None)
    location_id = row.id if isinstance(row, Location) else getattr(row, "location_id", None)
    organization_id = row.id if row.__tablename__ == "organization" else None
    if organization_id is None and not isinstance(row, Location):
        organization_id = getattr(row, "organization_id", None)
    contact_id = getattr(row, "contact_id", None)
    if contact_id is not None:
        contact = session.get(Contact, contact_id)
        return found | (services_of(session, contact) if contact else set())
    sites = select(ServiceAtLocation.service_id).where(
        or_(ServiceAtLocation.id == site_id, ServiceAtLocation.location_id == location_id)
    )
    found |= set(session.scalars(sites)) if site_id or location_id else set()
    if organization_id is not None:
        found |= set(session.scalars(select(Service.id).where(Service.organization_id == organization_id)))
    return found


def refuse_secret_words(session: Session, row: Any, values: Mapping[str, Any]) -> None:
    """Refuse words that look like an address on a record of a place that is kept secret. Raises InvalidInput.

    A service counts as at a secret place when one of its places is secret and none is open.
    """
    suspicious = [name for name, value in values.items() if isinstance(value, str) and looks_like_address(value)]
    if suspicious and _is_at_secret_place(session, row):
        raise InvalidInput(
            suspicious[0], Sentence("This looks like an address. The place of this location is kept secret.")
        )


def _is_at_secret_place(session: Session, row: Any) -> bool:
    site_id = row.id if isinstance(row, ServiceAtLocation) else getattr(row, "service_at_location_id", None)
    location_id = row.id if isinstance(row, Location) else getattr(row, "location_id", None)
    service_id = row.id if isinstance(row, Service) else getattr(row, "service_id", None)
    places = select(Location.place_withheld)
    if location_id is not None:
        places = places.where(Location.id == location_id)
    else:
        owner = ServiceAtLocation.id == site_id if site_id else ServiceAtLocation.service_id == service_id
        places = places.join(ServiceAtLocation, ServiceAtLocation.location_id == Location.id).where(owner)
    found = list(session.scalars(places))
    return bool(found) and all(found)


def tell_index(session: Session, service_ids: Iterable[UUID], now: datetime) -> None:
    """Write the change feed's rows: the next search of every worker sees the change."""
    rows = [{"service_id": service_id, "changed_at": now} for service_id in sorted(set(service_ids))]
    if rows:
        session.execute(insert(ListingChange), rows)
