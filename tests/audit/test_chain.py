"""The trail cannot be changed unnoticed, and through the program not at all."""

from __future__ import annotations

import random
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from audit import actions, checks, queries
from audit.rules import EventKind, canonical_json, chain_hash
from core.db import db, transaction
from core.identity import system_identity

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
EVENTS = 20
COLUMNS = (
    "at", "kind", "actor_id", "actor_name", "actor_roles", "subject_type", "subject_id", "request_id", "record",
    "previous_hash", "hash",
)  # fmt: skip


@pytest.fixture
def written(app: Flask) -> tuple[int, str]:
    """A trail of twenty events; answers its head, as kept outside."""
    for number in range(EVENTS):
        with transaction():
            actions.record(
                EventKind.USER_EDITED,
                system_identity("test"),
                now=NOW + timedelta(minutes=number),
                subject_type="user",
                subject_id=f"subject {number}",
                details={"fields": ["name"]},
            )
    return queries.chain_head()


def owner(*statements: str, **values: Any) -> None:
    """What somebody can do who owns the database: take the triggers away and change whatever they like."""
    sqlite = db.engine.dialect.name == "sqlite"
    db.session.rollback()
    with db.engine.connect().execution_options(write=True) as connection:
        if sqlite:
            for verb in ("update", "delete"):
                connection.execute(text(f"DROP TRIGGER IF EXISTS audit_event_no_{verb}"))
        else:
            connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        for statement in statements:
            connection.execute(text(statement), values)
        connection.commit()


def test_untouched_trail_is_whole(written: tuple[int, str]) -> None:
    assert checks.verify_chain() == []
    assert checks.verify_chain(written) == []
    assert written[0] == EVENTS


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE audit_event SET actor_name = 'somebody else' WHERE seq = 7",
        "UPDATE audit_event SET record = record",
        "DELETE FROM audit_event WHERE seq = 7",
        "DELETE FROM audit_event",
    ],
)
def test_database_refuses_every_change(written: tuple[int, str], statement: str) -> None:
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.connection().exec_driver_sql(statement)
    assert checks.verify_chain(written) == []


@pytest.mark.parametrize("column", COLUMNS)
def test_changed_column_is_found(written: tuple[int, str], column: str) -> None:
    value = {
        "at": "'2026-01-01 00:00:00.000000'",
        "actor_id": f"'{'0' * 31}1'"
        if db.engine.dialect.name == "sqlite"
        else f"'{'0' * 8}-0000-0000-0000-{'0' * 11}1'",
        "record": "replace(record, 'name', 'email')",
        "previous_hash": f"'{'a' * 64}'",
        "hash": f"'{'b' * 64}'",
    }.get(column, "'changed'")
    owner(f"UPDATE audit_event SET {column} = {value} WHERE seq = 7")
    assert checks.verify_chain()


def test_changed_number_is_found(written: tuple[int, str]) -> None:
    owner("UPDATE audit_event SET seq = 99 WHERE seq = 7")
    assert checks.verify_chain()


def test_rewritten_event_with_a_fitting_hash_is_found(written: tuple[int, str]) -> None:
    """Whoever rewrites one event and its hash breaks the link of the next one."""
    event = queries.get_event(7)
    record = {**event.record, "actor_name": "somebody else"}
    owner(
        "UPDATE audit_event SET actor_name = 'somebody else', record = :record, hash = :hash WHERE seq = 7",
        record=canonical_json(record).decode(),
        hash=chain_hash(event.previous_hash, record),
    )
    assert checks.verify_chain() == ["Trail: event 8 does not follow the event before it."]


def test_chain_rewritten_to_its_end_is_found_by_the_kept_head_alone(written: tuple[int, str]) -> None:
    statements, previous = [], queries.get_event(6).hash
    values: dict[str, Any] = {}
    for seq in range(7, EVENTS + 1):
        record = {**queries.get_event(seq).record}
        if seq == 7:
            record["actor_name"] = "somebody else"
        digest = chain_hash(previous, record)
        statements.append(
            f"UPDATE audit_event SET actor_name = :name{seq}, record = :record{seq}, "
            f"previous_hash = '{previous}', hash = '{digest}' WHERE seq = {seq}"
        )
        values |= {f"record{seq}": canonical_json(record).decode(), f"name{seq}": record["actor_name"]}
        previous = digest
    statements.append(f"UPDATE chain_head SET hash = '{previous}'")
    owner(*statements, **values)
    assert checks.verify_chain() == []
    assert checks.verify_chain(written) == [f"Trail: event {EVENTS} differs from the hash kept outside."]


def test_cut_tail_is_found_by_the_kept_head_alone(written: tuple[int, str]) -> None:
    before = queries.get_event(15).hash
    owner("DELETE FROM audit_event WHERE seq > 15", f"UPDATE chain_head SET seq = 15, hash = '{before}'")
    assert checks.verify_chain() == []
    assert checks.verify_chain(written) == [f"Trail: event {EVENTS}, known from outside, is gone."]


def test_a_hundred_random_tampers_are_all_found(written: tuple[int, str]) -> None:
    """Each tamper is undone before the next, so that each is found by itself, and named: by its event's number."""
    dice, tampers = random.Random(20261118), 0
    while tampers < 100:
        seq, other = dice.sample(range(1, EVENTS + 1), 2)
        kind = dice.choice(["change", "delete", "swap", "insert", "cut", "head"])
        rows = _all_rows()
        _tamper(kind, seq, other, dice)
        named = {
            "change": rf"event {seq}\b",
            "delete": rf"event {seq} is missing|last event is {EVENTS - 1}\b",
            "swap": rf"event ({seq}|{other})\b",
            "insert": rf"event {EVENTS + 1}\b",
            "cut": rf"event {EVENTS}, known from outside, is gone",
            "head": rf"the head says event {seq - 1}\b",
        }[kind]
        found = checks.verify_chain(written)
        assert any(re.search(named, problem) for problem in found), f"{kind} of {seq} and {other}: {found}"
        if kind != "cut":  # a tail that was cut off with its head is known by the kept head alone
            assert checks.verify_chain()
        _restore(rows, written)
        tampers += 1
    assert checks.verify_chain(written) == []


def _tamper(kind: str, seq: int, other: int, dice: random.Random) -> None:
    if kind == "change":
        column = dice.choice(["kind", "actor_name", "subject_id", "record", "actor_roles"])
        owner(f"UPDATE audit_event SET {column} = {column} || 'x' WHERE seq = {seq}")
    elif kind == "delete":
        owner(f"DELETE FROM audit_event WHERE seq = {seq}")
    elif kind == "swap":
        owner(
            "UPDATE audit_event SET seq = 1000 WHERE seq = :a",
            "UPDATE audit_event SET seq = :a WHERE seq = :b",
            "UPDATE audit_event SET seq = :b WHERE seq = 1000",
            a=seq,
            b=other,
        )
    elif kind == "insert":
        columns = "at, kind, actor_id, actor_name, actor_roles, subject_type, subject_id, request_id, record"
        owner(
            f"INSERT INTO audit_event (seq, {columns}, previous_hash, hash) "
            f"SELECT {EVENTS + 1}, {columns}, '{'c' * 64}', '{'d' * 64}' FROM audit_event WHERE seq = {seq}"
        )
    elif kind == "cut":
        kept = max(seq - 1, 1)
        last = queries.get_event(kept).hash
        owner(f"DELETE FROM audit_event WHERE seq > {kept}", f"UPDATE chain_head SET seq = {kept}, hash = '{last}'")
    else:
        owner(f"UPDATE chain_head SET seq = {seq - 1}")


def _all_rows() -> list[dict[str, Any]]:
    db.session.rollback()
    found = [dict(row._mapping) for row in db.session.execute(text("SELECT * FROM audit_event ORDER BY seq"))]
    db.session.rollback()
    return found


def _restore(rows: list[dict[str, Any]], head: tuple[int, str]) -> None:
    names = list(rows[0])
    owner("DELETE FROM audit_event", f"UPDATE chain_head SET seq = {head[0]}, hash = '{head[1]}'")
    with db.engine.connect().execution_options(write=True) as connection:
        connection.execute(
            text(f"INSERT INTO audit_event ({', '.join(names)}) VALUES ({', '.join(':' + name for name in names)})"),
            rows,
        )
        connection.commit()
