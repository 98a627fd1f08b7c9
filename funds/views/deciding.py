"""Deciding: the queue of what waits for one, and one request with everything that decides on one page."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import request, url_for

from core.clock import now_utc
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Identity, Permission
from core.layout import NavigationItem
from core.pages import translate
from funds import queries
from funds.actions import appeals, approving, emergencies, exceptions, pausing, refusing, supplements
from funds.actions.opening import OpenedRequest, open_lines
from funds.forms.asking import key_of
from funds.forms.deciding import (
    AnswerYesNoForm,
    AppealDecisionForm,
    ApproveForm,
    DenyForm,
    EmergencyApprovalForm,
    ExceptionForm,
    PauseForm,
    ReturnForm,
    TakeBackForm,
)
from funds.policy import Severity
from funds.queries import asking, deciding
from funds.states import Action
from funds.views.blueprint import blueprint, page
from funds.views.one_form import Answer, one_form, seen, sent, step_up
from funds.views.requests import WORDS, category_names, findings_of, request_page

APPROVE: Final = "approve"  # the operation that a one-time code opens
PURPOSE: Final = "decision page"
YES_APPROVE = Sentence("Give the money")
NO_APPROVE = Sentence("Deny it")
YES_RATIFY = Sentence("Confirm the emergency approval")
NO_RATIFY = Sentence("Do not confirm it: the money stops")
PURPOSE_WORDS: Final[Mapping[str, Sentence]] = {
    "request": Sentence("To approve"),
    "supplement": Sentence("More money"),
    "ratification": Sentence("To confirm: emergency"),
    "appeal": Sentence("Appeal"),
}
PURPOSE_PAGES: Final[Mapping[str, str]] = {
    "request": "funds.decide_request",
    "supplement": "funds.decide_supplement",
    "ratification": "funds.ratify_request",
    "appeal": "funds.decide_appeal",
}


@dataclass(frozen=True, slots=True)
class QueueRow:
    """One thing that waits, as the queue shows it."""

    waiting: deciding.Waiting
    line: Any
    address: str


@blueprint.get("/fund/queue")
@needs(Permission.DECIDE_FUND_REQUESTS)
def show_queue() -> tuple[str, int]:
    """What waits for this viewer's decision, emergencies first, then the oldest; all that decides in one row."""
    identity, now = current_identity(), now_utc()
    waiting = deciding.list_waiting(identity, now)
    lines = {
        line.request.id: line
        for line in open_lines(identity, [each.request for each in waiting], purpose="decision queue", now=now)
    }
    rows = [
        QueueRow(each, lines[each.request.id], url_for(PURPOSE_PAGES[each.purpose], request_id=each.request.id))
        for each in waiting
        if each.request.id in lines
    ]
    return page(
        "show_queue",
        now=now,
        rows=rows,
        purpose_words=PURPOSE_WORDS,
        categories=category_names(),
        payees=asking.payee_names([row.line.request.payee_id for row in rows if row.line.request.payee_id]),
        **WORDS,
    )


@blueprint.route("/fund/requests/<uuid:request_id>/decide", methods=["GET", "POST"])
@needs(Permission.DECIDE_FUND_REQUESTS)
def decide_request(request_id: UUID) -> Answer:
    """One request with all that decides; approve it, all or less. In the emergency lane by one approver."""
    if away := step_up(APPROVE, url_for("funds.decide_request", request_id=request_id)):
        return away
    if not request.form:
        return _decide_page(request_id)
    is_emergency = request.form.get("lane") == "emergency"
    form = EmergencyApprovalForm() if is_emergency else ApproveForm()

    def act() -> Any:
        if is_emergency:
            return emergencies.approve_emergency(
                current_identity(), cents=form.cents.data, call=form.call.data or "", **seen(form, request_id)
            )
        return approving.approve_request(
            current_identity(), cents=form.cents.data, note=form.note.data or "", **seen(form, request_id)
        )

    return sent(
        form,
        act,
        lambda is_held: (
            Sentence("Approved. The money is held.") if is_held or is_emergency else Sentence("Approved. It goes on.")
        ),
        lambda reasons: _decide_page(request_id, "emergency" if is_emergency else "approve", form, reasons),
        onward=url_for("funds.show_queue"),
    )


@blueprint.post("/fund/requests/<uuid:request_id>/return")
@needs(Permission.DECIDE_FUND_REQUESTS)
def return_request(request_id: UUID) -> Answer:
    """Send it back for a change."""
    form = ReturnForm()
    return sent(
        form,
        lambda: refusing.return_request(
            current_identity(),
            reason_code=form.reason_code.data or "",
            words=form.words.data or "",
            **seen(form, request_id),
        ),
        lambda _: Sentence("Returned. Its author and the person see why."),
        lambda reasons: _decide_page(request_id, "return", form, reasons),
        onward=url_for("funds.show_queue"),
    )


@blueprint.post("/fund/requests/<uuid:request_id>/deny")
@needs(Permission.DECIDE_FUND_REQUESTS)
def deny_request(request_id: UUID) -> Answer:
    """Deny it, with a notice to the person."""
    form = DenyForm()
    return sent(
        form,
        lambda: refusing.deny_request(
            current_identity(),
            reason_code=form.reason_code.data or "",
            words=form.words.data or "",
            **seen(form, request_id),
        ),
        lambda _: Sentence("Denied. The person gets a notice with the last day to appeal."),
        lambda reasons: _decide_page(request_id, "deny", form, reasons),
        onward=url_for("funds.show_queue"),
    )


@blueprint.post("/fund/requests/<uuid:request_id>/exception")
@needs(Permission.DECIDE_FUND_REQUESTS)
def grant_exception(request_id: UUID) -> Answer:
    """Set a rule aside for this request."""
    form = ExceptionForm()
    form.rule_code.validate_choice = False
    form.rule_code.choices = []
    return sent(
        form,
        lambda: exceptions.grant_exception(
            current_identity(),
            request_id=request_id,
            rule_code=form.rule_code.data or "",
            reason=form.reason.data or "",
            key=key_of(form.key.data),
        ),
        lambda _: Sentence("The rule is set aside for this request. Now decide it."),
        lambda reasons: _decide_page(request_id, "exception", form, reasons),
        onward=url_for("funds.decide_request", request_id=request_id),
    )


@blueprint.route("/fund/requests/<uuid:request_id>/take-back", methods=["GET", "POST"])
@needs(Permission.DECIDE_FUND_REQUESTS)
def take_back_approval(request_id: UUID) -> Answer:
    """Take one's own approval back within some minutes: a logged release."""
    form = TakeBackForm()
    return one_form(
        request_id,
        "take_back_approval",
        form,
        lambda: approving.take_back_approval(
            current_identity(), reason=form.reason.data or "", **seen(form, request_id)
        ),
        Sentence("Taken back. The money is free again, and the request waits for approval."),
        action=Action.TAKE_BACK,
        purpose=PURPOSE,
        onward=url_for("funds.show_queue"),
    )


@blueprint.route("/fund/requests/<uuid:request_id>/ratify", methods=["GET", "POST"])
@needs(Permission.DECIDE_FUND_REQUESTS)
def ratify_request(request_id: UUID) -> Answer:
    """Confirm an emergency approval, or not."""
    if away := step_up(APPROVE, url_for("funds.ratify_request", request_id=request_id)):
        return away
    form = AnswerYesNoForm(yes=YES_RATIFY, no=NO_RATIFY)
    return one_form(
        request_id,
        "ratify_request",
        form,
        lambda: emergencies.ratify_request(
            current_identity(),
            is_confirmed=form.answer.data == "yes",
            note=form.note.data or "",
            **seen(form, request_id),
        ),
        Sentence("Your decision is written down."),
        action=Action.RATIFY,
        must_answer="answer",
        purpose=PURPOSE,
        onward=url_for("funds.show_queue"),
    )


@blueprint.route("/fund/requests/<uuid:request_id>/supplement/decide", methods=["GET", "POST"])
@needs(Permission.DECIDE_FUND_REQUESTS)
def decide_supplement(request_id: UUID) -> Answer:
    """Give more money, or not."""
    if away := step_up(APPROVE, url_for("funds.decide_supplement", request_id=request_id)):
        return away
    form = AnswerYesNoForm(yes=YES_APPROVE, no=NO_APPROVE)
    return one_form(
        request_id,
        "decide_supplement",
        form,
        lambda: supplements.decide_supplement(
            current_identity(),
            is_approved=form.answer.data == "yes",
            note=form.note.data or "",
            **seen(form, request_id),
        ),
        Sentence("Your decision is written down."),
        action=Action.APPROVE_SUPPLEMENT,
        must_answer="answer",
        purpose=PURPOSE,
        onward=url_for("funds.show_queue"),
    )


@blueprint.route("/fund/requests/<uuid:request_id>/appeal/decide", methods=["GET", "POST"])
@needs(Permission.REVIEW_APPEALS)
def decide_appeal(request_id: UUID) -> Answer:
    """A second look at a denial, by somebody who took no part in it."""
    form = AppealDecisionForm()
    return one_form(
        request_id,
        "decide_appeal",
        form,
        lambda: appeals.decide_appeal(
            current_identity(),
            is_overturned=form.answer.data == "overturn",
            words=form.words.data or "",
            **seen(form, request_id),
        ),
        Sentence("The appeal is decided. The person sees your answer."),
        action=Action.UPHOLD,
        must_answer="answer",
        purpose=PURPOSE,
        onward=url_for("funds.show_queue"),
    )


@blueprint.route("/fund/requests/<uuid:request_id>/pause", methods=["GET", "POST"])
@needs(Permission.PAUSE_FUND_REQUESTS)
def pause_request(request_id: UUID) -> Answer:
    """Stop the money of a request, or let it move again: the other of what it is now."""
    identity = current_identity()
    is_paused = queries.get_request(identity, request_id, now_utc()).is_paused
    form = PauseForm()
    return one_form(
        request_id,
        "pause_request",
        form,
        lambda: pausing.pause_request(
            identity, is_paused=not is_paused, reason=form.reason.data or "", **seen(form, request_id)
        ),
        Sentence("Money may move again.") if is_paused else Sentence("Paused. No money moves until it is resumed."),
        action=Action.PAUSE,
        purpose=PURPOSE,
        onward=url_for("funds.show_queue"),
    )


def waiting(identity: Identity) -> Sequence[NavigationItem]:
    """How many decisions wait, for the start page."""
    if not identity.may(Permission.DECIDE_FUND_REQUESTS):
        return ()
    count = deciding.count_waiting(identity, now_utc())
    return (NavigationItem(Sentence("Fund requests to decide"), url_for("funds.show_queue"), count=count),)


def _decide_page(
    request_id: UUID, verb: str = "", form: Any = None, reasons: Sequence[Sentence] = ()
) -> tuple[str, int]:
    """The request's page with the forms of a decision; the one that was refused keeps what was typed."""

    def forms_of(opened: OpenedRequest) -> dict[str, Any]:
        seen = str(opened.request.row_version)
        forms: dict[str, Any] = {
            "approve": ApproveForm(formdata=None, row_version=seen),
            "emergency": EmergencyApprovalForm(formdata=None, row_version=seen),
            "return": ReturnForm(formdata=None, row_version=seen),
            "deny": DenyForm(formdata=None, row_version=seen),
            "exception": ExceptionForm(formdata=None, row_version=seen),
        }
        most = opened.request.approved_cents
        asked = opened.request.requested_cents if most is None else most
        forms["approve"].cents.data = forms["emergency"].cents.data = asked
        if form is not None:
            form.row_version.data, form.row_version.raw_data = seen, None
            form.key.data, form.key.raw_data = forms[verb].key.data, None
            forms[verb] = form
        forms["exception"].rule_code.choices = _exceptions(opened)
        for name, each in forms.items():  # several forms of one page hold these fields: each box has an id of its own
            for field in each:
                if field.name not in ("csrf_token", "key", "row_version"):
                    field.id = f"{name}-{field.name}"
        return forms

    return request_page(
        request_id,
        template="decide_request",
        purpose=PURPOSE,
        verb=verb,
        form=form,
        reasons=reasons,
        more=lambda opened: {
            "decide_forms": forms_of(opened),
            "left_cents": deciding.left_cents(opened.request, now_utc()),
        },
    )


def _exceptions(opened: OpenedRequest) -> list[tuple[str, Any]]:
    if not opened.evaluations:
        return []
    sentences = [sentence for _, sentence in findings_of(opened)]
    return [
        (each["code"], translate(sentence))
        for each, sentence in zip(opened.evaluations[-1].findings, sentences, strict=True)
        if each["severity"] == Severity.EXCEPTION
    ]
