"""Who may see whom, asked of the tables as of now: inside the query of every list, and for one person."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from functools import cache
from typing import TypeAlias, TypeVar
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Executable, bindparam, exists, false, or_, select, true

from care.fields import Group
from care.models import Assignment, BreakGlass, Consent, Enrollee, Supervision
from care.rules import Access, AccessFacts, decide_access
from core.clock import local_day
from core.db import current_config, db
from core.identity import Identity

OVERSIGHT = frozenset({"director", "auditor"})
ASSIGNED_ROLES = ("coordinator", "mentor")

T = TypeVar("T")
Asked: TypeAlias = T | BindParameter[T]
"""A value, or the place of one in a statement that is built once."""


def people_seen_by(identity: Identity, now: datetime) -> ColumnElement[bool]:
    """The condition on `enrollee` under which the viewer may know that a person exists. Judged anew at each request."""
    me, roles = identity.user_id, identity.roles
    if me is None:
        return false()
    ways: list[ColumnElement[bool]] = [Enrollee.user_id == me]
    for role in sorted(set(ASSIGNED_ROLES) & roles):
        ways.append(_assigned(me, role, now))
    if "supervisor" in roles:
        ways.append(_supervised(me, now))
    ways.append(_broken(me, now))
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
    """How the viewer stands to one person now, or None. Two small queries."""
    return find_accesses(identity, [enrollee_id], now).get(enrollee_id)


def find_accesses(identity: Identity, enrollee_ids: Sequence[UUID], now: datetime) -> dict[UUID, Access]:
    """How the viewer stands to each of some people now; those they may not know are left out. Two queries in all."""
    me, wanted = identity.user_id, list(set(enrollee_ids))
    if me is None or not wanted:
        return {}
    asked = {"me": me, "now": now, "people": wanted}
    today: date = local_day(now, current_config().timezone)
    consents: dict[UUID, list[tuple[str, bool]]] = {}
    for consent in db.session.execute(_consents_to_people(), {"me": me, "today": today, "people": wanted}):
        consents.setdefault(consent.enrollee_id, []).append((consent.fields, consent.covers_part2))
    found = {}
    for person in db.session.execute(_standings_to_people(), asked):
        given = consents.get(person.id, [])
        access = decide_access(
            AccessFacts(
                is_own=person.user_id == me,
                roles=identity.roles,
                assigned_as=frozenset(role for role in ASSIGNED_ROLES if getattr(person, role)),
                supervises=person.supervises,
                has_broken_glass=person.has_broken_glass,
                consented=frozenset(
                    Group(group) for fields, _ in given for group in fields.split(",") if group in set(Group)
                ),
                consent_covers_part2=bool(given) and all(covers for _, covers in given),
            )
        )
        if access is not None:
            found[person.id] = access
    return found


@cache
def _standings_to_people() -> Executable:
    """What `me` is to each of `people` at `now`. Built once: each page asks it, some several times."""
    me, now = bindparam("me", type_=Assignment.user_id.type), bindparam("now", type_=Assignment.starts_at.type)
    return select(
        Enrollee.id,
        Enrollee.user_id,
        *(_assigned(me, role, now).label(role) for role in ASSIGNED_ROLES),
        _supervised(me, now).label("supervises"),
        _broken(me, now).label("has_broken_glass"),
    ).where(Enrollee.id.in_(bindparam("people", expanding=True)))


@cache
def _consents_to_people() -> Executable:
    """The consents to `me` about each of `people` that are in force on the day `today`."""
    me, today = bindparam("me", type_=Consent.recipient_user_id.type), bindparam("today", type_=Consent.starts_on.type)
    return select(Consent.enrollee_id, Consent.fields, Consent.covers_part2).where(
        Consent.enrollee_id.in_(bindparam("people", expanding=True)), *_in_force_on(me, today)
    )


def _assigned(me: Asked[UUID], role: str, now: Asked[datetime]) -> ColumnElement[bool]:
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


def _supervised(me: Asked[UUID], now: Asked[datetime]) -> ColumnElement[bool]:
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


def _broken(me: Asked[UUID], now: Asked[datetime]) -> ColumnElement[bool]:
    return (
        exists()
        .where(BreakGlass.enrollee_id == Enrollee.id, BreakGlass.user_id == me, BreakGlass.expires_at > now)
        .correlate(Enrollee)
    )


def in_force(me: UUID, now: datetime) -> tuple[ColumnElement[bool], ...]:
    """A consent to this recipient that has begun, has not expired (in the program's days) and is not revoked."""
    return _in_force_on(me, local_day(now, current_config().timezone))


def _in_force_on(me: Asked[UUID], today: Asked[date]) -> tuple[ColumnElement[bool], ...]:
    return (
        Consent.recipient_user_id == me,
        Consent.starts_on <= today,
        Consent.expires_on >= today,
        Consent.revoked_at.is_(None),
    )
