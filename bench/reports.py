"""Measures every report of the fund on books of many transfers, bulk-inserted in the shape that the postings make.

    python -m bench.reports --transfers 100000

A request is held, vouchered, paid: six transfers. Balances are set to what the transfers add up to.
"""

from __future__ import annotations

import argparse
import random
import statistics
import tempfile
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask_migrate import upgrade
from sqlalchemy import event, insert, select, update

from app import create_app
from care.models import Enrollee, Goal, Plan
from core.config import Config
from core.db import db, transaction
from core.identity import Identity, Permission
from funds.actions import budgets, shipped
from funds.ledger import CREDIT_NORMAL, Account
from funds.models import (
    AccountBalance,
    BudgetLine,
    FundRequest,
    FundRequestEvent,
    LedgerAccount,
    Payee,
    Period,
    PolicyEvaluation,
    Posting,
    Transfer,
    Voucher,
)
from funds.queries.entries import Scope
from funds.reports import REPORTS, Ask, make_report

NOW = datetime(2026, 12, 31, 12, tzinfo=UTC)
PEOPLE = 5000
PER_REQUEST = 4  # transfers: a hold, a voucher's two sides, a payment
MOST_S = 1.0
DIRECTOR = Identity(uuid4(), "bench", frozenset({"director"}), frozenset(Permission))


def main() -> int:
    """Fill, measure, print one line a report; 1 when a report took longer than MOST_S."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transfers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        app = create_app(Config.for_tests(data_dir=Path(folder)))
        with app.app_context():
            upgrade()
            started = time.perf_counter()
            fill(wanted.transfers // PER_REQUEST)
            print(f"{wanted.transfers} transfers inserted in {time.perf_counter() - started:.0f} s", flush=True)
            slow = 0
            for name in REPORTS:
                if name == "request":
                    continue
                seconds, queries = measure(name, wanted.rounds)
                slow += seconds > MOST_S
                print(f"{name:16} {seconds * 1000:8.0f} ms  {queries:3} queries", flush=True)
            db.session.remove()
            db.engine.dispose()
    return 1 if slow else 0


def measure(name: str, rounds: int) -> tuple[float, int]:
    """The median seconds of a report, and its queries."""
    times, statements = [], 0
    ask = Ask(scope=Scope(), as_of=NOW.date(), now=NOW)

    def count(*_words: Any) -> None:
        nonlocal statements
        statements += 1

    for _round in range(rounds):
        statements = 0
        event.listen(db.engine, "before_cursor_execute", count)
        started = time.perf_counter()
        report = make_report(name, ask)
        times.append(time.perf_counter() - started)
        event.remove(db.engine, "before_cursor_execute", count)
        if name not in {"vendors", "reconciliation", "receipts"}:  # the bulk has postings, no rows of payments
            assert all(footing.holds for footing in report.footings), name
    return statistics.median(times), statements


def fill(requests: int) -> None:
    """People, requests and postings in the shape that the actions make, inserted in bulk."""
    chance = random.Random(1)
    budgets.set_up_fund(
        DIRECTOR,
        fund_id=(fund_id := uuid4()),
        code="SDF",
        name="Bench",
        public_name="Bench",
        starts_on=date(2024, 1, 1),
        categories=shipped.categories(),
        now=NOW,
    )
    budgets.open_year(DIRECTOR, code="2026", starts_on=date(2026, 1, 1), ends_on=date(2026, 12, 31), now=NOW)
    with transaction() as session:
        lines = {row.id: row.category_id for row in session.execute(select(BudgetLine.id, BudgetLine.category_id))}
        accounts = {
            (row.kind, row.budget_line_id or row.fund_id): row.id for row in session.scalars(select(LedgerAccount))
        }
        periods = {row.starts_on.month: row.id for row in session.scalars(select(Period))}
        people = [(uuid4(), uuid4(), uuid4()) for _number in range(PEOPLE)]
        session.execute(insert(Enrollee), [_person(number, each[0]) for number, each in enumerate(people)])
        session.execute(
            insert(Plan),
            [
                {"id": plan, "enrollee_id": person, "number": 1, "status": "current", "starts_on": date(2025, 1, 1)}
                for person, plan, _goal in people
            ],
        )
        session.execute(
            insert(Goal),
            [
                {"id": goal, "enrollee_id": person, "plan_id": plan, "number": 1, "domain": "housing"}
                for person, plan, goal in people
            ],
        )
        payees = [uuid4() for _number in range(200)]
        session.execute(
            insert(Payee), [{"id": each, "name": f"Vendor {n}", "proposed_at": NOW} for n, each in enumerate(payees)]
        )
        batches: dict[Any, list[dict[str, Any]]] = {
            model: [] for model in (FundRequest, PolicyEvaluation, FundRequestEvent, Voucher, Posting, Transfer)
        }
        net: dict[int, int] = {}
        posting_id = transfer_id = 0

        def book(kind: str, on: date, moves: list[tuple[int, int]], cents: int, **more: Any) -> None:
            nonlocal posting_id, transfer_id
            posting_id += 1
            voucher_id = more.pop("voucher_id", None)
            batches[Posting].append(
                {
                    "id": posting_id,
                    "kind": kind,
                    "fund_id": fund_id,
                    "period_id": periods[on.month],
                    "effective_on": on,
                    "posted_at": NOW,
                    "actor_name": "bench",
                    "idempotency_key": str(posting_id),
                    "payload_sha256": "0" * 64,
                    "fund_request_id": None,
                    "evaluation_id": None,
                    **more,
                }
            )
            for seq, (debit, credit) in enumerate(moves, 1):
                transfer_id += 1
                batches[Transfer].append(
                    {
                        "id": transfer_id,
                        "posting_id": posting_id,
                        "seq": seq,
                        "debit_id": debit,
                        "credit_id": credit,
                        "amount_cents": cents,
                        "voucher_id": voucher_id,
                    }
                )
                net[debit] = net.get(debit, 0) + cents
                net[credit] = net.get(credit, 0) - cents

        for line in lines:
            own = {kind: accounts[str(kind), line] for kind in (Account.AVAILABLE, Account.APPROPRIATION)}
            book("appropriate", date(2026, 1, 1), [(own[Account.AVAILABLE], own[Account.APPROPRIATION])], 10**10)
        for number in range(requests):
            person, _plan, goal = chance.choice(people)
            line, on = chance.choice(list(lines)), date(2026, 1, 2) + timedelta(days=chance.randrange(360))
            request_id, evaluation_id, voucher_id = uuid4(), uuid4(), uuid4()
            at, cents = datetime.combine(on, NOW.time(), UTC), chance.randrange(10_00, 400_00)
            batches[FundRequest].append(
                {
                    "id": request_id,
                    "number": f"FR-{number:07d}",
                    "enrollee_id": person,
                    "goal_id": goal,
                    "fund_id": fund_id,
                    "category_id": lines[line],
                    "budget_line_id": line,
                    "payee_id": chance.choice(payees),
                    "method": "check",
                    "requested_cents": cents,
                    "approved_cents": cents,
                    "status": "paid",
                    "created_at": at,
                    "submitted_at": at,
                    "approved_at": at,
                    "paid_at": at,
                }
            )
            batches[PolicyEvaluation].append(
                {
                    "id": evaluation_id,
                    "fund_request_id": request_id,
                    "version": 1,
                    "step": "approve",
                    "at": at,
                    "cents": cents,
                    "findings": [],
                    "tiers": [],
                    "digest": "0" * 64,
                }
            )
            batches[FundRequestEvent].append(
                {
                    "id": uuid4(),
                    "enrollee_id": person,
                    "fund_request_id": request_id,
                    "seq": 1,
                    "action": "approve_final",
                    "to_status": "approved",
                    "at": at,
                    "actor_name": "bench",
                    "role": "x",
                    "version": 1,
                }
            )
            batches[Voucher].append(
                {
                    "id": voucher_id,
                    "fund_request_id": request_id,
                    "seq": 1,
                    "payee_id": payees[0],
                    "cents": cents,
                    "status": "unpaid",
                    "made_at": at,
                }
            )
            key = {kind: accounts[str(kind), line] for kind in Account if (str(kind), line) in accounts}
            cash, more = accounts["cash", fund_id], {"fund_request_id": request_id, "evaluation_id": evaluation_id}
            book("hold", on, [(key[Account.ENCUMBERED], key[Account.AVAILABLE])], cents, **more)
            both = [(key[Account.EXPENDED], key[Account.ENCUMBERED]), (key[Account.EXPENSE], key[Account.PAYABLE])]
            book("voucher", on, both, cents, voucher_id=voucher_id, **more)
            book("pay", on, [(key[Account.PAYABLE], cash)], cents, voucher_id=voucher_id, **more)
        for model, rows in batches.items():
            for start in range(0, len(rows), 5000):
                session.execute(insert(model), rows[start : start + 5000])
        for (kind, _owner), account_id in accounts.items():
            cents = net.get(account_id, 0) * (-1 if kind in CREDIT_NORMAL else 1)
            session.execute(
                update(AccountBalance).where(AccountBalance.ledger_account_id == account_id).values(cents=cents)
            )


def _person(number: int, person_id: Any) -> dict[str, Any]:
    return {
        "id": person_id,
        "code": f"E-{number:05d}",
        "status": "enrolled",
        "referred_at": NOW,
        "enrolled_on": date(2025, 1, 1) + timedelta(days=number % 400),
    }


if __name__ == "__main__":
    raise SystemExit(main())
