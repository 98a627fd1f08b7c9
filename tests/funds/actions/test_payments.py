"""Paying: once, by somebody who neither approved last nor verified the payee; failures, reissue, refunds."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select, update

from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.identity import Identity
from funds.actions import approving, payments
from funds.ledger import Account
from funds.models import FiscalYear, Fund, FundRequest, Payee, Payment, Posting, Voucher
from funds.states import Action
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import user_of
from tests.cast import MAX
from tests.funds.books import World, add_rules, make_approved, make_submitted, status_of, version_of
from tests.funds.paying import (
    assert_books_tie_out,
    balance,
    key,
    make_paid,
    make_vouchered,
    money_of,
    pay,
    propose,
    status_of_voucher,
)


def cash(world: World) -> int:
    """What the fund holds."""
    return balance(world.fund_id, Account.CASH)


def test_paying_takes_the_cash_once(world: World) -> None:
    before = cash(world)
    request_id, voucher_id, _payment_id = make_paid(world)
    assert status_of(request_id) == "paid"
    assert status_of_voucher(voucher_id) == "paid"
    assert cash(world) == before - 18_000
    assert (money_of(request_id).paid_cents, money_of(request_id).payable_cents) == (18_000, 0)
    assert_books_tie_out()
    event = events_of("fund_request:paid")[0]
    assert (event["cents"], event["method"], event["voucher"]) == (18_000, "check", str(voucher_id))


def test_the_first_payment_dates_the_request(world: World) -> None:
    request_id, voucher_id = make_vouchered(world, cents=5_000, is_final=False)
    assert paid_at(request_id) is None
    pay(world, voucher_id)
    assert paid_at(request_id) == NOW
    later = NOW + timedelta(days=2)
    _request_id, second = make_vouchered(world, request_id=request_id, cents=5_000, now=later)
    pay(world, second, now=later)
    assert paid_at(request_id) == NOW


def paid_at(request_id: Any) -> Any:
    """When the first money went out."""
    found = db.session.scalar(select(FundRequest.paid_at).where(FundRequest.id == request_id))
    db.session.rollback()
    return found


def test_one_of_two_vouchers_paid_leaves_it_waiting_for_payment(world: World) -> None:
    request_id, first = make_vouchered(world, cents=5_000, is_final=False)
    pay(world, first)
    make_vouchered(world, request_id=request_id, cents=5_000)
    assert status_of(request_id) == "voucher"


def test_receipts_are_due_by_the_rule_in_force(world: World) -> None:
    add_rules(
        world.fund_id,
        [
            {
                "code": "receipts",
                "kind": "receipt_due",
                "severity": "info",
                "params": {"days": 21, "stops_when": "missing"},
            }
        ],
    )
    _request_id, voucher_id, _payment_id = make_paid(world)
    assert db.session.get(Voucher, voucher_id).receipt_due_on == date(2026, 12, 9)


def test_who_approved_last_does_not_pay(world: World) -> None:
    with transaction() as session:  # under $250.00 a supervisor approves alone: here Sue, who may also pay
        session.execute(update(Fund).values(payer_may_approve_cents=0))
    _request_id, voucher_id = make_vouchered(world)
    sue_pays = Identity(world.sue.user_id, world.sue.name, world.sue.roles | {"payer"}, world.sue.permissions)
    with pytest.raises(NotAllowed, match="You approved this request last, so somebody else must pay it."):
        pay(world, voucher_id, who=sue_pays)


def test_the_small_office_lane_lets_the_approver_pay_up_to_its_amount(world: World) -> None:
    sue_pays = Identity(world.sue.user_id, world.sue.name, world.sue.roles | {"payer"}, world.sue.permissions)
    for lane, allowed in ((17_999, False), (18_000, True)):
        with transaction() as session:
            session.execute(update(Fund).values(payer_may_approve_cents=lane))
        _request_id, voucher_id = make_vouchered(world, request_id=make_approved(world))
        if allowed:
            pay(world, voucher_id, who=sue_pays)
        else:
            with pytest.raises(NotAllowed, match="You approved this request last"):
                pay(world, voucher_id, who=sue_pays)


def test_who_verified_the_payee_does_not_make_its_first_payment(world: World) -> None:
    with transaction() as session:
        session.execute(update(Payee).values(verified_by=world.pat.user_id))
    _request_id, voucher_id = make_vouchered(world)
    with pytest.raises(NotAllowed, match="You verified this payee, so somebody else makes the first payment to it."):
        pay(world, voucher_id)
    other = Identity(world.deb.user_id, world.deb.name, frozenset({"payer"}))
    pay(world, voucher_id, who=other)
    _request_id, second = make_vouchered(world, request_id=make_approved(world))
    pay(world, second)  # it was paid before, by somebody else


def test_who_verified_the_payee_does_not_approve_its_first_payment(world: World) -> None:
    with transaction() as session:
        session.execute(update(Payee).values(verified_by=world.sue.user_id))
    request_id = make_submitted(world)
    values: dict[str, Any] = {"request_id": request_id, "now": NOW}
    with pytest.raises(NotAllowed, match="You verified this payee, so somebody else approves the first payment to it."):
        approving.approve_request(world.sue, row_version=version_of(request_id), key=key(), **values)
    assert approving.approve_request(world.fay, row_version=version_of(request_id), key=key(), **values)
    _request_id, voucher_id = make_vouchered(world, request_id=request_id)
    pay(world, voucher_id)
    make_approved(world)  # by Sue: the payee was paid before, on what others had checked


def test_a_payee_verified_afterwards_by_the_approver_is_not_paid_first(world: World) -> None:
    _request_id, voucher_id = make_vouchered(world)
    with transaction() as session:
        session.execute(update(Payee).values(verified_by=world.sue.user_id))
    with pytest.raises(NotAllowed, match="Who verified this payee approved this request too"):
        pay(world, voucher_id)


def test_a_payee_that_was_changed_since_is_not_paid(world: World) -> None:
    _request_id, voucher_id = make_vouchered(world)
    with transaction() as session:
        session.execute(update(Payee).values(status="proposed", verified_by=None))
    with pytest.raises(NotAllowed, match="This payee was changed and is not verified"):
        pay(world, voucher_id)


def test_only_a_payer_pays(world: World) -> None:
    _request_id, voucher_id = make_vouchered(world)
    for who in (world.fay, world.cal, world.rex, world.dan):
        with pytest.raises(NotAllowed, match="Only a payer can do this."):
            pay(world, voucher_id, who=who)


def test_a_stranger_does_not_know_the_voucher(world: World) -> None:
    _request_id, voucher_id = make_vouchered(world)
    with pytest.raises(NotFound):
        pay(world, voucher_id, who=user_of(MAX))


def test_a_number_of_a_bank_account_is_used_once(world: World) -> None:
    _request_id, voucher_id = make_vouchered(world)
    pay(world, voucher_id, number="1001")
    _request_id, second = make_vouchered(world, request_id=make_approved(world))
    with pytest.raises(InvalidInput, match="The number 1001 of this bank account was used before") as refused:
        pay(world, second, number=" 1001 ")
    assert refused.value.field == "number"
    pay(world, second, number="1001", bank_account="Petty cash")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"method": "cash"}, "Choose how it is paid"),
        ({"bank_account": " "}, "Write from which bank account"),
        ({"number": ""}, "Write the number of the check"),
        ({"paid_on": date(2026, 11, 19)}, "A payment is entered on the day that it is made, or later"),
    ],
)
def test_what_makes_no_sense_is_refused(world: World, change: dict[str, Any], sentence: str) -> None:
    _request_id, voucher_id = make_vouchered(world)
    with pytest.raises(InvalidInput, match=sentence):
        pay(world, voucher_id, **change)


def test_a_payment_is_posted_on_its_day(world: World) -> None:
    _request_id, voucher_id = make_vouchered(world)
    pay(world, voucher_id, paid_on=date(2026, 10, 30))
    posting = db.session.scalars(select(Posting).where(Posting.kind == "pay")).one()
    assert posting.effective_on == date(2026, 10, 30)


def test_the_same_form_twice_pays_once(world: World) -> None:
    request_id, voucher_id = make_vouchered(world)
    values: dict[str, Any] = {"row_version": version_of(request_id), "key": key(), "number": "7"}
    first = pay(world, voucher_id, **values)
    assert pay(world, voucher_id, payment_id=first, **values) == first
    with pytest.raises(Conflict, match="sent before with other values"):
        pay(world, voucher_id, payment_id=first, **{**values, "number": "8"})
    assert cash(world) == 300_000 - 18_000


def test_a_paid_voucher_is_not_paid_again(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world, cents=5_000, is_final=False)
    make_vouchered(world, request_id=request_id, cents=5_000)
    with pytest.raises(NotAllowed, match="This voucher is paid or voided already. Nothing was paid twice."):
        pay(world, voucher_id)


def test_a_failed_payment_leaves_the_voucher_unpaid_and_its_number_retired(world: World) -> None:
    before = cash(world)
    request_id, voucher_id = make_vouchered(world)
    payment_id = pay(world, voucher_id, number="1001")
    payments.payment_failed(
        world.pat, payment_id=payment_id, row_version=version_of(request_id), reason_code="lost", key=key(), now=NOW
    )
    assert (status_of(request_id), status_of_voucher(voucher_id)) == ("voucher", "unpaid")
    assert cash(world) == before
    assert events_of("fund_request:payment_failed")[0]["reason"] == "lost"
    with pytest.raises(InvalidInput, match="was used before"):
        pay(world, voucher_id, number="1001")
    second = pay(world, voucher_id, number="1002")
    assert db.session.get(Payment, second).attempt == 2
    db.session.rollback()
    assert cash(world) == before - 18_000
    assert_books_tie_out()


def test_a_payment_fails_once(world: World) -> None:
    request_id, voucher_id, payment_id = make_paid(world)
    values: dict[str, Any] = {
        "row_version": version_of(request_id),
        "reason_code": "returned",
        "key": key(),
        "now": NOW,
    }
    for _ in range(2):
        payments.payment_failed(world.pat, payment_id=payment_id, **values)
    with pytest.raises(NotAllowed, match="marked as failed or void already"):
        payments.payment_failed(
            world.pat, payment_id=payment_id, **{**values, "key": key(), "row_version": version_of(request_id)}
        )
    with pytest.raises(InvalidInput, match="Choose a reason"):
        payments.payment_failed(world.pat, payment_id=payment_id, **{**values, "reason_code": "x"})
    with pytest.raises(InvalidInput, match="Write what the reason is"):
        payments.payment_failed(world.pat, payment_id=payment_id, **{**values, "reason_code": "other"})
    assert status_of_voucher(voucher_id) == "unpaid"


def refund(world: World, request_id: Any, cents: int, **values: Any) -> None:
    """Enter money that came back, as Fay."""
    payments.enter_refund(
        **{
            "identity": world.fay,
            "request_id": request_id,
            "row_version": version_of(request_id),
            "cents": cents,
            "reason_code": "came_back",
            "key": key(),
            "now": NOW,
            **values,
        }
    )


def test_a_refund_makes_money_available_again(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)
    refund(world, request_id, 5_000, voucher_id=voucher_id)
    assert status_of(request_id) == "paid"
    assert (money_of(request_id).paid_cents, money_of(request_id).spent_cents) == (13_000, 13_000)
    assert balance(world.lines["housing"], Account.AVAILABLE) == 87_000
    assert events_of("fund_request:refunded")[0]["cents"] == 5_000
    refund(world, request_id, 13_000, voucher_id=voucher_id)
    assert status_of(request_id) == "refunded"
    assert cash(world) == 300_000
    assert_books_tie_out()


def test_no_more_comes_back_than_was_paid(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)
    refund(world, request_id, 5_000, voucher_id=voucher_id)
    with pytest.raises(InvalidInput, match=r"At most \$130.00 of it can come back."):
        refund(world, request_id, 13_001, voucher_id=voucher_id)
    with pytest.raises(InvalidInput, match="Write the amount"):
        refund(world, request_id, 0, voucher_id=voucher_id)
    with pytest.raises(InvalidInput, match="Choose a reason"):
        refund(world, request_id, 1, voucher_id=voucher_id, reason_code="x")
    with pytest.raises(InvalidInput, match="Choose the voucher or the advance"):
        refund(world, request_id, 1)
    with pytest.raises(NotAllowed, match="Only a fiscal approver can do this"):
        refund(world, request_id, 1, voucher_id=voucher_id, identity=world.pat)
    with pytest.raises(NotFound):
        refund(world, request_id, 1, voucher_id=voucher_id, identity=user_of(MAX))


def test_the_same_refund_twice_is_one(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)
    values = {"key": key(), "row_version": version_of(request_id), "voucher_id": voucher_id}
    for _ in range(2):
        refund(world, request_id, 5_000, **values)
    assert money_of(request_id).spent_cents == 13_000
    with pytest.raises(Conflict, match="sent before with other values"):
        refund(world, request_id, 5_001, **values)


def test_a_partly_refunded_voucher_is_neither_voided_nor_failed(world: World) -> None:
    request_id, voucher_id, payment_id = make_paid(world)
    refund(world, request_id, 5_000, voucher_id=voucher_id)
    with pytest.raises(NotAllowed, match="Part of this voucher was refunded or disallowed"):
        propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)
    with pytest.raises(NotAllowed, match="so its payment did not fail"):
        payments.payment_failed(
            world.pat, payment_id=payment_id, row_version=version_of(request_id), reason_code="lost", key=key(), now=NOW
        )


def test_money_of_a_closed_year_comes_back_as_a_recovery(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)
    with transaction() as session:
        session.execute(update(FiscalYear).values(status="closed"))
    refund(world, request_id, 18_000, voucher_id=voucher_id)
    assert status_of(request_id) == "refunded"
    assert balance(world.fund_id, Account.PRIOR_RECOVERY) == 18_000
    assert balance(world.lines["housing"], Account.EXPENDED) == 18_000  # the closed year stays as it was
    with pytest.raises(NotAllowed, match="this cannot be done now"):
        refund(world, request_id, 1, voucher_id=voucher_id)
    assert_books_tie_out()
