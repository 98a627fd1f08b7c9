"""An event is written with what it tells, or not at all."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from flask import Flask

from audit import actions, queries
from audit.rules import EventKind
from core.db import transaction
from core.identity import VISITOR

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)


def test_event_outside_a_transaction_is_refused(app: Flask) -> None:
    with pytest.raises(RuntimeError):
        actions.record(EventKind.USER_SIGNED_IN, VISITOR, now=NOW)


def test_event_without_its_details_is_refused(app: Flask) -> None:
    with pytest.raises(ValueError, match="reason"), transaction():
        actions.record(EventKind.USER_DISABLED, VISITOR, now=NOW)
    assert queries.chain_head()[0] == 0


def test_rolled_back_change_leaves_no_event(app: Flask) -> None:
    with pytest.raises(ZeroDivisionError), transaction():
        actions.record(EventKind.USER_SIGNED_IN, VISITOR, now=NOW)
        _ = 1 // 0
    assert queries.list_events(page=1) == ([], 0)


def test_float_in_the_details_is_refused(app: Flask) -> None:
    with pytest.raises(TypeError), transaction():
        actions.record(EventKind.USER_SIGNED_IN, VISITOR, now=NOW, details={"share": 0.5})
