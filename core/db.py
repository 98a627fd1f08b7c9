"""The database: one session, one kind of write transaction, and the column types that all tables share.

No table and no query lives here. `.commit(` stands in no other file.
"""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial, wraps
from typing import Any, ParamSpec, TypeVar
from uuid import UUID
from weakref import WeakKeyDictionary

from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import BigInteger, DateTime, Engine, Integer, LargeBinary, MetaData, Text, TypeDecorator, Uuid, event
from sqlalchemy.engine import Connection, Dialect
from sqlalchemy.exc import DisconnectionError, IntegrityError, OperationalError
from sqlalchemy.orm import (
    DeclarativeBase,
    Mapped,
    MappedColumn,
    ORMExecuteState,
    Session,
    deferred,
    mapped_column,
    registry,
)
from sqlalchemy.pool import ConnectionPoolEntry, QueuePool

from core.config import Config
from core.crypto import is_sealed
from core.errors import Sentence, Unavailable

BUSY_TIMEOUT_MS = 10_000  # security.md, Reliability
KEPT_CONNECTIONS = 4  # as many as a worker has threads
SAFE_WAL_VERSION = (3, 51, 3)  # older SQLite can corrupt a WAL under two writers (sqlite.org/wal.html#walresetbug)
WRITING = "goldthread_writing"
NOTES = "goldthread_notes"
TURN = "goldthread_turn"
RERUNS = 5  # security.md, Race
GIVEN_UP = frozenset({"40001", "40P01"})  # serialization failure, deadlock
P = ParamSpec("P")
R = TypeVar("R")
CANNOT_SAVE = Sentence("The records could not be saved just now. Nothing was changed. Try again.")

BigInt = BigInteger().with_variant(Integer, "sqlite")  # SQLite numbers rows by itself only for INTEGER


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment, stored in UTC. A naive datetime is refused: it is a bug that a zone would hide."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The moment in UTC; without its zone for SQLite, which stores text."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("A moment must carry its time zone.")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """The stored moment, aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Sealed(TypeDecorator[bytes]):
    """A column that takes sealed bytes only (core.crypto): plain text never reaches the driver."""

    impl = LargeBinary
    cache_ok = True

    def process_bind_param(self, value: bytes | None, dialect: Dialect) -> bytes | None:
        """The value as it is; anything that is not sealed is a bug and is refused."""
        if value is not None and not is_sealed(value):
            raise ValueError("This column takes sealed values only.")
        return value


def sealed_column() -> Mapped[bytes | None]:
    """A sealed JSON object, never loaded by an ordinary query: reading it without `care.vault` raises."""
    column: MappedColumn[bytes | None] = mapped_column(Sealed)
    return deferred(column, raiseload=True)


class Base(DeclarativeBase):
    """Base of all tables. Constraint names are fixed so that a broken one can be named in a message."""

    registry = registry(
        metadata=MetaData(
            naming_convention={
                "ix": "ix_%(column_0_N_label)s",
                "uq": "uq_%(table_name)s_%(column_0_N_name)s",
                "ck": "ck_%(table_name)s_%(constraint_name)s",
                "fk": "fk_%(table_name)s_%(column_0_N_name)s",
                "pk": "pk_%(table_name)s",
            }
        ),
        type_annotation_map={UUID: Uuid(), datetime: UtcDateTime(), str: Text()},
    )


class Turns:
    """Hands out one turn at a time, in the order in which it was asked for."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._is_taken = False

    def take(self, timeout_s: float) -> bool:
        """Wait for the turn; False when it did not come in time."""
        with self._lock:
            if not self._is_taken:
                self._is_taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(timeout_s):
            return True
        with self._lock:
            if mine.is_set():
                return True
            self._waiting.remove(mine)
            return False

    def give_back(self) -> None:
        """End the turn; it goes to who waited longest."""
        with self._lock:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._is_taken = False


db = SQLAlchemy(model_class=Base)
_configs: WeakKeyDictionary[Engine, Config] = WeakKeyDictionary()
_turns: WeakKeyDictionary[Engine, Turns] = WeakKeyDictionary()


def engine_options(config: Config) -> dict[str, Any]:
    """Flask-SQLAlchemy's engine options for the configured database."""
    options: dict[str, Any] = {"hide_parameters": True}
    if config.database_url.startswith("sqlite"):
        # Opening the file reads the whole schema, 2 ms: connections are kept. There is always another one, so a lock is
        # waited for in SQLite and never behind the pool.
        options |= {
            "poolclass": QueuePool,
            "pool_size": KEPT_CONNECTIONS,
            "max_overflow": -1,
            "connect_args": {"timeout": BUSY_TIMEOUT_MS / 1000},
        }
    else:
        options |= {"pool_pre_ping": True, "connect_args": {"prepare_threshold": None}}
    return options


def bind(config: Config) -> None:
    """Set up the engine of the application in whose context this is called."""
    engine = db.engine
    if engine in _configs:
        return
    _configs[engine] = config
    if engine.dialect.name == "sqlite":
        _turns[engine] = Turns()
        event.listen(engine, "connect", _open_sqlite)
        event.listen(engine, "connect", partial(_note_file, engine.url.database))
        event.listen(engine, "checkout", partial(_refuse_other_file, engine.url.database))
        event.listen(engine, "begin", _begin_sqlite)


def current_config() -> Config:
    """The settings of the application whose context is active. For code below the pages, which knows no Flask."""
    return _configs[db.engine]


def safe_journal_mode(version: tuple[int, int, int]) -> str:
    """WAL where this SQLite is safe with it; else TRUNCATE (DELETE does not sync the folder at the end)."""
    return "WAL" if version >= SAFE_WAL_VERSION else "TRUNCATE"


def _open_sqlite(connection: Any, _record: object) -> None:
    connection.isolation_level = None  # the driver's own transactions are off; `_begin_sqlite` begins them
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={BUSY_TIMEOUT_MS}",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "secure_delete=ON",  # a place that became secret leaves the pages that its rows stood in
        f"journal_mode={safe_journal_mode(sqlite3.sqlite_version_info)}",
        "synchronous=FULL",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _note_file(path: str | None, _connection: object, entry: ConnectionPoolEntry) -> None:
    entry.info["file"] = _file_at(path)


def _refuse_other_file(path: str | None, _connection: object, entry: ConnectionPoolEntry, _proxy: object) -> None:
    """A database put back from a copy is another file: what was open before still reads the one that is gone."""
    if entry.info["file"] != _file_at(path):
        raise DisconnectionError


def _file_at(path: str | None) -> tuple[int, int] | None:
    try:
        found = os.stat(path or "")
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _begin_sqlite(connection: Connection) -> None:
    # A writer takes its lock at once: a read that later turns into a write can fail where it decided.
    options = connection.get_execution_options()
    write = options.get("write")
    if write and "wait_ms" in options:
        connection.exec_driver_sql(f"PRAGMA busy_timeout={options['wait_ms']}")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if write else "BEGIN")


def rerun(action: Callable[P, R]) -> Callable[P, R]:
    """Run an action again, whole, when the database gave it up for another one: PostgreSQL's serialization failure or
    deadlock up to RERUNS times, a key that another wrote first once. Else the error goes on.
    """

    @wraps(action)
    def whole(*args: P.args, **kwargs: P.kwargs) -> R:
        collided = 0
        for left in range(RERUNS, -1, -1):
            try:
                return action(*args, **kwargs)
            except Unavailable as error:
                state = getattr(getattr(error.__cause__, "orig", None), "sqlstate", None)
                if state not in GIVEN_UP or not left:
                    raise
            except IntegrityError:
                collided += 1
                if collided > 1 or not left:
                    raise
        raise AssertionError("never reached")

    return whole


@contextmanager
def transaction() -> Iterator[Session]:
    """One write, whole or not at all. Ends the page's read snapshot, commits once, rolls back on any error.

    Does not nest (RuntimeError). Raises Unavailable when the database cannot be written in time.
    """
    session = open_write()
    try:
        yield session
        end_write()
    except OperationalError as error:
        raise Unavailable(CANNOT_SAVE) from error
    finally:
        drop_write()


@contextmanager
def snapshot() -> Iterator[Session]:
    """One reading of the database as of one moment, whatever others write meanwhile: for figures that must add up.

    Ends what was being read before. Raises RuntimeError inside a write, which has a view of its own.
    """
    session = db.session()
    if session.info.get(WRITING):
        raise RuntimeError("A write reads as of its own moment.")
    session.rollback()
    if session.get_bind().dialect.name == "postgresql":  # SQLite's BEGIN reads one moment anyhow
        session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
    try:
        yield session
    finally:
        session.rollback()


def open_write() -> Session:
    """Begin a write that `end_write` or `drop_write` ends: for a library that commits by itself (accounts.sign_in).

    Everything else uses `transaction()`. Raises like it.
    """
    session = db.session()
    if session.info.get(WRITING):
        raise RuntimeError("A transaction does not nest: an action never calls an action.")
    session.rollback()
    try:
        session.connection(execution_options={"write": True, **_wait_for_turn(session)})
    except BaseException as error:  # whatever it was: a turn that is never given back would stop every writer
        session.rollback()
        _end_turn(session)
        if isinstance(error, OperationalError):
            raise Unavailable(CANNOT_SAVE) from error
        raise
    session.info[WRITING] = True
    session.info[NOTES] = {}
    return session


def end_write() -> None:
    """Commit the open write, once; without one, do nothing."""
    session = db.session()
    if session.info.get(WRITING):
        session.flush()
        session.commit()
        session.info[WRITING] = False
        _end_turn(session)


def drop_write() -> None:
    """Roll the open write back; without one, do nothing."""
    session = db.session()
    if session.info.get(WRITING):
        session.info[WRITING] = False
        try:
            session.rollback()
        finally:
            _end_turn(session)


def _wait_for_turn(session: Session) -> dict[str, Any]:
    """On SQLite, queue the writers of this process: its own waiting is a lottery that one of many can keep losing.

    What is left of the time goes to waiting for other processes. Raises Unavailable when it is over.
    """
    turns = _turns.get(db.engine)
    if turns is None:
        return {}
    began = time.monotonic()
    if not turns.take(BUSY_TIMEOUT_MS / 1000):
        raise Unavailable(CANNOT_SAVE)
    session.info[TURN] = True
    waited_ms = int((time.monotonic() - began) * 1000)
    return {"wait_ms": max(1, BUSY_TIMEOUT_MS - waited_ms)}


def _end_turn(session: Session) -> None:
    if session.info.pop(TURN, False):
        _turns[db.engine].give_back()


def is_writing() -> bool:
    """True inside `transaction()`."""
    return bool(db.session().info.get(WRITING))


def note_row(name: str, digest: str) -> None:
    """Keep the digest of a row that must never change, for the next event of the trail in this transaction."""
    db.session().info.setdefault(NOTES, {})[name] = digest


def take_notes() -> dict[str, str]:
    """The digests noted since the last call, by name of row; the trail puts them into its chain."""
    notes: dict[str, str] = db.session().info.get(NOTES) or {}
    db.session().info[NOTES] = {}
    return notes


def constraint_of(error: IntegrityError) -> str:
    """The name of the broken constraint, or the words of the database where it names columns only (SQLite UNIQUE)."""
    diagnostics = getattr(error.orig, "diag", None)
    return str(getattr(diagnostics, "constraint_name", None) or error.orig)


@event.listens_for(Session, "before_flush")
def _no_flush_outside(session: Session, _context: object, _instances: object) -> None:
    if not session.info.get(WRITING) and (session.new or session.dirty or session.deleted):
        raise RuntimeError("Rows change only inside core.db.transaction().")


@event.listens_for(Session, "do_orm_execute")
def _no_bulk_outside(state: ORMExecuteState) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and not state.session.info.get(WRITING):
        raise RuntimeError("Rows change only inside core.db.transaction().")
