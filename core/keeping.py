"""Memory for what is costly to make and good until the state that it was made from changes, whatever it is.

Knows nothing of what it holds.

A value is given back only for exactly the state that it was kept with: nothing here grows stale with time, and who
keeps something names in its state all that it depends on.
"""

from __future__ import annotations

from collections.abc import Hashable
from itertools import islice
from typing import Any, Generic, TypeVar
from weakref import WeakSet

V = TypeVar("V")
GIVEN_UP = 8  # when it is full, one in so many is forgotten, those that came first


class Keeper(Generic[V]):
    """Values by key, each of one state; at most so many. Safe to share between threads: a race only makes one twice."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: dict[Hashable, tuple[object, V]] = {}
        _keepers.add(self)

    def get(self, key: Hashable, state: object) -> V | None:
        """What was kept under the key in this state."""
        found = self._kept.get(key)
        return found[1] if found is not None and found[0] == state else None

    def put(self, key: Hashable, state: object, value: V) -> None:
        """Keep a value in place of the one of an older state."""
        if len(self._kept) >= self._most and key not in self._kept:
            for old in list(islice(self._kept, max(1, self._most // GIVEN_UP))):
                self._kept.pop(old, None)
        self._kept[key] = state, value

    def forget(self) -> None:
        """Give everything up."""
        self._kept.clear()

    def __len__(self) -> int:
        return len(self._kept)


_keepers: WeakSet[Any] = WeakSet()


def forget_everything() -> None:
    """Empty every keeper of this process: for a database that is put in place of another."""
    for keeper in list(_keepers):
        keeper.forget()
