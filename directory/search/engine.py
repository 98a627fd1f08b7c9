"""Runs a query over an index: words, filters, place, order, counts. The index changes in `live.py`.

A query is a handful of array operations on each part (the segment, and the changes since). What one part answers is
merged by key; a service is wholly in one part.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt

from core.geo import EARTH_RADIUS_M, EARTH_RADIUS_MILES
from directory.facets import Visibility
from directory.search.candidates import Candidates, are_of_need, candidates_of
from directory.search.columns import bits_of, mask_words, unit_vector
from directory.search.counting import Counts, Sites, count_answer, facets_of
from directory.search.groups import GROUPS, NEAR, NOT_STATED, REMOTE, UNPLACED
from directory.search.matching import Mask
from directory.search.opening import OPEN
from directory.search.plan import PartView, Plan, plan_of
from directory.search.postings import Numbers
from directory.search.presenting import items_of
from directory.search.query import Facets, SearchItem, SearchQuery, SearchResult
from directory.search.ranking import AGREEMENT_BOOST, OPEN_BOOST, nearness
from directory.search.synonyms import Clause, clauses_of

GROUP_STEP = 1e7  # more than any sort key inside a group
NO_DISTANCE = 5.0  # above the largest squared chord of the unit sphere, which is 4

Floats = npt.NDArray[np.float64]
Places = npt.NDArray[np.int64]
BitRows = npt.NDArray[np.uint64]


@dataclass(slots=True)
class Matches:
    """What of one part answers a query. `shown` are the places in `found` of the documents that stand for a service,
    its nearest fitting one; None for all. `key` sorts those."""

    found: Narrowing
    shown: Places | None
    key: Floats
    group: npt.NDArray[np.uint8] | None
    counts: Counts | None
    within: int

    def group_sizes(self) -> npt.NDArray[np.int64]:
        """How many services are in each group."""
        if self.group is None:
            return np.array([len(self.key), 0, 0, 0])
        return np.array([np.count_nonzero(self.group == code) for code in range(len(GROUPS))])


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
    groups = sum((matches.group_sizes() for matches in found), np.zeros(len(GROUPS), np.int64))
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
            total += int(_match_part(view, slim).group_sizes()[: REMOTE + 1].sum())
    return total


def _match_part(view: PartView, plan: Plan) -> Matches:
    return narrow(view, plan, candidates_of(view, plan), are_of_need=are_of_need(plan))


def narrow(view: PartView, plan: Plan, candidates: Candidates, *, are_of_need: bool = False) -> Matches:
    """The matches among the candidates that the words gave: filters, place and hours, then one document a service.

    `are_of_need` says that the candidates are known to be of the need that was asked for.
    """
    query, columns = plan.query, view.part.columns
    found = Narrowing(candidates)
    needs: tuple[str, ...] = () if are_of_need else query.needs
    found.keep(_filtered(view, plan, needs, found.documents))
    if query.yes:
        stated = _have_all_bits(columns.bits.take(found.documents, axis=0), bits_of("yes", query.yes))
        found.group = np.where(stated, np.uint8(NEAR), np.uint8(NOT_STATED))
    if query.place is not None:
        _place(view, query, found)
    states = None
    if query.open_at is not None or query.facets:
        states = view.open_states.at(plan.moment, found.documents)
    if query.open_at is not None and states is not None:
        kept = states == OPEN
        found.keep(kept)
        states = states[kept]
    key = _keys(view, plan, found)
    sites = _sites(view, found, key) if view.derived.has_doubles else None
    counts = None
    if query.facets and states is not None:
        counts = count_answer(columns, found.documents, found.answered(), sites, states)
    shown, group, inside = None, found.group, 0
    if found.chord is not None and group is not None:
        within = (found.chord <= _widest_chord(query)) & (group == NEAR)
        inside = int(np.count_nonzero(within))
        if sites is not None:
            inside -= int(np.count_nonzero(within.take(sites.others)))
    if sites is not None:
        shown = sites.shown
        key, group = key.take(shown), None if group is None else group.take(shown)
    return Matches(found, shown, key, group, counts, inside)


class Narrowing:
    """Candidates that become fewer. `origin` are the places of the kept ones among the candidates (None: all)."""

    __slots__ = ("_impact", "_text", "chord", "documents", "group", "origin", "serves_locally")

    def __init__(self, candidates: Candidates) -> None:
        documents, self._text, self._impact = candidates
        self.documents: Places = documents.astype(np.int64)  # numpy takes by these twice as fast
        self.origin: Places | None = None
        self.group: npt.NDArray[np.uint8] | None = None
        self.chord: Floats | None = None
        self.serves_locally: Mask | None = None

    def keep(self, kept: Mask | None) -> None:
        """Keep where true; None keeps all."""
        if kept is None:
            return
        places = kept.nonzero()[0]
        if len(places) == len(kept):
            return
        self.documents = self.documents.take(places)
        self.origin = places if self.origin is None else self.origin.take(places)
        if self.group is not None:
            self.group = self.group.take(places)
        if self.chord is not None:
            self.chord = self.chord.take(places)

    def text(self) -> Floats | None:
        """The text scores of the kept ones; None without words."""
        return self._text if self._text is None or self.origin is None else self._text.take(self.origin)

    def impacts(self, places: Places) -> npt.NDArray[np.uint8] | None:
        """The weakest impacts of some of the kept ones; None without words."""
        if self._impact is None:
            return None
        return self._impact.take(places if self.origin is None else self.origin.take(places))

    def answered(self) -> Mask | None:
        """Which ones count in the total; None for all."""
        return None if self.group is None else self.group <= REMOTE


def _filtered(view: PartView, plan: Plan, needs: tuple[str, ...], documents: Numbers | Places) -> Mask | None:
    """Which candidates pass everything but place, hours and unstated answers; None for all."""
    query, columns = plan.query, view.part.columns
    tests: list[Mask] = []
    if view.alive is not None:
        tests.append(view.alive.take(documents))
    if query.visibility < Visibility.RESTRICTED and not view.derived.is_public:
        tests.append(columns.visibility.take(documents) <= query.visibility)
    if needs or query.languages or query.yes:
        rows = columns.bits.take(documents, axis=0)
        for kind, codes in (("need", needs), ("language", query.languages)):
            if codes:
                tests.append(_have_any_bit(rows, bits_of(kind, codes)))
        if query.yes:
            tests.append(~_have_any_bit(rows, bits_of("no", query.yes)))
    if query.terms:
        carries = np.zeros(columns.count, np.bool_)
        for term in query.terms:
            carries[columns.term_labels.documents(term)] = True
        tests.append(carries.take(documents))
    if query.age is not None:
        tests.append(columns.minimum_age.take(documents) <= query.age)
        tests.append(columns.maximum_age.take(documents) >= query.age)
    kept: Mask | None = None
    for test in tests:
        kept = test if kept is None else kept & test
    return kept


def _have_any_bit(rows: BitRows, bits: int) -> Mask:
    found: Mask | None = None
    for word, mask in mask_words(bits):
        held = (rows[:, word] & np.uint64(mask)) != 0
        found = held if found is None else found | held
    return np.zeros(len(rows), np.bool_) if found is None else found


def _have_all_bits(rows: BitRows, bits: int) -> Mask:
    found: Mask | None = None
    for word, mask in mask_words(bits):
        held = (rows[:, word] & np.uint64(mask)) == np.uint64(mask)
        found = held if found is None else found & held
    return np.ones(len(rows), np.bool_) if found is None else found


def _place(view: PartView, query: SearchQuery, found: Narrowing) -> None:
    """Find squared chords to the place, who serves it, who is inside the radius, and the groups; drop the rest."""
    assert query.place is not None
    columns, documents = view.part.columns, found.documents
    steps = view.derived.vectors.take(documents, axis=1)
    steps -= np.array(unit_vector(query.place.point.lat_deg, query.place.point.lng_deg)).reshape(3, 1)
    steps *= steps
    found.chord = steps[0] + steps[1]
    found.chord += steps[2]
    within = found.chord <= _widest_chord(query)  # no point: not a number, which is never inside
    placed = np.where(within, np.uint8(NEAR), np.uint8(len(GROUPS)))
    start = int(documents.searchsorted(columns.tail))
    if start < len(documents):
        tail = documents[start:] - columns.tail
        locally, reach_of = view.derived.served(query.place.area_codes)
        reach = reach_of.take(tail)
        reach[within[start:]] = NEAR
        placed[start:] = reach
        found.serves_locally = locally
    if found.group is None:
        found.group = placed
    else:
        found.group = np.where(placed == NEAR, found.group, np.maximum(placed, found.group))
    found.keep(found.group < len(GROUPS))


def _widest_chord(query: SearchQuery) -> float:
    """The squared chord of the radius; without one, more than any."""
    return NO_DISTANCE if query.radius_m is None else _chord_of(query.radius_m)


def _chord_of(radius_m: float) -> float:
    angle = min(radius_m / EARTH_RADIUS_M, math.pi)
    return (2 * math.sin(angle / 2)) ** 2


def _keys(view: PartView, plan: Plan, found: Narrowing) -> Floats:
    """What results are sorted by, ascending: the group, then the asked order, then a fixed order of equals."""
    documents = found.documents
    score = _scores(view, plan, found)
    if plan.query.sort == "verified":
        key = score * -1e-3 - view.part.columns.verified.take(documents)
    elif plan.query.sort == "distance" and found.chord is not None:
        far = np.where(np.isnan(found.chord), NO_DISTANCE, found.chord)
        if found.group is not None:
            far[found.group != NEAR] = 0.0
        key = 1e5 * far - score * 1e-6
    else:
        key = -score
    if found.group is not None:
        key = key + found.group * GROUP_STEP
    return np.asarray(key)


def _scores(view: PartView, plan: Plan, found: Narrowing) -> Floats:
    query, documents = plan.query, found.documents
    score = view.derived.prior(plan.moment.toordinal()).take(documents)
    text = found.text()
    if text is not None:
        score *= text
    agreement = None
    if query.agreements and query.visibility >= Visibility.COORDINATOR:
        agreement = view.part.columns.have_service(documents, [service_id for service_id, _ in query.agreements])
    if found.chord is not None:
        miles = np.sqrt(found.chord) * EARTH_RADIUS_MILES
        score *= nearness(miles, view.derived.least_miles.take(documents), agreement)
    elif agreement is not None:
        score *= 1 + AGREEMENT_BOOST * agreement
    return score * (1 + OPEN_BOOST) if query.open_at is not None else score


def _sites(view: PartView, found: Narrowing, key: Floats) -> Sites | None:
    """Which matches stand for their service: the best group, then the nearest (no place asked: the best). None: all."""
    some = view.part.columns.is_multiple.take(found.documents).nonzero()[0]
    if not len(some):
        return None
    numbers, count = view.derived.shared
    service = numbers.take(found.documents.take(some))
    worth = key if found.chord is None else found.chord
    worth = worth.take(some)
    if found.chord is not None:
        worth[np.isnan(worth)] = NO_DISTANCE
        if found.group is not None:
            worth += found.group.take(some) * (2 * NO_DISTANCE)
    least = np.full(count, np.inf)
    np.minimum.at(least, service, worth)
    is_best = (worth == least.take(service)).nonzero()[0][::-1]
    best = np.empty(count, np.int64)
    best[service.take(is_best)] = some.take(is_best)  # the last one written stays: of equals the first
    lead = best.take(service)
    is_other = (lead != some).nonzero()[0]
    others = some.take(is_other)
    shown = np.ones(len(found.documents), np.bool_)
    shown[others] = False
    return Sites(shown.nonzero()[0], others, lead.take(is_other))


def _page(views: Sequence[PartView], plan: Plan, found: Sequence[Matches]) -> tuple[SearchItem, ...]:
    """The results of the asked page over all parts."""
    query = plan.query
    wanted = query.page * query.size
    best: list[tuple[float, int, int]] = []
    for number, matches in enumerate(found):
        key, places = matches.key, None
        if query.yes and not query.include_not_stated and matches.group is not None:
            places = (matches.group != NOT_STATED).nonzero()[0]
            key = key.take(places)
        chosen: Places = np.argpartition(key, wanted - 1)[:wanted] if len(key) > wanted else np.arange(len(key))
        key = key.take(chosen)
        for more in (places, matches.shown):
            chosen = chosen if more is None else more.take(chosen)
        best += zip(key.tolist(), [number] * len(key), chosen.tolist(), strict=True)
    best.sort()
    best = best[wanted - query.size : wanted]
    used = [view for view in views if view.part.columns.count]
    if len(found) == 1:
        return tuple(items_of(used[0], plan, found[0].found, np.array([place for *_, place in best], np.int64)))
    items: dict[tuple[int, int], SearchItem] = {}
    for number, matches in enumerate(found):
        chosen_here = [place for _, one, place in best if one == number]
        if chosen_here:
            made = items_of(used[number], plan, matches.found, np.array(chosen_here))
            items.update(zip([(number, place) for place in chosen_here], made, strict=True))
    return tuple(items[number, place] for _, number, place in best)
