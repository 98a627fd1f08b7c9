"""The list of requests and one request whole: who sees which, who has it, the author's verbs, and their refusals."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from tests.cast import Browser
from tests.conftest import SignIn
from tests.funds.books import World, make_approved, make_draft, make_submitted, make_world, status_of, version_of
from tests.funds.views.test_asking import filled

pytestmark = pytest.mark.one_database


@pytest.fixture
def world(app: Flask) -> World:
    """Ana with Cal and a fund."""
    return make_world()


def page_of(request_id: UUID) -> str:
    return f"/fund/requests/{request_id}"


def press(browser: Browser, request_id: UUID, verb: str, **fields: str) -> TestResponse:
    """Press a verb's button as the page shows it."""
    shown = browser.get(page_of(request_id)).text
    form = re.search(rf'action="{page_of(request_id)}/{verb}".*?</form>', shown, re.DOTALL)
    assert form, f"no button for {verb}"
    sent = dict(re.findall(r'name="(\w+)" value="([^"]*)"', form[0]))
    return browser.post(f"{page_of(request_id)}/{verb}", data={**sent, **fields})


@pytest.mark.database
def test_each_sees_what_is_theirs(world: World, sign_in_as: SignIn) -> None:
    """Cal by name, the fiscal office by code and without drafts, Max nothing; the page is 404 for Max."""
    draft = make_draft(world, texts={"item": "A lamp"})
    sent = make_submitted(world)
    cal = sign_in_as("cal").get("/fund/requests").text
    assert "A lamp" in cal and "A bed and a mattress" in cal and "Ana" in cal
    fay = sign_in_as("fay").get("/fund/requests").text
    assert "A lamp" not in fay and "A bed and a mattress" in fay and "E-014" in fay and "· Ana" not in fay
    stranger = sign_in_as("max")
    assert "No fund request yet" in stranger.get("/fund/requests").text
    for request_id in (draft, sent):
        assert stranger.get(page_of(request_id)).status_code == 404
        assert stranger.get(f"{page_of(request_id)}/edit").status_code == 404
    assert stranger.get(f"/enrollees/{world.person.enrollee_id}/fund").status_code == 404


@pytest.mark.database
def test_the_list_says_who_has_each_one_and_is_filtered(world: World, sign_in_as: SignIn) -> None:
    make_draft(world, texts={"item": "A lamp"})
    make_submitted(world)
    cal = sign_in_as("cal")
    page = cal.get("/fund/requests").text
    assert "Cal Brooks, to finish and send it" in page
    assert "a supervisor or a fiscal approver, to decide it (step 1 of 1)" in page and "since" in page
    drafts = cal.get("/fund/requests?state=draft&mine=1").text
    assert "A lamp" in drafts and "A bed and a mattress" not in drafts
    assert "No request fits" in cal.get("/fund/requests?state=ended").text
    assert cal.get("/fund/requests?state=nonsense&person=x&page=zz").status_code == 200


def test_the_page_leads_from_the_goal_to_the_money(world: World, sign_in_as: SignIn) -> None:
    """Goal, what was tried, the request, who decides and decided, the money by the books, the timeline."""
    request_id = make_approved(world)
    page = sign_in_as("cal").get(page_of(request_id)).text
    for words in (
        "A door that locks", "Furniture bank", "No room or nothing left", "Elm Street Furniture", "Check to the vendor",
        "To sleep in the new room", "Signed", "Approved it: the money is set aside", "Sent it to be decided",
        "Started the draft", "Sue Quinn", "A fiscal approver, to make it payable", "The money is held until",
    ):  # fmt: skip
        assert words in page, words
    held = re.search(r"<dt>Held now</dt><dd>([^<]+)</dd>", page)
    assert held and held[1] == "$180.00"


def test_an_auditor_reads_it_by_code_without_a_button(world: World, sign_in_as: SignIn) -> None:
    request_id = make_submitted(world)
    page = sign_in_as("ada").get(page_of(request_id)).text
    assert "E-014" in page and ">Ana<" not in page and "/withdraw" not in page and "/recall" not in page


def test_the_author_takes_it_back_and_sends_it_again(world: World, sign_in_as: SignIn) -> None:
    request_id = make_submitted(world)
    cal = sign_in_as("cal")
    assert press(cal, request_id, "recall").status_code == 303
    assert status_of(request_id) == "draft"
    assert press(cal, request_id, "submit").status_code == 303
    assert status_of(request_id) == "submitted"


def test_a_withdrawal_asks_why_and_keeps_what_was_typed(world: World, sign_in_as: SignIn) -> None:
    request_id = make_submitted(world)
    cal = sign_in_as("cal")
    refused = press(cal, request_id, "withdraw", reason=" ")
    assert refused.status_code == 422 and "Write why it is withdrawn." in refused.text
    assert press(cal, request_id, "withdraw", reason="Ana found a bed").status_code == 303
    assert status_of(request_id) == "withdrawn"
    assert "Ana found a bed" in cal.get(page_of(request_id)).text


@pytest.mark.database
def test_a_stale_press_is_told_and_the_reason_stays(world: World, sign_in_as: SignIn) -> None:
    request_id = make_submitted(world)
    cal = sign_in_as("cal")
    shown = cal.get(page_of(request_id)).text
    token = re.search(r'name="csrf_token" value="([^"]+)"', shown)
    stale = {"csrf_token": token[1], "key": uuid4().hex, "row_version": str(version_of(request_id) - 1)}
    answer = cal.post(f"{page_of(request_id)}/withdraw", data={**stale, "reason": "Ana found a bed"})
    assert answer.status_code == 422 and "changed this request meanwhile" in answer.text
    assert "Ana found a bed" in answer.text and status_of(request_id) == "submitted"


def test_an_approved_request_is_cancelled_or_asks_for_more(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    cal = sign_in_as("cal")
    refused = press(cal, request_id, "supplement", cents="", reason="The price rose")
    assert refused.status_code == 422 and "Write how much more is needed." in refused.text
    assert "The price rose" in refused.text
    assert press(cal, request_id, "supplement", cents="20", reason="The price rose").status_code == 303
    assert "More money asked" in cal.get(page_of(request_id)).text
    assert press(cal, request_id, "cancel", reason="No longer needed").status_code == 303
    assert status_of(request_id) == "cancelled"


def test_a_change_after_sending_begins_the_approvals_again(world: World, sign_in_as: SignIn) -> None:
    request_id = make_approved(world)
    cal = sign_in_as("cal")
    address = f"{page_of(request_id)}/amend"
    page = cal.get(address).text
    assert "all approvals begin again" in page and "Send the change" in page
    answer = cal.post(address, data=filled(world, page, do="amend", amount="150"))
    assert answer.status_code == 303 and status_of(request_id) == "submitted"
    assert "$150.00" in cal.get(page_of(request_id)).text


@pytest.mark.database
def test_nobody_presses_a_verb_of_a_request_that_moved_on(world: World, sign_in_as: SignIn) -> None:
    """An old page's button: a sentence, and nothing changes."""
    request_id = make_approved(world)
    cal = sign_in_as("cal")
    token = re.search(r'name="csrf_token" value="([^"]+)"', cal.get(page_of(request_id)).text)
    sent = {"csrf_token": token[1], "key": uuid4().hex, "row_version": str(version_of(request_id))}
    answer = cal.post(f"{page_of(request_id)}/recall", data=sent)
    assert answer.status_code == 422 and "this cannot be done now" in answer.text
    assert status_of(request_id) == "approved"


def test_the_money_of_one_person_stands_among_their_pages(world: World, sign_in_as: SignIn) -> None:
    make_submitted(world)
    cal = sign_in_as("cal")
    page = cal.get(f"/enrollees/{world.person.enrollee_id}/fund").text
    assert "A bed and a mattress" in page and f'href="/enrollees/{world.person.enrollee_id}/fund/new"' in page
    assert "E-014" in page and 'aria-current="page">Money' in page


def test_whom_to_ask_for_is_chosen_from_the_caseload(world: World, sign_in_as: SignIn) -> None:
    page = sign_in_as("cal").get("/fund/new").text
    assert f"/enrollees/{world.person.enrollee_id}/fund/new" in page
    assert str(world.person.enrollee_id) not in sign_in_as("max").get("/fund/new").text
