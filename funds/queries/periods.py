"""Reading months: which stand open, what is unfinished in one, its trial balance, tie-outs and closes. No write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, case, exists, func, or_, select
from sqlalchemy.orm import aliased

from core.db import db
from core.errors import NotFound
from funds import ledger
from funds.ledger import Account
from funds.models import (
    Advance,
    BudgetLine,
    FiscalYear,
    FundRequest,
    LedgerAccount,
    Payment,
    Period,
    PeriodClose,
    Posting,
    Transfer,
    Voucher,
)
from funds.queries.books import advance_outstanding, key_of
from funds.queries.listed import moment_of
from funds.states import State

Figures = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Unfinished:
    """What is still open as a month is to close: numbers, for the checklist. None of it stops the close."""

    unpaid_vouchers: Sequence[tuple[str, UUID, int]]  # request number, request, cents
    unfinished_receipts: Sequence[tuple[str, UUID, int]]  # paid and not reconciled
    late_advances: Sequence[tuple[str, UUID, int]]  # advances past their day with money outstanding
    undecided: int  # submitted requests
    unratified: int  # emergencies that nobody ratified

    @property
    def is_clean(self) -> bool:
        """True when nothing is left to do."""
        lists = (self.unpaid_vouchers, self.unfinished_receipts, self.late_advances)
        return not any(lists) and not self.undecided and not self.unratified


def list_periods(year_id: UUID) -> list[Period]:
    """The months of a year in their order."""
    return list(db.session.scalars(select(Period).where(Period.fiscal_year_id == year_id).order_by(Period.number)))


def get_period(period_id: UUID) -> tuple[Period, FiscalYear]:
    """One month and its year, or NotFound."""
    row = db.session.execute(
        select(Period, FiscalYear)
        .join(FiscalYear, FiscalYear.id == Period.fiscal_year_id)
        .where(Period.id == period_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return row[0], row[1]


def find_earlier_open(before: date) -> Period | None:
    """The first month before a day that is not closed."""
    return db.session.scalar(
        select(Period).where(Period.ends_on < before, Period.status != "closed").order_by(Period.starts_on).limit(1)
    )


def advances_out(period: Period) -> list[str]:
    """Requests with an advance out, by number, where the month is the last of its year; no question otherwise."""
    year = db.session.get(FiscalYear, period.fiscal_year_id)
    if year is None or period.ends_on != year.ends_on:
        return []
    rows = db.session.execute(
        select(Advance.id, FundRequest.number)
        .join(FundRequest, FundRequest.id == Advance.fund_request_id)
        .join(BudgetLine, BudgetLine.id == FundRequest.budget_line_id)
        .where(BudgetLine.fiscal_year_id == year.id)
        .order_by(FundRequest.number)
    ).all()
    out = advance_outstanding([row.id for row in rows])
    return list(dict.fromkeys(row.number for row in rows if out[row.id] > 0))


def count_to_close(today: date) -> int:
    """Months that are over and still open."""
    return int(
        db.session.scalar(
            select(func.count()).select_from(Period).where(Period.ends_on < today, Period.status == "open")
        )
        or 0
    )


def count_to_close_finally(today: date) -> int:
    """Months that are over, soft-closed, and wait for a director."""
    return int(
        db.session.scalar(
            select(func.count()).select_from(Period).where(Period.ends_on < today, Period.status == "soft_closed")
        )
        or 0
    )


def list_closes(period_id: UUID) -> list[PeriodClose]:
    """What was done to a month, oldest first."""
    return list(
        db.session.scalars(
            select(PeriodClose)
            .where(PeriodClose.period_id == period_id)
            .order_by(PeriodClose.closed_at, PeriodClose.chain_seq)
        )
    )


def get_close(close_id: UUID) -> PeriodClose:
    """One close, or NotFound."""
    found = db.session.get(PeriodClose, close_id)
    if found is None:
        raise NotFound
    return found


def balances_on(day: date) -> dict[ledger.Key, int]:
    """Every account's balance at the end of a day, summed from the transfers by effective day. One query."""
    account = aliased(LedgerAccount)
    rows = db.session.execute(
        select(
            account.kind,
            account.budget_line_id,
            account.fund_id,
            func.sum(case((account.id == Transfer.debit_id, Transfer.amount_cents), else_=0)).label("debits"),
            func.sum(case((account.id == Transfer.credit_id, Transfer.amount_cents), else_=0)).label("credits"),
        )
        .select_from(Posting)
        .join(Transfer, Transfer.posting_id == Posting.id)
        .join(account, or_(account.id == Transfer.debit_id, account.id == Transfer.credit_id))
        .where(Posting.effective_on <= day)
        .group_by(account.id, account.kind, account.budget_line_id, account.fund_id)
    )
    return {
        key_of(row.kind, row.budget_line_id, row.fund_id): ledger.normal(
            Account(row.kind), int(row.debits or 0), int(row.credits or 0)
        )
        for row in rows
    }


def figures_of(period: Period) -> Figures:
    """What a close keeps of a month: trial balance at its end, tie-outs, counts. Whole cents, no names.

    The trial balance is by fund and kind of account: [kind, fund, debit, credit]; its two columns add up alike.
    """
    balances = balances_on(period.ends_on)
    funds = {row.id: row.fund_id for row in db.session.execute(select(BudgetLine.id, BudgetLine.fund_id))}
    sums: dict[tuple[str, str], int] = {}
    for key, cents in balances.items():
        fund = str(funds.get(key.owner, key.owner))
        sums[fund, str(key.account)] = sums.get((fund, str(key.account)), 0) + cents
    order = {str(account): number for number, account in enumerate(Account)}
    trial = []
    for (fund, kind), cents in sorted(sums.items(), key=lambda each: (each[0][0], order[each[0][1]])):
        on_credit = (Account(kind) in ledger.CREDIT_NORMAL) == (cents >= 0)
        trial.append([kind, fund, 0 if on_credit else abs(cents), abs(cents) if on_credit else 0])
    of_kind = {kind: sum(cents for (_, each), cents in sums.items() if each == kind) for kind in map(str, Account)}
    unpaid, outstanding = _unpaid_on(period.ends_on), of_kind[str(Account.ADVANCES)]
    in_month = Posting.period_id == period.id
    kinds = db.session.execute(
        select(Posting.kind, func.count()).where(in_month).group_by(Posting.kind).order_by(Posting.kind)
    ).all()
    moved = db.session.execute(
        select(func.count(), func.coalesce(func.sum(Transfer.amount_cents), 0))
        .select_from(Transfer)
        .join(Posting, Posting.id == Transfer.posting_id)
        .where(in_month)
    ).one()
    return {
        "trial_balance": trial,
        "debits": sum(row[2] for row in trial),
        "credits": sum(row[3] for row in trial),
        "tie_outs": [
            ["conservation", of_kind[str(Account.APPROPRIATION)], _budget_used(of_kind)],
            ["expended is expense", of_kind[str(Account.EXPENDED)], of_kind[str(Account.EXPENSE)]],
            ["disallowed is receivable", of_kind[str(Account.DISALLOWED)], of_kind[str(Account.RECEIVABLE)]],
            ["payable is unpaid vouchers", of_kind[str(Account.PAYABLE)], unpaid],
        ],
        "problems": [
            [each.law, str(each.owner), each.left_cents, each.right_cents] for each in ledger.imbalances(balances)
        ],
        "advances_outstanding": outstanding,
        "postings": sum(row[1] for row in kinds),
        "postings_by_kind": {row[0]: row[1] for row in kinds},
        "transfers": int(moved[0]),
        "control_total": int(moved[1]),
    }


def list_unfinished(period: Period) -> Unfinished:
    """The checklist of a month: what came after it is no concern of its close. Six queries."""
    over_at = moment_of(period.ends_on + timedelta(days=1))
    unpaid = db.session.execute(
        select(FundRequest.number, FundRequest.id, Voucher.cents)
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .join(Posting, Posting.fund_request_id == FundRequest.id)
        .where(Voucher.status == "unpaid", Posting.effective_on <= period.ends_on, Posting.kind == "voucher")
        .where(exists().where(Transfer.posting_id == Posting.id, Transfer.voucher_id == Voucher.id))
        .order_by(FundRequest.number)
        .limit(200)
    ).all()
    paid = db.session.execute(
        select(FundRequest.number, FundRequest.id, func.sum(Payment.cents))
        .join(Voucher, Voucher.id == Payment.voucher_id)
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .where(
            Payment.status == "issued",
            Payment.paid_on <= period.ends_on,
            FundRequest.status.in_((str(State.PAID), str(State.VOUCHER))),
        )
        .group_by(FundRequest.number, FundRequest.id)
        .order_by(FundRequest.number)
        .limit(200)
    ).all()
    late = db.session.execute(
        select(FundRequest.number, FundRequest.id, Advance.id)
        .join(FundRequest, FundRequest.id == Advance.fund_request_id)
        .where(Advance.due_on <= period.ends_on)
        .order_by(FundRequest.number, Advance.seq)
        .limit(200)
    ).all()
    open_cents = advance_outstanding([row[2] for row in late])
    counts = db.session.execute(
        select(
            func.sum(
                case((and_(FundRequest.status == str(State.SUBMITTED), FundRequest.submitted_at < over_at), 1), else_=0)
            ),
            func.sum(case((and_(FundRequest.needs_ratification, FundRequest.approved_at < over_at), 1), else_=0)),
        )
    ).one()
    return Unfinished(
        unpaid_vouchers=[(row[0], row[1], int(row[2])) for row in unpaid],
        unfinished_receipts=[(row[0], row[1], int(row[2])) for row in paid],
        late_advances=[(row[0], row[1], open_cents[row[2]]) for row in late if open_cents[row[2]] > 0],
        undecided=int(counts[0] or 0),
        unratified=int(counts[1] or 0),
    )


def _budget_used(of_kind: dict[str, int]) -> int:
    return sum(of_kind[str(account)] for account in ledger.BUDGET_ACCOUNTS[1:])


def _unpaid_on(day: date) -> int:
    """The vouchers that stood unpaid at the end of a day, each summed for itself from its own transfers."""
    account = aliased(LedgerAccount)
    return int(
        db.session.scalar(
            select(
                func.coalesce(
                    func.sum(
                        case((account.id == Transfer.credit_id, Transfer.amount_cents), else_=-Transfer.amount_cents)
                    ),
                    0,
                )
            )
            .select_from(Transfer)
            .join(Posting, Posting.id == Transfer.posting_id)
            .join(Voucher, Voucher.id == Transfer.voucher_id)
            .join(account, or_(account.id == Transfer.debit_id, account.id == Transfer.credit_id))
            .where(Posting.effective_on <= day, account.kind == str(Account.PAYABLE))
        )
        or 0
    )
