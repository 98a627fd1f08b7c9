"""Who may see a person, from when to when, and why: assignments, supervision, consents, disclosures, break-glass."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, sealed_column


class Assignment(Base):
    """A coordinator or recovery mentor of a person, from `starts_at` until `ends_at`. One open coordinator at a time.

    A hand-off is warm when the two met with the person: `warm_at`. Sealed: the hand-off's note.
    """

    __tablename__ = "assignment"
    __table_args__ = (
        CheckConstraint("role IN ('coordinator', 'mentor')", name="role"),
        CheckConstraint("ends_at IS NULL OR ends_at >= starts_at", name="order"),
        Index(
            "uq_assignment_open_coordinator",
            "enrollee_id",
            unique=True,
            sqlite_where=text("role = 'coordinator' AND ends_at IS NULL"),
            postgresql_where=text("role = 'coordinator' AND ends_at IS NULL"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    warm_at: Mapped[datetime | None]
    sealed: Mapped[bytes | None] = sealed_column()


class Supervision(Base):
    """Who supervises which coordinator, from when to when."""

    __tablename__ = "supervision"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    supervisor_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    coordinator_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]


class BreakGlass(Base):
    """An hour of access in an emergency. Sealed: the reason. The privacy officer is told at once."""

    __tablename__ = "break_glass"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    opened_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    reviewed_at: Mapped[datetime | None]
    reviewed_by: Mapped[UUID | None]
    sealed: Mapped[bytes | None] = sealed_column()


class Consent(Base):
    """A person's permission to tell. `fields` are the groups of fields that may be told, comma between.

    Sealed: recipient, purpose, how it was given. `recipient_user_id` is set when the recipient signs in here (family).
    """

    __tablename__ = "consent"
    __table_args__ = (CheckConstraint("expires_on >= starts_on", name="order"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    recipient_user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"), index=True)
    fields: Mapped[str]
    covers_part2: Mapped[bool] = mapped_column(default=False)
    starts_on: Mapped[date]
    expires_on: Mapped[date]
    given_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]
    sealed: Mapped[bytes | None] = sealed_column()


class Disclosure(Base):
    """One telling under a consent: what groups, when, by whom; `digest` of the file that left."""

    __tablename__ = "disclosure"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    consent_id: Mapped[UUID] = mapped_column(ForeignKey("consent.id"), index=True)
    fields: Mapped[str]
    disclosed_at: Mapped[datetime]
    disclosed_by: Mapped[UUID | None]
    digest: Mapped[str]
