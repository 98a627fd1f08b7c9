"""The index as it is now: a published segment, the changes since, and what was deleted; the same in every worker.

Each worker reads the change feed before it answers (one cheap query) and applies what it has not seen, so that an edit
shows in the very next search. The database is the truth: whatever is missing, damaged or behind is made anew from it.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Protocol

import numpy as np

from directory.search.delta import Delta
from directory.search.listing import ListingDocument
from directory.search.matching import Mask
from directory.search.plan import PartView
from directory.search.postings import Numbers
from directory.search.segment import Segment, build_segment
from directory.search.store import Damaged, Position, build_lock, current_name, open_segment, publish

REBUILD_SHARE = 0.05  # search.md section 3: compact when the changes pass 5 % of the segment …
REBUILD_LEAST = 500  # … but not for a handful of them in a small directory …
REBUILD_MOST = 5_000  # … and at the latest at this many
APPLY_MOST = 2_000  # so many changes at once (an import) are a rebuild, which is faster
WINDOW = 1_000  # numbers behind the newest that may still be invisible: a transaction that has not committed
GAP_WAIT_S = 900.0  # after this a missing number belongs to a transaction that was rolled back

logger = logging.getLogger(__name__)

Progress = Callable[[int], None]


class Source(Protocol):
    """Where documents and their changes come from: the database."""

    def all_documents(self) -> Iterable[ListingDocument]:
        """Every listing, of every visibility."""

    def documents_of(self, service_ids: Sequence[str]) -> Sequence[ListingDocument]:
        """The listings of some services; none for a service that is gone."""

    def changes_from(self, floor: int) -> Sequence[tuple[int, str]]:
        """The feed's (number, service id) from `floor` on, ascending."""

    def newest_change(self) -> int:
        """The feed's highest number as a fresh connection sees it, 0 when it is empty."""


class Live:
    """One index folder as this process sees it. Safe to share between threads."""

    def __init__(self, folder: Path, source: Source, compact: Callable[[], None] | None = None) -> None:
        self._folder, self._source, self._compact = folder, source, compact
        self._lock = threading.Lock()
        self._name: str | None = None
        self._segment: Segment | None = None
        self._reset(Position(0))

    def views(self) -> tuple[PartView, ...]:
        """The parts to search, with every change that is visible now. One query when nothing changed."""
        with self._lock:
            self._refresh()
            return self._views

    def segment(self) -> Segment:
        """The current segment, for spelling and suggestions; refreshed by `views`."""
        with self._lock:
            if self._segment is None:
                self._refresh()
            assert self._segment is not None
            return self._segment

    def rebuild(self, progress: Progress | None = None) -> int:
        """Build the segment anew from the database and publish it; answers the number of documents."""
        with self._lock:
            self._rebuild(progress)
            assert self._segment is not None
            return self._segment.columns.count

    @property
    def pending(self) -> int:
        """Documents that came since the segment was built."""
        return len(self._delta)

    def _refresh(self) -> None:
        name = current_name(self._folder)
        if self._segment is None or (name != self._name and (name is not None or self._name is not None)):
            self._open(name)
        rows = self._source.changes_from(self._floor)
        if self._is_rewound(rows):
            logger.warning("The change feed went back: the search index is built anew.")
            self._rebuild(None)
            return
        fresh = [(seq, service_id) for seq, service_id in rows if seq not in self._seen]
        if not fresh:
            self._advance()
            return
        service_ids = list(dict.fromkeys(service_id for _, service_id in fresh))
        if len(service_ids) > max(APPLY_MOST, self._base_count() // 5) or not self._base_count():
            self._rebuild(None)
            return
        self._apply(service_ids)
        self._seen.update(fresh)
        self._advance()
        self._compact_when_due()

    def _open(self, name: str | None) -> None:
        """Map the published segment; build one when there is none or it is damaged."""
        for _ in range(3):
            if name is None:
                break
            try:
                segment, position = open_segment(self._folder, name)
            except Damaged as error:
                newer = current_name(self._folder)
                if newer != name:  # replaced while it was being opened
                    name = newer
                    continue
                logger.error("%s It is built anew from the database.", error)
                break
            self._take(segment, position, name)
            return
        self._rebuild(None, instead_of=name)

    def _rebuild(self, progress: Progress | None, instead_of: str | None = "") -> None:
        """Build from the database and publish. With `instead_of`, a segment that another process published meanwhile
        is taken instead. Where nothing can be written, the segment stays in memory."""
        try:
            with build_lock(self._folder):
                name = current_name(self._folder)
                if instead_of != "" and name is not None and name != instead_of:
                    try:
                        self._take(*open_segment(self._folder, name), name)
                        return
                    except Damaged as error:
                        logger.error("%s It is built anew from the database.", error)
                segment, position = self._built(progress)
                self._take(segment, position, publish(self._folder, segment, position))
        except OSError as error:
            logger.error("The search index cannot be written (%s): it stays in memory.", error)
            segment, position = self._built(progress)
            self._take(segment, position, current_name(self._folder))

    def _built(self, progress: Progress | None) -> tuple[Segment, Position]:
        floor = max(0, self._source.newest_change() - WINDOW)
        # The feed is read before the documents: what commits in between is applied again, which does no harm.
        rows = self._source.changes_from(floor)
        segment = build_segment(_reported(self._source.all_documents(), progress))
        return segment, Position(floor, tuple(rows))

    def _take(self, segment: Segment, position: Position, name: str | None) -> None:
        self._segment, self._name = segment, name
        self._reset(position)

    def _reset(self, position: Position) -> None:
        self._floor, self._seen = position.floor, dict(position.seen)
        self._missing_since: dict[int, float] = {}
        self._delta = Delta()
        self._alive: Mask | None = None
        self._delta_alive = np.zeros(0, np.bool_)
        self._order: Numbers | None = None
        self._base = PartView.of(self._segment) if self._segment else None
        self._views = self._viewed()

    def _viewed(self) -> tuple[PartView, ...]:
        if self._base is None:
            return ()
        base = replace(self._base, alive=self._alive)
        if not len(self._delta):
            return (base,)
        part = self._delta.part()
        alive = None if self._delta_alive.all() else self._delta_alive
        return (base, PartView.of(part, alive))

    def _apply(self, service_ids: Sequence[str]) -> None:
        """Replace the documents of some services. Masks are copied: readers keep theirs."""
        assert self._segment is not None
        columns = self._segment.columns
        alive = np.ones(columns.count, np.bool_) if self._alive is None else self._alive.copy()
        delta_alive = self._delta_alive.copy()
        for service_id in service_ids:
            alive[self._base_documents(service_id)] = False
            delta_alive[self._delta.numbers_of_service.pop(service_id, [])] = False
        for document in self._source.documents_of(service_ids):
            self._delta.add(document)
        self._delta_alive = np.concatenate([delta_alive, np.ones(len(self._delta) - len(delta_alive), np.bool_)])
        self._alive = None if alive.all() else alive
        self._views = self._viewed()

    def _base_documents(self, service_id: str) -> Numbers:
        assert self._segment is not None
        ids = np.asarray(self._segment.columns.service_ids)
        if self._order is None:
            self._order = np.argsort(ids, kind="stable").astype(np.uint32)
        wanted = np.array(service_id.encode() if ids.dtype.kind == "S" else service_id)
        first, last = (int(np.searchsorted(ids, wanted, side, sorter=self._order)) for side in ("left", "right"))
        return self._order[first:last]

    def _base_count(self) -> int:
        return self._segment.columns.count if self._segment is not None else 0

    def _is_rewound(self, rows: Sequence[tuple[int, str]]) -> bool:
        """Whether rows that were seen are gone or other ones now: the database was restored from a copy."""
        if any(self._seen.get(seq, service_id) != service_id for seq, service_id in rows):
            return True
        last = max(self._seen, default=0)
        if last and (not rows or rows[-1][0] < last):
            # This session may only be reading an older snapshot than another thread did.
            return self._source.newest_change() < last
        return False

    def _advance(self) -> None:
        """Move the floor over numbers that are all seen, or missing for so long that they will never come."""
        if len(self._seen) <= 1:
            return
        now = time.monotonic()
        newest = max(self._seen)
        floor = self._floor
        for seq in range(floor + 1, newest + 1):
            if seq not in self._seen:
                since = self._missing_since.setdefault(seq, now)
                if newest - seq < WINDOW and now - since < GAP_WAIT_S:
                    break
            else:
                floor = seq
        if floor != self._floor:
            self._floor = floor
            self._seen = {seq: one for seq, one in self._seen.items() if seq >= floor}
            self._missing_since = {seq: since for seq, since in self._missing_since.items() if seq > floor}

    def _compact_when_due(self) -> None:
        limit = min(REBUILD_MOST, max(REBUILD_LEAST, int(REBUILD_SHARE * self._base_count())))
        if len(self._delta) > limit and self._compact is not None:
            self._compact()


def _reported(documents: Iterable[ListingDocument], progress: Progress | None) -> Iterable[ListingDocument]:
    if progress is None:
        return documents

    def counted() -> Iterable[ListingDocument]:
        for number, document in enumerate(documents, 1):
            yield document
            if number % 500 == 0:
                progress(number)

    return counted()
