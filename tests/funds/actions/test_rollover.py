"""The year end: what the preview promises is what the commit posts, and a roll-back restores every balance."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import select, update

from core.db import db, transaction
from core.errors import Conflict, NotAllowed, NotFound
from core.money import format_cents
from funds import ledger, queries
from funds.actions import budgets, rollover
from funds.checks import verify_ledger
from funds.ledger import Account, Draft, Key
from funds.models import FiscalYear, Fund, FundRequest, PolicyEvaluation, RolloverRun
from funds.posting import Context, post
from funds.queries import year_end
from tests.builders import NOW
from tests.care.people import user_of
from tests.cast import CAL
from tests.funds.books import World, give_budget, make_approved, make_submitted, make_world, status_of

LATER = datetime(2027, 1, 5, 15, 0, tzinfo=UTC)


def open_next(world: World) -> UUID:
    return budgets.open_year(world.dan, code="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), now=NOW)


def preview(world: World, now: datetime = LATER, fund_id: UUID | None = None) -> UUID:
    return rollover.preview_rollover(world.fay, fund_id=fund_id or world.fund_id, year_id=world.year_id, now=now)


def balances(fund_id: UUID | None = None) -> dict[Key, int]:
    found = queries.list_balances(fund_id=fund_id)
    db.session.rollback()
    return found


def line_of(request_id: UUID) -> UUID | None:
    found = db.session.scalar(select(FundRequest.budget_line_id).where(FundRequest.id == request_id))
    db.session.rollback()
    return found


def carry(fund_id: UUID) -> None:
    with transaction() as session:
        session.get_one(Fund, fund_id).year_end = "carry"


def test_what_is_left_lapses_and_what_is_held_goes_on(app: Flask) -> None:
    world = make_world()
    held, undecided = make_approved(world), make_submitted(world, cents=2_000)
    new_id = open_next(world)
    before = balances()
    run_id = preview(world)
    assert rollover.commit_rollover(world.dan, run_id=run_id, now=LATER) == 4  # one carried, three lines lapse
    new_line = queries.find_line(world.fund_id, world.categories["furniture"], date(2027, 1, 1))
    assert new_line is not None and line_of(held) == line_of(undecided) == new_line
    after = balances()
    assert after[Key(Account.ENCUMBERED, new_line)] == after[Key(Account.APPROPRIATION, new_line)] == 18_000
    for line in world.lines.values():
        assert after[Key(Account.AVAILABLE, line)] == after[Key(Account.ENCUMBERED, line)] == 0
    assert db.session.get_one(FiscalYear, world.year_id).status == "closed"
    assert db.session.get_one(FiscalYear, new_id).status == "open"
    assert verify_ledger() == []
    assert rollover.rollback_rollover(world.deb, run_id=run_id, now=LATER) == 4
    assert balances() == before and line_of(held) == line_of(undecided) == world.lines["housing"]
    assert db.session.get_one(FiscalYear, world.year_id).status == "open" and status_of(held) == "approved"
    assert verify_ledger() == []


def test_a_fund_that_carries_gets_what_is_left_in_the_new_year(app: Flask) -> None:
    world = make_world()
    carry(world.fund_id)
    open_next(world)
    rollover.commit_rollover(world.dan, run_id=preview(world), now=LATER)
    new_line = queries.find_line(world.fund_id, world.categories["rent"], date(2027, 1, 1))
    assert new_line is not None and balances()[Key(Account.AVAILABLE, new_line)] == 100_000
    assert verify_ledger() == []


def test_a_preview_that_the_books_left_behind_is_refused_with_what_changed(app: Flask) -> None:
    """The positive control of "commit equals preview": one cent moved in between stops it."""
    world = make_world()
    open_next(world)
    run_id = preview(world, NOW)
    give_budget(world.fay, world.dan, world.lines["housing"], 1)
    before = balances()
    with pytest.raises(Conflict, match=r"housing, left: \$1,000\.00 → \$1,000\.01"):
        rollover.commit_rollover(world.dan, run_id=run_id, now=LATER)
    assert balances() == before
    rollover.commit_rollover(world.dan, run_id=preview(world), now=LATER)


def test_a_request_that_changed_is_named(app: Flask) -> None:
    world = make_world()
    open_next(world)
    run_id = preview(world, NOW)
    number = db.session.get_one(FundRequest, make_approved(world)).number
    with pytest.raises(Conflict, match=rf"{number}: \$0\.00 → \$180\.00"):
        rollover.commit_rollover(world.dan, run_id=run_id, now=LATER)


def test_two_people_and_no_stranger(app: Flask) -> None:
    world = make_world()
    open_next(world)
    by_director = rollover.preview_rollover(world.dan, fund_id=world.fund_id, year_id=world.year_id, now=LATER)
    for who in (world.dan, world.fay, user_of(CAL)):
        with pytest.raises(NotAllowed):
            rollover.commit_rollover(who, run_id=by_director, now=LATER)
    with pytest.raises(NotAllowed):
        rollover.preview_rollover(user_of(CAL), fund_id=world.fund_id, year_id=world.year_id, now=LATER)
    with pytest.raises(NotFound):
        rollover.commit_rollover(world.deb, run_id=uuid4(), now=LATER)
    rollover.commit_rollover(world.deb, run_id=by_director, now=LATER)
    with pytest.raises(Conflict):
        rollover.commit_rollover(world.deb, run_id=by_director, now=LATER)
    with pytest.raises(NotAllowed):
        rollover.rollback_rollover(world.fay, run_id=by_director, now=LATER)
    with pytest.raises(NotAllowed, match="done already"):
        preview(world)


def test_a_year_is_not_ended_before_its_time_nor_without_the_next(app: Flask) -> None:
    world = make_world()
    with pytest.raises(NotAllowed, match="Open the year after 2026"):
        preview(world)
    open_next(world)
    run_id = preview(world, NOW)
    with pytest.raises(NotAllowed, match="not over"):
        rollover.commit_rollover(world.dan, run_id=run_id, now=NOW)


def test_after_the_year_end_nothing_but_cash_touches_the_old_year(app: Flask) -> None:
    world = make_world()
    other = budgets.set_up_fund(  # keeps the year itself open
        world.dan, fund_id=uuid4(), code="TWO", name="Two", public_name="Two", starts_on=date(2026, 1, 1), now=NOW
    )
    open_next(world)
    rollover.commit_rollover(world.dan, run_id=preview(world), now=LATER)
    assert db.session.get_one(FiscalYear, world.year_id).status == "open"
    with pytest.raises(NotAllowed, match="2026 is closed"), transaction():
        post(
            world.dan,
            ledger.appropriate(world.lines["housing"], 5, fund=world.fund_id, is_drawn=False),
            Context(fund_id=world.fund_id, effective_on=date(2026, 12, 31), now=LATER, key="late"),
        )
    rollover.commit_rollover(world.dan, run_id=preview(world, fund_id=other), now=LATER)
    assert db.session.get_one(FiscalYear, world.year_id).status == "closed"


def test_a_roll_back_is_refused_once_the_new_year_is_used(app: Flask) -> None:
    world = make_world()
    open_next(world)
    run_id = preview(world)
    rollover.commit_rollover(world.dan, run_id=run_id, now=LATER)
    new_line = queries.find_line(world.fund_id, world.categories["rent"], date(2027, 1, 1))
    assert new_line is not None
    give_budget(world.fay, world.dan, new_line, 100)
    with pytest.raises(NotAllowed, match="came after the year end"):
        rollover.rollback_rollover(world.dan, run_id=run_id, now=LATER)


def test_a_year_end_posting_is_mirrored_by_its_run_only(app: Flask) -> None:
    world = make_world()
    open_next(world)
    run_id = preview(world)
    rollover.commit_rollover(world.dan, run_id=run_id, now=LATER)
    posting_id = year_end.list_run_postings(db.session.get_one(RolloverRun, run_id))[0]
    original, moves = queries.get_moves(posting_id)
    context = Context(
        fund_id=world.fund_id, effective_on=original.effective_on, now=LATER, key="x", reverses_id=posting_id
    )
    db.session.rollback()
    with pytest.raises(NotAllowed), transaction():  # an ordinary correction
        post(world.dan, ledger.reverse(moves), context)


EXAMPLES = int(os.environ.get("ROLLOVERS", "12"))  # each is a fund of its own with a year end and a roll-back
# Which kinds of money a random ledger holds; each step is cents, and does nothing where its source is empty.
STEPS = ("hold", "voucher", "pay", "void", "refund", "disallow", "recover", "release", "advance", "return", "adopt")


@settings(
    max_examples=EXAMPLES, deadline=None, database=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    script=st.lists(
        st.tuples(st.sampled_from(STEPS), st.integers(0, 2), st.integers(0, 1), st.integers(1, 60_000)), max_size=16
    ),
    carries=st.booleans(),
)
def test_any_ledger_ends_as_previewed_and_comes_back(
    years_world: tuple[World, list[UUID], UUID], script: list[tuple[str, int, int, int]], carries: bool
) -> None:
    world, requests, evaluation = years_world
    fund_id, lines = _another_fund(world, requests, carries=carries)
    _play(world, fund_id, lines, requests, evaluation, script)
    before = balances(fund_id)
    run_id = preview(world, fund_id=fund_id)
    run = db.session.get_one(RolloverRun, run_id)
    promised = run.preview["postings"]
    db.session.rollback()
    assert rollover.commit_rollover(world.dan, run_id=run_id, now=LATER) == len(promised)
    made = [queries.get_moves(each) for each in year_end.list_run_postings(db.session.get_one(RolloverRun, run_id))]
    assert [
        [p.kind, str(p.fund_request_id or ""), [[str(m.debit.account), str(m.debit.owner), str(m.credit.account),
        str(m.credit.owner), m.cents] for m in moves]] for p, moves in made
    ] == [[kind, request, moves] for kind, request, _number, moves in promised]  # fmt: skip
    db.session.rollback()
    after = balances(fund_id)
    for line in lines:
        spent = after[Key(Account.EXPENDED, line)]
        assert after[Key(Account.APPROPRIATION, line)] == spent, format_cents(spent)
        assert not any(after[Key(each, line)] for each in (Account.AVAILABLE, Account.ENCUMBERED, Account.DISALLOWED))
    assert ledger.imbalances(after) == []
    rollover.rollback_rollover(world.dan, run_id=run_id, now=LATER)
    assert balances(fund_id) == before


@pytest.fixture
def years_world(app: Flask) -> tuple[World, list[UUID], UUID]:
    """A world with a next year and two requests with an evaluation, for random ledgers."""
    world = make_world()
    requests = [make_submitted(world), make_submitted(world, cents=2_000)]
    open_next(world)
    evaluation = db.session.scalar(select(PolicyEvaluation.id).limit(1))
    db.session.rollback()
    assert evaluation is not None
    return world, requests, evaluation


def _another_fund(world: World, requests: list[UUID], *, carries: bool) -> tuple[UUID, list[UUID]]:
    fund_id = budgets.set_up_fund(
        world.dan,
        fund_id=uuid4(),
        code=uuid4().hex[:8],
        name="X",
        public_name="X",
        starts_on=date(2026, 1, 1),
        year_end="carry" if carries else "lapse",
        now=NOW,
    )
    codes = ("rent", "pass", "other")
    lines = [queries.find_line(fund_id, world.categories[code], date(2026, 6, 1)) for code in codes]
    found = [line for line in lines if line is not None]
    with transaction() as session:
        for request_id in requests:
            session.execute(
                update(FundRequest).where(FundRequest.id == request_id).values(fund_id=fund_id, budget_line_id=None)
            )
    return fund_id, found


def _play(
    world: World,
    fund_id: UUID,
    lines: list[UUID],
    requests: list[UUID],
    evaluation: UUID,
    script: list[tuple[str, int, int, int]],
) -> None:
    """Post what a script asks for and the balances of line and request allow; no advance is left outstanding."""
    held: dict[Any, int] = {}

    def of(name: str, key: Any) -> int:
        return held.get((name, *key), 0)

    def add(name: str, key: Any, cents: int) -> None:
        held[(name, *key)] = of(name, key) + cents

    with transaction():
        for line in lines:
            _post(world, fund_id, ledger.appropriate(line, 50_000, fund=fund_id, is_drawn=True))
            add("left", (line,), 50_000)
        for step, at, who, cents in script:
            line, request = lines[at], requests[who]
            key = (line, request)
            need = {
                "hold": ("left", (line,)),
                "voucher": ("held", key),
                "release": ("held", key),
                "advance": ("held", key),
                "pay": ("unpaid", key),
                "void": ("unpaid", key),
                "refund": ("paid", key),
                "disallow": ("paid", key),
                "recover": ("due", key),
                "return": ("held", key),
                "adopt": None,
            }[step]
            amount = cents if need is None else min(cents, of(*need))
            if not amount:
                continue
            drafts: dict[str, list[tuple[Draft, list[tuple[str, Any, int]]]]] = {
                "adopt": [(ledger.appropriate(line, amount, fund=fund_id, is_drawn=False), [("left", (line,), 1)])],
                "hold": [(ledger.hold(line, amount), [("left", (line,), -1), ("held", key, 1)])],
                "voucher": [(ledger.voucher(line, amount), [("held", key, -1), ("unpaid", key, 1)])],
                "release": [(ledger.release(line, amount), [("held", key, -1), ("left", (line,), 1)])],
                "pay": [(ledger.pay(line, amount, fund=fund_id), [("unpaid", key, -1), ("paid", key, 1)])],
                "void": [(ledger.void(line, amount), [("unpaid", key, -1), ("left", (line,), 1)])],
                "refund": [(ledger.refund(line, amount, fund=fund_id), [("paid", key, -1), ("left", (line,), 1)])],
                "disallow": [(ledger.disallow_paid(line, amount), [("paid", key, -1), ("due", key, 1)])],
                "recover": [(ledger.recover(line, amount, fund=fund_id), [("due", key, -1), ("left", (line,), 1)])],
                "advance": [
                    (ledger.advance(line, amount, fund=fund_id), []),
                    (ledger.substantiate(line, amount), [("held", key, -1), ("paid", key, 1)]),
                ],
                "return": [
                    (ledger.advance(line, amount, fund=fund_id), []),
                    (ledger.return_advance(line, amount, fund=fund_id), [("held", key, -1), ("left", (line,), 1)]),
                ],
            }
            for draft, changes in drafts[step]:
                _post(world, fund_id, draft, request=None if step == "adopt" else request, evaluation=evaluation)
                for name, where, sign in changes:
                    add(name, where, sign * amount)


def _post(world: World, fund_id: UUID, draft: Draft, request: UUID | None = None, evaluation: Any = None) -> None:
    post(
        world.dan,
        draft,
        Context(
            fund_id=fund_id,
            effective_on=date(2026, 11, 18),
            now=NOW,
            key=uuid4().hex,
            fund_request_id=request,
            evaluation_id=evaluation if draft.kind in ledger.NEEDS_EVALUATION else None,
        ),
    )


def test_an_advance_that_is_out_stops_the_year_end(years_world: tuple[World, list[UUID], UUID]) -> None:
    from funds.models import Advance

    world, requests, evaluation = years_world
    request_id, line = requests[0], world.lines["housing"]
    with transaction() as session:
        advance = Advance(
            id=uuid4(),
            fund_request_id=request_id,
            seq=1,
            cents=500,
            method="card",
            holder_id=world.cal.user_id,
            issued_on=NOW.date(),
            due_on=NOW.date(),
        )
        session.add(advance)
        session.flush()
        _post(world, world.fund_id, ledger.hold(line, 500), request_id, evaluation)
        post(
            world.dan,
            ledger.advance(line, 500, fund=world.fund_id),
            Context(
                fund_id=world.fund_id,
                effective_on=NOW.date(),
                now=NOW,
                key="advance",
                fund_request_id=request_id,
                evaluation_id=evaluation,
                advance_id=advance.id,
            ),
        )
        number = session.get_one(FundRequest, request_id).number
    with pytest.raises(NotAllowed, match=rf"{number} has an advance of \$5\.00"):
        preview(world)
