"""Commands about the installation: `flask doctor`, `flask backup`, `flask restore`."""

from __future__ import annotations

from pathlib import Path

import click
from flask import Flask, current_app
from flask.cli import with_appcontext

from core.backup import BackupFailed, make_backup, restore_backup
from core.clock import now_utc
from core.config import Config
from core.db import db
from core.doctor import examine


def init_cli(app: Flask) -> None:
    """Add the commands."""
    for command in (doctor, backup, restore):
        app.cli.add_command(command)


def _config() -> Config:
    config: Config = current_app.config["GOLDTHREAD"]
    return config


@click.command("doctor")
@with_appcontext
def doctor() -> None:
    """Say what is unsafe about this installation. Exit 0 when nothing is, 1 with a sentence a finding."""
    findings = examine(current_app, _config())
    for finding in findings:
        click.echo(f"✗ {finding}")
    if findings:
        click.echo(f"{len(findings)} findings. In production the site does not start until they are mended.")
        raise SystemExit(1)
    click.echo("Nothing unsafe found.")


@click.command("backup")
@click.option("--to", "folder", type=click.Path(path_type=Path), help="The folder; else GOLDTHREAD_BACKUP_TARGET.")
@with_appcontext
def backup(folder: Path | None) -> None:
    """Write an encrypted copy of the database while the site runs."""
    config = _config()
    target = folder or (Path(config.backup_target) if config.backup_target else None)
    if target is None:
        raise click.ClickException("Say where with --to or GOLDTHREAD_BACKUP_TARGET.")
    try:
        path = make_backup(config, target, passphrase=config.secret_key, now=now_utc())
    except (BackupFailed, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"Wrote {path} ({path.stat().st_size:,} bytes).")


@click.command("restore")
@click.argument("path", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.confirmation_option(prompt="This replaces the whole database. Go on?")
@with_appcontext
def restore(path: Path) -> None:
    """Put a backup back. Stop the site first."""
    config = _config()
    db.session.remove()
    db.engine.dispose()
    try:
        restore_backup(config, path, passphrase=config.secret_key)
    except (BackupFailed, OSError) as error:
        raise click.ClickException(str(error)) from error
    click.echo("Restored. The search index follows by itself; run `flask --app app directory reindex` to be sure.")
