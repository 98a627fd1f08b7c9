"""Who may see whom, asked of the tables as of now: inside the query of every list, and for one person."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, or_, select, true

from care.fields import Group
from care.models import Assignment, BreakGlass, Consent, Enrollee, Supervision
from care.rules import Access, AccessFacts, decide_access
from core.clock import local_day
from core.db import current_config, db
from core.identity import Identity

OVERSIGHT = frozenset({"director", "auditor"})


def people_seen_by(identity: Identity, now: datetime) -> ColumnElement[bool]:
    """The condition on `enrollee` under which the viewer may know that a person exists. Judged anew at each request."""
    me, roles = identity.user_id, identity.roles
    if me is None:
        return false()
    ways: list[ColumnElement[bool]] = [Enrollee.user_id == me]
    for role in sorted({"coordinator", "mentor"} & roles):
        ways.append(_assigned(me, role, now))
    if "supervisor" in roles:
        ways.append(_supervised(me, now))
    ways.append(
        exists()
        .where(BreakGlass.enrollee_id == Enrollee.id, BreakGlass.user_id == me, BreakGlass.expires_at > now)
        .correlate(Enrollee)
    )
    ways.append(exists().where(Consent.enrollee_id == Enrollee.id, *_in_force(me, now)).correlate(Enrollee))
    if roles & OVERSIGHT:
        ways.append(true())
    return or_(*ways)


def find_access(identity: Identity, enrollee_id: UUID, now: datetime) -> Access | None:
    """How the viewer stands to one person now, or None. Five small queries."""
    me = identity.user_id
    if me is None:
        return None
    person = db.session.execute(select(Enrollee.user_id).where(Enrollee.id == enrollee_id)).one_or_none()
    if person is None:
        return None
    open_now = and_(Assignment.starts_at <= now, or_(Assignment.ends_at.is_(None), Assignment.ends_at > now))
    assigned = db.session.scalars(
        select(Assignment.role).where(Assignment.enrollee_id == enrollee_id, Assignment.user_id == me, open_now)
    )
    supervised = select(Enrollee.id).where(Enrollee.id == enrollee_id, _supervised(me, now))
    glass = select(BreakGlass.id).where(
        BreakGlass.enrollee_id == enrollee_id, BreakGlass.user_id == me, BreakGlass.expires_at > now
    )
    consents = db.session.scalars(select(Consent.fields).where(Consent.enrollee_id == enrollee_id, *_in_force(me, now)))
    groups = {group for fields in consents for group in fields.split(",") if group}
    return decide_access(
        AccessFacts(
            is_own=person.user_id == me,
            roles=identity.roles,
            assigned_as=frozenset(assigned),
            supervises=db.session.scalar(supervised) is not None,
            has_broken_glass=db.session.scalar(glass.limit(1)) is not None,
            consented=frozenset(Group(group) for group in groups if group in set(Group)),
        )
    )


def _assigned(me: UUID, role: str, now: datetime) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            Assignment.enrollee_id == Enrollee.id,
            Assignment.user_id == me,
            Assignment.role == role,
            Assignment.starts_at <= now,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
        )
        .correlate(Enrollee)
    )


def _supervised(me: UUID, now: datetime) -> ColumnElement[bool]:
    return (
        exists()
        .where(
            Assignment.enrollee_id == Enrollee.id,
            Assignment.role == "coordinator",
            Assignment.starts_at <= now,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
            Supervision.coordinator_id == Assignment.user_id,
            Supervision.supervisor_id == me,
            Supervision.starts_at <= now,
            or_(Supervision.ends_at.is_(None), Supervision.ends_at > now),
        )
        .correlate(Enrollee)
    )


def _in_force(me: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """A consent to this recipient that has begun, has not expired (in the program's days) and is not revoked."""
    today: date = local_day(now, current_config().timezone)
    return (
        Consent.recipient_user_id == me,
        Consent.starts_on <= today,
        Consent.expires_on >= today,
        Consent.revoked_at.is_(None),
    )
