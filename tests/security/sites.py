"""Whole sites for the security tests: each with a data folder of its own, asked from outside like a browser does."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from flask import Flask
from flask_migrate import upgrade

from app import create_app
from core import clock
from core.config import Config
from core.db import db
from tests.cast import Browser
from tests.demo import copy_demo

FROZEN = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # a Wednesday, 10 AM in New York


@dataclass
class Site:
    """An application on its own folder: `folder` holds everything that it ever writes."""

    app: Flask
    folder: Path

    def browser(self) -> Browser:
        """A visitor with no cookies."""
        return Browser(self.app, self.app.response_class)

    def close(self) -> None:
        """Let go of the database."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()


def build_site(folder: Path, *, with_demo: bool = False, **settings: Any) -> Site:
    """A site in `folder`; a database that lies there is used."""
    if with_demo and not (folder / "goldthread.db").exists():
        copy_demo(folder)
    is_new = not (folder / "goldthread.db").exists()
    app = create_app(Config.for_tests(data_dir=folder, **settings))
    app.test_client_class = Browser
    with app.app_context():
        if is_new:
            upgrade()
        db.session.remove()
    return Site(app, folder)


@contextmanager
def frozen_clock(moment: datetime = FROZEN) -> Iterator[None]:
    """Every reader of the clock sees one moment, so that two sites can be compared to the byte."""
    original = clock.now_utc

    def frozen() -> datetime:  # one function, so that a clock within a frozen clock finds all its readers
        return moment

    with pytest.MonkeyPatch.context() as patch:
        for module in list(sys.modules.values()):
            if isinstance(module, ModuleType) and vars(module).get("now_utc") is original:
                patch.setattr(module, "now_utc", frozen)
        yield
