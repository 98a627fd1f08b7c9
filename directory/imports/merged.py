"""Cells of a workbook that are merged over several rows: "Hudson Kitchen" beside each of its four services.

A program that reads the rows finds the name in the first one only; what people see is that it stands in all of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import reduce
from typing import Final

_SPAN: Final = re.compile(
    rb'<(?:\w+:)?mergeCell\s[^>]*?ref="([A-Z]{1,3})([0-9]{1,7}):[A-Z]{1,3}([0-9]{1,7})"', re.ASCII
)
MOST_SPANS: Final = 100_000  # in one sheet; more are read as they lie


@dataclass(frozen=True, slots=True)
class Span:
    """A cell that reaches down: its column (1 is the first) and its rows."""

    column: int
    first: int
    last: int
    name: str


def spans_down(sheet: bytes) -> list[Span]:
    """The merged cells of a sheet's XML that reach over several rows, from above to below."""
    found = []  # they stand behind the rows
    for match in _SPAN.finditer(sheet, max(sheet.rfind(b"sheetData>"), 0)):
        column, first, last = match[1].decode(), int(match[2]), int(match[3])
        if last > first:
            found.append(Span(_number_of(column), first, last, f"{column}{first}:{column}{last}"))
        if len(found) == MOST_SPANS:
            break
    return sorted(found, key=lambda span: span.first)


def _number_of(letters: str) -> int:
    """A is 1, Z is 26, AA is 27."""
    return reduce(lambda number, letter: number * 26 + ord(letter) - 64, letters, 0)


def filled(rows: Iterable[list[str]], spans: Iterable[Span]) -> Iterator[list[str]]:
    """The rows, what reaches down written into each row that holds anything else. An empty row stays empty."""
    waiting = iter(spans)
    following = next(waiting, None)
    reaching: dict[int, tuple[int, str]] = {}  # column → last row, text
    for number, row in enumerate(rows, start=1):
        cells = list(row)
        if any(cell.strip() for cell in cells):
            for column, (last, text) in reaching.items():
                if number <= last:
                    cells += [""] * (column - len(cells))
                    cells[column - 1] = cells[column - 1] or text
        while following is not None and following.first <= number:
            if following.first == number and following.column <= len(row):
                reaching[following.column] = following.last, row[following.column - 1]
            following = next(waiting, None)
        yield cells
