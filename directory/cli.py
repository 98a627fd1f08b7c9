"""The directory's commands: `flask --app app directory …`."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from core.errors import GoldthreadError
from core.identity import system_identity
from directory import actions, exports, geocoding, imports, queries, search

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


@group.command("import")
@click.argument("path", type=click.Path(path_type=Path))
@click.option("--mapping", type=click.Path(path_type=Path), help="A TOML file that says which column is what.")
@click.option("--dry-run", is_flag=True, help="Say what would change, and change nothing.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the whole report here, as JSON.")
@click.option("--source", help="The name of the source; the file's name if it is not given. Use the same each time.")
@click.option("--partial", is_flag=True, help="The feed is a part: what it does not hold is left alone.")
@click.option("--strict", is_flag=True, help="Import nothing if any row would be refused.")
@click.option("--show-inactive", is_flag=True, help="Show services that the feed calls inactive, marked not confirmed.")
@click.option("--accept-losses", is_flag=True, help="Go on although many services would be retired or hidden.")
def import_feed(
    path: Path, mapping: Path | None, dry_run: bool, report: Path | None, source: str | None, partial: bool,
    strict: bool, show_inactive: bool, accept_losses: bool,
) -> None:  # fmt: skip
    """Import a feed: HSDS (CSV folder, zip, JSON), a known dialect, or any flat file with a mapping.

    All or nothing: it is written in one transaction, after everything was read and compared. The same feed again
    changes nothing. A mapping stays with its source: the next time it need not be given.
    """
    options = imports.Options(
        partial=partial, strict=strict, show_inactive=show_inactive, accept_losses=accept_losses
    )  # fmt: skip
    try:
        kept = queries.find_source_mapping(source or path.stem) or ""
        feed = imports.read(path, mapping, kept_mapping=kept)
        name = source or feed.name
        with _bar(sum(len(records) for records in feed.records.values()), "Comparing") as bar:
            plan = imports.compare(feed, name, options, progress=bar.update)
        if report is not None:
            _write_report(report, imports.as_json(plan, dry_run=dry_run, indent=1))
        if not dry_run and not plan.stops and not plan.changes_nothing:
            with _bar(sum(1 for write in plan.writes if write.is_new), "Writing") as bar:
                actions.apply_feed(
                    system_identity("import"),
                    plan=plan,
                    file_name=path.name,
                    report=imports.as_json(plan, dry_run=False, most_changes=imports.STORED_CHANGES),
                    progress=bar.update,
                    mapping=mapping.read_text("utf-8") if mapping is not None and mapping.is_file() else "",
                )
    except GoldthreadError as error:
        raise click.ClickException(str(error)) from error
    for line in imports.as_lines(plan, dry_run=dry_run):
        click.echo(line)
    if plan.stops:
        raise click.exceptions.Exit(1)


def _write_report(path: Path, text: str) -> None:
    """Write the report before anything is imported: who wants one gets it, or nothing is done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    except OSError as error:
        raise click.ClickException(
            f"The report cannot be written to {path} ({error.strerror}). Nothing was imported. Name another file."
        ) from error


def _bar(length: int, label: str) -> Any:
    """A progress bar on a terminal; silent elsewhere."""
    return click.progressbar(length=length, label=label, file=sys.stderr, hidden=not sys.stderr.isatty())


@group.command("reindex")
def reindex() -> None:
    """Build the search index anew from the database. Searches go on meanwhile with the old one."""

    def tell(count: int) -> None:
        click.echo(f"\r{count:,} listings read", nl=False)

    total = search.reindex(tell if sys.stdout.isatty() else None)
    click.echo(f"\r{total:,} listings indexed.")


@group.command("geocode")
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True, help="Addresses at most.")
def geocode(limit: int) -> None:
    """Ask the configured address service for providers' points. Never for a person or a place that must stay secret."""
    answers = actions.StoredAnswers()
    service = geocoding.geocoder_from(current_app.config["GOLDTHREAD"], cache=answers)
    if service is None:
        raise click.ClickException(
            "No address service is configured: set GOLDTHREAD_GEOCODER to nominatim, photon or census."
        )
    with click.progressbar(length=limit, label="Asking") as bar:
        found = actions.locate_providers(
            system_identity("geocode"), service=service, answers=answers, limit=limit, tell=lambda _done: bar.update(1)
        )
    click.echo(f"{found.asked} addresses asked, {found.placed} places got a point, {found.unknown} were not known.")
    if found.stopped:
        raise click.ClickException("The address service stopped answering; what was found is kept. Try again later.")
