"""Who works with a person: coordinators with hand-off, recovery mentors, supervision."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

import accounts.queries
from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.opening import require_access, require_permission, require_writer
from care.actions.people import locked_person
from care.models import Assignment, Enrollee, Supervision
from care.rules import HandOff, Standing, decide_assignment
from core.clock import now_utc
from core.db import db, transaction
from core.errors import InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission


def assign_coordinator(
    identity: Identity,
    *,
    enrollee_id: UUID,
    coordinator_id: UUID,
    starts_at: datetime | None = None,
    warm_at: datetime | None = None,
    note: str = "",
    now: datetime | None = None,
) -> None:
    """Give a person a coordinator, or hand them over: the earlier assignment ends when the new one begins.

    `warm_at` is when both coordinators met with the person. Whoever may assign can give a coordinator to a person who
    has none; a hand-over is for the person's supervisor and the director. The same coordinator again is no change.
    """
    now = now or now_utc()
    starts_at = starts_at or now
    require_permission(identity, Permission.ASSIGN_COORDINATORS)
    with transaction() as session:
        person = locked_person(enrollee_id)
        held = _open_coordinator(enrollee_id)
        if held is not None:
            access = require_access(identity, enrollee_id, now)
            if not access.standings & {Standing.SUPERVISOR, Standing.OVERSIGHT}:
                raise NotAllowed(Sentence("Only the coordinator's supervisor or the director can hand a person over."))
            if held.user_id == coordinator_id:
                return
        decision = decide_assignment(
            HandOff(
                is_ended=person.status == "ended",
                holds_role=_holds(coordinator_id, "coordinator"),
                open_since=held.starts_at if held else None,
                starts_at=starts_at,
                warm_at=warm_at,
            ),
            now,
        )
        if not decision.allowed:
            raise NotAllowed(*decision.reasons)
        if held is not None:
            held.ends_at = starts_at
            session.flush()  # the unique key allows one open coordinator
        _start(person, coordinator_id, "coordinator", starts_at, warm_at, note)
        trail.record(
            EventKind.COORDINATOR_ASSIGNED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={
                "role": "coordinator",
                "user": str(coordinator_id),
                "before": str(held.user_id) if held else None,
                "starts_at": starts_at.isoformat(),
                "warm": warm_at is not None,
            },
        )


def assign_mentor(identity: Identity, *, enrollee_id: UUID, mentor_id: UUID, now: datetime | None = None) -> None:
    """Give a person a recovery mentor, when the person asked for one. The same mentor again is no change."""
    now = now or now_utc()
    with transaction():
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        if person.status == "ended":
            raise NotAllowed(Sentence("This person has left the program. Refer them anew first."))
        if not vault.open_fields([person])[enrollee_id].get("mentor_wanted"):
            raise NotAllowed(Sentence("The person has not asked for a recovery mentor. Note the wish first."))
        if not _holds(mentor_id, "mentor"):
            raise InvalidInput("mentor_id", Sentence("Choose an active account with this role."))
        if _open_mentor(enrollee_id, mentor_id) is not None:
            return
        _start(person, mentor_id, "mentor", now, None, "")
        trail.record(
            EventKind.COORDINATOR_ASSIGNED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"role": "mentor", "user": str(mentor_id)},
        )


def end_mentor(identity: Identity, *, enrollee_id: UUID, mentor_id: UUID, now: datetime | None = None) -> None:
    """End a recovery mentor's assignment; they see nothing from now on. Ended already is no change."""
    now = now or now_utc()
    with transaction():
        require_writer(identity, enrollee_id, now)
        locked_person(enrollee_id)
        held = _open_mentor(enrollee_id, mentor_id)
        if held is None:
            return
        held.ends_at = now
        trail.record(
            EventKind.ASSIGNMENT_ENDED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"role": "mentor", "user": str(mentor_id)},
        )


def start_supervision(
    identity: Identity, *, supervisor_id: UUID, coordinator_id: UUID, now: datetime | None = None
) -> None:
    """Let a supervisor see the people of a coordinator. For the director; nobody sets their own supervision."""
    now = now or now_utc()
    _require_director(identity, supervisor_id)
    if not _holds(supervisor_id, "supervisor"):
        raise InvalidInput("supervisor_id", Sentence("Choose an active account with this role."))
    if not _holds(coordinator_id, "coordinator"):
        raise InvalidInput("coordinator_id", Sentence("Choose an active account with this role."))
    with transaction() as session:
        if _open_supervision(supervisor_id, coordinator_id) is not None:
            return
        session.add(Supervision(supervisor_id=supervisor_id, coordinator_id=coordinator_id, starts_at=now))
        _record_supervision(identity, supervisor_id, coordinator_id, "started", now)


def end_supervision(
    identity: Identity, *, supervisor_id: UUID, coordinator_id: UUID, now: datetime | None = None
) -> None:
    """End a supervision: the supervisor sees those people no more. Ended already is no change."""
    now = now or now_utc()
    _require_director(identity, supervisor_id)
    with transaction():
        held = _open_supervision(supervisor_id, coordinator_id)
        if held is None:
            return
        held.ends_at = now
        _record_supervision(identity, supervisor_id, coordinator_id, "ended", now)


def _start(
    person: Enrollee, user_id: UUID, role: str, starts_at: datetime, warm_at: datetime | None, note: str
) -> None:
    row = Assignment(
        id=uuid4(), enrollee_id=person.id, user_id=user_id, role=role, starts_at=starts_at, warm_at=warm_at
    )
    if note:
        row.sealed = vault.seal_fields(person, "assignment", row.id, {"handoff": note})
    db.session.add(row)


def _open_coordinator(enrollee_id: UUID) -> Assignment | None:
    return db.session.scalar(
        select(Assignment)
        .where(Assignment.enrollee_id == enrollee_id, Assignment.role == "coordinator", Assignment.ends_at.is_(None))
        .with_for_update()
    )


def _open_mentor(enrollee_id: UUID, mentor_id: UUID) -> Assignment | None:
    return db.session.scalar(
        select(Assignment).where(
            Assignment.enrollee_id == enrollee_id,
            Assignment.role == "mentor",
            Assignment.user_id == mentor_id,
            Assignment.ends_at.is_(None),
        )
    )


def _open_supervision(supervisor_id: UUID, coordinator_id: UUID) -> Supervision | None:
    return db.session.scalar(
        select(Supervision).where(
            Supervision.supervisor_id == supervisor_id,
            Supervision.coordinator_id == coordinator_id,
            Supervision.ends_at.is_(None),
        )
    )


def _require_director(identity: Identity, supervisor_id: UUID) -> None:
    require_permission(identity, Permission.SET_SUPERVISION)
    if identity.user_id == supervisor_id:
        raise NotAllowed(Sentence("Nobody sets their own supervision. Ask another director."))


def _record_supervision(
    identity: Identity, supervisor_id: UUID, coordinator_id: UUID, what: str, now: datetime
) -> None:
    trail.record(
        EventKind.SUPERVISION_SET,
        identity,
        now=now,
        subject_type="user",
        subject_id=coordinator_id,
        details={"supervisor": str(supervisor_id), "what": what},
    )


def _holds(user_id: UUID, role: str) -> bool:
    try:
        account = accounts.queries.get_account(user_id)
    except NotFound:
        return False
    return account.active and role in account.roles
