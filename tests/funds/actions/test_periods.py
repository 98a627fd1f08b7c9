"""Months close one after another, by two people, with figures that tie out; nothing posts into a closed one."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text

import audit.queries
from audit.checks import verify_chain
from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.identity import Identity
from funds import ledger
from funds.actions import periods as actions
from funds.models import Period, Posting
from funds.posting import Context, post
from funds.queries import periods
from tests.builders import NOW
from tests.care.people import user_of
from tests.cast import ADA, CAL
from tests.funds.books import World, make_approved, make_world


def month(number: int) -> UUID:
    found = db.session.scalar(select(Period.id).where(Period.number == number))
    db.session.rollback()
    assert found is not None
    return found


def set_to(who: Identity, number: int, seen: str, status: str, reason: str = "bank matched") -> UUID:
    return actions.set_period(who, period_id=month(number), seen=seen, status=status, reason=reason, now=NOW)


def close_up_to(world: World, number: int) -> None:
    for each in range(1, number + 1):
        set_to(world.fay, each, "open", "soft_closed")
        set_to(world.dan, each, "soft_closed", "closed", "")


def adopt(world: World, on: date, *, now: datetime = NOW, **values: Any) -> int:
    with transaction():
        return post(
            world.dan,
            ledger.appropriate(world.lines["housing"], 100, fund=world.fund_id, is_drawn=False),
            Context(fund_id=world.fund_id, effective_on=on, now=now, key=uuid4().hex, **values),
        )


def test_a_month_closes_in_two_steps_by_two_people(app: Flask) -> None:
    world = make_world()
    with pytest.raises(InvalidInput):
        set_to(world.fay, 1, "open", "soft_closed", reason=" ")
    set_to(world.dan, 1, "open", "soft_closed")
    with pytest.raises(NotAllowed, match="somebody else"):
        set_to(world.dan, 1, "soft_closed", "closed")
    close_id = set_to(world.deb, 1, "soft_closed", "closed", "")
    close = periods.get_close(close_id)
    assert (close.chain_seq, close.chain_head) == audit.queries.chain_head() and verify_chain() == []
    for seen, status in (("closed", "open"), ("closed", "soft_closed"), ("open", "closed")):
        with pytest.raises((InvalidInput, Conflict)):
            set_to(world.deb, 1, seen, status)


@pytest.mark.parametrize("who", [CAL, ADA])
def test_a_stranger_closes_nothing(app: Flask, who: Any) -> None:
    world = make_world()
    with pytest.raises(NotAllowed):
        set_to(user_of(who), 1, "open", "soft_closed")
    set_to(world.fay, 1, "open", "soft_closed")
    for status in ("closed", "open"):
        with pytest.raises(NotAllowed):
            set_to(user_of(who), 1, "soft_closed", status)
        with pytest.raises(NotAllowed):
            set_to(world.flo, 1, "soft_closed", status)
    with pytest.raises(NotFound):
        actions.set_period(world.fay, period_id=uuid4(), seen="open", status="soft_closed", reason="x", now=NOW)


def test_a_page_that_is_stale_changes_nothing(app: Flask) -> None:
    world = make_world()
    set_to(world.fay, 1, "open", "soft_closed")
    with pytest.raises(Conflict):
        set_to(world.flo, 1, "open", "soft_closed")
    assert len(periods.list_closes(month(1))) == 1


def test_only_a_director_opens_a_month_again(app: Flask) -> None:
    world = make_world()
    set_to(world.fay, 1, "open", "soft_closed")
    set_to(world.dan, 1, "soft_closed", "open", "a receipt came late")
    assert [close.status for close in periods.list_closes(month(1))] == ["soft_closed", "open"]


def test_months_close_in_order_and_not_before_they_are_over(app: Flask) -> None:
    world = make_world()  # the day is November 18, 2026
    with pytest.raises(NotAllowed, match="not over"):
        set_to(world.fay, 11, "open", "soft_closed")
    set_to(world.fay, 2, "open", "soft_closed")
    with pytest.raises(NotAllowed, match="2026-01"):
        set_to(world.dan, 2, "soft_closed", "closed")
    assert periods.count_to_close(NOW.date()) == 9 and periods.count_to_close_finally(NOW.date()) == 1


def test_nothing_posts_into_a_closed_month_and_with_a_reason_into_a_soft_closed_one(app: Flask) -> None:
    world = make_world()
    set_to(world.fay, 1, "open", "soft_closed")
    with pytest.raises(NotAllowed, match="2026-01"):
        adopt(world, date(2026, 1, 31))
    with pytest.raises(InvalidInput, match="Write why"):
        adopt(world, date(2026, 1, 31), late_reason=" ")
    adopt(world, date(2026, 1, 31), late_reason="the bank's file came late")
    assert db.session.scalars(select(Posting.reason_code).where(Posting.reason_code == "soft_closed")).all()
    db.session.rollback()
    set_to(world.dan, 1, "soft_closed", "closed", "")
    for said in (None, "", "the bank's file came late"):
        with pytest.raises(NotAllowed, match="2026-01"):
            adopt(world, date(2026, 1, 1), late_reason=said)
    adopt(world, date(2026, 2, 1))


def test_the_figures_add_up_and_tell_what_happened(app: Flask) -> None:
    world = make_world()
    make_approved(world)
    found = periods.figures_of(periods.get_period(month(11))[0])
    assert found["debits"] == found["credits"] > 0
    assert found["postings_by_kind"] == {"appropriate": 3, "hold": 1} and found["postings"] == 4
    assert found["control_total"] == 6 * 100_000 + 18_000
    assert all(left == right for _, left, right in found["tie_outs"]) and found["problems"] == []
    before = periods.figures_of(periods.get_period(month(10))[0])
    assert before["trial_balance"] == [] and before["postings"] == 0


def test_a_month_that_does_not_tie_out_is_not_closed(app: Flask) -> None:
    """The positive control: a transfer that no posting of ours would make is named."""
    world = make_world()
    adopt(world, date(2026, 1, 5))
    with transaction() as session:
        ids = {
            kind: session.execute(
                text("SELECT id FROM ledger_account WHERE kind = :kind AND budget_line_id IS NOT NULL ORDER BY id"),
                {"kind": kind},
            ).scalars().first()
            for kind in ("expended", "available")
        }  # fmt: skip
        posting = session.execute(text("SELECT max(id) FROM posting")).scalar_one()
        session.execute(
            text(
                "INSERT INTO transfer (posting_id, seq, debit_id, credit_id, amount_cents) "
                "VALUES (:posting, 99, :debit, :credit, 40)"
            ),
            {"posting": posting, "debit": ids["expended"], "credit": ids["available"]},
        )
    set_to(world.fay, 1, "open", "soft_closed")
    with pytest.raises(NotAllowed, match=r"Housing 2026 does not tie out \(spent and expense\): \$0\.40 and \$0\.00"):
        set_to(world.dan, 1, "soft_closed", "closed", "")
    db.session.rollback()
    assert periods.get_period(month(1))[0].status == "soft_closed"


def test_a_close_is_never_changed(app: Flask) -> None:
    world = make_world()
    close_up_to(world, 1)
    for statement in ("UPDATE period_close SET reason = 'other'", "DELETE FROM period_close"):
        with pytest.raises(Exception, match="append-only"), transaction() as session:
            session.execute(text(statement))


def test_the_checklist_names_what_is_unfinished(app: Flask) -> None:
    world = make_world()
    period = periods.get_period(month(11))[0]
    assert periods.list_unfinished(period).is_clean
    from tests.funds.books import make_submitted

    make_submitted(world)
    unfinished = periods.list_unfinished(periods.get_period(month(11))[0])
    assert unfinished.undecided == 1 and not unfinished.is_clean


def test_the_checklist_of_a_month_leaves_out_what_came_after_it(app: Flask) -> None:
    from tests.funds.books import make_submitted

    make_submitted(make_world())  # in November
    before = periods.list_unfinished(periods.get_period(month(10))[0])
    assert before.undecided == 0 and before.is_clean
