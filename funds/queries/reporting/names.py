"""What things are called in a report, by id, and what the lists of a filter offer. No write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import select

import accounts.queries
from care.models import Enrollee, Goal
from core.db import db
from core.errors import Bilingual
from funds.models import BudgetLine, Category, FiscalYear, Fund, FundRequest, Payee
from funds.queries.scope import Scope, as_text


@dataclass(frozen=True, slots=True)
class LineName:
    """A budget line in words."""

    id: UUID
    fund: str
    year: str
    category: str
    category_es: str
    category_id: UUID
    fund_id: UUID
    year_id: UUID


def list_lines(scope: Scope) -> list[LineName]:
    """The budget lines of a filter, by fund, year and order of categories. One query."""
    wanted = (
        select(BudgetLine, Fund.code, FiscalYear.code.label("year"), Category)
        .join(Fund, Fund.id == BudgetLine.fund_id)
        .join(FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id)
        .join(Category, Category.id == BudgetLine.category_id)
        .order_by(Fund.code, FiscalYear.starts_on, Category.order, Category.code)
    )
    for column, value in (
        (BudgetLine.fund_id, scope.fund_id),
        (BudgetLine.fiscal_year_id, scope.year_id),
        (BudgetLine.category_id, scope.category_id),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return [
        LineName(
            row.BudgetLine.id, row.code, row.year, row.Category.name, row.Category.name_es, row.Category.id,
            row.BudgetLine.fund_id, row.BudgetLine.fiscal_year_id,
        )
        for row in db.session.execute(wanted)
    ]  # fmt: skip


def category_names() -> dict[UUID, tuple[str, str, str]]:
    """Category → its name, its Spanish name, its code."""
    return {
        row.id: (row.name, row.name_es, row.code)
        for row in db.session.execute(select(Category.id, Category.name, Category.name_es, Category.code))
    }


def goal_names() -> dict[str, str]:
    """Goal as text → the person's code and the goal's number, of goals that money was asked for. One query."""
    rows = db.session.execute(
        select(as_text(Goal.id).label("id"), Enrollee.code, Goal.number)
        .join(Enrollee, Enrollee.id == Goal.enrollee_id)
        .where(Goal.id.in_(select(FundRequest.goal_id)))
    )
    return {row.id: f"{row.code} · G{row.number}" for row in rows}


def enrollee_codes() -> dict[str, str]:
    """Person as text → code, of those that money was asked for. One query."""
    rows = db.session.execute(
        select(as_text(Enrollee.id).label("id"), Enrollee.code).where(Enrollee.id.in_(select(FundRequest.enrollee_id)))
    )
    return {row.id: row.code for row in rows}


def payee_names() -> dict[UUID, str]:
    """Payee → its name."""
    return {row.id: row.name for row in db.session.execute(select(Payee.id, Payee.name))}


def staff_names(user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """User → name, for those that act in the fund."""
    return accounts.queries.names_of({each for each in user_ids if each is not None})


def year_of_day(on: date) -> UUID | None:
    """The budget year of a day."""
    return db.session.scalar(select(FiscalYear.id).where(FiscalYear.starts_on <= on, FiscalYear.ends_on >= on))


def filter_choices(names: Sequence[str]) -> dict[str, list[tuple[str, Any]]]:
    """What the lists of a filter offer, for the fields that a report takes. A query a list."""
    found: dict[str, list[tuple[str, Any]]] = {}
    if "fund" in names:
        rows = db.session.execute(select(Fund.id, Fund.code, Fund.name).order_by(Fund.code).limit(200))
        found["fund"] = [(str(row.id), f"{row.code} · {row.name}") for row in rows]
    if "year" in names:
        rows = db.session.execute(select(FiscalYear.id, FiscalYear.code).order_by(FiscalYear.starts_on.desc()))
        found["year"] = [(str(row.id), row.code) for row in rows]
    if "category" in names:
        rows = db.session.execute(
            select(Category.id, Category.name, Category.name_es)
            .where(Category.parent_id.is_(None))
            .order_by(Category.order, Category.code)
        )
        found["category"] = [(str(row.id), Bilingual({"en": row.name, "es": row.name_es})) for row in rows]
    if "coordinator" in names:
        authors = list(db.session.scalars(select(FundRequest.author_id).distinct().limit(500)))
        found["coordinator"] = sorted(
            ((str(key), name) for key, name in staff_names(authors).items()), key=lambda pair: pair[1]
        )
    if "payee" in names:
        rows = db.session.execute(select(Payee.id, Payee.name).order_by(Payee.name, Payee.id).limit(500))
        found["payee"] = [(str(row.id), row.name) for row in rows]
    if "enrollee" in names:
        rows = db.session.execute(
            select(Enrollee.id, Enrollee.code)
            .where(Enrollee.id.in_(select(FundRequest.enrollee_id)))
            .order_by(Enrollee.code)
            .limit(500)
        )
        found["enrollee"] = [(str(row.id), row.code) for row in rows]
    return found


def export_choices() -> dict[str, list[tuple[str, Any]]]:
    """Funds and years by code. Two queries."""
    funds = db.session.execute(select(Fund.code, Fund.name).order_by(Fund.code).limit(200))
    years = db.session.scalars(select(FiscalYear.code).order_by(FiscalYear.starts_on.desc()))
    return {
        "fund": [(row.code, f"{row.code} · {row.name}") for row in funds],
        "year": [(code, code) for code in years],
    }
