"""The pages of accounts: one's own, and those of an administrator."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from accounts import queries
from accounts.rules import ROLE_NAMES
from core import clock
from core.db import db
from tests.cast import CAL, CAST, MAX, STELLA, Browser, code_at, make_user

pytestmark = pytest.mark.one_database

SignIn = Callable[[str], Browser]


def confirm(browser: Browser, address: str) -> str:
    """Go to a page that asks for a one-time code, and give the next one; answers where it leads."""
    asked = browser.get(address)
    assert asked.location.startswith("/confirm/roles?next="), asked.status_code
    code = code_at(browser.phone, clock.now_utc() + timedelta(seconds=30))  # the present one was used to sign in
    answer = browser.send(asked.location, code=code)
    assert answer.status_code == 303, answer.text
    return answer.location


@pytest.mark.parametrize("name", sorted(CAST))
def test_everybody_has_a_start_page_and_a_profile(sign_in_as: SignIn, name: str) -> None:
    browser = sign_in_as(name)
    for address in ("/start", "/profile"):
        page = browser.get(address)
        assert page.status_code == 200 and CAST[name].name in page.text


def test_profile_saves_name_and_language(sign_in_as: SignIn) -> None:
    browser = sign_in_as("stella")
    assert browser.send("/profile", name="Stella M. Marsh", language="es").location == "/profile"
    page = browser.get("/profile")
    assert "Stella M. Marsh" in page.text and '<html lang="es">' in page.text


@pytest.mark.parametrize(("name", "sentence"), [("", "Write a name."), ("x" * 101, "100"), ("\x07", "Write a name.")])
def test_senseless_name_is_refused_beside_its_field(sign_in_as: SignIn, name: str, sentence: str) -> None:
    page = sign_in_as("stella").send("/profile", name=name, language="en")
    assert page.status_code == 200 and sentence in page.text and 'aria-invalid="true"' in page.text


@pytest.mark.database
def test_signing_out_everywhere_ends_the_other_device(sign_in_as: SignIn) -> None:
    here, elsewhere = sign_in_as("stella"), sign_in_as("stella")
    assert here.send("/profile/end-sessions", page="/profile").location == "/sign-in"
    assert [browser.get("/start").status_code for browser in (here, elsewhere)] == [303, 303]


@pytest.mark.parametrize("name", ["stella", "cal", "ada", "fay", "ana"])
def test_only_an_administrator_sees_users(sign_in_as: SignIn, name: str) -> None:
    browser, other = sign_in_as(name), make_user(MAX)
    addresses = ("/users", "/users/add", f"/users/{other}", f"/users/{other}/roles")
    assert [browser.get(address).status_code for address in addresses] == [403] * 4
    token = browser.token("/profile")
    assert browser.post(f"/users/{other}/disable", data={"csrf_token": token, "reason": "left"}).status_code == 403
    db.session.rollback()
    assert queries.get_account(other).active


@pytest.mark.database
def test_administrator_invites_and_the_person_sets_a_password(app: Flask, sign_in_as: SignIn) -> None:
    browser = sign_in_as("sam")
    form = confirm(browser, "/users/add")
    before = set((app.config["GOLDTHREAD"].data_dir / "outbox").glob("*"))
    done = browser.send(form, name="Nora Neu", email="nora@example.org", language="es", roles="steward")
    assert done.location.startswith("/users/"), done.text
    assert "Nora Neu" in browser.get("/users?q=nora").text
    (mail,) = set((app.config["GOLDTHREAD"].data_dir / "outbox").glob("*")) - before
    link = next(line for line in mail.read_text().replace("=\n", "").splitlines() if "/invitation/" in line)
    visitor = Browser(app, app.response_class)
    onward = visitor.get(link.removeprefix("http://127.0.0.1:8000")).location
    words = "quartz willow tram nine"
    assert visitor.send(onward, password=words, password_confirm=words).location == "/sign-in"
    assert visitor.send("/sign-in", email="nora@example.org", password=words).location == "/start"
    assert visitor.get(link.removeprefix("http://127.0.0.1:8000")).location == "/sign-in"  # the link is used up


def test_bad_invitation_keeps_what_was_typed(sign_in_as: SignIn) -> None:
    browser = sign_in_as("sam")
    form = confirm(browser, "/users/add")
    page = browser.send(form, name="Nora Neu", email="nonsense", language="en", roles=["payer", "reconciler"])
    assert page.status_code == 200 and "Nora Neu" in page.text
    assert "Who pays does not reconcile." in page.text or "Write an e-mail address" in page.text


@pytest.mark.database
def test_roles_need_a_fresh_code_and_end_the_sessions_of_the_other(app: Flask, sign_in_as: SignIn) -> None:
    stella, browser = sign_in_as("stella"), sign_in_as("sam")
    address = f"/users/{stella.person_id}/roles"
    blind = browser.post(address, data={"csrf_token": browser.token("/profile"), "roles": "coordinator"})
    assert blind.location.startswith("/confirm/roles")
    form = confirm(browser, address)
    assert browser.send(form, roles=["steward", "coordinator"]).location == f"/users/{stella.person_id}"
    db.session.rollback()
    assert queries.get_account(stella.person_id).roles == {"steward", "coordinator"}
    assert stella.get("/start").status_code == 303


def test_refused_roles_say_why(sign_in_as: SignIn) -> None:
    browser, cal = sign_in_as("sam"), make_user(CAL)
    form = confirm(browser, f"/users/{cal}/roles")
    page = browser.send(form, roles=["admin", "coordinator"])
    assert "An administrator of accounts sees no person" in page.text
    own = browser.send(f"/users/{browser.person_id}/roles", roles=["admin", "steward"])
    assert "Nobody changes their own roles." in own.text


def test_wrong_code_opens_nothing(sign_in_as: SignIn) -> None:
    browser = sign_in_as("sam")
    page = browser.send("/confirm/roles?next=/users/add", code="000000")
    assert page.status_code == 200 and "This code did not work" in page.text
    assert browser.get("/users/add").status_code == 303


@pytest.mark.database
def test_account_is_switched_off_and_on(sign_in_as: SignIn) -> None:
    browser, cal = sign_in_as("sam"), make_user(CAL)
    page = f"/users/{cal}"
    assert browser.send(f"{page}/disable", page=page, reason="left").location == page
    assert "Switched off" in browser.get(page).text
    assert browser.send(f"{page}/enable", page=page).location == page
    assert browser.send(f"{page}/disable", page=page, reason="nonsense").status_code == 422


def test_unknown_account_is_not_found(sign_in_as: SignIn) -> None:
    browser = sign_in_as("sam")
    assert browser.get("/users/00000000-0000-0000-0000-000000000000").status_code == 404
    assert browser.get("/users/nonsense").status_code == 404
    assert browser.get("/confirm/nonsense").status_code == 404


def test_senseless_filters_answer_a_page(sign_in_as: SignIn) -> None:
    browser = sign_in_as("sam")
    for query in ("q=%00", "q=%25%27%22", "role=wizard", "page=-1", "page=99999999999999", "q=" + "x" * 500):
        assert browser.get(f"/users?{query}").status_code == 200, query


def test_page_says_when_the_session_ends(sign_in_as: SignIn) -> None:
    page = sign_in_as("stella").get("/profile").text
    assert "You are signed out at" in page and "data-idle" in page


def test_visitors_see_no_session_and_get_no_cookie(client: Browser) -> None:
    page = client.get("/")
    assert "data-idle" not in page.text and "Set-Cookie" not in page.headers


@pytest.mark.database
def test_first_administrator_comes_from_the_command_line(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    args = ["accounts", "create-admin", "--email", "first@example.org", "--name", "First Admin"]
    result = run(args=args)
    assert result.exit_code == 0 and "http://127.0.0.1:8000/invitation/" in result.output
    db.session.rollback()
    account = queries.find_account("first@example.org")
    assert account is not None and account.roles == {"admin"}
    assert "There is an account with this address already" in run(args=args).output
    assert STELLA.email not in result.output


def test_steward_sees_what_waits_and_a_coordinator_does_not(sign_in_as: SignIn) -> None:
    assert "Reported problems" in sign_in_as("stella").get("/start").text
    page = sign_in_as("cal").get("/start").text
    assert "Reported problems" not in page and 'href="/steward/' not in page and 'href="/today' in page


def test_roles_are_check_boxes(sign_in_as: SignIn) -> None:
    browser = sign_in_as("sam")
    page = browser.get(confirm(browser, "/users/add")).text
    assert page.count('class="usa-checkbox__input') == len(ROLE_NAMES) and "usa-radio" not in page
