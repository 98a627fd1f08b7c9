"""The emergency lane: one approver holds the money, by phone if need be, and the last tier ratifies it later."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import directory.queries
from core.clock import now_utc
from core.db import rerun, transaction
from core.errors import InvalidInput, NotAllowed, Sentence
from core.identity import Identity
from funds import policy, queries, rules
from funds.actions import stepping
from funds.actions.stepping import begin, finish
from funds.actions.tiers import approval_facts, hold_money, line_to_hold, most_cents, stored_tiers, write_decision
from funds.states import Action


@rerun
def approve_emergency(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    call: str,
    cents: int | None = None,
    now: datetime | None = None,
) -> None:
    """Hold money in the emergency lane by one approver, by phone if need be; ratified within some business days.

    `call` says who was called, when, how, and that it was read back. Prohibited things, caps, the balance and
    author ≠ approver bind all the same.
    """
    now = now or now_utc()
    if not call.strip():
        raise InvalidInput("call", Sentence("Write who approved, when, how, and that it was read back."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.APPROVE_EMERGENCY,
            row_version=row_version,
            key=key,
            payload={"call": call, "cents": cents},
            now=now,
            locks_spending=True,
        )
        if step.is_repeat:
            return
        request = step.request
        if not request.is_emergency:
            raise NotAllowed(Sentence("This request was not sent as an emergency."))
        asked = cents if cents is not None else most_cents(request)
        texts = stepping.open_texts(request)
        evaluation = stepping.evaluate(request, texts, policy.Step.APPROVE, cents=asked, now=now)
        lane = (evaluation.emergency_approvers,)
        approvals, line_id = stepping.approvals_of(request), line_to_hold(step)
        facts = approval_facts(
            step, evaluation, cents=asked, approvals=approvals, line_id=line_id, tiers=lane, decided=0
        )
        stepping.require(rules.decide_approve(facts))
        evaluation_id = stepping.store_evaluation(request, evaluation, policy.Step.APPROVE, cents=asked, now=now)
        role = write_decision(step, "approved", len(approvals), evaluation, cents=asked, tiers=lane, asked_tier=0)
        request.sealed = stepping.seal(
            step.enrollee, "fund_request", request.id, {**texts, "emergency_call": call.strip()}
        )
        request.needs_ratification = True
        request.ratify_by = rules.business_days_after(
            step.today, queries.get_fund(request.fund_id).ratify_days, _holidays()
        )
        posting_id = hold_money(step, asked, line_id, evaluation_id)
        finish(step, posting_id=posting_id, cents=asked, note=call.strip(), role=role)


@rerun
def ratify_request(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    is_confirmed: bool,
    note: str = "",
    now: datetime | None = None,
) -> None:
    """Confirm an emergency approval, or refuse it: then the request is paused and may be disallowed."""
    now = now or now_utc()
    if not is_confirmed and not note.strip():
        raise InvalidInput("note", Sentence("Write why it is not confirmed."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.RATIFY if is_confirmed else Action.REFUSE_RATIFICATION,
            row_version=row_version,
            key=key,
            payload={"note": note},
            now=now,
        )
        if step.is_repeat:
            return
        request = step.request
        if not request.needs_ratification:
            raise NotAllowed(Sentence("There is no emergency approval to ratify."))
        last = (stored_tiers(request.id).tiers[-1],)
        facts = approval_facts(
            step,
            policy.Evaluation((), last),
            cents=request.approved_cents or 0,
            tiers=last,
            decided=0,
            approvals=queries.list_steps(request.id, request.version),
        )
        stepping.require(rules.decide_who(facts))
        write_decision(
            step,
            "approved" if is_confirmed else "denied",
            len(queries.list_steps(request.id, request.version, "ratification")),
            policy.Evaluation((), last),
            cents=request.approved_cents or 0,
            purpose="ratification",
            asked_tier=0,
        )
        if is_confirmed:
            request.needs_ratification = False
        else:
            request.is_paused = True
        finish(step, note=note.strip())


def _holidays() -> list[Any]:
    return [day for day, _name in directory.queries.list_county_closing_days()]
