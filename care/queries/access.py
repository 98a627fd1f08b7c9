"""Who may see whom, asked of the tables as of now: inside the query of every list, and for one person."""

from __future__ import annotations

from collections.abc import Sequence
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
    ways.append(exists().where(Consent.enrollee_id == Enrollee.id, *in_force(me, now)).correlate(Enrollee))
    if roles & OVERSIGHT:
        ways.append(true())
    return or_(*ways)


def people_worked_with(identity: Identity, now: datetime) -> ColumnElement[bool]:
    """The condition on `enrollee` for oneself, today's coordinator and the supervisor; no reader, no emergency."""
    me, roles = identity.user_id, identity.roles
    if me is None:
        return false()
    ways: list[ColumnElement[bool]] = [Enrollee.user_id == me]
    if "coordinator" in roles:
        ways.append(_assigned(me, "coordinator", now))
    if "supervisor" in roles:
        ways.append(_supervised(me, now))
    return or_(*ways)


def people_supervised_by(supervisor_id: UUID, now: datetime) -> ColumnElement[bool]:
    """The condition on `enrollee` for those whose coordinator somebody supervises today; their role is not asked."""
    return _supervised(supervisor_id, now)


def find_access(identity: Identity, enrollee_id: UUID, now: datetime) -> Access | None:
    """How the viewer stands to one person now, or None. Five small queries."""
    return find_accesses(identity, [enrollee_id], now).get(enrollee_id)


def find_accesses(identity: Identity, enrollee_ids: Sequence[UUID], now: datetime) -> dict[UUID, Access]:
    """How the viewer stands to each of some people now; those they may not know are left out. Five queries in all."""
    me, wanted = identity.user_id, set(enrollee_ids)
    if me is None or not wanted:
        return {}
    people = db.session.execute(select(Enrollee.id, Enrollee.user_id).where(Enrollee.id.in_(wanted))).all()
    open_now = and_(Assignment.starts_at <= now, or_(Assignment.ends_at.is_(None), Assignment.ends_at > now))
    assigned: dict[UUID, set[str]] = {}
    for row in db.session.execute(
        select(Assignment.enrollee_id, Assignment.role).where(
            Assignment.enrollee_id.in_(wanted), Assignment.user_id == me, open_now
        )
    ):
        assigned.setdefault(row.enrollee_id, set()).add(row.role)
    supervised = set(db.session.scalars(select(Enrollee.id).where(Enrollee.id.in_(wanted), _supervised(me, now))))
    broken = set(
        db.session.scalars(
            select(BreakGlass.enrollee_id).where(
                BreakGlass.enrollee_id.in_(wanted), BreakGlass.user_id == me, BreakGlass.expires_at > now
            )
        )
    )
    consents: dict[UUID, list[tuple[str, bool]]] = {}
    for consent in db.session.execute(
        select(Consent.enrollee_id, Consent.fields, Consent.covers_part2).where(
            Consent.enrollee_id.in_(wanted), *in_force(me, now)
        )
    ):
        consents.setdefault(consent.enrollee_id, []).append((consent.fields, consent.covers_part2))
    found = {}
    for person in people:
        given = consents.get(person.id, [])
        access = decide_access(
            AccessFacts(
                is_own=person.user_id == me,
                roles=identity.roles,
                assigned_as=frozenset(assigned.get(person.id, ())),
                supervises=person.id in supervised,
                has_broken_glass=person.id in broken,
                consented=frozenset(
                    Group(group) for fields, _ in given for group in fields.split(",") if group in set(Group)
                ),
                consent_covers_part2=bool(given) and all(covers for _, covers in given),
            )
        )
        if access is not None:
            found[person.id] = access
    return found


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


def in_force(me: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """A consent to this recipient that has begun, has not expired (in the program's days) and is not revoked."""
    today: date = local_day(now, current_config().timezone)
    return (
        Consent.recipient_user_id == me,
        Consent.starts_on <= today,
        Consent.expires_on >= today,
        Consent.revoked_at.is_(None),
    )
