"""Hours of a service and of one of its places."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from audit.queries import list_events
from core.errors import InvalidInput, NotAllowed, NotFound
from core.identity import VISITOR, system_identity
from directory import actions, queries
from directory.hours import ScheduleRow, parse_hours
from directory.views.steward_hours import hours_text
from tests.builders import make_location, make_service
from tests.cast import CAL, identity_for

STEWARD = system_identity("test")
WEEK = parse_hours("Mon-Fri 9am-5pm") or []


def test_hours_replace_hours_and_holidays_stay(app: Flask) -> None:
    """The regular rows are new, the holiday row is untouched; the same again changes nothing."""
    service_id = make_service()
    holiday = {"service_id": service_id, "closed": True, "dtstart": date(2026, 12, 25), "until": date(2026, 12, 25)}
    actions.add_record(STEWARD, table="schedule", values=holiday)
    assert actions.set_hours(STEWARD, service_id=service_id, site_id=None, rows=WEEK)
    other = parse_hours("Sat 10am-2pm") or []
    assert actions.set_hours(STEWARD, service_id=service_id, site_id=None, rows=other)
    assert not actions.set_hours(STEWARD, service_id=service_id, site_id=None, rows=other)
    hours = queries.get_edit_listing(service_id).hours
    assert hours_text(hours.regular) == "Sat 10:00 AM - 2:00 PM" and len(hours.exceptions) == 1
    assert [event.record["details"] for event in list_events(page=1)[0]][:2] == [{"fields": ["hours"]}] * 2


def test_hours_of_a_place_are_its_own(app: Flask) -> None:
    """The service's hours and another place's are untouched; a place of another service is not there."""
    service_id, other = make_service(), make_service()
    for name in ("A", "B"):
        make_location(service_id=service_id, name=name)
    make_location(service_id=other)
    first, second = queries.get_edit_listing(service_id).sites
    actions.set_hours(STEWARD, service_id=service_id, site_id=first.id, rows=WEEK)
    listing = queries.get_edit_listing(service_id)
    assert [bool(site.hours.regular) for site in listing.sites] == [True, False] and not listing.hours.regular
    foreign = queries.get_edit_listing(other).sites[0].id
    with pytest.raises(NotFound):
        actions.set_hours(STEWARD, service_id=service_id, site_id=foreign, rows=WEEK)
    assert second.id != first.id


def test_words_that_no_rule_reads_are_kept_as_words(app: Flask) -> None:
    """They are shown as they are."""
    service_id = make_service()
    actions.set_hours(STEWARD, service_id=service_id, site_id=None, rows=[], text="When the bell rings")
    assert hours_text(queries.get_edit_listing(service_id).hours.regular) == "When the bell rings"


def test_too_many_rows_are_refused(app: Flask) -> None:
    """A week has no hundred spans."""
    with pytest.raises(InvalidInput, match="too many"):
        actions.set_hours(STEWARD, service_id=make_service(), site_id=None, rows=[ScheduleRow()] * 101)


def test_visitor_and_coordinator_are_refused(app: Flask) -> None:
    """Only a steward sets hours."""
    service_id = make_service()
    for identity in (VISITOR, identity_for(CAL)):
        with pytest.raises(NotAllowed, match="Only a steward"):
            actions.set_hours(identity, service_id=service_id, site_id=None, rows=WEEK)


@pytest.mark.parametrize(
    "text",
    ["Mon–Fri 9–5; Sat 10–2", "24 hours", "2nd & 4th Wednesday 4:30pm-6pm", "Tue 10pm-2am",
     "Mon, Wed-Fri 9:00a - 4.30pm", "Last Friday 1-3pm", "Mon-Fri 9-12, 1-5", "Mon-Fri 9-5 by appointment",
     "Daily 8am-8pm"],
)  # fmt: skip
def test_the_editors_words_read_back_to_the_same_rows(text: str) -> None:
    """What the box shows is what is stored."""
    rows = parse_hours(text)
    assert rows
    assert sorted(map(repr, parse_hours(hours_text(rows)) or [])) == sorted(map(repr, rows))
