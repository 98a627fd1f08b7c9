"""Unmet need: what was looked for and not found. No person is in it."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Gap(Base):
    """Equal gaps are one row with a count. `key` is the digest of need, words, county, requirements and language."""

    __tablename__ = "gap"
    __table_args__ = (
        UniqueConstraint("key"),
        CheckConstraint("state IN ('open', 'purchase proposed', 'closed')", name="state"),
        CheckConstraint("count >= 1", name="count"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    key: Mapped[str]
    need: Mapped[str | None]
    words: Mapped[str | None]
    county: Mapped[str | None]
    requirements: Mapped[str | None]
    language: Mapped[str | None]
    state: Mapped[str] = mapped_column(default="open")
    count: Mapped[int] = mapped_column(default=1)
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class GapSighting(Base):
    """One time that the gap was met: from a coordinator's search, a referral, or a public search (counted by day)."""

    __tablename__ = "gap_sighting"
    __table_args__ = (CheckConstraint("source IN ('search', 'referral', 'public')", name="source"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    gap_id: Mapped[UUID] = mapped_column(ForeignKey("gap.id"), index=True)
    source: Mapped[str]
    seen_at: Mapped[datetime]
