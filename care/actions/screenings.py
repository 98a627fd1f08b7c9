"""Needs screening and level-of-care scores: recorded and opened. No instrument's own questions are kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.opening import OpenedPerson, open_person, open_rows, require_writer
from care.actions.people import locked_person
from care.fields import INSTRUMENTS, SCREENED, Group
from care.models import Screening
from care.queries import plans
from core.clock import local_day, now_utc
from core.db import current_config, transaction
from core.errors import InvalidInput, NotFound, Sentence
from core.identity import Identity

NEEDS_SCREENING = "PRAPARE"


@dataclass(frozen=True, slots=True)
class OpenedScreenings:
    """A person's screenings, newest first."""

    person: OpenedPerson
    rows: Sequence[tuple[Screening, dict[str, Any]]] = field(repr=False)


def open_screenings(identity: Identity, *, enrollee_id: UUID, now: datetime | None = None) -> OpenedScreenings:
    """The screenings and scores of a person. Raises NotFound where the viewer may not see health fields."""
    now = now or now_utc()
    person = open_person(identity, enrollee_id=enrollee_id, purpose="screenings", now=now)
    if Group.HEALTH not in person.access.groups:
        raise NotFound
    return OpenedScreenings(person, open_rows(plans.list_screenings(enrollee_id), person.access))


def record_screening(
    identity: Identity,
    *,
    enrollee_id: UUID,
    screening_id: UUID,
    instrument: str,
    taken_on: date,
    domains: Sequence[str] = (),
    score: str = "",
    level: str = "",
    note: str = "",
    now: datetime | None = None,
) -> UUID:
    """Record the needs that a screening found, or a level-of-care score. The same `screening_id` twice is one row."""
    now = now or now_utc()
    if instrument not in INSTRUMENTS:
        raise InvalidInput("instrument", Sentence("Choose an instrument."))
    if taken_on > local_day(now, current_config().timezone):
        raise InvalidInput("taken_on", Sentence("This day has not come yet. Record it on the day."))
    if not set(domains) <= set(SCREENED):
        raise InvalidInput("domains", Sentence("Choose from the list."))
    if instrument != NEEDS_SCREENING and not (score.strip() or level.strip()):
        raise InvalidInput("score", Sentence("Write the score or the level that it gave."))
    values = {"domains": [code for code in SCREENED if code in domains], "score": score.strip(),
              "level": level.strip(), "note": note.strip()}  # fmt: skip
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        there = session.get(Screening, screening_id)
        if there is not None:
            if there.enrollee_id != enrollee_id:
                raise NotFound
            return screening_id
        session.add(
            Screening(
                id=screening_id,
                enrollee_id=enrollee_id,
                instrument=instrument,
                taken_on=taken_on,
                taken_by=identity.user_id,
                sealed=vault.seal_fields(person, "screening", screening_id, values),
            )
        )
        trail.record(
            EventKind.SCREENING_RECORDED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"screening": str(screening_id), "instrument": instrument},
        )
    return screening_id
