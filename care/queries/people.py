"""People by what stands open of them: code, status, clocks, coordinator. Names come from `open_*` actions only."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from care.models import Enrollee
from care.queries.access import people_seen_by
from core.db import db
from core.identity import Identity


def get_enrollee(enrollee_id: UUID) -> Enrollee | None:
    """The row of a person, sealed; for actions, after the access check."""
    return db.session.get(Enrollee, enrollee_id)


def get_enrollees(enrollee_ids: Iterable[UUID]) -> dict[UUID, Enrollee]:
    """The rows of some people by id, sealed; for actions, after the access check. One query."""
    wanted = set(enrollee_ids)
    if not wanted:
        return {}
    return {row.id: row for row in db.session.scalars(select(Enrollee).where(Enrollee.id.in_(wanted)))}


def list_people(
    identity: Identity, now: datetime, *, status: str = "", page: int = 1, size: int = 50
) -> tuple[list[Enrollee], int]:
    """The people whom the viewer may see, by code, and how many there are. Two queries."""
    conditions = [people_seen_by(identity, now)]
    if status:
        conditions.append(Enrollee.status == status)
    total = db.session.scalar(select(func.count()).select_from(Enrollee).where(*conditions)) or 0
    rows = db.session.scalars(
        select(Enrollee).where(*conditions).order_by(Enrollee.code, Enrollee.id).limit(size).offset((page - 1) * size)
    )
    return list(rows), total
