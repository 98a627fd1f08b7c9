"""Every answer of every route carries the security headers once (T18), and no page holds what the policy forbids."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from html.parser import HTMLParser
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask import Flask, render_template_string
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from core.config import ROOT
from tests.security.sites import Site, build_site

REQUIRED: Mapping[str, str] = {
    "Strict-Transport-Security": r"max-age=63072000; includeSubDomains",
    "X-Content-Type-Options": r"nosniff",
    "X-Frame-Options": r"DENY",
    "Referrer-Policy": r"same-origin",
    "Cross-Origin-Opener-Policy": r"same-origin",
    "Cross-Origin-Embedder-Policy": r"require-corp",
    "Cross-Origin-Resource-Policy": r"same-origin",
    "Permissions-Policy": r"(?=.*geolocation=\(self\))(?=.*camera=\(\))(?=.*browsing-topics=\(\)).*",
}
POLICY: Mapping[str, set[str]] = {
    "default-src": {"'none'"},
    "img-src": {"'self'", "data:"},
    **{f"{kind}-src": {"'self'"} for kind in ("script", "style", "font", "connect", "manifest", "worker")},
    "form-action": {"'self'"},
    **{kind: {"'none'"} for kind in ("base-uri", "object-src", "frame-ancestors")},
}
METHODS = ("GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "TRACE")


@pytest.fixture(scope="module")
def https_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site as production serves it: behind HTTPS, errors turned into pages."""
    site = build_site(tmp_path_factory.mktemp("https"), public_url="https://help.example.org")
    site.app.config["PROPAGATE_EXCEPTIONS"] = False
    yield site
    site.close()


def faults_of(answer: TestResponse) -> list[str]:
    """What is wrong with the headers of an answer."""
    faults = []
    for name, pattern in REQUIRED.items():
        values = answer.headers.getlist(name)
        if len(values) != 1 or not re.fullmatch(pattern, values[0]):
            faults.append(f"{name}: {values}")
    policies = answer.headers.getlist("Content-Security-Policy")
    parts = [part.split() for part in policies[0].split(";") if part.strip()] if policies else []
    if len(policies) != 1 or {name: set(sources) for name, *sources in parts} != POLICY or len(parts) != len(POLICY):
        faults.append(f"Content-Security-Policy: {policies}")
    faults += [name for name in ("Server", "X-Powered-By") if "Werkzeug" in answer.headers.get(name, "")]
    return faults


def address_of(rule: Rule) -> str:
    """An address that the rule matches."""
    values = {"uuid": str(uuid4()), "int": "7", "any": "services", "path": "css/site.css", "string": "x"}
    kinds = {name: type(converter).__name__ for name, converter in rule._converters.items()}
    text = rule.rule
    for name, kind in kinds.items():
        plain = kind.removesuffix("Converter").lower().replace("integer", "int").replace("unicode", "string")
        text = re.sub(rf"<(?:[^<>]*:)?{name}>", values.get(plain, "x"), text)
    return text


def test_every_route_and_method_carries_every_header(https_site: Site) -> None:
    browser, seen = https_site.browser(), set()
    for rule in https_site.app.url_map.iter_rules():
        for method in METHODS:
            answer = browser.open(address_of(rule), method=method, base_url="https://localhost")
            seen.add(answer.status_code)
            answer.close()
            assert not faults_of(answer), (method, rule.rule, answer.status_code, faults_of(answer))
    assert {200, 303, 400, 401, 404, 405} <= seen


ERRORS: Mapping[int, tuple[str, dict[str, Any]]] = {
    400: ("/sign-in", {"method": "POST"}),
    403: ("/api/hsds/services", {"method": "POST", "headers": {"Sec-Fetch-Site": "cross-site"}}),
    404: ("/no/such/page", {}),
    405: ("/services", {"method": "DELETE"}),
    413: ("/list", {"method": "POST", "data": {"add": "x" * 2_000_000}}),
    422: ("/api/search?within=x", {}),
    500: ("/privacy", {}),
}


@pytest.mark.parametrize("status", ERRORS)
def test_every_error_carries_every_header(https_site: Site, status: int, monkeypatch: pytest.MonkeyPatch) -> None:
    address, request = ERRORS[status]
    if status == 500:

        def fail() -> str:
            raise ZeroDivisionError("planted")

        monkeypatch.setitem(https_site.app.view_functions, "directory.privacy", fail)
        fail.goldthread_mark = "public"  # type: ignore[attr-defined]
        monkeypatch.setattr(https_site.app, "testing", False)
    answer = https_site.browser().open(address, base_url="https://localhost", **request)
    assert answer.status_code == status
    assert not faults_of(answer)
    assert "planted" not in answer.text and "Traceback" not in answer.text


def test_a_foreign_host_gets_every_header_too(https_site: Site) -> None:
    answer = https_site.browser().get("/", base_url="https://evil.example")
    assert answer.status_code == 400 and "evil" not in answer.text
    assert not faults_of(answer)


@pytest.mark.parametrize("file", ["css/site.css", "js/site.js", "img/favicon.svg", "no-such-file.js", "../app.py"])
def test_static_files_carry_every_header(https_site: Site, file: str) -> None:
    for headers in ({}, {"Accept-Encoding": "br, gzip"}, {"If-Modified-Since": "Wed, 01 Jan 2098 00:00:00 GMT"}):
        answer = https_site.browser().get(f"/static/{file}", base_url="https://localhost", headers=headers)
        answer.close()
        assert answer.status_code == (404 if file in ("no-such-file.js", "../app.py") else answer.status_code)
        assert answer.status_code in (200, 304, 404)
        assert not faults_of(answer), (file, headers)
        assert "Set-Cookie" not in answer.headers


def test_missing_and_doubled_headers_are_found(https_site: Site) -> None:
    """Positive control."""
    answer = https_site.browser().get("/about", base_url="https://localhost")
    assert not faults_of(answer)
    del answer.headers["X-Frame-Options"]
    answer.headers.add("Referrer-Policy", "unsafe-url")
    answer.headers["Content-Security-Policy"] += "; script-src 'unsafe-inline'"
    assert len(faults_of(answer)) == 3


class Offences(HTMLParser):
    """Reads a page or a template and notes what the policy would stop, or what leads the browser elsewhere."""

    LOADING = {"src", "srcset", "data", "poster", "background", "action", "formaction", "ping", "manifest"}

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[str] = []
        self.open_script: list[str] | None = None

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Attributes that run, style or load."""
        values = {name: value or "" for name, value in attrs}
        self.open_script = None
        if tag == "style":
            self.found.append("<style>")
        if (
            tag == "script"
            and "src" not in values
            and values.get("type") not in {"application/json", "application/ld+json"}
        ):
            self.found.append("<script>")
        if (
            tag in {"iframe", "object", "embed", "base", "frame", "applet"}
            or values.get("http-equiv", "").lower() == "refresh"
        ):
            self.found.append(f"<{tag}>")
        for name, value in values.items():
            if (
                name == "style"
                or name.startswith("on")
                or value.strip().lower().startswith(("javascript:", "vbscript:"))
            ):
                self.found.append(f"{tag} {name}")
            loads = name in self.LOADING or (name == "href" and tag in {"link", "use", "image"})
            loads = loads and values.get("rel") not in {"alternate", "canonical"}  # named, never fetched
            if loads and re.match(r"\s*(?:[a-z]+:)?//", value, re.IGNORECASE):
                self.found.append(f"{tag} {name}={value}")


def offences_in(html: str) -> list[str]:
    """What a page may not hold."""
    reader = Offences()
    reader.feed(html)
    return reader.found


def without_jinja(text: str) -> str:
    """A template's own markup: what Jinja puts in is looked at in the pages."""
    return re.sub(r"{#.*?#}|{%.*?%}|{{.*?}}", "x", text, flags=re.DOTALL)


@pytest.mark.parametrize("template", sorted((ROOT / "templates").rglob("*.html")), ids=lambda path: path.stem)
def test_templates_hold_nothing_inline_and_nothing_from_elsewhere(template: Path) -> None:
    text = template.read_text(encoding="utf-8")
    assert not offences_in(without_jinja(text))
    assert not re.search(r"\|\s*safe\b|autoescape\s+false|Markup\(", text)


def test_served_pages_hold_nothing_inline(demo_site: Site) -> None:
    browser = demo_site.browser()
    for address in ("/", "/services?q=food&where=10601", "/services?view=map&lang=es", "/list", "/help", "/privacy",
                    "/about", "/api", "/sign-in", "/forgotten-password", "/nowhere", "/accessibility"):  # fmt: skip
        assert not offences_in(browser.get(address).text), address


def test_planted_offences_are_found(demo_site: Site) -> None:
    """Positive control, through a template of the application too."""
    planted = {
        '<p onclick="x()">': "p onclick", "<style>p{}</style>": "<style>", "<script>1</script>": "<script>",
        '<p style="color:red">': "p style", '<a href=" JavaScript:x">': "a href",
        '<img src="//cdn.example/x.png">': "img src=//cdn.example/x.png", '<base href="/">': "<base>",
        '<link rel="stylesheet" href="https://cdn.example/x.css">': "link href=https://cdn.example/x.css",
    }  # fmt: skip
    for html, name in planted.items():
        assert offences_in(html) == [name]
    app: Flask = demo_site.app
    with app.test_request_context("/"):
        assert offences_in(render_template_string("<b {{ 'onload=1'|safe }}>x</b>")) == ["b onload"]
        assert not offences_in(render_template_string("<b title='{{ x }}'>{{ x }}</b>", x="<script>1</script>"))
