"""Rows in which one value was cut over several cells are moved back, where the kinds of their columns prove it."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from directory.hsds.mapping import RawFile
from directory.hsds.records import Change, Feed
from directory.hsds.values import read_email, read_number, read_url

MOST_CELLS: Final = 6  # more overflow than this is another kind of damage
_KINDS: Final[tuple[tuple[re.Pattern[str], Callable[[str], bool]], ...]] = (
    (re.compile(r"(?:^|_)email$", re.IGNORECASE), lambda cell: read_email(cell) is not None),
    (re.compile(r"(?:^|_)(?:url|website)$", re.IGNORECASE), lambda cell: read_url(cell)[0] is not None),
    (re.compile(r"(?:_age|latitude|longitude|year_incorporated|income_limit)$", re.IGNORECASE),
     lambda cell: read_number(cell) is not None),
    (re.compile(r"(?:require_veteran|^is_|_flag$)", re.IGNORECASE),
     lambda cell: cell.strip().lower() in {"true", "false", "0", "1", "t", "f", "yes", "no"}),
)  # fmt: skip


def realign(raw: RawFile, feed: Feed) -> set[tuple[str, int]]:
    """Mend the rows that run over the headings, in place; answers (file, row) of those mended."""
    named = [column for column in raw.header if not re.fullmatch(r"cell \d+", column)]
    checks = {column: check for column in named for pattern, check in _KINDS if pattern.search(column)}
    mended: set[tuple[str, int]] = set()
    if not checks:
        return mended
    for number, row in raw.rows:
        over = [column for column in row if re.fullmatch(r"cell \d+", column) and row[column].strip()]
        if not over or len(over) > MOST_CELLS or not _breaks(row, checks):
            continue
        cells = [row.get(column, "") for column in named] + [row[column] for column in over]
        best = _best_join(cells, len(over), named, checks)
        if best is None:
            continue
        place, joined = best
        feed.changes.append(
            Change(raw.name, number, named[place], " ¦ ".join(cells[place : place + len(over) + 1])[:500],
                   joined[place][:500], "row_realigned")
        )  # fmt: skip
        row.clear()
        row.update(zip(named, joined, strict=True))
        mended.add((raw.name, number))
    return mended


def _breaks(row: dict[str, str], checks: dict[str, Callable[[str], bool]]) -> int:
    """How many filled cells are not of their column's kind."""
    return sum(1 for column, check in checks.items() if row.get(column, "").strip() and not check(row[column]))


def _best_join(
    cells: list[str], over: int, named: list[str], checks: dict[str, Callable[[str], bool]]
) -> tuple[int, list[str]] | None:
    """The one place where joining the cells leaves every cell of its column's kind; None when none or several do."""
    fits = []
    for place in range(len(named)):
        joined = [*cells[:place], "\n".join(cells[place : place + over + 1]), *cells[place + over + 1 :]]
        if _breaks(dict(zip(named, joined, strict=True)), checks) == 0:
            filled = sum(1 for column in checks if dict(zip(named, joined, strict=True)).get(column, "").strip())
            fits.append((filled, place, joined))
    if not fits:
        return None
    fits.sort(key=lambda fit: (-fit[0], -fit[1]))
    return fits[0][1], fits[0][2]
