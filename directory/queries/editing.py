"""A listing taken apart for its steward: every record with its id, also what no viewer sees. Nothing is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select

from core.db import db
from core.errors import NotFound
from directory.facets import Answer
from directory.hours import ScheduleRow, is_exception
from directory.models import (
    Accessibility,
    Address,
    Attribute,
    ClosingDay,
    Contact,
    CostOption,
    HousingOffer,
    ImportRun,
    Language,
    Location,
    Organization,
    Phone,
    RequiredDocument,
    Requirement,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    ServiceCapacity,
    Suggestion,
    TaxonomyTerm,
    Unit,
    Url,
    Verification,
)
from directory.models import Metadata as Change
from directory.needs import own_term
from directory.queries.values import Check

Values = Mapping[str, Any]
MAX_PARTS = 200  # of one kind and one listing

# The tables whose rows hang on a service by service_id alone, in the order of the steward's page.
SERVICE_PARTS: Mapping[str, Any] = {
    "cost_option": CostOption,
    "required_document": RequiredDocument,
    "service_capacity": ServiceCapacity,
    "housing_offer": HousingOffer,
    "url": Url,
}


@dataclass(frozen=True, slots=True)
class EditTerm:
    """A term on a service: ours by its code, a foreign one by its id."""

    attribute_id: UUID
    term_id: UUID
    code: str | None
    name: str
    is_own: bool


@dataclass(frozen=True, slots=True)
class EditHours:
    """The regular rows of one owner, and its exceptions (holidays, dates) with their ids in the same order."""

    regular: tuple[ScheduleRow, ...]
    exceptions: tuple[ScheduleRow, ...]
    exception_ids: tuple[UUID, ...] = ()


@dataclass(frozen=True, slots=True)
class EditSite:
    """One place of a service with the records that belong to it. `others` counts further services there."""

    id: UUID
    location: Values
    address: Values | None
    hours: EditHours
    phones: tuple[Values, ...]
    contacts: tuple[Values, ...]
    accessibility: tuple[Values, ...]
    others: int


@dataclass(frozen=True, slots=True)
class EditListing:
    """Everything of a service that a steward can change."""

    id: UUID
    service: Values
    organization_id: UUID | None
    organization: str | None
    answers: Mapping[str, Answer]
    terms: tuple[EditTerm, ...]
    languages: tuple[str, ...]
    hours: EditHours
    phones: tuple[Values, ...]
    contacts: tuple[Values, ...]
    areas: tuple[Values, ...]
    parts: Mapping[str, tuple[Values, ...]]
    organization_phones: tuple[Values, ...]
    unit_names: Mapping[UUID, str]
    sites: tuple[EditSite, ...]

    def site(self, site_id: UUID | None) -> EditSite:
        """The place of an id, or NotFound."""
        found = next((site for site in self.sites if site.id == site_id), None)
        if found is None:
            raise NotFound
        return found


@dataclass(frozen=True, slots=True)
class OrganizationLine:
    """An organization in a steward's list."""

    id: UUID
    name: str
    services: int
    visibility: int
    retired_at: datetime | None


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits for a steward, for the start page."""

    open_reports: int
    oldest_report: datetime | None
    without_organization: int
    expired_capacities: int
    running_imports: int


@dataclass(frozen=True, slots=True)
class ExpiredCapacity:
    """A figure of free places that is no longer known."""

    service_id: UUID
    service_name: str
    organization: str | None
    capacity_id: UUID
    unit: str | None
    available: int | None
    expires_at: datetime


def get_edit_listing(service_id: UUID) -> EditListing:
    """One service with all its records and their ids, or NotFound. A fixed number of queries a place."""
    row = db.session.execute(
        select(Service, Organization.name)
        .outerjoin(Organization, Organization.id == Service.organization_id)
        .where(Service.id == service_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    service, organization = row
    parts = {name: _values_of(model, model.service_id == service_id) for name, model in SERVICE_PARTS.items()}
    alone = {
        model: (model.service_id == service_id) & model.location_id.is_(None) for model in (Phone, Contact, Schedule)
    }
    answers = db.session.scalars(select(Requirement).where(Requirement.service_id == service_id))
    languages = db.session.scalars(select(Language.code).where(Language.service_id == service_id))
    unit_ids = [values["unit_id"] for values in parts["service_capacity"] if values["unit_id"]]
    units = db.session.execute(select(Unit.id, Unit.name).where(Unit.id.in_(unit_ids)))
    return EditListing(
        id=service.id,
        service=_values(service),
        organization_id=service.organization_id,
        organization=organization,
        answers={answer.question: Answer(answer.answer) for answer in answers},
        terms=_terms(service_id),
        languages=tuple(sorted(code for code in languages if code)),
        hours=_hours(alone[Schedule]),
        phones=_values_of(Phone, alone[Phone] & Phone.contact_id.is_(None)),
        contacts=_values_of(Contact, alone[Contact]),
        areas=_values_of(ServiceArea, ServiceArea.service_id == service_id),
        parts=parts,
        organization_phones=_organization_phones(service.organization_id),
        unit_names={unit.id: unit.name for unit in units},
        sites=tuple(_sites(service_id)),
    )


def newest_checks(service_id: UUID) -> dict[str, Check]:
    """The newest check of each group of fields of a service. One query."""
    rows = db.session.scalars(
        select(Verification)
        .where(Verification.service_id == service_id)
        .order_by(Verification.checked_at.desc(), Verification.id)
        .limit(MAX_PARTS)
    )
    found: dict[str, Check] = {}
    for row in rows:
        found.setdefault(row.field_group, Check(row.field_group, row.outcome, row.method, row.checked_at))
    return found


def list_part_ids(service_id: UUID) -> list[UUID]:
    """Ids of a service and of every record that is or was on its page: for its history."""
    listing = get_edit_listing(service_id)
    ids = [listing.id]
    groups: list[Sequence[Values]] = [listing.phones, listing.contacts, listing.areas, *listing.parts.values()]
    for site in listing.sites:
        ids.append(site.id)
        groups += [[site.location], [site.address] if site.address else [], site.phones, site.contacts]
        groups.append(site.accessibility)
    ids += [values["id"] for group in groups for values in group]
    ids += db.session.scalars(select(Requirement.id).where(Requirement.service_id == service_id))
    ids += db.session.scalars(select(Language.id).where(Language.service_id == service_id))
    ids += db.session.scalars(select(Schedule.id).where(Schedule.service_id == service_id))
    site_ids = [site.id for site in listing.sites]
    ids += db.session.scalars(select(Schedule.id).where(Schedule.service_at_location_id.in_(site_ids)))
    ids += [term.attribute_id for term in listing.terms]
    gone = select(Change.resource_id).where(
        Change.last_action_type == "delete",
        or_(*(Change.previous_value.contains(str(owner)) for owner in (service_id, *site_ids))),
    )
    return [*ids, *db.session.scalars(gone.order_by(Change.last_action_date.desc(), Change.id).limit(MAX_PARTS))]


def list_organizations(*, words: str = "", page: int = 1, size: int = 50) -> tuple[list[OrganizationLine], int]:
    """Organizations by name with how many services each has, also hidden ones. Two queries."""
    conditions = []
    if words:
        conditions.append(Organization.name.ilike(f"%{words.replace('%', '').replace('_', ' ')}%"))
    total = db.session.scalar(select(func.count()).select_from(Organization).where(*conditions)) or 0
    services = (
        select(func.count()).where(Service.organization_id == Organization.id).correlate(Organization).scalar_subquery()
    )
    rows = db.session.execute(
        select(Organization, services)
        .where(*conditions)
        .order_by(Organization.name, Organization.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [OrganizationLine(row.id, row.name, count, row.visibility, row.retired_at) for row, count in rows], total


def list_organization_services(organization_id: UUID) -> list[tuple[UUID, str, bool]]:
    """Id, name and whether retired, of every service of an organization, by name; at most 500."""
    rows = db.session.execute(
        select(Service.id, Service.name, Service.retired_at)
        .where(Service.organization_id == organization_id)
        .order_by(Service.name, Service.id)
        .limit(500)
    )
    return [(row.id, row.name, row.retired_at is not None) for row in rows]


def list_organization_places(organization_id: UUID | None) -> list[tuple[UUID, str | None, str | None]]:
    """Id, name and street of an organization's locations that are in use, by name; at most 200."""
    if organization_id is None:
        return []
    rows = db.session.execute(
        select(Location.id, Location.name, func.min(Address.address_1))
        .outerjoin(Address, Address.location_id == Location.id)
        .where(Location.organization_id == organization_id, Location.retired_at.is_(None))
        .group_by(Location.id, Location.name)
        .order_by(Location.name, Location.id)
        .limit(200)
    )
    return [(row[0], row[1], row[2]) for row in rows]


def count_waiting(now: datetime) -> Waiting:
    """What waits for a steward. Four queries."""
    reports = db.session.execute(
        select(func.count(), func.min(Suggestion.received_at)).where(Suggestion.state == "open")
    ).one()
    alone = select(func.count()).select_from(Service).where(Service.organization_id.is_(None))
    running = (
        select(func.count()).select_from(ImportRun).where(ImportRun.state.in_(("checking", "checked", "applying")))
    )
    expired = (
        select(func.count())
        .select_from(ServiceCapacity)
        .join(Service, Service.id == ServiceCapacity.service_id)
        .where(ServiceCapacity.expires_at < now, Service.retired_at.is_(None))
    )
    return Waiting(
        open_reports=reports[0],
        oldest_report=reports[1],
        without_organization=db.session.scalar(alone) or 0,
        expired_capacities=db.session.scalar(expired) or 0,
        running_imports=db.session.scalar(running) or 0,
    )


def list_expired_capacities(now: datetime, *, limit: int = 100) -> list[ExpiredCapacity]:
    """Figures of free places that are no longer known, longest expired first. One query."""
    rows = db.session.execute(
        select(ServiceCapacity, Service.name, Organization.name, Unit.name)
        .join(Service, Service.id == ServiceCapacity.service_id)
        .outerjoin(Organization, Organization.id == Service.organization_id)
        .outerjoin(Unit, Unit.id == ServiceCapacity.unit_id)
        .where(ServiceCapacity.expires_at < now, Service.retired_at.is_(None))
        .order_by(ServiceCapacity.expires_at, ServiceCapacity.id)
        .limit(limit)
    )
    return [
        ExpiredCapacity(row.service_id, name, organization, row.id, unit, row.available, row.expires_at)
        for row, name, organization, unit in rows
        if row.service_id is not None and row.expires_at is not None
    ]


def list_county_closing_days() -> list[tuple[date, str]]:
    """The county's closed days with their names, oldest first. One query."""
    rows = db.session.execute(
        select(ClosingDay.day, ClosingDay.name).where(ClosingDay.organization_id.is_(None)).order_by(ClosingDay.day)
    )
    return [(row.day, row.name) for row in rows]


def list_units() -> list[tuple[UUID, str]]:
    """What capacities count ("bed"), by name."""
    return [(row.id, row.name) for row in db.session.execute(select(Unit.id, Unit.name).order_by(Unit.name, Unit.id))]


def _organization_phones(organization_id: UUID | None) -> tuple[Values, ...]:
    """Numbers of the whole organization: a listing without its own shows them."""
    if organization_id is None:
        return ()
    alone = (Phone.service_id, Phone.location_id, Phone.service_at_location_id, Phone.contact_id)
    return _values_of(Phone, and_(Phone.organization_id == organization_id, *(column.is_(None) for column in alone)))


def _terms(service_id: UUID) -> tuple[EditTerm, ...]:
    rows = db.session.execute(
        select(Attribute.id, TaxonomyTerm.id, TaxonomyTerm.code, TaxonomyTerm.name)
        .join(TaxonomyTerm, TaxonomyTerm.id == Attribute.taxonomy_term_id)
        .where(Attribute.link_entity == "service", Attribute.link_id == service_id)
        .order_by(TaxonomyTerm.name, Attribute.id)
    )
    return tuple(EditTerm(row[0], row[1], row[2], row[3], own_term(row[2] or "") is not None) for row in rows)


def _sites(service_id: UUID) -> list[EditSite]:
    rows = db.session.execute(
        select(ServiceAtLocation, Location)
        .join(Location, Location.id == ServiceAtLocation.location_id)
        .where(ServiceAtLocation.service_id == service_id)
        .order_by(Location.name, ServiceAtLocation.id)
        .limit(MAX_PARTS)
    )
    return [_site(site, location) for site, location in rows]


def _site(site: ServiceAtLocation, location: Location) -> EditSite:
    addresses = _values_of(Address, (Address.location_id == location.id) & (Address.address_type == "physical"))
    others = select(func.count()).where(ServiceAtLocation.location_id == location.id, ServiceAtLocation.id != site.id)
    here = {model: model.service_at_location_id == site.id for model in (Phone, Contact)}
    return EditSite(
        id=site.id,
        location=_values(location),
        address=addresses[0] if addresses else None,
        hours=_hours(
            or_(
                Schedule.service_at_location_id == site.id,
                (Schedule.service_id == site.service_id) & (Schedule.location_id == location.id),
            )
        ),
        phones=_values_of(
            Phone,
            or_(here[Phone], (Phone.location_id == location.id) & Phone.service_id.is_(None))
            & Phone.contact_id.is_(None),
        ),
        contacts=_values_of(Contact, here[Contact]),
        accessibility=_values_of(Accessibility, Accessibility.location_id == location.id),
        others=db.session.scalar(others) or 0,
    )


def _hours(condition: Any) -> EditHours:
    stored = db.session.scalars(select(Schedule).where(condition).order_by(Schedule.id).limit(MAX_PARTS)).all()
    rows = [
        (row.id, ScheduleRow(**{name: getattr(row, name) for name in ScheduleRow.__dataclass_fields__}))
        for row in stored
    ]
    exceptions = [(row_id, row) for row_id, row in rows if is_exception(row)]
    return EditHours(
        tuple(row for _, row in rows if not is_exception(row)),
        tuple(row for _, row in exceptions),
        tuple(row_id for row_id, _ in exceptions),
    )


def _values_of(model: Any, condition: Any) -> tuple[Values, ...]:
    rows = db.session.scalars(select(model).where(condition).order_by(model.id).limit(MAX_PARTS))
    return tuple(_values(row) for row in rows)


def _values(row: Any) -> Values:
    return {column.key: getattr(row, column.key) for column in row.__table__.columns}
