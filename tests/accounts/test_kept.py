"""A form that is sent after sign-in ran out, or after a code did: offered again to who typed it, and to nobody else."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from accounts import kept
from accounts.models import KeptForm
from core import clock
from core.db import db
from core.errors import NotFound
from tests.cast import PASSWORD, Browser, code_at
from tests.conftest import SignIn
from tests.funds.books import World, make_approved, make_submitted, make_world, status_of
from tests.funds.paying import make_vouchered
from tests.funds.views.pages import plain, value_of
from tests.security.sites import frozen_clock

pytestmark = pytest.mark.one_database

WORDS = "She moves on Friday & needs the bed <tonight>"


@pytest.fixture
def world(app: Flask) -> World:
    """Ana with her people, a fund with $1,000.00 in each line."""
    return make_world()


def hidden_of(text: str) -> dict[str, str]:
    """Every hidden field of the kept form's page."""
    found = {}
    for tag in re.findall(r'<input type="hidden"[^>]*>', text.split("<main")[1]):
        name, value = re.search(r'name="([^"]*)"', tag), re.search(r'value="([^"]*)"', tag, re.DOTALL)
        if name and value:
            found[name[1]] = html.unescape(value[1])
    return found


def sign_in_again(browser: Browser, refused: TestResponse, email: str) -> TestResponse:
    """Follow the button of the page that says so, with a code where one is asked; answers the page it leads to."""
    address = re.search(r'href="(/sign-in\?next=[^"]*)"', refused.text)
    assert address, refused.text
    answer = browser.send(html.unescape(address[1]), email=email, password=PASSWORD)
    if "/sign-in/code" in answer.location:
        answer = browser.send(answer.location, code=code_at(browser.phone, clock.now_utc()))
    assert answer.location.startswith("/kept/"), answer.location
    return browser.get(answer.location)


def test_a_decision_typed_before_the_time_out_is_offered_again(world: World, sign_in_as: SignIn) -> None:
    request_id = make_submitted(world)
    sue, address = sign_in_as("sue"), f"/fund/requests/{request_id}/return"
    with sue.session_transaction() as session:
        session["second_factor"] = {"approve": clock.now_utc().timestamp()}
    page = sue.get(f"/fund/requests/{request_id}/decide").text
    typed = {name: value_of(page, name) for name in ("csrf_token", "key", "row_version")}
    with frozen_clock(clock.now_utc() + timedelta(minutes=20)):
        refused = sue.post(address, data={**typed, "reason_code": "papers", "words": WORDS})
        assert refused.status_code == 401
        assert "What you typed is kept for an hour" in refused.text and WORDS.split(" &")[0] not in refused.text
        assert status_of(request_id) == "submitted"
        (sealed,) = db.session.scalars(select(KeptForm.sealed)).all()
        db.session.rollback()
        assert b"Friday" not in sealed
        again = sign_in_again(sue, refused, "sue@example.org")
        assert WORDS in plain(again.text)
        fields = hidden_of(again.text)
        assert fields["words"] == WORDS and fields["key"] == typed["key"]
        done = sue.post(address, data=fields)
        assert (done.status_code, status_of(request_id)) == (303, "returned")


def test_a_payment_typed_before_the_code_ran_out_is_offered_again(world: World, sign_in_as: SignIn) -> None:
    request_id, voucher_id = make_vouchered(world)
    pat, address = sign_in_as("pat"), f"/fund/requests/{request_id}/pay"
    with pat.session_transaction() as session:
        session["second_factor"] = {"pay": clock.now_utc().timestamp()}
    page = pat.get(address).text
    typed = {name: value_of(page, name) for name in ("csrf_token", "key", "row_version", "payment_id")}
    typed |= {"voucher": str(voucher_id), "method": "check", "bank_account": "Operating", "number": "1001"}
    with frozen_clock(clock.now_utc() + timedelta(minutes=6)):
        asked = pat.post(address, data=typed)
        assert asked.status_code == 303 and asked.location.startswith("/confirm/pay?next=/kept/")
        given = pat.send(asked.location, code=code_at(pat.phone, clock.now_utc()))
        assert given.location.startswith("/kept/")
        fields = hidden_of(pat.get(given.location).text)
        assert fields["number"] == "1001"
        assert pat.post(address, data=fields).status_code == 303
    assert status_of(request_id) == "paid"


@pytest.mark.database
def test_nobody_else_and_nobody_later_opens_it(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    fay, cal = sign_in_as("fay"), sign_in_as("cal")
    page = fay.get(f"/fund/requests/{request_id}/voucher").text
    typed = {name: value_of(page, name) for name in ("csrf_token", "key", "row_version", "voucher_id")}
    now = clock.now_utc()
    with frozen_clock(now + timedelta(minutes=11)):
        assert fay.post(f"/fund/requests/{request_id}/voucher", data={**typed, "cents": "5"}).status_code == 401
        address = f"/kept/{kept_id()}"
        assert cal.get(address).status_code == 404
        assert "/sign-in" in fay.get(address).location
    assert kept.open_form(world.fay, kept_id(), now + timedelta(minutes=70)).address.endswith("/voucher")
    with pytest.raises(NotFound):
        kept.open_form(world.fay, kept_id(), now + timedelta(minutes=72))
    db.session.rollback()


def test_a_form_from_elsewhere_and_a_password_are_not_kept(world: World, sign_in_as: SignIn) -> None:
    """Without the page's token nothing is kept, so that nobody else can lay words before a person."""
    request_id = make_approved(world)
    fay = sign_in_as("fay")
    with frozen_clock(clock.now_utc() + timedelta(minutes=11)):
        fay.post(f"/fund/requests/{request_id}/voucher", data={"cents": "5", "csrf_token": "wrong"})
        fay.post("/profile/password", data={"password": "secret words", "new_password": "other words"})
    assert db.session.scalars(select(KeptForm.id)).all() == []
    db.session.rollback()


def leave(browser: Browser, address: str, how: str, typed: dict[str, str]) -> TestResponse:
    """What the timer of a page sends when time is up: after asking how much time is left."""
    poll = {"X-Goldthread-Poll": "1"}
    assert browser.get("/session/time", headers=poll).status_code == 303
    return browser.post(address, data=typed, headers={"X-Goldthread-Keep": how, **poll})


def test_what_stood_in_a_form_when_its_page_left_is_offered_again(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    fay, address = sign_in_as("fay"), f"/fund/requests/{request_id}/voucher"
    page = fay.get(address).text
    typed = {name: value_of(page, name) for name in ("csrf_token", "key", "row_version", "voucher_id")}
    typed |= {"cents": "150", "invoice_no": "INV 7"}
    with frozen_clock(clock.now_utc() + timedelta(minutes=11)):
        left = leave(fay, address, "send", typed)
        assert (left.status_code, status_of(request_id)) == (401, "approved")
        onward = left.headers["X-Goldthread-Kept"]
        answer = fay.send(f"/sign-in?next={onward}", email="fay@example.org", password=PASSWORD)
        answer = fay.send(answer.location, code=code_at(fay.phone, clock.now_utc()))
        assert answer.location == onward
        fields = hidden_of(fay.get(onward).text)
        assert (fields["invoice_no"], fields["cents"]) == ("INV 7", "150")
        assert fay.post(address, data=fields).status_code == 303
    assert status_of(request_id) == "voucher"


def test_a_form_with_several_buttons_is_only_read_again(world: World, sign_in_as: SignIn) -> None:
    """A timer pressed none of them: to send the form would choose one for its person."""
    request_id = make_submitted(world)
    sue, address = sign_in_as("sue"), f"/fund/requests/{request_id}/return"
    with sue.session_transaction() as session:
        session["second_factor"] = {"approve": clock.now_utc().timestamp()}
    page = sue.get(f"/fund/requests/{request_id}/decide").text
    typed = {name: value_of(page, name) for name in ("csrf_token", "key", "row_version")}
    with frozen_clock(clock.now_utc() + timedelta(minutes=20)):
        onward = leave(sue, address, "read", {**typed, "words": WORDS}).headers["X-Goldthread-Kept"]
        answer = sue.send(f"/sign-in?next={onward}", email="sue@example.org", password=PASSWORD)
        sue.send(answer.location, code=code_at(sue.phone, clock.now_utc()))
        shown = sue.get(onward).text
    assert WORDS in plain(shown) and "Send it now" not in shown and f'action="{address}"' not in shown


def test_a_form_that_a_timer_sends_is_never_carried_out(world: World, sign_in_as: SignIn) -> None:
    """Another tab kept the session alive, or the clock of the machine is wrong: nothing happens, nothing is kept."""
    request_id = make_approved(world)
    fay, address = sign_in_as("fay"), f"/fund/requests/{request_id}/voucher"
    page = fay.get(address).text
    typed = {name: value_of(page, name) for name in ("csrf_token", "key", "row_version", "voucher_id")}
    kept_alive = fay.post(address, data={**typed, "cents": "150"}, headers={"X-Goldthread-Keep": "send"})
    assert (kept_alive.status_code, status_of(request_id)) == (204, "approved")
    assert "X-Goldthread-Kept" not in kept_alive.headers
    with frozen_clock(clock.now_utc() + timedelta(minutes=11)):
        foreign = {**typed, "csrf_token": "wrong", "cents": "150"}
        assert "X-Goldthread-Kept" not in leave(fay, address, "send", foreign).headers
    assert db.session.scalars(select(KeptForm.id)).all() == []
    db.session.rollback()


def kept_id() -> UUID:
    """The only kept form."""
    found = db.session.scalars(select(KeptForm.id)).one()
    db.session.rollback()
    return found
