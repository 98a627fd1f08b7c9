"""Commands about the trail: `flask --app app audit check` and `head`."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from audit import checks, queries

group = AppGroup("audit", help="The trail of who did what.")


@group.command("check")
@click.option("--kept", help="A head that was kept elsewhere, as NUMBER:HASH; shows a tail that was cut off.")
def check(kept: str | None) -> None:
    """Recompute every hash of the trail. Prints each problem as a sentence and exits 1 when there is one."""
    problems = checks.verify_chain(parse_head(kept) if kept else None)
    for problem in problems:
        click.echo(problem)
    if problems:
        raise SystemExit(1)
    seq, _digest = queries.chain_head()
    click.echo(f"The trail is whole: {seq} events.")


@group.command("head")
def head() -> None:
    """Print the number and hash of the last event, to be kept elsewhere each day."""
    seq, digest = queries.chain_head()
    click.echo(f"{seq}:{digest}")


def parse_head(kept: str) -> tuple[int, str]:
    """A head as `flask --app app audit head` prints it. Raises click's BadParameter for anything else."""
    number, colon, digest = kept.partition(":")
    if not colon or not number.isdigit() or len(digest) != 64:
        raise click.BadParameter("Write it as NUMBER:HASH, as `flask --app app audit head` prints it.")
    return int(number), digest
