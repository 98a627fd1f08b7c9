"""Money of a year that takes no posting any more, and of a month that is soft-closed: where each of them goes."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import db
from core.errors import InvalidInput, NotAllowed
from funds.actions import advances, budgets, payments, periods, rollover, vouchers
from funds.ledger import Account
from funds.models import FiscalYear, Period, Posting
from funds.states import Action
from tests.funds.actions.test_advances import issue
from tests.funds.books import World, make_approved, make_world, version_of
from tests.funds.paying import assert_books_tie_out, balance, key, make_paid, make_vouchered, propose

JANUARY = datetime(2027, 1, 5, 15, 0, tzinfo=UTC)


@pytest.fixture
def world(app: Flask) -> World:
    """2026 with its money, 2027 opened, and it is January."""
    world = make_world()
    budgets.open_year(world.dan, code="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), now=JANUARY)
    return world


def close(world: World, *numbers: int, only_soft: bool = False) -> None:
    """Close months of 2026 in January, by two people."""
    months = {
        row.number: row.id
        for row in db.session.execute(select(Period.number, Period.id).where(Period.fiscal_year_id == world.year_id))
    }
    db.session.rollback()
    for number in numbers:
        values: dict[str, Any] = {"period_id": months[number], "now": JANUARY}
        periods.set_period(world.fay, seen="open", status="soft_closed", reason="bank matched", **values)
        if not only_soft:
            periods.set_period(world.deb, seen="soft_closed", status="closed", **values)


def refund(world: World, request_id: UUID, voucher_id: UUID, cents: int = 5_000) -> None:
    payments.enter_refund(
        world.fay, request_id=request_id, voucher_id=voucher_id, row_version=version_of(request_id), cents=cents,
        reason_code="came_back", key=key(), now=JANUARY,
    )  # fmt: skip


def last_posting() -> tuple[str, date]:
    row = db.session.execute(select(Posting.kind, Posting.effective_on).order_by(Posting.id.desc()).limit(1)).one()
    db.session.rollback()
    return row.kind, row.effective_on


def test_a_refund_in_january_belongs_to_december_while_that_is_open(world: World) -> None:
    request_id, voucher_id, _payment = make_paid(world)
    close(world, *range(1, 12))
    refund(world, request_id, voucher_id)
    assert last_posting() == ("refund", date(2026, 12, 31))
    assert balance(world.lines["housing"], Account.EXPENDED) == 13_000
    assert_books_tie_out()


def test_once_every_month_is_closed_it_is_a_recovery_before_the_year_end_too(world: World) -> None:
    request_id, voucher_id, _payment = make_paid(world)
    close(world, *range(1, 13))
    assert db.session.get_one(FiscalYear, world.year_id).status == "open"
    refund(world, request_id, voucher_id)
    assert last_posting() == ("refund_late", date(2027, 1, 5))
    assert balance(world.lines["housing"], Account.EXPENDED) == 18_000, "the closed months stay as they were"
    assert balance(world.fund_id, Account.PRIOR_RECOVERY) == 5_000
    assert_books_tie_out()


def test_a_fund_with_its_year_end_behind_it_recovers_though_the_year_waits_for_another_fund(world: World) -> None:
    request_id, voucher_id, _payment = make_paid(world)
    _unpaid, dropped = make_vouchered(world)
    budgets.set_up_fund(
        world.dan, fund_id=uuid4(), code="TWO", name="Two", public_name="Two", starts_on=date(2026, 1, 1), now=JANUARY
    )
    run_id = rollover.preview_rollover(world.fay, fund_id=world.fund_id, year_id=world.year_id, now=JANUARY)
    rollover.commit_rollover(world.dan, run_id=run_id, now=JANUARY)
    assert db.session.get_one(FiscalYear, world.year_id).status == "open"
    refund(world, request_id, voucher_id)
    assert last_posting()[0] == "refund_late"
    proposal_id = propose(world.pat, _unpaid, Action.VOID, voucher_id=dropped, now=JANUARY)
    vouchers.void_voucher(world.dan, proposal_id=proposal_id, row_version=version_of(_unpaid), key=key(), now=JANUARY)
    assert last_posting()[0] == "refund_late"
    assert balance(world.fund_id, Account.PRIOR_RECOVERY) == 5_000 + 18_000
    assert_books_tie_out()


def test_a_soft_closed_month_takes_what_a_fiscal_approver_gives_a_reason_for(world: World) -> None:
    request_id, voucher_id, _payment = make_paid(world)
    held = make_approved(world)
    close(world, *range(1, 13), only_soft=True)
    refund(world, request_id, voucher_id)
    assert last_posting() == ("refund", date(2026, 12, 31))
    with pytest.raises(InvalidInput, match="This is posted to 2026-12, which is soft-closed. Write why"):
        vouchers.make_voucher(
            world.fay, request_id=held, row_version=version_of(held), voucher_id=uuid4(), cents=5, key=key(),
            now=JANUARY,
        )  # fmt: skip
    assert_books_tie_out()


def test_the_last_month_is_not_closed_while_an_advance_is_out(world: World) -> None:
    """Nothing could cover it any more, and the year end would be refused for ever."""
    request_id = make_approved(world)
    advance_id = issue(world, request_id)
    close(world, *range(1, 12))
    with pytest.raises(NotAllowed, match=r"Advances are still out \(FR-2026-0001\)"):
        close(world, 12)
    values: dict[str, Any] = {"period_id": december(world), "now": JANUARY}
    periods.set_period(world.dan, seen="soft_closed", status="open", reason="an advance comes back", **values)
    advances.return_advance(
        world.rex, advance_id=advance_id, row_version=version_of(request_id), cents=5_000, key=key(), now=JANUARY
    )
    values["now"] = JANUARY + timedelta(days=1)
    periods.set_period(world.fay, seen="open", status="soft_closed", reason="bank matched", **values)
    periods.set_period(world.deb, seen="soft_closed", status="closed", **values)
    assert_books_tie_out()


def december(world: World) -> UUID:
    found = db.session.scalars(
        select(Period.id).where(Period.fiscal_year_id == world.year_id, Period.number == 12)
    ).one()
    db.session.rollback()
    return found
