"""From a goal to help: choice sheets, referrals and their events, contacts."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, sealed_column

REFERRAL_STATES = (
    "made",
    "contacted",
    "offered",
    "first contact",
    "engaged",
    "declined by person",
    "not eligible",
    "waitlisted",
    "no capacity",
    "no reply",
    "closed",
)


class ChoiceSheet(Base):
    """Three to five options for a goal on one page. Sealed: who will call, the person's reason."""

    __tablename__ = "choice_sheet"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    goal_id: Mapped[UUID] = mapped_column(ForeignKey("goal.id"), index=True)
    language: Mapped[str]
    is_discreet: Mapped[bool] = mapped_column(default=False)
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    chosen_option_id: Mapped[UUID | None]
    chosen_at: Mapped[datetime | None]
    sealed: Mapped[bytes | None] = sealed_column()


class ChoiceOption(Base):
    """One option of a sheet: a service at a place of the directory."""

    __tablename__ = "choice_option"
    __table_args__ = (UniqueConstraint("sheet_id", "position"), UniqueConstraint("sheet_id", "service_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    sheet_id: Mapped[UUID] = mapped_column(ForeignKey("choice_sheet.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"))
    position: Mapped[int]


class Referral(Base):
    """A person's way to one service. `state` is the newest event's. Sealed: hand-off (who, when), note.

    `promised_hours` and `agreement_id` are copied when it is made: a later change of the terms changes no past promise.
    """

    __tablename__ = "referral"
    __table_args__ = (
        CheckConstraint("state IN (" + ", ".join(f"'{state}'" for state in REFERRAL_STATES) + ")", name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    goal_id: Mapped[UUID] = mapped_column(ForeignKey("goal.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    agreement_id: Mapped[UUID | None] = mapped_column(index=True)
    promised_hours: Mapped[int | None]
    state: Mapped[str] = mapped_column(default="made")
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    responded_at: Mapped[datetime | None]
    follow_up_at: Mapped[datetime | None]
    got_in: Mapped[bool | None]
    closed_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)
    sealed: Mapped[bytes | None] = sealed_column()


class ReferralEvent(Base):
    """One step of a referral, append-only. Sealed: note, reason."""

    __tablename__ = "referral_event"
    __table_args__ = (UniqueConstraint("referral_id", "seq"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    referral_id: Mapped[UUID] = mapped_column(ForeignKey("referral.id"), index=True)
    seq: Mapped[int]
    state: Mapped[str]
    happened_at: Mapped[datetime]
    written_by: Mapped[UUID | None]
    sealed: Mapped[bytes | None] = sealed_column()


class ContactEntry(Base):
    """One contact or attempt. Sealed: note."""

    __tablename__ = "contact_entry"
    __table_args__ = (
        CheckConstraint("channel IN ('visit', 'phone', 'text', 'video', 'email', 'letter')", name="channel"),
        CheckConstraint("result IN ('reached', 'not reached', 'refused')", name="result"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    happened_at: Mapped[datetime]
    channel: Mapped[str]
    result: Mapped[str]
    written_by: Mapped[UUID | None]
    sealed: Mapped[bytes | None] = sealed_column()
