"""Steps of two people: the first asks, with the reason; the second does it, or refuses. Nothing is posted by asking.

`begin_second()` and `finish_second()` frame the verbs themselves, which stand with their nouns (vouchers, recoveries).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from core.clock import now_utc
from core.db import db, rerun, transaction
from core.errors import Conflict, Decision, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity
from funds import queries, rules
from funds.actions import stepping
from funds.actions.contents import MOST_CENTS
from funds.actions.opening import OpenedRequest
from funds.actions.stepping import Step
from funds.models import Advance, StepProposal, Voucher
from funds.posting import OTHER_PAYLOAD
from funds.queries import payments
from funds.queries.payments import Booked
from funds.states import ROLE_ORDER, TABLE, Action, decide_step, seconds_of

GUARDS: Final[Mapping[Action, Callable[[rules.Target, int], Decision]]] = {
    Action.CORRECT: lambda target, _cents: rules.decide_correct(target),
    Action.VOID: lambda target, _cents: rules.decide_void(target),
    Action.DISALLOW: rules.decide_disallow,
    Action.RECOVER: rules.decide_settle,
    Action.WRITE_OFF: rules.decide_settle,
}
WHOLE: Final = (Action.CORRECT, Action.VOID)  # they take the voucher whole, so they name no amount
DECIDED: Final = Sentence("This was decided already. Look at the request as it is now.")


@dataclass(slots=True)
class SecondStep:
    """A step of two people under way: what was asked for, on which voucher or advance, and how it is booked."""

    step: Step
    proposal: StepProposal
    voucher: Voucher | None
    advance: Advance | None
    booked: Booked
    target: rules.Target
    note: str

    @property
    def cents(self) -> int:
        """The amount that was asked for."""
        return self.proposal.cents or self.target.cents


@rerun
def propose_step(
    identity: Identity,
    *,
    proposal_id: UUID,
    request_id: UUID,
    row_version: int,
    action: Action,
    reason_code: str,
    note: str,
    voucher_id: UUID | None = None,
    advance_id: UUID | None = None,
    cents: int | None = None,
    now: datetime | None = None,
) -> None:
    """Ask a second person for a step: correct, void, disallow, recover or write off. Same id twice: one proposal.

    Raises what the step itself would raise now, and NotAllowed while another proposal waits on this request.
    """
    now = now or now_utc()
    _check(action, reason_code, note, voucher_id, advance_id, cents)
    values = {
        "action": str(action),
        "voucher_id": voucher_id,
        "advance_id": advance_id,
        "cents": None if action in WHOLE else cents,
        "reason_code": reason_code,
    }
    with transaction() as session:
        request = queries.lock_request(identity, request_id, now)
        there = session.get(StepProposal, proposal_id)
        if there is not None:
            if there.proposed_by != identity.user_id or any(getattr(there, name) != values[name] for name in values):
                raise Conflict(OTHER_PAYLOAD)
            return
        if request.row_version != row_version:
            raise Conflict(stepping.changed_by(request))
        roles = queries.roles_on(identity, request.enrollee_id, now)
        decision = decide_step(request.state, action, roles)
        if not decision.allowed:
            raise NotAllowed(*decision.reasons)
        if identity.user_id is None:
            raise NotAllowed(Sentence("A person asks for this, not the program."))
        if payments.find_proposal(request_id) is not None:
            raise NotAllowed(
                Sentence("Another step waits for a second person on this request. Let it be decided first.")
            )
        _voucher, _advance, _booked, target = payments.target_of(
            request_id, voucher_id=voucher_id, advance_id=advance_id
        )
        stepping.require(GUARDS[action](target, cents or 0))
        enrollee = stepping.get_enrollee(request.enrollee_id)
        session.add(
            StepProposal(
                id=proposal_id,
                enrollee_id=request.enrollee_id,
                fund_request_id=request_id,
                **values,
                proposed_by=identity.user_id,
                proposed_role=next(role for role in ROLE_ORDER if role in roles & TABLE[action].roles),
                proposed_at=now,
                sealed=stepping.seal(enrollee, "step_proposal", proposal_id, {"note": note.strip()}) if note else None,
            )
        )
        session.flush()
        _record(identity, EventKind.FUND_STEP_PROPOSED, request, proposal_id, action, now)


@rerun
def refuse_step(identity: Identity, *, proposal_id: UUID, now: datetime | None = None) -> None:
    """Refuse a step that a first person asked for; the first person takes it back by the same press."""
    now = now or now_utc()
    with transaction():
        proposal = payments.get_proposal(identity, proposal_id, now)
        request = queries.lock_request(identity, proposal.fund_request_id, now)
        proposal = _locked(proposal_id)
        own = proposal.proposed_by == identity.user_id
        if proposal.status != "open":
            if proposal.decided_by == identity.user_id and proposal.status in ("refused", "withdrawn"):
                return
            raise Conflict(DECIDED)
        roles = queries.roles_on(identity, request.enrollee_id, now)
        action = Action(proposal.action)
        if not own and not roles & seconds_of(action, proposal.proposed_role):
            raise NotAllowed(Sentence("Your role does not allow this."))
        proposal.status = "withdrawn" if own else "refused"
        proposal.decided_by, proposal.decided_at = identity.user_id, now
        db.session.flush()
        _record(identity, EventKind.FUND_STEP_REFUSED, request, proposal_id, action, now)


def note_of(opened: OpenedRequest, proposal: StepProposal) -> str:
    """What the first person wrote for the second, on a page of a request that was opened with an event."""
    if opened.request.id != proposal.fund_request_id:
        raise NotFound
    return str(vault.open_fields([proposal])[proposal.id].get("note") or "")


def begin_second(
    identity: Identity, *, proposal_id: UUID, action: Action, row_version: int, key: str, now: datetime
) -> SecondStep | None:
    """Begin the step that a proposal asks for, as its second person; None when the same form did it before."""
    proposal = payments.get_proposal(identity, proposal_id, now)
    if proposal.action != str(action):
        raise NotFound
    step = stepping.begin(
        identity,
        request_id=proposal.fund_request_id,
        action=action,
        row_version=row_version,
        key=key,
        payload={"proposal": proposal_id},
        now=now,
        first=(proposal.proposed_by, proposal.proposed_role),
    )
    if step.is_repeat:
        return None
    proposal = _locked(proposal_id)
    if proposal.status != "open":
        raise Conflict(DECIDED)
    voucher, advance, booked, target = payments.target_of(
        step.request.id, voucher_id=proposal.voucher_id, advance_id=proposal.advance_id
    )
    stepping.require(GUARDS[action](target, proposal.cents or 0))
    note = str(vault.open_fields([proposal])[proposal.id].get("note") or "")
    return SecondStep(step, proposal, voucher, advance, booked, target, note)


def finish_second(second: SecondStep, *, posting_id: int, **details: Any) -> None:
    """End the step: the proposal is done, both people stand in the event."""
    proposal, step = second.proposal, second.step
    proposal.status, proposal.decided_by, proposal.decided_at = "done", step.identity.user_id, step.now
    db.session.flush()
    money = queries.request_money([step.request.id])[step.request.id]
    stepping.finish(
        step,
        money=money,
        posting_id=posting_id,
        cents=second.cents,
        reason_code=proposal.reason_code,
        note=second.note,
        second_actor_id=proposal.proposed_by,
        proposal=str(proposal.id),
        **details,
    )


def _check(
    action: Action,
    reason_code: str,
    note: str,
    voucher_id: UUID | None,
    advance_id: UUID | None,
    cents: int | None,
) -> None:
    if action not in GUARDS:
        raise InvalidInput("action", Sentence("This step takes no second person."))
    if reason_code not in rules.UNDO_REASONS:
        raise InvalidInput("reason_code", Sentence("Choose a reason."))
    if reason_code == "other" and not note.strip():
        raise InvalidInput("note", Sentence("Write what the reason is."))
    if action not in WHOLE and not 0 < (cents or 0) <= MOST_CENTS:
        raise InvalidInput("cents", Sentence("Write the amount."))
    if (voucher_id is None) == (advance_id is None):
        raise InvalidInput("target", Sentence("Choose the voucher or the advance."))


def _locked(proposal_id: UUID) -> StepProposal:
    """The proposal as it stands now. The lock of its request, taken before, keeps others away."""
    return db.session.scalars(
        select(StepProposal).where(StepProposal.id == proposal_id).execution_options(populate_existing=True)
    ).one()


def _record(
    identity: Identity, kind: EventKind, request: Any, proposal_id: UUID, action: Action, now: datetime
) -> None:
    trail.record(
        kind,
        identity,
        now=now,
        subject_type="fund_request",
        subject_id=request.id,
        details={"number": request.number, "proposal": str(proposal_id), "action": str(action)},
    )
