"""Leaving out secret places: before anything is compared, stored or told; it decides nothing beyond "leave out".

What is left does not depend on the address: the same feed with another true address gives the same records.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from directory.hsds import places
from directory.hsds.normalise import SECRET
from directory.hsds.records import Feed, Record
from directory.hsds.values import read_bool

SECRET_NAME: Final = "Confidential location"  # noqa: S105 (no password)
KEPT: Final = frozenset({"location_type"})  # of a secret location's own columns
_PLACE_TABLES: Final = ("address", "accessibility")  # rows that a secret location cannot have
_PLACE_WORDS: Final = (
    "addr", "street", "city", "town", "zip", "postal", "county", "lat", "lng", "lon", "geo", "location", "region",
    "cross", "direction", "map", "site", "borough", "neighborhood", "coordinates", "point",
)  # fmt: skip


def withhold(feed: Feed, is_secret: Callable[[Record, str, list[Record]], str | None] | None = None) -> set[str]:
    """Strip every secret location of the feed and answer their refs.

    `is_secret(location, organization name, addresses)` gives a reason code for places that the directory itself keeps
    secret (tombstones), whatever the feed says.
    """
    secret = _secret_refs(feed)
    if is_secret is not None:
        names = {record.ref: str(record.values.get("name", "")) for record in feed.of("organization")}
        addresses: dict[str, list[Record]] = {}
        for address in feed.of("address"):
            addresses.setdefault(address.links.get("location_id", ""), []).append(address)
        for location in feed.of("location"):
            if location.ref in secret:
                continue
            organization = names.get(location.links.get("organization_id", ""), "")
            code = is_secret(location, organization, addresses.get(location.ref, []))
            if code:
                secret[location.ref] = code
    if secret:
        _strip(feed, secret)
    return set(secret)


def _secret_refs(feed: Feed) -> dict[str, str]:
    """The refs of locations that the feed itself marks as secret."""
    secret: dict[str, str] = {}
    rows = {(record.file, record.row, record.pointer): record.ref for record in feed.of("location")}
    sites: dict[str, list[str]] = {}
    for site in feed.of("service_at_location"):
        sites.setdefault(site.links.get("service_id", ""), []).append(site.links.get("location_id", ""))
    of_organization: dict[str, list[str]] = {}
    for location in feed.of("location"):
        of_organization.setdefault(location.links.get("organization_id", ""), []).append(location.ref)
        if _is_private(location) or places.says_secret(location.text("name", "alternate_name", "address_text")):
            secret[location.ref] = "place_withheld"
        elif places.says_secret_place(location.text("description")):
            secret[location.ref] = "place_withheld"
    for address in feed.of("address"):
        if SECRET in address.flags or _is_private(address):
            secret[address.links.get("location_id", "")] = "place_withheld"
    for table, refs in (("service", sites), ("organization", of_organization)):
        for record in feed.of(table):
            if not _is_private(record):
                continue
            same_row = rows.get((record.file, record.row, record.pointer))
            for ref in [same_row] if same_row else refs.get(record.ref, []):
                secret[ref] = "place_withheld"
    secret.pop("", None)
    return secret


def _is_private(record: Record) -> bool:
    """Whether a column that HSDS does not know marks the place as private."""
    for name, value in record.extra.items():
        key = places.column_key(name)
        if key in places.PRIVATE_ADDRESS_COLUMNS and _is_yes(value):
            return True
        if record.table in ("location", "address") and isinstance(value, str) and len(value) <= 40:
            if places.says_secret(value):
                return True
    return False


def _is_yes(value: Any) -> bool:
    """Any answer but a clear no: when in doubt, leave out first."""
    return str(value).strip() != "" and read_bool(str(value)) is not False


def _strip(feed: Feed, secret: dict[str, str]) -> None:
    touched: set[tuple[str, int]] = set()
    services: set[str] = set()
    organizations: set[str] = set()
    for location in feed.of("location"):
        if location.ref in secret:
            touched.add((location.file, location.row))
            organizations.add(location.links.get("organization_id", ""))
            _strip_location(location, feed, secret[location.ref])
    for table in _PLACE_TABLES:
        kept = []
        for record in feed.of(table):
            ref = record.links.get("location_id", "")
            if ref not in secret:
                kept.append(record)
                continue
            touched.add((record.file, record.row))
            for name in sorted({*record.values, *record.extra} - {"address_type"}):
                feed.note(record, name, None, None, secret[ref])
            feed.refused[table] += 1
        feed.records[table] = kept
    for site in feed.of("service_at_location"):
        if site.links.get("location_id", "") in secret:
            services.add(site.links.get("service_id", ""))
    _strip_words(feed, secret, services, organizations, touched)
    _drop_contacts(feed, secret, touched)
    for change in feed.changes:
        if (change.file, change.row) in touched:
            change.old = change.new = None


def _strip_location(location: Record, feed: Feed, code: str) -> None:
    for name in sorted({*location.values, *location.extra} - KEPT):
        feed.note(location, name, None, None, code)
    location.values = {name: value for name, value in location.values.items() if name in KEPT}
    location.values["name"] = SECRET_NAME
    location.extra = {}
    location.flags.add(SECRET)


def _strip_words(
    feed: Feed, secret: dict[str, str], services: set[str], organizations: set[str], touched: set[tuple[str, int]]
) -> None:
    """Take sentences that hold an address out of everything that hangs on a secret place."""
    for record in feed.all():
        is_near = (
            (record.table == "service" and record.ref in services)
            or (record.table == "organization" and record.ref in organizations)
            or record.links.get("location_id", "") in secret
            or record.links.get("service_id", "") in services
            or (record.file, record.row) in touched
        )
        if not is_near or record.table in ("location", "address", "taxonomy_term", "taxonomy", "unit"):
            continue
        same_row = (record.file, record.row) in touched
        for name, value in list(record.values.items()):
            if (
                not isinstance(value, str)
                or name in ("url", "website", "email", "number")
                or name in ("byday", "status")
            ):
                continue
            left = places.without_addresses(value) if places.looks_like_address(value) else value
            if left == value:
                continue
            feed.note(record, name, None, None, "place_withheld")
            touched.add((record.file, record.row))
            if left:
                record.values[name] = left
            elif name == "name":
                record.values[name] = "Confidential"
            else:
                del record.values[name]
        for name in list(record.extra):
            key, text = places.column_key(name), str(record.extra[name])
            tells_place = any(word in key for word in _PLACE_WORDS) or places.looks_like_address(text)
            if same_row or tells_place:
                feed.note(record, name, None, None, "place_withheld")
                touched.add((record.file, record.row))
                del record.extra[name]


def _drop_contacts(feed: Feed, secret: dict[str, str], touched: set[tuple[str, int]]) -> None:
    """Who works at a secret place is not told either."""
    kept = []
    for contact in feed.of("contact"):
        if contact.links.get("location_id", "") in secret:
            touched.add((contact.file, contact.row))
            for name in sorted(contact.values):
                feed.note(contact, name, None, None, "place_withheld")
            feed.refused["contact"] += 1
        else:
            kept.append(contact)
    feed.records["contact"] = kept
