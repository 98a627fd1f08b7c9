"""Words as the index sees them: folding, stems of English and Spanish, words that say little, highlighted excerpts.

Whoosh gives the stemmers; synonyms are in `synonyms.py`, spelling in `spelling.py`. No index and no database.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from whoosh.lang.snowball.english import EnglishStemmer
from whoosh.lang.snowball.spanish import SpanishStemmer

SPANISH_MARK = "es:"  # Spanish stems stand beside English ones in one term list, told apart by this prefix
MAX_WORD_LENGTH = 40  # characters of a word that count: longer ones are addresses or noise
EXCERPT_LENGTH = 220

STOP_WORDS = frozenset(
    "a an and are as at be but by can do does for from has have he her his how i if in into is it its me my not "
    "of on or our she so that the their them they this to us was we were what when where which who will with you "
    "your am s t im ive dont".split()
)
SPANISH_STOP_WORDS = frozenset(
    "al con cual cuando de del desde e el ella ellos en es esta este estoy fue ha hay la las le les lo los me mi "
    "mis muy nos o para pero por porque que quien se si soy su sus te tengo tiene tu un una unas uno unos y ya yo "
    "mas como donde".split()
)
# Words of the asking itself: they are not looked up, and do not count in the synonym lists either.
ASKING_WORDS = frozenset(
    "help helping helps need needs needing want wants wanting find finding look looking please ask tell near "
    "nearby around close closest just got been im there any some ayuda ayudas ayudar ayudame necesito necesita "
    "necesitar busco buscar quiero quisiera encontrar conseguir obtener cerca cercano favor puedo".split()
)
# Said of nearly every service: looked up only as part of a known phrase ("day center"), or where nothing else is typed.
LIGHT_WORDS = frozenset(
    "assist assistance get getting gets pay paying payment payments free cheap affordable afford cannot cant low "
    "cost costs local program programs programme service services provider providers place places center centre "
    "centers someone somebody something somewhere anything anyone info information resource resources best good "
    "available offer offers offering agency agencies organization organizations now today tonight asap immediately "
    "no urgent urgently right tomorrow week month give giving go going "
    "about my asistencia pagar pago gratis gratuita gratuitas gratuito gratuitos barato barata economico servicio "
    "servicios programa programas lugar lugares centro centros informacion recurso recursos alguien algo hoy "
    "ahora noche urgente manana semana mes dar dan".split()
)
# Words whose stem would make them another word.
UNSTEMMED = frozenset("aids news arms snap hiv ssi ssdi wic ged esl iop act ids id mat rent rents".split())
_OWN_STEMS = {"rents": "rent", "ids": "id", "counselling": "counsel", "counsellor": "counselor", "therapist": "therapi",
              "therapists": "therapi", "psychiatrist": "psychiatri", "psychiatrists": "psychiatri",
              "psychiatry": "psychiatri", "psychiatric": "psychiatric", "dentist": "dental", "dentists": "dental",
              "dentistry": "dental", "counselor": "counsel", "counselors": "counsel", "lawyers": "lawyer"}  # fmt: skip

_WORD = re.compile(r"\w+")
_APOSTROPHES = str.maketrans({"'": "", "’": "", "ʼ": "", "_": " "})


def fold(text: str) -> str:
    """The text in small letters without accents and apostrophes."""
    if text.isascii():
        return text.lower().replace("'", "").replace("_", " ")
    text = text.translate(_APOSTROPHES)
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(letter for letter in parts if not unicodedata.combining(letter))


def words_of(text: str) -> list[str]:
    """The folded words of a text, in order."""
    return _WORD.findall(fold(text))


@lru_cache(maxsize=200_000)
def english_stem(word: str) -> str:
    """The English stem of a folded word."""
    word = word[:MAX_WORD_LENGTH]
    own = _OWN_STEMS.get(word)
    if own is not None:
        return own
    if len(word) <= 3 or word in UNSTEMMED or not word.isascii():
        return word
    stem = str(EnglishStemmer().stem(word))
    return word if stem in STOP_WORDS else stem  # "being" is a word of its own: "be" is never looked up


@lru_cache(maxsize=50_000)
def spanish_stem(word: str) -> str:
    """The Spanish stem of a folded word, marked as Spanish."""
    word = word[:MAX_WORD_LENGTH]
    stem = word if len(word) <= 3 else str(SpanishStemmer().stem(word))
    return SPANISH_MARK + fold(stem)


def is_stop_word(word: str, *, spanish: bool = False) -> bool:
    """True for a word that is never looked up."""
    return word in STOP_WORDS or (spanish and word in SPANISH_STOP_WORDS)


def is_asking_word(word: str) -> bool:
    """True for a word of the asking itself ("help with rent")."""
    return word in ASKING_WORDS


def is_light_word(word: str) -> bool:
    """True for a word that does not decide what is found, unless it is part of a known phrase."""
    return word in LIGHT_WORDS or word in ASKING_WORDS


def excerpt(text: str, typed: str, length: int = EXCERPT_LENGTH) -> tuple[tuple[str, bool], ...]:
    """A piece of `text` around the typed words, as runs of (text, is a typed word).

    A page marks the true runs by itself, so that no markup is ever made of listing text.
    """
    wanted = {stem for word in words_of(typed) if not is_stop_word(word, spanish=True) for stem in _stems(word)}
    hits = [match for match in _WORD.finditer(text) if wanted & _stems_of_raw(match.group())]
    start = _start_of_excerpt(text, hits[0].start() if hits else 0, length)
    end = min(len(text), start + length)
    if end < len(text):
        end = max(text.rfind(" ", start + 1, end), start + length // 2)
    runs: list[tuple[str, bool]] = [("… ", False)] if start else []
    at = start
    for match in hits:
        if match.start() >= at and match.end() <= end:
            runs += [(text[at : match.start()], False), (match.group(), True)]
            at = match.end()
    runs.append((text[at:end] + (" …" if end < len(text) else ""), False))
    return tuple(run for run in runs if run[0])


def _start_of_excerpt(text: str, first_hit: int, length: int) -> int:
    if first_hit < length // 2:
        return 0
    return text.rfind(" ", 0, max(1, first_hit - length // 4)) + 1


def _stems(word: str) -> set[str]:
    return {english_stem(word), spanish_stem(word)}


def _stems_of_raw(word: str) -> set[str]:
    return {stem for folded in words_of(word) for stem in _stems(folded)}
