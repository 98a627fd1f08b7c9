"""Fund requests as reports know them: what waits, what holds money, what looks like another. No write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, select

from care.models import Enrollee
from core.db import db
from funds.ledger import Account
from funds.models import Category, Document, FundRequest, FundRequestEvent, Posting
from funds.queries.listed import moment_of, sent_in, sent_on_days_of
from funds.queries.scope import Scope, as_text, joined
from funds.queries.sums import net_of, touching
from funds.states import State

ENDED = tuple(str(each) for each in (State.DENIED, State.WITHDRAWN, State.CANCELLED))


def pre_encumbered(scope: Scope, as_of: date) -> dict[UUID, int]:
    """Top category → cents that were submitted and not decided at the end of a day, within a filter. One query."""
    before = moment_of(as_of + timedelta(days=1))
    last = (
        select(FundRequestEvent.fund_request_id, func.max(FundRequestEvent.seq).label("seq"))
        .where(FundRequestEvent.at < before)
        .group_by(FundRequestEvent.fund_request_id)
        .subquery()
    )
    wanted = (
        select(
            func.coalesce(Category.parent_id, Category.id).label("top"),
            func.sum(FundRequest.requested_cents).label("cents"),
        )
        .join(last, last.c.fund_request_id == FundRequest.id)
        .join(
            FundRequestEvent,
            and_(FundRequestEvent.fund_request_id == last.c.fund_request_id, FundRequestEvent.seq == last.c.seq),
        )
        .join(Category, Category.id == FundRequest.category_id)
        .where(FundRequestEvent.to_status == "submitted")
        .group_by(func.coalesce(Category.parent_id, Category.id))
    )
    if scope.fund_id is not None:
        wanted = wanted.where(FundRequest.fund_id == scope.fund_id)
    return {row.top: int(row.cents) for row in db.session.execute(wanted)}


def list_holding(scope: Scope) -> Sequence[Any]:
    """The requests that hold money at the end of a filter: held and out in advances, in cents, by number. One query."""
    sums = (
        joined(
            select(
                Posting.fund_request_id.label("id"),
                net_of(Account.ENCUMBERED).label("held"),
                net_of(Account.ADVANCES).label("advanced"),
            ),
            scope,
        )
        .where(touching(Account.ENCUMBERED, Account.ADVANCES))
        .group_by(Posting.fund_request_id)
        .having(net_of(Account.ENCUMBERED) != 0)
        .subquery()
    )
    rows = db.session.execute(
        select(
            FundRequest.id, FundRequest.number, FundRequest.category_id, FundRequest.approved_at,
            FundRequest.expires_on, Enrollee.code.label("enrollee"), sums.c.held, sums.c.advanced,
        )
        .select_from(sums)
        .outerjoin(FundRequest, FundRequest.id == sums.c.id)
        .outerjoin(Enrollee, Enrollee.id == FundRequest.enrollee_id)
    )  # fmt: skip
    return sorted(rows, key=lambda row: row.number or "")


def list_purchases(scope: Scope) -> Sequence[Any]:
    """What was sent on the days of a filter and did not end unbought, by number; ids as text. One query."""
    return db.session.execute(
        select(
            as_text(FundRequest.id).label("id"), FundRequest.number,
            as_text(FundRequest.category_id).label("category_id"), as_text(FundRequest.payee_id).label("payee_id"),
            FundRequest.requested_cents, FundRequest.submitted_at, Enrollee.code.label("enrollee"),
        )
        .join(Enrollee, Enrollee.id == FundRequest.enrollee_id)
        .where(*sent_in(scope.of_requests), sent_on_days_of(scope), FundRequest.status.not_in(ENDED))
        .order_by(FundRequest.number, FundRequest.id)
    ).all()  # fmt: skip


def list_emergencies(scope: Scope) -> Sequence[Any]:
    """Emergencies that were sent on the days of a filter, by number. One query."""
    return db.session.execute(
        select(
            FundRequest.id, FundRequest.number, FundRequest.requested_cents, FundRequest.created_at,
            FundRequest.approved_at, FundRequest.needs_ratification, FundRequest.ratify_by,
            Enrollee.code.label("enrollee"),
        )
        .join(Enrollee, Enrollee.id == FundRequest.enrollee_id)
        .where(*sent_in(scope.of_requests), sent_on_days_of(scope), FundRequest.is_emergency)
        .order_by(FundRequest.number, FundRequest.id)
    ).all()  # fmt: skip


def duplicate_documents() -> Sequence[Any]:
    """Papers whose file is another's too, with their requests. One query."""
    again = (
        select(Document.sha256)
        .where(Document.fund_request_id.is_not(None))
        .group_by(Document.sha256)
        .having(func.count(func.distinct(Document.fund_request_id)) > 1)
    )
    return db.session.execute(
        select(
            Document.sha256, Document.kind, Document.explained, FundRequest.number, FundRequest.id.label("request_id")
        )
        .join(FundRequest, FundRequest.id == Document.fund_request_id)
        .where(Document.sha256.in_(again))
        .order_by(Document.sha256, FundRequest.number, Document.id)
    ).all()


def fund_of(request_id: UUID) -> UUID:
    """The fund of a request."""
    return db.session.execute(select(FundRequest.fund_id).where(FundRequest.id == request_id)).scalar_one()


def find_request_id(number: str) -> UUID | None:
    """The request of a number that was sent once."""
    return db.session.scalar(
        select(FundRequest.id).where(FundRequest.number == number, FundRequest.submitted_at.is_not(None))
    )
