"""The demo data, loaded by its command once for each test process and brought back before each test."""

from __future__ import annotations

import pytest
from click.testing import Result
from flask import Flask

from tests.conftest import BringBack, Database


@pytest.fixture
def demo(bring_back: BringBack, _application: tuple[Flask, Database]) -> Result:
    """What `flask seed demo` said when it loaded everything; the database is as it left it."""
    return bring_back("demo", lambda: _application[0].test_cli_runner().invoke(args=["seed", "demo"]))
