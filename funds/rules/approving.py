"""Who may approve what, take it back, and look at a denial again: duties are kept apart (I9)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from core.errors import Decision, Sentence
from core.money import format_cents
from funds.policy import Evaluation
from funds.rules.words import policy_reasons
from funds.states import who


@dataclass(frozen=True, slots=True)
class ApprovalFacts:
    """A submitted request and who wants to decide its next tier."""

    actor_id: UUID | None
    roles: frozenset[str]
    author_id: UUID | None
    started_by: UUID | None
    enrollee_user_id: UUID | None
    payee_user_id: UUID | None
    earlier_actors: frozenset[UUID]  # who decided an earlier tier of this version
    tiers: Sequence[frozenset[str]]
    decided: int  # tiers already approved
    cents: int
    most_cents: int  # what was asked, or what an earlier tier allowed
    goal_is_active: bool
    evaluation: Evaluation
    left_cents: int | None  # available in the budget line; None without a line
    first_verifier_id: UUID | None = None  # who verified the payee, as long as nothing was ever paid to it; else None


def decide_approve(facts: ApprovalFacts) -> Decision:
    """Whether this person may approve this amount now. The sum left is checked again as the money is held."""
    reasons = list(decide_who(facts).reasons)
    if facts.actor_id is not None and facts.actor_id == facts.first_verifier_id:
        reasons.append(Sentence("You verified this payee, so somebody else approves the first payment to it."))
    if facts.cents <= 0:
        reasons.append(Sentence("Approve an amount above zero, or deny the request."))
    if facts.cents > facts.most_cents:
        reasons.append(
            Sentence(
                "At most %(most)s was asked for or allowed before. Approve that or less.",
                most=format_cents(facts.most_cents),
            )
        )
    if not facts.goal_is_active:
        reasons.append(Sentence("The goal is no longer active. Return the request to its author."))
    reasons += policy_reasons(facts.evaluation)
    if facts.left_cents is None:
        reasons.append(Sentence("Nothing is budgeted for this kind of purchase this year. Ask the fiscal office."))
    elif facts.cents > facts.left_cents:
        reasons.append(
            Sentence(
                "%(left)s is left in this budget line, and this asks for %(asked)s. "
                "Approve less, or have money moved to this line.",
                left=format_cents(facts.left_cents),
                asked=format_cents(facts.cents),
            )
        )
    return Decision.of(reasons)


def decide_who(facts: ApprovalFacts) -> Decision:
    """Whether this person may decide the next tier, whatever the amount: duties are kept apart (I9)."""
    reasons = []
    if facts.actor_id is None or facts.actor_id in (facts.author_id, facts.started_by):
        reasons.append(Sentence("Nobody decides their own request. Somebody else must look at it."))
    if facts.actor_id is not None and facts.actor_id in facts.earlier_actors:
        reasons.append(Sentence("You decided an earlier step of this request. The next one is somebody else's."))
    if facts.actor_id is not None and facts.actor_id in (facts.enrollee_user_id, facts.payee_user_id):
        reasons.append(Sentence("Nobody decides a request for themselves or that pays themselves."))
    if facts.decided < len(facts.tiers) and not facts.roles & facts.tiers[facts.decided]:
        reasons.append(Sentence("It waits for %(who)s now.", who=who(facts.tiers[facts.decided])))
    return Decision.of(reasons)


def decide_take_back(
    *, actor_id: UUID | None, approver_id: UUID | None, approved_at: datetime, now: datetime, minutes: int
) -> Decision:
    """Whether an approver may take the approval back: their own, within some minutes."""
    if actor_id is None or actor_id != approver_id:
        return Decision.of([Sentence("Only who approved it can take the approval back.")])
    if now - approved_at > timedelta(minutes=minutes):
        return Decision.of(
            [
                Sentence(
                    "An approval can be taken back for %(minutes)s minutes. Cancel or amend the request instead.",
                    minutes=minutes,
                )
            ]
        )
    return Decision()


def decide_untouched(*, spent_cents: int, advanced_cents: int, ever_spent_cents: int) -> Decision:
    """Whether nothing was vouchered or advanced: only then may a request be amended, taken back or cancelled."""
    if spent_cents or advanced_cents or ever_spent_cents:
        return Decision.of(
            [Sentence("Money of this request was already vouchered or advanced. Void, refund or expire it instead.")]
        )
    return Decision()


def decide_appeal(*, denied_on: date | None, today: date, days: int, is_closed: bool) -> Decision:
    """Whether a denial may still be appealed."""
    if is_closed:
        return Decision.of([Sentence("The appeal against this denial is decided. It is final.")])
    if denied_on is None or today > denied_on + timedelta(days=days):
        return Decision.of([Sentence("The %(days)s days for an appeal are over.", days=days)])
    return Decision()


def decide_review(*, actor_id: UUID | None, deciders: Iterable[UUID], subordinates: Iterable[UUID]) -> Decision:
    """Whether somebody may decide an appeal: not who decided before, and not who works under them."""
    if actor_id is None or actor_id in set(deciders):
        return Decision.of([Sentence("You took part in the decision, so somebody else must review it.")])
    if actor_id in set(subordinates):
        return Decision.of([Sentence("Who decided it supervises you, so somebody else must review it.")])
    return Decision()
