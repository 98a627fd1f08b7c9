"""A person's consents: given, revoked at once. Nothing about them leaves without one in force."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from uuid import UUID

import accounts.queries
from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.opening import require_access
from care.actions.people import locked_person
from care.fields import Group
from care.models import Consent
from care.queries import records
from care.rules import Standing
from core.clock import local_day, now_utc
from core.db import current_config, transaction
from core.errors import InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity


def give_consent(
    identity: Identity,
    *,
    enrollee_id: UUID,
    consent_id: UUID,
    recipient: str,
    purpose: str,
    groups: Iterable[str],
    starts_on: date,
    expires_on: date,
    given_how: str,
    covers_part2: bool = False,
    recipient_email: str = "",
    now: datetime | None = None,
) -> UUID:
    """Record a consent that the person gave (42 CFR 2.31: what, to whom, for what, until when, that it can be revoked).

    With `recipient_email`, the account of that address (a family member, say) may see the groups while it is in force.
    The same `consent_id` twice is one consent. Raises NotAllowed, InvalidInput.
    """
    now = now or now_utc()
    named = [group for group in Group if group.value in set(groups)]
    today = local_day(now, current_config().timezone)
    if not recipient.strip():
        raise InvalidInput("recipient", Sentence("Name who may be told."))
    if not purpose.strip():
        raise InvalidInput("purpose", Sentence("Say what for."))
    if not given_how.strip():
        raise InvalidInput("given_how", Sentence("Say how the person gave it: on paper, in person."))
    if not named:
        raise InvalidInput("groups", Sentence("Choose what may be told."))
    if expires_on < starts_on or expires_on < today:
        raise InvalidInput("expires_on", Sentence("A consent ends on a day to come, after its start."))
    recipient_id = _recipient(recipient_email)
    with transaction() as session:
        _require_giver(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        row = session.get(Consent, consent_id)
        if row is not None:
            if row.enrollee_id != enrollee_id:
                raise NotFound
            return consent_id
        row = Consent(
            id=consent_id,
            enrollee_id=enrollee_id,
            recipient_user_id=recipient_id,
            fields=",".join(named),
            covers_part2=covers_part2,
            starts_on=starts_on,
            expires_on=expires_on,
            given_at=now,
            recorded_by=identity.user_id,
        )
        row.sealed = vault.seal_fields(
            person,
            "consent",
            consent_id,
            {"recipient": recipient.strip(), "purpose": purpose.strip(), "given_how": given_how.strip()},
        )
        session.add(row)
        trail.record(
            EventKind.CONSENT_GIVEN,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={
                "consent": str(consent_id),
                "groups": list(named),
                "expires_on": expires_on.isoformat(),
                "part2": covers_part2,
                "signs_in": recipient_id is not None,
            },
        )
    return consent_id


def revoke_consent(identity: Identity, *, enrollee_id: UUID, consent_id: UUID, now: datetime | None = None) -> None:
    """End a consent at once, by the person or whoever works with them. Revoked already is no change."""
    now = now or now_utc()
    with transaction():
        _require_giver(identity, enrollee_id, now)
        locked_person(enrollee_id)
        row = records.get_row(Consent, consent_id, enrollee_id)
        if row.revoked_at is not None:
            return
        row.revoked_at = now
        trail.record(
            EventKind.CONSENT_REVOKED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"consent": str(consent_id)},
        )


def _require_giver(identity: Identity, enrollee_id: UUID, now: datetime) -> None:
    access = require_access(identity, enrollee_id, now)
    if not (access.may_write or access.standing == Standing.OWN):
        raise NotAllowed(Sentence("Only the person, their coordinator or the supervisor can do this."))


def _recipient(email: str) -> UUID | None:
    if not email.strip():
        return None
    account = accounts.queries.find_account(email.strip().lower())
    if account is None or not account.active:
        raise InvalidInput("recipient_email", Sentence("No active account has this address."))
    return account.id
