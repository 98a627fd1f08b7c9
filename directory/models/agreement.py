"""Priority-access agreements: what a partner promised, for which services, people and counties, until when."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base


class Agreement(Base):
    """One agreement. Expiring and expired follow from the dates; `state` is what people decided.

    `counties` are county area codes and `populations` plain words, comma between; empty is all.
    """

    __tablename__ = "agreement"
    __table_args__ = (
        CheckConstraint("state IN ('draft', 'active', 'suspended', 'ended')", name="state"),
        CheckConstraint("promised_hours BETWEEN 1 AND 8760", name="promised_hours"),
        CheckConstraint("places_per_month >= 0", name="places_per_month"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="order"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID] = mapped_column(ForeignKey("organization.id"), index=True)
    state: Mapped[str] = mapped_column(default="draft")
    counties: Mapped[str] = mapped_column(default="")
    populations: Mapped[str] = mapped_column(default="")
    promise: Mapped[str | None]
    promised_hours: Mapped[int] = mapped_column(default=24)
    places_per_month: Mapped[int | None]
    intake_contact: Mapped[str | None]
    intake_phone: Mapped[str | None]
    intake_route: Mapped[str | None]
    papers: Mapped[str | None]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    document_key: Mapped[str | None]
    document_name: Mapped[str | None]
    version: Mapped[int] = mapped_column(default=1)


class AgreementService(Base):
    """A service that an agreement covers."""

    __tablename__ = "agreement_service"
    __table_args__ = (UniqueConstraint("agreement_id", "service_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id"), index=True)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)


class AgreementVersion(Base):
    """The terms as they were before a change, as JSON. Append-only."""

    __tablename__ = "agreement_version"
    __table_args__ = (UniqueConstraint("agreement_id", "version"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    agreement_id: Mapped[UUID] = mapped_column(ForeignKey("agreement.id"), index=True)
    version: Mapped[int]
    terms: Mapped[str]
    replaced_at: Mapped[datetime]
    replaced_by: Mapped[str]
