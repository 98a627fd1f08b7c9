"""What half-years of outcomes say together: means, how many were observed, savings. Pure; people are only counted."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from statistics import fmean
from typing import Final

from care.rules import small_cells
from core.errors import Decision, Sentence

# Measure → the most that a period of six months can hold; None has no such bound.
MEASURES: Final[Mapping[str, int | None]] = {
    "days_homeless": 184,
    "days_incarcerated": 184,
    "emergency_visits": None,
    "inpatient_days": 184,
    "arrests": None,
}
BEFORE: Final = -1  # the period of the six months before enrolment; 1 is the first after it
LAST: Final = 40
MONTHS: Final = 6


@dataclass(frozen=True, slots=True)
class HalfYear:
    """What was observed of one person in one period; a measure that is not there was not observed."""

    person: str
    period: int
    values: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class OutcomeCell:
    """The mean of one measure in one period over `observed` people; both None where they are too few to show."""

    mean: float | None
    observed: int | None


@dataclass(frozen=True, slots=True)
class Saving:
    """What one measure saved in one period, over the people observed before and then. None: too few to show.

    `units` are days, visits or arrests fewer than before (negative: more); `cents` is None without a unit cost.
    `before_units` is their sum before.
    """

    people: int | None
    before_units: int | None
    units: int | None
    cents: int | None

    @property
    def change(self) -> float | None:
        """The change against before as a part of it, -0.96 for 96 % fewer; None without a base."""
        return -(self.units or 0) / self.before_units if self.before_units else None


@dataclass(frozen=True, slots=True)
class Report:
    """The program's outcomes. `savings` holds the periods after enrolment; `total_cents` None: not to be told."""

    cells: Mapping[int, Mapping[str, OutcomeCell]]
    savings: Mapping[int, Mapping[str, Saving]] = field(default_factory=dict)
    total_cents: Mapping[int, int | None] = field(default_factory=dict)

    @property
    def periods(self) -> list[int]:
        """The periods in their order."""
        return sorted(self.cells)


def window(enrolled_on: date, period: int) -> tuple[date, date]:
    """First day of a period and the first day after it, in whole months from enrolment, cut to the month's end."""
    start = -MONTHS if period == BEFORE else MONTHS * (period - 1)
    return _months_after(enrolled_on, start), _months_after(enrolled_on, start + MONTHS)


def recordable_periods(enrolled_on: date | None, today: date) -> list[int]:
    """The periods that are over, newest first; none for one who is not enrolled."""
    if enrolled_on is None:
        return []
    after = [period for period in range(1, LAST + 1) if window(enrolled_on, period)[1] <= today]
    return [*reversed(after), BEFORE]


def decide_period(enrolled_on: date | None, period: int, today: date) -> Decision:
    """Whether a period may be written down: only when it is over."""
    if enrolled_on is None:
        return Decision((Sentence("Half-years count from enrollment: enroll the person first."),))
    if window(enrolled_on, period)[1] > today:
        return Decision((Sentence("This half-year is not over yet."),))
    return Decision()


def make_report(halves: Iterable[HalfYear], costs: Mapping[str, int], *, hides_small: bool) -> Report:
    """Means and savings. `costs` are cents a unit by measure.

    `hides_small` leaves out what stands for ten people or fewer, and what would give it back.
    """
    rows = list(halves)
    observed: dict[int, dict[str, dict[str, int]]] = {}
    for row in rows:
        for name, value in row.values.items():
            observed.setdefault(row.period, {}).setdefault(name, {})[row.person] = value
    cells = {period: _cells(found, hides_small) for period, found in observed.items()}
    base = observed.get(BEFORE, {})
    savings = {
        period: _savings(base, found, costs, hides_small) for period, found in observed.items() if period != BEFORE
    }
    return Report(cells, savings, {period: _total(found) for period, found in savings.items()})


def _cells(found: Mapping[str, Mapping[str, int]], hides_small: bool) -> dict[str, OutcomeCell]:
    counts: list[int | None] = [len(found.get(name, ())) for name in MEASURES]
    shown = small_cells(counts) if hides_small else counts
    return {
        name: OutcomeCell(fmean(found[name].values()) if count and name in found else None, count)
        for name, count in zip(MEASURES, shown, strict=True)
    }


def _savings(
    base: Mapping[str, Mapping[str, int]],
    found: Mapping[str, Mapping[str, int]],
    costs: Mapping[str, int],
    hides_small: bool,
) -> dict[str, Saving]:
    both = {name: base.get(name, {}).keys() & found.get(name, {}).keys() for name in MEASURES}
    counts: list[int | None] = [len(people) for people in both.values()]
    shown = small_cells(counts) if hides_small else counts
    savings = {}
    for (name, people), count in zip(both.items(), shown, strict=True):
        if count is None:
            savings[name] = Saving(None, None, None, None)
            continue
        before = sum(base[name][person] for person in people) if people else 0
        units = before - sum(found[name][person] for person in people) if people else 0
        savings[name] = Saving(count, before, units, units * costs[name] if name in costs and people else None)
    return savings


def _total(savings: Mapping[str, Saving]) -> int | None:
    """The sum of what is told; None where a part is hidden (the sum would give it back) or nothing has a cost."""
    if any(saving.people is None for saving in savings.values()):
        return None
    told = [saving.cents for saving in savings.values() if saving.cents is not None]
    return sum(told) if told else None


def _months_after(day: date, months: int) -> date:
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    last = (date(year + (month == 11), (month + 1) % 12 + 1, 1) - timedelta(days=1)).day
    return date(year, month + 1, min(day.day, last))
