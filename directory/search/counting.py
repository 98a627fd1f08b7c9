"""The counts behind each filter: how many services of an answer are of each kind.

A service at several fitting places counts once for everything that any of those places offers.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import itemgetter

import numpy as np
import numpy.typing as npt

from directory.facets import QUESTION_CODES
from directory.search.columns import BIT_NAMES, BIT_OF, BIT_WORDS, Columns
from directory.search.query import Facets

MOST_TERMS = 200  # kinds of help counted on a page
BITMAP_SHARE = 8  # from this share of all documents on, counting whole bitmaps is cheaper than reading rows
ROWS_TOGETHER = 16  # rows added as one long row: the adding itself then outweighs beginning it
MOST_IN_A_BYTE = 255

Mask = npt.NDArray[np.bool_]
Counted = npt.NDArray[np.int64]
Places = npt.NDArray[np.int64]

_FIRST = np.zeros(1, np.int64)
_COUNT = itemgetter(1)


@dataclass(frozen=True, slots=True)
class Counts:
    """What one part counted: by bit, by term number, by open state, and all."""

    bits: Counted
    terms: Counted
    states: Counted
    total: int


@dataclass(frozen=True, slots=True)
class Sites:
    """Matches that share services: `shown` are the places of all that stand for a service; `others` those of the rest,
    and `leads` beside them those of the ones that stand for the same service."""

    shown: Places
    others: Places
    leads: Places


def count_answer(
    columns: Columns, documents: Places, answered: Mask | None, sites: Sites | None, states: npt.NDArray[np.uint8]
) -> Counts:
    """Count the services that are answered (None: all). Kinds of help are a service's own at all its places."""
    shown = None if sites is None else sites.shown
    if answered is not None:
        shown = np.flatnonzero(answered) if shown is None else shown.take(np.flatnonzero(answered.take(shown)))
    extra = None
    if sites is not None:
        extra, states = _more_elsewhere(columns, documents, answered, sites, states)
    if shown is not None:
        documents, states = documents.take(shown), states.take(shown)
    bit_counts = _bit_counts(columns, documents)
    if extra is not None:
        bit_counts = bit_counts + _row_counts(extra)
    by_state = np.array([np.count_nonzero(states == state) for state in range(3)])
    return Counts(bit_counts, _term_counts(columns, documents), by_state, len(documents))


def _more_elsewhere(
    columns: Columns, documents: Places, answered: Mask | None, sites: Sites, states: npt.NDArray[np.uint8]
) -> tuple[npt.NDArray[np.uint64] | None, npt.NDArray[np.uint8]]:
    """What the shown place of a service lacks and another fitting one has: bits (a language), being open."""
    others, leads = sites.others, sites.leads
    if answered is not None:
        fits = answered.take(others)
        if not fits.all():
            others, leads = others[fits], leads[fits]
    state = states.take(others)
    better = (state > states.take(leads)).nonzero()[0]
    if len(better):
        states = states.copy()
        np.maximum.at(states, leads.take(better), state.take(better))
    more = columns.bits.take(documents.take(others), axis=0) & ~columns.bits.take(documents.take(leads), axis=0)
    rows = np.bitwise_or.reduce(more.T, axis=0).nonzero()[0]  # `any` along such short rows takes several times as long
    if not len(rows):
        return None, states
    owner = leads.take(rows)
    order = owner.argsort(kind="stable")
    owner, more = owner.take(order), more.take(rows.take(order), axis=0)
    starts = np.concatenate([_FIRST, (owner[1:] != owner[:-1]).nonzero()[0] + 1])
    return np.bitwise_or.reduceat(more, starts, axis=0), states


def facets_of(counts: Sequence[Counts], columns: Sequence[Columns]) -> Facets:
    """The counts of all parts together, most first."""
    if not counts:
        return Facets()
    bits = counts[0].bits if len(counts) == 1 else np.sum([count.bits for count in counts], axis=0)
    states = (
        counts[0].states.tolist() if len(counts) == 1 else np.sum([count.states for count in counts], axis=0).tolist()
    )
    total, values = sum([count.total for count in counts]), bits.tolist()
    return Facets(
        need=_most_first([(code, values[bit]) for code, bit in _NEED_BITS if values[bit]]),
        term=_term_totals(counts, columns),
        language=_most_first([(code, values[bit]) for code, bit in _LANGUAGE_BITS if values[bit]]),
        question={
            code: (values[yes], values[no], total - values[yes] - values[no]) for code, yes, no in _QUESTION_BITS
        },
        open=(states[2], states[1], states[0]),
    )


def _term_totals(counts: Sequence[Counts], columns: Sequence[Columns]) -> tuple[tuple[str, int], ...]:
    if len(counts) == 1:
        terms = counts[0].terms
        held = terms.nonzero()[0]
        held = held.take((-terms.take(held)).argsort(kind="stable")[:MOST_TERMS])
        names = columns[0].term_names
        return tuple(zip([names[term] for term in held.tolist()], terms.take(held).tolist(), strict=True))
    totals: dict[str, int] = {}
    for count, column in zip(counts, columns, strict=True):
        held = count.terms.nonzero()[0]
        for term, n in zip(held.tolist(), count.terms.take(held).tolist(), strict=True):
            name = column.term_names[term]
            totals[name] = totals.get(name, 0) + n
    return _most_first(sorted(totals.items()))[:MOST_TERMS]


def _most_first(values: list[tuple[str, int]]) -> tuple[tuple[str, int], ...]:
    """Most first; `values` come by code, and equals stay so."""
    return tuple(sorted(values, key=_COUNT, reverse=True))


def _bit_counts(columns: Columns, documents: Places) -> Counted:
    if columns.bitmap is None or len(documents) * BITMAP_SHARE < columns.count:
        return _row_counts(columns.bits.take(documents, axis=0))
    mask = np.zeros(columns.bitmap.shape[1] * 64, np.bool_)
    mask[documents] = True
    packed = np.packbits(mask, bitorder="little").view(np.uint64)
    held = packed.nonzero()[0]
    if len(held) * 2 < len(packed):  # a radius: most words are empty
        return _summed(np.bitwise_count(columns.bitmap.take(held, axis=1) & packed.take(held)))
    return _summed(np.bitwise_count(columns.bitmap & packed))


def _summed(counts: npt.NDArray[np.uint8]) -> Counted:
    """The sums of the rows of bit counts. Three of them fit a byte, and bytes add up far faster than they widen."""
    third = counts.shape[1] // 3
    first = counts[:, :third]
    first += counts[:, third : 2 * third]
    first += counts[:, 2 * third : 3 * third]
    return np.asarray(first.sum(axis=1, dtype=np.int64) + counts[:, 3 * third :].sum(axis=1, dtype=np.int64))


def _row_counts(rows: npt.NDArray[np.uint64]) -> Counted:
    """How many rows have each bit: rows of bytes 0 and 1 added up as bytes, as many as cannot overflow."""
    bits = np.unpackbits(np.ascontiguousarray(rows).view(np.uint8).reshape(-1), bitorder="little")
    width = BIT_WORDS * 64
    many = len(bits) // (ROWS_TOGETHER * width)
    together = bits[: many * ROWS_TOGETHER * width].reshape(many, ROWS_TOGETHER * width)
    rest = bits[many * ROWS_TOGETHER * width :].reshape(-1, width)
    counts = np.add.reduce(rest, axis=0, dtype=np.uint8).astype(np.int64)
    for start in range(0, many, MOST_IN_A_BYTE):
        part = np.add.reduce(together[start : start + MOST_IN_A_BYTE], axis=0, dtype=np.uint8)
        counts += part.reshape(ROWS_TOGETHER, width).sum(axis=0, dtype=np.int64)
    return np.asarray(counts[: len(BIT_NAMES)])


def _term_counts(columns: Columns, documents: Places) -> Counted:
    size = len(columns.term_names) + 1
    counts = np.bincount(columns.terms.take(documents, axis=0).ravel(), minlength=size)[1:size]
    if len(columns.extra_term) and len(documents):
        held = np.zeros(columns.count, np.bool_)
        held[documents] = True
        counts = counts + np.bincount(columns.extra_term[held.take(columns.extra_term_document)], minlength=size - 1)
    return np.asarray(counts)


def _bits_named(kind: str) -> tuple[tuple[str, int], ...]:
    return tuple(sorted((name.partition(":")[2], bit) for name, bit in BIT_OF.items() if name.startswith(f"{kind}:")))


_NEED_BITS, _LANGUAGE_BITS = _bits_named("need"), _bits_named("language")
_QUESTION_BITS = tuple((code, BIT_OF[f"yes:{code}"], BIT_OF[f"no:{code}"]) for code in QUESTION_CODES)
