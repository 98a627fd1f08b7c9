"""The start page counts what waits, and each is one press away, by code; a stranger's people are in no count."""

from __future__ import annotations

from datetime import timedelta

from flask import Flask

from audit.queries import list_events
from care.actions import referrals
from core.clock import local_day, now_utc
from core.db import current_config
from tests.builders import make_listing
from tests.care.people import make_person, user_of
from tests.cast import CAL
from tests.conftest import SignIn


def test_what_waits_is_counted_and_one_press_away(app: Flask, sign_in_as: SignIn) -> None:
    """A late clock, a contact, a referral without an answer; another coordinator has none of it."""
    cal = sign_in_as("cal")
    now = now_utc()
    made = now - timedelta(days=3)
    person = make_person(CAL, at=made, enrolled_on=local_day(made, current_config().timezone), code="E-777")
    ended = make_person(CAL, at=made, status="ended", code="E-888")
    referral_id = referrals.make_referral(
        user_of(CAL),
        enrollee_id=person.enrollee_id,
        goal_id=person.goal_id,
        service_id=make_listing(),
        fields={},
        now=made,
    )
    start = cal.get("/start").text
    assert "Clocks running out" in start and "/today#contacts" in start
    waiting, nothing = start.split("Nothing waits here")
    assert "Clocks running out" in waiting and "Clocks running out" not in nothing
    assert "Fund requests returned for a change" in nothing and "Fund requests returned for a change" not in waiting
    page = cal.get("/today").text
    assert "E-777" in page and "E-888" not in page and "3 days overdue" in page
    for address in (f"/enrollees/{person.enrollee_id}/contacts", f"/enrollees/{person.enrollee_id}/referrals"):
        assert address in page and cal.get(address).status_code == 200
    assert f"/referrals/{referral_id}" in page and str(ended.enrollee_id) not in page
    opened = [event.record for event in list_events(page=1)[0] if event.kind == "caseload:opened"]
    assert opened and str(person.enrollee_id) in str(opened[0])
    other = sign_in_as("max").get("/today").text
    assert "E-777" not in other and "Nothing runs out." in other


def test_each_role_has_its_own_lines(app: Flask, sign_in_as: SignIn) -> None:
    """Agreements and gaps for a supervisor, emergencies for the privacy officer, no clocks for a steward."""
    assert "Gaps to decide about" in sign_in_as("sue").get("/start").text
    assert "Emergency access to judge" in sign_in_as("pia").get("/start").text
    assert "Clocks running out" not in sign_in_as("stella").get("/start").text
