"""The life of a fund request as one table: from which state, by whom, what may be done, and where it leads. Pure.

What is not in the table is refused, and the refusal says who could act. Guards that need facts stand in `funds.rules`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from core.errors import Decision, Sentence
from funds.ledger import Kind


class State(StrEnum):
    """The fourteen states."""

    DRAFT = "draft"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"
    VOUCHER = "voucher"
    PAID = "paid"
    RECONCILED = "reconciled"
    DENIED = "denied"
    APPEALED = "appealed"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    VOIDED = "voided"
    REFUNDED = "refunded"


class Action(StrEnum):
    """Everything that can be done to a fund request."""

    EDIT = "edit"
    ADOPT = "adopt"
    SUBMIT = "submit"
    RECALL = "recall"
    RETURN = "return"
    APPROVE_TIER = "approve_tier"
    APPROVE_FINAL = "approve_final"
    APPROVE_EMERGENCY = "approve_emergency"
    RATIFY = "ratify"
    REFUSE_RATIFICATION = "refuse_ratification"
    DENY = "deny"
    WITHDRAW = "withdraw"
    AMEND = "amend"
    TAKE_BACK = "take_back"
    REQUEST_SUPPLEMENT = "request_supplement"
    APPROVE_SUPPLEMENT = "approve_supplement"
    DENY_SUPPLEMENT = "deny_supplement"
    CANCEL = "cancel"
    EXPIRE = "expire"
    VOUCHER = "voucher"
    CORRECT = "correct"
    ISSUE_ADVANCE = "issue_advance"
    PAY = "pay"
    PAYMENT_FAILED = "payment_failed"
    VOID = "void"
    ADD_DOCUMENT = "add_document"
    ACCEPT_RECEIPT = "accept_receipt"
    SUBSTANTIATE = "substantiate"
    RETURN_ADVANCE = "return_advance"
    RECONCILE = "reconcile"
    REFUND = "refund"
    DISALLOW = "disallow"
    RECOVER = "recover"
    WRITE_OFF = "write_off"
    APPEAL = "appeal"
    UPHOLD = "uphold"
    OVERTURN = "overturn"
    PAUSE = "pause"
    RESUME = "resume"


ENROLLEE, COORDINATOR, SUPERVISOR = "enrollee", "coordinator", "supervisor"
FISCAL, PAYER, RECONCILER = "fiscal_approver", "payer", "reconciler"
DIRECTOR, AUDITOR, SYSTEM = "director", "auditor", "system"
TIER_ROLES: Final = frozenset({SUPERVISOR, FISCAL, DIRECTOR})
LIVE: Final = frozenset(
    {
        State.DRAFT,
        State.SUBMITTED,
        State.RETURNED,
        State.APPROVED,
        State.VOUCHER,
        State.PAID,
        State.APPEALED,
    }
)
HOLDING: Final = frozenset({State.APPROVED, State.VOUCHER, State.PAID})
"""States in which a request may hold money."""
BY_RANK: Final = "by rank"
SAME: Final = "same"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table. `moves_money` is stopped while the request is paused (I15)."""

    sources: frozenset[State]
    target: State | str
    roles: frozenset[str]
    posts: tuple[Kind, ...] = ()
    moves_money: bool = False


def _row(
    sources: Iterable[State],
    target: State | str,
    roles: Iterable[str],
    *posts: Kind,
    moves_money: bool | None = None,
) -> Row:
    return Row(frozenset(sources), target, frozenset(roles), posts, bool(posts) if moves_money is None else moves_money)


S = State
TABLE: Final[Mapping[Action, Row]] = {
    Action.EDIT: _row({S.DRAFT, S.RETURNED}, SAME, {COORDINATOR, ENROLLEE}),
    Action.ADOPT: _row({S.DRAFT, S.RETURNED}, SAME, {COORDINATOR}),
    Action.SUBMIT: _row({S.DRAFT, S.RETURNED}, S.SUBMITTED, {COORDINATOR}),
    Action.RECALL: _row({S.SUBMITTED}, S.DRAFT, {COORDINATOR}),
    Action.RETURN: _row({S.SUBMITTED}, S.RETURNED, TIER_ROLES),
    Action.APPROVE_TIER: _row({S.SUBMITTED}, S.SUBMITTED, TIER_ROLES),
    Action.APPROVE_FINAL: _row({S.SUBMITTED}, S.APPROVED, TIER_ROLES, Kind.HOLD),
    Action.APPROVE_EMERGENCY: _row({S.SUBMITTED}, S.APPROVED, TIER_ROLES, Kind.HOLD),
    Action.RATIFY: _row(HOLDING, SAME, TIER_ROLES),
    Action.REFUSE_RATIFICATION: _row(HOLDING, SAME, TIER_ROLES),
    Action.DENY: _row({S.SUBMITTED}, S.DENIED, TIER_ROLES),
    Action.WITHDRAW: _row({S.DRAFT, S.RETURNED, S.SUBMITTED}, S.WITHDRAWN, {COORDINATOR, ENROLLEE}),
    Action.AMEND: _row({S.SUBMITTED, S.APPROVED}, S.SUBMITTED, {COORDINATOR}, Kind.RELEASE, moves_money=False),
    Action.TAKE_BACK: _row({S.SUBMITTED, S.APPROVED}, S.SUBMITTED, TIER_ROLES, Kind.RELEASE, moves_money=False),
    Action.REQUEST_SUPPLEMENT: _row(HOLDING, SAME, {COORDINATOR}),
    Action.APPROVE_SUPPLEMENT: _row(HOLDING, SAME, TIER_ROLES, Kind.HOLD_MORE),
    Action.DENY_SUPPLEMENT: _row(HOLDING, SAME, TIER_ROLES),
    Action.CANCEL: _row({S.APPROVED}, S.CANCELLED, {COORDINATOR, FISCAL}, Kind.RELEASE, moves_money=False),
    Action.EXPIRE: _row({S.APPROVED, S.PAID}, BY_RANK, {SYSTEM}, Kind.RELEASE, moves_money=False),
    Action.VOUCHER: _row({S.APPROVED, S.PAID}, S.VOUCHER, {FISCAL}, Kind.VOUCHER),
    Action.CORRECT: _row({S.VOUCHER}, BY_RANK, {FISCAL}, Kind.REVERSE, moves_money=False),
    Action.ISSUE_ADVANCE: _row({S.APPROVED, S.PAID}, S.PAID, {FISCAL}, Kind.ADVANCE),
    Action.PAY: _row({S.VOUCHER}, BY_RANK, {PAYER}, Kind.PAY),
    Action.PAYMENT_FAILED: _row({S.PAID, S.VOUCHER}, S.VOUCHER, {PAYER}, Kind.UNPAY, moves_money=False),
    Action.VOID: _row({S.VOUCHER, S.PAID}, BY_RANK, {PAYER}, Kind.UNPAY, Kind.VOID, moves_money=False),
    Action.ADD_DOCUMENT: _row(LIVE | {S.RECONCILED}, SAME, {COORDINATOR, FISCAL}),
    Action.ACCEPT_RECEIPT: _row({S.VOUCHER, S.PAID}, SAME, {RECONCILER}),
    Action.SUBSTANTIATE: _row({S.PAID}, SAME, {RECONCILER}, Kind.SUBSTANTIATE, moves_money=False),
    Action.RETURN_ADVANCE: _row({S.PAID}, BY_RANK, {RECONCILER}, Kind.RETURN_ADVANCE, moves_money=False),
    Action.RECONCILE: _row({S.PAID}, S.RECONCILED, {RECONCILER}, Kind.RELEASE, moves_money=False),
    Action.REFUND: _row({S.PAID, S.RECONCILED}, BY_RANK, {FISCAL}, Kind.REFUND, Kind.REFUND_LATE, moves_money=False),
    Action.DISALLOW: _row({S.PAID, S.RECONCILED}, SAME, {FISCAL, DIRECTOR}, Kind.DISALLOW, moves_money=False),
    Action.RECOVER: _row({S.PAID, S.RECONCILED}, SAME, {FISCAL, DIRECTOR}, Kind.SETTLE, moves_money=False),
    Action.WRITE_OFF: _row({S.PAID, S.RECONCILED}, SAME, {FISCAL, DIRECTOR}, Kind.SETTLE, moves_money=False),
    Action.APPEAL: _row({S.DENIED}, S.APPEALED, {ENROLLEE, COORDINATOR}),
    Action.UPHOLD: _row({S.APPEALED}, S.DENIED, {SUPERVISOR, DIRECTOR}),
    Action.OVERTURN: _row({S.APPEALED}, S.SUBMITTED, {SUPERVISOR, DIRECTOR}),
    Action.PAUSE: _row(LIVE, SAME, {FISCAL, AUDITOR}),
    Action.RESUME: _row(LIVE, SAME, {FISCAL, AUDITOR}),
}

STATE_NAMES: Final[Mapping[State, Sentence]] = {
    S.DRAFT: Sentence("Draft"),
    S.SUBMITTED: Sentence("Waiting for approval"),
    S.RETURNED: Sentence("Returned"),
    S.APPROVED: Sentence("Approved, money held"),
    S.VOUCHER: Sentence("Waiting for payment"),
    S.PAID: Sentence("Paid"),
    S.RECONCILED: Sentence("Finished"),
    S.DENIED: Sentence("Denied"),
    S.APPEALED: Sentence("Under appeal"),
    S.WITHDRAWN: Sentence("Withdrawn"),
    S.CANCELLED: Sentence("Cancelled"),
    S.EXPIRED: Sentence("Expired"),
    S.VOIDED: Sentence("Voided"),
    S.REFUNDED: Sentence("Refunded"),
}
# Plain words for the person (funds.md, 13).
PLAIN_NAMES: Final[Mapping[State, Sentence]] = {
    S.DRAFT: Sentence("being written"),
    S.SUBMITTED: Sentence("with the team"),
    S.RETURNED: Sentence("needs a change"),
    S.APPROVED: Sentence("approved, money set aside"),
    S.VOUCHER: Sentence("being paid"),
    S.PAID: Sentence("paid"),
    S.RECONCILED: Sentence("finished"),
    S.DENIED: Sentence("not approved"),
    S.APPEALED: Sentence("being reviewed again"),
    S.WITHDRAWN: Sentence("stopped"),
    S.CANCELLED: Sentence("stopped"),
    S.EXPIRED: Sentence("stopped"),
    S.VOIDED: Sentence("stopped"),
    S.REFUNDED: Sentence("stopped"),
}
ROLE_WORDS: Final[Mapping[str, Sentence]] = {
    ENROLLEE: Sentence("the person"),
    COORDINATOR: Sentence("the coordinator"),
    SUPERVISOR: Sentence("a supervisor"),
    FISCAL: Sentence("a fiscal approver"),
    PAYER: Sentence("a payer"),
    RECONCILER: Sentence("a reconciler"),
    DIRECTOR: Sentence("the director"),
    AUDITOR: Sentence("an auditor"),
    SYSTEM: Sentence("the daily run"),
}
ROLE_ORDER: Final = tuple(ROLE_WORDS)
TIER_MIX: Final[Mapping[frozenset[str], Sentence]] = {
    frozenset({SUPERVISOR, FISCAL}): Sentence("a supervisor or a fiscal approver"),
    frozenset({SUPERVISOR, DIRECTOR}): Sentence("a supervisor or the director"),
    frozenset({FISCAL, DIRECTOR}): Sentence("a fiscal approver or the director"),
    frozenset({COORDINATOR, ENROLLEE}): Sentence("the coordinator or the person"),
    frozenset({COORDINATOR, FISCAL}): Sentence("the coordinator or a fiscal approver"),
    frozenset({FISCAL, AUDITOR}): Sentence("a fiscal approver or an auditor"),
    frozenset({FISCAL, PAYER, DIRECTOR}): Sentence("a fiscal approver, a payer or the director"),
    TIER_ROLES: Sentence("a supervisor, a fiscal approver or the director"),
}


def who(roles: Iterable[str]) -> Sentence:
    """Some roles in words: "a supervisor or a fiscal approver"."""
    held = frozenset(roles)
    if held in TIER_MIX:
        return TIER_MIX[held]
    return ROLE_WORDS[min(held, key=ROLE_ORDER.index)] if held else Sentence("nobody")


def decide_step(state: State, action: Action, roles: Iterable[str], *, is_paused: bool = False) -> Decision:
    """Whether somebody with these roles may do this to a request in this state; a refusal names who could."""
    row = TABLE[action]
    if state not in row.sources:
        return Decision.of(
            [
                Sentence(
                    "This request is “%(state)s”: this cannot be done now. Look again: it may have moved on.",
                    state=STATE_NAMES[state],
                )
            ]
        )
    if not row.roles & frozenset(roles):
        return Decision.of([Sentence("Only %(who)s can do this.", who=who(row.roles))])
    if is_paused and row.moves_money:
        return Decision.of([Sentence("This request is paused: no money moves until it is resumed.")])
    return Decision()


def seconds_of(action: Action, first_role: str) -> frozenset[str]:
    """Who may do a step of two people after somebody in the first role asked for it; empty for all other steps."""
    if action is Action.CORRECT:
        return frozenset({FISCAL, PAYER, DIRECTOR})
    if action is Action.VOID:
        return frozenset({DIRECTOR})
    if action in (Action.DISALLOW, Action.RECOVER, Action.WRITE_OFF):
        return frozenset({FISCAL, DIRECTOR}) - {first_role}
    return frozenset()


def decide_second(
    state: State, action: Action, roles: Iterable[str], *, first_role: str, is_first_person: bool
) -> Decision:
    """Whether somebody may do, as the second person, what a first one asked for."""
    row, seconds = TABLE[action], seconds_of(action, first_role)
    if state not in row.sources:
        return decide_step(state, action, row.roles)
    if is_first_person:
        return Decision.of([Sentence("You asked for this, so a second person must do it.")])
    if not seconds & frozenset(roles):
        return Decision.of([Sentence("Only %(who)s can do this.", who=who(seconds))])
    return Decision()


@dataclass(frozen=True, slots=True)
class MoneyState:
    """What rank asks: is a voucher unpaid; was anything paid or advanced and kept; is anything held."""

    has_unpaid: bool
    has_paid: bool
    has_held: bool
    had_voucher: bool = False
    all_refunded: bool = False


def rank(money: MoneyState) -> State:
    """Where a request with several vouchers stands: any unpaid, else any paid or advanced, else any held."""
    if money.has_unpaid:
        return S.VOUCHER
    if money.has_paid:
        return S.PAID
    if money.has_held:
        return S.APPROVED
    return S.REFUNDED if money.all_refunded else S.VOIDED


def next_state(state: State, action: Action, money: MoneyState | None = None) -> State:
    """Where an allowed action leads. `money` is what stands after it, where the table says "by rank"."""
    target = TABLE[action].target
    if target == SAME:
        return state
    if target != BY_RANK:
        return State(target)
    if money is None:
        raise ValueError(f"{action} leads where the money stands.")
    if action is Action.EXPIRE:
        return S.EXPIRED if state is S.APPROVED else S.PAID
    if action is Action.RETURN_ADVANCE and state is S.PAID and not money.has_paid and not money.has_held:
        return S.PAID
    if action is Action.REFUND and not (money.has_unpaid or money.all_refunded):
        return state
    return rank(money)
