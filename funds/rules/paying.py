"""What may be vouchered, paid, marked as failed, and undone afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from core.errors import Decision, Sentence
from core.money import format_cents
from funds.policy import Evaluation
from funds.rules.words import money, policy_reasons


@dataclass(frozen=True, slots=True)
class VoucherFacts:
    """A voucher that is to be made."""

    cents: int
    free_cents: int
    payee_is_verified: bool
    evaluation: Evaluation


def decide_voucher(facts: VoucherFacts) -> Decision:
    """Whether a debt may be recognized: within what is held and not advanced, to a verified payee, within policy."""
    reasons = []
    if facts.cents <= 0:
        reasons.append(Sentence("Write the amount of the invoice."))
    if facts.cents > facts.free_cents:
        reasons.append(
            Sentence(
                "%(free)s of this request is held and free. For more, ask for a supplement first.",
                free=format_cents(max(0, facts.free_cents)),
            )
        )
    if not facts.payee_is_verified:
        reasons.append(Sentence("This payee is not verified. A second person must verify it first."))
    return Decision.of([*reasons, *policy_reasons(facts.evaluation)])


@dataclass(frozen=True, slots=True)
class PayFacts:
    """A voucher that is to be paid."""

    actor_id: UUID | None
    final_approvers: frozenset[UUID]  # who approved the last tier of the request, of a supplement, or in an emergency
    approvers: frozenset[UUID]  # who approved any tier of the present version
    first_verifier_id: UUID | None  # who verified the payee, as long as nothing was ever paid to it; else None
    is_unpaid: bool
    cents: int
    lane_cents: int  # the small-office lane of the fund: up to this the final approver may pay


def decide_pay(facts: PayFacts) -> Decision:
    """Whether this person may pay: never what they approved last, never the first payment to a payee they verified.

    Nor may anybody make the first payment to a payee whose verifier approved this request (I9).
    """
    reasons = []
    if not facts.is_unpaid:
        reasons.append(Sentence("This voucher is paid or voided already. Nothing was paid twice."))
    if facts.actor_id is None:
        reasons.append(Sentence("A person pays, not the program."))
    elif facts.actor_id in facts.final_approvers and facts.cents > facts.lane_cents:
        reasons.append(Sentence("You approved this request last, so somebody else must pay it."))
    elif facts.actor_id == facts.first_verifier_id:
        reasons.append(Sentence("You verified this payee, so somebody else makes the first payment to it."))
    elif facts.first_verifier_id in facts.approvers:
        reasons.append(
            Sentence(
                "Who verified this payee approved this request too, and nothing was paid to it yet. "
                "Propose the payee again, and have somebody else verify it."
            )
        )
    return Decision.of(reasons)


@dataclass(frozen=True, slots=True)
class Target:
    """A voucher or an advance as the books say it stands."""

    is_voucher: bool
    status: str  # of a voucher: unpaid, paid, void
    cents: int
    kept_cents: int  # spending that still stands, less what was disallowed or came back
    disallowed_cents: int  # to recover
    outstanding_cents: int = 0  # of an advance: neither covered nor returned
    is_late: bool = False  # its budget year is closed
    is_cleared: bool = False  # the bank shows its payment as paid out

    @property
    def is_whole(self) -> bool:
        """True while no part was refunded or disallowed."""
        return self.kept_cents == self.cents and not self.disallowed_cents


def decide_correct(target: Target) -> Decision:
    """Whether a voucher that was entered wrongly may be reversed: unpaid, and its year still open."""
    if not target.is_voucher or target.status != "unpaid":
        return Decision.of(
            [Sentence("Only a voucher that is not paid yet can be corrected. Void it, or enter a refund.")]
        )
    if target.is_late:
        return Decision.of([Sentence("The budget year of this voucher is closed. Void it instead.")])
    return Decision()


def decide_void(target: Target) -> Decision:
    """Whether a voucher may be voided: whole, never one that is partly refunded or disallowed."""
    if not target.is_voucher or target.status == "void":
        return Decision.of([Sentence("This voucher is void already.")])
    if target.is_cleared:
        return Decision.of([Sentence("The bank paid this out. If money came back, enter a refund instead.")])
    if not target.is_whole:
        return Decision.of(
            [Sentence("Part of this voucher was refunded or disallowed. Enter a refund for the rest instead.")]
        )
    return Decision()


def decide_failed(target: Target, *, payment_status: str) -> Decision:
    """Whether a payment may be marked as failed: it is out, and the voucher is whole."""
    if payment_status != "issued":
        return Decision.of([Sentence("This payment is marked as failed or void already.")])
    if not target.is_whole:
        return Decision.of(
            [Sentence("Part of this voucher was refunded or disallowed, so its payment did not fail. Enter a refund.")]
        )
    return Decision()


def decide_refund(target: Target, cents: int) -> Decision:
    """Whether so much may be entered as come back: something paid, and no more than still stands of it."""
    if target.is_voucher and target.status != "paid":
        return Decision.of([Sentence("Nothing was paid on this voucher, so nothing can come back.")])
    return _within(
        cents, target.kept_cents, Sentence("At most %(most)s of it can come back.", most=money(target.kept_cents))
    )


def decide_disallow(target: Target, cents: int) -> Decision:
    """Whether so much may be disallowed: of an advance what has no receipt first, else what is spent."""
    if target.is_voucher and target.status != "paid":
        return Decision.of([Sentence("Nothing was paid on this voucher. Void it instead.")])
    most = target.outstanding_cents or target.kept_cents
    return _within(cents, most, Sentence("At most %(most)s of it can be disallowed.", most=money(most)))


def decide_settle(target: Target, cents: int) -> Decision:
    """Whether so much may be entered as recovered or given up: no more than is to be recovered."""
    most = target.disallowed_cents
    return _within(cents, most, Sentence("%(most)s of it is to be recovered.", most=money(most)))


def _within(cents: int, most: int, otherwise: Sentence) -> Decision:
    if cents <= 0:
        return Decision.of([Sentence("Write the amount.")])
    return Decision() if cents <= most else Decision.of([otherwise])
