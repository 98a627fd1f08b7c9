"""The *where* box: what people type, read as a place, as places to choose from, or honestly not understood.

Never raises, whatever is typed. The places themselves are in `places.py`.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache

from core.errors import Sentence
from directory.gazetteer.names import county_key, find_state, folded, plain_name
from directory.gazetteer.places import (
    Place,
    counties_named,
    gazetteer,
    state_place,
    towns_named,
    zip_place,
)

LONGEST_TEXT = 120  # no address line is longer
LONGEST_NAME = 40
MOST_CHOICES = 8
CLOSE_ENOUGH = 0.8  # share of equal letters from which a name is offered for a misspelled one

_ZIP = re.compile(r"(?<![0-9])([0-9]{5})(?:[- ]?[0-9]{4})?(?![0-9])", re.ASCII)
_COUNTRY = re.compile(r"[ ,]*\b(?:usa|u\.s\.a\.?|united states(?: of america)?|estados unidos)[ .]*$", re.IGNORECASE)
_BEFORE_NAME = re.compile(
    r"^(?:(?:(?:city|town|village) of|ciudad de|pueblo de|near|around|close to|in|downtown|cerca de|en|the) )+"
)
_HERE = re.compile(
    r"(?:(?:near|around|close to|by|nearby|(?:nearest|closest)(?: to)?|cerca de) (?:me|mi)(?: now)?"
    r"|(?:near |around |close to |by |cerca de )?(?:here|aqui|home|house|(?:my|mi) (?:home|house|area|location|casa)"
    r"|current location|where i live|where i am|this area)|nearby|nearest|closest|cerca)"
)
_HERE_SENTENCE = Sentence(
    "We do not know where you are. Type a ZIP code, a town or a county, like 10601, White Plains or Westchester County."
)
_ALTERNATIVES = re.compile(r" *(?:/|;|&|\bor\b|\band\b|\bo\b|\by\b) *", re.IGNORECASE)
_COUNTY_WORDS = re.compile(
    r"^(?:county of|condado de) (.+)$|^(.+) (county|parish|borough|census area|municipality|city)$"
)
_OTHER_NAMES = {
    "nyc": ("new york",),
    "new york city": ("new york",),
    "manhattan": ("new york",),
    "harlem": ("new york",),
    "nueva york": ("new york",),
    "flatbush": ("brooklyn",),
    "the bronx": ("bronx",),
    "el bronx": ("bronx",),
    "long island": ("nassau county", "suffolk county"),
}


@dataclass(frozen=True, slots=True)
class PlaceAnswer:
    """What the words mean.

    A `place` is used; `choices` beside it are other readings to offer. No `place` but `choices`: the person chooses
    (`understood` when the words name each of them, not when they are only close). Neither: `sentence` says what would
    do. Nothing typed is understood, as no place.
    """

    place: Place | None
    choices: tuple[Place, ...]
    understood: bool
    sentence: Sentence | None


def find_place(text: str, prefer_state: str = "NY") -> PlaceAnswer:
    """The place that `text` names: ZIP, ZIP+4, town, county or state, with or without the state's name.

    A place of `prefer_state` goes before places of the same name elsewhere, which are offered as choices.
    """
    typed = " ".join("".join(letter if letter.isprintable() else " " for letter in text[: LONGEST_TEXT * 4]).split())
    if not typed:
        return PlaceAnswer(None, (), True, None)
    if len(text) > LONGEST_TEXT * 4 or len(typed) > LONGEST_TEXT:
        return _not_known(typed)
    if _HERE.fullmatch(folded(typed)):
        return PlaceAnswer(None, (), False, _HERE_SENTENCE)
    zip_codes = _ZIP.findall(typed)
    if zip_codes:
        return _zip_answer(zip_codes[-1])
    words = re.sub(r" \((state)\)$", r" \1", _COUNTRY.sub("", typed) or typed, flags=re.IGNORECASE)
    words = re.sub(r" *\(([^()]*)\)", r", \1", words)  # "Orlando (Orange County), FL"
    exact = _exactly(typed, words, prefer_state)
    if exact is not None:
        return exact
    for several in _ALTERNATIVES.split(words)[:MOST_CHOICES], _endings(words):
        named = [answer.place for part in several if (answer := _plainly(part, prefer_state)).place is not None]
        if named and several[0] != words:
            return _one_or_several(typed, named)
    return _close_answer(typed, words, prefer_state)


def find_exact_place(name: str, prefer_state: str = "NY") -> Place | None:
    """The place that a name is the name of, letter by letter: a tenth of the cost of `find_place` where it is none."""
    answer = _exactly(name, name, prefer_state)
    return answer.place if answer else None


def _exactly(typed: str, words: str, prefer_state: str) -> PlaceAnswer | None:
    for name, state, county in _readings(words, prefer_state):
        found = _named(name, state, prefer_state)
        if county:
            inside = {place.county_fips for place in _counties(plain_name(county), state)}
            found = [place for place in found if place.county_fips in inside]
        if found:
            return _choose(typed, found, state or prefer_state, is_state_given=state is not None)
    return None


def _plainly(words: str, prefer_state: str) -> PlaceAnswer:
    """What words name by themselves: no parts of them and nothing that is only close."""
    nothing = PlaceAnswer(None, (), False, None)
    for name, state, county in _readings(words, prefer_state):
        found = [] if county else _named(name, state, prefer_state)
        here = [place for place in found if place.state == (state or prefer_state)]
        if here:
            return _choose(words, here, state or prefer_state, is_state_given=True)
    return nothing


def _endings(words: str) -> list[str]:
    """The last words of an address without commas, the longest name first: "55 Church Street White Plains"."""
    if not re.match(r"[0-9]+[ -]", words):
        return [words]
    parts = words.split()
    return [" ".join(parts[-count:]) for count in range(min(4, len(parts) - 2), 0, -1)]


def _one_or_several(typed: str, named: list[Place]) -> PlaceAnswer:
    if len(named) == 1 or re.match(r"[0-9]", typed):
        return PlaceAnswer(named[0], (), True, None)
    sentence = Sentence("There is more than one place in “%(words)s”. Which one do you mean?", words=typed)
    return PlaceAnswer(None, tuple(dict.fromkeys(named)), True, sentence)


def suggest_places(prefix: str, limit: int = MOST_CHOICES, prefer_state: str = "NY") -> list[Place]:
    """Places whose name begins so, those of `prefer_state` first, then the larger. Two letters or figures at least."""
    typed = prefix[:LONGEST_TEXT].strip()
    if re.fullmatch("[0-9]{2,5}", typed):
        codes = _zip_codes()
        first, last = bisect_left(codes, typed), bisect_left(codes, typed + "A")
        return [place for code in codes[first : min(last, first + limit)] if (place := zip_place(code))]
    before, _, after = typed.partition(",")
    state = folded(after)
    if len(folded(before)) < 2:
        return []
    names = _all_names()
    hits: list[tuple[bool, int, str, str, str]] = []
    for name in {folded(before), plain_name(before)}:  # "st" may begin Stamford, and it is Saint
        for key, code, kind, size in names[bisect_left(names, (name,)) : bisect_left(names, (name + "\uffff",))]:
            if not state or code.lower().startswith(state) or find_state(state) == code:
                hits.append((code != prefer_state, -size, key, code, kind))
    places: list[Place] = []
    for _, _, key, code, kind in sorted(hits)[:limit]:
        places += towns_named(key, code) if kind == "town" else counties_named(county_key(key), code)
    return places[:limit]


def _zip_answer(zip_code: str) -> PlaceAnswer:
    place = zip_place(zip_code)
    if place is not None:
        return PlaceAnswer(place, (), True, None)
    sentence = Sentence("We do not know the ZIP code %(zip)s. Check it, or try a town or a county.", zip=zip_code)
    return PlaceAnswer(None, (), False, sentence)


def _readings(words: str, prefer_state: str) -> Iterator[tuple[str, str | None, str | None]]:
    """Ways to read the words as (name, state, county), the likeliest first."""
    parts = [part for part in (folded(piece) for piece in words.split(",")) if part]
    state = find_state(parts[-1]) if len(parts) > 1 else None
    if state is not None:
        parts.pop()
        if len(parts) > 1:
            yield parts[-2], state, parts[-1]
        for part in reversed(parts):
            yield part, state, None
        return
    if len(parts) > 1:
        *_, name, county = parts
        for cut, code in _trailing_states(county):
            yield name, code, cut
        yield name, prefer_state, county
    for part in reversed(parts):
        with_states = [(name, code, None) for name, code in _trailing_states(part)]
        if part.endswith(" co") and not counties_named(county_key(part), prefer_state):
            yield from with_states  # "Denver CO" is in Colorado, "Monroe Co" is a county
        yield part, None, None
        yield from with_states


def _trailing_states(part: str) -> Iterator[tuple[str, str]]:
    """The part cut before a state at its end: "white plains new york" is ("white plains", "NY")."""
    words = part.split()
    for count in (1, 2, 3):
        state = find_state(" ".join(words[-count:])) if len(words) > count else None
        if state is not None:
            yield " ".join(words[:-count]), state


def _named(name: str, state: str | None, prefer_state: str) -> list[Place]:
    """Every place of a folded name: towns, counties, and a state itself."""
    if not towns_named(plain_name(name), state):  # "City of Industry" is a name
        name = _BEFORE_NAME.sub("", name)
    found: list[Place] = []
    if state is None and (code := find_state(name.removesuffix(" state"))) is not None:
        whole = state_place(code)
        found = [whole] if whole else []
        if len(name) == 2:
            return found
    plain = plain_name(name)
    if plain in _OTHER_NAMES and "NY" in (state, prefer_state if state is None else None):
        names = _OTHER_NAMES[plain]
        return [place for one in names for place in (*towns_named(one, "NY"), *_counties(one, "NY"))
                if one.endswith(" county") or place.kind == "town"] + found  # fmt: skip
    return [*towns_named(plain, state), *_counties(plain, state), *found]


def _counties(plain: str, state: str | None) -> list[Place]:
    """Counties of a name with or without the word for county; the word, when given, tells them apart."""
    county = _COUNTY_WORDS.match(plain)
    if county is None:
        return counties_named(county_key(plain), state)
    kind = county[3] or "county"
    found = counties_named(county_key(county[1] or county[2]), state)
    titled = [place for place in found if f" {kind}," in place.label.lower()]
    return titled if titled or kind == "city" else found  # "Kansas City" is no county


def _choose(typed: str, found: list[Place], home: str, *, is_state_given: bool) -> PlaceAnswer:
    """One place where there is one to prefer, else choices."""
    near = [place for place in found if place.state == home]
    away = [] if is_state_given else sorted((place for place in found if place.state != home), key=_largest)
    towns = [place for place in near if place.kind == "town"]
    counties = [place for place in near if place.kind == "county"]
    first: Place | None = None
    if len(near) == 1:
        first = near[0]
    elif len(towns) == 1 and all(f"county:{county.county_fips}" in towns[0].area_codes for county in counties):
        first = towns[0]  # "Albany" is the town of Albany County before the county
    elif not near:
        states = [place for place in away if place.kind == "state"]
        first = away[0] if len(away) == 1 else states[0] if states else None
    others = [place for place in (*sorted(near, key=_largest), *away) if place is not first]
    if first is not None:
        return PlaceAnswer(first, tuple(others[:MOST_CHOICES]), True, None)
    sentence = Sentence("There is more than one place called “%(words)s”. Which one do you mean?", words=typed)
    return PlaceAnswer(None, tuple(others[:MOST_CHOICES]), True, sentence)


def _close_answer(typed: str, words: str, prefer_state: str) -> PlaceAnswer:
    """Places whose names are nearly the words, or the honest sentence."""
    tried: dict[tuple[str, str | None], None] = {}
    for name, state, _ in _readings(words, prefer_state):
        tried.setdefault((plain_name(name), state))
        tried.setdefault((plain_name(_BEFORE_NAME.sub("", name)), state))
    for name, state in tried:
        if not 3 <= len(name) <= LONGEST_NAME or any(letter.isdigit() for letter in name):
            continue
        begun = suggest_places(f"{name},{state or prefer_state}") if len(name) >= 4 else []
        choices = begun or _close_names(name, state or prefer_state) or ([] if state else _close_names(name, None))
        if choices:
            sentence = Sentence(
                "We do not know “%(words)s”. Did you mean %(place)s?", words=typed, place=choices[0].label
            )
            return PlaceAnswer(None, tuple(choices[:4]), False, sentence)
    return _not_known(typed)


def _close_names(name: str, state: str | None) -> list[Place]:
    """Towns and counties spelled nearly so. In all states only those with the same first letter are compared."""
    matcher = SequenceMatcher(b=name, autojunk=False)
    scored: list[tuple[float, int, str, str, str]] = []
    for key, code, kind, size in _all_names():
        if state not in (None, code) or abs(len(key) - len(name)) > 3 or (state is None and key[0] != name[0]):
            continue
        matcher.set_seq1(key)
        if matcher.real_quick_ratio() >= CLOSE_ENOUGH and matcher.quick_ratio() >= CLOSE_ENOUGH:
            ratio = matcher.ratio()
            if ratio >= CLOSE_ENOUGH:
                scored.append((-ratio, -size, key, code, kind))
    places: list[Place] = []
    for _, _, key, code, kind in sorted(scored)[:6]:
        places += towns_named(key, code) if kind == "town" else counties_named(county_key(key), code)
    return places


def _not_known(typed: str) -> PlaceAnswer:
    words = typed if len(typed) <= 60 else typed[:60] + "…"
    sentence = Sentence(
        "We do not know the place “%(words)s”. "
        "Try a ZIP code, a town or a county, like 10601, White Plains or Westchester County.",
        words=words,
    )
    return PlaceAnswer(None, (), False, sentence)


def _largest(place: Place) -> tuple[int, str]:
    return -place.size, place.label


@lru_cache(maxsize=1)
def _zip_codes() -> list[str]:
    return sorted(gazetteer().zips)


@lru_cache(maxsize=1)
def _all_names() -> list[tuple[str, str, str, int]]:
    """(plain name, state, kind, ZIP codes inside) of every town and county, sorted."""
    known = gazetteer()
    names = [
        (key, state, "town", sum(map(len, towns)))
        for key, entries in known.towns.items()
        for state, towns in entries.items()
    ]
    for key, counties in known.counties.items():
        names += [(f"{key} county", members[0].state, "county", len(members)) for members in counties.values()]
    return sorted(names)
