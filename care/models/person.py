"""The person: the enrolment, benefits, supports, screenings and outcomes."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, Sealed, sealed_column


class Enrollee(Base):
    """A person in the program. `code` ("E-014") stands for them wherever a name must not.

    `data_key` is the person's own key, sealed by the key ring: NULL once destroyed, then nothing of theirs opens.
    `referred_at` is the SPOA referral: the 24-hour clock starts there. `first_access_at` stops it. The discharge and
    the linkage are the 7-day clock's two ends.
    """

    __tablename__ = "enrollee"
    __table_args__ = (
        UniqueConstraint("code"),
        UniqueConstraint("user_id"),
        CheckConstraint("status IN ('referred', 'enrolled', 'ended')", name="status"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str]
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    status: Mapped[str] = mapped_column(default="referred")
    referred_at: Mapped[datetime]
    first_access_at: Mapped[datetime | None]
    discharged_at: Mapped[datetime | None]
    linked_at: Mapped[datetime | None]
    clock_note: Mapped[str | None]
    enrolled_on: Mapped[date | None]
    ended_on: Mapped[date | None]
    data_key: Mapped[bytes | None] = mapped_column(Sealed)
    sealed: Mapped[bytes | None] = sealed_column()
    row_version: Mapped[int] = mapped_column(default=1)


class Benefit(Base):
    """One benefit and how far it is. Sealed: kind, reference, note."""

    __tablename__ = "benefit"
    __table_args__ = (CheckConstraint("state IN ('needed', 'applied', 'pending', 'active', 'ended')", name="state"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    state: Mapped[str]
    renewal_on: Mapped[date | None]
    sealed: Mapped[bytes | None] = sealed_column()


class SupportPerson(Base):
    """A natural support or a member of the support team. Sealed: name, role, relation, phone, note."""

    __tablename__ = "support_person"
    __table_args__ = (CheckConstraint("kind IN ('natural', 'team')", name="kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    kind: Mapped[str]
    ended_on: Mapped[date | None]
    sealed: Mapped[bytes | None] = sealed_column()


class Screening(Base):
    """A needs screening (PRAPARE domains) or a level-of-care score. Sealed: answers or score, and the note."""

    __tablename__ = "screening"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    instrument: Mapped[str]
    taken_on: Mapped[date]
    taken_by: Mapped[UUID | None]
    sealed: Mapped[bytes | None] = sealed_column()


class OutcomePeriod(Base):
    """Six months of one person, counted from enrolment; period -1 is the six months before.

    Sealed: days_homeless, days_incarcerated, emergency_visits, inpatient_days, arrests; a missing one is not observed.
    """

    __tablename__ = "outcome_period"
    __table_args__ = (
        UniqueConstraint("enrollee_id", "period"),
        CheckConstraint("period BETWEEN -1 AND 40", name="period"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    period: Mapped[int] = mapped_column(SmallInteger)
    recorded_at: Mapped[datetime]
    recorded_by: Mapped[UUID | None]
    sealed: Mapped[bytes | None] = sealed_column()
