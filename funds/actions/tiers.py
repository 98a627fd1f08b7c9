"""A decision of one tier, whichever verb makes it: what the rules are told, the row it leaves, the money it holds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from care.queries import plans
from core.db import db
from core.errors import NotAllowed, Sentence
from funds import ledger, policy, queries, rules
from funds.actions.booking import books_context
from funds.actions.stepping import Step
from funds.ledger import Account, Key
from funds.models import ApprovalStep, FundRequest, Payee
from funds.posting import post
from funds.queries import payments
from funds.states import TIER_ROLES


def approval_facts(
    step: Step,
    evaluation: policy.Evaluation,
    *,
    cents: int,
    approvals: Sequence[ApprovalStep],
    line_id: UUID | None = None,
    tiers: Sequence[frozenset[str]] | None = None,
    decided: int | None = None,
    most: int | None = None,
) -> rules.ApprovalFacts:
    """What the rules are told of a request and of who wants to decide its next tier.

    `approvals` are the decisions before this one, whose people decide no other; `line_id` is the line that the money
    would come from, where money is held. `tiers` and `decided` replace the rules' tiers in the emergency lane.
    """
    request = step.request
    goal = plans.get_goal(request.goal_id, request.enrollee_id)
    payee = queries.get_payee(request.payee_id) if request.payee_id else None
    return rules.ApprovalFacts(
        actor_id=step.identity.user_id,
        roles=step.roles,
        author_id=request.author_id,
        started_by=request.started_by,
        enrollee_user_id=step.enrollee.user_id,
        payee_user_id=payee.user_id if payee else None,
        earlier_actors=frozenset(each.actor_id for each in approvals),
        tiers=tiers if tiers is not None else evaluation.tiers,
        decided=decided if decided is not None else len(approvals),
        cents=cents,
        most_cents=most if most is not None else most_cents(request),
        goal_is_active=goal.status == "active",
        evaluation=evaluation,
        left_cents=queries.balance_of(Key(Account.AVAILABLE, line_id)) if line_id else None,
        first_verifier_id=_first_verifier(step, payee) if payee else None,
    )


def _first_verifier(step: Step, payee: Payee) -> UUID | None:
    """The actor, where they verified a payee to whom nothing was ever paid. One query for them, none for others."""
    is_verifier = payee.verified_by is not None and payee.verified_by == step.identity.user_id
    return payee.verified_by if is_verifier and not payments.has_been_paid(payee.id) else None


def write_decision(
    step: Step,
    decision: str,
    tier: int,
    evaluation: policy.Evaluation,
    *,
    cents: int,
    purpose: str = "request",
    tiers: Sequence[frozenset[str]] | None = None,
    asked_tier: int | None = None,
) -> str:
    """Write the decision of a tier, with the role that it was made in, and answer that role."""
    wanted = tiers if tiers is not None else evaluation.tiers
    place = asked_tier if asked_tier is not None else tier
    allowed = wanted[place] if place < len(wanted) else TIER_ROLES
    roles = sorted(step.roles & allowed) or [step.role]
    assert step.identity.user_id is not None
    delegations = {each.role: each.from_user_id for each in step.delegations}
    role = roles[0]
    db.session.add(
        ApprovalStep(
            fund_request_id=step.request.id,
            version=step.request.version,
            purpose=purpose,
            tier=tier,
            role=role,
            actor_id=step.identity.user_id,
            on_behalf_of=None if role in step.identity.roles else delegations.get(role),
            decision=decision,
            cents=cents,
            decided_at=step.now,
        )
    )
    db.session.flush()
    return role


def line_to_hold(step: Step) -> UUID | None:
    """The line that an approval of today holds from: of today's year, also for what was sent in the year before."""
    request = step.request
    return queries.find_line(request.fund_id, request.category_id, step.today) if request.category_id else None


def hold_money(step: Step, cents: int, line_id: UUID | None, evaluation_id: UUID) -> int:
    """Hold the approved money in a line (P3) and start the days of the hold; answers the posting."""
    if line_id is None:
        raise NotAllowed(Sentence("Nothing is budgeted for this kind of purchase this year. Ask the fiscal office."))
    request = step.request
    hold_days = queries.get_fund(request.fund_id).hold_days
    request.budget_line_id = line_id
    request.approved_cents = cents
    request.approved_at = step.now
    request.expires_on = step.today + timedelta(days=hold_days)
    return post(step.identity, ledger.hold(line_id, cents), books_context(step, evaluation_id=evaluation_id))


def stored_tiers(request_id: UUID) -> policy.Evaluation:
    """The tiers of the last evaluation, where a decision takes no money and so asks the rules nothing new."""
    stored = queries.list_evaluations(request_id)
    tiers = tuple(frozenset(tier) for tier in stored[-1].tiers) if stored else (TIER_ROLES,)
    return policy.Evaluation((), tiers or (TIER_ROLES,))


def most_cents(request: FundRequest) -> int:
    """The most that the next tier may approve: what an earlier one allowed, else what was asked."""
    return int(request.approved_cents if request.approved_cents is not None else request.requested_cents)
