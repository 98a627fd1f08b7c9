"""More money for an approved request: asked for by its author, decided by the tiers of the new total."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from core.clock import now_utc
from core.db import rerun, transaction
from core.errors import InvalidInput, NotAllowed, Sentence
from core.identity import Identity
from funds import ledger, policy, queries, rules
from funds.actions import stepping
from funds.actions.booking import books_context
from funds.actions.contents import MOST_CENTS
from funds.actions.stepping import begin, finish
from funds.actions.tiers import approval_facts, write_decision
from funds.posting import post
from funds.states import Action


@rerun
def request_supplement(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    cents: int,
    reason: str,
    key: str,
    now: datetime | None = None,
) -> None:
    """Ask for more money for an approved request; the tiers of the new total decide."""
    now = now or now_utc()
    if not 0 < cents <= MOST_CENTS:
        raise InvalidInput("cents", Sentence("Write how much more is needed."))
    if not reason.strip():
        raise InvalidInput("reason", Sentence("Write why more is needed."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.REQUEST_SUPPLEMENT,
            row_version=row_version,
            key=key,
            payload={"cents": cents, "reason": reason},
            now=now,
        )
        if step.is_repeat:
            return
        if step.request.supplement_cents is not None:
            raise NotAllowed(Sentence("A supplement is waiting already. Let it be decided first."))
        texts = {**stepping.open_texts(step.request), "supplement_reason": reason.strip()}
        step.request.sealed = stepping.seal(step.enrollee, "fund_request", step.request.id, texts)
        step.request.supplement_cents = cents
        finish(step, cents=cents, note=reason.strip())


@rerun
def decide_supplement(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    is_approved: bool,
    note: str = "",
    now: datetime | None = None,
) -> bool:
    """Approve the next tier of a supplement, or deny it, by the tiers of the new total. True when money is held."""
    now = now or now_utc()
    if not is_approved and not note.strip():
        raise InvalidInput("note", Sentence("Write why it is denied."))
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.APPROVE_SUPPLEMENT if is_approved else Action.DENY_SUPPLEMENT,
            row_version=row_version,
            key=key,
            payload={"note": note},
            now=now,
            locks_spending=True,
        )
        if step.is_repeat:
            done = queries.find_event(key)
            return done is not None and done.posting_id is not None
        request = step.request
        more = request.supplement_cents
        if more is None:
            raise NotAllowed(Sentence("No supplement is waiting for a decision."))
        total = (request.approved_cents or 0) + more
        texts = stepping.open_texts(request)
        evaluation = stepping.evaluate(request, texts, policy.Step.SUPPLEMENT, cents=total, now=now)
        steps = queries.list_steps(request.id, request.version, "supplement")
        denied = max((each.tier for each in steps if each.decision == "denied"), default=-1)
        approvals = [
            each for each in steps if each.decision == "approved" and each.cents == total and each.tier > denied
        ]
        facts = approval_facts(
            step,
            evaluation,
            cents=more,
            most=more,
            approvals=approvals,
            line_id=request.budget_line_id,
        )
        stepping.require(rules.decide_approve(facts) if is_approved else rules.decide_who(facts))
        evaluation_id = stepping.store_evaluation(request, evaluation, policy.Step.SUPPLEMENT, cents=total, now=now)
        tier = len(steps)
        role = write_decision(
            step,
            "approved" if is_approved else "denied",
            tier,
            evaluation,
            cents=total,
            purpose="supplement",
            asked_tier=len(approvals),
        )
        posting_id = None
        is_held = is_approved and len(approvals) + 1 >= len(evaluation.tiers)
        if is_held:
            assert request.budget_line_id is not None
            posting_id = post(
                identity,
                ledger.hold_more(request.budget_line_id, more),
                books_context(step, evaluation_id=evaluation_id),
            )
            request.requested_cents += more
            request.approved_cents = total
            if request.expires_on is None:  # an earlier hold has run out: this one has its days too
                request.expires_on = step.today + timedelta(days=queries.get_fund(request.fund_id).hold_days)
        if is_held or not is_approved:
            request.supplement_cents = None
        finish(step, posting_id=posting_id, cents=more, note=note.strip(), role=role)
    return is_held
