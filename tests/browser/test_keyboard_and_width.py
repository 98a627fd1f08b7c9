"""Keyboard alone, narrow screens, quick exit, and what script adds: swaps, saves, the map."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import Site

pytestmark = pytest.mark.browser

# Links inside a sentence are excepted by WCAG 2.5.8; check boxes are drawn by their labels.
SMALL_TARGETS = """() => {
  const inSentence = "p, dd, .gt-trap, .leaflet-container";
  const drawnElsewhere = ".usa-skipnav, .usa-checkbox__input, .usa-radio__input";
  return [...document.querySelectorAll("a, button, input:not([type=hidden]), summary")]
    .filter((each) => each.checkVisibility() && !each.closest(inSentence) && !each.matches(drawnElsewhere))
    .map((each) => [each.outerHTML.slice(0, 120), each.getBoundingClientRect()])
    .filter(([, box]) => box.height > 0 && (box.height < 23.5 || box.width < 23.5))
    .map(([html]) => html);
}"""


def test_the_skip_link_leads_to_the_content(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main"


def test_a_search_and_a_save_by_keyboard_alone(page: Page, site: Site) -> None:
    page.goto(site.url)
    page.wait_for_selector("[data-suggest][data-started]")
    page.locator("#q").focus()
    page.keyboard.type("food")
    page.keyboard.press("Tab")
    page.keyboard.type("white pl")
    page.wait_for_selector("[role=option]")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("Enter")
    assert page.locator("#where").input_value().startswith("White Plains")
    page.keyboard.press("Enter")
    page.wait_for_url("**/services?**")
    page.wait_for_selector(".gt-save[data-started]")
    page.locator(".gt-save").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".gt-save").first).to_have_attribute("aria-pressed", "true")
    expect(page.locator("#spoken")).to_have_text("Saved to your list.")
    expect(page.locator("[data-list-count]")).to_have_text("1")


def test_no_page_scrolls_sideways_at_320_and_targets_are_at_least_24_pixels(narrow: Page, site: Site) -> None:
    wide, small = {}, {}
    for language in ("en", "es"):
        for address in site.pages():
            narrow.goto(f"{site.url}{address}{'&' if '?' in address else '?'}lang={language}")
            width = narrow.evaluate("document.documentElement.scrollWidth")
            if width > 320:
                wide[address] = width
            if found := narrow.evaluate(SMALL_TARGETS):
                small[address] = found
    assert (wide, small) == ({}, {})
    narrow.evaluate("document.querySelector('h1').style.width = '900px'")
    assert narrow.evaluate("document.documentElement.scrollWidth") > 320, "the check sees a planted wide thing"


def test_quick_exit_replaces_the_page(page: Page, site: Site) -> None:
    page.route(
        "https://www.weather.gov/**", lambda route: route.fulfill(body="<h1>Weather</h1>", content_type="text/html")
    )
    page.goto(f"{site.url}/help")
    page.goto(f"{site.url}/services?q=shelter")
    page.get_by_role("link", name="Leave this site quickly").click()
    page.wait_for_url("https://www.weather.gov/")
    page.go_back()
    assert page.url == f"{site.url}/help", "the page that was left is no longer in the history"


def test_shift_three_times_leaves_and_a_letter_between_does_not(page: Page, site: Site) -> None:
    page.route(
        "https://www.weather.gov/**", lambda route: route.fulfill(body="<h1>Weather</h1>", content_type="text/html")
    )
    page.goto(f"{site.url}/")
    page.wait_for_selector("html[data-script=on] [data-quick-exit][data-started]")
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    page.keyboard.press("a")
    page.keyboard.press("Shift")
    page.wait_for_timeout(200)
    assert page.url.startswith(site.url)
    page.keyboard.press("Shift")
    page.keyboard.press("Shift")
    page.wait_for_url("https://www.weather.gov/")


def test_a_filter_swaps_the_list_and_back_goes_one_search_back(page: Page, site: Site) -> None:
    page.goto(f"{site.url}/services?q=food&where=10601", wait_until="networkidle")
    first = page.locator("[data-summary]").inner_text()
    page.evaluate("window.notReloaded = true")
    page.locator("label[for=yes-walk_in]").click()
    page.wait_for_url("**yes=walk_in**")
    page.wait_for_function("document.querySelector('#yes-walk_in')?.checked && document.querySelector('.gt-chip')")
    assert page.evaluate("window.notReloaded"), "only the list was swapped"
    assert page.locator("[data-summary]").inner_text() != first
    assert page.evaluate("document.activeElement.id") == "yes-walk_in", "the focus stays"
    assert "q=food" in page.url and "age=" not in page.url
    expect(page.locator("#results [data-print]")).to_be_visible()
    page.locator(".gt-save").first.click()
    expect(page.locator("#spoken")).to_have_text("Saved to your list.")
    assert page.evaluate("window.notReloaded"), "a save after a swap does not reload either"
    page.go_back()
    page.wait_for_function(f"document.querySelector('[data-summary]')?.innerText === {first!r}")
    assert not page.locator("#yes-walk_in").is_checked()


def test_the_map_has_a_pin_for_each_placed_card_and_pins_open(page: Page, site: Site) -> None:
    page.set_viewport_size({"width": 1280, "height": 900})
    page.goto(f"{site.url}/services?where=10601&within=25", wait_until="networkidle")
    page.wait_for_selector(".leaflet-marker-icon")
    pin = page.locator(".gt-pin:not(.gt-pin--group)").first
    name = pin.get_attribute("title") or ""
    pin.focus()
    page.keyboard.press("Enter")
    expect(page.locator(".leaflet-popup-content strong")).to_have_text(name.split(" (")[0])
    page.keyboard.press("Escape")
    expect(page.locator(".leaflet-popup")).to_have_count(0)
