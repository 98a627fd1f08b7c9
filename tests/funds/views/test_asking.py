"""The request on one screen: seen by the coordinator alone, checked before sending, kept when refused, sent once."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from core.db import db
from funds.actions import refusing
from funds.models import FundRequest, FundRequestEvent, Payee, ResourceTried
from tests.builders import NOW, make_organization, make_service
from tests.cast import Browser
from tests.conftest import SignIn
from tests.funds.books import World, make_draft, make_submitted, make_world, status_of, version_of

pytestmark = pytest.mark.one_database


@pytest.fixture
def world(app: Flask) -> World:
    """Ana with Cal, a fund with $1,000 in each line and a person's cap of $400 a year."""
    cap = {
        "code": "person.year",
        "kind": "cap_window",
        "severity": "block",
        "params": {"cents": 40_000, "window": "fiscal_year"},
    }
    return make_world(rules=[cap])


def address_of(world: World) -> str:
    return f"/enrollees/{world.person.enrollee_id}/fund/new?goal={world.person.goal_id}"


def filled(world: World, page: str, **changes: str) -> dict[str, str]:
    """What a browser sends of the page, filled in whole."""
    return {
        "csrf_token": hidden(page, "csrf_token"),
        "request_id": hidden(page, "request_id"),
        "key": hidden(page, "key"),
        "row_version": hidden(page, "row_version"),
        "fund": str(world.fund_id),
        "goal": str(world.person.goal_id),
        "item": "A bed and a mattress",
        "category": str(world.categories["furniture"]),
        "amount": "180",
        "payee": "Elm Street Furniture",
        "method": "check",
        "purpose": "To sleep in the new room",
        "tried-name-own1": "Furniture bank",
        "tried-own1": "no capacity",
        "agreement": "spoken",
        "words": "I want my own bed",
        "do": "send",
        **changes,
    }


def hidden(page: str, name: str) -> str:
    found = re.search(rf'name="{name}"[^>]*value="([^"]*)"', page)
    assert found, name
    return found[1]


@pytest.mark.database
def test_the_coordinator_sends_a_request_on_one_screen(world: World, sign_in_as: SignIn) -> None:
    """One press; the request waits for a tier with the person's words, what was tried and its evaluation kept."""
    cal = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    assert "A door that locks" in page and "Before you send it" in page and "$400.00 left" in page
    answer = cal.post(address_of(world), data=filled(world, page))
    assert answer.status_code == 303, answer.text
    shown = cal.get(answer.location).text
    assert "A bed and a mattress" in shown and "Who has it now" in shown and "I want my own bed" in shown
    assert "Furniture bank" in shown and "a supervisor or a fiscal approver" in shown
    request = db.session.scalars(select(FundRequest)).one()
    assert (request.status, request.requested_cents) == ("submitted", 18_000)


def test_strangers_and_those_who_do_not_ask_are_refused(world: World, sign_in_as: SignIn) -> None:
    """Max finds nothing there; the supervisor sees the person, but the coordinator asks; the auditor may not at all."""
    address = address_of(world)
    assert sign_in_as("max").get(address).status_code == 404
    sue = sign_in_as("sue").get(address)
    assert sue.status_code == 403 and "Only this person&#39;s coordinator asks the fund for them." in sue.text
    assert sign_in_as("ada").get(address).status_code == 403


@pytest.mark.database
def test_a_double_press_makes_one_request(world: World, sign_in_as: SignIn) -> None:
    cal = sign_in_as("cal")
    sent = filled(world, cal.get(address_of(world)).text)
    first, second = (cal.post(address_of(world), data=sent) for _ in range(2))
    assert first.status_code == second.status_code == 303 and first.location == second.location
    assert db.session.scalar(select(func.count()).select_from(FundRequest)) == 1
    assert db.session.scalar(select(func.count()).select_from(FundRequestEvent)) == 2


def test_a_refused_request_is_kept_as_a_draft_with_all_that_was_typed(world: World, sign_in_as: SignIn) -> None:
    """Over the person's cap: the rule's sentence with its number and the way to comply, nothing lost, and no loop."""
    cal = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    answer = cal.post(address_of(world), data=filled(world, page, amount="500.00", words="My words"))
    assert answer.status_code == 422
    assert "the limit is $400.00" in answer.text and "$400.00 or less" in answer.text
    assert "A bed and a mattress" in answer.text and "My words" in answer.text and "Furniture bank" in answer.text
    request = db.session.scalars(select(FundRequest)).one()
    assert request.status == "draft"
    address = f"/fund/requests/{request.id}/edit"
    assert f'action="{address}"' in answer.text
    again = filled(world, answer.text, amount="400")
    db.session.rollback()
    assert cal.post(address, data=again).status_code == 303
    assert status_of(request_id_of()) == "submitted"


def test_a_returned_request_is_changed_with_the_reason_beside_it(world: World, sign_in_as: SignIn) -> None:
    request_id = make_submitted(world)
    refusing.return_request(
        world.sue,
        request_id=request_id,
        row_version=version_of(request_id),
        reason_code="papers",
        words="The quote is missing.",
        key=uuid4().hex,
        now=NOW,
    )
    page = sign_in_as("cal").get(f"/fund/requests/{request_id}/edit")
    assert page.status_code == 200 and "The quote is missing." in page.text


def request_id_of() -> UUID:
    found = db.session.scalars(select(FundRequest.id)).one()
    db.session.rollback()
    return found


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"item": ""}, "Say what is to be bought."),
        ({"amount": ""}, "Write the amount."),
        ({"category": ""}, "Choose what kind of purchase this is."),
        ({"payee": ""}, "Choose who is to be paid."),
        ({"method": ""}, "Choose how it is to be paid."),
        ({"agreement": ""}, "Write down that the person agrees: signed, spoken, or online."),
        ({"agreement": "declined"}, "The person declined this request, so it cannot be sent."),
    ],
)
def test_what_is_missing_is_said_before_and_at_sending(
    world: World, sign_in_as: SignIn, change: dict[str, str], sentence: str
) -> None:
    """The check says the very sentence that sending would be refused with."""
    cal = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    checked = cal.post(address_of(world), data=filled(world, page, do="check", **change))
    assert checked.status_code == 200 and sentence in checked.text
    sent = cal.post(address_of(world), data=filled(world, page, **change))
    assert sent.status_code == 422 and sentence in sent.text


def test_what_is_missing_is_said_once(world: World, sign_in_as: SignIn) -> None:
    """Without an amount the rules about amounts have nothing to add to “Write the amount.”."""
    cal = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    refused = cal.post(address_of(world), data=filled(world, page, amount=""))
    assert refused.status_code == 422 and "Write the amount." in refused.text and "The amount is" not in refused.text


def test_the_check_says_what_is_left_and_who_decides_and_writes_nothing(world: World, sign_in_as: SignIn) -> None:
    """As a part for htmx: the category, the person and the goal after this, and the tiers of the amount."""
    cal = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    before = db.session.scalar(select(func.count()).select_from(FundRequest))
    answer = cal.post(
        address_of(world), data=filled(world, page, do="check", amount="300"), headers={"HX-Request": "true"}
    )
    part = answer.text
    assert answer.status_code == 200 and "<html" not in part
    assert "$700.00 left" in part and "$100.00 left" in part and "For this goal until now" in part
    assert "a supervisor</li>" in part and "a fiscal approver</li>" in part
    assert "Nothing stands against it. You can send it." in part
    assert db.session.scalar(select(func.count()).select_from(FundRequest)) == before == 0


def test_what_is_asked_twice_is_named(world: World, sign_in_as: SignIn) -> None:
    """The same person, category and amount within 30 days; another amount is none (the control)."""
    make_submitted(world)
    cal = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    part = cal.post(address_of(world), data=filled(world, page, do="check")).text
    assert "asks for the same amount in the same category for this person" in part and "FR-2026-0001" in part
    part = cal.post(address_of(world), data=filled(world, page, do="check", amount="179")).text
    assert "asks for the same amount" not in part


def test_a_new_vendor_is_proposed_on_the_way(world: World, sign_in_as: SignIn) -> None:
    """The name of nobody who is there; the same form twice proposes once; a directory organization is tied."""
    organization_id = make_organization(name="Harbor Mattress Company")
    cal = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    checked = cal.post(address_of(world), data=filled(world, page, do="check", payee="Harbor Mattress")).text
    assert "It will be proposed as a new vendor" in checked and "Harbor Mattress Company" in checked
    sent = filled(world, page, payee="Harbor Mattress", organization=str(organization_id))
    for _ in range(2):
        assert cal.post(address_of(world), data=sent).status_code == 303
    payee = db.session.scalars(select(Payee).where(Payee.name.like("Harbor%"))).one()
    assert (payee.name, payee.organization_id, payee.status) == (
        "Harbor Mattress Company", organization_id, "proposed"
    )  # fmt: skip


@pytest.mark.database
def test_the_draft_saves_itself_and_its_address_brings_it_back(world: World, sign_in_as: SignIn) -> None:
    """The script's save answers the new version, a fresh key and the draft's address; that page is filled in."""
    cal = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    sent = filled(world, page, do="save", agreement="", amount="")
    answer = cal.post(address_of(world), data=sent, headers={"Accept": "application/json"})
    assert answer.status_code == 200, answer.text
    told = answer.json
    assert told["row_version"] == 1 and told["key"] != sent["key"] and "Saved at" in told["message"]
    again = cal.post(
        told["address"],
        data={**sent, "key": told["key"], "row_version": "1", "item": "A bigger bed"},
        headers={"Accept": "application/json"},
    )
    assert again.json["row_version"] == 2
    back = cal.get(told["address"]).text
    assert "A bigger bed" in back and "To sleep in the new room" in back and "Furniture bank" in back


def test_a_draft_that_cannot_be_saved_says_why_to_the_script(world: World, sign_in_as: SignIn) -> None:
    cal = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    answer = cal.post(
        address_of(world), data=filled(world, page, do="save", amount="a lot"), headers={"Accept": "application/json"}
    )
    assert answer.status_code == 422 and "Write an amount like 45" in answer.json["message"]


@pytest.mark.database
def test_a_stale_page_is_told_and_keeps_what_was_typed(world: World, sign_in_as: SignIn) -> None:
    """Somebody changed it meanwhile: named, nothing lost, and a second press after looking goes on."""
    request_id = make_draft(world)
    cal = sign_in_as("cal")
    address = f"/fund/requests/{request_id}/edit"
    page = cal.get(address).text
    assert cal.post(address, data=filled(world, page, do="save", item="First")).status_code == 303
    stale = cal.post(address, data=filled(world, page, do="save", item="Second", key=uuid4().hex))
    assert stale.status_code == 422 and "changed this request meanwhile" in stale.text and "Second" in stale.text
    assert hidden(stale.text, "row_version") == str(version_of(request_id))
    assert cal.post(address, data=filled(world, stale.text, do="save", item="Second")).status_code == 303


def test_other_help_is_looked_up_in_the_directory(world: World, sign_in_as: SignIn) -> None:
    """What is found joins the list; with an outcome it counts as tried and stays a listing."""
    service_id = make_service(name="Furniture bank of Yonkers", description="Free beds and furniture.")
    cal: Browser = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    found = cal.post(address_of(world), data=filled(world, page, do="find", find="furniture bank")).text
    assert "Furniture bank of Yonkers" in found and f"tried-{service_id}" in found
    sent = filled(world, found, listed=str(service_id), **{f"tried-{service_id}": "waitlisted", "tried-own1": ""})
    answer = cal.post(address_of(world), data=sent)
    assert answer.status_code == 303, answer.text
    tried = db.session.scalars(select(ResourceTried)).one()
    assert (tried.service_id, tried.outcome) == (service_id, "waitlisted")


def test_it_is_all_there_in_spanish(world: World, sign_in_as: SignIn) -> None:
    page = sign_in_as("cal").get(address_of(world) + "&lang=es").text
    assert "Pedir al fondo" in page and "Antes de enviarla" in page
    assert "Before you send it" not in page and "Kind of purchase" not in page


def test_without_a_fund_or_a_goal_the_page_says_what_comes_first(app: Flask, sign_in_as: SignIn) -> None:
    from tests.care.people import make_person
    from tests.cast import CAL

    person = make_person(CAL)
    page = sign_in_as("cal").get(f"/enrollees/{person.enrollee_id}/fund/new").text
    assert "No fund is set up yet" in page


def test_the_monthly_rent_of_a_deposit_is_kept(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """A deposit is measured against the rent: what is typed is sealed with the draft and stands in the form again."""
    cal = sign_in_as("cal")
    page = cal.get(address_of(world)).text
    done = cal.post(address_of(world), data=filled(world, page, monthly_rent="1,250", do="save"))
    assert done.status_code == 303
    assert 'value="1,250.00"' in cal.get(done.location).text
