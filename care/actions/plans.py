"""The plan as a whole: started, changed, agreed to, opened. What it said before stays as a version."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.actions.opening import OpenedPerson, open_person, open_rows, require_writer
from care.actions.part2 import closed_goals
from care.actions.people import CHANGED_MEANWHILE, locked_person
from care.fields import Group
from care.models import Enrollee, Goal, GoalNote, Plan, PlanVersion
from care.queries import plans
from core.clock import now_utc
from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotFound, Sentence
from core.identity import Identity

AGREEMENTS = ("signed", "verbal", "declined")


@dataclass(frozen=True, slots=True)
class OpenedPlan:
    """A person's plan as the viewer may see it: rows with their visible words. `plan` is None before the first."""

    person: OpenedPerson
    plan: Plan | None
    words: Mapping[str, Any] = field(repr=False)
    goals: Sequence[tuple[Goal, dict[str, Any]]] = field(repr=False)
    notes: Mapping[UUID, list[tuple[GoalNote, dict[str, Any]]]] = field(repr=False)
    versions: Sequence[tuple[PlanVersion, dict[str, Any]]] = field(repr=False)


def open_plan(
    identity: Identity, *, enrollee_id: UUID, purpose: str = "plan", now: datetime | None = None
) -> OpenedPlan:
    """The person's present plan with its goals and notes. Raises NotFound where the viewer may not see plans."""
    now = now or now_utc()
    person = open_person(identity, enrollee_id=enrollee_id, purpose=purpose, now=now)
    if Group.PLAN not in person.access.groups:
        raise NotFound
    plan = plans.find_plan(enrollee_id)
    if plan is None:
        return OpenedPlan(person, None, {}, (), {}, ())
    closed = closed_goals(person.access, enrollee_id)
    goals = open_rows([goal for goal in plans.list_goals(plan.id) if goal.id not in closed], person.access)
    notes: dict[UUID, list[tuple[GoalNote, dict[str, Any]]]] = {}
    for row, words in open_rows(plans.list_notes([goal.id for goal, _ in goals]), person.access):
        notes.setdefault(row.goal_id, []).append((row, words))
    versions = open_rows(plans.list_plan_versions(plan.id), person.access)
    return OpenedPlan(person, plan, open_rows([plan], person.access)[0][1], goals, notes, versions)


def start_plan(
    identity: Identity,
    *,
    enrollee_id: UUID,
    plan_id: UUID,
    starts_on: date,
    review_on: date | None,
    words: Mapping[str, Any],
    now: datetime | None = None,
) -> UUID:
    """Start a person's plan. An earlier one is superseded and its running goals go on in the new one.

    The same `plan_id` twice is one plan.
    """
    now = now or now_utc()
    _check_days(starts_on, review_on)
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        there = session.get(Plan, plan_id)
        if there is not None:
            if there.enrollee_id != enrollee_id:
                raise NotFound
            return plan_id
        old = plans.find_plan(enrollee_id)
        row = Plan(
            id=plan_id,
            enrollee_id=enrollee_id,
            number=plans.next_number(Plan, enrollee_id),
            status="current",
            starts_on=starts_on,
            review_on=review_on,
            author_id=identity.user_id,
        )
        row.sealed = vault.seal_fields(person, "plan", plan_id, words)
        session.add(row)
        session.flush()
        carried = []
        if old is not None:
            old.status = "superseded"
            for number, goal in enumerate(
                (each for each in plans.list_goals(old.id) if each.status in {"active", "paused"}), 1
            ):
                goal.plan_id, goal.number = plan_id, number
                carried.append(str(goal.id))
        trail.record(
            EventKind.PLAN_STARTED,
            identity,
            now=now,
            subject_type="enrollee",
            subject_id=enrollee_id,
            details={"plan": str(plan_id), "number": row.number, "carried_goals": carried},
        )
    return plan_id


def change_plan(
    identity: Identity,
    *,
    enrollee_id: UUID,
    plan_id: UUID,
    row_version: int,
    review_on: date | None,
    words: Mapping[str, Any],
    now: datetime | None = None,
) -> list[str]:
    """Change who took part, strengths, notes or the review day; answers the names of what changed.

    Raises Conflict when somebody changed the plan since `row_version` was shown.
    """
    now = now or now_utc()
    with transaction():
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        plan = _locked_plan(plan_id, enrollee_id, row_version)
        _check_days(plan.starts_on, review_on)
        before = vault.open_fields([plan])[plan.id]
        changed = [name for name, value in words.items() if (value or None) != (before.get(name) or None)]
        changed += ["review_on"] if plan.review_on != review_on else []
        if not changed:
            return []
        _keep_version(person, plan, before, identity, now)
        vault.change_fields(person, plan, words)
        plan.review_on = review_on
        _record(EventKind.PLAN_CHANGED, identity, plan, now, fields=sorted(changed))
    return sorted(changed)


def record_agreement(
    identity: Identity,
    *,
    enrollee_id: UUID,
    plan_id: UUID,
    row_version: int,
    agreement: str,
    agreed_on: date,
    words: str = "",
    now: datetime | None = None,
) -> None:
    """Record that the person signed the plan, agreed to it aloud, or declined it; `words` are their own.

    The same answer again changes nothing. Raises Conflict when the plan changed since `row_version` was shown.
    """
    now = now or now_utc()
    if agreement not in AGREEMENTS:
        raise InvalidInput("agreement", Sentence("Choose how the person answered."))
    with transaction():
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        plan = db.session.scalar(select(Plan).where(Plan.id == plan_id, Plan.enrollee_id == enrollee_id))
        if plan is None:
            raise NotFound
        before = vault.open_fields([plan])[plan.id]
        same = (plan.agreement, plan.agreed_on, before.get("agreement_words") or "") == (agreement, agreed_on, words)
        if same:
            return
        plan = _locked_plan(plan_id, enrollee_id, row_version)
        _keep_version(person, plan, before, identity, now)
        vault.change_fields(person, plan, {"agreement_words": words})
        plan.agreement, plan.agreed_on = agreement, agreed_on
        _record(EventKind.PLAN_AGREED, identity, plan, now, agreement=agreement)


def _locked_plan(plan_id: UUID, enrollee_id: UUID, row_version: int) -> Plan:
    plan = db.session.scalar(select(Plan).where(Plan.id == plan_id, Plan.enrollee_id == enrollee_id).with_for_update())
    if plan is None:
        raise NotFound
    if plan.row_version != row_version:
        raise Conflict(CHANGED_MEANWHILE)
    return plan


def _keep_version(person: Enrollee, plan: Plan, before: Mapping[str, Any], identity: Identity, now: datetime) -> None:
    """Write down what the plan says before it says something else."""
    version_id = uuid4()
    values = {
        **before,
        "agreement": plan.agreement,
        "agreed_on": plan.agreed_on.isoformat() if plan.agreed_on else None,
        "review_on": plan.review_on.isoformat() if plan.review_on else None,
    }
    db.session.add(
        PlanVersion(
            id=version_id,
            enrollee_id=plan.enrollee_id,
            plan_id=plan.id,
            version=plan.row_version,
            replaced_at=now,
            replaced_by=identity.user_id,
            sealed=vault.seal_fields(person, "plan_version", version_id, values),
        )
    )
    plan.row_version += 1


def _check_days(starts_on: date, review_on: date | None) -> None:
    if review_on is not None and review_on < starts_on:
        raise InvalidInput("review_on", Sentence("The review comes after the start."))


def _record(kind: EventKind, identity: Identity, plan: Plan, now: datetime, **details: Any) -> None:
    trail.record(
        kind,
        identity,
        now=now,
        subject_type="enrollee",
        subject_id=plan.enrollee_id,
        details={"plan": str(plan.id), **details},
    )
