"""What a table of columns cannot say of a vendor's dialect: joins over several files. One function a vendor."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from typing import Final

from directory.hours import ScheduleRow, parse_days, parse_time
from directory.hsds.mapping import RawFile
from directory.hsds.records import Change, Feed, Record

Rows = list[tuple[int, dict[str, str]]]


def finish_raw(dialect: str, files: Iterable[RawFile], feed: Feed) -> None:
    """Join what the mapping left apart, before the cells are cleaned."""
    function = _FINISH.get(dialect)
    if function is not None:
        function({raw.stem: raw.rows for raw in files}, feed)


def _streetlives(files: Mapping[str, Rows], feed: Feed) -> None:
    """Ages stand in a file of eligibilities; programs and phones name their services in cells."""
    ages: dict[str, tuple[str, str]] = {}
    rules: dict[str, str] = {}
    for number, row in files.get("eligibility", []):
        name = row.get("name", "").strip()
        rules[name] = f"{row.get('parameter', '')} = {row.get('values', '')}"
        if not row.get("services", "").strip():
            feed.changes.append(Change("eligibility.csv", number, "name", name, None, "no_owner", "service"))
        if row.get("parameter") != "age":
            continue
        if match := re.fullmatch(r"(\d+)(?:-(\d+)|\+)", row.get("values", "").strip()):
            ages[row["name"].strip()] = (match[1], match[2] or "")
    for location in feed.of("location"):
        name = str(location.values.get("name", "")).strip()
        if name and "organization_id" not in location.links:
            organization = Record("organization", name, name, {"name": name}, {}, {}, location.file, location.row)
            feed.of("organization").append(organization)
            feed.note(organization, "name", None, name, "organization_from_place")
            location.links["organization_id"] = organization.ref
    for service in feed.of("service"):
        named = [name.strip() for name in str(service.values.get("eligibility_description", "")).split(",")]
        told = [rules[name] for name in named if name in rules]
        if told:
            service.extra["eligibility rules"] = "; ".join(told)
        if len(named) == 1 and named[0] in ages:
            service.values["minimum_age"], service.values["maximum_age"] = ages[named[0]]
        service.values["eligibility_description"] = ", ".join(name for name in named if name)
    _organizations_of_services(feed)


def _organizations_of_services(feed: Feed) -> None:
    """A service without its own organization is its location's: the first location's, as listed."""
    of_location = {record.ref: record.links.get("organization_id", "") for record in feed.of("location")}
    of_service: dict[str, str] = {}
    for link in feed.of("service_at_location"):
        organization = of_location.get(link.links.get("location_id", ""), "")
        if organization:
            of_service.setdefault(link.links.get("service_id", ""), organization)
    for service in feed.of("service"):
        if "organization_id" not in service.links and service.ref in of_service:
            service.links["organization_id"] = of_service[service.ref]


def _sheltertech(files: Mapping[str, Rows], feed: Feed) -> None:
    """Schedules lie between days and their service or resource; a service is offered at its resource's addresses."""
    owner: dict[str, tuple[str, str]] = {}
    for _, row in files.get("schedules", []):
        if row.get("service_id"):
            owner[row["id"]] = ("service_id", row["service_id"])
        elif row.get("resource_id"):
            owner[row["id"]] = ("resource_id", row["resource_id"])
    addresses: dict[str, list[str]] = {}
    for location in feed.of("location"):
        addresses.setdefault(location.links.get("organization_id", ""), []).append(location.ref)
    schedules = []
    for day in feed.of("schedule"):
        kind, target = owner.get(day.links.pop("service_id", ""), ("", ""))
        hours = _shelter_hours(day, feed)
        if kind == "service_id":
            day.links["service_id"] = target
        for place in addresses.get(target, []) if kind == "resource_id" else []:
            day.links.setdefault("location_id", place)
        if hours is None:
            day.values["hours_text"] = f"{day.values.get('byday', '')} {day.values.get('opens_at', '')}".strip()
        schedules.append(day)
    feed.records["schedule"] = schedules
    for service in list(feed.of("service")):
        for place in addresses.get(service.links.get("organization_id", ""), []):
            links = {"service_id": service.ref, "location_id": place}
            feed.of("service_at_location").append(
                Record("service_at_location", f"{service.ref}@{place}", "", {}, links, {}, service.file, service.row)
            )
    parents = {row["child_id"]: row["parent_id"] for _, row in files.get("category_relationships", [])}
    for term in feed.of("taxonomy_term"):
        if term.ref in parents:
            term.links["parent_id"] = parents[term.ref]
    names = {row["id"]: row["name"] for _, row in files.get("eligibilities", [])}
    services = {record.ref: record for record in feed.of("service")}
    for _, row in files.get("eligibilities_services", []):
        found, name = services.get(row["service_id"]), names.get(row["eligibility_id"])
        if found is not None and name:
            have = str(found.values.get("eligibility_description", ""))
            found.values["eligibility_description"] = f"{have}, {name}".strip(", ")
    notes_of = {"service_id": services, "resource_id": {record.ref: record for record in feed.of("organization")}}
    for _, row in files.get("notes", []):
        for column, records in notes_of.items():
            if row.get(column) in records:
                records[row[column]].extra.setdefault("notes", []).append(row.get("note", ""))


def _shelter_hours(day: Record, feed: Feed) -> ScheduleRow | None:
    """130 is 01:30 and 2400 the end of the day; the cell is rewritten so that the usual reader takes it."""
    of_day = parse_days(str(day.values.get("byday", "")))
    opens = parse_time(str(day.values.get("opens_at", "")), is_number=True)
    closes = parse_time(str(day.values.get("closes_at", "")), is_number=True)
    if of_day is None or opens is None or closes is None:
        return None
    typed = f"{day.values['byday']} {day.values['opens_at']}-{day.values['closes_at']}"
    read = f"{of_day.byday} {opens.isoformat('minutes')}-{closes.isoformat('minutes')}"
    feed.note(day, "hours", typed, read, "hours_read")
    day.values.update(
        byday=of_day.byday, freq=of_day.freq, opens_at=opens.isoformat("minutes"), closes_at=closes.isoformat("minutes")
    )
    return ScheduleRow(freq=of_day.freq, byday=of_day.byday, opens_at=opens, closes_at=closes)


def _ohana(files: Mapping[str, Rows], feed: Feed) -> None:
    """A service is its location's organization's; a virtual location is no building."""
    virtual = {row["id"]: row.get("virtual") == "true" for _, row in files.get("locations", [])}
    for location in feed.of("location"):
        location.values["location_type"] = "virtual" if virtual.get(location.ref) else "physical"
    _organizations_of_services(feed)


def _orservices(files: Mapping[str, Rows], feed: Feed) -> None:
    """Phones name languages by the number of the languages file."""
    names = {row.get("language_recordid", ""): row.get("language", "") for _, row in files.get("languages", [])}
    for phone in feed.of("phone"):
        spoken = str(phone.values.get("language", ""))
        if not re.fullmatch(r"[\d, ]+", spoken):
            continue
        known = [names[number.strip()] for number in spoken.split(",") if names.get(number.strip())]
        phone.values["language"] = ",".join(known)
        if len(known) < len(spoken.split(",")):
            phone.extra["language as received"] = spoken


_FINISH: Final[dict[str, Callable[[Mapping[str, Rows], Feed], None]]] = {
    "streetlives": _streetlives,
    "sheltertech": _sheltertech,
    "ohana": _ohana,
    "orservices": _orservices,
}
