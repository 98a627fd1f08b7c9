"""Browsers keep a file of ours for a year only where the address holds the mark of what the file holds now."""

from __future__ import annotations

import pytest
from flask import Flask, url_for

from core.static_files import FOR_A_YEAR, mark_of
from tests.cast import Browser


def cache_of(client: Browser, address: str, **headers: str) -> tuple[int, str, str]:
    """Status, how long the answer may be kept, and its tag."""
    with client.get(address, headers=headers) as answer:
        return answer.status_code, answer.headers.get("Cache-Control", ""), answer.headers.get("ETag", "")


def test_a_marked_address_is_kept_for_a_year(app: Flask, client: Browser) -> None:
    with app.test_request_context():
        address = url_for("static", filename="css/site.css")
    assert address.endswith(f"?v={mark_of('css/site.css')}")
    status, kept, tag = cache_of(client, address)
    assert (status, kept) == (200, FOR_A_YEAR) and tag
    assert cache_of(client, address, **{"If-None-Match": tag})[:2] == (304, FOR_A_YEAR)


@pytest.mark.parametrize("query", ["", "?v=", "?v=00000000", "?w=1"])
def test_any_other_address_is_kept_for_an_hour(client: Browser, query: str) -> None:
    status, kept, _tag = cache_of(client, f"/static/css/site.css{query}")
    assert status == 200 and "max-age=3600" in kept and "immutable" not in kept


def test_what_is_not_there_is_not_kept(client: Browser) -> None:
    status, kept, _tag = cache_of(client, "/static/css/none.css?v=None")
    assert status == 404 and "immutable" not in kept
