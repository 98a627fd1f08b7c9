"""The year end on pages: a fiscal approver previews, a director commits and rolls back; the command line does alike."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from uuid import UUID

import pytest
from flask import Flask
from sqlalchemy import select

from core.db import db
from funds.actions import budgets
from funds.models import FiscalYear, RolloverRun
from tests.builders import today
from tests.cast import Browser
from tests.funds.books import World, make_world
from tests.funds.views.pages import plain, step_up, value_of

SignIn = Callable[[str], Browser]


@pytest.fixture
def world(app: Flask) -> World:
    """A year that is over as the program sees it: the world's year, with the next one open."""
    made = make_world()
    budgets.open_year(made.dan, code="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31))
    return made


def test_two_people_end_a_year_on_pages(world: World, sign_in_as: SignIn, monkeypatch: pytest.MonkeyPatch) -> None:
    fay, dan = sign_in_as("fay"), sign_in_as("dan")
    address = f"/fund/years/{world.year_id}/end"
    page = fay.get(address)
    assert "What is left lapses." in plain(page.text)
    made = fay.send(f"{address}/{world.fund_id}", page=address, new_id=value_of(page.text, "new_id"))
    assert made.status_code == 303, plain(made.text)
    shown = plain(fay.get(made.location).text)
    assert "$3,000.00" in shown and "somebody else must commit it" in shown
    assert "2027, January 1, 2027" in shown  # a day in words, as everywhere
    assert fay.get(f"{made.location}/decide").status_code == 403
    deciding = step_up(dan, f"{made.location}/decide")
    early = dan.send(deciding, act="commit")
    if today() <= date(2026, 12, 31):
        assert early.status_code == 422 and "not over" in plain(early.text)
    assert db.session.get_one(FiscalYear, world.year_id).status in ("open", "closed")


def test_a_preview_needs_the_next_year(app: Flask, sign_in_as: SignIn) -> None:
    world = make_world()
    page = sign_in_as("fay").get(f"/fund/years/{world.year_id}/end")
    assert "Open the year after 2026 first." in page.text


def test_the_command_line_previews_commits_and_rolls_back(
    app: Flask, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    runner = app.test_cli_runner()
    missing = runner.invoke(args=["funds", "rollover", "preview", "--fund", "NO", "--year", "2026"])
    assert missing.exit_code == 1 and "no fund NO" in missing.output
    done = runner.invoke(args=["funds", "rollover", "preview", "--fund", "SDF", "--year", "2026"])
    assert done.exit_code == 0 and "3 postings, digest" in done.output and "left $1,000.00" in done.output
    run_id = db.session.scalar(select(RolloverRun.id))
    db.session.rollback()
    from funds.actions import rollover
    from tests.funds.actions.test_rollover import LATER

    monkeypatch.setattr(rollover, "now_utc", lambda: LATER)
    committed = runner.invoke(args=["funds", "rollover", "commit", str(run_id)])
    assert committed.exit_code == 0 and "3 postings posted." in committed.output, committed.output
    again = runner.invoke(args=["funds", "rollover", "commit", str(run_id)])
    assert again.exit_code == 1 and "already" in again.output
    back = runner.invoke(args=["funds", "rollover", "rollback", str(run_id)])
    assert back.exit_code == 0 and "3 postings mirrored." in back.output
    nobody = runner.invoke(args=["funds", "rollover", "commit", str(UUID(int=1))])
    assert nobody.exit_code == 1 and "Make a preview first" in nobody.output
