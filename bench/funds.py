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
import re
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
    parser.add_argument("--minutes", type=float, default=20, help="at most so long for each journal's proof elsewhere")
    asked = parser.parse_args()
    print("Each figure by the clock / of the processor, which stays meaningful where other programs share the machine.")
    print("| transfers | filled s | funds check s | memory MB | balance p95 ms | approve p50 ms | approve p95 ms "
          "| hledger s, MB | bean-check s, MB |")  # fmt: skip
    print("| --- | --- | --- | --- | --- | --- | --- | --- | --- |")
    for size in (int(each) for each in asked.sizes.split(",")):
        with tempfile.TemporaryDirectory() as folder:
            print(_row(size, Path(folder), asked.minutes), flush=True)
    print(f"Load {os.getloadavg()[0]:.1f} (one-minute average at the end), SQLite.")


@dataclass(frozen=True, slots=True)
class Took:
    """How long something took by the clock, and how long the processor worked for it."""

    clock_s: float
    processor_s: float


@contextmanager
def stopwatch(into: list[Took]) -> Iterator[None]:
    """Add what the block took."""
    clock, processor = time.perf_counter(), time.process_time()
    yield
    into.append(Took(time.perf_counter() - clock, time.process_time() - processor))


def _row(size: int, folder: Path, minutes: float) -> str:
    app = create_app(Config.for_tests(data_dir=folder, database_url=f"sqlite:///{folder / 'books.db'}"))
    whole: list[Took] = []
    with app.app_context():
        upgrade()
        world = make_world(cents=100_000_000, tiers=ONE_TIER)
        with stopwatch(whole):
            fill(world, size)
        before_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        with stopwatch(whole):
            problems, counted = checks.verify()
        assert problems == [] and counted.transfers >= size, problems[:3]
        peak_mb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        line = Key(Account.AVAILABLE, world.lines["housing"])
        balances = _timed(lambda: queries.balance_of(line), 200)
        waiting = [make_submitted(world, cents=100) for _ in range(APPROVALS)]
        jobs = iter([(each, version_of(each)) for each in waiting])
        approvals = _timed(lambda: _approve(world, *next(jobs)), APPROVALS)
        others = [
            _journal(app, folder, minutes * 60, *other)
            for other in (("hledger", "hledger"), ("beancount", "bean-check"))
        ]
        db.session.remove()
        db.engine.dispose()
    filled, checked = whole
    return (
        f"| {size:,} | {_both(filled)} | {_both(checked)} | {peak_mb:.0f} ({before_mb:.0f} before) "
        f"| {_quantile(balances, 19)} | {_quantile(approvals, 10)} | {_quantile(approvals, 19)} | "
        + " | ".join(others)
        + " |"
    )


def _both(took: Took) -> str:
    return f"{took.clock_s:.1f} / {took.processor_s:.1f}"


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


def _timed(job: Callable[[], Any], times: int) -> list[Took]:
    found: list[Took] = []
    for _ in range(times):
        with stopwatch(found):
            job()
            db.session.rollback()
    return found


def _quantile(values: list[Took], twentieth: int) -> str:
    """Milliseconds of the clock and the processor below which so many twentieths of the values lie."""
    columns = ([each.clock_s for each in values], [each.processor_s for each in values])
    return " / ".join(f"{1000 * statistics.quantiles(column, n=20)[twentieth - 1]:.1f}" for column in columns)


def _journal(app: Flask, folder: Path, timeout_s: float, form: str, program: str) -> str:
    """Seconds and memory that another program takes to prove the exported journal; "–" where it is not installed."""
    found = shutil.which(program) or shutil.which(program, path=str(Path(sys.executable).parent))
    if found is None:
        return "–"
    path = folder / f"books.{form}"
    done = app.test_cli_runner().invoke(args=["funds", "export", "--format", form, "--output", str(path)])
    if done.exit_code:
        return f"export failed: {done.output.strip()[:60]}"
    command = (
        [found, "-f", str(path), "check", "--strict"] if program == "hledger" else [found, "--no-cache", str(path)]
    )
    began, peak_mb = time.perf_counter(), 0.0
    child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while True:
        ended, status, usage = os.wait4(child.pid, os.WNOHANG)
        seconds = time.perf_counter() - began
        if ended:
            child.returncode = os.waitstatus_to_exitcode(status)
            break
        peak_mb = max(peak_mb, _peak_mb(child.pid))
        if seconds > timeout_s:
            child.kill()
            child.wait()
            return f"not done after {timeout_s / 60:.0f} minutes ({peak_mb:.0f} MB)"
        time.sleep(0.05)
    worked = usage.ru_utime + usage.ru_stime
    faults = "" if child.returncode == 0 else " (found faults)"
    return f"{seconds:.1f} / {worked:.1f}, {peak_mb:.0f}{faults}"


def _peak_mb(process_id: int) -> float:
    """The most memory that a running process has held; its resource usage would count ours, from before it began."""
    try:
        found = re.search(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{process_id}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


if __name__ == "__main__":
    main()
