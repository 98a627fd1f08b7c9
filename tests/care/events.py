"""What the trail says, for tests of actions."""

from __future__ import annotations

from typing import Any

from audit import queries
from core.db import db


def events_of(kind: str) -> list[dict[str, Any]]:
    """The details of every event of a kind, the newest first."""
    db.session.rollback()
    found, _ = queries.list_events(page=1, size=200, kind=kind)
    db.session.rollback()
    return [event.record["details"] for event in found]
