"""What is posted to a soft-closed month: the page asks a fiscal approver why and keeps all input; nobody else may."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from care import vault
from core.db import db
from funds.actions import budgets, periods
from funds.models import FundRequestEvent, Payment, Period, Posting, Voucher
from tests.care.events import events_of
from tests.cast import Browser
from tests.conftest import SignIn
from tests.funds.books import World, make_approved, make_world
from tests.funds.paying import make_paid, make_vouchered
from tests.funds.views.pages import value_of
from tests.security.sites import frozen_clock

pytestmark = pytest.mark.one_database

JANUARY = datetime(2027, 1, 12, 15, 0, tzinfo=UTC)
WHY = "The invoice of December came in January"


@pytest.fixture
def world(app: Flask) -> Iterator[World]:
    """It is January 2027; the money stands in 2026, whose last month is soft-closed and whose lines are not carried."""
    made = make_world()
    with frozen_clock(JANUARY):
        yield made


def close_december(world: World) -> None:
    budgets.open_year(world.dan, code="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), now=JANUARY)
    december = db.session.scalar(select(Period.id).where(Period.starts_on == date(2026, 12, 1)))
    db.session.rollback()
    assert december is not None
    periods.set_period(
        world.fay, period_id=december, seen="open", status="soft_closed", reason="bank matched", now=JANUARY
    )


def send(browser: Browser, address: str, **fields: str) -> TestResponse:
    """The form of a page with its hidden values, as a browser sends it."""
    text = browser.get(address).text
    hidden = {name: value_of(text, name) for name in ("csrf_token", "key", "row_version")}
    return browser.post(address, data={**hidden, **fields})


def last_event(request_id: UUID) -> tuple[str, str]:
    """The words of a request's last event, and the reason code of its posting."""
    event = db.session.scalars(
        select(FundRequestEvent)
        .where(FundRequestEvent.fund_request_id == request_id)
        .order_by(FundRequestEvent.seq.desc())
    ).first()
    assert event is not None
    words = vault.open_fields([event])[event.id]
    code = db.session.scalar(select(Posting.reason_code).where(Posting.id == event.posting_id))
    db.session.rollback()
    return str(words.get("note", "")), str(code)


@pytest.mark.database
def test_a_fiscal_approver_says_why_and_loses_nothing(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    close_december(world)
    fay, address = sign_in_as("fay"), f"/fund/requests/{request_id}/voucher"
    assert "late_reason" not in fay.get(address).text
    asked = send(fay, address, voucher_id=str(request_id), cents="150", invoice_no="INV 7", is_final="y")
    assert asked.status_code == 422
    assert "This is posted to 2026-12, which is soft-closed. Write why it still belongs there." in asked.text
    assert re.search(r'name="invoice_no"[^>]*value="INV 7"', asked.text)
    assert re.search(r'name="cents"[^>]*value="150', asked.text)
    assert re.search(r'<input[^>]*name="is_final"[^>]*checked|<input[^>]*checked[^>]*name="is_final"', asked.text)
    assert "<textarea" in asked.text and 'name="late_reason"' in asked.text
    assert db.session.scalars(select(Voucher.id)).all() == []
    db.session.rollback()

    hidden = {name: value_of(asked.text, name) for name in ("csrf_token", "key", "row_version", "voucher_id")}
    typed = {"cents": "150", "invoice_no": "INV 7", "is_final": "y", "late_reason": WHY}
    done = fay.post(address, data={**hidden, **typed})
    assert done.status_code == 303
    assert last_event(request_id) == (WHY, "soft_closed")
    (event,) = events_of("fund_request:vouchered")
    assert event["soft_closed"] == "2026-12" and WHY not in str(event)
    assert WHY in fay.get(f"/fund/requests/{request_id}").text


def test_the_page_asks_in_spanish_too(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    close_december(world)
    address = f"/fund/requests/{request_id}/voucher"
    fay = sign_in_as("fay")
    fay.get("/start?lang=es")
    asked = send(fay, address, voucher_id=str(request_id), cents="150")
    assert asked.status_code == 422
    assert "Esto se registra en 2026-12, un mes cerrado provisionalmente." in asked.text
    assert "Por qué se registra en un mes que está cerrado provisionalmente" in asked.text


def test_a_refund_says_why_it_came_back_and_is_not_asked_again(world: World, sign_in_as: SignIn) -> None:
    request_id, voucher_id, _ = make_paid(world)
    close_december(world)
    fields = {"target": str(voucher_id), "cents": "20", "reason_code": "came_back", "note": "one chair"}
    assert send(sign_in_as("fay"), f"/fund/requests/{request_id}/refund", **fields).status_code == 303
    assert last_event(request_id) == ("one chair", "came_back")


def test_a_payer_is_told_who_may(world: World, sign_in_as: SignIn) -> None:
    """Whoever pays takes an open day: a reason of theirs opens nothing."""
    request_id, voucher_id = make_vouchered(world)
    close_december(world)
    pat, address = sign_in_as("pat"), f"/fund/requests/{request_id}/pay"
    with pat.session_transaction() as session:
        session["second_factor"] = {"pay": JANUARY.timestamp()}
    fields = {"payment_id": str(request_id), "voucher": str(voucher_id), "method": "check", "bank_account": "Operating"}
    asked = send(pat, address, **fields, number="1001", paid_on="12/15/2026", late_reason=WHY)
    assert asked.status_code == 422 and "only a fiscal approver posts to it, with a reason" in asked.text
    assert re.search(r'name="number"[^>]*value="1001"', asked.text)
    assert db.session.scalars(select(Payment.id)).all() == []
    db.session.rollback()
    assert send(pat, address, **fields, number="1001", paid_on="1/11/2027").status_code == 303
