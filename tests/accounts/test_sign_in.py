"""Signing in and out as a person, and as somebody who guesses."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from flask import Flask
from sqlalchemy import func, select

from accounts.models import SignInAttempt, User
from audit import queries as trail
from core import clock
from core.db import db, transaction
from tests.cast import (
    ANA,
    CAL,
    FAY,
    MAX,
    NOW,
    PASSWORD,
    STELLA,
    Browser,
    Person,
    code_at,
    give_second_factor,
    make_user,
)
from tests.conftest import SignIn

WRONG = "not the right words"
GENERIC = "The e-mail address and password do not match, or there were too many tries."


class Clock:
    """A clock that a test turns."""

    def __init__(self, moment: datetime) -> None:
        self.moment = moment

    def __call__(self) -> datetime:
        return self.moment


@pytest.fixture
def turned(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The clock of sessions, guesses and codes."""
    turned = Clock(NOW)
    monkeypatch.setattr(clock, "now_utc", turned)
    return turned


def visitor(app: Flask, address: str = "203.0.113.7") -> Browser:
    browser = Browser(app, app.response_class)
    browser.environ_base["REMOTE_ADDR"] = address
    return browser


def guess(browser: Browser, person: Person, password: str = WRONG) -> Any:
    return browser.send("/sign-in", email=person.email, password=password)


def kinds() -> list[str]:
    db.session.rollback()
    return [event.kind for event in reversed(trail.list_events(page=1)[0])]


def test_the_code_page_sends_a_signed_in_person_on(app: Flask, sign_in_as: SignIn) -> None:
    """The way back in the browser after signing in: no error, and nobody is signed out."""
    cal = sign_in_as("cal")
    assert cal.get("/sign-in/code").location == "/start"
    assert cal.post("/sign-in/code", data={"code": "000000"}).status_code in {303, 400}
    assert cal.get("/start").status_code == 200


def test_sign_in_and_out_leave_their_rows(app: Flask) -> None:
    make_user(STELLA)
    browser = visitor(app)
    answer = guess(browser, STELLA, PASSWORD)
    assert (answer.status_code, answer.location) == (303, "/start")
    assert "Stella Marsh" in browser.get("/start").text
    out = browser.send("/sign-out", page="/start")
    assert (out.status_code, out.location) == (303, "/")
    assert out.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    assert browser.get("/start").location.startswith("/sign-in")
    assert kinds() == ["user:signed_in", "user:signed_out"]


def test_wrong_password_leaves_a_row_with_its_account(app: Flask) -> None:
    user_id = make_user(STELLA)
    answer = guess(visitor(app), STELLA)
    assert answer.status_code == 200 and GENERIC in answer.text
    db.session.rollback()
    event = trail.list_events(page=1)[0][0]
    assert (event.kind, event.actor_name, event.subject_id) == ("user:sign_in_failed", "visitor", str(user_id))
    assert STELLA.email not in str(event.record) and WRONG not in str(event.record)


def test_known_and_unknown_addresses_get_the_same_page(app: Flask) -> None:
    make_user(STELLA)
    make_user(CAL, password=None)
    disabled = make_user(MAX)
    with transaction() as session:
        session.get_one(User, disabled).active = False
    pages = set()
    for address, password in (
        (STELLA.email, WRONG),
        ("nobody@example.org", WRONG),
        (CAL.email, WRONG),
        (MAX.email, WRONG),
        (MAX.email, PASSWORD),
    ):
        browser = visitor(app)
        answer = browser.send("/sign-in", email=address, password=password)
        text = answer.text.replace(address, "ADDRESS")
        pages.add((answer.status_code, re.sub(r'name="csrf_token"[^>]*>', "", text)))
    assert len(pages) == 1
    assert all(GENERIC in text for _code, text in pages)


def test_forgotten_password_answers_the_same_for_everybody(app: Flask) -> None:
    make_user(STELLA)
    answers = [
        visitor(app).send("/forgotten-password", email=address) for address in (STELLA.email, "nobody@example.org")
    ]
    sentence = "If this address has an account, a mail with a link is on its way."
    assert [(answer.status_code, sentence in answer.text) for answer in answers] == [(200, True), (200, True)]


@pytest.mark.parametrize(
    "garbage", ["\x00", "a\x00@example.org", "x" * 5000, "\ud800", "🦦@example.org", "'; --", "%s%n"]
)
def test_garbage_in_any_box_is_a_page(app: Flask, garbage: str) -> None:
    browser = visitor(app)
    sent = garbage.encode("utf-8", "surrogatepass")
    for address in ("/sign-in", "/forgotten-password"):
        assert browser.send(address, email=sent, password=sent, next=sent).status_code in {200, 303}
    assert browser.get("/new-password/x").location == "/forgotten-password"
    give_second_factor(FAY, app.extensions["security"])
    guess(browser, FAY, PASSWORD)
    for address in ("/sign-in/code", "/sign-in/recovery-code"):
        assert browser.send(address, code=sent).status_code == 200


def test_unknown_address_is_nowhere_in_the_table_of_guesses(app: Flask) -> None:
    visitor(app).send("/sign-in", email="secret.person@example.org", password=WRONG)
    row = db.session.scalars(select(SignInAttempt)).one()
    assert "secret" not in f"{row.account_key} {row.network_key}" and "203.0.113" not in row.network_key


# --- guesses ---------------------------------------------------------------------------------------------------------


def test_fifth_failure_starts_a_delay_that_a_right_password_waits_out_too(app: Flask, turned: Clock) -> None:
    make_user(STELLA)
    browser = visitor(app)
    for _ in range(5):
        assert GENERIC in guess(browser, STELLA).text
    turned.moment += timedelta(seconds=59)
    assert GENERIC in guess(browser, STELLA, PASSWORD).text
    turned.moment += timedelta(seconds=2)
    assert guess(browser, STELLA, PASSWORD).location == "/start"


def test_guess_that_waits_is_not_checked_and_leaves_no_row(app: Flask, turned: Clock) -> None:
    make_user(STELLA)
    browser = visitor(app)
    for _ in range(9):
        guess(browser, STELLA)
    assert db.session.scalar(select(func.count()).select_from(SignInAttempt)) == 5
    assert kinds() == ["user:sign_in_failed"] * 5


def test_strangers_cannot_keep_the_owner_out(app: Flask, turned: Clock) -> None:
    make_user(STELLA)
    home = visitor(app, "198.51.100.4")
    assert guess(home, STELLA, PASSWORD).location == "/start"
    turned.moment += timedelta(hours=1)
    for number in range(12):
        guess(visitor(app, f"203.0.{number}.9"), STELLA)
    assert GENERIC in guess(visitor(app, "192.0.2.1"), STELLA, PASSWORD).text  # the control: from elsewhere one waits
    assert guess(visitor(app, "198.51.100.77"), STELLA, PASSWORD).location == "/start"


def test_reset_by_mail_ends_the_delay(app: Flask, turned: Clock) -> None:
    make_user(STELLA)
    browser = visitor(app)
    for _ in range(6):
        guess(browser, STELLA)
    reset(app, browser, "quartz willow tram nine")
    assert guess(browser, STELLA, "quartz willow tram nine").location == "/start"


def test_guesses_at_the_same_moment_stand_in_line(app: Flask) -> None:
    """Sixteen at once: the limit holds although each would have seen room."""
    make_user(STELLA)
    browsers = [visitor(app) for _ in range(16)]
    forms = [
        {"csrf_token": browser.token("/sign-in"), "email": STELLA.email, "password": WRONG} for browser in browsers
    ]
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda pair: pair[0].post("/sign-in", data=pair[1]), zip(browsers, forms, strict=True)))
    assert [answer.status_code for answer in answers] == [200] * 16
    db.session.rollback()
    assert db.session.scalar(select(func.count()).select_from(SignInAttempt)) == 5


def test_one_code_from_two_browsers_at_once_signs_one_in(app: Flask, turned: Clock) -> None:
    key = give_second_factor(FAY, app.extensions["security"])
    browsers = [visitor(app) for _ in range(4)]
    forms = []
    for browser in browsers:
        guess(browser, FAY, PASSWORD)
        forms.append({"csrf_token": browser.token("/sign-in/code"), "code": code_at(key, turned.moment)})
    with ThreadPoolExecutor(4) as pool:
        answers = pool.map(lambda pair: pair[0].post("/sign-in/code", data=pair[1]), zip(browsers, forms, strict=True))
    assert sorted(str(answer.location) for answer in answers) == ["/start", "None", "None", "None"]


def test_codes_are_throttled_too(app: Flask, turned: Clock) -> None:
    key = give_second_factor(FAY, app.extensions["security"])
    browser = visitor(app)
    assert guess(browser, FAY, PASSWORD).location == "/sign-in/code"
    for _ in range(5):
        assert "This code did not work" in browser.send("/sign-in/code", code="000000").text
    assert "This code did not work" in browser.send("/sign-in/code", code=code_at(key, turned.moment)).text
    turned.moment += timedelta(seconds=61)
    assert browser.send("/sign-in/code", code=code_at(key, turned.moment)).location == "/start"


# --- one-time codes --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("shift_s", "accepted"), [(-90, False), (-30, True), (0, True), (30, True), (90, False)], ids=str
)
def test_code_works_thirty_seconds_either_way(app: Flask, turned: Clock, shift_s: int, accepted: bool) -> None:
    key = give_second_factor(FAY, app.extensions["security"])
    browser = visitor(app)
    guess(browser, FAY, PASSWORD)
    answer = browser.send("/sign-in/code", code=code_at(key, turned.moment + timedelta(seconds=shift_s)))
    assert (answer.location == "/start") is accepted


def test_code_works_once(app: Flask, turned: Clock) -> None:
    key = give_second_factor(FAY, app.extensions["security"])
    code = code_at(key, turned.moment)
    for expected in ("/start", None):
        browser = visitor(app)
        guess(browser, FAY, PASSWORD)
        assert browser.send("/sign-in/code", code=code).location == expected


def test_step_between_password_and_code_runs_out(app: Flask, turned: Clock) -> None:
    key = give_second_factor(FAY, app.extensions["security"])
    browser = visitor(app)
    guess(browser, FAY, PASSWORD)
    token = browser.token("/sign-in/code")
    turned.moment += timedelta(minutes=10)
    answer = browser.post("/sign-in/code", data={"csrf_token": token, "code": code_at(key, turned.moment)})
    assert answer.location == "/sign-in"
    assert browser.get("/start").location.startswith("/sign-in")


def test_password_alone_opens_nothing_of_a_role_that_needs_codes(app: Flask) -> None:
    make_user(FAY)
    browser = visitor(app)
    assert guess(browser, FAY, PASSWORD).location == "/profile/second-step"
    assert browser.get("/start").location.startswith("/sign-in")


def test_second_step_is_set_up_at_the_first_sign_in(app: Flask, turned: Clock) -> None:
    make_user(FAY)
    browser = visitor(app)
    guess(browser, FAY, PASSWORD)
    page = browser.send("/profile/second-step", setup="authenticator")
    assert 'src="data:image/svg+xml' in page.text
    key = page.text.split("data-key>")[1].split("<")[0].replace("-", "").replace(" ", "")
    done = browser.post(
        "/sign-in/code", data={"csrf_token": browser.token("/sign-in/code"), "code": code_at(key, turned.moment)}
    )
    assert done.location == "/start"
    user = db.session.scalars(select(User).where(User.email == FAY.email)).one()
    assert key not in (user.tf_totp_secret or "")  # encrypted
    assert kinds() == ["user:two_factor_changed", "user:signed_in"]


def test_demo_people_may_do_without_codes(app: Flask) -> None:
    make_user(FAY, demo=True)
    assert guess(visitor(app), FAY, PASSWORD).location == "/start"


def test_recovery_code_works_once(app: Flask, turned: Clock) -> None:
    key = give_second_factor(FAY, app.extensions["security"])
    browser = visitor(app)
    guess(browser, FAY, PASSWORD)
    browser.send("/sign-in/code", code=code_at(key, turned.moment))
    page = browser.send("/profile/recovery-codes", generate_new_codes="1")
    codes = [part.split("<")[0] for part in page.text.split("<li><code>")[1:]]
    assert len(codes) == 10
    assert codes[0] not in browser.get("/profile/recovery-codes?show_codes=1").text
    stored = db.session.scalars(select(User.mf_recovery_codes).where(User.email == FAY.email)).one()
    assert stored and not set(codes) & set(stored)
    for expected in ("/start", None):
        other = visitor(app)
        guess(other, FAY, PASSWORD)
        assert other.send("/sign-in/recovery-code", code=codes[0].upper()).location == expected


# --- sessions --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("person", "idle_min"), [(ANA, 30), (STELLA, 15)], ids=["enrollee", "steward"])
def test_idle_session_ends_to_the_second(app: Flask, turned: Clock, person: Person, idle_min: int) -> None:
    make_user(person)
    for seconds, alive in ((-1, True), (0, False), (1, False)):
        browser = visitor(app)
        guess(browser, person, PASSWORD)
        turned.moment += timedelta(minutes=idle_min, seconds=seconds)
        assert (browser.get("/start").status_code == 200) is alive
    assert "You were signed out because this page was not used for a while" in browser.get("/sign-in").text


def test_asking_for_the_time_does_not_extend_it_and_a_press_does(app: Flask, turned: Clock) -> None:
    make_user(STELLA)
    browser = visitor(app)
    guess(browser, STELLA, PASSWORD)
    token = browser.token("/profile")
    turned.moment += timedelta(minutes=13)
    assert browser.get("/session/time").json == {"ends_in_s": 120}
    headers = {"X-CSRFToken": token, "Accept": "application/json"}
    assert browser.get("/services/nothing", headers={"X-Goldthread-Poll": "1"}).status_code == 404
    assert browser.get("/session/time").json == {"ends_in_s": 120}
    assert browser.post("/session/stay", headers=headers).json == {"ends_in_s": 900}
    turned.moment += timedelta(minutes=14)
    assert browser.get("/start").status_code == 200


def test_busy_session_ends_after_eight_hours(app: Flask, turned: Clock) -> None:
    make_user(STELLA)
    browser = visitor(app)
    guess(browser, STELLA, PASSWORD)
    for _ in range(34):
        turned.moment += timedelta(minutes=14)
        assert browser.get("/start").status_code == 200
    turned.moment = NOW + timedelta(hours=8)
    assert browser.get("/start").status_code == 303


def test_disabled_person_gets_no_request_through(app: Flask, sign_in_as: Any) -> None:
    browser = sign_in_as("stella")
    assert browser.get("/start").status_code == 200
    with transaction() as session:
        session.get_one(User, browser.person_id).active = False
    assert [browser.get(address).status_code for address in ("/start", "/profile", "/session/time")] == [303] * 3
    assert GENERIC in guess(visitor(app), STELLA, PASSWORD).text


def test_sign_out_kills_a_copied_cookie(app: Flask, sign_in_as: Any) -> None:
    browser = sign_in_as("stella")
    cookie = browser.get_cookie("goldthread")
    thief = visitor(app)
    thief.set_cookie("goldthread", cookie.value)
    assert thief.get("/start").status_code == 200
    browser.send("/sign-out", page="/start")
    assert thief.get("/start").status_code == 303


def test_new_password_ends_other_sessions_and_keeps_this_one(app: Flask, sign_in_as: Any) -> None:
    here, elsewhere = sign_in_as("stella"), sign_in_as("stella")
    new = "quartz willow tram nine"
    answer = here.send("/profile/password", password=PASSWORD, new_password=new, new_password_confirm=new)
    assert answer.location == "/profile", answer.text[-4000:]
    assert here.get("/start").status_code == 200
    assert elsewhere.get("/start").status_code == 303
    assert kinds()[-1] == "user:password_changed"


def test_easy_new_password_is_refused_in_words(sign_in_as: Any) -> None:
    answer = sign_in_as("stella").send(
        "/profile/password", password=PASSWORD, new_password="stellamarsh12", new_password_confirm="stellamarsh12"
    )
    assert answer.status_code == 200 and "This password is easy to guess." in answer.text


def test_set_up_of_the_second_step_asks_who_one_is_after_five_minutes(
    app: Flask, turned: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(STELLA)
    browser = visitor(app)
    guess(browser, STELLA, PASSWORD)
    assert browser.get("/profile/second-step").status_code == 200
    with browser.session_transaction() as session:
        session["fs_paa"] -= 301
    answer = browser.get("/profile/second-step")
    assert answer.location == "/sign-in/again?next=/profile/second-step"
    assert browser.send(answer.location, password=PASSWORD).location == "/profile/second-step"


# --- requests from elsewhere -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "address",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "http://[",
        "///evil.example",
        "javascript:alert(1)",
        "/start\r\nX: y",
        "%2f%2fevil.example",
        "/no-such-page",
        " //evil.example",
        "/start@evil.example",
    ],
)
def test_next_leads_nowhere_else(app: Flask, address: str) -> None:
    make_user(STELLA)
    browser = visitor(app)
    for answer in (
        browser.get(f"/sign-in?next={quote(address)}"),
        browser.post(
            f"/sign-in?next={quote(address)}",
            data={"csrf_token": browser.token("/sign-in"), "email": STELLA.email, "password": PASSWORD},
        ),
        browser.send("/sign-in", email=STELLA.email, password=PASSWORD, next=address),
    ):
        assert answer.status_code in {200, 303}
        assert answer.location in {None, "/start", "/sign-in"}


def test_next_leads_back_to_the_page_that_was_asked_for(app: Flask) -> None:
    make_user(STELLA)
    browser = visitor(app)
    to_sign_in = browser.get("/profile").location
    assert to_sign_in == "/sign-in?next=/profile"
    assert browser.send(to_sign_in, email=STELLA.email, password=PASSWORD).location == "/profile"


@pytest.mark.parametrize("address", ["/sign-in", "/sign-out", "/profile", "/session/stay", "/profile/password"])
def test_post_without_token_changes_nothing(sign_in_as: Any, address: str) -> None:
    browser = sign_in_as("stella")
    assert browser.post(address, data={"name": "X"}).status_code == 400
    assert browser.get("/start").status_code == 200


def test_sign_out_by_get_does_not_exist(sign_in_as: Any) -> None:
    browser = sign_in_as("stella")
    assert browser.get("/sign-out").status_code == 405
    assert browser.get("/start").status_code == 200


def test_host_header_of_another_site_is_refused_and_not_mailed(app: Flask) -> None:
    make_user(STELLA)
    assert visitor(app).get("/sign-in", headers={"Host": "evil.example"}).status_code == 400
    reset_link = mailed_link(app, visitor(app))
    assert reset_link.startswith("http://127.0.0.1:8000/new-password/")


def test_tokens_in_address_or_header_sign_nobody_in(app: Flask) -> None:
    user_id = make_user(STELLA)
    with app.test_request_context():
        token = str(db.session.get_one(User, user_id).get_auth_token())
    browser = visitor(app)
    assert browser.get(f"/start?auth_token={token}").status_code == 303
    assert browser.get("/start", headers={"Authentication-Token": token}).status_code == 303


def test_personal_pages_are_kept_by_no_cache(sign_in_as: Any) -> None:
    browser = sign_in_as("stella")
    for address in ("/start", "/profile", "/"):
        assert browser.get(address).headers["Cache-Control"] == "no-store"


# --- mail ------------------------------------------------------------------------------------------------------------


def mailed_link(app: Flask, browser: Browser) -> str:
    folder = app.config["GOLDTHREAD"].data_dir / "outbox"
    before = set(folder.glob("*.eml"))
    browser.send("/forgotten-password", email=STELLA.email)
    (mail,) = set(folder.glob("*.eml")) - before
    text = mail.read_text()
    assert f"To: {STELLA.email}" in text
    assert mail.stat().st_mode & 0o077 == 0
    return next(line for line in text.replace("=\n", "").splitlines() if line.startswith("http"))


def reset(app: Flask, browser: Browser, password: str) -> str:
    link = mailed_link(app, browser).replace("=3D", "=").removeprefix("http://127.0.0.1:8000")
    answer = browser.send(link, password=password, password_confirm=password)
    assert answer.location == "/sign-in", answer.text[-3000:]
    return link


def test_reset_link_works_once_and_ends_sessions(app: Flask, sign_in_as: Any) -> None:
    signed_in = sign_in_as("stella")
    browser = visitor(app)
    link = reset(app, browser, "quartz willow tram nine")
    assert signed_in.get("/start").status_code == 303
    assert browser.get(link).location == "/forgotten-password"
    assert guess(visitor(app), STELLA, PASSWORD).location is None
    assert guess(visitor(app), STELLA, "quartz willow tram nine").location == "/start"
    assert "user:password_changed" in kinds()
