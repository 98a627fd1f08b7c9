"""Commands about the keys of personal data: `flask --app app keys rotate` and `keys list`."""

from __future__ import annotations

import click
from flask.cli import AppGroup

from care.actions import keys
from core.identity import system_identity

group = AppGroup("keys", help="The keys that seal personal data.")


@group.command("list")
def list_keys() -> None:
    """Print each key's number and how many people's data and files it seals. One with 0 of both is no longer needed."""
    files = keys.count_files_by_key()
    for number, people in keys.count_by_key().items():
        click.echo(f"key {number}: {people} people, {files.get(number, 0)} files")


@group.command("rotate")
@click.option("--resume", is_flag=True, help="Add no key; go on with what an earlier rotation left.")
def rotate(resume: bool) -> None:
    """Add a key where the program keeps the ring, and seal everything anew under the newest, while the site runs.

    Where GOLDTHREAD_DATA_KEYS gives the ring, add a key there first, in every process.
    """
    identity = system_identity("command line")
    if not resume:
        number = keys.add_key(identity)
        click.echo(f"Added key {number}." if number else "The environment gives the keys: its newest one is used.")
    total, after = 0, None
    while True:
        changed, after = keys.reseal_batch(identity, after=after)
        total += changed
        if after is None:
            break
    files, last = 0, None
    while True:
        changed, last = keys.reseal_files(identity, after=last)
        files += changed
        if last is None:
            break
    click.echo(f"Sealed anew: {total} people, {files} files. Keep the older keys while a backup needs them.")
