"""A site with a few listings in real Chromium: one server for all tests here, static files as they are sent."""

from __future__ import annotations

import logging
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask_migrate import upgrade
from playwright.sync_api import Browser, Page

from app import create_app
from core.config import Config
from core.db import db, transaction
from directory.kept import pack
from directory.models import Attribute, Language, Schedule, TaxonomyTerm
from scripts.build import compile_translations, compress_static
from tests.builders import (
    make_address,
    make_answer,
    make_area,
    make_location,
    make_organization,
    make_phone,
    make_service,
)
from tests.serving import served

LONG = "Grants for back rent of the Greater Hudson Valley Interfaith Emergency Assistance Coalition"


@dataclass
class Site:
    """Where the site answers, and what is in it."""

    url: str
    listing_id: UUID
    organization_id: UUID
    ids: list[UUID] = field(default_factory=list)
    app: Flask = field(default_factory=lambda: Flask("unset"))

    def pages(self) -> list[str]:
        """Every public page in its states: a new page belongs in this list."""
        listing = f"/services/{self.listing_id}"
        return [
            "/",
            "/services?q=food&where=10601",
            "/services?where=10601&within=25&yes=free&language=es",
            "/services?q=food&where=Xyzzyville",
            "/services?q=food&where=springfield",
            "/services?q=zzzzqqq&where=10601",
            listing,
            f"/organizations/{self.organization_id}",
            f"{listing}/report",
            "/list",
            f"/list/{pack(self.ids[:4])}",
            "/fund",
            "/help",
            "/privacy",
            "/accessibility",
            "/about",
            "/api",
            "/nowhere",
        ]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """A system Chromium under pytest-playwright."""
    chromium = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
    if not chromium:
        pytest.fail("The browser tests need Chromium: apt-get install chromium, or set CHROMIUM to its path.")
    quiet = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-component-update"]
    return {**browser_type_launch_args, "executable_path": chromium, "args": quiet}


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The running site."""
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    compile_translations()
    compress_static()
    folder = tmp_path_factory.mktemp("site")
    app = create_app(Config.for_tests(data_dir=folder, contact_phone="914-555-0142", contact_email="help@example.org"))
    with app.app_context():
        upgrade()
        made = _fill()
        db.session.remove()
    made.app = app
    with served(app) as made.url:
        yield made


@pytest.fixture
def narrow(browser: Browser) -> Iterator[Page]:
    """A page as wide as an old phone at 400 % zoom."""
    page = browser.new_page(viewport={"width": 320, "height": 640})
    yield page
    page.close()


def _fill() -> Site:
    organization_id = make_organization(name="Harbor House", description="Help of every kind.", website="example.org")
    term_id = uuid4()
    with transaction() as session:
        session.add(TaxonomyTerm(id=term_id, code=None, name="Food pantries", taxonomy="Goldthread"))
    ids = []
    for number in range(24):
        name = LONG if number == 3 else f"Food pantry {number}"
        service_id = make_service(
            organization_id=organization_id,
            name=name,
            description="Free food once a week. Bring a bag. " * (8 if number == 2 else 1),
            url="https://example.org/apply",
            minimum_age=18 if number % 3 else None,
            status_unconfirmed=number == 6,
        )
        point = (41.033 + number * 0.004, -73.765 + number * 0.002)
        precision = ["exact", "street", "zip"][number % 3]
        location_id = make_location(
            service_id=service_id, point=point, place_precision=precision, name=f"Office {number}"
        )
        make_address(location_id, address_1=f"{number + 1} Elm Street")
        make_phone(service_id=service_id, number=f"914-555-01{number:02}", extension=7 if number % 5 == 0 else None)
        make_answer(service_id, "free", 1)
        make_answer(service_id, "walk_in", 1 + number % 2)
        with transaction() as session:
            session.add(Attribute(id=uuid4(), link_id=service_id, link_entity="service", taxonomy_term_id=term_id))
            session.add(Language(id=uuid4(), service_id=service_id, code="es", name="Spanish"))
            hours = {"freq": "WEEKLY", "byday": "MO,TU,WE,TH,FR", "opens_at": time(9), "closes_at": time(17)}
            session.add(Schedule(id=uuid4(), service_id=service_id, **hours))
        ids.append(service_id)
    line = make_service(organization_id=organization_id, name="Food line of the state")
    make_area(line, "state:NY")
    make_phone(service_id=line, number="800-555-0100")
    return Site("", ids[0], organization_id, ids)
