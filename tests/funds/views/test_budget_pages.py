"""The budget's pages: an empty office's first steps, proposing and deciding as two people, and who sees what."""

from __future__ import annotations

from collections.abc import Callable
from uuid import uuid4

import pytest
from flask import Flask

from core import clock
from funds.actions import budgets
from funds.queries import budgets as reading
from tests.cast import Browser
from tests.funds.books import make_approved, make_world
from tests.funds.views.pages import plain, step_up, value_of

pytestmark = pytest.mark.one_database

SignIn = Callable[[str], Browser]


def test_an_empty_office_is_led_from_fund_to_year_to_budget(sign_in_as: SignIn) -> None:
    browser = sign_in_as("fay")
    page = browser.get("/fund/budget")
    assert "There is no fund yet" in page.text and "/fund/set-up" in page.text
    setting_up = browser.get("/fund/set-up")
    assert "One person may receive up to $1,250.00 in a fiscal year." in plain(setting_up.text)
    refused = browser.send("/fund/set-up", code="SDF", name="", public_name="Flexible Fund", starts_on="1/1/2026")
    assert refused.status_code == 422 and 'value="Flexible Fund"' in refused.text
    made = browser.send(
        "/fund/set-up",
        new_id=value_of(setting_up.text, "new_id"),
        code="SDF",
        name="Self-Determination Fund",
        public_name="County Flexible Fund",
        starts_on="1/1/2026",
        year_end="carry",
        rules=["person.year", "tiers"],
    )
    assert made.status_code == 303, plain(made.text)
    page = browser.get(made.location)
    assert "No budget year is open" in page.text and "/fund/years/open" in page.text
    opened = browser.send("/fund/years/open", code="2026", starts_on="1/1/2026", ends_on="12/31/2026", slots="20")
    assert opened.status_code == 303, plain(opened.text)
    page = browser.get(opened.location)
    assert "No budget is adopted for this year" in page.text and "Housing" in page.text
    fund = reading.choose_fund(None)
    assert fund is not None and fund.year_end == "carry"


def test_a_year_that_makes_no_sense_is_refused_with_what_was_typed(sign_in_as: SignIn) -> None:
    browser = sign_in_as("fay")
    page = browser.send("/fund/years/open", code="2026", starts_on="1/1/2026", ends_on="1/1/2029", slots="20")
    assert page.status_code == 422 and "18 months" in page.text and 'value="1/1/2029"' in page.text


@pytest.mark.database
def test_two_people_adopt_a_budget(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world(cents=0)
    fay, dan = sign_in_as("fay"), sign_in_as("dan")
    form = fay.get("/fund/budget/propose")
    line = str(world.lines["housing"])
    refused = fay.send("/fund/budget/propose", kind="move", budget_line_id=line, cents="12,50x", reason="because")
    assert refused.status_code == 422 and "12,50x" in refused.text and "because" in refused.text
    sent = fay.send(
        "/fund/budget/propose",
        new_id=value_of(form.text, "new_id"),
        kind="adopt",
        budget_line_id=line,
        source_line_id="",
        cents="1,250.50",
        is_drawn="y",
        reason="Resolution 114",
    )
    assert sent.status_code == 303, plain(sent.text)
    assert "somebody else must approve it" in fay.get(sent.location).text
    assert fay.get(f"{sent.location}/decide").status_code == 403
    address = step_up(dan, f"{sent.location}/decide")
    decided = dan.send(address, decision="approve")
    assert decided.status_code == 303, plain(decided.text)
    assert "approved" in dan.get(decided.location).text
    assert "$1,250.50" in dan.get("/fund/budget").text
    again = dan.send(address, decision="refuse")
    assert again.status_code == 422 and "decided already" in again.text


def test_deciding_asks_for_a_code_before_a_post_too(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world(cents=0)
    change_id = budgets.propose_budget(
        world.fay, change_id=uuid4(), budget_line_id=world.lines["housing"], cents=100, reason="x"
    )
    dan = sign_in_as("dan")
    answer = dan.send(f"/fund/budget/changes/{change_id}/decide", page="/profile", decision="approve")
    assert answer.status_code == 303 and answer.location.startswith("/confirm/governance")
    assert reading.get_change(change_id).status == "proposed"


@pytest.mark.database
def test_a_line_opens_into_its_requests_by_code(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world(cents=20_000)
    make_approved(world, now=clock.now_utc())
    browser = sign_in_as("ada")
    budget = browser.get("/fund/budget")
    assert "90% is used, $20.00 is left" in plain(budget.text)
    page = browser.get(f"/fund/budget/lines/{world.lines['housing']}")
    assert "E-014" in page.text and "FR-" in page.text and "$180.00" in page.text
    assert browser.get(f"/fund/budget/lines/{uuid4()}").status_code == 404
    assert browser.get(f"/fund/budget?fund={uuid4()}").status_code == 404
    assert browser.get("/fund/budget?fund=nonsense").status_code == 200


@pytest.mark.parametrize("name", ["cal", "ana", "pat", "stella", "sam"])
def test_who_keeps_no_books_sees_no_budget(app: Flask, sign_in_as: SignIn, name: str) -> None:
    world = make_world()
    browser = sign_in_as(name)
    for address in ("/fund/budget", "/fund/years", f"/fund/budget/lines/{world.lines['housing']}", "/fund/set-up"):
        assert browser.get(address).status_code == 403, address
