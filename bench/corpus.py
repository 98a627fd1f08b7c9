"""A made-up directory of any size and the questions asked of it; the same for every run.

Words are those of our own synonym lists, mixed with syllables, by Zipf's law. Documents come in chunks that are each
seeded by their number, so that document n is the same at every size.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time
from functools import lru_cache
from typing import Any

import numpy as np

from core.geo import METRES_PER_MILE, Point
from directory.facets import LANGUAGES, QUESTION_CODES
from directory.hours import ScheduleRow
from directory.needs import all_needs
from directory.search.language import is_light_word, is_stop_word
from directory.search.listing import ListingDocument
from directory.search.query import SearchQuery
from directory.search.synonyms import clauses_of, thesaurus

CHUNK = 5_000
WORD_COUNT, TERM_COUNT, ORGANIZATION_COUNT = 5_000, 300, 4_000
TODAY = date(2026, 11, 2)

# Town, latitude, longitude, share of the services, county.
TOWNS = (
    ("New York", 40.713, -74.006, 30, "36061"), ("Brooklyn", 40.678, -73.944, 16, "36047"),
    ("Queens", 40.728, -73.795, 12, "36081"), ("Bronx", 40.845, -73.865, 10, "36005"),
    ("Yonkers", 40.931, -73.899, 2, "36119"), ("White Plains", 41.034, -73.763, 1.5, "36119"),
    ("Hempstead", 40.706, -73.619, 3, "36059"), ("Brentwood", 40.781, -73.246, 2, "36103"),
    ("Poughkeepsie", 41.700, -73.921, 1.2, "36027"), ("Newburgh", 41.503, -74.010, 1.2, "36071"),
    ("Kingston", 41.927, -73.997, 0.8, "36111"), ("Albany", 42.653, -73.756, 3, "36001"),
    ("Schenectady", 42.814, -73.940, 1.3, "36093"), ("Utica", 43.101, -75.233, 1.2, "36065"),
    ("Plattsburgh", 44.700, -73.453, 0.5, "36019"), ("Watertown", 43.975, -75.911, 0.6, "36045"),
    ("Syracuse", 43.048, -76.147, 3, "36067"), ("Ithaca", 42.444, -76.502, 0.8, "36109"),
    ("Binghamton", 42.099, -75.918, 1.2, "36007"), ("Elmira", 42.090, -76.808, 0.6, "36015"),
    ("Rochester", 43.157, -77.609, 4, "36055"), ("Buffalo", 42.886, -78.878, 5, "36029"),
    ("Jamestown", 42.097, -79.235, 0.5, "36013"), ("Middletown", 41.446, -74.423, 0.7, "36071"),
    ("Mount Vernon", 40.913, -73.837, 0.8, "36119"), ("New Rochelle", 40.912, -73.782, 0.8, "36119"),
    ("Peekskill", 41.290, -73.920, 0.3, "36119"), ("Massena", 44.928, -74.892, 0.2, "36089"),
)  # fmt: skip
COMMON = "and the to for of with in a or on by at from is are as we our your all who be may can".split()


@dataclass(frozen=True, slots=True)
class Town:
    """A place to search from, as the gazetteer would give it."""

    label: str
    point: Point
    area_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """All words, the commonest first, with cumulative shares; the kinds of help and the organizations made of them."""

    words: tuple[str, ...]
    shares: np.ndarray[tuple[int], np.dtype[np.float64]]
    terms: tuple[str, ...]
    organizations: tuple[str, ...]


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The words of the corpus: ours among the commonest, syllables behind."""
    rng = random.Random(7)
    known = [w for w in thesaurus().english_words if w.isascii() and w.isalpha() and len(w) > 2]
    ours = sorted(w for w in known if not is_stop_word(w) and not is_light_word(w))
    rng.shuffle(ours)
    words = list(COMMON)
    taken = set(words)
    waiting = iter(ours)
    while len(words) < WORD_COUNT:
        chance = 0.75 if len(words) < 250 else 0.3
        word = next(waiting, None) if rng.random() < chance else None
        word = word or "".join(
            rng.choice("b c d f g l m n p r s t v br st tr".split()) + rng.choice("aeiou") for _ in range(3)
        )
        if word not in taken:
            taken.add(word)
            words.append(word)
    weights = 1 / (np.arange(WORD_COUNT) + 2.7)
    spoken = [word for word in words[len(COMMON) :] if word in set(ours)]
    terms: dict[str, None] = {}
    while len(terms) < TERM_COUNT:
        terms[" ".join(rng.sample(spoken[:160], rng.choice((1, 2, 2, 3))))] = None
    kinds = ("Center", "Services", "Coalition", "Network", "Foundation")
    organizations = tuple(
        f"{rng.choice(TOWNS)[0]} {rng.choice(spoken).title()} {rng.choice(words[40:2000]).title()} {rng.choice(kinds)}"
        for _ in range(ORGANIZATION_COUNT)
    )
    return Vocabulary(tuple(words), np.cumsum(weights / weights.sum()), tuple(terms), organizations)


def documents(services: int) -> Iterator[ListingDocument]:
    """The listings of so many services; about one in ten is at several places."""
    for number in range(-(-services // CHUNK)):
        yield from _chunk(number, min(CHUNK, services - number * CHUNK))


def _chunk(number: int, size: int) -> Iterator[ListingDocument]:
    rng, words = np.random.default_rng(12345 + number), vocabulary()
    quick = random.Random(54321 + number)
    town_shares = np.cumsum([town[3] for town in TOWNS]) / sum(town[3] for town in TOWNS)
    term_weights = 1 / (np.arange(TERM_COUNT) + 8.0)
    term_shares = np.cumsum(term_weights / term_weights.sum())
    needs, languages = [need.code for need in all_needs()], [code for code in LANGUAGES if code != "en"]
    for place in range(size):
        service = number * CHUNK + place
        terms = list(dict.fromkeys(np.searchsorted(term_shares, rng.random(quick.choice((1, 1, 2, 3)))).tolist()))
        names = [words.terms[min(term, TERM_COUNT - 1)] for term in terms]
        text = _text(words, rng, quick.randint(40, 120))
        for at, name in enumerate(names):
            if quick.random() < 0.7:
                text[at * 5 : at * 5 + 1] = name.split()
        title = _text(words, rng, quick.randint(2, 5))
        if quick.random() < 0.7:
            title = [*names[0].split(), *title][:8]
        stated = rng.random(len(QUESTION_CODES))
        area_kind = quick.random()
        for site in range(1 if quick.random() < 0.9 else quick.randint(2, 4)):
            town = TOWNS[int(np.searchsorted(town_shares, rng.random()))]
            point = Point(round(town[1] + rng.normal(0, 0.09), 6), round(town[2] + rng.normal(0, 0.09), 6))
            has_point = area_kind > 0.03
            areas = ("state:NY",) if area_kind < 0.02 else (f"county:{town[4]}",) if area_kind < 0.12 else ()
            yield ListingDocument(
                listing_id=f"{service:08d}-{site}", service_id=f"{service:08d}", location_id=f"place-{service}-{site}",
                name=" ".join(title).title(), organization=words.organizations[service % 3989 % ORGANIZATION_COUNT],
                description=" ".join(text) + ".", term_ids=tuple(f"term-{term}" for term in terms),
                term_names=tuple(names), needs=tuple({needs[term % len(needs)]: None for term in terms}),
                languages=("en", *(("es",) if quick.random() < 0.4 else ()),
                           *((quick.choice(languages),) if quick.random() < 0.2 else ())),
                point=point if has_point else None, precision="exact" if has_point else "none", areas=areas,
                answers={code: 1 if share < 0.3 else 2 for code, share in zip(QUESTION_CODES, stated, strict=True)
                         if share < 0.4},
                minimum_age=18 if quick.random() < 0.3 else None, **_hours(quick),
                verified_on=date.fromordinal(TODAY.toordinal() - quick.randint(0, 700)),
            )  # fmt: skip


def _text(words: Vocabulary, rng: np.random.Generator, length: int) -> list[str]:
    numbers = np.minimum(np.searchsorted(words.shares, rng.random(length)), WORD_COUNT - 1)
    return [words.words[number] for number in numbers.tolist()]


def _hours(quick: random.Random) -> dict[str, Any]:
    share = quick.random()
    if share < 0.6:
        opens, closes = quick.choice((480, 540, 600)), quick.choice((960, 1020, 1200))
        return {"weekly": tuple((day * 1440 + opens, day * 1440 + closes) for day in range(quick.choice((5, 5, 6, 7))))}
    if share < 0.62:
        row = ScheduleRow(freq="MONTHLY", byday="2WE", opens_at=time(16), closes_at=time(18))
        return {"schedule": (row,)}
    return {}


def town_place(town: tuple[str, float, float, float, str], rng: random.Random) -> Town:
    """A place in or near a town."""
    point = Point(town[1] + rng.gauss(0, 0.05), town[2] + rng.gauss(0, 0.05))
    return Town(f"{town[0]}, NY", point, ("country:US", "state:NY", f"county:{town[4]}", f"town:NY:{town[0].lower()}"))


def queries(count: int = 200) -> list[SearchQuery]:
    """The mix: one to three words, 60 % with a radius, a tenth without words, a third filtered, all with counts."""
    rng, words = random.Random(99), vocabulary()
    common, middle, rare = words.words[33:150], words.words[150:800], words.words[800:4500]
    made = []
    for number in range(count):
        browse = number % 10 == 9
        typed: list[str] = []
        if not browse:
            length = rng.choices((1, 2, 3), (40, 35, 25))[0]
            typed = [rng.choice(rng.choices((common, middle, rare), (5, 3.5, 1.5))[0]) for _ in range(length)]
            if length > 1 and rng.random() < 0.5:  # words that occur together
                typed = rng.choice([term for term in words.terms if len(term.split()) >= length]).split()[:length]
        while any(one.need for clause in clauses_of(" ".join(typed), "en") for one in clause.alternatives):
            typed = [rng.choice(middle)]  # the other engines know no categories ("food" brings all of that need)
        near = number % 2 == 0 or browse
        place = town_place(rng.choices(TOWNS, [town[3] for town in TOWNS])[0], rng) if near else None
        share = rng.random()
        filters: dict[str, Any] = {}
        if browse or share < 0.12:
            filters["needs"] = (rng.choice([need.code for need in all_needs()]),)
        elif share < 0.22:
            filters["languages"] = (rng.choice(("es", "zh", "ru")),)
        elif share < 0.34:
            filters["yes"] = (rng.choice(QUESTION_CODES),)
        made.append(
            SearchQuery(
                words=" ".join(typed),
                place=place,
                radius_m=rng.choice((10, 25, 50)) * METRES_PER_MILE if near else None,
                sort="distance" if near and number % 4 == 0 else "best",
                **filters,
            )  # fmt: skip
        )
    return made


def typos(count: int = 100) -> list[tuple[str, str]]:
    """Words with one slip (a letter lost, added, changed or swapped) and what was meant."""
    rng, words = random.Random(6), vocabulary().words
    known = set(words)
    made: list[tuple[str, str]] = []
    candidates = [word for word in words[33:1500] if len(word) >= 6]
    while len(made) < count:
        word = rng.choice(candidates)
        at = rng.randrange(1, len(word) - 1)
        slip = (
            word[:at] + word[at + 1 :], word[:at] + rng.choice("aeioustrn") + word[at:],
            word[:at] + rng.choice("aeioustrn") + word[at + 1 :], word[:at] + word[at + 1] + word[at] + word[at + 2 :],
        )[rng.randrange(4)]  # fmt: skip
        if slip != word and slip not in known:
            made.append((slip, word))
    return made


def prefixes(count: int = 100) -> list[str]:
    """Beginnings of words."""
    rng, words = random.Random(5), vocabulary().words
    return [word[: rng.randint(2, 5)] for word in rng.choices([w for w in words[33:3000] if len(w) >= 4], k=count)]
