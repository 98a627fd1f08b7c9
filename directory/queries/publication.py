"""Which rows of each HSDS table the public may have, and reading them: for counts, exports and the HSDS API.

A place that must stay secret is in none of them: feeds give its service, areas and phones, and no location.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Executable, and_, bindparam, false, or_, select
from sqlalchemy.sql.selectable import Select

from core.db import db
from directory.facets import Visibility
from directory.models import HSDS_TABLES, Attribute, Contact, Location, Organization, Phone, Service, ServiceAtLocation
from directory.queries.visibility import location_visible, organization_visible, service_visible

NOT_PUBLISHED = {"metadata", "meta_table_description"}  # the history of edits is for stewards
SHARED = {"taxonomy", "taxonomy_term", "unit"}  # words, not records of anybody
CHUNK = 1000


def iterate_public_rows(table: str, *conditions: ColumnElement[bool]) -> Iterator[dict[str, Any]]:
    """Every public row of an HSDS table by id, as its columns; one query a thousand rows."""
    model = HSDS_TABLES[table]
    after: UUID | None = None
    while True:
        query = public_columns(table, *conditions).order_by(model.id).limit(CHUNK)
        if after is not None:
            query = query.where(model.id > after)
        rows = [dict(row) for row in db.session.execute(query).mappings()]
        yield from rows
        if len(rows) < CHUNK:
            return
        after = rows[-1]["id"]


def list_public_by(table: str, column: str, ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """Public rows of a table whose link `column` is among `ids`, ordered by id. One query for 500 ids."""
    query = _public_by(table, column)
    found: list[dict[str, Any]] = []
    for start in range(0, len(ids), 500):
        some = {"among": list(ids[start : start + 500])}
        found.extend(dict(row) for row in db.session.execute(query, some).mappings())
    return found


@cache
def _public_by(table: str, column: str) -> Executable:
    """The statement of `list_public_by`: a record of the API asks up to thirty, so they are built once."""
    model = HSDS_TABLES[table]
    among = getattr(model, column).in_(bindparam("among", expanding=True))
    return public_columns(table, among).order_by(model.id)


def public_columns(table: str, *conditions: ColumnElement[bool]) -> Select[Any]:
    """The columns of a table's public rows: its mappings are rows by name, and no objects are made."""
    columns: Any = HSDS_TABLES[table].__table__.columns
    return select(*columns).where(public_rows(table), *conditions)


@cache
def public_rows(name: str) -> ColumnElement[bool]:
    """The condition under which a row of a table is public: every record that it names is. Built once for each."""
    model: Any = HSDS_TABLES[name]
    if name in NOT_PUBLISHED:
        return false()
    if name == "organization":
        return organization_visible(Visibility.PUBLIC)
    if name == "service":
        return service_visible(Visibility.PUBLIC)
    if name == "location":
        return Location.id.in_(_locations())
    if name in SHARED:
        return model.id.is_not(None)
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
        Location.place_withheld.is_(False),
        or_(Location.organization_id.is_(None), Location.organization_id.in_(_organizations())),
    )


def _contacts() -> Select[Any]:
    return select(Contact.id).where(Contact.visibility == 0)


def _phones() -> Select[Any]:
    return select(Phone.id).where(Phone.visibility == 0)
