"""A list of listings kept without sign-in, in its short form for a cookie or a link; it holds ids and nothing else."""

from __future__ import annotations

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Sequence
from uuid import UUID

MAX_KEPT = 20
SHORT_LENGTH = 22  # 16 bytes in base 64 without its padding
SEPARATOR = "."


def pack(ids: Iterable[UUID]) -> str:
    """The ids as short text for a link or a cookie: "2vNq…​.Xk3…"."""
    return SEPARATOR.join(urlsafe_b64encode(each.bytes).decode("ascii").rstrip("=") for each in ids)


def unpack(text: str) -> tuple[UUID, ...]:
    """The ids of a short text in their order, each once, at most MAX_KEPT. What is no id is left out."""
    found: dict[UUID, None] = {}
    for part in text[: (SHORT_LENGTH + 1) * MAX_KEPT * 2].split(SEPARATOR):
        if len(part) != SHORT_LENGTH or not part.isascii():
            continue
        try:
            found[UUID(bytes=urlsafe_b64decode(part + "=="))] = None
        except ValueError:
            continue
    return tuple(found)[:MAX_KEPT]


def with_added(ids: Sequence[UUID], new: UUID) -> tuple[UUID, ...]:
    """The list with one more at its end; unchanged when it is there already or the list is full."""
    return tuple(ids) if new in ids or len(ids) >= MAX_KEPT else (*ids, new)


def without(ids: Sequence[UUID], gone: UUID) -> tuple[UUID, ...]:
    """The list without one."""
    return tuple(each for each in ids if each != gone)


def moved(ids: Sequence[UUID], which: UUID, steps: int) -> tuple[UUID, ...]:
    """The list with one moved up (negative) or down; it stops at the ends."""
    if which not in ids:
        return tuple(ids)
    rest = [each for each in ids if each != which]
    rest.insert(min(max(list(ids).index(which) + steps, 0), len(rest)), which)
    return tuple(rest)
