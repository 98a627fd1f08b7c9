"""The public requests that a site answers in the tests of secret places, and everything that the site leaves behind."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from flask import Flask

from core.guard import PUBLIC, mark_of
from tests.security.sites import Site

ORIGINS = (
    "10601", "White Plains", "10536", "Katonah, NY", "13152", "Skaneateles", "13367", "12953", "14840", "Cooperstown",
    "Montauk, NY", "14048", "12572", "12883", "14201", "Buffalo", "Rochester", "14604", "Westchester County",
    "Monroe County", "New York", "41.03289, -73.76478", "40.9014,-73.7018", "41.2,-74.2", "Springfield", "nowhere",
)  # fmt: skip
RADII = ("", "1", "5", "10", "25", "100", "any")
SORTS = ("best", "distance", "verified")
WORDS = (
    "", "shelter", "refuge", "haven", "beds for families", "food pantry", "lighthouse", "ark house", "quillfeather",
    "domestic violence", "confidential", "hotline", "katonah", "lowville", "casa segura", "lane",
)  # fmt: skip
FILTERS: tuple[dict[str, str], ...] = (
           {}, {"open_now": "1"}, {"need": "housing"}, {"need": "safety"}, {"yes": "walk_in"}, {"language": "es"},
           {"include_not_stated": "1", "yes": "medicaid"}, {"age": "17"}, {"page": "2"}, {"view": "list"},
           {"lang": "es"})  # fmt: skip
VOLATILE = (
    (re.compile(rb'name="csrf_token"[^>]*value="[^"]+"'), b'name="csrf_token"'),
    (re.compile(rb'<meta name="csrf-token"[^>]*>'), b"<meta>"),
)


@dataclass(frozen=True)
class Asked:
    """One request without cookies."""

    address: str
    method: str = "GET"
    body: str = ""


def public_endpoints(app: Flask) -> set[str]:
    """The endpoints that need no sign-in, static files aside."""
    return {rule.endpoint for rule in app.url_map.iter_rules() if mark_of(app, rule.endpoint) == PUBLIC} - {"static"}


def requests_of(service_ids: Sequence[str], organization_ids: Sequence[str], count: int) -> list[Asked]:
    """`count` searches and more, drawn with a fixed seed, and every other public page once or for each record."""
    draw = random.Random(7)
    asked = [Asked(address) for address in (
        "/", "/?lang=es", "/about", "/accessibility", "/help", "/fund", "/privacy", "/api", "/services", "/list",
        "/robots.txt", "/sitemap.xml", "/api/hsds", "/api/hsds/", "/api/hsds/openapi.json", "/sign-in",
        "/forgotten-password",
        "/sign-in/code", "/sign-in/recovery-code", "/sign-in/help", "/profile/second-step", "/new-password/x",
        "/invitation/x", "/no-such-page", "/services/none", "/api/none", "/api/search?within=x", "/list/broken",
        "/api/search?sort=distance", "/api/hsds/services?page=-1", "/sitemap.xml?page=2",
    )]  # fmt: skip
    asked += [
        Asked("/sign-out", "POST"),
        Asked("/list", "POST", "add=1"),
        Asked("/gaps/seen", "POST", "need=housing"),
        Asked("/services", "POST"),
    ]
    for service_id in service_ids:
        asked += [Asked(f"/services/{service_id}{part}") for part in ("", "/hours.ics", "/contact.vcf", "/report")]
        asked += [Asked(f"/services/{service_id}?from=10536"), Asked(f"/api/hsds/services/{service_id}")]
    for organization_id in organization_ids:
        asked += [Asked(f"/organizations/{organization_id}"), Asked(f"/api/hsds/organizations/{organization_id}")]
    for kind in ("services", "organizations", "service_at_locations", "taxonomies", "taxonomy_terms"):
        asked += [Asked(f"/api/hsds/{kind}{more}") for more in (
            "?per_page=100&full=true", "?page=2&per_page=100", "?page=99", "?format=ndjson", "?search=refuge",
            "?search=lane", "?postcode=10536&proximity=40000", "?latitude=41.2&longitude=-73.7&proximity=90000",
            "?modified_after=2020-01-01", "/00000000-0000-0000-0000-000000000000", "/x", "?organization_id=x",
        )]  # fmt: skip
        asked.append(Asked(f"/api/hsds/{kind}", "POST", "search=haven&per_page=100"))
    for word in WORDS:
        for path in ("/suggest", "/places"):
            asked += [Asked(f"{path}?{urlencode({'q': word[:length]})}") for length in (2, 4, 20)]
    while len(asked) < count:
        where, radius, sort = draw.choice(ORIGINS), draw.choice(RADII), draw.choice(SORTS)
        values = {"q": draw.choice(WORDS), "where": where, "within": radius, "sort": sort, **draw.choice(FILTERS)}
        asked.append(Asked("/services?" + urlencode(values)))
        near = {"q": values["q"], "near": where, "within": radius.removeprefix("any"), "sort": sort, "size": "100"}
        asked.append(Asked("/api/search?" + urlencode({**near, **draw.choice(({}, {"open_now": "1"}, {"page": "2"}))})))
    return asked[: max(count, 0)] if count < len(asked) else asked


def answer_of(site: Site, asked: Asked) -> bytes:
    """Status, headers and body of one answer, without what changes from answer to answer."""
    browser = site.browser()
    form = "application/x-www-form-urlencoded"
    answer = browser.open(asked.address, method=asked.method, data=asked.body or None, content_type=form)
    headers = sorted(
        f"{name}: {value}" for name, value in answer.headers if name not in {"X-Request-Id", "Date", "Set-Cookie"}
    )
    body = answer.get_data()
    for pattern, plain in VOLATILE:
        body = pattern.sub(plain, body)
    return "\n".join([str(answer.status_code), *headers]).encode() + b"\n\n" + body


def files_of(folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every file below a folder, whole."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.read_bytes()
