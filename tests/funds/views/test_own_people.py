"""What my people have left: whose people stand there, what is said of each, and that the read is in the trail."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from audit.queries import list_events
from care.models import Assignment, Supervision
from core.clock import local_day, now_utc
from core.db import db, transaction
from funds import ledger
from funds.actions import delegations
from funds.ledger import Draft
from funds.models import Advance, Document, FundRequest, PolicyEvaluation, ReceiptAllocation, Voucher
from funds.posting import Context, post
from tests.builders import NOW, today
from tests.care.people import make_person, user_of
from tests.cast import CAL, CAST, MAX, SUE, Browser, Person, identity_for
from tests.conftest import SignIn
from tests.funds.books import World, make_approved, make_submitted, make_world

pytestmark = pytest.mark.one_database

PAGE = "/fund/people"
SOL, TESS, LEE = Person("Sol Abreu", "supervisor"), Person("Tess Cole", "supervisor"), Person("Lee Ford", "coordinator")
YEAR_CAP = {
    "code": "year.cap", "kind": "cap_window", "severity": "block",
    "params": {"cents": 50_000, "window": "fiscal_year"}, "message_en": "One person's share of a year.",
}  # fmt: skip
TRIPS_CAP = {
    "code": "trips.cap", "kind": "cap_window", "severity": "block", "category_code": "transportation",
    "params": {"cents": 9_000, "window": "calendar_year"}, "message_en": "Trips are limited.",
}  # fmt: skip
RENT_CAP = {
    "code": "rent.cap", "kind": "cap_window", "severity": "block", "category_code": "rent",
    "params": {"cents": 30_000, "window": "lifetime"}, "message_en": "Rent is limited.",
}  # fmt: skip


def words(browser: Browser, address: str = PAGE) -> str:
    """The page's text without its marks."""
    answer = browser.get(address)
    assert answer.status_code == 200
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.text.split("<main")[1].split("</main>")[0]))


@pytest.mark.database
def test_another_coordinators_people_never_appear(app: Flask, sign_in_as: SignIn) -> None:
    make_world()
    make_person(MAX, code="E-777", fields={"preferred_name": "Zoraida"})
    seen = {who: words(sign_in_as(who)) for who in ("cal", "max", "sue")}
    for who, sees, not_seen in (("cal", "E-014", "E-777"), ("max", "E-777", "E-014"), ("sue", "E-014", "E-777")):
        assert sees in seen[who] and not_seen not in seen[who], who
        assert ("Zoraida" in seen[who]) == (who == "max")
    assert "People of Cal Brooks" in seen["sue"]
    assert "People of Cal Brooks" not in seen["cal"]


def supervise(supervisor: Person, coordinator: Person) -> None:
    """Let somebody supervise a coordinator, long since."""
    over, under = identity_for(supervisor).user_id, user_of(coordinator).user_id
    with transaction() as session:
        session.add(Supervision(supervisor_id=over, coordinator_id=under, starts_at=NOW - timedelta(days=400)))


def stand_in(who: Person, to: Person, *, days: int = 0) -> None:
    """Let somebody stand in for a supervisor, from some days from today on."""
    today, colleague = local_day(now_utc(), "America/New_York") + timedelta(days=days), identity_for(to).user_id
    assert colleague is not None
    delegations.delegate(
        identity_for(who), delegation_id=uuid4(), role="supervisor", to_user_id=colleague, starts_on=today,
        ends_on=today + timedelta(days=5), reason="Leave", now=now_utc(),
    )  # fmt: skip


def test_who_stands_in_sees_the_absent_colleagues_people_and_for_whom(app: Flask, sign_in_as: SignIn) -> None:
    """Sue stands in for Sol, not for Tess: Sol's team is there with the reason, Tess's team stays unknown."""
    make_world()
    make_person(MAX, code="E-777", fields={"preferred_name": "Zoraida"})
    make_person(LEE, code="E-888", fields={"preferred_name": "Xiomara"})
    supervise(SOL, MAX)
    supervise(TESS, LEE)
    browser = sign_in_as("sue")
    stand_in(SOL, SUE, days=1)
    assert "E-014" in words(browser) and "E-777" not in words(browser), "from tomorrow on"
    stand_in(SOL, SUE)
    people = words(browser, "/enrollees")
    assert "You stand in for Sol Abreu until" in people and "E-777" not in people, "the record stays with its team"
    text = words(browser)
    own, absent = text.index("People of Cal Brooks"), text.index("People of Max Stone")
    assert own < text.index("E-014") < absent < text.index("you stand in for Sol Abreu") < text.index("E-777")
    assert "E-888" not in text and "Xiomara" not in text and "Tess" not in text
    for address in re.findall(r'href="(/[^"#]*)"', browser.get(PAGE).text.split("<main")[1].split("</main>")[0]):
        assert browser.get(address.replace("&amp;", "&")).status_code == 200, address


def test_standing_in_leads_into_no_record_that_stays_closed(app: Flask, sign_in_as: SignIn) -> None:
    """Sue is stood in for by Sol: he decides Ana's request, by name, and no link of it ends at a closed door."""
    request_id = make_submitted(make_world())
    stand_in(SUE, SOL)
    for who, opens in ((SOL, False), (SUE, True)):
        CAST[who.name] = who
        page = sign_in_as(who.name).get(f"/fund/requests/{request_id}").text.split("<main")[1].split("</main>")[0]
        assert "Ana" in page and ("/enrollees/" in page) is opens, who
        del CAST[who.name]


@pytest.mark.parametrize("who", ["fay", "pat", "rex", "dan", "ada", "ana", "sam", "milo"])
def test_it_is_for_those_who_work_with_people(app: Flask, sign_in_as: SignIn, who: str) -> None:
    make_world()
    assert sign_in_as(who).get(PAGE).status_code == 403


def test_who_was_handed_over_is_gone_the_same_minute(app: Flask, sign_in_as: SignIn) -> None:
    make_world()
    browser = sign_in_as("cal")
    assert "E-014" in words(browser)
    with transaction() as session:
        session.execute(update(Assignment).values(ends_at=now_utc() - timedelta(seconds=1)))
    assert "Nobody is assigned to you today" in words(browser)


def test_each_figure_says_what_is_used_left_and_held(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world(rules=[YEAR_CAP, RENT_CAP])
    make_approved(world)  # $180.00 for furniture
    text = words(sign_in_as("cal"))
    assert "Left of the limit of this fiscal year $320.00 of $500.00" in text
    assert "Used this year, held money included $180.00" in text
    assert "Held now by approvals $180.00" in text
    assert "Housing $180.00 $320.00 Transportation $0.00 $320.00" in text
    assert "Rent: $300.00 of $300.00 left" in text
    assert "Housing $820.00" in text, "what the budget has left stands once"


def test_a_poor_budget_limits_before_the_rules_do(app: Flask, sign_in_as: SignIn) -> None:
    make_world(cents=7_000, rules=[YEAR_CAP])
    assert "Housing $0.00 $70.00 Transportation $0.00 $70.00" in words(sign_in_as("cal")), "no other limit is named"


def test_a_limit_on_a_kind_is_named_beside_what_it_leaves(app: Flask, sign_in_as: SignIn) -> None:
    make_world(rules=[YEAR_CAP, TRIPS_CAP])
    assert "Transportation $0.00 $90.00 by the limit of this calendar year" in words(sign_in_as("cal"))


def add_rows(world: World, request_id: UUID) -> tuple[UUID, UUID]:
    """A paid voucher of $60.00 and an advance of $40.00, both three days late with their receipts: rows only."""
    late, voucher_id, advance_id = today() - timedelta(days=3), uuid4(), uuid4()
    with transaction() as session:
        session.execute(update(FundRequest).where(FundRequest.id == request_id).values(status="paid"))
        session.add(
            Voucher(
                id=voucher_id, fund_request_id=request_id, seq=1, payee_id=world.payee_id, cents=6_000, status="paid",
                made_at=NOW, receipt_due_on=late,
            )
        )  # fmt: skip
        session.add(
            Advance(
                id=advance_id, fund_request_id=request_id, seq=1, cents=4_000, method="petty_cash",
                holder_id=world.cal.user_id, issued_on=late, due_on=late,
            )
        )  # fmt: skip
    return voucher_id, advance_id


def test_receipts_are_due_for_what_the_books_say_is_out(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world()
    request_id = make_approved(world)
    voucher_id, advance_id = add_rows(world, request_id)
    browser = sign_in_as("cal")
    assert "Receipts still due 0" in words(browser), "rows without money behind them"
    line = world.lines["housing"]
    evaluation_id = db.session.scalar(select(PolicyEvaluation.id).where(PolicyEvaluation.fund_request_id == request_id))
    db.session.rollback()
    drafts: list[tuple[Draft, dict[str, Any]]] = [
        (ledger.voucher(line, 6_000), {"voucher_id": voucher_id}),
        (ledger.pay(line, 6_000, fund=world.fund_id), {"voucher_id": voucher_id}),
        (ledger.advance(line, 4_000, fund=world.fund_id), {"advance_id": advance_id}),
    ]
    for number, (draft, of) in enumerate(drafts):
        with transaction():
            post(
                world.fay,
                draft,
                Context(
                    fund_id=world.fund_id, effective_on=NOW.date(), now=NOW, key=f"due/{number}",
                    fund_request_id=request_id, evaluation_id=evaluation_id, **of,
                ),
            )  # fmt: skip
    text = words(browser)
    assert "Receipts still due 2 $100.00, overdue since" in text
    assert "Held now by approvals $120.00" in text
    with transaction() as session:
        paper = Document(
            id=uuid4(), fund_request_id=request_id, kind="receipt", media_type="image/png", size_bytes=1,
            sha256="a" * 64, added_at=NOW,
        )  # fmt: skip
        session.add(paper)
        session.flush()
        session.add(ReceiptAllocation(document_id=paper.id, voucher_id=voucher_id, cents=6_000, accepted_at=NOW))
    assert "Receipts still due 1 $40.00, overdue since" in words(browser)


def test_the_read_is_in_the_trail_before_a_name_is_shown(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world()
    sign_in_as("cal").get(PAGE)
    events, _total = list_events(page=1, kind="fund_requests:listed")
    db.session.rollback()
    details = events[0].record["details"]
    assert details["purpose"] == "what my people have left"
    assert details["people"] == [str(world.person.enrollee_id)]


def queries_of(browser: Browser) -> int:
    """How many statements the page sends."""
    sent: list[object] = []

    def note(*given: object) -> None:
        sent.append(given[2])

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        words(browser)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    return len(sent)


@pytest.mark.database
def test_more_people_ask_the_database_no_more(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world(rules=[YEAR_CAP])
    make_approved(world)
    browser = sign_in_as("cal")
    few = queries_of(browser)
    for number in range(6):
        make_person(CAL, code=f"E-{500 + number}")
    assert queries_of(browser) == few <= 45


def test_without_a_fund_it_says_so(app: Flask, sign_in_as: SignIn) -> None:
    make_person(CAL, code="E-200")
    text = words(sign_in_as("cal"))
    assert "E-200" in text and "No fund with a budget year is open today" in text


def test_it_stands_in_the_menu_of_those_who_ask(app: Flask, sign_in_as: SignIn) -> None:
    make_world()
    assert f'href="{PAGE}"' in sign_in_as("cal").get("/fund/requests").text
    assert f'href="{PAGE}"' not in sign_in_as("fay").get("/fund/requests").text
