"""What goes out before its receipts: money, cards and passes, and whose hands they pass through."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.errors import Decision, Sentence
from funds.policy import Evaluation
from funds.rules.words import money, policy_reasons


@dataclass(frozen=True, slots=True)
class AdvanceFacts:
    """Money or a card that is to go out before receipts."""

    actor_id: UUID | None
    holder_id: UUID
    enrollee_user_id: UUID | None
    cents: int
    free_cents: int
    holder_is_overdue: bool
    needs_instrument: bool
    instrument_cents: int | None  # what is on the card or pass; None for a program card, which holds no sum of its own
    has_instrument: bool
    instrument_is_in: bool  # in custody, and of the kind that the method asks for
    evaluation: Evaluation


def decide_advance(facts: AdvanceFacts) -> Decision:
    """Whether an advance may go out: within what is free, to somebody else who owes no receipt, from the register."""
    reasons = []
    if facts.cents <= 0:
        reasons.append(Sentence("Write the amount."))
    if facts.cents > facts.free_cents:
        reasons.append(
            Sentence(
                "%(free)s of this request is held and free. For more, ask for a supplement first.",
                free=money(facts.free_cents),
            )
        )
    if facts.actor_id is None or facts.actor_id == facts.holder_id:
        reasons.append(Sentence("Nobody hands money or a card to themselves. Choose another holder."))
    if facts.holder_id == facts.enrollee_user_id:
        reasons.append(Sentence("The fund gives no money to the person directly. Choose somebody of the staff."))
    if facts.holder_is_overdue:
        reasons.append(
            Sentence("This holder has a receipt that is 30 days overdue: no new advance until it is handed in.")
        )
    if facts.needs_instrument and not facts.has_instrument:
        reasons.append(Sentence("Choose the card or pass from the register."))
    elif facts.needs_instrument and not facts.instrument_is_in:
        reasons.append(Sentence("This card or pass is not in the safe now, or is of another kind. Choose another one."))
    elif facts.instrument_cents is not None and facts.instrument_cents != facts.cents:
        reasons.append(
            Sentence(
                "This card or pass is worth %(worth)s: that is what goes out.", worth=money(facts.instrument_cents)
            )
        )
    return Decision.of([*reasons, *policy_reasons(facts.evaluation)])


CUSTODY_STEPS: Final[Mapping[str, frozenset[str]]] = {
    "received": frozenset({"bought"}),
    "issued": frozenset({"received", "returned"}),
    "acknowledged": frozenset({"issued"}),
    "receipted": frozenset({"issued", "acknowledged"}),
    "returned": frozenset({"issued", "acknowledged"}),
    "lost": frozenset({"bought", "received", "issued", "acknowledged", "returned"}),
    "counted": frozenset({"received", "returned"}),
}
"""What may happen to a card or pass, and in which state; the first event is that it was bought."""
IN_THE_SAFE: Final = CUSTODY_STEPS["counted"]


def decide_custody(*, state: str, event: str, actor_id: UUID | None, other_id: UUID | None) -> Decision:
    """Whether a card or pass may change hands so: from this state, and two different people take part."""
    if state not in CUSTODY_STEPS.get(event, frozenset()):
        return Decision.of([Sentence("This cannot happen to the card or pass now. Look at its history.")])
    if actor_id is None or other_id is None or actor_id == other_id:
        return Decision.of([Sentence("Two people take part in each change of hands. Name the other one.")])
    return Decision()
