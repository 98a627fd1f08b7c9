"""A feed against the directory: what an import would add, change, retire and refuse; it writes nothing."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final
from uuid import NAMESPACE_URL, UUID, uuid5

from directory.actions.confidential import place_digest
from directory.facets import Visibility
from directory.hsds import places
from directory.hsds.link import canonical, digest, link, plain_value
from directory.hsds.normalise import SECRET
from directory.hsds.places import tombstone_parts
from directory.hsds.records import Change, Feed, Plan, Record, Retirement, TableCount, Write
from directory.hsds.tables import MAIN_TABLES, TABLES, WRITE_ORDER
from directory.hsds.values import read_bool
from directory.hsds.withholding import withhold
from directory.imports.existing import (
    Existing,
    Known,
    current_rows,
    load_existing,
    received_values,
    sites_of,
    taken_ids,
)
from directory.imports.settle import names_town, settle_places, usual_state
from directory.imports.verdicts import Options, is_hidden, judge

DEFAULTS: Final[Mapping[str, Any]] = {
    "visibility": 0,
    "place_withheld": False,
    "place_precision": "none",
    "location_type": "physical",
    "address_type": "physical",
    "status": "active",
    "closed": False,
    "by_appointment": False,
    "status_unconfirmed": False,
}
VOCABULARY: Final = frozenset({"taxonomy", "taxonomy_term", "unit", "program"})  # words outlive the rows that use them
OURS: Final[Mapping[str, tuple[str, ...]]] = {
    "organization": ("visibility",),
    "service": ("visibility", "status_unconfirmed", "extra"),
    "location": ("visibility", "place_withheld", "place_precision", "place_source"),
    "phone": ("visibility",),
    "contact": ("visibility",),
    "schedule": ("closed", "by_appointment"),
}
PLACE_COLUMNS: Final = ("latitude", "longitude", "place_source", "name", "alternate_name", "description",
                        "transportation", "url", "external_identifier", "external_identifier_type")  # fmt: skip
Progress = Callable[[int], None]


@dataclass(slots=True)
class _Work:
    feed: Feed
    existing: Existing
    plan: Plan
    options: Options
    namespace: UUID
    ids: dict[int, UUID] = field(default_factory=dict)
    seen: set[tuple[str, str]] = field(default_factory=set)
    adopted: set[int] = field(default_factory=set)


def compare(feed: Feed, source_name: str, options: Options | None = None, progress: Progress | None = None) -> Plan:
    """The plan of an import. The feed is used up: secret places are taken out of it, links are resolved."""
    options = options or Options()
    existing = load_existing(source_name)
    plan = Plan(source_name, feed.dialect, feed.licence, feed.credit, mark=existing.mark)
    namespace = uuid5(NAMESPACE_URL, f"goldthread:source:{source_name}")
    work = _Work(feed, existing, plan, options, namespace)
    state_of_secrets = cache(lambda: usual_state(feed))  # asked when the secret addresses are gone
    withhold(
        feed,
        lambda location, organizations, addresses: _is_kept_secret(work, location, organizations, addresses),
        lambda text: names_town(text, state_of_secrets()),
        lambda organizations, addresses: plan.tombstones.update(
            _address_digests(organizations, addresses) - existing.tombstones
        ),
    )
    link(feed)
    plan.figures = settle_places(feed)
    for table in WRITE_ORDER:
        plan.counts[table] = TableCount()
        _assign_ids(work, table)
    for table in WRITE_ORDER:
        _compare_table(work, table)
        if progress is not None:
            progress(len(feed.of(table)))
    if not options.partial and not feed.is_part:
        _find_absent(work)
    judge(plan, feed, existing, options)
    return plan


def _is_kept_secret(
    work: _Work, location: Record, organizations: frozenset[str], addresses: list[Record]
) -> str | None:
    """The reason why the directory keeps this place secret whatever the feed says, or None."""
    existing = work.existing
    known = existing.records.get(("location", location.original_id)) if location.original_id else None
    record_id = known.record_id if known else _own_id(work, "location", location.original_id or location.ref)
    if record_id in existing.withheld:
        return "place_still_secret"
    if not existing.tombstones:
        return None
    digests = {place_digest("location", str(record_id)), *_address_digests(organizations, addresses)}
    if existing.source_id is not None and location.original_id:
        digests.add(place_digest("source", str(existing.source_id), location.original_id))
    return "place_tombstoned" if existing.tombstones & digests else None


def _address_digests(organizations: frozenset[str], addresses: list[Record]) -> set[str]:
    """The keyed hashes of a place's addresses; a word like "Confidential" in place of one is none."""
    return {
        place_digest("address", *tombstone_parts(name, line, str(address.values.get("postal_code", ""))))
        for address in addresses
        if (line := str(address.values.get("address_1", ""))) and not places.says_secret(line)
        for name in organizations
    }


def _own_id(work: _Work, table: str, original_id: str) -> UUID:
    """A UUID id is kept; any other becomes UUIDv5 of source, table and id."""
    try:
        return UUID(original_id)
    except ValueError:
        return uuid5(work.namespace, f"{table}/{original_id}")


def _assign_ids(work: _Work, table: str) -> None:
    """Our id of every record: the known one, its own, or a new one where another source holds that id."""
    fresh: list[tuple[Record, UUID]] = []
    for record in work.feed.of(table):
        known = work.existing.records.get((table, record.original_id))
        if known is not None:
            work.ids[id(record)] = known.record_id
        else:
            fresh.append((record, _own_id(work, table, record.original_id)))
    taken = taken_ids(table, [record_id for _, record_id in fresh]) if fresh else set()
    held = {known.record_id for (of_table, _), known in work.existing.records.items() if of_table == table}
    if table == "service_at_location":
        _adopt_sites(work, fresh)
    for record, record_id in fresh:
        if id(record) in work.adopted:
            continue
        is_ours = table == "location" and record_id in work.existing.withheld  # its source record went with the place
        if record_id in taken and (not is_ours or record_id in held):
            work.feed.note(record, "id", record.original_id, None, "id_taken")
            record_id = uuid5(work.namespace, f"{table}/{record.original_id}")
        work.ids[id(record)] = record_id


def _adopt_sites(work: _Work, fresh: list[tuple[Record, UUID]]) -> None:
    """A service's place that was added here before the feed told it is the same: it keeps its id."""
    if work.existing.source_id is None:
        return
    services = {work.ids[id(record.parents["service_id"])] for record, _ in fresh}
    sites = sites_of(list(services))
    taken = {known.record_id for (table, _), known in work.existing.records.items() if table == "service_at_location"}
    for record, _ in fresh:
        pair = work.ids[id(record.parents["service_id"])], work.ids[id(record.parents["location_id"])]
        site_id = sites.get(pair)
        if site_id is not None and site_id not in taken:
            work.ids[id(record)] = site_id
            work.adopted.add(id(record))


def _values_of(work: _Work, record: Record) -> dict[str, Any]:
    """The record's columns as the directory stores them: typed values, links as our ids, our own columns."""
    values = {name: value for name, value in record.values.items() if value not in (None, "")}
    for column, parent in record.parents.items():
        values[column] = work.ids[id(parent)]
    _judge_flags(work, record, values)
    if record.table == "service" and record.extra:
        values["extra"] = json.dumps(record.extra, ensure_ascii=False, sort_keys=True)
    columns = {*TABLES[record.table].columns, *OURS.get(record.table, ())} - {"id"}
    return {name: value for name, value in values.items() if name in columns}


def _judge_flags(work: _Work, record: Record, values: dict[str, Any]) -> None:
    """Do not publish, do not refer: facts of columns that HSDS does not know. Private addresses are gone by now."""
    if record.table not in ("organization", "service", "location", "phone", "contact"):
        return
    for name, value in record.extra.items():
        key, answer = places.column_key(name), read_bool(str(value))
        code = None
        if (key in places.DO_NOT_PUBLISH_COLUMNS and answer) or (key in places.PUBLISH_COLUMNS and answer is False):
            code = "not_published"
        elif key in places.DO_NOT_REFER_COLUMNS and answer:
            code = "not_referred"
        if code:
            values["visibility"] = int(Visibility.COORDINATOR)
            work.feed.note(record, name, value, "coordinator", code)


def _compare_table(work: _Work, table: str) -> None:
    count = work.plan.counts[table]
    differing: list[tuple[Record, dict[str, Any], str, str, Known]] = []
    for record in work.feed.of(table):
        count.read += 1
        values = _values_of(work, record)
        received = _received(record, values)
        received_hash = digest(received)
        work.seen.add((table, record.original_id))
        known = work.existing.records.get((table, record.original_id))
        if known is None:
            _add(work, record, values, received, received_hash)
        elif known.received_hash == received_hash:
            _keep(work, record, known)
        else:
            differing.append((record, values, received, received_hash, known))
    if differing:
        last = received_values([known.source_record_id for *_, known in differing])
        rows = current_rows(table, [known.record_id for *_, known in differing])
        for record, values, received, received_hash, known in differing:
            _change(work, record, values, (received, received_hash), known, last, rows)


def _received(record: Record, values: Mapping[str, Any]) -> str:
    """What the source sent, as JSON that compares equal when it says the same."""
    sent = {name: value for name, value in values.items() if name not in ("extra", "status_unconfirmed")}
    return canonical({**{name: _plain(value) for name, value in sent.items()}, "extra": record.extra})


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else plain_value(value)


def _service_of(work: _Work, record: Record) -> UUID | None:
    if record.table == "service":
        return work.ids[id(record)]
    parent = record.parents.get("service_id")
    return work.ids[id(parent)] if parent is not None else None


def _add(work: _Work, record: Record, values: dict[str, Any], received: str, received_hash: str) -> None:
    record_id = work.ids[id(record)]
    is_secret_here = record.table == "location" and record_id in work.existing.withheld
    if is_secret_here or id(record) in work.adopted:
        # The row is there (its place was made secret, or it was added here); what the source sends is written down.
        work.plan.writes.append(Write(record.table, record_id, record.original_id, {}, received, received_hash, False))
        work.plan.counts[record.table].unchanged += 1
        return
    row = {name: values.get(name, DEFAULTS.get(name)) for name in TABLES[record.table].columns if name != "id"}
    row |= {name: values.get(name, DEFAULTS.get(name)) for name in OURS.get(record.table, ())}
    if record.table == "service":
        row["status_unconfirmed"] = work.options.show_inactive and is_hidden(values)
        _note_inactive(work, record, values)
        if "assured_date" in values:
            work.plan.assured[record_id] = values["assured_date"]
    write = Write(record.table, record_id, record.original_id, row, received, received_hash, True)
    write.service_id = _service_of(work, record)
    work.plan.writes.append(write)
    work.plan.counts[record.table].added += 1


def _note_inactive(work: _Work, record: Record, values: Mapping[str, Any]) -> None:
    if is_hidden(values):
        code = "status_not_confirmed" if work.options.show_inactive else "inactive"
        work.feed.note(record, "status", values.get("status"), values.get("status"), code)


def _keep(work: _Work, record: Record, known: Known) -> None:
    """Nothing new of this record; a steward's choice to show inactive services still reaches it."""
    if record.table == "service" and work.options.show_inactive and is_hidden(record.values):
        if known.record_id not in work.existing.unconfirmed:
            values = {"status_unconfirmed": True}
            write = Write("service", known.record_id, record.original_id, values, "", known.received_hash, False)
            write.before, write.source_record_id = {"status_unconfirmed": False}, known.source_record_id
            write.service_id = known.record_id
            work.plan.writes.append(write)
            work.plan.counts["service"].changed += 1
            work.feed.note(record, "status", "inactive", "inactive", "status_not_confirmed")
            return
    work.plan.counts[record.table].unchanged += 1


def _change(
    work: _Work, record: Record, values: dict[str, Any], sent: tuple[str, str], known: Known,
    last: Mapping[UUID, Mapping[str, Any]], rows: Mapping[UUID, Mapping[str, Any]],
) -> None:  # fmt: skip
    """A record that the feed sends differently: per column the feed's value, ours, or a suggestion."""
    row = rows.get(known.record_id)
    if row is None:  # taken away here; what a steward deleted does not come back by itself
        work.plan.counts[record.table].unchanged += 1
        return
    before = last.get(known.source_record_id, {})
    write = Write(record.table, known.record_id, record.original_id, {}, sent[0], sent[1], False)
    write.source_record_id, write.service_id = known.source_record_id, _service_of(work, record)
    is_secret = SECRET in record.flags
    columns = {*before, *values} - {"extra", "status_unconfirmed"}
    if record.table == "service":
        columns.add("extra")
    if is_secret:
        columns |= set(PLACE_COLUMNS)
        if known.record_id not in work.existing.withheld:
            work.plan.secret_locations.add(known.record_id)
    for column in sorted(columns):
        if column not in row:
            continue
        new = values.get(column, DEFAULTS.get(column))
        ours, theirs = _plain(row[column]), _plain(new)
        if ours == theirs:
            continue
        was = before.get(column, _plain(DEFAULTS.get(column)))
        if is_secret or column == "extra" or ours == was:
            write.values[column] = new
            write.before[column] = None if is_secret else row[column]
        elif theirs != was:
            write.suggestions[column] = (ours, theirs)
            work.feed.note(record, column, ours, theirs, "suggested")
    if known.received_hash == "" and known.record_id in work.existing.retired:
        write.values["retired_at"], write.before["retired_at"] = None, "retired"
        work.feed.note(record, "", None, None, "returned")
    if record.table == "service" and "assured_date" in write.values and write.values["assured_date"]:
        work.plan.assured[known.record_id] = write.values["assured_date"]
    if record.table == "service" and "status" in write.values:
        _note_inactive(work, record, values)
        if work.options.show_inactive and is_hidden(values):
            write.values["status_unconfirmed"] = True
    work.plan.writes.append(write)
    work.plan.counts[record.table].changed += 1


def _find_absent(work: _Work) -> None:
    """What the source had and no longer has. A record that was edited here stays."""
    absent: dict[str, list[tuple[str, Known]]] = defaultdict(list)
    for (table, original_id), known in work.existing.records.items():
        if (table, original_id) not in work.seen and table not in VOCABULARY and table in TABLES:
            absent[table].append((original_id, known))
    for table, records in absent.items():
        rows = current_rows(table, [known.record_id for _, known in records])
        last = received_values([known.source_record_id for _, known in records])
        for original_id, known in records:
            row = rows.get(known.record_id)
            is_listing = table in MAIN_TABLES
            if row is None or (is_listing and known.received_hash == ""):
                continue
            sent = last.get(known.source_record_id, {})
            columns = [column for column in TABLES[table].columns if column != "id"]
            is_edited = any(_plain(row[c]) != sent.get(c, _plain(DEFAULTS.get(c))) for c in columns)
            if is_edited and not is_listing and not _is_of_secret(work, row):
                continue
            if is_listing and known.record_id in work.existing.retired:
                continue
            work.plan.retirements.append(Retirement(table, known.record_id, known.source_record_id, is_listing, row))
            work.plan.counts[table].retired += 1
            work.plan.changes.append(Change("", 0, original_id[:80], None, None, "retired", table))


def _is_of_secret(work: _Work, row: Mapping[str, Any]) -> bool:
    return row.get("location_id") in work.plan.secret_locations
