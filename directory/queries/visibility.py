"""The one place that decides who sees which record, as conditions inside the query (directory.md section 4)."""

from __future__ import annotations

from datetime import date
from functools import cache
from uuid import UUID

from sqlalchemy import ColumnElement, Select, and_, bindparam, exists, or_, select

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
    if organization_id is None:
        return list(db.session.scalars(_closing_days(is_county=True)))
    return list(db.session.scalars(_closing_days(is_county=False), {"organization": organization_id}))


@cache
def _closing_days(*, is_county: bool) -> Select[tuple[date]]:
    closing = ClosingDay.__table__.c
    wanted: ColumnElement[bool] = closing.organization_id.is_(None)
    if not is_county:
        wanted = or_(wanted, closing.organization_id == bindparam("organization"))
    return select(closing.day).where(wanted).distinct().order_by(closing.day)
