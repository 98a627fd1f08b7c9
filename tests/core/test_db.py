"""The one way to write: whole or not at all, never outside, never nested; and how SQLite is opened."""

from __future__ import annotations

import shutil
import threading
import time
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import event, select, text, update

from app import create_app
from core.config import Config
from core.db import Turns, db, safe_journal_mode, transaction
from directory.models import ClosingDay, Organization
from tests.builders import make_organization


def names() -> list[str]:
    """The organizations' names."""
    db.session.rollback()
    return sorted(db.session.scalars(select(Organization.name)))


def test_an_error_leaves_nothing(app: Flask) -> None:
    """Half a change is no change."""
    with pytest.raises(ZeroDivisionError), transaction() as session:
        session.add(Organization(id=uuid4(), name="Half"))
        session.flush()
        _ = 1 // 0
    assert names() == []


def test_rows_change_only_inside_a_transaction(app: Flask) -> None:
    """A flush or a bulk statement outside raises; so does nesting."""
    organization_id = make_organization(name="Kept")
    with pytest.raises(RuntimeError, match="inside"):
        db.session.add(Organization(id=uuid4(), name="Stray"))
        db.session.flush()
    db.session.rollback()
    with pytest.raises(RuntimeError, match="inside"):
        db.session.execute(update(Organization).values(name="Stray"))
    row = db.session.get(Organization, organization_id)
    assert row is not None
    row.name = "Stray"
    with pytest.raises(RuntimeError, match="inside"):
        db.session.scalars(select(Organization)).all()
    db.session.rollback()
    with transaction(), pytest.raises(RuntimeError, match="does not nest"), transaction():
        pass
    assert names() == ["Kept"]


def test_a_read_sees_what_another_thread_committed(app: Flask) -> None:
    """A write decides on what is true when it begins, not on what the page read before."""
    make_organization(name="First")
    assert names() == ["First"]
    db.session.rollback()  # SQLite's rollback journal: an open reader holds a writer's commit up

    def other() -> None:
        with app.app_context():
            make_organization(name="Second")
            db.session.remove()

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    with transaction() as session:
        assert len(session.scalars(select(Organization)).all()) == 2


def test_two_writers_wait_for_each_other(app: Flask) -> None:
    """Eight threads count one number up a hundred times: none is lost."""
    organization_id = make_organization(name="0", year_incorporated=0)

    def count_up() -> None:
        with app.app_context():
            for _ in range(12):
                with transaction() as session:
                    row = session.get(Organization, organization_id, with_for_update=True)
                    assert row is not None
                    row.year_incorporated = (row.year_incorporated or 0) + 1
            db.session.remove()

    threads = [threading.Thread(target=count_up) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    db.session.rollback()
    assert db.session.scalar(select(Organization.year_incorporated)) == 96


def test_a_naive_moment_is_refused(app: Flask) -> None:
    """A zone is never guessed; what was stored comes back aware and equal."""
    moment = datetime(2026, 3, 8, 7, 30, 15, 123456, tzinfo=UTC)
    with pytest.raises(Exception, match="time zone"):
        make_organization(retired_at=moment.replace(tzinfo=None))
    organization_id = make_organization(retired_at=moment)
    db.session.rollback()
    row = db.session.get(Organization, organization_id)
    assert row is not None and row.retired_at == moment and row.retired_at.tzinfo is not None


def test_sqlite_is_opened_safely(app: Flask) -> None:
    """Synced writes, foreign keys, a busy timeout; WAL only where it is safe."""
    assert (safe_journal_mode((3, 51, 2)), safe_journal_mode((3, 51, 3))) == ("TRUNCATE", "WAL")
    if db.engine.dialect.name != "sqlite":
        assert db.session.execute(text("SHOW transaction_isolation")).scalar() == "read committed"
        return
    pragmas = {
        name: db.session.execute(text(f"PRAGMA {name}")).scalar()
        for name in ("synchronous", "foreign_keys", "busy_timeout", "trusted_schema")
    }
    assert pragmas == {"synchronous": 2, "foreign_keys": 1, "busy_timeout": 10_000, "trusted_schema": 0}


def test_models_equal_the_migrations(app: Flask) -> None:
    """What the code believes and what the revisions make are the same tables."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with db.engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, db.metadata) == []
    assert ClosingDay.__tablename__ in db.metadata.tables


def test_a_database_put_back_from_a_copy_is_read_at_once(tmp_path: Path) -> None:
    """Connections are kept; one to a file that another took the place of is given up."""
    app = create_app(Config.for_tests(data_dir=tmp_path))
    with app.app_context():
        upgrade()
        make_organization(name="Before")
        db.session.remove()
        shutil.copyfile(tmp_path / "goldthread.db", tmp_path / "copy.db")
        make_organization(name="After")
        assert names() == ["After", "Before"]
        db.session.remove()
        (tmp_path / "copy.db").rename(tmp_path / "goldthread.db")
        assert names() == ["Before"]
        db.session.remove()
        db.engine.dispose()


@pytest.mark.one_database
def test_a_connection_is_kept_from_one_page_to_the_next(app: Flask) -> None:
    """Opening SQLite's file reads the whole schema: 2 ms a page."""
    opened: list[object] = []
    event.listen(db.engine, "connect", lambda *values: opened.append(values))
    for _ in range(3):
        names()
        db.session.remove()
    assert len(opened) <= 1


def test_turns_come_in_the_order_asked_for() -> None:
    """Nobody waits longer than those before take, and who gives up holds nobody up."""
    turns, order = Turns(), []
    assert turns.take(0)
    assert not turns.take(0.01)

    def wait(number: int) -> None:
        assert turns.take(10)
        order.append(number)
        turns.give_back()

    threads = []
    for number in range(8):
        thread = threading.Thread(target=wait, args=(number,))
        thread.start()
        while len(turns._waiting) <= number and thread.is_alive():
            time.sleep(0.001)
        threads.append(thread)
    turns.give_back()
    for thread in threads:
        thread.join()
    assert order == list(range(8))
    assert turns.take(0)


def test_a_write_that_cannot_begin_gives_its_turn_back(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever stops a write at its very beginning, the next writer's turn comes at once."""

    class PlugPulled(Exception):
        """Something that no database says."""

    def pulled(*_args: object, **_values: object) -> None:
        raise PlugPulled

    session = db.session()
    monkeypatch.setattr(session, "connection", pulled)
    with pytest.raises(PlugPulled), transaction():
        pass
    monkeypatch.undo()
    with transaction():
        pass
