"""Finding words in what people write, in English and Spanish: accents, case and plurals do not matter. No list is here.

A listed word or phrase hits as whole words. An allowed phrase around it excuses it ("fine" in "fine arts class"), but
not a second one elsewhere in the text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

_WORD = re.compile(r"[a-z0-9]+")
_PLURALS = (("s", ""), ("es", ""), ("ies", "y"), ("ces", "z"))


class Text:
    """What a person wrote, cut into words once and searched often."""

    def __init__(self, text: str) -> None:
        self._forms = tuple(_forms(token) for token in _tokens(text))
        self._known = frozenset[str]().union(*self._forms)

    def find(self, words: Iterable[str], allowed: Iterable[str] = ()) -> str | None:
        """The first of `words` that stands outside every allowed phrase, as it is listed; None when none does."""
        excused: list[range] | None = None
        for word in words:
            phrase = _phrase(word)
            if not phrase or phrase[0] not in self._known:
                continue
            hits = self._places(phrase)
            if hits and excused is None:
                excused = [place for each in allowed for place in self._places(_phrase(each))]
            if any(not _is_excused(hit, excused or ()) for hit in hits):
                return word
        return None

    def _places(self, phrase: tuple[str, ...]) -> list[range]:
        """Where a phrase stands: each of its words equals the text's word or that word's singular."""
        size, forms = len(phrase), self._forms
        return [
            range(at, at + size)
            for at in range(len(forms) - size + 1)
            if all(phrase[step] in forms[at + step] for step in range(size))
        ]


def _is_excused(hit: range, excused: Iterable[range]) -> bool:
    return any(place.start <= hit.start and hit.stop <= place.stop for place in excused)


@lru_cache(maxsize=4096)
def _phrase(listed: str) -> tuple[str, ...]:
    """The words of a listed phrase. Only lists are kept in memory, never what a person wrote."""
    return _tokens(listed)


def _tokens(text: str) -> tuple[str, ...]:
    """The words of a text without case and accents; zero-width characters do not split a word."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFKD", text.casefold())
        if unicodedata.category(letter) not in ("Mn", "Cf")
    )
    return tuple(_WORD.findall(plain.replace("'", "").replace("’", "")))


def _forms(word: str) -> frozenset[str]:
    """A word of the text as it stands and as the singular that it may be the plural of."""
    singulars = {word[: -len(end)] + base for end, base in _PLURALS if len(word) > len(end) + 1 and word.endswith(end)}
    return frozenset(singulars | {word})
