"""Unmet need: the gaps with their counts, and how many there are by county."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select

from care.models import Gap
from core.db import db


def list_gaps(*, county: str = "", page: int = 1, size: int = 50) -> tuple[Sequence[Gap], int]:
    """Gaps that are not closed, the most met first, and how many there are."""
    wanted = [Gap.state != "closed"]
    if county:
        wanted.append(Gap.county == county)
    total = db.session.scalar(select(func.count()).select_from(Gap).where(*wanted)) or 0
    rows = db.session.scalars(
        select(Gap)
        .where(*wanted)
        .order_by(Gap.count.desc(), Gap.last_at.desc(), Gap.id)
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return rows, total


def count_by_county() -> list[tuple[str | None, int, int]]:
    """County, gaps and how often they were met, of gaps that are not closed; the most met first."""
    rows = db.session.execute(
        select(Gap.county, func.count(), func.sum(Gap.count))
        .where(Gap.state != "closed")
        .group_by(Gap.county)
        .order_by(func.sum(Gap.count).desc())
        .limit(500)
    )
    return [(county, int(gaps), int(times)) for county, gaps, times in rows]


def count_open() -> int:
    """How many gaps nobody has decided about."""
    return db.session.scalar(select(func.count()).select_from(Gap).where(Gap.state == "open")) or 0
