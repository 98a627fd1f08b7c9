"""Goals in the person's own words: added, changed with their history, and their progress."""

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
from care.fields import DOMAINS, Group
from care.models import ChoiceOption, ChoiceSheet, Enrollee, Goal, GoalNote, GoalVersion
from care.queries import choices, plans
from core.clock import now_utc
from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity

STATUSES = ("active", "reached", "paused", "dropped")


@dataclass(frozen=True, slots=True)
class OpenedGoal:
    """One goal with its history, as the viewer may see it."""

    person: OpenedPerson
    goal: Goal
    words: Mapping[str, Any] = field(repr=False)
    versions: Sequence[tuple[GoalVersion, dict[str, Any]]] = field(repr=False)
    notes: Sequence[tuple[GoalNote, dict[str, Any]]] = field(repr=False)
    sheets: Sequence[tuple[ChoiceSheet, dict[str, Any]]] = field(repr=False)
    options: Mapping[UUID, ChoiceOption] = field(repr=False)


def open_goal(identity: Identity, *, enrollee_id: UUID, goal_id: UUID, now: datetime | None = None) -> OpenedGoal:
    """One goal of a person with its versions, notes and choice sheets. Raises NotFound."""
    now = now or now_utc()
    person = open_person(identity, enrollee_id=enrollee_id, purpose="goal", now=now)
    if Group.PLAN not in person.access.groups:
        raise NotFound
    goal = plans.get_goal(goal_id, enrollee_id)
    if goal_id in closed_goals(person.access, enrollee_id):
        raise NotFound
    sheets = choices.list_sheets(enrollee_id, goal_id) if Group.REFERRALS in person.access.groups else []
    return OpenedGoal(
        person,
        goal,
        open_rows([goal], person.access)[0][1],
        open_rows(plans.list_goal_versions(goal_id), person.access),
        open_rows(plans.list_notes([goal_id]), person.access),
        open_rows(sheets, person.access),
        {option.id: option for option in choices.list_options([sheet.id for sheet in sheets])},
    )


def add_goal(
    identity: Identity,
    *,
    enrollee_id: UUID,
    goal_id: UUID,
    domain: str,
    words: Mapping[str, Any],
    target_on: date | None = None,
    review_on: date | None = None,
    now: datetime | None = None,
) -> UUID:
    """Add a goal to the person's present plan. The same `goal_id` twice is one goal.

    Raises NotAllowed without a plan, InvalidInput for a goal without the person's words.
    """
    now = now or now_utc()
    _check(domain, words)
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        there = session.get(Goal, goal_id)
        if there is not None:
            if there.enrollee_id != enrollee_id:
                raise NotFound
            return goal_id
        plan = plans.find_plan(enrollee_id)
        if plan is None:
            raise NotAllowed(Sentence("Start the plan first. Then add goals to it."))
        row = Goal(
            id=goal_id,
            enrollee_id=enrollee_id,
            plan_id=plan.id,
            number=plans.next_number(Goal, plan.id),
            domain=domain,
            target_on=target_on,
            review_on=review_on,
        )
        row.sealed = vault.seal_fields(person, "goal", goal_id, words)
        session.add(row)
        session.flush()
        _record(EventKind.GOAL_ADDED, identity, row, now, domain=domain)
    return goal_id


def change_goal(
    identity: Identity,
    *,
    enrollee_id: UUID,
    goal_id: UUID,
    version: int,
    domain: str,
    status: str,
    words: Mapping[str, Any],
    target_on: date | None = None,
    review_on: date | None = None,
    now: datetime | None = None,
) -> list[str]:
    """Change a goal and answer the names of what changed; what it said before becomes a version.

    Raises Conflict when somebody changed it since `version` was shown.
    """
    now = now or now_utc()
    _check(domain, words)
    if status not in STATUSES:
        raise InvalidInput("status", Sentence("Choose how the goal stands."))
    with transaction():
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        goal = db.session.scalar(
            select(Goal).where(Goal.id == goal_id, Goal.enrollee_id == enrollee_id).with_for_update()
        )
        if goal is None:
            raise NotFound
        if goal.version != version:
            raise Conflict(CHANGED_MEANWHILE)
        before = vault.open_fields([goal])[goal.id]
        columns = {"domain": domain, "status": status, "target_on": target_on, "review_on": review_on}
        changed = [name for name, value in words.items() if (value or None) != (before.get(name) or None)]
        changed += [name for name, value in columns.items() if getattr(goal, name) != value]
        if not changed:
            return []
        _keep_version(person, goal, before, identity, now)
        vault.change_fields(person, goal, words)
        for name, value in columns.items():
            setattr(goal, name, value)
        goal.version += 1
        _record(EventKind.GOAL_CHANGED, identity, goal, now, fields=sorted(changed), version=goal.version)
    return sorted(changed)


def note_progress(
    identity: Identity,
    *,
    enrollee_id: UUID,
    goal_id: UUID,
    note_id: UUID,
    words: str,
    measure: int | None = None,
    now: datetime | None = None,
) -> UUID:
    """Write progress; `measure` is 0 to 100 percent of the indicator. The same `note_id` twice is one note."""
    now = now or now_utc()
    if not words.strip():
        raise InvalidInput("words", Sentence("Write what happened."))
    if measure is not None and not 0 <= measure <= 100:
        raise InvalidInput("measure", Sentence("A measure is a whole number from 0 to 100."))
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = locked_person(enrollee_id)
        goal = plans.get_goal(goal_id, enrollee_id)
        there = session.get(GoalNote, note_id)
        if there is not None:
            if there.goal_id != goal_id:
                raise NotFound
            return note_id
        session.add(
            GoalNote(
                id=note_id,
                enrollee_id=enrollee_id,
                goal_id=goal_id,
                written_at=now,
                written_by=identity.user_id,
                measure=measure,
                sealed=vault.seal_fields(person, "goal_note", note_id, {"words": words.strip()}),
            )
        )
        _record(EventKind.GOAL_NOTED, identity, goal, now, note=str(note_id), measured=measure is not None)
    return note_id


def _check(domain: str, words: Mapping[str, Any]) -> None:
    if domain not in DOMAINS:
        raise InvalidInput("domain", Sentence("Choose what the goal is about."))
    if not str(words.get("own_words") or "").strip():
        raise InvalidInput("own_words", Sentence("Write the goal in the person's own words."))


def _keep_version(person: Enrollee, goal: Goal, before: Mapping[str, Any], identity: Identity, now: datetime) -> None:
    version_id = uuid4()
    values = {
        **before,
        "domain": goal.domain,
        "status": goal.status,
        "target_on": goal.target_on.isoformat() if goal.target_on else None,
        "review_on": goal.review_on.isoformat() if goal.review_on else None,
    }
    db.session.add(
        GoalVersion(
            id=version_id,
            enrollee_id=goal.enrollee_id,
            goal_id=goal.id,
            version=goal.version,
            replaced_at=now,
            replaced_by=identity.user_id,
            sealed=vault.seal_fields(person, "goal_version", version_id, values),
        )
    )


def _record(kind: EventKind, identity: Identity, goal: Goal, now: datetime, **details: Any) -> None:
    trail.record(
        kind,
        identity,
        now=now,
        subject_type="enrollee",
        subject_id=goal.enrollee_id,
        details={"goal": str(goal.id), **details},
    )
