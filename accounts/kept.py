"""Typed forms that were left, or not taken, because sign-in or a code ran out: kept sealed an hour, for who typed them.

Nothing is done with a form here: its page asks the person to send it again. Files and passwords are not kept.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID, uuid4

from sqlalchemy import delete, or_, select

from accounts.models import KeptForm
from core.config import read_data_keys
from core.crypto import CannotOpen, KeyRing
from core.db import current_config, db, transaction
from core.errors import NotFound
from core.identity import Identity

KEPT_FOR: Final = timedelta(hours=1)
MOST_CHARACTERS: Final = 200_000
NEVER_KEPT: Final = frozenset({"csrf_token", "password", "code"})

Fields = Sequence[tuple[str, str]]


@dataclass(frozen=True, slots=True)
class Kept:
    """A form as it was sent: where to, and its fields in their order. `is_for_reading`: nobody chose its button yet."""

    address: str
    fields: Fields = field(repr=False)
    had_files: bool = False
    is_for_reading: bool = False


def keep_form(
    user_id: UUID, *, address: str, fields: Fields, had_files: bool, now: datetime, is_for_reading: bool = False
) -> UUID | None:
    """Keep one form for a person, in place of the one before; None for one that is too long. Forgets what is old.

    No event: nobody reads anything, and what becomes of the form has its own.
    """
    kept = [[name, text] for name, text in fields if name not in NEVER_KEPT]
    plain = json.dumps({"fields": kept, "had_files": had_files, "is_for_reading": is_for_reading}, ensure_ascii=False)
    if len(plain) > MOST_CHARACTERS:
        return None
    form_id = uuid4()
    with transaction() as session:
        session.execute(delete(KeptForm).where(or_(KeptForm.user_id == user_id, KeptForm.kept_at <= now - KEPT_FOR)))
        sealed = _ring().seal(plain.encode(), bound_to=_bound(form_id, user_id))
        session.add(KeptForm(id=form_id, user_id=user_id, address=address, sealed=sealed, kept_at=now))
    return form_id


def open_form(identity: Identity, form_id: UUID, now: datetime) -> Kept:
    """One's own kept form. Raises NotFound for somebody else's, and for one that is older than an hour."""
    row = db.session.scalar(
        select(KeptForm).where(
            KeptForm.id == form_id, KeptForm.user_id == identity.user_id, KeptForm.kept_at > now - KEPT_FOR
        )
    )
    if row is None:
        raise NotFound
    try:
        found = json.loads(_ring().open(row.sealed, bound_to=_bound(row.id, row.user_id)))
    except CannotOpen as error:  # its key was dropped meanwhile
        raise NotFound from error
    fields = [(name, text) for name, text in found["fields"]]
    return Kept(row.address, fields, found["had_files"], found.get("is_for_reading", False))


def _ring() -> KeyRing:
    return KeyRing.parse(read_data_keys(current_config()))


def _bound(form_id: UUID, user_id: UUID) -> str:
    return f"kept_form|{user_id}|{form_id}"
