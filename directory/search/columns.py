"""What filters, distances and counts read of each document: numpy columns, one value a document, and their collector.

Columns know no words (see `postings.py`) and no query (see `engine.py`).
"""

from __future__ import annotations

import json
import math
import zlib
from array import array
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, time
from functools import lru_cache
from typing import Any

import numpy as np
import numpy.typing as npt

from directory.facets import LANGUAGES, QUESTION_CODES, Answer, Precision
from directory.hours import ScheduleRow
from directory.needs import all_needs
from directory.search.listing import ListingDocument

BAND_DEG = 0.15  # height of a latitude band: a radius is then a few runs of documents
FIXED_TERMS = 3  # most listings carry at most three kinds of help; the rest stands in a list beside
WORLDWIDE_AREAS = ("country:", "state:")  # areas this wide are served from afar: no local group
PRECISIONS = tuple(Precision)
UNKNOWN_HOURS, WEEKLY_HOURS, OTHER_HOURS = range(3)
NO_AGE = (-1.0, 1000.0)

BIT_NAMES: tuple[str, ...] = (
    *(f"need:{need.code}" for need in all_needs()),
    *(f"language:{code}" for code in LANGUAGES),
    *(f"yes:{code}" for code in QUESTION_CODES),
    *(f"no:{code}" for code in QUESTION_CODES),
)
BIT_WORDS = -(-len(BIT_NAMES) // 64)
BIT_OF = {name: number for number, name in enumerate(BIT_NAMES)}

Floats = npt.NDArray[np.float64]
Documents = npt.NDArray[np.uint32]


@dataclass(frozen=True, slots=True)
class Labels:
    """Which documents carry a label (an area, a kind of help): lists in ascending order."""

    names: Mapping[str, int]
    label: npt.NDArray[np.uint32]
    document: Documents
    bounds: npt.NDArray[np.int64] | None

    def documents(self, name: str) -> Documents:
        """The documents with the label; none for an unknown one."""
        number = self.names.get(name)
        if number is None:
            return self.document[:0]
        if self.bounds is None:
            return self.document[self.label == number]
        return self.document[self.bounds[number] : self.bounds[number + 1]]


@dataclass(frozen=True, slots=True)
class Columns:
    """All columns of a segment or of the changes since it. Documents from `tail` on are reached by area or from afar
    too; the ones before it by their point alone, in bands of latitude and by longitude inside one."""

    count: int
    tail: int
    service_count: int
    first_band: int
    band_starts: npt.NDArray[np.int64]
    lat: Floats
    lng: Floats
    x: Floats
    y: Floats
    z: Floats
    bits: npt.NDArray[np.uint64]
    bitmap: npt.NDArray[np.uint64] | None
    service: npt.NDArray[np.uint32]
    is_multiple: npt.NDArray[np.bool_]
    visibility: npt.NDArray[np.uint8]
    precision: npt.NDArray[np.uint8]
    placeless: npt.NDArray[np.bool_]
    is_remote: npt.NDArray[np.bool_]
    verified: npt.NDArray[np.int32]
    minimum_age: npt.NDArray[np.float32]
    maximum_age: npt.NDArray[np.float32]
    zone: npt.NDArray[np.uint8]
    hours_kind: npt.NDArray[np.uint8]
    span_document: Documents
    span_start: npt.NDArray[np.uint16]
    span_end: npt.NDArray[np.uint16]
    terms: npt.NDArray[np.uint16] | npt.NDArray[np.uint32]
    extra_term: npt.NDArray[np.uint32]
    extra_term_document: Documents
    term_labels: Labels
    areas: Labels
    tie: npt.NDArray[np.uint16]
    zones: tuple[str, ...]
    term_names: Sequence[str]
    listing_ids: Sequence[Any]
    service_ids: Sequence[Any]
    location_ids: Sequence[Any]
    notes: Sequence[bytes]

    def bits_of_document(self, document: int) -> int:
        """All bits of one document."""
        return sum(int(word) << (64 * number) for number, word in enumerate(self.bits[document].tolist()))

    def have_service(self, documents: npt.NDArray[np.int64], service_ids: Sequence[str]) -> npt.NDArray[np.bool_]:
        """Which of some documents are of one of a few services."""
        ids: Any = self.service_ids
        if isinstance(ids, np.ndarray):
            return np.isin(ids.take(documents), np.array([one.encode() for one in service_ids]))
        wanted = set(service_ids)
        return np.array([ids[document] in wanted for document in documents.tolist()], np.bool_)

    def ids_of(self, documents: npt.NDArray[np.int64]) -> tuple[list[str], list[str], list[str]]:
        """Listing, service and location ids of some documents; an empty one for no location."""
        return (
            _texts(self.listing_ids, documents),
            _texts(self.service_ids, documents),
            _texts(self.location_ids, documents),
        )


def _texts(values: Any, documents: npt.NDArray[np.int64]) -> list[str]:
    if isinstance(values, np.ndarray):
        return [value.decode() for value in values.take(documents).tolist()]
    return [values[document] for document in documents.tolist()]


@lru_cache(maxsize=65_536)
def bits_of(kind: str, codes: tuple[str, ...]) -> int:
    """The bits of some codes of one kind ("need", "language", "yes", "no"); unknown codes have none."""
    bits = 0
    for code in codes:
        number = BIT_OF.get(f"{kind}:{code}")
        if number is not None:
            bits |= 1 << number
    return bits


def mask_words(bits: int) -> list[tuple[int, int]]:
    """The non-empty 64-bit words of a mask as (word number, mask)."""
    return [(w, m) for w in range(BIT_WORDS) if (m := bits >> (64 * w) & (1 << 64) - 1)]


def note_of(document: ListingDocument) -> bytes:
    """What only shown documents need, as JSON: irregular hours. Empty when none."""
    note: dict[str, Any] = {}
    if document.weekly is None or document.closing_days:
        note["schedule"] = [
            {name: value.isoformat() if isinstance(value, date | time) else value for name, value in asdict(row).items()
             if value not in (None, False)}
            for row in document.schedule
        ]  # fmt: skip
        note["closing_days"] = [day.isoformat() for day in document.closing_days]
    return json.dumps(note, ensure_ascii=False).encode() if any(note.values()) else b""


def schedule_of(note: bytes) -> tuple[tuple[ScheduleRow, ...], tuple[date, ...]]:
    """The schedule rows and closing days that `note_of` wrote."""
    values = json.loads(note) if note else {}
    rows = tuple(ScheduleRow(**{name: _read(name, value) for name, value in row.items()})
                 for row in values.get("schedule", ()))  # fmt: skip
    return rows, tuple(date.fromisoformat(day) for day in values.get("closing_days", ()))


def hours_kind_of(document: ListingDocument) -> int:
    """How the open hours of a document are told: not at all, by minutes of the week, or by its schedule rows."""
    if document.weekly and not document.closing_days:
        return WEEKLY_HOURS
    return OTHER_HOURS if document.schedule else UNKNOWN_HOURS


def unit_vector(lat_deg: float, lng_deg: float) -> tuple[float, float, float]:
    """The point on the unit sphere: the squared chord between two such points orders and bounds distances exactly."""
    lat, lng = math.radians(lat_deg), math.radians(lng_deg)
    return math.cos(lat) * math.cos(lng), math.cos(lat) * math.sin(lng), math.sin(lat)


class Collector:
    """Takes documents one by one and gives their columns; the same for a segment and for the changes since it."""

    def __init__(self) -> None:
        self.listing_ids: list[str] = []
        self.service_ids: list[str] = []
        self.location_ids: list[str] = []
        self.notes: list[bytes] = []
        self._services: dict[str, int] = {}
        self._zones: dict[str, int] = {}
        self._term_names: dict[str, int] = {}
        self._area_names: dict[str, int] = {}
        self._columns: dict[str, array[Any]] = {name: array(kind) for name, kind in _KINDS.items()}
        self._spans = {name: array(kind) for name, kind in (("document", "I"), ("start", "H"), ("end", "H"))}
        self._terms, self._areas = (array("I"), array("I")), (array("I"), array("I"))
        self._bits = array("Q")

    def __len__(self) -> int:
        return len(self.listing_ids)

    def add(self, document: ListingDocument) -> int:
        """Take one document; answers its number."""
        number = len(self.listing_ids)
        self.listing_ids.append(document.listing_id)
        self.service_ids.append(document.service_id)
        self.location_ids.append(document.location_id or "")
        self.notes.append(note_of(document) if document.weekly is None or document.closing_days else b"")
        self._add_place(document)
        self._add_facts(document)
        for name in dict.fromkeys(document.term_ids):
            self._terms[0].append(self._term_names.setdefault(name, len(self._term_names)))
            self._terms[1].append(number)
        for name in dict.fromkeys(document.areas):
            self._areas[0].append(self._area_names.setdefault(name, len(self._area_names)))
            self._areas[1].append(number)
        if hours_kind_of(document) == WEEKLY_HOURS:
            for start, end in document.weekly or ():
                self._spans["document"].append(number)
                self._spans["start"].append(start)
                self._spans["end"].append(end)
        return number

    def _add_place(self, document: ListingDocument) -> None:
        put, point = self._columns, document.point
        lat, lng = (point.lat_deg, point.lng_deg) if point else (math.nan, math.nan)
        x, y, z = unit_vector(lat, lng) if point else (math.nan, math.nan, math.nan)
        put["lat"].append(lat)
        put["lng"].append(lng)
        put["x"].append(x)
        put["y"].append(y)
        put["z"].append(z)
        put["precision"].append(_PRECISION_NUMBERS.get(document.precision, len(PRECISIONS) - 1))
        put["is_remote"].append(document.is_remote)
        put["placeless"].append(point is None and not document.areas and not document.is_remote)
        put["reach"].append(point is None or bool(document.areas) or document.is_remote)

    def _add_facts(self, document: ListingDocument) -> None:
        put = self._columns
        bits = bits_of("need", document.needs) | bits_of("language", document.languages)
        for code, answer in document.answers.items():
            bits |= _ANSWER_BITS.get((code, answer), 0)
        for word in range(BIT_WORDS):
            self._bits.append(bits >> (64 * word) & (1 << 64) - 1)
        put["service"].append(self._services.setdefault(document.service_id, len(self._services)))
        put["visibility"].append(document.visibility)
        put["verified"].append(document.verified_on.toordinal() if document.verified_on else 0)
        put["minimum_age"].append(NO_AGE[0] if document.minimum_age is None else document.minimum_age)
        put["maximum_age"].append(NO_AGE[1] if document.maximum_age is None else document.maximum_age)
        put["tie"].append(zlib.crc32(document.service_id.encode()) & 0xFFFF)
        put["zone"].append(self._zones.setdefault(document.zone, len(self._zones)) & 255)
        put["hours_kind"].append(hours_kind_of(document))

    def arrays(self) -> dict[str, npt.NDArray[Any]]:
        """Plain columns by name, in the order of coming."""
        kinds = {"visibility": np.uint8, "precision": np.uint8, "zone": np.uint8, "hours_kind": np.uint8}
        found: dict[str, npt.NDArray[Any]] = {}
        for name, values in self._columns.items():
            column = np.array(values)
            if name in ("is_remote", "placeless", "reach"):
                column = column.astype(np.bool_)
            found[name] = column.astype(kinds.get(name, column.dtype), copy=False)
        found["bits"] = np.array(self._bits, np.uint64).reshape(-1, BIT_WORDS)
        counts = np.bincount(found["service"], minlength=1)
        found["is_multiple"] = counts[found["service"]] > 1
        return found

    def in_order(self) -> Columns:
        """The columns as they came, without bands and bitmaps: for the changes since a segment."""
        return self._columns_of(np.arange(len(self), dtype=np.int64), self.arrays(), tail=0)

    def sorted(self) -> tuple[Columns, npt.NDArray[np.int64]]:
        """The columns in band order, and which document each one was."""
        arrays = self.arrays()
        band = np.floor(np.nan_to_num(arrays["lat"], nan=91.0) / BAND_DEG).astype(np.int64)
        order = np.lexsort((arrays["lng"], band, arrays["reach"]))
        return self._columns_of(order, arrays, tail=int((~arrays["reach"]).sum()), band=band[order]), order

    def _columns_of(
        self, order: npt.NDArray[np.int64], arrays: dict[str, npt.NDArray[Any]], tail: int,
        band: npt.NDArray[np.int64] | None = None,
    ) -> Columns:  # fmt: skip
        arrays = {name: values[order] for name, values in arrays.items() if name != "reach"}
        first, starts = _bands(band[:tail] if band is not None else np.zeros(0, np.int64))
        number_of = np.empty(len(order), np.uint32)
        number_of[order] = np.arange(len(order), dtype=np.uint32)
        is_base = band is not None
        terms = _labels(self._term_names, self._terms, number_of, sort=is_base)
        fixed, extra, extra_document = _fixed_terms(len(order), terms)
        span_document = number_of[np.array(self._spans["document"], np.int64)]
        return Columns(
            count=len(order), tail=tail,
            service_count=len(self._services), first_band=first, band_starts=starts,
            bitmap=bitmap_of(arrays["bits"]) if is_base else None,
            span_document=span_document, span_start=np.array(self._spans["start"], np.uint16),
            span_end=np.array(self._spans["end"], np.uint16),
            terms=fixed, extra_term=extra, extra_term_document=extra_document, term_labels=terms,
            areas=_labels(self._area_names, self._areas, number_of, sort=is_base),
            zones=tuple(self._zones), term_names=list(self._term_names),
            listing_ids=_reordered(self.listing_ids, order, is_base),
            service_ids=_reordered(self.service_ids, order, is_base),
            location_ids=_reordered(self.location_ids, order, is_base),
            notes=_reordered(self.notes, order, is_base), **arrays,
        )  # fmt: skip


def bitmap_of(bits: npt.NDArray[np.uint64]) -> npt.NDArray[np.uint64]:
    """The bit columns turned: one row of packed documents for each bit, so that counting is AND and popcount."""
    padded = -(-len(bits) // 64) * 64
    rows = np.zeros((len(BIT_NAMES), padded // 64), np.uint64)
    for bit in range(len(BIT_NAMES)):
        column = np.zeros(padded, np.uint8)
        column[: len(bits)] = (bits[:, bit // 64] >> np.uint64(bit % 64)) & np.uint64(1)
        rows[bit] = np.packbits(column, bitorder="little").view(np.uint64)
    return rows


def _bands(band: npt.NDArray[np.int64]) -> tuple[int, npt.NDArray[np.int64]]:
    if not len(band):
        return 0, np.zeros(1, np.int64)
    first, last = int(band[0]), int(band[-1])
    return first, np.searchsorted(band, np.arange(first, last + 2)).astype(np.int64)


def _labels(names: dict[str, int], pairs: tuple[array[int], array[int]], number_of: Documents, *, sort: bool) -> Labels:
    label, document = np.array(pairs[0], np.uint32), number_of[np.array(pairs[1], np.int64)]
    if not sort:
        return Labels(dict(names), label, document, None)
    order = np.lexsort((document, label))
    label, document = label[order], document[order]
    return Labels(dict(names), label, document, np.searchsorted(label, np.arange(len(names) + 1)).astype(np.int64))


def _fixed_terms(count: int, terms: Labels) -> tuple[Documents, Documents, Documents]:
    """Up to three term numbers (plus 1; 0 is none) a document side by side, and the pairs beyond."""
    fixed = np.zeros((count, FIXED_TERMS), np.uint16 if len(terms.names) < 65_535 else np.uint32)
    order = np.argsort(terms.document, kind="stable")
    document, label = terms.document[order], terms.label[order]
    firsts = np.searchsorted(document, document, "left")
    rank = np.arange(len(document)) - firsts
    inside = rank < FIXED_TERMS
    fixed[document[inside], rank[inside]] = label[inside] + 1
    return fixed, label[~inside], document[~inside]


def _reordered(values: Sequence[Any], order: npt.NDArray[np.int64], is_base: bool) -> Sequence[Any]:
    return [values[number] for number in order.tolist()] if is_base else list(values)


def _read(name: str, value: Any) -> Any:
    if name in _DATE_FIELDS:
        return date.fromisoformat(value)
    return time.fromisoformat(value) if name in ("opens_at", "closes_at") else value


_ANSWER_BITS = {
    (code, int(answer)): 1 << BIT_OF[f"{kind}:{code}"]
    for code in QUESTION_CODES
    for kind, answer in (("yes", Answer.YES), ("no", Answer.NO))
}
_DATE_FIELDS = ("dtstart", "until", "valid_from", "valid_to")
_PRECISION_NUMBERS = {precision.value: number for number, precision in enumerate(PRECISIONS)}
_KINDS = {
    "lat": "d", "lng": "d", "x": "d", "y": "d", "z": "d", "precision": "B", "is_remote": "B", "placeless": "B",
    "reach": "B", "service": "I", "visibility": "B", "verified": "i", "minimum_age": "f", "maximum_age": "f",
    "zone": "B", "hours_kind": "B", "tie": "H",
}  # fmt: skip
