"""The only writers of the trail. Both write inside the caller's transaction: no event, no change, and the reverse."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from contextvars import ContextVar
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import bindparam, insert, update

from audit.models import AuditEvent, ChainHead
from audit.rules import EventKind, canonical_json, chain_hash, missing_details, moment
from core.db import db, is_writing, take_notes
from core.identity import Identity

request_id: ContextVar[str | None] = ContextVar("request_id", default=None)
# Built once: every action and every page about a person ends with them.
MOVED: Final = (
    update(ChainHead).where(ChainHead.id == 1).values(seq=ChainHead.seq + 1).returning(ChainHead.seq, ChainHead.hash)
)
HASHED: Final = update(ChainHead).where(ChainHead.id == 1).values(hash=bindparam("digest"))


def record(
    kind: EventKind,
    identity: Identity,
    *,
    now: datetime,
    subject_type: str | None = None,
    subject_id: UUID | str | None = None,
    details: Mapping[str, Any] | None = None,
) -> int:
    """Append one event to the chain and answer its number.

    `details` holds ids, names of fields, counts and codes: never a person's name, an address or free text.
    Digests of append-only rows that were written since the last event (core.db.note_row) join them as `rows`, so that
    the chain covers those rows too. Raises RuntimeError outside a transaction, ValueError when a detail that this kind
    must carry is missing.
    Three statements; the head row is locked until the caller's transaction ends.
    """
    if not is_writing():
        raise RuntimeError("An event of the trail is written inside the transaction of what it tells.")
    details = dict(details or {})
    if missing := missing_details(kind, details):
        raise ValueError(f"{kind} lacks the details {', '.join(sorted(missing))}.")
    session = db.session()
    session.flush()
    if rows := take_notes():
        details["rows"] = rows
    # Moving the head first locks it: two writers cannot both read the same last hash.
    seq, previous = session.execute(MOVED).one()
    event = {
        "seq": seq,
        "at": moment(now),
        "kind": str(kind),
        "actor_id": str(identity.user_id) if identity.user_id else None,
        "actor_name": identity.name,
        "actor_roles": sorted(identity.roles),
        "subject_type": subject_type,
        "subject_id": str(subject_id) if subject_id is not None else None,
        "request_id": request_id.get(),
        "details": details,
        "salt": secrets.token_hex(16),
    }
    digest = chain_hash(previous, event)
    session.execute(
        insert(AuditEvent).values(
            seq=seq,
            at=now,
            kind=str(kind),
            actor_id=identity.user_id,
            actor_name=identity.name,
            actor_roles=" ".join(sorted(identity.roles)),
            subject_type=subject_type,
            subject_id=event["subject_id"],
            request_id=event["request_id"],
            record=canonical_json(event).decode(),
            previous_hash=previous,
            hash=digest,
        )
    )
    session.execute(HASHED, {"digest": digest})
    return int(seq)
