"""The world of the permission tests: built once in a test process, and put back for each test and after each write."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask

import accounts.sign_in
from core.db import db
from tests.conftest import BringBack, Database
from tests.permissions.world import World, build_world
from tests.security.conftest import diary as diary


@dataclass
class Stage:
    """The application, the world in it, and how the database becomes the world's again."""

    app: Flask
    world: World
    restore: Callable[[], None]


@contextmanager
def switches(app: Flask) -> Iterator[None]:
    """Without tokens of forms (tests/security/test_requests.py proves them) and without the second step
    (tests/accounts proves it): what is asked here is who may see and do what."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(app.config, "WTF_CSRF_ENABLED", False)
        patch.setattr(accounts.sign_in, "fresh_second_factor", lambda *_: True)
        patch.setattr(app.jinja_env, "auto_reload", False)
        yield


@pytest.fixture
def stage(bring_back: BringBack, _application: tuple[Flask, Database]) -> Iterator[Stage]:
    """Everybody's accounts and people, in a database that nobody has written to."""
    app, database = _application
    with switches(app):
        world = bring_back("permissions", build_world)
        yield Stage(app, world, lambda: database.bring_back(app, "permissions"))
    db.session.rollback()
