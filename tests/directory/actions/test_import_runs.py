"""The record of an import: begun once, checked, confirmed once, failed with a sentence."""

from __future__ import annotations

from uuid import UUID

import pytest
from flask import Flask

from audit.queries import list_events
from core.errors import Conflict, NotAllowed, NotFound
from core.identity import VISITOR, system_identity
from directory import actions, queries
from tests.cast import CAL, identity_for

STEWARD = system_identity("test")
KEY = "0" * 32
REPORT = {"tables": {"service": {"read": 2}}, "stops": [], "changes": []}


def begin() -> UUID:
    """A run that is being checked."""
    return actions.begin_import_run(STEWARD, file_name="a.csv", file_key=KEY, source_name="A")[0]


def check(run_id: UUID, *, changes_nothing: bool = False) -> None:
    """The check of a run ends."""
    counts = {"service": {"read": 2}}
    actions.finish_import_check(
        STEWARD, run_id=run_id, source_name="A", report=REPORT, counts=counts, changes_nothing=changes_nothing
    )


def test_the_same_key_begins_once(app: Flask) -> None:
    """A second press answers the same run."""
    first = actions.begin_import_run(STEWARD, file_name="a.csv", file_key=KEY, source_name="A")
    assert first[1] and actions.begin_import_run(STEWARD, file_name="a.csv", file_key=KEY, source_name="A") == (
        first[0],
        False,
    )


def test_a_check_is_kept_and_confirmed_once(app: Flask) -> None:
    """The event says what was counted; the second confirmation is a conflict."""
    run_id = begin()
    check(run_id)
    run = queries.get_import_run(run_id)
    assert run.state == "checked" and run.report == REPORT
    event = list_events(page=1)[0][0]
    assert event.kind == "feed:checked"
    assert event.record["details"] == {"source": "A", "counts": {"service": {"read": 2}}}
    actions.begin_import_apply(STEWARD, run_id=run_id)
    with pytest.raises(Conflict, match="handled already"):
        actions.begin_import_apply(STEWARD, run_id=run_id)
    with pytest.raises(Conflict):
        check(run_id)


def test_a_check_that_changes_nothing_is_done(app: Flask) -> None:
    """There is nothing to confirm."""
    run_id = begin()
    check(run_id, changes_nothing=True)
    assert queries.get_import_state(run_id) == "done"
    with pytest.raises(Conflict):
        actions.begin_import_apply(STEWARD, run_id=run_id)


def test_failing_marks_running_ones_only(app: Flask) -> None:
    """A done run stays done; the sentence stands in the failed one; with its file it can be checked again."""
    run_id = begin()
    assert actions.fail_import_runs(run_ids=[run_id], message="It broke.", keep_file=True) == 1
    assert actions.fail_import_runs(run_ids=[run_id], message="Again.") == 0
    run = queries.get_import_run(run_id)
    assert (run.state, run.message, run.file_key) == ("failed", "It broke.", KEY)
    actions.check_import_again(STEWARD, run_id=run_id)
    assert queries.get_import_state(run_id) == "checking"
    with pytest.raises(Conflict):
        actions.check_import_again(STEWARD, run_id=run_id)


def test_a_checked_import_can_be_given_up(app: Flask) -> None:
    """Nothing can be confirmed any more, and nothing checked again."""
    run_id = begin()
    check(run_id)
    actions.discard_import(STEWARD, run_id=run_id)
    for call in (actions.begin_import_apply, actions.discard_import, actions.check_import_again):
        with pytest.raises(Conflict):
            call(STEWARD, run_id=run_id)


def test_unknown_runs_and_strangers_are_refused(app: Flask) -> None:
    """A visitor and a coordinator import nothing."""
    with pytest.raises(NotFound):
        actions.begin_import_apply(STEWARD, run_id=UUID(int=1))
    run_id = begin()
    for identity in (VISITOR, identity_for(CAL)):
        with pytest.raises(NotAllowed, match="Only a steward"):
            actions.begin_import_run(identity, file_name="a", file_key="1" * 32, source_name="A")
        with pytest.raises(NotAllowed, match="Only a steward"):
            actions.begin_import_apply(identity, run_id=run_id)
