"""Sealing people's and files' keys anew under the newest key of the ring, in batches, while the site runs."""

from __future__ import annotations

import base64
from datetime import datetime
from uuid import UUID

from sqlalchemy import select

from audit import actions as trail
from audit.rules import EventKind
from care import vault
from care.models import Enrollee
from core import files
from core.clock import now_utc
from core.config import add_data_key
from core.crypto import key_number, new_key
from core.db import current_config, db, transaction
from core.identity import Identity

BATCH = 100


def add_key(identity: Identity, *, now: datetime | None = None) -> int | None:
    """Add a fresh key to the ring where the program keeps it in a file; None where the environment gives the ring."""
    now = now or now_utc()
    number = add_data_key(current_config(), base64.urlsafe_b64encode(new_key()).decode())
    if number is not None:
        with transaction():
            trail.record(EventKind.KEYS_ROTATED, identity, now=now, details={"added": number})
    return number


def reseal_batch(
    identity: Identity, *, after: UUID | None = None, size: int = BATCH, now: datetime | None = None
) -> tuple[int, UUID | None]:
    """Seal the keys of the next people under the newest key: how many changed, and where to go on (None: the end).

    One transaction and, when something changed, one event. What is stopped half way goes on with the next call.
    """
    now = now or now_utc()
    with transaction() as session:
        wanted = select(Enrollee).order_by(Enrollee.id).limit(size).with_for_update()
        if after is not None:
            wanted = wanted.where(Enrollee.id > after)
        people = session.scalars(wanted).all()
        changed = sum(vault.reseal_data_key(person) for person in people)
        if changed:
            trail.record(
                EventKind.KEYS_ROTATED,
                identity,
                now=now,
                details={"key": vault.ring().newest, "people": changed},
            )
        return changed, people[-1].id if len(people) == size else None


def reseal_files(
    identity: Identity, *, after: str | None = None, size: int = BATCH, now: datetime | None = None
) -> tuple[int, str | None]:
    """Likewise the keys of the next stored files: how many changed, and where to go on (None: the end)."""
    now = now or now_utc()
    changed, last = files.reseal_batch(after=after, size=size)
    if changed:
        with transaction():
            trail.record(
                EventKind.KEYS_ROTATED, identity, now=now, details={"key": vault.ring().newest, "files": changed}
            )
    return changed, last


def count_files_by_key() -> dict[int, int]:
    """How many stored files' keys are sealed under each key of the ring."""
    return dict.fromkeys(sorted(vault.ring().keys), 0) | files.count_by_key()


def count_by_key() -> dict[int, int]:
    """How many people's keys are sealed under each key of the ring; with no file either, a key is no longer needed."""
    counted = dict.fromkeys(sorted(vault.ring().keys), 0)
    for sealed in db.session.scalars(select(Enrollee.data_key).where(Enrollee.data_key.is_not(None))):
        if sealed is not None:
            number = key_number(sealed)
            counted[number] = counted.get(number, 0) + 1
    return counted
