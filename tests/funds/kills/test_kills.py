"""Workers of the real server are killed while people approve, make vouchers and pay.

Nothing acknowledged is lost, nothing is done twice, nothing is half done, nobody meets an error page. `KILLS=200` kills
as often in each part; `make test` less.
"""

from __future__ import annotations

import http.client
import os
import time
import urllib.request
from collections import Counter
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import db
from funds import checks, ledger, queries
from funds.ledger import Account, Key
from funds.models import FundRequestEvent, Payment, Posting, Transfer, Voucher
from tests.cast import FAY, FLO, PAT, Person, give_second_factor
from tests.conftest import BringBack, Database
from tests.funds.books import World, make_approved, make_world, version_of
from tests.funds.kills.client import Form, Presser
from tests.funds.kills.harness import press_and_kill, served
from tests.funds.waiting import ONE_TIER, Waiting

KILLS = int(os.environ.get("KILLS", "6"))
APPROVED = 12
BILL_CENTS = 1_000
PAX = Person("Pax Moss", "payer")


def test_kills_during_approvals(waiting: Waiting, _application: tuple[Flask, Database], tmp_path: Path) -> None:
    forms = [
        Form.new(f"/fund/requests/{request_id}/decide", request_id, version, lane="", cents="", note="")
        for request_id, version in waiting.requests
    ]
    with served(_application[1], tmp_path) as (address, parent):
        people = [Presser(address, *each) for each in waiting.phones]
        for person in people:
            person.sign_in()
        work = [(person, forms[number :: len(people)]) for number, person in enumerate(people)]
        killed = press_and_kill(work, parent, KILLS)
    report("approvals", people, killed)
    assert_nothing_lost(people, forms)
    assert postings("hold") == {form.subject: 1 for form in forms}
    assert checks.verify_ledger() == []


@pytest.fixture
def approved(bring_back: BringBack, _application: tuple[Flask, Database]) -> tuple[World, list[UUID], dict[str, str]]:
    """Requests with money held, and who makes vouchers and pays, with their phones."""

    def make() -> tuple[World, list[UUID], dict[str, str]]:
        world = make_world(cents=1_000_000, tiers=ONE_TIER)
        requests = [make_approved(world, cents=2 * BILL_CENTS) for _ in range(APPROVED)]
        security = _application[0].extensions["security"]
        return world, requests, {who.name: give_second_factor(who, security) for who in (FAY, FLO, PAT, PAX)}

    return bring_back("approved", make)


def test_kills_during_vouchers_and_payments(
    approved: tuple[World, list[UUID], dict[str, str]], _application: tuple[Flask, Database], tmp_path: Path
) -> None:
    _world, requests, phones = approved
    bills = [voucher_form(request_id, number) for number, request_id in enumerate(requests)]
    with served(_application[1], tmp_path) as (address, parent):

        def signed_in(*who: Person) -> list[Presser]:
            people = [Presser(address, each, phones[each.name]) for each in who]
            for person in people:
                person.sign_in()
            return people

        makers = signed_in(FAY, FLO)
        killed = press_and_kill([(makers[0], bills[::2]), (makers[1], bills[1::2])], parent, KILLS)
        report("vouchers", makers, killed)
        payments = [payment_form(bill, number) for number, bill in enumerate(bills)]
        payers = signed_in(PAT, PAX)
        killed = press_and_kill([(payers[0], payments[::2]), (payers[1], payments[1::2])], parent, KILLS)
        report("payments", payers, killed)
    assert_nothing_lost(makers, bills)
    assert_nothing_lost(payers, payments)
    assert postings("voucher") == postings("pay") == {form.subject: 1 for form in bills}
    assert rows(select(Voucher.status, Voucher.cents)) == [("paid", BILL_CENTS)] * APPROVED
    paid = rows(select(Payment.number, Payment.voucher_id, Payment.status, Payment.cents))
    assert Counter(row.number for row in paid) == Counter(form.fields["number"] for form in payments)
    assert {row.number: str(row.voucher_id) for row in paid} == {
        form.fields["number"]: form.fields["voucher"] for form in payments
    }
    assert {(row.status, row.cents) for row in paid} == {("issued", BILL_CENTS)}
    cash = rows(select(Transfer.amount_cents).join(Posting, Posting.id == Transfer.posting_id).where(
        Posting.kind == "pay"))  # fmt: skip
    assert [row.amount_cents for row in cash] == [BILL_CENTS] * APPROVED
    assert checks.verify_ledger() == []


class Trusting:
    """Presses without signing in, and counts what was acknowledged."""

    def __init__(self, address: str) -> None:
        self._address = address
        self.answers = self.retries = 0

    def press(self, form: Form) -> None:
        """Send it once; an answer that is cut off is not sent again."""
        try:
            with urllib.request.urlopen(f"{self._address}{form.path}", b"", timeout=20) as answer:
                assert answer.status == 200
        except (OSError, http.client.HTTPException):
            self.retries += 1
            time.sleep(0.02)
        else:
            self.answers += 1


def test_control_a_page_that_answers_before_it_writes_loses(
    approved: tuple[World, list[UUID], dict[str, str]], _application: tuple[Flask, Database], tmp_path: Path
) -> None:
    """The same kills find it: more was acknowledged than stands in the books."""
    line = approved[0].lines["housing"]
    key = Key(Account.AVAILABLE, line)
    account, before = queries.account_ids(ledger.hold(line, 1).moves)[key], queries.list_balances()[key]
    db.session.rollback()
    with served(_application[1], tmp_path, program="tests.funds.kills.naive:app", page="/") as (address, parent):
        people = [Trusting(address) for _ in range(2)]
        form = Form.new(f"/add/{account}", line, 0)
        press_and_kill([(person, [form]) for person in people], parent, KILLS)
        time.sleep(0.5)  # whatever lived on has written by now
    written = queries.list_balances()[key] - before
    db.session.rollback()
    assert 0 < written < sum(person.answers for person in people)


def voucher_form(request_id: UUID, number: int) -> Form:
    return Form.new(
        f"/fund/requests/{request_id}/voucher",
        request_id,
        version_of(request_id),
        voucher_id=str(uuid4()),
        cents="10.00",
        invoice_no=f"INV {number}",
    )


def payment_form(bill: Form, number: int) -> Form:
    return Form.new(
        f"/fund/requests/{bill.subject}/pay",
        bill.subject,
        version_of(bill.subject),
        payment_id=str(uuid4()),
        voucher=bill.fields["voucher_id"],
        method="check",
        bank_account="Operating",
        number=str(1000 + number),
    )


def report(part: str, people: list[Presser], killed: int) -> None:
    """Shown with `pytest -s`; and without kills or cut-off answers nothing was tried."""
    retries = sum(person.retries for person in people)
    print(f"{part}: {killed} kills, {retries} retries, {sum(person.answers for person in people)} answers")
    assert killed >= KILLS
    assert retries > 0, "no answer was ever cut off, so nothing was tried"


def assert_nothing_lost(people: list[Presser], forms: list[Form]) -> None:
    """Every form was acknowledged in the end, none refused, and each key that was acknowledged stands in the books."""
    assert [each for person in people for each in person.refused] == []
    acknowledged = {subject: key for person in people for subject, key in person.acknowledged.items()}
    assert acknowledged == {form.subject: form.fields["key"] for form in forms}
    keys = Counter(row.idempotency_key for row in rows(select(FundRequestEvent.idempotency_key)))
    assert {keys[key] for key in acknowledged.values()} == {1}


def postings(kind: str) -> dict[UUID, int]:
    """How many postings of a kind each request has."""
    found = Counter(row.fund_request_id for row in rows(select(Posting.fund_request_id).where(Posting.kind == kind)))
    return dict(found)


def rows(statement: Any) -> list[Any]:
    found = list(db.session.execute(statement))
    db.session.rollback()
    return found
