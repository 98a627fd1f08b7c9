"""Referrals: made once, moved by the table, the promise kept or broken, the clock stopped and never silently."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from audit.queries import list_events
from care import queries, rules, vault
from care.actions import contacts, referrals
from care.queries.referrals import get_referral, list_referral_events, promises_of
from core.db import db
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.identity import Identity
from tests.builders import NOW, make_listing
from tests.care.people import Made, make_person, user_of
from tests.cast import CAL, MAX
from tests.directory.actions.test_agreements import make_agreement

HANDOFF = {"introduced_by": "Cal", "introduced_to": "Intake desk", "meeting": "Thursday 10 AM"}


def refer(cal: Identity, person: Made, service_id: UUID, **changes: Any) -> UUID:
    """A referral from the person's goal."""
    return referrals.make_referral(
        cal,
        enrollee_id=person.enrollee_id,
        goal_id=person.goal_id,
        service_id=service_id,
        fields=HANDOFF,
        **{"now": NOW, **changes},
    )


def move(cal: Identity, referral_id: UUID, state: str, at: datetime) -> None:
    """The next step, by one who saw the newest."""
    row = get_referral(referral_id)
    assert row is not None
    version = row.row_version
    db.session.rollback()
    referrals.move_referral(cal, referral_id=referral_id, state=state, row_version=version, now=at)


def test_a_referral_is_made_once_and_its_words_are_sealed(app: Flask) -> None:
    """A form sent twice makes one; the names of the hand-off lie sealed."""
    person, service_id = make_person(CAL), make_listing()
    cal, wanted = user_of(CAL), uuid4()
    assert refer(cal, person, service_id, referral_id=wanted) == refer(cal, person, service_id, referral_id=wanted)
    row = get_referral(wanted)
    assert row is not None and row.state == "made" and row.follow_up_at == NOW + referrals.FOLLOW_UP
    assert vault.open_fields([row])[wanted] == HANDOFF
    assert [event.kind for event in list_events(page=1)[0]].count("referral:made") == 1
    assert "Intake desk" not in str([event.record for event in list_events(page=1)[0]])


def test_a_stranger_does_not_even_learn_that_the_person_exists(app: Flask) -> None:
    """Another coordinator gets NotFound, and nothing is written."""
    person, service_id = make_person(CAL), make_listing()
    with pytest.raises(NotFound):
        refer(user_of(MAX), person, service_id)
    referral_id = refer(user_of(CAL), person, service_id)
    with pytest.raises(NotFound):
        referrals.move_referral(user_of(MAX), referral_id=referral_id, state="contacted", row_version=1, now=NOW)


def test_first_contact_stops_the_24_hours_and_says_so(app: Flask) -> None:
    """The time is the contact's; the event names the clock; a later one stops nothing."""
    person, service_id = make_person(CAL), make_listing()
    cal = user_of(CAL)
    referral_id = refer(cal, person, service_id)
    move(cal, referral_id, "offered", NOW + timedelta(hours=1))
    row = queries.get_enrollee(person.enrollee_id)
    assert row is not None and row.first_access_at is None
    move(cal, referral_id, "first contact", NOW + timedelta(hours=3))
    row = queries.get_enrollee(person.enrollee_id)
    assert row is not None and row.first_access_at == NOW + timedelta(hours=3)
    assert list_events(page=1)[0][0].record["details"]["stops"] == "access"
    found = rules.clock(row.referred_at, rules.ACCESS_CLOCK, row.first_access_at, NOW + timedelta(days=9))
    assert found.state is rules.ClockState.STOPPED and found.took == timedelta(hours=5)
    with pytest.raises(NotAllowed, match="stopped already"):
        referrals.stop_clock(
            cal, enrollee_id=person.enrollee_id, which="access", reason="met", now=NOW + timedelta(hours=4)
        )


def test_the_kept_rate_moves_when_time_does(app: Flask) -> None:
    """Within its 24 hours a promise is not counted; past them it is broken, until a response in time keeps one."""
    person = make_person(CAL)
    cal = user_of(CAL)
    agreement_id, service_id = make_agreement()
    first = refer(cal, person, service_id)
    second = refer(cal, person, service_id, now=NOW + timedelta(minutes=1))

    def rate(now: datetime) -> tuple[int, int]:
        db.session.rollback()
        return rules.kept_rate(promises_of([agreement_id], now)[agreement_id])

    assert rate(NOW + timedelta(hours=20)) == (0, 0)
    move(cal, first, "offered", NOW + timedelta(hours=23))
    assert rate(NOW + timedelta(hours=23)) == (1, 1)
    assert rate(NOW + timedelta(days=2)) == (1, 2)
    move(cal, second, "declined by person", NOW + timedelta(days=2))
    assert rate(NOW + timedelta(days=2)) == (1, 1)
    assert rate(NOW + timedelta(days=366)) == (0, 0)


def test_steps_follow_the_table_and_a_stale_page_is_told(app: Flask) -> None:
    """Illegal steps, old versions and times out of order are refused with a sentence."""
    person, service_id = make_person(CAL), make_listing()
    cal = user_of(CAL)
    referral_id = refer(cal, person, service_id)
    with pytest.raises(NotAllowed, match="cannot become"):
        move(cal, referral_id, "engaged", NOW)
    with pytest.raises(Conflict, match="Somebody changed"):
        referrals.move_referral(cal, referral_id=referral_id, state="contacted", row_version=9, now=NOW)
    with pytest.raises(InvalidInput):
        referrals.move_referral(
            cal,
            referral_id=referral_id,
            state="contacted",
            row_version=1,
            happened_at=NOW - timedelta(days=1),
            now=NOW,
        )
    move(cal, referral_id, "no capacity", NOW)
    move(cal, referral_id, "closed", NOW)
    assert [event.state for event in list_referral_events(referral_id)] == ["made", "no capacity", "closed"]


@pytest.mark.parametrize("state", sorted(rules.REFERRAL_NEXT))
def test_every_step_of_the_table_and_no_other(state: str) -> None:
    """State × state: allowed where the table says so, refused with a sentence elsewhere."""
    for new in rules.REFERRAL_NEXT:
        decision = rules.decide_referral(state, new)
        assert decision.allowed == (new in rules.REFERRAL_NEXT[state])
        assert decision.allowed or "cannot become" in str(decision.reasons[0])


def test_contacts_are_logged_in_one_call_and_once(app: Flask) -> None:
    """Channel and result; the same form twice is one; the future is refused."""
    person = make_person(CAL)
    cal, wanted = user_of(CAL), uuid4()
    for _ in range(2):
        contacts.log_contact(
            cal, enrollee_id=person.enrollee_id, channel="phone", result="reached", entry_id=wanted, now=NOW
        )
    assert [event.kind for event in list_events(page=1)[0]].count("contact:logged") == 1
    with pytest.raises(InvalidInput):
        contacts.log_contact(cal, enrollee_id=person.enrollee_id, channel="owl", result="reached", now=NOW)
    with pytest.raises(NotFound):
        contacts.log_contact(user_of(MAX), enrollee_id=person.enrollee_id, channel="phone", result="reached", now=NOW)


def test_contact_days_are_daily_then_three_a_week() -> None:
    """Seven daily ones, then Monday, Wednesday and Friday to day 30."""
    days = rules.contact_days(NOW.date(), NOW.date() + timedelta(days=60))
    assert len(days[:7]) == 7 and days[6] - days[0] == timedelta(days=6)
    assert {day.weekday() for day in days[7:]} == {0, 2, 4} and max(days) < NOW.date() + timedelta(days=30)
