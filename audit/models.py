"""The trail's two tables: the events, which triggers keep append-only, and the head of their chain."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from sqlalchemy import CheckConstraint, Index, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigInt


class AuditEvent(Base):
    """One event. `record` is the canonical JSON that was hashed: the columns beside it only help to find it.

    UNIQUE(previous_hash) makes a fork of the chain impossible, also for code with a bug.
    """

    __tablename__ = "audit_event"
    __table_args__ = (
        UniqueConstraint("previous_hash"),
        UniqueConstraint("hash"),
        Index("ix_audit_event_subject", "subject_type", "subject_id", "seq"),
        Index("ix_audit_event_kind", "kind", "seq"),
        Index("ix_audit_event_actor", "actor_id", "seq"),
    )

    seq: Mapped[int] = mapped_column(BigInt, primary_key=True, autoincrement=False)
    at: Mapped[datetime]
    kind: Mapped[str]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    actor_roles: Mapped[str]
    subject_type: Mapped[str | None]
    subject_id: Mapped[str | None]
    request_id: Mapped[str | None]
    record: Mapped[str]
    previous_hash: Mapped[str]
    hash: Mapped[str]


class ChainHead(Base):
    """The last event's number and hash: one row, locked by each append."""

    __tablename__ = "chain_head"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(SmallInteger, primary_key=True, autoincrement=False)
    seq: Mapped[int] = mapped_column(BigInt)
    hash: Mapped[str]
