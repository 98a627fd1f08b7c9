"""`flask --app app funds export`: the books as a file, recorded before it is there."""

from __future__ import annotations

import tempfile
from datetime import date, datetime
from pathlib import Path

import click

from core.clock import now_utc
from core.errors import InvalidInput
from core.identity import system_identity
from core.money import format_cents
from funds.actions.exporting import record_export
from funds.cli.group import group
from funds.exports import FORMATS, Wishes, write_export
from funds.queries.scope import scope_of

DAY = click.DateTime(formats=["%Y-%m-%d"])


@group.command("export")
@click.option("--format", "format", type=click.Choice(FORMATS), required=True, help="What the file is for.")
@click.option(
    "--output", "--out", "output", type=click.Path(dir_okay=False, path_type=Path), required=True, help="Where it goes."
)
@click.option("--year", default="", help="Only one budget year, by its code.")
@click.option("--fund", default="", help="Only one fund, by its code.")
@click.option("--from", "from_on", type=DAY, help="From this effective day on, YYYY-MM-DD.")
@click.option("--to", "to_on", type=DAY, help="Up to this effective day, YYYY-MM-DD.")
@click.option("--columns", default="", help='gl: headings and fields, "Post Date=date,Acct=object,Amount=amount".')
@click.option("--accounts", default="", help='gl: codes for kinds of account, "cash=1010,payable=2010".')
def export(
    format: str,
    output: Path,
    year: str,
    fund: str,
    from_on: datetime | None,
    to_on: datetime | None,
    columns: str,
    accounts: str,
) -> None:
    """Write the books, by code, with a manifest beside them (rows, control total, head of the trail).

    Exits with 1 and a sentence when the fund, the year or a column is unknown; then nothing is written.
    """
    now = now_utc()
    if not output.parent.is_dir():
        raise click.ClickException(f"There is no folder {output.parent}. Make it first.")
    try:
        scope, words = scope_of(fund=fund, year=year, from_on=_day(from_on), to_on=_day(to_on))
        with tempfile.TemporaryDirectory(prefix=".export-", dir=output.parent) as folder:
            made = write_export(
                format,
                scope,
                Path(folder, output.name),
                now=now,
                filter_words=words,
                wishes=Wishes(columns=columns, accounts=accounts),
            )
            record_export(
                system_identity("command line"),
                format=format,
                filters=words,
                rows=made.manifest["rows"],
                control_total_cents=made.manifest["control_total_cents"],
                digests=made.manifest["files"],
                now=now,
            )
            for each in made.files:
                each.replace(output.with_name(each.name))
    except InvalidInput as refusal:
        raise click.ClickException(str(refusal.sentence)) from refusal
    total = format_cents(made.manifest["control_total_cents"])
    click.echo(f"Wrote {made.manifest['rows']} transfers, {total} in all, into {output}.")


def _day(moment: datetime | None) -> date | None:
    return moment.date() if moment else None
