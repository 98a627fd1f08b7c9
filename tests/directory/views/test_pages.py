"""Pages of words, errors, and what search engines read."""

from __future__ import annotations

import re

import pytest
from flask import Flask, render_template

from tests.builders import make_listing
from tests.cast import Browser

pytestmark = pytest.mark.one_database

PAGES = ["/", "/services", "/list", "/help", "/privacy", "/accessibility", "/about", "/api"]


@pytest.mark.parametrize("address", [*PAGES, "/nowhere"])
@pytest.mark.parametrize("language", ["en", "es"])
def test_each_page_is_whole(client: Browser, address: str, language: str) -> None:
    text = client.get(f"{address}?lang={language}").text
    h1 = re.findall(r"<h1[^>]*>(.*?)</h1>", text, re.S)
    title = re.search(r"<title>(.*?)</title>", text, re.S)
    assert len(h1) == 1 and title and title[1].startswith(h1[0].strip()), address
    assert f'<html lang="{language}">' in text
    ids = re.findall(r'\sid="([^"]+)"', text)
    assert len(ids) == len(set(ids)), "an id stands twice"
    assert "<style" not in text and " style=" not in text and not re.search(r"<script(?![^>]*\ssrc=)", text)
    assert not re.search(r"\son[a-z]+=", text)
    levels = [int(level) for level in re.findall(r"<h([1-6])", text)]
    assert all(after <= before + 1 for before, after in zip(levels, levels[1:], strict=False)), levels


@pytest.mark.parametrize("code", [400, 403, 404, 405, 409, 413, 422, 429, 500, 503])
def test_each_error_says_what_to_do(app: Flask, code: int) -> None:
    with app.test_request_context("/?lang=es"):
        text = render_template("errors/error.html", code=code, sentences=())
    assert f"Error número {code}" in text and 'href="tel:988"' in text
    assert "<h1>" in text and len(re.findall("<h1", text)) == 1


def test_an_unknown_page_offers_the_search(client: Browser) -> None:
    page = client.get("/nowhere")
    assert page.status_code == 404 and 'action="/services"' in page.text and "This page is not here" in page.text


def test_search_engines_read_public_listings_only(app: Flask, client: Browser) -> None:
    shown, hidden = make_listing(), make_listing(visibility=1)
    sitemap = client.get("/sitemap.xml")
    assert sitemap.mimetype == "application/xml"
    assert str(shown) in sitemap.text and str(hidden) not in sitemap.text
    assert "Disallow: /list" in client.get("/robots.txt").text
