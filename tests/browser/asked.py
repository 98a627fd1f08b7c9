"""A site with a fund, Ana and her people in real Chromium, and pages that are signed in without the sign-in form."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import Browser as Chromium
from playwright.sync_api import Page

from app import create_app
from core import clock
from core.config import Config
from core.db import db
from tests.cast import CAST, PASSWORD, Browser, code_at, give_second_factor, make_user
from tests.funds.books import TODAY, World, make_world
from tests.funds.present import day_of_tests
from tests.serving import served

CAP = {
    "code": "person.year",
    "kind": "cap_window",
    "severity": "exception",
    "exception_role": "director",
    "params": {"cents": 40_000, "window": "fiscal_year"},
    "message_en": "The fund is shared by everybody.",
    "message_es": "El fondo es de todas las personas.",
}


@dataclass
class FundSite:
    """Where the site answers, and what is in it."""

    url: str
    app: Flask
    world: World
    cookies: dict[str, str] = field(default_factory=dict)
    phones: dict[str, tuple[str, int]] = field(default_factory=dict)  # the key, and the last half minute that was used

    @property
    def today(self) -> date:
        """The day that the site says it is."""
        return TODAY

    def next_code(self, name: str) -> str:
        """A code that this person has not used yet: each is taken once, and one ahead is taken too."""
        while True:
            key, used = self.phones[name]
            now = int(clock.now_utc().timestamp() // 30)
            if used <= now:
                self.phones[name] = key, max(now, used + 1)
                return code_at(key, datetime.fromtimestamp(self.phones[name][1] * 30 + 1, UTC))
            time.sleep(0.5)

    def page_of(self, chromium: Chromium, name: str, **options: Any) -> Page:
        """A page of a browser in which somebody of the cast is signed in."""
        context = chromium.new_context(**options)
        context.add_cookies([{"name": "goldthread", "value": self._cookie(name), "url": self.url}])
        return context.new_page()

    def _cookie(self, name: str) -> str:
        """Signed in once for each: a code of the second step is taken once."""
        if name not in self.cookies:
            self.cookies[name] = self._sign_in(name)
        return self.cookies[name]

    def _sign_in(self, name: str) -> str:
        person, browser = CAST[name], Browser(self.app, self.app.response_class)
        with self.app.app_context():
            make_user(person)
            first = browser.send("/sign-in", email=person.email, password=PASSWORD)
            if first.location == "/profile/second-step":
                self.phones[name] = give_second_factor(person, self.app.extensions["security"]), 0
                browser.get("/sign-in")
                browser.send("/sign-in", email=person.email, password=PASSWORD)
                browser.send("/sign-in/code", code=self.next_code(name))
            db.session.remove()
        cookie = browser.get_cookie("goldthread")
        assert cookie is not None, name
        return str(cookie.value)


@contextmanager
def fund_site(folder: Path) -> Iterator[FundSite]:
    """The site, served until the block ends."""
    app = create_app(Config.for_tests(data_dir=folder))
    app.test_client_class = Browser
    with app.app_context():
        upgrade()
        world = make_world(rules=[CAP])
        db.session.remove()
    with served(app) as address, day_of_tests(time.time()):
        yield FundSite(address, app, world)
