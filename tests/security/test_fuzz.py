"""No question makes the site fail: 10,000 cases over the search and every other public page, and known hostile strings.

GOLDTHREAD_TEST_CASES sets how many cases are tried in all; by default 2,000, of which two thirds ask the search.
"""

from __future__ import annotations

import html
import json
import os
import re
import unicodedata
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from core.db import db
from directory.facets import QUESTION_BY_CODE
from directory.models import Service
from tests.cast import Browser
from tests.security.hostile import RAW, TEXTS
from tests.security.sites import Site

CASES = int(os.environ.get("GOLDTHREAD_TEST_CASES", "800"))
SEARCHED = ("/services", "/api/search", "/suggest", "/places")
CASE = settings(
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.data_too_large],
)
TEXT = st.one_of(
    st.sampled_from(TEXTS),
    st.text(max_size=60),
    st.sampled_from(("food", "food pantry", "refugio", "housing", "10601")),
    st.integers().map(str),
    st.floats().map(str),
    st.tuples(st.floats(-200, 200), st.floats(-400, 400)).map(lambda pair: f"{pair[0]},{pair[1]}"),
)
NAMES = (
    "q",
    "where",
    "near",
    "lat",
    "lon",
    "within",
    "sort",
    "page",
    "size",
    "need",
    "term",
    "language",
    "yes",
    "open_now",
    "age",
    "include_not_stated",
    "view",
    "lang",
    "from",
    "add",
    "ids",
    "search",
    "per_page",
    "format",
    "full",
    "minimal",
    "modified_after",
    "postcode",
    "proximity",
    "latitude",
    "longitude",
    "minimum_age",
    "organization_id",
    "taxonomy_term_id",
    "taxonomy_id",
    "top_only",
    "parent_id",
    "next",
    "token",
    "email",
    "full_service",
    "maximum_age",
    "list",
)
LIKELY = st.one_of(
    st.tuples(st.just("sort"), st.sampled_from(("best", "distance", "verified", "x"))),
    st.tuples(st.just("within"), st.sampled_from(("1", "10", "any", "0", "-1", "501", "1e3"))),
    st.tuples(st.sampled_from(("page", "size", "per_page", "age")), st.integers(-2, 2000).map(str)),
    st.tuples(st.just("yes"), st.sampled_from(sorted(QUESTION_BY_CODE))),
    st.tuples(
        st.sampled_from(("where", "near")), st.sampled_from(("10601", "Buffalo", "Monroe County", "NY", "Springfield"))
    ),
)
PAIRS = st.lists(st.one_of(st.tuples(st.sampled_from(NAMES), TEXT), LIKELY), max_size=8)


@pytest.fixture(scope="module")
def visitor(demo_site: Site) -> Iterator[Browser]:
    """A visitor; exceptions come out as the 500 that a person would see."""
    demo_site.app.testing = False
    demo_site.app.config["PROPAGATE_EXCEPTIONS"] = False
    yield demo_site.browser()
    demo_site.app.testing = True
    demo_site.app.config["PROPAGATE_EXCEPTIONS"] = None


def query_of(pairs: list[tuple[str, str]]) -> str:
    """A query string; what no UTF-8 can say is sent as the bytes of a lone surrogate."""
    return "&".join(f"{quote(name)}={quote(text.encode('utf-8', 'surrogatepass'), safe='')}" for name, text in pairs)


def check(visitor: Browser, address: str, **request: Any) -> Any:
    """Ask and judge: never a 5xx; a refusal of the API in its one shape."""
    answer = visitor.open(address, **request)
    assert answer.status_code < 500, (answer.status_code, address)
    if address.startswith("/api/") and answer.status_code >= 400:
        body = json.loads(answer.data)
        assert set(body) == {"error", "message", "fields"} and body["message"], address
        if answer.status_code == 422:
            assert body["error"] == "invalid_input" and body["fields"], address
    return answer


@settings(parent=CASE, max_examples=CASES * 2 // 3)
@given(path=st.sampled_from(SEARCHED), pairs=PAIRS)
def test_search_bears_any_question(visitor: Browser, path: str, pairs: list[tuple[str, str]]) -> None:
    answer = check(visitor, f"{path}?{query_of(pairs)}")
    assert answer.status_code in (200, 422)
    if path == "/api/search" and answer.status_code == 200:
        body = json.loads(answer.data)
        assert len(body["items"]) <= 100 and body["total"] >= 0


OTHERS = (
    "/",
    "/list",
    "/list/{text}",
    "/services/{id}",
    "/services/{text}",
    "/organizations/{text}",
    "/services/{id}/hours.ics",
    "/services/{id}/contact.vcf",
    "/services/{id}/report",
    "/api/hsds",
    "/api/hsds/services",
    "/api/hsds/organizations",
    "/api/hsds/service_at_locations",
    "/api/hsds/taxonomies",
    "/api/hsds/taxonomy_terms",
    "/api/hsds/services/{text}",
    "/api/hsds/openapi.json",
    "/sitemap.xml",
    "/robots.txt",
    "/about",
    "/help",
    "/privacy",
    "/accessibility",
    "/api",
    "/sign-in",
    "/forgotten-password",
    "/new-password/{text}",
    "/invitation/{text}",
    "/sign-in/code",
    "/sign-in/recovery-code",
    "/profile/second-step",
    "/profile",
    "/static/{text}",
    "/{text}",
    "/api/{text}",
)
POSTED = (
    "/list",
    "/services/{id}/report",
    "/api/hsds/services",
    "/api/hsds/organizations",
    "/sign-in",
    "/forgotten-password",
)
REPORT = st.lists(
    st.tuples(
        st.sampled_from(
            (
                "kind",
                "words",
                "text",
                "email",
                "message",
                "add",
                "remove",
                "up",
                "down",
                "clear",
                "next",
                "q",
                "password",
                "page",
                "search",
                "per_page",
                "format",
            )
        ),
        TEXT,
    ),
    max_size=6,
)


@pytest.fixture(scope="module")
def service_id(demo_site: Site) -> str:
    """A public service."""
    with demo_site.app.app_context():
        found = db.session.scalars(
            select(Service.id).where(Service.visibility == 0).order_by(Service.name).limit(1)
        ).one()
        db.session.rollback()
    return str(found)


@settings(parent=CASE, max_examples=CASES // 4)
@given(path=st.sampled_from(OTHERS), text=TEXT, pairs=PAIRS)
def test_every_public_page_bears_any_address(
    visitor: Browser, service_id: str, path: str, text: str, pairs: list[tuple[str, str]]
) -> None:
    part = quote(text.encode("utf-8", "surrogatepass"), safe="")
    check(visitor, f"{path.format(id=service_id, text=part)}?{query_of(pairs)}")


@settings(parent=CASE, max_examples=max(CASES // 12, 50))
@given(path=st.sampled_from(POSTED), pairs=REPORT, is_json=st.booleans())
def test_every_public_form_bears_anything(
    visitor: Browser, demo_site: Site, service_id: str, path: str, pairs: list[tuple[str, str]], is_json: bool
) -> None:
    demo_site.app.config["WTF_CSRF_ENABLED"] = False  # so that what is sent reaches the form
    try:
        request: dict[str, Any] = {"data": query_of(pairs), "content_type": "application/x-www-form-urlencoded"}
        if is_json:
            request = {"data": json.dumps(dict(pairs)), "content_type": "application/json"}
        check(visitor, path.format(id=service_id), method="POST", **request)
    finally:
        demo_site.app.config["WTF_CSRF_ENABLED"] = True


BOXES = ("q", "where")


def visible(text: str) -> str:
    """What a reader sees of a text: control signs and spaces aside."""
    return "".join(sign for sign in text if unicodedata.category(sign)[0] not in "CZ")


@pytest.mark.parametrize("box", BOXES)
def test_hostile_words_come_back_unharmed(visitor: Browser, box: str) -> None:
    """The box shows what was typed, escaped, and nothing of it became markup."""
    for text in TEXTS:
        answer = check(visitor, f"/services?{query_of([(box, text)])}")
        if answer.status_code == 302:  # a place that was typed as words moves to its box
            assert f"You typed “{text}”" in check(visitor, answer.headers["Location"]).text
            continue
        page = answer.text
        typed = re.findall(rf'<input[^>]*name="{box}"[^>]*>', page)
        assert typed
        value = re.search(r'value="([^"]*)"', typed[0])
        shown = html.unescape(value[1] if value else "")
        kept, shown = visible(text)[:100], visible(shown)
        assert shown.startswith(kept), (text, shown)
        for planted in ("<script>alert", "<img src=x", "<svg/onload", "<b>bold", "</textarea><b>", "</title><script>1"):
            assert planted not in page, text


def test_raw_bytes_in_any_parameter(visitor: Browser, service_id: str) -> None:
    for raw in RAW:
        for path in ("/suggest", "/places", "/api/search", "/api/hsds/taxonomies", f"/services/{service_id}"):
            for name in ("q", "near", "page", "lang"):
                check(visitor, f"{path}?{name}={raw}")
        check(visitor, f"/services?q={raw}&where={raw}&yes={raw}&page={raw}")
        for path in ("/services/", "/list/", "/api/hsds/services/", "/"):
            check(visitor, path + raw.replace("?", ""))
        check(
            visitor,
            "/services",
            headers={"Cookie": f"goldthread={raw}; goldthread_language={raw}; goldthread_list={raw}"},
        )


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("within=x", "within"),
        ("within=0", "within"),
        ("within=501", "within"),
        ("page=0", "page"),
        ("page=x", "page"),
        ("size=101", "size"),
        ("size=-1", "size"),
        ("sort=x", "sort"),
        ("sort=distance", "sort"),
        ("lat=1", "lon"),
        ("lon=1", "lat"),
        ("lat=91&lon=0", "lat"),
        ("lat=0&lon=181", "lon"),
        ("open_now=maybe", "open_now"),
        ("near=nowhere+at+all", "near"),
        ("yes=x", "yes"),
        ("q=" + "a" * 301, "q"),
        ("age=200", "age"),
        ("age=-1", "age"),
        ("lat=nan&lon=0", "lat"),
        ("page=1e3", "page"),
        ("size=%EF%BC%91", "size"),
    ],
)
def test_a_bad_parameter_is_named(visitor: Browser, query: str, field: str) -> None:
    answer = check(visitor, f"/api/search?{query}")
    assert answer.status_code == 422
    body = json.loads(answer.data)
    assert list(body["fields"]) == [field] and body["fields"][field] == body["message"]


def test_a_planted_fault_is_found(visitor: Browser, demo_site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: a page that fails for one letter is caught."""

    def fail() -> str:
        from flask import request

        return str(1 // (0 if "%" in "".join(request.args.values()) else 1))

    fail.goldthread_mark = "public"  # type: ignore[attr-defined]
    monkeypatch.setitem(demo_site.app.view_functions, "directory.suggest", fail)

    @settings(parent=CASE, max_examples=300)
    @given(pairs=PAIRS)
    def ask(pairs: list[tuple[str, str]]) -> None:
        check(visitor, f"/suggest?{query_of(pairs)}")

    with pytest.raises(AssertionError, match="500"):
        ask()
