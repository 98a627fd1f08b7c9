"""What a search that found nothing asked for, in codes alone: no typed word and no place finer than a county."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Final

from directory.facets import LANGUAGES, QUESTION_BY_CODE
from directory.gazetteer import Place, area_code_label
from directory.needs import all_needs, needs_of, plain

COMMON: Final = frozenset({"american", "sign", "language", "and", "or", "other"})


@dataclass(frozen=True, slots=True)
class Unmet:
    """A need that was not met: needs, languages and questions by code, the county as an area code."""

    needs: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    county: str | None = None

    @property
    def says_something(self) -> bool:
        """False when no part of it is understood: then there is nothing to count."""
        return bool(self.needs or self.languages or self.yes)


def unmet_of(
    words: str, needs: Sequence[str], languages: Sequence[str], yes: Sequence[str], place: Place | None
) -> Unmet:
    """The codes of a search. Words are looked up ("Creole-speaking psychiatrist"), then forgotten."""
    typed = plain(words).split()
    spoken = [_names_of_languages()[word] for word in typed if word in _names_of_languages()]
    county = f"county:{place.county_fips}" if place and place.county_fips else None
    return known_unmet((*needs, *needs_of((), (), words or None)), (*languages, *spoken), yes, county)


def known_unmet(needs: Sequence[str], languages: Sequence[str], yes: Sequence[str], county: str | None) -> Unmet:
    """Codes from a form, in one order, without what is not known."""
    real = {need.code for need in all_needs()}
    is_county = bool(county) and str(county).startswith("county:") and area_code_label(str(county)) is not None
    return Unmet(
        tuple(sorted({code for code in needs if code in real})),
        tuple(sorted({code for code in languages if code in LANGUAGES})),
        tuple(sorted({code for code in yes if code in QUESTION_BY_CODE})),
        county if is_county else None,
    )


@cache
def _names_of_languages() -> dict[str, str]:
    """A word of a language's English name → its code; English itself is asked for by nobody."""
    words = ((word, code) for code, label in LANGUAGES.items() for word in plain(label.text).split())
    return {word: code for word, code in words if word not in COMMON and code != "en"}
