"""Reading money on its way out: vouchers, payments, advances, proposals, and what the books say of each. No write."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import exists, func, select
from sqlalchemy.orm import aliased

from core.db import db
from core.errors import NotFound
from core.identity import Identity
from funds import rules
from funds.ledger import Account, Kind
from funds.models import (
    Advance,
    ApprovalStep,
    BankLine,
    BudgetLine,
    FiscalYear,
    FundRequest,
    LedgerAccount,
    Payment,
    Period,
    Posting,
    ReceiptAllocation,
    RolloverRun,
    StepProposal,
    Transfer,
    Voucher,
)
from funds.queries.access import requests_seen_by
from funds.queries.books import advance_money, voucher_money, years_of_lines


@dataclass(frozen=True, slots=True)
class Booked:
    """Where a voucher or advance stands in the books: its first posting, its budget line and that line's year."""

    posting_id: int
    line_id: UUID
    year: FiscalYear
    is_late: bool  # the year takes no posting any more: what comes back is a recovery of a closed year (P11)

    def day(self, today: date) -> date:
        """The day on which something about it is posted: today, or the nearest day of its year."""
        return max(min(today, self.year.ends_on), self.year.starts_on)


def get_voucher(identity: Identity, voucher_id: UUID, now: datetime) -> Voucher:
    """A voucher of a request that the viewer may know, or NotFound."""
    return _known(Voucher, identity, voucher_id, now)


def get_advance(identity: Identity, advance_id: UUID, now: datetime) -> Advance:
    """An advance of a request that the viewer may know, or NotFound."""
    return _known(Advance, identity, advance_id, now)


def get_proposal(identity: Identity, proposal_id: UUID, now: datetime) -> StepProposal:
    """A proposal on a request that the viewer may know, or NotFound."""
    return _known(StepProposal, identity, proposal_id, now)


def get_payment(identity: Identity, payment_id: UUID, now: datetime) -> Payment:
    """A payment of a request that the viewer may know, or NotFound."""
    found = db.session.scalar(
        select(Payment)
        .join(Voucher, Voucher.id == Payment.voucher_id)
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .where(Payment.id == payment_id, requests_seen_by(identity, now))
    )
    if found is None:
        raise NotFound
    return found


def find_proposal(request_id: UUID) -> StepProposal | None:
    """The step of two people that waits for its second person on a request; there is one at most."""
    return db.session.scalar(
        select(StepProposal).where(StepProposal.fund_request_id == request_id, StepProposal.status == "open")
    )


def booked_voucher(voucher_id: UUID) -> Booked:
    """The posting that made a voucher, with its line: a carried request may stand in another line by now."""
    return _booked(Transfer.voucher_id == voucher_id, Kind.VOUCHER, Account.EXPENSE)


def booked_advance(advance_id: UUID) -> Booked:
    """The posting that issued an advance, with its line."""
    return _booked(Transfer.advance_id == advance_id, Kind.ADVANCE, Account.ADVANCES)


def voucher_target(voucher: Voucher, booked: Booked) -> rules.Target:
    """A voucher as the rules judge what may be undone. Two queries."""
    money = voucher_money(voucher.id)
    return rules.Target(
        is_voucher=True,
        status=voucher.status,
        cents=voucher.cents,
        kept_cents=money[Account.EXPENSE] + money[Account.PRIOR_RECOVERY],
        disallowed_cents=money[Account.RECEIVABLE] + money[Account.PRIOR_RECEIVABLE],
        is_late=booked.is_late,
        is_cleared=_is_cleared(voucher.id),
    )


def advance_target(advance: Advance, booked: Booked) -> rules.Target:
    """An advance as the rules judge it. One query."""
    money = advance_money(advance.id)
    return rules.Target(
        is_voucher=False,
        status="paid",
        cents=advance.cents,
        kept_cents=money[Account.EXPENSE] + money[Account.PRIOR_RECOVERY],
        disallowed_cents=money[Account.RECEIVABLE] + money[Account.PRIOR_RECEIVABLE],
        outstanding_cents=money[Account.ADVANCES],
        is_late=booked.is_late,
    )


def is_voucher(target_id: UUID) -> bool:
    """True for the id of a voucher, whosever it is."""
    return bool(db.session.scalar(select(exists().where(Voucher.id == target_id))))


def target_of(
    request_id: UUID, *, voucher_id: UUID | None, advance_id: UUID | None
) -> tuple[Voucher | None, Advance | None, Booked, rules.Target]:
    """A request's voucher or advance, as the rules judge what may be undone. Raises NotFound for another request's."""
    if voucher_id is not None:
        voucher = db.session.get(Voucher, voucher_id, populate_existing=True)
        if voucher is None or voucher.fund_request_id != request_id:
            raise NotFound
        booked = booked_voucher(voucher_id)
        return voucher, None, booked, voucher_target(voucher, booked)
    advance = db.session.get(Advance, advance_id, populate_existing=True) if advance_id else None
    if advance is None or advance.fund_request_id != request_id:
        raise NotFound
    booked = booked_advance(advance.id)
    return None, advance, booked, advance_target(advance, booked)


def final_approvers(request: FundRequest) -> frozenset[UUID]:
    """Who approved the last tier of the present version, of its supplements, or alone in an emergency."""
    rows = db.session.execute(
        select(ApprovalStep.purpose, ApprovalStep.tier, ApprovalStep.actor_id, ApprovalStep.cents)
        .where(
            ApprovalStep.fund_request_id == request.id,
            ApprovalStep.version == request.version,
            ApprovalStep.decision == "approved",
            ApprovalStep.purpose != "ratification",
        )
        .order_by(ApprovalStep.tier)
    )
    last: dict[Any, UUID] = {}
    for row in rows:
        last[row.purpose, row.cents if row.purpose == "supplement" else 0] = row.actor_id
    return frozenset(last.values())


def approvers(request: FundRequest) -> frozenset[UUID]:
    """Everybody who approved a tier of the present version, of its supplements, or in an emergency."""
    return frozenset(
        db.session.scalars(
            select(ApprovalStep.actor_id).where(
                ApprovalStep.fund_request_id == request.id,
                ApprovalStep.version == request.version,
                ApprovalStep.decision == "approved",
                ApprovalStep.purpose != "ratification",
            )
        )
    )


def has_been_paid(payee_id: UUID) -> bool:
    """True when a payment to a payee is out."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    Payment.voucher_id == Voucher.id, Voucher.payee_id == payee_id, Payment.status == "issued"
                )
            )
        )
    )


def number_is_used(bank_account: str, number: str) -> bool:
    """True when a payment number of a bank account was used, be it by a payment that failed."""
    return bool(
        db.session.scalar(select(exists().where(Payment.bank_account == bank_account, Payment.number == number)))
    )


def find_invoice(payee_id: UUID, invoice_key: str) -> tuple[Voucher, str] | None:
    """The voucher, not void, in which an invoice of a payee stands already, with its request's number."""
    row = db.session.execute(
        select(Voucher, FundRequest.number)
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .where(Voucher.payee_id == payee_id, Voucher.invoice_key == invoice_key, Voucher.status != "void")
    ).first()
    return (row[0], row[1]) if row else None


def issued_payment(voucher_id: UUID) -> Payment | None:
    """The payment of a voucher that is out."""
    return db.session.scalar(select(Payment).where(Payment.voucher_id == voucher_id, Payment.status == "issued"))


def substantiated_cents(advance_id: UUID) -> int:
    """How much of an advance was ever covered by receipts."""
    debit, credit = aliased(LedgerAccount), aliased(LedgerAccount)
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Transfer.amount_cents), 0))
            .join(debit, debit.id == Transfer.debit_id)
            .join(credit, credit.id == Transfer.credit_id)
            .where(
                Transfer.advance_id == advance_id,
                debit.kind == str(Account.EXPENSE),
                credit.kind == str(Account.ADVANCES),
            )
        )
        or 0
    )


def receipts_cents(*, voucher_id: UUID | None = None, advance_id: UUID | None = None) -> int:
    """What accepted receipts cover of a voucher or an advance."""
    where = ReceiptAllocation.voucher_id == voucher_id if voucher_id else ReceiptAllocation.advance_id == advance_id
    return int(db.session.scalar(select(func.coalesce(func.sum(ReceiptAllocation.cents), 0)).where(where)) or 0)


def allocated_cents(document_id: UUID) -> int:
    """What of a receipt is used already."""
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(ReceiptAllocation.cents), 0)).where(
                ReceiptAllocation.document_id == document_id
            )
        )
        or 0
    )


def next_number(column: Any, where: Any) -> int:
    """One more than the highest number under a condition. The caller holds the lock of the request."""
    return int(db.session.scalar(select(func.max(column)).where(where)) or 0) + 1


def list_bank_accounts() -> list[str]:
    """The names of the bank accounts that payments were made from, most used first; at most 20."""
    return list(
        db.session.scalars(
            select(Payment.bank_account)
            .group_by(Payment.bank_account)
            .order_by(func.count().desc(), Payment.bank_account)
            .limit(20)
        )
    )


def _is_cleared(voucher_id: UUID) -> bool:
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    BankLine.payment_id == Payment.id, Payment.voucher_id == voucher_id, Payment.status == "issued"
                )
            )
        )
    )


def _booked(where: Any, kind: Kind, account: Account) -> Booked:
    debit = aliased(LedgerAccount)
    row = db.session.execute(
        select(Posting.id, debit.budget_line_id)
        .join(Transfer, Transfer.posting_id == Posting.id)
        .join(debit, debit.id == Transfer.debit_id)
        .where(where, Posting.kind == str(kind), debit.kind == str(account))
    ).first()
    if row is None:
        raise NotFound
    (year,) = years_of_lines([row.budget_line_id])
    return Booked(row.id, row.budget_line_id, year, _is_closed(year, row.budget_line_id))


def _is_closed(year: FiscalYear, line_id: UUID) -> bool:
    """True for a year that is closed, whose every month is, or whose year end the line's fund has behind it."""
    if year.status == "closed":
        return True
    has_open_month = exists().where(Period.fiscal_year_id == year.id, Period.status != "closed")
    is_rolled_over = exists().where(
        RolloverRun.old_year_id == year.id,
        RolloverRun.status == "committed",
        RolloverRun.fund_id == BudgetLine.fund_id,
        BudgetLine.id == line_id,
    )
    row = db.session.execute(select(has_open_month.label("open"), is_rolled_over.label("over"))).one()
    return row.over or not row.open


def _known(model: Any, identity: Identity, row_id: UUID, now: datetime) -> Any:
    found = db.session.scalar(
        select(model)
        .join(FundRequest, FundRequest.id == model.fund_request_id)
        .where(model.id == row_id, requests_seen_by(identity, now))
    )
    if found is None:
        raise NotFound
    return found
