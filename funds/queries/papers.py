"""Reading papers of requests and payees: one, duplicates, what they cover, affidavits of a year. No write."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from core.db import db
from core.errors import NotFound
from core.identity import Identity, Permission
from funds.models import Document, FundRequest, ReceiptAllocation
from funds.queries.access import requests_seen_by


def get_document(identity: Identity, document_id: UUID, now: datetime) -> Document:
    """A paper of a request that the viewer may know, or of a payee for who keeps payees; else NotFound."""
    seen = select(FundRequest.id).where(requests_seen_by(identity, now))
    ways: list[ColumnElement[bool]] = [Document.fund_request_id.in_(seen)]
    if identity.may(Permission.KEEP_PAYEES) or identity.may(Permission.SEE_BOOKS):
        ways.append(and_(Document.fund_request_id.is_(None), Document.payee_id.is_not(None)))
    found = db.session.scalar(select(Document).where(Document.id == document_id, or_(*ways)))
    if found is None:
        raise NotFound
    return found


def find_same_file(sha256: str, *, but: UUID) -> Document | None:
    """Another paper that is the very same file."""
    return db.session.scalar(
        select(Document)
        .where(Document.sha256 == sha256, Document.id != but)
        .order_by(Document.added_at, Document.id)
        .limit(1)
    )


def list_alike(document: Document) -> list[Document]:
    """Other papers of the same vendor, day and amount; at most 10."""
    if document.vendor is None or document.dated_on is None or document.total_cents is None:
        return []
    return list(
        db.session.scalars(
            select(Document)
            .where(
                Document.id != document.id,
                func.lower(Document.vendor) == document.vendor.lower(),
                Document.dated_on == document.dated_on,
                Document.total_cents == document.total_cents,
            )
            .order_by(Document.added_at, Document.id)
            .limit(10)
        )
    )


def list_allocations(document_ids: Sequence[UUID]) -> list[ReceiptAllocation]:
    """What some papers are counted for, oldest first."""
    return list(
        db.session.scalars(
            select(ReceiptAllocation)
            .where(ReceiptAllocation.document_id.in_(list(document_ids)))
            .order_by(ReceiptAllocation.accepted_at, ReceiptAllocation.id)
        )
    )


def list_payee_documents(payee_id: UUID) -> list[Document]:
    """Papers of a payee, newest first; at most 50."""
    return list(
        db.session.scalars(
            select(Document)
            .where(Document.payee_id == payee_id)
            .order_by(Document.added_at.desc(), Document.id)
            .limit(50)
        )
    )


def count_affidavits(holder_id: UUID | None, on: date, *, but: UUID) -> int:
    """How many other affidavits of a person were signed in the 12 months before a day."""
    return int(
        db.session.scalar(
            select(func.count())
            .select_from(Document)
            .where(
                Document.kind == "affidavit",
                Document.added_by == holder_id,
                Document.id != but,
                Document.second_signed_at.is_not(None),
                Document.dated_on > on - timedelta(days=365),
            )
        )
        or 0
    )
