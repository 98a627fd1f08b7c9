"""Outcomes: means with N, small groups hidden outside the staff view, nothing in the open."""

from __future__ import annotations

import pytest
from flask import Flask

from audit.queries import list_events
from care.actions.outcomes import OutcomeCell, open_outcomes, record_outcomes
from core.errors import InvalidInput, NotAllowed, NotFound
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
    assert open_outcomes(director)[-1]["days_homeless"] == OutcomeCell(75.0, 3)
    assert open_outcomes(director)[-1]["arrests"] == OutcomeCell(None, 0)
    assert open_outcomes(director, is_for_staff=False)[-1]["days_homeless"] == OutcomeCell(None, None)
    assert "75.0" in dan.get("/outcomes").text and "75.0" not in dan.get("/outcomes?share=1").text
    with pytest.raises(InvalidInput):
        record_outcomes(cal, enrollee_id=people[0].enrollee_id, period=1, values={"days_homeless": 185})
    with pytest.raises(NotFound):
        record_outcomes(user_of(MAX), enrollee_id=people[0].enrollee_id, period=1, values={})
    with pytest.raises(NotAllowed):
        open_outcomes(cal)
    written = [event.record for event in list_events(page=1)[0] if event.kind == "outcomes:recorded"]
    assert written and "75" not in str([record["details"] for record in written])
