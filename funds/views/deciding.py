"""Deciding: the queue of what waits for one, and one request with everything that decides on one page."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from accounts import sign_in
from core.clock import now_utc
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Identity, Permission
from core.layout import NavigationItem
from core.pages import attempt, flash_sentence, translate
from funds import queries
from funds.actions import appeals, approving, emergencies, exceptions, pausing, refusing, supplements
from funds.actions.opening import OpenedRequest, open_lines
from funds.forms.asking import key_of, version_of
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
from funds.views.requests import WORDS, category_names, findings_of, request_page

Answer = Response | tuple[str, int]
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
    if away := _step_up(request_id, "funds.decide_request"):
        return away
    if not request.form:
        return _decide_page(request_id)
    is_emergency = request.form.get("lane") == "emergency"
    form = EmergencyApprovalForm() if is_emergency else ApproveForm()

    def act() -> Any:
        if is_emergency:
            return emergencies.approve_emergency(
                current_identity(), cents=form.cents.data, call=form.call.data or "", **_seen(form, request_id)
            )
        return approving.approve_request(
            current_identity(), cents=form.cents.data, note=form.note.data or "", **_seen(form, request_id)
        )

    return _decided(
        form,
        act,
        lambda is_held: (
            Sentence("Approved. The money is held.") if is_held or is_emergency else Sentence("Approved. It goes on.")
        ),
        lambda reasons: _decide_page(request_id, "emergency" if is_emergency else "approve", form, reasons),
    )


@blueprint.post("/fund/requests/<uuid:request_id>/return")
@needs(Permission.DECIDE_FUND_REQUESTS)
def return_request(request_id: UUID) -> Answer:
    """Send it back for a change."""
    form = ReturnForm()
    return _decided(
        form,
        lambda: refusing.return_request(
            current_identity(),
            reason_code=form.reason_code.data or "",
            words=form.words.data or "",
            **_seen(form, request_id),
        ),
        lambda _: Sentence("Returned. Its author and the person see why."),
        lambda reasons: _decide_page(request_id, "return", form, reasons),
    )


@blueprint.post("/fund/requests/<uuid:request_id>/deny")
@needs(Permission.DECIDE_FUND_REQUESTS)
def deny_request(request_id: UUID) -> Answer:
    """Deny it, with a notice to the person."""
    form = DenyForm()
    return _decided(
        form,
        lambda: refusing.deny_request(
            current_identity(),
            reason_code=form.reason_code.data or "",
            words=form.words.data or "",
            **_seen(form, request_id),
        ),
        lambda _: Sentence("Denied. The person gets a notice with the last day to appeal."),
        lambda reasons: _decide_page(request_id, "deny", form, reasons),
    )


@blueprint.post("/fund/requests/<uuid:request_id>/exception")
@needs(Permission.DECIDE_FUND_REQUESTS)
def grant_exception(request_id: UUID) -> Answer:
    """Set a rule aside for this request."""
    form = ExceptionForm()
    form.rule_code.validate_choice = False
    form.rule_code.choices = []
    return _decided(
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
    return _one_form(
        request_id,
        "take_back_approval",
        form,
        lambda: approving.take_back_approval(
            current_identity(), reason=form.reason.data or "", **_seen(form, request_id)
        ),
        Sentence("Taken back. The money is free again, and the request waits for approval."),
        action=Action.TAKE_BACK,
    )


@blueprint.route("/fund/requests/<uuid:request_id>/ratify", methods=["GET", "POST"])
@needs(Permission.DECIDE_FUND_REQUESTS)
def ratify_request(request_id: UUID) -> Answer:
    """Confirm an emergency approval, or not."""
    if away := _step_up(request_id, "funds.ratify_request"):
        return away
    form = AnswerYesNoForm(yes=YES_RATIFY, no=NO_RATIFY)
    return _one_form(
        request_id,
        "ratify_request",
        form,
        lambda: emergencies.ratify_request(
            current_identity(),
            is_confirmed=form.answer.data == "yes",
            note=form.note.data or "",
            **_seen(form, request_id),
        ),
        Sentence("Your decision is written down."),
        action=Action.RATIFY,
        must_answer="answer",
    )


@blueprint.route("/fund/requests/<uuid:request_id>/supplement/decide", methods=["GET", "POST"])
@needs(Permission.DECIDE_FUND_REQUESTS)
def decide_supplement(request_id: UUID) -> Answer:
    """Give more money, or not."""
    if away := _step_up(request_id, "funds.decide_supplement"):
        return away
    form = AnswerYesNoForm(yes=YES_APPROVE, no=NO_APPROVE)
    return _one_form(
        request_id,
        "decide_supplement",
        form,
        lambda: supplements.decide_supplement(
            current_identity(),
            is_approved=form.answer.data == "yes",
            note=form.note.data or "",
            **_seen(form, request_id),
        ),
        Sentence("Your decision is written down."),
        action=Action.APPROVE_SUPPLEMENT,
        must_answer="answer",
    )


@blueprint.route("/fund/requests/<uuid:request_id>/appeal/decide", methods=["GET", "POST"])
@needs(Permission.REVIEW_APPEALS)
def decide_appeal(request_id: UUID) -> Answer:
    """A second look at a denial, by somebody who took no part in it."""
    form = AppealDecisionForm()
    return _one_form(
        request_id,
        "decide_appeal",
        form,
        lambda: appeals.decide_appeal(
            current_identity(),
            is_overturned=form.answer.data == "overturn",
            words=form.words.data or "",
            **_seen(form, request_id),
        ),
        Sentence("The appeal is decided. The person sees your answer."),
        action=Action.UPHOLD,
        must_answer="answer",
    )


@blueprint.route("/fund/requests/<uuid:request_id>/pause", methods=["GET", "POST"])
@needs(Permission.PAUSE_FUND_REQUESTS)
def pause_request(request_id: UUID) -> Answer:
    """Stop the money of a request, or let it move again: the other of what it is now."""
    identity = current_identity()
    is_paused = queries.get_request(identity, request_id, now_utc()).is_paused
    form = PauseForm()
    return _one_form(
        request_id,
        "pause_request",
        form,
        lambda: pausing.pause_request(
            identity, is_paused=not is_paused, reason=form.reason.data or "", **_seen(form, request_id)
        ),
        Sentence("Money may move again.") if is_paused else Sentence("Paused. No money moves until it is resumed."),
        action=Action.PAUSE,
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
        purpose="decision page",
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


def _one_form(
    request_id: UUID,
    template: str,
    form: Any,
    act: Callable[[], Any],
    done: Sentence,
    *,
    action: Action,
    must_answer: str = "",
) -> Answer:
    """A page of one form under the request's own page."""

    def shown(reasons: Sequence[Sentence]) -> tuple[str, int]:
        def more(opened: OpenedRequest) -> dict[str, Any]:
            form.row_version.data, form.row_version.raw_data = str(opened.request.row_version), None
            return {"one_form": form}

        return request_page(
            request_id,
            template=template,
            purpose="decision page",
            form=form,
            reasons=reasons,
            more=more,
            action=action,
        )

    if request.method == "GET":
        return shown(())
    if must_answer and not form[must_answer].data:
        return shown((Sentence("Choose your decision."),))
    return _decided(form, act, lambda _: done, shown)


def _decided(
    form: Any,
    act: Callable[[], Any],
    done: Callable[[Any], Sentence],
    shown: Callable[[Sequence[Sentence]], tuple[str, int]],
    *,
    onward: str = "",
) -> Answer:
    """What was decided, back at the queue; or the page again with what stands against it."""
    if not form.validate_on_submit():
        return shown(())
    tried = attempt(form, act)
    if not tried.done:
        return shown(tried.reasons)
    flash_sentence(done(tried.result))
    return redirect(onward or url_for("funds.show_queue"), 303)


def _seen(form: Any, request_id: UUID) -> dict[str, Any]:
    return {
        "request_id": request_id,
        "row_version": version_of(form.row_version.data),
        "key": key_of(form.key.data),
    }


def _step_up(request_id: UUID, endpoint: str) -> Response | None:
    """To the page that asks for a one-time code, unless one was given just now."""
    if sign_in.fresh_second_factor(current_identity(), "approve"):
        return None
    address = url_for(endpoint, request_id=request_id)
    return sign_in.to_confirm("approve", address)
