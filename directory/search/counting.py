"""The counts behind each filter: how many services of an answer are of each kind.

A service at several fitting places counts once for everything that any of those places offers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from directory.facets import QUESTION_CODES
from directory.search.columns import BIT_NAMES, BIT_OF, BIT_WORDS, Columns, codes_of
from directory.search.postings import Numbers
from directory.search.query import Facets

MOST_TERMS = 200  # kinds of help counted on a page
BITMAP_SHARE = 64  # from this share of all documents on, counting whole bitmaps is cheaper than reading rows

Mask = npt.NDArray[np.bool_]
Counted = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Counts:
    """What one part counted: by bit, by term number, by open state, and all."""

    bits: Counted
    terms: Counted
    states: Counted
    total: int


def count_answer(
    columns: Columns, documents: Numbers, answered: Mask, single: npt.NDArray[np.int64] | None,
    states: npt.NDArray[np.uint8],
) -> Counts:  # fmt: skip
    """Count the answered documents; `single` are the ones that stand for a service (None: every one)."""
    if not answered.all():
        kept = np.flatnonzero(answered)
        documents, states = documents[kept], states[kept]
    if single is None:
        return Counts(
            _bit_counts(columns, documents), _term_counts(columns, documents), np.bincount(states, minlength=3)[:3],
            len(documents),
        )  # fmt: skip
    doubled = columns.is_multiple[documents]
    alone, several = documents[~doubled], documents[doubled]
    service = columns.service[several]
    order = np.argsort(service, kind="stable")
    several, service = several[order], service[order]
    starts = np.flatnonzero(np.concatenate([[True], service[1:] != service[:-1]])) if len(service) else order[:0]
    merged = np.bitwise_or.reduceat(columns.bits[several], starts, axis=0) if len(starts) else columns.bits[:0]
    best_state = np.maximum.reduceat(states[doubled][order], starts) if len(starts) else states[:0]
    return Counts(
        _bit_counts(columns, alone) + _row_counts(merged),
        _term_counts(columns, alone) + _merged_term_counts(columns, several),
        np.bincount(states[~doubled], minlength=3)[:3] + np.bincount(best_state, minlength=3)[:3],
        len(alone) + len(starts),
    )


def facets_of(counts: Sequence[Counts], columns: Sequence[Columns]) -> Facets:
    """The counts of all parts together, most first."""
    if not counts:
        return Facets()
    bits = counts[0].bits if len(counts) == 1 else np.sum([count.bits for count in counts], axis=0)
    states = np.sum([count.states for count in counts], axis=0).tolist()
    total = sum(count.total for count in counts)
    values = bits.tolist()
    question = {}
    for code, yes_bit, no_bit in _QUESTION_BITS:
        yes, no = values[yes_bit], values[no_bit]
        question[code] = (yes, no, max(0, total - yes - no))
    return Facets(
        need=_most_first(codes_of("need", values)),
        term=_most_first(_term_totals(counts, columns))[:MOST_TERMS],
        language=_most_first(codes_of("language", values)),
        question=question,
        open=(states[2], states[1], states[0]),
    )


def _term_totals(counts: Sequence[Counts], columns: Sequence[Columns]) -> list[tuple[str, int]]:
    totals: dict[str, int] = {}
    for count, column in zip(counts, columns, strict=True):
        held = np.flatnonzero(count.terms)
        if len(held) > MOST_TERMS and len(counts) == 1:
            most = np.argpartition(-count.terms[held], MOST_TERMS)[:MOST_TERMS]
            held = held[most]
        names = column.term_names
        for number, value in zip(held.tolist(), count.terms[held].tolist(), strict=True):
            totals[names[number]] = totals.get(names[number], 0) + value
    return list(totals.items())


def _most_first(values: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    return tuple(sorted(values, key=lambda value: (-value[1], value[0])))


def _bit_counts(columns: Columns, documents: Numbers) -> Counted:
    if columns.bitmap is None or len(documents) * BITMAP_SHARE < columns.count:
        return _row_counts(columns.bits[documents])
    first, last = int(documents[0]) // 64, int(documents[-1]) // 64 + 1
    mask = np.zeros((last - first) * 64, np.bool_)
    mask[documents - np.uint32(first * 64)] = True
    packed = np.packbits(mask, bitorder="little").view(np.uint64)
    return np.asarray(np.bitwise_count(columns.bitmap[:, first:last] & packed).sum(axis=1, dtype=np.int64))


def _row_counts(rows: npt.NDArray[np.uint64]) -> Counted:
    if not len(rows):
        return np.zeros(len(BIT_NAMES), np.int64)
    bits = np.unpackbits(
        np.ascontiguousarray(rows).view(np.uint8).reshape(-1, BIT_WORDS * 8), axis=1, bitorder="little"
    )
    return np.asarray(bits.sum(axis=0, dtype=np.int64)[: len(BIT_NAMES)])


def _term_counts(columns: Columns, documents: Numbers) -> Counted:
    size = len(columns.term_names) + 1
    counts = np.bincount(columns.terms[documents].ravel(), minlength=size)[1:size]
    if len(columns.extra_term) and len(documents):
        held = np.zeros(columns.count, np.bool_)
        held[documents] = True
        counts = counts + np.bincount(columns.extra_term[held[columns.extra_term_document]], minlength=size - 1)
    return np.asarray(counts)


def _merged_term_counts(columns: Columns, documents: Numbers) -> Counted:
    """Terms of services at several places, each service once for each of its terms."""
    size = len(columns.term_names)
    rows = columns.terms[documents]
    service, term = np.repeat(columns.service[documents], rows.shape[1]), rows.ravel()
    if len(columns.extra_term) and len(documents):
        held = np.zeros(columns.count, np.bool_)
        held[documents] = True
        more = held[columns.extra_term_document]
        service = np.concatenate([service, columns.service[columns.extra_term_document[more]]])
        term = np.concatenate([term, columns.extra_term[more] + 1])
    pairs = np.unique(service[term > 0].astype(np.int64) * (size + 1) + term[term > 0])
    return np.asarray(np.bincount(pairs % (size + 1), minlength=size + 1)[1:])


_QUESTION_BITS = tuple((code, BIT_OF[f"yes:{code}"], BIT_OF[f"no:{code}"]) for code in QUESTION_CODES)
