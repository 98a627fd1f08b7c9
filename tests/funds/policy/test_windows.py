"""Windows against a count day by day, which shares no arithmetic with the code, and the edges that people ask about."""

from __future__ import annotations

import calendar
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from funds.policy import Facts, Spending, Step, add_months
from tests.funds.policy.cases import FISCAL_YEAR, PARENTS, TODAY, facts, judged, new_id, rule, said, spent

DAY = timedelta(days=1)
few = settings(deadline=None, max_examples=50)
IDS = [new_id() for _ in range(8)]
today_days = st.dates(date(2023, 12, 25), date(2028, 3, 5))
offsets = st.integers(min_value=-1500, max_value=0)
WINDOWS = (
    "fiscal_year",
    "calendar_year",
    "rolling_months",
    "first_payment_months",
    "any_52_weeks",
    "lifetime",
    "enrolment",
)


def days_between(first: date, last: date) -> Iterator[date]:
    while first <= last:
        yield first
        first += DAY


def months_on(anchor: date, months: int) -> date:
    """The anchor's day in the month so many months on, walking month by month."""
    year, month = anchor.year, anchor.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return date(year, month, min(anchor.day, calendar.monthrange(year, month)[1]))


def counts(kind: str, months: int, row: Spending, of: Facts) -> bool:
    """Whether a row lies in the window: found by walking over the window's days one by one."""
    match kind:
        case "fiscal_year":
            return row.on in set(days_between(*of.fiscal_year))
        case "calendar_year":
            return row.on in set(days_between(date(of.today.year, 1, 1), date(of.today.year, 12, 31)))
        case "rolling_months":
            return row.on in set(days_between(months_on(of.today, -months) + DAY, of.today))
        case "lifetime":
            return True
        case "enrolment":
            return of.enrolled_on is None or row.on in set(days_between(of.enrolled_on, of.today))
    raise AssertionError(kind)


def first_payment_days(months: int, rows: list[Spending], today: date) -> set[date]:
    """The days up to today of the window that today lies in; empty when none is open."""
    paid = {row.paid_on for row in rows if row.paid_on}
    window: set[date] = set()
    end: date | None = None
    for day in days_between(min(paid, default=today), today):
        if end is not None and day == end:
            window, end = set(), None
        if end is None and day in paid:
            end = months_on(day, months)
        if end is not None:
            window.add(day)
    return window


def expected(kind: str, months: int, of: Facts, weight: Callable[[Spending], int]) -> int:
    rows = list(of.history)
    if kind == "first_payment_months":
        window = first_payment_days(months, rows, of.today)
        return sum(weight(row) for row in rows if row.paid_on is None or row.paid_on in window)
    if kind == "any_52_weeks":
        return max(
            sum(weight(row) for row in rows if start <= row.on < start + 364 * DAY)
            for start in days_between(of.today - 363 * DAY, of.today)
        )
    return sum(weight(row) for row in rows if counts(kind, months, row, of))


@st.composite
def requests(draw: st.DrawFn) -> Facts:
    today = draw(today_days)
    year_start = draw(st.sampled_from([date(2023, 4, 1), date(2024, 7, 1), date(2026, 1, 1), date(2027, 10, 1)]))
    history = []
    for key in IDS[: draw(st.integers(0, 8))]:
        on = today + draw(offsets) * DAY
        paid = draw(st.one_of(st.none(), st.integers(0, 60)))
        paid_on = None if paid is None else min(on + paid * DAY, today)
        history.append(spent(draw(st.integers(1, 5)) * 100, on, request_id=key, paid_on=paid_on))
    return facts(
        today=today,
        fiscal_year=(year_start, months_on(year_start, 12) - DAY),
        enrolled_on=draw(st.one_of(st.none(), st.just(today + draw(offsets) * DAY))),
        history=history,
        cents=7,
    )


@pytest.mark.parametrize("kind", WINDOWS)
@few
@given(of=requests(), months=st.integers(1, 37))
def test_a_sum_is_what_a_count_by_days_gives(kind: str, of: Facts, months: int) -> None:
    params = {"cents": 0, "window": kind} | ({"months": months} if kind.endswith("months") else {})
    (finding,) = said(rule("cap_window", params), of)
    assert finding.figure == 7 + expected(kind, months, of, lambda row: row.cents)
    counted = [row for row in of.history if row.request_id in finding.counted]
    assert finding.figure == 7 + sum(row.cents for row in counted)


@pytest.mark.parametrize("kind", WINDOWS)
@few
@given(of=requests(), months=st.integers(1, 37))
def test_a_count_is_what_a_count_by_days_gives(kind: str, of: Facts, months: int) -> None:
    params = {"count": 1, "window": kind} | ({"months": months} if kind.endswith("months") else {})
    others = expected(kind, months, of, lambda row: 1)
    found = said(rule("count_window", params), of)
    assert [finding.figure for finding in found] == ([1 + others] if others else [])
    once = said(rule("one_time", {key: value for key, value in params.items() if key != "count"}), of)
    assert [len(finding.counted) for finding in once] == ([others] if others else [])


spans = st.tuples(st.integers(-500, 500), st.integers(0, 120))


def dates_of(span: tuple[int, int]) -> tuple[date, date]:
    return TODAY + span[0] * DAY, TODAY + (span[0] + span[1]) * DAY


@pytest.mark.parametrize("counting", ["by_days", "part_weeks", "four_week_months"])
@few
@given(own=spans, others=st.lists(spans, max_size=5))
def test_weeks_are_those_of_the_fullest_year(
    counting: str, own: tuple[int, int], others: list[tuple[int, int]]
) -> None:
    """Every span of 52 weeks that touches the request, counted with sets."""

    def unit(day: date) -> int:
        if counting == "by_days":
            return day.toordinal()
        if counting == "part_weeks":
            return (day - timedelta(days=day.weekday())).toordinal() // 7
        return day.year * 12 + day.month

    length = {"by_days": 364, "part_weeks": 52, "four_week_months": 12}[counting]
    scale = {"by_days": 1, "part_weeks": 1, "four_week_months": 4}[counting]
    mine = {unit(day) for day in days_between(*dates_of(own))}
    covered = mine | {unit(day) for span in others for day in days_between(*dates_of(span))}
    fullest = max(
        len(covered & set(range(start, start + length))) for start in range(min(mine) - length + 1, max(mine) + 1)
    )
    of = facts(days=dates_of(own), history=[spent(1, TODAY, days=dates_of(span)) for span in others])
    for weeks in (1, 8, 21, 52):
        found = said(rule("weeks_of_52", {"weeks": weeks, "counting": counting}), of)
        limit = weeks * 7 if counting == "by_days" else weeks
        assert [finding.figure for finding in found] == ([fullest * scale] if fullest * scale > limit else [])


@few
@given(own=spans, others=st.lists(spans, max_size=5), months=st.integers(1, 36))
def test_months_are_those_of_the_fullest_run(own: tuple[int, int], others: list[tuple[int, int]], months: int) -> None:
    def touched(span: tuple[int, int]) -> set[int]:
        return {day.year * 12 + day.month for day in days_between(*dates_of(span))}

    mine = touched(own)
    covered = mine.union(*map(touched, others))
    fullest = max(
        len(covered & set(range(start, start + months))) for start in range(min(mine) - months + 1, max(mine) + 1)
    )
    of = facts(days=dates_of(own), history=[spent(1, TODAY, days=dates_of(span)) for span in others])
    params = {"count": 1, "window": "rolling_months", "months": months, "unit": "months"}
    found = said(rule("count_window", params), of)
    assert [finding.figure for finding in found] == ([fullest] if fullest > 1 else [])


@few
@given(anchor=today_days, months=st.integers(-60, 60))
def test_months_are_counted_from_the_anchor(anchor: date, months: int) -> None:
    assert add_months(anchor, months) == months_on(anchor, months)


@pytest.mark.parametrize(
    ("anchor", "months", "day"),
    [
        (date(2026, 1, 31), 1, date(2026, 2, 28)),
        (date(2026, 1, 31), 2, date(2026, 3, 31)),  # from the anchor, not from the cut day
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(1999, 12, 31), 2, date(2000, 2, 29)),
        (date(2099, 12, 31), 2, date(2100, 2, 28)),
        (date(2026, 3, 31), -1, date(2026, 2, 28)),
        (date(2026, 1, 15), -1, date(2025, 12, 15)),
    ],
)
def test_month_ends(anchor: date, months: int, day: date) -> None:
    assert add_months(anchor, months) == day


def test_no_month_lies_off_the_calendar() -> None:
    with pytest.raises(OverflowError):
        add_months(date(1, 1, 1), -1)


EDGES = [
    # window, months, changes, a day that still counts, the neighbouring day that does not
    ("fiscal_year", 0, {}, FISCAL_YEAR[0], FISCAL_YEAR[0] - DAY),
    ("calendar_year", 0, {}, date(2026, 1, 1), date(2025, 12, 31)),
    ("rolling_months", 24, {}, date(2024, 12, 1), date(2024, 11, 30)),
    ("rolling_months", 1, {"today": date(2026, 3, 31)}, date(2026, 3, 1), date(2026, 2, 28)),
    ("any_52_weeks", 0, {}, TODAY - 363 * DAY, TODAY - 364 * DAY),
    ("enrolment", 0, {}, date(2025, 3, 15), date(2025, 3, 14)),
]


@pytest.mark.parametrize(("kind", "months", "changes", "inside", "outside"), EDGES)
def test_both_sides_of_an_edge(kind: str, months: int, changes: dict[str, date], inside: date, outside: date) -> None:
    params = {"cents": 8000, "window": kind} | ({"months": months} if months else {})
    assert said(rule("cap_window", params), facts(history=[spent(1, inside)], **changes))
    assert said(rule("cap_window", params), facts(history=[spent(1, outside)], **changes)) == []


def test_the_first_payment_opens_a_window_and_the_next_one_after_its_end_another() -> None:
    params = {"cents": 8000, "window": "first_payment_months", "months": 12}
    first = spent(1, date(2025, 6, 1), paid_on=date(2025, 6, 15))

    def on(today: date, *rows: Spending) -> list[int | None]:
        return [
            finding.figure for finding in said(rule("cap_window", params), facts(today=today, history=[first, *rows]))
        ]

    assert on(date(2026, 6, 14)) == [8001]
    assert on(date(2026, 6, 15)) == []  # the window is over: the coming payment opens the next
    assert on(date(2026, 6, 15), spent(2, date(2026, 6, 1))) == [8002]  # held, to be paid in the next
    again = spent(4, date(2026, 6, 1), paid_on=date(2026, 6, 15))
    assert on(date(2027, 6, 14), again) == [8004]
    assert on(date(2027, 6, 15), again) == []


def test_a_row_counts_by_its_person_category_and_request() -> None:
    params = {"cents": 8000, "window": "lifetime"}
    limit = rule("cap_window", params, category="other")
    assert PARENTS["food"] == "other" and PARENTS["rent"] == "housing"
    for noise in (
        spent(500, TODAY, category="rent"),
        spent(500, TODAY, enrollee_id=new_id()),
        spent(500, TODAY, request_id=facts().request_id),
        spent(0, TODAY),
    ):
        assert said(limit, facts(history=[noise])) == []
    for counted in (spent(500, TODAY), spent(500, TODAY, category="food"), spent(500, TODAY, category="other")):
        (finding,) = said(limit, facts(history=[counted]))
        assert (finding.figure, finding.counted) == (8500, (counted.request_id,))
    assert said(limit, facts(category="rent", history=[spent(500, TODAY)])) == []
    two = rule("cap_window", params | {"categories": ["food", "rent"]})
    assert said(two, facts(category="food", cents=8000, history=[spent(1, TODAY, category="clothing")])) == []
    assert said(two, facts(category="food", cents=8000, history=[spent(1, TODAY, category="rent")]))


def test_a_category_tree_that_runs_in_a_circle_ends() -> None:
    circle = {"clothing": "other", "other": "clothing"}
    limit = rule("cap_window", {"cents": 1, "window": "lifetime"}, category="other")
    assert said(limit, facts(parents=circle))


def test_what_is_left_is_told_whether_or_not_it_trips() -> None:
    limit = rule("cap_window", {"cents": 10000, "window": "lifetime"})
    for earlier, left in ((0, 2000), (1999, 1), (2000, 0), (2001, -1)):
        history = [spent(earlier, TODAY)] if earlier else []
        assert judged(limit, facts(history=history)).figures == {"left:r": left}
    assert judged(limit, facts(), Step.VOUCHER).figures == {}
    assert judged(replace(limit, category="housing"), facts()).figures == {}


REMEDIES = [
    # window, months, day of what filled it, what helps
    ("fiscal_year", 0, TODAY, "Wait until Jul 1, 2027."),
    ("calendar_year", 0, TODAY, "Wait until Jan 1, 2027."),
    ("rolling_months", 3, date(2026, 9, 30), "Wait until Dec 30, 2026."),
    ("rolling_months", 3, date(2026, 10, 31), "Wait until Jan 31, 2027."),
    ("rolling_months", 1, TODAY, "Wait until Dec 30, 2026."),
    ("any_52_weeks", 0, TODAY, ""),
    ("lifetime", 0, TODAY, ""),
    ("enrolment", 0, TODAY, ""),
]


@pytest.mark.parametrize(("kind", "months", "on", "remedy"), REMEDIES)
def test_when_nothing_is_left_the_sentence_says_from_when(kind: str, months: int, on: date, remedy: str) -> None:
    window = {"window": kind} | ({"months": months} if months else {})
    of = facts(history=[spent(8000, on)], cents=8000)
    assert said(rule("cap_window", {"cents": 8000} | window), of)[0].remedy_en == remedy
    assert said(rule("count_window", {"count": 1} | window), of)[0].remedy_en == remedy
    assert said(rule("one_time", window), of)[0].remedy_en == remedy
    if kind == "rolling_months":
        from_then = date.max if not remedy else _day(remedy)
        assert said(rule("count_window", {"count": 1} | window), replace(of, today=from_then)) == []
        assert said(rule("count_window", {"count": 1} | window), replace(of, today=from_then - DAY)) != []


def _day(remedy: str) -> date:
    month, day, year = remedy.removeprefix("Wait until ").rstrip(".").replace(",", "").split()
    return date(int(year), list(calendar.month_abbr).index(month), int(day))


def test_the_wait_ends_when_enough_has_left_and_not_before() -> None:
    limit = rule("cap_window", {"cents": 10000, "window": "rolling_months", "months": 12})
    rows = [spent(5000, date(2026, 1, 10)), spent(2500, date(2026, 2, 10)), spent(5000, date(2026, 3, 10))]
    (finding,) = said(limit, facts(cents=2500, history=rows))
    assert finding.remedy_en == "Wait until Jan 10, 2027."
    (finding,) = said(limit, facts(cents=5000, history=rows))
    assert finding.remedy_en == "Wait until Feb 10, 2027."
    (finding,) = said(limit, facts(cents=10001, history=rows))
    assert finding.remedy_en == "Wait until Mar 10, 2027 and ask for $100.00 or less."
    assert finding.remedy_es == "Espere hasta el 10 mar 2027 y pida $100.00 o menos."
    paid = [replace(rows[0], paid_on=date(2026, 1, 20), cents=10000)]
    first = rule("cap_window", {"cents": 10000, "window": "first_payment_months", "months": 12})
    assert said(first, facts(history=paid))[0].remedy_en == "Wait until Jan 20, 2027."
    assert said(first, facts(history=[replace(paid[0], paid_on=None)]))[0].remedy_en == ""
