"""Published figures are kept once, by who approves governance, and never change."""

from __future__ import annotations

import pytest
from flask import Flask

from core.errors import Conflict, InvalidInput, NotAllowed
from funds import checks
from funds.actions.publishing import record_published
from funds.queries.reporting.closing import list_published
from tests.care.people import user_of
from tests.cast import DAN, FAY

FIGURES = {"housing": 510_500, "total": 930_600}


def test_a_table_is_kept_once(app: Flask) -> None:
    """The same again changes nothing; other figures of the source are refused; only the director may."""
    dan = user_of(DAN)
    for _ in range(2):
        record_published(dan, source="A study", figures=FIGURES)
    assert {row.label: row.cents for row in list_published()} == FIGURES
    with pytest.raises(Conflict):
        record_published(dan, source="A study", figures={"total": 1})
    with pytest.raises(NotAllowed):
        record_published(user_of(FAY), source="Another", figures=FIGURES)
    with pytest.raises(InvalidInput):
        record_published(dan, source=" ", figures=FIGURES)


def test_an_event_that_counts_rows_does_not_stop_the_check(app: Flask) -> None:
    """An export's event says how many rows it had; that is no note of a row."""
    from audit import actions as trail
    from audit.rules import EventKind
    from core.db import transaction
    from tests.builders import NOW

    dan = user_of(DAN)
    with transaction():
        trail.record(EventKind.BANK_FILE_IMPORTED, dan, now=NOW, details={"rows": 7})
    assert checks.verify()[0] == []
