"""What was spent (4): by category, goal, enrollee, coordinator, payee and method, each adding up to the books."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.errors import Bilingual, Sentence
from funds.ledger import Account
from funds.queries.reporting import names
from funds.queries.reporting.spending import SPENDING, spent_by_group
from funds.queries.scope import Scope
from funds.queries.sums import net_by
from funds.reports.shape import (
    Ask,
    Cell,
    Footing,
    Report,
    Table,
    bars,
    count,
    money,
    numbers,
    rows_of,
    text,
    words,
)
from funds.words import METHOD_WORDS

NOT_SAID: Final = Sentence("not said")


@dataclass(slots=True)
class Spent:
    """Net spending, what of it is not paid, what came back after the year, and how many requests."""

    spent: int = 0
    unpaid: int = 0
    late: int = 0
    requests: int = 0

    def add(self, other: Spent) -> None:
        """Count what another group spent."""
        self.spent, self.unpaid = self.spent + other.spent, self.unpaid + other.unpaid
        self.late, self.requests = self.late + other.late, self.requests + other.requests


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to sort spending: its heading, and the field of a filter for its rows, which names the group too."""

    title: Sentence
    column: Sentence
    by: str


GROUPINGS: Final = (
    Grouping(Sentence("By category"), Sentence("Category"), "category_id"),
    Grouping(Sentence("By goal"), Sentence("Goal"), "goal_id"),
    Grouping(Sentence("By enrollee"), Sentence("Enrollee"), "enrollee_id"),
    Grouping(Sentence("By coordinator"), Sentence("Coordinator"), "coordinator_id"),
    Grouping(Sentence("By payee"), Sentence("Payee"), "payee_id"),
    Grouping(Sentence("By method"), Sentence("Method"), "method"),
)


def spending_by(scope: Scope) -> dict[str, dict[str | None, Spent]]:
    """What a filter spent by each of GROUPINGS: field → id as text, or method → sums. One query."""
    found: dict[str, dict[str | None, Spent]] = {grouping.by: {} for grouping in GROUPINGS}
    for by, key, expense, payable, recovered, requests in spent_by_group(scope):
        found[by][key] = Spent(int(expense), -int(payable), -int(recovered), requests)
    return found


def ledger_total(scope: Scope) -> Spent:
    """The same from the books without sorting. One query."""
    sums = net_by(scope, only=SPENDING)[()]
    return Spent(sums[Account.EXPENSE], -sums[Account.PAYABLE], -sums[Account.PRIOR_RECOVERY])


def spending(ask: Ask) -> Report:
    """Report 4."""
    scope = ask.until
    groups = spending_by(scope)
    books = ledger_total(scope)
    labels = _labels(groups)
    tables, footings = [], []
    for grouping in GROUPINGS:
        group, known = groups[grouping.by], labels[grouping.by]
        ordered = sorted(group.items(), key=lambda pair: (-pair[1].spent, pair[0] or ""))
        rows: list[list[Cell]] = []
        for key, spent in ordered:
            narrowed = {grouping.by: key if grouping.by == "method" or key is None else UUID(key)}
            link = rows_of(scope, Account.EXPENSE, **narrowed) if key is not None else None
            rows.append(
                [
                    text(known.get(key, NOT_SAID)),
                    count(spent.requests),
                    money(spent.spent, link),
                    money(spent.spent - spent.unpaid),
                    money(spent.unpaid),
                    money(spent.late),
                ]
            )
        total = Spent()
        for spent in group.values():
            total.add(spent)
        tables.append(
            Table(
                grouping.title,
                [
                    *words(grouping.column),
                    *numbers(
                        Sentence("Requests"),
                        Sentence("Spent"),
                        Sentence("Paid"),
                        Sentence("Spent, not yet paid"),
                        Sentence("Came back after the year"),
                    ),
                ],
                rows,
                [
                    text(Sentence("Together")),
                    count(total.requests),
                    money(total.spent),
                    money(total.spent - total.unpaid),
                    money(total.unpaid),
                    money(total.late),
                ],
                anchor=f"by-{grouping.by}",
            )
        )
        footings.append(Footing(grouping.title, total.spent, books.spent))
    by_category = sorted(groups["category_id"].items(), key=lambda pair: -pair[1].spent)
    points = [(labels["category_id"].get(key, NOT_SAID), spent.spent) for key, spent in by_category]
    return Report(
        basis=Sentence(
            "Spent is net expense by effective day: recognized debts and covered advances, less refunds and "
            "disallowances. Paid counts a debt when it is paid out; the difference is what waits for payment."
        ),
        tables=tables,
        footings=footings,
        plots=[bars(Sentence("Spent, by category"), points)],
    )


def _labels(groups: Mapping[str, Mapping[str | None, Spent]]) -> dict[str, Mapping[Any, Any]]:
    """How the keys of each grouping are shown."""
    ids = {
        by: {key: UUID(key) for key in groups[by] if key is not None}
        for by in ("category_id", "coordinator_id", "payee_id")
    }
    categories, payees = names.category_names(), names.payee_names()
    staff = names.staff_names(ids["coordinator_id"].values())
    return {
        "category_id": {
            key: Bilingual({"en": categories[each][0], "es": categories[each][1]})
            for key, each in ids["category_id"].items()
        },
        "goal_id": names.goal_names(),
        "enrollee_id": names.enrollee_codes(),
        "coordinator_id": {key: staff[each] for key, each in ids["coordinator_id"].items() if each in staff},
        "payee_id": {key: payees[each] for key, each in ids["payee_id"].items()},
        "method": METHOD_WORDS,
    }
