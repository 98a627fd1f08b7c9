"""The pile of demo records by table, their lasting ids, and chance that always falls alike; it knows no content."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from uuid import UUID, uuid5

NAMESPACE = UUID("6f1d3c1e-2b0a-5e59-9a58-6d2f0c5a7b11")  # drawn once; another would give every record a new id
SEED = "goldthread demo 1"
Choice = TypeVar("Choice")


class Pile:
    """Records by table, each with an id that follows from its key. `reference` is the day that ages count from."""

    def __init__(self, reference: date) -> None:
        self.reference = reference
        self.tables: dict[str, list[dict[str, Any]]] = {}
        self._ids: set[UUID] = set()

    def add(self, table: str, key: str, **values: Any) -> UUID:
        """Put a record on the pile and answer its id. Raises ValueError for a key used before."""
        record_id = identify(table, key)
        if record_id in self._ids:
            raise ValueError(f"The key {key!r} of {table} is used twice.")
        self._ids.add(record_id)
        self.tables.setdefault(table, []).append({"id": record_id, **values})
        return record_id

    def moment(self, days_ago: int, hour: int = 15) -> datetime:
        """A moment some days before the reference day."""
        return datetime.combine(self.reference - timedelta(days=days_ago), time(hour), tzinfo=UTC)


def identify(table: str, key: str) -> UUID:
    """The lasting id of the record of a key."""
    return uuid5(NAMESPACE, f"{table}/{key}")


def chance(key: str) -> random.Random:
    """Chance that depends on the key alone: adding a record elsewhere changes nothing here."""
    return random.Random(f"{SEED}:{key}")


def turn(variants: Sequence[Choice], number: int) -> Choice:
    """The variant whose turn it is."""
    return variants[number % len(variants)]
