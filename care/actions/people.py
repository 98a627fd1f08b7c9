"""Referring a person, changing what stands about them, their status and their account."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

import accounts.queries
from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.opening import require_permission, require_writer
from care.models import Assignment, Enrollee
from care.rules import decide_status
from core.clock import local_day, now_utc
from core.db import current_config, db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from directory.gazetteer import find_place

CHANGED_MEANWHILE = Sentence("Somebody else changed this record meanwhile. Look at it again, then change it.")


def refer_person(
    identity: Identity,
    *,
    enrollee_id: UUID,
    referred_at: datetime,
    fields: Mapping[str, Any],
    coordinator_id: UUID | None = None,
    now: datetime | None = None,
) -> UUID:
    """Take a person in from SPOA, with their first coordinator when one is chosen. The 24-hour clock starts.

    The same `enrollee_id` twice is one person. Raises NotAllowed, InvalidInput.
    """
    now = now or now_utc()
    require_permission(identity, Permission.ASSIGN_COORDINATORS)
    _check_fields(fields)
    if not (fields.get("preferred_name") or fields.get("legal_name")):
        raise InvalidInput("preferred_name", Sentence("Write what the person wants to be called."))
    if referred_at > now:
        raise InvalidInput("referred_at", Sentence("The referral cannot lie in the future."))
    if coordinator_id is not None and not _holds(coordinator_id, "coordinator"):
        raise InvalidInput("coordinator_id", Sentence("Choose an active account with this role."))
    try:
        with transaction() as session:
            if session.get(Enrollee, enrollee_id) is not None:
                return enrollee_id
            person = Enrollee(
                id=enrollee_id,
                code=_next_code(),
                status="referred",
                referred_at=referred_at,
                data_key=vault.new_data_key(enrollee_id),
            )
            person.sealed = vault.seal_fields(person, "enrollee", enrollee_id, fields)
            session.add(person)
            session.flush()
            if coordinator_id is not None:
                session.add(
                    Assignment(enrollee_id=enrollee_id, user_id=coordinator_id, role="coordinator", starts_at=now)
                )
            trail.record(
                EventKind.ENROLLEE_REFERRED,
                identity,
                now=now,
                subject_type="enrollee",
                subject_id=enrollee_id,
                details={"fields": sorted(fields), "coordinator": str(coordinator_id) if coordinator_id else None},
            )
    except IntegrityError as error:  # two referrals in the same moment took the same code
        raise Conflict(Sentence("Another person was referred in the same moment. Send the form again.")) from error
    return enrollee_id


def change_person(
    identity: Identity,
    *,
    enrollee_id: UUID,
    fields: Mapping[str, Any],
    row_version: int,
    now: datetime | None = None,
) -> list[str]:
    """Change what stands about a person and answer the names of the changed fields.

    Raises Conflict when somebody changed the record since `row_version` was shown.
    """
    now = now or now_utc()
    _check_fields(fields)
    with transaction():
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        if person.row_version != row_version:
            raise Conflict(CHANGED_MEANWHILE)
        changed = vault.change_fields(person, person, fields)
        if changed:
            person.row_version += 1
            _record(EventKind.ENROLLEE_CHANGED, identity, enrollee_id, now, fields=changed)
    return changed


def change_status(identity: Identity, *, enrollee_id: UUID, status: str, on: date, now: datetime | None = None) -> None:
    """Enroll a person, or end their time in the program; the end closes every assignment at once.

    The status that the person has already is no change. Raises NotAllowed with sentences.
    """
    now = now or now_utc()
    today = local_day(now, current_config().timezone)
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        if person.status == status:
            return
        old = person.status
        decision = decide_status(old, status, on, today)
        if not decision.allowed:
            raise NotAllowed(*decision.reasons)
        person.status = status
        person.row_version += 1
        if status == "enrolled":
            person.enrolled_on = on
        else:
            person.ended_on = on
            for row in session.scalars(
                select(Assignment).where(Assignment.enrollee_id == enrollee_id, Assignment.ends_at.is_(None))
            ):
                row.ends_at = max(now, row.starts_at)
        _record(EventKind.ENROLLEE_STATUS_CHANGED, identity, enrollee_id, now, old=old, new=status, on=on.isoformat())


def link_account(identity: Identity, *, enrollee_id: UUID, email: str, now: datetime | None = None) -> None:
    """Let the person sign in to their own record: tie it to an account with the role of an enrollee."""
    now = now or now_utc()
    account = accounts.queries.find_account(email.strip().lower())
    if account is None or not account.active or "enrollee" not in account.roles:
        raise InvalidInput("email", Sentence("No active account of an enrollee has this address. Have it made first."))
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        if person.user_id == account.id:
            return
        if session.scalar(select(Enrollee.id).where(Enrollee.user_id == account.id)) is not None:
            raise InvalidInput("email", Sentence("This account belongs to another record already."))
        person.user_id = account.id
        person.row_version += 1
        _record(EventKind.ENROLLEE_CHANGED, identity, enrollee_id, now, fields=["account"])


def locked_person(enrollee_id: UUID) -> Enrollee:
    """The row of a person, locked until the transaction ends; NotFound when there is none."""
    person = db.session.scalar(select(Enrollee).where(Enrollee.id == enrollee_id).with_for_update())
    if person is None:
        raise NotFound
    return person


def _holds(user_id: UUID, role: str) -> bool:
    try:
        account = accounts.queries.get_account(user_id)
    except NotFound:
        return False
    return account.active and role in account.roles


def _check_fields(fields: Mapping[str, Any]) -> None:
    area = fields.get("home_area")
    if area:
        answer = find_place(area)
        if answer.place is None or answer.place.kind not in {"zip", "town"}:
            raise InvalidInput("home_area", Sentence("Write a ZIP code or a town, like 10601 or White Plains, NY."))


def _next_code() -> str:
    numbers = [
        int(code[2:])
        for code in db.session.scalars(select(Enrollee.code))
        if code.startswith("E-") and code[2:].isdigit()
    ]
    return f"E-{max(numbers, default=0) + 1:03d}"


def _record(kind: EventKind, identity: Identity, enrollee_id: UUID, now: datetime, **details: Any) -> None:
    trail.record(kind, identity, now=now, subject_type="enrollee", subject_id=enrollee_id, details=details)
