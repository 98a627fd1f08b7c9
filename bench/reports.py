"""Measures every report of the fund on the books of `bench.books`, with an answer in each.

    python -m bench.reports --transfers 100000

A report is made once unmeasured, then timed. Wall time is the promise; processor time says more on a busy machine.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from flask_migrate import upgrade
from sqlalchemy import event, select

from app import create_app
from bench.books import NOW, fill
from care.models import Enrollee
from core.config import Config
from core.db import db
from funds.queries.scope import Scope
from funds.reports import REPORTS, Ask, make_report
from funds.reports.equity import PersonFacts

MOST_S = 1.0
MEASURED = tuple(name for name in REPORTS if name != "request")  # that one is of a single request
EMPTY = {"duties"}  # as it should be; it reads all steps all the same


@dataclass(frozen=True, slots=True)
class Measured:
    """The median of some rounds, with what was asked and answered."""

    wall_s: float
    cpu_s: float
    queries: int
    rows: int


def main() -> int:
    """Fill, measure, print one line a report; 1 when a report took longer than MOST_S."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transfers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--database", default="", help="address of an empty database; SQLite in a folder of its own")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        more = {"database_url": wanted.database} if wanted.database else {}
        app = create_app(Config.for_tests(data_dir=Path(folder), **more))
        with app.app_context():
            upgrade()
            started = time.perf_counter()
            fill(wanted.transfers)
            print(f"{wanted.transfers} transfers inserted in {time.perf_counter() - started:.0f} s", flush=True)
            slow = 0
            for name in MEASURED:
                found = measure(name, wanted.rounds)
                slow += found.wall_s > MOST_S
                print(
                    f"{name:16} {found.wall_s * 1000:6.0f} ms, processor {found.cpu_s * 1000:6.0f} ms, "
                    f"{found.queries:3} queries, {found.rows:6} rows",
                    flush=True,
                )
            db.session.remove()
            db.engine.dispose()
    return 1 if slow else 0


def measure(name: str, rounds: int) -> Measured:
    """A report of the whole books. Its figures add up, and it is not measured on an empty answer."""
    ask = Ask(scope=Scope(), as_of=NOW.date(), now=NOW)
    facts = _facts() if name == "equity" else None
    walls, cpus, statements = [], [], 0

    def count(*_words: Any) -> None:
        nonlocal statements
        statements += 1

    make_report(name, ask, people=facts)
    for _round in range(rounds):
        statements = 0
        event.listen(db.engine, "before_cursor_execute", count)
        wall, cpu = time.perf_counter(), time.process_time()
        report = make_report(name, ask, people=facts)
        walls.append(time.perf_counter() - wall)
        cpus.append(time.process_time() - cpu)
        event.remove(db.engine, "before_cursor_execute", count)
        assert all(footing.holds for footing in report.footings), name
    empty = [str(table.title) for table in report.tables if not table.rows]
    assert name in EMPTY or not empty, f"{name} is measured with nothing in {empty}"
    return Measured(
        statistics.median(walls), statistics.median(cpus), statements, sum(len(table.rows) for table in report.tables)
    )


def _facts() -> dict[Any, PersonFacts]:
    languages, codes = ("English", "Spanish", "Haitian Creole", ""), ("10601", "14201", "14604", "10550", "")
    people = db.session.scalars(select(Enrollee.id).order_by(Enrollee.code))
    return {person: PersonFacts(languages[number % 4], codes[number % 5]) for number, person in enumerate(people)}


if __name__ == "__main__":
    raise SystemExit(main())
