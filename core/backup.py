"""Copies of the database while it is in use, encrypted with a key that never lies beside them; and back again."""

from __future__ import annotations

import gzip
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import make_url

from core.config import Config

MAGIC = b"goldthread-backup-1\n"
NONCE_LENGTH = 12


class BackupFailed(Exception):
    """A backup could not be made or read. The message says why and what to do."""


def backup_key(passphrase: str) -> bytes:
    """The key of a passphrase of at least 32 characters, as `GOLDTHREAD_SECRET_KEY` is."""
    return hashlib.scrypt(passphrase.encode(), salt=b"goldthread backup", n=2**14, r=8, p=1, dklen=32)


def make_backup(config: Config, folder: Path, *, passphrase: str, now: datetime) -> Path:
    """Write one encrypted copy of the whole database into `folder` and answer its path.

    Online: readers and writers go on. The file appears whole or not at all. Raises BackupFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "database"
        _copy_out(config, plain)
        data = gzip.compress(plain.read_bytes(), mtime=0)
    nonce = os.urandom(NONCE_LENGTH)
    sealed = MAGIC + nonce + AESGCM(backup_key(passphrase)).encrypt(nonce, data, MAGIC)
    target = folder / f"goldthread-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"
    partial = target.with_suffix(".partial")
    with open(partial, "wb") as file:
        file.write(sealed)
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, target)
    return target


def restore_backup(config: Config, path: Path, *, passphrase: str) -> None:
    """Put a backup back as the database. The one before is kept beside it as `….before-restore` (SQLite).

    Raises BackupFailed for a damaged file or another key; the database is then as it was.
    """
    sealed = path.read_bytes()
    if not sealed.startswith(MAGIC):
        raise BackupFailed(f"{path.name} is no backup of this program.")
    body = sealed[len(MAGIC) :]
    try:
        data = AESGCM(backup_key(passphrase)).decrypt(body[:NONCE_LENGTH], body[NONCE_LENGTH:], MAGIC)
    except InvalidTag as error:
        raise BackupFailed(f"{path.name} is damaged, or it was made with another GOLDTHREAD_SECRET_KEY.") from error
    with tempfile.TemporaryDirectory() as scratch:
        plain = Path(scratch) / "database"
        plain.write_bytes(gzip.decompress(data))
        _copy_in(config, plain)


def _copy_out(config: Config, target: Path) -> None:
    url = make_url(config.database_url)
    if url.get_backend_name() == "sqlite":
        if not Path(url.database or "").exists():
            raise BackupFailed("There is no database yet: run `flask --app app db upgrade`.")
        source, copy = sqlite3.connect(f"file:{url.database}?mode=ro", uri=True), sqlite3.connect(target)
        try:
            source.backup(copy)
        finally:
            source.close()
            copy.close()
        return
    _run("pg_dump", config, "--format=custom", f"--file={target}")


def _copy_in(config: Config, source: Path) -> None:
    url = make_url(config.database_url)
    if url.get_backend_name() == "sqlite":
        database = Path(url.database or "")
        if database.exists():
            shutil.copy2(database, database.with_suffix(".before-restore"))
        for leftover in (Path(f"{database}-journal"), Path(f"{database}-wal"), Path(f"{database}-shm")):
            leftover.unlink(missing_ok=True)
        fresh = database.with_suffix(".restoring")
        shutil.copyfile(source, fresh)
        os.replace(fresh, database)
        return
    _run(
        "pg_restore",
        config,
        "--clean",
        "--if-exists",
        "--single-transaction",
        "--no-owner",
        "--dbname",
        "",
        str(source),
    )


def _run(program: str, config: Config, *arguments: str) -> None:
    """Run a PostgreSQL tool on the configured database; the password goes by the environment, not by arguments."""
    url = make_url(config.database_url).set(drivername="postgresql")
    plain = url.set(password=None).render_as_string()
    found = shutil.which(program)
    if found is None:
        raise BackupFailed(f"{program} is not installed: it comes with PostgreSQL's client programs.")
    words = [plain if word == "" else word for word in arguments]
    if program == "pg_dump":
        words.append(f"--dbname={plain}")
    environment = os.environ | ({"PGPASSWORD": str(url.password)} if url.password else {})
    done = subprocess.run([found, *words], env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackupFailed(
            f"{program} failed: {done.stderr.strip().splitlines()[-1] if done.stderr else 'no reason given'}"
        )
