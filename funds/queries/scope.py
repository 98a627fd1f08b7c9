"""Which part of the books somebody means: a filter, and the selection over transfers that it stands for. No write.

A filter means the same transfers on every page, in every report and in every export.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from datetime import date
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, String, and_, cast, func, or_, select
from sqlalchemy.orm import aliased

from core.db import db
from core.errors import InvalidInput, Sentence
from funds.models import BudgetLine, FiscalYear, Fund, FundRequest, LedgerAccount, Posting, Transfer

debit, credit = aliased(LedgerAccount, name="debit"), aliased(LedgerAccount, name="credit")
line_id = func.coalesce(debit.budget_line_id, credit.budget_line_id)
"""A transfer touches one budget line at most; the other side may be an account of the fund."""


@dataclass(frozen=True, slots=True)
class Scope:
    """Which part of the books: every field that is set narrows it. Days are effective days, both included.

    A year means the transfers on its budget lines, whenever money moved, and those of the fund alone on its days.
    """

    fund_id: UUID | None = None
    year_id: UUID | None = None
    from_on: date | None = None
    to_on: date | None = None
    category_id: UUID | None = None  # a top category
    coordinator_id: UUID | None = None  # who wrote the request
    enrollee_id: UUID | None = None
    goal_id: UUID | None = None
    payee_id: UUID | None = None
    method: str | None = None
    fund_request_id: UUID | None = None

    @property
    def is_bounded_in_time(self) -> bool:
        """True when some days of the books are left out."""
        return self.from_on is not None or self.to_on is not None

    @property
    def of_requests(self) -> Scope:
        """The filter without its days and year: what hangs on the request."""
        return replace(self, year_id=None, from_on=None, to_on=None)

    def as_dict(self) -> dict[str, str]:
        """What is set, as text: for a manifest and for the trail."""
        return {each.name: str(value) for each in fields(self) if (value := getattr(self, each.name)) is not None}


def scope_of(
    *, fund: str = "", year: str = "", from_on: date | None = None, to_on: date | None = None
) -> tuple[Scope, dict[str, str]]:
    """A filter from codes as people write them, and its words for a manifest. Raises InvalidInput for unknown ones."""
    words: dict[str, str] = {}
    fund_id = year_id = None
    if fund:
        fund_id, words["fund"] = db.session.scalar(select(Fund.id).where(Fund.code == fund)), fund
        if fund_id is None:
            codes = ", ".join(db.session.scalars(select(Fund.code).order_by(Fund.code).limit(20)))
            raise InvalidInput(
                "fund", Sentence("There is no fund %(code)s. There are: %(codes)s.", code=fund, codes=codes)
            )
    if year:
        year_id, words["year"] = db.session.scalar(select(FiscalYear.id).where(FiscalYear.code == year)), year
        if year_id is None:
            codes = ", ".join(db.session.scalars(select(FiscalYear.code).order_by(FiscalYear.code).limit(50)))
            raise InvalidInput(
                "year", Sentence("There is no budget year %(code)s. There are: %(codes)s.", code=year, codes=codes)
            )
    if from_on and to_on and from_on > to_on:
        raise InvalidInput("to", Sentence("The last day comes before the first one."))
    words |= {name: str(day) for name, day in (("from", from_on), ("to", to_on)) if day}
    return Scope(fund_id=fund_id, year_id=year_id, from_on=from_on, to_on=to_on), words


def as_text(column: Any) -> Any:
    """An id as text, to sort and compare many rows by: as a UUID each costs more than the rest of its row."""
    return cast(column, String)


def conditions(scope: Scope) -> list[ColumnElement[bool]]:
    """The filter in SQL, over the joins of `joined`."""
    found: list[ColumnElement[bool]] = []
    if scope.fund_id is not None:
        found.append(Posting.fund_id == scope.fund_id)
    if scope.year_id is not None:
        days = select(FiscalYear.starts_on, FiscalYear.ends_on).where(FiscalYear.id == scope.year_id).subquery()
        found.append(
            or_(
                BudgetLine.fiscal_year_id == scope.year_id,
                and_(
                    BudgetLine.id.is_(None),
                    Posting.effective_on >= select(days.c.starts_on).scalar_subquery(),
                    Posting.effective_on <= select(days.c.ends_on).scalar_subquery(),
                ),
            )
        )
    if scope.from_on is not None:
        found.append(Posting.effective_on >= scope.from_on)
    if scope.to_on is not None:
        found.append(Posting.effective_on <= scope.to_on)
    if scope.category_id is not None:
        found.append(BudgetLine.category_id == scope.category_id)
    return [*found, *of_request(scope)]


def of_request(scope: Scope) -> list[ColumnElement[bool]]:
    """What a filter asks of the request alone, in SQL over `fund_request`: for whom, by whom, whom it pays, how."""
    asked = (
        (FundRequest.author_id, scope.coordinator_id),
        (FundRequest.enrollee_id, scope.enrollee_id),
        (FundRequest.goal_id, scope.goal_id),
        (FundRequest.payee_id, scope.payee_id),
        (FundRequest.method, scope.method),
        (FundRequest.id, scope.fund_request_id),
    )
    return [column == value for column, value in asked if value is not None]


def joined(wanted: Any, scope: Scope, *, with_line: bool = False) -> Any:
    """A selection over transfers with posting and both accounts joined, filtered.

    Budget line and request come too where the selection or the filter names them, or `with_line` asks: over a hundred
    thousand transfers, a join that nobody needs is a fifth of the query.
    """
    wanted = wanted.where(*conditions(scope))
    named = set(wanted.get_final_froms())
    wanted = (
        wanted.select_from(Transfer)
        .join(Posting, Posting.id == Transfer.posting_id)
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
    )
    if with_line or BudgetLine.__table__ in named:
        wanted = wanted.outerjoin(BudgetLine, BudgetLine.id == line_id)
    if FundRequest.__table__ in named:
        wanted = wanted.outerjoin(FundRequest, FundRequest.id == Posting.fund_request_id)
    return wanted
