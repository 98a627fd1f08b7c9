"""The steps that two people take: one asks to void, correct, disallow, recover or give up, another one does it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final
from uuid import UUID

from flask import request, url_for

import accounts.queries
from core.clock import now_utc
from core.errors import InvalidInput, NotAllowed, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import translate
from funds import rules
from funds.actions import recoveries, seconds, vouchers
from funds.actions.opening import OpenedRequest
from funds.forms.asking import VerbForm, key_of, version_of
from funds.forms.paying import UNDO_WORDS, UndoForm
from funds.queries import payments as stored
from funds.states import Action
from funds.views.blueprint import blueprint
from funds.views.one_form import PAY, Answer, offer_targets, one_form, step_up, target_ids, targets_of

VERBS: Final[Mapping[Action, Callable[..., None]]] = {
    Action.CORRECT: vouchers.correct_voucher,
    Action.VOID: vouchers.void_voucher,
    Action.DISALLOW: recoveries.disallow,
    Action.RECOVER: recoveries.recover,
    Action.WRITE_OFF: recoveries.write_off,
}


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
        offer_targets(form, opened)
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


def _chosen_action(text: str | None) -> Action:
    if text is None or text not in VERBS:
        raise InvalidInput("action", Sentence("Choose what is to be done."))
    return Action(text)
