"""One verb: write down that the books were checked, and what came of it."""

from __future__ import annotations

from datetime import datetime

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.identity import Identity


def record_check(identity: Identity, *, problems: int, postings: int, now: datetime | None = None) -> None:
    """Record a run of the check: how many postings it read and how many problems it found."""
    with transaction():
        trail.record(
            EventKind.FUND_CHECKED,
            identity,
            now=now or now_utc(),
            details={"postings": postings, "problems": problems},
        )
