"""Files that people sent, sealed, under random names in the data folder; which row a file belongs to the caller knows.

Each file has a key of its own, itself sealed by the key ring: rotating the ring seals that key anew and needs not know
what the file is. A file opens only for the row that it was stored for.
"""

from __future__ import annotations

import os
import re
import secrets
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from core.config import read_data_keys
from core.crypto import CannotOpen, KeyRing, key_number, new_key, open_for_person, seal_for_person
from core.db import CANNOT_SAVE, current_config
from core.errors import NotFound, Unavailable

MARK = b"goldthread-file-1\n"
KEY_NAME = re.compile(r"[0-9a-f]{32}")
SEALED_KEY_BYTES = 5 + 12 + 32 + 16  # core.crypto's header and nonce, a key, the tag
BODY = len(MARK) + SEALED_KEY_BYTES


def files_dir() -> Path:
    """The folder of the files; a backup copies it."""
    return current_config().files_dir


def store(data: bytes, *, bound_to: str) -> str:
    """Seal and write a file, and answer its key. `bound_to` names table, column and row, like a sealed column.

    On the disk, with its folder, when this returns: call it inside the transaction that keeps the key, so that no row
    names a file that a power cut took. If the transaction then fails, a sealed file remains that nothing names.
    Raises Unavailable when the disk does not take it.
    """
    key = secrets.token_hex(16)
    own_key = new_key()
    sealed_key = _ring().seal(own_key, bound_to=f"file|key|{key}")
    body = seal_for_person(own_key, data, bound_to=_bound(key, bound_to))
    path = _path(key)
    try:
        _make_folder(path.parent)
        _write(path, MARK + sealed_key + body)
    except OSError as error:
        raise Unavailable(CANNOT_SAVE) from error
    return key


def read(key: str, *, bound_to: str) -> bytes:
    """The file's bytes. Raises NotFound when it is not there, CannotOpen when it was changed or is another row's."""
    path = _path(key)
    try:
        sealed = path.read_bytes()
    except FileNotFoundError as error:
        raise NotFound() from error
    own_key = _ring().open(_sealed_key(sealed), bound_to=f"file|key|{key}")
    return open_for_person(own_key, sealed[BODY:], bound_to=_bound(key, bound_to))


def remove(key: str) -> None:
    """Take a file off the disk; one that is gone already is no error. Call it after the row no longer names it."""
    path = _path(key)
    path.unlink(missing_ok=True)
    if path.parent.exists():
        _sync_folder(path.parent)


def list_keys() -> list[str]:
    """The keys of all stored files, in order. What no row names is left from a write that failed."""
    return sorted(path.name for path in files_dir().glob("??/*") if KEY_NAME.fullmatch(path.name))


def count_by_key() -> Counter[int]:
    """How many files each key of the ring seals."""
    return Counter(key_number(_sealed_key(head)) for _, head in _heads())


def reseal_batch(*, after: str | None = None, size: int = 100) -> tuple[int, str | None]:
    """Seal the keys of the next files under the ring's newest: how many changed, and where to go on (None: the end).

    Each file is replaced whole, so a reader sees the old or the new; what is stopped half way goes on with a next call.
    """
    ring = _ring()
    keys = [key for key in list_keys() if after is None or key > after][:size]
    changed = 0
    for key in keys:
        path = _path(key)
        try:
            sealed = path.read_bytes()
        except FileNotFoundError:  # removed meanwhile
            continue
        if key_number(_sealed_key(sealed)) == ring.newest:
            continue
        own_key = ring.open(_sealed_key(sealed), bound_to=f"file|key|{key}")
        _write(path, MARK + ring.seal(own_key, bound_to=f"file|key|{key}") + sealed[BODY:])
        changed += 1
    return changed, keys[-1] if len(keys) == size else None


def _ring() -> KeyRing:
    return KeyRing.parse(read_data_keys(current_config()))


def _bound(key: str, bound_to: str) -> str:
    return f"file|{key}|{bound_to}"


def _path(key: str) -> Path:
    if not KEY_NAME.fullmatch(key):
        raise NotFound()
    return files_dir() / key[:2] / key


def _heads() -> Iterator[tuple[str, bytes]]:
    for key in list_keys():
        with open(_path(key), "rb") as file:
            yield key, file.read(BODY)


def _sealed_key(sealed: bytes) -> bytes:
    if not sealed.startswith(MARK):
        raise CannotOpen("This is no stored file.")
    return sealed[len(MARK) : BODY]


def _make_folder(folder: Path) -> None:
    """The folder, on the disk: each new name is synced in the folder that holds it."""
    for each in (folder.parent, folder):
        if not each.exists():
            each.mkdir(parents=True, exist_ok=True, mode=0o700)
            _sync_folder(each.parent)


def _write(path: Path, data: bytes) -> None:
    """Whole or not at all, and on the disk before it returns."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.replace(fresh, path)
    except OSError:
        fresh.unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
