"""Vouchers: a debt to the payee recognised, corrected while unpaid, voided. Paying them stands in `payments`."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from core.clock import now_utc
from core.db import db, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, Sentence
from core.identity import Identity
from funds import ledger, policy, queries, rules
from funds.actions import seconds, stepping
from funds.actions.booking import book, books_context
from funds.actions.contents import MOST_CENTS
from funds.actions.stepping import Step, begin, finish
from funds.models import Payment, Voucher
from funds.posting import OTHER_PAYLOAD, post
from funds.queries import payments
from funds.states import Action

NUMBER_LENGTH = 60


@rerun
def make_voucher(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    voucher_id: UUID,
    cents: int,
    key: str,
    invoice_no: str = "",
    is_final: bool = False,
    repeat_reason: str = "",
    late_reason: str = "",
    now: datetime | None = None,
) -> UUID:
    """Recognise a debt to the payee, part of what is held or the last of it; the last one frees the rest (P6).

    `repeat_reason` explains an invoice number that stands in the books already. Raises NotAllowed with every sentence
    against it, InvalidInput for such a number without a reason. About 30 queries.
    """
    now = now or now_utc()
    invoice_no = " ".join(invoice_no.split())
    if not 0 < cents <= MOST_CENTS:
        raise InvalidInput("cents", Sentence("Write the amount of the invoice."))
    if len(invoice_no) > NUMBER_LENGTH:
        raise InvalidInput("invoice_no", Sentence("This number is too long."))
    with transaction() as session:
        step = begin(
            identity,
            request_id=request_id,
            action=Action.VOUCHER,
            row_version=row_version,
            key=key,
            payload={
                "voucher": voucher_id,
                "cents": cents,
                "invoice_no": invoice_no,
                "is_final": is_final,
                "repeat_reason": repeat_reason,
            },
            now=now,
            locks_spending=True,
            late_reason=late_reason,
        )
        if step.is_repeat:
            return voucher_id
        request = step.request
        if session.get(Voucher, voucher_id) is not None:
            raise Conflict(OTHER_PAYLOAD)
        if request.payee_id is None or request.budget_line_id is None:
            raise NotAllowed(Sentence("This request names no payee or holds no money."))
        invoice_key = _invoice_key(step, invoice_no, repeat_reason)
        money = queries.request_money([request_id])[request_id]
        texts = stepping.open_texts(request)
        evaluation = stepping.evaluate(request, texts, policy.Step.VOUCHER, cents=cents, now=now)
        payee = queries.get_payee(request.payee_id)
        decision = rules.decide_voucher(
            rules.VoucherFacts(
                cents=cents,
                free_cents=money.free_cents,
                payee_is_verified=payee.status == "verified",
                evaluation=evaluation,
            )
        )
        stepping.require(decision)
        evaluation_id = stepping.store_evaluation(request, evaluation, policy.Step.VOUCHER, cents=cents, now=now)
        session.add(
            Voucher(
                id=voucher_id,
                fund_request_id=request_id,
                seq=payments.next_number(Voucher.seq, Voucher.fund_request_id == request_id),
                payee_id=request.payee_id,
                cents=cents,
                invoice_no=invoice_no or None,
                invoice_key=invoice_key,
                repeat_reason=repeat_reason.strip() or None if invoice_key is None else None,
                is_final=is_final,
                made_by=identity.user_id,
                made_at=now,
            )
        )
        session.flush()
        posting_id = post(
            identity,
            ledger.voucher(request.budget_line_id, cents, release_cents=money.free_cents - cents if is_final else 0),
            books_context(step, evaluation_id=evaluation_id, voucher_id=voucher_id),
        )
        finish(step, posting_id=posting_id, cents=cents, voucher=str(voucher_id), final=is_final)
    return voucher_id


@rerun
def correct_voucher(
    identity: Identity, *, proposal_id: UUID, row_version: int, key: str, now: datetime | None = None
) -> None:
    """Reverse a voucher that was entered wrongly and is not paid, as the second person: its exact mirror is posted."""
    now = now or now_utc()
    with transaction():
        second = seconds.begin_second(
            identity, proposal_id=proposal_id, action=Action.CORRECT, row_version=row_version, key=key, now=now
        )
        if second is None:
            return
        assert second.voucher is not None
        _posting, moves = queries.get_moves(second.booked.posting_id)
        posting_id = book(
            second.step,
            ledger.reverse(moves),
            second.booked,
            voucher_id=second.voucher.id,
            reverses_id=second.booked.posting_id,
            reason_code=second.proposal.reason_code,
        )
        second.voucher.status = "void"
        db.session.flush()
        seconds.finish_second(second, posting_id=posting_id, voucher=str(second.voucher.id))


@rerun
def void_voucher(
    identity: Identity, *, proposal_id: UUID, row_version: int, key: str, now: datetime | None = None
) -> None:
    """Drop a voucher, as the director, after a payer asked for it: a payment that is out is taken back first.

    The money is available again (P8, P9); of a closed year it is a recovery of that year (P11).
    """
    now = now or now_utc()
    with transaction():
        second = seconds.begin_second(
            identity, proposal_id=proposal_id, action=Action.VOID, row_version=row_version, key=key, now=now
        )
        if second is None:
            return
        voucher, booked, step = second.voucher, second.booked, second.step
        assert voucher is not None
        payment = payments.issued_payment(voucher.id)
        if payment is not None:
            take_back(step, voucher, payment, status="void")
        draft = (
            ledger.refund_late(step.request.fund_id, voucher.cents, dropped_voucher_of=booked.line_id)
            if booked.is_late
            else ledger.void(booked.line_id, voucher.cents)
        )
        reason_code = second.proposal.reason_code
        posting_id = book(step, draft, booked, part="void", voucher_id=voucher.id, reason_code=reason_code)
        voucher.status = "void"
        voucher.receipt_due_on = None
        db.session.flush()
        seconds.finish_second(second, posting_id=posting_id, voucher=str(voucher.id))


def take_back(step: Step, voucher: Voucher, payment: Payment, *, status: str) -> int:
    """Post that a payment did not happen (P8), with today's day: cash follows its own day."""
    booked = payments.booked_voucher(voucher.id)
    posting_id = post(
        step.identity,
        ledger.unpay(booked.line_id, payment.cents, fund=step.request.fund_id),
        books_context(step, "unpay", effective_on=step.today, voucher_id=voucher.id, payment_id=payment.id),
    )
    payment.status = status
    voucher.status = "unpaid"
    db.session.flush()
    return posting_id


def invoice_key_of(invoice_no: str) -> str | None:
    """An invoice number as it is compared: letters and digits only, no case, no leading zeros; None for none."""
    return "".join(letter for letter in invoice_no.casefold() if letter.isalnum()).lstrip("0") or None


def _invoice_key(step: Step, invoice_no: str, repeat_reason: str) -> str | None:
    """The key that keeps an invoice from being vouchered twice; None where it is another invoice, explained."""
    found_key = invoice_key_of(invoice_no)
    assert step.request.payee_id is not None
    there = payments.find_invoice(step.request.payee_id, found_key) if found_key else None
    if there is None:
        return found_key
    if not repeat_reason.strip():
        raise InvalidInput(
            "repeat_reason",
            Sentence(
                "Invoice %(invoice)s of this payee stands in %(number)s already. "
                "If this is another one, write why it has the same number.",
                invoice=invoice_no,
                number=there[1],
            ),
        )
    return None
