"""One request under one step as the measures see it, and what a measure hands back. No rule is judged here."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

from funds.policy.sentences import Both, ask_words, capital
from funds.policy.values import Facts, Rule, Severity, Spending, Step
from funds.policy.words import Text


@dataclass(frozen=True, slots=True)
class Trip:
    """A rule that speaks: why, what would comply, and the figures behind it.

    `severity` stands where it is not the rule's own; `is_paper`: in the emergency lane it may follow later.
    """

    reason: Both
    remedy: Both = field(default_factory=Both)
    figure: int | None = None
    limit: int | None = None
    window: Both = field(default_factory=Both)
    counted: tuple[UUID, ...] = ()
    document: str = ""
    severity: Severity | None = None
    is_paper: bool = False
    exception_role: str | None = None


@dataclass(frozen=True, slots=True)
class Receipts:
    """Until when a receipt is due by one rule; `is_specific` when the rule speaks of this method alone."""

    days: int
    in_working_days: bool
    is_specific: bool


@dataclass(frozen=True, slots=True)
class Measured:
    """What one rule says of one request: its trips, and what it sets whether or not it trips."""

    trips: tuple[Trip, ...] = ()
    tiers: tuple[frozenset[str], ...] = ()
    needs_county_consent: bool = False
    left_cents: int | None = None
    receipts: Receipts | None = None
    approvers: frozenset[str] = frozenset()


NOTHING = Measured()


def tripped(*trips: Trip) -> Measured:
    """A measurement that has only trips, or none."""
    return Measured(trips)


class Case:
    """Facts and step, with the person's own earlier spending and the tree of categories at hand."""

    def __init__(self, facts: Facts, step: Step) -> None:
        self.facts = facts
        self.step = step
        self.item = Text(facts.item)
        self.own = tuple(
            row
            for row in facts.history
            if row.cents > 0 and row.enrollee_id == facts.enrollee_id and row.request_id != facts.request_id
        )
        self._lines: dict[str, frozenset[str]] = {}
        self._by_category: dict[str, list[Spending]] = defaultdict(list)
        for row in self.own:
            self._by_category[row.category].append(row)

    def applies(self, rule: Rule) -> bool:
        """Whether the rule speaks of this category and this method at all."""
        methods = rule.params.get("methods")
        return self.covers(rule, self.facts.category) and (methods is None or self.facts.method in methods)

    def covers(self, rule: Rule, category: str) -> bool:
        """True when the category, or one above it, is the rule's; a rule that names none covers all."""
        line = self.line(category)
        more = rule.params.get("categories")
        return (rule.category is None or rule.category in line) and (more is None or not line.isdisjoint(more))

    def earlier(self, rule: Rule) -> tuple[Spending, ...]:
        """The person's other spending in the categories of the rule."""
        if rule.category is None and "categories" not in rule.params:
            return self.own
        return tuple(row for category, rows in self._by_category.items() if self.covers(rule, category) for row in rows)

    def line(self, category: str) -> frozenset[str]:
        """A category and all above it."""
        if category not in self._lines:
            self._lines[category] = _line(category, self.facts.parents)
        return self._lines[category]


def _line(category: str, parents: Mapping[str, str | None]) -> frozenset[str]:
    seen: set[str] = set()
    above: str | None = category
    while above is not None and above not in seen:
        seen.add(above)
        above = parents.get(above)
    return frozenset(seen)


def ids(rows: tuple[Spending, ...] | list[Spending]) -> tuple[UUID, ...]:
    """The requests behind the rows, oldest first."""
    return tuple(row.request_id for row in sorted(rows, key=lambda row: (row.on, str(row.request_id))))


def remedy(rule: Rule, *ways: Both) -> Both:
    """The ways to comply, the cheapest first, and whom to ask where the rule allows an exception."""
    ask = ask_words(rule.exception_role) if rule.severity == Severity.EXCEPTION else Both()
    chosen = [way for way in (*ways, ask) if way]
    if not chosen:
        return Both()
    english, spanish = ", or ".join(way.en for way in chosen), ", o ".join(way.es for way in chosen)
    return capital(Both(f"{english}.", f"{spanish}."))


def working_days_words(days: int, *, working: bool) -> Both:
    """30 days · 10 working days."""
    return Both(f"{days} working days", f"{days} días hábiles") if working else Both(f"{days} days", f"{days} días")


def span_of(row: Spending) -> tuple[date, date]:
    """The days that a row pays for; where they are not known or run backwards, the day of its approval."""
    return row.days if row.days and row.days[0] <= row.days[1] else (row.on, row.on)
