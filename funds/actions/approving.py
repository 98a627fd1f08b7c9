"""Approving a request by its tiers, all of it or less, and taking the approval back within some minutes."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from core.clock import now_utc
from core.db import rerun, transaction
from core.identity import Identity
from funds import policy, queries, rules
from funds.actions import stepping
from funds.actions.booking import release_untouched
from funds.actions.stepping import begin, finish
from funds.actions.tiers import approval_facts, hold_money, line_to_hold, most_cents, write_decision
from funds.models import ApprovalStep, FundRequest
from funds.states import Action


@rerun
def approve_request(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    key: str,
    cents: int | None = None,
    note: str = "",
    now: datetime | None = None,
) -> bool:
    """Approve the next tier of a request, all of it or less; the last tier holds the money. True when it did.

    The rules run again as of now and the sum left is taken by a conditional update, so that approvals at the same
    moment can never overspend. Raises NotAllowed with the figures. About 50 queries.
    """
    now = now or now_utc()
    judged: list[tuple[int, policy.Evaluation, list[ApprovalStep]]] = []

    def next_tier(request: FundRequest) -> Action:
        """Which tier this is, by the rules as of now and what the locked request says."""
        asked = cents if cents is not None else most_cents(request)
        texts = stepping.open_texts(request)
        evaluation = stepping.evaluate(request, texts, policy.Step.APPROVE, cents=asked, now=now)
        approvals = stepping.approvals_of(request)
        judged.append((asked, evaluation, approvals))
        return Action.APPROVE_FINAL if len(approvals) + 1 >= len(evaluation.tiers) else Action.APPROVE_TIER

    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=next_tier,
            row_version=row_version,
            key=key,
            payload={"cents": cents, "note": note},
            now=now,
            locks_spending=True,
        )
        is_final = step.action is Action.APPROVE_FINAL
        if step.is_repeat:
            return is_final
        asked, evaluation, approvals = judged[-1]
        line_id = line_to_hold(step)
        facts = approval_facts(step, evaluation, cents=asked, approvals=approvals, line_id=line_id)
        stepping.require(rules.decide_approve(facts))
        evaluation_id = stepping.store_evaluation(step.request, evaluation, policy.Step.APPROVE, cents=asked, now=now)
        tier = len(approvals)
        role = write_decision(step, "approved", tier, evaluation, cents=asked)
        posting_id = None
        if is_final:
            posting_id = hold_money(step, asked, line_id, evaluation_id)
        else:
            step.request.approved_cents = asked
        finish(step, posting_id=posting_id, cents=asked, note=note, role=role, tier=tier)
    return is_final


@rerun
def take_back_approval(
    identity: Identity, *, request_id: UUID, row_version: int, key: str, reason: str, now: datetime | None = None
) -> None:
    """Take one's own last approval back within some minutes, of a tier too: a logged release, not an erasure."""
    now = now or now_utc()
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.TAKE_BACK,
            row_version=row_version,
            key=key,
            payload={"reason": reason},
            now=now,
        )
        if step.is_repeat:
            return
        request = step.request
        approvals = stepping.approvals_of(request)
        stepping.require(
            rules.decide_take_back(
                actor_id=identity.user_id,
                approver_id=approvals[-1].actor_id if approvals else None,
                approved_at=approvals[-1].decided_at if approvals else now,
                now=now,
                minutes=queries.get_fund(request.fund_id).take_back_minutes,
            )
        )
        posting_id = release_untouched(step)
        stepping.start_version(step)
        request.approved_at = None
        request.approved_cents = None
        request.expires_on = None
        request.needs_ratification = False
        finish(step, posting_id=posting_id, note=reason.strip())
