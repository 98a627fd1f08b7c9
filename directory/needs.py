"""The needs that people come with, in plain words, and how any record is recognised as serving one.

The rows are in `data/needs.toml` and `data/terms.toml`; what a search does with a need is not here.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from core.errors import NotFound, Sentence

DATA = Path(__file__).parent / "data"
OPEN_ELIGIBILITY_CODE = re.compile(r"[0-9]{3}(-[0-9]{2})*", re.ASCII)
LANGUAGES = ("en", "es")
OWN_TAXONOMY = "Goldthread"


@dataclass(frozen=True, slots=True)
class Need:
    """One category of the home page. `fund_category` is empty where a fund pays for nothing of it."""

    code: str
    names: tuple[str, str]
    hints: tuple[str, str]
    icon: str
    open_eligibility: tuple[str, ...]
    terms: frozenset[str]
    words: re.Pattern[str]
    never: re.Pattern[str] | None
    fund_category: str

    def name(self, language: str = "en") -> str:
        """The plain name in a language of the site; English where it is another."""
        return _in_language(self.names, language)

    def hint(self, language: str = "en") -> str:
        """A few words on what is inside."""
        return _in_language(self.hints, language)


@dataclass(frozen=True, slots=True)
class OwnTerm:
    """One term of our own taxonomy. `is_practice`: an evidence-based or named practice, a filter of its own."""

    code: str
    names: tuple[str, str]
    needs: tuple[str, ...]
    is_practice: bool

    @property
    def need(self) -> str:
        """The need it is sorted under; others follow in `needs`."""
        return self.needs[0]

    def name(self, language: str = "en") -> str:
        """The term in a language of the site; English where it is another."""
        return _in_language(self.names, language)


def all_needs() -> tuple[Need, ...]:
    """Every need, in the order of the home page."""
    return tuple(_needs().values())


def need(code: str) -> Need:
    """The need of a code. Raises NotFound."""
    found = _needs().get(code)
    if found is None:
        raise NotFound(Sentence("There is no such kind of help."))
    return found


def own_terms() -> tuple[OwnTerm, ...]:
    """Our own taxonomy: the practices first, then by need as written."""
    return tuple(_own_terms().values())


def own_term(code: str) -> OwnTerm | None:
    """The own term of a code, None for a foreign code."""
    return _own_terms().get(code)


def needs_of(
    term_codes: Iterable[str | None], term_names: Iterable[str | None], service_name: str | None
) -> tuple[str, ...]:
    """The needs that a service serves, in the order of the home page; empty when nothing says so.

    Our own codes and Open Eligibility's decide by the code alone (the longest prefix wins); any other term by its
    name; the service's own name adds what the terms leave unsaid.
    """
    found: set[str] = set()
    for code in term_codes:
        found.update(_needs_of_code((code or "").strip()))
    for name in term_names:
        text = plain(name or "")
        if not _for_whom().fullmatch(text):
            found.update(_needs_of_text(text, whole=True))
    found.update(_needs_of_text(plain(service_name or ""), whole=False))
    return tuple(code for code in _needs() if code in found)


def plain(text: str) -> str:
    """Lower-case words, single spaces, no accents or punctuation ("Addiction & Recovery" → "addiction recovery")."""
    folded = unicodedata.normalize("NFKD", text.casefold().replace("'", "").replace("’", ""))
    kept = "".join(" " if not letter.isalnum() else letter for letter in folded if not unicodedata.combining(letter))
    return " ".join(kept.split())


def _in_language(pair: tuple[str, str], language: str) -> str:
    return pair[LANGUAGES.index(language)] if language in LANGUAGES else pair[0]


@cache
def _file() -> dict[str, Any]:
    with (DATA / "needs.toml").open("rb") as file:
        return tomllib.load(file)


@cache
def _needs() -> dict[str, Need]:
    return {row["code"]: _need_from(row) for row in _file()["need"]}


@cache
def _for_whom() -> re.Pattern[str]:
    parts = [re.escape(plain(name)) + (".*" if name.endswith("*") else "") for name in _file()["for_whom"]]
    return re.compile("|".join(parts))


@cache
def _own_terms() -> dict[str, OwnTerm]:
    with (DATA / "terms.toml").open("rb") as file:
        groups = tomllib.load(file)
    return {
        code: OwnTerm(code, (english, spanish), tuple(needs), is_practice=group == "practice")
        for group, rows in groups.items()
        for code, (english, spanish, *needs) in rows.items()
    }


def _need_from(row: dict[str, Any]) -> Need:
    return Need(
        code=row["code"],
        names=(row["en"], row["es"]),
        hints=(row["hint_en"], row["hint_es"]),
        icon=row["icon"],
        open_eligibility=tuple(row["open_eligibility"]),
        terms=frozenset(plain(term) for term in row["terms"]),
        words=_phrases(row["words"]),
        never=_phrases(row["never"]) if row["never"] else None,
        fund_category=row["fund_category"],
    )


def _phrases(written: list[str]) -> re.Pattern[str]:
    # A phrase is whole words of plain text; a star at its end leaves the last word open.
    parts = [re.escape(plain(phrase)) + (r"\w*" if phrase.endswith("*") else "") for phrase in written]
    return re.compile(r"\b(?:" + "|".join(sorted(parts, key=len, reverse=True)) + r")\b")


@cache
def _needs_by_prefix() -> dict[str, tuple[str, ...]]:
    prefixes: dict[str, list[str]] = {}
    for row in _needs().values():
        for prefix in row.open_eligibility:
            prefixes.setdefault(prefix, []).append(row.code)
    return {prefix: tuple(codes) for prefix, codes in prefixes.items()}


def _needs_of_code(code: str) -> tuple[str, ...]:
    own = _own_terms().get(code)
    if own is not None:
        return own.needs
    if not OPEN_ELIGIBILITY_CODE.fullmatch(code):
        return ()
    parts = code.split("-")
    for length in range(len(parts), 0, -1):
        needs = _needs_by_prefix().get("-".join(parts[:length]))
        if needs is not None:
            return needs
    return ()


def _needs_of_text(text: str, *, whole: bool) -> list[str]:
    if not text:
        return []
    found = []
    for row in _needs().values():
        rest = row.never.sub(" ", text) if row.never else text
        if (whole and text in row.terms) or row.words.search(rest):
            found.append(row.code)
    return found
