"""What comes from other sites, other hosts and other methods is refused (T19), and nothing leads or calls elsewhere."""

from __future__ import annotations

import itertools
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from uuid import uuid4

import pytest
from sqlalchemy import select

from core.db import db
from core.guard import PUBLIC, mark_of
from directory.models import Service
from tests.security.conftest import OutsideCall
from tests.security.sites import Site, build_site
from tests.security.test_headers import address_of

# Reviewed: posts that need no token. What is not here is refused without one.
WITHOUT_TOKEN = {
    "hsds.list_records",  # a query in the body; it changes nothing
    "care.count_public_search",  # counts a search without a cookie, so there is no session that a token could protect
}
FOREIGN = (
    "evil.example",
    "//evil.example",
    "///evil.example",
    "////evil.example/%2e%2e",
    "https://evil.example",
    "http:evil.example",
    "https:evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "\\/evil.example",
    "/\\/evil.example",
    "//evil.example\\@localhost",
    "https://localhost@evil.example",
    "https://localhost.evil.example",
    "//localhost:80@evil.example",
    "javascript:alert(1)",
    "JavaScript://%0aalert(1)",
    "data:text/html,x",
    "vbscript:x",
    "mailto:x@evil.example",
    "/%09/evil.example",
    "/%5cevil.example",
    "/.//evil.example",
    "/..//evil.example",
    "//evil%E3%80%82example",
    "//evil。example",
    "//[::1]/",
    "//2130706433/",
    "ftp://evil.example",
    "//evil.example/services",
)
BEFORE = ("", " ", "\t", "\n", "\x00", "\u200b", "\ufeff", "\u3000")
AFTER = ("", "#/services", "?x=/services", "/services")


@pytest.fixture(scope="module")
def site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site of its own: these tests change what visitors may change."""
    folder = tmp_path_factory.mktemp("requests")
    shutil.copyfile(prepared, folder / "goldthread.db")
    built = build_site(folder)
    yield built
    built.close()


@pytest.fixture(scope="module")
def service_id(site: Site) -> str:
    """A public service."""
    with site.app.app_context():
        found = db.session.scalars(
            select(Service.id).where(Service.visibility == 0).order_by(Service.name).limit(1)
        ).one()
        db.session.remove()
    return str(found)


def test_no_post_goes_without_its_token(site: Site) -> None:
    """Every route that takes a POST, whoever may call it, refuses one without and one with a wrong token."""
    refused = 0
    for rule in site.app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or rule.endpoint in WITHOUT_TOKEN:
            continue
        for data in ({}, {"csrf_token": "x"}, {"csrf_token": "IjEi.aaaa.bbbb"}):
            answer = site.browser().post(address_of(rule), data=data)
            assert answer.status_code == 400, (rule.rule, answer.status_code)
            refused += 1
    assert refused > 60


def test_a_token_of_another_session_is_refused(site: Site, service_id: str) -> None:
    mine, theirs = site.browser(), site.browser()
    token = theirs.token("/services?q=food")
    mine.get("/services?q=food")
    assert mine.post("/list", data={"csrf_token": token, "add": service_id}).status_code == 400
    assert mine.send("/list", page="/services?q=food", add=service_id).status_code == 303  # control


@pytest.mark.parametrize("fetch_site", ["cross-site", "same-site", "nonsense", "", "Same-Origin"])
def test_posts_that_a_browser_says_come_from_elsewhere_are_refused(
    site: Site, service_id: str, fetch_site: str
) -> None:
    browser = site.browser()
    data = {"csrf_token": browser.token("/services?q=food"), "add": service_id}
    refused = browser.post("/list", data=data, headers={"Sec-Fetch-Site": fetch_site})
    assert refused.status_code == 403
    assert browser.get("/list").text.count(service_id) == 0
    for fine in ("same-origin", "none"):  # control
        assert browser.post("/list", data=data, headers={"Sec-Fetch-Site": fine}).status_code == 303
    for address in ("/api/hsds/services", "/gaps/seen"):
        assert site.browser().post(address, headers={"Sec-Fetch-Site": fetch_site}).status_code == 403


def test_reading_changes_nothing(site: Site, service_id: str) -> None:
    """GET, HEAD and OPTIONS of every public route leave the database file as it was."""
    site.browser().get("/services?q=food")
    before = (site.folder / "goldthread.db").read_bytes()
    for rule in site.app.url_map.iter_rules():
        if mark_of(site.app, rule.endpoint) == PUBLIC and "GET" in (rule.methods or ()):
            for method in ("GET", "HEAD", "OPTIONS"):
                address = address_of(rule).replace("/services/x", f"/services/{service_id}")
                site.browser().open(address, method=method).close()
    site.browser().get(f"/services/{service_id}", headers={"X-HTTP-Method-Override": "DELETE"})
    assert (site.folder / "goldthread.db").read_bytes() == before
    posted = site.browser().send(f"/services/{service_id}/report", kind="closed", words="It moved.")  # control
    assert posted.status_code in (200, 303)


def test_a_report_is_written(site: Site, service_id: str) -> None:
    """Control of the test above: a form that changes something does change the file."""
    browser, before = site.browser(), (site.folder / "goldthread.db").read_bytes()
    page = browser.get(f"/services/{service_id}/report").text
    kinds = [part.split('"')[0] for part in page.split('name="kind"')[1:] for part in part.split('value="')[1:2]]
    assert browser.send(f"/services/{service_id}/report", kind=kinds[0], words="It moved.").status_code == 303
    assert (site.folder / "goldthread.db").read_bytes() != before


@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "localhost.evil.example",
        "evil.example:80",
        "localhost@evil.example",
        "127.0.0.1.evil.example",
        "local host",
        "localhost/evil",
        "xn--lcalhost-54a",
        "LOCALHOST.",
        "10.0.0.1",
        "",
    ],
)
def test_hosts_that_are_not_ours_are_refused(site: Site, host: str) -> None:
    answer = site.browser().get("/forgotten-password", headers={"Host": host})
    assert answer.status_code == 400
    assert "evil" not in answer.text and "evil" not in str(answer.headers)
    assert site.browser().get("/about", headers={"Host": "127.0.0.1:8000"}).status_code == 200  # control


def test_forwarded_hosts_are_not_believed(site: Site) -> None:
    headers = {
        "X-Forwarded-Host": "evil.example",
        "Forwarded": "host=evil.example",
        "X-Host": "evil.example",
        "X-Original-URL": "/users",
        "X-Rewrite-URL": "/users",
    }
    for address in (
        "/",
        "/api/hsds",
        "/api/hsds/services?per_page=3",
        "/sitemap.xml",
        "/profile",
        "/api/hsds/openapi.json",
    ):
        answer = site.browser().get(address, headers=headers)
        assert answer.status_code in (200, 303)
        assert "evil" not in answer.text and "evil" not in str(answer.headers)


def leads_away(location: str) -> bool:
    """Whether a browser that stands on our site would leave it."""
    plain = location.strip().replace("\\", "/").replace("\t", "").replace("\n", "").replace("\r", "")
    parts = urlsplit(plain)
    own = parts.netloc in ("", "localhost") and parts.scheme in ("", "http", "https")
    return not own or plain.startswith("//") or (bool(parts.scheme) and not parts.netloc)


def test_no_redirect_leads_away(site: Site, service_id: str) -> None:
    """Every variant of a foreign target, to the kept list and to sign-in: the answer stays on this site."""
    browser, tried = site.browser(), 0
    token = browser.token("/services?q=food")
    for target, before, after in itertools.product(FOREIGN, BEFORE, AFTER):
        wanted = before + target + after
        answer = browser.post("/list", data={"csrf_token": token, "add": service_id, "next": wanted})
        assert answer.status_code == 303 and not leads_away(answer.location), (wanted, answer.location)
        tried += 1
        if not after:
            page = browser.get("/sign-in", query_string={"next": wanted}, follow_redirects=True)
            assert page.status_code == 200 and "evil" not in page.text, wanted
    assert tried >= 300
    assert leads_away("//evil.example") and leads_away("/\\evil.example") and not leads_away("/services?q=a")  # control
    kept = browser.post("/list", data={"csrf_token": token, "add": service_id, "next": "/services?q=food"})
    assert kept.location.startswith("/services?q=food")


@pytest.mark.parametrize("name", ["add", "remove", "up", "down", "restore", "add_all"])
def test_line_ends_in_a_form_reach_no_header(site: Site, name: str) -> None:
    browser = site.browser()
    token, plain = browser.token("/services?q=food"), uuid4().hex
    for value in (
        "\n" + plain[1:],
        plain[1:] + "\r",
        "\r\n" + plain[2:],
        f"{plain}\r\nX-Evil: 1",
        "{" + plain + "}",
        "1_" + plain[2:],
    ):
        answer = browser.post("/list", data={"csrf_token": token, name: value, "next": "/services?q=food"})
        assert answer.status_code == 303, value
        assert "X-Evil" not in answer.headers and not set("\r\n") & set(answer.location)


@pytest.mark.parametrize(
    "address", [("192.0.2.1", 80), ("2001:db8::1", 443), ("169.254.169.254", 80), ("64:ff9b::7f00:1", 80)]
)
def test_a_planted_outside_call_fails(address: tuple[str, int]) -> None:
    """Positive control of the guard that watches this whole run of tests."""
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    with socket.socket(family) as one, pytest.raises(OutsideCall):
        one.connect(address)
    with pytest.raises(OutsideCall):
        socket.create_connection(address, timeout=1)
    with pytest.raises(OutsideCall):
        socket.getaddrinfo("nominatim.example", 443)


def test_addresses_in_questions_are_never_fetched(site: Site) -> None:
    """What looks like a web address in a box stays words."""
    for target in (
        "http://192.0.2.1/",
        "http://169.254.169.254/latest/meta-data",
        "file:///etc/passwd",
        "//192.0.2.1/x",
    ):
        for address in ("/services", "/api/search", "/suggest", "/places", "/api/hsds/services"):
            answer = site.browser().get(
                address, query_string={"q": target, "where": target, "search": target, "url": target}
            )
            assert answer.status_code < 500
            assert "root:" not in answer.text
