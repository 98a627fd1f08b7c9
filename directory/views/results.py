"""The results page made ready for its template: groups, chips, filters, pins; nothing is searched or fetched here."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from core.catalog import gettext, ngettext
from core.errors import Sentence
from core.geo import METRES_PER_MILE
from core.layout import address_with
from core.pages import translate
from directory.facets import LANGUAGES, QUESTION_BY_CODE, QUESTIONS, Precision
from directory.forms import ANY_DISTANCE, SORT_LABELS, SORTS, WITHIN_MILES, SearchAsked
from directory.gazetteer import Place, PlaceAnswer, place_among_words
from directory.needs import all_needs, own_terms
from directory.queries import CardListing
from directory.search import SearchItem, SearchResult
from directory.views.cards import CardView, Moment, make_card

FILTERS_SHOWN: Final = 6  # of one group; the rest folds
TERMS_SHOWN: Final = 40
# A place known by its ZIP or town only is drawn as an area: half the usual width of one.
AREA_M: Final = {Precision.ZIP: 2_000, Precision.TOWN: 3_000}

QUESTION_GROUPS: Final = {
    "access": Sentence("Getting in"),
    "cost": Sentence("Cost and insurance"),
    "people": Sentence("Who is welcome"),
    "reach": Sentence("Getting there and being understood"),
}
GROUPS: Final = {
    "near": (Sentence("Near you"), None),
    "remote": (Sentence("By phone, online or statewide"), Sentence("You do not have to travel for these.")),
    "not_stated": (Sentence("These do not say"), Sentence("They may fit. Ask when you call.")),
    "unplaced": (Sentence("Place not listed"), Sentence("We do not know where these are. Call and ask.")),
}


@dataclass(frozen=True, slots=True)
class Link:
    """A label that leads somewhere. `chosen` is where the person is now."""

    label: str
    address: str | None
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Entry:
    """A card with its number in the list."""

    card: CardView
    number: int | None
    saved: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Cards under one heading."""

    code: str
    heading: Sentence
    note: Sentence | None
    entries: tuple[Entry, ...]


class PlaceRead(NamedTuple):
    """A place that was typed among the words: as what, which place, and the search for the words as they stand."""

    typed: str
    label: str
    words_address: str


class Filter(NamedTuple):
    """One box of the filters (its name, value, label, whether it is chosen) and how many services stand behind it."""

    box: tuple[str, str, str, bool]
    services: int


@dataclass(frozen=True, slots=True)
class FilterGroup:
    """Boxes under one heading; `rest` is folded."""

    heading: str
    first: tuple[Filter, ...]
    rest: tuple[Filter, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultsPage:
    """Everything that the results page shows."""

    title: str
    summary: tuple[str, ...]
    place_notice: str | None
    place_choices: tuple[Link, ...]
    place_read: PlaceRead | None
    problems: tuple[Sentence, ...]
    corrected: str | None
    did_you_mean: Link | None
    chips: tuple[Link, ...]
    clear_address: str
    sorts: tuple[Link, ...]
    map_switch: Link | None
    has_map: bool
    is_empty: bool
    groups: tuple[Group, ...]
    more: tuple[Link, ...]
    empty_lines: tuple[Link, ...]
    page: int
    pages: int
    pins: list[dict[str, Any]]
    area: dict[str, float] = field(default_factory=dict)
    open_filters: tuple[Filter, ...]
    filter_groups: tuple[FilterGroup, ...]
    within_choices: tuple[Link, ...]


def make_results(
    asked: SearchAsked,
    answer: PlaceAnswer | None,
    found: SearchResult,
    listings: Mapping[UUID, CardListing],
    moment: Moment,
    *,
    kept: Sequence[UUID],
    term_names: Mapping[str, str],
    radius_m: float | None,
    shows_map: bool,
    language: str,
) -> ResultsPage:
    """The page of one search. `listings` holds what the items name; one that vanished in between is left out."""
    place = answer.place if answer else None
    names = _Names(term_names, language)
    first_number = (found.page - 1) * found.size + 1
    rows = [
        (number, item, listing)
        for number, item in enumerate(found.items, first_number)
        if (listing := listings.get(UUID(item.service_id))) is not None
    ]
    pins = _pins(rows)
    shown = found.total + found.total_unplaced + (found.total_not_stated if asked.include_not_stated else 0)
    return ResultsPage(
        title=_title(asked, place, names),
        summary=_summary(asked, place, found, radius_m),
        place_notice=_place_notice(asked, answer),
        place_choices=tuple(
            Link(choice.label, address_with(where=choice.label, page=None))
            for choice in (answer.choices if answer else ())
        ),
        place_read=_place_read(asked, place),
        problems=tuple(dict.fromkeys(asked.problems.values())),
        corrected=_corrected(asked, found),
        did_you_mean=_did_you_mean(found),
        chips=_chips(asked, names),
        clear_address=address_with(
            need=None, term=None, language=None, yes=None, open_now=None, age=None, include_not_stated=None, page=None
        ),
        sorts=_sorts(asked, place) if shown > 1 else (),
        map_switch=_map_switch(shows_map) if pins else None,
        has_map=shows_map and bool(pins),
        is_empty=not rows,
        groups=_groups(rows, moment, frozenset(kept), has_place=place is not None),
        more=_more(asked, found),
        empty_lines=_empty_lines(asked, found, names),
        page=found.page,
        pages=max(1, -(-shown // found.size)),
        pins=pins,
        area={"lat": place.point.lat_deg, "lng": place.point.lng_deg} if place else {},
        open_filters=(Filter(("open_now", "1", gettext("Open now"), asked.open_now), found.facets.open[0]),),
        filter_groups=_filter_groups(asked, found, names),
        within_choices=_within_choices(radius_m, asked),
    )


class _Names:
    """What needs, terms, languages and questions are called in the page's language."""

    def __init__(self, term_names: Mapping[str, str], language: str) -> None:
        self._term_names, self._own, self._needs = term_names, _own_names(language), _need_names(language)

    def is_practice(self, term: str) -> bool:
        """Whether a term is one of the proven programs."""
        return self._term_names.get(term, "").casefold() in _practices()

    def of(self, name: str, value: str) -> str:
        """The label of one value of a filter."""
        if name == "need":
            return self._needs.get(value, value)
        if name == "term":
            given = self._term_names.get(value)
            return gettext("a kind of help") if given is None else self._own.get(given.casefold(), given)
        if name == "language":
            return translate(LANGUAGES[value]) if value in LANGUAGES else value
        return translate(QUESTION_BY_CODE[value].label) if value in QUESTION_BY_CODE else value


@cache
def _own_names(language: str) -> Mapping[str, str]:
    """Our own terms' names in a language, by the English one."""
    return {term.names[0].casefold(): term.name(language) for term in own_terms()}


@cache
def _need_names(language: str) -> Mapping[str, str]:
    return {need.code: need.name(language) for need in all_needs()}


@cache
def _practices() -> frozenset[str]:
    return frozenset(term.names[0].casefold() for term in own_terms() if term.is_practice)


def _title(asked: SearchAsked, place: Place | None, names: _Names) -> str:
    what = f"“{asked.words}”" if asked.words else ", ".join(names.of("need", code) for code in asked.needs)
    if what and place:
        return gettext("%(what)s near %(place)s", what=what, place=place.label)
    if what:
        return what if not asked.words else gettext("Results for %(what)s", what=what)
    return gettext("Services near %(place)s", place=place.label) if place else gettext("All services")


def _summary(asked: SearchAsked, place: Place | None, found: SearchResult, radius_m: float | None) -> tuple[str, ...]:
    if not found.total:
        return ()
    said = [ngettext("%(num)d service found.", "%(num)d services found.", found.total)]
    if place and radius_m and 0 < found.total_within < found.total:
        said.append(gettext("%(within)s within %(miles)s miles.", within=found.total_within, miles=_miles(radius_m)))
    if found.total_remote:
        said.append(
            ngettext(
                "%(num)d helps by phone, online or statewide.",
                "%(num)d help by phone, online or statewide.",
                found.total_remote,
            )
        )
    return tuple(said)


def _miles(radius_m: float) -> str:
    return f"{radius_m / METRES_PER_MILE:.1f}".removesuffix(".0")


def _place_notice(asked: SearchAsked, answer: PlaceAnswer | None) -> str | None:
    if answer is None or (answer.understood and answer.sentence is None):
        return None
    if answer.sentence is not None:
        return translate(answer.sentence)
    if answer.choices:
        return None
    return gettext(
        "We did not understand “%(where)s”. Try a ZIP code or a town. Below are results for everywhere.",
        where=asked.where,
    )


def _place_read(asked: SearchAsked, place: Place | None) -> PlaceRead | None:
    """Only where the words name that place: an address that somebody else made up says nothing here."""
    read = place_among_words(f"in {asked.read}", place.state or "") if place and asked.read else None
    if place is None or read is None or read.rest or read.place != place:
        return None
    words = f'{asked.words} "{asked.read}"'.strip()
    return PlaceRead(asked.read, place.label, address_with(q=words, where=None, read=None, page=None))


def _corrected(asked: SearchAsked, found: SearchResult) -> str | None:
    if found.corrected_words:
        return gettext(
            "Nothing was found for “%(typed)s”, so this shows “%(used)s”.",
            typed=asked.words,
            used=found.corrected_words,
        )
    if found.relaxed:
        return gettext("Nothing holds all your words. Left out: %(words)s.", words=", ".join(found.relaxed))
    return None


def _did_you_mean(found: SearchResult) -> Link | None:
    if not found.did_you_mean or found.corrected_words:
        return None
    return Link(found.did_you_mean, address_with(q=found.did_you_mean, page=None))


def _chips(asked: SearchAsked, names: _Names) -> tuple[Link, ...]:
    chips = [
        Link(names.of(name, value), _without(name, values, value))
        for name, values in _chosen(asked).items()
        for value in values
    ]
    if asked.open_now:
        chips.append(Link(gettext("Open now"), address_with(open_now=None, page=None)))
    if asked.age is not None:
        chips.append(Link(gettext("Age %(age)s", age=asked.age), address_with(age=None, page=None)))
    return tuple(chips)


def _chosen(asked: SearchAsked) -> dict[str, tuple[str, ...]]:
    return {"need": asked.needs, "term": asked.terms, "language": asked.languages, "yes": asked.yes}


def _without(name: str, values: Sequence[str], gone: str) -> str:
    return address_with(**{name: [value for value in values if value != gone] or None, "page": None})


def _sorts(asked: SearchAsked, place: Place | None) -> tuple[Link, ...]:
    return tuple(
        Link(
            translate(SORT_LABELS[sort]),
            address_with(sort=None if sort == "best" else sort, page=None),
            sort == asked.sort,
        )
        for sort in SORTS
        if sort != "distance" or place is not None
    )


def _map_switch(shows_map: bool) -> Link:
    if shows_map:
        return Link(gettext("Hide the map"), address_with(view="list"))
    return Link(gettext("Show the map"), address_with(view="map"))


def _groups(
    rows: Iterable[tuple[int, SearchItem, CardListing]], moment: Moment, kept: frozenset[UUID], *, has_place: bool
) -> tuple[Group, ...]:
    entries: dict[str, list[Entry]] = {}
    for number, item, listing in rows:
        card = make_card(
            listing,
            moment,
            location_id=UUID(item.location_id) if item.location_id else None,
            distance_m=item.distance_m,
            group=item.group,
            reasons=item.reasons,
        )
        entries.setdefault(item.group, []).append(Entry(card, number, card.id in kept))
    groups = []
    for code, cards in entries.items():
        heading, note = GROUPS.get(code, GROUPS["near"])
        if code == "near" and not has_place:
            heading = Sentence("Results")
        groups.append(Group(code, heading, note, tuple(cards)))
    return tuple(groups)


def _more(asked: SearchAsked, found: SearchResult) -> tuple[Link, ...]:
    if asked.include_not_stated or not found.total_not_stated:
        return ()
    label = ngettext("%(num)d more does not say.", "%(num)d more do not say.", found.total_not_stated)
    return (Link(label, address_with(include_not_stated="1", page=None)),)


def _empty_lines(asked: SearchAsked, found: SearchResult, names: _Names) -> tuple[Link, ...]:
    """The filter that emptied the list, and what one change brings back."""
    return tuple(
        Link(
            gettext(
                "Without “%(filter)s”: %(count)s",
                filter=_removal_label(each.name, each.value, asked, names),
                count=each.total,
            ),
            _removal_address(each.name, each.value, asked),
        )
        for each in found.emptied_by
        if each.total
    )[:5]


PARAMETERS: Final = {"words": "q", "place": "where", "open_at": "open_now", "needs": "need", "terms": "term",
                     "languages": "language", "yes": "yes", "age": "age", "radius_m": "within"}  # fmt: skip


def _removal_label(name: str, value: str | None, asked: SearchAsked, names: _Names) -> str:
    parameter = PARAMETERS.get(name, name)
    if parameter in ("q", "where"):
        return asked.words if parameter == "q" else asked.where
    if value is not None and parameter in ("need", "term", "language", "yes"):
        return names.of(parameter, value)
    labels = {
        "open_now": Sentence("open now"),
        "need": Sentence("this need"),
        "term": Sentence("this kind of help"),
        "language": Sentence("this language"),
        "yes": Sentence("these filters"),
        "age": Sentence("this age"),
        "within": Sentence("this distance"),
    }
    return translate(labels.get(parameter, labels["yes"]))


def _removal_address(name: str, value: str | None, asked: SearchAsked) -> str:
    parameter = PARAMETERS.get(name, name)
    if parameter == "within":
        return address_with(within=ANY_DISTANCE, page=None)
    values = _chosen(asked).get(parameter, ())
    if value is not None and value in values:
        return _without(parameter, values, value)
    return address_with(**{parameter: None, "page": None})


def _pins(rows: Iterable[tuple[int, SearchItem, CardListing]]) -> list[dict[str, Any]]:
    """What the map draws: never a withheld place, never a remote service."""
    pins = []
    for number, item, listing in rows:
        site = listing.site(UUID(item.location_id) if item.location_id else None)
        if site.point is None or site.place_withheld or item.group == "remote":
            continue
        pins.append(
            {
                "number": number,
                "id": str(listing.service_id),
                "lat": round(site.point.lat_deg, 5),
                "lng": round(site.point.lng_deg, 5),
                "name": listing.name,
                "line": listing.organization,
                "area_m": AREA_M.get(site.precision, 0),
            }
        )
    return pins


def _filter_groups(asked: SearchAsked, found: SearchResult, names: _Names) -> tuple[FilterGroup, ...]:
    facets, total = found.facets, found.total + found.total_not_stated
    practices = [pair for pair in facets.term if names.is_practice(pair[0])]
    kinds = [pair for pair in facets.term if not names.is_practice(pair[0])][:TERMS_SHOWN]
    kinds += _missing(asked.terms, [*practices, *kinds])
    languages = [pair for pair in facets.language if pair[0] != "en"]
    languages += _missing(asked.languages, languages)
    needs = [*facets.need, *_missing(asked.needs, facets.need)]
    groups = [
        _filter_group("need", gettext("Need"), needs, asked.needs, total, names),
        _filter_group("language", gettext("Language spoken"), languages, asked.languages, total, names),
    ]
    for code, heading in QUESTION_GROUPS.items():
        counts = [(q.code, facets.question.get(q.code, (0, 0, 0))[0]) for q in QUESTIONS if q.group == code]
        groups.append(_filter_group("yes", translate(heading), counts, asked.yes, total, names))
    groups.append(_filter_group("term", gettext("Proven programs"), practices, asked.terms, total, names))
    groups.append(_filter_group("term", gettext("Kind of help"), kinds, asked.terms, total, names))
    return tuple(group for group in groups if group.first)


def _missing(chosen: Sequence[str], counts: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
    """What is chosen and stands behind no service of the answer: its box stays, else the next search would lose it."""
    there = {value for value, _ in counts}
    return [(value, 0) for value in chosen if value not in there]


def _filter_group(
    name: str,
    heading: str,
    counts: Iterable[tuple[str, int]],
    chosen: Sequence[str],
    total: int,
    names: _Names,
) -> FilterGroup:
    """Only what divides the answer: something has it and something has not. What is chosen always stays."""
    boxes = [
        Filter((name, value, names.of(name, value), value in chosen), count)
        for value, count in counts
        if value in chosen or 0 < count < total
    ]
    if chosen:
        boxes.sort(key=lambda filter: filter.box[1] not in chosen)
    return FilterGroup(heading, tuple(boxes[:FILTERS_SHOWN]), tuple(boxes[FILTERS_SHOWN:]))


def _within_choices(radius_m: float | None, asked: SearchAsked) -> tuple[Link, ...]:
    """The distances on offer: `address` holds the value of the parameter."""
    now = None if asked.any_distance or radius_m is None else round(radius_m / METRES_PER_MILE, 2)
    steps = sorted({*map(float, WITHIN_MILES), *([now] if now else [])})
    choices = [
        Link(
            gettext("1 mile") if step == 1 else gettext("%(miles)s miles", miles=f"{step:g}"),
            f"{step:g}",
            step == now or (now is None and not asked.any_distance and step == 10),
        )
        for step in steps
    ]
    return (*choices, Link(gettext("Any distance"), ANY_DISTANCE, asked.any_distance))
