"""Reading the books: accounts, balances, years and periods, and what the postings say of one request. No write."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import aliased

from core.db import db
from core.errors import InvalidInput, NotAllowed, NotFound, Sentence
from funds.ledger import LINE_ACCOUNTS, Account, Key, Move
from funds.models import (
    AccountBalance,
    BudgetLine,
    Category,
    FiscalYear,
    Fund,
    LedgerAccount,
    Period,
    Posting,
    Transfer,
)
from funds.states import MoneyState


@dataclass(frozen=True, slots=True)
class RequestMoney:
    """What the postings of one request add up to, in cents."""

    held_cents: int = 0  # open encumbrance, advances outstanding included
    spent_cents: int = 0  # net expense: vouchered, substantiated, written off, less refunds
    payable_cents: int = 0  # vouchered and not paid
    paid_cents: int = 0  # cash out, less what came back
    advanced_cents: int = 0  # advances outstanding
    disallowed_cents: int = 0  # to recover, of closed years too
    ever_spent_cents: int = 0  # spending before refunds
    late_cents: int = 0  # spending of a closed year that was refunded, dropped or disallowed after its close
    refunded_cents: int = 0  # cash that came back for spending

    @property
    def free_cents(self) -> int:
        """What a voucher, a cancellation or an expiry may still use: held less advances outstanding."""
        return self.held_cents - self.advanced_cents

    @property
    def counted_cents(self) -> int:
        """What policy windows count: held and spent."""
        return self.held_cents + self.kept_cents + self.disallowed_cents

    @property
    def kept_cents(self) -> int:
        """What is spent still, whatever year it was of."""
        return self.spent_cents - self.late_cents

    @property
    def state(self) -> MoneyState:
        """The same as the state machine asks it."""
        return MoneyState(
            has_unpaid=self.payable_cents > 0,
            has_paid=self.kept_cents + self.disallowed_cents + self.advanced_cents > self.payable_cents,
            has_held=self.held_cents > 0,
            had_voucher=self.ever_spent_cents > 0,
            all_refunded=self.refunded_cents > 0
            and not (self.kept_cents or self.disallowed_cents or self.held_cents or self.payable_cents),
        )


def account_ids(moves: Iterable[Move]) -> dict[Key, int]:
    """The ids of the accounts that some moves name. One query. Raises NotFound for a line or fund without accounts."""
    keys = {key for move in moves for key in (move.debit, move.credit)}
    owners = {key.owner for key in keys}
    rows = db.session.execute(
        select(LedgerAccount.id, LedgerAccount.kind, LedgerAccount.budget_line_id, LedgerAccount.fund_id).where(
            or_(LedgerAccount.budget_line_id.in_(owners), LedgerAccount.fund_id.in_(owners))
        )
    )
    found = {Key(Account(row.kind), row.budget_line_id or row.fund_id): row.id for row in rows}
    if not keys <= found.keys():
        raise NotFound
    return {key: found[key] for key in keys}


def key_of(kind: str, budget_line_id: UUID | None, fund_id: UUID | None) -> Key:
    """An account of the table as the ledger names it."""
    owner = budget_line_id or fund_id
    assert owner is not None
    return Key(Account(kind), owner)


def balance_of(key: Key) -> int:
    """One account's balance, on its own side."""
    column = LedgerAccount.budget_line_id if key.account in LINE_ACCOUNTS else LedgerAccount.fund_id
    found = db.session.scalar(
        select(AccountBalance.cents)
        .join(LedgerAccount, LedgerAccount.id == AccountBalance.ledger_account_id)
        .where(LedgerAccount.kind == str(key.account), column == key.owner)
    )
    return int(found or 0)


def list_balances(*, fund_id: UUID | None = None, year_id: UUID | None = None) -> dict[Key, int]:
    """Every account's balance, of one fund or year or of all. One query."""
    wanted = (
        select(LedgerAccount.kind, LedgerAccount.budget_line_id, LedgerAccount.fund_id, AccountBalance.cents)
        .join(AccountBalance, AccountBalance.ledger_account_id == LedgerAccount.id)
        .outerjoin(BudgetLine, BudgetLine.id == LedgerAccount.budget_line_id)
        .order_by(LedgerAccount.id)
    )
    if fund_id is not None:
        wanted = wanted.where(or_(LedgerAccount.fund_id == fund_id, BudgetLine.fund_id == fund_id))
    if year_id is not None:
        wanted = wanted.where(or_(LedgerAccount.fund_id.is_not(None), BudgetLine.fiscal_year_id == year_id))
    return {key_of(row.kind, row.budget_line_id, row.fund_id): row.cents for row in db.session.execute(wanted)}


def lock_period(on: date, *, late_reason: str | None = None) -> tuple[UUID, bool]:
    """The month of a day, kept from closing until the transaction ends, and whether it is soft-closed.

    Raises NotAllowed when it takes no postings of this actor, and InvalidInput on `late_reason` when a fiscal approver
    (`late_reason` is not None) has not said yet why a soft-closed month is posted to.
    """
    row = db.session.execute(
        select(Period.id, Period.status, Period.starts_on)
        .where(Period.starts_on <= on, Period.ends_on >= on)
        .with_for_update(read=True)
    ).one_or_none()
    if row is None:
        raise NotAllowed(
            Sentence("There is no budget year with the day %(day)s. Ask the fiscal office to open it.", day=on)
        )
    month = row.starts_on.strftime("%Y-%m")
    if row.status == "closed":
        raise NotAllowed(
            Sentence("The month %(month)s is closed: nothing is posted to it. Use a day in an open month.", month=month)
        )
    if row.status == "soft_closed" and late_reason is None:
        raise NotAllowed(
            Sentence(
                "The month %(month)s is soft-closed: only a fiscal approver posts to it, with a reason. "
                "Use a day in an open month, or have a director open it again.",
                month=month,
            )
        )
    if row.status == "soft_closed" and not (late_reason or "").strip():
        raise InvalidInput(
            "late_reason",
            Sentence(
                "This is posted to %(month)s, which is soft-closed. Write why it still belongs there.", month=month
            ),
        )
    return row.id, row.status == "soft_closed"


def soft_closed_month(posting_id: int) -> str | None:
    """The month of a posting that was made after its soft close ("2026-10"), or None. One query."""
    found = db.session.scalar(
        select(Period.starts_on)
        .join(Posting, Posting.period_id == Period.id)
        .where(Posting.id == posting_id, Period.status == "soft_closed")
    )
    return found.strftime("%Y-%m") if found else None


def years_of_lines(line_ids: Iterable[UUID]) -> list[FiscalYear]:
    """The budget years of some lines. One query."""
    wanted = set(line_ids)
    if not wanted:
        return []
    return list(
        db.session.scalars(
            select(FiscalYear)
            .join(BudgetLine, BudgetLine.fiscal_year_id == FiscalYear.id)
            .where(BudgetLine.id.in_(wanted))
            .distinct()
        )
    )


def line_name(line_id: UUID) -> str:
    """A budget line for people: "Housing 2026"."""
    row = db.session.execute(
        select(Category.name, FiscalYear.code)
        .select_from(BudgetLine)
        .join(Category, Category.id == BudgetLine.category_id)
        .join(FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id)
        .where(BudgetLine.id == line_id)
    ).one()
    return f"{row.name} {row.code}"


def find_line(fund_id: UUID, category_id: UUID, on: date) -> UUID | None:
    """The budget line of a fund for a category, or its parent, in the year of a day; None: nothing is budgeted.

    This is the line that an approval of that day holds from, whatever line the request had when it was sent.
    """
    return find_lines([(fund_id, category_id)], on).get((fund_id, category_id))


def find_lines(wanted: Collection[tuple[UUID, UUID]], on: date) -> dict[tuple[UUID, UUID], UUID]:
    """The same for several pairs of fund and category; those without a line are left out. One query."""
    rows = db.session.execute(
        select(BudgetLine.fund_id, Category.id.label("category_id"), BudgetLine.id)
        .join(Category, BudgetLine.category_id == func.coalesce(Category.parent_id, Category.id))
        .join(FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id)
        .where(
            Category.id.in_({category_id for _fund, category_id in wanted}),
            BudgetLine.fund_id.in_({fund_id for fund_id, _category in wanted}),
            FiscalYear.starts_on <= on,
            FiscalYear.ends_on >= on,
        )
    )
    return {(row.fund_id, row.category_id): row.id for row in rows}


def list_lines(fund_id: UUID) -> list[tuple[UUID, str, str]]:
    """The budget lines of a fund: id, category code, year code; oldest year first. One query."""
    rows = db.session.execute(
        select(BudgetLine.id, Category.code, FiscalYear.code.label("year"))
        .join(Category, Category.id == BudgetLine.category_id)
        .join(FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id)
        .where(BudgetLine.fund_id == fund_id)
        .order_by(FiscalYear.starts_on, Category.order, BudgetLine.id)
    )
    return [(row.id, row.code, row.year) for row in rows]


def request_money(request_ids: Sequence[UUID]) -> dict[UUID, RequestMoney]:
    """What the books say of some requests; one that never posted stands at zero. One query."""
    found: dict[UUID, RequestMoney] = {request_id: RequestMoney() for request_id in request_ids}
    if not request_ids:
        return found
    moved: dict[UUID, dict[tuple[Account, Account], int]] = {request_id: {} for request_id in request_ids}
    for row in db.session.execute(_sums_by_pair().where(Posting.fund_request_id.in_(list(request_ids)))):
        moved[row.fund_request_id][Account(row.debit), Account(row.credit)] = int(row.cents)
    for request_id, pairs in moved.items():
        by = _net(pairs)
        found[request_id] = RequestMoney(
            held_cents=by[Account.ENCUMBERED],
            spent_cents=by[Account.EXPENSE],
            payable_cents=-by[Account.PAYABLE],
            paid_cents=-by[Account.CASH],
            advanced_cents=by[Account.ADVANCES],
            disallowed_cents=by[Account.RECEIVABLE] + by[Account.PRIOR_RECEIVABLE],
            ever_spent_cents=sum(cents for (debit, _), cents in pairs.items() if debit is Account.EXPENSE),
            late_cents=-by[Account.PRIOR_RECOVERY],
            refunded_cents=sum(
                pairs.get((Account.CASH, spent), 0) - pairs.get((spent, Account.CASH), 0)
                for spent in (Account.EXPENSE, Account.PRIOR_RECOVERY)
            ),
        )
    return found


def voucher_money(voucher_id: UUID) -> Mapping[Account, int]:
    """Debits less credits of each account over the transfers of one voucher. One query."""
    return _money_of(Transfer.voucher_id == voucher_id)


def advance_money(advance_id: UUID) -> Mapping[Account, int]:
    """The same over the transfers of one advance. One query."""
    return _money_of(Transfer.advance_id == advance_id)


def advance_outstanding(advance_ids: Sequence[UUID]) -> dict[UUID, int]:
    """What is still uncovered of some advances. One query."""
    found = dict.fromkeys(advance_ids, 0)
    if advance_ids:
        account = aliased(LedgerAccount)
        rows = db.session.execute(
            select(
                Transfer.advance_id,
                func.sum(
                    case((account.id == Transfer.debit_id, Transfer.amount_cents), else_=-Transfer.amount_cents)
                ).label("cents"),
            )
            .join(account, or_(account.id == Transfer.debit_id, account.id == Transfer.credit_id))
            .where(Transfer.advance_id.in_(list(advance_ids)), account.kind == str(Account.ADVANCES))
            .group_by(Transfer.advance_id)
        )
        for row in rows:
            found[row.advance_id] = int(row.cents)
    return found


def get_moves(posting_id: int) -> tuple[Posting, list[Move]]:
    """A posting with its transfers as moves, in their order. Raises NotFound. Two queries."""
    posting = db.session.get(Posting, posting_id)
    if posting is None:
        raise NotFound
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    rows = db.session.execute(
        select(Transfer.amount_cents, debit, credit)
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .where(Transfer.posting_id == posting_id)
        .order_by(Transfer.seq)
    )
    return posting, [
        Move(
            key_of(row[1].kind, row[1].budget_line_id, row[1].fund_id),
            key_of(row[2].kind, row[2].budget_line_id, row[2].fund_id),
            row.amount_cents,
        )
        for row in rows
    ]


def find_year(on: date) -> FiscalYear | None:
    """The budget year of a day."""
    return db.session.scalar(select(FiscalYear).where(FiscalYear.starts_on <= on, FiscalYear.ends_on >= on))


def get_fund(fund_id: UUID) -> Fund:
    """One fund, or NotFound."""
    fund = db.session.get(Fund, fund_id)
    if fund is None:
        raise NotFound
    return fund


def list_funds() -> list[Fund]:
    """All funds by code; at most 100."""
    return list(db.session.scalars(select(Fund).order_by(Fund.code, Fund.id).limit(100)))


def list_categories() -> list[Category]:
    """All categories in their order, a parent before its children; at most 500."""
    rows = list(db.session.scalars(select(Category).order_by(Category.order, Category.code, Category.id).limit(500)))
    tops = [row for row in rows if row.parent_id is None]
    return [each for top in tops for each in (top, *(row for row in rows if row.parent_id == top.id))]


def _money_of(where: ColumnElement[bool]) -> Mapping[Account, int]:
    rows = db.session.execute(_sums_of_transfers().where(where))
    return _net({(Account(row.debit), Account(row.credit)): int(row.cents) for row in rows})


def _net(pairs: Mapping[tuple[Account, Account], int]) -> dict[Account, int]:
    """Debits less credits of each account."""
    found = dict.fromkeys(Account, 0)
    for (debit, credit), cents in pairs.items():
        found[debit] += cents
        found[credit] -= cents
    return found


@cache
def _sums_of_transfers() -> Select[Any, Any, Any]:
    """What went from which kind of account to which. Built once, as the next one: every step of a request asks them."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    return (
        select(debit.kind.label("debit"), credit.kind.label("credit"), func.sum(Transfer.amount_cents).label("cents"))
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .group_by(debit.kind, credit.kind)
    )


@cache
def _sums_by_pair() -> Select[Any, Any, Any, Any]:
    """The same by request."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    return (
        select(
            Posting.fund_request_id,
            debit.kind.label("debit"),
            credit.kind.label("credit"),
            func.sum(Transfer.amount_cents).label("cents"),
        )
        .select_from(Posting)
        .join(Transfer, Transfer.posting_id == Posting.id)
        .join(debit, debit.id == Transfer.debit_id)
        .join(credit, credit.id == Transfer.credit_id)
        .group_by(Posting.fund_request_id, debit.kind, credit.kind)
    )
