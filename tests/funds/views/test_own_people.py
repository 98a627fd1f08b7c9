"""What my people have left: whose people stand there, what is said of each, and that the read is in the trail."""

from __future__ import annotations

import re
from datetime import timedelta
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import event, update

from audit.queries import list_events
from care.models import Assignment
from core.clock import now_utc
from core.db import db, transaction
from funds.models import Advance, FundRequest
from tests.builders import NOW
from tests.care.people import make_person
from tests.cast import CAL, MAX, Browser
from tests.conftest import SignIn
from tests.funds.books import make_approved, make_world

PAGE = "/fund/people"
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


def test_another_coordinators_people_never_appear(app: Flask, sign_in_as: SignIn) -> None:
    make_world()
    make_person(MAX, code="E-777", fields={"preferred_name": "Zoraida"})
    seen = {who: words(sign_in_as(who)) for who in ("cal", "max", "sue")}
    for who, sees, not_seen in (("cal", "E-014", "E-777"), ("max", "E-777", "E-014"), ("sue", "E-014", "E-777")):
        assert sees in seen[who] and not_seen not in seen[who], who
        assert ("Zoraida" in seen[who]) == (who == "max")
    assert "People of Cal Brooks" in seen["sue"]
    assert "People of Cal Brooks" not in seen["cal"]


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


def add_advance(request_id: UUID, holder_id: UUID | None) -> None:
    """The row of an advance, three days late."""
    with transaction() as session:
        session.execute(update(FundRequest).where(FundRequest.id == request_id).values(status="paid"))
        session.add(
            Advance(
                fund_request_id=request_id, seq=1, cents=100, method="petty_cash", holder_id=holder_id,
                issued_on=NOW.date(), due_on=NOW.date() - timedelta(days=3),
            )
        )  # fmt: skip


def test_an_advance_that_the_books_hold_nothing_of_is_not_due(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world()
    add_advance(make_approved(world), world.cal.user_id)
    assert "Receipts still due 0" in words(sign_in_as("cal"))


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
