"""The check of the books finds every fault that is planted in them, names it, and finds nothing in whole books."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import inspect, text

from core.db import db
from funds import checks, queries
from funds.actions import pausing, refusing, requests
from tests.builders import NOW
from tests.conftest import BringBack
from tests.funds.books import World, make_approved, make_draft, make_submitted, make_world, version_of

APPEND_ONLY = (
    "audit_event", "custody_event", "fund_request_event", "notice", "period_close", "policy_evaluation", "posting",
    "transfer",
)  # fmt: skip


def owner(*statements: str) -> None:
    """What somebody can do who owns the database: take triggers and constraints away, change whatever they like."""
    db.session.rollback()
    is_sqlite = db.engine.dialect.name == "sqlite"
    with db.engine.connect().execution_options(write=True) as connection:
        if is_sqlite:
            for table in APPEND_ONLY:
                for verb in ("update", "delete"):
                    connection.execute(text(f"DROP TRIGGER IF EXISTS {table}_no_{verb}"))
            connection.commit()
            driver = connection.connection.dbapi_connection
            assert driver is not None
            for pragma in ("foreign_keys=OFF", "ignore_check_constraints=ON"):
                driver.cursor().execute(f"PRAGMA {pragma}")
        else:
            for table in APPEND_ONLY:
                connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER ALL"))
            connection.execute(text("SET session_replication_role = replica"))
            for table, name in _checks_of(connection):
                connection.execute(text(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'))
        for statement in statements:
            assert connection.execute(text(statement)).rowcount != 0, f"changed nothing: {statement}"
        if not is_sqlite:
            connection.execute(text("SET session_replication_role = DEFAULT"))
        connection.commit()


def _checks_of(connection: object) -> list[tuple[str, str]]:
    inspector = inspect(connection)
    return [
        (table, str(each["name"]))
        for table in ("account_balance", "fund_request", "posting", "transfer", "fund_request_event", "approval_step",
                      "payee", "voucher", "payment", "advance")
        for each in inspector.get_check_constraints(table)
    ]  # fmt: skip


@dataclass(frozen=True)
class Books:
    """A world with requests in several states, and names for SQL."""

    world: World
    held: UUID
    tiers: UUID
    denied: UUID
    paused: UUID


@pytest.fixture
def whole(bring_back: BringBack) -> Books:
    """Books with something of everything that the kernel knows."""
    return bring_back("books", make_books)


def make_books() -> Books:
    world = make_world()
    held = make_approved(world)
    tiers = make_approved(world, cents=30_000)
    denied = make_submitted(world, category_id=world.categories["pass"])
    refusing.deny_request(
        world.sue,
        request_id=denied,
        row_version=version_of(denied),
        key="deny",
        reason_code="other",
        words="No",
        now=NOW,
    )
    paused = make_approved(world, cents=2_000, category_id=world.categories["other"])
    pausing.pause_request(
        world.fay,
        request_id=paused,
        row_version=version_of(paused),
        key="pause",
        is_paused=True,
        reason="look",
        now=NOW,
    )
    cancelled = make_approved(world, cents=1_000, category_id=world.categories["other"])
    requests.cancel_request(
        world.cal, request_id=cancelled, row_version=version_of(cancelled), key="cancel", reason="moved", now=NOW
    )
    make_draft(world)
    return Books(world, held, tiers, denied, paused)


def hexed(value: UUID) -> str:
    """A UUID as the database writes it in SQL."""
    return f"'{value.hex}'" if db.engine.dialect.name == "sqlite" else f"'{value}'"


def account(books: Books, line: str, kind: str) -> str:
    return (
        f"(SELECT id FROM ledger_account WHERE kind = '{kind}' AND budget_line_id = {hexed(books.world.lines[line])})"
    )


def step(request_id: UUID, action: str, change: str) -> str:
    """A change of one step of a request."""
    return f"UPDATE fund_request_event SET {change} WHERE action = '{action}' AND fund_request_id = {hexed(request_id)}"


Plant = Callable[[Books], list[str]]
HOUSING = "Housing 2026"
FAULTS: dict[str, tuple[Plant, str]] = {
    "I1 a posting without transfers": (
        lambda b: ["DELETE FROM transfer WHERE posting_id = (SELECT max(id) FROM posting WHERE kind = 'hold')"],
        "I1: posting",
    ),
    "I1 money from the wrong account": (
        lambda b: [
            f"UPDATE transfer SET credit_id = {account(b, 'housing', 'appropriation')} WHERE posting_id = "
            f"(SELECT min(id) FROM posting WHERE kind = 'hold')"
        ],
        "(hold) moves money from appropriation to encumbered.",
    ),
    "I1 a transfer of nothing": (
        lambda b: ["UPDATE transfer SET amount_cents = 0 WHERE id = (SELECT max(id) FROM transfer)"],
        "does not move money between two accounts.",
    ),
    "I1 a missing transfer of two": (
        lambda b: ["DELETE FROM transfer WHERE seq = 1 AND posting_id = (SELECT min(id) FROM posting)"],
        "I1: transfer 1 of posting 1 is missing.",
    ),
    "I2 a balance that the transfers do not make": (
        lambda b: [f"UPDATE account_balance SET cents = cents + 100 WHERE ledger_account_id = "
                   f"{account(b, 'housing', 'available')}"],
        f"I2: {HOUSING} available is kept as $521.00, its transfers make $520.00.",
    ),
    "I2 a line out of balance": (
        lambda b: [
            f"UPDATE transfer SET debit_id = {account(b, 'other', 'encumbered')} WHERE posting_id = "
            "(SELECT min(id) FROM posting WHERE kind = 'hold')"
        ],
        "leaves Other 2026 out of balance: appropriation $0.00, its parts $180.00.",
    ),
    "I2 an account without a balance": (
        lambda b: [f"DELETE FROM account_balance WHERE ledger_account_id = {account(b, 'housing', 'advances')}"],
        f"I2: {HOUSING} advances has no balance.",
    ),
    "I3 a balance below zero": (
        lambda b: ["UPDATE transfer SET amount_cents = 200000 WHERE posting_id = "
                   "(SELECT min(id) FROM posting WHERE kind = 'hold')"],
        f"I3: {HOUSING} available stands at -$1,300.00.",
    ),
    "I3 a bound that was taken off": (
        lambda b: ["UPDATE account_balance SET non_negative = false WHERE ledger_account_id = "
                   f"{account(b, 'housing', 'available')}"],
        f"I3: {HOUSING} available has lost its bound at zero, or gained one.",
    ),
    "I3 an account on the wrong side": (
        lambda b: [f"UPDATE ledger_account SET normal_side = 'debit' WHERE id = {account(b, 'other', 'payable')}"],
        "I3: Other 2026 payable is kept on the wrong side (debit).",
    ),
    "I4 money held for no request": (
        lambda b: ["UPDATE posting SET fund_request_id = NULL WHERE id = "
                   "(SELECT min(id) FROM posting WHERE kind = 'hold')"],
        f"I4: {HOUSING} holds $480.00, requests $300.00.",
    ),
    "I4 a finished request that holds money": (
        lambda b: [f"UPDATE fund_request SET status = 'cancelled' WHERE id = {hexed(b.held)}"],
        "is cancelled and still holds $180.00.",
    ),
    "I5 more held than approved": (
        lambda b: [f"UPDATE fund_request SET approved_cents = 17000 WHERE id = {hexed(b.held)}"],
        "holds $180.00, approved $170.00.",
    ),
    "I5 approved for more than asked": (
        lambda b: [f"UPDATE fund_request SET requested_cents = 17000 WHERE id = {hexed(b.held)}"],
        "is approved for $180.00, asked $170.00.",
    ),
    "I5 approved, and the hold is gone": (
        lambda b: [f"UPDATE posting SET fund_request_id = {hexed(b.tiers)} WHERE fund_request_id = {hexed(b.held)}"],
        "is approved and holds nothing.",
    ),
    "I7 a key used for something else": (
        lambda b: ["UPDATE posting SET payload_sha256 = 'x' WHERE id = (SELECT max(id) FROM posting)"],
        "says something else than its key was used for.",
    ),
    "I8 a posting that no event knows": (
        lambda b: [
            "INSERT INTO posting (kind, fund_id, period_id, effective_on, posted_at, actor_name, idempotency_key, "
            "payload_sha256) SELECT kind, fund_id, period_id, effective_on, posted_at, actor_name, 'mine', "
            "payload_sha256 FROM posting WHERE id = 1"
        ],
        "I1: posting",
    ),
    "I8 a changed note of who posted": (
        lambda b: ["UPDATE posting SET actor_name = 'Somebody' WHERE id = 2"],
        "I8: posting 2 or a transfer of it was changed after it was written.",
    ),
    "I9 an author who approved": (
        lambda b: [
            f"UPDATE fund_request_event SET actor_id = {hexed(b.world.cal.user_id or uuid4())} WHERE action = "
            f"'approve_final' AND fund_request_id = {hexed(b.held)}"
        ],
        "was approved by its author (step 3).",
    ),
    "I9 one person for two tiers": (
        lambda b: [
            f"UPDATE fund_request_event SET actor_id = {hexed(b.world.sue.user_id or uuid4())} WHERE action = "
            f"'approve_final' AND fund_request_id = {hexed(b.tiers)}"
        ],
        "I9: one person approved two tiers of version 1 of",
    ),
    "I9 a tier by somebody who did not decide": (
        lambda b: [f"UPDATE approval_step SET actor_id = {hexed(b.world.deb.user_id or uuid4())} WHERE "
                   f"fund_request_id = {hexed(b.held)}"],
        "names somebody who did not decide.",
    ),
    "I9 a payee verified by who proposed it": (
        lambda b: ["UPDATE payee SET verified_by = proposed_by"],
        "was verified by who proposed it.",
    ),
    "I9 a delegation that never was": (
        lambda b: [f"UPDATE approval_step SET on_behalf_of = {hexed(b.world.deb.user_id or uuid4())} WHERE "
                   f"fund_request_id = {hexed(b.held)}"],
        "was decided for somebody without a delegation.",
    ),
    "I10 a posting in another month": (
        lambda b: ["UPDATE posting SET effective_on = '2026-03-01' WHERE id = (SELECT max(id) FROM posting)"],
        "of 2026-03-01 stands in another month.",
    ),
    "I10 a month closed without a close": (
        lambda b: ["UPDATE period SET status = 'closed' WHERE number = 4"],
        "I10: the month 2026-04 is closed, but its last close says open.",
    ),
    "I10 a posting after the close": (
        lambda b: [
            "INSERT INTO period_close (id, period_id, status, closed_at, figures, chain_seq, chain_head) "
            "SELECT id, id, 'closed', '2026-11-18 10:00:00', '{}', 0, 'x' FROM period WHERE number = 11",
            "UPDATE period SET status = 'closed' WHERE number = 11",
        ],
        "was made after 2026-11 had been closed.",
    ),
    "I10 a hole between months": (
        lambda b: ["UPDATE period SET starts_on = '2026-05-02' WHERE number = 5"],
        "I10: the months of the year 2026 do not tile it.",
    ),
    "I10 a line of another year": (
        lambda b: ["UPDATE fiscal_year SET ends_on = '2026-11-01'"],
        "touches a line of the year 2026.",
    ),
    "I11 a changed event of the trail": (
        lambda b: ["UPDATE audit_event SET actor_name = 'Somebody' WHERE seq = 3"],
        "I11: Trail: a column of event 3 differs from its record.",
    ),
    "I12 a goal of somebody else": (
        lambda b: [f"UPDATE fund_request SET goal_id = id WHERE id = {hexed(b.held)}"],
        "is for a goal of somebody else.",
    ),
    "I12 money for somebody who never enrolled": (
        lambda b: ["UPDATE enrollee SET enrolled_on = NULL"],
        "had money held for somebody who is not enrolled.",
    ),
    "I13 a request moved to another category": (
        lambda b: [f"UPDATE fund_request SET category_id = {hexed(b.world.categories['pass'])} WHERE id = "
                   f"{hexed(b.held)}"],
        "is spent from a line that is not its category's.",
    ),
    "I14 a status that no event led to": (
        lambda b: [f"UPDATE fund_request SET status = 'voucher' WHERE id = {hexed(b.held)}"],
        "is voucher, its events lead to approved.",
    ),
    "I14 a step that the table does not know": (
        lambda b: [f"UPDATE fund_request_event SET action = 'pay' WHERE action = 'submit' AND fund_request_id = "
                   f"{hexed(b.held)}"],
        "(pay) cannot be done to a request that is draft.",
    ),
    "I14 a step in a role that may not": (
        lambda b: [f"UPDATE fund_request_event SET role = 'payer' WHERE action = 'submit' AND fund_request_id = "
                   f"{hexed(b.held)}"],
        "(submit) was done as payer.",
    ),
    "I14 a missing step": (
        lambda b: [f"DELETE FROM fund_request_event WHERE seq = 2 AND fund_request_id = {hexed(b.tiers)}"],
        "I14: step 2 of",
    ),
    "I14 a pause that no event tells": (
        lambda b: [f"UPDATE fund_request SET is_paused = true WHERE id = {hexed(b.held)}"],
        "is paused, its events say otherwise.",
    ),
    "I14 a version counted by nobody": (
        lambda b: [f"UPDATE fund_request SET version = 7 WHERE id = {hexed(b.held)}"],
        "is at version 7, its last event at 1.",
    ),
    "I15 money moved while paused": (
        lambda b: [
            step(b.paused, "approve_final", "seq = 99"),
            step(b.paused, "pause", "seq = 5, from_status = 'submitted', to_status = 'submitted'"),
            step(b.paused, "approve_final", "seq = 6"),
        ],
        "(approve_final) moved money while the request was paused.",
    ),
    "I16 a hold without an evaluation": (
        lambda b: [
            "UPDATE posting SET evaluation_id = NULL WHERE id = (SELECT max(id) FROM posting WHERE kind = 'hold')"
        ],
        "(hold) names no policy evaluation.",
    ),
    "I16 an evaluation of another request": (
        lambda b: [
            f"UPDATE posting SET evaluation_id = (SELECT id FROM policy_evaluation WHERE fund_request_id = "
            f"{hexed(b.denied)} LIMIT 1) WHERE fund_request_id = {hexed(b.held)}"
        ],
        "(hold) names an evaluation of something else.",
    ),
    "I16 an evaluation changed afterwards": (
        lambda b: ["UPDATE policy_evaluation SET cents = cents + 1"],
        "was changed after it was made.",
    ),
    "I17 an expense that nothing expended": (
        lambda b: [f"UPDATE transfer SET debit_id = {account(b, 'housing', 'expense')} WHERE posting_id = "
                   "(SELECT min(id) FROM posting WHERE kind = 'hold')"],
        f"I17: {HOUSING}: expended $0.00, expense $180.00.",
    ),
}  # fmt: skip


def test_whole_books_have_no_problem(whole: Books) -> None:
    assert checks.verify_ledger() == []
    line = whole.world.lines["housing"]
    assert queries.line_name(line) == HOUSING


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found_and_named(whole: Books, fault: str) -> None:
    plant, sentence = FAULTS[fault]
    owner(*plant(whole))
    problems = checks.verify_ledger()
    assert any(sentence in problem for problem in problems), problems
    assert any(problem.startswith(fault.split()[0].rstrip(":")) or sentence in problem for problem in problems)
    assert all(problem.startswith("I") and problem.endswith(".") for problem in problems)


def test_every_invariant_has_a_planted_fault() -> None:
    """Those of money that went out stand in test_checks_of_payments: I6 among them."""
    planted = {fault.split()[0] for fault in FAULTS}
    assert planted | {"I6"} == {f"I{number}" for number in range(1, 18)}


def test_command_says_whole_or_each_problem(app: Flask, world: World) -> None:
    make_approved(world)
    runner = app.test_cli_runner()
    done = runner.invoke(args=["funds", "check"])
    assert done.exit_code == 0
    assert done.output.startswith("The books are whole: 4 postings, 7 transfers, ")
    owner(f"UPDATE fund_request SET approved_cents = 17000 WHERE enrollee_id = {hexed(world.person.enrollee_id)}")
    found = runner.invoke(args=["funds", "check"])
    assert found.exit_code == 1
    assert "I5: FR-2026-0001 holds $180.00, approved $170.00." in found.output.splitlines()
