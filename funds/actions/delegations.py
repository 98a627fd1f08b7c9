"""Standing in for an absent approver, payer or reconciler: dated, for a reason; the actor's own identity counts."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

import accounts.queries
from accounts.rules import decide_roles
from audit import actions as trail
from audit.rules import EventKind
from core.clock import local_day, now_utc
from core.db import current_config, rerun, transaction
from core.errors import InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity
from funds.models import Delegation
from funds.states import DIRECTOR, FISCAL, PAYER, RECONCILER, SUPERVISOR

DELEGABLE: Final = (SUPERVISOR, FISCAL, PAYER, RECONCILER, DIRECTOR)
LONGEST: Final = timedelta(days=92)  # a quarter: whoever is away longer gets a successor


@rerun
def delegate(
    identity: Identity,
    *,
    delegation_id: UUID,
    role: str,
    to_user_id: UUID,
    starts_on: date,
    ends_on: date,
    reason: str,
    now: datetime | None = None,
) -> UUID:
    """Let a colleague stand in for oneself in a role that one holds. The same id twice is one delegation.

    Raises NotAllowed for a role that one does not hold, or a colleague whose own roles must be kept apart from it.
    """
    now = now or now_utc()
    today = local_day(now, current_config().timezone)
    if role not in DELEGABLE or role not in identity.roles or identity.user_id is None:
        raise InvalidInput("role", Sentence("Choose a role that you hold yourself."))
    if not today <= starts_on <= ends_on:
        raise InvalidInput("ends_on", Sentence("It begins today or later, and ends after it begins."))
    if ends_on - starts_on > LONGEST:
        raise InvalidInput("ends_on", Sentence("Somebody stands in for at most three months."))
    if not reason.strip():
        raise InvalidInput("reason", Sentence("Write why."))
    if to_user_id == identity.user_id:
        raise InvalidInput("to_user", Sentence("Choose somebody else."))
    with transaction() as session:
        if session.get(Delegation, delegation_id) is not None:
            return delegation_id
        colleague = accounts.queries.get_account(to_user_id)
        if not colleague.active:
            raise InvalidInput("to_user", Sentence("This account is closed. Choose somebody else."))
        together = decide_roles({*colleague.roles, role})
        if not together.allowed:
            raise NotAllowed(*together.reasons)
        session.add(
            Delegation(
                id=delegation_id,
                from_user_id=identity.user_id,
                to_user_id=to_user_id,
                role=role,
                starts_on=starts_on,
                ends_on=ends_on,
                reason=reason.strip(),
                made_at=now,
                made_by=identity.user_id,
            )
        )
        trail.record(
            EventKind.DELEGATION_MADE,
            identity,
            now=now,
            subject_type="user",
            subject_id=to_user_id,
            details={"role": role, "from": starts_on.isoformat(), "until": ends_on.isoformat()},
        )
    return delegation_id


@rerun
def revoke_delegation(identity: Identity, *, delegation_id: UUID, now: datetime | None = None) -> None:
    """End one's own delegation at once. Raises NotFound for somebody else's."""
    now = now or now_utc()
    with transaction() as session:
        row = session.get(Delegation, delegation_id, with_for_update=True)
        if row is None or row.from_user_id != identity.user_id:
            raise NotFound
        if row.revoked_at is not None:
            return
        row.revoked_at = now
        trail.record(
            EventKind.DELEGATION_REVOKED,
            identity,
            now=now,
            subject_type="user",
            subject_id=row.to_user_id,
            details={"role": row.role, "delegation": str(delegation_id)},
        )
