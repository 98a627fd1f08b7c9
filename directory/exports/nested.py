"""Whole HSDS objects: a service with its organization, places, phones and the rest, each as the schemas nest them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from directory.hsds import publish
from directory.queries import list_public_by


@dataclass(frozen=True, slots=True)
class Many:
    """Children in a list: the key in the object, the table, and the child's column that names the parent."""

    key: str
    table: str
    column: str


@dataclass(frozen=True, slots=True)
class One:
    """A single object that the parent names by its own column."""

    key: str
    table: str
    column: str


Part = Many | One

# How HSDS 3.1 nests its objects (service_full.json of the examples). A root leaves out what leads back to it.
PARTS: Final[Mapping[str, tuple[Part, ...]]] = {
    "service": (
        One("organization", "organization", "organization_id"),
        One("program", "program", "program_id"),
        Many("additional_urls", "url", "service_id"),
        Many("phones", "phone", "service_id"),
        Many("schedules", "schedule", "service_id"),
        Many("service_areas", "service_area", "service_id"),
        Many("service_at_locations", "service_at_location", "service_id"),
        Many("languages", "language", "service_id"),
        Many("funding", "funding", "service_id"),
        Many("cost_options", "cost_option", "service_id"),
        Many("required_documents", "required_document", "service_id"),
        Many("contacts", "contact", "service_id"),
        Many("capacities", "service_capacity", "service_id"),
    ),
    "service_at_location": (
        One("location", "location", "location_id"),
        Many("service_areas", "service_area", "service_at_location_id"),
        Many("contacts", "contact", "service_at_location_id"),
        Many("phones", "phone", "service_at_location_id"),
        Many("schedules", "schedule", "service_at_location_id"),
    ),
    "location": (
        Many("languages", "language", "location_id"),
        Many("addresses", "address", "location_id"),
        Many("contacts", "contact", "location_id"),
        Many("accessibility", "accessibility", "location_id"),
        Many("phones", "phone", "location_id"),
        Many("schedules", "schedule", "location_id"),
    ),
    "organization": (
        Many("additional_websites", "url", "organization_id"),
        Many("funding", "funding", "organization_id"),
        Many("contacts", "contact", "organization_id"),
        Many("phones", "phone", "organization_id"),
        Many("locations", "location", "organization_id"),
        Many("programs", "program", "organization_id"),
        Many("organization_identifiers", "organization_identifier", "organization_id"),
    ),
    "contact": (Many("phones", "phone", "contact_id"),),
    "phone": (Many("languages", "language", "phone_id"),),
    "service_capacity": (One("unit", "unit", "unit_id"),),
    "taxonomy_term": (One("taxonomy_detail", "taxonomy", "taxonomy_id"),),
}
# Where an object stands inside another, only these of its parts come along (the whole stands at its own address).
INSIDE: Final[Mapping[str, frozenset[str]]] = {
    "organization": frozenset({"additional_websites", "phones", "organization_identifiers"}),
}
WITH_ATTRIBUTES: Final = {"service", "organization", "location", "service_at_location"}
SUMMARY_PARTS: Final[Mapping[str, frozenset[str]]] = {
    "service": frozenset({"organization", "program"}),
    "service_at_location": frozenset({"location"}),
    "organization": frozenset(),
    "taxonomy_term": frozenset(),
    "taxonomy": frozenset(),
}


def full_items(table: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows as whole objects, in their order. Queries grow with the kinds of part, not with the rows."""
    return _assemble(table, rows, wanted=None, path=(table,))


def summary_item(table: str, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The rows as the flat objects of a list: without the parts that only a whole object has."""
    return _assemble(table, rows, wanted=SUMMARY_PARTS.get(table, frozenset()), path=(table,))


def service_items_of(organizations: Sequence[Mapping[str, Any]]) -> dict[UUID, list[dict[str, Any]]]:
    """Each organization's services as whole objects without the organization (`full_service`)."""
    rows = list_public_by("service", "organization_id", [row["id"] for row in organizations])
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row, item in zip(rows, _assemble("service", rows, wanted=None, path=("organization", "service")), strict=True):
        found[row["organization_id"]].append(item)
    return found


def _assemble(
    table: str, rows: Sequence[Mapping[str, Any]], *, wanted: frozenset[str] | None, path: tuple[str, ...]
) -> list[dict[str, Any]]:
    items = [_item(table, row) for row in rows]
    if not rows:
        return items
    for part in PARTS.get(table, ()):
        if part.table in path or (wanted is not None and part.key not in wanted):
            continue
        if isinstance(part, One):
            _add_one(part, rows, items, path)
        else:
            _add_many(part, rows, items, path)
    if wanted is None and table in WITH_ATTRIBUTES:
        _add_attributes(table, rows, items)
    return items


def _item(table: str, row: Mapping[str, Any]) -> dict[str, Any]:
    return publish.json_item(table, row)


def _add_one(part: One, rows: Sequence[Mapping[str, Any]], items: list[dict[str, Any]], path: tuple[str, ...]) -> None:
    ids = list(dict.fromkeys(row[part.column] for row in rows if row[part.column] is not None))
    found = list_public_by(part.table, "id", ids)
    inside = INSIDE.get(part.table)
    objects = dict(
        zip(
            (row["id"] for row in found),
            _assemble(part.table, found, wanted=inside, path=(*path, part.table)),
            strict=True,
        )
    )
    for row, item in zip(rows, items, strict=True):
        if row[part.column] in objects:
            item[part.key] = objects[row[part.column]]


def _add_many(
    part: Many, rows: Sequence[Mapping[str, Any]], items: list[dict[str, Any]], path: tuple[str, ...]
) -> None:
    found = list_public_by(part.table, part.column, [row["id"] for row in rows])
    objects = _assemble(part.table, found, wanted=None, path=(*path, part.table))
    by_parent: dict[UUID, list[tuple[Mapping[str, Any], dict[str, Any]]]] = defaultdict(list)
    for child, item in zip(found, objects, strict=True):
        by_parent[child[part.column]].append((child, item))
    for row, item in zip(rows, items, strict=True):
        children = by_parent.get(row["id"], [])
        if part.table == "address":
            _add_addresses(item, [child for child, _ in children])
        elif children:
            item[part.key] = [child for _, child in children]


def _add_addresses(location: dict[str, Any], rows: Sequence[Mapping[str, Any]]) -> None:
    """Whole addresses as objects; the words of an incomplete one go to the location's description."""
    whole = [item for row in rows if (item := publish.address_item(row)) is not None]
    if whole:
        location["addresses"] = whole
    words = [publish.address_words(row) for row in rows if publish.address_item(row) is None]
    if any(words):
        location["description"] = ". ".join([*filter(None, [location.get("description")]), *filter(None, words)])


def _add_attributes(table: str, rows: Sequence[Mapping[str, Any]], items: list[dict[str, Any]]) -> None:
    found = [
        row
        for row in list_public_by("attribute", "link_id", [row["id"] for row in rows])
        if row["link_entity"] == table
    ]
    terms = list_public_by(
        "taxonomy_term", "id", list({row["taxonomy_term_id"] for row in found if row["taxonomy_term_id"]})
    )
    by_id = dict(zip((term["id"] for term in terms), full_items("taxonomy_term", terms), strict=True))
    by_parent: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in found:
        item = publish.json_item("attribute", row)
        if row["taxonomy_term_id"] in by_id:
            item["taxonomy_term"] = by_id[row["taxonomy_term_id"]]
        by_parent[row["link_id"]].append(item)
    for owner, whole in zip(rows, items, strict=True):
        if by_parent.get(owner["id"]):
            whole["attributes"] = by_parent[owner["id"]]
