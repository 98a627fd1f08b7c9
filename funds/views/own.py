"""One's own money in plain words: what is left, each request, one's answer, a draft in two fields, a second look."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

import audit.queries
from audit.rules import EventKind
from care.actions import plans
from care.queries import records
from core.clock import now_utc
from core.errors import NotFound, Sentence
from core.forms import options
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import attempt, flash_sentence
from funds import queries, rules
from funds.actions import agreeing, appeals, requests
from funds.actions.contents import Values
from funds.actions.opening import OpenedRequest, open_lines, open_request
from funds.forms.asking import AnswerForm, AppealForm, ReasonForm, StartForm, key_of, version_of
from funds.queries import asking
from funds.queries.standing import standings
from funds.states import ENROLLEE, Action, State
from funds.views.blueprint import PAGE_SIZE, blueprint, page, today_of
from funds.views.requests import WORDS, category_names, timeline_of

Answer = Response | tuple[str, int]
LOOKS = 30  # people who read one request that its page names


@dataclass(frozen=True, slots=True)
class Look:
    """Somebody who read a request: when last, and how often."""

    name: str
    at: datetime
    times: int


@blueprint.get("/me/money")
@needs(Permission.SEE_OWN_MONEY)
def show_own_money() -> tuple[str, int]:
    """What is left this year, and each request with how it stands and whom it waits for."""
    identity, now = current_identity(), now_utc()
    own = records.find_own(identity)
    if own is None:
        return page("show_own_money", now=now, own=None)
    found, _ = queries.list_requests(identity, now, enrollee_id=own, size=PAGE_SIZE)
    lines = open_lines(identity, found, purpose="own money", now=now)
    today = today_of(now)
    funds = asking.list_open_funds(today)
    return page(
        "show_own_money",
        now=now,
        own=own,
        lines=lines,
        standings=standings([line.request for line in lines]),
        categories=category_names(),
        left=asking.left_for_person(own, funds[0].id, now) if funds else [],
        year=queries.find_year(today),
        has_fund=bool(funds),
        to_answer=asking.list_unanswered(own),
        **WORDS,
    )


@blueprint.get("/me/money/<uuid:request_id>")
@needs(Permission.SEE_OWN_MONEY)
def show_own_request(request_id: UUID) -> tuple[str, int]:
    """One of one's own requests in plain words."""
    return _own_page(request_id)


@blueprint.route("/me/money/new", methods=["GET", "POST"])
@needs(Permission.SEE_OWN_MONEY)
def start_request() -> Answer:
    """Start a draft: what and why; the coordinator finishes it. Without a record or a fund: what is missing."""
    identity, now = current_identity(), now_utc()
    own = records.find_own(identity)
    funds = asking.list_open_funds(today_of(now))
    if own is None or not funds:
        return show_own_money()
    opened = plans.open_plan(identity, enrollee_id=own, purpose="own money", now=now)
    form = StartForm()
    goals = [(str(goal.id), words.get("own_words") or "") for goal, words in opened.goals if goal.status == "active"]
    form.goal.choices = options(goals)
    if not form.is_submitted() and goals:
        form.goal.data = goals[0][0]
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: requests.create_request(
                identity,
                request_id=form.request_id.id_of_row,
                enrollee_id=own,
                fund_id=funds[0].id,
                values=Values(
                    goal_id=UUID(form.goal.data), texts={"item": form.item.data, "purpose": form.purpose.data}
                ),
                key=key_of(form.key.data),
            ),
        )
        if tried.done:
            flash_sentence(Sentence("Your wish is written down. Your coordinator goes on with it."))
            return redirect(url_for("funds.show_own_request", request_id=tried.result), 303)
        reasons = tried.reasons
    return page("start_request", now=now, form=form, reasons=reasons, has_goals=bool(goals))


@blueprint.post("/me/money/<uuid:request_id>/answer")
@needs(Permission.SEE_OWN_MONEY)
def answer_request(request_id: UUID) -> Answer:
    """Agree to a request, or decline it; the button that was pressed says which."""
    form = AnswerForm()
    agrees = request.form.get("answer") == "yes"
    return _done(
        request_id,
        "answer",
        form,
        lambda **seen: agreeing.agree_to_request(
            current_identity(), request_id=request_id, agrees=agrees, words=form.words.data or "", **seen
        ),
        Sentence("Thank you. Your coordinator sees that you agree.")
        if agrees
        else Sentence("Thank you. It is not sent. Your coordinator sees your answer."),
    )


@blueprint.post("/me/money/<uuid:request_id>/withdraw")
@needs(Permission.SEE_OWN_MONEY)
def withdraw_own_request(request_id: UUID) -> Answer:
    """Stop one's own request."""
    form = ReasonForm()
    return _done(
        request_id,
        "withdraw",
        form,
        lambda **seen: requests.withdraw_request(
            current_identity(), request_id=request_id, reason=form.reason.data or "", **seen
        ),
        Sentence("Your request is stopped."),
    )


@blueprint.post("/me/money/<uuid:request_id>/appeal")
@needs(Permission.SEE_OWN_MONEY)
def appeal_own_request(request_id: UUID) -> Answer:
    """Ask for a second look at a denial."""
    form = AppealForm()
    return _done(
        request_id,
        "appeal",
        form,
        lambda **seen: appeals.appeal_denial(
            current_identity(), request_id=request_id, words=form.words.data or "", **seen
        ),
        Sentence("You asked for a second look. Somebody else decides it."),
    )


@blueprint.route("/fund/requests/<uuid:request_id>/appeal", methods=["GET", "POST"])
@needs(Permission.ASK_FUND)
def appeal(request_id: UUID) -> Answer:
    """A coordinator files the person's appeal, in the person's words."""
    now = now_utc()
    opened = open_request(current_identity(), request_id=request_id, purpose="appeal", now=now)
    if Action.APPEAL not in opened.may:
        raise NotFound
    form = AppealForm(row_version=str(opened.request.row_version))
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: appeals.appeal_denial(
                current_identity(),
                request_id=request_id,
                words=form.words.data or "",
                row_version=version_of(form.row_version.data),
                key=key_of(form.key.data),
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The appeal is filed. Somebody who did not decide it looks again."))
            return redirect(url_for("funds.show_request", request_id=request_id), 303)
        reasons = tried.reasons
        form.row_version.data, form.key.data = str(opened.request.row_version), key_of(None)
    denial = last_denial(opened)
    return page("appeal", now=now, form=form, reasons=reasons, opened=opened, denial=denial, **WORDS)


def looks_of(events: Sequence[audit.queries.Event]) -> list[Look]:
    """Who read it, each once with the last time, newest first."""
    found: dict[str, Look] = {}
    for event in events:  # newest first
        was = found.get(event.actor_name)
        found[event.actor_name] = Look(event.actor_name, was.at if was else event.at, was.times + 1 if was else 1)
    return list(found.values())[:LOOKS]


def last_denial(opened: OpenedRequest) -> Any:
    """The notice of the last denial with its words, or None."""
    found = [pair for pair in opened.notices if pair[0].kind == "denied"]
    return found[-1] if found else None


def may_appeal(opened: OpenedRequest, today: Any) -> bool:
    """True while the person can ask for a second look."""
    denial = last_denial(opened)
    return (
        Action.APPEAL in opened.may
        and denial is not None
        and denial[0].appeal_by is not None
        and denial[0].appeal_by >= today
        and not opened.request.is_appeal_closed
    )


def _done(request_id: UUID, verb: str, form: Any, act: Callable[..., None], sentence: Sentence) -> Answer:
    if not form.validate_on_submit():
        return _own_page(request_id, verb=verb, form=form)
    tried = attempt(form, lambda: act(row_version=version_of(form.row_version.data), key=key_of(form.key.data)))
    if not tried.done:
        return _own_page(request_id, verb=verb, form=form, reasons=tried.reasons)
    flash_sentence(sentence)
    return redirect(url_for("funds.show_own_request", request_id=request_id), 303)


def _own_page(
    request_id: UUID, *, verb: str = "", form: Any = None, reasons: Sequence[Sentence] = ()
) -> tuple[str, int]:
    identity, now = current_identity(), now_utc()
    opened = open_request(identity, request_id=request_id, purpose="own money", now=now)
    if ENROLLEE not in opened.roles:
        raise NotFound
    row = opened.request
    forms = {
        name: kind(formdata=None, row_version=str(row.row_version))
        for name, kind in {"answer": AnswerForm, "withdraw": ReasonForm, "appeal": AppealForm}.items()
    }
    if form is not None:
        form.row_version.data, form.key.data = str(row.row_version), key_of(None)
        forms[verb] = form
    forms["answer"].words.id = "answer-words"
    asks = row.status in (State.DRAFT, State.RETURNED) and row.author_id is not None
    events, _ = audit.queries.list_events(page=1, size=200, kind=EventKind.FUND_REQUEST_OPENED, subject_id=str(row.id))
    return page(
        "show_own_request",
        now=now,
        form=form,
        reasons=reasons,
        opened=opened,
        forms=forms,
        verb=verb,
        standing=standings([row])[row.id],
        timeline=timeline_of(opened),
        categories=category_names(),
        payee=asking.payee_name(row.payee_id),
        is_unanswered=asks and opened.statement is None,
        may_appeal=may_appeal(opened, today_of(now)),
        looks=looks_of([event for event in events if event.actor_name != identity.name]),
        **{**WORDS, "reason_words": {**rules.RETURN_REASONS, **rules.DENY_REASONS}},
    )
