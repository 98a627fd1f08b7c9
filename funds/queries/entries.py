"""The books row by row: which transfers a filter means, what stands beside each, and their sums. No write.

A filter (`Scope`) means the same transfers on every page, in every report and in every export.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from care.models import Enrollee, Goal
from core.db import db
from core.errors import InvalidInput, Sentence
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

BATCH = 2000

debit, credit = aliased(LedgerAccount, name="debit"), aliased(LedgerAccount, name="credit")
item_category = aliased(Category, name="item_category")
top_category = aliased(Category, name="top_category")
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

    def as_dict(self) -> dict[str, str]:
        """What is set, as text: for a manifest and for the trail."""
        return {name: str(value) for name, value in asdict(self).items() if value is not None}


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
class Total:
    """How much a filter holds: its transfers, their postings, the sum of all amounts, the first and the last day."""

    rows: int
    postings: int
    cents: int
    first_on: date | None
    last_on: date | None


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
    for column, value in (
        (FundRequest.author_id, scope.coordinator_id),
        (FundRequest.enrollee_id, scope.enrollee_id),
        (FundRequest.goal_id, scope.goal_id),
        (FundRequest.payee_id, scope.payee_id),
        (FundRequest.method, scope.method),
        (FundRequest.id, scope.fund_request_id),
    ):
        if value is not None:
            found.append(column == value)
    return found


def joined(wanted: Any, scope: Scope) -> Any:
    """A selection over transfers with posting, both accounts, budget line and request joined, filtered."""
    return (
        wanted.select_from(Transfer)
        .join(Posting, Posting.id == Transfer.posting_id)
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .outerjoin(BudgetLine, BudgetLine.id == line_id)
        .outerjoin(FundRequest, FundRequest.id == Posting.fund_request_id)
        .where(*conditions(scope))
    )


def total_of(scope: Scope) -> Total:
    """Rows and control total of a filter. One query."""
    row = db.session.execute(
        joined(
            select(
                func.count(Transfer.id).label("rows"),
                func.count(func.distinct(Posting.id)).label("postings"),
                func.coalesce(func.sum(Transfer.amount_cents), 0).label("cents"),
                func.min(Posting.effective_on).label("first_on"),
                func.max(Posting.effective_on).label("last_on"),
            ),
            scope,
        )
    ).one()
    return Total(int(row.rows), int(row.postings), int(row.cents), row.first_on, row.last_on)


@dataclass(frozen=True, slots=True)
class OnAccounts:
    """A page of transfers that touch some kinds of account: each with what it added, how many, and what all come to."""

    lines: Sequence[tuple[Entry, int]]
    rows: int
    cents: int


def list_on_accounts(scope: Scope, accounts: Sequence[Account], *, page: int, size: int) -> OnAccounts:
    """The transfers behind a figure, newest last, signed as the accounts' own side shows them. Two queries."""
    kinds = [str(each) for each in accounts]
    touches = or_(debit.kind.in_(kinds), credit.kind.in_(kinds))
    rows = db.session.scalar(joined(select(func.count(Transfer.id)), scope).where(touches)) or 0
    net = net_by(scope, only=accounts).get((), dict.fromkeys(Account, 0))
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


def net_by_account(scope: Scope, *, before: date | None = None) -> dict[int, int]:
    """Debits less credits of each account over a filter, accounts at zero left out. Two queries.

    With `before`, what the same filter held up to the day before it: an opening balance.
    """
    if before is not None:
        scope = _until(scope, before)
    net: dict[int, int] = {}
    for column, sign in ((Transfer.debit_id, 1), (Transfer.credit_id, -1)):
        rows = db.session.execute(
            joined(select(column.label("id"), func.sum(Transfer.amount_cents).label("cents")), scope).group_by(column)
        )
        for row in rows:
            net[row.id] = net.get(row.id, 0) + sign * int(row.cents)
    return {account_id: cents for account_id, cents in net.items() if cents}


def net_by(scope: Scope, *columns: Any, only: Iterable[Account] = ()) -> dict[tuple[Any, ...], dict[Account, int]]:
    """Debits less credits of each kind of account, by the values of some columns, over a filter. One query.

    The columns are of transfer, posting, request or budget line. `only` leaves out what touches none of some kinds.
    """
    wanted = joined(
        select(*columns, debit.kind.label("d"), credit.kind.label("c"), func.sum(Transfer.amount_cents).label("cents")),
        scope,
    ).group_by(*columns, debit.kind, credit.kind)
    if kinds := [str(each) for each in only]:
        wanted = wanted.where(or_(debit.kind.in_(kinds), credit.kind.in_(kinds)))
    found: dict[tuple[Any, ...], dict[Account, int]] = {}
    for row in db.session.execute(wanted):
        key, cents = tuple(row[: len(columns)]), int(row.cents)
        sums = found.setdefault(key, dict.fromkeys(Account, 0))
        sums[Account(row.d)] += cents
        sums[Account(row.c)] -= cents
    return found


def _until(scope: Scope, before: date) -> Scope:
    return replace(scope, from_on=None, to_on=before - timedelta(days=1))


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
