"""What a network, a proxy or a shared computer sees of sign-in: cookies, caches, compression."""

from __future__ import annotations

from collections.abc import Iterator
from http.cookies import SimpleCookie

import pytest
from werkzeug.test import TestResponse

from tests.cast import ANA, PASSWORD, Browser, make_user
from tests.security.sites import Site, build_site

HTTPS = "https://localhost"
ENCODINGS = {"Accept-Encoding": "br, gzip"}


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site behind HTTPS with one person."""
    built = build_site(tmp_path_factory.mktemp("sign-in"), public_url="https://help.example.org")
    with built.app.app_context():
        make_user(ANA)
    yield built
    built.close()


def sign_in(browser: Browser) -> TestResponse:
    """Sign Ana in, as over HTTPS."""
    page = browser.get("/sign-in", base_url=HTTPS)
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    form = {"csrf_token": token, "email": ANA.email, "password": PASSWORD}
    return browser.post("/sign-in", base_url=HTTPS, data=form, headers={"Referer": f"{HTTPS}/sign-in"})


def cookies_of(answer: TestResponse) -> SimpleCookie:
    """The cookies that an answer sets."""
    jar = SimpleCookie()
    for line in answer.headers.getlist("Set-Cookie"):
        jar.load(line)
    return jar


def test_the_session_cookie_is_bound_to_this_host(site: Site) -> None:
    answer = sign_in(site.browser())
    assert answer.status_code == 303
    cookie = cookies_of(answer)["__Host-goldthread"]
    assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax"
    assert cookie["path"] == "/" and not cookie["domain"] and not cookie["max-age"] and not cookie["expires"]
    assert ANA.email not in cookie.value and ANA.name not in cookie.value


def test_cookies_for_convenience_hold_a_choice_and_no_more(site: Site) -> None:
    answer = site.browser().get("/services?lang=es&view=list", base_url=HTTPS)
    for name, cookie in cookies_of(answer).items():
        assert cookie["secure"] and cookie["httponly"] and cookie["samesite"] == "Lax", name
    assert cookies_of(answer)["goldthread_language"].value == "es"


def test_a_session_from_before_sign_in_is_worth_nothing_after(site: Site) -> None:
    """Fixation: whoever planted a visitor's cookie is not signed in with them."""
    victim, planter = site.browser(), site.browser()
    planted = cookies_of(planter.get("/sign-in", base_url=HTTPS))["__Host-goldthread"].value
    victim.set_cookie("__Host-goldthread", planted, domain="localhost", secure=True, path="/")
    assert sign_in(victim).status_code == 303
    assert victim.get("/profile", base_url=HTTPS).status_code == 200
    assert planter.get("/profile", base_url=HTTPS).status_code == 303


def test_a_made_up_cookie_signs_nobody_in(site: Site) -> None:
    for value in ("eyJfdXNlcl9pZCI6IjEifQ.aaaaaa.bbbbbbbbbbbbbbbbbbbbbbbbbbb", "x", "", "." * 50, "e30.e30.e30"):
        browser = site.browser()
        browser.set_cookie("__Host-goldthread", value, domain="localhost", secure=True, path="/")
        assert browser.get("/profile", base_url=HTTPS).status_code == 303


def test_pages_of_a_person_are_not_kept_by_caches_nor_compressed(site: Site) -> None:
    browser = site.browser()
    sign_in(browser)
    for address in ("/profile", "/start", "/", "/services?q=food", "/about", "/nowhere", "/users", "/session/time"):
        answer = browser.get(address, base_url=HTTPS, headers=ENCODINGS)
        assert answer.headers.getlist("Cache-Control") == ["no-store"], address
        assert "Content-Encoding" not in answer.headers, address


def test_pages_of_a_visitor_are_compressed_and_checked_again(site: Site) -> None:
    """Control of the test above; a page that sets a cookie is not kept."""
    browser = site.browser()
    browser.get("/about", base_url=HTTPS)
    answer = browser.get("/about", base_url=HTTPS, headers=ENCODINGS)
    assert answer.headers["Content-Encoding"] == "br"
    assert {"Cookie", "Accept-Encoding"} <= {part.strip() for part in answer.headers["Vary"].split(",")}
    assert answer.headers["Cache-Control"] in ("private, no-cache", "no-store")
    for address in ("/sign-in", "/forgotten-password", "/sign-in/code"):
        assert browser.get(address, base_url=HTTPS).headers["Cache-Control"] == "no-store"


def test_sign_out_clears_the_browser_and_ends_the_session(site: Site) -> None:
    browser = site.browser()
    sign_in(browser)
    page = browser.get("/profile", base_url=HTTPS)
    token = page.text.split('name="csrf_token"')[1].split('value="')[1].split('"')[0]
    copied = browser.get_cookie("__Host-goldthread", domain="localhost")
    assert copied is not None
    assert browser.get("/sign-out", base_url=HTTPS).status_code == 405
    answer = browser.post(
        "/sign-out", base_url=HTTPS, data={"csrf_token": token}, headers={"Referer": f"{HTTPS}/profile"}
    )
    assert answer.status_code == 303
    assert answer.headers["Clear-Site-Data"] == '"cache", "cookies", "storage"'
    thief = site.browser()
    thief.set_cookie("__Host-goldthread", copied.value, domain="localhost", secure=True, path="/")
    assert thief.get("/profile", base_url=HTTPS).status_code == 303
