"""Noting that a person left a hospital: the seven days to psychiatric care begin."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from audit import actions as trail
from audit.rules import EventKind
from care.actions.opening import require_writer
from care.actions.people import locked_person
from core.clock import now_utc
from core.db import transaction
from core.errors import InvalidInput, Sentence
from core.identity import Identity


def record_discharge(identity: Identity, *, enrollee_id: UUID, at: datetime, now: datetime | None = None) -> None:
    """Write down a discharge from inpatient care; an earlier linkage counts no more. The same time twice is once."""
    now = now or now_utc()
    if at > now:
        raise InvalidInput("at", Sentence("This time is still to come."))
    with transaction():
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        if person.discharged_at == at:
            return
        person.discharged_at, person.linked_at = at, None
        person.row_version += 1
        trail.record(
            EventKind.ENROLLEE_CHANGED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"fields": ["discharge"]},
        )
