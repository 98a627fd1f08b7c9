"""The whole journey with script off: need, place, filter, listing, list, print and share, language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser


@pytest.fixture
def plain(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(java_script_enabled=False)
    yield context.new_page()
    context.close()


def test_a_person_finds_saves_and_shares_help_without_script(plain: Page, site: Site) -> None:
    plain.goto(site.url)
    plain.get_by_label("What do you need?").fill("food")
    plain.get_by_label("Where?").fill("10601")
    plain.get_by_role("button", name="Search").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("“food” near White Plains, NY 10601")
    plain.locator("label[for=yes-walk_in]").click()
    plain.get_by_role("button", name="Use these filters").click()
    assert "yes=walk_in" in plain.url
    before = plain.url
    plain.get_by_role("button", name="Save to my list").first.click()
    assert plain.url.split("#")[0] == before
    plain.get_by_role("link", name="Food pantry").first.click()
    expect(plain.get_by_role("heading", name="Where and when")).to_be_visible()
    plain.get_by_role("link", name="Back to the results").click()
    assert plain.url == before
    plain.get_by_role("link", name="My list").click()
    expect(plain.locator(".gt-kept > li")).to_have_count(1)
    link = plain.get_by_role("textbox", name="Link").input_value()
    plain.goto(site.url + link[link.index("/list/") :])
    expect(plain.get_by_role("heading", level=1)).to_have_text("A list for you")
    plain.get_by_role("link", name="Español").click()
    expect(plain.get_by_role("heading", level=1)).to_have_text("Una lista para usted")


def test_buttons_that_need_script_are_not_shown(plain: Page, site: Site) -> None:
    plain.goto(site.url)
    expect(plain.get_by_role("button", name="Use my location")).to_be_hidden()
    expect(plain.get_by_role("link", name="Leave this site quickly")).to_be_visible()


def test_hiding_the_map_needs_no_script(plain: Page, site: Site) -> None:
    plain.goto(f"{site.url}/services?where=10601")
    plain.get_by_role("link", name="Hide the map").click()
    expect(plain.locator(".gt-map")).to_have_count(0)
    plain.goto(f"{site.url}/services?where=10601")
    expect(plain.locator(".gt-map")).to_have_count(0)
