"""Which documents of one part of the index hold the words of a query, and how strongly.

A part is a segment or the changes since it. Filters, places and the order are in `engine.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from directory.search.columns import BIT_OF, Columns
from directory.search.postings import Impacts, Numbers
from directory.search.synonyms import Alternative, Clause

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float32]
Match = tuple[Numbers, Impacts]
Values = TypeVar("Values", Impacts, Numbers)

_NOTHING: Match = (np.zeros(0, np.uint32), np.zeros(0, np.uint8))


class Part(Protocol):
    """What a segment and a delta have in common."""

    @property
    def columns(self) -> Columns:
        """The columns of its documents."""

    def frequency(self, stem: str) -> int:
        """How many documents hold the stem."""

    def documents_of(self, stem: str) -> Match:
        """Documents with the stem anywhere, ascending, with impacts."""

    def named_documents_of(self, stem: str) -> Match:
        """Documents with the stem in their name, organization or kinds of help."""

    def have_phrase(self, documents: Numbers, phrase: Sequence[str]) -> Mask:
        """Which of the documents hold the words side by side."""


class Found:
    """The documents of one clause: a sorted list where it has one alternative, else one impact for every document."""

    __slots__ = ("_dense", "_list", "size")

    def __init__(self, matches: list[tuple[Match, float]], count: int) -> None:
        self._list: Match | None = None
        self._dense: Impacts | None = None
        self.size = sum(len(match[0]) for match, _ in matches)
        if not matches:
            self._list = _NOTHING
        elif len(matches) == 1:
            (documents, impacts), weight = matches[0]
            self._list = (documents, _weighed(impacts, weight))
        else:
            self._dense = _union(matches, count)

    @property
    def own_bytes(self) -> int:
        """The memory that it takes beside the lists of the part."""
        return sum(array.nbytes for array in (self._dense, self._list and self._list[1]) if array is not None)

    def within(self, ranges: npt.NDArray[np.int64] | None) -> Match:
        """The documents in some ranges (starts and ends by turns; None: all) with their impacts."""
        if self._list is not None:
            return self._list if ranges is None else cut(*self._list, ranges)
        assert self._dense is not None
        documents = _set_places(self._dense, ranges)
        return documents.astype(np.uint32), self._dense.take(documents)

    def among(self, documents: Numbers) -> Impacts:
        """The impacts of some documents (ascending), 0 where the clause does not hold."""
        if self._dense is not None:
            return self._dense.take(documents)
        assert self._list is not None
        listed, impacts = self._list
        if not len(listed):
            return np.zeros(len(documents), np.uint8)
        places = listed.searchsorted(documents)
        places[places == len(listed)] = 0
        return impacts.take(places) * (listed.take(places) == documents)


def find_clause(part: Part, clause: Clause, *, anywhere: bool) -> Found:
    """The documents of a clause. Synonyms count where they name a service; `anywhere` takes mentions too."""
    matches = []
    for alternative in clause.alternatives:
        match = _find_alternative(part, alternative, anywhere=anywhere or alternative.is_typed)
        if len(match[0]):
            matches.append((match, alternative.weight))
    return Found(matches, part.columns.count)


def rarity(parts: Sequence[Part], clause: Clause) -> float:
    """How much a clause tells (inverse document frequency of its commonest alternative)."""
    count = sum(part.columns.count for part in parts)
    most = 1
    for alternative in clause.alternatives:
        if alternative.stems:
            held = sum(min([part.frequency(stem) for stem in alternative.stems]) for part in parts)
            most = max(most, held)
    return math.log(1 + (count - most + 0.5) / (most + 0.5)) if most <= count else 0.1


def intersect(a: Match, b: Match) -> Match:
    """Documents of both lists, each with the lower impact."""
    if len(a[0]) > len(b[0]):
        a, b = b, a
    if not len(a[0]):
        return a
    places = b[0].searchsorted(a[0])
    places[places == len(b[0])] = 0
    kept = (b[0].take(places) == a[0]).nonzero()[0]
    return a[0].take(kept), np.minimum(a[1].take(kept), b[1].take(places.take(kept)))


def cut(documents: Numbers, impacts: Values, ranges: npt.NDArray[np.int64]) -> tuple[Numbers, Values]:
    """The part of a list inside the ranges, by binary search."""
    edges = documents.searchsorted(ranges.astype(np.uint32)).tolist()
    pieces = [slice(edges[n], edges[n + 1]) for n in range(0, len(edges), 2) if edges[n] < edges[n + 1]]
    if not pieces:
        return documents[:0], impacts[:0]
    if len(pieces) == 1:
        return documents[pieces[0]], impacts[pieces[0]]
    return np.concatenate([documents[piece] for piece in pieces]), np.concatenate([impacts[piece] for piece in pieces])


def documents_with_bit(columns: Columns, name: str, ranges: npt.NDArray[np.int64] | None = None) -> Numbers:
    """The documents with one bit set, ascending; in some ranges only, where given."""
    bit = BIT_OF.get(name)
    if bit is None:
        return _NOTHING[0]
    if columns.bitmap is not None:
        row = columns.bitmap[bit].view(np.uint8)
        if ranges is None:
            return np.unpackbits(row, bitorder="little").nonzero()[0].astype(np.uint32)
        pieces = [_bits_set(row, start, end) for start, end in ranges.reshape(-1, 2).tolist()]
        return np.concatenate(pieces).astype(np.uint32) if pieces else _NOTHING[0]
    held = ((columns.bits[:, bit // 64] >> np.uint64(bit % 64)) & np.uint64(1)).astype(np.bool_)
    return _set_places(held, ranges).astype(np.uint32)


def _bits_set(row: npt.NDArray[np.uint8], start: int, end: int) -> npt.NDArray[np.int64]:
    first = start // 8
    bits = np.unpackbits(row[first : -(-end // 8)], bitorder="little")[start - 8 * first : end - 8 * first]
    return bits.nonzero()[0] + start


def _set_places(values: npt.NDArray[Any], ranges: npt.NDArray[np.int64] | None) -> npt.NDArray[np.int64]:
    """Where an array is not 0, in some ranges or (None) everywhere."""
    if ranges is None:
        return (values != 0).nonzero()[0]
    pieces = [(values[start:end] != 0).nonzero()[0] + start for start, end in ranges.reshape(-1, 2).tolist()]
    return np.concatenate(pieces) if pieces else np.zeros(0, np.int64)


def _find_alternative(part: Part, alternative: Alternative, *, anywhere: bool) -> Match:
    if alternative.need is not None:
        documents = documents_with_bit(part.columns, f"need:{alternative.need}")
        return documents, np.full(len(documents), 255, np.uint8)
    find = part.documents_of if anywhere else part.named_documents_of
    matches = sorted((find(stem) for stem in alternative.stems), key=lambda match: len(match[0]))
    match = matches[0] if matches else _NOTHING
    for other in matches[1:]:
        match = intersect(match, other)
    return match


def _union(matches: list[tuple[Match, float]], count: int) -> Impacts:
    """The highest weighted impact of each document."""
    best = np.zeros(count, np.uint8)
    for (documents, impacts), weight in sorted(matches, key=lambda match: -len(match[0][0])):
        impacts = _weighed(impacts, weight)
        best[documents] = np.maximum(best[documents], impacts)
    return best


def _weighed(impacts: Impacts, weight: float) -> Impacts:
    return impacts if weight == 1.0 else _table(weight).take(impacts)


@lru_cache(maxsize=64)
def _table(weight: float) -> Impacts:
    """Each possible impact times a weight."""
    return np.maximum(1, np.rint(np.arange(256) * weight)).astype(np.uint8)
