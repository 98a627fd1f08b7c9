"""The world of the fund's tests, made once for each test process and brought back before each test."""

from __future__ import annotations

import pytest
from flask import Flask

from tests.conftest import BringBack, Database
from tests.funds.books import World, make_world
from tests.funds.waiting import Waiting, make_waiting


@pytest.fixture
def world(bring_back: BringBack) -> World:
    """A fund with $1,000.00 in each line of 2026; Ana with her people; a verified payee (tests.funds.books)."""
    return bring_back("world", make_world)


@pytest.fixture
def waiting(bring_back: BringBack, _application: tuple[Flask, Database]) -> Waiting:
    """Forty requests that wait for an approval (tests.funds.waiting)."""
    return bring_back("waiting", lambda: make_waiting(_application[0].extensions["security"]))
