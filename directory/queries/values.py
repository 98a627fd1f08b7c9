"""What is known of listings, as frozen values: no page and no index holds a table row. Nothing is read here.

A card shows a part of a listing: `CardListing` and `CardSite` are that part, `Listing` and `Site` the whole.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from core.geo import Point
from directory.facets import Answer, Precision, Visibility
from directory.hours import ScheduleRow


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


@dataclass(frozen=True, slots=True, kw_only=True)
class CardSite:
    """One place of a service as a card shows it, with the hours, phones and areas of that place alone.

    `listing_id` is the service-at-location's id, or the service's where it has no place.
    """

    listing_id: UUID
    location_id: UUID | None
    name: str | None
    point: Point | None
    precision: Precision
    place_withheld: bool
    timezone: str | None
    addresses: tuple[AddressLine, ...]
    phones: tuple[PhoneLine, ...]
    schedules: tuple[ScheduleRow, ...]
    areas: tuple[AreaLine, ...]
    languages: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site(CardSite):
    """One place of a service with everything that is known of it."""

    description: str | None
    transportation: str | None
    accessibility: tuple[str, ...]
    contacts: tuple[ContactLine, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CardListing:
    """A service as a card shows it. `answers` holds stated answers only. Sites stand in stable order, at least one.

    `version` is the same only while nothing of it changed for viewers of its level; None is never the same.
    """

    service_id: UUID
    organization_id: UUID
    organization: str
    name: str
    description: str | None
    url: str | None
    email: str | None
    status: str
    status_unconfirmed: bool
    fees_description: str | None
    eligibility_description: str | None
    minimum_age: int | None
    maximum_age: int | None
    assured_date: date | None
    answers: Mapping[str, Answer]
    languages: tuple[str, ...]
    language_names: tuple[str, ...]
    costs: tuple[CostLine, ...]
    checks: tuple[Check, ...]
    sites: tuple[CardSite, ...]
    version: tuple[object, ...] | None = None

    def site(self, location_id: UUID | None) -> CardSite:
        """The site at a location, or the first one."""
        return next((site for site in self.sites if site.location_id == location_id), self.sites[0])


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing(CardListing):
    """A service as its page or the index needs it."""

    program: str | None
    alternate_name: str | None
    urls: tuple[tuple[str | None, str], ...]
    alert: str | None
    interpretation_services: str | None
    application_process: str | None
    wait_time: str | None
    accreditations: str | None
    licenses: str | None
    last_modified: datetime | None
    visibility: Visibility
    terms: tuple[TermLine, ...]
    documents: tuple[str, ...]
    funding: tuple[str, ...]
    capacities: tuple[CapacityLine, ...]
    housing: HousingLine | None
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
