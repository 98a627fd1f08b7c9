"""Fifty random logs of operations: both databases end with the balances and digests that plain arithmetic makes.

The expected figures come from the log alone, so SQLite and PostgreSQL are compared with each other through them.
"""

from __future__ import annotations

import hashlib
import random
from typing import Any
from uuid import UUID

from sqlalchemy import select

from core.db import db, transaction
from core.errors import NotAllowed
from funds import ledger, queries
from funds.ledger import Account, Draft, Key
from funds.models import PolicyEvaluation, Posting
from funds.posting import Context, post
from tests.builders import NOW
from tests.funds.books import TODAY, World, make_submitted

LOGS, LENGTH = 50, 20
NAMES = ("housing", "transportation", "other")
# Operation → what it takes from which account of its line, and what it gives to which; the fund's cash moves beside.
PLAIN: dict[str, tuple[tuple[str, int], ...]] = {
    "hold": (("available", -1), ("encumbered", 1)),
    "release": (("encumbered", -1), ("available", 1)),
    "voucher": (("encumbered", -1), ("expended", 1), ("expense", 1), ("payable", 1)),
    "pay": (("payable", -1), ("cash", -1)),
    "unpay": (("cash", 1), ("payable", 1)),
    "refund": (("expended", -1), ("expense", -1), ("available", 1), ("cash", 1)),
    "advance": (("cash", -1), ("advances", 1)),
    "disallow": (("expended", -1), ("expense", -1), ("disallowed", 1), ("receivable", 1)),
    "recover": (("disallowed", -1), ("receivable", -1), ("available", 1), ("cash", 1)),
    "write_off": (("disallowed", -1), ("receivable", -1), ("expended", 1), ("expense", 1)),
}


def draft_of(name: str, line: UUID, fund: UUID, cents: int) -> Draft:
    made: dict[str, Draft] = {
        "hold": ledger.hold(line, cents),
        "release": ledger.release(line, cents),
        "voucher": ledger.voucher(line, cents),
        "pay": ledger.pay(line, cents, fund=fund),
        "unpay": ledger.unpay(line, cents, fund=fund),
        "refund": ledger.refund(line, cents, fund=fund),
        "advance": ledger.advance(line, cents, fund=fund),
        "disallow": ledger.disallow_paid(line, cents),
        "recover": ledger.recover(line, cents, fund=fund),
        "write_off": ledger.write_off(line, cents),
    }
    return made[name]


class Wrong(Exception):
    """Ends a log without keeping it."""


def test_fifty_logs_end_as_plain_arithmetic_says(world: World) -> None:
    make_submitted(world)
    evaluation = db.session.scalars(select(PolicyEvaluation.id)).one()
    start = queries.list_balances()
    db.session.rollback()
    refusals = 0
    for number in range(LOGS):
        choice = random.Random(number)
        plain: dict[tuple[str, str], int] = {}
        for key, cents in start.items():
            where = next((name for name in NAMES if world.lines[name] == key.owner), "fund")
            plain[where, str(key.account)] = cents
        expected_digest = hashlib.sha256()
        try:
            with transaction() as session:
                for step in range(LENGTH):
                    name, where = choice.choice(list(PLAIN)), choice.choice(NAMES)
                    cents = choice.randint(1, 40_000)
                    changes = [
                        (("fund" if account == "cash" else where, account), sign * cents)
                        for account, sign in PLAIN[name]
                    ]
                    fits = all(plain[place] + more >= 0 or place[1] == "cash" for place, more in changes)
                    draft = draft_of(name, world.lines[where], world.fund_id, cents)
                    with session.begin_nested() as cell:
                        refused = _posted(world, draft, f"{number}/{step}", evaluation)
                        assert refused != fits, (name, cents, plain)
                        if refused:
                            cell.rollback()
                    if refused:
                        refusals += 1
                        continue
                    expected_digest.update(f"{name} {where} {cents}\n".encode())
                    for place, more in changes:
                        plain[place] += more
                balances = queries.list_balances()
                for (where, account), cents in plain.items():
                    owner = world.fund_id if where == "fund" else world.lines[where]
                    assert balances[Key(Account(account), owner)] == cents
                assert _digest(world, number) == expected_digest.hexdigest()
                raise Wrong
        except Wrong:
            pass
    assert refusals > LOGS


def _posted(world: World, draft: Draft, key: str, evaluation: UUID) -> bool:
    """True when it was refused."""
    try:
        post(
            world.fay,
            draft,
            Context(fund_id=world.fund_id, effective_on=TODAY, now=NOW, key=key, evaluation_id=evaluation),
        )
    except NotAllowed:
        return True
    return False


def _digest(world: World, number: int) -> str:
    """The log as the rows tell it."""
    lines = {line: name for name, line in world.lines.items()}
    told: Any = hashlib.sha256()
    words = {"settle available": "recover", "settle expended": "write_off"}
    for posting_id in db.session.scalars(
        select(Posting.id).where(Posting.idempotency_key.like(f"{number}/%")).order_by(Posting.id)
    ).all():
        row, moves = queries.get_moves(posting_id)
        owner = next(key.owner for key in (moves[0].debit, moves[0].credit) if key.owner in lines)
        name = words.get(f"{row.kind} {moves[0].debit.account}", row.kind)
        told.update(f"{name} {lines[owner]} {moves[0].cents}\n".encode())
    return str(told.hexdigest())
