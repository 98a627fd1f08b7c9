"""The directory's commands: `flask --app app directory …`."""

from __future__ import annotations

import json
from pathlib import Path

import click
from flask.cli import AppGroup

from directory import exports, queries

group = AppGroup("directory", help="Import, count and index the directory.")


@group.command("stats")
@click.option("--json", "as_json", is_flag=True, help="One JSON object: rows by HSDS table, and `public`.")
def stats(as_json: bool) -> None:
    """Count the rows of each HSDS table, and how many of them the public sees."""
    rows, public = queries.count_rows(), queries.count_rows(public_only=True)
    if as_json:
        click.echo(json.dumps({**rows, "public": public}))
        return
    width = max(map(len, rows))
    click.echo(f"{'table':{width}}  {'rows':>9}  {'public':>9}")
    for name, count in rows.items():
        click.echo(f"{name:{width}}  {count:>9,}  {public[name]:>9,}")


@group.command("export")
@click.option(
    "--format", "kind", type=click.Choice(["hsds-json", "hsds-csv"]), required=True, help="HSDS 3.1 as JSON or CSV."
)
@click.option(
    "--out", "folder", type=click.Path(file_okay=False, path_type=Path), required=True, help="The folder to write."
)
def export(kind: str, folder: Path) -> None:
    """Write the public directory as HSDS 3.1. The same data gives the same bytes; secret places are in neither."""

    def tell(table: str, count: int) -> None:
        click.echo(f"{table}: {count:,}")

    if kind == "hsds-csv":
        counts = exports.write_csv_package(folder, tell=tell)
        click.echo(f"Wrote {sum(counts.values()):,} rows of {len(counts)} tables and datapackage.json into {folder}.")
        return
    folder.mkdir(parents=True, exist_ok=True)
    count = exports.write_json(folder / "services.json", tell=tell)
    click.echo(f"Wrote {count:,} services into {folder / 'services.json'}.")
