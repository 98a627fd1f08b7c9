"""Sign-in, the second step, the users and the trail in a real browser, and the warning before a session ends."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest
from playwright.sync_api import Page

from core import clock
from core.db import db
from tests.browser.conftest import Site
from tests.browser.test_accessibility import faults
from tests.cast import ADA, PASSWORD, SAM, STELLA, code_at, give_second_factor, make_user

pytestmark = pytest.mark.browser
WIDTHS = (360, 768, 1280)


@pytest.fixture
def phone(site: Site) -> str:
    """The people of this file, of whom Sam has a second step; answers the key on his phone."""
    with site.app.app_context():
        for person in (ADA, STELLA):
            make_user(person, demo=True)
        key = give_second_factor(SAM, site.app.extensions["security"])
        db.session.remove()
    return key


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[timedelta]]:
    """How far the clock of sessions is turned ahead."""
    real, shift = clock.now_utc, [timedelta()]
    monkeypatch.setattr(clock, "now_utc", lambda: real() + shift[0])
    yield shift


def sign_in(page: Page, site: Site, email: str) -> None:
    page.goto(f"{site.url}/sign-in")
    page.fill("#email", email)
    page.fill("#password", PASSWORD)
    page.click("main form button[type=submit]")


def faults_at_all_widths(page: Page) -> list[str]:
    found = []
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 800})
        if width != 768:
            found += faults(page)
        if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
            found.append(f"{page.url} is wider than {width}")
    return found


@pytest.mark.parametrize("language", ["en", "es"])
def test_axe_finds_nothing_before_and_during_sign_in(page: Page, site: Site, phone: str, language: str) -> None:
    found = []
    for address in ("/sign-in", "/forgotten-password"):
        page.goto(f"{site.url}{address}?lang={language}")
        found += faults_at_all_widths(page)
    page.goto(f"{site.url}/sign-in")
    page.fill("#email", SAM.email)
    page.fill("#password", "wrong words")
    page.click("main form button[type=submit]")
    found += faults_at_all_widths(page)
    sign_in(page, site, SAM.email)
    found += faults_at_all_widths(page)
    page.goto(f"{site.url}/sign-in/recovery-code")
    found += faults_at_all_widths(page)
    assert found == []


def test_axe_finds_nothing_on_the_pages_of_an_administrator(page: Page, site: Site, phone: str) -> None:
    policy: list[str] = []
    page.on("console", lambda message: policy.append(message.text) if message.type == "error" else None)
    sign_in(page, site, SAM.email)
    page.fill("#code", code_at(phone, clock.now_utc()))
    page.click("main form button[type=submit]")
    page.wait_for_url("**/start")
    found = []
    for address in ("/start", "/profile", "/profile/password", "/profile/second-step", "/users", "/users/add"):
        page.goto(f"{site.url}{address}")
        found += faults_at_all_widths(page)
    page.goto(f"{site.url}/users")
    page.get_by_role("link", name="Stella Marsh").click()
    found += faults_at_all_widths(page)
    page.goto(f"{site.url}/profile/second-step")
    page.click("main form button[type=submit]")
    assert page.locator("main img").evaluate("image => image.naturalWidth") > 100, "the picture to scan is shown"
    found += faults_at_all_widths(page)
    assert (found, policy) == ([], [])


def test_axe_finds_nothing_on_the_trail(page: Page, site: Site, phone: str) -> None:
    sign_in(page, site, ADA.email)
    page.wait_for_url("**/start")
    found = []
    for address in ("/trail", "/trail/1"):
        page.goto(f"{site.url}{address}")
        found += faults_at_all_widths(page)
    assert found == []


def test_warning_opens_two_minutes_before_and_one_press_stays(
    page: Page, site: Site, phone: str, ahead: list[timedelta]
) -> None:
    sign_in(page, site, STELLA.email)
    page.goto(f"{site.url}/profile")
    dialog = page.locator("[data-idle] dialog")
    ahead[0] = timedelta(minutes=12, seconds=30)
    look(page)
    assert not dialog.is_visible()
    ahead[0] = timedelta(minutes=13, seconds=30)
    look(page)
    dialog.wait_for(state="visible")
    assert page.evaluate("document.activeElement.textContent") == "Stay signed in"
    assert faults(page) == []
    page.keyboard.press("Enter")
    dialog.wait_for(state="hidden")
    ahead[0] += timedelta(minutes=14)
    assert page.request.get(f"{site.url}/session/time").json()["ends_in_s"] <= 61


def test_page_leaves_for_sign_in_when_time_is_up(page: Page, site: Site, phone: str, ahead: list[timedelta]) -> None:
    sign_in(page, site, STELLA.email)
    page.goto(f"{site.url}/profile")
    ahead[0] = timedelta(minutes=16)
    look(page)
    page.wait_for_url("**/sign-in?next=%2Fprofile")
    assert "You were signed out because this page was not used for a while" in page.inner_text("body")


def test_what_was_typed_when_time_was_up_is_there_after_sign_in(
    page: Page, site: Site, phone: str, ahead: list[timedelta]
) -> None:
    sign_in(page, site, STELLA.email)
    page.goto(f"{site.url}/steward/organizations/new")
    page.fill("#name", "Bread for the long winter")
    ahead[0] = timedelta(minutes=16)
    look(page)
    page.wait_for_url("**/sign-in?next=%2Fkept%2F*")
    assert "You were signed out because this page was not used for a while" in page.inner_text("body")
    page.fill("#email", STELLA.email)
    page.fill("#password", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/kept/*")
    assert "Bread for the long winter" in page.inner_text("main")
    page.click("main form button[type=submit]")
    page.wait_for_url("**/steward/organizations/*")
    assert "Bread for the long winter" in page.inner_text("main")


def look(page: Page) -> None:
    """What the page does by itself when its time comes, and when somebody returns to it."""
    page.wait_for_selector("[data-idle][data-started]", state="attached")
    with page.expect_response("**/session/time"):
        page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")


def test_times_are_those_of_the_server(page: Page, site: Site, phone: str) -> None:
    sign_in(page, site, STELLA.email)
    page.wait_for_url("**/start")
    ends = datetime.fromisoformat(page.locator("[data-idle]").get_attribute("data-ends-at") or "")
    assert timedelta(minutes=14) < ends - clock.now_utc() <= timedelta(minutes=15)
