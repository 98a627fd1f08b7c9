"""Listings for pages and the index: a service with everything that is known of it, at each of its sites.

Rows become frozen values here, so that no page holds a table row. A list of listings costs a fixed number of queries.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Row, Select, Text, bindparam, cast, select

from core.db import db
from core.errors import NotFound
from directory.facets import Visibility
from directory.models import (
    Accessibility,
    Attribute,
    Contact,
    Funding,
    HousingOffer,
    Organization,
    Phone,
    RequiredDocument,
    Service,
    ServiceCapacity,
    TaxonomyTerm,
    Unit,
    Url,
)
from directory.queries.assembly import CardAssembly, Owned, Rows, among, by, columns_of, owned, parts, rows_of
from directory.queries.values import (
    CapacityLine,
    ContactLine,
    HousingLine,
    Listing,
    OrganizationPage,
    PhoneLine,
    Site,
    TermLine,
)
from directory.queries.visibility import organization_visible, service_visible


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
    for part in parts(service_ids):
        found |= _Assembly(part, visibility).listings()
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
    asked = {term_id: _both_forms(term_id) for term_id in term_ids}
    rows = db.session.execute(_term_names(), {"ids": [one for one, _ in asked.values()]}) if asked else ()
    # Ids as text: making a UUID of each would take longer than the query.
    names = {term_id.replace("-", ""): name for term_id, name in rows}
    return {term_id: names[digits] for term_id, (_, digits) in asked.items() if digits in names}


@lru_cache(maxsize=4096)
def _both_forms(text: str) -> tuple[UUID, str]:
    """An id, and its digits alone."""
    found = UUID(text)
    return found, found.hex


@cache
def _term_names() -> Select[Any]:
    term = columns_of(TaxonomyTerm)
    return select(cast(term.id, Text), term.name).where(among(term.id))


def _phone(row: Phone, languages: Sequence[str]) -> PhoneLine:
    return PhoneLine(row.number, row.extension, row.type, row.description, tuple(languages))


class _Assembly(CardAssembly):
    """Loads everything of up to 500 services, one query a table, and puts it together in memory."""

    def load(self) -> None:
        """Read every table once."""
        super().load()
        self.access = by(Accessibility, "location_id", self.location_ids)
        self.documents = by(RequiredDocument, "service_id", self.ids)
        self.housing = by(HousingOffer, "service_id", self.ids)
        self.funding = by(Funding, "service_id", self.ids)
        self.urls = by(Url, "service_id", self.ids)
        self.capacities = by(ServiceCapacity, "service_id", self.ids)
        self.units = {row.id: row.name for row in db.session.execute(select(Unit.id, Unit.name))}
        self._load_terms()

    def load_phones(self, owners: Mapping[str, Sequence[UUID]]) -> list[Row[Any]]:
        """The numbers that a viewer of this level may see, those of contacts too."""
        level = int(self.visibility)
        visible = owned(Contact).where(columns_of(Contact).visibility <= bindparam("level"))
        contacts = list(rows_of(visible, level=level, **owners))
        self.contacts = Owned(contacts)
        phones = super().load_phones(owners)
        known = {row.id for row in phones}
        of_contacts = by(Phone, "contact_id", [row.id for row in contacts])
        self.contact_phones: Rows = defaultdict(list)
        for contact_id, rows in of_contacts.items():
            seen = [row for row in rows if row.visibility <= level]
            self.contact_phones[contact_id] = sorted(seen, key=lambda row: (row.priority is None, row.priority or 0))
        return phones + [row for rows in self.contact_phones.values() for row in rows if row.id not in known]

    def phone_ids(self) -> list[UUID]:
        """All phones: a listing names their languages."""
        return [row.id for row in self.phone_rows]

    def _load_terms(self) -> None:
        parents: dict[UUID, UUID | None] = {
            row.id: row.parent_id for row in db.session.execute(select(TaxonomyTerm.id, TaxonomyTerm.parent_id))
        }
        self.terms: dict[UUID, list[TermLine]] = defaultdict(list)
        term = columns_of(TaxonomyTerm)
        for row in db.session.execute(
            select(Attribute.link_id, term.id, term.code, term.name, term.taxonomy, term.parent_id)
            .join(TaxonomyTerm, term.id == Attribute.taxonomy_term_id)
            .where(Attribute.link_entity == "service", Attribute.link_id.in_(self.ids))
            .order_by(term.name, term.id)
        ):
            ancestors: list[UUID] = []
            parent = row.parent_id
            while parent is not None and parent not in ancestors:
                ancestors.append(parent)
                parent = parents.get(parent)
            line = TermLine(row.id, row.code, row.name, row.taxonomy, tuple(ancestors))
            if line not in self.terms[row.link_id]:
                self.terms[row.link_id].append(line)

    def listings(self) -> dict[UUID, Listing]:
        """The listings by service id."""
        return {service_id: self._listing(row) for service_id, row in self.services.items()}

    def _listing(self, row: Row[Any]) -> Listing:
        return Listing(
            **self.card_values(row),
            program=row.program_name,
            alternate_name=row.alternate_name,
            urls=tuple((each.label, each.url) for each in self.urls[row.id]),
            alert=row.alert,
            interpretation_services=row.interpretation_services,
            application_process=row.application_process,
            wait_time=row.wait_time,
            accreditations=row.accreditations,
            licenses=row.licenses,
            last_modified=row.last_modified,
            visibility=Visibility(row.visibility),
            terms=tuple(self.terms[row.id]),
            documents=tuple(each.document for each in self.documents[row.id] if each.document),
            funding=tuple(each.source for each in self.funding[row.id] if each.source),
            capacities=tuple(self._capacity(each) for each in self.capacities[row.id]),
            housing=next((_housing(each) for each in self.housing[row.id]), None),
            sites=self.sites_of(row, lambda site: self._site(row, site)),
        )

    def _capacity(self, row: Row[Any]) -> CapacityLine:
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

    def _site(self, service: Row[Any], site: Row[Any] | None) -> Site:
        site_id, location_id = (site.site_id, site.id) if site is not None else (None, None)
        return Site(
            **self.site_values(service, site),
            description=(site.site_description or site.description) if site is not None else None,
            transportation=site.transportation if site is not None else None,
            accessibility=tuple(
                row.description or row.details or "" for row in (self.access[location_id] if location_id else ())
            ),
            contacts=tuple(self._contact(row) for row in self.contacts.of(service, site_id, location_id)),
        )

    def _contact(self, row: Row[Any]) -> ContactLine:
        phones = tuple(self.phone_line(phone) for phone in self.contact_phones[row.id])
        return ContactLine(row.name, row.title, row.department, row.email, phones)


def _housing(row: Row[Any]) -> HousingLine:
    return HousingLine(**{name: getattr(row, name) for name in HousingLine.__dataclass_fields__})
