"""What the directory already holds of a source: ids, hashes, last received values, secrets; it writes nothing."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from core.db import db
from directory.hsds.tables import MAIN_TABLES
from directory.models import (
    HSDS_TABLES,
    ListingChange,
    Location,
    Service,
    ServiceAtLocation,
    Source,
    SourceRecord,
    Tombstone,
)

CHUNK = 500  # ids in one query; SQLite allows 32,766 parameters


@dataclass(slots=True)
class Known:
    """One record of the source as the directory holds it. An empty hash: it was missing from the last feed."""

    source_record_id: UUID
    record_id: UUID
    received_hash: str


@dataclass(slots=True)
class Existing:
    """All that an import compares a feed with."""

    source_id: UUID | None = None
    records: dict[tuple[str, str], Known] = field(default_factory=dict)
    retired: set[UUID] = field(default_factory=set)
    withheld: set[UUID] = field(default_factory=set)
    tombstones: set[str] = field(default_factory=set)
    unconfirmed: set[UUID] = field(default_factory=set)
    shown_services: set[UUID] = field(default_factory=set)
    mark: int = 0


def load_existing(source_name: str) -> Existing:
    """The state of one source; a source that is not there yet is empty. Eight queries."""
    session = db.session
    existing = Existing(mark=int(session.scalar(select(func.max(ListingChange.seq))) or 0))
    existing.tombstones = set(session.scalars(select(Tombstone.digest)))
    existing.withheld = set(session.scalars(select(Location.id).where(Location.place_withheld)))
    existing.source_id = session.scalar(select(Source.id).where(Source.name == source_name))
    if existing.source_id is None:
        return existing
    rows = session.execute(
        select(
            SourceRecord.id,
            SourceRecord.record_table,
            SourceRecord.record_id,
            SourceRecord.original_id,
            SourceRecord.received_hash,
        ).where(SourceRecord.source_id == existing.source_id)
    )
    for source_record_id, table, record_id, original_id, received_hash in rows:
        existing.records[table, original_id or ""] = Known(source_record_id, record_id, received_hash)
    for table in MAIN_TABLES:
        columns = HSDS_TABLES[table].__table__.columns
        existing.retired |= set(session.scalars(select(columns.id).where(columns.retired_at.is_not(None))))
    existing.unconfirmed = set(session.scalars(select(Service.id).where(Service.status_unconfirmed)))
    shown = select(Service.id).where(Service.status.in_(("active", "temporarily closed")), Service.retired_at.is_(None))
    existing.shown_services = set(session.scalars(shown))
    return existing


def received_values(source_record_ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Any]]:
    """What the source last sent for these records, by the id of the source record."""
    found: dict[UUID, Mapping[str, Any]] = {}
    for ids in chunks(source_record_ids):
        wanted = select(SourceRecord.id, SourceRecord.received).where(SourceRecord.id.in_(ids))
        found.update((row_id, json.loads(text or "{}")) for row_id, text in db.session.execute(wanted))
    return found


def current_rows(table: str, record_ids: Sequence[UUID]) -> dict[UUID, dict[str, Any]]:
    """The rows of a table by id, as column → value."""
    columns = HSDS_TABLES[table].__table__.columns
    found: dict[UUID, dict[str, Any]] = {}
    for ids in chunks(record_ids):
        for row in db.session.execute(select(*columns).where(columns.id.in_(ids))).mappings():
            found[row["id"]] = dict(row)
    return found


def taken_ids(table: str, record_ids: Sequence[UUID]) -> set[UUID]:
    """Which of these ids the table holds already."""
    columns = HSDS_TABLES[table].__table__.columns
    found: set[UUID] = set()
    for ids in chunks(record_ids):
        found |= set(db.session.scalars(select(columns.id).where(columns.id.in_(ids))))
    return found


def sites_of(service_ids: Sequence[UUID]) -> dict[tuple[UUID, UUID], UUID]:
    """The ids of the services' places that are there already, by service and location."""
    found: dict[tuple[UUID, UUID], UUID] = {}
    for ids in chunks(service_ids):
        wanted = select(ServiceAtLocation.service_id, ServiceAtLocation.location_id, ServiceAtLocation.id)
        for service_id, location_id, site_id in db.session.execute(wanted.where(ServiceAtLocation.service_id.in_(ids))):
            found[service_id, location_id] = site_id
    return found


def chunks(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """The ids in parts that one query can hold."""
    every = list(ids)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]
