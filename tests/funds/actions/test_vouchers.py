"""Recognising a debt: within what is held, to a verified payee, one invoice once; correcting and voiding it."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from funds.actions import pausing, vouchers
from funds.ledger import Account
from funds.models import Payee, PolicyEvaluation, Posting, TaxForm, Voucher
from funds.states import Action
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import user_of
from tests.cast import MAX
from tests.funds.books import (
    World,
    add_rules,
    make_approved,
    make_payee,
    make_submitted,
    status_of,
    version_of,
)
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


def test_a_final_voucher_frees_the_rest(world: World) -> None:
    request_id, _voucher_id = make_vouchered(world, cents=15_000)
    money = money_of(request_id)
    assert (money.held_cents, money.spent_cents, money.payable_cents) == (0, 15_000, 15_000)
    assert status_of(request_id) == "voucher"
    assert balance(world.lines["housing"], Account.AVAILABLE) == 85_000
    assert_books_tie_out()


def test_a_part_leaves_the_rest_held(world: World) -> None:
    request_id, _voucher_id = make_vouchered(world, cents=5_000, is_final=False)
    assert (money_of(request_id).held_cents, money_of(request_id).free_cents) == (13_000, 13_000)


def test_its_evaluation_stands_beside_the_posting(world: World) -> None:
    request_id, _voucher_id = make_vouchered(world)
    posting = db.session.scalars(select(Posting).where(Posting.kind == "voucher")).one()
    evaluation = db.session.get(PolicyEvaluation, posting.evaluation_id)
    assert (evaluation.step, evaluation.fund_request_id, evaluation.cents) == ("voucher", request_id, 18_000)
    assert events_of("fund_request:vouchered")[0]["cents"] == 18_000


def test_more_than_is_held_and_free_is_refused(world: World) -> None:
    with pytest.raises(NotAllowed, match=r"\$180.00 of this request is held and free. For more, ask for a supplement"):
        make_vouchered(world, cents=18_001)
    request_id, voucher_id = make_vouchered(world, cents=10_000, is_final=False)
    pay(world, voucher_id)
    with pytest.raises(NotAllowed, match=r"\$80.00 of this request is held"):
        make_vouchered(world, cents=8_001, request_id=request_id)


def test_an_unverified_payee_is_refused(world: World) -> None:
    request_id = make_approved(world)
    with transaction() as session:
        session.execute(update(Payee).values(status="proposed", verified_by=None))
    with pytest.raises(NotAllowed, match="This payee is not verified. A second person must verify it first."):
        make_vouchered(world, request_id=request_id)


def test_a_payee_without_w9_is_refused_where_the_rules_ask(world: World) -> None:
    add_rules(
        world.fund_id,
        [{"code": "w9", "kind": "w9_required", "severity": "require_document", "params": {}}],
    )
    request_id = make_approved(world)
    with transaction() as session:
        session.execute(update(TaxForm).values(expires_on=NOW.date() - timedelta(days=1)))
    with pytest.raises(NotAllowed, match="W-9"):
        make_vouchered(world, request_id=request_id)
    with transaction() as session:
        session.execute(update(TaxForm).values(expires_on=NOW.date() + timedelta(days=1)))
    make_vouchered(world, request_id=request_id)


def test_an_amount_of_nothing_is_refused(world: World) -> None:
    with pytest.raises(InvalidInput, match="Write the amount of the invoice"):
        make_vouchered(world, cents=0)


def test_an_undecided_request_is_refused(world: World) -> None:
    request_id = make_submitted(world)
    with pytest.raises(NotAllowed, match="Waiting for approval"):
        make_vouchered(world, request_id=request_id)


def test_a_paused_request_is_refused(world: World) -> None:
    request_id = make_approved(world)
    pausing.pause_request(
        world.fay, request_id=request_id, row_version=version_of(request_id), key=key(), is_paused=True, reason="Wait"
    )
    with pytest.raises(NotAllowed, match="This request is paused"):
        make_vouchered(world, request_id=request_id)


def test_only_a_fiscal_approver_makes_one(world: World) -> None:
    request_id = make_approved(world)
    for who in (world.cal, world.sue, world.pat, world.rex, world.dan):
        with pytest.raises(NotAllowed, match="Only a fiscal approver can do this."):
            vouchers.make_voucher(
                who,
                request_id=request_id,
                row_version=version_of(request_id),
                voucher_id=uuid4(),
                cents=100,
                key=key(),
                now=NOW,
            )


def test_a_stranger_does_not_know_the_request(world: World) -> None:
    request_id = make_approved(world)
    with pytest.raises(NotFound):
        vouchers.make_voucher(
            user_of(MAX), request_id=request_id, row_version=1, voucher_id=uuid4(), cents=1, key=key(), now=NOW
        )


def test_a_second_sending_makes_one_voucher(world: World) -> None:
    request_id, same, voucher_id = make_approved(world), key(), uuid4()
    version = version_of(request_id)
    for _ in range(2):
        make_vouchered(world, request_id=request_id, row_version=version, key=same, voucher_id=voucher_id)
    assert db.session.scalars(select(Voucher.id)).all() == [voucher_id]
    db.session.rollback()
    with pytest.raises(Conflict, match="sent before with other values"):
        make_vouchered(world, request_id=request_id, row_version=version, key=same, voucher_id=voucher_id, cents=1)


def test_a_page_that_is_out_of_date_is_a_conflict(world: World) -> None:
    request_id = make_approved(world)
    with pytest.raises(Conflict, match="changed this request meanwhile"):
        make_vouchered(world, request_id=request_id, row_version=1)


def test_an_invoice_of_a_payee_counts_once(world: World) -> None:
    make_vouchered(world, invoice_no="INV-0017")
    number = "stands in FR-2026-0001 already. If this is another one, write why"
    other = make_approved(world)
    for written in ("inv 0017", "INV0017", " Inv-0017 "):
        with pytest.raises(InvalidInput, match=number) as refused:
            make_vouchered(world, request_id=other, invoice_no=written)
        assert refused.value.field == "repeat_reason"
    _request_id, voucher_id = make_vouchered(
        world, request_id=other, invoice_no="INV-0017", repeat_reason="The shop numbers by day"
    )
    voucher = db.session.get(Voucher, voucher_id)
    assert (voucher.invoice_no, voucher.invoice_key, voucher.repeat_reason) == (
        "INV-0017",
        None,
        "The shop numbers by day",
    )


def test_the_same_number_of_another_payee_is_another_invoice(world: World) -> None:
    make_vouchered(world, invoice_no="17")
    other = make_approved(world, payee_id=make_payee(world.fay, world.flo, name="Other Shop"))
    make_vouchered(world, request_id=other, invoice_no="17")


def test_a_voided_voucher_frees_its_invoice_number(world: World) -> None:
    request_id, voucher_id = make_vouchered(world, invoice_no="17")
    proposal_id = propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)
    vouchers.void_voucher(world.dan, proposal_id=proposal_id, row_version=version_of(request_id), key=key(), now=NOW)
    make_vouchered(world, request_id=make_approved(world), invoice_no="17")


def test_correcting_posts_the_exact_mirror(world: World) -> None:
    request_id, voucher_id = make_vouchered(world, cents=15_000)
    proposal_id = propose(world.fay, request_id, Action.CORRECT, voucher_id=voucher_id, reason_code="entered_wrongly")
    vouchers.correct_voucher(world.flo, proposal_id=proposal_id, row_version=version_of(request_id), key=key(), now=NOW)
    assert status_of(request_id) == "approved"
    assert (money_of(request_id).held_cents, money_of(request_id).spent_cents) == (18_000, 0)
    assert status_of_voucher(voucher_id) == "void"
    reversal = db.session.scalars(select(Posting).where(Posting.kind == "reverse")).one()
    original = db.session.scalars(select(Posting).where(Posting.kind == "voucher")).one()
    assert reversal.reverses_id == original.id
    db.session.rollback()
    assert_books_tie_out()
    event = events_of("fund_request:corrected")[0]
    assert (event["reason"], event["proposal"]) == ("entered_wrongly", str(proposal_id))


def test_a_paid_voucher_is_not_corrected(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world, cents=8_000, is_final=False)
    make_vouchered(world, request_id=request_id, cents=1_000, is_final=False)
    with pytest.raises(NotAllowed, match="Only a voucher that is not paid yet can be corrected"):
        propose(world.fay, request_id, Action.CORRECT, voucher_id=voucher_id)


def test_voiding_an_unpaid_voucher_makes_its_money_available(world: World) -> None:
    request_id, voucher_id = make_vouchered(world)
    proposal_id = propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id, reason_code="not_delivered")
    vouchers.void_voucher(world.dan, proposal_id=proposal_id, row_version=version_of(request_id), key=key(), now=NOW)
    assert status_of(request_id) == "voided"
    assert balance(world.lines["housing"], Account.AVAILABLE) == 100_000
    assert_books_tie_out()
    assert events_of("fund_request:voided")[0]["reason"] == "not_delivered"


def test_voiding_a_paid_voucher_takes_the_payment_back_first(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world, cents=8_000, is_final=False)
    proposal_id = propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)
    vouchers.void_voucher(world.dan, proposal_id=proposal_id, row_version=version_of(request_id), key=key(), now=NOW)
    kinds = list(db.session.scalars(select(Posting.kind).where(Posting.fund_request_id == request_id)))
    db.session.rollback()
    assert kinds[-2:] == ["unpay", "void"]
    assert status_of(request_id) == "approved"  # $100.00 is held still
    assert (money_of(request_id).paid_cents, money_of(request_id).held_cents) == (0, 10_000)
    assert_books_tie_out()


def test_a_void_is_asked_by_a_payer_and_done_by_the_director(world: World) -> None:
    request_id, voucher_id = make_vouchered(world)
    with pytest.raises(NotAllowed, match="Only a payer can do this."):
        propose(world.fay, request_id, Action.VOID, voucher_id=voucher_id)
    proposal_id = propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)
    for who, sentence in (
        (world.pat, "You asked for this, so a second person must do it."),
        (world.fay, "Only the director can do this."),
        (world.sue, "Only the director can do this."),
    ):
        with pytest.raises(NotAllowed, match=sentence):
            vouchers.void_voucher(who, proposal_id=proposal_id, row_version=version_of(request_id), key=key(), now=NOW)
    assert status_of(request_id) == "voucher"


def test_a_voucher_that_is_void_is_not_voided_again(world: World) -> None:
    request_id, voucher_id = make_vouchered(world, cents=5_000, is_final=False)
    proposal_id = propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)
    same, version = key(), version_of(request_id)
    for _ in range(2):  # the same form twice is one void
        vouchers.void_voucher(world.dan, proposal_id=proposal_id, row_version=version, key=same, now=NOW)
    make_vouchered(world, request_id=request_id, cents=5_000, is_final=False)
    with pytest.raises(NotAllowed, match="This voucher is void already."):
        propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)
    with pytest.raises(Conflict, match="decided already"):
        vouchers.void_voucher(
            world.dan, proposal_id=proposal_id, row_version=version_of(request_id), key=key(), now=NOW
        )
    assert money_of(request_id).spent_cents == 5_000
