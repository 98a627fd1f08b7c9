"""Makes the results of one page from the documents that the engine chose: distance, open or not, and the reasons."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.geo import EARTH_RADIUS_M
from directory.facets import Visibility
from directory.search.columns import BIT_OF, PRECISIONS, agreement_of
from directory.search.query import SearchItem
from directory.search.ranking import SHOWN_PRECISIONS, ResultFacts, reasons_of

if TYPE_CHECKING:
    from directory.search.engine import Matches, PartView, Plan

GROUPS = ("near", "remote", "not_stated", "unplaced")
NEAR, REMOTE, NOT_STATED, UNPLACED = range(4)
IS_OPEN = (None, False, True)  # by open state
ACCEPTING = BIT_OF["yes:accepting_now"]


def items_of(view: PartView, plan: Plan, matches: Matches, places: npt.NDArray[np.int64]) -> list[SearchItem]:
    """The results at some places of a part's matches, in that order."""
    query, columns = plan.query, view.part.columns
    documents = matches.documents.take(places)
    count = len(documents)
    groups = [NEAR] * count if matches.group is None else matches.group.take(places).tolist()
    chords = [math.nan] * count if matches.chord is None else matches.chord.take(places).tolist()
    local = [False] * count if matches.is_local is None else matches.is_local.take(places).tolist()
    impacts = [None] * count if matches.impact is None else matches.impact.take(places).tolist()
    states = view.open_states.at(plan.moment, documents).tolist()
    precisions = columns.precision.take(documents).tolist()
    verified = columns.verified.take(documents).tolist()
    accepting = columns.bits[:, ACCEPTING // 64].take(documents).tolist()
    today, place = plan.moment.toordinal(), None if query.place is None else query.place.label
    sees_agreements = query.visibility >= Visibility.COORDINATOR
    items = []
    for n, document in enumerate(documents.tolist()):
        precision, group = PRECISIONS[precisions[n]], groups[n]
        distance_m = None
        if (group == NEAR or group == NOT_STATED) and precision in SHOWN_PRECISIONS and chords[n] == chords[n]:
            distance_m = 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chords[n]) / 2))
        facts = ResultFacts(
            impact=impacts[n],
            distance_m=distance_m,
            precision=precision,
            group=GROUPS[group],
            place=place,
            serves_place=local[n],
            is_open_asked=query.open_at is not None,
            is_accepting=bool(accepting[n] >> ACCEPTING % 64 & 1),
            days_since_check=today - verified[n] if verified[n] else None,
            agreement=agreement_of(columns.notes[document]) if sees_agreements else "",
            unanswered=_unanswered(view, query.yes, document),
        )
        items.append(
            SearchItem(
                columns.listing_id(document),
                columns.service_id(document),
                columns.location_id(document),
                distance_m,
                precision.value,
                GROUPS[group],
                IS_OPEN[states[n]],
                reasons_of(facts),
            )  # fmt: skip
        )
    return items


def _unanswered(view: PartView, codes: tuple[str, ...], document: int) -> tuple[str, ...]:
    """The asked questions that a document does not answer."""
    if not codes:
        return ()
    bits = view.part.columns.bits_of_document(document)
    return tuple(code for code in codes if not bits >> BIT_OF[f"yes:{code}"] & 1)
