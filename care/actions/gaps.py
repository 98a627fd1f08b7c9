"""Unmet need on record: equal gaps are one with a count. No person, no typed word, no visitor is in it."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from care.actions.opening import require_permission
from care.models import Gap, GapSighting
from core.clock import now_utc
from core.db import current_config, transaction
from core.errors import InvalidInput, NotFound, Sentence
from core.identity import Identity, Permission
from directory.unmet import Unmet

SOURCES = ("search", "referral", "public")
STATES = ("open", "purchase proposed", "closed")


def record_gap(identity: Identity, *, unmet: Unmet, source: str, now: datetime | None = None) -> UUID:
    """Count a gap that was met and answer its id; a new one begins with 1. Two at once are both counted.

    What a visitor's search did not find is known by its day alone. A gap that was closed opens again. Raises
    InvalidInput when no part of it is understood.
    """
    now = now or now_utc()
    if not unmet.says_something:
        raise InvalidInput("need", Sentence("Choose the need or the language that was looked for."))
    if source not in SOURCES:
        raise InvalidInput("source", Sentence("There is no such source."))
    if source == "public":
        now = _start_of_day(now)
    with transaction() as session:
        gap_id = _count(session, unmet, now)
        session.add(GapSighting(gap_id=gap_id, source=source, seen_at=now))
        trail.record(
            EventKind.GAP_RECORDED,
            identity,
            now=now_utc() if source == "public" else now,
            subject_type="gap",
            subject_id=gap_id,
            details={"source": source},
        )
        return gap_id


def decide_gap(identity: Identity, *, gap_id: UUID, state: str, now: datetime | None = None) -> None:
    """Propose a purchase for a gap, close it, or open it again. The same state twice is once."""
    now = now or now_utc()
    require_permission(identity, Permission.DECIDE_GAPS)
    if state not in STATES:
        raise InvalidInput("state", Sentence("Choose what to do about the gap."))
    with transaction() as session:
        row = session.scalar(select(Gap).where(Gap.id == gap_id).with_for_update())
        if row is None:
            raise NotFound
        if row.state == state:
            return
        old, row.state = row.state, state
        details = {"old": old, "new": state}
        trail.record(EventKind.GAP_DECIDED, identity, now=now, subject_type="gap", subject_id=row.id, details=details)


def gap_key(unmet: Unmet) -> str:
    """The digest under which equal gaps meet."""
    parts = [unmet.needs, unmet.languages, unmet.yes, unmet.county]
    return hashlib.sha256(json.dumps(parts, separators=(",", ":")).encode()).hexdigest()


def _count(session: Session, unmet: Unmet, now: datetime) -> UUID:
    insert = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    made = insert(Gap).values(
        id=uuid4(),
        key=gap_key(unmet),
        need=",".join(unmet.needs) or None,
        county=unmet.county,
        requirements=",".join(unmet.yes) or None,
        language=",".join(unmet.languages) or None,
        state="open",
        count=1,
        first_at=now,
        last_at=now,
    )
    counted = made.on_conflict_do_update(
        index_elements=[Gap.key],
        set_={"count": Gap.count + 1, "last_at": now},
    )
    session.execute(counted)
    row = session.scalars(select(Gap).where(Gap.key == gap_key(unmet)).with_for_update()).one()
    if row.state == "closed":
        row.state = "open"
    return row.id


def _start_of_day(now: datetime) -> datetime:
    zone = ZoneInfo(current_config().timezone)
    return now.astimezone(zone).replace(hour=0, minute=0, second=0, microsecond=0)
