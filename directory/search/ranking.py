"""The order of results and its reasons in words. Pure: numbers in, numbers and sentences out.

    score = text × nearness × (1 + boosts)

Text is 0 to 1. Boosts are small, so that they decide between equals and never lift a far or unfitting service over a
near, fitting one. An agreement counts as being some miles nearer instead of as a boost: then its worth is bounded in
miles wherever the person is (directory.md section 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from core.errors import Sentence
from core.geo import METRES_PER_MILE
from directory.facets import QUESTION_BY_CODE, Precision

HALVING_MILES = 10.0  # search.md section 3: 1 / (1 + miles / 10), half at ten miles
LOCAL_AREA_MILES = 5.0  # a service that serves the place and names no point counts as this far away
AGREEMENT_MILES = 3.0  # directory.md section 9: worth 3 miles at most
AGREEMENT_BOOST = 0.05  # where no place is asked and miles say nothing
ACCEPTING_BOOST = 0.03
OPEN_BOOST = 0.03  # only when the question was for open services
FRESH_BOOST = 0.02
FRESH_DAYS = 180  # directory.md section 7: hours and phone hold 180 days
NAMED_IMPACT = 109  # matching impacts from here on came from the name or the kinds of help (STRONG × SYNONYM_WEIGHT)

# A place known only by its ZIP or town cannot be nearer than this: its point is the middle of an area.
LEAST_MILES = {Precision.EXACT: 0.0, Precision.STREET: 0.1, Precision.ZIP: 1.0, Precision.TOWN: 1.5,
               Precision.COUNTY: 10.0, Precision.NONE: 1.5}  # fmt: skip
SHOWN_PRECISIONS = (Precision.EXACT, Precision.STREET, Precision.ZIP, Precision.TOWN)

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class ResultFacts:
    """What the reasons of one result are made of. `impact` is the weakest match of a typed word, None without words."""

    impact: int | None
    distance_m: float | None
    precision: str
    group: str
    place: str | None
    serves_place: bool
    is_open_asked: bool
    is_accepting: bool
    days_since_check: int | None
    agreement: str
    unanswered: Sequence[str] = ()


def nearness(miles: Floats, least_miles: Floats, has_agreement: npt.NDArray[np.bool_] | None) -> Floats:
    """1 at the door, a half at ten miles. `miles` are not a number where a service names no point."""
    counted = np.maximum(miles, least_miles)
    counted[np.isnan(counted)] = LOCAL_AREA_MILES
    if has_agreement is not None:
        counted = np.maximum(counted - AGREEMENT_MILES * has_agreement, 0.0)
    return 1.0 / (1.0 + counted / HALVING_MILES)


def reasons_of(facts: ResultFacts) -> tuple[Sentence, ...]:
    """Why a result stands where it stands, the weightiest first."""
    reasons: list[Sentence] = []
    if facts.impact is not None:
        reasons.append(_NAMED if facts.impact >= NAMED_IMPACT else _MENTIONED)
    if facts.distance_m is not None:
        reasons.append(_distance(facts.distance_m / METRES_PER_MILE, facts.precision))
    if facts.serves_place and facts.place:
        reasons.append(Sentence("Serves %(place)s", place=facts.place))
    elif facts.group == "remote":
        reasons.append(_REMOTE)
    elif facts.group == "unplaced":
        reasons.append(_UNPLACED)
    if facts.agreement:
        reasons.append(Sentence("Priority access: %(terms)s", terms=facts.agreement))
    if facts.is_accepting:
        reasons.append(_ACCEPTING)
    if facts.is_open_asked:
        reasons.append(_OPEN)
    if facts.days_since_check is not None and facts.days_since_check <= FRESH_DAYS:
        reasons.append(_checked(facts.days_since_check))
    for code in facts.unanswered:
        reasons.append(Sentence("Does not say: %(question)s", question=QUESTION_BY_CODE[code].label))
    return tuple(reasons)


def _distance(miles: float, precision: str) -> Sentence:
    if precision == Precision.EXACT or precision == Precision.STREET:
        return Sentence("%(miles)s miles away", miles=f"{miles:.1f}")
    return Sentence("About %(miles)s miles away", miles=str(max(1, round(miles))))


def _checked(days: int) -> Sentence:
    if days <= 0:
        return Sentence("Checked today")
    return Sentence("Checked yesterday") if days == 1 else Sentence("Checked %(days)s days ago", days=days)


_NAMED = Sentence("Fits your words in its name or kind of help")
_MENTIONED = Sentence("Mentions your words")
_REMOTE = Sentence("Helps from afar: by phone, online or across the state")
_UNPLACED = Sentence("Does not say where it is")
_ACCEPTING = Sentence("Taking new people now")
_OPEN = Sentence("Open at the time you asked for")
