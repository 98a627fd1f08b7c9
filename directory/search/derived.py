"""What is worked out of a part's columns once and asked by every query: nothing here depends on the query's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from directory.search.columns import BIT_OF, PRECISIONS, WORLDWIDE_AREAS, Columns
from directory.search.groups import GROUPS, NEAR, REMOTE, UNPLACED
from directory.search.matching import Found, Part, documents_with_bit, find_clause, frequencies
from directory.search.postings import Numbers
from directory.search.ranking import ACCEPTING_BOOST, FRESH_BOOST, FRESH_DAYS, LEAST_MILES, LOCAL_AREA_MILES
from directory.search.synonyms import Clause

TIE_STEP = 1e-9  # equals stand in a fixed order that favours nobody
KEPT_CLAUSES, KEPT_CLAUSE_BYTES = 1_024, 1 << 24  # what people look for again: "food" with its synonyms
KEPT_PLACES = 64  # places whose areas are kept: people of a county ask from few ZIPs

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]
Groups = npt.NDArray[np.uint8]


@dataclass
class Derived:
    """Facts of a part's documents at rest. Threads may share it: a race only works them out twice."""

    columns: Columns
    _priors: dict[int, Floats] = field(default_factory=dict)
    _served: dict[tuple[str, ...], tuple[Mask, Groups]] = field(default_factory=dict)
    _clauses: dict[tuple[int, bool, bool], tuple[Clause, Found]] = field(default_factory=dict)
    _clause_bytes: int = 0
    _frequencies: dict[int, tuple[Clause, tuple[int, ...]]] = field(default_factory=dict)
    _needs: dict[str, Numbers] = field(default_factory=dict)

    def prior(self, day: int) -> Floats:
        """What multiplies the score of each document on a day, whatever is asked: 1 and its small boosts."""
        prior = self._priors.get(day)
        if prior is None:
            columns = self.columns
            bit = BIT_OF["yes:accepting_now"]
            accepting = (columns.bits[:, bit // 64] >> np.uint64(bit % 64)) & np.uint64(1)
            prior = 1 + ACCEPTING_BOOST * accepting + FRESH_BOOST * (columns.verified >= day - FRESH_DAYS)
            prior = prior * (1 - TIE_STEP * columns.tie)
            self._priors.clear()
            self._priors[day] = prior
        return prior

    def served(self, area_codes: tuple[str, ...]) -> tuple[Mask, Groups]:
        """Which documents of the tail serve a place as their own area, and the group of each without its point."""
        found = self._served.get(area_codes)
        if found is None:
            columns = self.columns
            locally, reach = np.zeros(columns.count - columns.tail, np.bool_), self.reach_from_anywhere.copy()
            # Nearer areas last, so that they win.
            for code in sorted(area_codes, key=lambda code: not code.startswith(WORLDWIDE_AREAS)):
                served = columns.areas.documents(code) - columns.tail
                if code.startswith(WORLDWIDE_AREAS):
                    reach[served] = REMOTE
                else:
                    locally[served], reach[served] = True, NEAR
            if len(self._served) >= KEPT_PLACES:
                self._served.clear()
            found = self._served[area_codes] = locally, reach
        return found

    def found(self, part: Part, clause: Clause, *, anywhere: bool, named_only: bool = False) -> Found:
        """The documents of a clause, kept for the next one who looks for it: they change only with the part.

        By the clause itself: what was typed before comes as the same object, and comparing forty synonyms takes long.
        """
        key = (id(clause), anywhere, named_only)
        kept = self._clauses.get(key)
        if kept is not None and kept[0] is clause:
            return kept[1]
        found = find_clause(part, clause, anywhere=anywhere)
        if len(self._clauses) >= KEPT_CLAUSES or self._clause_bytes + found.own_bytes > KEPT_CLAUSE_BYTES:
            self._clauses.clear()
            self._clause_bytes = 0
        self._clauses[key] = clause, found
        self._clause_bytes += found.own_bytes
        return found

    def frequencies(self, part: Part, clause: Clause) -> tuple[int, ...]:
        """How many documents hold each alternative of a clause, kept like `found`."""
        kept = self._frequencies.get(id(clause))
        if kept is None or kept[0] is not clause:
            if len(self._frequencies) >= KEPT_CLAUSES:
                self._frequencies.clear()
            kept = self._frequencies[id(clause)] = clause, frequencies(part, clause)
        return kept[1]

    def of_need(self, code: str) -> Numbers:
        """The documents of a need, ascending."""
        found = self._needs.get(code)
        if found is None:
            found = documents_with_bit(self.columns, f"need:{code}")
            if len(found):  # of a code that nobody knows nothing is kept: there is no end to those
                self._needs[code] = found
        return found

    @cached_property
    def is_public(self) -> bool:
        """Whether everybody may see every document."""
        return not self.columns.visibility.any()

    @cached_property
    def has_doubles(self) -> bool:
        """Whether some service is at several places."""
        return bool(self.columns.is_multiple.any())

    @cached_property
    def reach_from_anywhere(self) -> Groups:
        """The group of each document of the tail, whatever place is asked: help by phone or video that names no area is
        there for everybody, what names neither place nor area is unplaced, all else is out of reach."""
        columns = self.columns
        remote = columns.is_remote[columns.tail :].copy()
        remote[columns.areas.document - columns.tail] = False
        reach = np.where(remote, np.uint8(REMOTE), np.uint8(len(GROUPS)))
        reach[columns.placeless[columns.tail :]] = UNPLACED
        return reach

    @cached_property
    def vectors(self) -> Floats:
        """The points on the unit sphere: three rows, so that a query takes from all at once."""
        return np.stack([self.columns.x, self.columns.y, self.columns.z])

    @cached_property
    def shared(self) -> tuple[npt.NDArray[np.int32], int]:
        """For each document of a service at several places the number of that service among such, and how many."""
        columns = self.columns
        services = columns.service[columns.is_multiple]
        numbers = np.full(columns.service_count, -1, np.int32)
        several = np.unique(services)
        numbers[several] = np.arange(len(several), dtype=np.int32)
        return numbers.take(columns.service), len(several)

    @cached_property
    def least_miles(self) -> Floats:
        """How near each document can be said to be; one without a point is where `LOCAL_AREA_MILES` says."""
        least = np.array([LEAST_MILES[precision] for precision in PRECISIONS])[self.columns.precision]
        return np.where(np.isnan(self.columns.lat), LOCAL_AREA_MILES, least)
