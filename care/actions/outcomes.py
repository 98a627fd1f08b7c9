"""Outcomes by six-month period: written down for one person, and read together as means with how many were observed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.opening import (
    OpenedPerson,
    open_person,
    open_rows,
    record_list,
    require_permission,
    require_writer,
    sees,
)
from care.fields import Group
from care.figures import LAST, MEASURES, HalfYear, Report, decide_period, make_report, recordable_periods
from care.models import Enrollee, OutcomePeriod, UnitCost
from care.queries.access import find_accesses, people_seen_by
from care.queries.outcomes import list_periods, list_unit_costs
from core.clock import local_day, now_utc
from core.db import current_config, db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission

MOST = 9999


@dataclass(frozen=True, slots=True)
class OpenedOutcomes:
    """One person's half-years by period, and which may be written down now."""

    person: OpenedPerson
    values: Mapping[int, Mapping[str, int]] = field(repr=False)
    recordable: Sequence[int]


def record_outcomes(
    identity: Identity, *, enrollee_id: UUID, period: int, values: Mapping[str, int | None], now: datetime | None = None
) -> None:
    """Write down one period of one person; written again it replaces what stood there. Missing is not observed.

    Period -1 is the six months before enrolment, 1 the first after it.
    """
    now = now or now_utc()
    if not -1 <= period <= LAST or period == 0:
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
        decision = decide_period(person.enrolled_on, period, local_day(now, current_config().timezone))
        if not decision.allowed:
            raise NotAllowed(*decision.reasons)
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


def state_unit_cost(
    identity: Identity, *, measure: str, cents: int, source: str, as_of: date, version: int, now: datetime | None = None
) -> None:
    """State what a day or an event costs, from which source and as of when; what was stated before stays on record.

    `version` is the number of the one that the person saw, 0 for none. Raises NotAllowed, InvalidInput, Conflict.
    """
    now = now or now_utc()
    require_permission(identity, Permission.STATE_UNIT_COSTS)
    if measure not in MEASURES:
        raise NotFound
    if not source.strip():
        raise InvalidInput("source", Sentence("Say where the figure comes from."))
    if as_of > local_day(now, current_config().timezone):
        raise InvalidInput("as_of", Sentence("This day is still to come."))
    with transaction() as session:
        held = session.scalar(select(func.max(UnitCost.version)).where(UnitCost.measure == measure)) or 0
        if held != version:
            raise Conflict(Sentence("Somebody stated this cost while you were writing. Look at it again."))
        row = UnitCost(
            id=uuid4(),
            measure=measure,
            version=held + 1,
            cents=cents,
            source=source.strip(),
            as_of=as_of,
            stated_at=now,
            stated_by=identity.user_id,
        )
        session.add(row)
        trail.record(
            EventKind.UNIT_COST_STATED,
            identity,
            now=now,
            subject_type="unit_cost",
            subject_id=row.id,
            details={"measure": measure, "cents": cents, "version": row.version, "as_of": as_of.isoformat()},
        )


def open_person_outcomes(identity: Identity, *, enrollee_id: UUID, now: datetime | None = None) -> OpenedOutcomes:
    """What was observed of one person, by half-year. Raises NotFound, also for one who may not see it."""
    now = now or now_utc()
    person = open_person(identity, enrollee_id=enrollee_id, purpose="outcomes", now=now)
    if not sees(person.access, Group.OUTCOMES):
        raise NotFound
    rows = list_periods([enrollee_id])
    today = local_day(now, current_config().timezone)
    return OpenedOutcomes(
        person,
        {row.period: values for row, values in open_rows(rows, person.access)},
        recordable_periods(person.enrollee.enrolled_on, today),
    )


def open_outcomes(identity: Identity, *, is_for_staff: bool = True, now: datetime | None = None) -> Report:
    """The report over the people whose outcomes the viewer may see.

    Outside the staff view what stands for ten people or fewer is not shown.
    """
    now = now or now_utc()
    require_permission(identity, Permission.SEE_OUTCOMES)
    ids = list(db.session.scalars(select(Enrollee.id).where(people_seen_by(identity, now)).order_by(Enrollee.id)))
    record_list(identity, ids, now)
    accesses = find_accesses(identity, ids, now)
    seen = [person for person, access in accesses.items() if Group.OUTCOMES in access.groups]
    rows = list_periods(seen)
    opened = vault.open_fields(rows)
    halves = [
        HalfYear(str(row.enrollee_id), row.period, {name: int(value) for name, value in opened[row.id].items()})
        for row in rows
    ]
    costs = {measure: stated[0].cents for measure, stated in list_unit_costs().items() if stated}
    return make_report(halves, costs, hides_small=not is_for_staff)
