"""`flask --app app funds expire`: the daily run that frees what lies unused and reminds of receipts."""

from __future__ import annotations

import click
from flask import current_app, render_template
from flask_babel import force_locale, format_date, gettext

import accounts.queries
from core.config import Config
from core.errors import NotFound
from core.identity import system_identity
from core.layout import LOCALES
from core.mail import Mail, send_mail
from funds.actions import expiring
from funds.actions.expiring import ToTell
from funds.cli.group import group


@group.command("expire")
@click.option("--dry-run", is_flag=True, help="Say what would be done; change and mail nothing.")
def expire(dry_run: bool) -> None:
    """Free money that lies unused past its day, warn a week before, remind of receipts. Run it once a day."""
    run = expiring.expire_requests(system_identity("daily run"), is_dry_run=dry_run)
    for number in run.expired:
        click.echo(f"{number}: expired, the unused money is available again.")
    for number in run.refused:
        click.echo(f"{number}: could not be freed; its month is closed. Open the month, or carry the request over.")
    for tell in run.to_tell:
        click.echo(f"{tell.number}: reminder about {tell.kind} ({tell.on.isoformat()}).")
        if not dry_run:
            _mail(tell)
    for number in run.marked:
        click.echo(f"{number}: receipts are overdue.")
    would = "Would free" if dry_run else "Freed"
    click.echo(f"{would} {len(run.expired)}, reminders {len(run.to_tell)}, newly overdue {len(run.marked)}.")


def _mail(tell: ToTell) -> None:
    """One reminder: it names the request by its number and nobody."""
    config: Config = current_app.config["GOLDTHREAD"]
    try:
        account = accounts.queries.get_account(tell.user_id)
    except NotFound:
        return
    if not account.active:
        return
    with force_locale(LOCALES.get(account.language, "en_US")):
        values = {"name": account.name, "number": tell.number, "day": format_date(tell.on)}
        body = render_template(f"funds/mail/{tell.kind}.txt", address=config.public_url, **values)
        if tell.kind == "expiry":
            subject = gettext("Money set aside for %(number)s is freed soon", number=tell.number)
        else:
            subject = gettext("Receipts for %(number)s", number=tell.number)
    send_mail(config, Mail(account.email, subject, body))
