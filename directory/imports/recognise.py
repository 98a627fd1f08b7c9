"""Which kind of feed this is, by its set of columns, and the mappings that come with the program."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from core.errors import InvalidInput, Sentence
from directory.hsds.mapping import HSDS, Mapping, RawFile, read_mapping
from directory.hsds.places import column_key

MAX_MAPPING_BYTES = 256 * 1024


@cache
def shipped_mappings() -> dict[str, Mapping]:
    """Every mapping in `directory/mappings`, by name."""
    texts: dict[str, dict[str, Any]] = {}
    for entry in sorted(files("directory").joinpath("mappings").iterdir(), key=lambda entry: entry.name):
        if entry.name.endswith(".toml"):
            data = tomllib.loads(entry.read_text("utf-8"))
            texts[data.get("name", entry.name)] = data
    mappings = {name: read_mapping(data, name) for name, data in texts.items() if "base" not in data}
    for name, data in texts.items():
        if "base" in data:
            mappings[name] = read_mapping({**data}, name, mappings[data["base"]])
    return mappings


def load_mapping(path: Path) -> Mapping:
    """A steward's mapping from its TOML file, or a shipped one by its name."""
    if not path.exists() and path.name in shipped_mappings():
        return shipped_mappings()[path.name]
    try:
        if path.stat().st_size > MAX_MAPPING_BYTES:
            raise InvalidInput("mapping", Sentence("The mapping %(name)s is too long.", name=path.name))
        return parse_mapping(path.read_text("utf-8"), path.stem)
    except (IsADirectoryError, PermissionError) as error:
        raise InvalidInput("mapping", Sentence("%(name)s is no file that can be read.", name=path.name)) from error
    except FileNotFoundError as error:
        raise InvalidInput("mapping", Sentence("There is no mapping %(name)s.", name=path.name)) from error
    except UnicodeDecodeError as error:
        raise InvalidInput("mapping", Sentence("The mapping %(name)s is no text in UTF-8.", name=path.name)) from error


def parse_mapping(text: str, name: str) -> Mapping:
    """A mapping from its TOML; InvalidInput says what does not fit."""
    try:
        return read_mapping(tomllib.loads(text), name)
    except tomllib.TOMLDecodeError as error:
        sentence = Sentence("The mapping %(name)s is no TOML: %(why)s", name=name, why=str(error))
        raise InvalidInput("mapping", sentence) from error


def recognise(tables: Sequence[RawFile]) -> Mapping:
    """The mapping whose columns are all there, the one that asks for most. Else a refusal names the nearest."""
    found = [mapping for mapping in shipped_mappings().values() if not _missing(mapping, tables)]
    if found:
        return max(found, key=_asked)
    raise InvalidInput("path", _refusal(tables))


def _asked(mapping: Mapping) -> int:
    return sum(len(columns) for columns in mapping.recognise.values())


def _missing(mapping: Mapping, tables: Sequence[RawFile]) -> list[str]:
    """The columns by which the mapping is known and that are not there, as "file: column"."""
    if not mapping.recognise:
        return ["(nothing)"]
    if "*" in mapping.recognise:
        wanted = mapping.recognise["*"]
        best = min((([c for c in wanted if c not in raw.header]) for raw in tables), key=len, default=list(wanted))
        return best if len(tables) == 1 else [*best, "(one file alone)"]
    headers = {raw.stem: raw.header for raw in tables}
    if mapping.name == HSDS:  # its columns are looked up in any spelling
        headers = {stem: tuple(column_key(column) for column in header) for stem, header in headers.items()}
    return [
        f"{stem}: {column}"
        for stem, columns in mapping.recognise.items()
        for column in columns
        if column not in headers.get(stem, ())
    ]


def _refusal(tables: Sequence[RawFile]) -> Sentence:
    """Nearest format, missing and unknown columns, how to map."""
    mappings = [mapping for mapping in shipped_mappings().values() if mapping.recognise]
    if not any(raw.rows for raw in tables):
        return Sentence(
            "There are headings and no rows in %(names)s.", names=", ".join(raw.name for raw in tables)[:200]
        )

    def likeness(mapping: Mapping) -> tuple[float, int]:
        # Of equally far formats the standard is the one that most feeds are meant to be.
        return (_asked(mapping) - len(_missing(mapping, tables))) / _asked(mapping), mapping.name == HSDS

    nearest = max(mappings, key=likeness)
    missing = ", ".join(_missing(nearest, tables)[:8])
    known = {column for columns in nearest.recognise.values() for column in columns}
    unknown = ", ".join([column for raw in tables for column in raw.header if column not in known][:12])
    if len(tables) > 1:
        return Sentence(
            "This format is not known. The nearest is %(nearest)s; it would need the columns %(missing)s. Files found:"
            " %(names)s. Name the files as the standard does (organizations.csv, services.csv, locations.csv,"
            " service_at_location.csv), or put the list into one file and give a mapping with --mapping FILE.",
            nearest=nearest.title,
            missing=missing,
            names=", ".join(raw.name for raw in tables)[:400],
        )
    return Sentence(
        "This format is not known. The nearest is %(nearest)s; it would need the columns %(missing)s. Columns found:"
        ' %(unknown)s. Write a mapping: a TOML file with row = "service" and lines such as organization.name ='
        ' "your column", and give it with --mapping FILE.',
        nearest=nearest.title,
        missing=missing,
        unknown=unknown,
    )
