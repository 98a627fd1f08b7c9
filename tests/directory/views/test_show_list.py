"""My list: saved by buttons, kept in this browser, shared as ids and nothing else."""

from __future__ import annotations

import re
from urllib.parse import unquote

import pytest
from flask import Flask

from directory.kept import pack
from tests.builders import make_listing, make_phone
from tests.cast import Browser

pytestmark = pytest.mark.one_database


def saved(client: Browser, *ids: object) -> None:
    for service_id in ids:
        answer = client.send("/list", page=f"/services/{service_id}", add=str(service_id), next="/services?q=food")
        assert answer.status_code == 303 and answer.location == f"/services?q=food#service-{service_id}"


def names(text: str) -> list[str]:
    return re.findall(r'data-card-link="[^"]+">([^<]+)</a>', text)


def test_a_list_is_kept_moved_cleared_and_brought_back(app: Flask, client: Browser) -> None:
    first, second = make_listing(name="Pantry"), make_listing(name="Clinic")
    saved(client, first, second, first)
    assert names(client.get("/list").text) == ["Pantry", "Clinic"]
    client.send("/list", down=str(first))
    assert names(client.get("/list").text) == ["Clinic", "Pantry"]
    client.send("/list", remove=str(second))
    assert names(client.get("/list").text) == ["Pantry"]
    client.send("/list", clear="1")
    empty = client.get("/list").text
    assert names(empty) == [] and "Your list was cleared." in empty
    packed = re.search(r'name="restore" value="([^"]+)"', empty)
    assert packed
    client.send("/list", restore=packed[1])
    assert names(client.get("/list").text) == ["Pantry"]


def test_a_shared_list_holds_the_places_and_nothing_of_a_person(app: Flask, client: Browser) -> None:
    service_id = make_listing(name="Pantry")
    make_phone(service_id=service_id, number="914-555-0123")
    saved(client, service_id)
    text = client.get("/list").text
    link = re.search(r'id="share-link"[^>]*value="([^"]+)"', text)
    assert link and f"/list/{pack([service_id])}" in link[1]
    sms = re.search(r'href="(sms:[^"]+)"', text)
    assert sms and "Pantry (914) 555-0123" in unquote(sms[1])
    assert 'src="data:image/svg+xml' in text
    stranger = app.test_client().get(f"/list/{pack([service_id])}")
    assert "A list for you" in stranger.text and names(stranger.text) == ["Pantry"]
    assert "noindex" in stranger.text


def test_a_shared_list_shows_only_what_the_public_sees(app: Flask, client: Browser) -> None:
    hidden, shown = make_listing(name="Hidden", visibility=2), make_listing(name="Shown")
    assert names(client.get(f"/list/{pack([hidden, shown])}").text) == ["Shown"]
    assert client.get("/list/junk").status_code == 404


def test_a_list_is_not_changed_without_its_token_or_by_get(app: Flask, client: Browser) -> None:
    service_id = make_listing()
    assert client.post("/list", data={"add": str(service_id)}).status_code == 400
    assert names(client.get(f"/list?add={service_id}").text) == []


def test_script_gets_the_count(app: Flask, client: Browser) -> None:
    service_id = make_listing()
    token = client.token(f"/services/{service_id}")
    answer = client.post(
        "/list", data={"csrf_token": token, "add": str(service_id)}, headers={"Accept": "application/json"}
    )
    assert answer.json == {"count": 1, "kept": True, "message": "Saved to your list."}


def test_the_way_back_stays_on_this_site(app: Flask, client: Browser) -> None:
    service_id = make_listing()
    answer = client.send("/list", page=f"/services/{service_id}", add=str(service_id), next="//evil.example/")
    assert answer.location == "/list"
