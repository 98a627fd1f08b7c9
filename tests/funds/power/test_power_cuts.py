"""The power goes at any moment: what was said to be done is there, nothing is half done, the books are whole.

The controls show that the harness can lose: without syncs the file breaks, with a commit that is not synced it forgets.
`POWER_CUTS=200` makes as many cuts; `make test` makes fewer.
"""

from __future__ import annotations

import os
import pickle
import random
import shutil
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from flask import Flask

from core.db import db
from funds import checks
from tests.conftest import Database
from tests.funds.power.disk import Disk, Operation, read_log
from tests.funds.waiting import Waiting

HERE = Path(__file__).parent
ROOT = HERE.parent.parent.parent
CUTS = int(os.environ.get("POWER_CUTS", "20"))
REQUESTS = 25

pytestmark = pytest.mark.one_database  # power cuts are about SQLite's files


@dataclass
class Cut:
    """What was seen after one cut."""

    corrupt: bool
    lost: int
    problems: list[str]


@pytest.fixture
def files(waiting: Waiting, _application: tuple[Flask, Database], tmp_path: Path) -> tuple[Flask, Path, bytes, Path]:
    """The application, its database's path, the database before, and a folder to work in."""
    application, database = _application

    (tmp_path / "world.pickle").write_bytes(pickle.dumps((waiting.world, waiting.requests[:REQUESTS])))
    db.session.remove()
    db.engine.dispose()
    shutil.copytree(application.config["GOLDTHREAD"].data_dir, tmp_path / "data", dirs_exist_ok=True)
    return application, database.folder / "test.db", (database.folder / "test.db").read_bytes(), tmp_path


def record(before: bytes, folder: Path, way: str) -> list[Operation]:
    """Run the writer under the recorder and answer what it did to the database's files."""
    library, log, path = folder / "record.so", folder / "log", folder / "cut.db"
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-O1", "-o", library, HERE / "record.c", "-ldl", "-lpthread"], check=True
    )
    path.write_bytes(before)
    environ = os.environ | {
        "LD_PRELOAD": str(library),
        "RECORD_FILES": str(path),
        "RECORD_FOLDER": str(folder),
        "RECORD_TO": str(log),
    }
    command = [sys.executable, "-m", "tests.funds.power.writer", str(path), str(folder), way]
    subprocess.run(command, cwd=ROOT, env=environ, check=True, timeout=240)
    found = list(read_log(log))
    assert sum(each.kind == "w" and each.name.endswith(".acknowledged") for each in found) == REQUESTS
    return found


def cuts(operations: list[Operation], before: bytes, folder: Path, target: Path, count: int, seed: int) -> list[Cut]:
    """Cut the power at random moments, put what is left where the application looks, and look."""
    choice = random.Random(seed)
    moments = sorted(choice.randrange(len(operations)) for _ in range(count))
    disk = Disk(folder=str(folder))
    disk.kept[str(folder / "cut.db")] = bytearray(before)
    acknowledged: list[str] = []
    found, at = [], 0
    for moment in moments:
        while at <= moment:
            operation = operations[at]
            at += 1
            if operation.name.endswith(".acknowledged"):
                acknowledged += operation.data.decode().split()
            else:
                disk.do(operation)
        found.append(_look(disk.cut(choice), folder, target, acknowledged))
    return found


def _look(files: dict[str, bytes], folder: Path, target: Path, acknowledged: list[str]) -> Cut:
    db.session.remove()
    db.engine.dispose()
    for suffix in ("", "-journal", "-wal", "-shm"):
        Path(f"{target}{suffix}").unlink(missing_ok=True)
        content = files.get(f"{folder / 'cut.db'}{suffix}")
        if content is not None and suffix != "-shm":
            Path(f"{target}{suffix}").write_bytes(content)
    try:
        with sqlite3.connect(target) as connection:
            whole = connection.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
            there = {row[0] for row in connection.execute("SELECT idempotency_key FROM fund_request_event")}
        connection.close()
        problems = checks.verify_ledger()
    except Exception:  # whatever a broken file makes the driver say
        db.session.remove()
        return Cut(corrupt=True, lost=0, problems=[])
    return Cut(corrupt=not whole, lost=len(set(acknowledged) - there), problems=problems)


def test_no_cut_loses_or_breaks_anything(files: tuple[Flask, Path, bytes, Path]) -> None:
    _app, target, before, folder = files
    operations = record(before, folder, "as shipped")
    assert sum(each.kind == "s" for each in operations) > 3 * REQUESTS, "each commit syncs journal and database"
    found = cuts(operations, before, folder, target, CUTS, seed=1)
    assert [each for each in found if each.corrupt or each.lost or each.problems] == []
    assert len(found) == CUTS


@pytest.mark.parametrize("way", ["off", "wal normal"])
def test_control_without_synced_commits_it_loses(files: tuple[Flask, Path, bytes, Path], way: str) -> None:
    _app, target, before, folder = files
    operations = record(before, folder, way)
    found = cuts(operations, before, folder, target, 15, seed=2)
    assert any(each.lost for each in found) or any(each.corrupt for each in found)
    if way == "off":
        assert any(each.corrupt or each.problems for each in found), "a cut of unsynced pages breaks the file"
    else:
        assert any(each.lost for each in found), "a commit that was not synced is forgotten"
