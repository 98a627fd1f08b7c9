"""Gaps: equal ones add up, also at once; from a search, a referral and the public; no person and no word in them."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from audit.queries import list_events
from care.actions.gaps import decide_gap, record_gap
from care.models import Gap, GapSighting
from care.queries.gaps import list_gaps
from core.clock import now_utc
from core.db import db
from core.errors import InvalidInput, NotAllowed
from core.identity import VISITOR
from directory.gazetteer import find_place
from directory.unmet import Unmet, unmet_of
from tests.builders import make_listing
from tests.care.people import make_person, user_of
from tests.cast import CAL, SUE
from tests.conftest import SignIn

WORDS = "Creole-speaking psychiatrist"


def test_a_creole_speaking_psychiatrist_near_10550_is_counted_four_times(app: Flask, sign_in_as: SignIn) -> None:
    """Nothing found: the gap appears for the supervisor with count 1; three more make one gap with count 4."""
    make_listing(name="Food pantry")
    visitor = app.test_client()
    page = visitor.get("/services", query_string={"q": WORDS, "where": "10550"}).text
    form = page[page.index("data-gap-seen") :].partition("</form>")[0]
    sent: dict[str, list[str]] = {}
    for name, value in re.findall(r'name="([^"]+)" value="([^"]+)"', form):
        sent.setdefault(name, []).append(value)
    assert sent == {"need": ["mental_health"], "language": ["ht"], "county": ["county:36119"]}
    assert list_gaps() == ([], 0)  # reading changed nothing
    db.session.rollback()
    sue = sign_in_as("sue")
    assert visitor.post("/gaps/seen", data=sent).status_code == 204
    shown = sue.get("/gaps").text
    assert "Haitian Creole" in shown and "Westchester County, NY" in shown and '<td class="gt-number">1</td>' in shown
    for _ in range(3):
        answer = app.test_client().post("/gaps/seen", data=sent)
        assert answer.status_code == 204 and "Set-Cookie" not in answer.headers
    assert '<td class="gt-number">4</td>' in sue.get("/gaps").text
    assert list_gaps()[1] == 1 and len(list(db.session.scalars(select(GapSighting)))) == 4


def test_one_press_on_a_search_near_a_person_records_codes_alone(app: Flask, sign_in_as: SignIn) -> None:
    """The same gap as the public's; neither the person, nor their words, nor their area is in it or in the trail."""
    cal = sign_in_as("cal")
    person = make_person(CAL, fields={"home_area": "10550", "preferred_name": "Zephyrine"})
    record_gap(VISITOR, unmet=unmet_of(WORDS, (), (), (), find_place("10550").place), source="public")
    address = f"/enrollees/{person.enrollee_id}"
    sent = {"q": WORDS, "near": "1", "filled": "1"}
    answer = cal.send(f"{address}/gaps", page=f"{address}/services", **sent)
    assert answer.status_code == 303
    (gap,) = list_gaps()[0]
    assert gap.count == 2 and gap.need == "mental_health" and gap.language == "ht" and gap.words is None
    recorded = [event.record for event in list_events(page=1)[0] if event.kind == "gap:recorded"]
    assert recorded and str(person.enrollee_id) not in str(recorded) and "10550" not in str(recorded)


def test_a_stranger_records_nothing_and_nothing_understood_is_nothing(app: Flask, sign_in_as: SignIn) -> None:
    """Not your person: not found. Codes that there are not: no gap."""
    person = make_person(CAL)
    other = sign_in_as("max")
    answer = other.send(f"/enrollees/{person.enrollee_id}/gaps", page="/enrollees", need="housing")
    assert answer.status_code == 404
    assert app.test_client().post("/gaps/seen", data={"need": "<b>", "county": "Ana's house"}).status_code == 204
    with pytest.raises(InvalidInput):
        record_gap(VISITOR, unmet=Unmet(county="county:36119"), source="public")
    assert list_gaps() == ([], 0)


def test_a_supervisor_proposes_a_purchase(app: Flask, sign_in_as: SignIn) -> None:
    """Decided once, on record; a coordinator may not."""
    sue = sign_in_as("sue")
    gap_id = record_gap(VISITOR, unmet=Unmet(needs=("housing",)), source="search", now=now_utc())
    assert sue.send(f"/gaps/{gap_id}", page="/gaps", state="purchase proposed").status_code == 303
    row = db.session.get(Gap, gap_id)
    assert row is not None and row.state == "purchase proposed"
    cal = user_of(CAL)
    with pytest.raises(NotAllowed):
        decide_gap(cal, gap_id=gap_id, state="closed")
    decide_gap(user_of(SUE), gap_id=gap_id, state="closed")
    record_gap(VISITOR, unmet=Unmet(needs=("housing",)), source="search")
    assert [(gap.state, gap.count) for gap in list_gaps()[0]] == [("open", 2)]  # met again: open again
