"""Agreeing with the bank, finishing a request, and the daily run that frees what lies unused."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.identity import Identity, system_identity
from funds.actions import expiring, payments, reconcile
from funds.actions.reconcile import NewLine
from funds.ledger import Account
from funds.models import BankLine, Document, FundRequest, ImportBatch, Payment, Period, ReceiptAllocation
from funds.queries import bank
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import user_of
from tests.cast import MAX
from tests.funds.books import World, make_approved, status_of, version_of
from tests.funds.paying import (
    assert_books_tie_out,
    balance,
    key,
    make_paid,
    make_vouchered,
    money_of,
    pay,
)

DAILY = system_identity("daily run")


def load(world: World, *lines: NewLine, **values: Any) -> reconcile.Imported:
    """Import lines as Rex."""
    return reconcile.import_bank_lines(
        values.pop("who", world.rex),
        **{
            "batch_id": uuid4(),
            "fund_id": world.fund_id,
            "bank_account": "Operating",
            "sha256": uuid4().hex,
            "lines": lines,
            "now": NOW,
            **values,
        },
    )


def line_of(batch_id: UUID, seq: int = 1) -> UUID:
    """The id of a line."""
    found = db.session.scalar(select(BankLine.id).where(BankLine.import_batch_id == batch_id, BankLine.seq == seq))
    db.session.rollback()
    assert found is not None
    return found


def cover(world: World, request_id: UUID, voucher_id: UUID, cents: int) -> None:
    """An accepted receipt."""
    with transaction() as session:
        document = Document(
            enrollee_id=world.person.enrollee_id,
            fund_request_id=request_id,
            kind="receipt",
            media_type="image/jpeg",
            size_bytes=1,
            sha256=uuid4().hex,
            total_cents=cents,
            added_at=NOW,
        )
        session.add(document)
        session.flush()
        session.add(ReceiptAllocation(document_id=document.id, voucher_id=voucher_id, cents=cents, accepted_at=NOW))


def test_number_and_amount_match_by_themselves(world: World) -> None:
    _request_id, voucher_id = make_vouchered(world)
    payment_id = pay(world, voucher_id, number="1001")
    done = load(
        world,
        NewLine(1, date(2026, 11, 24), -18_000, "001001", "CHECK"),
        NewLine(2, date(2026, 11, 24), -18_000, "1002", "CHECK"),
        NewLine(3, date(2026, 11, 24), 18_000, "1001", "DEPOSIT"),
    )
    assert (done.matched, done.was_there) == (1, False)
    assert db.session.get(BankLine, line_of(done.batch_id)).payment_id == payment_id
    db.session.rollback()
    assert len(events_of("bank_file:imported")) == len(events_of("bank_line:matched")) == 1


def test_the_same_file_twice_is_one_batch(world: World) -> None:
    line = NewLine(1, date(2026, 11, 24), -1, None, "x")
    first = load(world, line, sha256="same")
    again = load(world, line, sha256="same")
    assert (again.batch_id, again.was_there) == (first.batch_id, True)
    assert len(db.session.scalars(select(ImportBatch.id)).all()) == 1


def test_amount_and_day_suggest_and_a_person_decides(world: World) -> None:
    _request_id, voucher_id = make_vouchered(world)
    payment_id = pay(world, voucher_id, number="1001", paid_on=date(2026, 11, 10))
    done = load(
        world,
        NewLine(1, date(2026, 11, 20), -18_000, None, "ELM"),
        NewLine(2, date(2026, 11, 21), -18_000, None, "too late"),
        NewLine(3, date(2026, 11, 20), -18_001, None, "other amount"),
    )
    lines, total = bank.list_lines(done.batch_id)
    found = bank.suggest(lines, "Operating")
    assert total == 3
    assert [len(found[line.id]) for line in sorted(lines, key=lambda each: each.seq)] == [1, 0, 0]
    assert bank.suggest(lines, "Card")[lines[0].id] == []
    db.session.rollback()
    first = line_of(done.batch_id)
    for _ in range(2):
        reconcile.match_line(world.rex, line_id=first, payment_id=payment_id, now=NOW)
    for line_id, sentence in (
        (line_of(done.batch_id, 2), "matched to another line already"),
        (line_of(done.batch_id, 3), "The amounts differ"),
    ):
        with pytest.raises(NotAllowed, match=sentence):
            reconcile.match_line(world.rex, line_id=line_id, payment_id=payment_id, now=NOW)
    with pytest.raises(Conflict, match="decided already"):
        reconcile.set_line_aside(world.rex, line_id=first, note="fee", now=NOW)
    reconcile.unmatch_line(world.rex, line_id=first, now=NOW)
    with pytest.raises(InvalidInput, match="Write what this line is"):
        reconcile.set_line_aside(world.rex, line_id=first, note=" ", now=NOW)
    reconcile.set_line_aside(world.rex, line_id=first, note="Another office", now=NOW)
    with pytest.raises(Conflict):
        reconcile.match_line(world.rex, line_id=first, payment_id=payment_id, now=NOW)


def test_only_a_reconciler_touches_the_bank(world: World) -> None:
    done = load(world, NewLine(1, date(2026, 11, 24), -1, None, "x"))
    for who in (world.fay, world.pat, world.cal, world.dan):
        with pytest.raises(NotAllowed, match="Your role does not allow this."):
            reconcile.set_line_aside(who, line_id=line_of(done.batch_id), note="x", now=NOW)
    with pytest.raises(NotFound):
        reconcile.match_line(world.rex, line_id=uuid4(), payment_id=uuid4(), now=NOW)
    with pytest.raises(InvalidInput, match="Write which bank account"):
        load(world, NewLine(1, date(2026, 11, 24), -1, None, "x"), bank_account=" ")
    with pytest.raises(InvalidInput, match="No line of this file"):
        load(world)


def test_who_paid_does_not_match_it(world: World) -> None:
    both = Identity(world.rex.user_id, world.rex.name, world.rex.roles | {"payer"}, world.rex.permissions)
    _request_id, voucher_id = make_vouchered(world)
    payment_id = pay(world, voucher_id, number="1001", who=both)
    done = load(world, NewLine(1, date(2026, 11, 24), -18_000, "1001", "CHECK"), who=both)
    assert done.matched == 0
    with pytest.raises(NotAllowed, match="You made this payment, so somebody else must match it."):
        reconcile.match_line(both, line_id=line_of(done.batch_id), payment_id=payment_id, now=NOW)


def test_gaps_in_check_numbers_are_named(world: World) -> None:
    for number in ("1001", "1002", "1005", "A-7"):
        _request_id, voucher_id = make_vouchered(world, request_id=make_approved(world))
        pay(world, voucher_id, number=number)
    assert bank.list_gaps("Operating") == [(1003, 1004)]
    assert bank.list_gaps("Other") == []


def finish(world: World, request_id: UUID, **values: Any) -> None:
    """Finish a request, as Rex."""
    reconcile.reconcile_request(
        values.pop("who", world.rex),
        **{"request_id": request_id, "row_version": version_of(request_id), "key": key(), "now": NOW, **values},
    )


def test_a_request_is_finished_when_receipts_and_bank_agree(world: World) -> None:
    request_id, voucher_id = make_vouchered(world, cents=15_000, is_final=False)
    pay(world, voucher_id, number="1001")
    with pytest.raises(NotAllowed) as refused:
        finish(world, request_id)
    assert [str(each) for each in refused.value.reasons] == [
        "Receipts cover $0.00 of $150.00. Add receipts or an affidavit.",
        "A payment is not matched to the bank yet. Import the bank file and match it.",
    ]
    cover(world, request_id, voucher_id, 15_000)
    load(world, NewLine(1, date(2026, 11, 24), -15_000, "1001", "CHECK"))
    values = {"row_version": version_of(request_id), "key": key()}
    for _ in range(2):
        finish(world, request_id, **values)
    assert status_of(request_id) == "reconciled"
    assert money_of(request_id).held_cents == 0  # the $30.00 that nobody used are available again
    assert balance(world.lines["housing"], Account.AVAILABLE) == 85_000
    assert_books_tie_out()
    assert events_of("fund_request:reconciled")[0]["cents"] == 15_000
    line_id = line_of(db.session.scalars(select(ImportBatch.id)).one())
    with pytest.raises(NotAllowed, match="is finished, so the match stays"):
        reconcile.unmatch_line(world.rex, line_id=line_id, now=NOW)


def test_who_paid_does_not_finish_and_the_lane_takes_a_third_person(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)
    both = Identity(world.pat.user_id, world.pat.name, frozenset({"reconciler"}))
    with pytest.raises(NotAllowed, match="Who paid does not reconcile"):
        finish(world, request_id, who=both)
    with transaction() as session:  # the small-office lane: Sue approved and paid
        session.execute(update(Payment).values(paid_by=world.sue.user_id))
    facts = reconcile.reconcile_facts(world.rex, request_id)
    db.session.rollback()
    assert facts.needs_third_review
    with pytest.raises(NotFound):
        finish(world, request_id, who=user_of(MAX))
    with pytest.raises(NotAllowed, match="Only a reconciler can do this"):
        finish(world, request_id, who=world.fay)
    assert voucher_id


def test_a_payment_that_the_bank_made_is_not_voided(world: World) -> None:
    from funds.states import Action
    from tests.funds.paying import propose

    request_id, voucher_id = make_vouchered(world)
    pay(world, voucher_id, number="1001")
    load(world, NewLine(1, date(2026, 11, 24), -18_000, "1001", "CHECK"))
    with pytest.raises(NotAllowed, match="The bank paid this out. If money came back, enter a refund instead."):
        propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)


def test_what_lies_unused_expires_after_its_day(world: World) -> None:
    request_id = make_approved(world)
    expires = NOW + timedelta(days=60)
    with transaction() as session:
        session.execute(update(FundRequest).values(expires_on=date(2026, 12, 18)))
    before = expiring.expire_requests(DAILY, now=NOW + timedelta(days=29))
    assert before.expired == []
    assert [tell.kind for tell in before.to_tell] == ["expiry"]  # warned 7 days before, once
    assert expiring.expire_requests(DAILY, now=NOW + timedelta(days=29)).to_tell == []
    on_the_day = NOW + timedelta(days=30)
    dry = expiring.expire_requests(DAILY, now=on_the_day, is_dry_run=True)
    assert (dry.expired, status_of(request_id)) == (["FR-2026-0001"], "approved")
    assert expiring.expire_requests(DAILY, now=on_the_day).expired == ["FR-2026-0001"]
    assert expiring.expire_requests(DAILY, now=on_the_day).expired == []
    assert status_of(request_id) == "expired"
    assert balance(world.lines["housing"], Account.AVAILABLE) == 100_000
    assert len(events_of("fund_request:expired")) == 1
    assert expires > on_the_day
    assert_books_tie_out()


def test_a_paid_request_keeps_its_spending_when_the_rest_expires(world: World) -> None:
    request_id, voucher_id = make_vouchered(world, cents=5_000, is_final=False)
    pay(world, voucher_id)
    with transaction() as session:
        session.execute(update(FundRequest).values(expires_on=NOW.date()))
    assert expiring.expire_requests(DAILY, now=NOW).expired == ["FR-2026-0001"]
    assert (status_of(request_id), money_of(request_id).held_cents) == ("paid", 0)
    assert money_of(request_id).spent_cents == 5_000


def test_one_that_cannot_be_freed_keeps_no_other_back(world: World) -> None:
    make_approved(world)
    with transaction() as session:
        session.execute(update(FundRequest).values(expires_on=NOW.date()))
        session.execute(update(Period).values(status="closed"))
    assert expiring.expire_requests(DAILY, now=NOW).refused == ["FR-2026-0001"]


def test_receipts_are_reminded_of_and_marked_overdue(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)  # due on 18 December
    told = {}
    for days in (26, 27, 29, 30, 31, 37, 44, 60):
        run = expiring.expire_requests(DAILY, now=NOW + timedelta(days=days - 0))
        told[days] = [tell.kind for tell in run.to_tell]
        if days == 31:
            assert run.marked == ["FR-2026-0001"]
    assert [days for days, kinds in told.items() if kinds] == [27, 30, 37, 44]
    cover(world, request_id, voucher_id, 18_000)
    assert expiring.expire_requests(DAILY, now=NOW + timedelta(days=61)).cleared == ["FR-2026-0001"]


def test_the_command_says_what_it_does(world: World, app: Flask) -> None:
    make_approved(world)
    with transaction() as session:
        session.execute(update(FundRequest).values(expires_on=date(2020, 1, 1)))
    runner = app.test_cli_runner()
    said = runner.invoke(args=["funds", "expire", "--dry-run"]).output
    assert "FR-2026-0001: expired" in said and "Would free 1" in said
    assert payments  # the module that pays is loaded by the command's own imports
