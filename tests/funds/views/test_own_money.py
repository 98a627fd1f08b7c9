"""One's own money: what is left, each request in plain words, an answer, a draft in two fields, a second look."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from core.clock import now_utc
from core.db import db
from funds.actions import refusing
from funds.models import ChoiceStatement, FundRequest
from tests.cast import Browser
from tests.conftest import SignIn
from tests.funds.books import World, make_approved, make_draft, make_submitted, make_world, status_of, version_of

pytestmark = pytest.mark.one_database

CAP = {
    "code": "person.year",
    "kind": "cap_window",
    "severity": "exception",
    "params": {"cents": 40_000, "window": "fiscal_year"},
    "exception_role": "director",
}


@pytest.fixture
def world(app: Flask) -> World:
    """Ana with Cal, and $400 a year for one person."""
    return make_world(rules=[CAP])


def own(request_id: UUID) -> str:
    return f"/me/money/{request_id}"


def press(browser: Browser, request_id: UUID, verb: str, **fields: str) -> TestResponse:
    """Press a button of one's own request as the page shows it."""
    shown = browser.get(own(request_id)).text
    form = re.search(rf'action="{own(request_id)}/{verb}".*?</form>', shown, re.DOTALL)
    assert form, f"no form to {verb}"
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0].split("<button")[0]))
    return browser.post(f"{own(request_id)}/{verb}", data={**sent, **fields})


def make_denied(world: World) -> UUID:
    """A request that Sue denied a minute ago."""
    now = now_utc() - timedelta(minutes=1)
    request_id = make_submitted(world, now=now)
    refusing.deny_request(
        world.sue,
        request_id=request_id,
        row_version=version_of(request_id),
        key=uuid4().hex,
        reason_code="other_source",
        words="HEAP pays for beds this month.",
        now=now,
    )
    return request_id


@pytest.mark.database
def test_ana_sees_what_is_left_and_whom_each_request_waits_for(world: World, sign_in_as: SignIn) -> None:
    """In plain words, less what is set aside already."""
    make_approved(world)
    make_draft(world, texts={"item": "A lamp"}, statement=None)
    ana = sign_in_as("ana")
    page = ana.get("/me/money").text
    assert "$220.00" in page and "of $400.00" in page and "is left for you until December 31, 2026" in page
    assert "approved, money set aside" in page and "A fiscal approver, to make it payable" in page
    assert "A lamp" in page and "Your answer is needed" in page


def test_it_is_hers_alone(world: World, sign_in_as: SignIn) -> None:
    """Another's page: 403 without the permission, 404 for what is not one's own, and nothing for a stranger."""
    request_id = make_submitted(world)
    assert sign_in_as("cal").get(own(request_id)).status_code == 403
    assert sign_in_as("max").get(f"/fund/requests/{request_id}").status_code == 404
    assert sign_in_as("ana").get(own(uuid4())).status_code == 404
    assert sign_in_as("ana").get(f"/fund/requests/{request_id}").status_code == 403


def test_one_without_a_record_is_told_what_to_do(app: Flask, sign_in_as: SignIn) -> None:
    page = sign_in_as("ana").get("/me/money").text
    assert "No record is tied to your account" in page


@pytest.mark.database
def test_a_draft_starts_in_two_fields_and_the_coordinator_adopts_it(world: World, sign_in_as: SignIn) -> None:
    """What and why; sent twice it is one draft; it waits for Cal, who makes it his."""
    ana = sign_in_as("ana")
    page = ana.get("/me/money/new").text
    sent = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page.split('<form method="post" novalidate')[1]))
    sent |= {"item": "A winter coat", "purpose": "To look for work"}
    first, second = (ana.post("/me/money/new", data=sent) for _ in range(2))
    assert first.status_code == second.status_code == 303 and first.location == second.location
    request = db.session.scalars(select(FundRequest)).one()
    request_id = request.id
    assert request.author_id is None and request.status == "draft"
    db.session.rollback()
    assert "The coordinator, to take the draft over" in ana.get("/me/money").text
    cal = sign_in_as("cal")
    assert "Drafts that people started" in cal.get("/start").text
    shown = cal.get(f"/fund/requests/{request_id}").text
    assert "A winter coat" in shown and "Take the draft over" in shown
    form = re.search(rf'action="/fund/requests/{request_id}/adopt".*?</form>', shown, re.DOTALL)
    assert cal.post(
        f"/fund/requests/{request_id}/adopt", data=dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    ).status_code == 303  # fmt: skip
    assert "Cal Brooks, to finish and send it" in ana.get("/me/money").text


def test_a_draft_without_words_keeps_the_rest(world: World, sign_in_as: SignIn) -> None:
    ana = sign_in_as("ana")
    page = ana.get("/me/money/new").text
    sent = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page.split('<form method="post" novalidate')[1]))
    answer = ana.post("/me/money/new", data={**sent, "item": "", "purpose": "To look for work"})
    assert answer.status_code == 422 and "Write what you need." in answer.text and "To look for work" in answer.text


@pytest.mark.parametrize(("answer", "kind"), [("yes", "online"), ("no", "declined")])
def test_she_answers_online(world: World, sign_in_as: SignIn, answer: str, kind: str) -> None:
    """The statement is hers, in her words; the coordinator's page says so; a declined request cannot be sent."""
    request_id = make_draft(world, statement=None)
    ana = sign_in_as("ana")
    assert "Do you want this?" in ana.get(own(request_id)).text
    assert press(ana, request_id, "answer", answer=answer, words="A blue one").status_code == 303
    given = db.session.scalars(select(ChoiceStatement)).one()
    assert (given.kind, given.recorded_by) == (kind, world.ana.user_id)
    db.session.rollback()
    assert "Do you want this?" not in ana.get(own(request_id)).text
    cal = sign_in_as("cal")
    assert "A blue one" in cal.get(f"/fund/requests/{request_id}/edit").text
    shown = cal.get(f"/fund/requests/{request_id}").text
    form = re.search(rf'action="/fund/requests/{request_id}/submit".*?</form>', shown, re.DOTALL)
    sent = cal.post(
        f"/fund/requests/{request_id}/submit", data=dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    )
    assert sent.status_code == (303 if answer == "yes" else 422)
    assert ("The person declined this request" in sent.text) == (answer == "no")


def test_she_stops_her_own_request(world: World, sign_in_as: SignIn) -> None:
    request_id = make_submitted(world)
    ana = sign_in_as("ana")
    refused = press(ana, request_id, "withdraw", reason="")
    assert refused.status_code == 422 and "Write why it is withdrawn." in refused.text
    assert press(ana, request_id, "withdraw", reason="I found one").status_code == 303
    assert status_of(request_id) == "withdrawn"


def test_a_denial_says_why_what_would_change_it_and_how_to_appeal(world: World, sign_in_as: SignIn) -> None:
    """Reason in plain words, the approver's words, the remedy, the last day; the appeal goes to somebody else."""
    request_id = make_denied(world)
    ana = sign_in_as("ana")
    page = ana.get(own(request_id)).text
    for words in (
        "Your request was not approved", "Another program or benefit pays for this.", "HEAP pays for beds this month.",
        "Ask the other program first. If it says no, bring that answer.", "You can ask for a second look until",
    ):  # fmt: skip
        assert words in page, words
    spanish = ana.get(own(request_id) + "?lang=es").text
    for words in ("Su solicitud no fue aprobada", "Otro programa o beneficio paga esto.", "Puede pedir que se revise"):
        assert words in spanish, words
    refused = press(ana, request_id, "appeal", words=" ")
    assert refused.status_code == 422 and "Write in your own words" in refused.text or "Escriba con sus" in refused.text
    assert press(ana, request_id, "appeal", words="HEAP said no").status_code == 303
    assert status_of(request_id) == "appealed"


def test_the_coordinator_files_the_appeal_for_her(world: World, sign_in_as: SignIn) -> None:
    request_id = make_denied(world)
    cal = sign_in_as("cal")
    address = f"/fund/requests/{request_id}/appeal"
    assert address in cal.get(f"/fund/requests/{request_id}").text
    assert "HEAP pays for beds" in cal.get(address).text
    page = cal.get(address).text
    sent = dict(re.findall(r'name="(\w+)"[^>]*value="([^"]*)"', page))
    refused = cal.post(address, data={**sent, "words": ""})
    assert refused.status_code == 422
    assert cal.post(address, data={**sent, "words": "HEAP said no to Ana"}).status_code == 303
    assert status_of(request_id) == "appealed"
    assert sign_in_as("max").get(address).status_code == 404


def test_she_sees_who_looked_and_what_was_paid_stands_there(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    sign_in_as("fay").get(f"/fund/requests/{request_id}")
    page = sign_in_as("ana").get(own(request_id)).text
    looked = page.split('id="looked"')[1]
    assert "Fay Lindt" in looked and "Ana Ruiz" not in looked
    assert "Set aside for it" in page and "$180.00" in page


def test_every_page_of_hers_speaks_spanish(world: World, sign_in_as: SignIn) -> None:
    request_id = make_draft(world, statement=None)
    ana = sign_in_as("ana")
    for address, words in (
        ("/me/money", ("Mi dinero", "Mis solicitudes", "Se necesita su respuesta", "le quedan hasta")),
        ("/me/money/new", ("Pedir algo", "¿Qué necesita?", "Dársela a mi coordinador")),
        (own(request_id), ("¿Quiere esto?", "Sí, estoy de acuerdo", "Quién la miró", "Empezó el borrador")),
    ):
        page = ana.get(f"{address}?lang=es").text
        for each in words:
            assert each in page, (address, each)
