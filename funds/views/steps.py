"""The author's verbs on a request's page: adopt, send, take back, withdraw, ask for more, cancel. Each is one post."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

from flask import redirect, url_for
from werkzeug.wrappers import Response

from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import attempt, flash_sentence
from funds.actions import requests, supplements
from funds.forms.asking import ReasonForm, SupplementForm, VerbForm, key_of, version_of
from funds.views.blueprint import blueprint
from funds.views.requests import request_page

Answer = Response | tuple[str, int]


@blueprint.post("/fund/requests/<uuid:request_id>/adopt")
@needs(Permission.ASK_FUND)
def adopt_request(request_id: UUID) -> Answer:
    """Take a draft over."""
    return _done(request_id, "adopt", VerbForm(), requests.adopt_request, Sentence("The draft is yours now."))


@blueprint.post("/fund/requests/<uuid:request_id>/submit")
@needs(Permission.ASK_FUND)
def submit_request(request_id: UUID) -> Answer:
    """Send a draft to be decided."""
    return _done(request_id, "submit", VerbForm(), requests.submit_request, Sentence("The request is sent."))


@blueprint.post("/fund/requests/<uuid:request_id>/recall")
@needs(Permission.ASK_FUND)
def recall_request(request_id: UUID) -> Answer:
    """Take a sent request back while nobody decided."""
    return _done(request_id, "recall", VerbForm(), requests.recall_request, Sentence("It is a draft again."))


@blueprint.post("/fund/requests/<uuid:request_id>/withdraw")
@needs(Permission.ASK_FUND)
def withdraw_request(request_id: UUID) -> Answer:
    """Stop a request that holds no money."""
    form = ReasonForm()
    return _done(
        request_id,
        "withdraw",
        form,
        requests.withdraw_request,
        Sentence("The request is withdrawn."),
        reason=form.reason.data or "",
    )


@blueprint.post("/fund/requests/<uuid:request_id>/cancel")
@needs(Permission.SEE_FUND_REQUESTS)
def cancel_request(request_id: UUID) -> Answer:
    """Cancel an approved request: the money is free again."""
    form = ReasonForm()
    return _done(
        request_id,
        "cancel",
        form,
        requests.cancel_request,
        Sentence("The request is cancelled. The money is free again."),
        reason=form.reason.data or "",
    )


@blueprint.post("/fund/requests/<uuid:request_id>/supplement")
@needs(Permission.ASK_FUND)
def request_supplement(request_id: UUID) -> Answer:
    """Ask for more money for an approved request."""
    form = SupplementForm()
    return _done(
        request_id,
        "supplement",
        form,
        supplements.request_supplement,
        Sentence("You asked for more. It waits to be decided."),
        cents=form.cents.data or 0,
        reason=form.reason.data or "",
    )


def _done(
    request_id: UUID, verb: str, form: Any, act: Callable[..., None], sentence: Sentence, **values: Any
) -> Answer:
    if not form.validate_on_submit():
        return request_page(request_id, verb=verb, form=form)
    tried = attempt(
        form,
        lambda: act(
            current_identity(),
            request_id=request_id,
            row_version=version_of(form.row_version.data),
            key=key_of(form.key.data),
            **values,
        ),
    )
    if not tried.done:
        return request_page(request_id, verb=verb, form=form, reasons=tried.reasons)
    flash_sentence(sentence)
    return redirect(url_for("funds.show_request", request_id=request_id), 303)
