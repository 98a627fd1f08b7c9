"""The pages about people in a browser's hands: each role's day, and what strangers meet."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from care.actions import assignments, people
from core import clock
from core.clock import now_utc
from core.config import Config
from tests.care.events import events_of
from tests.care.people import make_person, user_of
from tests.cast import ANA, CAL, DAN, GUS, MAX, PIA, SUE, Browser, code_at

pytestmark = pytest.mark.one_database

SignIn = Callable[[str], Browser]
NAME = "Zuleika Marrow"


def person_of_cal(**fields: object) -> UUID:
    """A person of Cal's with a name that occurs nowhere else."""
    return make_person(CAL, at=now_utc(), code="E-014", fields={"preferred_name": NAME, **fields}).enrollee_id


def confirm(browser: Browser, operation: str, onward: str) -> None:
    """Give a one-time code for an operation."""
    code = code_at(browser.phone, clock.now_utc() + timedelta(seconds=30))
    answer = browser.send(f"/confirm/{operation}?next={onward}", code=code)
    assert answer.location == onward, answer.text


def test_a_coordinators_pages_show_the_person_and_no_address_names_them(app: Flask, sign_in_as: SignIn) -> None:
    ana = person_of_cal(phone="914-555-0133")
    cal = sign_in_as("cal")
    page = cal.get("/enrollees")
    assert NAME in page.text and "(914) 555-0124" in page.text
    assert page.headers["Cache-Control"] == "no-store"
    for address in (
        "",
        "/edit",
        "/status",
        "/discharge",
        "/account",
        "/mentor",
        "/benefits/add",
        "/supports/add",
        "/consents",
        "/consents/add",
        "/history",
    ):
        page = cal.get(f"/enrollees/{ana}{address}")
        assert page.status_code == 200, address
        assert NAME in page.text and "(914) 555-0124" in page.text, address
        assert page.headers["Cache-Control"] == "no-store"
        title = re.search(r"<title>(.*?)</title>", page.text, re.DOTALL)
        assert title and "Zuleika" not in title[1], address
        assert not any("uleika" in link for link in re.findall(r'(?:href|action)="([^"]*)"', page.text)), address


def test_a_stranger_meets_nothing(app: Flask, sign_in_as: SignIn) -> None:
    ana = person_of_cal()
    stranger = sign_in_as("max")
    token = stranger.token("/enrollees")
    assert NAME not in stranger.get("/enrollees").text
    for address in (
        "",
        "/edit",
        "/status",
        "/account",
        "/mentor",
        "/benefits/add",
        "/supports/add",
        "/consents",
        "/consents/add",
        "/history",
    ):
        answer = stranger.get(f"/enrollees/{ana}{address}")
        assert answer.status_code == 404 and NAME not in answer.text, address
    for address in ("edit", "status", "account", f"consents/{uuid4()}/revoke", f"supports/{uuid4()}/end"):
        assert stranger.post(f"/enrollees/{ana}/{address}", data={"csrf_token": token}).status_code == 404, address
    assert stranger.get(f"/me/{ana}").status_code == 403  # no own record in this role


@pytest.mark.database
def test_a_name_is_found_by_post_over_the_own_caseload_only(app: Flask, sign_in_as: SignIn) -> None:
    person_of_cal()
    make_person(CAL, at=now_utc(), fields={"preferred_name": "Somebody Else"})
    cal = sign_in_as("cal")
    page = cal.send("/enrollees", name="zule")
    assert NAME in page.text and "Somebody Else" not in page.text
    assert "Nobody fits" in sign_in_as("max").send("/enrollees", name="zule").text


def test_a_supervisor_refers_assigns_and_sees_the_ratio(app: Flask, sign_in_as: SignIn) -> None:
    cal_id, sue_id = user_of(CAL).user_id, user_of(SUE).user_id
    assert cal_id and sue_id
    assignments.start_supervision(user_of(DAN), supervisor_id=sue_id, coordinator_id=cal_id)
    sue = sign_in_as("sue")
    answer = sue.send(
        "/enrollees/refer",
        preferred_name=NAME,
        referred_at="1/5/2026 9:30 AM",
        home_area="10601",
        languages="es",
        coordinator_id="",
    )
    assert answer.location == "/enrollees/caseloads", answer.text
    board = sue.get("/enrollees/caseloads")
    assert "Assign E-001" in board.text and NAME not in board.text and "0 of 12" in board.text
    waiting = re.search(r'href="(/enrollees/[0-9a-f-]+/coordinator)"', board.text)
    assert waiting
    assert sue.send(waiting[1], coordinator_id=str(cal_id)).status_code == 303
    board = sue.get("/enrollees/caseloads")
    assert "1 of 12" in board.text and "room for 11" in board.text and "Assign E-001" not in board.text
    assert NAME in sue.get("/enrollees").text
    assert sign_in_as("cal").get("/enrollees/caseloads").status_code == 403


def test_a_refused_referral_keeps_what_was_typed(app: Flask, sign_in_as: SignIn) -> None:
    page = sign_in_as("sue").send("/enrollees/refer", preferred_name=NAME, referred_at="yesterday", home_area="Xyzzy")
    assert page.status_code == 422
    assert NAME in page.text and "Write a day and a time like 3/5/2026 2:30 PM." in page.text


@pytest.mark.database
def test_a_coordinator_changes_enrolls_and_records(app: Flask, sign_in_as: SignIn) -> None:
    ana = person_of_cal()
    cal = sign_in_as("cal")
    form = f"/enrollees/{ana}/edit"
    version = re.search(r'name="row_version"[^>]*value="(\d+)"', cal.get(form).text)
    assert version
    saved = cal.send(form, preferred_name=NAME, row_version=version[1], contact_ways="none", birth_date="3/5/1980")
    assert saved.status_code == 303, saved.text
    shown = cal.get(f"/enrollees/{ana}").text
    assert "Do not contact this person" in shown and "March 5, 1980" in shown
    stale = cal.send(form, preferred_name="Other", row_version=version[1])
    assert stale.status_code == 422 and "Somebody else changed this record meanwhile" in stale.text
    added = cal.send(f"/enrollees/{ana}/benefits/add", kind="ssi", state="pending", soar_steps="intent")
    assert added.status_code == 303, added.text
    assert "Protective filing date set" in cal.get(f"/enrollees/{ana}").text
    assert cal.send(f"/enrollees/{ana}/supports/add", kind="natural", name="Bea Marrow").status_code == 303
    assert "Bea Marrow" in cal.get(f"/enrollees/{ana}/consents").text
    assert cal.send(f"/enrollees/{ana}/status", status="ended", on="1/5/2026").location == "/enrollees"
    assert cal.get(f"/enrollees/{ana}").status_code == 404


def test_telling_asks_for_a_code_and_gives_page_or_file(app: Flask, sign_in_as: SignIn) -> None:
    ana = person_of_cal(insurance="Medicaid")
    cal, here = sign_in_as("cal"), f"/enrollees/{ana}/consents"
    given = cal.send(
        f"{here}/add",
        recipient="Harbor Housing",
        purpose="housing",
        groups="contact",
        starts_on="1/1/2020",
        expires_on="1/1/2090",
        given_how="on paper",
    )
    assert given.status_code == 303, given.text
    door = re.search(rf'action="({here}/[0-9a-f-]+/disclose)"', cal.get(here).text)
    assert door
    assert cal.send(door[1], page=here).location.startswith("/confirm/disclosure?next=")
    confirm(cal, "disclosure", here)
    page = cal.send(door[1], page=here, disclosure_id=str(uuid4()))
    assert page.status_code == 200 and "This record which has been disclosed to you" in page.text
    assert NAME in page.text and "Medicaid" not in page.text
    file = cal.send(door[1], page=here, disclosure_id=str(uuid4()), **{"as": "file"})
    assert file.mimetype == "application/json" and NAME in file.text
    assert "Zuleika" not in str(file.headers) and file.headers["Cache-Control"] == "no-store"
    assert cal.send(door[1].replace("disclose", "revoke"), page=here).status_code == 303
    refused = cal.send(door[1], page=here, disclosure_id=str(uuid4()))
    assert refused.location == here
    assert "This consent was revoked. Nothing may be told under it." in cal.get(here).text


@pytest.mark.database
def test_emergency_access_tells_the_privacy_officer_without_a_name(app: Flask, sign_in_as: SignIn) -> None:
    config: Config = app.config["GOLDTHREAD"]
    ana = person_of_cal()
    user_of(PIA)
    stranger = sign_in_as("max")
    assert stranger.get("/enrollees/emergency").location.startswith("/confirm/emergency")
    confirm(stranger, "emergency", "/enrollees/emergency")
    outbox = config.data_dir / "outbox"
    before = set(outbox.glob("*.eml")) if outbox.is_dir() else set[Path]()
    opened = stranger.send("/enrollees/emergency", code="E-014", reason="She is on the bridge now")
    assert opened.location == f"/enrollees/{ana}", opened.text
    mails = [path.read_text() for path in set(outbox.glob("*.eml")) - before]
    assert len(mails) == 1 and PIA.email in mails[0] and "/emergency-access" in mails[0]
    assert not any(word in mails[0] for word in ("Zuleika", "E-014", "bridge", str(ana), MAX.name))
    seen = stranger.get(f"/enrollees/{ana}")
    assert NAME in seen.text and "reported to the privacy officer" in seen.text
    assert stranger.get(f"/enrollees/{ana}/edit").status_code == 403
    pia = sign_in_as("pia")
    review = pia.get("/emergency-access")
    assert "She is on the bridge now" in review.text and NAME not in review.text
    judged = re.search(r'action="(/emergency-access/[0-9a-f-]+/reviewed)"', review.text)
    assert judged and pia.send(judged[1], page="/emergency-access").status_code == 303
    assert "judged by Pia Voss" in pia.get("/emergency-access").text


def test_the_person_reads_the_own_record_and_who_looked(app: Flask, sign_in_as: SignIn) -> None:
    ana = person_of_cal()
    user_of(ANA)
    people.link_account(user_of(CAL), enrollee_id=ana, email=ANA.email)
    sign_in_as("cal").get(f"/enrollees/{ana}")
    own = sign_in_as("ana")
    assert own.get("/me").location == f"/me/{ana}"
    page = own.get(f"/me/{ana}")
    assert "A door that locks" in page.text and CAL.name in page.text
    looked = own.get(f"/me/{ana}/who-looked").text
    assert CAL.name in looked and "Opened the record: overview" in looked
    assert own.get(f"/enrollees/{ana}").status_code == 403
    other = make_person(MAX, at=now_utc()).enrollee_id
    assert own.get(f"/me/{other}").status_code == 404
    copy = own.send(f"/me/{ana}/copy", page=f"/me/{ana}")
    assert copy.mimetype == "application/json" and "A door that locks" in copy.text
    spanish = own.get(f"/me/{ana}?lang=es").text
    assert "Quién vio mi expediente" in spanish


def test_family_sees_the_shared_part_and_not_who_looked(app: Flask, sign_in_as: SignIn) -> None:
    ana = person_of_cal()
    user_of(GUS)
    cal = sign_in_as("cal")
    given = cal.send(
        f"/enrollees/{ana}/consents/add",
        recipient="Gus",
        purpose="family",
        groups="plan",
        starts_on="1/1/2020",
        expires_on="1/1/2090",
        given_how="in person",
        recipient_email=GUS.email,
    )
    assert given.status_code == 303, given.text
    gus = sign_in_as("gus")
    assert gus.get("/me").location == f"/me/{ana}"
    page = gus.get(f"/me/{ana}").text
    assert "A door that locks" in page and NAME not in page and CAL.name not in page
    assert gus.get(f"/me/{ana}/who-looked").status_code == 404


@pytest.mark.parametrize("who", ["ada", "dan"])
def test_oversight_reads_and_leaves_its_trace(app: Flask, sign_in_as: SignIn, who: str) -> None:
    ana = person_of_cal()
    browser = sign_in_as(who)
    page = browser.get(f"/enrollees/{ana}")
    assert NAME in page.text and "You see this record as: oversight" in page.text
    assert browser.get(f"/enrollees/{ana}/edit").status_code == 403
    assert events_of("record:opened")[0]["standing"] == "oversight"


def test_a_discharge_starts_the_seven_days(app: Flask, sign_in_as: SignIn) -> None:
    """The form, its refusals with what was typed kept, and the clock on the person's pages."""
    ana = person_of_cal()
    cal, address = sign_in_as("cal"), f"/enrollees/{ana}/discharge"
    assert "Psychiatric care in 7 days" not in cal.get(f"/enrollees/{ana}").text
    assert "Write when the person left." in cal.send(address).text
    refused = cal.send(address, at="1/1/2090 8 AM")
    assert refused.status_code == 422 and "still to come" in refused.text and "1/1/2090 8 AM" in refused.text
    left = (now_utc() - timedelta(days=2)).astimezone(ZoneInfo("America/New_York"))
    done = cal.send(address, at=f"{left.month}/{left.day}/{left.year} {left:%H:%M}")
    assert done.location == f"/enrollees/{ana}/referrals"
    page = cal.get(f"/enrollees/{ana}").text
    assert "Psychiatric care in 7 days" in page and re.search(r"(4|5) days.* left", page)
    assert "Recorded before" in cal.get(address).text
    assert [event["fields"] for event in events_of("enrollee:changed")] == [["discharge"]]
    assert sign_in_as("max").get(address).status_code == 404
    assert sign_in_as("ada").get(address).status_code == 403


def test_the_overview_leads_from_each_goal_to_its_search(app: Flask, sign_in_as: SignIn) -> None:
    made = make_person(CAL, at=now_utc())
    page = sign_in_as("cal").get(f"/enrollees/{made.enrollee_id}").text
    assert "A door that locks" in page
    assert f"/enrollees/{made.enrollee_id}/services?goal={made.goal_id}" in page
