"""The world of the fund's tests, made once for each test process and brought back before each test."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from typing import Any, Protocol, TypeVar

import pytest
from flask import Flask

from core.db import db
from tests.conftest import Database
from tests.funds.books import World, make_world
from tests.funds.waiting import Waiting, make_waiting

T = TypeVar("T")
_made: dict[tuple[str, str], Any] = {}


class BringBack(Protocol):
    """Answers what `make` made, with the database as it was then."""

    def __call__(self, name: str, make: Callable[[], T]) -> T:
        """`name` stands for what was made: the second time it is brought back instead."""


@pytest.fixture
def bring_back(_application: tuple[Flask, Database]) -> Iterator[BringBack]:
    """Makes a world once for each test process, and brings it back after that; an application context is pushed."""
    application, database = _application
    shutil.rmtree(application.config["GOLDTHREAD"].index_dir, ignore_errors=True)

    def fresh(name: str, make: Callable[[], T]) -> T:
        found = _made.get((database.name, name))
        if found is None:
            database.renew(application)
            found = _made[database.name, name] = make()
            database.keep(application, name)
        else:
            database.bring_back(application, name)
        return found

    with application.app_context():
        yield fresh
        db.session.remove()


@pytest.fixture
def world(bring_back: BringBack) -> World:
    """A fund with $1,000.00 in each line of 2026; Ana with her people; a verified payee (tests.funds.books)."""
    return bring_back("world", make_world)


@pytest.fixture
def waiting(bring_back: BringBack, _application: tuple[Flask, Database]) -> Waiting:
    """Forty requests that wait for an approval (tests.funds.waiting)."""
    return bring_back("waiting", lambda: make_waiting(_application[0].extensions["security"]))
