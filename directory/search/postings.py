"""The inverted index: for each stem its documents in ascending order, each with a one-byte impact.

Built here from token streams with numpy; what a query does with the lists is in `matching.py`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

# BM25F (Robertson and Zaragoza 2009): weights of name, organization, kinds of help, description; k1 and b as usual.
FIELD_WEIGHTS = (3.0, 1.5, 2.0, 1.0)
NAME, ORGANIZATION, TERMS, DESCRIPTION = range(4)
# Words of a usual field, from the real feeds. Fixed, so that a listing weighs the same however the index came about.
USUAL_LENGTHS = (6.0, 5.0, 8.0, 60.0)
SATURATION = 1.2
LENGTH_SHARE = 0.75
STRONG = 128  # impacts from here on: the stem is in the name, organization or kinds of help, not only mentioned
CHUNK = 65_536  # documents inverted at once: bounds the memory of a build

Numbers = npt.NDArray[np.uint32]
Impacts = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class Tokens:
    """The words of all documents: word numbers field by field, a 0 after each field. `lengths` is documents × 4."""

    stream: Numbers
    starts: npt.NDArray[np.int64]
    lengths: npt.NDArray[np.int32]


@dataclass(frozen=True, slots=True)
class Postings:
    """`documents[bounds[t]:bounds[t + 1]]` hold stem t; the strong ones stand once more in lists of their own."""

    documents: Numbers
    impacts: Impacts
    bounds: npt.NDArray[np.int64]
    strong_documents: Numbers
    strong_impacts: Impacts
    strong_bounds: npt.NDArray[np.int64]


def ragged(starts: npt.NDArray[np.int64], counts: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """The indices start, start + 1, … of each run, one run after the other."""
    ends = np.cumsum(counts)
    total = int(ends[-1]) if len(ends) else 0
    return np.repeat(starts - (ends - counts), counts) + np.arange(total, dtype=np.int64)


def impact_of(weight: npt.NDArray[np.float32], is_strong: npt.NDArray[np.bool_]) -> Impacts:
    """Saturated weights in one byte: 1 to 80 for a mention, 128 to 255 where the stem names the service.

    So a synonym in the name (weighed down to 124 at least) still stands above every mention.
    """
    share = weight / (SATURATION + weight)
    return np.where(is_strong, STRONG + np.rint(127 * share), 1 + np.rint(79 * share)).astype(np.uint8)


def field_factors(lengths: npt.NDArray[np.int32]) -> npt.NDArray[np.float32]:
    """What one occurrence in each field of each document weighs: less the longer the field is."""
    norms = (1 - LENGTH_SHARE) + LENGTH_SHARE * lengths / np.array(USUAL_LENGTHS, np.float32)
    return (np.array(FIELD_WEIGHTS, np.float32) / norms).astype(np.float32)


def build_postings(
    tokens: Tokens, order: npt.NDArray[np.int64], stems: tuple[Numbers, Numbers], stop: npt.NDArray[np.bool_]
) -> Postings:
    """Invert the streams; document d of the result is `order[d]` of the input.

    `stems` give for each word its stem and its second (Spanish) stem, 0 for none; `stop` marks stems never listed.
    """
    stem_count = len(stop)
    chunks = list(_inverted_chunks(tokens, order, stems, stop))
    counts = np.zeros((len(chunks) + 1, stem_count), np.int64)
    for number, (stem, _, _) in enumerate(chunks):
        counts[number + 1] = np.bincount(stem, minlength=stem_count)
    bounds = np.concatenate([[0], np.cumsum(counts.sum(axis=0))]).astype(np.int64)
    next_free = bounds[:-1] + np.cumsum(counts, axis=0)[:-1]
    documents, impacts = np.empty(bounds[-1], np.uint32), np.empty(bounds[-1], np.uint8)
    for number, (_, document, impact) in enumerate(chunks):
        held = counts[number + 1]
        places = ragged(next_free[number], held)
        documents[places], impacts[places] = document, impact
    is_strong = impacts >= STRONG
    strong_before = np.concatenate([[0], np.cumsum(is_strong)])
    return Postings(
        documents, impacts, bounds, documents[is_strong], impacts[is_strong], strong_before[bounds].astype(np.int64)
    )


def _inverted_chunks(
    tokens: Tokens, order: npt.NDArray[np.int64], stems: tuple[Numbers, Numbers], stop: npt.NDArray[np.bool_]
) -> Iterator[tuple[npt.NDArray[np.int64], Numbers, Impacts]]:
    """(stem, document, impact) of one range of documents after the other, sorted by stem and document."""
    for first in range(0, len(order), CHUNK):
        chosen = order[first : first + CHUNK]
        lengths = tokens.lengths[chosen]
        spans = (lengths + 1).astype(np.int64)  # each field ends in a 0
        words = tokens.stream[ragged(tokens.starts[chosen], spans.sum(axis=1))]
        slot = np.repeat(np.arange(len(chosen) * 4, dtype=np.int64), spans.ravel())  # document * 4 + field
        keys = [_keys(stem_of[words], slot, len(chosen), stop) for stem_of in stems]
        key = np.concatenate(keys) if len(keys[1]) else keys[0]
        key.sort()
        yield _weighed(key, field_factors(lengths).ravel(), len(chosen), first)


def _keys(
    stem: Numbers, slot: npt.NDArray[np.int64], documents: int, stop: npt.NDArray[np.bool_]
) -> npt.NDArray[np.int64]:
    kept = ~stop[stem]
    return stem[kept].astype(np.int64) * (documents * 4) + slot[kept]


def _weighed(
    key: npt.NDArray[np.int64], factors: npt.NDArray[np.float32], documents: int, first: int
) -> tuple[npt.NDArray[np.int64], Numbers, Impacts]:
    """Term frequencies from the sorted keys, then one weight for each stem and document over its fields."""
    runs = _run_starts(key)
    frequency = np.diff(np.append(runs, len(key))).astype(np.float32)
    key = key[runs]
    weight = frequency * factors[key % (documents * 4)]
    pair = key >> 2
    firsts = _run_starts(pair)
    total = np.add.reduceat(weight, firsts) if len(firsts) else weight
    is_strong = (key[firsts] & 3) != DESCRIPTION  # fields are in order: the first one is the strongest that holds it
    pair = pair[firsts]
    return pair // documents, (pair % documents + first).astype(np.uint32), impact_of(total, is_strong)


def _run_starts(values: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    if not len(values):
        return np.zeros(0, np.int64)
    return np.flatnonzero(np.concatenate([[True], values[1:] != values[:-1]]))
