"""What happened cannot be rewritten: the database refuses every change of the append-only tables, whoever asks."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from audit import actions as trail
from audit.rules import EventKind, canonical_json
from core.db import db, transaction
from funds import checks
from funds.actions import refusing
from funds.models import KEPT, CustodyEvent, Instrument, Period, PeriodClose, Posting, Transfer
from tests.builders import NOW
from tests.funds.books import World, make_approved, make_submitted, version_of

TABLES = sorted(
    [*(model.__tablename__ for model in KEPT), Posting.__tablename__, Transfer.__tablename__, "period_close"]
)


@pytest.fixture
def full(world: World) -> World:
    """At least one row in each append-only table."""
    make_approved(world)
    denied = make_submitted(world)
    refusing.deny_request(
        world.sue,
        request_id=denied,
        row_version=version_of(denied),
        key="deny",
        reason_code="other",
        words="No.",
        now=NOW,
    )
    with transaction() as session:
        card = Instrument(fund_id=world.fund_id, kind="pass", label="Bus", last4="0101", number_hash="x", value_cents=1)
        session.add(card)
        session.flush()
        session.add(CustodyEvent(instrument_id=card.id, seq=1, kind="bought", at=NOW))
        period = session.query(Period).first()
        session.add(
            PeriodClose(period_id=period.id, status="open", closed_at=NOW, figures={}, chain_seq=0, chain_head="0" * 64)
        )
    return world


def refused(statement: str, **values: Any) -> None:
    with pytest.raises(DBAPIError, match="append-only"), transaction() as session:
        session.execute(text(statement), values)


def test_database_refuses_every_rewriting(full: World) -> None:
    assert len(TABLES) == 7
    for table in TABLES:
        count = db.session.scalar(text(f"SELECT count(*) FROM {table}"))
        db.session.rollback()
        assert count, f"{table} is empty, so nothing is proved"
        refused(f"UPDATE {table} SET id = id")
        refused(f"DELETE FROM {table}")
        refused(f"DELETE FROM {table} WHERE id = (SELECT id FROM {table} LIMIT 1)")
        if db.engine.dialect.name == "postgresql":
            refused(f"TRUNCATE {table} CASCADE")
        assert db.session.scalar(text(f"SELECT count(*) FROM {table}")) == count
        db.session.rollback()


def test_rows_without_an_event_are_named(full: World) -> None:
    """The two rows that this test planted past the actions stand in no event."""
    problems = checks.verify_ledger()
    assert len(problems) == 2
    assert all(problem.startswith("I8: the ") and "stands in no event" in problem for problem in problems)


@pytest.mark.parametrize(
    ("table", "column", "value", "where"),
    [
        ("account_balance", "cents", "-1", "non_negative"),
        ("fund_request", "status", "'lost'", "1 = 1"),
        ("fund_request", "approved_cents", "requested_cents + 1", "1 = 1"),
        ("posting", "kind", "kind", "1 = 1"),
    ],
)
def test_constraints_stand_behind_the_rules(full: World, table: str, column: str, value: str, where: str) -> None:
    with pytest.raises(DBAPIError), transaction() as session:
        session.execute(text(f"UPDATE {table} SET {column} = {value} WHERE {where}"))


def test_a_month_that_was_set_is_whole_and_its_figures_are_sealed(world: World) -> None:
    with transaction():
        seq = trail.record(
            EventKind.FUND_PERIOD_SET,
            world.fay,
            now=NOW,
            details={"status": "open", "figures_sha256": hashlib.sha256(canonical_json({"count": 1})).hexdigest()},
        )
    with transaction() as session:
        period = session.query(Period).first()
        close = PeriodClose(
            period_id=period.id, status="open", closed_at=NOW, figures={"count": 1}, chain_seq=seq, chain_head="x"
        )
        session.add(close)
    assert checks.verify_ledger() == []
