"""A mapping says which records a row of a file makes; here rows become raw records. No reading and no cleaning."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from collections.abc import Mapping as MappingType
from dataclasses import dataclass, field, replace
from typing import Any, Final

from core.errors import InvalidInput, Sentence
from directory.hsds.places import column_key
from directory.hsds.records import Change, Feed, Record
from directory.hsds.tables import FILE_TABLES, TABLES

SHARED: Final = "shared"  # a record's flag: many rows make the same one, and that is no duplicate
EXPLODED: Final = "exploded"  # a record's flag: one of several that a row with several links made
HSDS: Final = "hsds"  # the mapping of the standard itself
EACH: Final = "$each"  # in a mapping: the piece of a split cell
FLAT_TABLES: Final = (
    "organization", "program", "service", "location", "service_at_location", "address", "contact", "phone", "schedule",
    "language", "accessibility", "service_area", "required_document", "cost_option", "funding", "taxonomy_term",
    "attribute",
)  # fmt: skip
_NO_LINK: Final = frozenset({"", "0", "null", "NULL", "NA", "N/A", "None"})
_ADDED_WORDS: Final = re.compile(
    r"^\s*copy of |^hsds[ _-]+|[ _-]*grid[ _-]?view(?=$|[ _-]*\()|\s*\(\d{1,3}\)$|[ _-]*20\d\d[-_]?[01]\d[-_]?[0-3]\d$",
    re.IGNORECASE,
)
_ONE_AS_MANY: Final = {name: f"{name}s" for name in ("organization", "service", "location", "program")}
_LIST_LINK: Final = re.compile(r"[^\s,;]+(?:\s*[,;]\s*[^\s,;]+)+")


@dataclass(frozen=True, slots=True)
class RawFile:
    """One table of a feed as read: its rows as heading → cell, each with its number in the file (the heading is 1)."""

    name: str
    stem: str
    header: tuple[str, ...]
    rows: list[tuple[int, dict[str, str]]]


@dataclass(frozen=True, slots=True)
class Make:
    """One kind of record that a file's rows make.

    `columns` None takes every column that HSDS knows, after `rename`. `links` give the columns that hold ids (or, with
    "name:", names) of other rows, or "@table" for the record that the same row makes.
    """

    file: str
    table: str
    id: tuple[str, ...] = ()
    columns: MappingType[str, Any] | None = None
    rename: MappingType[str, str] = field(default_factory=dict)
    links: MappingType[str, str] = field(default_factory=dict)
    constants: MappingType[str, str] = field(default_factory=dict)
    each: str = ""
    separator: str = ","
    when: str = ""
    identity: tuple[str, ...] = ()

    def columns_named(self) -> set[str]:
        """Every column of the file that this names."""
        return _columns_used(self)


@dataclass(frozen=True, slots=True)
class Mapping:
    """How one kind of feed is read. `recognise` is the set of columns by which it is known, per file."""

    name: str
    title: str
    makes: tuple[Make, ...]
    recognise: MappingType[str, tuple[str, ...]] = field(default_factory=dict)
    null_words: frozenset[str] = frozenset()
    ignore: frozenset[str] = frozenset()
    ignore_columns: frozenset[str] = frozenset()
    licence: str = ""
    credit: str = ""
    is_flat: bool = False
    base: tuple[Make, ...] = ()


def read_mapping(data: MappingType[str, Any], name: str, base: Mapping | None = None) -> Mapping:
    """A mapping from its parsed TOML; InvalidInput says what does not fit."""
    recognise = {stem: tuple(columns) for stem, columns in data.get("recognise", {}).items()}
    is_flat = "row" in data
    makes = _flat_makes(data) if is_flat else tuple(_make(entry) for entry in data.get("make", ()))
    if not makes:
        raise InvalidInput("mapping", Sentence("The mapping %(name)s makes no record.", name=name))
    return Mapping(
        name=data.get("name", name),
        title=data.get("title", data.get("name", name)),
        makes=makes,
        recognise=recognise,
        null_words=frozenset(data.get("null", ())),
        ignore=frozenset(data.get("ignore", ())) | (base.ignore if base else frozenset()),
        ignore_columns=frozenset(data.get("ignore_columns", ())),
        licence=data.get("licence", ""),
        credit=data.get("credit", ""),
        is_flat=is_flat,
        base=base.makes if base else (),
    )


def _make(entry: MappingType[str, Any]) -> Make:
    table = entry.get("table", "")
    if table not in TABLES:
        sentence = Sentence("The mapping names the table %(table)s, which HSDS has not.", table=table)
        raise InvalidInput("mapping", sentence)
    columns = entry.get("columns")
    for column in [*(columns or ()), *entry.get("links", ()), *entry.get("set", ())]:
        _check_column(table, column)
    return Make(
        file=entry.get("file", "*"),
        table=table,
        id=_several(entry.get("id", () if columns is not None else "id")),
        columns=columns,
        rename=entry.get("rename", {}),
        links=entry.get("links", {}),
        constants=entry.get("set", {}),
        each=entry.get("each", ""),
        separator=entry.get("separator", ","),
        when=entry.get("when", ""),
        identity=tuple(entry.get("identity", ())),
    )


_OURS: Final[dict[str, frozenset[str]]] = {
    "schedule": frozenset({"closed", "by_appointment", "hours_text", "day_text"}),
    "location": frozenset({"address_text"}),
    "phone": frozenset({"department", "language"}),
    "service": frozenset({"taxonomy_ids"}),
    "service_area": frozenset(),
}


def _check_column(table: str, column: str) -> None:
    if column not in TABLES[table].columns and column not in _OURS.get(table, frozenset()):
        raise InvalidInput(
            "mapping",
            Sentence("The mapping names %(table)s.%(column)s, which HSDS has not.", table=table, column=column),
        )


def _several(value: Any) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) and value else tuple(value or ())


def _flat_makes(data: MappingType[str, Any]) -> tuple[Make, ...]:
    """The makes of a flat file: one organization, service and location a row, whatever else it names beside them."""
    if data["row"] not in ("service", "organization", "location"):
        raise InvalidInput("mapping", Sentence("A row makes a service, an organization or a location."))
    entries: list[tuple[str, dict[str, Any]]] = []
    for table in FLAT_TABLES:
        given = data.get(table, [])
        entries += [(table, dict(entry)) for entry in (given if isinstance(given, list) else [given])]
    unknown = [key for key, value in data.items() if isinstance(value, dict | list) and key not in FLAT_TABLES]
    for key in unknown:
        if key not in {"null", "recognise", "ignore", "ignore_columns"}:
            raise InvalidInput("mapping", Sentence("The mapping names %(table)s, which is no table.", table=key))
    present = {table for table, _ in entries}
    if data["row"] not in present:
        raise InvalidInput("mapping", Sentence("The mapping says nothing of the %(table)s.", table=data["row"]))
    if {"service", "location"} <= present and "service_at_location" not in present:
        entries.insert(
            next(number for number, (table, _) in enumerate(entries) if table == "location") + 1,
            ("service_at_location", {}),
        )
        present.add("service_at_location")
    if "taxonomy_term" in present and "attribute" not in present:
        entries += [
            ("attribute", {"each": entry.get("each", ""), "separator": entry.get("separator", ","), "term": entry})
            for table, entry in list(entries)
            if table == "taxonomy_term"
        ]
    return tuple(_flat_make(table, entry, present) for table, entry in entries)


_FLAT_IDENTITY: Final[dict[str, tuple[str, ...]]] = {
    # What tells one from another when a row has no id: everything else may change without making a new record.
    "organization": ("name",),
    "service": ("name", "@address"),
    "location": ("name", "@address"),
    "taxonomy_term": ("name", "code"),
}


def _flat_make(table: str, entry: dict[str, Any], present: set[str]) -> Make:
    id_columns = _several(entry.pop("id", ()))
    each, separator, when = entry.pop("each", ""), entry.pop("separator", ","), entry.pop("when", "")
    term = entry.pop("term", None)
    for column in entry:
        _check_column(table, column)
    links: dict[str, str] = {}
    for column, target in TABLES[table].links.items():
        if target not in present or target == table:
            continue
        if column in ("organization_id", "program_id", "location_id", "service_id", "contact_id"):
            links[column] = "@" + target
        elif column == "service_at_location_id":
            links[column] = "@service_at_location"
    if "service_at_location_id" in links and table in ("phone", "schedule", "service_area"):
        links = {"service_at_location_id": "@service_at_location"}  # one site's never leak to another
    if table in ("contact", "language", "funding", "url"):
        links = {column: target for column, target in links.items() if target == "@service"} or links
    constants: dict[str, str] = {}
    if table == "attribute":
        links = {"link_id": "@service" if "service" in present else "@organization"}
        constants["link_entity"] = links["link_id"][1:]
        links["taxonomy_term_id"] = "@taxonomy_term"
        if term is not None:
            when = when or each or next((value for value in term.values() if isinstance(value, str)), "")
    identity = _FLAT_IDENTITY.get(table, ())
    return Make("*", table, id_columns, entry, {}, links, constants, each, separator, when, identity)


def make_records(mapping: Mapping, files: Iterable[RawFile], feed: Feed) -> dict[str, str]:
    """Turn the rows into raw records of `feed`; unknown columns stay beside the first record of their row.

    Answers the first table that each file makes.
    """
    made: dict[str, str] = {}
    for raw in files:
        makes = _makes_for(mapping.makes, raw, is_hsds=mapping.name == HSDS) or _makes_for(
            mapping.base, raw, is_hsds=True
        )
        if not makes:
            if raw.stem not in mapping.ignore and raw.rows:
                feed.changes.append(Change(raw.name, 1, "", f"{len(raw.rows)} rows", None, "file_not_read"))
            continue
        feed.rows[raw.name] = len(raw.rows)
        made[raw.name] = makes[0].table
        used = {column for make in makes for column in _columns_used(make)}
        left_out = {column for column in raw.header if column_key(column) in mapping.ignore_columns} - used
        feed.changes.extend(Change(raw.name, 1, column, None, None, "column_left_out") for column in sorted(left_out))
        used = (used | left_out) - _alternatives(makes)
        unknown = [column for column in raw.header if column not in used]
        told: set[str] = set()
        for number, row in raw.rows:
            _make_row(makes, raw, number, row, unknown, feed)
            told.update(column for column in row if column not in used and row[column].strip())
        feed.changes.extend(
            Change(raw.name, 1, column or "(no heading)", None, None, "unknown_column") for column in sorted(told)
        )
    return made


def _makes_for(makes: Sequence[Make], raw: RawFile, *, is_hsds: bool) -> list[Make]:
    """The makes that fit the file's headings. An HSDS 3.x file needs none that names it."""
    given = [make for make in makes if make.file in ("*", raw.stem)]
    table = FILE_TABLES.get(raw.stem)
    if not given and table is not None and makes and is_hsds and table not in ("metadata", "meta_table_description"):
        given = [Make(raw.stem, table, ("id",))]
    return [make for make in (_with_auto_columns(make, raw) for make in given) if make is not None]


def _with_auto_columns(make: Make, raw: RawFile) -> Make | None:
    """The make with its columns spelled out for the headings of this file; None when the file lacks its column."""
    if make.when and make.when not in raw.header or make.each and make.each not in raw.header:
        return None
    if make.columns is not None:
        return make
    table = TABLES[make.table]
    by_key = {column_key(column): column for column in raw.header}
    columns: dict[str, Any] = {}
    links = dict(make.links)
    for name in table.columns:
        if name == "id" or name in make.constants or name in links:
            continue
        renamed = make.rename.get(name, "")
        source = by_key.get(renamed) or by_key.get(name)
        if source is None:
            continue
        if name in table.links or name == "link_id":
            links[name] = source
        else:
            columns[name] = source
    for name in _OURS.get(make.table, frozenset()):
        source = by_key.get(make.rename.get(name, name))
        if source is not None:
            columns[name] = source
    columns.update(
        {
            name: source
            for name, source in make.rename.items()
            if name not in columns
            and name not in links
            and name in table.columns
            and name not in table.links
            and source in raw.header
        }
    )
    id_columns = tuple(by_key[column] for column in make.id if column in by_key)
    return replace(make, id=id_columns, columns=columns, rename={}, links=links)


def _columns_used(make: Make) -> set[str]:
    used = set(make.id) | {make.each, make.when}
    used |= {source.split(":", 1)[-1] for source in make.links.values() if not source.startswith("@")}
    for spec in (make.columns or {}).values():
        used.update(_sources(spec))
    return used - {"", EACH}


def _alternatives(makes: Sequence[Make]) -> set[str]:
    """Columns that only stand in for another: where both say something, the second stays beside the record."""
    chosen: set[str] = set()
    second: set[str] = set()
    for make in makes:
        chosen |= {source.split(":", 1)[-1] for source in make.links.values()} | set(make.id) | {make.each, make.when}
        for spec in (make.columns or {}).values():
            if isinstance(spec, dict) and "first" in spec:
                chosen.add(spec["first"][0])
                second.update(spec["first"][1:])
            else:
                chosen.update(_sources(spec))
    return second - chosen


def _sources(spec: Any) -> Sequence[str]:
    if isinstance(spec, str):
        return (spec,)
    if isinstance(spec, dict):
        return tuple(spec.get("first", ())) + tuple(spec.get("join", ()))
    return tuple(spec)


def _value(spec: Any, row: MappingType[str, str], piece: str) -> str:
    if isinstance(spec, str):
        return piece if spec == EACH else row.get(spec, "")
    if isinstance(spec, dict):
        if "text" in spec:
            return str(spec["text"])
        if "first" in spec:
            return next((row[column] for column in spec["first"] if row.get(column, "").strip() not in _NO_LINK), "")
        return str(spec.get("with", ", ")).join(filled(row, spec.get("join", ())))
    return " ".join(filled(row, spec))


def filled(row: MappingType[str, str], columns: Iterable[str]) -> list[str]:
    """The cells of these columns that hold something, trimmed."""
    return [row[column].strip() for column in columns if row.get(column, "").strip() not in _NO_LINK]


def _make_row(
    makes: Sequence[Make], raw: RawFile, number: int, row: dict[str, str], unknown: Sequence[str], feed: Feed
) -> None:
    made: dict[str, list[Record]] = {}
    outside = [column for column in row if column in unknown or column not in raw.header]
    extra: dict[str, Any] = {column: row[column] for column in outside if row[column].strip()}
    for make in makes:
        if make.when and row.get(make.when, "").strip() in _NO_LINK:
            continue
        pieces = [""]
        if make.each:
            pieces = [piece.strip() for piece in row.get(make.each, "").split(make.separator)]
            pieces = [piece for piece in pieces if piece not in _NO_LINK]
        for place, piece in enumerate(pieces):
            for record in _records_of(make, raw, number, row, piece, place, made, feed):
                if extra:
                    said = set(record.values.values())
                    record.extra, extra = {name: cell for name, cell in extra.items() if cell not in said}, {}
                made.setdefault(make.table, []).append(record)
                feed.of(make.table).append(record)


def _records_of(
    make: Make, raw: RawFile, number: int, row: dict[str, str], piece: str, place: int, made: dict[str, list[Record]],
    feed: Feed,
) -> list[Record]:  # fmt: skip
    columns = make.columns or {}
    values: dict[str, Any] = {name: _value(spec, row, piece) for name, spec in columns.items()}
    values.update(make.constants)
    original = "|".join(row.get(column, "").strip() if column != EACH else piece for column in make.id)
    ref = original.strip("|") or f"{raw.stem}#{number}.{place}"
    links: dict[str, str] = {}
    several: dict[str, list[str]] = {}
    for column, source in make.links.items():
        if source.startswith("@"):
            siblings = made.get(source[1:], [])
            if siblings:
                links[column] = siblings[min(place, len(siblings) - 1)].ref
            continue
        prefix, _, heading = source.rpartition(":")
        cell = (piece if heading == EACH else row.get(heading, "")).strip()
        if cell in _NO_LINK:
            continue
        if _LIST_LINK.fullmatch(cell) and prefix != "name":
            several[column] = [part.strip() for part in re.split(r"[,;]", cell) if part.strip() not in _NO_LINK]
        else:
            links[column] = f"name:{cell}" if prefix == "name" else cell
    record = Record(make.table, ref, original.strip("|"), values, links, {}, raw.name, number)
    if make.identity:
        record.flags.add("identity:" + ",".join(make.identity))
    if make.identity or (make.each and make.id):
        record.flags.add(SHARED)
    return _exploded(record, several, feed) if several else [record]


def _exploded(record: Record, several: dict[str, list[str]], feed: Feed) -> list[Record]:
    """One record for each row that a cell links to; where only one can stand, the whole list waits for the linker."""
    if record.table in ("organization", "service", "location", "program", "taxonomy_term", "taxonomy"):
        record.links.update({column: "list:" + ",".join(parts) for column, parts in several.items()})
        return [record]
    records = []
    count = max(len(parts) for parts in several.values())
    for column, parts in several.items():
        feed.note(record, column, ",".join(parts), None, "link_exploded")
    for place in range(min(count, 500)):
        links = dict(record.links)
        links.update({column: parts[place] for column, parts in several.items() if place < len(parts)})
        values = dict(record.values)
        one = Record(record.table, record.ref, record.original_id, values, links, {}, record.file, record.row)
        one.flags.add(EXPLODED)
        records.append(one)
    return records


def file_stem(name: str) -> str:
    """The name of a file without folder, ending and the words that exports and downloads add.

    "services-Grid view.csv", "Copy of services (1).csv", "hsds_services_2024-01-31.csv" and "Service.csv" are services.
    """
    base = re.split(r"[/\\]", name)[-1]
    stem = re.sub(r"\.(csv|txt|tsv|xlsx|json|ndjson|jsonl)$", "", base, flags=re.IGNORECASE)
    stem = column_key(_ADDED_WORDS.sub("", stem))
    return _ONE_AS_MANY.get(stem, stem)
