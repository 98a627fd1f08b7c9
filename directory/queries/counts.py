"""How many rows each table of HSDS holds, and how many of them the public sees."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, and_, false, func, or_, select
from sqlalchemy.sql.selectable import Select

from core.db import db
from directory.facets import Visibility
from directory.models import HSDS_TABLES, Attribute, Contact, Location, Organization, Phone, Service, ServiceAtLocation
from directory.queries.visibility import location_visible, organization_visible, service_visible

NOT_PUBLISHED = {"metadata", "meta_table_description"}  # the history of edits is for stewards
SHARED = {"taxonomy", "taxonomy_term", "unit"}  # words, not records of anybody


def count_rows(*, public_only: bool = False) -> dict[str, int]:
    """Rows by HSDS table name, in the order of the standard. One query a table."""
    return {name: _count(name, model, public_only) for name, model in HSDS_TABLES.items()}


def _count(name: str, model: Any, public_only: bool) -> int:
    query = select(func.count()).select_from(model)
    if public_only:
        query = query.where(_public(name, model))
    return db.session.scalar(query) or 0


def _public(name: str, model: Any) -> ColumnElement[bool]:
    """A row is public when every record that it names is."""
    if name in NOT_PUBLISHED:
        return false()
    if name == "organization":
        return organization_visible(Visibility.PUBLIC)
    if name == "service":
        return service_visible(Visibility.PUBLIC)
    if name == "location":
        return Location.id.in_(_locations())
    if name in SHARED:
        return model.id.is_not(None)  # type: ignore[no-any-return]
    if name == "attribute":
        links = (("organization", _organizations()), ("service", _services()), ("location", _locations()))
        return or_(*(and_(Attribute.link_entity == entity, Attribute.link_id.in_(ids)) for entity, ids in links))
    conditions = [
        or_(column.is_(None), column.in_(ids))
        for field, ids in (
            ("organization_id", _organizations()),
            ("service_id", _services()),
            ("location_id", _locations()),
            ("service_at_location_id", _sites()),
            ("contact_id", _contacts()),
            ("phone_id", _phones()),
        )
        if (column := getattr(model, field, None)) is not None
    ]
    if hasattr(model, "visibility"):
        conditions.append(model.visibility == 0)
    return and_(*conditions)


def _organizations() -> Select[Any]:
    return select(Organization.id).where(organization_visible(Visibility.PUBLIC))


def _services() -> Select[Any]:
    return select(Service.id).where(service_visible(Visibility.PUBLIC))


def _sites() -> Select[Any]:
    return select(ServiceAtLocation.id).where(
        ServiceAtLocation.service_id.in_(_services()), ServiceAtLocation.location_id.in_(_locations())
    )


def _locations() -> Select[Any]:
    """Public locations of public organizations, or of none."""
    return select(Location.id).where(
        location_visible(Visibility.PUBLIC),
        or_(Location.organization_id.is_(None), Location.organization_id.in_(_organizations())),
    )


def _contacts() -> Select[Any]:
    return select(Contact.id).where(Contact.visibility == 0)


def _phones() -> Select[Any]:
    return select(Phone.id).where(Phone.visibility == 0)
