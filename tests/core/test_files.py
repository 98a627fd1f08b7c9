"""Stored files: sealed, under random names, opened for their row alone, on the disk before the row, in each backup."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from flask import Flask

from care.actions import keys
from core import config as settings
from core import files
from core.backup import BackupFailed, make_backup, restore_backup
from core.crypto import CannotOpen
from core.db import current_config, db
from core.errors import NotFound, Unavailable
from tests.builders import NOW, make_service
from tests.care.events import events_of
from tests.cast import CAL, identity_for

PASSPHRASE = "a passphrase of the test suite, long enough"
CANARY = b"CANARY-RECEIPT " * 1000
ROW = "agreement|document|1"


def test_a_file_comes_back_for_its_row_alone(app: Flask) -> None:
    key = files.store(CANARY, bound_to=ROW)
    other = files.store(b"another", bound_to="agreement|document|2")
    assert files.read(key, bound_to=ROW) == CANARY
    with pytest.raises(CannotOpen):
        files.read(other, bound_to=ROW)
    assert files.list_keys() == sorted([key, other])
    files.remove(key)
    files.remove(key)
    with pytest.raises(NotFound):
        files.read(key, bound_to=ROW)


@pytest.mark.parametrize("key", ["", "../../keys/secret_key", "A" * 32, "a" * 31, "a" * 32])
def test_no_other_path_is_read(app: Flask, key: str) -> None:
    with pytest.raises(NotFound):
        files.read(key, bound_to=ROW)


def test_nothing_of_a_file_is_readable_on_the_disk(app: Flask) -> None:
    files.store(CANARY, bound_to=ROW)
    paths = [path for path in files.files_dir().rglob("*") if path.is_file()]
    assert len(paths) == 1
    assert b"CANARY" in CANARY and b"CANARY" not in paths[0].read_bytes()
    assert paths[0].stat().st_mode & 0o777 == 0o600
    assert files.files_dir().stat().st_mode & 0o777 == 0o700
    assert "static" not in paths[0].parts


def test_a_file_that_was_changed_or_moved_does_not_open(app: Flask) -> None:
    key, other = files.store(CANARY, bound_to=ROW), files.store(CANARY, bound_to=ROW)
    path, elsewhere = (files.files_dir() / each[:2] / each for each in (key, other))
    good = path.read_bytes()
    for place in (0, 20, 40, 100, len(good) - 1):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(CannotOpen):
            files.read(key, bound_to=ROW)
    elsewhere.write_bytes(good)
    with pytest.raises(CannotOpen):
        files.read(other, bound_to=ROW)
    path.write_bytes(good)
    assert files.read(key, bound_to=ROW) == CANARY  # control


def test_file_and_folders_are_synced_before_the_caller_goes_on(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order that a power cut asks for: the file, then its name, then the folder that holds the name."""
    deeds: list[str] = []
    sync, replace = os.fsync, os.replace

    def watched_sync(handle: int) -> None:
        deeds.append("folder" if os.path.isdir(f"/proc/self/fd/{handle}") else "file")
        sync(handle)

    def watched_replace(*paths: Path) -> None:
        deeds.append("name")
        replace(*paths)

    monkeypatch.setattr("core.files.os.fsync", watched_sync)
    monkeypatch.setattr("core.files.os.replace", watched_replace)
    files.store(CANARY, bound_to=ROW)
    assert deeds[-3:] == ["file", "name", "folder"]


def test_a_full_disk_leaves_nothing_half_written(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("core.files.os.fsync", full)
    with pytest.raises(Unavailable, match="could not be saved"):
        files.store(CANARY, bound_to=ROW)
    assert [path for path in files.files_dir().rglob("*") if path.is_file()] == []


def test_files_are_sealed_anew_while_the_site_runs(app: Flask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    held = tmp_path / "data_keys"
    held.write_text(current_config().data_keys)
    live = settings._replace(current_config(), data_keys=f"@{held}")
    for place in ("care.vault", "care.actions.keys", "core.files"):
        monkeypatch.setattr(f"{place}.current_config", lambda: live)
    stored = [files.store(CANARY, bound_to=ROW) for _ in range(5)]
    command = identity_for(CAL)
    keys.add_key(command, now=NOW)
    assert keys.count_files_by_key() == {1: 5, 2: 0}
    changed, after = keys.reseal_files(command, size=2, now=NOW)  # stopped half way
    assert (changed, keys.count_files_by_key()) == (2, {1: 3, 2: 2})
    files.store(CANARY, bound_to=ROW)
    while after is not None:
        _, after = keys.reseal_files(command, after=after, size=2, now=NOW)
    keys.reseal_files(command, now=NOW)
    assert keys.count_files_by_key() == {1: 0, 2: 6}
    held.chmod(0o600)
    held.write_text(held.read_text().split(",")[1])  # the old key is no longer needed
    assert [files.read(key, bound_to=ROW) for key in stored] == [CANARY] * 5
    assert sum(event.get("files", 0) for event in events_of("keys:rotated")) == 5


def test_a_backup_brings_files_back_too(app: Flask, tmp_path: Path) -> None:
    config = current_config()
    make_service()
    large = os.urandom(9_000_000)  # more than two pieces of the backup
    kept, big = files.store(CANARY, bound_to=ROW), files.store(large, bound_to=ROW)
    path = make_backup(config, tmp_path, passphrase=PASSPHRASE, now=NOW)
    files.remove(kept)
    later = files.store(b"later", bound_to=ROW)
    db.session.remove()
    db.engine.dispose()
    good = path.read_bytes()
    for bad in (good[:-1], good[: -(len(good) // 3)], good[: 4 * 1024 * 1024 + 42], good[:100] + b"x" + good[101:]):
        path.write_bytes(bad)
        with pytest.raises(BackupFailed, match="damaged"):
            restore_backup(config, path, passphrase=PASSPHRASE)
    assert files.read(later, bound_to=ROW) == b"later"
    path.write_bytes(good)
    restore_backup(config, path, passphrase=PASSPHRASE)
    assert files.list_keys() == sorted([kept, big])
    assert (files.read(kept, bound_to=ROW), files.read(big, bound_to=ROW)) == (CANARY, large)
    assert files.files_dir().stat().st_mode & 0o777 == 0o700
    assert [each for each in config.data_dir.iterdir() if each.name.startswith(".restore-")] == []
