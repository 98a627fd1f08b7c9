"""The open filter, the open facet and the label on the card never disagree."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

import pytest

from directory.hours import OpenStatus, ScheduleRow, parse_hours, status, weekly_minutes
from directory.search import opening
from directory.search.engine import run
from directory.search.query import SearchQuery
from tests.directory.search.made import document, documents, view_of

TEXTS = (
    "Mon-Fri 9:00am-5:00pm", "24 Hours", "Sat 8pm-2am", "Mon-Sun 10pm-6am", "2nd & 4th Wednesday 4:30pm-7pm",
    "Tue, Thu 1:00am-1:59am", "Sun 1:30am-3am", "Sun 12:00am-1:15am",
)  # fmt: skip
# Around both changes of the clocks of 2026, and an ordinary week.
STARTS = (datetime(2026, 3, 8, 4, tzinfo=UTC), datetime(2026, 11, 1, 3, tzinfo=UTC), datetime(2026, 11, 16, tzinfo=UTC))


@pytest.mark.parametrize("start", STARTS)
def test_filter_facet_and_label_agree_at_every_half_hour(start: datetime) -> None:
    made, rows_of = [], {}
    for number, text in enumerate(TEXTS):
        rows = tuple(parse_hours(text) or ())
        assert rows, text
        weekly = weekly_minutes(rows)
        rows_of[f"service-{number}"] = rows
        made.append(document(number, weekly=tuple(weekly) if weekly else None, schedule=rows))
    views = view_of(made)
    for half_hours in range(60):
        moment = start + timedelta(minutes=30 * half_hours)
        labels = {service: status(rows, moment, "America/New_York").state for service, rows in rows_of.items()}
        result = run(views, SearchQuery(open_at=moment, size=100), moment)
        assert {item.service_id for item in result.items} == {s for s, state in labels.items() if state == "open"}
        everything = run(views, SearchQuery(size=100), moment)
        shown = {item.service_id: {True: "open", False: "closed", None: "unknown"}[item.is_open]
                 for item in everything.items}  # fmt: skip
        assert shown == labels
        states = list(labels.values())
        assert everything.facets.open == (states.count("open"), states.count("closed"), states.count("unknown"))


def test_irregular_hours_are_asked_once_while_an_answer_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[datetime] = []

    def counted(rows: Sequence[ScheduleRow], now: datetime, zone: str, closing_days: Sequence[date]) -> OpenStatus:
        asked.append(now)
        return status(rows, now, zone, closing_days)

    monkeypatch.setattr(opening, "status", counted)
    views = view_of([one for one in documents(60, 80) if one.schedule])
    moment = datetime(2026, 11, 18, 15, tzinfo=UTC)
    for minute in range(5):
        run(views, SearchQuery(), moment + timedelta(minutes=minute))
    assert 0 < len(asked) <= views[0].part.columns.count
