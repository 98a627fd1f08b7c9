"""Commands about accounts: `flask --app app accounts create-admin`."""

from __future__ import annotations

import click
from flask import current_app
from flask.cli import AppGroup

from accounts import actions
from core.config import Config
from core.errors import GoldthreadError

group = AppGroup("accounts", help="Accounts of people who sign in.")


@group.command("create-admin")
@click.option("--email", prompt="E-mail address", help="Where the administrator receives mail.")
@click.option("--name", prompt="Name", help="The administrator's name.")
def create_admin(email: str, name: str) -> None:
    """Make an administrator and print the link with which they set a password (good for seven days)."""
    try:
        invited = actions.make_admin(email=email, name=name)
    except GoldthreadError as error:
        raise click.ClickException(str(error)) from error
    config: Config = current_app.config["GOLDTHREAD"]
    click.echo(f"{invited.name} opens this link once to set a password:")
    click.echo(f"{config.public_url.rstrip('/')}/invitation/{invited.token}")
