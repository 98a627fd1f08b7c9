"""Organizations and what hangs on them: programs, funding, identifiers, web addresses."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base

VISIBILITY_CHECK = "visibility BETWEEN 0 AND 3"


class Organization(Base):
    """HSDS `organization`: who provides. Ours: visibility, retired_at (gone from its feed, or retired by a steward)."""

    __tablename__ = "organization"
    __table_args__ = (CheckConstraint(VISIBILITY_CHECK, name="visibility"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    email: Mapped[str | None]
    website: Mapped[str | None]
    tax_status: Mapped[str | None]
    tax_id: Mapped[str | None]
    year_incorporated: Mapped[int | None]
    legal_status: Mapped[str | None]
    logo: Mapped[str | None]
    uri: Mapped[str | None]
    parent_organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    visibility: Mapped[int] = mapped_column(SmallInteger, default=0)
    retired_at: Mapped[datetime | None]


class Program(Base):
    """HSDS `program`: a group of services of one organization."""

    __tablename__ = "program"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    name: Mapped[str]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]


class Funding(Base):
    """HSDS `funding`: who pays for an organization or a service."""

    __tablename__ = "funding"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
    source: Mapped[str | None]


class OrganizationIdentifier(Base):
    """HSDS `organization_identifier`: a number that somebody else gave it (EIN, NPI)."""

    __tablename__ = "organization_identifier"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    identifier_scheme: Mapped[str | None]
    identifier_type: Mapped[str | None]
    identifier: Mapped[str | None]


class Url(Base):
    """HSDS `url`: further web addresses of an organization or a service."""

    __tablename__ = "url"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    label: Mapped[str | None]
    url: Mapped[str]
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"), index=True)
