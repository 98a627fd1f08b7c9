"""Agreements in the browser: who sees and writes them, terms and history, the kept rate from referrals."""

from __future__ import annotations

import io
import re
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from care.actions import referrals
from care.queries.referrals import get_referral
from core.clock import now_utc
from core.db import db
from core.headers import SANDBOX
from directory import queries
from tests.builders import make_organization, make_service, today
from tests.care.people import make_person, user_of
from tests.cast import CAL
from tests.conftest import SignIn
from tests.core.hostile_files import archive, hostile_document, readable_bytes
from tests.directory.actions.test_agreements import make_agreement

pytestmark = pytest.mark.one_database

SENT = {"promise": "Intake within a day", "promised_hours": "24", "counties": "Westchester", "starts_on": "1/1/2026",
        "ends_on": "12/31/2099"}  # fmt: skip


def test_a_supervisor_writes_starts_and_changes_an_agreement(app: Flask, sign_in_as: SignIn) -> None:
    """Partner, terms, start, new terms with the old in the history; a county that there is not is refused."""
    organization_id = make_organization(name="Riverbend Clinic")
    service_id = make_service(organization_id=organization_id, name="Day clinic")
    sue = sign_in_as("sue")
    assert "Riverbend Clinic" in sue.get("/agreements/add?q=river").text
    address = f"/agreements/add?organization={organization_id}"
    wrong = sue.send(address, **{**SENT, "counties": "Atlantis"}, service_ids=str(service_id))
    assert wrong.status_code == 422 and "Atlantis" in wrong.text
    made = sue.send(address, **SENT, service_ids=str(service_id))
    assert made.status_code == 303
    one = made.location
    assert "draft" in sue.get(one).text and "Westchester County" in sue.get(one).text
    assert sue.send(f"{one}/state", page=one, state="active").status_code == 303
    day = today()
    assert queries.agreements_of([service_id], day)[service_id].promised_hours == 24
    changed = sue.send(f"{one}/edit", **{**SENT, "promised_hours": "48"}, service_ids=str(service_id), version="1")
    assert changed.status_code == 303
    page = sue.get(one).text
    assert "Version 1" in page and "48" in page
    old = sue.send(f"{one}/edit", **SENT, service_ids=str(service_id), version="1")
    assert old.status_code == 422 and "Somebody changed" in old.text


def test_coordinators_read_and_the_public_learns_nothing(app: Flask, sign_in_as: SignIn) -> None:
    """A coordinator sees the terms and no button; a visitor is sent to sign in; a family member is refused."""
    agreement_id, _ = make_agreement()
    address = f"/agreements/{agreement_id}"
    cal = sign_in_as("cal")
    assert "Intake within a day" in cal.get(address).text and "Write new terms" not in cal.get(address).text
    assert cal.get(f"{address}/edit").status_code == 403 and cal.get("/agreements/add").status_code == 403
    assert sign_in_as("gus").get(address).status_code == 403
    assert app.test_client().get(address).status_code == 303


def test_an_agreement_that_ends_soon_stands_on_top(app: Flask, sign_in_as: SignIn) -> None:
    """Ninety days before the end it is to renew; one that ends later is not."""
    day = today()
    soon, _ = make_agreement(ends_on=day + timedelta(days=20))
    later, _ = make_agreement(ends_on=day + timedelta(days=300))
    cal = sign_in_as("cal")
    page = cal.get("/agreements?ending=1").text
    assert str(soon) in page and str(later) not in page
    assert re.search(r"ends .*: (19|20|21) days left", cal.get("/agreements").text)


@pytest.mark.database
def test_the_kept_rate_follows_what_referrals_became(app: Flask, sign_in_as: SignIn) -> None:
    """One answered in time, one that ran out: 1 of 2, 50 percent."""
    cal = sign_in_as("cal")
    agreement_id, service_id = make_agreement()
    person, identity, now = make_person(CAL), user_of(CAL), now_utc()
    for answered in (True, False):
        made = now - timedelta(days=2)
        referral_id: UUID = referrals.make_referral(
            identity, enrollee_id=person.enrollee_id, goal_id=person.goal_id, service_id=service_id, fields={}, now=made
        )
        if answered:
            row = get_referral(referral_id)
            assert row is not None
            version = row.row_version
            db.session.rollback()
            referrals.move_referral(
                identity, referral_id=referral_id, state="offered", row_version=version, now=made + timedelta(hours=3)
            )
    assert "1 of 2 (50" in cal.get("/agreements").text
    assert "1 of 2" in cal.get(f"/agreements/{agreement_id}").text


def test_the_signed_paper_is_kept_and_answered_to_staff_alone(app: Flask, sign_in_as: SignIn) -> None:
    """Sent by a supervisor, read by a coordinator as an attachment in a sandbox; not by family or visitors."""
    agreement_id, _ = make_agreement()
    address = f"/agreements/{agreement_id}/document"
    sue = sign_in_as("sue")
    token = sue.token(address)

    def send(data: bytes, name: str) -> TestResponse:
        return sue.post(address, data={"csrf_token": token, "document": (io.BytesIO(data), name)})

    assert "Choose a file." in sue.send(address).text
    refused = send(archive(), "signed.pdf")
    assert refused.status_code == 422 and "This is no JPEG" in refused.text
    large = sue.post(address, data=b"0" * 10_200_000, content_type="multipart/form-data; boundary=x")
    assert large.status_code == 413
    sent = hostile_document()
    assert send(sent, "Ana Ruiz.pdf").status_code == 303
    cal = sign_in_as("cal")
    page = cal.get(f"/agreements/{agreement_id}").text
    assert "Download the signed agreement" in page and "Send a newer one" not in page and "Ana Ruiz" not in page
    got = cal.get(f"{address}/file")
    assert got.status_code == 200, got.text[:3000]
    assert got.headers["Content-Security-Policy"] == SANDBOX
    assert got.headers["Content-Disposition"] == 'attachment; filename="agreement.pdf"'
    assert b"CANARY-SCRIPT" in readable_bytes(sent) and b"CANARY-SCRIPT" not in readable_bytes(got.data)
    assert cal.get(address).status_code == 403
    assert cal.get(f"{address}/file?version=7").status_code == 404
    assert sign_in_as("gus").get(f"{address}/file").status_code == 403
    assert app.test_client().get(f"{address}/file").status_code == 303


@pytest.mark.database
def test_places_used_this_month_stand_beside_the_promise(app: Flask, sign_in_as: SignIn) -> None:
    """Referrals of this month count, those of last month and those that found no place do not."""
    cal = sign_in_as("cal")
    agreement_id, service_id = make_agreement(places_per_month=3)
    now, identity = now_utc(), user_of(CAL)
    person = make_person(CAL, at=now - timedelta(days=40))

    def refer(made: datetime, state: str = "") -> None:
        referral_id = referrals.make_referral(
            identity, enrollee_id=person.enrollee_id, goal_id=person.goal_id, service_id=service_id, fields={}, now=made
        )
        if state:
            referrals.move_referral(identity, referral_id=referral_id, state=state, row_version=1, now=made)

    address = f"/agreements/{agreement_id}"
    assert "0 of 3 used this month" in cal.get(address).text
    refer(now - timedelta(days=32))
    refer(now)
    refer(now, "no capacity")
    refer(now, "offered")
    assert "2 of 3 used this month" in cal.get(address).text
    refer(now)
    start = cal.get(f"/enrollees/{person.enrollee_id}/services").text
    asked = cal.post(
        f"/enrollees/{person.enrollee_id}/services",
        data={"csrf_token": re.search(r'name="csrf_token"[^>]*value="([^"]+)"', start)[1], "any_distance": "1"},
    ).text
    assert "Places used this month: 3 of 3" in asked and "Ask before you refer." in asked
