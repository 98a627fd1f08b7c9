"""Outcomes: means with N, small groups hidden outside the staff view, nothing in the open."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask

from audit.queries import list_events
from care.actions.outcomes import open_outcomes, record_outcomes, state_unit_cost
from care.figures import OutcomeCell
from care.queries.outcomes import list_unit_costs
from core.db import db
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import make_person, user_of
from tests.cast import CAL, DAN, MAX
from tests.conftest import SignIn


def test_means_with_how_many_were_observed(app: Flask, sign_in_as: SignIn) -> None:
    """Written again replaces; missing is not observed; three people are too few outside; refused where it must be."""
    dan = sign_in_as("dan")
    cal = user_of(CAL)
    people = [make_person(CAL) for _ in range(3)]
    for person, days in zip(people, (90, 75, 60), strict=True):
        record_outcomes(cal, enrollee_id=person.enrollee_id, period=-1, values={"days_homeless": 1, "arrests": None})
        record_outcomes(cal, enrollee_id=person.enrollee_id, period=-1, values={"days_homeless": days})
    director = user_of(DAN)
    assert open_outcomes(director).cells[-1]["days_homeless"] == OutcomeCell(75.0, 3)
    assert open_outcomes(director).cells[-1]["arrests"] == OutcomeCell(None, 0)
    assert open_outcomes(director, is_for_staff=False).cells[-1]["days_homeless"] == OutcomeCell(None, None)
    assert "75.0" in dan.get("/outcomes").text and "75.0" not in dan.get("/outcomes?share=1").text
    with pytest.raises(InvalidInput):
        record_outcomes(cal, enrollee_id=people[0].enrollee_id, period=1, values={"days_homeless": 185})
    with pytest.raises(NotFound):
        record_outcomes(user_of(MAX), enrollee_id=people[0].enrollee_id, period=1, values={})
    with pytest.raises(NotAllowed):
        open_outcomes(cal)
    written = [event.record for event in list_events(page=1)[0] if event.kind == "outcomes:recorded"]
    assert written and "75" not in str([record["details"] for record in written])


def test_a_half_year_is_written_down_when_it_is_over(app: Flask) -> None:
    cal = user_of(CAL)
    fresh = make_person(CAL, enrolled_on=date(2026, 5, 18))
    with pytest.raises(NotAllowed, match="not over yet"):
        record_outcomes(cal, enrollee_id=fresh.enrollee_id, period=1, values={}, now=NOW - timedelta(days=1))
    record_outcomes(cal, enrollee_id=fresh.enrollee_id, period=1, values={}, now=NOW)
    waiting = make_person(CAL, status="referred", enrolled_on=None)
    with pytest.raises(NotAllowed, match="enroll the person first"):
        record_outcomes(cal, enrollee_id=waiting.enrollee_id, period=-1, values={}, now=NOW)


def test_savings_come_from_stated_costs_and_the_same_people(app: Flask) -> None:
    """One observed only before counts for nothing; a cost is stated with its source; the one before stays on record."""
    cal, director = user_of(CAL), user_of(DAN)
    for before, after in ((100, 10), (50, 20), (70, None)):
        person = make_person(CAL, enrolled_on=date(2026, 1, 1))
        record_outcomes(cal, enrollee_id=person.enrollee_id, period=-1, values={"days_homeless": before}, now=NOW)
        if after is not None:
            record_outcomes(cal, enrollee_id=person.enrollee_id, period=1, values={"days_homeless": after}, now=NOW)
    report = open_outcomes(director, now=NOW)
    assert report.savings[1]["days_homeless"].cents is None and report.total_cents[1] is None
    stated: dict[str, Any] = {"measure": "days_homeless", "source": "Rate sheet", "as_of": date(2026, 1, 1)}
    state_unit_cost(director, **stated, cents=7_000, version=0, now=NOW)
    state_unit_cost(director, **stated, cents=8_000, version=1, now=NOW)
    with pytest.raises(Conflict):
        state_unit_cost(director, **stated, cents=9_000, version=1, now=NOW)
    saving = open_outcomes(director, now=NOW).savings[1]["days_homeless"]
    assert (saving.people, saving.before_units, saving.units, saving.cents) == (2, 150, 120, 960_000)
    assert [row.cents for row in list_unit_costs()["days_homeless"]] == [8_000, 7_000]
    db.session.rollback()
    assert [event["cents"] for event in events_of("outcomes:cost_stated")] == [8_000, 7_000]
    with pytest.raises(NotAllowed):
        state_unit_cost(cal, **stated, cents=1, version=2, now=NOW)
    with pytest.raises(InvalidInput, match="where the figure comes from"):
        state_unit_cost(director, **{**stated, "source": " "}, cents=1, version=2, now=NOW)
    with pytest.raises(InvalidInput, match="still to come"):
        state_unit_cost(director, **{**stated, "as_of": date(2030, 1, 1)}, cents=1, version=2, now=NOW)
    with pytest.raises(NotFound):
        state_unit_cost(director, **{**stated, "measure": "joy"}, cents=1, version=0, now=NOW)
