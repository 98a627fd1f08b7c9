"""The documents that can answer a query before any filter: those with its words, or all within reach without words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt

from core.geo import bounding_box
from directory.search.columns import BAND_DEG, Columns
from directory.search.matching import Found, Mask, Part, documents_with_bit, find_clause
from directory.search.plan import Plan
from directory.search.postings import Impacts, Numbers
from directory.search.query import SearchQuery

Floats = npt.NDArray[np.float64]
# Documents (ascending), their text score and weakest impact; both None where no words were asked.
Candidates: TypeAlias = tuple[Numbers, Floats | None, Impacts | None]

_Values = TypeVar("_Values", Impacts, Numbers)


def candidates_of(part: Part, plan: Plan) -> Candidates:
    """Documents with all words (ascending), their text score and weakest match; or all within reach, without words."""
    columns, query = part.columns, plan.query
    ranges = _ranges(columns, query)
    if plan.named_only:
        part = _NamedOnly(part)
    if not plan.clauses:
        documents = _browsed(columns, query, ranges)
        for clause in plan.excluded:
            documents = documents[find_clause(part, clause, anywhere=True).among(documents) == 0]
        return documents, None, None
    found = [find_clause(part, clause, anywhere=plan.anywhere) for clause in plan.clauses]
    order = sorted(range(len(found)), key=lambda number: found[number].size)
    first = found[order[0]]
    documents, weakest = first.all()
    if ranges is not None:
        documents, weakest = _cut(documents, weakest, ranges)
    score: Floats = weakest * np.float64(plan.weights[order[0]] / 255)
    for number in order[1:]:
        documents, weakest, score = _narrowed(found[number], plan.weights[number], documents, weakest, score)
    for clause in plan.excluded:
        keep = find_clause(part, clause, anywhere=True).among(documents) == 0
        if clause.phrase:
            keep |= ~part.have_phrase(documents, clause.phrase)
        documents, weakest, score = documents[keep], weakest[keep], score[keep]
    for clause in plan.clauses:
        if clause.phrase:
            keep = part.have_phrase(documents, clause.phrase)
            documents, weakest, score = documents[keep], weakest[keep], score[keep]
    return documents, score, weakest


def _narrowed(
    found: Found, weight: float, documents: Numbers, weakest: Impacts, score: Floats
) -> tuple[Numbers, Impacts, Floats]:
    impacts = found.among(documents)
    kept = impacts.nonzero()[0]
    impacts = impacts.take(kept)
    score = score.take(kept) + impacts * np.float64(weight / 255)
    return documents.take(kept), np.minimum(weakest.take(kept), impacts), score


def _browsed(columns: Columns, query: SearchQuery, ranges: npt.NDArray[np.int64] | None) -> Numbers:
    """The candidates of a query without words: the shortest list that holds them all."""
    if len(query.needs) == 1 and len(query.terms) != 1:
        documents = documents_with_bit(columns, f"need:{query.needs[0]}")
        return documents if ranges is None else _cut(documents, documents, ranges)[0]
    if len(query.terms) == 1:
        documents = columns.term_labels.documents(query.terms[0])
        return documents if ranges is None else _cut(documents, documents, ranges)[0]
    if ranges is not None:
        pieces = [np.arange(start, end, dtype=np.uint32) for start, end in ranges.reshape(-1, 2).tolist()]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.uint32)
    return np.arange(columns.count, dtype=np.uint32)


def _ranges(columns: Columns, query: SearchQuery) -> npt.NDArray[np.int64] | None:
    """Start and end of each run of documents that a radius can reach; the tail is reached by area. None: all."""
    if query.place is None or query.radius_m is None:
        return None
    box = bounding_box(query.place.point, query.radius_m * (1 + 1e-9))
    runs: list[int] = []
    last_band = columns.first_band + len(columns.band_starts) - 2
    first = max(columns.first_band, math.floor(box.south_deg / BAND_DEG))
    for band in range(first, min(last_band, math.floor(box.north_deg / BAND_DEG)) + 1):
        start, end = columns.band_starts[band - columns.first_band : band - columns.first_band + 2].tolist()
        if start == end:
            continue
        if box.west_deg > box.east_deg or box.east_deg - box.west_deg >= 360:
            runs += (start, end)
            continue
        low, high = columns.lng[start:end].searchsorted((box.west_deg, math.nextafter(box.east_deg, 999))).tolist()
        if low < high:
            runs += (start + low, start + high)
    if columns.tail < columns.count:
        runs += (columns.tail, columns.count)
    return np.array(runs, np.int64)


def _cut(documents: Numbers, impacts: _Values, ranges: npt.NDArray[np.int64]) -> tuple[Numbers, _Values]:
    """The part of a list inside the ranges, by binary search."""
    edges = documents.searchsorted(ranges.astype(np.uint32)).tolist()
    pieces = [slice(edges[n], edges[n + 1]) for n in range(0, len(edges), 2) if edges[n] < edges[n + 1]]
    if not pieces:
        return documents[:0], impacts[:0]
    if len(pieces) == 1:
        return documents[pieces[0]], impacts[pieces[0]]
    return np.concatenate([documents[piece] for piece in pieces]), np.concatenate([impacts[piece] for piece in pieces])


@dataclass(frozen=True, slots=True)
class _NamedOnly:
    """A part that knows only names, organizations and kinds of help."""

    part: Part

    @property
    def columns(self) -> Columns:
        return self.part.columns

    def frequency(self, stem: str) -> int:
        return self.part.frequency(stem)

    def documents_of(self, stem: str) -> tuple[Numbers, Impacts]:
        return self.part.named_documents_of(stem)

    def named_documents_of(self, stem: str) -> tuple[Numbers, Impacts]:
        return self.part.named_documents_of(stem)

    def have_phrase(self, documents: Numbers, phrase: Sequence[str]) -> Mask:
        return self.part.have_phrase(documents, phrase)
