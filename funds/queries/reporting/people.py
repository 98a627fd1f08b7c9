"""The people of the program as reports count them: by code, never by name. No write."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from care.models import Assignment, Enrollee
from core.db import db
from funds.queries.scope import as_text


def list_people() -> list[Any]:
    """Code, enrolment and end of everybody in the program, by code. One query."""
    return list(
        db.session.execute(
            select(Enrollee.id, Enrollee.code, Enrollee.enrolled_on, Enrollee.ended_on).order_by(Enrollee.code)
        )
    )


def list_enrollments() -> list[Any]:
    """The id as text, enrolment and end of everybody in the program, by code. One query."""
    return list(
        db.session.execute(
            select(as_text(Enrollee.id).label("id"), Enrollee.enrolled_on, Enrollee.ended_on).order_by(Enrollee.code)
        )
    )


def list_enrollees() -> list[Enrollee]:
    """Everybody in the program as rows, sealed words closed. One query."""
    return list(db.session.scalars(select(Enrollee).where(Enrollee.enrolled_on.is_not(None)).order_by(Enrollee.code)))


def coordinators_of(now: datetime) -> dict[UUID, UUID]:
    """Enrollee → today's coordinator. One query."""
    rows = db.session.execute(
        select(Assignment.enrollee_id, Assignment.user_id)
        .where(
            Assignment.role == "coordinator",
            Assignment.starts_at <= now,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
        )
        .order_by(Assignment.starts_at)
    )
    return {row.enrollee_id: row.user_id for row in rows}
