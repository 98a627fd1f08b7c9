"""The order of results and its reasons in words. Pure: numbers in, numbers and sentences out.

    score = text × nearness × (1 + boosts)

Text is 0 to 1. Boosts are small, so that they decide between equals and never lift a far or unfitting service over a
near, fitting one. An agreement counts as being some miles nearer instead of as a boost: then its worth is bounded in
miles wherever the person is (directory.md section 9).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import TypeAlias

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
NAMED_IMPACT = 124  # matching impacts from here on came from the name or the kinds of help (STRONG × SYNONYM_WEIGHT)

# A place known only by its ZIP or town cannot be nearer than this: its point is the middle of an area.
LEAST_MILES = {Precision.EXACT: 0.0, Precision.STREET: 0.1, Precision.ZIP: 1.0, Precision.TOWN: 1.5,
               Precision.COUNTY: 10.0, Precision.NONE: 1.5}  # fmt: skip
SHOWN_PRECISIONS = (Precision.EXACT, Precision.STREET, Precision.ZIP, Precision.TOWN)

Floats = npt.NDArray[np.float64]
# Named or only mentioned, tenths of a mile, a known street, group, place, open asked, accepting, days since a check.
Facts: TypeAlias = tuple[bool | None, int | None, bool, str, str | None, bool, bool, int | None]


def nearness(miles: Floats, least_miles: Floats, has_agreement: npt.NDArray[np.bool_] | None) -> Floats:
    """1 at the door, a half at ten miles. `miles` are not a number where a service names no point: the least count."""
    counted = np.fmax(miles, least_miles)
    if has_agreement is not None:
        counted = np.maximum(counted - AGREEMENT_MILES * has_agreement, 0.0)
    return 1.0 / (1.0 + counted / HALVING_MILES)


def reasons_of(
    *,
    impact: int | None,
    distance_m: float | None,
    precision: str,
    group: str,
    place: str | None,
    is_open_asked: bool,
    is_accepting: bool,
    days_since_check: int | None,
    agreement: Sentence | None,
    unanswered: Sequence[str],
) -> tuple[Sentence, ...]:
    """Why a result stands where it stands, the weightiest first.

    `impact` is the weakest match of a typed word, None without words; `place` is named where the service serves it.
    """
    is_named = None if impact is None else impact >= NAMED_IMPACT
    tenths = None if distance_m is None else round(distance_m / METRES_PER_MILE * 10)
    facts = (is_named, tenths, precision in _EXACT, group, place, is_open_asked, is_accepting, days_since_check)
    if agreement is None and not unanswered:
        return _plain_reasons(facts)
    return _reasons(facts, agreement, unanswered)


@lru_cache(maxsize=16_384)
def _plain_reasons(facts: Facts) -> tuple[Sentence, ...]:
    """The reasons of most results: they are the same for many."""
    return _reasons(facts, None, ())


def _reasons(facts: Facts, agreement: Sentence | None, unanswered: Sequence[str]) -> tuple[Sentence, ...]:
    is_named, tenths, is_exact, group, place, is_open_asked, is_accepting, days_since_check = facts
    reasons: list[Sentence] = []
    if is_named is not None:
        reasons.append(_NAMED if is_named else _MENTIONED)
    if tenths is not None:
        reasons.append(_exactly(tenths) if is_exact else _about(max(1, round(tenths / 10))))
    if place:
        reasons.append(Sentence("Serves %(place)s", place=place))
    elif group == "remote":
        reasons.append(_REMOTE)
    elif group == "unplaced":
        reasons.append(_UNPLACED)
    if agreement is not None:
        reasons.append(Sentence("Priority access: %(terms)s", terms=agreement))
    if is_accepting:
        reasons.append(_ACCEPTING)
    if is_open_asked:
        reasons.append(_OPEN)
    if days_since_check is not None and days_since_check <= FRESH_DAYS:
        reasons.append(_checked(days_since_check))
    for code in unanswered:
        reasons.append(Sentence("Does not say: %(question)s", question=QUESTION_BY_CODE[code].label))
    return tuple(reasons)


@lru_cache(maxsize=4096)
def _exactly(tenths: int) -> Sentence:
    return Sentence("%(miles)s miles away", miles=f"{tenths / 10:.1f}")


@lru_cache(maxsize=1024)
def _about(miles: int) -> Sentence:
    return Sentence("About 1 mile away") if miles == 1 else Sentence("About %(miles)s miles away", miles=str(miles))


@lru_cache(maxsize=1024)
def _checked(days: int) -> Sentence:
    if days <= 0:
        return Sentence("Checked today")
    return Sentence("Checked yesterday") if days == 1 else Sentence("Checked %(days)s days ago", days=days)


_EXACT = (Precision.EXACT.value, Precision.STREET.value)
_NAMED = Sentence("Fits your words in its name or kind of help")
_MENTIONED = Sentence("Mentions your words")
_REMOTE = Sentence("Helps from afar: by phone, online or across the state")
_UNPLACED = Sentence("Does not say where it is")
_ACCEPTING = Sentence("Taking new people now")
_OPEN = Sentence("Open at the time you asked for")
