"""Commands about the keys of personal data: `flask --app app keys rotate` and `keys list`.

Packages above hang what else the ring seals on `app.extensions["goldthread_sealed"]`, as app.py shows.
"""

from __future__ import annotations

from typing import Any

import click
from flask import current_app
from flask.cli import AppGroup

from care.actions import keys
from core.identity import system_identity

group = AppGroup("keys", help="The keys that seal personal data.")


@group.command("list")
def list_keys() -> None:
    """Print each key's number and how many people's data and files it seals. One with 0 of all is no longer needed."""
    files = keys.count_files_by_key()
    others = [(name, count()) for name, count, _reseal in _others()]
    for number, people in keys.count_by_key().items():
        more = "".join(f", {counted.get(number, 0)} {name}" for name, counted in others)
        click.echo(f"key {number}: {people} people, {files.get(number, 0)} files{more}")


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
    more = "".join(f", {_reseal_all(reseal, identity)} {name}" for name, _count, reseal in _others())
    click.echo(f"Sealed anew: {total} people, {files} files{more}. Keep the older keys while a backup needs them.")


def _others() -> Any:
    """What packages above seal by the ring: (name, its count by key, its batch of sealing anew)."""
    return current_app.extensions.get("goldthread_sealed", ())


def _reseal_all(reseal: Any, identity: Any) -> int:
    total, after = 0, None
    while True:
        changed, after = reseal(identity, after=after)
        total += changed
        if after is None:
            return int(total)
