"""Reading the budget: how each line stands, its requests, proposed and decided changes, years with their months."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from sqlalchemy import case, func, or_, select

from core.db import db
from core.errors import NotFound
from core.identity import Identity
from funds.ledger import LINE_ACCOUNTS, Account
from funds.models import (
    AccountBalance,
    BudgetChange,
    BudgetLine,
    Category,
    FiscalYear,
    Fund,
    FundRequest,
    LedgerAccount,
)
from funds.queries.access import requests_seen_by
from funds.states import State

WARN_PERCENT = 80  # of a line used: then its page and the budget say so


@dataclass(frozen=True, slots=True)
class LinePosition:
    """How one budget line stands, in cents. `spent` includes what is not paid out yet (`unpaid`)."""

    line_id: UUID | None  # None for a total
    name: str
    name_es: str
    appropriation: int = 0
    asked: int = 0  # submitted and undecided: a memo that reserves nothing
    held: int = 0
    unpaid: int = 0
    spent: int = 0
    disallowed: int = 0
    available: int = 0

    @property
    def used_percent(self) -> int:
        """How much of the appropriation is held, spent or disallowed, rounded down; 0 where nothing is adopted."""
        used = self.held + self.spent + self.disallowed
        return used * 100 // self.appropriation if self.appropriation else 0

    @property
    def is_nearly_used(self) -> bool:
        """True from WARN_PERCENT on."""
        return self.appropriation > 0 and self.used_percent >= WARN_PERCENT


def list_positions(fund_id: UUID, year_id: UUID) -> list[LinePosition]:
    """Every line of a fund in a year, in the order of the categories. Two queries."""
    by_line: dict[UUID, dict[Account, int]] = {}
    rows = db.session.execute(
        select(BudgetLine.id, Category.name, Category.name_es, LedgerAccount.kind, AccountBalance.cents)
        .join(Category, Category.id == BudgetLine.category_id)
        .join(LedgerAccount, LedgerAccount.budget_line_id == BudgetLine.id)
        .join(AccountBalance, AccountBalance.ledger_account_id == LedgerAccount.id)
        .where(BudgetLine.fund_id == fund_id, BudgetLine.fiscal_year_id == year_id)
        .order_by(Category.order, Category.code, BudgetLine.id)
    ).all()
    names = {row.id: (row.name, row.name_es) for row in rows}
    for row in rows:
        by_line.setdefault(row.id, dict.fromkeys(LINE_ACCOUNTS, 0))[Account(row.kind)] = row.cents
    asked = _asked(list(by_line))
    return [
        LinePosition(
            line_id,
            *names[line_id],
            appropriation=of[Account.APPROPRIATION],
            asked=asked.get(line_id, 0),
            held=of[Account.ENCUMBERED],
            unpaid=of[Account.PAYABLE],
            spent=of[Account.EXPENDED],
            disallowed=of[Account.DISALLOWED],
            available=of[Account.AVAILABLE],
        )
        for line_id, of in by_line.items()
    ]


def total_of(lines: Sequence[LinePosition]) -> LinePosition:
    """The sum of some lines."""
    return LinePosition(
        None,
        "",
        "",
        **{
            name: sum(getattr(line, name) for line in lines)
            for name in ("appropriation", "asked", "held", "unpaid", "spent", "disallowed", "available")
        },
    )


def get_line(line_id: UUID) -> tuple[BudgetLine, Category, FiscalYear, Fund]:
    """One budget line with what it is made of. Raises NotFound."""
    row = db.session.execute(
        select(BudgetLine, Category, FiscalYear, Fund)
        .join(Category, Category.id == BudgetLine.category_id)
        .join(FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id)
        .join(Fund, Fund.id == BudgetLine.fund_id)
        .where(BudgetLine.id == line_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1], row[2], row[3]


def list_line_requests(
    identity: Identity, line_id: UUID, now: datetime, *, page: int = 1, size: int = 50
) -> tuple[list[FundRequest], int]:
    """The requests of a line that the viewer may know, newest first, and how many there are."""
    wanted = select(FundRequest).where(FundRequest.budget_line_id == line_id, requests_seen_by(identity, now))
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(FundRequest.created_at.desc(), FundRequest.id).limit(size).offset((page - 1) * size)
    )
    return list(rows), total


def list_years() -> list[FiscalYear]:
    """All budget years, newest first; at most 100."""
    return list(db.session.scalars(select(FiscalYear).order_by(FiscalYear.starts_on.desc()).limit(100)))


def get_year(year_id: UUID) -> FiscalYear:
    """One budget year, or NotFound."""
    found = db.session.get(FiscalYear, year_id)
    if found is None:
        raise NotFound
    return found


def choose_fund(fund_id: UUID | None) -> Fund | None:
    """The fund that was asked for, or the first. None while there is none; NotFound for one that is not there."""
    if fund_id is None:
        return db.session.scalar(select(Fund).order_by(Fund.code, Fund.id).limit(1))
    found = db.session.get(Fund, fund_id)
    if found is None:
        raise NotFound
    return found


def choose_year(year_id: UUID | None, today: date) -> FiscalYear | None:
    """The year that was asked for, or that of today, or the last one. None while there is none."""
    if year_id is not None:
        return get_year(year_id)
    years = list_years()
    return next((year for year in years if year.starts_on <= today <= year.ends_on), years[0] if years else None)


def list_changes(fund_id: UUID, year_id: UUID) -> list[BudgetChange]:
    """Every change of a fund's budget of a year: those that wait first, then the newest; at most 200."""
    return list(
        db.session.scalars(
            select(BudgetChange)
            .join(BudgetLine, BudgetLine.id == BudgetChange.budget_line_id)
            .where(BudgetLine.fund_id == fund_id, BudgetLine.fiscal_year_id == year_id)
            .order_by(
                case((BudgetChange.status == "proposed", 0), else_=1), BudgetChange.proposed_at.desc(), BudgetChange.id
            )
            .limit(200)
        )
    )


def get_change(change_id: UUID) -> BudgetChange:
    """One change, or NotFound."""
    found = db.session.get(BudgetChange, change_id)
    if found is None:
        raise NotFound
    return found


def count_changes_for(identity: Identity) -> int:
    """Changes that wait for somebody else than who proposed them."""
    return int(
        db.session.scalar(
            select(func.count())
            .select_from(BudgetChange)
            .where(
                BudgetChange.status == "proposed",
                or_(BudgetChange.proposed_by.is_(None), BudgetChange.proposed_by != identity.user_id),
            )
        )
        or 0
    )


def _asked(line_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What is submitted and undecided in some lines, supplements included."""
    asked = func.sum(
        case((FundRequest.status == str(State.SUBMITTED), FundRequest.requested_cents), else_=0)
        + func.coalesce(FundRequest.supplement_cents, 0)
    )
    rows = db.session.execute(
        select(FundRequest.budget_line_id, asked.label("cents"))
        .where(FundRequest.budget_line_id.in_(list(line_ids)))
        .group_by(FundRequest.budget_line_id)
    )
    return {row.budget_line_id: int(row.cents or 0) for row in rows}
