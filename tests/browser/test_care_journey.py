"""The demo coordinator's way from the home page to a choice sheet for a housing goal in White Plains."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app import create_app
from core.config import Config
from seeds.content import demo_people
from tests.browser.test_accessibility import faults
from tests.demo import copy_demo
from tests.serving import served

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a site with the whole demo."""
    folder: Path = tmp_path_factory.mktemp("demo")
    copy_demo(folder)
    app = create_app(Config.for_tests(data_dir=folder))
    with served(app) as address:
        yield address


def sign_in(page: Page, demo: str, email: str = "cal@example.org") -> None:
    page.goto(f"{demo}/sign-in")
    page.fill("#email", email)
    page.fill("#password", demo_people()[0])
    page.click("main form button[type=submit]")
    page.wait_for_url("**/start")


class Inputs:
    """Presses one thing after another and counts; the page is judged after each."""

    def __init__(self, page: Page) -> None:
        self.page, self.count = page, 0
        self.faults: dict[str, list[str]] = {}

    def press(self, selector: str) -> None:
        """One press, with the keyboard: what it leads to must be reached without a mouse too."""
        self.page.locator(selector).first.focus()
        with self.page.expect_navigation(wait_until="load"):
            self.page.keyboard.press("Enter")
        self.count += 1
        if found := faults(self.page):
            self.faults[selector] = found


def test_four_inputs_lead_from_home_to_a_printed_choice_sheet(page: Page, demo: str) -> None:
    """People, Ana, "Find help" beside her housing goal, "Make and print": then the browser prints, once."""
    page.add_init_script("window.print = () => { sessionStorage.prints = Number(sessionStorage.prints || 0) + 1; }")
    sign_in(page, demo)
    inputs = Inputs(page)
    inputs.press("header a:has-text('People')")
    inputs.press("main a:has-text('Ana')")
    inputs.press("main section[aria-labelledby=goals] li:has-text('Housing') a:has-text('Find help')")
    inputs.press("button:has-text('Make and print')")
    expect(page.locator("main")).to_contain_text("White Plains, NY")
    page.wait_for_selector("button[data-print]:not([hidden])")
    assert page.evaluate("sessionStorage.prints") == "1"
    assert inputs.count == 4
    assert "10601" not in page.url and "Ana" not in page.url and "print" not in page.url
    page.reload()
    page.wait_for_selector("button[data-print]:not([hidden])")
    assert page.evaluate("sessionStorage.prints") == "1"
    assert inputs.faults == {}


def test_four_presses_lead_from_home_to_a_choice_sheet(page: Page, demo: str) -> None:
    sign_in(page, demo)
    wrong = {"start": faults(page)}
    presses = ["a[href$='#reviews']", "a[href*='/goals/']:has-text('Housing')", "a:has-text('Find help for this goal')"]
    for press in presses:
        with page.expect_navigation(wait_until="load"):
            page.locator(f"main {press}").first.click()
        wrong[press] = faults(page)
    with page.expect_navigation(wait_until="load"):
        page.click("button:has-text('Make a choice sheet')")
    wrong["sheet"] = faults(page)
    expect(page.locator("main")).to_contain_text("White Plains, NY")
    expect(page.locator("button[data-print]")).to_be_visible()
    assert "10601" not in page.url and "Ana" not in page.url
    assert {where: found for where, found in wrong.items() if found} == {}


def tab_to(page: Page, text: str, inside: str = "body") -> None:
    """Press Tab until the focus stands on what says so, as somebody without a mouse does; what has it must be seen."""
    wanted = "([text, inside]) => (document.activeElement.textContent || '').trim().startsWith(text) && " + (
        "document.activeElement.closest(inside) !== null && document.activeElement !== document.body"
    )
    for _ in range(150):
        page.keyboard.press("Tab")
        if page.evaluate(wanted, [text, inside]):
            outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
            assert outline != "none", f"nobody sees where the focus is: {text}"
            return
    raise AssertionError(f"Tab does not lead to {text}")


def enter(page: Page) -> None:
    """Press Enter and wait for where it leads."""
    with page.expect_navigation(wait_until="load"):
        page.keyboard.press("Enter")


def test_the_whole_way_by_keyboard_from_the_sign_in_page(page: Page, demo: str) -> None:
    """Nothing is clicked or focused by a script: Tab, letters and Enter, from sign-in to the printed sheet."""
    page.add_init_script("window.print = () => { sessionStorage.prints = Number(sessionStorage.prints || 0) + 1; }")
    page.goto(f"{demo}/sign-in")
    for field, text in (("email", "cal@example.org"), ("password", demo_people()[0])):
        for _ in range(30):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.id") == field:
                break
        page.keyboard.type(text)
    enter(page)
    page.wait_for_url("**/start")
    tab_to(page, "People", "header")
    enter(page)
    tab_to(page, "Ana", "main")
    enter(page)
    tab_to(page, "Find help", "main section[aria-labelledby=goals] li:has(a[href*='/goals/'])")
    enter(page)
    tab_to(page, "Make and print", "main")
    enter(page)
    expect(page.locator("main")).to_contain_text("White Plains, NY")
    page.wait_for_selector("button[data-print]:not([hidden])")
    assert page.evaluate("sessionStorage.prints") == "1"


PAGES = (
    "/outcomes",
    "/outcomes?share=1",
    "/outcomes/example",
    "/outcomes/costs/arrests",
    "/gaps",
    "AGREEMENT/document",
)


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("es", 360)])
def test_axe_finds_nothing_on_the_pages_of_a_supervisor(page: Page, demo: str, language: str, width: int) -> None:
    """Every page fits its width too, and breaks no policy; a coordinator's pages are in test_care_pages.py."""
    page.set_viewport_size({"width": width, "height": 800})
    policy: list[str] = []
    page.on("console", lambda message: policy.append(message.text) if "Content Security" in message.text else None)
    sign_in(page, demo, "sue@example.org")
    page.goto(f"{demo}/agreements")
    agreement = page.locator("main tbody a[href*='/agreements/']").first.get_attribute("href") or ""
    wrong = {}
    for path in PAGES:
        address = path.replace("AGREEMENT", agreement)
        page.goto(f"{demo}{address}{'&' if '?' in address else '?'}lang={language}")
        found = faults(page)
        if page.evaluate("document.documentElement.scrollWidth") > width:
            found.append("the page is wider than the window")
        if found:
            wrong[path] = found
    assert wrong == {} and policy == []
