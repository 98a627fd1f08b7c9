"""A choice sheet: made from the search, in the person's language, discreet on wish, and the choice on the goal."""

from __future__ import annotations

import re
from urllib.parse import unquote
from uuid import UUID, uuid4

import pytest
from flask import Flask

from audit.queries import list_events
from care.actions.choices import offer_choices, open_choice_sheet, record_choice
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from directory.facets import Visibility
from tests.builders import NOW, make_listing, make_phone
from tests.care.people import Made, make_person, user_of
from tests.cast import CAL, MAX, Browser
from tests.conftest import SignIn

pytestmark = pytest.mark.one_database

NAME = "Zephyrine Quill"


def make_sheet(person: Made, services: list[UUID], **values: object) -> UUID:
    """A sheet of Cal's for the person's goal."""
    usual = {"sheet_id": uuid4(), "language": "en", "who_calls": "together"}
    return offer_choices(
        user_of(CAL),
        enrollee_id=person.enrollee_id,
        goal_id=person.goal_id,
        options=[(service_id, None) for service_id in services],
        now=NOW,
        **{**usual, **values},  # type: ignore[arg-type]
    )


def kinds() -> list[str]:
    """The kinds of the trail."""
    return [event.kind for event in list_events(page=1)[0]]


def test_from_the_goal_to_the_sheet_in_two_presses(app: Flask, sign_in_as: SignIn) -> None:
    """The best three are picked already: one press makes the sheet, and a second press makes no second one."""
    names = ["Housing one", "Housing two", "Housing three", "Housing four"]
    for number, name in enumerate(names):
        make_phone(service_id=make_listing(name=name, point=(41.033 + number / 100, -73.764)))
    person = make_person(CAL, fields={"preferred_name": NAME, "home_area": "10601", "languages": ["es", "en"]})
    cal = sign_in_as("cal")
    page = cal.get(f"/enrollees/{person.enrollee_id}/services?goal={person.goal_id}").text
    boxes = re.findall(r'<input[^>]*name="option"[^>]*>', page)
    picked = [re.search(r'value="([^"]+)"', box)[1] for box in boxes if "checked" in box]
    assert len(boxes) == 4 and len(picked) == 3
    sent = {"csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', page)[1], "option": picked,
            "sheet_id": re.search(r'name="sheet_id"[^>]*value="([^"]+)"', page)[1],
            "goal": str(person.goal_id), "sheet_language": "es", "who_calls": "together"}  # fmt: skip
    answers = [cal.post(f"/enrollees/{person.enrollee_id}/choices", data=sent) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [303, 303] and answers[0].location == answers[1].location
    assert kinds().count("choices:offered") == 1
    sheet = cal.get(answers[0].location).text
    body = sheet[sheet.index('class="gt-sheet"') : sheet.index("</section>", sheet.index('class="gt-sheet"'))]
    for word in (
        "Housing one",
        "Horario",
        "Costo",
        "Qué llevar",
        "Cómo solicitarlo",
        "(914) 555-0123",
        "(914) 555-0124",
    ):
        assert word in body, word
    assert 'lang="es"' in body[:200] and "What to bring" not in body and NAME not in body and "A door" not in body
    assert NAME not in answers[0].location


def test_the_discreet_sheet_names_no_program_and_no_person(app: Flask, sign_in_as: SignIn) -> None:
    """Neither on the paper nor in the text or e-mail; the other form names the program (the control)."""
    service_id = make_listing(name="Addiction recovery home")
    make_phone(service_id=service_id)
    person = make_person(CAL, fields={"preferred_name": NAME, "phone": "914-555-0199"})
    sheet_id = make_sheet(person, [service_id], is_discreet=True)
    cal, address = sign_in_as("cal"), f"/enrollees/{person.enrollee_id}/choices/{sheet_id}"

    def sheet_of(page: str) -> str:
        return page[page.index('class="gt-sheet"') : page.index("</section>", page.index('class="gt-sheet"'))]

    page = cal.get(address).text
    links = [unquote(link) for link in re.findall(r'href="((?:sms|mailto):[^"]+)"', page)]
    assert len(links) == 2
    for text in (sheet_of(page), *links):
        assert "Goldthread" not in text and NAME not in text and "coordinator" not in text.lower()
    assert all("Addiction" not in link and "555-0123" in link for link in links)
    assert "Goldthread" in sheet_of(cal.get(f"{address}?discreet=0").text)


def test_the_choice_and_its_reason_stand_on_the_goal(app: Flask, sign_in_as: SignIn) -> None:
    """Recorded once, shown on the goal's page, sealed everywhere else."""
    person, service_id = make_person(CAL), make_listing(name="Housing one")
    sheet_id = make_sheet(person, [service_id, make_listing(name="Housing two")])
    cal, address = sign_in_as("cal"), f"/enrollees/{person.enrollee_id}/choices/{sheet_id}"
    option = re.search(r'name="option"[^>]*value="([0-9a-f-]{36})"', cal.get(address).text)
    assert option
    assert cal.send(address, option=option[1], reason="CANARY near my sister").status_code == 303
    goal = cal.get(f"/enrollees/{person.enrollee_id}/goals/{person.goal_id}").text
    assert "option 1 chosen" in goal and "CANARY near my sister" in goal
    events = list_events(page=1)[0]
    assert [event.kind for event in events].count("choice:made") == 1
    assert "CANARY" not in str([event.record for event in events])


@pytest.mark.database
def test_a_second_choice_is_refused_and_the_same_one_is_not(app: Flask) -> None:
    """The first answer stands; another needs a new sheet."""
    person, cal = make_person(CAL), user_of(CAL)
    sheet_id = make_sheet(person, [make_listing()])
    option_id = open_choice_sheet(cal, enrollee_id=person.enrollee_id, sheet_id=sheet_id, now=NOW).options[0][0].id
    for _ in range(2):
        record_choice(cal, enrollee_id=person.enrollee_id, sheet_id=sheet_id, option_id=option_id, now=NOW)
    with pytest.raises(Conflict):
        record_choice(cal, enrollee_id=person.enrollee_id, sheet_id=sheet_id, option_id=None, now=NOW)
    assert kinds().count("choice:made") == 1


def test_what_may_not_be_offered(app: Flask) -> None:
    """None, six, a listing for coordinators only, an unknown goal: each refused, nothing written."""
    person = make_person(CAL)
    with pytest.raises(InvalidInput, match="at least one"):
        make_sheet(person, [])
    with pytest.raises(InvalidInput, match="at most five"):
        make_sheet(person, [make_listing() for _ in range(6)])
    with pytest.raises(NotAllowed, match="for coordinators only"):
        make_sheet(person, [make_listing(visibility=int(Visibility.COORDINATOR))])
    with pytest.raises(NotFound):
        make_sheet(Made(person.enrollee_id, make_person(CAL).goal_id), [make_listing()])
    assert "choices:offered" not in kinds()


def test_a_stranger_learns_nothing(app: Flask, sign_in_as: SignIn) -> None:
    """Max may neither look at the sheet, nor make one, nor choose; the sheet of another person is no way in."""
    person, service_id = make_person(CAL), make_listing()
    sheet_id = make_sheet(person, [service_id])
    of_max = make_person(MAX)
    browser = sign_in_as("max")
    assert browser.get(f"/enrollees/{person.enrollee_id}/choices/{sheet_id}").status_code == 404
    assert browser.get(f"/enrollees/{of_max.enrollee_id}/choices/{sheet_id}").status_code == 404
    with pytest.raises(NotFound):
        offer_choices(
            user_of(MAX), enrollee_id=person.enrollee_id, sheet_id=uuid4(), goal_id=person.goal_id,
            options=[(service_id, None)], language="en", who_calls="person", now=NOW,
        )  # fmt: skip
    with pytest.raises(NotFound):
        record_choice(user_of(MAX), enrollee_id=person.enrollee_id, sheet_id=sheet_id, option_id=None, now=NOW)


def test_a_refused_sheet_keeps_the_search(app: Flask, sign_in_as: SignIn) -> None:
    """Nothing picked: 422, the reason on top, the results still there."""
    make_listing(name="Housing one")
    person = make_person(CAL)
    cal: Browser = sign_in_as("cal")
    answer = cal.send(
        f"/enrollees/{person.enrollee_id}/choices",
        page=f"/enrollees/{person.enrollee_id}/services?goal={person.goal_id}",
        goal=str(person.goal_id), sheet_language="en", who_calls="person", need="housing", near="1",
    )  # fmt: skip
    assert answer.status_code == 422
    assert "Choose at least one service" in answer.text
    assert "Housing one" in answer.text
