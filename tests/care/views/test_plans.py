"""The pages of plans and screenings: a coordinator writes them, others are refused, words are in no address."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask

from tests.care.people import Made, make_person
from tests.cast import ADA, CAL, CAST, Browser
from tests.conftest import SignIn

pytestmark = pytest.mark.one_database


@pytest.fixture
def person(app: Flask) -> Made:
    """Somebody whom Cal coordinates."""
    return make_person(CAL, fields={"preferred_name": "Zephyrine"})


def pages_of(person: Made) -> list[str]:
    """Every page of the plan."""
    home = f"/enrollees/{person.enrollee_id}"
    return [
        f"{home}/plan",
        f"{home}/plan/print",
        f"{home}/plan/new",
        f"{home}/plan/edit",
        f"{home}/plan/agreement",
        f"{home}/goals/new",
        f"{home}/goals/{person.goal_id}",
        f"{home}/goals/{person.goal_id}/edit",
        f"{home}/screenings",
    ]


def test_the_coordinator_reads_every_page_and_max_none(person: Made, sign_in_as: SignIn) -> None:
    """Also in Spanish, where no word is left in English; no copy stays in a cache; Max gets 404 for each."""
    cal, stranger = sign_in_as("cal"), sign_in_as("max")
    for address in pages_of(person):
        answer = cal.get(address)
        assert answer.status_code == 200, address
        assert answer.headers["Cache-Control"] == "no-store" and "Zephyrine" in answer.text
        assert stranger.get(address).status_code == 404, address
    assert "Metas" in cal.get(pages_of(person)[0] + "?lang=es").text


def test_who_may_only_read_gets_no_form_and_writes_nothing(person: Made, sign_in_as: SignIn) -> None:
    """The auditor reads the plan (oversight) without a button to change it."""
    assert CAST["ada"] is ADA
    ada = sign_in_as("ada")
    page = ada.get(pages_of(person)[0])
    assert page.status_code == 200 and "A door that locks" in page.text and "/goals/new" not in page.text
    assert ada.get(pages_of(person)[5]).status_code == 403


def test_a_goal_is_written_and_found_again(person: Made, sign_in_as: SignIn) -> None:
    """From the form to the plan's page, with its days and steps."""
    cal = sign_in_as("cal")
    address = f"/enrollees/{person.enrollee_id}/goals/new"
    answer = cal.send(address, own_words="Cook for my son", domain="food", status="active", goal_id=str(uuid4()),
                      strategies="Buy a pot\nAsk Rosa", review_on="3/5/2027")  # fmt: skip
    assert answer.status_code == 303 and answer.location == f"/enrollees/{person.enrollee_id}/plan"
    page = cal.get(answer.location).text
    assert "Cook for my son" in page and "March 5, 2027" in page
    assert "Buy a pot" in cal.get(f"{answer.location}/print").text


def test_a_goal_without_words_keeps_what_was_typed(person: Made, sign_in_as: SignIn) -> None:
    """422, the message beside the field, the rest still there."""
    address = f"/enrollees/{person.enrollee_id}/goals/new"
    answer = sign_in_as("cal").send(address, domain="food", status="active", indicator="Hot meals")
    assert answer.status_code == 422
    assert "Write the goal in the person&#39;s own words." in answer.text and "Hot meals" in answer.text


@pytest.mark.database
def test_an_old_page_changes_nothing(person: Made, sign_in_as: SignIn) -> None:
    """Two coordinators' windows: the second is told, not obeyed."""
    cal: Browser = sign_in_as("cal")
    address = f"/enrollees/{person.enrollee_id}/goals/{person.goal_id}/edit"
    values = {"domain": "housing", "status": "active"}
    assert cal.send(address, version="1", own_words="One", **values).status_code == 303
    answer = cal.send(address, version="1", own_words="Two", **values)
    assert answer.status_code == 422 and "changed this record meanwhile" in answer.text


def test_a_screening_suggests_a_goal_and_a_search(person: Made, sign_in_as: SignIn) -> None:
    """The need found leads to its goal's domain, and by a post (no need in the address) to the search."""
    cal = sign_in_as("cal")
    address = f"/enrollees/{person.enrollee_id}/screenings"
    sent = cal.send(address, instrument="PRAPARE", taken_on="3/5/2024", domains=["food"], screening_id=str(uuid4()))
    assert sent.status_code == 303
    page = cal.get(address).text
    assert f"/enrollees/{person.enrollee_id}/goals/new?domain=food" in page
    found = cal.send(f"/enrollees/{person.enrollee_id}/services", page=address, need="food")
    assert found.status_code == 200 and 'value="need:food"' in found.text and 'value="near"' in found.text
