"""HSDS 3.x JSON objects, nested as the API gives them → raw records; no reading and no cleaning."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any, Final

from directory.hsds.records import Change, Feed, Record
from directory.hsds.tables import TABLES
from directory.hsds.values import without_controls

MAX_DEPTH: Final = 12
# The property that nests objects → their table.
_NESTED: Final[dict[str, str]] = {
    "organization": "organization", "organizations": "organization", "program": "program", "programs": "program",
    "service": "service", "services": "service", "location": "location", "locations": "location",
    "service_at_location": "service_at_location", "service_at_locations": "service_at_location",
    "phones": "phone", "contacts": "contact", "addresses": "address", "schedules": "schedule", "languages": "language",
    "accessibility": "accessibility", "service_areas": "service_area", "funding": "funding",
    "cost_options": "cost_option", "required_documents": "required_document", "capacities": "service_capacity",
    "unit": "unit", "attributes": "attribute", "taxonomy_term": "taxonomy_term", "taxonomy_terms": "taxonomy_term",
    "taxonomy_detail": "taxonomy", "taxonomies": "taxonomy", "organization_identifiers": "organization_identifier",
    "additional_websites": "url", "additional_urls": "url",
}  # fmt: skip
_NOT_READ: Final = frozenset({"metadata"})  # the other directory's history stays with its owner
# Which column of the parent holds the id of a single nested object.
_SINGLE: Final = {
    "organization": "organization_id", "program": "program_id", "location": "location_id", "unit": "unit_id",
    "taxonomy_term": "taxonomy_term_id", "taxonomy_detail": "taxonomy_id", "service": "service_id",
}  # fmt: skip
_LIKELY: Final = (  # the properties that tell what a top-level object is
    ("service_at_location", ("service_id", "location_id")),
    ("service_at_location", ("location",)),
    ("service", ("service_at_locations",)),
    ("organization", ("organization_identifiers",)),
    ("organization", ("website",)),
    ("organization", ("legal_status",)),
    ("organization", ("services",)),
    ("location", ("latitude",)),
    ("location", ("location_type",)),
    ("location", ("addresses",)),
    ("taxonomy_term", ("taxonomy_detail",)),
    ("taxonomy_term", ("taxonomy",)),
    ("taxonomy_term", ("term_uri",)),
    ("taxonomy_term", ("parent_id",)),
    ("service", ("status",)),
    ("service", ("organization",)),
    ("service", ("organization_id",)),
    ("taxonomy", ("version",)),
    ("taxonomy", ("uri",)),
    ("organization", ("email", "description")),
)


def table_of(item: Mapping[str, Any]) -> str | None:
    """The table of a top-level object, by its properties; None when it is no HSDS object."""
    if "id" not in item and "name" not in item:
        return None
    for table, properties in _LIKELY:
        if all(name in item for name in properties):
            return table
    return "taxonomy" if set(item) <= {"id", "name", "description", "uri", "version"} and "name" in item else None


def read_objects(items: Iterable[Mapping[str, Any]], file: str, feed: Feed, start: int = 1) -> int:
    """Add every object and what is nested in it to `feed`; answers how many were HSDS objects."""
    count = 0
    unknown: set[str] = set()
    for number, item in enumerate(items, start=start):
        table = table_of(item)
        if table is None:
            feed.changes.append(Change(file, number, f"/{number - 1}", None, None, "file_not_read"))
            continue
        count += 1
        _read(item, table, file, number, f"/{number - 1}", feed, unknown, 0)
    feed.changes.extend(Change(file, 0, path, None, None, "unknown_column") for path in sorted(unknown))
    feed.rows[file] = feed.rows.get(file, 0) + count
    return count


def _read(
    item: Mapping[str, Any], table: str, file: str, number: int, pointer: str, feed: Feed, unknown: set[str], depth: int
) -> Record:
    original = _cell(item.get("id"))
    record = Record(table, original or f"{file}{pointer}", original, {}, {}, {}, file, number, pointer=pointer)
    feed.of(table).append(record)
    columns, links = TABLES[table].columns, TABLES[table].links
    for key, value in item.items():
        if key == "id" or value is None or value == "" or value == []:
            continue
        target = _NESTED.get(key)
        if isinstance(value, dict | list) and target is not None and depth < MAX_DEPTH:
            _read_nested(record, key, value, target, feed, unknown, depth)
        elif key in _NOT_READ:
            unknown.add(f"{table}/{key}")
        elif isinstance(value, dict | list):
            record.extra[key] = _as_text(value)
            unknown.add(f"{table}/{key}")
        elif key in links or key == "link_id":
            record.links.setdefault(key, _cell(value))
        elif key in columns:
            record.values[key] = _cell(value)
        else:
            record.extra[key] = _cell(value)
            unknown.add(f"{table}/{key}")
    return record


def _read_nested(record: Record, key: str, value: Any, target: str, feed: Feed, unknown: set[str], depth: int) -> None:
    children = value if isinstance(value, list) else [value]
    for place, child in enumerate(children):
        if not isinstance(child, dict):
            continue
        pointer = f"{record.pointer}/{key}" + (f"/{place}" if isinstance(value, list) else "")
        made = _read(child, target, record.file, record.row, pointer, feed, unknown, depth + 1)
        if key in _SINGLE and isinstance(value, dict):
            column = _SINGLE[key]
            if column in TABLES[record.table].links:
                record.links[column] = made.ref
            continue
        if target == "attribute":
            made.links.setdefault("link_id", record.ref)
            made.values["link_entity"] = record.table
        else:
            column = f"{record.table}_id"
            if column in TABLES[target].links and TABLES[target].links[column] == record.table:
                made.links.setdefault(column, record.ref)


def _as_text(value: Any) -> str:
    """An unknown branch of an object as short text."""
    try:
        return json.dumps(value, ensure_ascii=False, sort_keys=True)[:2000]
    except RecursionError:
        return "…"


def _cell(value: Any) -> str:
    """A JSON value as the text of a cell."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return without_controls(str(value))
