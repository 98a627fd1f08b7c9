"""Closes of months, heads of the trail, and figures that were published elsewhere. No write."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from audit import queries as trail
from core.db import db
from funds.models import Period, PeriodClose, PublishedTotal


def list_closes(limit: int = 24) -> Sequence[Any]:
    """The last closes of months, newest first. One query."""
    return db.session.execute(
        select(PeriodClose, Period.starts_on)
        .join(Period, Period.id == PeriodClose.period_id)
        .order_by(PeriodClose.closed_at.desc(), PeriodClose.id)
        .limit(limit)
    ).all()


def first_event_of(request_id: UUID) -> int:
    """The number of the first event in the trail about a request; 1 where there is none."""
    events, total = trail.list_events(page=1, size=1, subject_id=str(request_id))
    if total > 1:
        events, _total = trail.list_events(page=total, size=1, subject_id=str(request_id))
    return events[0].seq if events else 1


def anchor_before(seq: int) -> int:
    """The number of the last head of the trail that a close wrote down before an event; 0 is the beginning."""
    found = db.session.scalar(select(func.max(PeriodClose.chain_seq)).where(PeriodClose.chain_seq < seq))
    return int(found or 0)


def list_published() -> list[PublishedTotal]:
    """Figures published elsewhere, in the order of their source."""
    return list(db.session.scalars(select(PublishedTotal).order_by(PublishedTotal.source, PublishedTotal.label)))
