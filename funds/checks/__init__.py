"""Proof that the books are whole: recomputes the invariants I1–I17 and the trail from rows alone. Writes nothing."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from audit.checks import verify_chain
from audit.rules import canonical_json
from core.db import db
from funds.checks.duties import check_duties
from funds.checks.replay import Ledger, replay
from funds.checks.requests import check_requests
from funds.checks.steps import check_steps
from funds.models import KEPT, POSTING, PeriodClose, columns_of, row_digest
from funds.queries import proofs

CHUNK: Final = 2000
UNREADABLE: Final = SQLAlchemyError  # no database, no tables, a damaged file: the check could not run
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Counted:
    """How much was read."""

    postings: int
    transfers: int
    events: int


def verify_ledger(kept_head: tuple[int, str] | None = None, *, progress: Progress = lambda _part: None) -> list[str]:
    """One sentence per problem, none when books and trail are whole. Reads everything once, as of one moment.

    `kept_head` is a number and hash of the trail that was kept outside. `progress` is told each part as it begins.
    On SQLite writers wait while it reads.
    """
    return verify(kept_head, progress=progress)[0]


def verify(
    kept_head: tuple[int, str] | None = None, *, progress: Progress = lambda _part: None
) -> tuple[list[str], Counted]:
    """The same, with how much was read."""
    proofs.one_snapshot()
    problems: list[str] = []
    noted = _Noted()
    progress("the trail")
    problems += [f"I11: {problem}" for problem in verify_chain(kept_head, noted.visit)]
    progress("postings and balances")
    ledger = Ledger()
    replay(ledger, noted.postings, problems)
    progress("requests, vouchers, payments")
    check_requests(ledger, problems)
    progress("steps and duties")
    check_steps(problems)
    check_duties(problems)
    progress("rows that never change")
    noted.compare(problems)
    db.session.rollback()
    return problems, Counted(ledger.postings, ledger.transfers, noted.events)


class _Noted:
    """What the trail's events noted of the rows that never change."""

    def __init__(self) -> None:
        self.events = 0
        self.postings: dict[int, str] = {}
        self.closes: dict[int, tuple[Any, Any]] = {}  # event → what it says of a month: status, digest of the figures
        self.rows: dict[str, dict[str, str]] = {model.__tablename__: {} for model in KEPT}

    def visit(self, seq: int, record: dict[str, Any]) -> None:
        """Keep the digests of one event."""
        self.events += 1
        details = record.get("details")
        if record.get("kind") == "fund_period:set" and isinstance(details, dict):
            self.closes[seq] = details.get("status"), details.get("figures_sha256")
        noted = details.get("rows") if isinstance(details, dict) else None
        if not isinstance(noted, dict):
            return  # an import or export that counts its rows notes none
        for name, digest in noted.items():
            table, _, row_id = name.partition(":")
            if table == POSTING:
                self.postings[int(row_id)] = digest
            elif table in self.rows:
                self.rows[table][row_id] = digest

    def compare(self, problems: list[str]) -> None:
        """I8: each kept row is as it was when the trail noted it, and none is new or gone.

        A close of a month names the event that tells of it, with the digest of its figures.
        """
        for close in db.session.execute(select(PeriodClose)).scalars():
            told = self.closes.pop(close.chain_seq, None)
            if told is None:
                problems.append(f"I8: the period_close {close.id} stands in no event of the trail.")
            elif told != (close.status, hashlib.sha256(canonical_json(close.figures)).hexdigest()):
                problems.append(f"I8: the period_close {close.id} was changed after it was written.")
        problems.extend(f"I8: the period_close of event {gone} of the trail is gone." for gone in sorted(self.closes))
        for model in KEPT:
            table, known = model.__tablename__, self.rows[model.__tablename__]
            columns = [model.__table__.columns[name] for name in columns_of(model)]
            for row in db.session.execute(select(*columns).execution_options(yield_per=CHUNK)):
                digest = known.pop(str(row.id), None)
                if digest is None:
                    problems.append(f"I8: the {table} {row.id} stands in no event of the trail.")
                elif digest != row_digest(row._asdict()):
                    problems.append(f"I8: the {table} {row.id} was changed after it was written.")
            problems.extend(f"I8: the {table} {gone}, known from the trail, is gone." for gone in sorted(known))
