"""Places: locations, their addresses and access, and which service is offered where."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, SmallInteger, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base
from directory.models.organization import VISIBILITY_CHECK


class Location(Base):
    """HSDS `location`: where something is offered.

    Ours: place_withheld (the place must stay secret: then it has no point and no address, which the database itself
    refuses); place_precision, place_source, place_checked_on; timezone (IANA; NULL is the program's).
    """

    __tablename__ = "location"
    __table_args__ = (
        CheckConstraint(VISIBILITY_CHECK, name="visibility"),
        CheckConstraint("NOT place_withheld OR (latitude IS NULL AND longitude IS NULL)", name="withheld_point"),
        CheckConstraint("(latitude IS NULL) = (longitude IS NULL)", name="point_whole"),
        CheckConstraint("latitude BETWEEN -90 AND 90 AND longitude BETWEEN -180 AND 180", name="point_on_earth"),
        CheckConstraint(
            "place_precision IN ('exact', 'street', 'zip', 'town', 'county', 'none')", name="place_precision"
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    location_type: Mapped[str] = mapped_column(default="physical")
    url: Mapped[str | None]
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    name: Mapped[str | None]
    alternate_name: Mapped[str | None]
    description: Mapped[str | None]
    transportation: Mapped[str | None]
    latitude: Mapped[float | None]
    longitude: Mapped[float | None]
    external_identifier: Mapped[str | None]
    external_identifier_type: Mapped[str | None]
    visibility: Mapped[int] = mapped_column(SmallInteger, default=0)
    retired_at: Mapped[datetime | None]
    place_withheld: Mapped[bool] = mapped_column(default=False)
    place_precision: Mapped[str] = mapped_column(default="none")
    place_source: Mapped[str | None]
    place_checked_on: Mapped[date | None]
    timezone: Mapped[str | None]


class ServiceAtLocation(Base):
    """HSDS `service_at_location`: the unit of search."""

    __tablename__ = "service_at_location"
    __table_args__ = (UniqueConstraint("service_id", "location_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    service_id: Mapped[UUID] = mapped_column(ForeignKey("service.id"), index=True)
    location_id: Mapped[UUID] = mapped_column(ForeignKey("location.id"), index=True)
    description: Mapped[str | None]


class Address(Base):
    """HSDS `address`. A trigger refuses a row for a location whose place is withheld."""

    __tablename__ = "address"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"), index=True)
    attention: Mapped[str | None]
    address_1: Mapped[str | None]
    address_2: Mapped[str | None]
    city: Mapped[str | None]
    region: Mapped[str | None]
    state_province: Mapped[str | None]
    postal_code: Mapped[str | None]
    country: Mapped[str | None]
    address_type: Mapped[str] = mapped_column(default="physical")


class Accessibility(Base):
    """HSDS `accessibility`: how a location can be entered and used."""

    __tablename__ = "accessibility"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    location_id: Mapped[UUID | None] = mapped_column(ForeignKey("location.id"), index=True)
    description: Mapped[str | None]
    details: Mapped[str | None]
    url: Mapped[str | None]
