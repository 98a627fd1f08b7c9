"""A segment: columns, postings and words of many documents, built at once, kept in files that are mapped and checked.

Nothing is unpickled: arrays are `.npy`, names are text, the rest is JSON. Publishing is in `store.py`.
"""

from __future__ import annotations

import mmap
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import overload

import numpy as np
import numpy.typing as npt

from directory.search.columns import Collector, Columns
from directory.search.language import english_stem, is_stop_word, spanish_stem, words_of
from directory.search.listing import ListingDocument
from directory.search.postings import Impacts, Numbers, Postings, Tokens, build_postings, ragged
from directory.search.spelling import deletion_table
from directory.search.suggestions import SuggestionCounter, Suggestions
from directory.search.synonyms import thesaurus

REPEATED_TEXTS = 50_000  # organizations and kinds of help repeat: their words are looked up once

_NO_DOCUMENTS = np.zeros(0, np.uint32)
_NO_IMPACTS = np.zeros(0, np.uint8)


class Blobs(Sequence[bytes]):
    """Many byte strings in one buffer, possibly mapped from a file."""

    def __init__(self, buffer: bytes | mmap.mmap, bounds: npt.NDArray[np.int64]) -> None:
        self._buffer, self._bounds = buffer, bounds

    def __len__(self) -> int:
        return len(self._bounds) - 1

    @overload
    def __getitem__(self, index: int) -> bytes: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[bytes]: ...
    def __getitem__(self, index: int | slice) -> bytes | Sequence[bytes]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        return bytes(self._buffer[self._bounds[index] : self._bounds[index + 1]])


@dataclass(frozen=True, slots=True)
class Words:
    """The unstemmed words of a segment. Word 0 is no word. `frequency` counts what the public may see."""

    list: Sequence[str]
    frequency: Numbers
    stem: Numbers
    deletion_hash: Numbers
    deletion_word: Numbers


@dataclass(frozen=True)
class Segment:
    """Documents that can be searched, unchanging."""

    columns: Columns
    postings: Postings
    stems: Mapping[str, int]
    words: Words
    tokens: Tokens
    suggestions: Suggestions

    def frequency(self, stem: str) -> int:
        """How many documents hold a stem."""
        number = self.stems.get(stem)
        return 0 if number is None else int(self.postings.bounds[number + 1] - self.postings.bounds[number])

    def documents_of(self, stem: str) -> tuple[Numbers, Impacts]:
        """Documents that hold a stem anywhere, with impacts."""
        number = self.stems.get(stem)
        if number is None:
            return _NO_DOCUMENTS, _NO_IMPACTS
        start, end = self.postings.bounds[number : number + 2].tolist()
        return self.postings.documents[start:end], self.postings.impacts[start:end]

    def named_documents_of(self, stem: str) -> tuple[Numbers, Impacts]:
        """Documents that hold a stem in their name, organization or kinds of help."""
        number = self.stems.get(stem)
        if number is None:
            return _NO_DOCUMENTS, _NO_IMPACTS
        start, end = self.postings.strong_bounds[number : number + 2].tolist()
        return self.postings.strong_documents[start:end], self.postings.strong_impacts[start:end]

    def have_phrase(self, documents: Numbers, phrase: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which of the documents hold the words side by side in one field; endings do not count."""
        wanted = [self.stems.get(english_stem(word)) for word in phrase]
        found = np.zeros(len(documents), np.bool_)
        if None in wanted or not len(documents):
            return found
        counts = (self.tokens.lengths[documents] + 1).sum(axis=1).astype(np.int64)
        stems = self.words.stem[self.tokens.stream[ragged(self.tokens.starts[documents], counts)]]
        hits = np.ones(max(0, len(stems) - len(wanted) + 1), np.bool_)
        for offset, number in enumerate(wanted):
            hits &= stems[offset : offset + len(hits)] == number
        owner = np.repeat(np.arange(len(documents)), counts)
        found[owner[np.flatnonzero(hits)]] = True
        return found

    @cached_property
    def word_numbers(self) -> dict[str, int]:
        """Each unstemmed word's number."""
        return {word: number for number, word in enumerate(self.words.list)}


class Vocabulary(dict[str, int]):
    """Numbers words as they come; 0 is kept free."""

    def __missing__(self, word: str) -> int:
        number = self[word] = len(self) + 1
        return number


class TokenCollector:
    """Turns the four text fields of documents into word numbers."""

    def __init__(self, vocabulary: Vocabulary) -> None:
        self._number_of = vocabulary.__getitem__
        self._stream = array("I")
        self._starts = array("q")
        self._lengths = array("i")
        self._repeated: dict[str | tuple[str, ...], list[int]] = {}

    def add(self, document: ListingDocument) -> None:
        """Take one document."""
        self._starts.append(len(self._stream))
        name = document.name if not document.alternate_name else f"{document.name} {document.alternate_name}"
        self._extend(map(self._number_of, words_of(name)))
        self._extend(self._known((document.organization, document.location_name)))
        self._extend(self._known(document.term_names + document.tags))
        text = document.description
        if document.details:
            text = " ".join((text, *document.details))
        self._extend(map(self._number_of, words_of(text)))

    def tokens(self) -> Tokens:
        """All documents taken so far."""
        lengths = np.array(self._lengths, np.int32).reshape(-1, 4)
        return Tokens(np.array(self._stream, np.uint32), np.array(self._starts, np.int64), lengths)

    def _extend(self, numbers: Iterable[int]) -> None:
        before = len(self._stream)
        self._stream.extend(numbers)
        self._lengths.append(len(self._stream) - before)
        self._stream.append(0)

    def _known(self, texts: tuple[str, ...]) -> list[int]:
        numbers = self._repeated.get(texts)
        if numbers is None:
            numbers = [self._number_of(word) for text in texts for word in words_of(text)]
            if len(self._repeated) < REPEATED_TEXTS:
                self._repeated[texts] = numbers
        return numbers


def build_segment(documents: Iterable[ListingDocument]) -> Segment:
    """A segment of the documents. About 40 microseconds a document of 90 words."""
    vocabulary = Vocabulary()
    collector, texts, counter = Collector(), TokenCollector(vocabulary), SuggestionCounter()
    for document in documents:
        collector.add(document)
        texts.add(document)
        counter.add(document)
    tokens = texts.tokens()
    columns, order = collector.sorted()
    # The Spanish words of the synonym lists belong to the spelling too, so they are numbered as words.
    for word in sorted(thesaurus().english_words | thesaurus().spanish_words):
        vocabulary[word]
    stems, stem_of, second_stem_of, stop = stems_of(vocabulary)
    postings = build_postings(tokens, order, (stem_of, second_stem_of), stop)
    ordered = Tokens(tokens.stream, tokens.starts[order], tokens.lengths[order])
    words = _words(["", *vocabulary], stem_of, ordered, columns)
    return Segment(columns, postings, stems, words, ordered, counter.suggestions(stems, postings))


def stems_of(words: Iterable[str]) -> tuple[dict[str, int], Numbers, Numbers, npt.NDArray[np.bool_]]:
    """Numbers for all stems; each word's stem and second (Spanish) stem; and which stems are never listed.

    Words are numbered from 1; stem 0 is no stem.
    """
    numbers: dict[str, int] = {}
    spanish = thesaurus().spanish_words
    first, second, stops = [0], [0], {0}
    for word in words:
        number = numbers.setdefault(english_stem(word), len(numbers) + 1)
        first.append(number)
        if is_stop_word(word):
            stops.add(number)
        marked = spanish_stem(word) if word in spanish else ""
        second.append(numbers.setdefault(marked, len(numbers) + 1) if marked else 0)
    stop = np.zeros(len(numbers) + 1, np.bool_)
    stop[list(stops)] = True
    return numbers, np.array(first, np.uint32), np.array(second, np.uint32), stop


def _words(words: list[str], stem_of: Numbers, tokens: Tokens, columns: Columns) -> Words:
    """The words with the frequencies that the public may know, those of the synonym lists at least once."""
    public = columns.visibility == 0
    stream = tokens.stream
    if not public.all():
        counts = (tokens.lengths[public] + 1).sum(axis=1).astype(np.int64)
        stream = stream[ragged(tokens.starts[public], counts)]
    frequency = np.bincount(stream, minlength=len(words)).astype(np.uint32)
    frequency[0] = 0
    lists = thesaurus()
    for number, word in enumerate(words):
        if not frequency[number] and (word in lists.english_words or word in lists.spanish_words):
            frequency[number] = 1
    return Words(words, frequency, stem_of, *deletion_table(words, frequency))


def named(values: Sequence[str]) -> dict[str, int]:
    """Numbers of names by their place in a list."""
    return {name: number for number, name in enumerate(values)}


def batches(count: int, size: int) -> Iterator[slice]:
    """Slices that cover `count` items."""
    return (slice(first, first + size) for first in range(0, count, size))
