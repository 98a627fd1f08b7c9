"""What is worked out of a part's columns once and asked by every query: nothing here depends on the query's words."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt

from directory.search.columns import BIT_OF, PRECISIONS, WORLDWIDE_AREAS, Columns
from directory.search.groups import GROUPS, NEAR, REMOTE, UNPLACED
from directory.search.ranking import ACCEPTING_BOOST, FRESH_BOOST, FRESH_DAYS, LEAST_MILES

TIE_STEP = 1e-9  # equals stand in a fixed order that favours nobody
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
    def least_miles(self) -> Floats:
        """How near each document can be said to be."""
        return np.array([LEAST_MILES[precision] for precision in PRECISIONS])[self.columns.precision]
