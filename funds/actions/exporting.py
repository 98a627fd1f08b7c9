"""Handing the books out: what left, for whom, with how many rows and which total, is in the trail first."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.errors import NotAllowed, Sentence
from core.identity import Identity, Permission


def record_export(
    identity: Identity,
    *,
    format: str,
    filters: Mapping[str, str],
    rows: int,
    control_total_cents: int,
    digests: Mapping[str, str],
    report: str | None = None,
    now: datetime | None = None,
) -> int:
    """Write down that a file left, before it does; `digests` are the hashes of its parts. Answers the event's number.

    Raises NotAllowed for somebody who may not see the books; the command line is the program itself and may.
    """
    now = now or now_utc()
    if not identity.may(Permission.SEE_BOOKS) and "system" not in identity.roles:
        raise NotAllowed(Sentence("Your role does not allow this."))
    details: dict[str, Any] = {
        "format": format,
        "filter": dict(filters),
        "rows": rows,
        "control_total_cents": control_total_cents,
        "sha256": dict(digests),
    }
    if report is not None:
        details["report"] = report
    with transaction():
        return trail.record(EventKind.FUND_EXPORTED, identity, now=now, details=details)
