"""What was spent (4): by category, goal, enrollee, coordinator, payee and method, each adding up to the books."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from core.errors import Bilingual, Sentence
from funds.ledger import Account
from funds.models import BudgetLine, Posting
from funds.queries import reporting
from funds.queries.entries import Scope, net_by
from funds.queries.reporting import Asked
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

SPENDING: Final = (Account.EXPENSE, Account.PAYABLE, Account.PRIOR_RECOVERY)
NOT_SAID: Final = Sentence("not said")


@dataclass(slots=True)
class Spent:
    """Net spending, what of it is not paid, what came back after the year, and how many requests."""

    spent: int = 0
    unpaid: int = 0
    late: int = 0
    requests: int = 0

    def add(self, sums: Mapping[Account, int]) -> None:
        """Count the transfers of one request on one line."""
        self.spent += sums[Account.EXPENSE]
        self.unpaid -= sums[Account.PAYABLE]
        self.late -= sums[Account.PRIOR_RECOVERY]


@dataclass(frozen=True, slots=True)
class Grouping:
    """One way to sort spending: its heading, what of a request it goes by, and the field of a filter for its rows."""

    title: Sentence
    column: Sentence
    by: Callable[[Asked | None, UUID | None], Any]
    narrows: str


GROUPINGS: Final = (
    Grouping(Sentence("By category"), Sentence("Category"), lambda _asked, category: category, "category_id"),
    Grouping(Sentence("By goal"), Sentence("Goal"), lambda asked, _c: asked.goal_id if asked else None, "goal_id"),
    Grouping(
        Sentence("By enrollee"),
        Sentence("Enrollee"),
        lambda asked, _c: asked.enrollee_id if asked else None,
        "enrollee_id",
    ),
    Grouping(
        Sentence("By coordinator"),
        Sentence("Coordinator"),
        lambda asked, _c: asked.author_id if asked else None,
        "coordinator_id",
    ),
    Grouping(Sentence("By payee"), Sentence("Payee"), lambda asked, _c: asked.payee_id if asked else None, "payee_id"),
    Grouping(Sentence("By method"), Sentence("Method"), lambda asked, _c: asked.method if asked else None, "method"),
)


def spending_by(scope: Scope) -> tuple[list[dict[Any, Spent]], dict[UUID, Asked]]:
    """What a filter spent by each of GROUPINGS, and the requests of it. Three queries at most."""
    asked = {row.id: row for row in reporting.list_asked(scope)}
    found: list[dict[Any, Spent]] = [defaultdict(Spent) for _grouping in GROUPINGS]
    seen: list[set[tuple[Any, UUID]]] = [set() for _grouping in GROUPINGS]
    for (request_id, category_id), sums in net_by(
        scope, Posting.fund_request_id, BudgetLine.category_id, only=SPENDING
    ).items():
        row = asked.get(request_id)
        for number, grouping in enumerate(GROUPINGS):
            key = grouping.by(row, category_id)
            found[number][key].add(sums)
            if request_id and sums[Account.EXPENSE] and (key, request_id) not in seen[number]:
                seen[number].add((key, request_id))
                found[number][key].requests += 1
    return found, asked


def ledger_total(scope: Scope) -> Spent:
    """The same from the books without sorting. One query."""
    total = Spent()
    for sums in net_by(scope, only=SPENDING).values():
        total.add(sums)
    return total


def spending(ask: Ask) -> Report:
    """Report 4."""
    scope = ask.until
    groups, asked = spending_by(scope)
    books = ledger_total(scope)
    labels = _labels(asked)
    tables, footings, plots = [], [], []
    for number, (grouping, group) in enumerate(zip(GROUPINGS, groups, strict=True)):
        ordered = sorted(group.items(), key=lambda pair: (-pair[1].spent, str(pair[0])))
        rows: list[list[Cell]] = []
        for key, spent in ordered:
            link = rows_of(scope, Account.EXPENSE, **{grouping.narrows: key}) if key is not None else None
            rows.append(
                [
                    text(labels[number].get(key, NOT_SAID) if key is not None else NOT_SAID),
                    count(spent.requests),
                    money(spent.spent, link),
                    money(spent.spent - spent.unpaid),
                    money(spent.unpaid),
                    money(spent.late),
                ]
            )
        total = Spent()
        for spent in group.values():
            total.spent, total.unpaid = total.spent + spent.spent, total.unpaid + spent.unpaid
            total.late, total.requests = total.late + spent.late, total.requests + spent.requests
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
                anchor=f"by-{grouping.narrows}",
            )
        )
        footings.append(Footing(grouping.title, total.spent, books.spent))
    plots.append(
        bars(
            Sentence("Spent, by category"),
            [
                (labels[0].get(key, NOT_SAID), spent.spent)
                for key, spent in sorted(groups[0].items(), key=lambda p: -p[1].spent)
            ],
        )
    )
    return Report(
        basis=Sentence(
            "Spent is net expense by effective day: recognized debts and covered advances, less refunds and "
            "disallowances. Paid counts a debt when it is paid out; the difference is what waits for payment."
        ),
        tables=tables,
        footings=footings,
        plots=plots,
    )


def _labels(asked: Mapping[UUID, Asked]) -> list[dict[Any, Any]]:
    """How the keys of each grouping are shown."""
    categories = reporting.category_names()
    return [
        {key: Bilingual({"en": name, "es": es}) for key, (name, es, _code) in categories.items()},
        {row.goal_id: f"{row.enrollee} · G{row.goal}" for row in asked.values()},
        {row.enrollee_id: row.enrollee for row in asked.values()},
        dict(reporting.staff_names(row.author_id for row in asked.values())),
        dict(reporting.payee_names()),
        dict(METHOD_WORDS),
    ]
