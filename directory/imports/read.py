"""A path becomes a feed: opened, recognised, mapped, cleaned; nothing is compared with the directory."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from core.errors import InvalidInput, Sentence
from directory.hsds.dialects import finish_raw
from directory.hsds.mapping import Mapping, RawFile, make_records
from directory.hsds.nested import read_objects
from directory.hsds.normalise import normalise
from directory.hsds.records import Change, Feed
from directory.imports.files import Opened, open_feed
from directory.imports.realign import realign
from directory.imports.recognise import load_mapping, parse_mapping, recognise

JSON_DIALECT: Final = "hsds-json"


def read(path: Path, mapping: Path | None = None, *, kept_mapping: str = "") -> Feed:
    """Read a feed from a folder, a zip or a file, with the steward's mapping where one is given.

    `kept_mapping` is the TOML that stayed with the source the last time; a file goes before it.
    Raises InvalidInput when it cannot be opened, is in no known format, or holds no services.
    """
    opened = open_feed(path)
    feed = (
        _from_objects(opened) if opened.objects and not opened.tables else _from_tables(opened, mapping, kept_mapping)
    )
    feed.encoding = opened.encodings
    feed.pages = opened.pages
    feed.changes.extend(Change(name, 0, "", None, None, "file_not_read") for name in opened.not_read)
    feed.changes.extend(Change(opened.name, 0, title, None, None, "sheet_hidden") for title in opened.hidden_sheets)
    feed.changes.extend(Change(name, row, "", None, None, "title_row") for name, row in opened.titles)
    feed.changes.extend(Change(name, row, "", span, None, "merged_cell") for name, row, span in opened.merged)
    if not feed.records.get("service"):
        raise InvalidInput("path", Sentence("There are no services in %(name)s; nothing was imported.", name=path.name))
    return feed


def _from_objects(opened: Opened) -> Feed:
    feed = Feed(opened.name, JSON_DIALECT)
    count = sum(read_objects(items, name, feed) for name, items in opened.objects)
    if not count:
        raise InvalidInput(
            "path", Sentence("The JSON holds no HSDS objects: an object has an id, and a service a name and a status.")
        )
    normalise(feed)
    return feed


def _from_tables(opened: Opened, mapping_path: Path | None, kept_mapping: str) -> Feed:
    tables: Sequence[RawFile] = opened.tables
    mapping: Mapping
    if mapping_path is not None:
        mapping = load_mapping(mapping_path)
    elif kept_mapping:
        mapping = parse_mapping(kept_mapping, "kept mapping")
    else:
        mapping = recognise(tables)
    feed = Feed(opened.name, mapping.name, licence=mapping.licence, credit=mapping.credit)
    for name, _ in opened.objects:
        feed.changes.append(Change(name, 0, "", None, None, "file_not_read"))
    if mapping.is_flat:
        tables = _with_columns(mapping, tables, feed)
    repaired = {change for raw in tables for change in realign(raw, feed)}
    for name, row, place in opened.ragged:
        if (name, row) not in repaired:
            feed.changes.append(Change(name, row, f"cell {place}", None, None, "extra_cell"))
    made = make_records(mapping, tables, feed)
    for name, row in opened.blank:
        if table := made.get(name):
            feed.refused[table] += 1
            feed.changes.append(Change(name, row, "", None, None, "empty_row", table))
    finish_raw(mapping.name, tables, feed)
    normalise(feed, mapping.null_words)
    return feed


def _with_columns(mapping: Mapping, tables: Sequence[RawFile], feed: Feed) -> list[RawFile]:
    """The tables that a flat mapping speaks of; a sheet of notes beside them is told as not read.

    A mapping that names a column which no table has is a slip of the pen; nothing is read past it.
    """
    wanted = {column for make in mapping.makes for column in make.columns_named()}
    missing = sorted(wanted - {column for raw in tables for column in raw.header})
    if missing:
        found = ", ".join(list(dict.fromkeys(column for raw in tables for column in raw.header))[:30])
        raise InvalidInput(
            "mapping",
            Sentence("The mapping names columns that the file has not: %(columns)s. The file has: %(found)s.",
                     columns=", ".join(missing), found=found or "-"),
        )  # fmt: skip
    kept = [raw for raw in tables if len(wanted & set(raw.header)) * 2 > len(wanted)]
    for raw in tables if kept else ():
        if raw not in kept:
            feed.changes.append(Change(raw.name, 1, "", f"{len(raw.rows)} rows", None, "file_not_read"))
    return kept or list(tables)
