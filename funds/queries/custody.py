"""Reading the register of cards and passes: one with its history, when each was last counted. No write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import func, select

from core.db import db
from core.errors import NotFound
from core.identity import Identity, Permission
from funds.models import CustodyEvent, Instrument


def get_instrument(identity: Identity, instrument_id: UUID) -> tuple[Instrument, list[CustodyEvent]]:
    """A card or pass with every change of hands, oldest first: for who sees the books or pays, and for its holder."""
    found = db.session.get(Instrument, instrument_id)
    may = identity.may(Permission.SEE_BOOKS) or identity.may(Permission.PAY_VOUCHERS)
    if found is None or not (may or (identity.user_id is not None and found.holder_id == identity.user_id)):
        raise NotFound
    events = db.session.scalars(
        select(CustodyEvent).where(CustodyEvent.instrument_id == instrument_id).order_by(CustodyEvent.seq)
    )
    return found, list(events)


def last_counts(instrument_ids: Sequence[UUID]) -> Mapping[UUID, datetime]:
    """When some cards were last counted."""
    rows = db.session.execute(
        select(CustodyEvent.instrument_id, func.max(CustodyEvent.at))
        .where(CustodyEvent.instrument_id.in_(list(instrument_ids)), CustodyEvent.kind == "counted")
        .group_by(CustodyEvent.instrument_id)
    )
    return {row[0]: row[1] for row in rows}


def list_to_acknowledge(holder_id: UUID | None) -> list[Instrument]:
    """Cards and passes that were handed to somebody and are not confirmed; at most 50."""
    return list(
        db.session.scalars(
            select(Instrument)
            .where(Instrument.holder_id == holder_id, Instrument.state == "issued")
            .order_by(Instrument.label, Instrument.id)
            .limit(50)
        )
    )
