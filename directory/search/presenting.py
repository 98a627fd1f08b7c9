"""Makes the results of one page from the documents that the engine chose: distance, open or not, and the reasons."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from core.geo import EARTH_RADIUS_M
from directory.facets import Visibility
from directory.search.columns import BIT_OF, PRECISIONS
from directory.search.groups import GROUPS, NEAR, NOT_STATED
from directory.search.query import SearchItem
from directory.search.ranking import SHOWN_PRECISIONS, reasons_of

if TYPE_CHECKING:
    from directory.search.engine import Narrowing
    from directory.search.plan import PartView, Plan

IS_OPEN = (None, False, True)  # by open state
ACCEPTING = BIT_OF["yes:accepting_now"]
PRECISION_VALUES = tuple(precision.value for precision in PRECISIONS)
SHOWS_DISTANCE = tuple(precision in SHOWN_PRECISIONS for precision in PRECISIONS)


def items_of(view: PartView, plan: Plan, found: Narrowing, places: npt.NDArray[np.int64]) -> list[SearchItem]:
    """The results at some places of what a part found, in that order."""
    query, columns = plan.query, view.part.columns
    documents = found.documents.take(places)
    count = len(documents)
    groups = [NEAR] * count if found.group is None else found.group.take(places).tolist()
    chords = [math.nan] * count if found.chord is None else found.chord.take(places).tolist()
    locally = found.serves_locally
    impact = found.impacts(places)
    impacts = [None] * count if impact is None else impact.tolist()
    states = view.open_states.at(plan.moment, documents).tolist()
    precisions = columns.precision.take(documents).tolist()
    verified = columns.verified.take(documents).tolist()
    bits = columns.bits.take(documents, axis=0).tolist()
    tail = columns.tail
    today, place = plan.moment.toordinal(), None if query.place is None else query.place.label
    is_open_asked = query.open_at is not None
    agreements = dict(query.agreements) if query.visibility >= Visibility.COORDINATOR else {}
    listing_ids, service_ids, location_ids = columns.ids_of(documents)
    items = []
    for n, document in enumerate(documents.tolist()):
        precision, group = precisions[n], groups[n]
        distance_m = None
        if (group == NEAR or group == NOT_STATED) and SHOWS_DISTANCE[precision] and chords[n] == chords[n]:
            distance_m = 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chords[n]) / 2))
        reasons = reasons_of(
            impact=impacts[n],
            distance_m=distance_m,
            precision=PRECISION_VALUES[precision],
            group=GROUPS[group],
            place=place if document >= tail and locally is not None and locally[document - tail] else None,
            is_open_asked=is_open_asked,
            is_accepting=bits[n][ACCEPTING // 64] >> ACCEPTING % 64 & 1 == 1,
            days_since_check=today - verified[n] if verified[n] else None,
            agreement=agreements.get(service_ids[n]),
            unanswered=_unanswered(bits[n], query.yes) if query.yes else (),
        )
        items.append(
            SearchItem(
                listing_ids[n],
                service_ids[n],
                location_ids[n] or None,
                distance_m,
                PRECISION_VALUES[precision],
                GROUPS[group],
                IS_OPEN[states[n]],
                reasons,
            )
        )
    return items


def _unanswered(bits: list[int], codes: tuple[str, ...]) -> tuple[str, ...]:
    """The asked questions that a document with these bits does not answer."""
    asked = [(code, BIT_OF[f"yes:{code}"]) for code in codes]
    return tuple(code for code, bit in asked if not bits[bit // 64] >> bit % 64 & 1)
