"""Imports that a steward starts from the page: the file on the server, a thread that checks or writes, how far it is.

A running thread holds a lock on a file in its folder, so that any process can tell whether it still runs: after a
restart of the server nobody holds it. Progress goes into a file too, because the database is locked while the import
itself is written. No page lives here.
"""

from __future__ import annotations

import fcntl
import json
import logging
import os
import re
import shutil
import threading
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO, Any, Final
from uuid import UUID

from core.errors import Conflict, GoldthreadError, InvalidInput, Sentence
from core.identity import Identity
from directory import actions, queries
from directory.hsds.records import Feed, Plan
from directory.imports.compare import compare
from directory.imports.files import open_feed
from directory.imports.read import read
from directory.imports.recognise import recognise
from directory.imports.report import as_dict, as_json
from directory.imports.verdicts import Options

KEY: Final = re.compile(r"[0-9a-f]{32}")
FAILED: Final = Sentence("Something went wrong in this program. Nothing was changed. Tell your administrator.")
MOVED_ON: Final = Sentence("The directory was changed since this was checked. Nothing was imported. Check it again.")
MOST_STORED: Final = 50_000  # changes in one stored report: a page and a download of this size still open
STEP: Final = 200  # records between two notes of the progress
log = logging.getLogger("goldthread.imports")
AppContext = Callable[[], AbstractContextManager[Any]]


@dataclass(frozen=True, slots=True)
class Wishes:
    """How the steward means the import; kept beside the file."""

    source: str
    partial: bool = False
    show_inactive: bool = False
    accept_losses: bool = False
    has_mapping: bool = False

    @property
    def options(self) -> Options:
        """The options of the comparison."""
        return Options(partial=self.partial, show_inactive=self.show_inactive, accept_losses=self.accept_losses)


@dataclass(frozen=True, slots=True)
class Desk:
    """The folder of one upload: the file under its own name, the wishes, the mapping, the progress and the lock."""

    folder: Path

    @classmethod
    def of(cls, data_dir: Path, key: str) -> Desk:
        """The desk of a random key; InvalidInput for a key that is none."""
        if not KEY.fullmatch(key):
            raise InvalidInput("file", Sentence("This page was open too long. Open it again."))
        return cls(data_dir / "uploads" / key)

    @property
    def mapping_path(self) -> Path:
        """Where the steward's mapping lies, if one was made."""
        return self.folder / "mapping.toml"

    @property
    def file(self) -> Path:
        """The uploaded file."""
        return next(iter(sorted((self.folder / "file").iterdir())))

    @property
    def exists(self) -> bool:
        """False once the upload was removed."""
        return (self.folder / "file").is_dir()

    def take(self, file_name: str, save: Callable[[Path], None], wishes: Wishes) -> bool:
        """Keep an upload under its name. False when this key brought one already."""
        try:
            self.folder.mkdir(parents=True, mode=0o700)
        except FileExistsError:
            return False
        (self.folder / "file").mkdir(mode=0o700)
        save(self.folder / "file" / file_name)
        self.wish(wishes)
        return True

    def wish(self, wishes: Wishes) -> None:
        """Write down how the import is meant."""
        (self.folder / "wishes.json").write_text(json.dumps(asdict(wishes)), encoding="utf-8")

    def wishes(self) -> Wishes:
        """How the import is meant."""
        return Wishes(**json.loads((self.folder / "wishes.json").read_text(encoding="utf-8")))

    def progress(self) -> tuple[int, int]:
        """How many of how many records are done; (0, 0) while the file is being read."""
        try:
            done, expected = json.loads((self.folder / "progress.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return 0, 0
        return int(done), int(expected)

    def note_progress(self, done: int, expected: int) -> None:
        """Write how far the import is; a reader never sees half of it."""
        new = self.folder / "progress.new"
        new.write_text(json.dumps([done, expected]), encoding="utf-8")
        new.replace(self.folder / "progress.json")

    def lock(self) -> IO[str] | None:
        """The lock that a running import holds; None when another holds it."""
        try:
            file = (self.folder / "lock").open("w")
        except FileNotFoundError:
            return None
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            file.close()
            return None
        return file

    def is_running(self) -> bool:
        """Whether a thread of any process works at this desk."""
        if not (self.folder / "lock").exists():
            return False
        held = self.lock()
        if held is None:
            return True
        held.close()
        return False

    def clear(self) -> None:
        """Remove the upload and all beside it."""
        shutil.rmtree(self.folder, ignore_errors=True)


def start_check(identity: Identity, *, desk: Desk, run_id: UUID, app_context: AppContext) -> threading.Thread:
    """Check an upload in a thread. Raises Conflict when one works at it already."""
    return _start(lambda: _check(identity, desk, run_id), desk, run_id, app_context)


def start_apply(
    identity: Identity, *, desk: Desk, run_id: UUID, report: dict[str, Any], app_context: AppContext
) -> threading.Thread:
    """Write a confirmed import in a thread; `report` is what was confirmed. Raises Conflict like `start_check`."""
    return _start(lambda: _apply(identity, desk, run_id, report), desk, run_id, app_context)


def needs_mapping(desk: Desk) -> bool:
    """Whether the upload is a single table in no known format, for which a steward can write a mapping."""
    try:
        opened = open_feed(desk.file)
    except InvalidInput:
        return False
    if len(opened.tables) != 1 or opened.objects:
        return False
    try:
        recognise(opened.tables)
    except InvalidInput:
        return True
    return False


def _start(work: Callable[[], None], desk: Desk, run_id: UUID, app_context: AppContext) -> threading.Thread:
    held = desk.lock()
    if held is None:
        raise Conflict(Sentence("This import runs already."))
    desk.note_progress(0, 0)
    thread = threading.Thread(target=_run, args=(work, held, desk, run_id, app_context), daemon=True, name="import")
    thread.start()
    return thread


def _run(work: Callable[[], None], held: IO[str], desk: Desk, run_id: UUID, app_context: AppContext) -> None:
    try:
        with app_context():
            try:
                work()
            except GoldthreadError as error:
                actions.fail_import_runs(run_ids=[run_id], message=str(error), keep_file=needs_mapping(desk))
            except Exception as error:  # the thread has no page: whatever happened must stand in the run
                where = error.__traceback__
                while where is not None and where.tb_next is not None:
                    where = where.tb_next
                line = f"{where.tb_frame.f_code.co_filename}:{where.tb_lineno}" if where else "?"
                log.error("import %s failed: %s at %s", run_id, type(error).__name__, line)
                actions.fail_import_runs(run_ids=[run_id], message=str(FAILED))
    finally:
        held.close()


def _check(identity: Identity, desk: Desk, run_id: UUID) -> None:
    wishes = desk.wishes()
    kept = queries.find_source_mapping(wishes.source)
    if kept and not wishes.has_mapping and needs_mapping(desk):
        desk.mapping_path.write_text(kept, encoding="utf-8")
        wishes = replace(wishes, has_mapping=True)
        desk.wish(wishes)
    plan = _plan(desk, wishes)
    report = {**as_dict(plan, dry_run=True, most_changes=MOST_STORED), "wishes": asdict(wishes)}
    actions.finish_import_check(
        identity,
        run_id=run_id,
        source_name=wishes.source,
        report=report,
        counts=report["tables"],
        changes_nothing=plan.changes_nothing and not plan.stops,
    )
    if plan.changes_nothing and not plan.stops:
        desk.clear()


def _apply(identity: Identity, desk: Desk, run_id: UUID, confirmed: dict[str, Any]) -> None:
    wishes = desk.wishes()
    plan = _plan(desk, wishes)
    report = as_json(plan, dry_run=False, most_changes=MOST_STORED)
    if json.loads(report)["tables"] != confirmed["tables"]:
        raise Conflict(MOVED_ON)
    expected = sum(1 for write in plan.writes if write.is_new)
    desk.note_progress(0, expected)
    actions.apply_feed(
        identity,
        plan=plan,
        file_name=desk.file.name,
        report=report,
        run_id=run_id,
        progress=_teller(desk, expected),
        mapping=desk.mapping_path.read_text(encoding="utf-8") if wishes.has_mapping else "",
    )
    desk.clear()


def _plan(desk: Desk, wishes: Wishes) -> Plan:
    feed: Feed = read(desk.file, desk.mapping_path if wishes.has_mapping else None)
    expected = sum(len(records) for records in feed.records.values())
    desk.note_progress(0, expected)
    return compare(feed, wishes.source, wishes.options, progress=_teller(desk, expected))


def _teller(desk: Desk, expected: int) -> Callable[[int], None]:
    """A callback that adds what is done and notes it now and then."""
    done = noted = 0

    def tell(count: int) -> None:
        nonlocal done, noted
        done += count
        if done - noted >= STEP or done >= expected:
            noted = done
            desk.note_progress(done, expected)

    return tell


def list_desks(data_dir: Path) -> Iterable[str]:
    """The keys of all uploads that lie on the server."""
    folder = data_dir / "uploads"
    return [name for name in os.listdir(folder) if KEY.fullmatch(name)] if folder.is_dir() else []
