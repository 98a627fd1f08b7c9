"""The pages of care in a real browser: as wide as a phone, a tablet and a screen, in both languages, without script.

Every address of care that the coordinator may open about a person of the demo; a page of today's first hour.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState

from app import create_app
from core.config import Config
from tests.browser.test_accessibility import OPEN_ALL, faults
from tests.browser.test_care_journey import demo as demo
from tests.browser.test_care_journey import sign_in

pytestmark = pytest.mark.browser
WIDTHS = {
    "en": (360, 768, 1280),
    "es": (1280, 768, 360),
}  # axe looks at the last: a desk in English, a phone in Spanish
PER_PERSON = (
    "", "/edit", "/status", "/account", "/benefits/add", "/supports/add", "/mentor", "/consents", "/consents/add",
    "/plan", "/plan/edit", "/plan/agreement", "/plan/print", "/goals/new", "/screenings", "/services", "/referrals",
    "/contacts", "/history", "/discharge", "/outcomes", "/outcomes/record",
)  # fmt: skip
LISTS = ("/today", "/enrollees", "/enrollees?status=enrolled", "/agreements", "/gaps")


@pytest.fixture(scope="module")
def session(browser: Browser, demo: str) -> StorageState:
    """The cookies of the demo coordinator."""
    page = browser.new_page()
    sign_in(page, demo)
    state = page.context.storage_state()
    page.context.close()
    return state


@pytest.fixture(scope="module")
def addresses(browser: Browser, demo: str, session: StorageState) -> list[str]:
    """The lists, and every page about the first person whose plan has a goal, with one goal, sheet and referral."""
    context = browser.new_context(storage_state=session)
    page = context.new_page()
    page.goto(f"{demo}/enrollees")
    person = page.locator("main a:has-text('Ana')").first.get_attribute("href") or ""
    found = [*LISTS, *(f"{person}{part}" for part in PER_PERSON)]
    for start, part in (("/plan", "/goals/"), ("/referrals", "/referrals/")):
        page.goto(f"{demo}{person}{start}")
        links = page.locator(f"main a[href^='{person}{part}']")
        hrefs = [links.nth(number).get_attribute("href") or "" for number in range(links.count())]
        found += [href for href in hrefs if not href.endswith(("/new", "/edit"))][:1]
    context.close()
    assert len(found) >= len(LISTS) + len(PER_PERSON) + 1
    return found


@pytest.fixture(params=[("en", True), ("es", True), ("en", False)], ids=["english", "spanish", "without script"])
def opened(request: Any, browser: Browser, session: StorageState) -> Iterator[tuple[Page, str, bool]]:
    """A page with the coordinator's session, its language, and whether it runs scripts."""
    language, has_script = request.param
    context = browser.new_context(storage_state=session, java_script_enabled=has_script)
    yield context.new_page(), language, has_script
    context.close()


def test_every_page_fits_and_is_clean(demo: str, addresses: list[str], opened: tuple[Page, str, bool]) -> None:
    """No page is wider than its window, axe finds nothing, the browser refuses nothing, one heading stands on top."""
    page, language, has_script = opened
    policy: list[str] = []
    page.on("console", lambda message: policy.append(message.text) if "Content Security" in message.text else None)
    wrong: dict[str, list[str]] = {}
    for address in addresses:
        answer = page.goto(f"{demo}{address}{'&' if '?' in address else '?'}lang={language}")
        found = [] if answer is not None and answer.ok else [f"answered {answer.status if answer else None}"]
        if page.locator("h1").count() != 1:
            found.append("not one heading")
        if has_script:
            page.evaluate(OPEN_ALL)
            for width in WIDTHS[language]:
                page.set_viewport_size({"width": width, "height": 900})
                wide = page.evaluate("document.documentElement.scrollWidth")
                found += [f"{wide} px wide at {width}"] if wide > width else []
            found += faults(page)
        if found:
            wrong[address] = found
    assert wrong == {} and policy == []


def test_the_list_above_knows_every_page(addresses: list[str], tmp_path_factory: pytest.TempPathFactory) -> None:
    """An address of care about one person that a coordinator may open belongs in PER_PERSON."""
    app = create_app(Config.for_tests(data_dir=tmp_path_factory.mktemp("map")))
    there = {
        rule.rule.removeprefix("/enrollees/<uuid:enrollee_id>")
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith("/enrollees/<uuid:enrollee_id>") and len(rule.arguments) == 1
        and rule.endpoint.startswith("care.") and "GET" in (rule.methods or ())
    }  # fmt: skip
    not_hers = {"/coordinator", "/plan/new", "/referrals/new"}  # the supervisor's; needs no plan; needs a service
    assert there - not_hers == set(PER_PERSON)
