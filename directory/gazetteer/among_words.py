"""A place among the words of the *what* box: "food pantry in Yonkers", "white plains shelter", "10601".

Pure: knows the places and how people write them, not what the words find. Whoever asks must still see to words that
are somebody's name ("Yonkers Family YMCA").
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from directory.gazetteer.names import find_state, folded
from directory.gazetteer.places import Place, zip_place
from directory.gazetteer.reading import find_exact_place

LONGEST_PLACE = 4  # words, its state among them: "new york new york"
LARGE = 3  # ZIP codes of a town outside the home state that is meant without its state's name
_ZIP = re.compile(r"[0-9]{5}(?:-[0-9]{4})?")
_LEADING_TO_IT = (
    ("close", "to"), ("next", "to"), ("cerca", "de"), ("alrededor", "de"),
    ("near",), ("in",), ("around",), ("at",), ("by",), ("outside",), ("en",), ("por",),
)  # fmt: skip
_HANGING = {"for", "of", "from", "to", "the", "de", "del", "para", "desde", "zip", "code", "codigo", "postal"}
_AFTER_IT = {"area", "region", "usa"}
_NEAR_IT = {"hospital", "station", "library", "college", "university", "mall"}  # "near White Plains Hospital"
# Towns of New York whose name is a word or a name that people type for something else, without "in" or "near".
_ORDINARY = frozenset(
    """accord alcove alma almond alpine arcade bath beacon bliss calcium castile chili clay climax constable cuba dale
    deposit denmark eden erin fancher fine fishers florida freedom friendship gates greece greene hall hector hemlock
    highland holland homer hope hume hunt hunter inlet italy jamaica jasper jay jericho jordan laurel liberty maine
    marathon maryland medusa mexico orange orient oxbow oxford panama paradox parish pavilion peru philadelphia phoenix
    pike pitcher poland prospect purchase ridge rose ruby rush russell salem severance shirley sidney speculator stanley
    sterling stow summit surprise sweden theresa tunnel union victor wells willow york""".split()
)
# After a town's name they make it the name of something else: "Hudson Valley", "Albany Street", "Bedford Hills".
_GOES_ON = frozenset(
    """valley river street st avenue ave road rd boulevard blvd lane drive hall house park place center centre hills
    heights bridge college university hospital medical ymca ywca jewish catholic county township school
    library""".split()
)


@dataclass(frozen=True, slots=True)
class PlaceAmongWords:
    """A place, the words that named it as they were typed, and the words that are left.

    `is_certain`: a ZIP code, or a word led to it. Where it is not, the words may be somebody's name.
    """

    place: Place
    typed: str
    rest: str
    is_certain: bool


def place_among_words(words: str, prefer_state: str = "NY") -> PlaceAmongWords | None:
    """The place that somebody typed into the box for what they need; None where none is plain.

    What stands in quotation marks is meant word by word, and holds no place.
    """
    if any(mark in words for mark in '"“”«»'):
        return None
    tokens = words.split()
    keys = [folded(token) for token in tokens]
    for start, end, is_certain in _spans(keys):
        place = _place_of(" ".join(tokens[start:end]).strip(",.;:!?"), prefer_state, is_certain=is_certain)
        if place is not None:
            start = _after_comma(tokens, start, end, place, prefer_state)
            before, after = _cut_before(keys, start), end + (end < len(keys) and keys[end] in _AFTER_IT | _NEAR_IT)
            rest = " ".join([*tokens[:before], *tokens[after:]]).strip(" ,;")
            return PlaceAmongWords(place, " ".join(tokens[start:end]).strip(",.;:!?"), rest, is_certain)
    return None


def _spans(keys: list[str]) -> Iterator[tuple[int, int, bool]]:
    """Where a place may stand, the plainest first, the longer before the shorter: first word, end, certain."""
    count = len(keys)
    for at in range(count - 1, -1, -1):
        if _ZIP.fullmatch(keys[at].replace(" ", "-")):
            for start in range(max(0, at - LONGEST_PLACE), at + 1):
                yield start, at + 1, True
    for at in range(count - 1, 0, -1):
        if _led_to(keys, at):
            for end in range(min(count, at + LONGEST_PLACE), at, -1):
                yield at, end, True
    for start in range(max(0, count - LONGEST_PLACE), count):
        if count - start > 1 or keys[start] not in _ORDINARY:
            yield start, count, False
    for end in range(min(count - 1, LONGEST_PLACE), 0, -1):
        if keys[end] not in _GOES_ON and (end > 1 or keys[0] not in _ORDINARY):
            yield 0, end, False


def _after_comma(tokens: list[str], start: int, end: int, place: Place, prefer_state: str) -> int:
    """Where the place begins that was read in "pantry, White Plains, NY": what stands before its comma is no part."""
    for later in range(end - 1, start, -1):
        if tokens[later - 1].endswith(",") and find_exact_place(" ".join(tokens[later:end]), prefer_state) == place:
            return later
    return start


def _led_to(keys: list[str], at: int) -> int:
    """How many words before `at` lead to a place; 0 when none does."""
    for leading in _LEADING_TO_IT:
        if at >= len(leading) and tuple(keys[at - len(leading) : at]) == leading:
            return len(leading)
    return 0


def _cut_before(keys: list[str], start: int) -> int:
    """Where the words before a place end, without what led to it."""
    while start and (led := _led_to(keys, start) or keys[start - 1] in _HANGING):
        start -= led
    return start


def _place_of(text: str, prefer_state: str, *, is_certain: bool) -> Place | None:
    """The place that is all of the text: nothing left over, nothing that is only close."""
    *before, last = text.split() or [""]
    if _ZIP.fullmatch(last):
        town = " ".join(before).strip(",")
        if town and find_state(folded(town)) is None and _place_of(town, prefer_state, is_certain=True) is None:
            return None
        return zip_place(last[:5])
    if not text[:1].isalpha() or _led_to([*folded(text).split()[:1], ""], 1):
        return None
    place = find_exact_place(text, prefer_state)
    if place is None:
        return None
    parts = folded(text).split()
    if place.kind == "state" and (not is_certain or len(parts[0]) == 2):  # "near me" is not in Maine
        return None
    has_state = any(find_state(" ".join(parts[-count:])) for count in (1, 2, 3) if len(parts) >= count)
    if place.state != prefer_state and not (has_state or (is_certain and place.size >= LARGE)):
        return None
    return place
