"""Many at once: never a cent over, losers told the figures, reads that always add up, a trail without fork.

Each promise has a control: the same race with a naive writer, or without the lock, must break it.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from itertools import count
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import select, text
from sqlalchemy.exc import IntegrityError

from audit import actions as trail
from audit import checks as trail_checks
from audit.queries import chain_head
from audit.rules import EventKind
from core.db import db, rerun, transaction
from funds import checks, ledger, policy, queries
from funds.actions import approving, stepping
from funds.ledger import BUDGET_ACCOUNTS, Account, Key
from funds.models import PolicyEvaluation
from funds.posting import Context, post
from tests.builders import NOW
from tests.conftest import Database
from tests.funds.books import TODAY, World, add_rules, make_submitted
from tests.funds.racing import race
from tests.funds.waiting import LINE_CENTS, Waiting, leave

CAP = {"code": "person.year", "kind": "cap_window", "severity": "block",
       "params": {"cents": 20_000, "window": "fiscal_year"}}  # fmt: skip


@pytest.fixture
def application(_application: tuple[Flask, Database]) -> Flask:
    return _application[0]


def approve(world: World, request_id: UUID, version: int) -> Callable[[], Any]:
    key = uuid4().hex
    return lambda: approving.approve_request(
        world.fay, request_id=request_id, row_version=version, key=key, now=NOW
    )  # fmt: skip


def available(line: UUID) -> int:
    found = queries.balance_of(Key(Account.AVAILABLE, line))
    db.session.rollback()
    return found


@pytest.mark.parametrize("threads", [8, 16])
def test_approvals_at_once_never_overspend_a_line(waiting: Waiting, application: Flask, threads: int) -> None:
    leave(waiting.world, 20_000)
    jobs = [approve(waiting.world, *each) for each in waiting.requests]
    outcomes, words = race(application, jobs, threads=threads)
    assert outcomes == {"done": 20, "NotAllowed": 20}
    assert available(waiting.world.lines["housing"]) == 0
    assert len(words) == 20
    assert all("$0.00" in sentence and "$10.00" in sentence for sentence in words), set(words)
    assert checks.verify_ledger() == []


def test_approvals_at_once_never_pass_a_persons_cap(waiting: Waiting, application: Flask) -> None:
    add_rules(waiting.world.fund_id, [CAP])
    outcomes, words = race(application, [approve(waiting.world, *each) for each in waiting.requests], threads=8)
    assert outcomes == {"done": 20, "NotAllowed": 20}
    assert available(waiting.world.lines["housing"]) == LINE_CENTS - 20_000
    assert all("$200.00" in sentence for sentence in words), set(words)
    assert checks.verify_ledger() == []


def test_control_without_the_spending_lock_the_cap_is_passed(
    waiting: Waiting, application: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the lock is for: the sum is read, then another approval comes between, then it is decided on."""
    add_rules(waiting.world.fund_id, [CAP])
    real, seen = stepping.evaluate, threading.local()

    def stale(*args: Any, **values: Any) -> Any:
        """The evaluation as it was read before the transaction had its locks."""
        return seen.evaluation if hasattr(seen, "evaluation") else real(*args, **values)

    monkeypatch.setattr(stepping, "evaluate", stale)
    together = threading.Barrier(8)

    def job(request_id: UUID, version: int) -> Callable[[], Any]:
        def run() -> Any:
            request = queries.get_request(waiting.world.fay, request_id, NOW)
            texts = stepping.open_texts(request)
            seen.evaluation = real(request, texts, policy.Step.APPROVE, cents=1_000, now=NOW)
            db.session.rollback()
            together.wait()
            return approve(waiting.world, request_id, version)()

        return run

    outcomes, _words = race(application, [job(*each) for each in waiting.requests], threads=8)
    assert outcomes["done"] > 20


# --- post() itself ------------------------------------------------------------------------------------------------


@pytest.fixture
def judged(world: World) -> UUID:
    make_submitted(world)
    found = db.session.scalars(select(PolicyEvaluation.id)).one()
    db.session.rollback()
    return found


def hold(world: World, evaluation: UUID, number: int) -> Callable[[], Any]:
    def job() -> None:
        with transaction():
            post(
                world.fay,
                ledger.hold(world.lines["housing"], 1_000),
                Context(
                    fund_id=world.fund_id, effective_on=TODAY, now=NOW, key=f"race {number}", evaluation_id=evaluation
                ),
            )
            trail.record(EventKind.FUND_CHANGED, world.fay, now=NOW, details={"race": number})

    return job


def test_four_hundred_holds_of_ten_dollars_on_a_thousand(world: World, judged: UUID, application: Flask) -> None:
    before = trail_head()
    outcomes, words = race(application, [hold(world, judged, number) for number in range(400)], threads=8)
    assert outcomes == {"done": 100, "NotAllowed": 300}
    assert set(words) == {
        "Housing 2026 has $0.00 left, and this asks for $10.00. Ask for less, or have money moved to this line."
    }
    assert available(world.lines["housing"]) == 0
    assert queries.balance_of(Key(Account.ENCUMBERED, world.lines["housing"])) == 100_000
    db.session.rollback()
    assert trail_head() == before + 100
    foreign = [problem for problem in checks.verify_ledger() if not problem.startswith("I16: posting")]
    assert foreign == ["I4: Housing 2026 holds $1,000.00, requests $0.00."], "the holds of this race are no request's"


def test_same_key_by_eight_threads_is_one_posting(world: World, judged: UUID, application: Flask) -> None:
    job = rerun(hold(world, judged, 1))
    outcomes, _words = race(application, [job] * 40, threads=8)
    assert outcomes == {"done": 40}
    assert available(world.lines["housing"]) == 99_000


def test_control_naive_writer_overspends(world: World, application: Flask) -> None:
    """Read the balance, decide, then write what it should be: what a page without `post()` would do."""
    line = world.lines["housing"]
    account = queries.account_ids(ledger.hold(line, 1).moves)[Key(Account.AVAILABLE, line)]
    db.session.rollback()
    done, lock = count(), threading.Lock()
    together = threading.Barrier(8)

    def naive() -> None:
        left = available(line)
        together.wait()
        if left < 1_000:
            return
        with transaction() as session:
            session.connection().execute(
                text("UPDATE account_balance SET cents = :cents WHERE ledger_account_id = :account"),
                {"cents": left - 1_000, "account": account},
            )
        with lock:
            next(done)

    race(application, [naive] * 400, threads=8)
    held = next(done) * 1_000
    assert held > 100_000, "the naive writer was expected to promise more than there is"


def test_bank_every_read_adds_up(world: World, application: Flask) -> None:
    """Six writers move money between eight lines while two readers add everything up again and again."""
    lines = list(world.lines.values())
    pairs = [(a, b) for a in lines for b in lines if a != b]
    numbers, stop, torn = count(), threading.Event(), []
    written: list[int] = []
    reads: list[int] = []
    until = time.monotonic() + SECONDS

    def write() -> None:
        while not stop.is_set():
            number = next(numbers)
            source, target = pairs[number % len(pairs)]
            with transaction():
                post(
                    world.fay,
                    ledger.move_budget(source, target, 1 + number % 97),
                    Context(fund_id=world.fund_id, effective_on=TODAY, now=NOW, key=f"bank {number}"),
                )
                trail.record(EventKind.FUND_CHANGED, world.fay, now=NOW, details={})
            written.append(number)
            if time.monotonic() > until and len(written) > 20 and len(reads) > 5:
                stop.set()

    def read() -> None:
        while not stop.is_set():
            balances = queries.list_balances()
            db.session.rollback()
            of = {each: sum(cents for key, cents in balances.items() if key.account is each) for each in Account}
            parts = sum(of[each] for each in BUDGET_ACCOUNTS[1:])
            if of[Account.APPROPRIATION] != 300_000 or parts != 300_000 or ledger.imbalances(balances):
                torn.append(of)
            reads.append(len(written))

    race(application, [write] * 6 + [read] * 2, threads=8)
    assert torn == []
    assert len(set(reads)) > 2, "reads saw the books at several moments"
    assert checks.verify_ledger() == []


SECONDS = float(os.environ.get("RACE_SECONDS", "2"))


def trail_head() -> int:
    seq, _digest = chain_head()
    db.session.rollback()
    return seq


def test_chain_of_eight_writers_has_no_fork_and_no_gap(world: World, application: Flask) -> None:
    before = trail_head()

    def append() -> None:
        with transaction():
            trail.record(EventKind.FUND_CHANGED, world.fay, now=NOW, details={})

    outcomes, _words = race(application, [append] * 400, threads=8)
    assert outcomes == {"done": 400}
    assert trail_head() == before + 400
    assert trail_checks.verify_chain() == []
    db.session.rollback()


def test_control_writer_who_read_the_head_before_forks_and_is_refused(world: World, application: Flask) -> None:
    """Appending behind the event that was newest a moment ago: only UNIQUE(previous_hash) then keeps the chain one."""
    together, collided = threading.Barrier(8), count()
    columns = "at, kind, actor_name, actor_roles, record"

    def append() -> None:
        behind = trail_head()
        together.wait()
        try:
            with transaction() as session:
                session.execute(
                    text(
                        f"INSERT INTO audit_event (seq, {columns}, previous_hash, hash) SELECT "
                        f"(SELECT max(seq) + 1 FROM audit_event), {columns}, hash, :hash FROM audit_event "
                        "WHERE seq = :behind"
                    ),
                    {"behind": behind, "hash": uuid4().hex},
                )
        except IntegrityError:
            next(collided)

    race(application, [append] * 8, threads=8)
    assert next(collided) == 7
