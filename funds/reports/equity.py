"""Whom the fund reaches (15): people and dollars by language, ZIP and coordinator."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from care.rules import small_cells
from core.errors import Sentence
from funds.ledger import Account
from funds.models import FundRequest
from funds.queries.reporting import people as people_of
from funds.queries.reporting.names import staff_names
from funds.queries.sums import net_by
from funds.reports.shape import Ask, Cell, Footing, Report, Table, bars, count, money, numbers, text, words

NOT_KNOWN = Sentence("not known")


@dataclass(frozen=True, slots=True)
class PersonFacts:
    """What of a person this report goes by, opened for it and counted only."""

    language: str = ""
    zip_code: str = ""


def equity(ask: Ask, facts: Mapping[UUID, PersonFacts]) -> Report:
    """Report 15. Everybody in the program counts, also who never asked for money."""
    scope = ask.until
    spent: dict[UUID, int] = defaultdict(int)
    nobody = 0
    for (person_id,), sums in net_by(scope, FundRequest.enrollee_id, only=(Account.EXPENSE,)).items():
        if person_id is None:
            nobody += sums[Account.EXPENSE]
        else:
            spent[person_id] += sums[Account.EXPENSE]
    people = [row.id for row in people_of.list_people() if row.enrolled_on and row.enrolled_on <= ask.as_of]
    people += sorted(set(spent) - set(people), key=str)
    coordinators = people_of.coordinators_of(ask.now)
    names = staff_names(coordinators.values())
    groupings: list[tuple[Sentence, Sentence, dict[UUID, Any]]] = [
        (
            Sentence("By language"),
            Sentence("Language"),
            {each: facts[each].language for each in people if each in facts},
        ),
        (
            Sentence("By ZIP code"),
            Sentence("ZIP code"),
            {each: facts[each].zip_code for each in people if each in facts},
        ),
        (
            Sentence("By coordinator"),
            Sentence("Coordinator"),
            {each: names.get(coordinators[each], "") for each in people if each in coordinators},
        ),
    ]
    books = sum(sums[Account.EXPENSE] for sums in net_by(scope, only=(Account.EXPENSE,)).values())
    tables, footings, plots = [], [], []
    for title, column, labels in groupings:
        found: dict[Any, list[UUID]] = defaultdict(list)
        for each in people:
            found[labels.get(each) or NOT_KNOWN].append(each)
        ordered = sorted(found.items(), key=lambda pair: (-len(pair[1]), str(pair[0])))
        tables.append(_table(ask, title, column, ordered, spent))
        footings.append(Footing(title, sum(spent[each] for _label, group in ordered for each in group) + nobody, books))
        if ask.is_for_staff:
            plots.append(bars(title, [(label, sum(spent[e] for e in group)) for label, group in ordered[:12]]))
    return Report(
        basis=Sentence(
            "Everybody enrolled by the day, and what was spent for them (net expense), by what their record says."
        ),
        tables=tables,
        footings=footings if ask.is_for_staff else [],
        plots=plots,
        notes=[]
        if ask.is_for_staff
        else [Sentence("Figures of ten people or fewer are hidden, and others so that no sum gives them back.")],
    )


def _table(
    ask: Ask, title: Sentence, column: Sentence, ordered: list[tuple[Any, list[UUID]]], spent: Mapping[UUID, int]
) -> Table:
    everybody = [len(group) for _label, group in ordered]
    users = [sum(1 for each in group if spent.get(each, 0) > 0) for _label, group in ordered]
    if ask.is_for_staff:
        shown: list[tuple[int | None, int | None]] = list(zip(everybody, users, strict=True))
    else:
        # A group too small to show hides its users and dollars too, and the other way round.
        hidden = [
            people is None or using is None
            for people, using in zip(small_cells(everybody), small_cells(users), strict=True)
        ]
        shown = [
            (None, None) if gone else pair
            for gone, pair in zip(hidden, zip(everybody, users, strict=True), strict=True)
        ]
    rows: list[list[Cell]] = []
    for (label, group), (people, using) in zip(ordered, shown, strict=True):
        cents = sum(spent.get(each, 0) for each in group)
        gone = people is None
        rows.append(
            [
                text(label),
                count(people),
                count(using),
                money(None if gone else cents),
                money(None if gone else cents // len(group)),
            ]
        )
    total = [
        text(Sentence("Together")),
        count(sum(everybody)),
        count(sum(users)),
        money(sum(spent.get(each, 0) for _label, group in ordered for each in group)),
        text(""),
    ]
    return Table(
        title,
        [
            *words(column),
            *numbers(
                Sentence("People"), Sentence("People who used it"), Sentence("Spent"), Sentence("Mean per person")
            ),
        ],
        rows,
        total if ask.is_for_staff else None,
    )
