"""Leaving out secret places: before anything is compared, stored or told; it decides nothing beyond "leave out".

What is left does not depend on the address: the same feed with another true address gives the same records.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from typing import Any, Final

from directory.hsds import places
from directory.hsds.normalise import SECRET
from directory.hsds.records import Feed, Record
from directory.hsds.values import read_bool

SECRET_NAME: Final = "Confidential location"  # noqa: S105 (no password)
KEPT: Final = frozenset({"location_type"})  # of a secret location's own columns
_PLACE_TABLES: Final = ("address", "accessibility")  # rows that a secret location cannot have
_WORDLESS: Final = frozenset({"number", "email", "assurer_email", "byday", "status", "freq", "link_entity", "extent"})
_LINKS: Final = frozenset({"url", "uri", "website", "logo", "schedule_link"})


def withhold(
    feed: Feed,
    is_secret: Callable[[Record, frozenset[str], list[Record]], str | None] | None = None,
    names_town: Callable[[str], bool] = lambda text: False,
    remember: Callable[[frozenset[str], list[Record]], None] | None = None,
) -> set[str]:
    """Strip every secret location of the feed and answer their refs.

    `is_secret(location, names of its organizations, addresses)` gives a reason code for places that the directory
    itself keeps secret (tombstones), whatever the feed says. `remember(names of its organizations, addresses)` is told
    of each place that the feed marks, before it is stripped, so that no other source can publish it. `names_town` knows
    the towns that a sentence may give away; it is asked when the secret addresses are gone, so that they cannot change
    its answer.
    """
    secret = _secret_refs(feed)
    names = _organization_names(feed)
    addresses: dict[str, list[Record]] = {}
    for address in feed.of("address"):
        addresses.setdefault(address.links.get("location_id", ""), []).append(address)
    for location in feed.of("location"):
        at_place = addresses.get(location.ref, [])
        if location.ref in secret:
            if remember is not None:
                remember(names(location), at_place)
        elif is_secret is not None and (code := is_secret(location, names(location), at_place)):
            secret[location.ref] = code
    if secret:
        _strip(feed, secret, names_town)
    return set(secret)


def _organization_names(feed: Feed) -> Callable[[Record], frozenset[str]]:
    """Location → the names of the organizations that it belongs to: its own, and those of the services there."""
    names = {record.ref: str(record.values.get("name", "")) for record in feed.of("organization")}
    owners = {record.ref: record.links.get("organization_id", "") for record in feed.of("service")}
    at_place: defaultdict[str, set[str]] = defaultdict(set)
    for site in feed.of("service_at_location"):
        at_place[site.links.get("location_id", "")].add(owners.get(site.links.get("service_id", ""), ""))

    def of(location: Record) -> frozenset[str]:
        refs = {location.links.get("organization_id", ""), *at_place[location.ref]}
        return frozenset(filter(None, (names.get(ref, "") for ref in refs))) or frozenset({""})

    return of


def _secret_refs(feed: Feed) -> dict[str, str]:
    """The refs of locations that the feed itself marks as secret."""
    secret: dict[str, str] = {}
    rows = {(record.file, record.row, record.pointer): record.ref for record in feed.of("location")}
    sites: dict[str, list[str]] = {}
    for site in feed.of("service_at_location"):
        sites.setdefault(site.links.get("service_id", ""), []).append(site.links.get("location_id", ""))
        if places.says_secret_place(site.text("description")):
            secret[site.links.get("location_id", "")] = "place_withheld"
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
    # The words of an organization may speak of one house among public offices; those of a service speak of its own.
    for table, refs, words in (
        ("service", sites, ("name", "alternate_name", "description", "alert", "application_process")),
        ("organization", of_organization, ("name", "alternate_name")),
    ):
        for record in feed.of(table):
            if not _is_private(record) and not places.says_secret_place(record.text(*words)):
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


def _strip(feed: Feed, secret: dict[str, str], names_town: Callable[[str], bool]) -> None:
    touched: set[tuple[str, int]] = set()
    near = _Near(set(secret))
    for location in feed.of("location"):
        if location.ref in secret:
            touched.add((location.file, location.row))
            near.refs["organization"].add(location.links.get("organization_id", ""))
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
            near.refs["service"].add(site.links.get("service_id", ""))
            near.refs["service_at_location"].add(site.ref)
    near.refs["organization"].discard("")
    _drop_contacts(feed, near, touched)
    _strip_words(feed, near, touched, names_town)
    for change in feed.changes:
        if (change.file, change.row) in touched:
            change.old = change.new = None


class _Near:
    """The records that hang on a secret place, by table: what they say may tell where it is."""

    def __init__(self, locations: set[str]) -> None:
        self.refs: defaultdict[str, set[str]] = defaultdict(set, {"location": locations})

    def holds(self, record: Record) -> bool:
        """Whether a record hangs on a secret place, directly or by what it belongs to."""
        if record.ref in self.refs[record.table]:
            return True
        links = record.links
        if links.get("link_id") and any(links["link_id"] in refs for refs in self.refs.values()):
            return True
        columns = ["location", "service_at_location", "service", "contact", "phone"]
        if record.table not in ("service", "location", "service_at_location"):
            columns.append("organization")  # its other services and places speak for themselves
        return any(links.get(f"{column}_id", "") in self.refs[column] for column in columns)


def _strip_location(location: Record, feed: Feed, code: str) -> None:
    kept = _publishing(location.extra)
    for name in sorted({*location.values, *location.extra} - KEPT - set(kept)):
        feed.note(location, name, None, None, code)
    location.values = {name: value for name, value in location.values.items() if name in KEPT}
    location.values["name"] = SECRET_NAME
    location.extra = kept
    location.flags = {SECRET}
    _hide_id(location)


def _publishing(extra: Mapping[str, Any]) -> dict[str, Any]:
    """The unknown columns that say yes or no to publishing and referring: they narrow who sees a record."""
    columns = places.DO_NOT_PUBLISH_COLUMNS | places.PUBLISH_COLUMNS | places.DO_NOT_REFER_COLUMNS
    return {
        name: value
        for name, value in extra.items()
        if places.column_key(name) in columns and read_bool(str(value)) is not None
    }


def _hide_id(record: Record) -> None:
    """An id that is made of the address goes; the record then gets one that does not depend on it."""
    if places.tells_place_in_signs(record.original_id):
        record.original_id = ""


def _strip_words(feed: Feed, near: _Near, touched: set[tuple[str, int]], names_town: Callable[[str], bool]) -> None:
    """Take sentences that tell a place out of everything that hangs on a secret one, and all unknown columns."""
    for record in feed.all():
        if record.table in ("location", "address", "taxonomy_term", "taxonomy", "unit"):
            continue
        is_same_row = (record.file, record.row) in touched
        if not is_same_row and not near.holds(record):
            continue
        if record.table in ("contact", "phone"):
            near.refs[record.table].add(record.ref)
        _hide_id(record)
        for name, value in list(record.values.items()):
            if not isinstance(value, str) or name in _WORDLESS:
                continue
            left = _left_of(name, value, names_town if record.table != "service_area" else lambda text: False)
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
        kept = _publishing(record.extra)
        for name in sorted(set(record.extra) - set(kept)):
            feed.note(record, name, None, None, "place_withheld")
            touched.add((record.file, record.row))
        record.extra = kept


def _left_of(name: str, value: str, names_town: Callable[[str], bool]) -> str:
    """What may stay of a value: a link whole or not at all, of words the sentences that tell no place."""
    if name in _LINKS:
        return "" if places.tells_place_in_link(value) else value
    if not places.looks_like_address(value) and not names_town(value):
        return value
    return places.without_addresses(value, names_town)


def _drop_contacts(feed: Feed, near: _Near, touched: set[tuple[str, int]]) -> None:
    """Who works at a secret place is not told either."""
    kept = []
    for contact in feed.of("contact"):
        links = contact.links
        if (
            links.get("location_id", "") in near.refs["location"]
            or links.get("service_at_location_id", "") in near.refs["service_at_location"]
        ):
            touched.add((contact.file, contact.row))
            near.refs["contact"].add(contact.ref)
            for name in sorted(contact.values):
                feed.note(contact, name, None, None, "place_withheld")
            feed.refused["contact"] += 1
        else:
            kept.append(contact)
    feed.records["contact"] = kept
