"""`flask --app app funds rollover preview|commit|rollback`: the year end of a fund, from the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import UUID

import click
from flask.cli import AppGroup

from core.errors import Conflict, NotAllowed, NotFound
from core.identity import system_identity
from core.money import format_cents
from funds.actions import rollover
from funds.cli.group import group
from funds.queries import year_end

rollovers = AppGroup("rollover", help="The year end of a fund: preview, commit exactly that, roll back.")
group.add_command(rollovers)
WHO = "command line"


@rollovers.command("preview")
@click.option("--fund", required=True, help="Code of the fund, such as SDF.")
@click.option("--year", required=True, help="Name of the year that ends, such as 2026.")
def preview(fund: str, year: str) -> None:
    """Say and keep what the year end would post now. Nothing is posted."""
    found, ending = year_end.find_fund(fund), year_end.find_year_by_code(year)
    if found is None or ending is None:
        raise click.ClickException(f"There is no fund {fund} or no year {year}.")
    fund_id, year_id = found.id, ending.id
    with _refusals():
        run_id = rollover.preview_rollover(system_identity(WHO), fund_id=fund_id, year_id=year_id)
    run = year_end.get_run(run_id)
    for line in run.preview["lines"]:
        click.echo(
            f"{line['code']}: budget {format_cents(line['appropriation'])}, spent {format_cents(line['spent'])}, "
            f"held and carried {format_cents(line['held_carried'])}, left {format_cents(line['left'])} "
            f"(carried {format_cents(line['left_carried'])}), to recover {format_cents(line['to_recover'])}"
        )
    click.echo(f"{len(run.preview['postings'])} postings, digest {run.digest}")
    click.echo(f"Commit exactly this: funds rollover commit {run_id}")


@rollovers.command("commit")
@click.argument("run", type=click.UUID)
def commit(run: UUID) -> None:
    """Post the year end exactly as it was previewed."""
    _run(lambda: rollover.commit_rollover(system_identity(WHO), run_id=run), "posted")


@rollovers.command("rollback")
@click.argument("run", type=click.UUID)
def rollback(run: UUID) -> None:
    """Undo a committed year end, while nothing followed it."""
    _run(lambda: rollover.rollback_rollover(system_identity(WHO), run_id=run), "mirrored")


def _run(act: Callable[[], int], done: str) -> None:
    with _refusals():
        count = act()
    click.echo(f"{count} postings {done}.")


@contextmanager
def _refusals() -> Iterator[None]:
    """Refusals as one line and exit code 1."""
    try:
        yield
    except (Conflict, NotAllowed) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    except NotFound as refusal:
        raise click.ClickException("There is no such year end. Make a preview first.") from refusal
