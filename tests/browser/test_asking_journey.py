"""Asking the fund in real Chromium: coordinator and person, by keyboard, without script, in Spanish, on a phone."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.asked import FundSite, fund_site
from tests.browser.test_accessibility import OPEN_ALL, faults

pytestmark = pytest.mark.browser
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def fund(tmp_path_factory: pytest.TempPathFactory) -> Iterator[FundSite]:
    """One site for all tests here."""
    with fund_site(tmp_path_factory.mktemp("fund")) as made:
        yield made


def ask_address(fund: FundSite) -> str:
    person = fund.world.person
    return f"{fund.url}/enrollees/{person.enrollee_id}/fund/new?goal={person.goal_id}"


def fits(page: Page) -> bool:
    """True when nothing has to be scrolled sideways."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"))


def fill(page: Page, amount: str, item: str = "A bed and a mattress") -> None:
    page.fill("#item", item)
    page.select_option("#category", label="Furniture")
    page.fill("#amount", amount)
    page.fill("#payee", "Elm Street Furniture")
    page.locator("label[for=method-0]").click()
    page.fill("#purpose", "To sleep in the new room")
    page.locator("#tried details").evaluate_all("all => all.forEach(each => { each.open = true; })")
    page.fill("[name=tried-name-own1]", "Furniture bank")
    page.select_option("[name=tried-own1]", "no capacity")
    page.locator("label[for=agreement-2]").click()


def test_from_the_goal_to_a_sent_request_on_a_phone(fund: FundSite, browser: Browser) -> None:
    """The way: goal page, one press, one screen; the rule is said while typing, and sending shows who has it."""
    page = fund.page_of(browser, "cal", viewport=PHONE)
    person = fund.world.person
    page.goto(f"{fund.url}/enrollees/{person.enrollee_id}/goals/{person.goal_id}")
    page.get_by_role("link", name="Ask the fund", exact=True).click()
    fill(page, "500")
    page.locator("#amount").blur()
    expect(page.locator("#ask-check")).to_contain_text("the limit is $400.00")
    expect(page.locator("#ask-summary")).to_contain_text("rule stops it as it stands")
    page.fill("#amount", "180")
    expect(page.locator("#ask-summary")).to_have_text("Nothing stands against it. You can send it.")
    expect(page.locator("#ask-check")).to_contain_text("$220.00 left")
    page.evaluate(OPEN_ALL)
    assert fits(page) and faults(page) == []
    page.get_by_role("button", name="Send it to be decided").click()
    expect(page.locator("main")).to_contain_text("Who has it now")
    page.evaluate(OPEN_ALL)
    assert fits(page) and faults(page) == [] and "Ana" not in page.url


def test_a_draft_saves_itself_and_comes_back(fund: FundSite, browser: Browser) -> None:
    """On the server, by a clock; the address becomes the draft's own, and nothing is kept in the browser."""
    page = fund.page_of(browser, "cal")
    page.goto(ask_address(fund))
    expect(page.locator("#ask-form[data-started]")).to_be_visible()
    page.fill("#item", "A desk for school")
    page.evaluate("Object.defineProperty(document, 'visibilityState', {value: 'hidden', configurable: true})")
    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")
    expect(page.locator("[data-draft-state]")).to_contain_text("Saved at")
    assert page.url.endswith("/edit")
    assert "school" not in page.evaluate("JSON.stringify([{...localStorage}, {...sessionStorage}])")
    page.reload()
    expect(page.locator("#item")).to_have_value("A desk for school")
    page.fill("#item", "A desk and a chair")
    page.get_by_role("button", name="Save the draft").click()
    expect(page.locator("#item")).to_have_value("A desk and a chair")


def test_by_keyboard_alone(fund: FundSite, browser: Browser) -> None:
    """Every box and button is reached with Tab, and Enter in a box looks instead of sending."""
    page = fund.page_of(browser, "cal")
    page.goto(ask_address(fund))
    page.focus("#goal")
    seen = []
    for _ in range(60):
        page.keyboard.press("Tab")
        seen.append(page.evaluate("document.activeElement.id || document.activeElement.textContent.trim()"))
        if seen[-1] == "Save the draft":
            break
    for wanted in ("item", "category", "amount", "payee", "purpose", "need_by", "find", "words", "is_emergency"):
        assert wanted in seen, wanted
    assert "Check" in seen and "Send it to be decided" in seen
    page.focus("#item")
    page.keyboard.type("A lamp")
    page.keyboard.press("Enter")
    page.wait_for_load_state()
    expect(page.locator("#item")).to_have_value("A lamp")
    expect(page.locator("#ask-check")).to_contain_text("Still to fill in")


def test_without_script_the_same_is_said_and_sent(fund: FundSite, browser: Browser) -> None:
    page = fund.page_of(browser, "cal", java_script_enabled=False)
    page.goto(ask_address(fund))
    page.fill("#item", "A chair")
    page.select_option("#category", label="Furniture")
    page.fill("#amount", "500")
    page.locator(".gt-ask__check button").click()
    expect(page.locator("#ask-check")).to_contain_text("the limit is $400.00")
    expect(page.locator("#item")).to_have_value("A chair")
    page.fill("#amount", "21")
    page.fill("#payee", "Elm Street Furniture")
    page.locator("label[for=method-0]").click()
    page.locator("summary", has_text="Something that is not in the directory").click()
    page.fill("[name=tried-name-own1]", "Furniture bank")
    page.select_option("[name=tried-own1]", "no capacity")
    page.locator("label[for=agreement-2]").click()
    page.get_by_role("button", name="Send it to be decided").click()
    expect(page.locator("main")).to_contain_text("to decide it (step 1 of")


def test_the_person_starts_answers_and_reads_in_spanish(fund: FundSite, browser: Browser) -> None:
    """On a phone: two fields, her page, and no fault for axe on any of them."""
    page = fund.page_of(browser, "ana", viewport=PHONE)
    wrong = {}
    for address in ("/me/money", "/me/money/new"):
        page.goto(f"{fund.url}{address}?lang=es")
        wrong[address] = [*faults(page), *([] if fits(page) else ["too wide"])]
    page.fill("#item", "Un abrigo")
    page.fill("#purpose", "Para buscar trabajo")
    page.get_by_role("button", name="Dársela a mi coordinador").click()
    expect(page.locator("main")).to_contain_text("se está escribiendo")
    page.evaluate(OPEN_ALL)
    wrong["one"] = [*faults(page), *([] if fits(page) else ["too wide"])]
    assert {where: found for where, found in wrong.items() if found} == {}


def test_lists_and_the_public_page_are_without_fault(fund: FundSite, browser: Browser) -> None:
    page = fund.page_of(browser, "cal", viewport=PHONE)
    wrong = {}
    own = ("/fund/people", "/fund/people?lang=es")
    person = f"/enrollees/{fund.world.person.enrollee_id}/fund"
    for address in ("/fund/requests", "/fund/new", person, "/fund?lang=es", *own):
        page.goto(f"{fund.url}{address}")
        page.evaluate(OPEN_ALL)
        wrong[address] = [*faults(page), *([] if fits(page) else ["too wide"])]
    assert {where: found for where, found in wrong.items() if found} == {}
