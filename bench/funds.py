"""How the fund's books grow: the proof, a balance, an approval, beside hledger and bean-check on the same rows.

    python -m bench.funds --sizes 10000,100000,1000000

Postings are written in bulk, with the digests and the trail that `post()` would have left, so that the proof finds the
books whole; approvals go through the action. Nothing outside a temporary folder is touched.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import insert, select, update

from app import create_app
from audit import actions as trail
from audit.rules import EventKind
from core.config import Config
from core.db import db, note_row, transaction
from funds import checks, ledger, queries
from funds.actions import approving
from funds.ledger import Account, Key
from funds.models import AccountBalance, Period, Posting, Transfer, posting_digest, row_name
from tests.builders import NOW
from tests.funds.books import TODAY, World, make_submitted, make_world, version_of
from tests.funds.waiting import ONE_TIER

BATCH = 500  # postings to an event of the trail
APPROVALS = 40
CENTS = 7


def main() -> None:
    """Measure each size in a folder of its own and print a table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="numbers of transfers, with commas")
    print("| transfers | funds check s | memory MB | balance p95 ms | approve p95 ms | hledger s | bean-check s |")
    print("| --- | --- | --- | --- | --- | --- | --- |")
    for size in (int(each) for each in parser.parse_args().sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            print(_row(size, Path(folder)), flush=True)
    print(f"Load {os.getloadavg()[0]:.1f} (one-minute average at the end), SQLite.")


def _row(size: int, folder: Path) -> str:
    app = create_app(Config.for_tests(data_dir=folder, database_url=f"sqlite:///{folder / 'books.db'}"))
    with app.app_context():
        upgrade()
        world = make_world(cents=100_000_000, tiers=ONE_TIER)
        fill(world, size)
        began = time.perf_counter()
        problems, counted = checks.verify()
        checked_s = time.perf_counter() - began
        assert problems == [] and counted.transfers >= size, problems[:3]
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        line = Key(Account.AVAILABLE, world.lines["housing"])
        balances = _timed(lambda: queries.balance_of(line), 200)
        waiting = [make_submitted(world, cents=100) for _ in range(APPROVALS)]
        jobs = iter([(each, version_of(each)) for each in waiting])
        approvals = _timed(lambda: _approve(world, *next(jobs)), APPROVALS)
        others = [_journal(app, folder, *other) for other in (("hledger", "hledger"), ("beancount", "bean-check"))]
        db.session.remove()
        db.engine.dispose()
    return (
        f"| {size:,} | {checked_s:.1f} | {peak_mb:.0f} | {_p95(balances):.2f} | {_p95(approvals):.1f} | "
        + " | ".join(others)
        + " |"
    )


def fill(world: World, size: int) -> None:
    """Move seven cents to and fro until there are so many transfers."""
    lines = world.lines["housing"], world.lines["other"]
    draft_there, draft_back = (ledger.move_budget(*pair, CENTS) for pair in (lines, lines[::-1]))
    ids = queries.account_ids((*draft_there.moves, *draft_back.moves))
    period_id = db.session.scalar(select(Period.id).where(Period.starts_on <= TODAY, Period.ends_on >= TODAY))
    first = (db.session.scalar(select(Posting.id).order_by(Posting.id.desc())) or 0) + 1
    db.session.rollback()
    numbers = range(first, first + size // 2 // 2 * 2)
    for start in range(0, len(numbers), BATCH):
        postings: list[dict[str, Any]] = []
        transfers: list[dict[str, Any]] = []
        with transaction() as session:
            for number in numbers[start : start + BATCH]:
                draft = draft_there if number % 2 else draft_back
                row = {
                    "id": number, "kind": str(draft.kind), "fund_id": world.fund_id, "fund_request_id": None,
                    "period_id": period_id, "effective_on": TODAY, "posted_at": NOW, "actor_id": world.fay.user_id,
                    "actor_name": world.fay.name, "evaluation_id": None, "reverses_id": None, "reason_code": None,
                    "idempotency_key": f"bench {number}", "payload_sha256": _payload(draft, world),
                }  # fmt: skip
                rows = [
                    {
                        "posting_id": number, "seq": seq, "debit_id": ids[move.debit], "credit_id": ids[move.credit],
                        "amount_cents": move.cents, "voucher_id": None, "payment_id": None, "advance_id": None,
                    }
                    for seq, move in enumerate(draft.moves, 1)
                ]  # fmt: skip
                postings.append(row)
                transfers += rows
                note_row(row_name("posting", number), posting_digest(row, rows))
            session.execute(insert(Posting), postings)
            session.execute(insert(Transfer), transfers)
            trail.record(EventKind.FUND_CHANGED, world.fay, now=NOW, details={"bench": start})
    _settle(len(numbers), numbers[0] if numbers else 1, ids, draft_there)


def _settle(count: int, first: int, ids: dict[Key, int], there: ledger.Draft) -> None:
    """What an uneven number of moves leaves on the balances."""
    odd = sum(1 for number in (first, first + 1) if number % 2) * (count // 2)
    net = odd - (count - odd)
    if not net:
        return
    with transaction() as session:
        for key, cents in ledger.effects(there.moves).items():
            session.execute(
                update(AccountBalance)
                .where(AccountBalance.ledger_account_id == ids[key])
                .values(cents=AccountBalance.cents + cents * net)
            )


def _payload(draft: ledger.Draft, world: World) -> str:
    moves = [
        [str(move.debit.account), str(move.debit.owner), str(move.credit.account), str(move.credit.owner), move.cents]
        for move in draft.moves
    ]
    content = {"kind": str(draft.kind), "moves": moves, "fund": str(world.fund_id), "request": "", "reverses": 0,
               "voucher": "", "advance": ""}  # fmt: skip
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _approve(world: World, request_id: Any, version: int) -> None:
    approving.approve_request(world.fay, request_id=request_id, row_version=version, key=uuid4().hex, now=NOW)


def _timed(job: Callable[[], Any], times: int) -> list[float]:
    return list(_milliseconds(job, times))


def _milliseconds(job: Callable[[], Any], times: int) -> Iterator[float]:
    for _ in range(times):
        began = time.perf_counter()
        job()
        db.session.rollback()
        yield (time.perf_counter() - began) * 1000


def _p95(values: list[float]) -> float:
    return statistics.quantiles(values, n=20)[-1]


def _journal(app: Flask, folder: Path, form: str, program: str) -> str:
    """Seconds that another program takes to prove the exported journal; "–" where it is not installed."""
    found = shutil.which(program)
    if found is None:
        return "–"
    path = folder / f"books.{form}"
    done = app.test_cli_runner().invoke(args=["funds", "export", "--format", form, "--output", str(path)])
    if done.exit_code:
        return f"export failed: {done.output.strip()[:60]}"
    command = [found, "-f", str(path), "check", "--strict"] if program == "hledger" else [found, str(path)]
    began = time.perf_counter()
    checked = subprocess.run(command, check=False, capture_output=True)
    seconds = time.perf_counter() - began
    return f"{seconds:.1f}" if checked.returncode == 0 else f"{seconds:.1f} (found faults)"


if __name__ == "__main__":
    main()
