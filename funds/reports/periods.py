"""Spending by six-month period since enrolment (5), with figures that were published elsewhere beside ours."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import Any, Final

from care.rules import small_cells
from core.errors import Bilingual, Sentence
from core.money import format_cents
from funds.ledger import Account
from funds.queries.reporting import closing, names
from funds.queries.reporting import people as people_of
from funds.queries.reporting.spending import PAID, paid_by_day
from funds.queries.scope import Scope
from funds.queries.sums import net_by
from funds.reports.halves import observed_to, period_of, rounding_explains
from funds.reports.shape import (
    Ask,
    Cell,
    Column,
    Footing,
    Report,
    Table,
    bars,
    count,
    median,
    money,
    numbers,
    text,
    words,
)

TOO_FAR: Final = Sentence(
    "The published rows add up to %(computed)s, the published total says %(published)s: %(difference)s. %(parts)s "
    "rounded rows can differ from their rounded total by %(most)s at most, so rounding does not explain all of it."
).text
NEAR: Final = Sentence(
    "The published rows add up to %(computed)s, the published total says %(published)s: %(difference)s. %(parts)s "
    "rounded rows can differ from their rounded total by %(most)s at most, so rounding can explain it."
).text


@dataclass(slots=True)
class Half:
    """One period: cents by person (id as text), the numbers of the requests, cents by code of the category."""

    by_person: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    requests: set[str] = field(default_factory=set)
    by_category: dict[str | None, int] = field(default_factory=lambda: defaultdict(int))


def paid_by_half(scope: Scope) -> tuple[dict[int, Half], int, dict[str, Any]]:
    """Period → what was paid in it, cents of people without a day of enrolment, and the people. Two queries.

    Paid counts a debt when it is paid out; a refund or disallowance counts on the day of what it takes back.
    """
    people = {row.id: row for row in people_of.list_enrollments()}
    halves: dict[int, Half] = defaultdict(Half)
    nowhere = 0
    for person_id, number, code, on, cents in paid_by_day(scope):
        person = people.get(person_id)
        if person is None or person.enrolled_on is None:
            nowhere += int(cents)
            continue
        half = halves[period_of(person.enrolled_on, on)]
        half.by_person[person_id] += int(cents)
        half.by_category[code] += int(cents)
        half.requests.add(number)
    return dict(halves), nowhere, people


def half_years(ask: Ask) -> Report:
    """Report 5."""
    scope = ask.until
    halves, nowhere, people = paid_by_half(scope)
    enrolled = [row for row in people.values() if row.enrolled_on is not None]
    numbers_shown = sorted(set(halves) | _windows(enrolled, ask))
    reach = {
        row.id: observed_to(row.enrolled_on, row.ended_on, ask.as_of, any_part=ask.is_any_part) for row in enrolled
    }
    rows, points, all_cents = [], [], 0
    users_of = []
    for number in numbers_shown:
        half = halves.get(number, Half())
        observed = {person for person, to in reach.items() if to is not None and number < to}
        users = [cents for cents in half.by_person.values() if cents > 0]
        cents = sum(half.by_person.values())
        of_observed = sum(amount for person, amount in half.by_person.items() if person in observed)
        all_cents += cents
        points.append((label_of(number), cents))
        users_of.append(len(users))
        rows.append(
            [
                text(label_of(number)),
                money(cents),
                count(len(users)),
                count(len(half.requests)),
                count(len(observed)),
                money(of_observed // len(observed) if observed else None),
                money(cents // len(users) if users else None),
                money(median(users)),
            ]
        )
    hidden: Sentence | None = None
    if not ask.is_for_staff:
        rows, points, hidden = _hide(rows, points, users_of)
    total = [
        text(Sentence("Together")),
        money(all_cents),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
        text(""),
    ]
    tables = [
        Table(
            Sentence("By six-month period since enrollment"),
            [
                *words(Sentence("Period")),
                *numbers(
                    Sentence("Paid"),
                    Sentence("People who used it"),
                    Sentence("Requests"),
                    Sentence("N observed"),
                    Sentence("Mean per N"),
                    Sentence("Mean per user"),
                    Sentence("Median per user"),
                ),
            ],
            rows,
            total if ask.is_for_staff else None,
        )
    ]
    if ask.is_for_staff:
        tables.append(_by_category(halves, numbers_shown))
        tables += published_tables(halves)
    books = sum(sums[Account.EXPENSE] + sums[Account.PAYABLE] for sums in net_by(scope, only=PAID).values())
    return Report(
        basis=Sentence(
            "Paid, by the day the money was paid out; a refund counts with its spending. A period is six months "
            "counted from the day of enrollment; “before” is the half-year before it. N is who was in the program for "
            "the whole period."
        )
        if not ask.is_any_part
        else Sentence(
            "Paid, by the day the money was paid out; a refund counts with its spending. A period is six months "
            "counted from the day of enrollment; “before” is the half-year before it. N is who was in the program for "
            "any part of the period."
        ),
        tables=tables,
        footings=[Footing(Sentence("All periods together are what the books paid"), all_cents + nowhere, books)]
        if ask.is_for_staff
        else [],
        plots=[bars(Sentence("Paid, by period"), points)],
        notes=[
            *([hidden] if hidden else []),
            *(
                [Sentence("%(cents)s belong to people without a day of enrollment.", cents=format_cents(nowhere))]
                if nowhere
                else []
            ),
        ],
    )


def label_of(number: int) -> Sentence:
    """A period in words."""
    if number == -1:
        return Sentence("before")
    if number < -1:
        return Sentence("%(months)s months before", months=-6 * number)
    return Sentence("months %(first)s–%(last)s", first=6 * number + 1, last=6 * number + 6)


def _windows(enrolled: list[Any], ask: Ask) -> set[int]:
    """The periods that somebody has lived through whole."""
    reach = (observed_to(row.enrolled_on, row.ended_on, ask.as_of) for row in enrolled)
    return set(range(max((to for to in reach if to is not None), default=0)))


def _hide(
    rows: list[list[Cell]], points: list[tuple[Sentence, int]], users: list[int]
) -> tuple[list[list[Cell]], list[tuple[Sentence, int]], Sentence]:
    """Periods of ten users or fewer without figures, and one more so that no sum gives a single one back."""
    shown = small_cells(users)
    kept = [
        row if people is not None else [row[0], *(Cell(None, cell.kind) for cell in row[1:])]
        for row, people in zip(rows, shown, strict=True)
    ]
    said = [point for point, people in zip(points, shown, strict=True) if people is not None]
    return kept, said, Sentence("Figures of ten people or fewer are hidden, and others so that no sum gives them back.")


def _by_category(halves: dict[int, Half], shown: list[int]) -> Table:
    known = {code: (name, es) for name, es, code in names.category_names().values()}
    keys = sorted({key for half in halves.values() for key in half.by_category}, key=lambda key: key or "")
    rows: list[list[Cell]] = []
    sums = dict.fromkeys(shown, 0)
    for key in keys:
        name = known.get(key) if key else None
        cells = [halves[number].by_category.get(key, 0) if number in halves else 0 for number in shown]
        for number, cents in zip(shown, cells, strict=True):
            sums[number] += cents
        rows.append(
            [
                text(Bilingual({"en": name[0], "es": name[1]}) if name else "–"),
                *(money(cents) for cents in cells),
                money(sum(cells)),
            ]
        )
    return Table(
        Sentence("By category and period"),
        [
            *words(Sentence("Category")),
            *(Column(label_of(number), is_number=True) for number in shown),
            *numbers(Sentence("Together")),
        ],
        rows,
        [text(Sentence("Together")), *(money(sums[number]) for number in shown), money(sum(sums.values()))],
    )


def published_tables(halves: dict[int, Half]) -> list[Table]:
    """Each published table beside ours, with the difference, and what rounding can explain of it.

    A published row's label is a category's code, or "total". Ours are whole dollars, as published ones are.
    """
    named = {code: (name, es) for name, es, code in names.category_names().values()}
    ours: dict[str, int] = defaultdict(int)
    for half in halves.values():
        for key, cents in half.by_category.items():
            ours[key or ""] += cents
    by_source: dict[str, list[Any]] = defaultdict(list)
    for row in closing.list_published():
        by_source[row.source].append(row)
    return [_published(source, rows, ours, named) for source, rows in by_source.items()]


def _published(source: str, rows: list[Any], ours: dict[str, int], named: dict[str, tuple[str, str]]) -> Table:
    parts = [row for row in rows if row.label != "total"]
    totals = [row for row in rows if row.label == "total"]
    computed = sum(row.cents for row in parts)
    cells = [
        [
            text(
                Bilingual({"en": named[row.label][0], "es": named[row.label][1]}) if row.label in named else row.label
            ),
            money(row.cents),
            money(ours.get(row.label, 0)),
            money(ours.get(row.label, 0) - row.cents),
        ]
        for row in parts
    ]
    ours_all = sum(ours.get(row.label, 0) for row in parts)
    cells.append(
        [
            text(Sentence("Computed: the rows above together")),
            money(computed),
            money(ours_all),
            money(ours_all - computed),
        ]
    )
    note = None
    for row in totals:
        difference = computed - row.cents
        cells.append(
            [text(Sentence("Published total")), money(row.cents), money(ours_all), money(ours_all - row.cents)]
        )
        if difference:
            most = rounding_explains(len(parts))
            note = Sentence(
                TOO_FAR if abs(difference) > most * 100 else NEAR,
                computed=format_cents(computed),
                published=format_cents(row.cents),
                difference=f"{'+' if difference > 0 else ''}{format_cents(difference)}",
                parts=len(parts),
                most=format_cents(most * 100),
            )
    return Table(
        Sentence("Published beside ours: %(source)s", source=source),
        [*words(Sentence("Category")), *numbers(Sentence("Published"), Sentence("Ours"), Sentence("Difference"))],
        cells,
        note=note,
    )
