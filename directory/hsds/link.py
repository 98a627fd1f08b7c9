"""Identity and links of the records of a feed: which rows are one, what belongs to what; nothing of the database."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from datetime import date, datetime, time
from decimal import Decimal
from typing import Any, Final

from directory.hsds.mapping import EXPLODED, SHARED
from directory.hsds.normalise import SECRET
from directory.hsds.places import plain, plain_address
from directory.hsds.records import Feed, Record
from directory.hsds.tables import ALL_OWNERS, CONTENT, EXTRA_NEEDS, MAIN_TABLES, OWNERS, TABLES, WRITE_ORDER

WAITING: Final = "waits for its organization"
_NAMED: Final = ("organization", "service", "taxonomy_term", "taxonomy", "program", "unit")
_UNITED: Final = (*MAIN_TABLES, "program", "taxonomy_term", "taxonomy", "unit")  # one id is one record here
_ADDED: Final = ("eligibility_description",)  # several rows of it add up
Index = dict[str, dict[str, Record]]


def link(feed: Feed) -> None:
    """Give every record its identity and its parents; refuse what belongs to nothing, merge what is there twice."""
    for table in TABLES:
        feed.of(table)
    named = {
        table: {record.ref for record in feed.records[table] if record.original_id and record.values.get("name")}
        for table in _UNITED
    }
    names = {
        table: {str(record.values.get("name", "")): record.ref for record in reversed(feed.records[table])}
        for table in ("organization", "service", "location")
    }
    addresses = _addresses_by_location(feed)
    accepted: Index = {}
    for table in WRITE_ORDER:
        accepted[table] = {}
        kept: list[Record] = []
        for record in feed.records[table]:
            code = _resolve(record, feed, accepted, names) or _emptiness(record, addresses, named.get(table, set()))
            if code:
                feed.refuse(record, code, "", record.values.get("name"))
                continue
            kept.append(record)
            if table in _UNITED:
                accepted[table].setdefault(record.ref, record)
        feed.records[table] = _identified(table, kept, feed, addresses)
        accepted[table] = _by_ref(kept, feed.records[table])
        _link_to_selves(table, feed, accepted[table])
    _mark_waiting(feed)


def _by_ref(before: list[Record], after: list[Record]) -> dict[str, Record]:
    """Ref → record, also for refs of rows that became part of another record."""
    by_id = {record.original_id: record for record in reversed(after)}
    found = {record.ref: record for record in reversed(after)}
    for record in before:
        if record.ref not in found and record.original_id in by_id:
            found[record.ref] = by_id[record.original_id]
    return found


def _addresses_by_location(feed: Feed) -> dict[str, Record]:
    found: dict[str, Record] = {}
    for address in feed.of("address"):
        found.setdefault(address.links.get("location_id", ""), address)
        found.setdefault(_row_key(address), address)
    return found


def _row_key(record: Record) -> str:
    return f"\x1f{record.file}\x1f{record.row}"


def _resolve(record: Record, feed: Feed, accepted: Index, names: Mapping[str, Mapping[str, str]]) -> str | None:
    """Set the parents of a record; the code of a refusal, or None."""
    targets = TABLES[record.table].links
    for column, ref in list(record.links.items()):
        target = targets.get(column)
        if column == "link_id":
            target = _entity_of(record, ref, accepted)
        if target is None:
            feed.note(record, column, ref, None, "link_missing")
            del record.links[column]
        elif target == record.table:
            continue  # one of its own table: set when all are known
        else:
            _resolve_one(record, column, ref, target, feed, accepted, names)
    owners = OWNERS.get(record.table, ())
    held = [column for column in owners if column in record.parents]
    if owners and (not held or record.table in ALL_OWNERS and len(held) < len(owners)):
        return "no_owner"
    if any(column not in record.parents for column in EXTRA_NEEDS.get(record.table, ())):
        return "no_owner"
    return None


def _entity_of(record: Record, ref: str, accepted: Index) -> str | None:
    entity = record.values.get("link_entity")
    if entity and ref in accepted.get(str(entity), {}):
        return str(entity)
    found = next((table for table in WRITE_ORDER if ref in accepted.get(table, {})), None) if not entity else None
    if found:
        record.values["link_entity"] = found
    return found


def _resolve_one(
    record: Record, column: str, ref: str, target: str, feed: Feed, accepted: Index,
    names: Mapping[str, Mapping[str, str]],
) -> None:  # fmt: skip
    candidates = [ref]
    if ref.startswith("name:"):
        name = ref[5:]
        known = names.get(target, {})
        parts = [name] if name in known else [part.strip() for part in name.split(",")]
        candidates = [known[part] for part in parts if part in known]
    elif ref.startswith("list:"):
        candidates = ref[5:].split(",")
    found = [accepted[target][one] for one in candidates if one in accepted.get(target, {})]
    if not found:
        feed.note(record, column, ref.removeprefix("name:").removeprefix("list:"), None, "link_missing")
        del record.links[column]
        return
    if len(candidates) > 1:
        feed.note(record, column, ref[5:], found[0].original_id, "link_several")
    record.parents[column] = found[0]
    record.links[column] = found[0].ref


def _emptiness(record: Record, addresses: Mapping[str, Record], named: set[str]) -> str | None:
    """The code for a row that says nothing. A nameless part of a record that another row names is something."""
    if "hours_empty" in record.flags:
        return "hours_empty"
    if record.table in _NAMED and not str(record.values.get("name") or "").strip():
        if record.ref in named:
            return None
        says_nothing = not any(value for name, value in record.values.items() if name not in ("status", "link_entity"))
        return "empty_row" if says_nothing else "name_missing"
    if record.table == "location":
        is_something = record.original_id or record.text(*CONTENT["location"]) or record.ref in addresses
        return None if is_something else "empty_row"
    if record.table == "schedule":
        told = [name for name, value in record.values.items() if value not in (None, False, "") and name != "timezone"]
        return None if told else "empty_row"
    wanted = CONTENT.get(record.table)
    if wanted is None or record.table == "attribute":
        return None
    return None if any(record.values.get(column) not in (None, "") for column in wanted) else "empty_row"


def _identified(table: str, records: list[Record], feed: Feed, addresses: Mapping[str, Record]) -> list[Record]:
    """Each record with an id that the next import finds again; rows that say the same become one."""
    _add_missing_ids(records, addresses)
    groups: dict[str, list[Record]] = {}
    for record in records:
        groups.setdefault(record.original_id, []).append(record)
    kept: list[Record] = []
    for group in groups.values():
        kept.extend(group if len(group) == 1 else _one_id(table, group, feed))
    if table == "service_at_location":
        kept = _once_a_pair(kept, feed)
    return kept


def _add_missing_ids(records: list[Record], addresses: Mapping[str, Record]) -> None:
    counted: dict[str, int] = {}
    for record in records:
        if record.original_id:
            continue
        parents = "|".join(f"{column}={parent.original_id}" for column, parent in sorted(record.parents.items()))
        if record.table == "location" and SECRET in record.flags:
            # Nothing of the place may go into the id, not even hashed: an address can be guessed.
            counted[parents] = counted.get(parents, 0) + 1
            record.original_id = f"~secret|{parents}|{counted[parents]}"
            continue
        identity = next((flag[9:] for flag in record.flags if flag.startswith("identity:")), "")
        if identity:
            said = "|".join(_identity_part(record, name, addresses) for name in identity.split(","))
        else:
            said = canonical(record.values)
        record.original_id = "~" + digest(f"{parents}|{said}")


def _identity_part(record: Record, name: str, addresses: Mapping[str, Record]) -> str:
    if name == "@address":
        address = addresses.get(_row_key(record))
        return plain_address(address.text("address_1", "address_2", "city", "postal_code")) if address else ""
    return plain(str(record.values.get(name, "")))


def _one_id(table: str, group: list[Record], feed: Feed) -> list[Record]:
    """Several rows of one id: the same thing again, parts of one thing, or one id for rows that link elsewhere."""
    if table in _UNITED:
        group = sorted(group, key=lambda record: not record.values.get("name"))
        first = group[0]
        for other in group[1:]:
            _unite(first, other, feed)
        return [first]
    seen: dict[str, Record] = {}
    distinct: list[Record] = []
    folded = _folded(group)
    feed.merged[table] += len(group) - len(folded)
    for record in folded:
        said = _said(record)
        if said in seen:
            if SHARED not in record.flags and not record.pointer:
                feed.refuse(record, "duplicate_row")
            else:
                feed.merged[table] += 1
        else:
            seen[said] = record
            distinct.append(record)
    if len(distinct) == 1:
        return distinct
    keys: dict[str, int] = {}
    for record in distinct:
        linked = ",".join(sorted(parent.original_id for parent in record.parents.values()))
        if EXPLODED not in record.flags:
            feed.note(record, "id", record.original_id, None, "id_repeated")
        record.original_id = f"{record.original_id}|{linked}"
        keys[record.original_id] = keys.get(record.original_id, 0) + 1
    for record in distinct:
        if keys[record.original_id] > 1:
            record.original_id = f"{record.original_id}|{digest(canonical(record.values))}"
    return distinct


def _folded(group: list[Record]) -> list[Record]:
    """Of one JSON object nested in several places: one record with the links of all places, where they agree."""
    if not group[0].pointer:
        return group
    kept: list[Record] = []
    for record in group:
        for other in kept:
            agree = all(other.parents.get(column, parent) is parent for column, parent in record.parents.items())
            if agree and all(other.values.get(name, value) == value for name, value in record.values.items()):
                other.parents.update(record.parents)
                other.links.update(record.links)
                other.values.update(record.values)
                other.extra = {**record.extra, **other.extra}
                break
        else:
            kept.append(record)
    return kept


def _unite(first: Record, other: Record, feed: Feed) -> None:
    """Take over what only the other row says; what it says differently is told and left."""
    feed.merged[first.table] += 1
    if SHARED not in other.flags and not other.pointer and _said(first) == _said(other):
        feed.note(other, "id", other.original_id, None, "duplicate_row")
        return
    for column, parent in other.parents.items():
        first.parents.setdefault(column, parent)
        first.links.setdefault(column, other.links[column])
    for name, value in other.extra.items():
        first.extra.setdefault(name, value)
    is_part = SHARED in other.flags or bool(other.pointer)
    for name, value in other.values.items():
        have = first.values.get(name)
        if have is None:
            first.values[name] = value
        elif have == value or name in ("status", "location_type"):
            continue
        elif name in _ADDED:
            first.values[name] = f"{have}\n{value}"
        else:
            feed.note(other, name, value, have, "value_conflict" if is_part else "id_conflict")


def _said(record: Record) -> str:
    """What a record says, its links included: equal for rows that are one."""
    linked = {column: parent.original_id for column, parent in record.parents.items()}
    return canonical({**record.values, **{f">{column}": original for column, original in linked.items()}})


def _once_a_pair(records: list[Record], feed: Feed) -> list[Record]:
    seen: set[tuple[str, str]] = set()
    kept = []
    for record in records:
        pair = record.parents["service_id"].original_id, record.parents["location_id"].original_id
        if pair in seen:
            feed.refuse(record, "duplicate_row")
            continue
        seen.add(pair)
        kept.append(record)
    return kept


def _link_to_selves(table: str, feed: Feed, accepted: Mapping[str, Record]) -> None:
    """Links within a table (parent terms, parent organizations), sorted so that parents come first; no circles."""
    columns = [column for column, target in TABLES[table].links.items() if target == table]
    if not columns or not any(column in record.links for column in columns for record in feed.records[table]):
        return
    column = columns[0]
    for record in feed.records[table]:
        ref = record.links.get(column)
        if ref is None:
            continue
        candidates = ref[5:].split(",") if ref.startswith("list:") else [ref]
        found = [accepted[one] for one in candidates if one in accepted and accepted[one] is not record]
        if not found:
            feed.note(record, column, ref.removeprefix("list:"), None, "link_missing")
            del record.links[column]
            continue
        if len(candidates) > 1:
            feed.note(record, column, ref.removeprefix("list:"), found[0].original_id, "link_several")
        record.parents[column] = found[0]
        record.links[column] = found[0].ref
    feed.records[table] = _parents_first(feed.records[table], column, feed)


def _parents_first(records: list[Record], column: str, feed: Feed) -> list[Record]:
    done: set[int] = set()
    ordered: list[Record] = []
    for record in records:
        chain: list[Record] = []
        one: Record | None = record
        on_chain: set[int] = set()
        while one is not None and id(one) not in done:
            if id(one) in on_chain:
                last = chain[-1]
                feed.note(last, column, last.links.get(column), None, "link_missing")
                last.parents.pop(column, None)
                last.links.pop(column, None)
                break
            on_chain.add(id(one))
            chain.append(one)
            one = one.parents.get(column)
        for link_of_chain in reversed(chain):
            if id(link_of_chain) not in done:
                done.add(id(link_of_chain))
                ordered.append(link_of_chain)
    return ordered


def _mark_waiting(feed: Feed) -> None:
    for service in feed.of("service"):
        if "organization_id" not in service.parents:
            service.flags.add(WAITING)
            feed.note(service, "organization_id", None, None, "no_organization")


def canonical(values: Mapping[str, Any]) -> str:
    """One spelling for equal values: sorted, without what is empty."""
    said = {name: plain_value(value) for name, value in values.items() if value not in (None, "", [], {})}
    return json.dumps(said, sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def plain_value(value: Any) -> Any:
    """A value as JSON holds it."""
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, float) and value == int(value):
        return int(value)
    if isinstance(value, str | int | float | bool | list | dict) or value is None:
        return value
    return str(value)


def digest(text: str) -> str:
    """A short fingerprint of a text (16 bytes of BLAKE2b, hexadecimal)."""
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()
