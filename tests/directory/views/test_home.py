"""The first page: one search, the needs in plain words, crisis help, without sign-in."""

from __future__ import annotations

import re

import brotli
import pytest

from directory.needs import all_needs
from tests.cast import Browser

pytestmark = pytest.mark.one_database


def test_home_asks_what_and_where_and_offers_each_need(client: Browser) -> None:
    page = client.get("/")
    assert page.status_code == 200
    assert 'name="q"' in page.text and 'name="where"' in page.text and 'action="/services"' in page.text
    for need in all_needs():
        assert f'href="/services?need={need.code}"' in page.text, need.code
        assert need.name("en") in page.text


def test_crisis_help_and_quick_exit_stand_before_the_header(client: Browser) -> None:
    text = client.get("/").text
    order = [text.index(mark) for mark in ('class="usa-skipnav"', "data-quick-exit", 'href="tel:988"', "<header")]
    assert order == sorted(order)
    assert 'href="tel:911"' in text and "Westchester Mobile Crisis" in text


def test_language_is_the_address_then_the_cookie_then_the_browser(client: Browser) -> None:
    assert '<html lang="en">' in client.get("/").text
    assert '<html lang="es">' in client.get("/", headers={"Accept-Language": "es-MX,es;q=0.9"}).text
    assert '<html lang="es">' in client.get("/?lang=es").text
    assert '<html lang="es">' in client.get("/").text, "the cookie remembers"
    assert '<html lang="en">' in client.get("/?lang=en", headers={"Accept-Language": "es"}).text
    assert client.get("/?lang=xx").status_code == 200


def test_the_language_link_keeps_page_and_filters(client: Browser) -> None:
    text = client.get("/services?q=food&where=10601&yes=free&yes=walk_in").text
    assert "/services?q=food&amp;where=10601&amp;yes=free&amp;yes=walk_in&amp;lang=es" in text


def test_a_visitor_gets_a_smaller_page_and_the_same_words(client: Browser) -> None:
    plain, small = client.get("/"), client.get("/", headers={"Accept-Encoding": "gzip, br"})
    assert small.headers["Content-Encoding"] == "br" and "Accept-Encoding" in small.headers["Vary"]
    assert len(small.data) < len(plain.data) / 3
    assert "Find help near you" in brotli.decompress(small.data).decode()


def test_our_own_static_files_carry_a_mark_of_their_content(client: Browser) -> None:
    text = client.get("/").text
    assert re.search(r'href="/static/css/site\.css\?v=[0-9a-f]{8}"', text)
    assert 'href="/static/vendor/uswds-3.14.0/css/uswds.min.css"' in text, "a vendored file's folder is its version"
    assert re.search(r"/static/img/icons\.svg\?v=[0-9a-f]{8}#", text)
