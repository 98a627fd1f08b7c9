"""`post()`: refusals with figures, months and years, keys, bugs, and faults between any two of its statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import event, func, select, update

from audit import actions as trail
from audit.rules import EventKind
from core.db import db, transaction
from core.errors import Conflict, NotAllowed, NotFound
from funds import checks, ledger, queries
from funds.actions import budgets
from funds.ledger import Account, Draft, Key, Kind, Move
from funds.models import Category, FiscalYear, Period, PeriodClose, PolicyEvaluation, Posting, Transfer
from funds.posting import Context, open_accounts, post
from tests.builders import NOW
from tests.funds.books import TODAY, World, make_submitted


def context(world: World, **values: Any) -> Context:
    return Context(**{"fund_id": world.fund_id, "effective_on": TODAY, "now": NOW, "key": uuid4().hex, **values})


def say(world: World, draft: Draft, **values: Any) -> int:
    """Post in a transaction of its own, with an event, as an action does."""
    with transaction():
        posting_id = post(world.fay, draft, context(world, **values))
        trail.record(EventKind.FUND_CHANGED, world.fay, now=NOW, details={})
    return posting_id


def balance(line: UUID, account: Account = Account.AVAILABLE) -> int:
    found = queries.balance_of(Key(account, line))
    db.session.rollback()
    return found


def books() -> tuple[int, int, dict[Key, int]]:
    found = (
        db.session.scalar(select(func.count()).select_from(Posting)) or 0,
        db.session.scalar(select(func.count()).select_from(Transfer)) or 0,
        queries.list_balances(),
    )
    db.session.rollback()
    return found


def judged(world: World) -> UUID:
    """An evaluation to stand beside a hold."""
    make_submitted(world)
    found = db.session.scalars(select(PolicyEvaluation.id)).first()
    db.session.rollback()
    assert found is not None
    return found


def test_posting_moves_each_balance_and_keeps_its_rows(world: World) -> None:
    posting_id = say(world, ledger.move_budget(world.lines["housing"], world.lines["other"], 1_234), reason_code="why")
    assert balance(world.lines["housing"]) == 100_000 - 1_234
    assert balance(world.lines["other"]) == 101_234
    assert balance(world.lines["other"], Account.APPROPRIATION) == 101_234
    row, moves = queries.get_moves(posting_id)
    assert (row.kind, row.effective_on, row.posted_at, row.actor_name) == ("move_budget", TODAY, NOW, "Fay Lindt")
    assert row.reason_code == "why" and row.fund_id == world.fund_id
    assert moves == list(ledger.move_budget(world.lines["housing"], world.lines["other"], 1_234).moves)
    db.session.rollback()
    assert checks.verify_ledger() == []


def test_too_little_is_refused_with_the_figures(world: World) -> None:
    before = books()
    with pytest.raises(NotAllowed) as refused:
        say(world, ledger.move_budget(world.lines["housing"], world.lines["other"], 100_001))
    assert [str(reason) for reason in refused.value.reasons] == [
        "Housing 2026 has $1,000.00 left, and this asks for $1,000.01. Ask for less, or have money moved to this line."
    ]
    assert books() == before
    say(world, ledger.move_budget(world.lines["housing"], world.lines["other"], 100_000))
    assert balance(world.lines["housing"]) == 0


def test_other_accounts_refuse_in_their_own_words(world: World) -> None:
    with pytest.raises(NotAllowed) as refused:
        say(world, ledger.release(world.lines["housing"], 500))
    assert str(refused.value.reasons[0]) == (
        "Housing 2026 has $0.00 held, and this needs $5.00. Look at the request again."
    )
    with pytest.raises(NotAllowed) as refused:
        say(world, ledger.pay(world.lines["housing"], 500, fund=world.fund_id))
    assert "waiting for payment" in str(refused.value.reasons[0])


def test_cash_may_go_below_zero(world: World) -> None:
    line, evaluation = world.lines["housing"], judged(world)
    with transaction():
        post(world.fay, ledger.hold(line, 90_000), context(world, evaluation_id=evaluation))
        post(world.fay, ledger.voucher(line, 90_000), context(world, evaluation_id=evaluation))
        post(world.fay, ledger.pay(line, 90_000, fund=world.fund_id), context(world))
    say(world, ledger.move_budget(world.lines["other"], line, 1))
    fund = queries.balance_of(Key(Account.CASH, world.fund_id))
    assert fund == 3 * 100_000 - 90_000
    prior, cash = Key(Account.PRIOR_RECOVERY, world.fund_id), Key(Account.CASH, world.fund_id)
    with transaction():
        post(world.fay, Draft(Kind.SETTLE, (Move(prior, cash, 999_999),)), context(world))
    assert queries.balance_of(Key(Account.CASH, world.fund_id)) == 210_000 - 999_999
    assert queries.balance_of(Key(Account.PRIOR_RECOVERY, world.fund_id)) == -999_999


def test_same_key_and_content_is_one_posting(world: World) -> None:
    draft = ledger.move_budget(world.lines["housing"], world.lines["other"], 100)
    first = say(world, draft, key="once")
    after = books()
    assert say(world, draft, key="once", now=NOW + timedelta(days=1), effective_on=TODAY + timedelta(days=1)) == first
    assert books() == after


@pytest.mark.parametrize("what", ["cents", "kind", "line", "request", "voucher", "advance", "reverses", "fund"])
def test_same_key_for_something_else_is_refused(world: World, what: str) -> None:
    line, other, third = world.lines["housing"], world.lines["other"], world.lines["transportation"]
    request_id = make_submitted(world)
    first = ledger.move_budget(line, other, 100)
    say(world, first, key="once")
    after = books()
    draft = {
        "cents": ledger.move_budget(line, other, 101),
        "kind": Draft(Kind.APPROPRIATE, first.moves),
        "line": ledger.move_budget(line, third, 100),
    }.get(what, first)
    others: dict[str, dict[str, Any]] = {
        "request": {"fund_request_id": request_id},
        "voucher": {"voucher_id": uuid4()},
        "advance": {"advance_id": uuid4()},
        "reverses": {"reverses_id": 1},
        "fund": {"fund_id": uuid4()},
    }
    with pytest.raises(Conflict, match="sent before with other values"):
        say(world, draft, key="once", **others.get(what, {}))
    assert books() == after


def test_posting_outside_a_transaction_is_a_bug(world: World) -> None:
    with pytest.raises(RuntimeError, match="inside the transaction"):
        post(world.fay, ledger.move_budget(world.lines["housing"], world.lines["other"], 1), context(world))
    with pytest.raises(RuntimeError, match="inside the transaction"):
        open_accounts(fund_id=world.fund_id)


def test_bugs_in_drafts_are_caught(world: World) -> None:
    line, revenue = world.lines["housing"], Key(Account.REVENUE, world.fund_id)
    before = books()
    for draft, words in (
        (Draft(Kind.RELEASE, ()), "at least one transfer"),
        (Draft(Kind.APPROPRIATE, (Move(Key(Account.AVAILABLE, line), revenue, 5),)), "out of balance"),
        (Draft(Kind.VOUCHER, ledger.voucher(line, 5).moves[:1]), "out of balance"),
        (ledger.hold(line, 5), "names the policy evaluation"),
        (ledger.hold_more(line, 5), "names the policy evaluation"),
        (ledger.voucher(line, 5), "names the policy evaluation"),
        (ledger.advance(line, 5, fund=world.fund_id), "names the policy evaluation"),
    ):  # fmt: skip
        with pytest.raises(ValueError, match=words):
            say(world, draft)
    with pytest.raises(NotFound):
        say(world, ledger.move_budget(line, uuid4(), 5))
    assert books() == before


# --- months and years -------------------------------------------------------------------------------------------

STATUSES = ("open", "soft_closed", "closed")


def set_status(on: date, status: str) -> None:
    with transaction() as session:
        session.execute(update(Period).where(Period.starts_on <= on, Period.ends_on >= on).values(status=status))


def drafts_of(world: World) -> dict[Kind, Draft]:
    """One draft of each kind that touches a line of 2026."""
    a, b, fund = world.lines["housing"], world.lines["other"], world.fund_id
    return {
        Kind.APPROPRIATE: ledger.appropriate(a, 5, fund=fund, is_drawn=False),
        Kind.MOVE_BUDGET: ledger.move_budget(a, b, 5),
        Kind.HOLD: ledger.hold(a, 5),
        Kind.RELEASE: ledger.release(a, 5),
        Kind.HOLD_MORE: ledger.hold_more(a, 5),
        Kind.VOUCHER: ledger.voucher(a, 5),
        Kind.PAY: ledger.pay(a, 5, fund=fund),
        Kind.UNPAY: ledger.unpay(a, 5, fund=fund),
        Kind.VOID: ledger.void(a, 5),
        Kind.REFUND: ledger.refund(a, 5, fund=fund),
        Kind.REFUND_LATE: ledger.refund_late(fund, 5, dropped_voucher_of=a),
        Kind.ADVANCE: ledger.advance(a, 5, fund=fund),
        Kind.SUBSTANTIATE: ledger.substantiate(a, 5),
        Kind.RETURN_ADVANCE: ledger.return_advance(a, 5, fund=fund),
        Kind.DISALLOW: ledger.disallow_paid(a, 5),
        Kind.SETTLE: ledger.recover(a, 5, fund=fund),
        Kind.YEAR_END: ledger.lapse(a, 5),
        Kind.REVERSE: ledger.reverse(ledger.appropriate(a, 5, fund=fund, is_drawn=False).moves),
    }


def fill(world: World, evaluation: UUID) -> None:
    """Put something on every account that a draft may take from."""
    a, fund = world.lines["housing"], world.fund_id
    for draft in (
        ledger.hold(a, 20_000),
        ledger.voucher(a, 3_000),
        ledger.pay(a, 2_000, fund=fund),
        ledger.advance(a, 1_000, fund=fund),
        ledger.disallow_paid(a, 500),
    ):
        say(world, draft, evaluation_id=evaluation)


MAY_LEAVE_THE_YEAR = {Kind.PAY, Kind.UNPAY, Kind.REFUND_LATE, Kind.YEAR_END}


def test_every_kind_in_every_month_and_year(world: World) -> None:
    """Kind × status of the month × allowed to post to a soft-closed one × day in the line's year or the next."""
    budgets.open_year(world.dan, code="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), now=NOW)
    evaluation = judged(world)
    fill(world, evaluation)
    drafts = drafts_of(world)
    assert set(drafts) == set(Kind)
    cells = 0
    before = books()
    for on, status in product((date(2026, 1, 1), TODAY, date(2026, 12, 31), date(2027, 1, 1)), STATUSES):
        set_status(on, status)
        with pytest.raises(Dropped), transaction() as session:
            for said, (kind, draft) in product((None, "the bank's file came late"), drafts.items()):
                takes = status == "open" or (status == "soft_closed" and said is not None)
                in_year = on.year == 2026 or kind in MAY_LEAVE_THE_YEAR
                given = context(
                    world,
                    effective_on=on,
                    late_reason=said,
                    evaluation_id=evaluation,
                    reverses_id=1 if kind is Kind.REVERSE else None,
                )
                cells += 1
                with session.begin_nested() as cell:
                    if takes and in_year:
                        assert post(world.fay, draft, given) > 0
                    else:
                        with pytest.raises(NotAllowed) as refused:
                            post(world.fay, draft, given)
                        sentence = str(refused.value.reasons[0])
                        is_closed = "is closed: nothing is posted" in sentence or "soft-closed" in sentence
                        assert is_closed == (not takes), sentence
                        assert ("the day is not in it" in sentence) == (takes and not in_year), sentence
                    cell.rollback()
            raise Dropped
        set_status(on, "open")
    assert books() == before
    assert cells == 4 * 3 * 2 * len(Kind)


class Dropped(Exception):
    """Ends a transaction whose outcome was seen."""


def _post_and_drop(world: World, draft: Draft, values: dict[str, Any]) -> None:
    with pytest.raises(Dropped), transaction():
        assert post(world.fay, draft, context(world, **values)) > 0
        raise Dropped


def test_day_without_a_year_is_refused(world: World) -> None:
    for on in (date(2025, 12, 31), date(2027, 1, 1)):
        with pytest.raises(NotAllowed, match="no budget year with the day"):
            say(world, ledger.move_budget(world.lines["housing"], world.lines["other"], 1), effective_on=on)


def test_closed_year_takes_only_what_follows_cash(world: World) -> None:
    evaluation = judged(world)
    fill(world, evaluation)
    with transaction() as session:
        session.execute(update(FiscalYear).values(status="closed"))
    for kind, draft in drafts_of(world).items():
        values = {"evaluation_id": evaluation, "reverses_id": 1 if kind is Kind.REVERSE else None, "key": str(kind)}
        if kind in MAY_LEAVE_THE_YEAR:
            _post_and_drop(world, draft, values)
        else:
            with pytest.raises(NotAllowed, match="The budget year 2026 is closed"):
                say(world, draft, **values)


# --- a fault before and after each statement ----------------------------------------------------------------------


class PowerFails(Exception):
    """The fault that is thrown in."""


@pytest.fixture
def statements(world: World) -> Iterator[dict[str, Any]]:
    """Counts statements, and fails before or after the chosen one."""
    state: dict[str, Any] = {"count": 0, "fail_before": 0, "fail_after": 0}

    def before(*_args: Any) -> None:
        state["count"] += 1
        if state["count"] == state["fail_before"]:
            raise PowerFails

    def after(*_args: Any) -> None:
        if state["count"] == state["fail_after"]:
            raise PowerFails

    event.listen(db.engine, "before_cursor_execute", before)
    event.listen(db.engine, "after_cursor_execute", after)
    yield state
    event.remove(db.engine, "before_cursor_execute", before)
    event.remove(db.engine, "after_cursor_execute", after)


def test_fault_anywhere_in_post_leaves_all_or_nothing(world: World, statements: dict[str, Any]) -> None:
    line = world.lines["housing"]
    evaluation = judged(world)
    say(world, ledger.hold(line, 20_000), evaluation_id=evaluation)
    draft = ledger.voucher(line, 5_000, release_cents=1_000)
    statements["count"] = 0
    _post_and_drop(world, draft, {"evaluation_id": evaluation})
    whole = statements["count"]
    assert whole >= 8 + 2, "five balances, posting, transfers and the reads before them"
    before = books()
    for number in range(1, whole + 1):
        for side in ("fail_before", "fail_after"):
            statements.update(count=0, fail_before=0, fail_after=0)
            statements[side] = number
            with pytest.raises(PowerFails):
                say(world, draft, evaluation_id=evaluation, key="the same")
            statements.update(fail_before=0, fail_after=0)
            assert books() == before, f"{side} {number} of {whole}"
    say(world, draft, evaluation_id=evaluation, key="the same")
    assert books()[0] == before[0] + 1 and books()[1] == before[1] + 3


def test_accounts_of_lines_and_funds_open_at_zero_with_their_bound(world: World) -> None:
    from funds.models import AccountBalance, LedgerAccount

    rows = {
        row.kind: (row.normal_side, row.non_negative)
        for row in db.session.execute(
            select(LedgerAccount.kind, LedgerAccount.normal_side, AccountBalance.non_negative).join(
                AccountBalance, AccountBalance.ledger_account_id == LedgerAccount.id
            )
        )
    }
    credit = {"appropriation", "payable", "revenue", "prior_recovery"}
    free = {"cash", "revenue", "prior_recovery"}
    assert rows == {
        str(kind): ("credit" if kind in credit else "debit", kind not in free) for kind in map(str, Account)
    }
    assert db.session.scalar(select(func.count()).select_from(Category)) == 6
    assert db.session.scalar(select(func.count()).select_from(PeriodClose)) == 0


def test_key_and_content_are_all_that_make_two_postings_one(world: World) -> None:
    """The moment and the person are not part of it: a repeat by anybody later is the first one."""
    draft = ledger.move_budget(world.lines["housing"], world.lines["other"], 100)
    with transaction():
        given = context(world, key="k")
        first = post(world.fay, draft, given)
        again = post(
            world.dan, draft, replace(given, now=datetime(2026, 12, 1, tzinfo=NOW.tzinfo), reason_code="other")
        )
    assert first == again
