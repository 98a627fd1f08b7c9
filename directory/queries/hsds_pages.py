"""Pages of public records for the HSDS API: filters, exact totals, one record by id. Nothing that is not public."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, and_, func, or_, select

from core.db import db
from core.geo import Point, bounding_box, distance_m
from directory.models import HSDS_TABLES, Attribute, Location, Service, ServiceAtLocation, TaxonomyTerm
from directory.queries.publication import iterate_public_rows, public_columns, public_rows


@dataclass(frozen=True, slots=True, kw_only=True)
class HsdsFilter:
    """What a list of the HSDS API may be narrowed by; all given parts must hold. `proximity_m` needs a point."""

    search: str = ""
    taxonomy_term_id: UUID | None = None
    taxonomy_id: UUID | None = None
    organization_id: UUID | None = None
    modified_after: datetime | None = None
    parent_id: UUID | None = None
    top_only: bool = False
    point: Point | None = None
    proximity_m: float | None = None
    age_low: int | None = None
    age_high: int | None = None


def list_public_page(table: str, wanted: HsdsFilter, *, page: int, size: int) -> tuple[list[dict[str, Any]], int]:
    """One page of public rows ordered by id, and how many there are in all. Two queries."""
    model, conditions = HSDS_TABLES[table], _conditions(table, wanted)
    total = db.session.scalar(select(func.count()).select_from(model).where(public_rows(table), *conditions)) or 0
    query = public_columns(table, *conditions).order_by(model.id)
    rows = db.session.execute(query.limit(size).offset((page - 1) * size)).mappings()
    return [dict(row) for row in rows], total


def iterate_public_filtered(table: str, wanted: HsdsFilter) -> Iterator[dict[str, Any]]:
    """Every public row that the filter leaves, ordered by id, in chunks."""
    return iterate_public_rows(table, *_conditions(table, wanted))


def find_public_row(table: str, record_id: UUID) -> dict[str, Any] | None:
    """One public row, or None: hidden and unknown are the same."""
    row = db.session.execute(public_columns(table, HSDS_TABLES[table].id == record_id)).mappings().one_or_none()
    return dict(row) if row is not None else None


def _conditions(table: str, wanted: HsdsFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = []
    if wanted.search:
        found.append(_words(table, wanted.search))
    if table in {"service", "organization", "service_at_location"}:
        found.extend(_of_services(table, wanted))
    if table == "service_at_location" and wanted.point is not None and wanted.proximity_m is not None:
        found.append(ServiceAtLocation.location_id.in_(_locations_within(wanted.point, wanted.proximity_m)))
    if table == "taxonomy_term":
        if wanted.taxonomy_id is not None:
            found.append(TaxonomyTerm.taxonomy_id == wanted.taxonomy_id)
        if wanted.parent_id is not None:
            found.append(TaxonomyTerm.parent_id == wanted.parent_id)
        if wanted.top_only:
            found.append(TaxonomyTerm.parent_id.is_(None))
    return found


def _words(table: str, words: str) -> ColumnElement[bool]:
    """Every word stands in the name, the other name or the description; for a place: of its service."""
    model: Any = Service if table == "service_at_location" else HSDS_TABLES[table]
    columns = [getattr(model, name) for name in ("name", "alternate_name", "description") if hasattr(model, name)]
    each = [or_(*(column.icontains(word, autoescape=True) for column in columns)) for word in words.split()[:10]]
    if table == "service_at_location":
        return ServiceAtLocation.service_id.in_(select(Service.id).where(*each))
    return and_(*each)


def _of_services(table: str, wanted: HsdsFilter) -> list[ColumnElement[bool]]:
    """Filters that judge the service, put on its own table, on its organization or on its places."""
    judged: list[ColumnElement[bool]] = []
    if wanted.organization_id is not None:
        judged.append(Service.organization_id == wanted.organization_id)
    if wanted.modified_after is not None:
        judged.append(Service.last_modified >= wanted.modified_after)
    if wanted.age_low is not None:
        judged.append(or_(Service.maximum_age.is_(None), Service.maximum_age >= wanted.age_low))
    if wanted.age_high is not None:
        judged.append(or_(Service.minimum_age.is_(None), Service.minimum_age <= wanted.age_high))
    terms = select(Attribute.link_id).where(Attribute.link_entity == "service")
    if wanted.taxonomy_term_id is not None:
        judged.append(Service.id.in_(terms.where(Attribute.taxonomy_term_id == wanted.taxonomy_term_id)))
    if wanted.taxonomy_id is not None:
        of_taxonomy = select(TaxonomyTerm.id).where(TaxonomyTerm.taxonomy_id == wanted.taxonomy_id)
        judged.append(Service.id.in_(terms.where(Attribute.taxonomy_term_id.in_(of_taxonomy))))
    if not judged or table == "service":
        return judged
    services = select(Service.id).where(public_rows("service"), *judged)
    if table == "service_at_location":
        return [ServiceAtLocation.service_id.in_(services)]
    owners = select(Service.organization_id).where(public_rows("service"), *judged)
    return [HSDS_TABLES["organization"].id.in_(owners)]


def _locations_within(point: Point, radius_m: float) -> list[UUID]:
    """Locations within a radius: cut by a box, decided by the great circle. One query."""
    box = bounding_box(point, radius_m)
    inside: list[ColumnElement[bool]] = [Location.latitude.between(box.south_deg, box.north_deg)]
    if box.west_deg <= box.east_deg:
        inside.append(Location.longitude.between(box.west_deg, box.east_deg))
    else:
        inside.append(or_(Location.longitude >= box.west_deg, Location.longitude <= box.east_deg))
    rows = db.session.execute(select(Location.id, Location.latitude, Location.longitude).where(*inside))
    return [row.id for row in rows if distance_m(point, Point(row.latitude, row.longitude)) <= radius_m]
