"""Opening a record in an emergency: with a reason, for an hour, and a privacy officer judges it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from audit import actions as trail
from audit.rules import EventKind
from care import queries, vault
from care.actions.opening import require_permission
from care.actions.people import locked_person
from care.models import BreakGlass
from care.queries import records
from care.rules import GLASS_TIME
from core.clock import now_utc
from core.db import transaction
from core.errors import InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission

LEAST_REASON = 10  # letters: "x" is no reason


@dataclass(frozen=True, slots=True)
class Broken:
    """What came of it. `is_new` is False when the record was open already: then nobody needs to be told again."""

    enrollee_id: UUID
    expires_at: datetime
    is_new: bool


@dataclass(frozen=True, slots=True)
class Emergency:
    """One opening as a privacy officer sees it: the person's code, never a name."""

    id: UUID
    code: str
    user_id: UUID
    opened_at: datetime
    expires_at: datetime
    reviewed_at: datetime | None
    reviewed_by: UUID | None
    reason: str


def break_glass(identity: Identity, *, code: str, reason: str, now: datetime | None = None) -> Broken:
    """Open the record with this code for 60 minutes. The caller tells the privacy officers when `is_new`.

    Raises NotAllowed for one who sees the record anyway, InvalidInput for an unknown code or a reason of no words.
    """
    now = now or now_utc()
    require_permission(identity, Permission.BREAK_GLASS)
    if len(reason.strip()) < LEAST_REASON:
        raise InvalidInput("reason", Sentence("Say in a few words why it cannot wait."))
    enrollee_id = records.find_by_code(code.strip().upper())
    if enrollee_id is None or identity.user_id is None:
        raise InvalidInput("code", Sentence("There is no record with this code."))
    with transaction() as session:
        person = locked_person(enrollee_id)
        held = session.scalar(
            select(BreakGlass)
            .where(
                BreakGlass.enrollee_id == enrollee_id,
                BreakGlass.user_id == identity.user_id,
                BreakGlass.expires_at > now,
            )
            .limit(1)
        )
        if held is not None:
            return Broken(enrollee_id, held.expires_at, False)
        if queries.find_access(identity, enrollee_id, now) is not None:
            raise NotAllowed(Sentence("You can see this record already."))
        row = BreakGlass(
            id=uuid4(), enrollee_id=enrollee_id, user_id=identity.user_id, opened_at=now, expires_at=now + GLASS_TIME
        )
        row.sealed = vault.seal_fields(person, "break_glass", row.id, {"reason": reason.strip()})
        session.add(row)
        trail.record(
            EventKind.GLASS_BROKEN,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"opening": str(row.id), "expires_at": row.expires_at.isoformat()},
        )
        return Broken(enrollee_id, row.expires_at, True)


def open_emergencies(identity: Identity, *, now: datetime | None = None) -> list[Emergency]:
    """The openings with their reasons, those not judged yet first. An audited read."""
    now = now or now_utc()
    require_permission(identity, Permission.SEE_BREAK_GLASS)
    found = records.list_emergencies()
    people = sorted({str(row.enrollee_id) for row, _ in found})
    with transaction():
        trail.record(
            EventKind.CASELOAD_OPENED, identity, now=now, details={"people": people, "purpose": "emergency review"}
        )
    found = [(row, code) for row, code in records.list_emergencies() if str(row.enrollee_id) in set(people)]
    reasons = vault.open_fields([row for row, _ in found])
    return [
        Emergency(
            row.id,
            code,
            row.user_id,
            row.opened_at,
            row.expires_at,
            row.reviewed_at,
            row.reviewed_by,
            str(reasons[row.id].get("reason", "")),
        )
        for row, code in found
    ]


def review_emergency(identity: Identity, *, opening_id: UUID, now: datetime | None = None) -> None:
    """Note that an opening was judged. Nobody judges their own; judged already is no change."""
    now = now or now_utc()
    require_permission(identity, Permission.SEE_BREAK_GLASS)
    with transaction() as session:
        row = session.scalar(select(BreakGlass).where(BreakGlass.id == opening_id).with_for_update())
        if row is None:
            raise NotFound
        if row.user_id == identity.user_id:
            raise NotAllowed(Sentence("Nobody judges their own emergency access."))
        if row.reviewed_at is not None:
            return
        row.reviewed_at, row.reviewed_by = now, identity.user_id
        trail.record(
            EventKind.GLASS_REVIEWED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=row.enrollee_id,
            details={"opening": str(opening_id)},
        )
