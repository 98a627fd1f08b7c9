"""Half-years of outcomes, unit costs, and the worked example; what was observed of a person stays sealed here."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from care.figures import BEFORE, MEASURES, HalfYear
from care.models import OutcomePeriod, UnitCost
from core.db import db

EXAMPLE: Final = Path(__file__).resolve().parent.parent / "examples" / "westchester.toml"


@dataclass(frozen=True, slots=True)
class Example:
    """Invented people, unit costs, and what a county published."""

    halves: Sequence[HalfYear]
    costs: Mapping[str, int]
    published: Mapping[str, int]
    rows: Mapping[str, Sequence[int]]


def list_periods(enrollee_ids: Sequence[UUID]) -> Sequence[OutcomePeriod]:
    """The half-years of these people, by period. One query."""
    rows = select(OutcomePeriod).where(OutcomePeriod.enrollee_id.in_(enrollee_ids))
    return db.session.scalars(rows.order_by(OutcomePeriod.period, OutcomePeriod.id)).all()


def list_unit_costs() -> dict[str, list[UnitCost]]:
    """Measure → its stated costs, the one that counts first; every measure has its list."""
    found: dict[str, list[UnitCost]] = {name: [] for name in MEASURES}
    for row in db.session.scalars(select(UnitCost).order_by(UnitCost.measure, UnitCost.version.desc())):
        found.setdefault(row.measure, []).append(row)
    return found


def read_example() -> Example:
    """The worked example, as it stands in its file."""
    with EXAMPLE.open("rb") as file:
        content: dict[str, Any] = tomllib.load(file)
    halves = []
    for person, (homeless, homeless_after, jailed, jailed_after) in content["people"].items():
        halves.append(HalfYear(person, BEFORE, {"days_homeless": homeless, "days_incarcerated": jailed}))
        halves.append(HalfYear(person, 1, {"days_homeless": homeless_after, "days_incarcerated": jailed_after}))
    return Example(halves, content["costs"], content["published"], content["people"])
