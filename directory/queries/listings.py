"""Listings for pages and the index: a service with everything that is known of it, at each of its sites.

Rows become frozen values here, so that no page holds a table row. A list of listings costs a fixed number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from sqlalchemy import or_, select

from core.db import db
from core.errors import NotFound
from core.geo import Point
from directory.facets import Answer, Precision, Visibility
from directory.hours import ScheduleRow
from directory.models import (
    Accessibility,
    Address,
    Attribute,
    Contact,
    CostOption,
    Funding,
    HousingOffer,
    Language,
    Location,
    Organization,
    Phone,
    Program,
    RequiredDocument,
    Requirement,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceCapacity,
    TaxonomyTerm,
    Unit,
    Url,
    Verification,
)
from directory.queries.visibility import location_visible, organization_visible, service_visible


@dataclass(frozen=True, slots=True)
class PhoneLine:
    """A number to call. `languages` are ISO 639 codes."""

    number: str
    extension: int | None
    type: str | None
    description: str | None
    languages: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class AddressLine:
    """A street address; never of a withheld place."""

    attention: str | None
    address_1: str | None
    address_2: str | None
    city: str | None
    state_province: str | None
    postal_code: str | None
    country: str | None
    address_type: str


@dataclass(frozen=True, slots=True)
class ContactLine:
    """A person or desk to ask for."""

    name: str | None
    title: str | None
    department: str | None
    email: str | None
    phones: tuple[PhoneLine, ...]


@dataclass(frozen=True, slots=True)
class CostLine:
    """One price. `amount` is dollars of the provider's own words, not money of the fund."""

    option: str | None
    currency: str | None
    amount: Decimal | None
    amount_description: str | None


@dataclass(frozen=True, slots=True)
class AreaLine:
    """An area served. `codes` are the gazetteer's area codes where they are known."""

    name: str | None
    description: str | None
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TermLine:
    """A taxonomy term of a service, with the codes of its ancestors, nearest first."""

    id: UUID
    code: str | None
    name: str
    taxonomy: str | None
    ancestors: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class CapacityLine:
    """Room now; `expires_at` is when the figure stops being known."""

    unit: str | None
    available: int | None
    maximum: int | None
    description: str | None
    updated: datetime | None
    expires_at: datetime | None
    waitlist: str | None
    waitlist_length: int | None
    usual_wait: str | None


@dataclass(frozen=True, slots=True)
class HousingLine:
    """What a person must know of a place to live; None is not stated."""

    kind: str
    rooms: str | None
    household: str | None
    rent: str | None
    deposit: str | None
    utilities: str | None
    vouchers: str | None
    access: str | None
    pets: str | None
    sobriety: str | None
    background: str | None
    stay_limit: str | None
    way_in: str | None


@dataclass(frozen=True, slots=True)
class Check:
    """The newest check of one group of fields."""

    group: str
    outcome: str
    method: str
    checked_at: datetime


@dataclass(frozen=True, slots=True)
class Site:
    """One place of a service, with the hours, phones and areas of that place alone.

    `listing_id` is the service-at-location's id, or the service's where it has no place.
    """

    listing_id: UUID
    location_id: UUID | None
    name: str | None
    description: str | None
    transportation: str | None
    point: Point | None
    precision: Precision
    place_withheld: bool
    timezone: str | None
    addresses: tuple[AddressLine, ...]
    phones: tuple[PhoneLine, ...]
    schedules: tuple[ScheduleRow, ...]
    areas: tuple[AreaLine, ...]
    languages: tuple[str, ...]
    accessibility: tuple[str, ...]
    contacts: tuple[ContactLine, ...]


@dataclass(frozen=True, slots=True)
class Listing:
    """A service as a page or the index needs it. `answers` holds stated answers only. Sites stand in stable order."""

    service_id: UUID
    organization_id: UUID
    organization: str
    program: str | None
    name: str
    alternate_name: str | None
    description: str | None
    url: str | None
    urls: tuple[tuple[str | None, str], ...]
    email: str | None
    status: str
    status_unconfirmed: bool
    alert: str | None
    interpretation_services: str | None
    application_process: str | None
    fees_description: str | None
    wait_time: str | None
    accreditations: str | None
    licenses: str | None
    eligibility_description: str | None
    minimum_age: int | None
    maximum_age: int | None
    assured_date: date | None
    last_modified: datetime | None
    visibility: Visibility
    answers: Mapping[str, Answer]
    terms: tuple[TermLine, ...]
    languages: tuple[str, ...]
    language_names: tuple[str, ...]
    costs: tuple[CostLine, ...]
    documents: tuple[str, ...]
    funding: tuple[str, ...]
    capacities: tuple[CapacityLine, ...]
    housing: HousingLine | None
    checks: tuple[Check, ...]
    sites: tuple[Site, ...]

    def site(self, location_id: UUID | None) -> Site:
        """The site at a location, or the first one."""
        return next((site for site in self.sites if site.location_id == location_id), self.sites[0])


@dataclass(frozen=True, slots=True)
class OrganizationPage:
    """An organization with the services that the viewer may see."""

    id: UUID
    name: str
    alternate_name: str | None
    description: str | None
    email: str | None
    website: str | None
    phones: tuple[PhoneLine, ...]
    listings: tuple[Listing, ...]


def get_listing(service_id: UUID, visibility: Visibility) -> Listing:
    """One listing, or NotFound when there is none that a viewer of this level may see."""
    found = find_listing(service_id, visibility)
    if found is None:
        raise NotFound
    return found


def find_listing(service_id: UUID, visibility: Visibility) -> Listing | None:
    """One listing, or None."""
    return next(iter(list_listings([service_id], visibility)), None)


def list_listings(service_ids: Sequence[UUID], visibility: Visibility) -> list[Listing]:
    """The visible listings among `service_ids`, in the order asked. A fixed number of queries for any length."""
    if not service_ids:
        return []
    found: dict[UUID, Listing] = {}
    for start in range(
        0, len(service_ids), 500
    ):  # SQLite binds at most 32,766 values; PostgreSQL plans long lists badly
        found |= _Assembly(service_ids[start : start + 500], visibility).listings()
    return [found[service_id] for service_id in dict.fromkeys(service_ids) if service_id in found]


def list_public_services(*, after: UUID | None, limit: int, visibility: Visibility = Visibility.PUBLIC) -> list[UUID]:
    """Ids of visible services after `after`, ordered by id: for the sitemap, exports and the index's rebuild."""
    query = select(Service.id).where(service_visible(visibility)).order_by(Service.id).limit(limit)
    if after is not None:
        query = query.where(Service.id > after)
    return list(db.session.scalars(query))


def get_organization(organization_id: UUID, visibility: Visibility) -> OrganizationPage:
    """An organization and its services by name, or NotFound."""
    row = db.session.scalar(
        select(Organization).where(Organization.id == organization_id, organization_visible(visibility))
    )
    if row is None:
        raise NotFound
    ids = db.session.scalars(
        select(Service.id)
        .where(Service.organization_id == organization_id, service_visible(visibility))
        .order_by(Service.name, Service.id)
        .limit(500)
    )
    phones = db.session.scalars(
        select(Phone)
        .where(
            Phone.organization_id == organization_id,
            Phone.service_id.is_(None),
            Phone.location_id.is_(None),
            Phone.contact_id.is_(None),
            Phone.service_at_location_id.is_(None),
            Phone.visibility <= int(visibility),
        )
        .order_by(Phone.priority.nulls_last(), Phone.id)
    )
    return OrganizationPage(
        id=row.id,
        name=row.name,
        alternate_name=row.alternate_name,
        description=row.description,
        email=row.email,
        website=row.website,
        phones=tuple(_phone(phone, ()) for phone in phones),
        listings=tuple(list_listings(list(ids), visibility)),
    )


def list_term_names(term_ids: Iterable[str]) -> dict[str, str]:
    """Names of taxonomy terms by id (as text), for the labels of filters. One query."""
    ids = [UUID(term_id) for term_id in term_ids]
    rows = db.session.execute(select(TaxonomyTerm.id, TaxonomyTerm.name).where(TaxonomyTerm.id.in_(ids)))
    return {str(row.id): row.name for row in rows}


def _phone(row: Phone, languages: Sequence[str]) -> PhoneLine:
    return PhoneLine(row.number, row.extension, row.type, row.description, tuple(languages))


class _Assembly:
    """Loads everything of up to 500 services, one query a table, and puts it together in memory."""

    def __init__(self, service_ids: Sequence[UUID], visibility: Visibility) -> None:
        self.visibility = visibility
        self._by_owner: dict[int, dict[tuple[str, Any], list[Any]]] = {}
        rows = db.session.execute(
            select(Service, Organization.name, Program.name)
            .join(Organization, Organization.id == Service.organization_id)
            .outerjoin(Program, Program.id == Service.program_id)
            .where(Service.id.in_(service_ids), service_visible(visibility))
        ).all()
        self.services = {row[0].id: row for row in rows}
        self.ids = list(self.services)
        self.organization_ids = [row[0].organization_id for row in rows]
        self._load_sites()
        self._load_shared()

    def _load_sites(self) -> None:
        self.sites: dict[UUID, list[tuple[ServiceAtLocation, Location]]] = defaultdict(list)
        for pair in db.session.execute(
            select(ServiceAtLocation, Location)
            .join(Location, Location.id == ServiceAtLocation.location_id)
            .where(ServiceAtLocation.service_id.in_(self.ids), location_visible(self.visibility))
            .order_by(Location.name, ServiceAtLocation.id)
        ):
            self.sites[pair[0].service_id].append((pair[0], pair[1]))
        self.site_ids = [site.id for pairs in self.sites.values() for site, _ in pairs]
        self.location_ids = list({location.id for pairs in self.sites.values() for _, location in pairs})

    def _load_shared(self) -> None:
        self.addresses = self._by(Address, Address.location_id, self.location_ids)
        self.access = self._by(Accessibility, Accessibility.location_id, self.location_ids)
        self.costs = self._by(CostOption, CostOption.service_id, self.ids)
        self.documents = self._by(RequiredDocument, RequiredDocument.service_id, self.ids)
        self.requirements = self._by(Requirement, Requirement.service_id, self.ids)
        self.housing = self._by(HousingOffer, HousingOffer.service_id, self.ids)
        self.funding = self._by(Funding, Funding.service_id, self.ids)
        self.urls = self._by(Url, Url.service_id, self.ids)
        self.capacities = self._by(ServiceCapacity, ServiceCapacity.service_id, self.ids)
        self.units = {unit.id: unit.name for unit in db.session.scalars(select(Unit))} if self.capacities else {}
        self.schedules = self._linked(Schedule)
        self.contacts = self._linked(Contact, seen=True)
        self.phones = self._linked(Phone, seen=True, more=[Phone.contact_id.in_([row.id for row in self.contacts])])
        self.areas = self._linked(ServiceArea)
        self._load_languages()
        self._load_terms()
        self.checks: dict[UUID, dict[str, Verification]] = defaultdict(dict)
        for check in db.session.scalars(
            select(Verification).where(Verification.service_id.in_(self.ids)).order_by(Verification.checked_at)
        ):
            self.checks[check.service_id][check.field_group] = check

    def _by(self, model: Any, column: Any, ids: Sequence[UUID]) -> dict[UUID, list[Any]]:
        found: dict[UUID, list[Any]] = defaultdict(list)
        for row in db.session.scalars(select(model).where(column.in_(ids)).order_by(model.id)):
            found[getattr(row, column.key)].append(row)
        return found

    def _linked(self, model: Any, *, seen: bool = False, more: Sequence[Any] = ()) -> list[Any]:
        """Rows of a table that may hang on a service, a site, a location or the organization."""
        links: tuple[tuple[str, Sequence[UUID | None]], ...] = (
            ("service_id", self.ids),
            ("service_at_location_id", self.site_ids),
            ("location_id", self.location_ids),
            ("organization_id", self.organization_ids),
        )
        wanted = [getattr(model, name).in_(ids) for name, ids in links if hasattr(model, name)]
        query = select(model).where(or_(*wanted, *more))
        if seen:
            query = query.where(model.visibility <= int(self.visibility))
        order = (model.priority.nulls_last(), model.id) if hasattr(model, "priority") else (model.id,)
        return list(db.session.scalars(query.order_by(*order)))

    def _load_languages(self) -> None:
        phone_ids = [phone.id for phone in self.phones]
        self.languages: dict[UUID, list[Language]] = defaultdict(list)
        for row in db.session.scalars(
            select(Language)
            .where(
                or_(
                    Language.service_id.in_(self.ids),
                    Language.location_id.in_(self.location_ids),
                    Language.phone_id.in_(phone_ids),
                )
            )
            .order_by(Language.code, Language.id)
        ):
            for owner in (row.service_id, row.location_id, row.phone_id):
                if owner is not None:
                    self.languages[owner].append(row)

    def _load_terms(self) -> None:
        parents: dict[UUID, UUID | None] = {
            row.id: row.parent_id for row in db.session.execute(select(TaxonomyTerm.id, TaxonomyTerm.parent_id))
        }
        self.terms: dict[UUID, list[TermLine]] = defaultdict(list)
        for link_id, term in db.session.execute(
            select(Attribute.link_id, TaxonomyTerm)
            .join(TaxonomyTerm, TaxonomyTerm.id == Attribute.taxonomy_term_id)
            .where(Attribute.link_entity == "service", Attribute.link_id.in_(self.ids))
            .order_by(TaxonomyTerm.name, TaxonomyTerm.id)
        ):
            ancestors: list[UUID] = []
            parent = term.parent_id
            while parent is not None and parent not in ancestors:
                ancestors.append(parent)
                parent = parents.get(parent)
            line = TermLine(term.id, term.code, term.name, term.taxonomy, tuple(ancestors))
            if line not in self.terms[link_id]:
                self.terms[link_id].append(line)

    def listings(self) -> dict[UUID, Listing]:
        return {service_id: self._listing(*self.services[service_id]) for service_id in self.ids}

    def _listing(self, service: Service, organization: str, program: str | None) -> Listing:
        spoken = self.languages[service.id]
        return Listing(
            service_id=service.id,
            organization_id=service.organization_id,  # type: ignore[arg-type]
            organization=organization,
            program=program,
            name=service.name,
            alternate_name=service.alternate_name,
            description=service.description,
            url=service.url,
            urls=tuple((row.label, row.url) for row in self.urls[service.id]),
            email=service.email,
            status=service.status,
            status_unconfirmed=service.status_unconfirmed,
            alert=service.alert,
            interpretation_services=service.interpretation_services,
            application_process=service.application_process,
            fees_description=service.fees_description or service.fees,
            wait_time=service.wait_time,
            accreditations=service.accreditations,
            licenses=service.licenses,
            eligibility_description=service.eligibility_description,
            minimum_age=service.minimum_age,
            maximum_age=service.maximum_age,
            assured_date=service.assured_date,
            last_modified=service.last_modified,
            visibility=Visibility(service.visibility),
            answers={row.question: Answer(row.answer) for row in self.requirements[service.id]},
            terms=tuple(self.terms[service.id]),
            languages=tuple(dict.fromkeys(row.code for row in spoken if row.code)),
            language_names=tuple(dict.fromkeys(row.name for row in spoken if row.name)),
            costs=tuple(
                CostLine(row.option, row.currency, row.amount, row.amount_description) for row in self.costs[service.id]
            ),
            documents=tuple(row.document for row in self.documents[service.id] if row.document),
            funding=tuple(row.source for row in self.funding[service.id] if row.source),
            capacities=tuple(self._capacity(row) for row in self.capacities[service.id]),
            housing=next((_housing(row) for row in self.housing[service.id]), None),
            checks=tuple(
                Check(row.field_group, row.outcome, row.method, row.checked_at)
                for row in self.checks[service.id].values()
            ),
            sites=self._sites_of(service),
        )

    def _capacity(self, row: ServiceCapacity) -> CapacityLine:
        return CapacityLine(
            unit=self.units.get(row.unit_id) if row.unit_id else None,
            available=row.available,
            maximum=row.maximum,
            description=row.description,
            updated=row.updated,
            expires_at=row.expires_at,
            waitlist=row.waitlist,
            waitlist_length=row.waitlist_length,
            usual_wait=row.usual_wait,
        )

    def _sites_of(self, service: Service) -> tuple[Site, ...]:
        pairs = self.sites[service.id]
        if not pairs:
            return (self._site(service, None, None),)
        return tuple(self._site(service, site, location) for site, location in pairs)

    def _site(self, service: Service, site: ServiceAtLocation | None, location: Location | None) -> Site:
        withheld = location is not None and location.place_withheld
        point = None
        if location is not None and not withheld and location.latitude is not None and location.longitude is not None:
            point = Point(location.latitude, location.longitude)
        location_id = location.id if location else None
        spoken = [*self.languages[service.id], *(self.languages[location_id] if location_id else [])]
        return Site(
            listing_id=site.id if site else service.id,
            location_id=location_id,
            name=location.name if location else None,
            description=(site.description if site else None) or (location.description if location else None),
            transportation=location.transportation if location else None,
            point=point,
            precision=Precision(location.place_precision) if point and location else Precision.NONE,
            place_withheld=withheld,
            timezone=location.timezone if location else None,
            addresses=tuple(_address(row) for row in self.addresses[location_id])
            if location_id and not withheld
            else (),
            phones=tuple(self._phone_line(row) for row in self._own(self.phones, service, site, location)),
            schedules=tuple(_schedule(row) for row in self._own(self.schedules, service, site, location)),
            areas=tuple(_area(row) for row in self._own(self.areas, service, site, location)),
            languages=tuple(dict.fromkeys(row.code for row in spoken if row.code)),
            accessibility=tuple(
                row.description or row.details or "" for row in (self.access[location_id] if location_id else [])
            ),
            contacts=tuple(self._contact(row) for row in self._own(self.contacts, service, site, location)),
        )

    def _own(
        self, rows: Sequence[Any], service: Service, site: ServiceAtLocation | None, location: Location | None
    ) -> list[Any]:
        """The rows of the nearest owner that has any: the site, the service, the location, then the organization.

        One site's rows never leak to another: a row that names a site or a location belongs to it alone.
        """
        tiers: list[list[Any]] = [[], [], [], []]
        if id(rows) not in self._by_owner:
            self._by_owner[id(rows)] = _grouped_by_owner(rows)
        by_owner = self._by_owner[id(rows)]
        if site is not None:
            tiers[0] += by_owner.get(("service_at_location_id", site.id), ())
        for row in by_owner.get(("service_id", service.id), ()):
            row_location = getattr(row, "location_id", None)
            if row_location is None:
                tiers[1].append(row)
            elif location is not None and row_location == location.id:
                tiers[0].append(row)
        if location is not None:
            tiers[2] += by_owner.get(("location_id", location.id), ())
        tiers[3] += by_owner.get(("organization_id", service.organization_id), ())
        return next((tier for tier in tiers if tier), [])

    def _phone_line(self, row: Phone) -> PhoneLine:
        return _phone(row, [language.code for language in self.languages[row.id] if language.code])

    def _contact(self, row: Contact) -> ContactLine:
        phones = tuple(self._phone_line(phone) for phone in self.phones if phone.contact_id == row.id)
        return ContactLine(row.name, row.title, row.department, row.email, phones)


def _grouped_by_owner(rows: Iterable[Any]) -> dict[tuple[str, Any], list[Any]]:
    """Rows by the narrowest owner that they name. A row of a contact belongs to the contact alone."""
    found: dict[tuple[str, Any], list[Any]] = defaultdict(list)
    for row in rows:
        if getattr(row, "contact_id", None) is not None:
            continue
        for name in ("service_at_location_id", "service_id", "location_id", "organization_id"):
            if (owner := getattr(row, name, None)) is not None:
                found[name, owner].append(row)
                break
    return dict(found)


def _address(row: Address) -> AddressLine:
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


def _area(row: ServiceArea) -> AreaLine:
    codes = tuple((row.extent or "").split(",")) if row.extent_type == "area_codes" and row.extent else ()
    return AreaLine(row.name, row.description, codes)


def _schedule(row: Schedule) -> ScheduleRow:
    return ScheduleRow(**{name: getattr(row, name) for name in ScheduleRow.__dataclass_fields__})


def _housing(row: HousingOffer) -> HousingLine:
    return HousingLine(**{name: getattr(row, name) for name in HousingLine.__dataclass_fields__})
