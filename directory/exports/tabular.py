"""HSDS 3.1 as a folder of CSV files with its `datapackage.json`: every column of the standard in its order."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

from directory.hsds import publish
from directory.hsds.tables import TABLES
from directory.queries import iterate_public_rows

KINDS: Final = {
    "int": "number",
    "number": "number",
    "age": "number",
    "date": "date",
    "time": "time",
    "datetime": "datetime",
}


def write_csv_package(folder: Path, *, tell: Callable[[str, int], None] | None = None) -> dict[str, int]:
    """Write one CSV file a table into `folder` and answer the rows by table. The same data gives the same bytes.

    Foreign keys hold: a link to a record that is not published is left empty. `tell` is called after each table.
    """
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, set[Any]] = {}
    counts: dict[str, int] = {}
    for table in write_order():
        counts[table] = _write_table(folder / f"{table}.csv", table, written)
        if tell is not None:
            tell(table, counts[table])
    (folder / "datapackage.json").write_text(
        json.dumps(datapackage(), indent=2, sort_keys=True) + "\n", encoding="utf-8"
    )
    return counts


def write_order() -> list[str]:
    """The tables, each after those that it links to, so that links can be checked while writing."""
    order: list[str] = []
    waiting = list(TABLES)
    while waiting:
        ready = [t for t in waiting if all(link in order or link == t for link in TABLES[t].links.values())]
        if not ready:
            raise ValueError("The tables link in a circle.")
        order.extend(ready)
        waiting = [table for table in waiting if table not in ready]
    return order


def _write_table(path: Path, table: str, written: dict[str, set[Any]]) -> int:
    columns, links = list(TABLES[table].columns), TABLES[table].links
    words = _words_of_incomplete_addresses() if table == "location" else {}
    written[table] = set()
    with open(path, "w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\r\n")
        writer.writerow(columns)
        for row in iterate_public_rows(table):
            if table == "address" and publish.address_item(row) is None:
                continue
            written[table].add(row["id"])
            for column, target in links.items():
                if target != table and row.get(column) not in written[target]:
                    row[column] = None
            if row["id"] in words:
                row["description"] = ". ".join(filter(None, (row["description"], *words[row["id"]])))
            values = publish.fitted(table, row)
            writer.writerow([publish.csv_cell(values[column]) for column in columns])
    return len(written[table])


def _words_of_incomplete_addresses() -> dict[Any, list[str]]:
    """An address that lacks a part that HSDS requires is no row: its words go to its location's description."""
    found: dict[Any, list[str]] = {}
    for row in iterate_public_rows("address"):
        if publish.address_item(row) is None and publish.address_words(row):
            found.setdefault(row["location_id"], []).append(publish.address_words(row))
    return found


def datapackage() -> dict[str, Any]:
    """The descriptor of the folder (Frictionless Data)."""
    return {
        "name": "human_services_data",
        "title": "Human Services Data Specification",
        "profile": "tabular-data-package",
        "resources": [_resource(table) for table in TABLES],
    }


def _resource(table: str) -> dict[str, Any]:
    fields = [
        {"name": column.name, "type": KINDS.get(column.kind, "string")} for column in TABLES[table].columns.values()
    ]
    keys = [
        {"fields": column, "reference": {"resource": "" if target == table else target, "fields": "id"}}
        for column, target in TABLES[table].links.items()
    ]
    schema: dict[str, Any] = {"primaryKey": "id", "fields": fields}
    if keys:
        schema["foreignKeys"] = keys
    return {
        "name": table,
        "path": f"{table}.csv",
        "profile": "tabular-data-resource",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "schema": schema,
    }
