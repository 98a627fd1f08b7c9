"""Referrals and contacts in the browser: made from a sheet, moved by legal buttons, followed up; two presses."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from audit.queries import list_events
from care.models import ContactEntry, Enrollee, Referral, ReferralEvent
from core.clock import local_day, now_utc
from core.db import current_config, db
from tests.builders import make_listing
from tests.care.people import Made, make_person
from tests.cast import CAL, Browser
from tests.conftest import SignIn

pytestmark = pytest.mark.one_database


@pytest.fixture
def cal(app: Flask, sign_in_as: SignIn) -> Browser:
    """The coordinator of the person in these tests."""
    return sign_in_as("cal")


@pytest.fixture
def person(app: Flask) -> Made:
    """A person referred two hours ago."""
    return make_person(CAL, at=now_utc())


def refer(cal: Browser, person: Made, service_id: UUID) -> str:
    """Make a referral by the form and answer its address."""
    address = f"/enrollees/{person.enrollee_id}/referrals/new?goal={person.goal_id}&service={service_id}"
    answer = cal.send(
        address, goal=str(person.goal_id), introduced_by="Cal", introduced_to="Zenobia", meeting="Thursday 10 AM"
    )
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def test_a_referral_is_made_and_shown_with_its_clock(app: Flask, cal: Browser, person: Made) -> None:
    """The hand-off stands on the page, the promise runs, and the words are in no address and no event."""
    address = refer(cal, person, make_listing(name="Housing help"))
    page = cal.get(address)
    assert "Zenobia" in page.text and "Housing help" in page.text and "23 hours left" in page.text
    assert page.headers["Cache-Control"] == "no-store" and "Zenobia" not in address
    assert "Zenobia" not in str([event.record for event in list_events(page=1)[0]])
    listed = cal.get(f"/enrollees/{person.enrollee_id}/referrals").text
    assert "Housing help" in listed and "First answer" in listed


def test_only_legal_steps_are_buttons_and_first_contact_stops_the_clock(app: Flask, cal: Browser, person: Made) -> None:
    """made → offered → first contact; what the table does not allow is refused and nothing moves."""
    address = refer(cal, person, make_listing())
    offered = set(re.findall(r'name="state" value="([^"]+)"', cal.get(address).text))
    assert "offered" in offered and "engaged" not in offered
    refused = cal.send(f"{address}/move", page=address, state="engaged", row_version="1")
    assert refused.status_code == 422 and "cannot become" in refused.text
    assert cal.send(f"{address}/move", page=address, state="offered", row_version="1").status_code == 303
    old = cal.send(f"{address}/move", page=address, state="first contact", row_version="1")
    assert old.status_code == 422 and "Somebody changed" in old.text
    assert cal.send(f"{address}/move", page=address, state="first contact", row_version="2").status_code == 303
    enrollee = db.session.get(Enrollee, person.enrollee_id)
    assert enrollee is not None and enrollee.first_access_at is not None
    assert len(list(db.session.scalars(select(ReferralEvent)))) == 3


def test_did_they_get_in(app: Flask, cal: Browser, person: Made) -> None:
    """Asked again later needs a time; yes is kept."""
    address = refer(cal, person, make_listing())
    later = cal.send(
        f"{address}/follow-up", page=address, got_in="later", row_version="1", ask_again_at="1/1/2020 9 AM"
    )
    assert later.status_code == 422 and "still to come" in later.text
    assert cal.send(f"{address}/follow-up", page=address, got_in="yes", row_version="1").status_code == 303
    assert "got in" in cal.get(address).text


def test_a_clock_stops_by_hand_with_a_reason_once(app: Flask, cal: Browser, person: Made) -> None:
    """The reason is on record; a stopped clock is not offered again."""
    listed = f"/enrollees/{person.enrollee_id}/referrals"
    sent = {"which": "access", "reason": "refused by the person"}
    assert cal.send(f"/enrollees/{person.enrollee_id}/clocks", page=listed, **sent).status_code == 303
    assert list_events(page=1)[0] and "refused by the person" in str([e.record for e in list_events(page=1)[0]])
    assert "Stop a clock by hand" not in cal.get(listed).text


def test_strangers_find_nothing(app: Flask, sign_in_as: SignIn, person: Made) -> None:
    """A coordinator of others: the person, the referrals and the contacts do not exist."""
    cal = sign_in_as("cal")
    address = refer(cal, person, make_listing())
    other = sign_in_as("max")
    for tried in (address, f"/enrollees/{person.enrollee_id}/referrals", f"/enrollees/{person.enrollee_id}/contacts"):
        assert other.get(tried).status_code == 404 and cal.get(tried).status_code == 200
    other_person = make_person(CAL)
    referral_id = address.rsplit("/", 1)[1]
    assert cal.get(f"/enrollees/{other_person.enrollee_id}/referrals/{referral_id}").status_code == 404
    assert db.session.scalar(select(Referral)) is not None


@pytest.mark.database
def test_a_contact_takes_two_presses(app: Flask, cal: Browser) -> None:
    """A channel and a result; the days that were missed stand first."""
    now = now_utc()
    today = local_day(now, current_config().timezone)
    person = make_person(CAL, at=now - timedelta(days=3), enrolled_on=today - timedelta(days=3))
    address = f"/enrollees/{person.enrollee_id}/contacts"
    page = cal.get(address).text
    assert "3 days overdue" in page and page.index("overdue") < page.index("due today")
    nothing = cal.send(address, result="reached")
    assert nothing.status_code == 422 and "Choose how you got in touch" in nothing.text
    assert cal.send(address, channel="phone", result="not reached").status_code == 303
    assert "due today" in cal.get(address).text
    assert cal.send(address, channel="visit", result="reached", note="Walked by the river").status_code == 303
    page = cal.get(address).text
    assert "due today" not in page and "Walked by the river" in page
    assert len(list(db.session.scalars(select(ContactEntry)))) == 2
