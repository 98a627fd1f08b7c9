"""Open, closed or unknown for many documents at one moment; the label on a card comes from the same rows.

Minutes of the week are compared as arrays, once a minute; other rows are asked one by one through
`directory.hours.status`, and its answer is kept for as long as it says that it holds.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt

from directory.hours import status, week_minute
from directory.search.columns import OTHER_HOURS, WEEKLY_HOURS, Columns, schedule_of

UNKNOWN, CLOSED, OPEN, ASK = range(4)
LONGEST_HOLD = timedelta(hours=12)  # an answer without an end is asked again after this
SHORTEST_HOLD = timedelta(minutes=1)
KEPT_MINUTES = 3  # moments whose states are kept: now, and what people ask for beside it

States = npt.NDArray[np.uint8]


@dataclass(slots=True)
class OpenStates:
    """The states of one part's documents. Threads may share it: a race only asks twice."""

    columns: Columns
    _at: dict[datetime, States] = field(default_factory=dict)
    _held: dict[int, tuple[datetime, datetime, int]] = field(default_factory=dict)

    def at(self, moment: datetime, documents: npt.NDArray[np.int64]) -> States:
        """UNKNOWN, CLOSED or OPEN for each of the documents."""
        minute = moment.astimezone(UTC).replace(second=0, microsecond=0)
        states = self._at.get(minute)
        if states is None:
            states = self._weekly_states(minute)
            for old in list(self._at)[: 1 - KEPT_MINUTES]:
                self._at.pop(old, None)
            self._at[minute] = states
        found = states.take(documents)
        unasked = found == ASK
        for place in np.flatnonzero(unasked).tolist() if unasked.any() else ():
            document = int(documents[place])
            found[place] = states[document] = self._ask(document, minute)
        return found

    def _weekly_states(self, minute: datetime) -> States:
        columns = self.columns
        states = np.zeros(columns.count, np.uint8)
        states[columns.hours_kind == WEEKLY_HOURS] = CLOSED
        states[columns.hours_kind == OTHER_HOURS] = ASK
        now = [_week_minute(minute, zone) for zone in columns.zones]
        if not now:
            return states
        if len(now) == 1:
            holds = (columns.span_start <= np.uint16(now[0])) & (np.uint16(now[0]) < columns.span_end)
        else:
            local = np.array(now, np.uint16)[columns.zone[columns.span_document]]
            holds = (columns.span_start <= local) & (local < columns.span_end)
        states[columns.span_document[holds]] = OPEN
        return states

    def _ask(self, document: int, minute: datetime) -> int:
        held = self._held.get(document)
        if held is not None and held[0] <= minute < held[1]:
            return held[2]
        rows, closing_days = schedule_of(self.columns.notes[document])
        zone = self.columns.zones[self.columns.zone[document]]
        answer = status(rows, minute, zone, closing_days)
        state = {"open": OPEN, "closed": CLOSED}.get(answer.state, UNKNOWN)
        ends = answer.until or answer.opens_next
        until = minute + LONGEST_HOLD
        if ends is not None:
            until = min(until, max(ends.astimezone(UTC), minute + SHORTEST_HOLD))
        self._held[document] = (minute, until, state)
        return state


def _week_minute(minute: datetime, zone: str) -> int:
    """Minutes since Monday 00:00 on the local clock. In the second pass of a repeated hour every time of that hour
    has been once already, so it counts as the hour's last minute; `status` reads such times alike."""
    local = week_minute(minute, zone)
    if local is not None:
        return local
    first_pass = week_minute(minute - timedelta(hours=1), zone) or 0
    return first_pass - first_pass % 60 + 59
