"""The record of an import that a steward started from the page: begun, how far, checked, confirmed, done or failed.

What a feed holds and what it changes is decided in `directory.imports`; the change itself is `apply_feed`.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select, update

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.errors import Conflict, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from directory.models import ImportRun

RUNNING = ("checking", "applying")


def begin_import_run(identity: Identity, *, file_name: str, file_key: str, source_name: str) -> tuple[UUID, bool]:
    """Note an import that begins to be checked. Answers its id and whether it is new: the same key begins once."""
    _need(identity)
    now = now_utc()
    with transaction() as session:
        known = session.scalar(select(ImportRun.id).where(ImportRun.file_key == file_key))
        if known is not None:
            return known, False
        row = ImportRun(
            id=uuid4(),
            source_name=source_name,
            file_name=file_name,
            file_key=file_key,
            started_by=identity.name,
            started_at=now,
            state="checking",
        )
        session.add(row)
        session.flush()
        return row.id, True


def finish_import_check(
    identity: Identity,
    *,
    run_id: UUID,
    source_name: str,
    report: Mapping[str, Any],
    counts: Mapping[str, Any],
    changes_nothing: bool = False,
) -> None:
    """Keep the report of a dry run; one that changes nothing is done with it.

    Raises Conflict when the run is not being checked.
    """
    _need(identity)
    now = now_utc()
    with transaction() as session:
        values: dict[str, Any] = {"state": "checked", "source_name": source_name, "report": _json(report)}
        if changes_nothing:
            values |= {"state": "done", "finished_at": now, "file_key": None}
        _move(session, run_id, "checking", **values)
        trail.record(
            EventKind.FEED_CHECKED,
            identity,
            now=now,
            subject_type="import",
            subject_id=run_id,
            details={"source": source_name, "counts": dict(counts)},
        )


def check_import_again(identity: Identity, *, run_id: UUID) -> None:
    """Check an import again, with other wishes or a mapping. Raises Conflict when it cannot be checked any more."""
    _need(identity)
    with transaction() as session:
        state = session.scalar(
            select(ImportRun.state).where(ImportRun.id == run_id, ImportRun.file_key.is_not(None)).with_for_update()
        )
        if state not in {"checked", "failed"}:
            raise Conflict(Sentence("This import was handled already."))
        _move(session, run_id, state, state="checking", done=0, expected=0, message=None, finished_at=None)


def begin_import_apply(identity: Identity, *, run_id: UUID) -> None:
    """Confirm a checked import. Raises Conflict when it was confirmed already: a second press starts nothing twice."""
    _need(identity)
    with transaction() as session:
        _move(session, run_id, "checked", state="applying", done=0, expected=0)


def fail_import_runs(*, run_ids: Collection[UUID], message: str, keep_file: bool = False) -> int:
    """Note that running imports failed, with the sentence that says why. Answers how many were still running.

    `keep_file`: the upload stays, since a mapping can make it readable.
    """
    now = now_utc()
    values: dict[str, Any] = {"state": "failed", "finished_at": now, "message": message}
    if not keep_file:
        values["file_key"] = None
    with transaction() as session:
        result = session.execute(
            update(ImportRun).where(ImportRun.id.in_(run_ids), ImportRun.state.in_(RUNNING)).values(values)
        )
        return int(getattr(result, "rowcount", 0))


def discard_import(identity: Identity, *, run_id: UUID) -> None:
    """Give up an import that was checked or not understood: its report stays, nothing can be confirmed any more."""
    _need(identity)
    now = now_utc()
    with transaction() as session:
        state = session.scalar(
            select(ImportRun.state).where(ImportRun.id == run_id, ImportRun.file_key.is_not(None)).with_for_update()
        )
        if state not in {"checked", "failed"}:
            raise Conflict(Sentence("This import was handled already."))
        _move(
            session,
            run_id,
            state,
            state="failed",
            finished_at=now,
            file_key=None,
            message="Given up after the check. Nothing was changed.",
        )


def _move(session: Any, run_id: UUID, old: str, **values: Any) -> None:
    """One conditional update: of two at once only one finds the row in its old state."""
    result = session.execute(update(ImportRun).where(ImportRun.id == run_id, ImportRun.state == old).values(**values))
    if result.rowcount == 1:
        return
    state = session.scalar(select(ImportRun.state).where(ImportRun.id == run_id))
    if state is None:
        raise NotFound
    raise Conflict(Sentence("This import was handled already."))


def _json(report: Mapping[str, Any]) -> str:
    return json.dumps(report, ensure_ascii=False, default=str)


def _need(identity: Identity) -> None:
    if not identity.may(Permission.IMPORT_FEEDS):
        raise NotAllowed(Sentence("Only a steward of the directory can import."))
