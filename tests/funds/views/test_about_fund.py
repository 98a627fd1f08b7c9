"""The public page of the fund: figures from the rules in force, or whose they are, in both languages."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.cast import Browser
from tests.funds.books import World, make_world
from tests.funds.views.pages import plain

pytestmark = pytest.mark.one_database

CAP = {
    "code": "person.year",
    "kind": "cap_window",
    "severity": "exception",
    "params": {"cents": 90_000, "window": "fiscal_year"},
}
NEVER = {
    "code": "prohibited",
    "kind": "prohibited_item",
    "severity": "block",
    "params": {"items": [{"name_en": "fireworks", "name_es": "fuegos artificiales", "words": ["fireworks"]}]},
}


@pytest.fixture
def world(app: Flask) -> World:
    """A fund with rules of its own."""
    return make_world(rules=[CAP, NEVER])


def test_without_a_fund_it_says_who_sets_the_rules(client: Browser) -> None:
    page = client.get("/fund")
    assert (
        page.status_code == 200 and page.text.count("Your county sets") >= 4 and "$" not in page.text.split("</h1>")[1]
    )


def test_figures_come_from_the_rules_in_force(world: World, client: Browser) -> None:
    page = client.get("/fund").text
    assert "up to $900.00 in a year" in page and "fireworks" in page and "Housing" in page and "Furniture" in page
    assert "Under $250.00:" in page and "a supervisor, then a fiscal approver" in page
    assert "You have 30 days to ask for a second look." in page and "Your county sets" not in page


def test_it_speaks_spanish_and_is_found_from_every_page(world: World, client: Browser) -> None:
    page = client.get("/fund?lang=es").text
    assert "Dinero para sus metas" in page and "fuegos artificiales" in page and "Vivienda" in page
    assert "What the fund" not in page and "Your rights" not in page
    assert 'href="/fund"' in client.get("/").text


def test_it_says_by_when_as_the_rules_do(app: Flask, client: Browser) -> None:
    lane = {"max_cents": 25_000, "approvers": ["supervisor"], "hours": 36, "ratify_working_days": 4}
    cards = {"days": 8, "working_days": True, "stops_when": "missing", "methods": ["gift_card"]}
    make_world(
        rules=[
            {"code": "emergency", "kind": "emergency", "severity": "block", "params": lane},
            {"code": "cards", "kind": "receipt_due", "severity": "block", "params": cards},
            {"code": "receipts", "kind": "receipt_due", "severity": "block", "params": {"days": 21}},
        ]
    )
    page = plain(client.get("/fund").text)
    assert "the money moves within 36 hours. A second person confirms it within 4 working days." in page
    assert "A receipt is needed within 21 days." in page
    assert "Gift card: A receipt is needed within 8 working days." in page
    assert "Approved money is set aside for 60 days." in page
    assert "After a no you have 30 days to ask for a second look." in page
    assert "Se necesita un recibo en 21 días." in plain(client.get("/fund?lang=es").text)
