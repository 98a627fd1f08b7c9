"""The search in plain Python, slow and obvious: what the engine must find, to the last service.

It shares with the engine only the reading of words into clauses, the stems, and the hours.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from core.geo import distance_m
from directory.hours import status, week_minute
from directory.search.language import STOP_WORDS, english_stem, spanish_stem, words_of
from directory.search.listing import ListingDocument
from directory.search.query import SearchQuery
from directory.search.synonyms import Alternative, Clause, clauses_of, thesaurus
from tests.directory.search.made import NOW

NEAR, REMOTE, NOT_STATED, UNPLACED = range(4)


@dataclass(frozen=True, slots=True)
class Expected:
    """What must come out."""

    groups: dict[str, int]  # service id -> group
    within: int
    distance_m: dict[str, float]
    need: dict[str, int]
    language: dict[str, int]
    term: dict[str, int]
    question: dict[str, tuple[int, int]]
    open: tuple[int, int, int]


def expect(documents: Sequence[ListingDocument], query: SearchQuery) -> Expected:
    """The answer to a query over all documents."""
    clauses = clauses_of(query.words, query.language)
    fitting: dict[str, list[tuple[int, float, ListingDocument]]] = {}
    for document in documents:
        group = _group(document, query, clauses)
        if group is not None:
            distance = float("inf")
            if query.place and document.point:
                distance = distance_m(query.place.point, document.point)
            fitting.setdefault(document.service_id, []).append((group, distance, document))
    groups = {service: min(group for group, _, _ in found) for service, found in fitting.items()}
    nearest = {service: min((g, d) for g, d, _ in found)[1] for service, found in fitting.items()}
    counted = {s: [doc for g, _, doc in found if g <= REMOTE] for s, found in fitting.items() if groups[s] <= REMOTE}
    radius = query.radius_m if query.radius_m is not None else float("inf")
    within = sum(groups[s] == NEAR and nearest[s] <= radius and nearest[s] < float("inf") for s in groups)
    states = [max(_state(doc) for doc in found) for found in counted.values()]
    return Expected(
        groups, within if query.place else 0, nearest, _count(counted, "needs"), _count(counted, "languages"),
        _count(counted, "term_ids"), _questions(counted), (states.count(2), states.count(1), states.count(0)),
    )  # fmt: skip


def _count(counted: dict[str, list[ListingDocument]], name: str) -> dict[str, int]:
    return dict(
        Counter(code for found in counted.values() for code in {c for doc in found for c in getattr(doc, name)})
    )


def _questions(counted: dict[str, list[ListingDocument]]) -> dict[str, tuple[int, int]]:
    yes: Counter[str] = Counter()
    no: Counter[str] = Counter()
    for found in counted.values():
        yes.update(code for code, answer in found[0].answers.items() if answer == 1)
        no.update(code for code, answer in found[0].answers.items() if answer == 2)
    return {code: (yes[code], no[code]) for code in {*yes, *no}}


def _group(document: ListingDocument, query: SearchQuery, clauses: Sequence[Clause]) -> int | None:
    if document.visibility > query.visibility or not _has_words(document, clauses):
        return None
    for wanted, held in ((query.needs, document.needs), (query.terms, document.term_ids),
                         (query.languages, document.languages)):  # fmt: skip
        if wanted and not set(wanted) & set(held):
            return None
    if any(document.answers.get(code) == 2 for code in query.yes):
        return None
    if query.age is not None:
        if (document.minimum_age or 0) > query.age or (document.maximum_age or 999) < query.age:
            return None
    if query.open_at is not None and _state(document) != 2:
        return None
    place = _place_group(document, query)
    if place is None or place != NEAR:
        return place if place is None else max(place, _stated(document, query))
    return _stated(document, query)


def _stated(document: ListingDocument, query: SearchQuery) -> int:
    return NEAR if all(document.answers.get(code) == 1 for code in query.yes) else NOT_STATED


def _place_group(document: ListingDocument, query: SearchQuery) -> int | None:
    if query.place is None:
        return NEAR
    if document.point and (query.radius_m is None or distance_m(query.place.point, document.point) <= query.radius_m):
        return NEAR
    served = set(document.areas) & set(query.place.area_codes)
    if any(not code.startswith(("state:", "country:")) for code in served):
        return NEAR
    if served or (document.is_remote and not document.areas):
        return REMOTE
    return UNPLACED if not document.point and not document.areas and not document.is_remote else None


def _state(document: ListingDocument) -> int:
    """2 open, 1 closed, 0 unknown."""
    if document.weekly and not document.closing_days:
        minute = week_minute(NOW, document.zone)
        assert minute is not None
        return 2 if any(start <= minute < end for start, end in document.weekly) else 1
    if not document.schedule:
        return 0
    answer = status(document.schedule, NOW, document.zone, document.closing_days)
    return {"open": 2, "closed": 1, "unknown": 0}[answer.state]


def _has_words(document: ListingDocument, clauses: Sequence[Clause]) -> bool:
    fields = [
        words_of(f"{document.name} {document.alternate_name}"),
        words_of(document.organization) + words_of(document.location_name),
        words_of(" ".join((*document.term_names, *document.tags))),
        words_of(" ".join((document.description, *document.details))),
    ]
    named = _stems([word for field in fields[:3] for word in field])
    everything = named | _stems(fields[3])
    for clause in clauses:
        holds = any(_holds(one, document, named, everything) for one in clause.alternatives)
        if clause.phrase:
            holds = holds and any(_has_phrase(field, clause.phrase) for field in fields)
        if holds == clause.is_excluded:
            return False
    return True


def _holds(one: Alternative, document: ListingDocument, named: set[str], everything: set[str]) -> bool:
    if one.need is not None:
        return one.need in document.needs
    return set(one.stems) <= (everything if one.is_typed else named)


def _stems(words: Sequence[str]) -> set[str]:
    kept = [word for word in words if word not in STOP_WORDS]
    spanish = thesaurus().spanish_words
    return {english_stem(word) for word in kept} | {spanish_stem(word) for word in kept if word in spanish}


def _has_phrase(field: Sequence[str], phrase: Sequence[str]) -> bool:
    stems, wanted = [english_stem(word) for word in field], [english_stem(word) for word in phrase]
    return any(stems[at : at + len(wanted)] == wanted for at in range(len(stems)))
