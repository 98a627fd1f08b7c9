"""Who decided what and when: steps, approvals, waits, exceptions, appeals, and who did two things. No write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, or_, select, union
from sqlalchemy.orm import aliased

from core.db import db
from funds.models import (
    Appeal,
    ApprovalStep,
    Fund,
    FundRequest,
    FundRequestEvent,
    Payee,
    Payment,
    PolicyException,
    PolicyRule,
    Voucher,
)
from funds.queries.listed import sent_in, sent_on_days_of
from funds.queries.scope import Scope


def count_events(scope: Scope, actions: Iterable[str], *, first: datetime | None, before: datetime) -> Sequence[Any]:
    """How often each action was done to the requests of a filter, by reason, from a moment to another. One query."""
    wanted = (
        select(FundRequestEvent.action, FundRequestEvent.reason_code, func.count().label("number"))
        .join(FundRequest, FundRequest.id == FundRequestEvent.fund_request_id)
        .where(*sent_in(scope.of_requests), FundRequestEvent.action.in_(list(actions)), FundRequestEvent.at < before)
        .group_by(FundRequestEvent.action, FundRequestEvent.reason_code)
    )
    if first is not None:
        wanted = wanted.where(FundRequestEvent.at >= first)
    return db.session.execute(wanted).all()


def list_waits(scope: Scope, before: datetime) -> Sequence[Any]:
    """When the requests sent on the days of a filter were sent, approved and paid, of those approved by then."""
    return db.session.execute(
        select(FundRequest.submitted_at, FundRequest.approved_at, FundRequest.paid_at).where(
            *sent_in(scope.of_requests), sent_on_days_of(scope), FundRequest.approved_at < before
        )
    ).all()


def list_emergency_steps(scope: Scope, *actions: str) -> Sequence[Any]:
    """Some steps of the emergencies of a filter, oldest first. One query."""
    emergencies = select(FundRequest.id).where(*sent_in(scope.of_requests), FundRequest.is_emergency)
    return db.session.execute(
        select(FundRequestEvent.fund_request_id, FundRequestEvent.action, FundRequestEvent.at)
        .where(FundRequestEvent.fund_request_id.in_(emergencies), FundRequestEvent.action.in_(actions))
        .order_by(FundRequestEvent.at, FundRequestEvent.fund_request_id, FundRequestEvent.seq)
    ).all()


@dataclass(frozen=True, slots=True)
class ActedTwice:
    """The approvals and steps, oldest first, of the requests in which one person acted twice, and which of them were
    the first payment of a payee whom an approver had verified.
    """

    approvals: Sequence[Any]
    events: Sequence[Any]
    verified: set[UUID]


def acted_twice(scope: Scope) -> ActedTwice:
    """The requests of a filter in which somebody approved what they wrote, sent, paid or whose payee they verified,
    approved two tiers, or paid and reconciled. Whether that is a breach is the report's to say.

    Four queries; two more for each ten thousand such requests, as a small office has them.
    """
    verified = set(db.session.scalars(_verified_and_approved(scope)))
    found = sorted(verified.union(db.session.scalars(union(*_done_twice()))))
    approvals: list[Any] = []
    events: list[Any] = []
    for ids in batched(found):
        approvals += db.session.execute(
            _approvals(
                scope, ApprovalStep.fund_request_id, ApprovalStep.version, ApprovalStep.purpose, ApprovalStep.tier,
                ApprovalStep.actor_id, ApprovalStep.decided_at, ApprovalStep.cents, FundRequest.number,
                FundRequest.author_id, Payee.verified_by, Fund.payer_may_approve_cents,
            )
            .join(Fund, Fund.id == FundRequest.fund_id)
            .outerjoin(Payee, Payee.id == FundRequest.payee_id)
            .where(FundRequest.id.in_(ids))
            .order_by(ApprovalStep.decided_at, ApprovalStep.id)
        ).all()  # fmt: skip
        events += db.session.execute(
            select(
                FundRequestEvent.fund_request_id,
                FundRequestEvent.action,
                FundRequestEvent.at,
                FundRequestEvent.actor_id,
            )
            .where(
                FundRequestEvent.fund_request_id.in_(ids), FundRequestEvent.action.in_(("submit", "pay", "reconcile"))
            )
            .order_by(FundRequestEvent.at, FundRequestEvent.fund_request_id, FundRequestEvent.seq)
        ).all()
    return ActedTwice(approvals, events, verified)


def batched(ids: Sequence[UUID], size: int = 10_000) -> Iterator[Sequence[UUID]]:
    """Ids in as many at once as both databases take in a list (SQLite 32,766); none is one empty list."""
    return (ids[start : start + size] for start in range(0, max(len(ids), 1), size))


def _done_twice() -> list[Select[Any]]:
    step, other = aliased(ApprovalStep), aliased(ApprovalStep)
    event, later = aliased(FundRequestEvent), aliased(FundRequestEvent)
    written, approved = aliased(FundRequest), step.decision == "approved"
    return [
        select(step.fund_request_id)
        .join(written, written.id == step.fund_request_id)
        .where(approved, step.actor_id == written.author_id),
        select(step.fund_request_id)
        .join(event, event.fund_request_id == step.fund_request_id)
        .where(approved, event.action.in_(("submit", "pay")), event.actor_id == step.actor_id),
        select(step.fund_request_id)
        .join(other, other.fund_request_id == step.fund_request_id)
        .where(approved, other.decision == "approved", other.actor_id == step.actor_id, other.tier != step.tier),
        select(event.fund_request_id)
        .join(later, later.fund_request_id == event.fund_request_id)
        .where(event.action == "pay", later.action == "reconcile", later.actor_id == event.actor_id),
    ]


def _verified_and_approved(scope: Scope) -> Select[Any]:
    step = aliased(ApprovalStep)
    by_verifier = (
        select(Payee.id)
        .join(FundRequest, FundRequest.payee_id == Payee.id)
        .join(step, step.fund_request_id == FundRequest.id)
        .where(step.decision == "approved", step.actor_id == Payee.verified_by)
    )
    place = func.row_number().over(
        partition_by=Voucher.payee_id, order_by=(Payment.paid_on, Payment.bank_account, Payment.number)
    )
    paid = (
        select(Voucher.payee_id, Voucher.fund_request_id, place.label("place"))
        .join(Payment, Payment.voucher_id == Voucher.id)
        .where(
            Voucher.payee_id.in_(by_verifier),
            Voucher.fund_request_id.in_(_approvals(scope, ApprovalStep.fund_request_id)),
        )
        .subquery()
    )
    return (
        select(FundRequest.id)
        .join(paid, (paid.c.fund_request_id == FundRequest.id) & (paid.c.payee_id == FundRequest.payee_id))
        .join(Payee, Payee.id == FundRequest.payee_id)
        .join(step, (step.fund_request_id == FundRequest.id) & (step.actor_id == Payee.verified_by))
        .where(paid.c.place == 1, step.decision == "approved")
    )


def _approvals(scope: Scope, *columns: Any) -> Select[Any]:
    """Approvals of the requests of a filter."""
    return (
        select(*columns)
        .select_from(ApprovalStep)
        .join(FundRequest, FundRequest.id == ApprovalStep.fund_request_id)
        .where(*sent_in(scope.of_requests), ApprovalStep.decision == "approved")
    )


def list_exceptions(scope: Scope) -> Sequence[Any]:
    """Rules set aside for requests of a filter. One query."""
    return db.session.execute(
        select(PolicyException, FundRequest.number, FundRequest.id.label("request_id"))
        .join(FundRequest, FundRequest.id == PolicyException.fund_request_id)
        .where(*sent_in(scope.of_requests))
        .order_by(PolicyException.granted_at, PolicyException.id)
    ).all()


def tier_edges(on: date) -> list[int]:
    """The amounts at which another approver comes in, from the rules in force on a day."""
    rows = db.session.scalars(
        select(PolicyRule.params).where(
            PolicyRule.kind == "tier",
            PolicyRule.status.in_(("in_force", "replaced")),
            PolicyRule.effective_from <= on,
            or_(PolicyRule.effective_to.is_(None), PolicyRule.effective_to >= on),
        )
    )
    return sorted({int(band["below_cents"]) for params in rows for band in params["bands"] if "below_cents" in band})


def list_appeals(scope: Scope) -> list[Appeal]:
    """Appeals of the requests of a filter. One query."""
    return list(
        db.session.scalars(
            select(Appeal)
            .join(FundRequest, FundRequest.id == Appeal.fund_request_id)
            .where(*sent_in(scope.of_requests))
            .order_by(Appeal.filed_at, Appeal.id)
        )
    )


def lenient_funds() -> Sequence[Any]:
    """Funds in which the approver may pay small amounts. One query."""
    return db.session.execute(
        select(Fund.code, Fund.payer_may_approve_cents).where(Fund.payer_may_approve_cents > 0).order_by(Fund.code)
    ).all()
