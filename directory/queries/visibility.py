"""The one place that decides who sees which record, as conditions inside the query (directory.md section 4)."""

from __future__ import annotations

from datetime import date
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, or_, select

from core.db import db
from directory.facets import Visibility
from directory.models import ClosingDay, Location, Organization, Service

SHOWN_STATUSES = ("active", "temporarily closed")


def organization_visible(level: Visibility) -> ColumnElement[bool]:
    """True for organizations that a viewer of `level` may see."""
    return and_(Organization.visibility <= int(level), Organization.retired_at.is_(None))


def service_visible(level: Visibility) -> ColumnElement[bool]:
    """True for services that a viewer of `level` may see: never more than their organization.

    Inactive ones are hidden unless a steward chose to show them as "status not confirmed"; one without its
    organization waits, hidden.
    """
    parent = exists().where(Organization.id == Service.organization_id, organization_visible(level)).correlate(Service)
    return and_(
        Service.visibility <= int(level),
        Service.retired_at.is_(None),
        or_(Service.status.in_(SHOWN_STATUSES), Service.status_unconfirmed),
        parent,
    )


def location_visible(level: Visibility) -> ColumnElement[bool]:
    """True for locations that a viewer of `level` may see."""
    return and_(Location.visibility <= int(level), Location.retired_at.is_(None))


def closing_days(organization_id: UUID | None = None) -> list[date]:
    """The closed days of the county, and of one organization where given; oldest first. One query."""
    wanted: ColumnElement[bool] = ClosingDay.organization_id.is_(None)
    if organization_id is not None:
        wanted = or_(wanted, ClosingDay.organization_id == organization_id)
    return list(db.session.scalars(select(ClosingDay.day).where(wanted).distinct().order_by(ClosingDay.day)))
