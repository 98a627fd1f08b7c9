"""The plan (ISP) and its goals in the person's own words; nothing of it is ever lost."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, sealed_column


class Plan(Base):
    """One plan of a person; a new one supersedes the last. Sealed: who took part, strengths, notes, agreement words."""

    __tablename__ = "plan"
    __table_args__ = (
        UniqueConstraint("enrollee_id", "number"),
        CheckConstraint("status IN ('draft', 'current', 'superseded')", name="status"),
        CheckConstraint("agreement IN ('none', 'signed', 'verbal', 'declined')", name="agreement"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    number: Mapped[int]
    status: Mapped[str] = mapped_column(default="draft")
    starts_on: Mapped[date]
    review_on: Mapped[date | None]
    agreement: Mapped[str] = mapped_column(default="none")
    agreed_on: Mapped[date | None]
    author_id: Mapped[UUID | None]
    row_version: Mapped[int] = mapped_column(default=1)
    sealed: Mapped[bytes | None] = sealed_column()


class PlanVersion(Base):
    """What a plan said before a change: its open columns and its words, sealed. Append-only."""

    __tablename__ = "plan_version"
    __table_args__ = (UniqueConstraint("plan_id", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), index=True)
    version: Mapped[int]
    replaced_at: Mapped[datetime]
    replaced_by: Mapped[UUID | None]
    sealed: Mapped[bytes | None] = sealed_column()


class Goal(Base):
    """One goal that the person chose. Sealed: own_words, strategies, indicator."""

    __tablename__ = "goal"
    __table_args__ = (
        UniqueConstraint("plan_id", "number"),
        UniqueConstraint("id", "enrollee_id"),
        CheckConstraint("status IN ('active', 'reached', 'paused', 'dropped')", name="status"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    plan_id: Mapped[UUID] = mapped_column(ForeignKey("plan.id"), index=True)
    number: Mapped[int]
    domain: Mapped[str]
    status: Mapped[str] = mapped_column(default="active")
    target_on: Mapped[date | None]
    review_on: Mapped[date | None]
    version: Mapped[int] = mapped_column(default=1)
    sealed: Mapped[bytes | None] = sealed_column()


class GoalVersion(Base):
    """What a goal said before a change: its open columns and its words, sealed. Append-only."""

    __tablename__ = "goal_version"
    __table_args__ = (UniqueConstraint("goal_id", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    goal_id: Mapped[UUID] = mapped_column(ForeignKey("goal.id"), index=True)
    version: Mapped[int]
    replaced_at: Mapped[datetime]
    replaced_by: Mapped[UUID | None]
    sealed: Mapped[bytes | None] = sealed_column()


class GoalNote(Base):
    """Progress on a goal. Sealed: the words. `measure` is 0–100 percent when the indicator was measured."""

    __tablename__ = "goal_note"
    __table_args__ = (CheckConstraint("measure BETWEEN 0 AND 100", name="measure"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    goal_id: Mapped[UUID] = mapped_column(ForeignKey("goal.id"), index=True)
    written_at: Mapped[datetime]
    written_by: Mapped[UUID | None]
    measure: Mapped[int | None]
    sealed: Mapped[bytes | None] = sealed_column()
