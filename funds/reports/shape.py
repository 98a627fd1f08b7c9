"""What a report is: tables of cells that open into their rows, plots, and proofs that the figures add up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from core.errors import Sentence
from funds.ledger import Account
from funds.queries.scope import Scope

SUMMED: Final = ("money", "count")
BAR_MOST: Final = 320  # the longest bar of a plot


@dataclass(frozen=True, slots=True)
class Ask:
    """What somebody wants to see: the filter, the day as of which, and the options of single reports."""

    scope: Scope
    as_of: date
    now: datetime
    is_for_staff: bool = True
    is_any_part: bool = False  # six-month periods: people enrolled for any part of the window count
    calendar_year: int = 0
    fund_request_id: UUID | None = None

    @property
    def until(self) -> Scope:
        """The filter up to the day as of which."""
        return replace(self.scope, to_on=min(self.as_of, self.scope.to_on) if self.scope.to_on else self.as_of)


class Link(NamedTuple):
    """Where a figure opens into its rows: a page and what it is asked."""

    endpoint: str
    values: tuple[tuple[str, str], ...] = ()


class Cell(NamedTuple):
    """One value. Kinds: text, money (cents), count, day, hours (minutes inside). None shows a dash.

    A tuple, since a report of a county has a hundred thousand of them.
    """

    value: Any
    kind: str = "text"
    link: Link | None = None


@dataclass(frozen=True, slots=True)
class Column:
    """What a column says, and whether digits stand under digits."""

    title: Sentence
    is_number: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """One table; `total` is its last row. `anchor` is where a figure of another table leads."""

    title: Sentence
    columns: Sequence[Column]
    rows: Sequence[Sequence[Cell]]
    total: Sequence[Cell] | None = None
    anchor: str = ""
    note: Sentence | None = None
    empty: Sentence = Sentence("Nothing here.")

    def shortened(self, most: int) -> tuple[Table, int]:
        """The table with its first `most` rows, which are the largest or the oldest, and how many are left out.

        Those come as one row, summed wherever the table's total is a sum, so that the figures still add up.
        """
        left_out = len(self.rows) - most
        if left_out < 2:  # the row that would stand for a single one is no shorter
            return self, 0
        rest, shown = self.rows[most:], list(self.rows[:most])
        if self.total is not None:
            shown.append([self._rest_cell(place, rest) for place in range(len(self.columns))])
        return replace(self, rows=shown), left_out

    def _rest_cell(self, place: int, rest: Sequence[Sequence[Cell]]) -> Cell:
        total = self.total[place] if self.total else Cell("")
        if place == 0:
            return Cell(Sentence("%(count)s more", count=f"{len(rest):,}"))
        if total.kind not in SUMMED or not isinstance(total.value, int):
            return Cell("")
        return Cell(sum(row[place].value or 0 for row in rest), total.kind)


@dataclass(frozen=True, slots=True)
class Footing:
    """A proof: the figures of the report, and the same from the books. `says` tells what was compared."""

    says: Sentence
    shown_cents: int
    books_cents: int

    @property
    def holds(self) -> bool:
        """True when both are the same to the cent."""
        return self.shown_cents == self.books_cents


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar of a plot with its value in words."""

    label: Any
    value: Any
    kind: str
    width: int


@dataclass(frozen=True, slots=True)
class Plot:
    """Bars beside the table that holds the same figures."""

    title: Sentence
    bars: Sequence[Bar]


@dataclass(frozen=True, slots=True)
class Report:
    """A whole report. `basis` says what is counted and by which day."""

    basis: Sentence
    tables: Sequence[Table]
    footings: Sequence[Footing] = ()
    plots: Sequence[Plot] = ()
    notes: Sequence[Sentence] = field(default_factory=tuple)


def money(cents: int | None, link: Link | None = None) -> Cell:
    """A cell of cents."""
    return Cell(cents, "money", link)


def count(number: int | None, link: Link | None = None) -> Cell:
    """A cell of a number of things."""
    return Cell(number, "count", link)


def text(value: Any, link: Link | None = None) -> Cell:
    """A cell of words: a text, a Sentence or a code."""
    return Cell(value, "text", link)


def day(value: date | None) -> Cell:
    """A cell of a day."""
    return Cell(value, "day")


def words(*titles: Sentence) -> list[Column]:
    """Columns of words."""
    return [Column(title) for title in titles]


def numbers(*titles: Sentence) -> list[Column]:
    """Columns of figures."""
    return [Column(title, is_number=True) for title in titles]


def bars(title: Sentence, points: Sequence[tuple[Any, int]], kind: str = "money") -> Plot:
    """A plot of equal scale; what is zero or less has no bar, only its value."""
    highest = max((value for _label, value in points), default=0)
    return Plot(
        title,
        [Bar(label, value, kind, max(value, 0) * BAR_MOST // highest if highest > 0 else 0) for label, value in points],
    )


def rows_of(scope: Scope, *accounts: Account, **narrowed: UUID | date | str | None) -> Link:
    """The transfers on some kinds of account within a filter, narrowed further."""
    values = {**_values(scope), **{name: str(value) for name, value in narrowed.items() if value is not None}}
    return Link("funds.list_entries", (*values.items(), *(("account", str(account)) for account in accounts)))


@lru_cache(maxsize=64)
def _values(scope: Scope) -> dict[str, str]:
    """A filter as text; a table asks for the same one in each of its rows."""
    return scope.as_dict()


def request_link(request_id: UUID) -> Link:
    """The report of one request."""
    return Link("funds.show_request_report", (("request_id", str(request_id)),))


def median(values: Sequence[int]) -> int | None:
    """The middle value, halves rounded down; None without values."""
    if not values:
        return None
    ordered = sorted(values)
    middle = len(ordered) // 2
    return ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) // 2


def percentile(values: Sequence[int], percent: int) -> int | None:
    """The smallest value that is at least as large as `percent` of all (nearest rank); None without values."""
    if not values:
        return None
    ordered = sorted(values)
    return ordered[max(0, -(-len(ordered) * percent // 100) - 1)]
