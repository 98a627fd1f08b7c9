"""Which papers prove spending, who signs for a lost one, and when a request is finished."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Final
from uuid import UUID

from core.errors import Decision, Sentence
from core.money import format_cents
from funds.rules.words import money

RECEIPT_KINDS: Final = ("receipt", "invoice", "affidavit")
"""Papers that prove spending."""
MOST_AFFIDAVITS: Final = 2  # of one person in 12 months; then the director signs, not the supervisor (funds.md, 10)


def decide_countersign(
    *, actor_id: UUID | None, holder_id: UUID | None, roles: Iterable[str], earlier: int, is_signed: bool
) -> Decision:
    """Whether somebody may sign another's affidavit: the supervisor for the first two in a year, then the director."""
    held = frozenset(roles)
    if is_signed:
        return Decision.of([Sentence("This affidavit is signed already.")])
    if actor_id is None or actor_id == holder_id:
        return Decision.of([Sentence("Who lost the receipt and who signs for it are two people.")])
    if earlier >= MOST_AFFIDAVITS and "director" not in held:
        return Decision.of(
            [Sentence("This is more than %(most)s in 12 months, so the director must sign it.", most=MOST_AFFIDAVITS)]
        )
    if not held & {"supervisor", "director"}:
        return Decision.of([Sentence("Only a supervisor or the director signs an affidavit.")])
    return Decision()


def decide_receipt(
    *, kind: str, total_cents: int | None, used_cents: int, cents: int, is_countersigned: bool, status: str
) -> Decision:
    """Whether so much of a paper may be counted for a voucher or advance: never more than the paper says."""
    if kind not in RECEIPT_KINDS:
        return Decision.of([Sentence("This paper is no receipt, invoice or affidavit.")])
    if kind == "affidavit" and not is_countersigned:
        return Decision.of([Sentence("This affidavit is not signed by a second person yet.")])
    if total_cents is None:
        return Decision.of([Sentence("Nobody wrote what this paper adds up to. Write its total first.")])
    if status == "void":
        return Decision.of([Sentence("This voucher is void already.")])
    if cents <= 0:
        return Decision.of([Sentence("Write the amount.")])
    if used_cents + cents > total_cents:
        return Decision.of([Sentence("%(left)s of this paper is not used yet.", left=money(total_cents - used_cents))])
    return Decision()


@dataclass(frozen=True, slots=True)
class ReconcileFacts:
    """A request that is to be finished."""

    actor_id: UUID | None
    payers: frozenset[UUID]
    paid_cents: int  # net cash out
    receipts_cents: int
    advanced_cents: int
    payable_cents: int
    needs_ratification: bool
    unmatched_payments: int
    needs_third_review: bool = False  # the small-office lane was used: the reconciler must not be the payer or approver
    approvers: frozenset[UUID] = field(default_factory=frozenset)


def decide_reconcile(facts: ReconcileFacts) -> Decision:
    """Whether a request may be finished: receipts cover it, no advance is open, ratified, the bank agrees."""
    reasons = []
    if facts.actor_id is None or facts.actor_id in facts.payers:
        reasons.append(Sentence("Who paid does not reconcile. Somebody else must finish this request."))
    elif facts.needs_third_review and facts.actor_id in facts.approvers:
        reasons.append(Sentence("The approver paid this one, so a third person must review it."))
    if facts.advanced_cents:
        reasons.append(
            Sentence(
                "%(cents)s of an advance is neither covered by receipts nor returned.",
                cents=format_cents(facts.advanced_cents),
            )
        )
    if facts.payable_cents:
        reasons.append(Sentence("%(cents)s is still to be paid.", cents=format_cents(facts.payable_cents)))
    if facts.receipts_cents < facts.paid_cents:
        reasons.append(
            Sentence(
                "Receipts cover %(receipts)s of %(paid)s. Add receipts or an affidavit.",
                receipts=format_cents(facts.receipts_cents),
                paid=format_cents(facts.paid_cents),
            )
        )
    if facts.needs_ratification:
        reasons.append(Sentence("The emergency approval must be ratified first."))
    if facts.unmatched_payments:
        reasons.append(Sentence("A payment is not matched to the bank yet. Import the bank file and match it."))
    return Decision.of(reasons)


def business_days_after(start: date, days: int, holidays: Iterable[date] = ()) -> date:
    """The day that lies some business days after another; weekends and holidays do not count."""
    closed, day = set(holidays), start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in closed:
            days -= 1
    return day
