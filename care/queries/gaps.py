"""Unmet need: the gaps with their counts, and how many there are by county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import case, func, select

from care.models import Gap
from core.db import db


@dataclass(frozen=True, slots=True)
class CountyNeed:
    """The unmet need of a county (None: not said): how many gaps, how often met, how many with a purchase proposed."""

    county: str | None
    gaps: int
    times: int
    proposed: int


def list_gaps(*, county: str = "", state: str = "", page: int = 1, size: int = 50) -> tuple[Sequence[Gap], int]:
    """Gaps that are not closed, or those of one state, the most met first, and how many there are."""
    wanted = [Gap.state == state if state else Gap.state != "closed"]
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


def count_by_county() -> list[CountyNeed]:
    """Unmet need that is not closed, by county, the most met first. One query."""
    proposed = func.sum(case((Gap.state == "purchase proposed", 1), else_=0))
    rows = db.session.execute(
        select(Gap.county, func.count(), func.sum(Gap.count), proposed)
        .where(Gap.state != "closed")
        .group_by(Gap.county)
        .order_by(func.sum(Gap.count).desc(), Gap.county)
        .limit(500)
    )
    return [CountyNeed(county, int(gaps), int(times), int(bought)) for county, gaps, times, bought in rows]


def count_open() -> int:
    """How many gaps nobody has decided about."""
    return db.session.scalar(select(func.count()).select_from(Gap).where(Gap.state == "open")) or 0
