"""Who may know of which fund request, and in which roles somebody acts on one: judged anew at each request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, bindparam, false, or_, select

from care.models import Enrollee
from care.queries import find_accesses
from care.queries.access import people_supervised_by, people_worked_with
from care.rules import Standing
from core.clock import local_day
from core.db import current_config, db
from core.identity import Identity
from funds.models import Delegation, FundRequest
from funds.states import COORDINATOR, ENROLLEE, FISCAL, PAYER, RECONCILER, SUPERVISOR, SYSTEM, State

BY_CODE = frozenset({"fiscal_approver", "payer", "reconciler", "director", "auditor"})
"""Roles that see requests of everybody, by code; never drafts, which belong to their author and the person."""
OFFICE_ROLES = (FISCAL, PAYER, RECONCILER, "director", "auditor", SYSTEM)
NOT_YET_SENT = (State.DRAFT, State.WITHDRAWN)
STANDING_ROLES = {
    Standing.OWN: ENROLLEE,
    Standing.COORDINATOR: COORDINATOR,
    Standing.SUPERVISOR: SUPERVISOR,
}


def requests_seen_by(
    identity: Identity, now: datetime, delegations: Sequence[Delegation] | None = None
) -> ColumnElement[bool]:
    """The condition on `fund_request` under which the viewer may know that it exists.

    `delegations` are the viewer's (`delegations_of`), where the caller has read them already.
    """
    if SYSTEM in identity.roles:
        return FundRequest.id.is_not(None)
    if identity.user_id is None:
        return false()
    ways: list[ColumnElement[bool]] = [
        FundRequest.enrollee_id.in_(select(Enrollee.id).where(people_worked_with(identity, now)))
    ]
    acting = delegations_of(identity, now) if delegations is None else delegations
    held = identity.roles | {delegation.role for delegation in acting}
    if held & BY_CODE:
        ways.append(or_(FundRequest.status.not_in(NOT_YET_SENT), FundRequest.submitted_at.is_not(None)))
    for people in stood_in_for(acting, now).values():
        ways.append(FundRequest.enrollee_id.in_(select(Enrollee.id).where(people)))
    return or_(*ways)


def stood_in_for(delegations: Sequence[Delegation], now: datetime) -> dict[UUID, ColumnElement[bool]]:
    """Absent supervisor → the condition on `enrollee` for those whose coordinators that supervisor has."""
    return {
        delegation.from_user_id: people_supervised_by(delegation.from_user_id, now)
        for delegation in delegations
        if delegation.role == SUPERVISOR
    }


def roles_on(
    identity: Identity, enrollee_id: UUID, now: datetime, delegations: Sequence[Delegation] | None = None
) -> frozenset[str]:
    """The roles in which somebody may act on a person's requests now, their own and those they stand in for.

    Coordinator and supervisor count only for their own people, enrollee only for oneself.
    """
    return roles_on_each(identity, [enrollee_id], now, delegations)[enrollee_id]


def roles_on_each(
    identity: Identity, enrollee_ids: Sequence[UUID], now: datetime, delegations: Sequence[Delegation] | None = None
) -> dict[UUID, frozenset[str]]:
    """The same for several people at a fixed number of queries, one for each absent supervisor more."""
    delegations = delegations_of(identity, now) if delegations is None else delegations
    office = {role for role in OFFICE_ROLES if role in identity.roles}
    office |= {delegation.role for delegation in delegations if delegation.role in OFFICE_ROLES}
    found = {enrollee_id: set(office) for enrollee_id in enrollee_ids}
    for enrollee_id, access in find_accesses(identity, enrollee_ids, now).items():
        found[enrollee_id] |= {STANDING_ROLES[standing] for standing in access.standings & STANDING_ROLES.keys()}
    for people in stood_in_for(delegations, now).values():
        for enrollee_id in db.session.scalars(select(Enrollee.id).where(Enrollee.id.in_(found), people)):
            found[enrollee_id].add(SUPERVISOR)
    return {enrollee_id: frozenset(roles) for enrollee_id, roles in found.items()}


def delegations_of(identity: Identity, now: datetime) -> list[Delegation]:
    """The delegations under which somebody acts today. One query."""
    if identity.user_id is None:
        return []
    today = local_day(now, current_config().timezone)
    return list(db.session.scalars(_delegations_to(), {"me": identity.user_id, "today": today}))


@cache
def _delegations_to() -> Executable:
    """The delegations to `me` that count on the day `today`. Built once: each step of a request asks it."""
    me = bindparam("me", type_=Delegation.to_user_id.type)
    today = bindparam("today", type_=Delegation.starts_on.type)
    return (
        select(Delegation)
        .where(
            Delegation.to_user_id == me,
            Delegation.starts_on <= today,
            Delegation.ends_on >= today,
            Delegation.revoked_at.is_(None),
        )
        .order_by(Delegation.id)
    )


def list_delegations(identity: Identity, now: datetime) -> list[Delegation]:
    """One's own delegations that are not over, the next one first. One query."""
    today = local_day(now, current_config().timezone)
    return list(
        db.session.scalars(
            select(Delegation)
            .where(
                Delegation.from_user_id == identity.user_id,
                Delegation.ends_on >= today,
                Delegation.revoked_at.is_(None),
            )
            .order_by(Delegation.starts_on, Delegation.id)
            .limit(100)
        )
    )
