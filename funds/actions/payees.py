"""Who may be paid: a vendor is proposed by one person; somebody else verifies it before the first payment."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, Sentence
from core.identity import Identity, Permission
from funds.models import Payee
from funds.posting import OTHER_PAYLOAD

MOST_LETTERS = 300


@rerun
def propose_payee(
    identity: Identity,
    *,
    payee_id: UUID,
    name: str,
    organization_id: UUID | None = None,
    kind: str = "vendor",
    now: datetime | None = None,
) -> UUID:
    """Propose somebody to be paid: a vendor, of the directory or new. Twice the same id and name is one payee."""
    now = now or now_utc()
    name = " ".join(name.split())
    if not identity.may(Permission.KEEP_PAYEES):
        raise NotAllowed(Sentence("Your role does not allow this."))
    if not name or len(name) > MOST_LETTERS:
        raise InvalidInput("payee", Sentence("Write the name of who is to be paid."))
    if kind not in ("vendor", "staff"):
        raise InvalidInput("payee", Sentence("The fund pays vendors, not the person."))
    with transaction() as session:
        there = session.get(Payee, payee_id)
        if there is not None:
            if there.name != name:
                raise Conflict(OTHER_PAYLOAD)
            return payee_id
        session.add(
            Payee(
                id=payee_id,
                name=name,
                kind=kind,
                organization_id=organization_id,
                status="proposed",
                proposed_by=identity.user_id,
                proposed_at=now,
            )
        )
        session.flush()
        trail.record(
            EventKind.PAYEE_PROPOSED,
            identity,
            now=now,
            subject_type="payee",
            subject_id=payee_id,
            details={"kind": kind, "organization": str(organization_id) if organization_id else None},
        )
    return payee_id
