"""Plans, goals, progress, agreement, screenings: nothing is lost, a stranger is refused, words lie sealed."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from audit.queries import list_events
from care.actions import goals, plans, screenings
from care.queries.plans import list_reviews_due
from core.db import transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from tests.builders import NOW
from tests.care.people import Made, make_person, user_of
from tests.cast import CAL, MAX

TODAY = NOW.date()
WORDS: dict[str, Any] = {"own_words": "CANARY a home of my own", "strategies": ["Call"], "indicator": "A lease"}


def change(person: Made, version: int, **changes: Any) -> list[str]:
    """Change the person's goal as Cal."""
    usual = {"domain": "housing", "status": "active", "words": WORDS, "target_on": TODAY}
    return goals.change_goal(
        user_of(CAL),
        enrollee_id=person.enrollee_id,
        goal_id=person.goal_id,
        version=version,
        now=NOW,
        **{**usual, **changes},
    )


def kinds() -> list[str]:
    """The kinds of the trail."""
    return [event.kind for event in list_events(page=1)[0]]


def test_every_change_of_a_goal_keeps_what_it_said(app: Flask) -> None:
    """Old words, domain, status and days stay readable; the second form with the old version is refused."""
    person = make_person(CAL)
    assert change(person, 1) == ["indicator", "own_words", "strategies", "target_on"]
    with pytest.raises(Conflict):
        change(person, 1, status="dropped")
    assert change(person, 2) == []  # the same again changes nothing
    assert change(person, 2, status="reached", domain="work") == ["domain", "status"]
    opened = goals.open_goal(user_of(CAL), enrollee_id=person.enrollee_id, goal_id=person.goal_id, now=NOW)
    assert [(row.version, words["own_words"], words["status"], words["domain"]) for row, words in opened.versions] == [
        (2, "CANARY a home of my own", "active", "housing"),
        (1, "A door that locks", "active", "housing"),
    ]
    assert opened.versions[0][1]["target_on"] == TODAY.isoformat() and opened.goal.version == 3
    assert kinds().count("goal:changed") == 2
    assert "CANARY" not in str([event.record for event in list_events(page=1)[0]])


@pytest.mark.parametrize("table", ["goal_version", "plan_version"])
def test_the_database_itself_keeps_versions(app: Flask, table: str) -> None:
    """No statement changes or removes what was said."""
    person = make_person(CAL)
    change(person, 1)
    plan = plans.open_plan(user_of(CAL), enrollee_id=person.enrollee_id, now=NOW).plan
    assert plan is not None
    plans.change_plan(user_of(CAL), enrollee_id=person.enrollee_id, plan_id=plan.id, row_version=plan.row_version,
                      review_on=None, words={"notes": "new"}, now=NOW)  # fmt: skip
    for statement in (f"UPDATE {table} SET version = 99", f"DELETE FROM {table}"):
        with pytest.raises(DBAPIError), transaction() as session:
            session.execute(text(statement))


def test_a_goal_needs_the_persons_words_and_a_domain(app: Flask) -> None:
    """Refused by field."""
    person, cal = make_person(CAL), user_of(CAL)
    with pytest.raises(InvalidInput, match="own words"):
        goals.add_goal(cal, enrollee_id=person.enrollee_id, goal_id=uuid4(), domain="work", words={"own_words": " "})
    with pytest.raises(InvalidInput, match="what the goal is about"):
        goals.add_goal(cal, enrollee_id=person.enrollee_id, goal_id=uuid4(), domain="luck", words=WORDS)


def test_the_same_form_twice_writes_once(app: Flask) -> None:
    """Goal, note, plan and screening carry their id in the form."""
    person, cal = make_person(CAL), user_of(CAL)
    goal_id, note_id, plan_id, screening_id = uuid4(), uuid4(), uuid4(), uuid4()
    for _ in range(2):
        plans.start_plan(cal, enrollee_id=person.enrollee_id, plan_id=plan_id, starts_on=TODAY, review_on=None,
                         words={}, now=NOW)  # fmt: skip
        goals.add_goal(cal, enrollee_id=person.enrollee_id, goal_id=goal_id, domain="work", words=WORDS, now=NOW)
        goals.note_progress(cal, enrollee_id=person.enrollee_id, goal_id=goal_id, note_id=note_id, words="Went",
                            measure=20, now=NOW)  # fmt: skip
        screenings.record_screening(cal, enrollee_id=person.enrollee_id, screening_id=screening_id,
                                    instrument="PRAPARE", taken_on=TODAY, domains=["food"], now=NOW)  # fmt: skip
    for kind in ("plan:started", "goal:added", "goal:noted", "screening:recorded"):
        assert kinds().count(kind) == 1, kind


def test_a_new_plan_takes_running_goals_on_and_supersedes_the_old(app: Flask) -> None:
    """The goal keeps its id, so its referrals and choices stay with it."""
    person, cal = make_person(CAL), user_of(CAL)
    plan_id = uuid4()
    plans.start_plan(cal, enrollee_id=person.enrollee_id, plan_id=plan_id, starts_on=TODAY,
                     review_on=TODAY + timedelta(days=90), words={"participants": ["My sister"]}, now=NOW)  # fmt: skip
    opened = plans.open_plan(cal, enrollee_id=person.enrollee_id, now=NOW)
    assert opened.plan is not None and (opened.plan.id, opened.plan.number) == (plan_id, 2)
    assert [goal.id for goal, _ in opened.goals] == [person.goal_id]
    assert opened.words["participants"] == ["My sister"]


def test_the_persons_answer_is_recorded_with_their_words(app: Flask) -> None:
    """Signed, verbal or declined; the same again is no event; an old page is refused."""
    person, cal = make_person(CAL), user_of(CAL)
    plan = plans.open_plan(cal, enrollee_id=person.enrollee_id, now=NOW).plan
    assert plan is not None
    plan_id, version = plan.id, plan.row_version

    def answer(agreement: str, row_version: int) -> None:
        plans.record_agreement(cal, enrollee_id=person.enrollee_id, plan_id=plan_id, row_version=row_version,
                               agreement=agreement, agreed_on=TODAY, words="Not yet", now=NOW)  # fmt: skip

    answer("declined", version)
    answer("declined", version)
    with pytest.raises(Conflict):
        answer("signed", version)
    with pytest.raises(InvalidInput):
        answer("maybe", version + 1)
    answer("signed", version + 1)
    opened = plans.open_plan(cal, enrollee_id=person.enrollee_id, now=NOW)
    assert opened.plan is not None and (opened.plan.agreement, opened.plan.agreed_on) == ("signed", TODAY)
    assert [words["agreement"] for _, words in opened.versions] == ["declined", "none"]
    assert kinds().count("plan:agreed") == 2


def test_a_score_needs_a_score_and_no_questions_are_kept(app: Flask) -> None:
    """LOCUS without a figure is refused; an unknown domain too; a day to come too."""
    person, cal = make_person(CAL), user_of(CAL)

    def record(**values: Any) -> None:
        screenings.record_screening(cal, enrollee_id=person.enrollee_id, screening_id=uuid4(), now=NOW,
                                    **{"taken_on": TODAY, **values})  # fmt: skip

    with pytest.raises(InvalidInput, match="score"):
        record(instrument="LOCUS")
    with pytest.raises(InvalidInput):
        record(instrument="PRAPARE", domains=["luck"])
    with pytest.raises(InvalidInput):
        record(instrument="PRAPARE", taken_on=TODAY + timedelta(days=2))
    record(instrument="LOCUS", score="22", level="4")
    rows = screenings.open_screenings(cal, enrollee_id=person.enrollee_id, now=NOW).rows
    assert [(row.instrument, words) for row, words in rows] == [("LOCUS", {"score": "22", "level": "4"})]


def test_a_goal_without_a_plan_is_refused(app: Flask) -> None:
    """The plan comes first."""
    person, cal = make_person(CAL), user_of(CAL)
    with transaction() as session:
        session.execute(text("UPDATE plan SET status = 'superseded'"))
    with pytest.raises(NotAllowed, match="Start the plan first"):
        goals.add_goal(cal, enrollee_id=person.enrollee_id, goal_id=uuid4(), domain="work", words=WORDS, now=NOW)


def test_a_stranger_reads_and_writes_nothing(app: Flask) -> None:
    """Max: not found, whatever he tries, and no event of an opening."""
    person, stranger = make_person(CAL), user_of(MAX)
    for act in (
        lambda: plans.open_plan(stranger, enrollee_id=person.enrollee_id, now=NOW),
        lambda: goals.open_goal(stranger, enrollee_id=person.enrollee_id, goal_id=person.goal_id, now=NOW),
        lambda: screenings.open_screenings(stranger, enrollee_id=person.enrollee_id, now=NOW),
        lambda: goals.add_goal(
            stranger, enrollee_id=person.enrollee_id, goal_id=uuid4(), domain="work", words=WORDS, now=NOW
        ),
        lambda: goals.note_progress(
            stranger, enrollee_id=person.enrollee_id, goal_id=person.goal_id, note_id=uuid4(), words="x", now=NOW
        ),
        lambda: plans.start_plan(
            stranger, enrollee_id=person.enrollee_id, plan_id=uuid4(), starts_on=TODAY, review_on=None, words={},
            now=NOW,
        ),
        lambda: screenings.record_screening(
            stranger, enrollee_id=person.enrollee_id, screening_id=uuid4(), instrument="ASAM", taken_on=TODAY,
            score="2", now=NOW,
        ),
    ):  # fmt: skip
        with pytest.raises(NotFound):
            act()
    assert not {"record:opened", "goal:added", "goal:noted", "plan:started", "screening:recorded"} & set(kinds())


def test_reviews_due_are_ones_own_and_the_oldest_first(app: Flask) -> None:
    """Goals that run and plans in force; Max's people are not among Cal's."""
    mine, other = make_person(CAL), make_person(MAX)
    for person, days in ((mine, -3), (other, -9)):
        worker = user_of(CAL if person is mine else MAX)
        goals.change_goal(worker, enrollee_id=person.enrollee_id, goal_id=person.goal_id, version=1, domain="housing",
                          status="active", words=WORDS, review_on=TODAY + timedelta(days=days), now=NOW)  # fmt: skip
    due = list_reviews_due(user_of(CAL), NOW, TODAY)
    assert [(each.enrollee_id, each.goal_id, each.due_on) for each in due] == [
        (mine.enrollee_id, mine.goal_id, TODAY - timedelta(days=3))
    ]
    assert list_reviews_due(user_of(CAL), NOW, date(2020, 1, 1)) == []
