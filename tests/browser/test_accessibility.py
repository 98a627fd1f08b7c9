"""axe on every public page, in both languages, with errors shown and filters open; and that axe can find a fault."""

from __future__ import annotations

from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
# Only what is wrong is worked out in full, and style sheets are not fetched again: half the time of a page.
OPTIONS: dict[str, Any] = {
    "runOnly": {"type": "tag", "values": TAGS},
    "resultTypes": ["violations"],
    "preload": False,
}
OPEN_ALL = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"


def faults(page: Page) -> list[str]:
    page.wait_for_load_state("load")  # a page that is still coming has boxes without their labels
    found = Axe().run(page, options=OPTIONS)
    return [f"{each['id']}: {each['nodes'][0]['html'][:200]}" for each in found.response["violations"]]


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("es", 360)])
def test_axe_finds_nothing_on_any_page(page: Page, site: Site, language: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 800})
    policy: list[str] = []
    page.on("console", lambda message: policy.append(message.text) if "Content Security" in message.text else None)
    wrong = {}
    for address in site.pages():
        page.goto(f"{site.url}{address}{'&' if '?' in address else '?'}lang={language}")
        page.evaluate(OPEN_ALL)
        if found := faults(page):
            wrong[address] = found
    assert wrong == {} and policy == []


@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_nothing_where_errors_are_shown(page: Page, site: Site, language: str) -> None:
    page.goto(f"{site.url}/services/{site.listing_id}/report?lang={language}")
    page.locator("main form button[type=submit]").click()
    page.wait_for_selector(".gt-error-summary")
    assert page.title().startswith("Error:")
    expect(page.locator(".gt-error-summary")).to_be_focused()
    assert faults(page) == []


def test_axe_finds_nothing_with_the_suggestions_open(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.locator("#where").press_sequentially("white pl")
    page.wait_for_selector("[role=option]")
    page.keyboard.press("ArrowDown")
    assert faults(page) == []


def test_axe_finds_a_planted_fault(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.evaluate("document.querySelector('label[for=q]').remove()")
    page.evaluate("document.documentElement.removeAttribute('lang')")
    assert {fault.split(":")[0] for fault in faults(page)} >= {"label", "html-has-lang"}
