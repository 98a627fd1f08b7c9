"""Report 13 is the preview that a director commits, before and after, to the cent."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from core.db import db, transaction
from funds.actions import rollover
from funds.models import Fund, RolloverRun
from funds.queries.scope import Scope
from funds.reports import Ask, Report, make_report
from tests.funds.actions.test_rollover import LATER, carry, open_next, preview
from tests.funds.books import World, make_approved, make_world


def report(world: World) -> Report:
    """The year end of 2026."""
    return make_report(
        "year-end", Ask(scope=Scope(year_id=world.year_id, fund_id=world.fund_id), as_of=date(2026, 12, 31), now=LATER)
    )


def figures(made: Report) -> list[list[Any]]:
    """The cents of each line, by the order of the columns."""
    return [[cell.value for cell in row[3:]] for row in made.tables[0].rows]


def previewed(run_id: Any) -> list[list[Any]]:
    """The same from the stored preview."""
    lines = db.session.get_one(RolloverRun, run_id).preview["lines"]
    db.session.rollback()
    return [
        [each["left"] - each["left_carried"], each["left_carried"], each["held_carried"], each["to_recover"], 0]
        for each in lines
    ]


@pytest.mark.parametrize("carries", [False, True])
def test_page_report_and_commit_show_the_same_cents(app: Flask, carries: bool) -> None:
    world = make_world()
    if carries:
        carry(world.fund_id)
    make_approved(world)
    open_next(world)
    before = report(world)
    run_id = preview(world)
    assert figures(before) == previewed(run_id)
    housing = next(row for row in figures(before) if row[2])
    assert housing == ([0, 82_000, 18_000, 0, 0] if carries else [82_000, 0, 18_000, 0, 0])
    assert all(footing.holds for footing in before.footings)
    rollover.commit_rollover(world.dan, run_id=run_id, now=LATER)
    after = report(world)
    assert figures(after) == figures(before), "what was posted is what was promised"
    assert all(footing.holds for footing in after.footings) and after.footings[0].shown_cents == 300_000
    assert [str(note) for note in after.notes] == ["The year end of SDF is committed."]
    rollover.rollback_rollover(world.deb, run_id=run_id, now=LATER)
    again = report(world)
    assert figures(again) == figures(before) and not again.notes


def test_a_cent_that_is_not_in_the_postings_is_seen(app: Flask) -> None:
    """The control: a stored preview that promises a cent more than was posted."""
    world = make_world()
    open_next(world)
    run_id = preview(world)
    rollover.commit_rollover(world.dan, run_id=run_id, now=LATER)
    stored = db.session.get_one(RolloverRun, run_id).preview
    db.session.rollback()
    lines = [{**stored["lines"][0], "left": stored["lines"][0]["left"] + 1}, *stored["lines"][1:]]
    with transaction() as session:
        session.execute(update(RolloverRun).where(RolloverRun.id == run_id).values(preview={**stored, "lines": lines}))
    assert not all(footing.holds for footing in report(world).footings)
    assert db.session.get_one(Fund, world.fund_id).year_end == "lapse"
    db.session.rollback()
