"""Puts together what a card shows of some services, from one query a table; `listings.py` adds what else is known.

Statements are built once and take their ids as values: building one costs more than SQLite needs to answer it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Row, Select, Table, bindparam, or_, select

from core.db import db
from core.geo import Point
from directory.facets import Answer, Precision, Visibility
from directory.hours import ScheduleRow
from directory.models import (
    Address,
    CostOption,
    Language,
    Location,
    Organization,
    Phone,
    Program,
    Requirement,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    Verification,
)
from directory.queries.values import (
    AddressLine,
    AreaLine,
    CardListing,
    CardSite,
    Check,
    CostLine,
    PhoneLine,
)
from directory.queries.visibility import location_visible, service_visible

OWNERS = ("service_at_location_id", "service_id", "location_id", "organization_id")  # the narrowest first
SCHEDULE_FIELDS = tuple(ScheduleRow.__dataclass_fields__)
_MANY = 500  # SQLite binds at most 32,766 values; PostgreSQL plans long lists badly

Rows = dict[UUID, list[Row[Any]]]
S = TypeVar("S")


class Owned:
    """Rows that hang on a site, a service, a location or an organization, by the narrowest owner that they name.

    One site's rows never leak to another: a row that names a site or a location belongs to it alone. A row of a contact
    belongs to the contact alone.
    """

    def __init__(self, rows: Iterable[Row[Any]]) -> None:
        self._rows: dict[tuple[str, UUID], list[Row[Any]]] = defaultdict(list)
        owners: tuple[str, ...] = ()
        is_contacts = False
        for row in rows:
            if not owners:  # by `_fields`: a row of `contact` would answer its own id for `contact_id`
                owners = tuple(name for name in OWNERS if name in row._fields)
                is_contacts = "contact_id" in row._fields
            if is_contacts and row.contact_id is not None:
                continue
            for name in owners:
                if (owner := getattr(row, name)) is not None:
                    self._rows[name, owner].append(row)
                    break

    def of(self, service: Row[Any], site_id: UUID | None, location_id: UUID | None) -> Sequence[Row[Any]]:
        """The rows of the nearest owner that has any: the site, the service, the location, then the organization."""
        rows = self._rows
        nearest = list(rows.get((OWNERS[0], site_id), ())) if site_id else []
        general = []
        for row in rows.get(("service_id", service.id), ()):
            where = row.location_id if "location_id" in row._fields else None
            if where is None:
                general.append(row)
            elif where == location_id:
                nearest.append(row)
        if nearest or general:
            return nearest or general
        at_location = rows.get(("location_id", location_id), ()) if location_id else ()
        return at_location or rows.get(("organization_id", service.organization_id), ())


class CardAssembly:
    """Loads what cards of up to 500 services show, one query a table, and puts it together in memory."""

    def __init__(self, service_ids: Sequence[UUID], visibility: Visibility) -> None:
        self.visibility = visibility
        self.services = {row.id: row for row in rows_of(_services(visibility), ids=list(service_ids))}
        self.ids = list(self.services)
        if self.ids:
            self.load()

    def load(self) -> None:
        """Read every table once."""
        self.sites: Rows = defaultdict(list)
        for row in rows_of(_sites(self.visibility), ids=self.ids):
            self.sites[row.service_id].append(row)
        self.site_ids = [row.site_id for rows in self.sites.values() for row in rows]
        self.location_ids = list({row.id for rows in self.sites.values() for row in rows})
        owners = {
            "services": self.ids,
            "sites": self.site_ids,
            "locations": self.location_ids,
            "organizations": list({row.organization_id for row in self.services.values()}),
        }
        self.addresses = by(Address, "location_id", self.location_ids)
        self.costs = by(CostOption, "service_id", self.ids)
        self.requirements = by(Requirement, "service_id", self.ids)
        self.schedules = Owned(rows_of(owned(Schedule, *SCHEDULE_FIELDS), **owners))
        self.areas = Owned(rows_of(owned(ServiceArea), **owners))
        self.phone_rows = self.load_phones(owners)
        self.phones = Owned(self.phone_rows)
        self.languages: Rows = defaultdict(list)
        for row in rows_of(_languages(), services=self.ids, locations=self.location_ids, phones=self.phone_ids()):
            for owner in (row.service_id, row.location_id, row.phone_id):
                if owner is not None:
                    self.languages[owner].append(row)
        self.checks: dict[UUID, dict[str, Row[Any]]] = defaultdict(dict)
        for row in rows_of(_verifications(), ids=self.ids):
            self.checks[row.service_id][row.field_group] = row

    def load_phones(self, owners: Mapping[str, Sequence[UUID]]) -> list[Row[Any]]:
        """The numbers that a viewer of this level may see, those of contacts left out."""
        return list(rows_of(owned(Phone).where(columns_of(Phone).visibility <= bindparam("level")),
                          level=int(self.visibility), **owners))  # fmt: skip

    def phone_ids(self) -> list[UUID]:
        """Phones whose languages are asked for: a card names none."""
        return []

    def cards(self) -> dict[UUID, CardListing]:
        """The cards by service id."""
        return {service_id: self._card(row) for service_id, row in self.services.items()}

    def _card(self, row: Row[Any]) -> CardListing:
        return CardListing(
            **self.card_values(row), sites=self.sites_of(row, lambda site: CardSite(**self.site_values(row, site)))
        )

    def card_values(self, row: Row[Any]) -> dict[str, Any]:
        """Everything of a card but its sites."""
        spoken = self.languages[row.id]
        return {
            "service_id": row.id,
            "organization_id": row.organization_id,
            "organization": row.organization_name,
            "name": row.name,
            "description": row.description,
            "url": row.url,
            "email": row.email,
            "status": row.status,
            "status_unconfirmed": row.status_unconfirmed,
            "fees_description": row.fees_description or row.fees,
            "eligibility_description": row.eligibility_description,
            "minimum_age": row.minimum_age,
            "maximum_age": row.maximum_age,
            "assured_date": row.assured_date,
            "answers": {each.question: Answer(each.answer) for each in self.requirements[row.id]},
            "languages": tuple(dict.fromkeys(each.code for each in spoken if each.code)),
            "language_names": tuple(dict.fromkeys(each.name for each in spoken if each.name)),
            "costs": tuple(
                CostLine(each.option, each.currency, each.amount, each.amount_description)
                for each in self.costs[row.id]
            ),
            "checks": tuple(
                Check(each.field_group, each.outcome, each.method, each.checked_at)
                for each in self.checks[row.id].values()
            ),
        }

    def sites_of(self, row: Row[Any], make: Callable[[Row[Any] | None], S]) -> tuple[S, ...]:
        """The sites of a service; one without a place where it has none."""
        return tuple(make(site) for site in self.sites[row.id] or (None,))

    def site_values(self, service: Row[Any], site: Row[Any] | None) -> dict[str, Any]:
        """Everything of a card's site."""
        site_id, location_id = (site.site_id, site.id) if site is not None else (None, None)
        withheld = site is not None and bool(site.place_withheld)
        point = None
        if site is not None and not withheld and site.latitude is not None and site.longitude is not None:
            point = Point(site.latitude, site.longitude)
        spoken = [*self.languages[service.id], *(self.languages[location_id] if location_id else ())]
        return {
            "listing_id": site_id or service.id,
            "location_id": location_id,
            "name": site.name if site is not None else None,
            "point": point,
            "precision": Precision(site.place_precision) if point and site is not None else Precision.NONE,
            "place_withheld": withheld,
            "timezone": site.timezone if site is not None else None,
            "addresses": tuple(_address(row) for row in self.addresses[location_id])
            if location_id and not withheld
            else (),
            "phones": tuple(self.phone_line(row) for row in self.phones.of(service, site_id, location_id)),
            "schedules": tuple(
                ScheduleRow(*row[: len(SCHEDULE_FIELDS)]) for row in self.schedules.of(service, site_id, location_id)
            ),
            "areas": tuple(_area(row) for row in self.areas.of(service, site_id, location_id)),
            "languages": tuple(dict.fromkeys(row.code for row in spoken if row.code)),
        }

    def phone_line(self, row: Row[Any]) -> PhoneLine:
        """A number with its languages, where they were asked for."""
        codes = tuple(each.code for each in self.languages[row.id] if each.code)
        return PhoneLine(row.number, row.extension, row.type, row.description, codes)


def parts(ids: Sequence[UUID]) -> Iterable[Sequence[UUID]]:
    """Ids in lists that one query takes."""
    return (ids[start : start + _MANY] for start in range(0, len(ids), _MANY))


def by(model: Any, owner: str, ids: Sequence[UUID]) -> Rows:
    """The rows of a table by their owner, each owner's in a stable order. One query."""
    found: Rows = defaultdict(list)
    for row in rows_of(_by(model, owner), ids=ids):
        found[getattr(row, owner)].append(row)
    return found


def rows_of(statement: Select[Any], **values: Any) -> Iterable[Row[Any]]:
    return db.session.execute(statement, values)


def columns_of(model: Any) -> Any:
    table: Table = model.__table__
    return table.c


def among(column: Any, name: str = "ids") -> Any:
    return column.in_(bindparam(name, expanding=True))


@cache
def _services(visibility: Visibility) -> Select[Any]:
    return (
        select(
            Service.__table__, Organization.name.label("organization_name"), Program.name.label("program_name")
        )
        .join(Organization, Organization.id == Service.organization_id)
        .outerjoin(Program, Program.id == Service.program_id)
        .where(among(Service.id), service_visible(visibility))
    )  # fmt: skip


@cache
def _sites(visibility: Visibility) -> Select[Any]:
    return (
        select(
            Location.__table__, ServiceAtLocation.id.label("site_id"), ServiceAtLocation.service_id,
            ServiceAtLocation.description.label("site_description"),
        )
        .join(ServiceAtLocation, Location.id == ServiceAtLocation.location_id)
        .where(among(ServiceAtLocation.service_id), location_visible(visibility))
        .order_by(Location.name, ServiceAtLocation.id)
    )  # fmt: skip


@cache
def _by(model: Any, owner: str) -> Select[Any]:
    columns = columns_of(model)
    return select(model.__table__).where(among(columns[owner])).order_by(columns.id)


@cache
def owned(model: Any, *first: str) -> Select[Any]:
    """Rows of a table that may hang on a service, a site, a location or the organization; `first` columns lead."""
    columns = columns_of(model)
    names = ("services", "sites", "locations", "organizations")
    owners = ("service_id", "service_at_location_id", "location_id", "organization_id")
    wanted = [among(columns[owner], name) for owner, name in zip(owners, names, strict=True) if owner in columns]
    shown = [columns[name] for name in first]
    shown += [columns[owner] for owner in owners if owner in columns] if first else list(columns)
    order = (columns.priority.nulls_last(), columns.id) if "priority" in columns else (columns.id,)
    return select(*shown).where(or_(*wanted)).order_by(*order)


@cache
def _languages() -> Select[Any]:
    columns = columns_of(Language)
    return (
        select(columns.service_id, columns.location_id, columns.phone_id, columns.code, columns.name)
        .where(
            or_(
                among(columns.service_id, "services"),
                among(columns.location_id, "locations"),
                among(columns.phone_id, "phones"),
            )
        )
        .order_by(columns.code, columns.id)
    )


@cache
def _verifications() -> Select[Any]:
    columns = columns_of(Verification)
    return (
        select(columns.service_id, columns.field_group, columns.outcome, columns.method, columns.checked_at)
        .where(among(columns.service_id))
        .order_by(columns.checked_at)
    )


def _address(row: Row[Any]) -> AddressLine:
    return AddressLine(
        attention=row.attention,
        address_1=row.address_1,
        address_2=row.address_2,
        city=row.city,
        state_province=row.state_province,
        postal_code=row.postal_code,
        country=row.country,
        address_type=row.address_type,
    )


def _area(row: Row[Any]) -> AreaLine:
    codes = tuple((row.extent or "").split(",")) if row.extent_type == "area_codes" and row.extent else ()
    return AreaLine(row.name, row.description, codes)
