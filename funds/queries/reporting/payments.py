"""Money that went out: advances, vouchers with their receipts, payments, bank lines, vendors, cards. No write."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Select, and_, case, func, select

from core.db import db
from funds.ledger import Account
from funds.models import (
    Advance,
    BankLine,
    CustodyEvent,
    FundRequest,
    ImportBatch,
    Instrument,
    Payee,
    Payment,
    Posting,
    ReceiptAllocation,
    TaxForm,
    TaxThreshold,
    Transfer,
    Voucher,
)
from funds.queries.listed import moment_of, narrowed_to
from funds.queries.scope import Scope, joined
from funds.queries.sums import net_of, touching


def list_outstanding(scope: Scope) -> Sequence[Any]:
    """Advances that receipts and returns do not cover at the end of a filter, with holder and request. One query."""
    sums = (
        joined(select(Posting.fund_request_id, Transfer.advance_id, net_of(Account.ADVANCES).label("cents")), scope)
        .where(touching(Account.ADVANCES))
        .group_by(Posting.fund_request_id, Transfer.advance_id)
        .having(net_of(Account.ADVANCES) != 0)
        .subquery()
    )
    return db.session.execute(
        select(Advance.holder_id, Advance.issued_on, Advance.due_on, FundRequest.id, FundRequest.number, sums.c.cents)
        .select_from(sums)
        .outerjoin(Advance, Advance.id == sums.c.advance_id)
        .outerjoin(FundRequest, FundRequest.id == sums.c.fund_request_id)
        .order_by(FundRequest.number, Advance.seq)
    ).all()


@dataclass(frozen=True, slots=True)
class Receipted:
    """What the payments of a filter that stand come to, what receipts cover of it, and those not covered whole."""

    paid_cents: int
    covered_cents: int
    open: Sequence[Any]


def receipted(scope: Scope, as_of: date) -> Receipted:
    """Payments that stand, with what receipts cover of them up to a day. Two queries."""
    allocated = (
        select(ReceiptAllocation.voucher_id, func.sum(ReceiptAllocation.cents).label("cents"))
        .where(ReceiptAllocation.accepted_at < moment_of(as_of + timedelta(days=1)))
        .group_by(ReceiptAllocation.voucher_id)
        .subquery()
    )
    covered = func.coalesce(allocated.c.cents, 0)

    def standing(*columns: Any) -> Select[Any]:
        return (
            select(*columns)
            .select_from(Payment)
            .outerjoin(allocated, allocated.c.voucher_id == Payment.voucher_id)
            .where(Payment.status == "issued", Payment.paid_on <= as_of)
        )

    counted = func.sum(case((covered < Payment.cents, covered), else_=Payment.cents))
    paid, whole = db.session.execute(_of_requests(standing(func.sum(Payment.cents), counted), scope)).one()
    left = standing(
        FundRequest.id, FundRequest.number, FundRequest.author_id, Payment.paid_on,
        (Payment.cents - covered).label("cents"),
    )  # fmt: skip
    left = _of_requests(left.where(covered < Payment.cents), scope).order_by(Payment.paid_on, Payment.voucher_id)
    return Receipted(int(paid or 0), int(whole or 0), db.session.execute(left).all())


@dataclass(frozen=True, slots=True)
class Matched:
    """Payments that stand: how many and how much are in a bank file and how much not, and those that are not."""

    matched: tuple[int, int]
    missing: tuple[int, int]
    open: Sequence[Any]


def matched(scope: Scope, as_of: date) -> Matched:
    """Payments up to a day that stand, against the lines of bank files. Two queries."""

    def standing(*columns: Any) -> Select[Any]:
        return (
            select(*columns)
            .select_from(Payment)
            .outerjoin(BankLine, BankLine.payment_id == Payment.id)
            .where(Payment.status == "issued", Payment.paid_on <= as_of)
        )

    is_matched = BankLine.id.is_not(None)
    counted = _of_requests(standing(is_matched, func.count(), func.sum(Payment.cents)).group_by(is_matched), scope)
    sums = {bool(each): (int(number), int(cents)) for each, number, cents in db.session.execute(counted)}
    left = standing(
        Payment.bank_account, Payment.number, Payment.paid_on, Payment.cents, FundRequest.id.label("request_id"),
        FundRequest.number.label("request"),
    )  # fmt: skip
    left = _of_requests(left.where(BankLine.id.is_(None)), scope).order_by(
        Payment.bank_account, Payment.paid_on, Payment.number
    )
    return Matched(sums.get(True, (0, 0)), sums.get(False, (0, 0)), db.session.execute(left).all())


def check_numbers(scope: Scope, as_of: date) -> dict[str, set[int]]:
    """Bank account → the numbers that checks used up to a day, whatever became of them. One query."""
    used: dict[str, set[int]] = defaultdict(set)
    columns: tuple[Any, ...] = (Payment.bank_account, Payment.number)
    wanted = select(*columns).where(Payment.method == "check", Payment.paid_on <= as_of)
    for account, number in db.session.execute(_of_requests(wanted, scope)):
        if number.isascii() and number.isdigit():
            used[account].add(int(number))
    return used


def _of_requests(wanted: Select[Any], scope: Scope) -> Select[Any]:
    """Payments of the requests of a filter. Their requests are joined last, where filter or selection names them."""
    narrowed = narrowed_to(scope.of_requests)
    if narrowed or FundRequest.__table__ in wanted.get_final_froms():
        wanted = wanted.join(Voucher, Voucher.id == Payment.voucher_id)
        wanted = wanted.join(FundRequest, FundRequest.id == Voucher.fund_request_id)
    return wanted.where(*narrowed)


def unmatched_lines(scope: Scope, as_of: date) -> Sequence[Any]:
    """Lines of bank and card files up to a day that no payment belongs to. One query."""
    wanted = (
        select(BankLine.on, BankLine.cents, BankLine.number, BankLine.note, ImportBatch.bank_account)
        .join(ImportBatch, ImportBatch.id == BankLine.import_batch_id)
        .where(BankLine.on <= as_of, BankLine.payment_id.is_(None))
        .order_by(BankLine.on, BankLine.id)
    )
    if scope.fund_id is not None:
        wanted = wanted.where(ImportBatch.fund_id == scope.fund_id)
    return db.session.execute(wanted).all()


def duplicate_invoices() -> Sequence[Any]:
    """Vouchers that stand and name the same invoice of the same payee, with their requests. One query."""
    number = func.lower(Voucher.invoice_no)
    again = (
        select(Voucher.payee_id, number.label("number"))
        .where(Voucher.invoice_no.is_not(None), Voucher.status != "void")
        .group_by(Voucher.payee_id, number)
        .having(func.count() > 1)
        .subquery()
    )
    return db.session.execute(
        select(
            Voucher.payee_id, Voucher.invoice_no, Voucher.cents, FundRequest.number, FundRequest.id.label("request_id")
        )
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .join(again, and_(again.c.payee_id == Voucher.payee_id, again.c.number == number))
        .where(Voucher.status != "void")
        .order_by(Voucher.payee_id, number, FundRequest.number)
    ).all()


def list_custody(scope: Scope) -> Sequence[Any]:
    """Cards and passes with the last change of hands. One query."""
    last = (
        select(CustodyEvent.instrument_id, func.max(CustodyEvent.at).label("at"), func.count().label("events"))
        .group_by(CustodyEvent.instrument_id)
        .subquery()
    )
    wanted = (
        select(Instrument, last.c.at, last.c.events)
        .outerjoin(last, last.c.instrument_id == Instrument.id)
        .order_by(Instrument.state, Instrument.label, Instrument.id)
    )
    if scope.fund_id is not None:
        wanted = wanted.where(Instrument.fund_id == scope.fund_id)
    return db.session.execute(wanted).all()


def vendor_payments(year: int, as_of: date) -> Sequence[Any]:
    """Payments of a calendar year that stand, by payee and method. One query."""
    return db.session.execute(
        select(Payee, Payment.method, func.sum(Payment.cents).label("cents"))
        .join(Voucher, Voucher.payee_id == Payee.id)
        .join(Payment, Payment.voucher_id == Voucher.id)
        .where(
            Payment.status == "issued",
            Payment.paid_on >= date(year, 1, 1),
            Payment.paid_on <= min(as_of, date(year, 12, 31)),
        )
        .group_by(Payee.id, Payment.method)
        .order_by(Payee.name, Payee.id)
    ).all()


def payees_with_w9(on: date) -> set[UUID]:
    """Payees with a W-9 that is valid on a day."""
    return set(db.session.scalars(select(TaxForm.payee_id).where(TaxForm.received_on <= on, TaxForm.expires_on > on)))


def tax_threshold(year: int) -> TaxThreshold | None:
    """From how much a 1099 is due in a calendar year; None where it is not entered."""
    return db.session.scalar(select(TaxThreshold).where(TaxThreshold.year == year))
