"""Services and what decides whether a person can use them: cost, papers, areas, beds, requirements, housing."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Numeric, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from directory.models.organization import VISIBILITY_CHECK

STATUSES = ("active", "inactive", "defunct", "temporarily closed")  # HSDS 3.1 service.status


class Service(Base):
    """HSDS `service`: what is offered; the unit of every answer.

    Ours: visibility; retired_at; status_unconfirmed (a steward shows it although its feed says inactive: marked so);
    organization_id may be NULL, then the service waits, hidden, for a steward; `extra` keeps columns of its feed that
    HSDS has no place for, as JSON.
    """

    __tablename__ = "service"
    __table_args__ = (
        CheckConstraint(VISIBILITY_CHECK, name="visibility"),
        CheckConstraint("status IN ('active', 'inactive', 'defunct', 'temporarily closed')", name="status"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    program_id: Mapped[UUID | None] = mapped_column(ForeignKey("program.id"), index=True)
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    url: Mapped[str | None]
    email: Mapped[str | None]
    status: Mapped[str] = mapped_column(default="active")
    interpretation_services: Mapped[str | None]
    application_process: Mapped[str | None]
    fees_description: Mapped[str | None]
    wait_time: Mapped[str | None]
    fees: Mapped[str | None]
    accreditations: Mapped[str | None]
    eligibility_description: Mapped[str | None]
    minimum_age: Mapped[int | None]
    maximum_age: Mapped[int | None]
    assured_date: Mapped[date | None]
    assurer_email: Mapped[str | None]
    licenses: Mapped[str | None]
    alert: Mapped[str | None]
    last_modified: Mapped[datetime | None]
    visibility: Mapped[int] = mapped_column(SmallInteger, default=0)
    retired_at: Mapped[datetime | None]
    status_unconfirmed: Mapped[bool] = mapped_column(default=False)
    extra: Mapped[str | None]


class CostOption(Base):
    """HSDS `cost_option`: one price of a service."""

    __tablename__ = "cost_option"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
    valid_from: Mapped[date | None]
    valid_to: Mapped[date | None]
    option: Mapped[str | None]
    currency: Mapped[str | None]
    amount: Mapped[Decimal | None] = mapped_column(Numeric(12, 2))
    amount_description: Mapped[str | None]


class RequiredDocument(Base):
    """HSDS `required_document`: a paper that a person must bring."""

    __tablename__ = "required_document"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
    document: Mapped[str | None]
    uri: Mapped[str | None]


class ServiceArea(Base):
    """HSDS `service_area`: whom a service reaches without a visit.

    With extent_type "area_codes", `extent` lists the gazetteer's codes ("county:36119,state:CT"), comma between.
    """

    __tablename__ = "service_area"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
    service_at_location_id: Mapped[UUID | None] = mapped_column(ForeignKey("service_at_location.id"), index=True)
    name: Mapped[str | None]
    description: Mapped[str | None]
    extent: Mapped[str | None]
    extent_type: Mapped[str | None]
    uri: Mapped[str | None]


class Unit(Base):
    """HSDS `unit`: what a capacity counts ("bed"), not a dwelling."""

    __tablename__ = "unit"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    scheme: Mapped[str | None]
    identifier: Mapped[str | None]
    uri: Mapped[str | None]


class ServiceCapacity(Base):
    """HSDS `service_capacity`: room now. Ours: expires_at, after which the figure is no longer known; waitlist."""

    __tablename__ = "service_capacity"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
    unit_id: Mapped[UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    available: Mapped[int | None]
    maximum: Mapped[int | None]
    description: Mapped[str | None]
    updated: Mapped[datetime | None]
    expires_at: Mapped[datetime | None]
    waitlist: Mapped[str | None]
    waitlist_length: Mapped[int | None]
    usual_wait: Mapped[str | None]


class Requirement(Base):
    """Ours: one three-valued answer of a service (`directory.facets.QUESTIONS`); no row means not stated.

    `read_from` says where it was read ("eligibility text", "provider by phone").
    """

    __tablename__ = "requirement"
    __table_args__ = (
        UniqueConstraint("service_id", "question"),
        CheckConstraint("answer IN (1, 2)", name="answer"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    question: Mapped[str]
    answer: Mapped[int] = mapped_column(SmallInteger)
    read_from: Mapped[str | None]


class HousingOffer(Base):
    """Ours: what a person must know of a place to live (directory.md section 11). NULL is not stated."""

    __tablename__ = "housing_offer"
    __table_args__ = (UniqueConstraint("service_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"))
    kind: Mapped[str]
    rooms: Mapped[str | None]
    household: Mapped[str | None]
    rent: Mapped[str | None]
    deposit: Mapped[str | None]
    utilities: Mapped[str | None]
    vouchers: Mapped[str | None]
    access: Mapped[str | None]
    pets: Mapped[str | None]
    sobriety: Mapped[str | None]
    background: Mapped[str | None]
    stay_limit: Mapped[str | None]
    way_in: Mapped[str | None]
