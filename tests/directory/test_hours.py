"""Open, closed or unknown: the cases that people notice. The spelling of hours is in test_hours_spelling.py."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import pytest

from core.errors import Sentence
from directory.hours import ScheduleRow, days_that_close, row_holds_on, status, week_hours, week_minute, weekly_minutes

ZONE = "America/New_York"
NINE_TO_FIVE = ScheduleRow(freq="WEEKLY", byday="MO,TU,WE,TH,FR", opens_at=time(9), closes_at=time(17))
ALWAYS = ScheduleRow(freq="WEEKLY", byday="MO,TU,WE,TH,FR,SA,SU", opens_at=time(0), closes_at=time(23, 59))
NIGHTS = ScheduleRow(freq="WEEKLY", byday="FR", opens_at=time(22), closes_at=time(2))


def at(text: str) -> datetime:
    """A local moment of New York, first pass of a repeated hour."""
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(ZONE))


def states(rows: list[ScheduleRow], *moments: str) -> list[str]:
    return [status(rows, at(moment), ZONE).state for moment in moments]


def test_open_from_the_first_minute_and_closed_at_the_last() -> None:
    moments = ("2026-11-23T08:59", "2026-11-23T09:00", "2026-11-23T16:59", "2026-11-23T17:00", "2026-11-22T12:00")
    assert states([NINE_TO_FIVE], *moments) == ["closed", "open", "open", "closed", "closed"]


def test_open_says_until_when() -> None:
    answer = status([NINE_TO_FIVE], at("2026-11-23T10:00"), ZONE)
    assert answer.until == at("2026-11-23T17:00")
    assert answer.label == Sentence("Open now until %(time)s", time=Sentence("%(hour)s PM", hour=5))
    assert str(answer.label) == "Open now until 5 PM"


@pytest.mark.parametrize(
    ("moment", "opens", "label"),
    [
        ("2026-11-23T06:00", "2026-11-23T09:00", "Closed; opens today at 9 AM"),
        ("2026-11-22T20:00", "2026-11-23T09:00", "Closed; opens tomorrow at 9 AM"),
        ("2026-11-20T18:00", "2026-11-23T09:00", "Closed; opens Monday at 9 AM"),
    ],
)
def test_closed_says_when_it_opens_next(moment: str, opens: str, label: str) -> None:
    answer = status([NINE_TO_FIVE], at(moment), ZONE)
    assert (answer.state, answer.opens_next, str(answer.label)) == ("closed", at(opens), label)


def test_next_opening_weeks_ahead_is_told_by_date() -> None:
    row = ScheduleRow(freq="MONTHLY", byday="-1MO", opens_at=time(12, 30), closes_at=time(14))
    assert str(status([row], at("2026-12-01T09:00"), ZONE).label) == "Closed; opens December 28 at 12:30 PM"


def test_nothing_within_sixty_days_is_just_closed() -> None:
    row = ScheduleRow(freq="WEEKLY", byday="MO", valid_from=date(2027, 6, 1), opens_at=time(9), closes_at=time(10))
    answer = status([row], at("2026-11-23T09:00"), ZONE)
    assert (answer.state, answer.opens_next, str(answer.label)) == ("closed", None, "Closed now")


def test_past_midnight_also_from_yesterday() -> None:
    moments = ("2026-11-20T21:59", "2026-11-20T23:30", "2026-11-21T01:59", "2026-11-21T02:00", "2026-11-20T01:00")
    assert states([NIGHTS], *moments) == ["closed", "open", "open", "closed", "closed"]
    assert str(status([NIGHTS], at("2026-11-20T23:00"), ZONE).label) == "Open now until 2 AM"


def test_several_spans_a_day() -> None:
    rows = [replace(NINE_TO_FIVE, closes_at=time(12)), replace(NINE_TO_FIVE, opens_at=time(13))]
    assert states(rows, "2026-11-23T11:59", "2026-11-23T12:30", "2026-11-23T13:00") == ["open", "closed", "open"]
    assert str(status(rows, at("2026-11-23T11:00"), ZONE).label) == "Open now until noon"


@pytest.mark.parametrize("closes", [time(23, 59), time(0)])
def test_whole_days_join_without_a_gap(closes: time) -> None:
    row = replace(ALWAYS, closes_at=closes)
    answer = status([row], at("2026-11-23T23:59"), ZONE)
    assert (answer.state, answer.until, str(answer.label)) == ("open", None, "Open 24 hours")


def test_whole_weekdays_end_at_friday_midnight() -> None:
    answer = status([replace(ALWAYS, byday="MO,TU,WE,TH,FR")], at("2026-11-23T12:00"), ZONE)
    assert answer.until == at("2026-11-28T00:00")
    assert str(answer.label) == "Open now until Saturday at midnight"


def test_second_and_fourth_and_last_weekday() -> None:
    row = ScheduleRow(freq="MONTHLY", byday="2WE,4WE,-1FR", opens_at=time(9), closes_at=time(10))
    days = [day for day in range(1, 31) if row_holds_on(row, date(2026, 11, day))]
    assert days == [11, 25, 27]


def test_days_of_the_month_also_from_its_end() -> None:
    row = ScheduleRow(freq="MONTHLY", bymonthday="1,15,-1", opens_at=time(9), closes_at=time(10))
    assert [day for day in range(1, 29) if row_holds_on(row, date(2027, 2, day))] == [1, 15, 28]


@pytest.mark.parametrize(("wkst", "days"), [("MO", [5, 10, 19, 24]), ("SU", [5, 17, 19, 31])])
def test_alternate_weeks_count_from_the_start_and_the_first_day_of_the_week(wkst: str, days: list[int]) -> None:
    """The example of WKST in RFC 5545, section 3.8.5.3: from Tuesday 5 August 1997, four times."""
    row = ScheduleRow(
        freq="WEEKLY", interval=2, byday="TU,SU", wkst=wkst, dtstart=date(1997, 8, 5), count=4,
        opens_at=time(9), closes_at=time(10),
    )  # fmt: skip
    held = [day for day in range(1, 32) if row_holds_on(row, date(1997, 8, day))]
    assert held == days
    assert not any(row_holds_on(row, date(1997, 9, day)) for day in range(1, 31))


def test_alternate_weeks_without_a_start_are_unknown() -> None:
    row = replace(NINE_TO_FIVE, interval=2)
    answer = status([row], at("2026-11-23T10:00"), ZONE)
    assert (answer.state, str(answer.label)) == ("unknown", "Hours not listed: call")


def test_valid_dates_include_both_ends_and_say_nothing_after() -> None:
    row = replace(NINE_TO_FIVE, valid_from=date(2026, 11, 23), valid_to=date(2026, 11, 24))
    moments = ("2026-11-20T10:00", "2026-11-23T10:00", "2026-11-24T10:00", "2026-11-25T10:00")
    assert states([row], *moments) == ["closed", "open", "open", "unknown"]


def test_until_is_the_last_day() -> None:
    row = replace(NINE_TO_FIVE, until=date(2026, 11, 23))
    assert states([row], "2026-11-23T10:00", "2026-11-24T10:00") == ["open", "closed"]


def test_count_ends_the_row() -> None:
    row = replace(NINE_TO_FIVE, dtstart=date(2026, 11, 19), count=3)
    assert states([row], "2026-11-23T10:00", "2026-11-24T10:00") == ["open", "closed"]


def test_holiday_row_replaces_regular_hours() -> None:
    closed = ScheduleRow(valid_from=date(2026, 11, 26), valid_to=date(2026, 11, 27), closed=True)
    short = ScheduleRow(
        valid_from=date(2026, 11, 25), valid_to=date(2026, 11, 25), opens_at=time(10), closes_at=time(12)
    )
    rows = [NINE_TO_FIVE, closed, short]
    moments = ("2026-11-25T09:30", "2026-11-25T11:00", "2026-11-25T15:00", "2026-11-26T11:00", "2026-11-30T11:00")
    assert states(rows, *moments) == ["closed", "open", "closed", "closed", "open"]


def test_a_night_that_began_before_the_holiday_runs_on() -> None:
    closed = ScheduleRow(valid_from=date(2026, 11, 21), valid_to=date(2026, 11, 21), closed=True)
    assert states([NIGHTS, closed], "2026-11-21T01:00", "2026-11-21T02:00") == ["open", "closed"]


def test_holiday_of_the_year_one_comes_every_year() -> None:
    row = ScheduleRow(valid_from=date(1, 12, 24), valid_to=date(1, 1, 1), closed=True)
    held = [row_holds_on(row, day) for day in (date(2026, 12, 23), date(2026, 12, 24), date(2027, 1, 1))]
    assert held == [False, True, True]
    assert not row_holds_on(row, date(2027, 1, 2))


def test_closing_days_close() -> None:
    day = date(2026, 11, 23)
    assert status([NINE_TO_FIVE], at("2026-11-23T10:00"), ZONE, [day]).state == "closed"
    answer = status([ALWAYS], at("2026-11-22T10:00"), ZONE, [day])
    assert answer.until == at("2026-11-23T00:00")


def test_the_countys_closed_days_do_not_close_what_is_open_on_all_seven_days() -> None:
    days = [date(2026, 11, 26)]
    evenings = ScheduleRow(freq="WEEKLY", byday="MO,TU,WE,TH,FR,SA,SU", opens_at=time(17), closes_at=time(1))
    weekend = ScheduleRow(freq="WEEKLY", byday="SA,SU", opens_at=time(12), closes_at=time(14))
    second_sunday = ScheduleRow(freq="MONTHLY", byday="2SU", opens_at=time(9), closes_at=time(12))
    saturday = ScheduleRow(freq="WEEKLY", byday="SA", opens_at=time(9), closes_at=time(12))
    assert not days_that_close([ALWAYS], days) and not days_that_close([evenings], days)
    assert not days_that_close([NINE_TO_FIVE, weekend], days)
    assert (
        days_that_close([NINE_TO_FIVE], days) == days_that_close([NINE_TO_FIVE, saturday, second_sunday], days) == days
    )
    assert days_that_close([], days) == days


def test_twenty_three_and_twenty_five_hour_days() -> None:
    for moment, hours in (("2027-03-14", 23), ("2026-11-01", 25)):
        (day,) = (entry for entry in week_hours([ALWAYS], date.fromisoformat(moment), ZONE) if str(entry.day) == moment)
        (span,) = day.spans
        assert (span.closes.astimezone(UTC) - span.opens.astimezone(UTC)).total_seconds() == hours * 3600
        assert span.all_day


def test_opening_in_the_skipped_hour_is_the_moment_after_the_jump() -> None:
    row = ScheduleRow(freq="WEEKLY", byday="SU", opens_at=time(2, 30), closes_at=time(5))
    answer = status([row], at("2027-03-14T01:00"), ZONE)
    assert answer.opens_next == at("2027-03-14T03:00")


def test_closing_in_the_repeated_hour_is_its_first_pass() -> None:
    row = ScheduleRow(freq="WEEKLY", byday="SA", opens_at=time(22), closes_at=time(1, 30))
    first, second = at("2026-11-01T01:15"), at("2026-11-01T01:15").replace(fold=1)
    assert [status([row], moment, ZONE).state for moment in (first, second)] == ["open", "closed"]
    assert week_minute(second, ZONE) is None


def test_by_appointment_is_never_open() -> None:
    row = replace(NINE_TO_FIVE, by_appointment=True)
    answer = status([row], at("2026-11-23T10:00"), ZONE)
    assert (answer.state, answer.by_appointment) == ("unknown", True)
    assert str(answer.label) == "By appointment: call first"
    assert weekly_minutes([row]) is None


def test_no_rows_is_unknown() -> None:
    answer = status([], at("2026-11-23T10:00"), ZONE)
    assert (answer.state, answer.until, answer.opens_next) == ("unknown", None, None)
    assert str(answer.label) == "Hours not listed: call"


@pytest.mark.parametrize(
    "row",
    [
        replace(NINE_TO_FIVE, closes_at=None),
        replace(NINE_TO_FIVE, opens_at=time(9), closes_at=time(9)),
        replace(NINE_TO_FIVE, byday="Montag"),
        replace(NINE_TO_FIVE, byday="0MO"),
        replace(NINE_TO_FIVE, bymonthday="x"),
        replace(NINE_TO_FIVE, freq="HOURLY"),
        ScheduleRow(opens_at=time(9), closes_at=time(17)),
        ScheduleRow(freq="WEEKLY", opens_at=time(9), closes_at=time(17)),
    ],
)
def test_rows_that_do_not_tell_are_unknown(row: ScheduleRow) -> None:
    assert states([row], "2026-11-23T10:00") == ["unknown"]


def test_a_moment_without_zone_is_refused_and_one_of_another_age_is_unknown() -> None:
    with pytest.raises(ValueError, match="time zone"):
        status([ALWAYS], at("2026-11-23T10:00").replace(tzinfo=None), ZONE)
    assert status([ALWAYS], datetime.max.replace(tzinfo=UTC), ZONE).state == "unknown"
    assert status([ALWAYS], datetime.min.replace(tzinfo=UTC), ZONE).state == "unknown"


def test_week_of_the_listing_page() -> None:
    rows = [
        NINE_TO_FIVE,
        replace(NIGHTS, notes="Side door"),
        ScheduleRow(valid_from=date(2026, 11, 26), closed=True, valid_to=date(2026, 11, 26)),
    ]
    week = week_hours(rows, date(2026, 11, 29), ZONE)
    assert [day.day.isoformat() for day in week][::6] == ["2026-11-23", "2026-11-29"]
    assert [len(day.spans) for day in week] == [1, 1, 1, 0, 2, 0, 0]
    friday = week[4]
    assert [(span.opens.hour, span.closes.hour, span.closes.day) for span in friday.spans] == [(9, 17, 27), (22, 2, 28)]
    assert friday.notes == ("Side door",)
    assert week[3].is_exception and week[3].is_known


def test_weekly_minutes_wrap_around_the_week() -> None:
    row = ScheduleRow(freq="WEEKLY", byday="SU", opens_at=time(22), closes_at=time(2))
    assert weekly_minutes([row]) == [(0, 120), (10080 - 120, 10080)]
    assert weekly_minutes([ALWAYS]) == [(0, 10080)]


@pytest.mark.parametrize(
    "row",
    [
        replace(NINE_TO_FIVE, byday="2MO"),
        replace(NINE_TO_FIVE, interval=2, dtstart=date(2026, 1, 5)),
        replace(NINE_TO_FIVE, valid_to=date(2027, 1, 5)),
        replace(NINE_TO_FIVE, bymonthday="1"),
        ScheduleRow(closed=True, valid_from=date(2026, 12, 25), valid_to=date(2026, 12, 25)),
    ],
)
def test_irregular_rows_have_no_weekly_minutes(row: ScheduleRow) -> None:
    assert weekly_minutes([NINE_TO_FIVE, row]) is None
