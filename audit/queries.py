"""Reading the trail: lists, one event, the history of a subject. No verification; that is `checks`."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import and_, func, or_, select

from audit.models import AuditEvent, ChainHead
from audit.rules import GENESIS, EventKind
from core.db import db
from core.errors import NotFound


@dataclass(frozen=True, slots=True)
class Event:
    """One event as pages show it. `record` is the parsed canonical JSON."""

    seq: int
    at: datetime
    kind: str
    actor_name: str
    actor_roles: str
    subject_type: str | None
    subject_id: str | None
    request_id: str | None
    record: dict[str, Any]
    previous_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class StoredLink:
    """One link of the chain as it lies in the database, for verification."""

    seq: int
    columns: dict[str, Any]
    record: str
    previous_hash: str
    hash: str


def list_events(*, page: int, size: int = 50, kind: str = "", subject_id: str = "") -> tuple[list[Event], int]:
    """A page of events, newest first, and how many there are. Two queries."""
    wanted = select(AuditEvent)
    if kind:
        wanted = wanted.where(AuditEvent.kind == kind)
    if subject_id:
        wanted = wanted.where(AuditEvent.subject_id == subject_id)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(wanted.order_by(AuditEvent.seq.desc()).limit(size).offset((page - 1) * size))
    return [_event(row) for row in rows], total


def list_events_about(subject_id: str, *, page: int, size: int = 50) -> tuple[list[Event], int]:
    """A page of all that the trail says about one subject, newest first, lists that named it among others too.

    Two queries; the second kind is found in the text of the event, so it costs a walk over the lists' events.
    """
    wanted = select(AuditEvent).where(
        or_(
            AuditEvent.subject_id == subject_id,
            and_(AuditEvent.kind == EventKind.CASELOAD_OPENED.value, AuditEvent.record.contains(f'"{subject_id}"')),
        )
    )
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(wanted.order_by(AuditEvent.seq.desc()).limit(size).offset((page - 1) * size))
    return [_event(row) for row in rows], total


def iterate_events(*, kind: str = "", subject_id: str = "") -> Iterator[Event]:
    """Every event that fits, oldest first, a thousand rows at a time: for exports."""
    wanted = select(AuditEvent).order_by(AuditEvent.seq).execution_options(yield_per=1000)
    if kind:
        wanted = wanted.where(AuditEvent.kind == kind)
    if subject_id:
        wanted = wanted.where(AuditEvent.subject_id == subject_id)
    for row in db.session.scalars(wanted):
        yield _event(row)


def details_text(event: Event) -> str:
    """The details of an event in one line of JSON, for a cell."""
    return json.dumps(event.record.get("details", {}), sort_keys=True, ensure_ascii=False)


def get_event(seq: int) -> Event:
    """One event by its number, or NotFound."""
    row = db.session.get(AuditEvent, seq)
    if row is None:
        raise NotFound
    return _event(row)


def chain_head() -> tuple[int, str]:
    """The number and hash of the last event; what an outsider keeps to notice a cut tail."""
    row = db.session.execute(select(ChainHead.seq, ChainHead.hash).where(ChainHead.id == 1)).one()
    return row.seq, row.hash


def iterate_chain() -> Iterator[StoredLink]:
    """Every link, oldest first, a thousand rows at a time."""
    columns = ("at", "kind", "actor_id", "actor_name", "actor_roles", "subject_type", "subject_id", "request_id")
    for row in db.session.scalars(select(AuditEvent).order_by(AuditEvent.seq).execution_options(yield_per=1000)):
        yield StoredLink(
            row.seq, {name: getattr(row, name) for name in columns}, row.record, row.previous_hash, row.hash
        )


def iterate_links(first: int, last: int) -> Iterator[tuple[int, str | None, str, str]]:
    """Number, subject, record and hash of the events from one number to another, oldest first, for a packet."""
    wanted = (
        select(AuditEvent.seq, AuditEvent.subject_id, AuditEvent.record, AuditEvent.hash)
        .where(AuditEvent.seq >= first, AuditEvent.seq <= last)
        .order_by(AuditEvent.seq)
        .execution_options(yield_per=1000)
    )
    for row in db.session.execute(wanted):
        yield row.seq, row.subject_id, row.record, row.hash


def hash_of(seq: int) -> str:
    """The hash of an event; that of the beginning for 0. Raises NotFound."""
    return GENESIS if seq == 0 else get_event(seq).hash


def _event(row: AuditEvent) -> Event:
    return Event(
        seq=row.seq,
        at=row.at,
        kind=row.kind,
        actor_name=row.actor_name,
        actor_roles=row.actor_roles,
        subject_type=row.subject_type,
        subject_id=row.subject_id,
        request_id=row.request_id,
        record=json.loads(row.record),
        previous_hash=row.previous_hash,
        hash=row.hash,
    )
