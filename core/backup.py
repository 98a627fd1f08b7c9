"""Copies of the database and of people's files while they are in use, encrypted with a key that never lies beside them;
and back again."""

from __future__ import annotations

import contextlib
import gzip
import hashlib
import os
import shutil
import sqlite3
import subprocess
import tarfile
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from sqlalchemy import make_url

from core.config import Config

MAGIC = b"goldthread-backup-2\n"
OLD_MAGIC = b"goldthread-backup-1\n"  # the database alone, in one piece
NONCE_LENGTH = 12
PIECE = 4 * 1024 * 1024
TAG_LENGTH = 16
DATABASE, FILES = "database", "files"


class BackupFailed(Exception):
    """A backup could not be made or read. The message says why and what to do."""


def backup_key(passphrase: str) -> bytes:
    """The key of a passphrase of at least 32 characters, as `GOLDTHREAD_SECRET_KEY` is."""
    return hashlib.scrypt(passphrase.encode(), salt=b"goldthread backup", n=2**14, r=8, p=1, dklen=32)


def make_backup(config: Config, folder: Path, *, passphrase: str, now: datetime) -> Path:
    """Write one encrypted copy of the whole database and of the files that people sent; answers its path.

    Online: readers and writers go on. The copy appears whole or not at all. Raises BackupFailed.
    """
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / f"goldthread-{now.astimezone(UTC):%Y%m%dT%H%M%SZ}.backup"
    partial = target.with_suffix(".partial")
    with tempfile.TemporaryDirectory() as scratch, open(partial, "wb") as file:
        plain = Path(scratch) / DATABASE
        _copy_out(config, plain)
        sealed: Any = _SealingWriter(file, backup_key(passphrase))
        with (
            gzip.GzipFile(filename="", fileobj=sealed, mode="wb", compresslevel=6, mtime=0) as packed,
            tarfile.open(fileobj=packed, mode="w|") as archive,
        ):
            archive.add(plain, arcname=DATABASE, filter=_nobody)
            # After the database: what a row names is there. What came since is named by no row of the copy.
            for path in sorted(config.files_dir.glob("??/*")):
                with contextlib.suppress(FileNotFoundError):  # replaced or removed meanwhile
                    if not path.name.startswith("."):
                        archive.add(path, arcname=f"{FILES}/{path.parent.name}/{path.name}", filter=_nobody)
        sealed.finish()
        file.flush()
        os.fsync(file.fileno())
    os.replace(partial, target)
    return target


def restore_backup(config: Config, path: Path, *, passphrase: str) -> None:
    """Put a backup back as database and files. Those before are kept beside them as `….before-restore` (the database
    only with SQLite).

    Raises BackupFailed for a damaged copy or another key; database and files are then as they were.
    """
    config.data_dir.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=config.data_dir, prefix=".restore-") as scratch:
        _unpack(path, backup_key(passphrase), Path(scratch))
        _copy_in(config, Path(scratch) / DATABASE)
        _put_files_back(config, Path(scratch) / FILES)


def _unpack(path: Path, key: bytes, folder: Path) -> None:
    """Everything in the backup, checked to its last byte before anything is put back."""
    damaged = BackupFailed(f"{path.name} is damaged, or it was made with another GOLDTHREAD_SECRET_KEY.")
    with open(path, "rb") as file:
        magic = file.read(len(MAGIC))
        try:
            if magic == OLD_MAGIC:
                body = file.read()
                data = AESGCM(key).decrypt(body[:NONCE_LENGTH], body[NONCE_LENGTH:], OLD_MAGIC)
                (folder / DATABASE).write_bytes(gzip.decompress(data))
                return
            if magic != MAGIC:
                raise BackupFailed(f"{path.name} is no backup of this program.")
            opened: Any = _OpeningReader(file, key)
            with tarfile.open(fileobj=opened, mode="r|gz") as archive:
                # Pythons before 3.11.4 know no filter; what comes here was sealed with our own key.
                archive.extraction_filter = getattr(tarfile, "data_filter", lambda member, _path: member)
                archive.extractall(folder)  # noqa: S202 - filtered by the line above
            opened.read_to_the_end()
        except (InvalidTag, tarfile.TarError, EOFError, zlib.error) as error:
            raise damaged from error
    if not (folder / DATABASE).exists():
        raise damaged


def _put_files_back(config: Config, fresh: Path) -> None:
    fresh.mkdir(exist_ok=True)
    before = config.files_dir.with_name(f"{config.files_dir.name}.before-restore")
    if config.files_dir.exists():
        shutil.rmtree(before, ignore_errors=True)
        os.replace(config.files_dir, before)
    os.replace(fresh, config.files_dir)
    config.files_dir.chmod(0o700)


def _nobody(entry: tarfile.TarInfo) -> tarfile.TarInfo:
    """An entry without the name of who made the backup; a folder that only the owner opens."""
    entry.uid = entry.gid = 0
    entry.uname = entry.gname = ""
    entry.mode = 0o600
    return entry


class _SealingWriter:
    """Seals what is written in pieces, each bound to its place and the last one marked, so that none can be missing."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file, self._cipher, self._held, self._number = file, AESGCM(key), bytearray(), 0
        self._salt = os.urandom(NONCE_LENGTH - 5)
        file.write(MAGIC + self._salt)

    def write(self, data: bytes) -> int:
        """Take bytes; whole pieces go out."""
        self._held += data
        while len(self._held) > PIECE:
            self._put(bytes(self._held[:PIECE]), is_last=False)
            del self._held[:PIECE]
        return len(data)

    def flush(self) -> None:
        """Nothing: a piece goes out when it is whole."""

    def finish(self) -> None:
        """Write the last piece."""
        self._put(bytes(self._held), is_last=True)

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._salt, self._number, is_last=is_last), piece, MAGIC))
        self._number += 1


class _OpeningReader:
    """Reads what `_SealingWriter` wrote. Raises InvalidTag at the first piece that was changed, moved or cut off."""

    def __init__(self, file: BinaryIO, key: bytes) -> None:
        self._file, self._cipher, self._held, self._number = file, AESGCM(key), b"", 0
        self._salt = file.read(NONCE_LENGTH - 5)
        self._next = file.read(PIECE + TAG_LENGTH)
        self._is_done = False

    def read(self, size: int) -> bytes:
        """At most `size` bytes; empty at the end."""
        while len(self._held) < size and not self._is_done:
            self._held += self._piece()
        given, self._held = self._held[:size], self._held[size:]
        return given

    def read_to_the_end(self) -> None:
        """Check the pieces that the archive did not ask for."""
        while not self._is_done:
            self._piece()

    def _piece(self) -> bytes:
        piece, self._next = self._next, self._file.read(PIECE + TAG_LENGTH)
        self._is_done = not self._next
        nonce = _nonce(self._salt, self._number, is_last=self._is_done)
        self._number += 1
        return self._cipher.decrypt(nonce, piece, MAGIC)


def _nonce(salt: bytes, number: int, *, is_last: bool) -> bytes:
    return salt + number.to_bytes(4, "big") + bytes([is_last])


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
