"""The world of the permission tests: built once in a test process, and put back for each test and after each write."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from flask import Flask

import accounts.sign_in
from core.db import db
from tests.conftest import Database
from tests.permissions.world import World, build_world
from tests.security.conftest import diary as diary


@dataclass
class Stage:
    """The application, the world in it, and how the database becomes the world's again."""

    app: Flask
    world: World
    restore: Callable[[], None]


_built: dict[str, World] = {}


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
def stage(app: Flask, _application: tuple[Flask, Database]) -> Iterator[Stage]:
    """Everybody's accounts and people, in a database that nobody has written to."""
    database = _application[1]
    with switches(app):
        if database.name not in _built:
            _built[database.name] = build_world()
            database.keep(app, "world")
        else:
            database.bring_back(app, "world")
        yield Stage(app, _built[database.name], lambda: database.bring_back(app, "world"))
    shutil.rmtree(app.config["GOLDTHREAD"].index_dir, ignore_errors=True)
    db.session.rollback()
