"""Where the headings of a table stand: often below a title, a date or a row of groups. No file is opened here."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from typing import Final

Row = tuple[int, list[str]]

LOOK_AHEAD: Final = 12  # rows among which the headings are looked for
TITLE_SHARE: Final = 0.5  # a row that fills less than this of the widest row below it is a title


def find_headings(numbered: Iterable[Row], skip: int = 0) -> tuple[list[Row], list[str], Iterator[Row]]:
    """The rows above the headings that say something, the headings, and the rows below.

    The first row that says something is the heading row, unless it fills less than half of what a row soon after it
    fills and that row could be headings: words, each once, none of them a number.
    """
    rows = iter(numbered)
    first = list(islice(rows, LOOK_AHEAD + skip))[skip:]
    place = next((at for at, (_, cells) in enumerate(first) if _filled(cells)), None)
    while place is None:
        row = next(rows, None)
        if row is None:
            return [], [], iter(())
        if _filled(row[1]):
            return [], row[1], rows
    start = place
    widest = max(_filled(cells) for _, cells in first)
    if _filled(first[place][1]) < widest * TITLE_SHARE:
        place = next(
            (at for at, (_, cells) in enumerate(first) if _filled(cells) >= widest * TITLE_SHARE and _names(cells)),
            place,
        )
    above = [row for row in first[start:place] if _filled(row[1])]
    return above, first[place][1], chain(first[place + 1 :], rows)


def _filled(cells: list[str]) -> int:
    return sum(1 for cell in cells if cell.strip())


def _names(cells: list[str]) -> bool:
    words = [cell.strip() for cell in cells if cell.strip()]
    return len(set(words)) == len(words) and not any(word[:1].isdigit() for word in words)
