"""The county's closed days."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from audit.queries import list_events
from core.errors import InvalidInput, NotAllowed
from core.identity import VISITOR, system_identity
from directory import actions, queries
from tests.cast import CAL, identity_for

STEWARD = system_identity("test")
FOURTH = date(2027, 7, 4)


def test_days_are_added_renamed_and_taken_away(app: Flask) -> None:
    """Each change is one event that names the days; the second try writes nothing."""
    assert actions.set_closing_days(STEWARD, add={FOURTH: "  Independence   Day "}) == 1
    assert queries.list_county_closing_days() == [(FOURTH, "Independence Day")] and queries.closing_days() == [FOURTH]
    assert actions.set_closing_days(STEWARD, add={FOURTH: "Independence Day"}) == 0
    assert actions.set_closing_days(STEWARD, add={FOURTH: "The Fourth"}) == 1
    assert actions.set_closing_days(STEWARD, remove=[FOURTH]) == 1
    assert actions.set_closing_days(STEWARD, remove=[FOURTH]) == 0
    events, total = list_events(page=1)
    assert total == 3 and {event.kind for event in events} == {"closing_days:set"}
    assert events[0].record["details"] == {"days": ["2027-07-04"]}


@pytest.mark.parametrize(("day", "name", "field"), [(FOURTH, " ", "name"), (date(1900, 1, 1), "Old", "day")])
def test_senseless_days_are_refused(app: Flask, day: date, name: str, field: str) -> None:
    """A day needs a name and a year of ours."""
    with pytest.raises(InvalidInput) as refusal:
        actions.set_closing_days(STEWARD, add={day: name})
    assert refusal.value.field == field and queries.list_county_closing_days() == []


def test_visitor_and_coordinator_are_refused(app: Flask) -> None:
    """Only a steward closes the county."""
    for identity in (VISITOR, identity_for(CAL)):
        with pytest.raises(NotAllowed, match="Only a steward"):
            actions.set_closing_days(identity, add={FOURTH: "Independence Day"})
