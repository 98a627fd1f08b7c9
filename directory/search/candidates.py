"""The documents that can answer a query before any filter: those with its words, or all within reach without words."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.geo import bounding_box
from directory.search.columns import BAND_DEG, Columns
from directory.search.matching import Found, Mask, Part, cut
from directory.search.plan import PartView, Plan
from directory.search.postings import Impacts, Numbers
from directory.search.query import SearchQuery
from directory.search.synonyms import Clause

Floats = npt.NDArray[np.float64]
# Documents (ascending), their text score and weakest impact; both None where no words were asked.
Candidates: TypeAlias = tuple[Numbers, Floats | None, Impacts | None]


def candidates_of(view: PartView, plan: Plan) -> Candidates:
    """Documents with all words (ascending), their text score and weakest match; or all within reach, without words."""
    part, query = view.part, plan.query
    columns = part.columns
    ranges = _ranges(columns, query)
    if plan.named_only:
        part = _NamedOnly(part)

    def find(clause: Clause, *, anywhere: bool) -> Found:
        return view.derived.found(part, clause, anywhere=anywhere, named_only=plan.named_only)

    if not plan.clauses:
        documents = _browsed(view, plan, ranges)
        for clause in plan.excluded:
            documents = documents[find(clause, anywhere=True).among(documents) == 0]
        return documents, None, None
    found = [find(clause, anywhere=plan.anywhere) for clause in plan.clauses]
    order = sorted(range(len(found)), key=lambda number: found[number].size)
    first = found[order[0]]
    documents, weakest = first.within(ranges)
    score: Floats = weakest * np.float64(plan.weights[order[0]] / 255)
    for number in order[1:]:
        documents, weakest, score = _narrowed(found[number], plan.weights[number], documents, weakest, score)
    for clause in plan.excluded:
        keep = find(clause, anywhere=True).among(documents) == 0
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


def are_of_need(plan: Plan) -> bool:
    """Whether the candidates are the documents of the need asked for, which then needs no test."""
    return not plan.clauses and len(plan.query.needs) == 1 and len(plan.query.terms) != 1


def _browsed(view: PartView, plan: Plan, ranges: npt.NDArray[np.int64] | None) -> Numbers:
    """The candidates of a query without words: the shortest list that holds them all."""
    query, columns = plan.query, view.part.columns
    if are_of_need(plan):
        documents = view.derived.of_need(query.needs[0])
        return documents if ranges is None else cut(documents, documents, ranges)[0]
    if len(query.terms) == 1:
        documents = columns.term_labels.documents(query.terms[0])
        return documents if ranges is None else cut(documents, documents, ranges)[0]
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
