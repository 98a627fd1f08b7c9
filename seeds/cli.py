"""The demo data's commands: `flask --app app seed …`."""

from __future__ import annotations

import click
from flask.cli import AppGroup
from flask_security import hash_password

from core.errors import GoldthreadError
from seeds.load import list_demo_users, load_demo

group = AppGroup("seed", help="Invented data to try the site with.")


@group.command("demo")
def demo() -> None:
    """Add the invented organizations, services, closed days, accounts and people that are not there yet."""
    try:
        loaded = load_demo(hash_password=hash_password)
    except GoldthreadError as error:
        raise click.ClickException(str(error)) from error
    if loaded.is_nothing:
        click.echo("The demo data is there already; nothing was changed.")
        return
    for table, count in (*loaded.records.items(), *loaded.care.items()):
        click.echo(f"  {table:20} {count:>6,}")
    click.echo(
        f"Added {sum(loaded.records.values()):,} records, {loaded.closing_days} closed days, {loaded.people} accounts."
    )


@group.command("sign-ins")
def sign_ins() -> None:
    """Print who can sign in to the demo, with which password."""
    people = list_demo_users()
    width = max(len(person.email) for person in people)
    click.echo("Demo sign-ins (invented people):")
    for person in people:
        click.echo(f"  {person.email:{width}}  {person.role:16}  {person.password}")
