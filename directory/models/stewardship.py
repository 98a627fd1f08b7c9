"""Who keeps the directory right: history, checks, reports from people, closed days, the change feed of the index."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigInt


class Metadata(Base):
    """HSDS `metadata`: the field-level history of every record. Written by each edit, in its transaction."""

    __tablename__ = "metadata"
    __table_args__ = (Index("ix_metadata_resource", "resource_id", "resource_type"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    resource_id: Mapped[UUID]
    resource_type: Mapped[str]
    last_action_date: Mapped[datetime]
    last_action_type: Mapped[str]
    field_name: Mapped[str]
    previous_value: Mapped[str | None]
    replacement_value: Mapped[str | None]
    updated_by: Mapped[str]


class MetaTableDescription(Base):
    """HSDS `meta_table_description`."""

    __tablename__ = "meta_table_description"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str | None]
    language: Mapped[str | None]
    character_set: Mapped[str | None]


class Verification(Base):
    """Ours: one check of one group of fields of a service (directory.md section 7)."""

    __tablename__ = "verification"
    __table_args__ = (
        CheckConstraint("outcome IN ('right', 'wrong', 'no answer')", name="outcome"),
        CheckConstraint("method IN ('call', 'visit', 'email', 'feed', 'provider', 'web')", name="method"),
        Index("ix_verification_service", "service_id", "field_group", "checked_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    service_id: Mapped[UUID]
    field_group: Mapped[str]
    outcome: Mapped[str]
    method: Mapped[str]
    checked_by: Mapped[str]
    checked_at: Mapped[datetime]


class Suggestion(Base):
    """Ours: a report by anybody, a provider's change, or a feed's change that met a local one.

    `field_name`, `old_value`, `new_value` are NULL for a report in words. `reply_to` is deleted once answered.
    """

    __tablename__ = "suggestion"
    __table_args__ = (CheckConstraint("state IN ('open', 'accepted', 'declined', 'answered')", name="state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    service_id: Mapped[UUID] = mapped_column(index=True)
    kind: Mapped[str]
    record_table: Mapped[str | None]
    record_id: Mapped[UUID | None]
    field_name: Mapped[str | None]
    old_value: Mapped[str | None]
    new_value: Mapped[str | None]
    words: Mapped[str | None]
    reply_to: Mapped[str | None]
    language: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="open", index=True)
    received_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None]
    answer: Mapped[str | None]


class ListingChange(Base):
    """Ours: the change feed that the search index follows. One row a changed service, in the change's transaction."""

    __tablename__ = "listing_change"
    __table_args__ = (Index("ix_listing_change_service", "service_id", "seq", "changed_at"),)

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=True)
    service_id: Mapped[UUID]
    changed_at: Mapped[datetime]


class ClosingDay(Base):
    """Ours: a day on which the county (organization_id NULL) or one organization is closed."""

    __tablename__ = "closing_day"
    __table_args__ = (UniqueConstraint("day", "organization_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    day: Mapped[date]
    organization_id: Mapped[UUID | None]
    name: Mapped[str]
