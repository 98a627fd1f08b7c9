"""Consents and what leaves under them: nothing without one in force, the notice always, a revocation at once."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask

from care import queries, vault
from care.actions import consents, disclosure, people
from care.models import Disclosure, Enrollee, Goal
from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import Made, make_person, user_of
from tests.cast import ADA, ANA, CAL, GUS, MAX

TODAY = NOW.date()


def consent(enrollee_id: UUID, **values: Any) -> UUID:
    """Ana lets the housing office know contact and plan, for a month."""
    return consents.give_consent(
        user_of(CAL),
        **{
            "enrollee_id": enrollee_id,
            "consent_id": uuid4(),
            "recipient": "Harbor Housing",
            "purpose": "to arrange housing",
            "groups": ["contact", "plan"],
            "starts_on": TODAY,
            "expires_on": TODAY + timedelta(days=30),
            "given_how": "on paper",
            "now": NOW,
            **values,
        },
    )


def tell(enrollee_id: UUID, consent_id: UUID, days: int = 0, **values: Any) -> disclosure.Envelope:
    """Cal tells under a consent, so many days later."""
    return disclosure.disclose(
        user_of(CAL),
        **{
            "enrollee_id": enrollee_id,
            "consent_id": consent_id,
            "disclosure_id": uuid4(),
            "now": NOW + timedelta(days=days),
            **values,
        },
    )


def test_an_envelope_carries_scope_notice_and_only_what_was_consented(app: Flask) -> None:
    ana = make_person(CAL, fields={"insurance": "Medicaid", "phone": "914-555-0133"}).enrollee_id
    envelope = tell(ana, consent(ana))
    content = json.loads(envelope.data)
    assert content["notice"].startswith("This record which has been disclosed to you is protected by Federal")
    assert content["notice"].endswith("(see 42 CFR 2.31).") and "33.13" in content["state_notice"]
    assert content["consent"]["recipient"] == "Harbor Housing"
    assert content["consent"]["purpose"] == "to arrange housing" and "revoke" in content["consent"]["revocation"]
    assert content["record"]["person"]["phone"] == "914-555-0133"
    assert content["record"]["goal"][0]["own_words"] == "A door that locks"
    assert "Medicaid" not in envelope.data.decode() and "benefit" not in content["record"]
    assert envelope.digest == hashlib.sha256(envelope.data).hexdigest()
    row = db.session.query(Disclosure).one()
    assert (row.digest, row.fields) == (envelope.digest, "contact,plan")
    told = events_of("record:disclosed")[0]
    assert told["digest"] == envelope.digest and "Harbor" not in str(told)


@pytest.mark.parametrize(("days", "sentence"), [(-1, "has not begun"), (31, "has expired")])
def test_nothing_leaves_outside_the_time_of_the_consent(app: Flask, days: int, sentence: str) -> None:
    ana = make_person(CAL, at=NOW - timedelta(days=5)).enrollee_id
    given = consent(ana)
    with pytest.raises(NotAllowed, match=sentence):
        tell(ana, given, days)
    assert events_of("record:disclosed") == []
    tell(ana, given, 30)  # the last day is in it


def test_a_revoked_consent_ends_at_once(app: Flask) -> None:
    ana = make_person(CAL).enrollee_id
    given = consent(ana)
    with pytest.raises(NotFound):
        consents.revoke_consent(user_of(MAX), enrollee_id=ana, consent_id=given, now=NOW)
    for _ in range(2):
        consents.revoke_consent(user_of(CAL), enrollee_id=ana, consent_id=given, now=NOW)
    assert len(events_of("consent:revoked")) == 1
    with pytest.raises(NotAllowed, match="This consent was revoked. Nothing may be told under it."):
        tell(ana, given)


def test_a_flagged_record_needs_a_consent_that_covers_it(app: Flask) -> None:
    ana = make_person(CAL, fields={"part2": True, "insurance": "Medicaid"}).enrollee_id
    with pytest.raises(NotAllowed, match="flagged under 42 CFR Part 2"):
        tell(ana, consent(ana, groups=["health"]))
    told = tell(ana, consent(ana, groups=["health"], covers_part2=True))
    assert told.content["record"]["person"]["insurance"] == "Medicaid"


def flag_goal(made: Made) -> None:
    """Flag the goal of a person under Part 2."""
    with transaction() as session:
        person, goal = session.get(Enrollee, made.enrollee_id), session.get(Goal, made.goal_id)
        assert person and goal
        vault.change_fields(person, goal, {"part2": True})


def test_a_flagged_goal_stays_out_and_nothing_says_so(app: Flask) -> None:
    made = make_person(CAL)
    flag_goal(made)
    without = tell(made.enrollee_id, consent(made.enrollee_id))
    assert without.content["record"]["goal"] == []
    with_it = tell(made.enrollee_id, consent(made.enrollee_id, covers_part2=True))
    assert with_it.content["record"]["goal"][0]["own_words"] == "A door that locks"


def test_the_same_telling_twice_is_refused_and_strangers_tell_nothing(app: Flask) -> None:
    ana, bo = make_person(CAL).enrollee_id, make_person(CAL).enrollee_id
    given, chosen = consent(ana), uuid4()
    tell(ana, given, disclosure_id=chosen)
    with pytest.raises(Conflict, match="This was told already."):
        tell(ana, given, disclosure_id=chosen)
    with pytest.raises(NotFound):  # another person's consent
        tell(bo, given)
    for who, error in ((MAX, NotFound), (ADA, NotAllowed)):
        with pytest.raises(error):
            disclosure.disclose(user_of(who), enrollee_id=ana, consent_id=given, disclosure_id=uuid4(), now=NOW)
    assert len(events_of("record:disclosed")) == 1


@pytest.mark.parametrize(
    ("values", "sentence"),
    [
        ({"recipient": " "}, "Name who may be told."),
        ({"purpose": ""}, "Say what for."),
        ({"groups": ["everything"]}, "Choose what may be told."),
        ({"expires_on": TODAY - timedelta(days=1)}, "A consent ends on a day to come, after its start."),
        ({"given_how": ""}, "Say how the person gave it: on paper, in person."),
        ({"recipient_email": "nobody@example.org"}, "No active account has this address."),
    ],
)
def test_a_consent_that_says_too_little_is_refused(app: Flask, values: dict[str, Any], sentence: str) -> None:
    ana = make_person(CAL).enrollee_id
    with pytest.raises(InvalidInput) as refusal:
        consent(ana, **values)
    assert str(refusal.value.sentence) == sentence
    assert events_of("consent:given") == []


def test_a_consent_sent_twice_is_one_and_a_stranger_records_none(app: Flask) -> None:
    ana, chosen = make_person(CAL).enrollee_id, uuid4()
    assert consent(ana, consent_id=chosen) == consent(ana, consent_id=chosen)
    assert len(events_of("consent:given")) == 1
    with pytest.raises(NotFound):
        consents.give_consent(
            user_of(MAX),
            enrollee_id=ana,
            consent_id=uuid4(),
            recipient="x",
            purpose="y",
            groups=["plan"],
            starts_on=TODAY,
            expires_on=TODAY,
            given_how="z",
            now=NOW,
        )


def test_family_sees_what_the_consent_gives_while_it_is_in_force(app: Flask) -> None:
    ana, gus = make_person(CAL).enrollee_id, user_of(GUS)
    given = consent(ana, recipient_email=GUS.email, groups=["plan"])
    access = queries.find_access(gus, ana, NOW)
    assert access is not None and access.groups == {"plan"} and not access.part2_groups
    assert queries.find_access(gus, ana, NOW + timedelta(days=31)) is None
    consents.revoke_consent(user_of(CAL), enrollee_id=ana, consent_id=given, now=NOW)
    assert queries.find_access(gus, ana, NOW) is None


def test_the_person_takes_a_consent_back_and_gets_a_whole_copy(app: Flask) -> None:
    ana, own = make_person(CAL, fields={"part2": True, "insurance": "Medicaid"}).enrollee_id, user_of(ANA)
    people.link_account(user_of(CAL), enrollee_id=ana, email=ANA.email, now=NOW)
    given = consent(ana)
    consents.revoke_consent(own, enrollee_id=ana, consent_id=given, now=NOW)
    copy = disclosure.export_own_record(own, enrollee_id=ana, now=NOW)
    assert copy.content["record"]["person"]["insurance"] == "Medicaid" and copy.content["record"]["goal"]
    with pytest.raises(NotFound):
        disclosure.export_own_record(user_of(CAL), enrollee_id=ana, now=NOW)
