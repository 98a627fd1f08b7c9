"""Phrases offered while a person types: kinds of help, our synonyms that find something, services, organizations.

Made from what the public may see, at build time; a phrase is offered by its start and by the start of a later word.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from directory.facets import Visibility
from directory.search.language import fold, words_of
from directory.search.listing import ListingDocument
from directory.search.postings import Postings
from directory.search.synonyms import Alternative, phrase_key, thesaurus

LONGEST = 60  # characters of a phrase worth offering
TERM_WEIGHT, PHRASE_WEIGHT, NAME_WEIGHT = 1_000_000, 100_000, 1
SEPARATOR = "\t"


@dataclass(frozen=True, slots=True)
class Suggestions:
    """Entries "folded phrase TAB language TAB shown phrase", sorted, with weights beside. `language` may be empty."""

    entries: Sequence[bytes]
    weights: npt.NDArray[np.uint32]

    def starting_with(self, prefix: str, language: str, limit: int) -> list[str]:
        """The weightiest phrases for what was typed, each once."""
        start = " ".join(words_of(prefix)) + (" " if prefix.endswith(" ") else "")
        if not start.strip() or limit < 1:
            return []
        low = bisect_left(self.entries, start.encode())
        high = bisect_left(self.entries, start.encode() + b"\xff", low)
        order = np.argsort(-self.weights[low:high].astype(np.int64), kind="stable")
        found: dict[str, str] = {}
        for number in order.tolist():
            _, spoken, shown = self.entries[low + number].decode().split(SEPARATOR, 2)
            if spoken in ("", language):
                found.setdefault(fold(shown), shown)
            if len(found) >= limit:
                break
        return list(found.values())


class SuggestionCounter:
    """Counts the phrases of public documents."""

    def __init__(self) -> None:
        self._terms: Counter[str] = Counter()
        self._names: Counter[str] = Counter()

    def add(self, document: ListingDocument) -> None:
        """Take one document; one that the public may not see is passed over."""
        if document.visibility == Visibility.PUBLIC:
            self._terms.update(document.term_names)
            self._names.update((document.name, document.organization))

    def suggestions(self, stems: Mapping[str, int], postings: Postings) -> Suggestions:
        """All phrases, sorted. A synonym is offered only where it finds something by name."""
        weights: dict[str, int] = {}
        for phrase, count in self._names.items():
            if len(phrase) <= LONGEST:
                _put(weights, phrase, "", NAME_WEIGHT * count, inside=False)
        for language, phrases in thesaurus().phrases.items():
            known = thesaurus().english if language == "en" else thesaurus().spanish
            found = _found_phrases(phrases, known, stems, postings, language)
            for phrase, count in found.items():
                _put(weights, phrase, language, PHRASE_WEIGHT + count, inside=True)
        for phrase, count in self._terms.items():
            _put(weights, phrase, "", TERM_WEIGHT + count, inside=True)
        entries = sorted((entry.encode(), weight) for entry, weight in weights.items())
        return Suggestions([entry for entry, _ in entries], np.array([w for _, w in entries], np.uint32))


def _found_phrases(
    phrases: Sequence[str], known: Mapping[tuple[str, ...], list[Alternative]], stems: Mapping[str, int],
    postings: Postings, language: str,
) -> dict[str, int]:  # fmt: skip
    counts: dict[str, int] = {}
    for phrase in phrases:
        key = phrase_key(phrase, language)
        own = [key] if language == "en" else []
        reach = max((_frequency(one, stems, postings) for one in own), default=0)
        if not reach and language == "es":
            reach = max((_frequency(a.stems, stems, postings) for a in known.get(key, ()) if a.stems), default=0)
        if reach:
            counts[phrase] = reach
    return counts


def _frequency(key: tuple[str, ...], stems: Mapping[str, int], postings: Postings) -> int:
    """At most how many documents are named by all stems."""
    numbers = [stems.get(stem, -1) for stem in key]
    if not numbers or min(numbers) < 0:
        return 0
    return min(int(postings.strong_bounds[n + 1] - postings.strong_bounds[n]) for n in numbers)


def _put(weights: dict[str, int], phrase: str, language: str, weight: int, *, inside: bool) -> None:
    shown = " ".join(phrase.split())
    words = words_of(shown)
    if not words or len(shown) > LONGEST or SEPARATOR in shown:
        return
    if not inside:
        weights.setdefault(f"{' '.join(words)}{SEPARATOR}{language}{SEPARATOR}{shown}", weight)
        return
    for first in range(len(words)):
        entry = SEPARATOR.join((" ".join(words[first:]), language, shown))
        weights[entry] = max(weights.get(entry, 0), weight - first)
