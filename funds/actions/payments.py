"""Paying a voucher, marking a payment as failed, entering a refund; each is one step of the request."""

from __future__ import annotations

from datetime import date, datetime
from typing import Final
from uuid import UUID

import directory.queries
from core.clock import now_utc
from core.db import rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, Sentence
from core.identity import Identity
from funds import ledger, policy, queries, rules
from funds.actions import stepping
from funds.actions.booking import book
from funds.actions.stepping import Step, begin, finish
from funds.actions.vouchers import take_back
from funds.models import METHODS, Payment, Voucher
from funds.posting import OTHER_PAYLOAD
from funds.queries import payments
from funds.states import Action

NAME_LENGTH: Final = 60


@rerun
def pay_voucher(
    identity: Identity,
    *,
    voucher_id: UUID,
    row_version: int,
    payment_id: UUID,
    method: str,
    bank_account: str,
    number: str,
    key: str,
    paid_on: date | None = None,
    now: datetime | None = None,
) -> UUID:
    """Pay a voucher whole, for the first time or again after a payment failed (P7). The number is used once for ever.

    Never by who approved the request last, unless the fund's small-office lane covers it, nor the first payment to a
    payee by who verified it. Raises NotAllowed, and InvalidInput for a number that was used. About 25 queries.
    """
    now = now or now_utc()
    bank_account, number = " ".join(bank_account.split()), "".join(number.split())
    _check_payment(method, bank_account, number)
    with transaction() as session:
        voucher = payments.get_voucher(identity, voucher_id, now)
        step = begin(
            identity,
            request_id=voucher.fund_request_id,
            action=Action.PAY,
            row_version=row_version,
            key=key,
            payload={
                "voucher": voucher_id,
                "payment": payment_id,
                "method": method,
                "bank_account": bank_account,
                "number": number,
                "paid_on": paid_on or "",
            },
            now=now,
        )
        if step.is_repeat:
            return payment_id
        session.refresh(voucher)
        _decide_pay(step, voucher)
        if session.get(Payment, payment_id) is not None:
            raise Conflict(OTHER_PAYLOAD)
        on = paid_on or step.today
        if on > step.today:
            raise InvalidInput("paid_on", Sentence("A payment is entered on the day that it is made, or later."))
        if payments.number_is_used(bank_account, number):
            raise InvalidInput(
                "number",
                Sentence("The number %(number)s of this bank account was used before. Use a new one.", number=number),
            )
        session.add(
            Payment(
                id=payment_id,
                voucher_id=voucher_id,
                attempt=payments.next_number(Payment.attempt, Payment.voucher_id == voucher_id),
                method=method,
                bank_account=bank_account,
                number=number,
                cents=voucher.cents,
                paid_on=on,
                paid_by=identity.user_id,
            )
        )
        voucher.status = "paid"
        voucher.receipt_due_on = _receipt_due(step, voucher, on)
        request = step.request
        request.paid_at = request.paid_at or now
        session.flush()
        posting_id = book(
            step,
            ledger.pay(payments.booked_voucher(voucher_id).line_id, voucher.cents, fund=request.fund_id),
            payments.booked_voucher(voucher_id),
            effective_on=on,
            voucher_id=voucher_id,
            payment_id=payment_id,
        )
        money = queries.request_money([request.id])[request.id]
        finish(
            step,
            money=money,
            posting_id=posting_id,
            cents=voucher.cents,
            voucher=str(voucher_id),
            payment=str(payment_id),
            method=method,
        )
    return payment_id


@rerun
def payment_failed(
    identity: Identity,
    *,
    payment_id: UUID,
    row_version: int,
    reason_code: str,
    key: str,
    note: str = "",
    now: datetime | None = None,
) -> None:
    """Mark a payment as failed: the voucher is unpaid again, its number is retired (P8); paying again is a new one."""
    now = now or now_utc()
    if reason_code not in rules.FAIL_REASONS:
        raise InvalidInput("reason_code", Sentence("Choose a reason."))
    if reason_code == "other" and not note.strip():
        raise InvalidInput("note", Sentence("Write what the reason is."))
    with transaction() as session:
        payment = payments.get_payment(identity, payment_id, now)
        voucher = payments.get_voucher(identity, payment.voucher_id, now)
        step = begin(
            identity,
            request_id=voucher.fund_request_id,
            action=Action.PAYMENT_FAILED,
            row_version=row_version,
            key=key,
            payload={"payment": payment_id, "reason": reason_code, "note": note},
            now=now,
        )
        if step.is_repeat:
            return
        session.refresh(payment)
        session.refresh(voucher)
        target = payments.voucher_target(voucher, payments.booked_voucher(voucher.id))
        stepping.require(rules.decide_failed(target, payment_status=payment.status))
        posting_id = take_back(step, voucher, payment, status="failed")
        voucher.receipt_due_on = None
        money = queries.request_money([step.request.id])[step.request.id]
        finish(
            step,
            money=money,
            posting_id=posting_id,
            cents=payment.cents,
            reason_code=reason_code,
            note=note.strip(),
            payment=str(payment_id),
        )


@rerun
def enter_refund(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    cents: int,
    reason_code: str,
    key: str,
    voucher_id: UUID | None = None,
    advance_id: UUID | None = None,
    note: str = "",
    now: datetime | None = None,
) -> None:
    """Enter that paid money came back: in its open year it is available again (P10), else a recovery (P11)."""
    now = now or now_utc()
    if reason_code not in rules.UNDO_REASONS:
        raise InvalidInput("reason_code", Sentence("Choose a reason."))
    if (voucher_id is None) == (advance_id is None):
        raise InvalidInput("target", Sentence("Choose the voucher or the advance."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.REFUND,
            row_version=row_version,
            key=key,
            payload={
                "voucher": voucher_id or "",
                "advance": advance_id or "",
                "cents": cents,
                "reason": reason_code,
                "note": note,
            },
            now=now,
        )
        if step.is_repeat:
            return
        booked, target = payments.target_of(request_id, voucher_id=voucher_id, advance_id=advance_id)[2:]
        decision = rules.decide_refund(target, cents)
        if not decision.allowed:
            raise InvalidInput("cents", decision.reasons[0])
        draft = (
            ledger.refund_late(step.request.fund_id, cents)
            if target.is_late
            else ledger.refund(booked.line_id, cents, fund=step.request.fund_id)
        )
        posting_id = book(step, draft, booked, voucher_id=voucher_id, advance_id=advance_id, reason_code=reason_code)
        money = queries.request_money([request_id])[request_id]
        finish(
            step,
            money=money,
            posting_id=posting_id,
            cents=cents,
            reason_code=reason_code,
            note=note.strip(),
            target=str(voucher_id or advance_id),
        )


def receipt_day(paid_on: date, evaluation: policy.Evaluation) -> date:
    """Until when the receipts of money that went out on a day are due, as the rules say."""
    if evaluation.receipts_in_working_days:
        holidays = [day for day, _name in directory.queries.list_county_closing_days()]
        return rules.business_days_after(paid_on, evaluation.receipt_days, holidays)
    return date.fromordinal(paid_on.toordinal() + evaluation.receipt_days)


def _receipt_due(step: Step, voucher: Voucher, paid_on: date) -> date:
    texts = stepping.open_texts(step.request)
    evaluation = stepping.evaluate(step.request, texts, policy.Step.VOUCHER, cents=voucher.cents, now=step.now)
    return receipt_day(paid_on, evaluation)


def _decide_pay(step: Step, voucher: Voucher) -> None:
    payee = queries.get_payee(voucher.payee_id)
    if payee.status != "verified":
        raise NotAllowed(Sentence("This payee was changed and is not verified. A second person must verify it first."))
    stepping.require(
        rules.decide_pay(
            rules.PayFacts(
                actor_id=step.identity.user_id,
                final_approvers=payments.final_approvers(step.request),
                approvers=payments.approvers(step.request),
                first_verifier_id=None if payments.has_been_paid(payee.id) else payee.verified_by,
                is_unpaid=voucher.status == "unpaid",
                cents=voucher.cents,
                lane_cents=queries.get_fund(step.request.fund_id).payer_may_approve_cents,
            )
        )
    )


def _check_payment(method: str, bank_account: str, number: str) -> None:
    if method not in METHODS:
        raise InvalidInput("method", Sentence("Choose how it is paid."))
    if not 0 < len(bank_account) <= NAME_LENGTH:
        raise InvalidInput("bank_account", Sentence("Write from which bank account or card it is paid."))
    if not 0 < len(number) <= NAME_LENGTH:
        raise InvalidInput("number", Sentence("Write the number of the check, transfer or card receipt."))


__all__ = ["enter_refund", "pay_voucher", "payment_failed", "receipt_day"]
