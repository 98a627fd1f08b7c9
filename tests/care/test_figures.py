"""Half-years, means, savings, small cells, and the published figures worked through."""

from __future__ import annotations

from datetime import date

import pytest

from care.figures import BEFORE, HalfYear, make_report, recordable_periods, window
from care.queries.outcomes import read_example


@pytest.mark.parametrize(
    ("enrolled_on", "period", "first", "after"),
    [
        (date(2026, 1, 15), -1, date(2025, 7, 15), date(2026, 1, 15)),
        (date(2026, 1, 15), 1, date(2026, 1, 15), date(2026, 7, 15)),
        (date(2026, 1, 15), 3, date(2027, 1, 15), date(2027, 7, 15)),
        (date(2025, 8, 31), 1, date(2025, 8, 31), date(2026, 2, 28)),
        (date(2025, 8, 31), 2, date(2026, 2, 28), date(2026, 8, 31)),
        (date(2024, 2, 29), -1, date(2023, 8, 29), date(2024, 2, 29)),
        (date(2024, 2, 29), 2, date(2024, 8, 29), date(2025, 2, 28)),
    ],
)
def test_half_years_are_whole_months_from_enrollment(enrolled_on: date, period: int, first: date, after: date) -> None:
    assert window(enrolled_on, period) == (first, after)


def test_only_half_years_that_are_over_can_be_recorded() -> None:
    enrolled_on = date(2025, 11, 18)
    assert recordable_periods(enrolled_on, date(2026, 11, 17)) == [1, -1]
    assert recordable_periods(enrolled_on, date(2026, 11, 18)) == [2, 1, -1]
    assert recordable_periods(None, date(2026, 11, 18)) == []


def halves(count: int, before: int, after: int, *, start: int = 0, **more: int) -> list[HalfYear]:
    """So many people with the same days."""
    people = [str(number) for number in range(start, start + count)]
    return [HalfYear(person, BEFORE, {"days_homeless": before, **more}) for person in people] + [
        HalfYear(person, 1, {"days_homeless": after, **more}) for person in people
    ]


@pytest.mark.parametrize(("people", "is_shown"), [(1, False), (10, False), (11, True)])
def test_small_groups_are_hidden_outside(people: int, is_shown: bool) -> None:
    costs = {"days_homeless": 100}
    inside = make_report(halves(people, 20, 5), costs, hides_small=False)
    outside = make_report(halves(people, 20, 5), costs, hides_small=True)
    assert inside.cells[1]["days_homeless"].mean == 5 and inside.total_cents[1] == 1500 * people
    cell, saving = outside.cells[1]["days_homeless"], outside.savings[1]["days_homeless"]
    assert (cell.mean is not None, cell.observed is not None, saving.cents is not None) == (is_shown,) * 3
    assert (outside.total_cents[1] is not None) is is_shown


def test_no_total_gives_a_hidden_saving_back() -> None:
    """Twelve people homeless, three of them also seen for arrests: the second saving is hidden, so is the sum."""
    rows = halves(12, 20, 5) + [HalfYear(str(n), p, {"arrests": v}) for n in range(3) for p, v in ((BEFORE, 2), (1, 0))]
    merged = [
        HalfYear(
            person,
            period,
            {k: v for row in rows if (row.person, row.period) == (person, period) for k, v in row.values.items()},
        )
        for person, period in {(row.person, row.period) for row in rows}
    ]
    costs = {"days_homeless": 100, "arrests": 50_000}
    assert make_report(merged, costs, hides_small=False).total_cents[1] == 18_000 + 300_000
    outside = make_report(merged, costs, hides_small=True)
    assert outside.savings[1]["arrests"].cents is None and outside.total_cents[1] is None


def test_more_than_before_counts_against_the_saving() -> None:
    report = make_report(halves(2, 5, 9), {"days_homeless": 100}, hides_small=False)
    saving = report.savings[1]["days_homeless"]
    assert (saving.units, saving.cents, saving.change) == (-8, -800, 0.8)


def test_the_published_figures_come_out_of_the_example() -> None:
    """75 → 9 days, 96 % fewer, $71,837 and $236,750: what differs is four dollars of rounding, named on the page."""
    example = read_example()
    report = make_report(example.halves, example.costs, hides_small=False)
    homeless, jailed = report.savings[1]["days_homeless"], report.savings[1]["days_incarcerated"]
    assert report.cells[BEFORE]["days_homeless"].mean == example.published["mean_homeless_before"] == 75
    assert report.cells[1]["days_homeless"].mean == example.published["mean_homeless_after"] == 9
    assert round(-100 * (jailed.change or 0)) == example.published["percent_fewer_incarcerated"] == 96
    assert (homeless.cents, example.published["homeless_saving_cents"]) == (7_184_100, 7_183_700)
    assert jailed.cents == example.published["incarcerated_saving_cents"] == 23_675_000
    assert (homeless.units, jailed.units, homeless.people) == (924, 947, 14)
