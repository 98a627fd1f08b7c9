"""What was out of the ordinary (7): rules set aside, split purchases, duplicates, and how emergencies went."""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict, deque
from collections.abc import Iterator, Sequence
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from core.clock import local_day
from core.db import current_config
from core.errors import Bilingual, Sentence
from funds.queries.reporting import decisions, names, payments, requests
from funds.reports.shape import (
    Ask,
    Cell,
    Report,
    Table,
    bars,
    day,
    median,
    money,
    numbers,
    percentile,
    request_link,
    text,
    words,
)

NEAR: Final = timedelta(days=30)  # the days over which tiers are summed, and duplicates looked for (funds.md, 7 and 10)
EMERGENCY_MINUTES: Final = 24 * 60


def exceptions(ask: Ask) -> Report:
    """Report 7."""
    zone = current_config().timezone
    granted = decisions.list_exceptions(ask.scope)
    purchases = requests.list_purchases(ask.until)
    staff = names.staff_names(row.PolicyException.granted_by for row in granted)
    overrides = [
        [
            text(row.number, request_link(row.request_id)),
            text(row.PolicyException.rule_code),
            text(staff.get(row.PolicyException.granted_by, "–")),
            text(row.PolicyException.reason),
            day(local_day(row.PolicyException.granted_at, zone)),
            day(row.PolicyException.until),
        ]
        for row in granted
        if local_day(row.PolicyException.granted_at, zone) <= ask.as_of
    ]
    splits, alike = _splits(purchases, decisions.tier_edges(ask.as_of)), _alike(purchases)
    files, invoices = requests.duplicate_documents(), payments.duplicate_invoices()
    payees = names.payee_names()
    duplicates = [
        *(
            [
                text(Sentence("same file")),
                text(row.number, request_link(row.request_id)),
                text(row.kind),
                text(row.explained or Sentence("not explained")),
            ]
            for row in files
        ),
        *(
            [
                text(Sentence("same invoice")),
                text(row.number, request_link(row.request_id)),
                text(f"{payees.get(row.payee_id, '')}, {row.invoice_no}"),
                text(""),
            ]
            for row in invoices
        ),
        *alike,
    ]
    emergencies, hours = _emergencies(ask)
    late = [each for each in hours if each > EMERGENCY_MINUTES]
    return Report(
        basis=Sentence(
            "Every rule that somebody set aside; purchases within 30 days that cross an approval limit together and "
            "not alone; papers and purchases that look alike; emergencies from request to money."
        ),
        tables=[
            Table(
                Sentence("Rules set aside"),
                words(
                    Sentence("Request"),
                    Sentence("Rule"),
                    Sentence("By"),
                    Sentence("Why"),
                    Sentence("On"),
                    Sentence("Until"),
                ),
                overrides,
                anchor="overrides",
            ),
            Table(
                Sentence("Perhaps split"),
                [
                    *words(Sentence("Enrollee"), Sentence("Category or payee"), Sentence("Requests")),
                    *numbers(Sentence("Together"), Sentence("Limit crossed")),
                ],
                splits,
                anchor="splits",
            ),
            Table(
                Sentence("Perhaps duplicates"),
                words(Sentence("What"), Sentence("Request"), Sentence("Which"), Sentence("Explained")),
                duplicates,
                anchor="duplicates",
            ),
            Table(
                Sentence("Emergencies"),
                [
                    *words(Sentence("Request"), Sentence("Enrollee")),
                    *numbers(
                        Sentence("Amount"), Sentence("From request to approval"), Sentence("From request to money")
                    ),
                    *words(Sentence("In 24 hours"), Sentence("Ratified")),
                ],
                emergencies,
                anchor="emergencies",
                note=Sentence(
                    "From request to money: median %(median)s, nine of ten within %(p90)s, late: %(late)s.",
                    median=_hours(median(hours)),
                    p90=_hours(percentile(hours, 90)),
                    late=len(late),
                ),
            ),
        ],
        plots=[
            bars(
                Sentence("How many"),
                [
                    (Sentence("Rules set aside"), len(overrides)),
                    (Sentence("Perhaps split"), len(splits)),
                    (Sentence("Perhaps duplicates"), len(duplicates)),
                    (Sentence("Emergencies"), len(emergencies)),
                    (Sentence("Late emergencies"), len(late)),
                ],
                "count",
            )
        ],
    )


def _hours(minutes: int | None) -> str:
    return "–" if minutes is None else f"{minutes // 60} h {minutes % 60} min"


def _splits(purchases: Sequence[Any], edges: Sequence[int]) -> list[list[Cell]]:
    """Groups of one person's requests, in a category or to a payee, that cross an edge together within NEAR.

    What lies whole inside a group that is named already is not named again.
    """
    categories, payees = names.category_names(), names.payee_names()
    groups: dict[tuple[str, Any], list[Any]] = defaultdict(list)
    for row in purchases:
        groups[row.enrollee, row.category_id].append(row)
        if row.payee_id:
            groups[row.enrollee, row.payee_id].append(row)
    named: dict[str, list[frozenset[Any]]] = defaultdict(list)  # by person: nobody else's holds the same requests
    found: list[list[Cell]] = []
    for (person, what), group in groups.items():
        if len(group) < 2:
            continue
        group.sort(key=lambda row: (row.submitted_at, row.number))
        for near, together, crossed in crossing(group, edges):
            key = frozenset(row.number for row in near)
            if any(key <= other for other in named[person]):
                continue
            named[person].append(key)
            name = categories.get(UUID(what)) if what else None
            payee = payees.get(UUID(what), "–") if what else "–"
            label: Any = Bilingual({"en": name[0], "es": name[1]}) if name else payee
            found.append(
                [
                    text(person),
                    text(label),
                    text(", ".join(row.number for row in near)),
                    money(together),
                    money(crossed),
                ]
            )
    return found


def crossing(group: Sequence[Any], edges: Sequence[int]) -> Iterator[tuple[Sequence[Any], int, int]]:
    """From each request on, those within NEAR, if they cross an edge together and none of them alone: with their sum
    and the highest such edge. The group is sorted by day, the edges ascend. What ends where an earlier one ended is
    part of it and left out. Two ends move over the group once: linear.
    """
    end = together = named_to = 0
    highest: deque[int] = deque()  # places of the largest amounts from here on, each larger than the next
    for start, first in enumerate(group):
        while end < len(group) and group[end].submitted_at - first.submitted_at <= NEAR:
            together += group[end].requested_cents
            while highest and group[highest[-1]].requested_cents <= group[end].requested_cents:
                highest.pop()
            highest.append(end)
            end += 1
        crossed = bisect_right(edges, together)
        if end - start > 1 and end > named_to and crossed and edges[crossed - 1] > group[highest[0]].requested_cents:
            named_to = end
            yield group[start:end], together, edges[crossed - 1]
        together -= first.requested_cents
        if highest[0] == start:
            highest.popleft()


def _alike(purchases: Sequence[Any]) -> list[list[Cell]]:
    """Pairs of one person's requests for the same amount in the same category within NEAR."""
    groups: dict[tuple[Any, ...], list[Any]] = defaultdict(list)
    for row in purchases:
        groups[row.enrollee, row.category_id, row.requested_cents].append(row)
    found = []
    for group in groups.values():
        if len(group) < 2:
            continue
        group.sort(key=lambda row: (row.submitted_at, row.number))
        for first, second in zip(group, group[1:], strict=False):
            if second.submitted_at - first.submitted_at <= NEAR:
                found.append(
                    [
                        text(Sentence("same person, category and amount")),
                        text(second.number, request_link(UUID(second.id))),
                        text(first.number, request_link(UUID(first.id))),
                        text(""),
                    ]
                )
    return found


def _emergencies(ask: Ask) -> tuple[list[list[Cell]], list[int]]:
    """Each emergency with its hours, and the minutes until money moved."""
    steps: dict[Any, dict[str, Any]] = defaultdict(dict)
    for event in decisions.list_emergency_steps(ask.scope, "approve_emergency", "pay", "issue_advance", "ratify"):
        steps[event.fund_request_id].setdefault(event.action, event.at)
    rows, minutes = [], []
    for row in requests.list_emergencies(ask.until):
        mine = steps.get(row.id, {})
        moved = min((at for name, at in mine.items() if name in ("pay", "issue_advance")), default=None)
        approved = mine.get("approve_emergency") or row.approved_at
        to_money = _minutes(row.created_at, moved)
        if to_money is not None:
            minutes.append(to_money)
        on_time = to_money is not None and to_money <= EMERGENCY_MINUTES
        rows.append(
            [
                text(row.number, request_link(row.id)),
                text(row.enrollee),
                money(row.requested_cents),
                Cell(_minutes(row.created_at, approved), "hours"),
                Cell(to_money, "hours"),
                text(Sentence("yes") if on_time else Sentence("late") if to_money is not None else Sentence("not yet")),
                text(_ratified(ask, row, mine.get("ratify"))),
            ]
        )
    return rows, minutes


def _ratified(ask: Ask, row: Any, at: Any) -> Sentence:
    if at is not None:
        is_late = row.ratify_by is not None and local_day(at, current_config().timezone) > row.ratify_by
        return Sentence("late") if is_late else Sentence("yes")
    if row.needs_ratification:
        return Sentence("overdue") if row.ratify_by and row.ratify_by < ask.as_of else Sentence("not yet")
    return Sentence("not needed")


def _minutes(start: Any, end: Any) -> int | None:
    return None if start is None or end is None else int((end - start).total_seconds()) // 60
