"""What an author may send, what looks as if it was asked before, and whose turn a request is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from core.errors import Decision, Sentence
from funds.policy import Evaluation
from funds.rules.words import policy_reasons
from funds.states import State, who


@dataclass(frozen=True, slots=True)
class SubmitFacts:
    """A draft that is to be sent."""

    cents: int
    has_category: bool
    has_payee: bool
    has_method: bool
    has_item: bool
    has_line: bool
    goal_is_active: bool
    is_enrolled: bool
    is_author: bool
    statement: str | None  # how the person agreed to this version
    evaluation: Evaluation


def decide_submit(facts: SubmitFacts) -> Decision:
    """Whether a draft may be sent: complete, for an active goal, with the person's agreement, within policy."""
    reasons = []
    if not facts.is_author:
        reasons.append(Sentence("Take the draft over first: whoever sends it is its author."))
    if not facts.has_item:
        reasons.append(Sentence("Say what is to be bought."))
    if facts.cents <= 0:
        reasons.append(Sentence("Write the amount."))
    if not facts.has_category:
        reasons.append(Sentence("Choose what kind of purchase this is."))
    if not facts.has_payee:
        reasons.append(Sentence("Choose who is to be paid."))
    if not facts.has_method:
        reasons.append(Sentence("Choose how it is to be paid."))
    if not facts.goal_is_active:
        reasons.append(Sentence("This goal is not active. Choose one that the person works on now."))
    if not facts.is_enrolled:
        reasons.append(Sentence("The fund buys for people who are enrolled. Enroll the person first."))
    if facts.statement is None:
        reasons.append(Sentence("Write down that the person agrees: signed, spoken, or online."))
    elif facts.statement == "declined":
        reasons.append(Sentence("The person declined this request, so it cannot be sent."))
    if facts.has_category and not facts.has_line:
        reasons.append(Sentence("Nothing is budgeted for this kind of purchase this year. Ask the fiscal office."))
    return Decision.of([*reasons, *policy_reasons(facts.evaluation, may_be_set_aside=True)])


@dataclass(frozen=True, slots=True)
class Similar:
    """Another request that looks like this one. `number` is empty where the viewer may not know which it is."""

    number: str
    on: date
    cents: int
    same_person: bool
    same_category: bool
    same_payee: bool


def doubles(cents: int, today: date, others: Iterable[Similar]) -> list[Sentence]:
    """Warnings of what may be asked twice (funds.md, 10): payee, day and amount; person, category and amount."""
    found = []
    for other in others:
        if other.cents != cents:
            continue
        if other.same_person and other.same_category:
            found.append(
                Sentence(
                    "%(number)s of %(day)s asks for the same amount in the same category for this person. "
                    "If this is another purchase, say so under “Why”.",
                    number=other.number,
                    day=other.on,
                )
            )
        elif other.same_payee and other.on == today:
            found.append(
                Sentence(
                    "%(number)s of today asks to pay the same payee the same amount. "
                    "If this is another purchase, say so under “Why”.",
                    number=other.number or Sentence("Another request"),
                )
            )
    return found


_HOLDERS: Final[Mapping[State, Sentence]] = {
    State.APPROVED: Sentence("A fiscal approver, to make it payable"),
    State.VOUCHER: Sentence("A payer, to pay it"),
    State.PAID: Sentence("The coordinator for the receipt, then a reconciler"),
    State.RECONCILED: Sentence("Nobody: it is finished"),
    State.DENIED: Sentence("Nobody: it was denied. The person may appeal."),
    State.APPEALED: Sentence("A reviewer who did not decide it before"),
    State.WITHDRAWN: Sentence("Nobody: it was withdrawn"),
    State.CANCELLED: Sentence("Nobody: it was cancelled"),
    State.EXPIRED: Sentence("Nobody: the time to use the money ran out"),
    State.VOIDED: Sentence("Nobody: it was voided"),
    State.REFUNDED: Sentence("Nobody: the money came back"),
}


def holder(state: State, *, author: str, tiers: Sequence[frozenset[str]], decided: int) -> Sentence:
    """Whose turn a request is, in words; `author` is the author's name, `tiers` those of the last evaluation."""
    if state is State.DRAFT and not author:
        return Sentence("The coordinator, to take the draft over")
    if state in (State.DRAFT, State.RETURNED):
        return Sentence("%(name)s, to finish and send it", name=author)
    if state is State.SUBMITTED:
        waiting = tiers[min(decided, len(tiers) - 1)] if tiers else frozenset()
        return Sentence("%(who)s, to decide it (step %(step)s of %(steps)s)", who=who(waiting), step=decided + 1,
                        steps=max(decided + 1, len(tiers)))  # fmt: skip
    return _HOLDERS[state]
