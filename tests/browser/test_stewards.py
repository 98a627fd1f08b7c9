"""The stewards' pages in a real browser: axe, widths and policy on each; an upload followed to its end."""

from __future__ import annotations

import zipfile
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from core.db import db
from core.identity import VISITOR
from directory import actions, queries
from tests.browser.conftest import Site
from tests.browser.test_accessibility import faults
from tests.browser.test_accounts import sign_in
from tests.cast import STELLA, make_user

pytestmark = pytest.mark.browser


@pytest.fixture
def addresses(site: Site) -> list[str]:
    """Every kind of a steward's page, on the first listing of the site."""
    with site.app.app_context():
        make_user(STELLA, demo=True)
        service_id = site.listing_id
        place = queries.get_edit_listing(service_id).sites[0]
        db.session.rollback()
        report = actions.suggest(
            VISITOR, service_id=service_id, kind="moved", words="Next door", reply_to="a@example.org"
        )
        db.session.remove()
    own = f"/steward/services/{service_id}"
    return [
        "/steward/", "/steward/services", "/steward/organizations", f"/steward/organizations/{site.organization_id}",
        f"/steward/organizations/{site.organization_id}/services/new", own, f"{own}/edit",
        f"{own}/hours?site={place.id}",
        f"{own}/places/{place.id}", f"{own}/places/{place.id}/confidential", f"{own}/areas/new", f"{own}/verify",
        f"{own}/history", f"{own}/retire", f"{own}/parts/phone/new", f"{own}/parts/service_capacity/new",
        "/steward/checks", "/steward/capacities", "/steward/reports", f"/steward/reports/{report}",
        "/steward/closing-days", "/steward/imports", "/steward/imports/new",
    ]  # fmt: skip


@pytest.mark.parametrize(("language", "width"), [("en", 1280), ("es", 360)])
def test_axe_finds_nothing_on_any_page_of_a_steward(
    page: Page, site: Site, addresses: list[str], language: str, width: int
) -> None:
    """In English on a desk and in Spanish on a phone, without sideways scrolling and without a word in the console."""
    policy: list[str] = []
    page.on("console", lambda message: policy.append(message.text) if message.type == "error" else None)
    sign_in(page, site, STELLA.email)
    page.wait_for_url("**/start")
    found = []
    for address in addresses:
        page.goto(f"{site.url}{address}{'&' if '?' in address else '?'}lang={language}")
        assert "/steward/" in page.url, address
        for other in (768, width):
            page.set_viewport_size({"width": other, "height": 800})
            if page.evaluate("document.documentElement.scrollWidth > innerWidth"):
                found.append(f"{address} is wider than {other}")
        found += faults(page)
    page.goto(f"{site.url}/?lang=en")
    assert (found, policy) == ([], [])


def test_a_refused_form_takes_the_focus_to_what_is_wrong(page: Page, site: Site, addresses: list[str]) -> None:
    """The summary has the focus, its link leads to the field, axe finds nothing there either."""
    sign_in(page, site, STELLA.email)
    page.wait_for_url("**/start")
    page.goto(f"{site.url}/steward/organizations/new")
    page.click("main form button[type=submit]")
    assert page.locator(".gt-error-summary").evaluate("box => box === document.activeElement")
    page.click(".gt-error-summary a")
    assert page.locator("#name").evaluate("box => box === document.activeElement")
    assert faults(page) == []


@pytest.mark.parametrize("has_script", [True, False])
def test_an_upload_is_followed_to_its_end(
    browser: Browser, site: Site, addresses: list[str], tmp_path: Path, has_script: bool
) -> None:
    """With script the page moves on by itself; without, by its link. Then the import is confirmed."""
    path = tmp_path / f"bread{has_script}.zip"
    with zipfile.ZipFile(path, "w") as package:
        package.writestr("organizations.csv", f"id,name\no1,House {has_script}\n")
        rows = "".join(f"s{number},o1,Bread {number},active\n" for number in range(50))
        package.writestr("services.csv", "id,organization_id,name,status\n" + rows)
    context = browser.new_context(java_script_enabled=has_script)
    page = context.new_page()
    sign_in(page, site, STELLA.email)
    page.wait_for_url("**/start")
    page.goto(f"{site.url}/steward/imports/new")
    page.set_input_files("input[type=file]", path)
    page.get_by_role("button", name="Check the file").click()
    _rest(page, has_script)
    page.get_by_role("button", name="Confirm the import").click()
    _rest(page, has_script)
    assert page.get_by_role("heading", name="Imported").is_visible()
    context.close()


def _rest(page: Page, has_script: bool) -> None:
    """Wait until the import rests."""
    if has_script:
        page.wait_for_selector("progress", state="detached", timeout=20_000)
        page.wait_for_selector("h2#figures", timeout=20_000)
        return
    for _ in range(100):
        again = page.get_by_role("link", name="Look again")
        if not again.count():
            return
        again.click()
        page.wait_for_timeout(100)
    raise AssertionError("the import never came to rest")
