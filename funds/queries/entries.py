"""The books row by row: each transfer of a filter with what stands beside it, and the accounts by name. No write."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import case, func, or_, select
from sqlalchemy.orm import aliased

from care.models import Enrollee, Goal
from core.db import db
from funds.ledger import Account, Key, normal
from funds.models import (
    BudgetLine,
    Category,
    FiscalYear,
    Fund,
    FundRequest,
    LedgerAccount,
    Period,
    Posting,
    Transfer,
)
from funds.queries.books import key_of
from funds.queries.scope import Scope, credit, debit, joined
from funds.queries.sums import net_by, touching

BATCH = 2000

item_category = aliased(Category, name="item_category")
top_category = aliased(Category, name="top_category")


@dataclass(frozen=True, slots=True)
class Entry:
    """One transfer with what names it: codes and numbers only, nobody's name."""

    posting_id: int
    seq: int
    kind: str
    effective_on: date
    posted_at: datetime
    cents: int
    debit_id: int
    credit_id: int
    debit: Account
    credit: Account
    fund: str
    year: str | None
    category: str | None
    period_on: date
    request: str | None
    item_category: str | None
    gl_object: str | None
    enrollee: str | None
    goal: int | None
    payee_id: UUID | None
    voucher_id: UUID | None
    payment_id: UUID | None
    advance_id: UUID | None
    actor_id: UUID | None
    evaluation_id: UUID | None
    reverses_id: int | None
    reason_code: str | None
    payload_sha256: str


@dataclass(frozen=True, slots=True)
class OnAccounts:
    """A page of transfers that touch some kinds of account: each with what it added, how many, and what all come to."""

    lines: Sequence[tuple[Entry, int]]
    rows: int
    cents: int


def list_on_accounts(scope: Scope, accounts: Sequence[Account], *, page: int, size: int) -> OnAccounts:
    """The transfers behind a figure, newest last, signed as the accounts' own side shows them. Two queries."""
    touches = touching(*accounts)
    rows = db.session.scalar(joined(select(func.count(Transfer.id)), scope).where(touches)) or 0
    net = net_by(scope, only=accounts)[()]
    found = _entries(scope).where(touches).limit(size).offset((page - 1) * size)
    lines = []
    for row in db.session.execute(found):
        entry = _entry(row)
        change = sum(
            normal(each, entry.cents if entry.debit is each else 0, entry.cents if entry.credit is each else 0)
            for each in accounts
        )
        lines.append((entry, change))
    cents = sum(normal(each, net[each], 0) for each in accounts)
    return OnAccounts(lines, int(rows), cents)


def iterate_entries(scope: Scope) -> Iterator[Entry]:
    """Every transfer of a filter in the order of the books, a few thousand in memory at a time. One query."""
    for row in db.session.execute(_entries(scope).execution_options(yield_per=BATCH)):
        yield _entry(row)


def _entry(row: Any) -> Entry:
    values = row._asdict()
    values["debit"], values["credit"] = Account(values.pop("debit_kind")), Account(values.pop("credit_kind"))
    return Entry(**values)


def _entries(scope: Scope) -> Any:
    wanted = joined(
        select(
            Posting.id.label("posting_id"),
            Transfer.seq,
            Posting.kind,
            Posting.effective_on,
            Posting.posted_at,
            Transfer.amount_cents.label("cents"),
            Transfer.debit_id,
            Transfer.credit_id,
            debit.kind.label("debit_kind"),
            credit.kind.label("credit_kind"),
            Fund.code.label("fund"),
            FiscalYear.code.label("year"),
            top_category.code.label("category"),
            Period.starts_on.label("period_on"),
            FundRequest.number.label("request"),
            item_category.code.label("item_category"),
            func.coalesce(item_category.gl_object, top_category.gl_object).label("gl_object"),
            Enrollee.code.label("enrollee"),
            Goal.number.label("goal"),
            FundRequest.payee_id,
            Transfer.voucher_id,
            Transfer.payment_id,
            Transfer.advance_id,
            Posting.actor_id,
            Posting.evaluation_id,
            Posting.reverses_id,
            Posting.reason_code,
            Posting.payload_sha256,
        ),
        scope,
        with_line=True,
    )
    return (
        wanted.join(Fund, Fund.id == Posting.fund_id)
        .join(Period, Period.id == Posting.period_id)
        .outerjoin(FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id)
        .outerjoin(top_category, top_category.id == BudgetLine.category_id)
        .outerjoin(item_category, item_category.id == FundRequest.category_id)
        .outerjoin(Enrollee, Enrollee.id == FundRequest.enrollee_id)
        .outerjoin(Goal, Goal.id == FundRequest.goal_id)
        .order_by(Posting.id, Transfer.seq)
    )


@dataclass(frozen=True, slots=True)
class AccountName:
    """One ledger account with the words that name it: fund code, and of a line its year and category."""

    id: int
    key: Key
    fund: str
    year: str | None
    category: str | None
    category_id: UUID | None
    starts_on: date


def list_accounts(scope: Scope) -> list[AccountName]:
    """The ledger accounts of a fund or year, or of all funds, by id. One query."""
    line_fund, own_fund = aliased(Fund), aliased(Fund)
    wanted = (
        select(
            LedgerAccount.id,
            LedgerAccount.kind,
            LedgerAccount.budget_line_id,
            LedgerAccount.fund_id,
            func.coalesce(line_fund.code, own_fund.code).label("fund"),
            FiscalYear.code.label("year"),
            Category.code.label("category"),
            Category.id.label("category_id"),
            case((FiscalYear.id.is_not(None), FiscalYear.starts_on), else_=own_fund.starts_on).label("starts_on"),
        )
        .outerjoin(BudgetLine, BudgetLine.id == LedgerAccount.budget_line_id)
        .outerjoin(line_fund, line_fund.id == BudgetLine.fund_id)
        .outerjoin(own_fund, own_fund.id == LedgerAccount.fund_id)
        .outerjoin(FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id)
        .outerjoin(Category, Category.id == BudgetLine.category_id)
        .order_by(LedgerAccount.id)
    )
    if scope.fund_id is not None:
        wanted = wanted.where(or_(own_fund.id == scope.fund_id, line_fund.id == scope.fund_id))
    if scope.year_id is not None:
        wanted = wanted.where(or_(own_fund.id.is_not(None), FiscalYear.id == scope.year_id))
    return [
        AccountName(
            row.id,
            key_of(row.kind, row.budget_line_id, row.fund_id),
            row.fund,
            row.year,
            row.category,
            row.category_id,
            row.starts_on,
        )
        for row in db.session.execute(wanted)
    ]
