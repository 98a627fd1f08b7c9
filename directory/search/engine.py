"""Runs a query over an index: words, filters, place, order, counts. The index changes in `live.py`.

A query is a handful of array operations on each part (the segment, and the changes since). What one part answers is
merged by key; a service is wholly in one part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from core.geo import EARTH_RADIUS_M, EARTH_RADIUS_MILES, bounding_box, distance_m
from directory.facets import Visibility
from directory.search.columns import (
    BAND_DEG,
    BIT_OF,
    PRECISIONS,
    WORLDWIDE_AREAS,
    Columns,
    agreement_of,
    bits_of,
    mask_words,
    unit_vector,
)
from directory.search.counting import Counts, count_answer, facets_of
from directory.search.matching import Found, Mask, Part, documents_with_bit, find_clause, rarity
from directory.search.opening import OPEN, OpenStates
from directory.search.postings import Numbers
from directory.search.query import Facets, SearchItem, SearchQuery, SearchResult
from directory.search.ranking import (
    ACCEPTING_BOOST,
    AGREEMENT_BOOST,
    FRESH_BOOST,
    FRESH_DAYS,
    LEAST_MILES,
    OPEN_BOOST,
    SHOWN_PRECISIONS,
    ResultFacts,
    nearness,
    reasons_of,
)
from directory.search.synonyms import Clause, clauses_of

GROUPS = ("near", "remote", "not_stated", "unplaced")
NEAR, REMOTE, NOT_STATED, UNPLACED = range(4)
GROUP_STEP = 1e7  # more than any sort key inside a group
NO_DISTANCE = 5.0  # above the largest squared chord of the unit sphere, which is 4
TIE_STEP = 1e-9  # equals stand in a fixed order that favours nobody

Floats = npt.NDArray[np.float64]
# Documents (ascending), their text score and weakest impact; both None where no words were asked.
Candidates: TypeAlias = tuple[Numbers, Floats | None, npt.NDArray[np.uint8] | None]


@dataclass(frozen=True, slots=True)
class PartView:
    """One part as a reader sees it: `alive` is None while nothing in it was changed or deleted."""

    part: Part
    alive: Mask | None
    open_states: OpenStates


@dataclass(frozen=True, slots=True)
class Plan:
    """A query with its words looked up, shared by all parts."""

    query: SearchQuery
    moment: datetime
    clauses: tuple[Clause, ...]
    excluded: tuple[Clause, ...]
    weights: tuple[float, ...]
    anywhere: bool = False
    named_only: bool = False


@dataclass(slots=True)
class Matches:
    """The documents of one part that answer a query: one document a service, its nearest fitting one."""

    documents: Numbers
    key: Floats
    group: npt.NDArray[np.uint8]
    is_local: Mask | None
    impact: npt.NDArray[np.uint8] | None
    counts: Counts | None
    within: int


def plan_of(
    views: Sequence[PartView], query: SearchQuery, now: datetime, clauses: Sequence[Clause], *,
    anywhere: bool = False, named_only: bool = False,
) -> Plan:  # fmt: skip
    """The plan for some clauses of a query."""
    kept = tuple(clause for clause in clauses if not clause.is_excluded)
    weights = [rarity([view.part for view in views], clause) for clause in kept]
    total = sum(weights) or 1.0
    return Plan(
        query, query.open_at or now, kept, tuple(clause for clause in clauses if clause.is_excluded),
        tuple(weight / total for weight in weights), anywhere, named_only,
    )  # fmt: skip


def run(
    views: Sequence[PartView], query: SearchQuery, now: datetime, clauses: Sequence[Clause] | None = None
) -> SearchResult:
    """The answer of the index to a query as it is typed, without help for a query that finds nothing."""
    if clauses is None:
        clauses = clauses_of(query.words, query.language)
    return run_plan(views, plan_of(views, query, now, clauses))


def run_plan(views: Sequence[PartView], plan: Plan) -> SearchResult:
    """The answer of the index to a plan."""
    query = plan.query
    found = [_match_part(view, plan) for view in views if view.part.columns.count]
    groups = np.zeros(4, np.int64)
    for matches in found:
        groups += np.bincount(matches.group, minlength=4)[:4]
    counts = [matches.counts for matches in found if matches.counts is not None]
    return SearchResult(
        total=int(groups[NEAR] + groups[REMOTE]),
        total_within=sum(matches.within for matches in found),
        total_remote=int(groups[REMOTE]),
        total_not_stated=int(groups[NOT_STATED]),
        total_unplaced=int(groups[UNPLACED]),
        page=query.page,
        size=query.size,
        items=_page(views, plan, found),
        facets=facets_of(counts, [v.part.columns for v in views if v.part.columns.count]) if query.facets else Facets(),
    )


def count(views: Sequence[PartView], plan: Plan) -> int:
    """Only the total of a plan."""
    slim = replace(plan, query=replace(plan.query, facets=False, sort="best"))
    total = 0
    for view in views:
        if view.part.columns.count:
            group = _match_part(view, slim).group
            total += int((group <= REMOTE).sum())
    return total


def _match_part(view: PartView, plan: Plan) -> Matches:
    return narrow(view, plan, _candidates(view.part, plan))


def narrow(view: PartView, plan: Plan, candidates: Candidates) -> Matches:
    """The matches among the candidates that the words gave: filters, place and hours, then one document a service."""
    query, columns = plan.query, view.part.columns
    found = _Narrowing(candidates, query)
    found.keep(_filtered(view, plan, found.documents))
    if query.yes:
        found.group[~_has_all_bits(columns, found.documents, bits_of("yes", query.yes))] = NOT_STATED
    if query.place is not None:
        found.place(columns)
    if query.open_at is not None:
        found.keep(view.open_states.at(plan.moment, found.documents) == OPEN)
    key = _keys(columns, plan, found)
    single = _one_each(columns, found, key)
    counts = None
    if query.facets:
        states = view.open_states.at(plan.moment, found.documents)
        counts = count_answer(columns, found.documents, found.group <= REMOTE, single, states)
    if single is not None:
        found.keep(single)
        key = key[single]
    inside = 0 if found.within is None else int(np.count_nonzero(found.within & (found.group == NEAR)))
    return Matches(found.documents, key, found.group, found.is_local, found.impact, counts, inside)


class _Narrowing:
    """Candidates that become fewer, with everything known of them side by side."""

    __slots__ = ("chord", "documents", "group", "impact", "is_local", "query", "text", "within")

    def __init__(self, candidates: Candidates, query: SearchQuery) -> None:
        self.documents, self.text, self.impact = candidates
        self.query = query
        self.group = np.zeros(len(self.documents), np.uint8)
        self.chord: Floats | None = None
        self.is_local: Mask | None = None
        self.within: Mask | None = None

    def keep(self, chosen: Mask | npt.NDArray[np.int64] | None) -> None:
        """Keep the chosen ones; None keeps all."""
        if chosen is None or (chosen.dtype == np.bool_ and chosen.all()):
            return
        self.documents, self.group = self.documents[chosen], self.group[chosen]
        self.text = None if self.text is None else self.text[chosen]
        self.impact = None if self.impact is None else self.impact[chosen]
        self.chord = None if self.chord is None else self.chord[chosen]
        self.is_local = None if self.is_local is None else self.is_local[chosen]
        self.within = None if self.within is None else self.within[chosen]

    def place(self, columns: Columns) -> None:
        """Find distances, who serves the place and the groups; drop what is out of reach."""
        self.chord, self.is_local, self.within, self.group = _placed(columns, self.query, self.documents, self.group)
        self.keep(self.group < len(GROUPS))


def _candidates(part: Part, plan: Plan) -> Candidates:
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
    score: Floats = weakest.astype(np.float64) * (plan.weights[order[0]] / 255)
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
    found: Found, weight: float, documents: Numbers, weakest: npt.NDArray[np.uint8], score: Floats
) -> tuple[Numbers, npt.NDArray[np.uint8], Floats]:
    impacts = found.among(documents)
    kept = impacts > 0
    impacts = impacts[kept]
    return (
        documents[kept],
        np.minimum(weakest[kept], impacts),
        np.asarray(score[kept] + impacts * (weight / 255), np.float64),
    )


def _browsed(columns: Columns, query: SearchQuery, ranges: npt.NDArray[np.int64] | None) -> Numbers:
    """The candidates of a query without words: the shortest list that holds them all."""
    if ranges is not None:
        pieces = [np.arange(start, end, dtype=np.uint32) for start, end in ranges.reshape(-1, 2).tolist()]
        return np.concatenate(pieces) if pieces else np.zeros(0, np.uint32)
    if len(query.terms) == 1:
        return columns.term_labels.documents(query.terms[0])
    if len(query.needs) == 1:
        return documents_with_bit(columns, f"need:{query.needs[0]}")
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
        low, high = np.searchsorted(columns.lng[start:end], (box.west_deg, np.nextafter(box.east_deg, 999))).tolist()
        if low < high:
            runs += (start + low, start + high)
    if columns.tail < columns.count:
        runs += (columns.tail, columns.count)
    return np.array(runs, np.int64)


def _cut(
    documents: Numbers, impacts: npt.NDArray[np.uint8], ranges: npt.NDArray[np.int64]
) -> tuple[Numbers, npt.NDArray[np.uint8]]:
    """The part of a list inside the ranges, by binary search."""
    edges = np.searchsorted(documents, ranges.astype(np.uint32)).tolist()
    pieces = [slice(edges[n], edges[n + 1]) for n in range(0, len(edges), 2) if edges[n] < edges[n + 1]]
    if not pieces:
        return documents[:0], impacts[:0]
    if len(pieces) == 1:
        return documents[pieces[0]], impacts[pieces[0]]
    return np.concatenate([documents[piece] for piece in pieces]), np.concatenate([impacts[piece] for piece in pieces])


def _filtered(view: PartView, plan: Plan, documents: Numbers) -> Mask | None:
    """Which candidates pass everything but place, hours and unstated answers; None for all."""
    query, columns, kept = plan.query, view.part.columns, None
    tests: list[Mask] = []
    if view.alive is not None:
        tests.append(view.alive[documents])
    if query.visibility < Visibility.RESTRICTED:
        tests.append(columns.visibility[documents] <= query.visibility)
    for kind, codes in (("need", query.needs), ("language", query.languages)):
        if codes:
            tests.append(_has_any_bit(columns, documents, bits_of(kind, codes)))
    if query.yes:
        tests.append(~_has_any_bit(columns, documents, bits_of("no", query.yes)))
    if query.terms:
        carries = np.zeros(columns.count, np.bool_)
        for term in query.terms:
            carries[columns.term_labels.documents(term)] = True
        tests.append(carries[documents])
    if query.age is not None:
        tests.append(columns.minimum_age[documents] <= query.age)
        tests.append(columns.maximum_age[documents] >= query.age)
    for test in tests:
        kept = test if kept is None else kept & test
    return kept


@dataclass(frozen=True, slots=True)
class _NamedOnly:
    """A part that knows only names, organizations and kinds of help."""

    part: Part

    @property
    def columns(self) -> Columns:
        return self.part.columns

    def documents_of(self, stem: str) -> tuple[Numbers, npt.NDArray[np.uint8]]:
        return self.part.named_documents_of(stem)

    def named_documents_of(self, stem: str) -> tuple[Numbers, npt.NDArray[np.uint8]]:
        return self.part.named_documents_of(stem)

    def have_phrase(self, documents: Numbers, phrase: Sequence[str]) -> Mask:
        return self.part.have_phrase(documents, phrase)


def _has_any_bit(columns: Columns, documents: Numbers, bits: int) -> Mask:
    found = np.zeros(len(documents), np.bool_)
    for word, mask in mask_words(bits):
        found |= (columns.bits[:, word][documents] & np.uint64(mask)) != 0
    return found


def _has_all_bits(columns: Columns, documents: Numbers, bits: int) -> Mask:
    found = np.ones(len(documents), np.bool_)
    for word, mask in mask_words(bits):
        found &= (columns.bits[:, word][documents] & np.uint64(mask)) == np.uint64(mask)
    return found


def _placed(
    columns: Columns, query: SearchQuery, documents: Numbers, group: npt.NDArray[np.uint8]
) -> tuple[Floats, Mask, Mask, npt.NDArray[np.uint8]]:
    """Squared chords to the place, who serves it, who is inside the radius, and the groups; 4 for out of reach."""
    assert query.place is not None
    x, y, z = unit_vector(query.place.point.lat_deg, query.place.point.lng_deg)
    step_x, step_y, step_z = columns.x[documents] - x, columns.y[documents] - y, columns.z[documents] - z
    chord = step_x * step_x + step_y * step_y + step_z * step_z
    most = 5.0 if query.radius_m is None else _chord_of(query.radius_m)
    within = chord <= most  # no point: not a number, which is never inside
    is_local = np.zeros(len(documents), np.bool_)
    placed = np.where(within, np.uint8(NEAR), np.uint8(len(GROUPS)))
    start = int(np.searchsorted(documents, columns.tail))
    if start < len(documents):
        tail = documents[start:]
        serves_locally, serves_widely = _served(columns, query.place.area_codes)
        is_local[start:] = serves_locally[tail - columns.tail]
        reach = np.where(serves_widely[tail - columns.tail], np.uint8(REMOTE), np.uint8(len(GROUPS)))
        reach[columns.placeless[tail]] = UNPLACED
        reach[within[start:] | is_local[start:]] = NEAR
        placed[start:] = reach
    return chord, is_local, within, np.where(placed == NEAR, group, np.maximum(placed, group))


def _served(columns: Columns, area_codes: Sequence[str]) -> tuple[Mask, Mask]:
    """Which documents of the tail serve the place as their own area, and which from afar."""
    size = columns.count - columns.tail
    locally, widely = np.zeros(size, np.bool_), np.zeros(size, np.bool_)
    for code in area_codes:
        target = widely if code.startswith(WORLDWIDE_AREAS) else locally
        target[columns.areas.documents(code) - columns.tail] = True
    # Help by phone or video that names no area is there for everybody.
    remote = columns.is_remote[columns.tail :].copy()
    remote[columns.areas.document - columns.tail] = False
    return locally, widely | remote


def _chord_of(radius_m: float) -> float:
    angle = min(radius_m / EARTH_RADIUS_M, math.pi)
    return (2 * math.sin(angle / 2)) ** 2


def _keys(columns: Columns, plan: Plan, found: _Narrowing) -> Floats:
    """What results are sorted by, ascending: the group, then the asked order, then a fixed order of equals."""
    documents, group = found.documents, found.group
    key = group * GROUP_STEP + columns.service_tie(documents) * TIE_STEP
    if plan.query.sort == "verified":
        return np.asarray(key - columns.verified[documents])
    score = _scores(columns, plan, found)
    if plan.query.sort == "distance" and found.chord is not None:
        far = np.where(np.isnan(found.chord), NO_DISTANCE, found.chord)
        return np.asarray(key + 1e5 * np.where(group == NEAR, far, 0.0) - score * 1e-6)
    return np.asarray(key - score)


def _scores(columns: Columns, plan: Plan, found: _Narrowing) -> Floats:
    query, documents = plan.query, found.documents
    score = np.ones(len(documents)) if found.text is None else found.text
    agreement = columns.has_agreement[documents] if query.visibility >= Visibility.COORDINATOR else None
    if found.chord is not None:
        miles = np.sqrt(found.chord) * EARTH_RADIUS_MILES
        miles[np.isnan(miles)] = np.inf
        score = score * nearness(miles, _LEAST[columns.precision[documents]], agreement)
    boost = ACCEPTING_BOOST * _has_any_bit(columns, documents, 1 << BIT_OF["yes:accepting_now"])
    boost += FRESH_BOOST * (columns.verified[documents] >= plan.moment.toordinal() - FRESH_DAYS)
    if query.open_at is not None:
        boost += OPEN_BOOST
    if agreement is not None and found.chord is None:
        boost += AGREEMENT_BOOST * agreement
    return np.asarray(score * (1 + boost))


def _one_each(columns: Columns, found: _Narrowing, key: Floats) -> npt.NDArray[np.int64] | None:
    """Which matches stand for their service: the best group, the nearest, the best. None: all, nothing is doubled."""
    doubled = columns.is_multiple[found.documents]
    if not doubled.any():
        return None
    some = np.flatnonzero(doubled)
    service = columns.service[found.documents[some]]
    distance = key[some] if found.chord is None else np.nan_to_num(found.chord[some], nan=NO_DISTANCE)
    order = np.lexsort((key[some], distance, found.group[some], service))
    service = service[order]
    first = np.concatenate([[True], service[1:] != service[:-1]])
    keep = ~doubled
    keep[some[order[first]]] = True
    return np.flatnonzero(keep)


def _page(views: Sequence[PartView], plan: Plan, found: Sequence[Matches]) -> tuple[SearchItem, ...]:
    """The results of the asked page over all parts."""
    query = plan.query
    wanted = query.page * query.size
    best: list[tuple[float, int, int]] = []
    used = [view for view in views if view.part.columns.count]
    for number, matches in enumerate(found):
        key = matches.key
        places = np.arange(len(key))
        if query.yes and not query.include_not_stated:
            places = np.flatnonzero(matches.group != NOT_STATED)
            key = key[places]
        if len(key) > wanted:
            chosen = np.argpartition(key, wanted - 1)[:wanted]
            places, key = places[chosen], key[chosen]
        best += zip(key.tolist(), [number] * len(key), places.tolist(), strict=True)
    best.sort()
    return tuple(
        _item(used[number], plan, found[number], place) for _, number, place in best[wanted - query.size : wanted]
    )


def _item(view: PartView, plan: Plan, matches: Matches, place: int) -> SearchItem:
    query, columns = plan.query, view.part.columns
    document = int(matches.documents[place])
    precision = PRECISIONS[columns.precision[document]]
    distance = None
    group = GROUPS[matches.group[place]]
    if query.place is not None and group in ("near", "not_stated") and precision in SHOWN_PRECISIONS:
        lat, lng = float(columns.lat[document]), float(columns.lng[document])
        if not math.isnan(lat):
            distance = distance_m(query.place.point, type(query.place.point)(lat, lng))
    state = int(view.open_states.at(plan.moment, np.array([document], np.uint32))[0])
    bits = columns.bits_of_document(document)
    verified = int(columns.verified[document])
    coordinator = query.visibility >= Visibility.COORDINATOR and bool(columns.has_agreement[document])
    facts = ResultFacts(
        impact=None if matches.impact is None else int(matches.impact[place]),
        distance_m=distance,
        precision=precision,
        group=group,
        place=None if query.place is None else query.place.label,
        serves_place=bool(matches.is_local is not None and matches.is_local[place]),
        is_open_asked=query.open_at is not None,
        is_accepting=bool(bits >> BIT_OF["yes:accepting_now"] & 1),
        days_since_check=plan.moment.toordinal() - verified if verified else None,
        agreement=agreement_of(columns.notes[document]) if coordinator else "",
        unanswered=[code for code in query.yes if not bits >> BIT_OF[f"yes:{code}"] & 1],
    )
    return SearchItem(
        listing_id=columns.listing_id(document), service_id=columns.service_id(document),
        location_id=columns.location_id(document), distance_m=distance, precision=precision, group=group,
        is_open=(None, False, True)[state], reasons=reasons_of(facts),
    )  # fmt: skip


_LEAST = np.array([LEAST_MILES[precision] for precision in PRECISIONS])
