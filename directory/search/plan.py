"""What a query runs on: the parts of the index as a reader sees them, and the query with its words looked up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from directory.search.derived import Derived
from directory.search.matching import Mask, Part, rarity
from directory.search.opening import OpenStates
from directory.search.query import SearchQuery
from directory.search.synonyms import Clause


@dataclass(frozen=True, slots=True)
class PartView:
    """One part as a reader sees it: `alive` is None while nothing in it was changed or deleted."""

    part: Part
    alive: Mask | None
    open_states: OpenStates
    derived: Derived

    @classmethod
    def of(cls, part: Part, alive: Mask | None = None) -> PartView:
        """A part with nothing worked out yet."""
        return cls(part, alive, OpenStates(part.columns), Derived(part.columns))


@dataclass(frozen=True, slots=True)
class Plan:
    """A query with its words looked up, shared by all parts."""

    query: SearchQuery
    moment: datetime
    clauses: tuple[Clause, ...]
    excluded: tuple[Clause, ...]
    weights: tuple[float, ...]
    anywhere: bool = False
    named_only: bool = False


def plan_of(
    views: Sequence[PartView], query: SearchQuery, now: datetime, clauses: Sequence[Clause], *,
    anywhere: bool = False, named_only: bool = False,
) -> Plan:  # fmt: skip
    """The plan for some clauses of a query."""
    kept = tuple(clause for clause in clauses if not clause.is_excluded)
    weights = [rarity_in(views, clause) for clause in kept]
    total = sum(weights) or 1.0
    return Plan(
        query, query.open_at or now, kept, tuple(clause for clause in clauses if clause.is_excluded),
        tuple(weight / total for weight in weights), anywhere, named_only,
    )  # fmt: skip


def rarity_in(views: Sequence[PartView], clause: Clause) -> float:
    """How much a clause tells in these parts."""
    held = [view.derived.frequencies(view.part, clause) for view in views]
    return rarity(held, sum([view.part.columns.count for view in views]))
