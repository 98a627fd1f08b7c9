"""Backups: whole, sealed, refused when damaged, and they come back."""

from __future__ import annotations

from pathlib import Path

import pytest
from flask import Flask

from core.backup import BackupFailed, make_backup, restore_backup
from core.db import db
from directory import queries
from directory.facets import Visibility
from tests.builders import NOW, make_service

PASSPHRASE = "a passphrase of the test suite, long enough"


def test_a_backup_brings_everything_back(app: Flask, tmp_path: Path) -> None:
    """What was there is there again; what came after is gone; nothing is readable in the file."""
    config = app.config["GOLDTHREAD"]
    kept = make_service(name="Kept in the backup")
    path = make_backup(config, tmp_path, passphrase=PASSPHRASE, now=NOW)
    assert b"Kept in the backup" not in path.read_bytes()
    later = make_service(name="Came later")
    db.session.remove()
    db.engine.dispose()
    restore_backup(config, path, passphrase=PASSPHRASE)
    assert queries.find_listing(kept, Visibility.PUBLIC) is not None
    assert queries.find_listing(later, Visibility.PUBLIC) is None


def test_damage_and_a_wrong_key_are_refused(app: Flask, tmp_path: Path) -> None:
    """Every flipped byte is noticed, and the database stays as it was."""
    config = app.config["GOLDTHREAD"]
    kept = make_service()
    path = make_backup(config, tmp_path, passphrase=PASSPHRASE, now=NOW)
    with pytest.raises(BackupFailed, match="another GOLDTHREAD_SECRET_KEY"):
        restore_backup(config, path, passphrase="x" * 40)
    good = path.read_bytes()
    for place in (0, 25, len(good) // 2, len(good) - 1):
        path.write_bytes(good[:place] + bytes([good[place] ^ 1]) + good[place + 1 :])
        with pytest.raises(BackupFailed):
            restore_backup(config, path, passphrase=PASSPHRASE)
    assert queries.find_listing(kept, Visibility.PUBLIC) is not None
