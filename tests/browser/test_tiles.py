"""Street tiles that a county sets: asked for on public maps, credited, and on no other page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask_migrate import upgrade
from playwright.sync_api import Page, Route, expect

from app import create_app
from core.clock import now_utc
from core.config import Config
from core.db import db
from tests.browser.conftest import _fill
from tests.care.people import make_person
from tests.cast import CAL, PASSWORD, make_user
from tests.core.hostile_files import picture
from tests.serving import served

pytestmark = pytest.mark.browser
HOST = "https://tiles.example.org"


@pytest.fixture(scope="module")
def tiled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str]]:
    """A site with tiles and one person of Cal's: its address and the person's pages."""
    folder: Path = tmp_path_factory.mktemp("tiled")
    app = create_app(
        Config.for_tests(
            data_dir=folder,
            two_factor_required=False,
            tile_url=f"{HOST}/{{z}}/{{x}}/{{y}}.png",
            tile_attribution="© Example Streets",
        )
    )
    with app.app_context():
        upgrade()
        _fill()
        make_user(CAL)
        person = make_person(CAL, at=now_utc())
        db.session.remove()
    with served(app) as address:
        yield address, f"{address}/enrollees/{person.enrollee_id}"


def test_tiles_come_to_the_public_map_and_to_no_page_of_a_person(page: Page, tiled: tuple[str, str]) -> None:
    address, person = tiled
    asked: list[str] = []
    policy: list[str] = []

    def serve(route: Route) -> None:
        asked.append(route.request.url)
        route.fulfill(body=picture("PNG", size=(256, 256)), content_type="image/png")

    page.route(f"{HOST}/**", serve)
    page.on("console", lambda message: policy.append(message.text) if "Content Security" in message.text else None)
    page.goto(f"{address}/services?q=food&where=10601")
    expect(page.locator(".leaflet-control-attribution")).to_contain_text("© Example Streets")
    page.wait_for_selector("img.leaflet-tile-loaded")
    assert asked and policy == []
    asked.clear()
    page.goto(address)
    page.goto(f"{address}/sign-in")
    page.fill("#email", CAL.email)
    page.fill("#password", PASSWORD)
    page.click("main form button[type=submit]")
    page.wait_for_url("**/start")
    for path in ("", "/services", "/plan", "/referrals"):
        page.goto(person + path)
        assert page.locator("[data-map], [data-tile-url]").count() == 0
        assert HOST not in page.content()
    assert asked == [] and policy == []
