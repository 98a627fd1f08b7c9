"""`flask --app app funds check`: the proof of the books, for a nightly run and for an auditor."""

from __future__ import annotations

import sys

import click

from audit.cli import parse_head
from core.errors import Unavailable
from core.identity import system_identity
from funds import checks
from funds.actions import checking
from funds.cli.group import group

COULD_NOT_RUN = 2


@group.command("check")
@click.option("--kept", help="A head of the trail kept elsewhere, as NUMBER:HASH; shows a tail that was cut off.")
@click.option("--record", is_flag=True, help="Write an event of the trail that the check ran, with its outcome.")
def check(kept: str | None, record: bool) -> None:
    """Recompute the books and the trail from their rows. Prints each problem as a sentence.

    Exit code 0: all is whole. 1: there are problems. 2: the check could not run.
    """
    head = parse_head(kept) if kept else None
    try:
        problems, counted = checks.verify(head, progress=_progress)
        if record:
            checking.record_check(system_identity("funds check"), problems=len(problems), postings=counted.postings)
    except (OSError, RuntimeError, checks.UNREADABLE, Unavailable) as error:
        click.echo(f"The check could not run: {type(error).__name__}. Is the database there, and migrated?", err=True)
        raise SystemExit(COULD_NOT_RUN) from error
    for problem in problems:
        click.echo(problem)
    if problems:
        raise SystemExit(1)
    click.echo(
        f"The books are whole: {counted.postings} postings, {counted.transfers} transfers, {counted.events} events."
    )


def _progress(part: str) -> None:
    if sys.stderr.isatty():
        click.echo(f"Checking {part} …", err=True)
