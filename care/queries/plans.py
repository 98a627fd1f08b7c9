"""Plans, goals, their versions and notes, and screenings, by what stands open of them; the words stay sealed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import func, select

from care.models import Enrollee, Goal, GoalNote, GoalVersion, Plan, PlanVersion, Screening
from care.queries.access import people_seen_by
from core.db import db
from core.errors import NotFound
from core.identity import Identity

MOST = 200  # rows of one kind about one person that a page shows


@dataclass(frozen=True, slots=True)
class ReviewDue:
    """A review that is due: of a goal, or of the whole plan (then `goal_id` is None)."""

    enrollee_id: UUID
    code: str
    goal_id: UUID | None
    domain: str | None
    due_on: date


def find_plan(enrollee_id: UUID) -> Plan | None:
    """The person's newest plan that is not superseded, or None."""
    return db.session.scalar(
        select(Plan)
        .where(Plan.enrollee_id == enrollee_id, Plan.status != "superseded")
        .order_by(Plan.number.desc())
        .limit(1)
    )


def list_plans(enrollee_id: UUID) -> Sequence[Plan]:
    """All plans of the person, newest first."""
    return db.session.scalars(
        select(Plan).where(Plan.enrollee_id == enrollee_id).order_by(Plan.number.desc()).limit(MOST)
    ).all()


def list_plan_versions(plan_id: UUID) -> Sequence[PlanVersion]:
    """What the plan said before each change, newest first."""
    return db.session.scalars(
        select(PlanVersion).where(PlanVersion.plan_id == plan_id).order_by(PlanVersion.version.desc()).limit(MOST)
    ).all()


def list_goals(plan_id: UUID) -> Sequence[Goal]:
    """The goals of a plan by number."""
    return db.session.scalars(
        select(Goal).where(Goal.plan_id == plan_id).order_by(Goal.number, Goal.id).limit(MOST)
    ).all()


def get_goal(goal_id: UUID, enrollee_id: UUID) -> Goal:
    """A goal of this person, or NotFound."""
    row = db.session.scalar(select(Goal).where(Goal.id == goal_id, Goal.enrollee_id == enrollee_id))
    if row is None:
        raise NotFound
    return row


def list_goal_versions(goal_id: UUID) -> Sequence[GoalVersion]:
    """What a goal said before each change, newest first."""
    return db.session.scalars(
        select(GoalVersion).where(GoalVersion.goal_id == goal_id).order_by(GoalVersion.version.desc()).limit(MOST)
    ).all()


def list_notes(goal_ids: Sequence[UUID]) -> Sequence[GoalNote]:
    """Progress on some goals, newest first."""
    return db.session.scalars(
        select(GoalNote)
        .where(GoalNote.goal_id.in_(goal_ids))
        .order_by(GoalNote.written_at.desc(), GoalNote.id)
        .limit(MOST)
    ).all()


def next_number(model: type[Plan] | type[Goal], owner_id: UUID) -> int:
    """The next number of a person's plan, or of a plan's goal; under the person's lock."""
    column = Plan.enrollee_id if model is Plan else Goal.plan_id
    return (db.session.scalar(select(func.max(model.number)).where(column == owner_id)) or 0) + 1


def list_screenings(enrollee_id: UUID) -> Sequence[Screening]:
    """The person's screenings and scores, newest first."""
    return db.session.scalars(
        select(Screening)
        .where(Screening.enrollee_id == enrollee_id)
        .order_by(Screening.taken_on.desc(), Screening.id)
        .limit(MOST)
    ).all()


def list_reviews_due(identity: Identity, now: datetime, until: date, *, size: int = 100) -> list[ReviewDue]:
    """Reviews of goals and plans due until a day, of the people whom the viewer may see; the oldest first."""
    seen = people_seen_by(identity, now)
    goals = db.session.execute(
        select(Goal.enrollee_id, Enrollee.code, Goal.id, Goal.domain, Goal.review_on)
        .join(Enrollee, Enrollee.id == Goal.enrollee_id)
        .join(Plan, Plan.id == Goal.plan_id)
        .where(seen, Goal.status == "active", Plan.status != "superseded", Goal.review_on <= until)
        .order_by(Goal.review_on, Goal.id)
        .limit(size)
    )
    plans = db.session.execute(
        select(Plan.enrollee_id, Enrollee.code, Plan.review_on)
        .join(Enrollee, Enrollee.id == Plan.enrollee_id)
        .where(seen, Plan.status != "superseded", Enrollee.status != "ended", Plan.review_on <= until)
        .order_by(Plan.review_on, Plan.id)
        .limit(size)
    )
    due = [ReviewDue(row.enrollee_id, row.code, row.id, row.domain, row.review_on) for row in goals]
    due += [ReviewDue(row.enrollee_id, row.code, None, None, row.review_on) for row in plans]
    return sorted(due, key=lambda each: (each.due_on, each.code))[:size]
