"""Figures that were published elsewhere, kept to stand beside ours with the difference named."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import select

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, Sentence
from core.identity import Identity, Permission
from funds.models import PublishedTotal


@rerun
def record_published(
    identity: Identity, *, source: str, figures: Mapping[str, int], note: str = "", now: datetime | None = None
) -> None:
    """Keep a published table: label (a category's code, or "total") → cents. The same table twice is one.

    Raises Conflict when the source stands there with other figures: what was published does not change.
    """
    now = now or now_utc()
    if not identity.may(Permission.APPROVE_GOVERNANCE):
        raise NotAllowed(Sentence("Your role does not allow this."))
    if not source.strip() or not figures or any(cents < 0 for cents in figures.values()):
        raise InvalidInput("source", Sentence("Name the source and its figures."))
    with transaction() as session:
        rows = session.scalars(select(PublishedTotal).where(PublishedTotal.source == source))
        there = {row.label: row.cents for row in rows}
        if there == dict(figures):
            return
        if there:
            raise Conflict(Sentence("This source stands here with other figures already."))
        for label, cents in figures.items():
            session.add(PublishedTotal(source=source, label=label, cents=cents, note=note or None))
        trail.record(
            EventKind.FUND_CHANGED,
            identity,
            now=now,
            subject_type="published_total",
            subject_id=source,
            details={"published": len(figures)},
        )
