"""I10: every posting lies in its month and in the year of its lines, and none came after its month was closed."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from core.db import db
from funds.models import BudgetLine, FiscalYear, Period, PeriodClose

FOLLOWS_ITS_OWN_DAY: Final = frozenset({"pay", "unpay", "refund_late", "year_end"})


class Calendar:
    """Months with the history of their status, years of lines, all read once."""

    def __init__(self, problems: list[str]) -> None:
        self._problems = problems
        self._periods = {row.id: row for row in db.session.execute(select(Period)).scalars()}
        self._years: dict[UUID, tuple[str, date, date]] = {
            row.id: (row.code, row.starts_on, row.ends_on)
            for row in db.session.execute(
                select(BudgetLine.id, FiscalYear.code, FiscalYear.starts_on, FiscalYear.ends_on).join(
                    FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id
                )
            )
        }
        self._history: dict[UUID, list[tuple[datetime, str]]] = defaultdict(list)
        for row in db.session.execute(
            select(PeriodClose).order_by(PeriodClose.closed_at, PeriodClose.chain_seq)
        ).scalars():
            self._history[row.period_id].append((row.closed_at, row.status))
        self._year_ends: set[int] = set()
        self._check_statuses()
        self._check_tiling()

    def check(self, posting: Any, owners: Iterable[UUID]) -> None:
        """Whether a posting stands in the right month and year, and came while its month took postings."""
        period = self._periods.get(posting.period_id)
        if period is None or not period.starts_on <= posting.effective_on <= period.ends_on:
            self._problems.append(f"I10: posting {posting.id} of {posting.effective_on} stands in another month.")
            return
        history = self._history.get(posting.period_id)
        if history:
            place = bisect_right(history, posting.posted_at, key=lambda each: each[0])
            if place and history[place - 1][1] == "closed":
                self._problems.append(
                    f"I10: posting {posting.id} was made after {period.starts_on:%Y-%m} had been closed."
                )
        if posting.kind == "year_end":
            self._year_ends.add(posting.id)
        if posting.kind in FOLLOWS_ITS_OWN_DAY or posting.reverses_id in self._year_ends:  # a rolled-back year end
            return
        for owner in owners:
            year = self._years.get(owner)
            if year is not None and not year[1] <= posting.effective_on <= year[2]:
                self._problems.append(
                    f"I10: posting {posting.id} of {posting.effective_on} touches a line of the year {year[0]}."
                )

    def _check_statuses(self) -> None:
        for period_id, period in self._periods.items():
            history = self._history.get(period_id)
            last = history[-1][1] if history else "open"
            if period.status != last:
                self._problems.append(
                    f"I10: the month {period.starts_on:%Y-%m} is {period.status}, but its last close says {last}."
                )

    def _check_tiling(self) -> None:
        by_year: dict[UUID, list[Period]] = defaultdict(list)
        for period in self._periods.values():
            by_year[period.fiscal_year_id].append(period)
        for year in db.session.execute(select(FiscalYear)).scalars():
            months = sorted(by_year[year.id], key=lambda each: each.starts_on)
            edges = [(each.starts_on.toordinal(), each.ends_on.toordinal() + 1) for each in months]
            tiles = (
                bool(edges)
                and edges[0][0] == year.starts_on.toordinal()
                and edges[-1][1] == year.ends_on.toordinal() + 1
                and all(first[1] == second[0] for first, second in zip(edges, edges[1:], strict=False))
            )
            if not tiles:
                self._problems.append(f"I10: the months of the year {year.code} do not tile it.")
