"""From approval to finished through the pages, by four people; what is refused stays typed; each page opens."""

from __future__ import annotations

import io
import re
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.clock import now_utc
from core.db import db
from funds.actions import advances, custody
from funds.models import Advance, BankLine, Document, Instrument, Payee, Payment, Voucher
from funds.states import Action
from tests.builders import NOW
from tests.care.events import events_of
from tests.cast import Browser
from tests.conftest import SignIn
from tests.funds.books import World, make_approved, make_world, status_of, version_of
from tests.funds.paying import key, make_paid, make_vouchered, pay, propose
from tests.funds.pictures import picture

pytestmark = pytest.mark.one_database


@pytest.fixture
def world(app: Flask) -> World:
    """Ana with her people, a fund with $1,000.00 in each line."""
    return make_world()


def fresh(browser: Browser) -> Browser:
    """The same browser with a code given just now for moving money."""
    with browser.session_transaction() as session:
        session["second_factor"] = {"pay": now_utc().timestamp()}
    return browser


def send(browser: Browser, address: str, *, to: str | None = None, **fields: Any) -> TestResponse:
    """Send a page's form as a browser does, with what it holds hidden."""
    page = browser.get(address).text.split("<main")[1]
    start = page.index(f'action="{to}"') if to else 0
    hidden: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*type=\"hidden\"[^>]*>", page[start:]):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value and name[1] not in hidden:
            hidden[name[1]] = value[1]
    return browser.post(to or address, data={**hidden, **fields}, content_type="multipart/form-data")


def one(model: Any, column: Any = None) -> Any:
    """The only row's id, or another column."""
    found = db.session.scalars(select(column if column is not None else model.id)).one()
    db.session.rollback()
    return found


@pytest.mark.database
def test_from_voucher_to_finished_by_four_people(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    fay, pat, rex, cal = (sign_in_as(each) for each in ("fay", "pat", "rex", "cal"))
    assert "Approved, without a voucher yet" in fay.get("/fund/to-pay").text
    done = send(fay, f"/fund/requests/{request_id}/voucher", cents="150", invoice_no="INV 7", is_final="y")
    assert (done.status_code, status_of(request_id)) == (303, "voucher")

    queue = pat.get("/fund/to-pay").text
    assert "1 voucher waits for payment" in queue and "Elm Street Furniture" in queue
    assert "A bed" not in queue  # who pays needs number, payee and amount
    assert "/confirm/pay" in pat.get(f"/fund/requests/{request_id}/pay").location
    fresh(pat)
    done = send(
        pat,
        f"/fund/requests/{request_id}/pay",
        voucher=str(one(Voucher)),
        method="check",
        bank_account="Operating",
        number="1001",
    )
    assert (done.status_code, status_of(request_id)) == (303, "paid")

    address = f"/fund/requests/{request_id}/papers"
    done = send(
        cal, address, photo=(io.BytesIO(picture()), "IMG_1.jpg"), kind="receipt", vendor="Elm", total="150",
        dated_on="11/20/2026",
    )  # fmt: skip
    assert done.status_code == 303
    document_id = one(Document)

    page = f"/fund/requests/{request_id}/reconcile"
    text = rex.get(page).text
    assert "Receipts cover $0.00 of $150.00" in text and "not matched to the bank yet" in text
    accepted = send(rex, page, to=f"/fund/papers/{document_id}/accept", target=str(one(Voucher)), cents="150")
    assert accepted.status_code == 303

    csv = "Date,Description,Check Number,Amount\n11/24/2026,CHECK,1001,-150.00\n11/25/2026,FEE,,-2.00\nx,y,,z\n"
    fields: dict[str, Any] = {
        "fund": str(world.fund_id),
        "bank_account": "Operating",
        "file": (io.BytesIO(csv.encode()), "b.csv"),
    }
    looked = send(rex, "/fund/bank/new", do="look", **fields)
    assert looked.status_code == 200
    assert "2 lines can be read" in looked.text and "Line 4 was left out" in looked.text
    chosen = {"on": "0", "words": "1", "number": "2", "amount": "3"}
    fields = {"fund": str(world.fund_id), "bank_account": "Operating", "text": csv, **chosen}
    imported = send(rex, "/fund/bank/new", do="import", **fields)
    assert imported.status_code == 303
    assert "1 lines matched" in rex.get(imported.location).text
    line_id = db.session.scalars(select(BankLine.id).where(BankLine.cents == -200)).one()
    db.session.rollback()
    assert send(rex, imported.location, to=f"/fund/bank/lines/{line_id}/aside", note="Bank fee").status_code == 303
    assert "Bank fee" in rex.get(imported.location).text

    assert "Ready to finish" in rex.get("/fund/to-reconcile").text
    assert send(rex, page).status_code == 303
    assert status_of(request_id) == "reconciled"


def test_what_is_refused_stays_typed(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    fay = sign_in_as("fay")
    refused = send(fay, f"/fund/requests/{request_id}/voucher", cents="180.01", invoice_no="INV 7")
    assert refused.status_code == 422
    assert "$180.00 of this request is held and free" in refused.text
    assert 'value="180.01"' in refused.text and 'value="INV 7"' in refused.text
    make_vouchered(world, request_id=request_id, invoice_no="INV 7")
    other = make_approved(world)
    refused = send(fay, f"/fund/requests/{other}/voucher", cents="180", invoice_no="inv-7")
    assert "stands in FR-2026-0001 already" in refused.text
    again = send(
        fay, f"/fund/requests/{other}/voucher", cents="180", invoice_no="inv-7", repeat_reason="Numbers start anew"
    )
    assert again.status_code == 303


@pytest.mark.database
def test_a_void_goes_from_payer_to_director(world: World, sign_in_as: SignIn) -> None:
    request_id, voucher_id = make_vouchered(world)
    pat, dan = sign_in_as("pat"), fresh(sign_in_as("dan"))
    asked = send(
        pat,
        f"/fund/requests/{request_id}/undo",
        action="void",
        target=str(voucher_id),
        reason_code="not_needed",
        note="Bought elsewhere",
    )
    assert asked.status_code == 303
    assert "Steps that wait for a second person" in dan.get("/fund/to-pay").text
    proposal = re.search(r"/fund/proposals/[0-9a-f-]{36}", dan.get("/fund/to-pay").text)
    assert proposal
    assert "Bought elsewhere" in dan.get(proposal[0]).text
    assert "a second person must do it" in fresh(pat).get(proposal[0]).text
    assert send(dan, proposal[0]).status_code == 303
    assert status_of(request_id) == "voided"
    assert send(dan, proposal[0]).status_code == 422  # decided already


def test_an_amount_is_asked_only_where_one_is_needed(world: World, sign_in_as: SignIn) -> None:
    address = f"/fund/requests/{make_paid(world)[0]}/undo"
    assert 'name="cents"' not in sign_in_as("pat").get(address).text  # a payer voids, the whole of it
    assert 'name="cents"' in sign_in_as("fay").get(address).text  # so much is disallowed


@pytest.mark.database
def test_a_refund_and_a_failure_by_their_pages(world: World, sign_in_as: SignIn) -> None:
    request_id, voucher_id, payment_id = make_paid(world)
    fay, pat = sign_in_as("fay"), fresh(sign_in_as("pat"))
    page = f"/fund/requests/{request_id}/refund"
    refused = send(fay, page, target=str(voucher_id), cents="200", reason_code="came_back")
    assert "At most $180.00 of it can come back." in refused.text
    assert send(pat, f"/fund/payments/{payment_id}/failed", reason_code="lost").status_code == 303
    pay(world, voucher_id)
    assert send(fay, page, target=str(voucher_id), cents="20", reason_code="came_back").status_code == 303
    text = fay.get(f"/fund/vouchers/{voucher_id}").text
    assert "$160.00" in text and "failed" in text


@pytest.mark.database
def test_an_advance_by_its_pages(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    fay, rex = sign_in_as("fay"), sign_in_as("rex")
    page = f"/fund/requests/{request_id}/advance"
    empty = fay.get(page).text
    assert "No card or pass of this fund is in the safe." in empty
    assert re.search(r'value="petty_cash"[^>]* checked|checked[^>]* value="petty_cash"', empty)
    refused = send(fay, page, method="gift_card", cents="50", holder=str(world.cal.user_id))
    assert "Choose the card or pass from the register." in refused.text
    assert send(fay, page, method="petty_cash", cents="50", holder=str(world.cal.user_id)).status_code == 303
    advance_id = one(Advance)
    text = rex.get(f"/fund/requests/{request_id}/reconcile").text
    assert "$50.00 is still out" in text
    refused = send(rex, f"/fund/requests/{request_id}/reconcile", to=f"/fund/advances/{advance_id}/cover", cents="50")
    assert "Accepted receipts cover $0.00 more of this advance" in refused.text
    back = send(rex, f"/fund/requests/{request_id}/reconcile", to=f"/fund/advances/{advance_id}/return", cents="50")
    assert back.status_code == 303


def test_a_payee_by_its_pages(world: World, sign_in_as: SignIn) -> None:
    cal, fay = sign_in_as("cal"), sign_in_as("fay")
    refused = send(cal, "/fund/payees/new", name="Oak Bikes", kind="vendor", user="", tax_class="", tin="123-45-6789")
    assert "This looks like a Social Security number" in refused.text and 'value="Oak Bikes"' in refused.text
    fields = {"user": "", "tin": "12-3456789", "routing": "021000021", "account": "0004455", "tax_class": "corporation"}
    assert send(cal, "/fund/payees/new", name="Oak Bikes", kind="vendor", **fields).status_code == 303
    payee_id = db.session.scalars(select(Payee.id).where(Payee.name == "Oak Bikes")).one()
    db.session.rollback()
    page = f"/fund/payees/{payee_id}"
    assert "so a second person verifies it" in cal.get(page).text
    assert "3456789" not in fay.get(page).text
    assert "/confirm/pay" in fay.get(f"{page}/verify").location
    shown = fresh(fay).get(f"{page}/verify").text
    assert "12-3456789" in shown and "0004455" in shown
    assert len(events_of("payee:opened")) == 1
    assert send(fay, f"{page}/verify").status_code == 303
    w9 = {"received_on": "11/2/2026", "document": (io.BytesIO(picture(7)), "w9.jpg")}
    assert send(cal, page, to=f"{page}/w9", **w9).status_code == 303
    assert "valid" in fay.get(page).text
    assert sign_in_as("rex").get("/fund/payees").status_code == 403


def test_cards_by_their_pages(world: World, sign_in_as: SignIn) -> None:
    fay, pat, cal = sign_in_as("fay"), sign_in_as("pat"), sign_in_as("cal")
    fields = {"fund": str(world.fund_id), "kind": "gift_card", "label": "Grocery card", "value": "50"}
    refused = send(fay, "/fund/cards/new", number="6006491234567890", second="", **fields)
    assert "Choose the second person" in refused.text and 'value="Grocery card"' in refused.text
    done = send(fay, "/fund/cards/new", number="6006491234567890", second=str(world.pat.user_id), **fields)
    assert done.status_code == 303
    card_id = one(Instrument)
    page = f"/fund/cards/{card_id}"
    assert send(pat, page, to=f"{page}/receive").status_code == 303
    assert "…7890" in fay.get("/fund/cards").text and "6006" not in fay.get(page).text.split("<main")[1]
    request_id = make_approved(world)
    advances.issue_advance(
        world.fay, request_id=request_id, row_version=version_of(request_id), advance_id=uuid4(), method="gift_card",
        cents=5_000, holder_id=UUID(str(world.cal.user_id)), instrument_id=card_id, key=key(), now=NOW,
    )  # fmt: skip
    assert send(cal, page, to=f"{page}/acknowledge").status_code == 303
    assert sign_in_as("sue").get(page).status_code == 404  # neither hers nor does she keep the books
    assert "Nothing should be in the safe" in fay.get("/fund/cards/count").text
    assert custody.KINDS


def test_papers_are_opened_by_who_may_and_can_do_nothing(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    cal, pat = sign_in_as("cal"), sign_in_as("pat")
    address = f"/fund/requests/{request_id}/papers"
    nothing = send(cal, address, kind="receipt", vendor="Elm")
    assert "Take a photo or choose a file first." in nothing.text and 'value="Elm"' in nothing.text
    wrong = send(cal, address, kind="receipt", files=(io.BytesIO(b"<svg>"), "a.svg"))
    assert "This is no JPEG, PNG or WebP picture and no PDF" in wrong.text
    two = [(io.BytesIO(picture(1)), "a.jpg"), (io.BytesIO(picture(2)), "b.jpg")]
    assert send(cal, address, kind="receipt", files=two).status_code == 303
    again = send(cal, address, kind="receipt", files=(io.BytesIO(picture(1)), "a.jpg"))
    assert "The very same file was sent on" in again.text
    document_id = db.session.scalars(select(Document.id)).first()
    db.session.rollback()
    got = cal.get(f"/fund/papers/{document_id}/file")
    assert got.data.startswith(b"\xff\xd8") and "sandbox" in got.headers["Content-Security-Policy"]
    assert got.headers["Content-Disposition"].startswith("attachment") and got.headers["Cache-Control"] == "no-store"
    assert pat.get(f"/fund/papers/{document_id}/file").status_code == 404
    assert "does not open this paper" in pat.get(f"/fund/papers/{document_id}").text
    assert sign_in_as("max").get(f"/fund/papers/{document_id}").status_code == 404
    assert len(events_of("fund_document:opened")) == 1


def test_only_who_may_add_a_paper_is_shown_the_form(world: World, sign_in_as: SignIn) -> None:
    request_id = make_vouchered(world)[0]
    for name, is_shown in (("cal", True), ("fay", True), ("pat", False), ("rex", False), ("dan", False)):
        browser = sign_in_as(name)
        on_request = browser.get(f"/fund/requests/{request_id}").text
        assert (f'href="/fund/requests/{request_id}/papers"' in on_request) is is_shown, name
        for address, box in (("papers", 'name="photo"'), ("affidavit", 'name="dated_on"')):
            page = browser.get(f"/fund/requests/{request_id}/{address}").text
            assert (box in page) is is_shown, (name, address)
            assert ("You cannot do this with this request" in page) is not is_shown, (name, address)


def test_who_may_disallow_finds_the_page(world: World, sign_in_as: SignIn) -> None:
    """Of a paid request fiscal staff and director may disallow: the request's page leads there."""
    request_id = make_paid(world)[0]
    for name, is_shown in (("fay", True), ("dan", True), ("pat", True), ("cal", False), ("rex", False)):
        page = sign_in_as(name).get(f"/fund/requests/{request_id}").text
        assert (f'href="/fund/requests/{request_id}/undo"' in page) is is_shown, name
        assert "Make a voucher" not in page and "Give out an advance" not in page, name  # nothing is held any more


def test_an_affidavit_by_its_pages(world: World, sign_in_as: SignIn) -> None:
    request_id, _voucher_id, _payment_id = make_paid(world)
    cal, sue = sign_in_as("cal"), sign_in_as("sue")
    address = f"/fund/requests/{request_id}/affidavit"
    refused = send(cal, address, cents="15", words="Washed in a pocket")
    assert "Write the day of the purchase" in refused.text and "Washed in a pocket" in refused.text
    done = send(cal, address, cents="15", words="Washed in a pocket", dated_on="11/20/2026", vendor="Corner store")
    assert done.status_code == 303
    page = f"/fund/papers/{one(Document)}"
    assert "Washed in a pocket" in sue.get(page).text
    assert send(sue, page, to=f"{page}/sign").status_code == 303
    assert "Signed also by" in cal.get(page).text


def test_the_start_page_counts_what_waits(world: World, sign_in_as: SignIn) -> None:
    make_vouchered(world)
    request_id, voucher_id = make_vouchered(world, request_id=make_approved(world))
    propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)
    assert re.search(r">2</span> <span[^>]*>Vouchers to pay<", sign_in_as("pat").get("/start").text)
    assert "Steps that wait for a second person" in sign_in_as("dan").get("/start").text
    assert "Requests to reconcile" in sign_in_as("rex").get("/start").text
    assert "Payees to verify" in sign_in_as("fay").get("/start").text


def test_another_coordinator_finds_none_of_it(world: World, sign_in_as: SignIn) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)
    somebody = sign_in_as("max")
    for address in (f"/fund/requests/{request_id}/papers", f"/fund/vouchers/{voucher_id}"):
        assert somebody.get(address).status_code == 404
    assert str(voucher_id) not in somebody.get("/fund/to-pay").text
    for address in (f"/fund/requests/{request_id}/voucher", "/fund/bank/new", "/fund/cards"):
        assert somebody.get(address).status_code == 403
    assert one(Payment)
