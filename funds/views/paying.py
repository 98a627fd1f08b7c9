"""Paying: what waits for payment, vouchers, payments, advances and refunds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from flask import request, url_for

import accounts.queries
from core.clock import now_utc
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Identity, Permission
from core.layout import NavigationItem
from core.money import format_cents
from core.pages import translate
from funds import queries, rules
from funds.actions import advances, payments, vouchers
from funds.actions.opening import OpenedRequest, open_lines, open_request
from funds.forms.asking import key_of, version_of
from funds.forms.paying import (
    UNDO_WORDS,
    AdvanceForm,
    FailedForm,
    PayForm,
    RefundForm,
    VoucherForm,
)
from funds.queries import asking, paying
from funds.queries import payees as payee_queries
from funds.queries import payments as stored
from funds.states import Action
from funds.views.blueprint import blueprint, page
from funds.views.one_form import (
    PAY,
    Answer,
    chosen,
    offer_targets,
    one_form,
    optional,
    seen,
    step_up,
    target_ids,
    voucher_label,
)
from funds.views.requests import WORDS, category_names
from funds.words import METHOD_WORDS

VOUCHER_TONES: Final = {"unpaid": "info", "paid": "good", "void": "neutral"}
VOUCHER_WORDS: Final[Mapping[str, Sentence]] = {
    "unpaid": Sentence("to pay"),
    "paid": Sentence("paid"),
    "void": Sentence("void"),
}
PAYMENT_WORDS: Final[Mapping[str, Sentence]] = {
    "issued": Sentence("out"),
    "failed": Sentence("failed"),
    "void": Sentence("void"),
}


@blueprint.get("/fund/to-pay")
@needs(Permission.SEE_FUND_REQUESTS)
def list_payable() -> tuple[str, int]:
    """Vouchers to pay, oldest first; approved requests that have none yet; steps that wait for a second person."""
    identity, now = current_identity(), now_utc()
    payable = paying.list_unpaid(identity, now)
    waiting = paying.list_to_voucher(identity, now) if identity.may(Permission.RECOGNIZE_SPENDING) else []
    proposals = paying.list_proposals(identity, now)
    known = {row.request.id: row.request for row in payable} | {row.id: row for row in waiting}
    known |= {row.id: row for _proposal, row in proposals}
    lines = {line.request.id: line for line in open_lines(identity, list(known.values()), purpose="to pay", now=now)}
    return page(
        "list_payable",
        now=now,
        payable=[row for row in payable if row.request.id in lines],
        waiting=[row for row in waiting if row.id in lines],
        proposals=proposals,
        lines=lines,
        may_pay=identity.may(Permission.PAY_VOUCHERS),
        me=identity.user_id,
        undo_words=UNDO_WORDS,
        names=accounts.queries.names_of([proposal.proposed_by for proposal, _row in proposals]),
        categories=category_names(),
        payee_names=asking.payee_names([row.payee_id for row in waiting if row.payee_id]),
        **WORDS,
    )


@blueprint.get("/fund/vouchers/<uuid:voucher_id>")
@needs(Permission.SEE_FUND_REQUESTS)
def show_voucher(voucher_id: UUID) -> tuple[str, int]:
    """One voucher: its payments, receipts, and what the books say still stands of it."""
    identity, now = current_identity(), now_utc()
    voucher = stored.get_voucher(identity, voucher_id, now)
    opened = open_request(identity, request_id=voucher.fund_request_id, purpose="voucher", now=now)
    voucher = stored.get_voucher(identity, voucher_id, now)
    attempts = queries.list_payments([voucher_id])
    return page(
        "show_voucher",
        now=now,
        opened=opened,
        voucher=voucher,
        payments=attempts,
        target=stored.voucher_target(voucher, stored.booked_voucher(voucher_id)),
        receipts=stored.receipts_cents(voucher_id=voucher_id),
        payee=queries.get_payee(voucher.payee_id),
        people=accounts.queries.names_of(
            [each for each in [voucher.made_by, *(row.paid_by for row in attempts)] if each is not None]
        ),
        may_pay=identity.may(Permission.PAY_VOUCHERS),
        actions=Action,
        voucher_words=VOUCHER_WORDS,
        voucher_tones=VOUCHER_TONES,
        payment_words=PAYMENT_WORDS,
        **WORDS,
    )


@blueprint.route("/fund/requests/<uuid:request_id>/voucher", methods=["GET", "POST"])
@needs(Permission.RECOGNIZE_SPENDING)
def make_voucher(request_id: UUID) -> Answer:
    """Recognise a debt to the payee, in part or the last of it."""
    form = VoucherForm()

    def fill(opened: OpenedRequest) -> dict[str, Any]:
        if request.method == "GET":
            form.cents.data, form.is_final.data = max(0, opened.money.free_cents), True
        alike = paying.list_alike(opened.request, form.cents.data or 0, now_utc())
        return {
            "payee_row": queries.get_payee(opened.request.payee_id) if opened.request.payee_id else None,
            "alike": alike,
            "shows_reason": bool(form.repeat_reason.errors or form.repeat_reason.data),
        }

    return one_form(
        request_id,
        "make_voucher",
        form,
        lambda: vouchers.make_voucher(
            current_identity(),
            voucher_id=form.voucher_id.id_of_row,
            cents=form.cents.data or 0,
            invoice_no=form.invoice_no.data or "",
            is_final=bool(form.is_final.data),
            repeat_reason=form.repeat_reason.data or "",
            late_reason=form.late_reason.data or "",
            **seen(form, request_id),
        ),
        Sentence("The voucher is made. It waits to be paid by a payer."),
        fill=fill,
        action=Action.VOUCHER,
    )


@blueprint.route("/fund/requests/<uuid:request_id>/pay", methods=["GET", "POST"])
@needs(Permission.PAY_VOUCHERS)
def pay_voucher(request_id: UUID) -> Answer:
    """Pay a voucher of a request; asks for a one-time code first."""
    if away := step_up(PAY, url_for("funds.pay_voucher", request_id=request_id)):
        return away
    form = PayForm()

    def fill(opened: OpenedRequest) -> dict[str, Any]:
        unpaid = [row for row in opened.vouchers if row.status == "unpaid"]
        form.voucher.choices = [(str(row.id), voucher_label(row)) for row in unpaid]
        if request.method == "GET":
            form.method.data = opened.request.method or "check"
            form.voucher.data = str(unpaid[0].id) if unpaid else None
        payee = queries.get_payee(opened.request.payee_id) if opened.request.payee_id else None
        return {"unpaid": unpaid, "payee_row": payee, "bank_accounts": stored.list_bank_accounts()}

    return one_form(
        request_id,
        "pay_voucher",
        form,
        lambda: payments.pay_voucher(
            current_identity(),
            voucher_id=chosen(form.voucher.data),
            payment_id=form.payment_id.id_of_row,
            method=form.method.data or "",
            bank_account=form.bank_account.data or "",
            number=form.number.data or "",
            paid_on=form.paid_on.data,
            row_version=version_of(form.row_version.data),
            key=key_of(form.key.data),
        ),
        Sentence("The payment is entered."),
        fill=fill,
        action=Action.PAY,
        onward=url_for("funds.list_payable"),
    )


@blueprint.route("/fund/payments/<uuid:payment_id>/failed", methods=["GET", "POST"])
@needs(Permission.PAY_VOUCHERS)
def fail_payment(payment_id: UUID) -> Answer:
    """Mark a payment as failed; asks for a one-time code first."""
    if away := step_up(PAY, url_for("funds.fail_payment", payment_id=payment_id)):
        return away
    identity, now = current_identity(), now_utc()
    payment = stored.get_payment(identity, payment_id, now)
    request_id = stored.get_voucher(identity, payment.voucher_id, now).fund_request_id
    form = FailedForm()
    return one_form(
        request_id,
        "fail_payment",
        form,
        lambda: payments.payment_failed(
            current_identity(),
            payment_id=payment_id,
            reason_code=form.reason_code.data or "",
            note=form.note.data or "",
            row_version=version_of(form.row_version.data),
            key=key_of(form.key.data),
        ),
        Sentence("The payment is marked as failed. Its number is not used again; pay the voucher with a new one."),
        fill=lambda _opened: {"payment": stored.get_payment(identity, payment_id, now)},
        action=Action.PAYMENT_FAILED,
    )


@blueprint.route("/fund/requests/<uuid:request_id>/advance", methods=["GET", "POST"])
@needs(Permission.RECOGNIZE_SPENDING)
def issue_advance(request_id: UUID) -> Answer:
    """Hand out petty cash, a card or a pass before the purchase."""
    form = AdvanceForm()

    def fill(opened: OpenedRequest) -> dict[str, Any]:
        cards, _total = paying.list_instruments(
            fund_id=opened.request.fund_id, states=sorted(rules.IN_THE_SAFE), size=200
        )
        form.method.choices = [(code, translate(METHOD_WORDS[code])) for code in advances.METHODS]
        form.instrument.choices = [
            ("", translate(Sentence("None: petty cash"))),
            *(
                (
                    str(card.id),
                    f"{card.label} …{card.last4}" + (f" · {format_cents(card.value_cents)}" * bool(card.value_cents)),
                )
                for card in cards
            ),
        ]
        form.holder.choices = _holders(opened)
        if request.method == "GET":
            form.cents.data = max(0, opened.money.free_cents)
            has_one = opened.request.method in advances.METHODS and bool(cards)
            form.method.data = opened.request.method if has_one else "petty_cash"
            form.holder.data = str(opened.request.author_id or "")
        return {"has_cards": bool(cards)}

    return one_form(
        request_id,
        "issue_advance",
        form,
        lambda: advances.issue_advance(
            current_identity(),
            advance_id=form.advance_id.id_of_row,
            method=form.method.data or "",
            cents=form.cents.data or 0,
            holder_id=chosen(form.holder.data),
            instrument_id=optional(form.instrument.data),
            late_reason=form.late_reason.data or "",
            **seen(form, request_id),
        ),
        Sentence("The advance is out. Its holder is asked for receipts."),
        fill=fill,
        action=Action.ISSUE_ADVANCE,
    )


@blueprint.route("/fund/requests/<uuid:request_id>/refund", methods=["GET", "POST"])
@needs(Permission.RECOGNIZE_SPENDING)
def refund_request(request_id: UUID) -> Answer:
    """Enter money that came back."""
    form = RefundForm()

    def fill(opened: OpenedRequest) -> dict[str, Any]:
        offer_targets(form, opened, only_paid=True)
        return {}

    return one_form(
        request_id,
        "refund_request",
        form,
        lambda: payments.enter_refund(
            current_identity(),
            cents=form.cents.data or 0,
            reason_code=form.reason_code.data or "",
            note=form.note.data or "",
            **target_ids(form.target.data),
            **seen(form, request_id),
        ),
        Sentence("The refund is entered."),
        fill=fill,
        action=Action.REFUND,
    )


def waiting(identity: Identity) -> Sequence[NavigationItem]:
    """What waits for those who pay, finish and keep payees, for the start page."""
    now, items = now_utc(), []
    if identity.may(Permission.PAY_VOUCHERS):
        count = paying.count_unpaid(identity, now)
        items.append(NavigationItem(Sentence("Vouchers to pay"), url_for("funds.list_payable"), count=count))
    if identity.may(Permission.DISALLOW_SPENDING) or identity.may(Permission.PAY_VOUCHERS):
        count = paying.count_seconds(identity, now)
        label = Sentence("Steps that wait for a second person")
        items.append(NavigationItem(label, url_for("funds.list_payable") + "#seconds", count=count))
    if identity.may(Permission.RECONCILE_SPENDING):
        count = paying.count_to_reconcile(identity, now)
        items.append(NavigationItem(Sentence("Requests to reconcile"), url_for("funds.list_to_reconcile"), count=count))
    if identity.may(Permission.ASK_FUND):
        count = paying.count_overdue_receipts(identity, now)
        address = url_for("funds.list_requests", mine=1)
        items.append(NavigationItem(Sentence("Receipts overdue"), address, count=count))
    if identity.may(Permission.RECOGNIZE_SPENDING):
        count = payee_queries.count_proposed()
        items.append(NavigationItem(Sentence("Payees to verify"), url_for("funds.list_payees"), count=count))
    return items


def _card_label(card: Any) -> str:
    worth = f" · {format_cents(card.value_cents)}" if card.value_cents else ""
    return f"{card.label} …{card.last4}{worth}"


def _holders(opened: OpenedRequest) -> list[tuple[str, str]]:
    found = {
        str(account.id): account.name
        for role in ("coordinator", "supervisor", "mentor")
        for account in accounts.queries.list_holders(role)
    }
    first = str(opened.request.author_id or "")
    return sorted(found.items(), key=lambda each: (each[0] != first, each[1]))
