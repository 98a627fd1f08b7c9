"""The audit packet: the shipped verifier accepts it without this program, and refuses every change to it."""

from __future__ import annotations

import hashlib
import json
import random
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from audit.queries import chain_head
from core.db import db, transaction
from funds.models import Document, FundRequest
from tests.builders import NOW
from tests.conftest import SignIn
from tests.funds.books import make_approved, make_submitted, make_world

VERIFIER = Path(__file__).resolve().parents[3] / "docs" / "verify_packet.py"


def verify(path: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """The verifier as an auditor runs it: isolated, from an empty folder."""
    return subprocess.run(
        [sys.executable, "-I", "-S", str(VERIFIER), str(path), *words],
        cwd=path.parent,
        capture_output=True,
        text=True,
        check=False,
    )


@pytest.fixture
def packet(app: Flask, sign_in_as: SignIn, tmp_path: Path) -> Path:
    """A packet as the page gives it, of an approved request among others."""
    world = make_world()
    make_submitted(world, cents=9_000)
    request_id = make_approved(world)
    make_submitted(world, cents=8_000)
    browser = sign_in_as("ada")
    page = f"/fund/reports/request/{request_id}"
    answer = browser.send(f"{page}/packet", page=page)
    assert answer.status_code == 200
    path = tmp_path / "packet.json"
    path.write_bytes(answer.data)
    return path


def test_the_verifier_accepts_it_alone(app: Flask, packet: Path) -> None:
    done = verify(packet)
    assert (done.returncode, done.stdout.split(":")[0]) == (0, "Verified")
    _seq, head = chain_head()
    db.session.rollback()
    assert verify(packet, "--head", head).returncode == 0  # the event of the packet is the last one
    assert verify(packet, "--head", "0" * 63 + "1").returncode == 1


def test_it_holds_this_request_and_of_others_digests_only(app: Flask, packet: Path) -> None:
    body = json.loads(packet.read_text())["body"]
    own = [json.loads(link["record"]) for link in body["chain"]["links"] if "record" in link]
    assert {event["subject_id"] for event in own} == {body["request"]["id"]}
    assert len(own) < len(body["chain"]["links"])
    other = db.session.scalars(select(FundRequest.number).where(FundRequest.number != body["request"]["number"])).all()
    db.session.rollback()
    text = packet.read_text()
    assert other and not [number for number in other if number in text]
    for word in ("mattress", "To sleep", "Ana", "Furniture bank"):
        assert word not in text


def changed(body: Any, path: str, value: Any) -> None:
    """Set one value inside."""
    *way, last = path.split("/")
    for step in way:
        body = body[int(step)] if isinstance(body, list) else body[step]
    if isinstance(body, list):
        body[int(last)] = value
    else:
        body[last] = value


CHANGES: list[tuple[str, Callable[[dict[str, Any]], None]]] = [
    ("amount", lambda p: changed(p, "body/postings/0/transfers/0/cents", 17_999)),
    ("debit", lambda p: p["body"]["postings"][0]["transfers"][0].update(debit=1)),
    ("kind", lambda p: changed(p, "body/postings/0/kind", "release")),
    ("payload hash", lambda p: changed(p, "body/postings/0/payload_sha256", "0" * 64)),
    ("posting gone", lambda p: p["body"]["postings"].clear()),
    ("posting twice", lambda p: p["body"]["postings"].append(p["body"]["postings"][0])),
    ("total", lambda p: changed(p, "body/totals/control_total_cents", 1)),
    ("net", lambda p: p["body"]["totals"]["net_cents"].update(expense=1)),
    ("status", lambda p: changed(p, "body/request/status", "paid")),
    ("number", lambda p: changed(p, "body/request/number", "FR-2026-9999")),
    ("step gone", lambda p: p["body"]["records"]["fund_request_event"].pop(1)),
    ("approver", lambda p: changed(p, "body/records/approval_step/0/actor_id", "somebody")),
    ("evaluation", lambda p: changed(p, "body/records/policy_evaluation/0/cents", 1)),
    ("evaluation gone", lambda p: p["body"]["records"]["policy_evaluation"].clear()),
    ("link gone", lambda p: p["body"]["chain"]["links"].pop(3)),
    ("links swapped", lambda p: p["body"]["chain"]["links"].reverse()),
    ("digest", lambda p: other_link(p).update(digest="0" * 64)),
    ("record", lambda p: own_link(p).update(record=own_link(p)["record"].replace("fund_request", "fund_request_", 1))),
    ("anchor", lambda p: changed(p, "body/chain/to/hash", "0" * 64)),
    ("day of making", lambda p: changed(p, "body/made_at", "2020-01-01T00:00:00.000000Z")),
    ("seal", lambda p: changed(p, "seal/head/hash", "0" * 64)),
    ("seal's record", lambda p: p["seal"]["links"][-1].update(record="{}")),
    ("seal cut", lambda p: p["seal"]["links"].clear()),
]  # fmt: skip


def own_link(packet: dict[str, Any]) -> dict[str, Any]:
    """The first link that carries a record of the request."""
    found: dict[str, Any] = next(link for link in packet["body"]["chain"]["links"] if "record" in link)
    return found


def other_link(packet: dict[str, Any]) -> dict[str, Any]:
    """The first link that carries a digest only."""
    found: dict[str, Any] = next(link for link in packet["body"]["chain"]["links"] if "digest" in link)
    return found


@pytest.mark.one_database
def test_every_tampering_is_refused(app: Flask, packet: Path) -> None:
    """Also when who changes it spells the file canonically again; and one changed byte anywhere."""
    assert len(CHANGES) >= 20
    data = packet.read_bytes()
    accepted = []
    for name, change in CHANGES:
        content = json.loads(data)
        change(content)
        packet.write_text(json.dumps(content, sort_keys=True, separators=(",", ":"), ensure_ascii=False))
        done = verify(packet)
        if done.returncode != 1 or not done.stdout.strip():
            accepted.append(name)
    chance = random.Random(7)
    for _try in range(10):
        at = chance.randrange(len(data))
        packet.write_bytes(data[:at] + bytes([data[at] ^ 1]) + data[at + 1 :])
        if verify(packet).returncode != 1:
            accepted.append(f"byte {at}")
    assert accepted == []


def test_papers_are_compared_byte_for_byte(app: Flask, sign_in_as: SignIn, tmp_path: Path) -> None:
    request_id = make_approved(make_world())
    paper = b"A receipt of $180.00"
    with transaction() as session:
        session.add(
            Document(
                fund_request_id=request_id, kind="receipt", media_type="image/png", size_bytes=len(paper),
                sha256=hashlib.sha256(paper).hexdigest(), added_at=NOW,
            )
        )  # fmt: skip
    page = f"/fund/reports/request/{request_id}"
    path, folder = tmp_path / "packet.json", tmp_path / "papers"
    path.write_bytes(sign_in_as("ada").send(f"{page}/packet", page=page).data)
    folder.mkdir()
    assert "is not there" in verify(path, "--files", str(folder)).stdout
    (folder / "receipt").write_bytes(paper)
    assert verify(path, "--files", str(folder)).returncode == 0
    (folder / "receipt").write_bytes(paper + b" ")
    assert verify(path, "--files", str(folder)).returncode == 1


def test_what_is_no_packet_is_said(tmp_path: Path) -> None:
    path = tmp_path / "x.json"
    for text in ("", "{}", "[]", '{"body":{}}'):
        path.write_text(text)
        done = verify(path)
        assert done.returncode == 1
        assert "no whole packet" in done.stdout
    assert verify(path, "--nonsense", "x").returncode == 2


def test_the_verifier_is_small_and_stands_alone() -> None:
    lines = [line for line in VERIFIER.read_text().splitlines() if line.strip()]
    assert len(lines) <= 110
    imports = {line.split()[1] for line in lines if line.startswith(("import ", "from "))}
    assert imports <= set(sys.stdlib_module_names) | {"__future__"}
