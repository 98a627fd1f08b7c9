"""What is flagged under 42 CFR Part 2 stays closed to one whose consent does not cover it: on every page, not one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from care.actions import choices, consents, finding, following, goals, plans, referrals, screenings
from core.db import db
from core.errors import NotFound
from tests.builders import NOW, make_listing
from tests.care.actions.test_consents import consent, flag_goal
from tests.care.people import Made, make_person, user_of
from tests.cast import CAL, MAX

TODAY = date(2026, 11, 18)
EVERYTHING = ["contact", "needs", "health", "plan", "referrals"]


def flagged_person() -> tuple[Made, dict[str, Any]]:
    """A flagged record with a flagged goal, on which a note, an earlier wording, a sheet and a referral hang."""
    cal, made = user_of(CAL), make_person(CAL, fields={"part2": True, "home_area": "10601"})
    ids: dict[str, Any] = {"enrollee_id": made.enrollee_id, "now": NOW}
    goals.note_progress(cal, **ids, goal_id=made.goal_id, note_id=uuid4(), words="Went to the clinic")
    goals.change_goal(
        cal, **ids, goal_id=made.goal_id, version=1, domain="housing", status="active", words={"own_words": "Sober"}
    )
    service_id = make_listing()
    sheet_id = choices.offer_choices(
        cal, **ids, sheet_id=uuid4(), goal_id=made.goal_id, options=[(service_id, None)], language="en",
        who_calls="person",
    )  # fmt: skip
    referral_id = referrals.make_referral(cal, **ids, goal_id=made.goal_id, service_id=service_id, fields={})
    screenings.record_screening(cal, **ids, screening_id=uuid4(), instrument="ASAM", taken_on=TODAY, score="2.1")
    flag_goal(made)
    return made, {"sheet_id": sheet_id, "referral_id": referral_id}


READS: dict[str, Callable[[Any, Made, dict[str, Any]], Any]] = {
    "goal": lambda who, made, _: goals.open_goal(who, enrollee_id=made.enrollee_id, goal_id=made.goal_id, now=NOW),
    "sheet": lambda who, made, rows: choices.open_choice_sheet(
        who, enrollee_id=made.enrollee_id, sheet_id=rows["sheet_id"], now=NOW
    ),
    "referral": lambda who, made, rows: following.open_referral(
        who, enrollee_id=made.enrollee_id, referral_id=rows["referral_id"], now=NOW
    ),
    "search for the goal": lambda who, made, _: finding.open_search(
        who, enrollee_id=made.enrollee_id, goal_id=made.goal_id, now=NOW
    ),
    "screenings": lambda who, made, _: screenings.open_screenings(who, enrollee_id=made.enrollee_id, now=NOW),
}


@pytest.mark.parametrize("what", READS)
def test_what_is_flagged_is_not_there(app: Flask, what: str) -> None:
    """For Max, whom a consent without Part 2 lets see; with it, and for Cal who works with the person, it is."""
    made, rows = flagged_person()
    given = consent(made.enrollee_id, recipient_email=MAX.email, groups=EVERYTHING) if user_of(MAX) else None
    with pytest.raises(NotFound):
        READS[what](user_of(MAX), made, rows)
    db.session.rollback()
    assert given and READS[what](user_of(CAL), made, rows)
    consents.revoke_consent(user_of(CAL), enrollee_id=made.enrollee_id, consent_id=given, now=NOW)
    consent(made.enrollee_id, recipient_email=MAX.email, groups=EVERYTHING, covers_part2=True)
    assert READS[what](user_of(MAX), made, rows)


def test_plan_and_search_do_not_name_a_flagged_goal(app: Flask) -> None:
    """Neither the goal nor its notes; not even that there is one."""
    made, _ = flagged_person()
    max_ = user_of(MAX)
    consent(made.enrollee_id, recipient_email=MAX.email, groups=EVERYTHING)
    opened = plans.open_plan(max_, enrollee_id=made.enrollee_id, now=NOW)
    assert opened.plan is not None and list(opened.goals) == [] and dict(opened.notes) == {}
    assert list(finding.open_search(max_, enrollee_id=made.enrollee_id, now=NOW).goals) == []
    whole = plans.open_plan(user_of(CAL), enrollee_id=made.enrollee_id, now=NOW)
    assert len(whole.goals) == 1 and len(whole.notes) == 1
