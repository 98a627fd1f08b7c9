"""Making a place secret: what erases it from rows, words, history, received values, reports and the index.

Backups made before still hold it; the page says so.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import String, Text, delete, or_, select, update
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import current_config, transaction
from core.errors import NotAllowed, Sentence
from core.identity import Identity, Permission
from directory import search
from directory.actions.records import get_row, services_of, tell_index
from directory.hsds.places import (
    looks_like_address,
    plain,
    plain_address,
    tells_place_in_link,
    tombstone_parts,
    without_addresses,
)
from directory.models import (
    HSDS_TABLES,
    Accessibility,
    Address,
    Contact,
    ImportRun,
    Language,
    Location,
    Metadata,
    Organization,
    Phone,
    Service,
    ServiceAtLocation,
    SourceRecord,
    Suggestion,
    Tombstone,
)

ERASED: dict[str, Any] = {
    "place_withheld": True,
    "place_precision": "none",
    **dict.fromkeys(
        ("latitude", "longitude", "place_source", "place_checked_on", "name", "alternate_name", "description",
         "transportation", "url", "external_identifier", "external_identifier_type")
    ),
}  # fmt: skip
LINKS = ("url", "uri", "website", "logo", "schedule_link")
WORDLESS = ("number", "email", "assurer_email", "byday", "status", "freq", "link_entity", "extent", "extent_type")
# Tables without words of a place, and those whose rows go or are written anew as a whole.
LEFT_ALONE = ("taxonomy", "taxonomy_term", "unit", "metadata", "meta_table_description", "location", "address")


def make_confidential(identity: Identity, *, location_id: UUID) -> None:
    """Make a place secret: its address, town and point go from rows, words, history, suggestions, received values,
    import reports and the index.

    Keyed hashes stay and win over every later import.
    """
    if not identity.may(Permission.EDIT_DIRECTORY):
        raise NotAllowed(Sentence("Only a steward of the directory can do this."))
    now = now_utc()
    with transaction() as session:
        digests = _make_secret(session, location_id, now)
        also = bury(session, digests, now)
        trail.record(
            EventKind.LISTING_MADE_CONFIDENTIAL,
            identity,
            now=now,
            subject_type="location",
            subject_id=location_id,
            details={"also": [str(one) for one in also]} if also else {},
        )
    search.forget()


def bury(session: Session, digests: Iterable[str], now: datetime) -> list[UUID]:
    """Make secret each place that still stands open at one of these addresses, whoever told it; answers which.

    Hashes of addresses that no tombstone holds yet get one.
    """
    wanted = set(digests)
    if not wanted:
        return []
    _add_tombstones(session, dict.fromkeys(wanted, "address"), None, now)
    found = _open_places_at(session, wanted)
    for location_id in found:
        _make_secret(session, location_id, now)
    return found


def place_digest(kind: str, *parts: str) -> str:
    """The keyed hash under which a secret place is known: of its source's id, or of organization and address."""
    text = "\x1f".join((kind, *(" ".join(part.casefold().split()) for part in parts)))
    return hmac.new(current_config().tombstone_key.encode(), text.encode(), hashlib.sha256).hexdigest()


def _make_secret(session: Session, location_id: UUID, now: datetime) -> set[str]:
    """Erase one place and leave its tombstones; answers the hashes of its addresses."""
    location = get_row(session, "location", location_id)
    addresses = list(session.scalars(select(Address).where(Address.location_id == location_id)))
    digests = _place_digests(session, location, addresses)
    touched = services_of(session, location)
    told = telling(session, [location_id])
    _erase_parts(session, location_id, addresses)
    session.execute(update(Location).where(Location.id == location_id).values(**ERASED))
    erase_words(session, told)
    _add_tombstones(session, digests, location_id, now)
    tell_index(session, touched, now)
    return {digest for digest, kind in digests.items() if kind == "address"}


def _add_tombstones(session: Session, digests: Mapping[str, str], location_id: UUID | None, now: datetime) -> None:
    known = set(session.scalars(select(Tombstone.digest).where(Tombstone.digest.in_(digests))))
    for digest, kind in digests.items():
        if digest not in known:
            session.add(Tombstone(digest=digest, kind=kind, location_id=location_id, created_at=now))
    session.flush()


def _open_places_at(session: Session, digests: set[str]) -> list[UUID]:
    """Places not yet secret whose organization and address have one of these hashes. Three queries."""
    rows = session.execute(
        select(Address.location_id, Address.address_1, Address.postal_code)
        .join(Location, Location.id == Address.location_id)
        .where(Location.place_withheld.is_(False), Address.address_1.is_not(None))
        .order_by(Address.location_id)
    ).all()
    names = _organization_names(session)
    return list(
        dict.fromkeys(
            location_id
            for location_id, line, postal_code in rows
            if location_id is not None and digests & _address_digests(names.get(location_id, {""}), line, postal_code)
        )
    )


def _organization_names(session: Session, location_id: UUID | None = None) -> dict[UUID, set[str]]:
    """Location → the names of the organizations that it belongs to: its own, and those of the services there."""
    own = select(Location.id, Organization.name).join(Organization, Organization.id == Location.organization_id)
    of_services = (
        select(ServiceAtLocation.location_id, Organization.name)
        .join(Service, Service.id == ServiceAtLocation.service_id)
        .join(Organization, Organization.id == Service.organization_id)
    )
    if location_id is not None:
        own, of_services = (
            own.where(Location.id == location_id),
            of_services.where(ServiceAtLocation.location_id == location_id),
        )
    found: dict[UUID, set[str]] = {}
    for query in (own, of_services):
        for of_location, name in session.execute(query):
            found.setdefault(of_location, set()).add(name)
    return found


def _address_digests(organizations: Iterable[str], line: str | None, postal_code: str | None) -> set[str]:
    return {
        place_digest("address", *tombstone_parts(name, line or "", postal_code or "")) for name in organizations if line
    }


def telling(session: Session, location_ids: Iterable[UUID]) -> list[Telling]:
    """What would tell each of these places. Ask before their addresses are erased."""
    found = []
    for location_id in sorted(location_ids):
        location = get_row(session, "location", location_id)
        addresses = list(session.scalars(select(Address).where(Address.location_id == location_id)))
        found.append(Telling(location, addresses, sorted(services_of(session, location))))
    return found


def erase_words(session: Session, places: Sequence[Telling], since: datetime | None = None) -> None:
    """Take what tells these places out of all that hangs on them, its history, and the reports of earlier imports.

    `since`: of a running import, whose own lines of history are looked through too.
    """
    for told in places:
        session.flush()
        _erase_words(session, told, since)
        _erase_reports(session, told)


class Telling:
    """Which texts tell where the place is: by any address, or by its own street, town, ZIP, point or name."""

    def __init__(self, location: Location, addresses: Sequence[Address], service_ids: Sequence[UUID]) -> None:
        self.location_id, self.organization_id = location.id, location.organization_id
        self.service_ids = service_ids
        words = [location.name, location.alternate_name, location.external_identifier]
        for address in addresses:
            words += [address.address_1, address.address_2, address.city, address.postal_code]
            words.append((address.postal_code or "")[:5])
        points = [str(value) for value in (location.latitude, location.longitude) if value is not None]
        self._words = {form for word in words if word for form in (plain(word), plain_address(word)) if len(form) > 2}
        self._points = points

    def own(self, text: str) -> bool:
        """Whether a text holds a word or figure of this very place."""
        spellings = (f" {plain(text)} ", f" {plain_address(text)} ")
        return any(f" {word} " in spelling for word in self._words for spelling in spellings) or any(
            point in text for point in self._points
        )

    def any(self, text: str) -> bool:
        """Whether a text tells this place, or any place in a way that could be this one."""
        return looks_like_address(text) or self.own(text)

    def left(self, column: str, text: str) -> str:
        """What may stay of a value."""
        if column in LINKS:
            return "" if tells_place_in_link(text) or self.own(text) else text
        return without_addresses(text, self.own) if self.any(text) else text


def _place_digests(session: Session, location: Location, addresses: Sequence[Address]) -> dict[str, str]:
    digests = {place_digest("location", str(location.id)): "location"}
    for source_id, original_id in session.execute(
        select(SourceRecord.source_id, SourceRecord.original_id).where(SourceRecord.record_id == location.id)
    ):
        digests[place_digest("source", str(source_id), original_id or "")] = "source"
    names = _organization_names(session, location.id).get(location.id, {""})
    for address in addresses:
        digests |= dict.fromkeys(_address_digests(names, address.address_1, address.postal_code), "address")
    return digests


def _erase_parts(session: Session, location_id: UUID, addresses: Sequence[Address]) -> None:
    """Address and access of the place and who works there go, with all that was written down of them."""
    sites = select(ServiceAtLocation.id).where(ServiceAtLocation.location_id == location_id)
    at_place = select(Contact.id).where(
        or_(Contact.location_id == location_id, Contact.service_at_location_id.in_(sites))
    )
    contacts = list(session.scalars(at_place))
    phones = list(session.scalars(select(Phone.id).where(Phone.contact_id.in_(contacts))))
    gone = [address.id for address in addresses]
    gone += session.scalars(select(Accessibility.id).where(Accessibility.location_id == location_id))
    session.execute(delete(Language).where(Language.phone_id.in_(phones)))
    for model, ids in ((Phone, phones), (Contact, contacts)):
        session.execute(delete(model).where(model.id.in_(ids)))
    for part in (Address, Accessibility):
        session.execute(delete(part).where(part.location_id == location_id))
    forgotten = [location_id, *gone, *contacts, *phones]
    session.execute(delete(Metadata).where(Metadata.resource_id.in_(forgotten)))
    session.execute(delete(Suggestion).where(Suggestion.record_id.in_(forgotten)))
    session.execute(delete(SourceRecord).where(SourceRecord.record_id.in_(forgotten)))


def _erase_words(session: Session, told: Telling, since: datetime | None) -> None:
    """Sentences that tell the place go from everything that hangs on it, and from what was kept of earlier words."""
    near: list[UUID] = []
    for row in _rows_near(session, told):
        near.append(row.id)
        for column in _text_columns(row):
            value = getattr(row, column.key)
            if value is None:
                continue
            left = _left_of_json(value, told) if column.key == "extra" else told.left(column.key, value)
            if left != value:
                setattr(row, column.key, left or ("Confidential" if not column.nullable else None))
    wanted: list[Any] = [Metadata.resource_id.in_(near)]
    if since is not None:
        wanted.append(Metadata.last_action_date == since)
    for line in session.scalars(select(Metadata).where(or_(*wanted))):
        if any(text and told.any(text) for text in (line.previous_value, line.replacement_value)):
            session.delete(line)
    about = or_(Suggestion.record_id.in_(near), Suggestion.service_id.in_(told.service_ids))
    for suggestion in session.scalars(select(Suggestion).where(about)):
        for column in _text_columns(suggestion):
            text = getattr(suggestion, column.key)
            if text and told.any(text) and column.nullable:
                setattr(suggestion, column.key, None)
    for received in session.scalars(select(SourceRecord).where(SourceRecord.record_id.in_(near))):
        if received.received and told.any(received.received):
            received.received = _left_of_json(received.received, told)


def _rows_near(session: Session, told: Telling) -> Iterator[Any]:
    """The organization, its direct parts, the services there, and every row that links to them or to the place."""
    sites = list(session.scalars(select(ServiceAtLocation.id).where(ServiceAtLocation.location_id == told.location_id)))
    linked: dict[str, Sequence[UUID]] = {
        "location_id": [told.location_id],
        "service_at_location_id": sites,
        "service_id": told.service_ids,
        "link_id": [told.location_id, *sites, *told.service_ids],
    }
    if told.organization_id:
        yield from session.scalars(select(Organization).where(Organization.id == told.organization_id))
    yield from session.scalars(select(Service).where(Service.id.in_(told.service_ids)))
    for name, model in HSDS_TABLES.items():
        if name in LEFT_ALONE or name in ("organization", "service"):
            continue
        columns = model.__table__.columns
        wanted: list[Any] = [columns[column].in_(ids) for column, ids in linked.items() if column in columns and ids]
        if told.organization_id and "organization_id" in columns:
            wanted.append(columns["organization_id"] == told.organization_id)
        if wanted:
            yield from session.scalars(select(model).where(or_(*wanted)))


def _text_columns(row: Any) -> list[Any]:
    return [
        column
        for column in row.__table__.columns
        if isinstance(column.type, String | Text) and column.key not in WORDLESS and not column.foreign_keys
    ]


def _left_of_json(text: str, told: Telling) -> str:
    """The JSON without the values that tell the place, at any depth."""

    def cleaned(key: str, value: Any) -> Any:
        if isinstance(value, dict):
            return {name: cleaned(name, one) for name, one in value.items() if not _tells(one, told.any)}
        if isinstance(value, list):
            return [cleaned(key, one) for one in value if not _tells(one, told.any)]
        return value

    values = json.loads(text)
    for name, value in list(values.items()) if isinstance(values, dict) else []:
        if isinstance(value, str):
            left = told.left(name, value) if name not in WORDLESS else value
            if left:
                values[name] = left
            else:
                del values[name]
        else:
            values[name] = cleaned(name, value)
    return json.dumps(values, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _tells(value: Any, tells: Callable[[str], bool]) -> bool:
    return isinstance(value, str | int | float) and not isinstance(value, bool) and tells(str(value))


def _erase_reports(session: Session, told: Telling) -> None:
    """The reports of earlier imports lose the values of each row that tells this place; which field it was stays."""
    for run in session.scalars(select(ImportRun).where(ImportRun.report.is_not(None))):
        if not told.own(run.report or ""):
            continue
        report = json.loads(run.report or "{}")
        changes = report.get("changes", ())
        rows = {
            (change.get("file"), change.get("row"))
            for change in changes
            if any(text and told.own(str(text)) for text in (change.get("old"), change.get("new")))
        }
        for change in changes:
            if (change.get("file"), change.get("row")) in rows:
                change["old"] = change["new"] = None
        run.report = json.dumps(report, ensure_ascii=False)
