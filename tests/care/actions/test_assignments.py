"""Hand-off, mentors, supervision: yesterday's coordinator sees nothing today."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask

from care import queries
from care.actions import assignments
from care.queries import records
from core.db import db
from core.errors import InvalidInput, NotAllowed, NotFound
from core.identity import Identity
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import make_person, user_of
from tests.cast import CAL, DAN, MAX, MILO, SUE, Person


def id_of(person: Person) -> UUID:
    """The account of one of the cast."""
    found = user_of(person).user_id
    assert found is not None
    return found


def supervised(*coordinators: Person) -> Identity:
    """Sue, who supervises these coordinators since yesterday."""
    for person in coordinators:
        assignments.start_supervision(
            user_of(DAN), supervisor_id=id_of(SUE), coordinator_id=id_of(person), now=NOW - timedelta(days=1)
        )
    return user_of(SUE)


def sees(person: Person, enrollee_id: UUID, hours: float) -> bool:
    """Whether somebody sees a person so many hours later."""
    found = queries.find_access(user_of(person), enrollee_id, NOW + timedelta(hours=hours)) is not None
    db.session.rollback()
    return found


def test_a_hand_off_takes_the_record_from_one_and_gives_it_to_the_other(app: Flask) -> None:
    ana, sue = make_person(CAL).enrollee_id, supervised(CAL, MAX)
    begin = NOW + timedelta(hours=20)
    assignments.assign_coordinator(
        sue, enrollee_id=ana, coordinator_id=id_of(MAX), starts_at=begin, warm_at=NOW, note="Likes mornings", now=NOW
    )
    assert (sees(CAL, ana, 19), sees(MAX, ana, 19)) == (True, False)
    assert (sees(CAL, ana, 20), sees(MAX, ana, 20)) == (False, True)
    told = events_of("assignment:started")[0]
    assert (told["user"], told["before"], told["warm"]) == (str(id_of(MAX)), str(id_of(CAL)), True)
    assert "mornings" not in str(told)
    loads = records.list_caseloads([id_of(CAL), id_of(MAX)], NOW)
    assert (loads[id_of(CAL)].people, loads[id_of(MAX)].people, loads[id_of(MAX)].planned) == (1, 0, 1)


def test_the_same_coordinator_again_is_no_change(app: Flask) -> None:
    ana, sue = make_person(CAL).enrollee_id, supervised(CAL)
    assignments.assign_coordinator(sue, enrollee_id=ana, coordinator_id=id_of(CAL), now=NOW)
    assert events_of("assignment:started") == []


@pytest.mark.parametrize(
    ("starts", "warm", "sentence"),
    [
        (-1, None, "A hand-off begins now or later"),
        (24 * 61, None, "Plan a hand-off at most 60 days ahead."),
        (1, 2, "A warm hand-off happens before or at the start"),
    ],
)
def test_a_hand_off_out_of_time_is_refused(app: Flask, starts: int, warm: int | None, sentence: str) -> None:
    ana, sue = make_person(CAL).enrollee_id, supervised(CAL, MAX)
    with pytest.raises(NotAllowed, match=sentence):
        assignments.assign_coordinator(
            sue,
            enrollee_id=ana,
            coordinator_id=id_of(MAX),
            starts_at=NOW + timedelta(hours=starts),
            warm_at=NOW + timedelta(hours=warm) if warm else None,
            now=NOW,
        )
    assert sees(CAL, ana, 48)


def test_a_second_planned_hand_off_and_a_wrong_role_are_refused(app: Flask) -> None:
    ana, sue = make_person(CAL).enrollee_id, supervised(CAL, MAX)
    with pytest.raises(NotAllowed, match="Choose an active account with this role."):
        assignments.assign_coordinator(sue, enrollee_id=ana, coordinator_id=id_of(MILO), now=NOW)
    begin = NOW + timedelta(days=2)
    assignments.assign_coordinator(sue, enrollee_id=ana, coordinator_id=id_of(MAX), starts_at=begin, now=NOW)
    with pytest.raises(NotAllowed, match="A hand-off is planned already."):
        assignments.assign_coordinator(sue, enrollee_id=ana, coordinator_id=id_of(CAL), now=NOW)


def test_who_may_not_hand_over(app: Flask) -> None:
    ana = make_person(CAL).enrollee_id
    with pytest.raises(NotAllowed, match="Your role does not allow this."):
        assignments.assign_coordinator(user_of(CAL), enrollee_id=ana, coordinator_id=id_of(MAX), now=NOW)
    with pytest.raises(NotFound):  # a supervisor of others
        assignments.assign_coordinator(user_of(SUE), enrollee_id=ana, coordinator_id=id_of(MAX), now=NOW)
    with pytest.raises(NotFound):
        assignments.assign_coordinator(user_of(SUE), enrollee_id=uuid4(), coordinator_id=id_of(MAX), now=NOW)


def test_a_person_without_a_coordinator_waits_and_any_supervisor_may_assign(app: Flask) -> None:
    ana, noise = make_person().enrollee_id, make_person(CAL).enrollee_id
    gone = make_person(status="ended").enrollee_id
    waiting = [row.id for row in records.list_waiting(NOW)]
    assert waiting == [ana] and noise not in waiting and gone not in waiting
    assignments.assign_coordinator(user_of(SUE), enrollee_id=ana, coordinator_id=id_of(CAL), now=NOW)
    assert records.list_waiting(NOW) == [] and sees(CAL, ana, 0)
    with pytest.raises(NotAllowed, match="This person has left the program."):
        assignments.assign_coordinator(user_of(SUE), enrollee_id=gone, coordinator_id=id_of(CAL), now=NOW)


def test_a_mentor_comes_when_wanted_and_sees_name_and_plan_until_the_end(app: Flask) -> None:
    shy = make_person(CAL).enrollee_id
    with pytest.raises(NotAllowed, match="The person has not asked for a recovery mentor."):
        assignments.assign_mentor(user_of(CAL), enrollee_id=shy, mentor_id=id_of(MILO), now=NOW)
    ana = make_person(CAL, fields={"mentor_wanted": True}).enrollee_id
    with pytest.raises(InvalidInput, match="Choose an active account with this role."):
        assignments.assign_mentor(user_of(CAL), enrollee_id=ana, mentor_id=id_of(MAX), now=NOW)
    for _ in range(2):
        assignments.assign_mentor(user_of(CAL), enrollee_id=ana, mentor_id=id_of(MILO), now=NOW)
    assert len(events_of("assignment:started")) == 1
    access = queries.find_access(user_of(MILO), ana, NOW)
    assert access is not None and access.groups == {"contact", "plan"} and not access.may_write
    with pytest.raises(NotFound):
        assignments.end_mentor(user_of(MAX), enrollee_id=ana, mentor_id=id_of(MILO), now=NOW)
    later = NOW + timedelta(hours=1)
    for _ in range(2):
        assignments.end_mentor(user_of(CAL), enrollee_id=ana, mentor_id=id_of(MILO), now=later)
    assert not sees(MILO, ana, 1) and len(events_of("assignment:ended")) == 1


def test_supervision_opens_and_closes_what_the_supervisor_sees(app: Flask) -> None:
    ana = make_person(CAL).enrollee_id
    assert not sees(SUE, ana, 0)
    supervised(CAL)
    supervised(CAL)
    assert sees(SUE, ana, 0) and len(events_of("supervision:set")) == 1
    values = {"supervisor_id": id_of(SUE), "coordinator_id": id_of(CAL)}
    for _ in range(2):
        assignments.end_supervision(user_of(DAN), **values, now=NOW + timedelta(hours=1))
    assert not sees(SUE, ana, 1) and len(events_of("supervision:set")) == 2


def test_nobody_gives_themselves_a_supervision(app: Flask) -> None:
    with pytest.raises(NotAllowed, match="Your role does not allow this."):
        assignments.start_supervision(user_of(SUE), supervisor_id=id_of(SUE), coordinator_id=id_of(CAL), now=NOW)
    with pytest.raises(NotAllowed, match="Nobody sets their own supervision."):
        assignments.start_supervision(user_of(DAN), supervisor_id=id_of(DAN), coordinator_id=id_of(CAL), now=NOW)
    with pytest.raises(InvalidInput, match="Choose an active account with this role."):
        assignments.start_supervision(user_of(DAN), supervisor_id=id_of(MAX), coordinator_id=id_of(CAL), now=NOW)
