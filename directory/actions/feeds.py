"""Writing what an import planned: every row, its history, the change feed and one event, whole or not at all."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, time
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Table, bindparam, delete, func, insert, select, update
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.errors import Conflict, NotAllowed, Sentence
from core.identity import Identity, Permission
from directory import search
from directory.actions.confidential import bury, erase_words, telling
from directory.actions.records import as_text, tell_index
from directory.actions.touched import touched_services
from directory.hsds.places import looks_like_address
from directory.hsds.records import Plan, Retirement, Write
from directory.hsds.tables import WRITE_ORDER
from directory.models import (
    HSDS_TABLES,
    Accessibility,
    Address,
    ImportRun,
    ListingChange,
    Metadata,
    Source,
    SourceRecord,
    Suggestion,
    Verification,
)

CHUNK = 500
CHECKED_BY_FEED = ("hours", "phone", "eligibility", "cost", "papers", "address", "text")
Progress = Callable[[int], None]


def apply_feed(
    identity: Identity,
    *,
    plan: Plan,
    file_name: str,
    report: str = "",
    run_id: UUID | None = None,
    progress: Progress | None = None,
    mapping: str = "",
) -> UUID:
    """Write the whole plan in one transaction and answer the source's id.

    Raises NotAllowed when the plan stops ("1,134 of 1,134 services would be retired …"), Conflict when the directory
    changed since the plan was made. `progress` is told how many rows were written. A run of the page is marked done in
    the same transaction (`run_id`); without one a new run is noted. `mapping` is the steward's TOML, which stays with
    the source.
    """
    if not identity.may(Permission.IMPORT_FEEDS):
        raise NotAllowed(Sentence("Only a steward of the directory can import a feed."))
    if plan.stops:
        raise NotAllowed(*plan.stops)
    now = now_utc()
    with transaction() as session:
        if int(session.scalar(select(func.max(ListingChange.seq))) or 0) != plan.mark:
            raise Conflict(Sentence("The directory was changed while the feed was compared. Run the import again."))
        source_id = _source(session, plan, now, mapping)
        told = telling(session, plan.secret_locations)
        _purge_secrets(session, plan)
        _retire(session, plan, identity, now)
        _insert(session, plan.writes, progress)
        _update(session, plan, identity, now)
        _note_received(session, plan.writes, source_id, now)
        _suggest(session, plan, now)
        erase_words(session, told, since=now)
        also = bury(session, plan.tombstones, now)
        _note_checks(session, plan, now)
        tell_index(session, touched_services(session, plan.writes, plan.retirements), now)
        _note_run(session, plan, identity, now, file_name=file_name, report=report, run_id=run_id)
        counts = {table: count.as_dict() for table, count in plan.counts.items()}
        trail.record(
            EventKind.FEED_IMPORTED,
            identity,
            now=now,
            subject_type="source",
            subject_id=source_id,
            details={"source": plan.source, "counts": counts} | ({"also": [str(one) for one in also]} if also else {}),
        )
    if plan.secret_locations or also:
        search.forget()  # the old index still holds the points that have just become secret
    return source_id


def table_of(name: str) -> Table:
    """The table of an HSDS name."""
    table = HSDS_TABLES[name].__table__
    assert isinstance(table, Table)
    return table


def _source(session: Session, plan: Plan, now: datetime, mapping: str) -> UUID:
    source = session.scalar(select(Source).where(Source.name == plan.source))
    if source is None:
        source = Source(id=uuid4(), name=plan.source, created_at=now)
        session.add(source)
    source.dialect = plan.dialect
    source.mapping = mapping or source.mapping
    source.licence = source.licence or plan.licence or None
    source.credit = source.credit or plan.credit or None
    session.flush()
    return source.id


def _purge_secrets(session: Session, plan: Plan) -> None:
    """A place that has just become secret leaves rows, history, suggestions and received values, whoever wrote them."""
    for ids in _chunks(sorted(plan.secret_locations)):
        parts: list[UUID] = list(session.scalars(select(Address.id).where(Address.location_id.in_(ids))))
        parts += session.scalars(select(Accessibility.id).where(Accessibility.location_id.in_(ids)))
        session.execute(delete(Address).where(Address.location_id.in_(ids)))
        session.execute(delete(Accessibility).where(Accessibility.location_id.in_(ids)))
        for gone in _chunks([*ids, *parts]):
            session.execute(delete(Metadata).where(Metadata.resource_id.in_(gone)))
            session.execute(delete(Suggestion).where(Suggestion.record_id.in_(gone)))
        for gone in _chunks(parts):
            session.execute(delete(SourceRecord).where(SourceRecord.record_id.in_(gone)))


def _retire(session: Session, plan: Plan, identity: Identity, now: datetime) -> None:
    """Listings are hidden and stay; what hung on them and is gone from the feed goes, its words into the history."""
    by_table: dict[str, list[Retirement]] = defaultdict(list)
    for retirement in plan.retirements:
        by_table[retirement.table].append(retirement)
    history: list[dict[str, Any]] = []
    for name in reversed(WRITE_ORDER):
        for part in _chunks(by_table.get(name, [])):
            ids = [retirement.record_id for retirement in part]
            source_records = [retirement.source_record_id for retirement in part]
            if part[0].is_listing:
                session.execute(update(table_of(name)).where(table_of(name).c.id.in_(ids)).values(retired_at=now))
                forgotten = update(SourceRecord).where(SourceRecord.id.in_(source_records))
                session.execute(forgotten.values(received_hash=""))
                history += [_history(one.record_id, name, "retired_at", None, now, identity, now) for one in part]
                continue
            _unlink(session, name, ids)
            session.execute(delete(table_of(name)).where(table_of(name).c.id.in_(ids)))
            session.execute(delete(SourceRecord).where(SourceRecord.id.in_(source_records)))
            if name not in ("address", "accessibility"):  # an address in the history could outlive its secrecy
                history += [
                    _history(one.record_id, name, "*", _held(one.held), None, identity, now, "delete")
                    for one in part
                    if one.held.get("location_id") not in plan.secret_locations
                ]
    if history:
        session.execute(insert(Metadata), history)


def _held(row: Mapping[str, Any]) -> str:
    kept = {key: as_text(value) for key, value in row.items() if value is not None}
    return json.dumps(kept, sort_keys=True)


def _unlink(session: Session, name: str, ids: Sequence[UUID]) -> None:
    """Other rows let go of rows that are about to be deleted."""
    for other in HSDS_TABLES:
        table = table_of(other)
        for column in table.columns:
            for key in column.foreign_keys:
                if key.column.table.name == name and column.nullable:
                    session.execute(update(table).where(column.in_(ids)).values({column.name: None}))


def _insert(session: Session, writes: Sequence[Write], progress: Progress | None) -> None:
    by_table: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for write in writes:
        if write.is_new:
            by_table[write.table].append({"id": write.record_id, **write.values})
    for name in WRITE_ORDER:
        rows = by_table.get(name, [])
        for start in range(0, len(rows), 5000):
            session.execute(insert(table_of(name)), rows[start : start + 5000])
            if progress is not None:
                progress(len(rows[start : start + 5000]))


def _update(session: Session, plan: Plan, identity: Identity, now: datetime) -> None:
    """Changed columns, grouped so that equal statements run together; each change leaves a line of history."""
    groups: dict[tuple[str, tuple[str, ...]], list[dict[str, Any]]] = defaultdict(list)
    history: list[dict[str, Any]] = []
    for write in plan.writes:
        if write.is_new or not write.values:
            continue
        columns = tuple(sorted(write.values))
        groups[write.table, columns].append(
            {"key_id": write.record_id, **{f"new_{column}": write.values[column] for column in columns}}
        )
        if write.table == "location" and write.record_id in plan.secret_locations:
            continue
        history += [
            _history(
                write.record_id, write.table, column, write.before.get(column), write.values[column], identity, now
            )
            for column in columns
            if column != "extra" and not (plan.secret_locations and looks_like_address(str(write.before.get(column))))
        ]
    for (name, columns), rows in groups.items():
        table = table_of(name)
        changed = {column: bindparam(f"new_{column}", type_=table.c[column].type) for column in columns}
        statement = update(table).where(table.c.id == bindparam("key_id", type_=table.c.id.type)).values(changed)
        session.connection().execute(statement, rows)
    if history:
        session.execute(insert(Metadata), history)


def _history(
    record_id: UUID, table: str, column: str, old: Any, new: Any, identity: Identity, now: datetime,
    action: str = "import",
) -> dict[str, Any]:  # fmt: skip
    return {
        "id": uuid4(),
        "resource_id": record_id,
        "resource_type": table,
        "last_action_date": now,
        "last_action_type": action,
        "field_name": column,
        "previous_value": as_text(old),
        "replacement_value": as_text(new),
        "updated_by": identity.name,
    }


def _note_received(session: Session, writes: Sequence[Write], source_id: UUID, now: datetime) -> None:
    """What the source sent, so that the next import can tell a local edit from a change of the feed."""
    new = [
        {
            "id": uuid4(),
            "source_id": source_id,
            "record_table": write.table,
            "record_id": write.record_id,
            "original_id": write.original_id,
            "received": write.received,
            "received_hash": write.received_hash,
            "seen_at": now,
        }
        for write in writes
        if write.source_record_id is None
    ]
    for start in range(0, len(new), 5000):
        session.execute(insert(SourceRecord), new[start : start + 5000])
    again = [
        {"key_id": write.source_record_id, "text": write.received, "hash": write.received_hash, "at": now}
        for write in writes
        if write.source_record_id is not None and write.received
    ]
    if again:
        table = SourceRecord.__table__
        assert isinstance(table, Table)
        statement = (
            update(table)
            .where(table.c.id == bindparam("key_id", type_=table.c.id.type))
            .values(
                received=bindparam("text"),
                received_hash=bindparam("hash"),
                seen_at=bindparam("at", type_=table.c.seen_at.type),
            )
        )
        session.connection().execute(statement, again)


def _suggest(session: Session, plan: Plan, now: datetime) -> None:
    rows = [
        {
            "id": uuid4(),
            "service_id": write.service_id or write.record_id,
            "kind": "feed",
            "record_table": write.table,
            "record_id": write.record_id,
            "field_name": column,
            "old_value": as_text(ours),
            "new_value": as_text(theirs),
            "state": "open",
            "received_at": now,
        }
        for write in plan.writes
        for column, (ours, theirs) in write.suggestions.items()
    ]
    if rows:
        session.execute(insert(Suggestion), rows)


def _note_checks(session: Session, plan: Plan, now: datetime) -> None:
    """An assured date of the feed is a check of every group of facts, by method "feed"."""
    rows = [
        {
            "id": uuid4(),
            "service_id": service_id,
            "field_group": group,
            "outcome": "right",
            "method": "feed",
            "checked_by": plan.source,
            "checked_at": min(datetime.combine(day, time(12), tzinfo=UTC), now),
        }
        for service_id, day in plan.assured.items()
        for group in CHECKED_BY_FEED
    ]
    if rows:
        session.execute(insert(Verification), rows)


def _note_run(
    session: Session, plan: Plan, identity: Identity, now: datetime, *, file_name: str, report: str, run_id: UUID | None
) -> None:
    values = {"state": "done", "finished_at": now, "done": len(plan.writes), "expected": len(plan.writes)}
    if run_id is not None:
        session.execute(update(ImportRun).where(ImportRun.id == run_id).values(**values, file_key=None, report=report))
        return
    session.add(
        ImportRun(
            id=uuid4(),
            source_name=plan.source,
            file_name=file_name,
            started_by=identity.name,
            started_at=now,
            report=report or None,
            **values,
        )
    )


def _chunks(items: Sequence[Any]) -> Iterator[list[Any]]:
    for start in range(0, len(items), CHUNK):
        yield list(items[start : start + CHUNK])
