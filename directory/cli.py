"""The directory's commands: `flask --app app directory …`."""

from __future__ import annotations

import json

import click
from flask.cli import AppGroup

from directory import queries

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
