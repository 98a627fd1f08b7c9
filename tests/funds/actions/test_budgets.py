"""A fund, its years and its budget: two people to each figure, and rules that limit the whole."""

from __future__ import annotations

from datetime import date
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from audit.queries import list_events
from core.db import db, transaction
from core.errors import InvalidInput, NotAllowed, NotFound
from funds.actions import budgets, shipped
from funds.models import BudgetChange, BudgetLine, FiscalYear
from funds.queries import budgets as reading
from tests.builders import NOW
from tests.care.people import user_of
from tests.cast import CAL
from tests.funds.books import World, add_rules, give_budget, make_approved, make_submitted, make_world

PER_SLOT = {
    "code": "slots",
    "kind": "cap_window",
    "severity": "block",
    "params": {"cents": 125_000, "window": "fiscal_year", "per": "slot"},
}


def propose(world: World, line: str, cents: int, **values: object) -> object:
    return budgets.propose_budget(
        world.fay,
        change_id=uuid4(),
        budget_line_id=world.lines[line],
        cents=cents,
        reason="test",
        now=NOW,
        **values,  # type: ignore[arg-type]
    )


def test_a_line_says_what_became_of_its_budget(app: Flask) -> None:
    world = make_world()
    make_approved(world)
    make_submitted(world, cents=2_000)
    lines = reading.list_positions(world.fund_id, world.year_id)
    housing = next(line for line in lines if line.name == "Housing")
    assert (housing.appropriation, housing.held, housing.asked, housing.spent, housing.available) == (
        100_000, 18_000, 2_000, 0, 82_000,
    )  # fmt: skip
    assert housing.used_percent == 18 and not housing.is_nearly_used
    total = reading.total_of(lines)
    assert total.appropriation == total.held + total.spent + total.disallowed + total.available == 300_000


@pytest.mark.parametrize(("cents", "warns"), [(79_999, False), (80_000, True)])
def test_a_line_warns_from_eighty_percent_on(cents: int, warns: bool) -> None:
    line = reading.LinePosition(uuid4(), "Housing", "Vivienda", appropriation=100_000, held=cents)
    assert line.is_nearly_used is warns


def test_each_step_of_a_change_leaves_its_event(app: Flask) -> None:
    world = make_world()
    before = list_events(page=1)[1]
    change_id = propose(world, "housing", 5_000)
    budgets.decide_budget(world.dan, change_id=change_id, is_approved=True, now=NOW)  # type: ignore[arg-type]
    events, total = list_events(page=1)
    assert total == before + 2 and {event.kind for event in events[:2]} == {"budget:adopted"}


def test_money_moves_between_lines_of_one_year_only(app: Flask) -> None:
    world = make_world()
    with pytest.raises(InvalidInput):
        propose(world, "housing", 5_000, is_move=True)
    with pytest.raises(InvalidInput):
        propose(world, "housing", 5_000, source_line_id=world.lines["housing"])
    change_id = propose(world, "housing", 5_000, source_line_id=world.lines["other"])
    budgets.decide_budget(world.dan, change_id=change_id, is_approved=True, now=NOW)  # type: ignore[arg-type]
    lines = {line.name: line.available for line in reading.list_positions(world.fund_id, world.year_id)}
    assert lines["Housing"] == 105_000 and lines["Other"] == 95_000


def test_nobody_approves_their_own_proposal_nor_a_stranger_any(app: Flask) -> None:
    world = make_world()
    by_director = budgets.propose_budget(
        world.dan, change_id=uuid4(), budget_line_id=world.lines["housing"], cents=1, reason="test", now=NOW
    )
    for who in (world.dan, world.fay, user_of(CAL)):
        with pytest.raises(NotAllowed):
            budgets.decide_budget(who, change_id=by_director, is_approved=True, now=NOW)
    with pytest.raises(NotAllowed):
        budgets.propose_budget(
            user_of(CAL), change_id=uuid4(), budget_line_id=world.lines["housing"], cents=1, reason="x", now=NOW
        )
    with pytest.raises(NotFound):
        budgets.decide_budget(world.deb, change_id=uuid4(), is_approved=True, now=NOW)
    assert budgets.decide_budget(world.deb, change_id=by_director, is_approved=True, now=NOW)


@pytest.mark.parametrize(("slots", "is_blocked"), [(2, True), (3, False), (None, False)])
def test_a_rule_by_places_stops_a_budget_above_it(app: Flask, slots: int | None, is_blocked: bool) -> None:
    world = make_world()  # three lines of $1,000.00
    add_rules(world.fund_id, [PER_SLOT])
    with transaction() as session:
        session.get_one(FiscalYear, world.year_id).slots = slots
    change_id = propose(world, "housing", 75_000)  # together $3,750.00: three places
    if is_blocked:
        with pytest.raises(NotAllowed, match=r"\$3,750\.00"):
            budgets.decide_budget(world.dan, change_id=change_id, is_approved=True, now=NOW)  # type: ignore[arg-type]
        assert db.session.get_one(BudgetChange, change_id).status == "proposed"
    else:
        budgets.decide_budget(world.dan, change_id=change_id, is_approved=True, now=NOW)  # type: ignore[arg-type]


def test_a_fund_gets_lines_in_the_years_that_are_open(app: Flask) -> None:
    world = make_world()
    fund_id = budgets.set_up_fund(
        world.dan,
        fund_id=uuid4(),
        code="TWO",
        name="Two",
        public_name="Two",
        starts_on=date(2026, 1, 1),
        year_end="carry",
        rules=shipped.rules(),
        now=NOW,
    )
    lines = select(func.count()).select_from(BudgetLine).where(BudgetLine.fund_id == fund_id)
    assert db.session.scalar(lines) == len(world.lines)
    with pytest.raises(InvalidInput):
        budgets.set_up_fund(
            world.dan, fund_id=uuid4(), code="X", name="X", public_name="X", starts_on=NOW.date(), year_end="spend"
        )
    line_id = reading.list_positions(fund_id, world.year_id)[0].line_id
    assert line_id is not None
    give_budget(world.fay, world.dan, line_id, 100)
