"""Words that mean the same, read from `synonyms/*.txt`, and the clauses that a typed query becomes with them.

Applied to the query only, so that editing a list needs no rebuild of the index. Spelling is in `spelling.py`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import TypeAlias

from directory.search.language import (
    english_stem,
    is_asking_word,
    is_light_word,
    is_stop_word,
    spanish_stem,
    words_of,
)
from directory.search.query import MAX_WORDS, Piece, parse_words
from directory.search.spelling import edits

FOLDER = Path(__file__).parent / "synonyms"
LONGEST_PHRASE = 6  # words of the longest synonym that is looked for
MOST_ALTERNATIVES = 40
LEAST_CORRECTED = 5  # letters; a shorter word is one edit away from too many others
LEAST_JOINED = 7  # letters of two words typed as one
KEPT_QUERIES = 2_048  # of at most 300 letters each
TYPED_WEIGHT = 1.0
# A small step below the typed word: equal ones stand behind it, and still a lay and a professional word lead to the
# same services in nearly the same order.
SYNONYM_WEIGHT = 0.97
CATEGORY_WEIGHT = 0.45  # a whole category ("hungry" -> food) comes last

Stems: TypeAlias = tuple[str, ...]
_Stemmer: TypeAlias = Callable[[str], str]


@dataclass(frozen=True, slots=True)
class Alternative:
    """Stems that must all be there, or a whole category. Only a typed alternative is looked for in descriptions."""

    stems: Stems
    weight: float
    is_typed: bool = False
    need: str | None = None


@dataclass(frozen=True, slots=True)
class Clause:
    """One thing that a listing must hold in any of its alternatives. `phrase` are quoted words, found side by side.

    An excluded one must not be there.
    """

    typed: str
    alternatives: tuple[Alternative, ...]
    phrase: tuple[str, ...] = ()
    is_excluded: bool = False


@dataclass(slots=True)
class Thesaurus:
    """Both synonym lists, by the stems of each phrase."""

    english: dict[Stems, list[Alternative]] = field(default_factory=dict)
    any_order: dict[Stems, Stems] = field(default_factory=dict)
    spanish: dict[Stems, list[Alternative]] = field(default_factory=dict)
    english_words: set[str] = field(default_factory=set)
    spanish_words: set[str] = field(default_factory=set)
    phrases: dict[str, list[str]] = field(default_factory=lambda: {"en": [], "es": []})
    group_count: int = 0


def is_kind_of_help(words: str) -> bool:
    """Whether the words, all of them together, are one that the lists know: "food pantry", and no name of anybody."""
    known, typed = thesaurus(), words_of(words)
    english, spanish = _key(typed, english_stem), _key(typed, spanish_stem)
    return english in known.english or tuple(sorted(english)) in known.any_order or spanish in known.spanish


@lru_cache(maxsize=1)
def thesaurus() -> Thesaurus:
    """The shipped lists, read once."""
    found = Thesaurus()
    for line in _lines(FOLDER / "en.txt"):
        left, _, right = line.partition(">")
        members, targets = _members(left), _members(right)
        _add_english(found, members, targets)
    for line in _lines(FOLDER / "es.txt"):
        left, _, right = line.partition("=")
        _add_spanish(found, _members(left), _members(right))
    for key in found.english:
        if len(key) > 1:
            found.any_order.setdefault(tuple(sorted(key)), key)
    return found


@lru_cache(maxsize=KEPT_QUERIES)
def clauses_of(words: str, language: str) -> tuple[Clause, ...]:
    """The clauses of a typed query: phrases of the synonym lists first (the longest), then single words.

    The same words give the same objects while they are remembered.
    """
    clauses: list[Clause] = []
    run: list[str] = []
    pieces = parse_words(words)
    for number, piece in enumerate(pieces):
        follows = number + 1 < len(pieces) and pieces[number + 1].is_alternative
        if piece.is_phrase or piece.is_excluded or piece.is_alternative or follows:
            clauses += _clauses_of_run(run, language)
            run = []
            _add_piece(clauses, piece, language)
        else:
            run += words_of(piece.text)
    clauses += _clauses_of_run(run, language)
    return _without_repeats(clauses)


@lru_cache(maxsize=KEPT_QUERIES)
def listed_correction(word: str) -> str | None:
    """The only word of our lists that is one edit away; None where there is none, or several."""
    if len(word) < LEAST_CORRECTED:
        return None
    near = {other for form in _shortened(word) for other in _listed_forms().get(form, ()) if edits(word, other) == 1}
    return min(near) if len({english_stem(other) for other in near}) == 1 else None


@lru_cache(maxsize=1)
def _listed_forms() -> dict[str, list[str]]:
    """Each word of the lists under itself and without any one letter."""
    lists = thesaurus()
    forms: dict[str, list[str]] = {}
    for word in sorted(lists.english_words | lists.spanish_words):
        for form in _shortened(word) if len(word) >= LEAST_CORRECTED else ():
            forms.setdefault(form, []).append(word)
    return forms


def _shortened(word: str) -> set[str]:
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def typed_stems(word: str, language: str) -> tuple[Stems, ...]:
    """The stem tuples under which one typed word is looked up: English, and Spanish where that is known."""
    known = thesaurus().spanish_words
    if language == "es" or word in known:
        return ((english_stem(word),), (spanish_stem(word),))
    return ((english_stem(word),),)


def phrase_key(phrase: str, language: str) -> Stems:
    """The stems by which a phrase of the lists is known."""
    spanish = language == "es"
    return _key(_words(phrase, spanish=spanish), spanish_stem if spanish else english_stem)


def _clauses_of_run(run: list[str], language: str) -> list[Clause]:
    """Clauses of plain words in a row: each takes the longest synonym phrase that starts at it."""
    kept = [word for word in run if not is_stop_word(word, spanish=language == "es" or _is_spanish(run))]
    kept = [part for word in _without_asking(kept or run) for part in _parts_of(word)][:MAX_WORDS]
    clauses: list[Clause] = []
    at = 0
    while at < len(kept):
        length, alternatives = _longest_phrase(kept, at, language)
        piece = kept[at : at + length]
        # Words that say little are looked up only where nothing else was typed.
        if alternatives or not is_light_word(piece[0]) or not _solid(kept):
            clauses.append(_clause(piece, alternatives, language))
        at += length
    return clauses


def _longest_phrase(words: list[str], at: int, language: str) -> tuple[int, list[Alternative]]:
    for length in range(min(LONGEST_PHRASE, len(words) - at), 0, -1):
        found = _synonyms_of(words[at : at + length], language)
        if found:
            return length, found
    return 1, []


@lru_cache(maxsize=KEPT_QUERIES)
def _parts_of(word: str) -> tuple[str, ...]:
    """The two words of a known phrase that were typed as one ("foodstamps"); else the word."""
    lists = thesaurus()
    if len(word) < LEAST_JOINED or word in lists.english_words or word in lists.spanish_words:
        return (word,)
    for at in range(3, len(word) - 2):
        first, second = word[:at], word[at:]
        if (english_stem(first), english_stem(second)) in lists.english and {first, second} <= lists.english_words:
            return first, second
    return (word,)


def _synonyms_of(piece: list[str], language: str) -> list[Alternative]:
    """What the lists know for these words: as typed, else in any order ("phone free government" for "government
    phone") and without the words that say little.
    """
    lists = thesaurus()
    key = _key(piece, english_stem)
    found = list(lists.english.get(key, ()))
    if language == "es" or not found:
        found += lists.spanish.get(_key(piece, spanish_stem), ())
    if not found and len(piece) > 1:
        known = lists.any_order.get(tuple(sorted(key)))
        solid = _solid(piece)
        if known is None and 1 < len(solid) < len(piece) and not (is_light_word(piece[0]) or is_light_word(piece[-1])):
            known = lists.any_order.get(tuple(sorted(_key(solid, english_stem))))
        if known is not None:
            found = [Alternative(known, TYPED_WEIGHT), *lists.english[known]]
    return found


def _clause(words: list[str], synonyms: list[Alternative], language: str) -> Clause:
    typed = [Alternative(tuple(english_stem(word) for word in words), TYPED_WEIGHT, is_typed=True)]
    if language == "es" or any(word in thesaurus().spanish_words for word in words):
        typed.append(Alternative(tuple(spanish_stem(word) for word in words), TYPED_WEIGHT, is_typed=True))
    seen = {alternative.stems for alternative in typed}
    fresh = [a for a in synonyms if a.need or a.stems not in seen]
    return Clause(" ".join(words), (*typed, *_best(fresh)))


def _best(alternatives: list[Alternative]) -> list[Alternative]:
    """Each alternative once, with its highest weight."""
    best: dict[tuple[Stems, str | None], Alternative] = {}
    for alternative in alternatives:
        key = (alternative.stems, alternative.need)
        if key not in best or best[key].weight < alternative.weight:
            best[key] = alternative
    return list(best.values())[:MOST_ALTERNATIVES]


def _add_piece(clauses: list[Clause], piece: Piece, language: str) -> None:
    words = words_of(piece.text)
    if not words:
        return
    if piece.is_phrase or piece.is_excluded:
        solid = [word for word in words if not is_stop_word(word)] or words
        stems = tuple(english_stem(word) for word in solid)
        phrase = tuple(words) if piece.is_phrase and len(words) > 1 else ()
        alternatives: tuple[Alternative, ...] = (Alternative(stems, TYPED_WEIGHT, is_typed=True),)
        new = Clause(" ".join(words), alternatives, phrase, is_excluded=piece.is_excluded)
    else:
        made = _clauses_of_run(words, language)
        new = made[0] if len(made) == 1 else _clause(words, [], language)
    if piece.is_alternative and clauses and not clauses[-1].is_excluded:
        last = clauses[-1]
        # A phrase joined by OR is looked for as its words: the check side by side belongs to a whole clause.
        clauses[-1] = Clause(f"{last.typed} OR {new.typed}", last.alternatives + new.alternatives)
    else:
        clauses.append(new)


def _without_repeats(clauses: list[Clause]) -> tuple[Clause, ...]:
    return tuple(dict.fromkeys(clauses))[:MAX_WORDS]


def _is_spanish(words: Iterable[str]) -> bool:
    return any(word in thesaurus().spanish_words and word not in thesaurus().english_words for word in words)


def _solid(words: Sequence[str]) -> list[str]:
    return [word for word in words if not is_light_word(word)]


def _without_asking(words: Sequence[str]) -> list[str]:
    return [word for word in words if not is_asking_word(word)] or list(words)


def _key(words: Sequence[str], stem: _Stemmer) -> Stems:
    """The stems of a phrase without words of asking; of nothing but such words, all of them."""
    return tuple(stem(word) for word in _without_asking(words))


def _lines(path: Path) -> list[str]:
    lines = path.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def _members(text: str) -> list[str]:
    return [member.strip() for member in text.split(",") if member.strip()]


def _words(phrase: str, *, spanish: bool) -> list[str]:
    return [word for word in words_of(phrase) if not is_stop_word(word, spanish=spanish)]


def _add_english(found: Thesaurus, members: list[str], targets: list[str]) -> None:
    found.group_count += 1
    found.phrases["en"] += [member for member in members if not member.startswith("@")]
    reached = _english_alternatives(targets or members)
    for phrase in [*members, *targets]:
        found.english_words.update(words_of(phrase) if not phrase.startswith("@") else ())
    for member in members:
        words = _words(member, spanish=False)
        if words and not member.startswith("@"):
            key = _key(words, english_stem)
            found.english.setdefault(key, []).extend(a for a in reached if a.need or a.stems != key)
            if targets:  # the members of a one-way group still stand for each other
                others = _english_alternatives(members)
                found.english[key].extend(a for a in others if a.stems != key)


def _english_alternatives(phrases: list[str]) -> list[Alternative]:
    alternatives = []
    for phrase in phrases:
        if phrase.startswith("@"):
            alternatives.append(Alternative((), CATEGORY_WEIGHT, need=phrase[1:]))
        elif words := _words(phrase, spanish=False):
            alternatives.append(Alternative(_key(words, english_stem), SYNONYM_WEIGHT))
    return alternatives


def _add_spanish(found: Thesaurus, members: list[str], targets: list[str]) -> None:
    found.group_count += 1
    found.phrases["es"] += members
    reached: list[Alternative] = []
    for target in targets:
        key = _key(_words(target, spanish=False), english_stem)
        # The English words that a Spanish word stands for count like typed ones, in the name and the kinds of help.
        reached.append(Alternative(key, TYPED_WEIGHT))
        reached += found.english.get(key, ())
    for member in members:
        found.spanish_words.update(_words(member, spanish=True))
    keys = (_key(words, spanish_stem) for member in members if (words := _words(member, spanish=True)))
    others = [Alternative(key, SYNONYM_WEIGHT) for key in keys]
    for member in members:
        words = _words(member, spanish=True)
        if words:
            key = _key(words, spanish_stem)
            found.spanish.setdefault(key, []).extend([*reached, *(a for a in others if a.stems != key)])
