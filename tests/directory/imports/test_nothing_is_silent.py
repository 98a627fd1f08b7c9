"""Every filled cell of every shared CSV is stored, or the report names its row or its column."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path
from typing import Any

import pytest

from directory import imports
from directory.hsds.records import Plan
from directory.hsds.values import clean_text
from directory.imports.files import open_feed

pytestmark = pytest.mark.one_database

FEEDS = (
    "dc-crie-hsds2.0",
    "dc-crie-hsds2.0-small",
    "florida-legal-aid-raw",
    "samhsa-mental-health-ny",
    "nyc-streetlives-airtable",
    "sheltertech-sf-fake-names",
    "ohana-sample-csv",
    "openreferral-examples-3.1/csv",
)


def stored_words(plan: Plan) -> str:
    """Everything that the plan would write, as one text."""
    words: set[str] = set()

    def add(value: Any) -> None:
        if isinstance(value, dict):
            for part in value.values():
                add(part)
        elif isinstance(value, list | tuple):
            for part in value:
                add(part)
        elif value is not None:
            words.add(str(value))

    for write in plan.writes:
        add(write.values)
        add(json.loads(write.received))
        words.update(write.original_id.replace(",", "|").split("|"))
    return "\n".join(words)


def lost_cells(path: Path, plan: Plan) -> Counter[tuple[str, str]]:
    """Filled cells that are neither stored nor told of, counted by file and column."""
    stored = stored_words(plan)
    rows = {(change.file, change.row) for change in plan.changes}
    columns: dict[str, set[str]] = defaultdict(set)
    for change in plan.changes:
        if change.row <= 1:
            columns[change.file].add(change.field)
    lost: Counter[tuple[str, str]] = Counter()
    for raw in open_feed(path).tables:
        for number, row in raw.rows:
            for column, cell in row.items():
                said = clean_text(cell)[0]
                told = (raw.name, number) in rows or column in columns[raw.name] or "" in columns[raw.name]
                parts = [part.strip() for part in said.replace(";", ",").split(",")]
                if said and said != "0" and not told and said not in stored and not all(p in stored for p in parts):
                    lost[raw.name, column] += 1
    return lost


@pytest.mark.parametrize("name", FEEDS)
def test_no_cell_is_dropped_silently(name: str, shared_dir: Path, app: Any) -> None:
    path = shared_dir / "data" / name

    lost = lost_cells(path, imports.compare(imports.read(path), "Test feed"))

    stamps = {"created_at", "updated_at"}  # of ShelterTech's join tables, which hold nothing else but keys
    assert {key: count for key, count in lost.items() if key[1] not in stamps} == {}


def test_the_check_finds_a_lost_cell(write_feed: Any, app: Any) -> None:
    path = write_feed()
    plan = imports.compare(imports.read(path), "Test feed")
    plan.writes = [write for write in plan.writes if write.table != "service"]

    assert lost_cells(path, plan)["services.csv", "name"] == 1
