"""Which documents of one part of the index hold the words of a query, and how strongly.

A part is a segment or the changes since it. Filters, places and the order are in `engine.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from directory.search.columns import BIT_OF, Columns
from directory.search.postings import Impacts, Numbers
from directory.search.synonyms import Alternative, Clause

Mask = npt.NDArray[np.bool_]
Scores = npt.NDArray[np.float32]
Match = tuple[Numbers, Impacts]
Values = TypeVar("Values", Impacts, Numbers)

MOST_SOUGHT = 150  # documents up to which seeking each in a list is quicker than spreading the list out

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
    """The documents of one clause, ascending, with their impacts."""

    __slots__ = ("_count", "_documents", "_impacts", "own_bytes", "size")

    def __init__(self, matches: list[tuple[Match, float]], count: int) -> None:
        self._count = count
        self.size = sum(len(match[0]) for match, _ in matches)
        if len(matches) > 1:
            self._documents, self._impacts = _union(matches, count)
        else:
            (self._documents, impacts), weight = matches[0] if matches else (_NOTHING, 1.0)
            self._impacts = _weighed(impacts, weight)
        # What it takes beside the lists of the part.
        self.own_bytes = self._impacts.nbytes + (self._documents.nbytes if len(matches) > 1 else 0)

    def within(self, ranges: npt.NDArray[np.int64] | None) -> Match:
        """The documents in some ranges (starts and ends by turns; None: all) with their impacts."""
        return (self._documents, self._impacts) if ranges is None else cut(self._documents, self._impacts, ranges)

    def among(self, documents: Numbers) -> Impacts:
        """The impacts of some documents, 0 where the clause does not hold."""
        if len(documents) > MOST_SOUGHT:
            spread = np.zeros(self._count, np.uint8)
            spread[self._documents] = self._impacts
            return spread.take(documents)
        if not len(self._documents):
            return np.zeros(len(documents), np.uint8)
        places = self._documents.searchsorted(documents)
        places[places == len(self._documents)] = 0
        return self._impacts.take(places) * (self._documents.take(places) == documents)


def find_clause(part: Part, clause: Clause, *, anywhere: bool) -> Found:
    """The documents of a clause. Synonyms count where they name a service; `anywhere` takes mentions too."""
    matches = []
    for alternative in clause.alternatives:
        match = _find_alternative(part, alternative, anywhere=anywhere or alternative.is_typed)
        if len(match[0]):
            matches.append((match, alternative.weight))
    return Found(matches, part.columns.count)


def frequencies(part: Part, clause: Clause) -> tuple[int, ...]:
    """How many documents of a part hold each alternative of a clause at most: as many as hold its rarest stem."""
    return tuple([min([part.frequency(stem) for stem in one.stems]) for one in clause.alternatives if one.stems])


def rarity(held: Sequence[tuple[int, ...]], count: int) -> float:
    """How much a clause tells: the inverse document frequency of its commonest alternative.

    `held` are its `frequencies` in each part, `count` the number of documents of all parts.
    """
    most = max([1, *(held[0] if len(held) == 1 else map(sum, zip(*held, strict=True)))])
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


def documents_with_bit(columns: Columns, name: str) -> Numbers:
    """The documents with one bit set, ascending."""
    bit = BIT_OF.get(name)
    if bit is None:
        return _NOTHING[0]
    if columns.bitmap is not None:
        held = np.unpackbits(columns.bitmap[bit].view(np.uint8), bitorder="little")
    else:
        held = ((columns.bits[:, bit // 64] >> np.uint64(bit % 64)) & np.uint64(1)).astype(np.uint8)
    return held.nonzero()[0].astype(np.uint32)


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


def _union(matches: list[tuple[Match, float]], count: int) -> Match:
    """The documents of any of them, each with its highest weighted impact."""
    best = np.zeros(count, np.uint8)
    for (documents, impacts), weight in sorted(matches, key=lambda match: -len(match[0][0])):
        impacts = _weighed(impacts, weight)
        best[documents] = np.maximum(best[documents], impacts)
    held = best.nonzero()[0]
    return held.astype(np.uint32), best.take(held)


def _weighed(impacts: Impacts, weight: float) -> Impacts:
    return impacts if weight == 1.0 else _table(weight).take(impacts)


@lru_cache(maxsize=64)
def _table(weight: float) -> Impacts:
    """Each possible impact times a weight."""
    return np.maximum(1, np.rint(np.arange(256) * weight)).astype(np.uint8)
