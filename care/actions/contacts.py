"""Contacts with a person and attempts at them, in two presses."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import select

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.opening import require_writer
from care.models import ContactEntry, Enrollee
from core.clock import now_utc
from core.db import transaction
from core.errors import InvalidInput, NotFound, Sentence
from core.identity import Identity

CHANNELS = ("visit", "phone", "text", "video", "email", "letter")
RESULTS = ("reached", "not reached", "refused")


def log_contact(
    identity: Identity,
    *,
    enrollee_id: UUID,
    channel: str,
    result: str,
    note: str = "",
    happened_at: datetime | None = None,
    entry_id: UUID | None = None,
    now: datetime | None = None,
) -> UUID:
    """Write down a contact or an attempt and answer its id. The same `entry_id` twice is written once."""
    now = now or now_utc()
    happened_at = happened_at or now
    if channel not in CHANNELS:
        raise InvalidInput("channel", Sentence("Choose how you got in touch."))
    if result not in RESULTS:
        raise InvalidInput("result", Sentence("Choose what came of it."))
    if happened_at > now:
        raise InvalidInput("happened_at", Sentence("This time is still to come."))
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        entry_id = entry_id or uuid4()
        if session.get(ContactEntry, entry_id) is not None:
            return entry_id
        person = session.scalar(select(Enrollee).where(Enrollee.id == enrollee_id))
        if person is None:
            raise NotFound
        session.add(
            ContactEntry(
                id=entry_id,
                enrollee_id=enrollee_id,
                happened_at=happened_at,
                channel=channel,
                result=result,
                written_by=identity.user_id,
                sealed=vault.seal_fields(person, "contact_entry", entry_id, {"note": note.strip()}),
            )
        )
        trail.record(
            EventKind.CONTACT_LOGGED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"channel": channel, "result": result},
        )
        return entry_id
