"""Lists for those who pay and finish: what to pay, what to voucher, steps that wait for a second person. No write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, false, func, or_, select

from core.clock import local_day
from core.db import current_config, db
from core.identity import Identity
from funds.models import Advance, Document, FundRequest, Instrument, Payee, StepProposal, Voucher
from funds.queries.access import requests_seen_by
from funds.queries.books import advance_outstanding
from funds.states import Action, seconds_of

MOST = 200


@dataclass(frozen=True, slots=True)
class Payable:
    """A voucher to pay, with its request and payee."""

    voucher: Voucher
    request: FundRequest
    payee: Payee


def list_unpaid(identity: Identity, now: datetime) -> list[Payable]:
    """Vouchers that wait for payment, oldest first, within what the viewer may know; at most 200. One query."""
    rows = db.session.execute(
        select(Voucher, FundRequest, Payee)
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .join(Payee, Payee.id == Voucher.payee_id)
        .where(Voucher.status == "unpaid", requests_seen_by(identity, now))
        .order_by(FundRequest.is_emergency.desc(), Voucher.made_at, Voucher.id)
        .limit(MOST)
    )
    return [Payable(*row) for row in rows]


def count_unpaid(identity: Identity, now: datetime) -> int:
    """How many vouchers wait for payment."""
    return _count(
        select(Voucher.id)
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .where(Voucher.status == "unpaid", FundRequest.is_paused.is_(False), requests_seen_by(identity, now))
    )


def list_to_voucher(identity: Identity, now: datetime) -> list[FundRequest]:
    """Approved requests of which nothing is vouchered yet, oldest approval first; at most 200."""
    return list(
        db.session.scalars(
            select(FundRequest)
            .where(FundRequest.status == "approved", requests_seen_by(identity, now))
            .order_by(FundRequest.is_emergency.desc(), FundRequest.approved_at, FundRequest.id)
            .limit(MOST)
        )
    )


def list_proposals(identity: Identity, now: datetime) -> list[tuple[StepProposal, FundRequest]]:
    """Steps of two people that wait: those that the viewer may do, and their own; oldest first."""
    rows = db.session.execute(
        select(StepProposal, FundRequest)
        .join(FundRequest, FundRequest.id == StepProposal.fund_request_id)
        .where(StepProposal.status == "open", requests_seen_by(identity, now), _concerns(identity))
        .order_by(StepProposal.proposed_at, StepProposal.id)
        .limit(MOST)
    )
    return [(row[0], row[1]) for row in rows]


def count_seconds(identity: Identity, now: datetime) -> int:
    """How many steps wait for the viewer as the second person."""
    return sum(proposal.proposed_by != identity.user_id for proposal, _request in list_proposals(identity, now))


def list_to_reconcile(
    identity: Identity, now: datetime, *, page: int = 1, size: int = 50
) -> tuple[list[FundRequest], int]:
    """Paid requests that are not finished, those with overdue receipts first, then the oldest payment."""
    wanted = select(FundRequest).where(FundRequest.status == "paid", requests_seen_by(identity, now))
    total = _count(wanted.with_only_columns(FundRequest.id))
    rows = db.session.scalars(
        wanted.order_by(FundRequest.is_receipt_overdue.desc(), FundRequest.paid_at, FundRequest.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return list(rows), total


def count_to_reconcile(identity: Identity, now: datetime) -> int:
    """How many paid requests are not finished."""
    return _count(select(FundRequest.id).where(FundRequest.status == "paid", requests_seen_by(identity, now)))


def count_overdue_receipts(identity: Identity, now: datetime) -> int:
    """How many of the viewer's own requests and advances have receipts past their day."""
    today = local_day(now, current_config().timezone)
    own = _count(
        select(FundRequest.id).where(
            FundRequest.is_receipt_overdue.is_(True), FundRequest.author_id == identity.user_id
        )
    )
    held = list(
        db.session.scalars(
            select(Advance.id)
            .join(FundRequest, FundRequest.id == Advance.fund_request_id)
            .where(
                Advance.holder_id == identity.user_id,
                Advance.due_on < today,
                or_(FundRequest.author_id.is_(None), FundRequest.author_id != identity.user_id),
            )
        )
    )
    return own + sum(cents > 0 for cents in advance_outstanding(held).values())


def list_alike(request: FundRequest, cents: int, now: datetime) -> list[str]:
    """Numbers of other requests vouchered alike in 30 days: same amount, and same payee or person and category."""
    since = now - timedelta(days=30)
    same_payee = and_(Voucher.payee_id == request.payee_id, Voucher.cents == cents)
    same_person = and_(
        FundRequest.enrollee_id == request.enrollee_id,
        FundRequest.category_id == request.category_id,
        Voucher.cents == cents,
    )
    return list(
        db.session.scalars(
            select(FundRequest.number)
            .join(Voucher, Voucher.fund_request_id == FundRequest.id)
            .where(
                Voucher.status != "void",
                Voucher.made_at >= since,
                FundRequest.id != request.id,
                or_(same_payee, same_person),
            )
            .group_by(FundRequest.number)
            .order_by(FundRequest.number)
            .limit(10)
        )
    )


def list_instruments(
    *, fund_id: UUID | None = None, states: Sequence[str] = (), page: int = 1, size: int = 50
) -> tuple[list[Instrument], int]:
    """Cards and passes, those in the safe first, then those out; and how many there are."""
    wanted = select(Instrument)
    if fund_id is not None:
        wanted = wanted.where(Instrument.fund_id == fund_id)
    if states:
        wanted = wanted.where(Instrument.state.in_(list(states)))
    total = _count(wanted.with_only_columns(Instrument.id))
    rows = db.session.scalars(
        wanted.order_by(Instrument.state.in_(("receipted", "lost")), Instrument.state, Instrument.label, Instrument.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return list(rows), total


def list_request_affidavits(request_ids: Sequence[UUID]) -> list[Document]:
    """Affidavits of some requests that no second person signed yet."""
    return list(
        db.session.scalars(
            select(Document)
            .where(
                Document.fund_request_id.in_(list(request_ids)),
                Document.kind == "affidavit",
                Document.second_signer_id.is_(None),
            )
            .order_by(Document.added_at, Document.id)
        )
    )


def _concerns(identity: Identity) -> ColumnElement[bool]:
    """Proposals of the viewer, and those that one of their roles may do."""
    ways: list[ColumnElement[bool]] = [StepProposal.proposed_by == identity.user_id]
    for action in (Action.CORRECT, Action.VOID, Action.DISALLOW, Action.RECOVER, Action.WRITE_OFF):
        for first in ("fiscal_approver", "payer", "director"):
            if seconds_of(action, first) & identity.roles:
                ways.append(and_(StepProposal.action == str(action), StepProposal.proposed_role == first))
    return or_(false(), *ways)


def _count(wanted: Any) -> int:
    return int(db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0)
