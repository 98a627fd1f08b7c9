"""Paying: what waits for payment, vouchers, payments, advances, refunds, and the steps that two people take."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any, Final
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from accounts import sign_in
from core.clock import now_utc
from core.errors import InvalidInput, NotAllowed, NotFound, Sentence
from core.guard import current_identity, needs
from core.identity import Identity, Permission
from core.layout import NavigationItem
from core.money import format_cents
from core.pages import attempt, flash_sentence, translate
from funds import queries, rules
from funds.actions import advances, payments, recoveries, seconds, vouchers
from funds.actions.opening import OpenedRequest, open_lines, open_request
from funds.forms.asking import VerbForm, key_of, version_of
from funds.forms.paying import (
    UNDO_WORDS,
    AdvanceForm,
    FailedForm,
    PayForm,
    RefundForm,
    UndoForm,
    VoucherForm,
)
from funds.queries import asking, paying
from funds.queries import payees as payee_queries
from funds.queries import payments as stored
from funds.states import Action
from funds.views.blueprint import blueprint, page
from funds.views.requests import WORDS, category_names, request_page
from funds.words import METHOD_WORDS

Answer = Response | tuple[str, int]
PAY: Final = "pay"  # the operation that a one-time code opens
VERBS: Final[Mapping[Action, Callable[..., None]]] = {
    Action.CORRECT: vouchers.correct_voucher,
    Action.VOID: vouchers.void_voucher,
    Action.DISALLOW: recoveries.disallow,
    Action.RECOVER: recoveries.recover,
    Action.WRITE_OFF: recoveries.write_off,
}
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
        form.voucher.choices = [(str(row.id), _voucher_label(row)) for row in unpaid]
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
            voucher_id=_chosen(form.voucher.data),
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
            holder_id=_chosen(form.holder.data),
            instrument_id=_optional(form.instrument.data),
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
        form.target.choices = targets_of(opened, only_paid=True)
        if request.method == "GET" and len(form.target.choices) == 1:
            form.target.data = form.target.choices[0][0]
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


@blueprint.route("/fund/requests/<uuid:request_id>/undo", methods=["GET", "POST"])
@needs(Permission.SEE_FUND_REQUESTS)
def undo_request(request_id: UUID) -> Answer:
    """Ask a second person to void, correct, disallow, recover or give up."""
    form = UndoForm()

    def fill(opened: OpenedRequest) -> dict[str, Any]:
        open_now = [action for action in VERBS if action in opened.may]
        if not open_now:
            raise NotAllowed(Sentence("Nothing of this request can be voided, corrected or disallowed by you now."))
        form.action.choices = [(str(action), translate(UNDO_WORDS[action])) for action in open_now]
        form.target.choices = targets_of(opened)
        if request.method == "GET" and len(form.target.choices) == 1:
            form.target.data = form.target.choices[0][0]
        return {"asks_amount": not set(open_now) <= {Action.VOID, Action.CORRECT}}

    def act() -> None:
        seconds.propose_step(
            current_identity(),
            proposal_id=form.proposal_id.id_of_row,
            request_id=request_id,
            row_version=version_of(form.row_version.data),
            action=_chosen_action(form.action.data),
            reason_code=form.reason_code.data or "",
            note=form.note.data or "",
            cents=form.cents.data,
            **target_ids(form.target.data),
        )

    return one_form(
        request_id,
        "undo_request",
        form,
        act,
        Sentence("A second person was asked. Nothing is posted until they do it."),
        fill=fill,
    )


@blueprint.route("/fund/proposals/<uuid:proposal_id>", methods=["GET", "POST"])
@needs(Permission.SEE_FUND_REQUESTS)
def decide_step(proposal_id: UUID) -> Answer:
    """Do, as the second person, what a first one asked for, or refuse it; asks for a one-time code first."""
    if away := step_up(PAY, url_for("funds.decide_step", proposal_id=proposal_id)):
        return away
    identity, now = current_identity(), now_utc()
    proposal = stored.get_proposal(identity, proposal_id, now)
    action, request_id, is_own = (
        Action(proposal.action),
        proposal.fund_request_id,
        proposal.proposed_by == identity.user_id,
    )
    refuses = request.form.get("do") == "refuse"
    form = VerbForm()

    def act() -> None:
        if refuses:
            seconds.refuse_step(current_identity(), proposal_id=proposal_id)
            return
        VERBS[action](
            current_identity(),
            proposal_id=proposal_id,
            row_version=version_of(form.row_version.data),
            key=key_of(form.key.data),
        )

    def fill(opened: OpenedRequest) -> dict[str, Any]:
        row = stored.get_proposal(identity, proposal_id, now)
        return {
            "proposal": row,
            "target": dict(targets_of(opened)).get(str(row.voucher_id or row.advance_id), ""),
            "note": seconds.note_of(opened, row),
            "what": UNDO_WORDS[action],
            "reason": rules.UNDO_REASONS[row.reason_code],
            "by": accounts.queries.names_of([row.proposed_by]).get(row.proposed_by, ""),
            "is_own": is_own,
        }

    return one_form(
        request_id,
        "decide_step",
        form,
        act,
        Sentence("It is refused: nothing was posted.") if refuses else Sentence("It is done and posted."),
        fill=fill,
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


def one_form(
    request_id: UUID,
    template: str,
    form: Any,
    act: Callable[[], Any],
    done: Sentence,
    *,
    fill: Callable[[OpenedRequest], Mapping[str, Any]] = lambda _opened: {},
    onward: str = "",
    action: Action | None = None,
) -> Answer:
    """A page of one form above the request's own page; refused, it stands there again with all that was typed."""

    def shown(reasons: Sequence[Sentence]) -> tuple[str, int]:
        def more(opened: OpenedRequest) -> dict[str, Any]:
            form.row_version.data, form.row_version.raw_data = str(opened.request.row_version), None
            return {"one_form": form, **fill(opened)}

        return request_page(
            request_id, template=template, purpose=template, form=form, reasons=reasons, more=more, action=action
        )

    if request.method == "GET":
        return shown(())
    _trust_choices(form)
    if not form.validate_on_submit():
        return shown(())
    tried = attempt(form, act)
    if not tried.done:
        return shown(tried.reasons)
    flash_sentence(done)
    return redirect(onward or url_for("funds.show_request", request_id=request_id), 303)


def seen(form: Any, request_id: UUID) -> dict[str, Any]:
    """What each verb sends of the page that it stands on."""
    return {
        "request_id": request_id,
        "row_version": version_of(form.row_version.data),
        "key": key_of(form.key.data),
    }


def step_up(operation: str, onward: str) -> Response | None:
    """To the page that asks for a one-time code, unless one was given just now."""
    if sign_in.fresh_second_factor(current_identity(), operation):
        return None
    return sign_in.to_confirm(operation, onward)


def targets_of(opened: OpenedRequest, *, only_paid: bool = False) -> list[tuple[str, str]]:
    """The vouchers and advances of a request, as choices."""
    wanted = ("paid",) if only_paid else ("unpaid", "paid")
    return [(str(row.id), _voucher_label(row)) for row in opened.vouchers if row.status in wanted] + [
        (
            str(row.id),
            translate(Sentence("Advance %(number)s · %(cents)s", number=row.seq, cents=format_cents(row.cents))),
        )
        for row in opened.advances
    ]


def target_ids(text: str | None) -> dict[str, Any]:
    """The chosen voucher or advance as the actions take it. Raises NotFound for what is no id."""
    target_id = _optional(text)
    if target_id is None:
        return {"voucher_id": None, "advance_id": None}
    is_voucher = stored.is_voucher(target_id)
    return {"voucher_id": target_id if is_voucher else None, "advance_id": None if is_voucher else target_id}


def _voucher_label(row: Any) -> str:
    number = row.invoice_no or translate(Sentence("no invoice number"))
    return translate(
        Sentence(
            "Voucher %(number)s · %(cents)s · %(invoice)s",
            number=row.seq,
            cents=format_cents(row.cents),
            invoice=number,
        )
    )


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


def _chosen(text: Any) -> UUID:
    found = _optional(text)
    if found is None:
        raise InvalidInput("list", Sentence("Choose one of the list."))
    return found


def _chosen_action(text: str | None) -> Action:
    if text is None or text not in VERBS:
        raise InvalidInput("action", Sentence("Choose what is to be done."))
    return Action(text)


def _optional(text: Any) -> UUID | None:
    try:
        return UUID(str(text)) if text else None
    except ValueError as error:
        raise NotFound from error


def _trust_choices(form: Any) -> None:
    """Choices that the page fills from the request are judged by the action, not by the form."""
    for field in form:
        if field.type in ("RadioField", "SelectField") and not field.choices:
            field.choices, field.validate_choice = [], False
