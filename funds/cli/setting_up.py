"""`flask --app app funds set-up`: a fund with the shipped categories, tax thresholds and example rules."""

from __future__ import annotations

from datetime import datetime
from uuid import uuid4

import click

from core.errors import Conflict, InvalidInput
from core.identity import system_identity
from funds.actions import budgets, shipped
from funds.cli.group import group


@group.command("set-up")
@click.option("--code", required=True, help="Short code of the fund, such as SDF.")
@click.option("--name", required=True, help="Its name in the office.")
@click.option("--public-name", required=True, help="Its name on vendors' papers: without a hint of health care.")
@click.option("--starts-on", required=True, type=click.DateTime(["%Y-%m-%d"]), help="First day, 2026-01-01.")
def set_up(code: str, name: str, public_name: str, starts_on: datetime) -> None:
    """Make a fund. Its rules are examples: replace them by the county's policy before money moves."""
    try:
        budgets.set_up_fund(
            system_identity("command line"),
            fund_id=uuid4(),
            code=code,
            name=name,
            public_name=public_name,
            starts_on=starts_on.date(),
            categories=shipped.categories(),
            thresholds=shipped.thresholds(),
            rules=shipped.rules(),
        )
    except (Conflict, InvalidInput) as refusal:
        raise click.ClickException(str(refusal)) from refusal
    click.echo(f"The fund {code} is set up. Its rules are examples: look at them, then open a budget year.")
