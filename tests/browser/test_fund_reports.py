"""The reports in real Chromium: axe, no page wider than its window, figures that open, print."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from accounts.rules import ROLE_PERMISSIONS
from core.db import db
from core.identity import Identity
from funds.reports import REPORTS
from tests.browser.conftest import Site
from tests.browser.test_accessibility import OPEN_ALL, faults
from tests.funds.ledgers import make_ledgers

pytestmark = pytest.mark.browser
ADDRESSES = [
    "/fund/reports",
    "/fund/exports",
    "/fund/reports/rows?account=expense",
    "/fund/reports/periods?share=1",
    *(f"/fund/reports/{name}" for name in REPORTS),
]


@pytest.fixture(scope="module")
def books(site: Site) -> Iterator[Site]:
    """Random books of two funds, and a fiscal approver who is signed in."""
    with site.app.app_context():
        make_ledgers(2, steps=40)
        db.session.remove()
    fay = Identity(uuid4(), "Fay", frozenset({"fiscal_approver"}), frozenset(ROLE_PERMISSIONS["fiscal_approver"]))
    before = site.app.extensions["goldthread_identity"]
    site.app.extensions["goldthread_identity"] = lambda: fay
    yield site
    site.app.extensions["goldthread_identity"] = before


PAPER_WIDTH = 716  # a letter's page less its margins, in CSS pixels
CUT = "width => [...document.querySelectorAll('main table')].some(t => t.getBoundingClientRect().right > width)"
# A wide table slides under its first column: a figure must have room beside it.
CROWDED = """() => [...document.querySelectorAll('main .gt-table-frame')].some(frame =>
  frame.scrollWidth > frame.clientWidth + 1
  && frame.querySelector('th:first-child').getBoundingClientRect().width > frame.clientWidth * 0.7)"""


def test_nothing_of_a_report_is_cut_on_paper_or_hidden_on_a_phone(page: Page, books: Site) -> None:
    wrong = {}
    for address in ADDRESSES:
        page.emulate_media(media="print")
        page.set_viewport_size({"width": PAPER_WIDTH, "height": 900})
        page.goto(f"{books.url}{address}")
        is_cut = page.evaluate(CUT, PAPER_WIDTH)
        page.emulate_media(media="screen")
        page.set_viewport_size({"width": 360, "height": 900})
        if is_cut or page.evaluate(CROWDED):
            wrong[address] = "cut on paper" if is_cut else "first column as wide as the phone"
    assert wrong == {}


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("es", 360)])
def test_every_report_is_accessible_and_fits(page: Page, books: Site, language: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    wrong = {}
    for address in ADDRESSES:
        page.goto(f"{books.url}{address}{'&' if '?' in address else '?'}lang={language}")
        expect(page.locator("h1")).to_be_visible()
        _picture(page, address, language, width)
        page.evaluate(OPEN_ALL)
        found = faults(page)
        for other in (768, width):
            page.set_viewport_size({"width": other, "height": 900})
            if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
                found.append(f"wider than {other}")
        if found:
            wrong[address] = found
    assert wrong == {}


def test_a_figure_opens_into_the_rows_that_make_it(page: Page, books: Site) -> None:
    page.goto(f"{books.url}/fund/reports/spending")
    figure = page.locator("#by-category_id tbody td a").first
    shown = figure.inner_text()
    figure.click()
    expect(page.locator("h1")).to_have_text("Rows behind a figure")
    expect(page.locator("main strong").first).to_have_text(shown)


def test_the_paper_holds_figures_and_proof_and_no_forms(page: Page, books: Site) -> None:
    page.goto(f"{books.url}/fund/reports/position")
    page.emulate_media(media="print")
    expect(page.get_by_text(re.compile("add up to the books"))).to_be_visible()
    expect(page.locator(".gt-report-filter")).to_be_hidden()
    expect(page.get_by_role("button", name="Download as CSV")).to_be_hidden()


def _picture(page: Page, address: str, language: str, width: int) -> None:
    folder = os.environ.get("REPORT_PICTURES")
    if folder:
        name = re.sub(r"[^a-z0-9]+", "-", address.lower()).strip("-")
        page.screenshot(path=Path(folder) / f"{name}-{language}-{width}.png", full_page=True)
