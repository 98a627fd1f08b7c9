"""What cards show of services, kept in memory until the change feed tells that one of them changed.

Every action that changes a listing writes a row of the feed in its own transaction, so the rows of a service that a
transaction sees tell which state of the service it sees: their number, since the highest alone would miss a row that
was numbered early and committed late, the highest, and its time, since a database put back from a copy counts anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cache
from typing import Any, Final
from uuid import UUID
from weakref import WeakKeyDictionary

from sqlalchemy import Engine, Select, bindparam, func, select

from core.db import db, is_writing
from core.keeping import Keeper
from directory.facets import Visibility
from directory.models import ListingChange
from directory.queries.assembly import CardAssembly, parts
from directory.queries.values import CardListing

MOST_KEPT: Final = 6_000  # cards: about 3 KB each, so that a process keeps some 20 MB at most

Version = tuple[object, ...]


_kept: WeakKeyDictionary[Engine, Keeper[CardListing]] = WeakKeyDictionary()


def list_cards(service_ids: Sequence[UUID], visibility: Visibility) -> list[CardListing]:
    """The visible services among `service_ids` as cards show them, in the order asked.

    One query for those that are kept, ten more for all others together. Not for use inside a write, whose own changes
    the feed may not tell yet: RuntimeError.
    """
    if is_writing():
        raise RuntimeError("Cards are kept for readers: inside a transaction ask list_listings().")
    wanted, level, kept = list(dict.fromkeys(service_ids)), int(visibility), _keeper()
    found: dict[UUID, CardListing] = {}
    # The versions are read before the cards: what commits in between is newer than its version says, never older.
    versions = _versions(wanted, level)
    for service_id in wanted:
        version = versions.get(service_id)
        card = kept.get((service_id, level), version) if version is not None else None
        if card is not None:
            found[service_id] = card
    missing = [service_id for service_id in wanted if service_id not in found]
    for part in parts(missing):
        for service_id, loaded in CardAssembly(part, visibility).cards().items():
            card = found[service_id] = replace(loaded, version=versions.get(service_id))
            if card.version is not None:
                kept.put((service_id, level), card.version, card)
    return [found[service_id] for service_id in wanted if service_id in found]


def _keeper() -> Keeper[CardListing]:
    """The keeper of this application's database."""
    engine = db.engine
    if engine not in _kept:
        _kept[engine] = Keeper(MOST_KEPT)
    return _kept[engine]


def _versions(service_ids: Sequence[UUID], level: int) -> dict[UUID, Version]:
    """The state of each service that this transaction sees, for viewers of a level. One query."""
    return {
        service_id: (level, count, seq, changed_at)
        for part in parts(service_ids)
        for service_id, count, seq, changed_at in db.session.execute(_changes(), {"ids": list(part)})
    }


@cache
def _changes() -> Select[Any]:
    change = ListingChange.__table__.c
    return (
        select(change.service_id, func.count(), func.max(change.seq), func.max(change.changed_at))
        .where(change.service_id.in_(bindparam("ids", expanding=True)))
        .group_by(change.service_id)
    )
