"""Who may know of which fund request, and in which roles somebody acts on one: judged anew at each request."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, or_, select

from care.models import Enrollee
from care.queries import find_access
from care.queries.access import people_worked_with
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


def requests_seen_by(identity: Identity, now: datetime) -> ColumnElement[bool]:
    """The condition on `fund_request` under which the viewer may know that it exists."""
    if SYSTEM in identity.roles:
        return FundRequest.id.is_not(None)
    if identity.user_id is None:
        return false()
    ways: list[ColumnElement[bool]] = [
        FundRequest.enrollee_id.in_(select(Enrollee.id).where(people_worked_with(identity, now)))
    ]
    held = identity.roles | {delegation.role for delegation in delegations_of(identity, now)}
    if held & BY_CODE:
        ways.append(or_(FundRequest.status.not_in(NOT_YET_SENT), FundRequest.submitted_at.is_not(None)))
    for delegation in delegations_of(identity, now):
        if delegation.role == SUPERVISOR:
            absent = Identity(delegation.from_user_id, "", frozenset({SUPERVISOR}))
            ways.append(FundRequest.enrollee_id.in_(select(Enrollee.id).where(people_worked_with(absent, now))))
    return or_(*ways)


def roles_on(identity: Identity, enrollee_id: UUID, now: datetime) -> frozenset[str]:
    """The roles in which somebody may act on a person's requests now, their own and those they stand in for.

    Coordinator and supervisor count only for their own people, enrollee only for oneself.
    """
    found = {role for role in OFFICE_ROLES if role in identity.roles}
    access = find_access(identity, enrollee_id, now)
    if access is not None and access.standing in STANDING_ROLES:
        found.add(STANDING_ROLES[access.standing])
    for delegation in delegations_of(identity, now):
        if delegation.role in OFFICE_ROLES:
            found.add(delegation.role)
        elif delegation.role == SUPERVISOR:
            absent = Identity(delegation.from_user_id, "", frozenset({SUPERVISOR}))
            theirs = find_access(absent, enrollee_id, now)
            if theirs is not None and theirs.standing is Standing.SUPERVISOR:
                found.add(SUPERVISOR)
    return frozenset(found)


def delegations_of(identity: Identity, now: datetime) -> list[Delegation]:
    """The delegations under which somebody acts today. One query."""
    if identity.user_id is None:
        return []
    today = local_day(now, current_config().timezone)
    return list(
        db.session.scalars(
            select(Delegation)
            .where(
                and_(
                    Delegation.to_user_id == identity.user_id,
                    Delegation.starts_on <= today,
                    Delegation.ends_on >= today,
                    Delegation.revoked_at.is_(None),
                )
            )
            .order_by(Delegation.id)
        )
    )
