"""Outcomes by six-month period: written down for one person, and read together as means with how many were observed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from statistics import fmean
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import select

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.opening import record_list, require_permission, require_writer
from care.fields import Group
from care.models import Enrollee, OutcomePeriod
from care.queries.access import find_accesses, people_seen_by
from care.rules import small_cells
from core.clock import now_utc
from core.db import db, transaction
from core.errors import InvalidInput, NotFound, Sentence
from core.identity import Identity, Permission

# Measure → the most that a period of six months can hold; None has no such bound.
MEASURES: Final[Mapping[str, int | None]] = {
    "days_homeless": 184,
    "days_incarcerated": 184,
    "emergency_visits": None,
    "inpatient_days": 184,
    "arrests": None,
}
MOST = 9999


@dataclass(frozen=True, slots=True)
class OutcomeCell:
    """The mean of one measure in one period over `observed` people; both None where they are too few to show."""

    mean: float | None
    observed: int | None


def record_outcomes(
    identity: Identity, *, enrollee_id: UUID, period: int, values: Mapping[str, int | None], now: datetime | None = None
) -> None:
    """Write down one period of one person; written again it replaces what stood there. Missing is not observed.

    Period -1 is the six months before enrolment, 1 the first after it.
    """
    now = now or now_utc()
    if not -1 <= period <= 40 or period == 0:
        raise InvalidInput("period", Sentence("Choose a period of six months."))
    for name, value in values.items():
        most = MEASURES.get(name)
        if name not in MEASURES or (value is not None and not 0 <= value <= (MOST if most is None else most)):
            raise InvalidInput(name, Sentence("This number does not fit six months."))
    kept = {name: value for name, value in values.items() if value is not None}
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = session.scalar(select(Enrollee).where(Enrollee.id == enrollee_id).with_for_update())
        if person is None:
            raise NotFound
        row = session.scalar(
            select(OutcomePeriod).where(OutcomePeriod.enrollee_id == enrollee_id, OutcomePeriod.period == period)
        )
        if row is None:
            row = OutcomePeriod(id=uuid4(), enrollee_id=enrollee_id, period=period)
            session.add(row)
        row.recorded_at, row.recorded_by = now, identity.user_id
        row.sealed = vault.seal_fields(person, "outcome_period", row.id, kept)
        trail.record(
            EventKind.OUTCOMES_RECORDED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"period": period, "measures": sorted(kept)},
        )


def open_outcomes(
    identity: Identity, *, is_for_staff: bool = True, now: datetime | None = None
) -> dict[int, dict[str, OutcomeCell]]:
    """Period → measure → mean and number observed, over the people whose outcomes the viewer may see.

    Outside the staff view a mean over ten people or fewer is not shown.
    """
    now = now or now_utc()
    require_permission(identity, Permission.SEE_OUTCOMES)
    ids = list(db.session.scalars(select(Enrollee.id).where(people_seen_by(identity, now)).order_by(Enrollee.id)))
    record_list(identity, ids, now)
    accesses = find_accesses(identity, ids, now)
    seen = [person for person, access in accesses.items() if Group.OUTCOMES in access.groups]
    rows = db.session.scalars(select(OutcomePeriod).where(OutcomePeriod.enrollee_id.in_(seen))).all()
    opened = vault.open_fields(rows)
    observed: dict[int, dict[str, list[int]]] = {}
    for row in rows:
        for name, value in opened[row.id].items():
            observed.setdefault(row.period, {}).setdefault(name, []).append(int(value))
    return {period: _cells(observed[period], is_for_staff) for period in sorted(observed)}


def _cells(observed: Mapping[str, list[int]], is_for_staff: bool) -> dict[str, OutcomeCell]:
    counts: list[int | None] = [len(observed.get(name, ())) for name in MEASURES]
    shown = counts if is_for_staff else small_cells(counts)
    return {
        name: OutcomeCell(fmean(observed[name]) if count and name in observed else None, count)
        for name, count in zip(MEASURES, shown, strict=True)
    }
