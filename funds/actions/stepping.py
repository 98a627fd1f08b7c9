"""One step of a fund request: repeats, locks, standing, the state table, the version seen, the event. No verb here.

Every verb of a request runs `begin()`, its own guards and postings, then `finish()`, inside one transaction.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.dialects import postgresql, sqlite

import care.queries
from audit import actions as trail
from audit.rules import EventKind, canonical_json
from care import vault
from core.clock import local_day
from core.db import current_config, db
from core.errors import Conflict, Decision, NotAllowed, NotFound, Sentence
from core.identity import Identity
from funds import policy, queries
from funds.fields import FIELDS
from funds.models import ApprovalStep, ChoiceStatement, FundRequest, FundRequestEvent, PolicyEvaluation, SpendingLock
from funds.posting import OTHER_PAYLOAD
from funds.queries import Asked, RequestMoney
from funds.states import (
    ROLE_ORDER,
    TABLE,
    Action,
    State,
    decide_second,
    decide_step,
    next_state,
    seconds_of,
)

if TYPE_CHECKING:
    from care.models import Enrollee
    from funds.models import Delegation

EVENTS: Final[Mapping[Action, EventKind]] = {
    Action.EDIT: EventKind.FUND_REQUEST_EDITED,
    Action.ADOPT: EventKind.FUND_REQUEST_ADOPTED,
    Action.SUBMIT: EventKind.FUND_REQUEST_SUBMITTED,
    Action.RECALL: EventKind.FUND_REQUEST_RECALLED,
    Action.RETURN: EventKind.FUND_REQUEST_RETURNED,
    Action.APPROVE_TIER: EventKind.FUND_REQUEST_TIER_APPROVED,
    Action.APPROVE_FINAL: EventKind.FUND_REQUEST_APPROVED,
    Action.APPROVE_EMERGENCY: EventKind.FUND_REQUEST_APPROVED_IN_EMERGENCY,
    Action.RATIFY: EventKind.FUND_REQUEST_RATIFIED,
    Action.REFUSE_RATIFICATION: EventKind.FUND_REQUEST_RATIFICATION_REFUSED,
    Action.DENY: EventKind.FUND_REQUEST_DENIED,
    Action.WITHDRAW: EventKind.FUND_REQUEST_WITHDRAWN,
    Action.AMEND: EventKind.FUND_REQUEST_AMENDED,
    Action.TAKE_BACK: EventKind.FUND_REQUEST_TAKEN_BACK,
    Action.REQUEST_SUPPLEMENT: EventKind.FUND_REQUEST_SUPPLEMENT_ASKED,
    Action.APPROVE_SUPPLEMENT: EventKind.FUND_REQUEST_SUPPLEMENT_APPROVED,
    Action.DENY_SUPPLEMENT: EventKind.FUND_REQUEST_SUPPLEMENT_DENIED,
    Action.CANCEL: EventKind.FUND_REQUEST_CANCELLED,
    Action.EXPIRE: EventKind.FUND_REQUEST_EXPIRED,
    Action.VOUCHER: EventKind.FUND_REQUEST_VOUCHERED,
    Action.CORRECT: EventKind.FUND_REQUEST_CORRECTED,
    Action.ISSUE_ADVANCE: EventKind.FUND_REQUEST_ADVANCED,
    Action.PAY: EventKind.FUND_REQUEST_PAID,
    Action.PAYMENT_FAILED: EventKind.FUND_REQUEST_PAYMENT_FAILED,
    Action.VOID: EventKind.FUND_REQUEST_VOIDED,
    Action.ADD_DOCUMENT: EventKind.FUND_REQUEST_DOCUMENT_ADDED,
    Action.ACCEPT_RECEIPT: EventKind.FUND_REQUEST_RECEIPT_ACCEPTED,
    Action.SUBSTANTIATE: EventKind.FUND_REQUEST_SUBSTANTIATED,
    Action.RETURN_ADVANCE: EventKind.FUND_REQUEST_ADVANCE_RETURNED,
    Action.RECONCILE: EventKind.FUND_REQUEST_RECONCILED,
    Action.REFUND: EventKind.FUND_REQUEST_REFUNDED,
    Action.DISALLOW: EventKind.FUND_REQUEST_DISALLOWED,
    Action.RECOVER: EventKind.FUND_REQUEST_RECOVERED,
    Action.WRITE_OFF: EventKind.FUND_REQUEST_WRITTEN_OFF,
    Action.APPEAL: EventKind.FUND_REQUEST_APPEALED,
    Action.UPHOLD: EventKind.FUND_REQUEST_UPHELD,
    Action.OVERTURN: EventKind.FUND_REQUEST_OVERTURNED,
    Action.PAUSE: EventKind.FUND_REQUEST_PAUSED,
    Action.RESUME: EventKind.FUND_REQUEST_RESUMED,
}


@dataclass(slots=True)
class Step:
    """A step that is under way. `is_repeat`: the same form came before and did its work; do nothing more."""

    identity: Identity
    request: FundRequest
    enrollee: Enrollee
    action: Action
    now: datetime
    today: date
    roles: frozenset[str]
    key: str
    payload: str
    came_from: State
    is_repeat: bool = False
    role: str = field(default="")
    delegations: Sequence[Delegation] = ()
    late_reason: str = ""  # why something is posted to a soft-closed month

    def posting_key(self, part: str = "") -> str:
        """The idempotency key of a posting of this step; `part` where a step posts more than once."""
        return f"{self.key}/{self.action}{'/' + part if part else ''}"


def begin(
    identity: Identity,
    *,
    request_id: UUID,
    action: Action | Callable[[FundRequest], Action],
    row_version: int | None,
    key: str,
    payload: Mapping[str, Any],
    now: datetime,
    locks_spending: bool = False,
    first: tuple[UUID, str] | None = None,
    late_reason: str = "",
) -> Step:
    """Begin a step inside the caller's transaction: locked, known to the viewer, allowed by the state table.

    `action` may be a function of the locked request, where only what stands there tells which action this is.
    `first` is who asked for a step of two people, and in which role: then the viewer is the second. `locks_spending`
    where caps are summed: the person's and the payee's rows are locked first (funds.md, 6). `row_version` None is for
    the program itself. `late_reason` is why a fiscal approver posts to a soft-closed month. Raises NotFound,
    NotAllowed, and Conflict when somebody changed the request since it was shown or when the key was used for
    something else.
    """
    delegations = queries.delegations_of(identity, now)
    request = queries.get_request(identity, request_id, now, delegations)
    done = queries.find_event(key)
    if done is not None:
        repeated = Action(done.action) if callable(action) else action
        digest = payload_digest(request_id, repeated, payload)
        if done.payload_sha256 != digest or done.actor_id != identity.user_id:
            raise Conflict(OTHER_PAYLOAD)
        return _step(identity, request, repeated, now, frozenset(), key, digest, is_repeat=True)
    if locks_spending:
        lock_spending(request.enrollee_id, request.payee_id)
    request = queries.lock_request(identity, request_id, now, delegations)
    action = action(request) if callable(action) else action
    digest = payload_digest(request_id, action, payload)
    roles = queries.roles_on(identity, request.enrollee_id, now, delegations)
    seconds = seconds_of(action, first[1]) if first else None
    step = _step(identity, request, action, now, roles, key, digest, allowed=seconds, delegations=delegations)
    if first is None:
        decision = decide_step(request.state, action, roles, is_paused=request.is_paused)
    else:
        decision = decide_second(
            request.state, action, roles, first_role=first[1], is_first_person=identity.user_id in (None, first[0])
        )
    if row_version is not None and request.row_version != row_version:
        raise Conflict(changed_by(request))
    if not decision.allowed:
        raise NotAllowed(*decision.reasons)
    step.late_reason = late_reason.strip()
    return step


def finish(
    step: Step,
    *,
    money: RequestMoney | None = None,
    posting_id: int | None = None,
    cents: int | None = None,
    reason_code: str | None = None,
    note: str = "",
    second_actor_id: UUID | None = None,
    role: str = "",
    **details: Any,
) -> None:
    """End a step: the new status, the version counted up, its event sealed and appended, and the trail's event.

    `money` is what the books say after the step, where the table leads by rank. `details` go into the trail: ids,
    codes and counts only.
    """
    request, action = step.request, step.action
    if step.late_reason and posting_id is not None and (month := queries.soft_closed_month(posting_id)):
        details["soft_closed"] = month
        note = "\n".join(dict.fromkeys(filter(None, (note, step.late_reason))))
    target = next_state(request.state, action, money.state if money else None)
    request.status = str(target)
    request.row_version += 1
    append_event(
        step,
        action=str(action),
        to=target,
        posting_id=posting_id,
        cents=cents,
        reason_code=reason_code,
        note=note,
        second_actor_id=second_actor_id,
        role=role or step.role,
    )
    record(
        step,
        EVENTS[action],
        to=str(target),
        **({"cents": cents} if cents is not None else {}),
        **({"reason": reason_code} if reason_code else {}),
        **details,
    )


def append_event(
    step: Step,
    *,
    action: str,
    to: State,
    posting_id: int | None = None,
    cents: int | None = None,
    reason_code: str | None = None,
    note: str = "",
    second_actor_id: UUID | None = None,
    role: str = "",
    is_first: bool = False,
) -> None:
    """Append a row to the request's own history; its number is the next one."""
    session, request = db.session(), step.request
    session.flush()
    last = session.scalar(select(func.max(FundRequestEvent.seq)).where(FundRequestEvent.fund_request_id == request.id))
    event_id = uuid4()
    session.add(
        FundRequestEvent(
            id=event_id,
            enrollee_id=request.enrollee_id,
            fund_request_id=request.id,
            seq=(last or 0) + 1,
            action=action,
            from_status=None if is_first else str(step.came_from),
            to_status=str(to),
            at=step.now,
            actor_id=step.identity.user_id,
            actor_name=step.identity.name,
            role=role,
            reason_code=reason_code,
            amount_cents=cents,
            version=request.version,
            posting_id=posting_id,
            second_actor_id=second_actor_id,
            idempotency_key=step.key,
            payload_sha256=step.payload,
            sealed=seal(step.enrollee, "fund_request_event", event_id, {"note": note}) if note else None,
        )
    )
    session.flush()


def record(step: Step, kind: EventKind, **details: Any) -> None:
    """Write the trail's event of a step."""
    trail.record(
        kind,
        step.identity,
        now=step.now,
        subject_type="fund_request",
        subject_id=step.request.id,
        details={
            "number": step.request.number,
            "enrollee": str(step.request.enrollee_id),
            "version": step.request.version,
            "from": str(step.came_from),
            **details,
        },
    )


def evaluate(
    request: FundRequest,
    texts: Mapping[str, Any],
    at: policy.Step,
    *,
    cents: int,
    now: datetime,
    method: str | None = None,
    holder_id: UUID | None = None,
) -> policy.Evaluation:
    """What the rules in force say of a request for an amount, as of now."""
    today = local_day(now, current_config().timezone)
    asked = asked_of(request, texts, cents=cents, method=method, holder_id=holder_id)
    return policy.evaluate(queries.list_rules(request.fund_id, today), queries.gather(asked, now), at)


def asked_of(
    request: FundRequest,
    texts: Mapping[str, Any],
    *,
    cents: int,
    method: str | None = None,
    holder_id: UUID | None = None,
) -> Asked:
    """A stored request as the facts are gathered for. Raises NotAllowed without a category."""
    if request.category_id is None:
        raise NotAllowed(Sentence("Choose what kind of purchase this is."))
    return Asked(
        request_id=request.id,
        enrollee_id=request.enrollee_id,
        goal_id=request.goal_id,
        fund_id=request.fund_id,
        category_id=request.category_id,
        payee_id=request.payee_id,
        cents=cents,
        method=method or request.method or "",
        version=request.version,
        texts=texts,
        quotes=request.quotes,
        is_emergency=request.is_emergency,
        days=(request.covers_from, request.covers_to) if request.covers_from and request.covers_to else None,
        holder_id=holder_id,
    )


def store_evaluation(
    request: FundRequest, evaluation: policy.Evaluation, at: policy.Step, *, cents: int, now: datetime
) -> UUID:
    """Keep what the rules said, with rule versions and figures, and answer its id (I16)."""
    findings = [
        {
            "code": finding.code,
            "version": finding.version,
            "rule": str(finding.rule_id),
            "kind": str(finding.kind),
            "severity": str(finding.severity),
            "figure": finding.figure,
            "limit": finding.limit,
            "window": finding.window,
            "counted": [str(each) for each in finding.counted],
            "document": finding.document,
            "en": finding.text_en,
            "es": finding.text_es,
            "remedy_en": finding.remedy_en,
            "remedy_es": finding.remedy_es,
            "citation": finding.citation,
        }
        for finding in evaluation.findings
    ]
    tiers = [sorted(tier) for tier in evaluation.tiers]
    row = PolicyEvaluation(
        id=uuid4(),
        fund_request_id=request.id,
        version=request.version,
        step=str(at),
        at=now,
        cents=cents,
        findings=findings,
        tiers=tiers,
        digest=hashlib.sha256(canonical_json({"findings": findings, "tiers": tiers, "cents": cents})).hexdigest(),
    )
    db.session.add(row)
    db.session.flush()
    return row.id


def open_texts(request: FundRequest) -> dict[str, Any]:
    """The sealed words of a request, for deciding; a page reads them through an `open_*` that leaves an event."""
    return vault.open_fields([request])[request.id]


def seal(enrollee: Enrollee, table: str, row_id: UUID, values: Mapping[str, Any]) -> bytes:
    """The sealed column of a row of the fund."""
    return vault.seal_fields(enrollee, table, row_id, values, fields=FIELDS)


def start_version(step: Step) -> None:
    """Count the request's version up, so that approvals begin again, and carry the person's agreement over."""
    request = step.request
    old = queries.find_statement(request.id, request.version)
    request.version += 1
    if old is None:
        return
    statement_id = uuid4()
    words = vault.open_fields([old])[old.id]
    db.session.add(
        ChoiceStatement(
            id=statement_id,
            enrollee_id=request.enrollee_id,
            fund_request_id=request.id,
            version=request.version,
            kind=old.kind,
            given_on=old.given_on,
            recorded_by=old.recorded_by,
            sealed=seal(step.enrollee, "choice_statement", statement_id, words) if words else None,
        )
    )


def approvals_of(request: FundRequest, purpose: str = "request") -> list[ApprovalStep]:
    """The tiers that approved the present version."""
    return [each for each in queries.list_steps(request.id, request.version, purpose) if each.decision == "approved"]


def lock_spending(enrollee_id: UUID, payee_id: UUID | None) -> None:
    """Lock what no balance protects: the sums of one person and one payee, in the order of their keys."""
    keys = sorted(filter(None, (f"enrollee:{enrollee_id}", f"payee:{payee_id}" if payee_id else "")))
    for key in keys:
        count_up(key)


def count_up(key: str) -> int:
    """Count a lock row up and answer its new count; the row stays locked until the transaction ends."""
    session = db.session()
    insert = (sqlite if session.get_bind().dialect.name == "sqlite" else postgresql).insert
    statement = insert(SpendingLock).values(key=key, count=1)
    counted = statement.on_conflict_do_update(
        index_elements=[SpendingLock.key], set_={"count": SpendingLock.count + 1}
    ).returning(SpendingLock.count)
    return int(session.execute(counted).scalar_one())


def get_enrollee(enrollee_id: UUID) -> Enrollee:
    """The row under whose key words are sealed. Raises NotFound."""
    enrollee = care.queries.get_enrollee(enrollee_id)
    if enrollee is None:
        raise NotFound
    return enrollee


def payload_digest(request_id: UUID, action: str, payload: Mapping[str, Any]) -> str:
    """What makes two sendings of a form the same one (I7)."""
    values = {name: value if isinstance(value, int | bool | None) else str(value) for name, value in payload.items()}
    return hashlib.sha256(
        canonical_json({"request": str(request_id), "action": str(action), "values": values})
    ).hexdigest()


def _step(
    identity: Identity,
    request: FundRequest,
    action: Action,
    now: datetime,
    roles: frozenset[str],
    key: str,
    digest: str,
    *,
    is_repeat: bool = False,
    allowed: frozenset[str] | None = None,
    delegations: Sequence[Delegation] = (),
) -> Step:
    held = roles & (TABLE[action].roles if allowed is None else allowed)
    return Step(
        identity=identity,
        request=request,
        enrollee=get_enrollee(request.enrollee_id),
        action=action,
        now=now,
        today=local_day(now, current_config().timezone),
        roles=roles,
        key=key,
        payload=digest,
        came_from=request.state,
        is_repeat=is_repeat,
        delegations=delegations,
        role=next((role for role in ROLE_ORDER if role in held), ""),
    )


def require(decision: Decision) -> None:
    """Go on when a rule allows it; else raise NotAllowed with its sentences."""
    if not decision.allowed:
        raise NotAllowed(*decision.reasons)


def changed_by(request: FundRequest) -> Sentence:
    """Who moved the request on since it was shown."""
    events = queries.list_events(request.id)
    return Sentence(
        "%(name)s changed this request meanwhile. Look at it as it is now; what you wrote is still in the form.",
        name=events[-1].actor_name if events else "",
    )
