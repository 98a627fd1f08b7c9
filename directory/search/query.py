"""What may be asked of the search and what it answers: frozen, bounded values, and the parsing of typed words.

Pure: no index, no database and no language rules (those are in `language.py` and `engine.py`).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple, Protocol

from core.errors import InvalidInput, Sentence
from core.geo import METRES_PER_MILE, Point
from directory.facets import QUESTION_BY_CODE, Visibility

MAX_WORDS_LENGTH = 300  # characters: a pasted sentence fits, a pasted page does not
MAX_WORDS = 16  # words of a query that are looked up; the rest is named in `SearchResult.relaxed`
MAX_CHOICES = 50  # values of one filter
MAX_CODE_LENGTH = 100
MAX_RADIUS_M = 12_500 * METRES_PER_MILE  # half way round the earth
MAX_SIZE = 100
MAX_PAGE = 1_000
MAX_AGE = 130
MAX_AGREEMENTS = 1_000  # services with terms in force: beyond it nothing is lifted
FIRST_YEAR, LAST_YEAR = 2000, 2100  # days that a person can ask about
SORTS = ("best", "distance", "verified")

_PIECE = re.compile(r'(-?)"([^"]*)"?|(\S+)')


class Origin(Protocol):
    """A place that the search starts from; `directory.gazetteer.Place` is one."""

    @property
    def label(self) -> str:
        """How the place is called on the page."""

    @property
    def point(self) -> Point:
        """Where it is."""

    @property
    def area_codes(self) -> tuple[str, ...]:
        """What serves it: "country:US", "state:NY", "county:36119", "town:NY:white plains", "zip:10601"."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchQuery:
    """One question to the directory. Raises InvalidInput(field, sentence) where it makes no sense.

    `needs`, `terms` and `languages` each hold alternatives (any of them fits); `yes` holds question codes that must all
    be answered yes. Without `radius_m` any distance is near. `visibility` is the level of the person who asks.
    `agreements` are priority-access terms in force for the person searched for, by service id: never used or shown
    below the level of coordinators.
    """

    words: str = ""
    place: Origin | None = None
    radius_m: float | None = None
    needs: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    age: int | None = None
    open_at: datetime | None = None
    sort: str = "best"
    page: int = 1
    size: int = 20
    visibility: int = Visibility.PUBLIC
    agreements: tuple[tuple[str, Sentence], ...] = ()
    include_not_stated: bool = False
    facets: bool = True
    language: str = "en"

    def __post_init__(self) -> None:
        _check_words(self.words)
        for name in ("needs", "terms", "languages", "yes"):
            _check_choices(name, getattr(self, name))
            object.__setattr__(self, name, tuple(dict.fromkeys(getattr(self, name))))
        if len(self.agreements) > MAX_AGREEMENTS:
            object.__setattr__(self, "agreements", self.agreements[:MAX_AGREEMENTS])
        for code in self.yes:
            if code not in QUESTION_BY_CODE:
                raise InvalidInput("yes", Sentence("There is no filter “%(code)s”.", code=code))
        if self.radius_m is not None and not (_is_number(self.radius_m) and 0 < self.radius_m <= MAX_RADIUS_M):
            raise InvalidInput("radius_m", Sentence("A distance is more than 0 and at most 12,500 miles."))
        if self.age is not None and not (_is_whole(self.age) and 0 <= self.age <= MAX_AGE):
            raise InvalidInput("age", Sentence("An age is a whole number from 0 to %(most)s.", most=MAX_AGE))
        if self.open_at is not None and self.open_at.tzinfo is None:
            raise InvalidInput("open_at", Sentence("A moment needs its time zone."))
        if self.open_at is not None and not FIRST_YEAR <= self.open_at.year <= LAST_YEAR:
            raise InvalidInput("open_at", Sentence("Please give a day of this century."))
        if self.sort not in SORTS:
            raise InvalidInput("sort", Sentence("Results can be sorted by best, distance or verified."))
        _check_range("page", self.page, MAX_PAGE)
        _check_range("size", self.size, MAX_SIZE)
        if self.visibility not in tuple(Visibility):
            raise InvalidInput("visibility", Sentence("There is no such level of visibility."))


class SearchItem(NamedTuple):
    """One service of an answer, at its nearest fitting location.

    `distance_m` is None where the location has no point or serves from afar. `group` is "near", "remote",
    "not_stated" or "unplaced"; `is_open` is None where the hours do not say.
    """

    listing_id: str
    service_id: str
    location_id: str | None
    distance_m: float | None
    precision: str
    group: str
    is_open: bool | None
    reasons: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Facets:
    """How many services of the answer stand behind each filter; most first, then by code."""

    need: tuple[tuple[str, int], ...] = ()
    term: tuple[tuple[str, int], ...] = ()
    language: tuple[tuple[str, int], ...] = ()
    question: Mapping[str, tuple[int, int, int]] = field(default_factory=dict)
    open: tuple[int, int, int] = (0, 0, 0)

    def __getitem__(self, name: str) -> object:
        """The counts by their name, as a template asks for them."""
        if name not in self.__slots__:
            raise KeyError(name)
        return getattr(self, name)


@dataclass(frozen=True, slots=True)
class Removal:
    """A filter of a query that found nothing, and what comes back without it. `name` is the field of SearchQuery."""

    name: str
    value: str | None
    total: int


@dataclass(frozen=True, slots=True)
class SearchResult:
    """An answer. `total` counts services that are near or serve the place from afar and fit every filter.

    `total_within` counts those inside the radius alone; `total_remote` the ones from afar (part of `total`);
    `total_not_stated` those that do not say an answer asked for, and `total_unplaced` those that name neither place nor
    area: both outside `total`. `did_you_mean` is a better spelling; `corrected_words` says that it was used because
    nothing was found. `relaxed` are typed words left out because nothing holds all. `emptied_by` is filled when
    nothing was found: the filters that emptied the answer, the most fruitful to remove first.
    """

    total: int
    total_within: int
    total_remote: int
    total_not_stated: int
    total_unplaced: int
    page: int
    size: int
    items: tuple[SearchItem, ...]
    facets: Facets
    did_you_mean: str | None = None
    corrected_words: str | None = None
    relaxed: tuple[str, ...] = ()
    emptied_by: tuple[Removal, ...] = ()


@dataclass(frozen=True, slots=True)
class Piece:
    """A typed word or quoted phrase: excluded by a minus before it, or joined by OR with the piece before it."""

    text: str
    is_phrase: bool = False
    is_excluded: bool = False
    is_alternative: bool = False


def parse_words(words: str) -> tuple[Piece, ...]:
    """The pieces of a typed query. Any text parses: what makes no sense as syntax is taken as words."""
    pieces: list[Piece] = []
    joins = False
    for minus, phrase, word in _PIECE.findall(words):
        if word == "OR":
            joins = bool(pieces)
            continue
        is_phrase = not word
        text = phrase if is_phrase else word.lstrip("-")
        is_excluded = bool(minus) if is_phrase else word.startswith("-") and len(word) > 1
        if text.strip():
            pieces.append(Piece(text, is_phrase, is_excluded, joins and not is_excluded))
        joins = False
    return tuple(pieces)


def _check_words(words: object) -> None:
    if not isinstance(words, str) or len(words) > MAX_WORDS_LENGTH:
        raise InvalidInput("words", Sentence("Please search with at most %(most)s letters.", most=MAX_WORDS_LENGTH))


def _check_choices(name: str, choices: object) -> None:
    fits = isinstance(choices, tuple) and len(choices) <= MAX_CHOICES
    if not fits or not all(isinstance(code, str) and len(code) <= MAX_CODE_LENGTH for code in choices):  # type: ignore[attr-defined]
        raise InvalidInput(name, Sentence("Please choose at most %(most)s values of one filter.", most=MAX_CHOICES))


def _check_range(name: str, value: object, most: int) -> None:
    if not (_is_whole(value) and 1 <= value <= most):  # type: ignore[operator]
        raise InvalidInput(name, Sentence("Please give a whole number from 1 to %(most)s.", most=most))


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
