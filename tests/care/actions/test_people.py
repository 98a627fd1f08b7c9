"""Referring a person, changing them, their status and account: allowed, refused, told, twice, by a stranger."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from care import queries
from care.actions import people
from care.actions.opening import open_caseload, open_person
from care.models import Assignment, Enrollee
from core.db import db
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import make_person, user_of
from tests.cast import ADA, ANA, CAL, DAN, MAX, STELLA, SUE

FIELDS: dict[str, Any] = {"preferred_name": "Rosa", "home_area": "White Plains, NY", "languages": ["es"]}


def refer(**values: Any) -> UUID:
    """Sue refers Rosa to Cal."""
    return people.refer_person(
        user_of(SUE),
        **{
            "enrollee_id": uuid4(),
            "referred_at": NOW - timedelta(hours=1),
            "fields": FIELDS,
            "coordinator_id": user_of(CAL).user_id,
            "now": NOW,
            **values,
        },
    )


def test_a_referred_person_is_seen_by_the_coordinator_and_by_nobody_else(app: Flask) -> None:
    rosa = refer()
    opened = open_person(user_of(CAL), enrollee_id=rosa, purpose="overview", now=NOW)
    assert (opened.name, opened.enrollee.status, opened.fields["languages"]) == ("Rosa", "referred", ["es"])
    assert opened.enrollee.code == "E-001"
    assert [line.name for line in open_caseload(user_of(CAL), now=NOW)[0]] == ["Rosa"]
    assert open_caseload(user_of(MAX), now=NOW)[0] == []
    with pytest.raises(NotFound):
        open_person(user_of(MAX), enrollee_id=rosa, purpose="overview", now=NOW)
    assert events_of("enrollee:referred")[0]["fields"] == sorted(FIELDS)
    assert "Rosa" not in str(events_of("enrollee:referred"))


def test_a_referral_sent_twice_is_one_person(app: Flask) -> None:
    chosen = uuid4()
    assert refer(enrollee_id=chosen) == refer(enrollee_id=chosen) == chosen
    assert len(events_of("enrollee:referred")) == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"fields": {"home_area": "10601"}}, "Write what the person wants to be called."),
        ({"referred_at": NOW + timedelta(minutes=1)}, "The referral cannot lie in the future."),
        ({"fields": {**FIELDS, "home_area": "Xyzzy"}}, "Write a ZIP code or a town, like 10601 or White Plains, NY."),
        ({"coordinator_id": uuid4()}, "Choose an active account with this role."),
    ],
)
def test_a_referral_that_makes_no_sense_is_refused(app: Flask, values: dict[str, Any], sentence: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        refer(**values)
    assert str(refusal.value.sentence) == sentence
    assert db.session.query(Enrollee).count() == 0


def test_a_coordinator_refers_nobody(app: Flask) -> None:
    with pytest.raises(NotAllowed, match="Your role does not allow this."):
        people.refer_person(user_of(CAL), enrollee_id=uuid4(), referred_at=NOW, fields=FIELDS, now=NOW)


def test_a_change_names_its_fields_and_no_value(app: Flask) -> None:
    ana = make_person(CAL).enrollee_id
    person = open_person(user_of(CAL), enrollee_id=ana, purpose="edit", now=NOW)
    version = person.enrollee.row_version
    fields = {"pronouns": "she/her", "contact_ways": ["none"]}
    changed = people.change_person(user_of(CAL), enrollee_id=ana, fields=fields, row_version=version, now=NOW)
    assert changed == ["contact_ways", "pronouns"]
    assert events_of("enrollee:changed") == [{"fields": ["contact_ways", "pronouns"]}]
    with pytest.raises(Conflict, match="Somebody else changed this record meanwhile"):
        people.change_person(user_of(CAL), enrollee_id=ana, fields=fields, row_version=version, now=NOW)
    assert people.change_person(user_of(CAL), enrollee_id=ana, fields=fields, row_version=version + 1, now=NOW) == []
    assert len(events_of("enrollee:changed")) == 1


def test_a_stranger_and_a_reader_change_nothing(app: Flask) -> None:
    ana = make_person(CAL).enrollee_id
    with pytest.raises(NotFound):
        people.change_person(user_of(MAX), enrollee_id=ana, fields={}, row_version=1, now=NOW)
    with pytest.raises(NotAllowed, match="Only this person's coordinator or the supervisor can write here."):
        people.change_person(user_of(ADA), enrollee_id=ana, fields={"pronouns": "x"}, row_version=1, now=NOW)
    assert events_of("enrollee:changed") == []


def test_the_end_closes_every_assignment(app: Flask) -> None:
    ana = make_person(CAL).enrollee_id
    people.change_status(user_of(CAL), enrollee_id=ana, status="ended", on=NOW.date(), now=NOW)
    assert events_of("enrollee:status_changed")[0] == {"old": "enrolled", "new": "ended", "on": NOW.date().isoformat()}
    assert queries.find_access(user_of(CAL), ana, NOW + timedelta(seconds=1)) is None
    assert db.session.query(Assignment).filter(Assignment.ends_at.is_(None)).count() == 0
    db.session.rollback()
    with pytest.raises(NotFound):
        people.change_status(user_of(CAL), enrollee_id=ana, status="enrolled", on=NOW.date(), now=NOW)


def test_a_status_that_cannot_follow_is_refused_and_the_same_is_no_change(app: Flask) -> None:
    ana = make_person(CAL).enrollee_id
    people.change_status(user_of(CAL), enrollee_id=ana, status="enrolled", on=NOW.date(), now=NOW)
    assert events_of("enrollee:status_changed") == []
    with pytest.raises(NotAllowed, match="A person who is “Enrolled” cannot become “Referred”"):
        people.change_status(user_of(CAL), enrollee_id=ana, status="referred", on=NOW.date(), now=NOW)
    with pytest.raises(NotAllowed, match="This day has not come yet"):
        day = NOW.date() + timedelta(days=1)
        people.change_status(user_of(CAL), enrollee_id=ana, status="ended", on=day, now=NOW)
    with pytest.raises(NotFound):
        people.change_status(user_of(MAX), enrollee_id=ana, status="ended", on=NOW.date(), now=NOW)


def test_an_account_is_tied_once_and_only_one_of_an_enrollee(app: Flask) -> None:
    ana, other = make_person(CAL).enrollee_id, make_person(CAL).enrollee_id
    own, steward = user_of(ANA), user_of(STELLA)
    assert steward.user_id and own.user_id
    for email in (STELLA.email, "nobody@example.org"):
        with pytest.raises(InvalidInput, match="No active account of an enrollee has this address."):
            people.link_account(user_of(CAL), enrollee_id=ana, email=email, now=NOW)
    for _ in range(2):
        people.link_account(user_of(CAL), enrollee_id=ana, email=ANA.email.upper(), now=NOW)
    assert events_of("enrollee:changed") == [{"fields": ["account"]}]
    assert open_person(own, enrollee_id=ana, purpose="own record", now=NOW).access.standing == "own record"
    with pytest.raises(InvalidInput, match="This account belongs to another record already."):
        people.link_account(user_of(CAL), enrollee_id=other, email=ANA.email, now=NOW)
    with pytest.raises(NotFound):
        people.link_account(user_of(MAX), enrollee_id=other, email=ANA.email, now=NOW)


def test_the_director_sees_all_and_writes_nothing(app: Flask) -> None:
    ana = make_person(CAL).enrollee_id
    assert open_person(user_of(DAN), enrollee_id=ana, purpose="overview", now=NOW).access.standing == "oversight"
    with pytest.raises(NotAllowed):
        people.change_person(user_of(DAN), enrollee_id=ana, fields={"pronouns": "x"}, row_version=1, now=NOW)
