"""The pages of those who decide: the queue in its order, one request with all that decides, refusals."""

from __future__ import annotations

import re
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import update

from audit.queries import list_events
from core.db import transaction
from funds import queries
from funds.actions import appeals, emergencies, refusing, supplements
from funds.models import Fund
from tests.builders import NOW
from tests.cast import Browser
from tests.conftest import SignIn
from tests.funds.books import World, make_approved, make_submitted, make_world, status_of, version_of

pytestmark = pytest.mark.one_database

KEY = "0123456789abcdef0123456789abcdef"


@pytest.fixture
def world(app: Flask) -> World:
    """Ana with Cal and Sue, a fund with $1,000 in each line."""
    return make_world()


def decide(browser: Browser, request_id: UUID, verb: str = "decide", **fields: str) -> object:
    """Send one of the decision page's forms as a browser does."""
    page = browser.get(f"/fund/requests/{request_id}/decide").text
    hidden = dict(re.findall(r'name="(csrf_token|key|row_version)"[^>]*value="([^"]*)"', page))
    return browser.post(f"/fund/requests/{request_id}/{verb}", data={**hidden, **fields})


def fresh(browser: Browser) -> Browser:
    """The same browser with a code given just now for deciding about money."""
    with browser.session_transaction() as session:
        from core.clock import now_utc

        session["second_factor"] = {"approve": now_utc().timestamp()}
    return browser


@pytest.mark.database
def test_the_queue_shows_what_waits_for_me_oldest_first(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """The supervisor sees both, the fiscal approver only what is her turn; a coordinator has no queue."""
    from datetime import timedelta

    newer = make_submitted(world)
    older = make_submitted(world, cents=40_000, now=NOW - timedelta(hours=2))
    sue = sign_in_as("sue").get("/fund/queue").text
    assert sue.index(str(older)) < sue.index(str(newer))
    fay = sign_in_as("fay").get("/fund/queue").text
    assert str(newer) in fay and str(older) not in fay
    assert "E-014" in fay and "Ana" not in fay.split("<main")[1]
    assert sign_in_as("cal").get("/fund/queue").status_code == 403


def test_nothing_waits_is_said(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """An empty queue says what comes."""
    assert "Nothing waits for you" in sign_in_as("sue").get("/fund/queue").text


def test_deciding_asks_for_a_code_first(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """Without a fresh code the page sends to the code page, and comes back."""
    request_id = make_submitted(world)
    away = sign_in_as("sue").get(f"/fund/requests/{request_id}/decide")
    assert away.status_code == 303 and "/confirm/approve" in away.location


@pytest.mark.database
def test_approve_on_the_page(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """All that decides is on one page; approved, it is back at the queue with a sentence."""
    request_id = make_submitted(world)
    sue = fresh(sign_in_as("sue"))
    page = sue.get(f"/fund/requests/{request_id}/decide").text
    for words in ("A bed and a mattress", "Furniture bank", "$1,000.00 is left", "$820.00 after this approval"):
        assert words in page
    done = decide(sue, request_id, cents="180.00")
    assert done.status_code == 303 and status_of(request_id) == "approved"  # type: ignore[attr-defined]
    assert "The money is held" in sue.get("/fund/queue").text


def test_less_is_approved_and_more_is_refused_with_the_input_kept(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """What was typed stays in the box beside the sentence."""
    request_id = make_submitted(world)
    sue = fresh(sign_in_as("sue"))
    refused = decide(sue, request_id, cents="200", note="As asked on the phone")
    assert refused.status_code == 422  # type: ignore[attr-defined]
    assert "At most $180.00" in refused.text and 'value="200"' in refused.text  # type: ignore[attr-defined]
    assert "As asked on the phone" in refused.text  # type: ignore[attr-defined]
    decide(sue, request_id, cents="150")
    assert queries.get_request(world.sue, request_id, NOW).approved_cents == 15_000


def test_return_and_deny_say_why(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """A reason and plain words are needed; the person's notice holds both."""
    request_id = make_submitted(world)
    sue = fresh(sign_in_as("sue"))
    assert "Choose a reason" in decide(sue, request_id, "deny", words="No").text  # type: ignore[attr-defined]
    denied = decide(sue, request_id, "deny", reason_code="limit", words="The year's limit is reached.")
    assert denied.status_code == 303 and status_of(request_id) == "denied"  # type: ignore[attr-defined]


def test_a_stranger_and_an_unknown_request_answer_alike(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """Sol supervises nobody of Ana's: 404 as for one that is not there."""
    request_id = make_submitted(world)
    from tests.cast import CAST, Person

    CAST["sol"] = Person("Sol Stern", "supervisor")
    sol = fresh(sign_in_as("sol"))
    assert sol.get(f"/fund/requests/{request_id}/decide").status_code == 404
    assert sol.get(f"/fund/requests/{uuid4()}/decide").status_code == 404


def test_take_back_and_supplement_and_pause_pages(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """Each is one form above the request, and writes what it says."""
    from core.clock import now_utc

    request_id = make_approved(world, now=now_utc())
    sue = fresh(sign_in_as("sue"))
    supplements.request_supplement(
        world.cal,
        request_id=request_id,
        row_version=version_of(request_id),
        cents=1_000,
        reason="Taxi",
        key=uuid4().hex,
    )
    page = sue.get(f"/fund/requests/{request_id}/supplement/decide")
    assert page.status_code == 200 and "Decide about more money" in page.text
    hidden = dict(re.findall(r'name="(csrf_token|key|row_version)"[^>]*value="([^"]*)"', page.text))
    assert "Choose your decision" in sue.post(page.request.path, data=hidden).text
    sue.post(page.request.path, data={**hidden, "answer": "yes"})
    assert queries.get_request(world.sue, request_id, NOW).approved_cents == 19_000
    fay = sign_in_as("fay")
    fay.send(
        f"/fund/requests/{request_id}/pause",
        reason="A question",
        row_version=str(version_of(request_id)),
        key=uuid4().hex,
    )
    assert queries.get_request(world.fay, request_id, NOW).is_paused


def test_who_approved_finds_the_way_back_and_nobody_else(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """The request's page offers to take an approval back to the one who gave it, while that can be done."""
    request_id = make_submitted(world)
    sue, fay = fresh(sign_in_as("sue")), sign_in_as("fay")
    link = f'href="/fund/requests/{request_id}/take-back"'
    assert link not in sue.get(f"/fund/requests/{request_id}").text
    decide(sue, request_id, cents="180.00")
    assert link in sue.get(f"/fund/requests/{request_id}").text
    assert link not in fay.get(f"/fund/requests/{request_id}").text
    with transaction() as session:
        session.execute(update(Fund).values(take_back_minutes=0))
    assert link not in sue.get(f"/fund/requests/{request_id}").text


def test_a_request_leads_only_to_the_decision_that_waits_for_its_viewer(
    app: Flask, world: World, sign_in_as: SignIn
) -> None:
    """No emergency to confirm where there is none, no more money where none was asked, no look at one's own denial."""
    pages = ("decide", "supplement/decide", "ratify", "appeal/decide")
    signed_in = {name: fresh(sign_in_as(name)) for name in ("sue", "dan", "cal")}

    def offered(name: str, request_id: UUID) -> set[str]:
        text = signed_in[name].get(f"/fund/requests/{request_id}").text
        return {page for page in pages if f'href="/fund/requests/{request_id}/{page}"' in text}

    asked = make_submitted(world)
    assert (offered("sue", asked), offered("dan", asked), offered("cal", asked)) == ({"decide"}, set(), set())
    approved = make_approved(world)
    assert offered("sue", approved) == set()
    supplements.request_supplement(
        world.cal,
        request_id=approved,
        row_version=version_of(approved),
        cents=1_000,
        reason="Taxi",
        key=uuid4().hex,
    )
    assert offered("sue", approved) == {"supplement/decide"}
    for number, (verb, who, more) in enumerate(
        (
            (refusing.deny_request, world.sue, {"reason_code": "limit", "words": "No"}),
            (appeals.appeal_denial, world.cal, {"words": "Please look again"}),
        )
    ):
        verb(who, request_id=asked, row_version=version_of(asked), key=f"{number:032x}", now=NOW, **more)
    assert (offered("sue", asked), offered("dan", asked)) == (set(), {"appeal/decide"})


def test_the_page_says_whether_it_stops_or_resumes(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """The button on the request and the form name what will happen, not both things that might."""
    request_id, fay = make_submitted(world), sign_in_as("fay")
    assert "Stop the money" in fay.get(f"/fund/requests/{request_id}").text
    page = fay.get(f"/fund/requests/{request_id}/pause").text
    hidden = dict(re.findall(r'name="(csrf_token|key|row_version)"[^>]*value="([^"]*)"', page))
    fay.post(f"/fund/requests/{request_id}/pause", data={**hidden, "reason": "The landlord is asked first."})
    again = fay.get(f"/fund/requests/{request_id}").text
    assert "Let the money move again" in again and "Stop the money" not in again
    assert "Stop the money" not in fay.get(f"/fund/requests/{request_id}/pause").text


def test_no_form_for_who_cannot_send_it(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """An address typed by hand says so at once, not after everything was filled in."""
    request_id = make_submitted(world)
    sue, closed = fresh(sign_in_as("sue")), "You cannot do this with this request as it is now."
    for address, box in (("supplement/decide", "answer"), ("ratify", "answer"), ("take-back", "reason")):
        page = sue.get(f"/fund/requests/{request_id}/{address}").text
        assert closed in page and f'name="{box}"' not in page, address
    decide(sue, request_id, cents="180.00")
    assert closed not in sue.get(f"/fund/requests/{request_id}/take-back").text
    assert closed in fresh(sign_in_as("fay")).get(f"/fund/requests/{request_id}/take-back").text


def test_reading_a_request_to_decide_is_in_the_trail(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """Each opening leaves its event, with the person it was about."""
    request_id = make_submitted(world)
    fresh(sign_in_as("sue")).get(f"/fund/requests/{request_id}/decide")
    opened = [event for event in list_events(page=1)[0] if event.kind == "fund_request:opened"]
    assert opened and opened[0].record["details"]["enrollee"] == str(world.person.enrollee_id)


@pytest.mark.database
def test_an_appeal_waits_for_who_took_no_part(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """The director sees it, the supervisor who denied does not."""
    request_id = make_submitted(world)
    seen = {"request_id": request_id, "key": uuid4().hex, "now": NOW}
    refusing.deny_request(
        world.sue,
        reason_code="limit",
        words="No.",
        row_version=version_of(request_id),
        **seen,  # type: ignore[arg-type]
    )
    appeals.appeal_denial(
        world.ana,
        words="Please",
        row_version=version_of(request_id),
        **{**seen, "key": uuid4().hex},  # type: ignore[arg-type]
    )
    assert str(request_id) in sign_in_as("dan").get("/fund/queue").text
    assert str(request_id) not in sign_in_as("sue").get("/fund/queue").text


def test_who_held_an_emergency_does_not_confirm_it(app: Flask, sign_in_as: SignIn) -> None:
    """It waits in the queue of the others of the last tier, not in the approver's own."""
    from tests.funds.actions.test_decisions import EMERGENCY

    world = make_world(rules=[EMERGENCY])
    request_id = make_submitted(world, is_emergency=True)
    emergencies.approve_emergency(
        world.sue, request_id=request_id, row_version=version_of(request_id), key=KEY, call="Called", now=NOW
    )
    assert str(request_id) not in sign_in_as("sue").get("/fund/queue").text
    assert str(request_id) in sign_in_as("fay").get("/fund/queue").text


def test_somebody_stands_in_and_it_ends(app: Flask, world: World, sign_in_as: SignIn) -> None:
    """The supervisor lets the director stand in; it is listed, and ends at a press; a stranger cannot end it."""
    sue = sign_in_as("sue")
    day = f"{NOW.astimezone().month}/{28}/2099"
    assert "It begins today or later" not in sue.get("/fund/standing-in").text
    values = {"role": "supervisor", "to_user": str(world.dan.user_id), "starts_on": day, "reason": "Leave"}
    refused = sue.send("/fund/standing-in", **values, ends_on="1/1/2020")
    assert refused.status_code == 422 and "It begins today or later" in refused.text and "Leave" in refused.text
    done = sue.send("/fund/standing-in", **values, ends_on=day)
    assert done.status_code == 303
    page = sue.get("/fund/standing-in").text
    address = re.search(r'action="(/fund/standing-in/[0-9a-f-]+/end)"', page)
    assert address and "Dan Reyes" in page
    assert sign_in_as("fay").send(address[1], page="/fund/standing-in").status_code == 404
    sue.send(address[1], page="/fund/standing-in")
    assert "Nobody stands in for you" in sue.get("/fund/standing-in").text
