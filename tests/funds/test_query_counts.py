"""What an approval asks the database does not grow with what the person and the line already had."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from uuid import uuid4

from sqlalchemy import event

from core.db import db
from funds.actions import approving
from funds.queries import deciding
from tests.builders import NOW
from tests.funds.waiting import Waiting

MOST = 60


@contextmanager
def counted() -> Iterator[Callable[[], int]]:
    """Counts the statements that are sent."""
    sent: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        sent.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield lambda: len(sent)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_an_approval_asks_as_much_after_twenty_others(waiting: Waiting) -> None:
    counts = []
    for request_id, version in waiting.requests[:22]:
        with counted() as so_far:
            approving.approve_request(
                waiting.world.fay, request_id=request_id, row_version=version, key=uuid4().hex, now=NOW
            )
            counts.append(so_far())
        db.session.rollback()
    assert len(set(counts[1:])) == 1, counts
    assert counts[1] <= MOST


def test_the_queue_asks_as_much_for_forty_as_for_twenty(waiting: Waiting) -> None:
    world = waiting.world
    with counted() as many:
        assert len(deciding.list_waiting(world.fay, NOW)) == 40
        for_forty = many()
    db.session.rollback()
    for request_id, version in waiting.requests[:20]:
        approving.approve_request(world.sue, request_id=request_id, row_version=version, key=uuid4().hex, now=NOW)
    with counted() as few:
        assert len(deciding.list_waiting(world.fay, NOW)) == 20
        assert few() == for_forty
    db.session.rollback()
