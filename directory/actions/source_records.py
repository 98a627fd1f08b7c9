"""Adding records that are already in the directory's own shape (the demo data): whole or not at all, never twice."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, insert, select
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.errors import NotAllowed, Sentence
from core.identity import Identity, Permission
from directory.actions.records import as_text, tell_index
from directory.models import HSDS_TABLES, HousingOffer, Requirement, Source, SourceRecord, Verification

Rows = Mapping[str, Sequence[Mapping[str, Any]]]
CHUNK = 1000
OWN_TABLES: Mapping[str, Any] = {
    "requirement": Requirement,
    "housing_offer": HousingOffer,
    "verification": Verification,
}
# A table comes after those that its rows link to.
ORDER = (
    "taxonomy", "taxonomy_term", "unit", "organization", "program", "service", "location", "service_at_location",
    "address", "contact", "phone", "language", "schedule", "service_area", "accessibility", "cost_option",
    "required_document", "funding", "url", "service_capacity", "attribute", "requirement", "housing_offer",
    "verification",
)  # fmt: skip


def add_source_records(identity: Identity, *, source_name: str, licence: str, credit: str, rows: Rows) -> Counter[str]:
    """Add the rows of a source that it has not brought before, and answer how many of each table were added.

    Each row carries its id. What was added once belongs to the directory's stewards: it is neither changed nor brought
    back here. Nothing is written, and nothing stands in the trail, when there is nothing new.
    Raises ValueError for a table that cannot be filled this way.
    """
    if not identity.may(Permission.IMPORT_FEEDS):
        raise NotAllowed(Sentence("Only a steward of the directory can import a feed."))
    unknown = set(rows) - set(ORDER)
    if unknown:
        raise ValueError(f"No table for {', '.join(sorted(unknown))}")
    now = now_utc()
    with transaction() as session:
        source = session.scalar(select(Source).where(Source.name == source_name).with_for_update())
        brought: set[UUID] = set()
        if source is not None:
            brought = set(session.scalars(select(SourceRecord.record_id).where(SourceRecord.source_id == source.id)))
        fresh = {name: [row for row in rows.get(name, ()) if row["id"] not in brought] for name in ORDER}
        counts = Counter({name: len(new) for name, new in fresh.items() if new})
        if not counts:
            return counts
        if source is None:
            source = Source(
                id=uuid4(), name=source_name, dialect="own", licence=licence, credit=credit, created_at=now
            )  # fmt: skip
            session.add(source)
            session.flush()
        for name in ORDER:
            _insert(session, name, fresh[name])
            _note_received(session, source.id, name, fresh[name], now)
        tell_index(session, _services_of(fresh), now)
        trail.record(
            EventKind.FEED_IMPORTED,
            identity,
            now=now,
            subject_type="source",
            subject_id=source.id,
            details={"source": source_name, "counts": dict(counts)},
        )
        return counts


def _insert(session: Session, name: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows whose columns differ: what a row leaves out gets the column's default, or NULL."""
    table = {**HSDS_TABLES, **OWN_TABLES}[name].__table__
    assert isinstance(table, Table)
    defaults = {
        column.name: column.default.arg if column.default is not None and column.default.is_scalar else None
        for column in table.columns
    }
    whole = [{**defaults, **row} for row in rows]
    for start in range(0, len(whole), CHUNK):
        session.execute(insert(table), whole[start : start + CHUNK])


def _note_received(
    session: Session, source_id: UUID, name: str, rows: Sequence[Mapping[str, Any]], now: datetime
) -> None:
    notes = []
    for row in rows:
        received = json.dumps({key: as_text(value) for key, value in row.items() if key != "id"}, sort_keys=True)
        notes.append(
            {
                "id": uuid4(),
                "source_id": source_id,
                "record_table": name,
                "record_id": row["id"],
                "original_id": str(row["id"]),
                "received": received,
                "received_hash": hashlib.sha256(received.encode()).hexdigest(),
                "seen_at": now,
            }
        )
    for start in range(0, len(notes), CHUNK):
        session.execute(insert(SourceRecord), notes[start : start + CHUNK])


def _services_of(fresh: Mapping[str, Iterable[Mapping[str, Any]]]) -> list[UUID]:
    """The services that the rows are about, each once."""
    found: dict[UUID, None] = {}
    for name, rows in fresh.items():
        for row in rows:
            service_id = row["id"] if name == "service" else row.get("service_id")
            if service_id is not None:
                found[service_id] = None
    return list(found)
