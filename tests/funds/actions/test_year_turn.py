"""Between New Year and the year end: an approval asks, shows and takes the money of one and the same line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import db
from core.errors import NotAllowed
from funds import queries
from funds.actions import approving, budgets
from funds.checks import verify_ledger
from funds.ledger import Account, Key
from funds.models import FundRequest
from funds.queries import deciding
from tests.funds.books import World, give_budget, make_submitted, make_world, version_of
from tests.funds.paying import balance, key

DECEMBER = datetime(2026, 12, 30, 15, 0, tzinfo=UTC)
JANUARY = datetime(2027, 1, 5, 15, 0, tzinfo=UTC)


@pytest.fixture
def world(app: Flask) -> World:
    """The year 2026 with $1,000.00 in each line, and 2027 opened with nothing in it yet."""
    world = make_world()
    budgets.open_year(world.dan, code="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), now=DECEMBER)
    return world


def new_line(world: World) -> UUID:
    found = queries.find_line(world.fund_id, world.categories["furniture"], JANUARY.date())
    db.session.rollback()
    assert found is not None
    return found


def approve(world: World, request_id: UUID) -> bool:
    return approving.approve_request(
        world.sue, request_id=request_id, row_version=version_of(request_id), key=key(), now=JANUARY
    )


def test_january_takes_from_the_new_line_though_the_old_one_is_empty(world: World) -> None:
    request_id = make_submitted(world, now=DECEMBER)
    drain(world)
    give_budget(world.fay, world.dan, new_line(world), 18_000)
    (waiting,) = deciding.list_waiting(world.sue, JANUARY)
    assert (waiting.left_cents, waiting.after_cents) == (18_000, 0)
    assert approve(world, request_id)
    assert db.session.scalar(select(FundRequest.budget_line_id)) == new_line(world)
    assert balance(new_line(world), Account.AVAILABLE) == 0
    assert balance(world.lines["housing"], Account.ENCUMBERED) == 0
    assert verify_ledger() == []


def test_january_is_refused_with_the_rest_of_the_new_line_whatever_the_old_one_has(world: World) -> None:
    request_id = make_submitted(world, now=DECEMBER)
    assert queries.balance_of(Key(Account.AVAILABLE, world.lines["housing"])) == 100_000
    (waiting,) = deciding.list_waiting(world.sue, JANUARY)
    assert waiting.left_cents == 0
    with pytest.raises(NotAllowed, match=r"^\$0.00 is left in this budget line, and this asks for \$180.00"):
        approve(world, request_id)


def drain(world: World) -> None:
    """Move what the old line has left to another one, by two people."""
    change_id = uuid4()
    budgets.propose_budget(
        world.fay, change_id=change_id, budget_line_id=world.lines["other"], source_line_id=world.lines["housing"],
        cents=100_000, reason="needed there", now=DECEMBER,
    )  # fmt: skip
    budgets.decide_budget(world.dan, change_id=change_id, is_approved=True, now=DECEMBER)
