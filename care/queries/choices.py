"""Choice sheets and their options by what stands open of them; the reason and who calls stay sealed here."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from care.models import ChoiceOption, ChoiceSheet
from core.db import db
from core.errors import NotFound

MOST = 100


def get_sheet(sheet_id: UUID, enrollee_id: UUID) -> ChoiceSheet:
    """A sheet of this person, or NotFound."""
    row = db.session.scalar(
        select(ChoiceSheet).where(ChoiceSheet.id == sheet_id, ChoiceSheet.enrollee_id == enrollee_id)
    )
    if row is None:
        raise NotFound
    return row


def list_sheets(enrollee_id: UUID, goal_id: UUID | None = None) -> Sequence[ChoiceSheet]:
    """The sheets of a person, or for one goal, newest first."""
    wanted = select(ChoiceSheet).where(ChoiceSheet.enrollee_id == enrollee_id)
    if goal_id is not None:
        wanted = wanted.where(ChoiceSheet.goal_id == goal_id)
    return db.session.scalars(wanted.order_by(ChoiceSheet.made_at.desc(), ChoiceSheet.id).limit(MOST)).all()


def list_options(sheet_ids: Sequence[UUID]) -> Sequence[ChoiceOption]:
    """The options of some sheets in their order."""
    return db.session.scalars(
        select(ChoiceOption)
        .where(ChoiceOption.sheet_id.in_(sheet_ids))
        .order_by(ChoiceOption.sheet_id, ChoiceOption.position)
    ).all()
