"""The trail as pages and as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

import pytest
from flask import Flask

from accounts import actions
from audit import queries
from core.db import db
from tests.cast import SAM, Browser, identity_for

SignIn = Callable[[str], Browser]


def test_auditor_reads_events_and_one_event(app: Flask, sign_in_as: SignIn) -> None:
    invited = actions.invite_user(identity_for(SAM), email="new@example.org", name="New Person", roles=["coordinator"])
    browser = sign_in_as("ada")
    page = browser.get("/trail")
    assert "user:invited" in page.text and "Sam Weller" in page.text
    one = browser.get("/trail/1")
    assert one.status_code == 200 and str(invited.user_id) in one.text and "coordinator" in one.text
    assert browser.get("/trail/999").status_code == 404


def test_list_is_narrowed_by_kind_and_subject(app: Flask, sign_in_as: SignIn) -> None:
    invited = actions.invite_user(identity_for(SAM), email="new@example.org", name="New Person", roles=["coordinator"])
    browser = sign_in_as("ada")
    assert "user:signed_in</td>" not in browser.get("/trail?kind=user:invited").text
    assert "user:signed_in</td>" in browser.get("/trail").text
    assert "user:signed_in</td>" not in browser.get(f"/trail?subject={invited.user_id}").text
    assert browser.get("/trail?kind=nonsense&page=%00&subject='%00").status_code == 200


@pytest.mark.one_database
@pytest.mark.parametrize("name", ["stella", "cal", "sam", "ana", "fay"])
def test_others_do_not_see_the_trail(sign_in_as: SignIn, name: str) -> None:
    browser = sign_in_as(name)
    assert [browser.get(address).status_code for address in ("/trail", "/trail/1", "/trail/export.csv")] == [403] * 3


def test_csv_holds_every_event_and_the_head_and_no_formula(app: Flask, sign_in_as: SignIn) -> None:
    actions.invite_user(identity_for(SAM), email="new@example.org", name="=1+1", roles=["steward"])
    invited = actions.invite_user(identity_for(SAM), email="two@example.org", name="Two", roles=["steward"])
    actions.edit_profile(identity_for(SAM), user_id=invited.user_id, name="@SUM(A1)", language="en")
    answer = sign_in_as("ada").get("/trail/export.csv")
    rows = list(csv.reader(io.StringIO(answer.text)))
    db.session.rollback()
    seq, digest = queries.chain_head()
    assert (answer.mimetype, len(rows)) == ("text/csv", seq + 2)
    assert rows[-1][0] == "head" and rows[-1][-2:] == [str(seq), digest]
    assert not [cell for row in rows for cell in row if cell.startswith(("=", "+", "-", "@"))]


def test_commands_check_the_trail_and_print_its_head(app: Flask) -> None:
    actions.invite_user(identity_for(SAM), email="new@example.org", name="New", roles=["steward"])
    seq, digest = queries.chain_head()
    db.session.rollback()
    run = app.test_cli_runner().invoke
    assert run(args=["audit", "head"]).output.strip() == f"{seq}:{digest}"
    assert (
        run(args=["audit", "check", "--kept", f"{seq}:{digest}"]).output.strip() == f"The trail is whole: {seq} events."
    )
    wrong = run(args=["audit", "check", "--kept", f"{seq}:{'0' * 64}"])
    assert wrong.exit_code == 1 and "differs from the hash kept outside" in wrong.output
    assert run(args=["audit", "check", "--kept", "x"]).exit_code == 2
