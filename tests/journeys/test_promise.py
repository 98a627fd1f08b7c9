"""From a choice sheet to a promise kept or broken: the referral's clock runs, and two days later the rate tells.

All through the pages; only the clock is moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date, timedelta

import pytest
from flask import Flask

from core import clock
from tests.builders import make_listing
from tests.care.people import Made, make_person
from tests.cast import CAL, Browser
from tests.conftest import SignIn
from tests.directory.actions.test_agreements import LEAD, TERMS
from tests.security.sites import frozen_clock

BEGIN = clock.now_utc().replace(hour=15, minute=0, second=0, microsecond=0)


@pytest.fixture
def start() -> Iterator[None]:
    """The clock stands at the beginning of the journey until a test moves it."""
    with frozen_clock(BEGIN):
        yield


def sheet_of(cal: Browser, person: Made) -> str:
    """Search from the goal, and one press: the address of the choice sheet."""
    address = f"/enrollees/{person.enrollee_id}/services?goal={person.goal_id}"
    page = cal.get(address).text
    boxes = re.findall(r'<input[^>]*name="option"[^>]*value="([^"]+)"', page)
    sent = {name: re.search(rf'name="{name}"[^>]*value="([^"]+)"', page)[1] for name in ("csrf_token", "sheet_id")}
    answer = cal.post(
        f"/enrollees/{person.enrollee_id}/choices",
        data={
            **sent,
            "option": boxes[:3],
            "goal": str(person.goal_id),
            "sheet_language": "en",
            "who_calls": "together",
        },
    )
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def refer_from(cal: Browser, sheet: str) -> str:
    """Press "Refer" on the sheet and send the form: the address of the referral."""
    link = re.search(r'href="(/enrollees/[^"]+/referrals/new\?[^"]+)"', cal.get(sheet).text)
    assert link, "The sheet must lead to a referral."
    address = link[1].replace("&amp;", "&")
    goal = re.search(r"goal=([0-9a-f-]+)", address)
    answer = cal.send(address, goal=goal[1])
    assert answer.status_code == 303, answer.text
    return str(answer.location)


def rate_of(cal: Browser, agreement: str) -> tuple[int, int]:
    """Kept and counted promises as the agreement's page says them; nothing counted yet is (0, 0)."""
    found = re.search(r"counted: (\d+) of (\d+) in 12 months", cal.get(agreement).text)
    return (int(found[1]), int(found[2])) if found else (0, 0)


@pytest.mark.parametrize(("answered", "expected"), [(True, (1, 1)), (False, (0, 1))])
def test_two_days_later_the_kept_rate_has_changed(
    app: Flask, start: None, sign_in_as: SignIn, answered: bool, expected: tuple[int, int]
) -> None:
    """Made from a sheet: 24 hours are on the clock. An answer in time keeps the promise; none within them breaks it."""
    from directory import actions, queries

    service_id = make_listing(name="Housing partner")
    organization_id = queries.list_organizations(words="Test House", size=10)[0][0].id
    terms = TERMS | {"starts_on": date(2020, 1, 1), "ends_on": date(2099, 1, 1), "counties": ""}
    agreement_id = actions.record_agreement(
        LEAD, organization_id=organization_id, values=terms, service_ids=[service_id]
    )
    actions.set_agreement_state(LEAD, agreement_id=agreement_id, state="active")
    person = make_person(CAL, at=BEGIN, fields={"preferred_name": "Ana", "home_area": "10601"})
    cal, agreement = sign_in_as("cal"), f"/agreements/{agreement_id}"
    assert rate_of(cal, agreement) == (0, 0)
    referral = refer_from(cal, sheet_of(cal, person))
    assert "24 hours left" in cal.get(referral).text
    assert rate_of(cal, agreement) == (0, 0), "A promise that still runs is not counted."
    if answered:
        with frozen_clock(BEGIN + timedelta(minutes=10)):
            moved = cal.send(f"{referral}/move", page=referral, state="offered", row_version="1")
            assert moved.status_code == 303
    with frozen_clock(BEGIN + timedelta(days=2)):
        later = sign_in_as("dan")  # the director, whose session begins then
        assert rate_of(later, agreement) == expected
        assert ("24 hours left" in later.get(referral).text) is False
