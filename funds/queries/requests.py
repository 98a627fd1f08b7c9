"""Reading fund requests: one, locked or not, its steps, papers, and lists within what the viewer may know. No write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from core.db import db
from core.errors import NotFound
from core.identity import Identity
from funds.models import (
    Advance,
    Appeal,
    ApprovalStep,
    ChoiceStatement,
    Delegation,
    Document,
    FundRequest,
    FundRequestEvent,
    Notice,
    Payee,
    Payment,
    PolicyEvaluation,
    PolicyException,
    ResourceTried,
    Voucher,
)
from funds.queries.access import requests_seen_by


def get_request(
    identity: Identity, request_id: UUID, now: datetime, delegations: Sequence[Delegation] | None = None
) -> FundRequest:
    """A request that the viewer may know, or NotFound."""
    found = db.session.scalar(
        select(FundRequest).where(FundRequest.id == request_id, requests_seen_by(identity, now, delegations))
    )
    if found is None:
        raise NotFound
    return found


def lock_request(
    identity: Identity, request_id: UUID, now: datetime, delegations: Sequence[Delegation] | None = None
) -> FundRequest:
    """The same, as it stands now and locked until the transaction ends."""
    found = db.session.scalar(
        select(FundRequest)
        .where(FundRequest.id == request_id, requests_seen_by(identity, now, delegations))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if found is None:
        raise NotFound
    return found


def list_requests(
    identity: Identity,
    now: datetime,
    *,
    states: Sequence[str] = (),
    enrollee_id: UUID | None = None,
    goal_id: UUID | None = None,
    author_id: UUID | None = None,
    page: int = 1,
    size: int = 50,
) -> tuple[list[FundRequest], int]:
    """Requests that the viewer may know, newest first, and how many there are."""
    wanted = select(FundRequest).where(requests_seen_by(identity, now))
    if states:
        wanted = wanted.where(FundRequest.status.in_(list(states)))
    if enrollee_id is not None:
        wanted = wanted.where(FundRequest.enrollee_id == enrollee_id)
    if goal_id is not None:
        wanted = wanted.where(FundRequest.goal_id == goal_id)
    if author_id is not None:
        wanted = wanted.where(FundRequest.author_id == author_id)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.scalars(
        wanted.order_by(FundRequest.created_at.desc(), FundRequest.id).limit(size).offset((page - 1) * size)
    )
    return list(rows), total


def request_ids() -> set[UUID]:
    """The ids of all requests: for the demo's loader, which adds what is not there."""
    return set(db.session.scalars(select(FundRequest.id)))


def list_by_ids(identity: Identity, ids: Sequence[UUID], now: datetime) -> list[FundRequest]:
    """Some requests that the viewer may know, in no order."""
    return list(
        db.session.scalars(select(FundRequest).where(FundRequest.id.in_(list(ids)), requests_seen_by(identity, now)))
    )


def list_events(request_id: UUID) -> list[FundRequestEvent]:
    """Every step of a request, oldest first."""
    return list(
        db.session.scalars(
            select(FundRequestEvent)
            .where(FundRequestEvent.fund_request_id == request_id)
            .order_by(FundRequestEvent.seq)
        )
    )


def find_event(key: str) -> FundRequestEvent | None:
    """The step that a form with this idempotency key made."""
    return db.session.scalar(select(FundRequestEvent).where(FundRequestEvent.idempotency_key == key))


def list_steps(request_id: UUID, version: int, purpose: str = "request") -> list[ApprovalStep]:
    """The tiers decided on one version of a request, first tier first."""
    return list(
        db.session.scalars(
            select(ApprovalStep)
            .where(
                ApprovalStep.fund_request_id == request_id,
                ApprovalStep.version == version,
                ApprovalStep.purpose == purpose,
            )
            .order_by(ApprovalStep.tier, ApprovalStep.id)
        )
    )


def list_tried(request_id: UUID) -> list[ResourceTried]:
    """What was tried before, oldest first."""
    return list(
        db.session.scalars(
            select(ResourceTried)
            .where(ResourceTried.fund_request_id == request_id)
            .order_by(ResourceTried.tried_on, ResourceTried.id)
        )
    )


def list_documents(request_id: UUID) -> list[Document]:
    """The papers of a request, oldest first."""
    return list(
        db.session.scalars(
            select(Document).where(Document.fund_request_id == request_id).order_by(Document.added_at, Document.id)
        )
    )


def find_statement(request_id: UUID, version: int) -> ChoiceStatement | None:
    """The person's agreement to one version of a request."""
    return db.session.scalar(
        select(ChoiceStatement).where(ChoiceStatement.fund_request_id == request_id, ChoiceStatement.version == version)
    )


def list_notices(request_id: UUID) -> list[Notice]:
    """What the person was told, oldest first."""
    return list(
        db.session.scalars(
            select(Notice).where(Notice.fund_request_id == request_id).order_by(Notice.made_at, Notice.id)
        )
    )


def list_appeals(request_id: UUID) -> list[Appeal]:
    """Appeals of a request, oldest first."""
    return list(
        db.session.scalars(
            select(Appeal).where(Appeal.fund_request_id == request_id).order_by(Appeal.filed_at, Appeal.id)
        )
    )


def list_vouchers(request_id: UUID) -> list[Voucher]:
    """The vouchers of a request in their order."""
    return list(db.session.scalars(select(Voucher).where(Voucher.fund_request_id == request_id).order_by(Voucher.seq)))


def list_payments(voucher_ids: Sequence[UUID]) -> list[Payment]:
    """The attempts to pay some vouchers in their order."""
    return list(
        db.session.scalars(
            select(Payment)
            .where(Payment.voucher_id.in_(list(voucher_ids)))
            .order_by(Payment.paid_on, Payment.attempt, Payment.id)
        )
    )


def list_advances(request_id: UUID) -> list[Advance]:
    """The advances of a request in their order."""
    return list(db.session.scalars(select(Advance).where(Advance.fund_request_id == request_id).order_by(Advance.seq)))


def list_evaluations(request_id: UUID) -> list[PolicyEvaluation]:
    """What the rules said of a request, oldest first."""
    return list(
        db.session.scalars(
            select(PolicyEvaluation)
            .where(PolicyEvaluation.fund_request_id == request_id)
            .order_by(PolicyEvaluation.at, PolicyEvaluation.id)
        )
    )


def list_exceptions(request_id: UUID) -> list[PolicyException]:
    """Rules set aside for a request."""
    return list(
        db.session.scalars(
            select(PolicyException)
            .where(PolicyException.fund_request_id == request_id)
            .order_by(PolicyException.granted_at, PolicyException.id)
        )
    )


def get_payee(payee_id: UUID) -> Payee:
    """One payee, or NotFound."""
    found = db.session.get(Payee, payee_id)
    if found is None:
        raise NotFound
    return found
