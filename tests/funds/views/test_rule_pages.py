"""The rules' pages: sentences with their source for everybody at the fund, a change by two people, forms by kind."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask

from core import clock
from funds.actions import budgets, shipped
from funds.forms.rules import KIND_NAMES, SETTINGS, form_for
from funds.policy import RuleKind, validate_params
from funds.queries import policies as reading
from tests.builders import today
from tests.cast import Browser
from tests.funds.books import make_submitted, make_world
from tests.funds.views.pages import plain, step_up, value_of

pytestmark = pytest.mark.one_database

SignIn = Callable[[str], Browser]


def test_every_kind_has_a_name_and_a_form() -> None:
    assert set(KIND_NAMES) == set(SETTINGS) == set(RuleKind)


@pytest.mark.parametrize("draft", shipped.rules(), ids=lambda draft: draft.code)
def test_a_form_gives_back_the_rule_that_it_shows(app: Flask, draft: Any) -> None:
    """What a form loses would silently change a rule when only its date is edited."""
    row = SimpleNamespace(
        code=draft.code,
        severity=str(draft.severity),
        exception_role=draft.exception_role,
        category_code=draft.category,
        params=draft.params,
        message_en=draft.message_en,
        message_es=draft.message_es,
        citation=draft.citation,
        citation_url=draft.citation_url,
    )
    with app.test_request_context():
        form = form_for(str(draft.kind))()
        form.fill(row)
        given = form.params()
        categories = [*([draft.category] if draft.category else []), *draft.params.get("categories", [])]
        assert (form.category, given.get("categories")) == (
            (categories[0], None) if len(categories) == 1 else (None, categories or None)
        )
    assert validate_params(str(draft.kind), given) == []
    same = {name: value for name, value in draft.params.items() if name != "categories" and value is not False}
    assert {name: value for name, value in given.items() if name != "categories"} == same


def set_up(world: Any) -> Any:
    return budgets.set_up_fund(
        world.dan, fund_id=uuid4(), code="EX", name="Examples", public_name="Ex", starts_on=today(),
        rules=shipped.rules(),
    )  # fmt: skip


@pytest.mark.parametrize("name", ["cal", "ada", "fay", "dan", "pat"])
def test_rules_are_sentences_with_their_source(app: Flask, sign_in_as: SignIn, name: str) -> None:
    fund_id = set_up(make_world())
    browser = sign_in_as(name)
    page = plain(browser.get(f"/fund/rules?fund={fund_id}").text)
    assert "One person may receive up to $1,250.00 in a fiscal year." in page
    assert "example: replace by your county's policy" in page and "rules are examples" in page
    narrowed = plain(browser.get(f"/fund/rules?fund={fund_id}&category=security_deposit").text)
    assert "2 months' rent" in narrowed and "$1,250.00 in a fiscal year" not in narrowed
    spanish = plain(browser.get(f"/fund/rules?fund={fund_id}&lang=es").text)
    assert "Una persona puede recibir hasta $1,250.00" in spanish and "Reglas del fondo" in spanish


@pytest.mark.database
def test_two_people_change_a_rule_on_pages(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world()
    make_submitted(world, now=clock.now_utc())
    fund_id = world.fund_id
    fay, dan = sign_in_as("fay"), sign_in_as("dan")
    address = f"/fund/rules/new?fund={fund_id}&kind=cap_window"
    form = fay.get(address)
    assert "Limit in dollars" in form.text
    fields = {
        "new_id": value_of(form.text, "new_id"),
        "code": "person.year",
        "set_cents": "1,000",
        "set_window": "fiscal_year",
        "set_per": "enrollee",
        "severity": "warn",
        "exception_role": "",
        "citation": "County policy 12",
        "effective_from": clock.now_utc().strftime("%m/%d/%Y"),
    }
    wrong = fay.send(address, **{**fields, "set_window": "rolling_months"})
    assert wrong.status_code == 422 and "This window needs its number of months." in wrong.text
    assert "County policy 12" in wrong.text
    made = fay.send(address, **{**fields, "set_cents": "100"})
    assert made.status_code == 303, plain(made.text)
    shown = fay.get(made.location)
    assert "One person may receive up to $100.00 in a fiscal year." in plain(shown.text)
    assert "cannot be approved before" in shown.text
    deciding = step_up(dan, f"{made.location}/decide")
    early = dan.send(deciding, decision="approve")
    assert early.status_code == 422 and "Try the rule" in plain(early.text)
    tried = fay.send(f"{made.location}/try", page=made.location)
    assert tried.status_code == 303, plain(tried.text)
    assert "It would flag 1 of 1 requests." in plain(fay.get(made.location).text)
    assert fay.get(f"{made.location}/decide").status_code == 403
    decided = dan.send(deciding, decision="approve")
    assert decided.status_code == 303, plain(decided.text)
    assert "in force" in plain(dan.get(decided.location).text)
    changing = fay.get(f"{made.location}/propose")
    assert 'value="100.00"' in changing.text


@pytest.mark.parametrize("kind", sorted(SETTINGS))
def test_each_kind_of_rule_can_be_begun(app: Flask, sign_in_as: SignIn, kind: str) -> None:
    world = make_world()
    page = sign_in_as("fay").get(f"/fund/rules/new?fund={world.fund_id}&kind={kind}")
    assert page.status_code == 200 and "First day" in page.text


def test_who_may_do_what(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world()
    rule = reading.list_in_force(world.fund_id, today())[0].id
    cal = sign_in_as("cal")
    for browser in (cal, sign_in_as("ada"), sign_in_as("dan")):
        assert browser.get(f"/fund/rules/{rule}").status_code == 200
        assert browser.get(f"/fund/rules/{rule}/propose").status_code == 403
    assert cal.send(f"/fund/rules/{rule}/try", page="/profile").status_code == 422
    assert cal.get(f"/fund/rules/{uuid4()}").status_code == 404
    assert cal.get("/fund/rules?fund=nonsense").status_code == 404
    assert sign_in_as("ana").get("/fund/rules").status_code == 403


def test_the_start_page_counts_what_waits(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world()
    budgets.propose_budget(world.fay, change_id=uuid4(), budget_line_id=world.lines["housing"], cents=100, reason="x")
    page = plain(sign_in_as("dan").get("/start").text)
    waiting, nothing = page.split("Nothing waits here")
    assert "1 Budget changes to approve" in waiting and "Rules to approve" in nothing
    assert "Months to close" in plain(sign_in_as("fay").get("/start").text)
