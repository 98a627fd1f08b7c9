"""What all tests share: an application on a fresh database, real transactions, one place that reads settings."""

from __future__ import annotations

import gc
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol, TypeVar

import pytest
from flask import Flask, current_app
from flask_migrate import upgrade
from sqlalchemy import create_engine, event, text
from xdist.scheduler import LoadScopeScheduling

from accounts.rules import needs_second_factor
from app import create_app
from core import clock
from core.config import Config
from core.db import db
from core.keeping import forget_everything
from tests.cast import CAST, PASSWORD, Browser, code_at, give_second_factor, make_user

POSTGRESQL = os.environ.get("GOLDTHREAD_TEST_DATABASE_URL", "")
SHARED = Path(os.environ.get("SHARED_DIR") or Path(__file__).resolve().parent.parent.parent / "shared")

T = TypeVar("T")
_made: dict[tuple[str, str], Any] = {}
_stage: list[tuple[Flask, Database]] = []  # this process's application and database
CHEAP_HASH = {"argon2__memory_cost": 8, "argon2__time_cost": 1}
TOGETHER = ("tests/security/", "tests/seeds/", "tests/browser/test_care_")
"""Tests that share what takes long to make: each of these parts runs in one process, so that it is made once."""


class Together(LoadScopeScheduling):
    """Each test goes to the next free process, but for the parts of TOGETHER.

    xdist's own groups are part of a test's id, which pytest 9.2 computes anew: they are not seen.
    """

    def _split_scope(self, nodeid: str) -> str:
        return next((part for part in TOGETHER if nodeid.startswith(part)), nodeid)


def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Together:
    """How xdist gives out the tests."""
    return Together(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what asks the database, so that the same tests run again on PostgreSQL."""
    for item in items:
        names = set(getattr(item, "fixturenames", ()))
        if {"app", "_application"} & names and not item.get_closest_marker("one_database"):
            item.add_marker("database")


def pytest_collection_finish() -> None:
    """Leave the collected tests and all modules out of garbage collections: they stay until the end."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 20)


@pytest.fixture(scope="session")
def shared_dir() -> Path:
    """The folder of real feeds and of the standard's files. Without it, tests that read them are skipped."""
    if not (SHARED / "data").is_dir():
        pytest.skip("SHARED_DIR names no folder with the shared feeds")
    return SHARED


class Database:
    """One migrated database of this test process that is put back to new before each test.

    SQLite: the file is copied over. PostgreSQL: the database is made again from a template.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.kept: set[str] = set()
        self.state: str | None = None  # the name of what it holds; None once something was written to that
        self.name = f"goldthread_{uuid.uuid4().hex[:12]}"
        self.is_sqlite = not POSTGRESQL
        if self.is_sqlite:
            self.url = f"sqlite:///{folder / 'test.db'}"
        else:
            base = POSTGRESQL.replace("postgresql://", "postgresql+psycopg://")
            self.server = create_engine(base, isolation_level="AUTOCOMMIT")
            self.url = self.server.url.set(database=self.name).render_as_string(hide_password=False)

    def prepare(self, app: Flask) -> None:
        """Migrate once and keep the result as the template."""
        if not self.is_sqlite:
            self._run(f'CREATE DATABASE "{self.name}"')
        with app.app_context():
            upgrade()
            db.session.remove()
            event.listen(db.engine, "commit", self._note_commit)
            db.engine.dispose()
        if self.is_sqlite:
            shutil.copyfile(self.folder / "test.db", self.folder / "template.db")
        else:
            self._run(f'ALTER DATABASE "{self.name}" RENAME TO "{self.name}_template"')

    def renew(self, app: Flask) -> None:
        """Put the database back to just migrated."""
        forget_everything()
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        self._copy("template", self.name)
        self.state = "new"

    def _note_commit(self, _connection: object) -> None:
        self.state = None

    def keep(self, app: Flask, name: str) -> None:
        """Keep the database as it stands under a name, for `bring_back`."""
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        self.kept.add(name)
        self.state = name
        if self.is_sqlite:
            shutil.copyfile(self.folder / "test.db", self.folder / f"{name}.db")
            return
        self._run(f'DROP DATABASE IF EXISTS "{self.name}_{name}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{self.name}_{name}" TEMPLATE "{self.name}" STRATEGY FILE_COPY')

    def bring_back(self, app: Flask, name: str) -> None:
        """Put the database back to what was kept under a name."""
        with app.app_context():
            db.session.remove()
            db.engine.dispose()
        self._copy(name, self.name)
        self.state = name

    def _copy(self, source: str, target: str) -> None:
        if self.is_sqlite:
            for leftover in self.folder.glob("test.db-*"):
                leftover.unlink()
            shutil.copyfile(self.folder / f"{source}.db", self.folder / "test.db")
            return
        self._wait_until_left(target)
        self._run(f'DROP DATABASE IF EXISTS "{target}" WITH (FORCE)')
        self._run(f'CREATE DATABASE "{target}" TEMPLATE "{self.name}_{source}" STRATEGY FILE_COPY')

    def _wait_until_left(self, name: str) -> None:
        """PostgreSQL looks only every 100 ms whether a closed connection is gone, which takes it one or two."""
        there = text("SELECT count(*) FROM pg_stat_activity WHERE datname = :name")
        with self.server.connect() as connection:
            for _look in range(20):
                if not connection.scalar(there, {"name": name}):
                    return
                time.sleep(0.001)

    def drop(self) -> None:
        """Leave nothing on the server."""
        if not self.is_sqlite:
            self._run(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')
            for kept in ("template", *self.kept):
                self._run(f'DROP DATABASE IF EXISTS "{self.name}_{kept}" WITH (FORCE)')
            self.server.dispose()

    def _run(self, statement: str) -> None:
        with self.server.connect() as connection:
            connection.execute(text(statement))


@pytest.fixture(scope="session")
def _application(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Flask, Database]]:
    folder = tmp_path_factory.mktemp("database")
    database = Database(folder)
    app = create_app(Config.for_tests(data_dir=folder / "data", database_url=database.url))
    app.test_client_class = Browser
    # Hashes as cheap as they come: thousands of sign-ins would spend most of their time here.
    app.extensions["security"].pwd_context.update(**CHEAP_HASH)
    database.prepare(app)
    _stage.append((app, database))
    yield app, database
    with app.app_context():
        db.session.remove()
        db.engine.dispose()
    database.drop()


@pytest.fixture
def app(_application: tuple[Flask, Database]) -> Iterator[Flask]:
    """The application on a database that is just migrated, with an application context pushed."""
    application, database = _application
    database.renew(application)
    for derived in (application.config["GOLDTHREAD"].index_dir, application.config["GOLDTHREAD"].files_dir):
        shutil.rmtree(derived, ignore_errors=True)
    with application.app_context():
        yield application
        db.session.remove()


def made_once(what: str, make: Callable[[], T]) -> T:
    """What `make` makes in a database of known content: the second time, the database as it was after the first.

    Known is a new one, and what was kept or brought back, until something is written. In any other, `make` runs.
    """
    application, database = _stage[0] if _stage else (None, None)
    if database is None or not database.state or current_app._get_current_object() is not application:  # type: ignore[attr-defined]
        return make()
    name = sha256(f"{database.state}/{what}".encode()).hexdigest()[:12]
    db.session.rollback()  # a read that the test left open would keep its connection
    if (database.name, name) in _made:
        database.bring_back(application, name)
    else:
        _made[database.name, name] = make()
        db.session.rollback()
        database.keep(application, name)
    found: T = _made[database.name, name]
    return found


class BringBack(Protocol):
    """Answers what `make` made, with the database and the kept files as they were then."""

    def __call__(self, name: str, make: Callable[[], T]) -> T:
        """`name` stands for what was made: the second time it is brought back instead."""


@pytest.fixture
def bring_back(_application: tuple[Flask, Database]) -> Iterator[BringBack]:
    """Makes a world once for each test process, and brings it back after that; an application context is pushed."""
    application, database = _application
    config = application.config["GOLDTHREAD"]

    def fresh(name: str, make: Callable[[], T]) -> T:
        files = database.folder / f"{name}.files"
        for derived in (config.index_dir, config.files_dir):
            shutil.rmtree(derived, ignore_errors=True)
        if (database.name, name) not in _made:
            database.renew(application)
            _made[database.name, name] = make()
            database.keep(application, name)
            if config.files_dir.exists():
                shutil.copytree(config.files_dir, files)
        else:
            database.bring_back(application, name)
            if files.exists():
                shutil.copytree(files, config.files_dir)
        found: T = _made[database.name, name]
        return found

    with application.app_context():
        yield fresh
        db.session.remove()


@pytest.fixture
def client(app: Flask) -> Browser:
    """A visitor without sign-in."""
    return Browser(app, app.response_class)


SignIn = Callable[[str], Browser]


@pytest.fixture
def sign_in_as(app: Flask) -> SignIn:
    """Signs somebody of tests.cast in, with a second step where the role needs one: `sign_in_as("stella")`."""

    def sign_in(name: str) -> Browser:
        person, browser = CAST[name], Browser(app, app.response_class)
        browser.person_id = make_user(person)
        if needs_second_factor((person.role,)):
            browser.phone = give_second_factor(person, app.extensions["security"])
        first = browser.send("/sign-in", email=person.email, password=PASSWORD)
        if browser.phone:
            first = browser.send("/sign-in/code", code=code_at(browser.phone, clock.now_utc()))
        assert first.location == "/start", (first.status_code, first.location)
        return browser

    return sign_in
