"""Fifty rows of the books tampered with, one way each: the check finds every one and says which row it is."""

from __future__ import annotations

import random
from typing import Any

import pytest
from sqlalchemy import text

from core.db import db
from funds import checks
from tests.conftest import BringBack
from tests.funds.test_checks import Books, make_books, owner

WAYS = ("change", "delete", "swap", "insert", "cut")
ROUNDS = 10


def rows(statement: str) -> list[Any]:
    found = list(db.session.execute(text(statement)))
    db.session.rollback()
    return found


def spelled(value: object) -> str:
    """A value in SQL: an id as the database prints it."""
    return str(value) if isinstance(value, int) else f"'{value}'"


def tamper(way: str, choice: random.Random) -> str:
    """Do it, and answer what the check must name."""
    transfers = rows("SELECT id, posting_id, amount_cents FROM transfer ORDER BY id")
    events = rows("SELECT id, seq FROM fund_request_event ORDER BY id")
    if way == "change":
        row = choice.choice(transfers)
        owner(f"UPDATE transfer SET amount_cents = amount_cents + 1 WHERE id = {row.id}")
        return f"posting {row.posting_id} "
    if way == "delete":
        event = choice.choice(events)
        owner(f"DELETE FROM fund_request_event WHERE id = {spelled(event.id)}")
        return f"fund_request_event {canonical(event.id)}, known from the trail, is gone"
    if way == "swap":
        first, second = choice.sample(rows("SELECT id, actor_name, posted_at FROM posting ORDER BY id"), 2)
        owner(
            f"UPDATE posting SET posted_at = '2026-01-01 00:00:00' WHERE id = {first.id}",
            f"UPDATE posting SET actor_name = 'Somebody {first.id}' WHERE id = {second.id}",
        )
        return f"posting {choice.choice((first.id, second.id))} "
    if way == "insert":
        row = choice.choice(transfers)
        columns = "debit_id, credit_id, amount_cents"
        owner(
            f"INSERT INTO transfer (id, posting_id, seq, {columns}) "
            f"SELECT 9999, posting_id, 99, {columns} FROM transfer WHERE id = {row.id}"
        )
        return f"posting {row.posting_id} "
    last = transfers[-1].posting_id - choice.randrange(3)
    owner(f"DELETE FROM transfer WHERE posting_id >= {last}", f"DELETE FROM posting WHERE id >= {last}")
    return f"posting {last}, known from the trail, is gone"


def canonical(row_id: object) -> str:
    text_id = str(row_id)
    if len(text_id) == 32:
        parts = (text_id[:8], text_id[8:12], text_id[12:16], text_id[16:20], text_id[20:])
        return "-".join(parts)
    return text_id


@pytest.mark.parametrize("way", WAYS)
def test_ten_rows_of_each_way_are_found_and_placed(bring_back: BringBack, way: str) -> None:
    for number in range(ROUNDS):
        books: Books = bring_back("books", make_books)
        assert books.held
        place = tamper(way, random.Random(f"{way} {number}"))
        problems = checks.verify_ledger()
        assert any(place in problem for problem in problems), (place, problems)
