"""The life of a request, cell by cell: every state, action and role against the reviewed file; ranks; words."""

from __future__ import annotations

from itertools import product

import pytest

from funds.states import (
    BY_RANK,
    HOLDING,
    LIVE,
    PLAIN_NAMES,
    ROLE_ORDER,
    ROLE_WORDS,
    SAME,
    STATE_NAMES,
    TABLE,
    Action,
    MoneyState,
    State,
    decide_second,
    decide_step,
    next_state,
    rank,
    seconds_of,
    who,
)
from tests.funds import transitions


def test_matrix_is_the_reviewed_one() -> None:
    reviewed, now = transitions.reviewed(), transitions.rows()
    assert len(reviewed) == len(State) * len(Action) == 14 * 39
    assert [pair for pair in zip(reviewed, now, strict=True) if pair[0] != pair[1]] == []


def test_every_cell_refuses_in_words_that_help() -> None:
    allowed = {
        (row[0], row[1], role)
        for row in transitions.reviewed()
        for role, cell in zip(ROLE_ORDER, row[2:], strict=False)
        if cell == "yes"
    }
    assert len(allowed) > 100
    for state, action, role in product(State, Action, ROLE_ORDER):
        decision = decide_step(state, action, [role])
        assert decision.allowed == ((state, action, role) in allowed)
        if decision.allowed:
            continue
        sentence = str(decision.reasons[0])
        if any((state, action, other) in allowed for other in ROLE_ORDER):
            able = {other for other in ROLE_ORDER if (state, action, other) in allowed}
            assert sentence == f"Only {who(able)} can do this."
        else:
            assert sentence == (
                f"This request is “{STATE_NAMES[state]}”: this cannot be done now. Look again: it may have moved on."
            )


def test_pause_stops_money_and_nothing_else() -> None:
    stopped = {action for action, row in TABLE.items() if row.moves_money}
    assert stopped == {
        Action.APPROVE_FINAL, Action.APPROVE_EMERGENCY, Action.APPROVE_SUPPLEMENT, Action.VOUCHER,
        Action.ISSUE_ADVANCE, Action.PAY,
    }  # fmt: skip
    for action, row in TABLE.items():
        for state in row.sources:
            decision = decide_step(state, action, row.roles, is_paused=True)
            assert decision.allowed == (action not in stopped)
            if not decision.allowed:
                assert "no money moves until it is resumed" in str(decision.reasons[0])


def test_nobody_and_strangers_do_nothing() -> None:
    for state, action in product(State, Action):
        assert not decide_step(state, action, []).allowed
        assert not decide_step(state, action, ["admin", "mentor", "family", "steward"]).allowed


@pytest.mark.parametrize(
    ("money", "state"),
    [
        (MoneyState(True, True, True), State.VOUCHER),
        (MoneyState(True, False, False), State.VOUCHER),
        (MoneyState(False, True, True), State.PAID),
        (MoneyState(False, True, False), State.PAID),
        (MoneyState(False, False, True), State.APPROVED),
        (MoneyState(False, False, True, all_refunded=True), State.APPROVED),
        (MoneyState(False, False, False, had_voucher=True), State.VOIDED),
        (MoneyState(False, False, False, had_voucher=True, all_refunded=True), State.REFUNDED),
    ],
)
def test_rank(money: MoneyState, state: State) -> None:
    assert rank(money) is state
    assert next_state(State.VOUCHER, Action.VOID, money) is state


NOTHING = MoneyState(False, False, False)


def test_where_steps_lead() -> None:
    assert next_state(State.APPROVED, Action.EXPIRE, NOTHING) is State.EXPIRED
    assert next_state(State.PAID, Action.EXPIRE, MoneyState(False, True, False)) is State.PAID
    assert next_state(State.PAID, Action.RETURN_ADVANCE, NOTHING) is State.PAID
    assert next_state(State.PAID, Action.RETURN_ADVANCE, MoneyState(False, False, True)) is State.APPROVED
    assert next_state(State.PAID, Action.RETURN_ADVANCE, MoneyState(False, True, False)) is State.PAID
    paid, gone = MoneyState(False, True, False), MoneyState(False, False, False, True, all_refunded=True)
    for state in (State.PAID, State.RECONCILED):
        assert next_state(state, Action.REFUND, paid) is state
        assert next_state(state, Action.REFUND, gone) is State.REFUNDED
    assert next_state(State.PAID, Action.REFUND, MoneyState(True, True, False)) is State.VOUCHER
    with pytest.raises(ValueError, match="leads where the money stands"):
        next_state(State.VOUCHER, Action.PAY)
    for action, row in TABLE.items():
        for state in row.sources:
            if row.target == SAME:
                assert next_state(state, action) is state
            elif row.target != BY_RANK:
                assert next_state(state, action) is State(row.target)


def test_states_that_live_and_hold_are_the_designs() -> None:
    live = {"draft", "submitted", "returned", "approved", "voucher", "paid", "appealed"}
    assert {str(state) for state in LIVE} == live
    assert {str(state) for state in HOLDING} == {"approved", "voucher", "paid"}


def test_everything_has_words() -> None:
    assert set(STATE_NAMES) == set(PLAIN_NAMES) == set(State)
    assert len(set(map(str, STATE_NAMES.values()))) == len(State)
    assert set(ROLE_WORDS) == set(ROLE_ORDER)
    assert str(who(["supervisor", "director", "fiscal_approver"])) == (
        "a supervisor, a fiscal approver or the director"
    )
    assert str(who([])) == "nobody"
    for row in TABLE.values():
        assert str(who(row.roles)) not in ("", "nobody")


def test_every_state_is_reached_and_left_as_the_design_has_it() -> None:
    ends = {State.WITHDRAWN, State.CANCELLED, State.EXPIRED, State.VOIDED, State.REFUNDED}
    for state in State:
        leaves = {action for action, row in TABLE.items() if state in row.sources}
        assert (not leaves) == (state in ends)


SECONDS = {
    Action.CORRECT: {"fiscal_approver", "payer", "director"},
    Action.VOID: {"director"},
    Action.DISALLOW: {"director"},
    Action.RECOVER: {"director"},
    Action.WRITE_OFF: {"director"},
}


@pytest.mark.parametrize("action", Action)
def test_who_is_second_after_a_fiscal_approver(action: Action) -> None:
    """Whole table: another role than the first for money asked back, and nobody for a step of one person."""
    assert seconds_of(action, "fiscal_approver") == SECONDS.get(action, set())


@pytest.mark.parametrize("action", SECONDS)
def test_the_second_person_is_another_one_with_the_right_role(action: Action) -> None:
    state = next(iter(TABLE[action].sources))

    def allowed(roles: list[str], first_role: str = "fiscal_approver", is_first_person: bool = False) -> bool:
        return decide_second(state, action, roles, first_role=first_role, is_first_person=is_first_person).allowed

    assert allowed(["director"])
    assert not allowed(["director"], is_first_person=True)
    assert not allowed(["coordinator"]) and not allowed([])
    if action not in (Action.CORRECT, Action.VOID):
        assert not allowed(["fiscal_approver"]) and allowed(["fiscal_approver"], first_role="director")
