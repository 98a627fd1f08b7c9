"""Who the fund buys for: enrolled people with an active goal, and who works with them today. Ids and days only."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from care.models import Assignment, Enrollee, Goal, Supervision
from core.clock import now_utc
from core.db import db


@dataclass(frozen=True, slots=True)
class EnrolledPerson:
    """One person: the first active goal, today's coordinator and that one's supervisor."""

    enrollee_id: UUID
    goal_id: UUID
    enrolled_on: date
    coordinator_id: UUID
    supervisor_id: UUID


def list_enrolled(*, limit: int = 100) -> list[EnrolledPerson]:
    """Enrolled people with an active goal, a coordinator and a supervisor, the longest enrolled first. One query."""
    now = now_utc()
    first_goal = (
        select(Goal.enrollee_id, func.min(Goal.number).label("number"))
        .where(Goal.status == "active")
        .group_by(Goal.enrollee_id)
        .subquery()
    )
    rows = db.session.execute(
        select(
            Enrollee.id,
            Goal.id.label("goal_id"),
            Enrollee.enrolled_on,
            Assignment.user_id,
            Supervision.supervisor_id,
        )
        .join(first_goal, first_goal.c.enrollee_id == Enrollee.id)
        .join(
            Goal,
            and_(Goal.enrollee_id == Enrollee.id, Goal.number == first_goal.c.number, Goal.status == "active"),
        )
        .join(
            Assignment,
            and_(
                Assignment.enrollee_id == Enrollee.id,
                Assignment.role == "coordinator",
                Assignment.starts_at <= now,
                or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
            ),
        )
        .join(
            Supervision,
            and_(
                Supervision.coordinator_id == Assignment.user_id,
                Supervision.starts_at <= now,
                or_(Supervision.ends_at.is_(None), Supervision.ends_at > now),
            ),
        )
        .where(Enrollee.status == "enrolled", Enrollee.enrolled_on.is_not(None))
        .order_by(Enrollee.enrolled_on, Enrollee.id)
        .limit(limit)
    ).all()
    found: dict[UUID, EnrolledPerson] = {}
    for row in rows:
        found.setdefault(row.id, EnrolledPerson(row.id, row.goal_id, row.enrolled_on, row.user_id, row.supervisor_id))
    return list(found.values())
