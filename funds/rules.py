"""What the fund decides beside its policy: who may decide what, whether money may move; pure, with sentences."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from core.errors import Bilingual, Decision, Sentence
from core.money import format_cents
from funds.policy import Evaluation, Finding, Severity
from funds.states import State, who

# Why a request goes back or is denied: a code that the person's notice explains (funds.md, 13).
RETURN_REASONS: Final[Mapping[str, Sentence]] = {
    "amount": Sentence("The amount needs a closer look."),
    "papers": Sentence("A paper is missing or cannot be read."),
    "payee": Sentence("Who is to be paid needs a change."),
    "tried": Sentence("Other help should be tried first."),
    "goal": Sentence("It is not clear how this helps the goal."),
    "other": Sentence("Something needs a change; the note says what."),
}
DENY_REASONS: Final[Mapping[str, Sentence]] = {
    "not_covered": Sentence("The fund's rules do not allow this purchase."),
    "other_source": Sentence("Another program or benefit pays for this."),
    "limit": Sentence("The yearly limit for one person is reached."),
    "no_money": Sentence("There is not enough money left in this part of the fund."),
    "goal": Sentence("It does not fit a goal in the plan."),
    "other": Sentence("The decision note says why."),
}


def finding_sentence(finding: Finding) -> Sentence:
    """A finding of the policy as a sentence in both languages, with what would comply."""
    return Bilingual(
        {
            "en": " ".join(filter(None, (finding.text_en, finding.remedy_en))),
            "es": " ".join(filter(None, (finding.text_es, finding.remedy_es))),
        }
    )


def policy_reasons(evaluation: Evaluation, *, may_be_set_aside: bool = False) -> list[Sentence]:
    """What the policy says against going on now. `may_be_set_aside`: exceptions are for later."""
    return [
        finding_sentence(finding)
        for finding in evaluation.blocks
        if not (may_be_set_aside and finding.severity is Severity.EXCEPTION)
    ]


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


def decide_approve(facts: ApprovalFacts) -> Decision:
    """Whether this person may approve this amount now. The sum left is checked again as the money is held."""
    reasons = list(decide_who(facts).reasons)
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
    first_verifier_id: UUID | None  # who verified the payee, as long as nothing was ever paid to it; else None
    is_unpaid: bool
    cents: int
    lane_cents: int  # the small-office lane of the fund: up to this the final approver may pay


def decide_pay(facts: PayFacts) -> Decision:
    """Whether this person may pay: never what they approved last, never the first payment to a payee they verified."""
    reasons = []
    if not facts.is_unpaid:
        reasons.append(Sentence("This voucher is paid or voided already. Nothing was paid twice."))
    if facts.actor_id is None:
        reasons.append(Sentence("A person pays, not the program."))
    elif facts.actor_id in facts.final_approvers and facts.cents > facts.lane_cents:
        reasons.append(Sentence("You approved this request last, so somebody else must pay it."))
    elif facts.actor_id == facts.first_verifier_id:
        reasons.append(Sentence("You verified this payee, so somebody else makes the first payment to it."))
    return Decision.of(reasons)


FAIL_REASONS: Final[Mapping[str, Sentence]] = {
    "returned": Sentence("The bank returned it."),
    "lost": Sentence("The check was lost or stolen."),
    "stale": Sentence("The check was never cashed."),
    "wrong": Sentence("It went to a wrong address or account."),
    "other": Sentence("Another reason; the note says which."),
}
UNDO_REASONS: Final[Mapping[str, Sentence]] = {
    "entered_wrongly": Sentence("It was entered wrongly."),
    "not_delivered": Sentence("The goods or service did not come."),
    "not_needed": Sentence("It is no longer needed."),
    "came_back": Sentence("Goods were returned, or the payee sent money back."),
    "no_receipt": Sentence("There is no receipt."),
    "not_allowed": Sentence("The fund's rules do not allow this purchase."),
    "paid_back": Sentence("It was paid back."),
    "cannot_recover": Sentence("It cannot be recovered."),
    "other": Sentence("Another reason; the note says which."),
}


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
        cents, target.kept_cents, Sentence("At most %(most)s of it can come back.", most=_money(target.kept_cents))
    )


def decide_disallow(target: Target, cents: int) -> Decision:
    """Whether so much may be disallowed: of an advance what has no receipt first, else what is spent."""
    if target.is_voucher and target.status != "paid":
        return Decision.of([Sentence("Nothing was paid on this voucher. Void it instead.")])
    most = target.outstanding_cents or target.kept_cents
    return _within(cents, most, Sentence("At most %(most)s of it can be disallowed.", most=_money(most)))


def decide_settle(target: Target, cents: int) -> Decision:
    """Whether so much may be entered as recovered or given up: no more than is to be recovered."""
    most = target.disallowed_cents
    return _within(cents, most, Sentence("%(most)s of it is to be recovered.", most=_money(most)))


def _within(cents: int, most: int, otherwise: Sentence) -> Decision:
    if cents <= 0:
        return Decision.of([Sentence("Write the amount.")])
    return Decision() if cents <= most else Decision.of([otherwise])


def _money(cents: int) -> str:
    return format_cents(max(0, cents))


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
                free=_money(facts.free_cents),
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
                "This card or pass is worth %(worth)s: that is what goes out.", worth=_money(facts.instrument_cents)
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
        return Decision.of([Sentence("%(left)s of this paper is not used yet.", left=_money(total_cents - used_cents))])
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


def business_days_after(start: date, days: int, holidays: Iterable[date] = ()) -> date:
    """The day that lies some business days after another; weekends and holidays do not count."""
    closed, day = set(holidays), start
    while days > 0:
        day += timedelta(days=1)
        if day.weekday() < 5 and day not in closed:
            days -= 1
    return day


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
