"""Documents that came after a segment was built: searched like one, grown one by one in memory.

Readers in other threads hold columns of a moment; lists are replaced, never changed in place.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from directory.search.columns import Collector, Columns
from directory.search.language import english_stem, is_stop_word, spanish_stem, words_of
from directory.search.listing import ListingDocument
from directory.search.matching import Match
from directory.search.postings import DESCRIPTION, Numbers, field_factors, impact_of
from directory.search.synonyms import thesaurus

FIELD_END = ""

_Lists = dict[str, tuple["array[int]", "array[int]"]]


@dataclass(frozen=True, slots=True)
class DeltaPart:
    """The documents of a delta at one moment."""

    columns: Columns
    lists: _Lists
    named_lists: _Lists
    streams: Sequence[Sequence[str]]

    def frequency(self, stem: str) -> int:
        """How many documents hold the stem."""
        return len(self.lists.get(stem, _NO_LISTS)[0])

    def documents_of(self, stem: str) -> Match:
        """Documents with the stem anywhere."""
        return self._match(self.lists, stem)

    def named_documents_of(self, stem: str) -> Match:
        """Documents with the stem in their name, organization or kinds of help."""
        return self._match(self.named_lists, stem)

    def have_phrase(self, documents: Numbers, phrase: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which of the documents hold the words side by side in one field; endings do not count."""
        wanted = "\n".join(["", *(english_stem(word) for word in phrase), ""])
        held = ["\n" + "\n".join(self.streams[number]) + "\n" for number in documents.tolist()]
        return np.array([wanted in stream for stream in held], np.bool_)

    def _match(self, lists: _Lists, stem: str) -> Match:
        documents, impacts = lists.get(stem, _NO_LISTS)
        found = np.array(documents, np.uint32)
        # A writer may have gone on since these columns were made.
        known = int(np.searchsorted(found, self.columns.count))
        return found[:known], np.array(impacts, np.uint8)[:known]


class Delta:
    """Takes documents in the order of their changes. One writer at a time."""

    def __init__(self) -> None:
        self._collector = Collector()
        self._lists: _Lists = {}
        self._named_lists: _Lists = {}
        self._streams: list[list[str]] = []
        self.numbers_of_service: dict[str, list[int]] = {}

    def __len__(self) -> int:
        return len(self._collector)

    def add(self, document: ListingDocument) -> None:
        """Take one document. About 0.2 ms."""
        number = self._collector.add(document)
        self.numbers_of_service.setdefault(document.service_id, []).append(number)
        fields = [
            words_of(f"{document.name} {document.alternate_name}"),
            words_of(document.organization) + words_of(document.location_name),
            [word for text in (*document.term_names, *document.tags) for word in words_of(text)],
            words_of(" ".join((document.description, *document.details))),
        ]
        factors = field_factors(np.array([[len(words) for words in fields]], np.int32))[0]
        weights: dict[str, float] = {}
        named: set[str] = set()
        stream: list[str] = []
        spanish = thesaurus().spanish_words
        for field, words in enumerate(fields):
            for word in words:
                stem = english_stem(word)
                stream.append(stem)
                if is_stop_word(word):
                    continue
                for one in (stem, spanish_stem(word)) if word in spanish else (stem,):
                    weights[one] = weights.get(one, 0.0) + float(factors[field])
                    if field != DESCRIPTION:
                        named.add(one)
            stream.append(FIELD_END)
        self._streams.append(stream)
        stems = list(weights)
        impacts = impact_of(
            np.array(list(weights.values()), np.float32), np.array([s in named for s in stems], np.bool_)
        )
        for stem, impact in zip(stems, impacts.tolist(), strict=True):
            _append(self._lists, stem, number, impact)
            if stem in named:
                _append(self._named_lists, stem, number, impact)

    def part(self) -> DeltaPart:
        """The documents taken so far, for readers."""
        return DeltaPart(self._collector.in_order(), self._lists, self._named_lists, self._streams)


_NO_LISTS = (array("I"), array("B"))


def _append(lists: _Lists, stem: str, number: int, impact: int) -> None:
    documents, impacts = lists.get(stem, _NO_LISTS)
    lists[stem] = (documents + array("I", [number]), impacts + array("B", [impact]))
