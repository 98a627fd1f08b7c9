"""Imports on the page: checked in the background, read, confirmed, and nothing twice."""

from __future__ import annotations

import io
import re
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import func, select
from werkzeug.test import TestResponse

from core.config import Config
from core.db import db
from directory import queries
from directory.imports.background import Desk
from directory.models import ImportRun, Service, Source
from tests.builders import make_service
from tests.cast import Browser

pytestmark = pytest.mark.one_database

SignIn = Callable[[str], Browser]
HSDS = {
    "organizations.csv": "id,name,description\no1,House of Bread,Feeds people\n",
    "services.csv": "id,organization_id,name,status,url\n"
    "s1,o1,Bread pantry,active,nowhere\ns2,o1,Soup kitchen,active,\n",
}
UNKNOWN = (
    "Agency,What they do,Street,Town,ZIP,Telephone\n"
    "House of Bread,Bread for all,1 Main Street,White Plains,10601,914-555-0123\n"
)


def zipped(files: dict[str, str]) -> bytes:
    """A feed as a zip."""
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as package:
        for name, text in files.items():
            package.writestr(name, text)
    return buffer.getvalue()


def upload(browser: Browser, data: bytes, name: str, **fields: Any) -> TestResponse:
    """Send a file from the upload page."""
    page = browser.get("/steward/imports/new").text
    values = {field: re.search(rf'name="{field}"[^>]*value="([^"]+)"', page) for field in ("csrf_token", "key")}
    found = {field: match[1] for field, match in values.items() if match}
    return browser.post("/steward/imports/new", data={**found, "file": (io.BytesIO(data), name), **fields})


def settle(browser: Browser, answer: TestResponse) -> str:
    """Wait until the import behind a redirect rests; answers its address."""
    address = answer.headers["Location"]
    for _ in range(200):
        told = browser.get(f"{address}/progress").get_json()
        if not told["running"]:
            return address
        time.sleep(0.05)
    raise AssertionError("the import never came to rest")


def services() -> int:
    """How many services there are."""
    count = db.session.scalar(select(func.count()).select_from(Service)) or 0
    db.session.rollback()
    return count


def uploads(app: Flask) -> list[Path]:
    """What lies in the upload folder."""
    config: Config = app.config["GOLDTHREAD"]
    folder = config.data_dir / "uploads"
    return list(folder.iterdir()) if folder.is_dir() else []


@pytest.mark.database
def test_check_then_confirm_then_nothing_again(app: Flask, sign_in_as: SignIn, client: Browser) -> None:
    """The check writes nothing; the confirmation does, and removes the file; the same again changes nothing."""
    stella = sign_in_as("stella")
    address = settle(stella, upload(stella, zipped(HSDS), "bread.zip", source="Bread list"))
    page = stella.get(address).text
    assert "Confirm the import" in page and "nowhere" in page and services() == 0 and uploads(app)
    sent = stella.send(f"{address}/apply", page=address)
    settle(stella, sent)
    assert services() == 2 and uploads(app) == []
    assert "Imported" in stella.get(address).text
    assert "Bread pantry" in client.get("/services?q=bread").text
    again = settle(stella, upload(stella, zipped(HSDS), "bread.zip", source="Bread list"))
    assert "0 changes since the last import" in stella.get(again).text and uploads(app) == []


@pytest.mark.database
def test_confirming_twice_imports_once(app: Flask, sign_in_as: SignIn) -> None:
    """The second press leads to the same page and starts nothing."""
    stella = sign_in_as("stella")
    address = settle(stella, upload(stella, zipped(HSDS), "bread.zip"))
    token = stella.token(address)
    for _ in range(2):
        settle(stella, stella.post(f"{address}/apply", data={"csrf_token": token}))
    assert services() == 2
    assert db.session.scalar(select(func.count()).select_from(ImportRun)) == 1


@pytest.mark.database
def test_sending_twice_checks_once(app: Flask, sign_in_as: SignIn) -> None:
    """Two presses of the button are one import: both lead to it."""
    stella = sign_in_as("stella")
    page = stella.get("/steward/imports/new").text
    token, key = (re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) for name in ("csrf_token", "key"))
    assert token and key
    fields = {"csrf_token": token[1], "key": key[1]}
    answers = [
        stella.post("/steward/imports/new", data={**fields, "file": (io.BytesIO(zipped(HSDS)), "bread.zip")})
        for _ in range(2)
    ]
    assert len({settle(stella, answer) for answer in answers}) == 1


def test_the_report_can_be_filtered_and_downloaded(app: Flask, sign_in_as: SignIn) -> None:
    """Every change by file, row, field and reason; a cell that starts a formula is made harmless."""
    stella = sign_in_as("stella")
    files = {**HSDS, "services.csv": "id,organization_id,name,status,url\ns1,o1,Bread,active,=HYPERLINK(1)\n"}
    address = settle(stella, upload(stella, zipped(files), "bread.zip"))
    report = stella.get(f"{address}/report.json").get_json()
    codes = [change["code"] for change in report["changes"]]
    assert "not_a_url" in codes
    shown = stella.get(f"{address}?code=not_a_url").text
    assert "HYPERLINK" in shown and "services.csv" in shown and "row 2" in shown
    assert "HYPERLINK" not in stella.get(f"{address}?code=trimmed").text.split('id="changes"')[1]
    table = stella.get(f"{address}/report.csv")
    assert table.mimetype == "text/csv" and "'=HYPERLINK(1)" in table.text
    assert stella.get(f"{address}/report.exe").status_code == 404


def test_an_unreadable_file_fails_with_a_sentence(app: Flask, sign_in_as: SignIn) -> None:
    """A zip that is none, and a file of a kind that is not read."""
    stella = sign_in_as("stella")
    address = settle(stella, upload(stella, b"PK\x03\x04 nonsense", "bad.zip"))
    assert "cannot be read" in stella.get(address).text
    refused = upload(stella, b"MZ", "program.exe")
    assert refused.status_code == 422 and "Choose a zip, CSV, XLSX or JSON file." in refused.text
    assert upload(stella, b"", "").status_code == 422


def test_an_unknown_list_is_mapped_by_hand(app: Flask, sign_in_as: SignIn, client: Browser) -> None:
    """Samples by each column, the file checked again, imported, and the mapping kept for the next time."""
    stella = sign_in_as("stella")
    address = settle(stella, upload(stella, UNKNOWN.encode(), "agencies.csv", source="Agencies"))
    assert "This format is not known" in stella.get(address).text
    page = stella.get(f"{address}/mapping").text
    assert "House of Bread" in page and "914-555-0123" in page
    choice = {"column-0": "organization.name", "column-1": "service.description", "column-2": "address.address_1",
              "column-3": "address.city", "column-4": "address.postal_code", "column-5": "phone.number"}  # fmt: skip
    nameless = stella.send(f"{address}/mapping", **{**choice, "column-0": ""})
    assert nameless.status_code == 422 and "Say which column names" in nameless.text
    settle(stella, stella.send(f"{address}/mapping", **choice))
    settle(stella, stella.send(f"{address}/apply", page=address))
    assert services() == 1
    text = client.get("/services?q=bread").text
    assert "House of Bread" in text
    assert "organization.name" in (db.session.scalar(select(Source.mapping)) or "")
    db.session.rollback()
    again = settle(stella, upload(stella, UNKNOWN.encode(), "agencies.csv", source="Agencies"))
    assert "0 changes since the last import" in stella.get(again).text


def test_inactive_feeds_ask_what_to_do(app: Flask, sign_in_as: SignIn, client: Browser) -> None:
    """The page says how many are inactive and offers to show them; shown ones are marked."""
    stella = sign_in_as("stella")
    rows = "".join(f"s{n},o1,Pantry {n},inactive\n" for n in range(10))
    files = {**HSDS, "services.csv": "id,organization_id,name,status\n" + rows}
    address = settle(stella, upload(stella, zipped(files), "bread.zip"))
    page = stella.get(address).text
    assert "10 of 10" in page and "--show-inactive" not in page
    token = stella.token(address)
    settle(stella, stella.post(f"{address}/check-again", data={"csrf_token": token, "show_inactive": "1"}))
    settle(stella, stella.post(f"{address}/apply", data={"csrf_token": token}))
    assert services() == 10 and "could not confirm that this is still offered" in client.get("/services?q=pantry").text


def test_a_checked_import_can_be_given_up(app: Flask, sign_in_as: SignIn) -> None:
    """The file is gone and nothing was written."""
    stella = sign_in_as("stella")
    address = settle(stella, upload(stella, zipped(HSDS), "bread.zip"))
    stella.send(f"{address}/discard", page=address)
    assert uploads(app) == [] and services() == 0
    assert "Given up after the check" in stella.get(address).text


@pytest.mark.database
def test_the_directory_may_not_move_between_check_and_confirmation(app: Flask, sign_in_as: SignIn) -> None:
    """What would now be written is not what was read: it fails with a sentence and writes nothing."""
    stella = sign_in_as("stella")
    first = settle(stella, upload(stella, zipped(HSDS), "bread.zip", source="Bread"))
    second = settle(stella, upload(stella, zipped(HSDS), "bread.zip", source="Bread"))
    settle(stella, stella.send(f"{first}/apply", page=first))
    settle(stella, stella.send(f"{second}/apply", page=second))
    assert "changed since this was checked" in stella.get(second).text and services() == 2


@pytest.mark.database
@pytest.mark.parametrize("state", ["checking", "applying"])
def test_a_restart_in_the_middle_shows_as_failed(app: Flask, sign_in_as: SignIn, state: str) -> None:
    """Nobody holds the lock: the page says so, and the next upload writes it down and clears the folder."""
    stella = sign_in_as("stella")
    config: Config = app.config["GOLDTHREAD"]
    address = settle(stella, upload(stella, zipped(HSDS), "bread.zip"))
    run_id = UUID(address.rsplit("/", 1)[1])
    from sqlalchemy import update

    from core.db import transaction

    with transaction() as session:
        session.execute(update(ImportRun).values(state=state))
    page = stella.get(address).text
    assert "The server stopped while this import ran" in page and "Nothing was changed" in page
    assert not stella.get(f"{address}/progress").get_json()["running"]
    settle(stella, upload(stella, zipped(HSDS), "other.zip"))
    assert queries.get_import_state(run_id) == "failed" and len(uploads(app)) == 1
    assert Desk.of(config.data_dir, uploads(app)[0].name).exists


def test_polling_does_not_extend_the_session(app: Flask, sign_in_as: SignIn) -> None:
    """A timer's question leaves the session's time as it is; a person's page moves it."""
    stella = sign_in_as("stella")
    address = settle(stella, upload(stella, zipped(HSDS), "bread.zip"))
    with stella.session_transaction() as session:
        session["seen_at"] = before = session["seen_at"] - 60
    stella.get(f"{address}/progress", headers={"X-Goldthread-Poll": "1"})
    with stella.session_transaction() as session:
        assert session["seen_at"] == before
    stella.get(address)
    with stella.session_transaction() as session:
        assert session["seen_at"] > before


def test_a_large_file_is_taken_on_the_upload_page_only(app: Flask, sign_in_as: SignIn) -> None:
    """Two megabytes: the upload page reads them, another page and a stranger's upload do not."""
    stella, cal = sign_in_as("stella"), sign_in_as("cal")
    page = stella.get("/steward/imports/new").text
    values = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page) for name in ("csrf_token", "key")}
    fields = "".join(
        f'--cut\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{match[1]}\r\n'
        for name, match in values.items()
        if match
    )
    head = (
        '--cut\r\nContent-Disposition: form-data; name="file"; filename="large.csv"\r\nContent-Type: text/csv\r\n\r\n'
    )
    body = (fields + head).encode() + b"Name\n" + b"x" * 2_000_000 + b"\r\n--cut--\r\n"
    kind = "multipart/form-data; boundary=cut"
    answer = stella.post("/steward/imports/new", data=body, content_type=kind)
    assert answer.status_code == 303
    settle(stella, answer)
    elsewhere = f"/steward/services/{make_service()}/retire"
    assert stella.post(elsewhere, data=body, content_type=kind).status_code == 413
    assert cal.post("/steward/imports/new", data=body, content_type=kind).status_code == 413
    assert cal.get("/steward/imports").status_code == 403


def test_a_feed_that_lost_most_cannot_be_confirmed_before_a_decision(app: Flask, sign_in_as: SignIn) -> None:
    """Ten services became one: the import stops and asks; told so, it goes on."""
    stella = sign_in_as("stella")
    rows = "".join(f"s{n},o1,Pantry {n},active\n" for n in range(10))
    head = "id,organization_id,name,status\n"
    address = settle(stella, upload(stella, zipped({**HSDS, "services.csv": head + rows}), "a.zip", source="Bread"))
    settle(stella, stella.send(f"{address}/apply", page=address))
    less = zipped({**HSDS, "services.csv": head + "s0,o1,Pantry 0,active\n"})
    address = settle(stella, upload(stella, less, "a.zip", source="Bread"))
    page = stella.get(address).text
    assert "Your decision is needed" in page and "9 of 10" in page and "Confirm the import" not in page
    token = stella.token(address)
    stella.post(f"{address}/apply", data={"csrf_token": token})
    assert queries.get_import_state(UUID(address.rsplit("/", 1)[1])) == "checked"
    settle(stella, stella.post(f"{address}/check-again", data={"csrf_token": token, "accept_losses": "1"}))
    assert "Confirm the import" in stella.get(address).text
