"""Vouchers, payments and two-person steps for tests, through the actions; money of a request as the books say it."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from core.db import db
from core.identity import Identity
from funds import queries
from funds.actions import payments, seconds, vouchers
from funds.checks import verify_ledger
from funds.ledger import Account, Key, imbalances
from funds.models import Voucher
from funds.queries import RequestMoney
from funds.states import Action
from tests.builders import NOW
from tests.conftest import made_once
from tests.funds.books import World, make_approved, version_of


def key() -> str:
    """A fresh idempotency key, as each form carries one."""
    return uuid4().hex


def money_of(request_id: UUID) -> RequestMoney:
    """What the books say of a request."""
    found = queries.request_money([request_id])[request_id]
    db.session.rollback()
    return found


def balance(owner: UUID, account: Account) -> int:
    """One account's balance."""
    found = queries.balance_of(Key(account, owner))
    db.session.rollback()
    return found


def assert_books_tie_out() -> None:
    """Conservation and tie-outs hold on every line (I2, I17), and the whole check finds nothing (I1–I17)."""
    found = imbalances(queries.list_balances())
    problems = verify_ledger()
    db.session.rollback()
    assert found == []
    assert problems == [], problems


def make_vouchered(
    world: World, *, cents: int = 18_000, request_id: UUID | None = None, **values: Any
) -> tuple[UUID, UUID]:
    """A request with a voucher; answers both ids. The usual one is made once where the database is known."""
    if values or request_id or cents != 18_000:
        return _make_vouchered(world, cents, request_id or make_approved(world), values)
    return made_once("vouchered", lambda: _make_vouchered(world, cents, make_approved(world), values))


def _make_vouchered(world: World, cents: int, request_id: UUID, values: dict[str, Any]) -> tuple[UUID, UUID]:
    voucher_id = vouchers.make_voucher(
        world.fay,
        **{
            "request_id": request_id,
            "row_version": version_of(request_id),
            "voucher_id": uuid4(),
            "cents": cents,
            "key": key(),
            "is_final": True,
            "now": NOW,
            **values,
        },
    )
    return request_id, voucher_id


def pay(world: World, voucher_id: UUID, **values: Any) -> UUID:
    """Pay a voucher as Pat, by check."""
    request_id = db.session.scalar(select(Voucher.fund_request_id).where(Voucher.id == voucher_id))
    db.session.rollback()
    assert request_id is not None
    return payments.pay_voucher(
        values.pop("who", world.pat),
        **{
            "voucher_id": voucher_id,
            "row_version": version_of(request_id),
            "payment_id": uuid4(),
            "method": "check",
            "bank_account": "Operating",
            "number": uuid4().hex[:8],
            "key": key(),
            "now": NOW,
            **values,
        },
    )


def make_paid(world: World, **values: Any) -> tuple[UUID, UUID, UUID]:
    """A request with a paid voucher; answers the ids of request, voucher and payment."""
    if values:
        return _make_paid(world, values)
    return made_once("paid", lambda: _make_paid(world, values))


def _make_paid(world: World, values: dict[str, Any]) -> tuple[UUID, UUID, UUID]:
    request_id, voucher_id = make_vouchered(world, **values)
    return request_id, voucher_id, pay(world, voucher_id)


def propose(who: Identity, request_id: UUID, action: Action, **values: Any) -> UUID:
    """Ask for a step of two people."""
    proposal_id = uuid4()
    seconds.propose_step(
        who,
        **{
            "proposal_id": proposal_id,
            "request_id": request_id,
            "row_version": version_of(request_id),
            "action": action,
            "reason_code": "other",
            "note": "It went wrong",
            "now": NOW,
            **values,
        },
    )
    return proposal_id


def status_of_voucher(voucher_id: UUID) -> str:
    """A voucher's status column."""
    found = db.session.scalar(select(Voucher.status).where(Voucher.id == voucher_id))
    db.session.rollback()
    return str(found)
