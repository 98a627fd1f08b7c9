"""A segment on disk: written under a temporary name, checked by a manifest, published by an atomic rename.

What a crash leaves is the old segment or the new one; what is damaged is noticed by its checksum. Files hold arrays
(`.npy`, never pickled), text and JSON. Which documents go in is decided in `live.py`.
"""

from __future__ import annotations

import fcntl
import hashlib
import json
import mmap
import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from directory.search.columns import BIT_NAMES, Columns, Labels
from directory.search.postings import FIELD_WEIGHTS, USUAL_LENGTHS, Postings, Tokens
from directory.search.segment import Blobs, Segment, Words, named
from directory.search.suggestions import Suggestions

FORMAT = 4
CURRENT = "CURRENT"
MANIFEST = "manifest.json"
PREFIX = "segment-"
BLOCK = 1 << 20

_LISTS = ("zones", "term_names", "area_names", "stems", "words")
_IDS = ("listing_ids", "service_ids", "location_ids")
_SCALARS = ("count", "tail", "service_count", "first_band")
_POSTINGS = tuple(field.name for field in fields(Postings))


class Damaged(Exception):
    """A segment's files are missing, of another format, or not as they were written."""


@dataclass(frozen=True, slots=True)
class Position:
    """How far in the change feed a segment's documents are: everything up to `floor`, and `seen` beyond it."""

    floor: int
    seen: tuple[tuple[int, str], ...] = ()


@contextmanager
def build_lock(folder: Path) -> Iterator[None]:
    """Only one process builds at a time; the others wait here. Released when the process ends, however."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("a") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def current_name(folder: Path) -> str | None:
    """The published segment's name, None when there is none."""
    try:
        return (folder / CURRENT).read_text(encoding="ascii").strip() or None
    except (FileNotFoundError, NotADirectoryError, UnicodeDecodeError):
        return None


def publish(folder: Path, segment: Segment, position: Position) -> str:
    """Write a segment and make it the current one. Older ones are removed; who maps them keeps them until closed."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    name = f"{PREFIX}{position.floor:012d}-{secrets.token_hex(4)}"
    temporary = folder / f"{name}.tmp"
    temporary.mkdir(mode=0o700)
    try:
        _write(temporary, segment, position)
        temporary.rename(folder / name)
    except BaseException:
        shutil.rmtree(temporary, ignore_errors=True)
        raise
    _sync_folder(folder)
    pointer = folder / f"{CURRENT}.{secrets.token_hex(4)}.tmp"
    _write_file(pointer, name.encode("ascii"))
    pointer.rename(folder / CURRENT)
    _sync_folder(folder)
    _remove_others(folder, name)
    return name


def erase(folder: Path) -> None:
    """Remove the published segment and every other one. Does nothing where there is no index."""
    if not folder.exists():
        return
    with build_lock(folder):
        (folder / CURRENT).unlink(missing_ok=True)
        _sync_folder(folder)
        _remove_others(folder, "")


def open_segment(folder: Path, name: str) -> tuple[Segment, Position]:
    """The segment of a name, its files mapped. Raises Damaged when anything differs from its manifest."""
    place = folder / Path(name).name
    try:
        manifest = json.loads((place / MANIFEST).read_bytes())
        if manifest["layout"] != _layout():
            raise Damaged("The index was written by another version.")
        _verify(place, manifest["files"])
        position = Position(manifest["floor"], tuple((int(seq), str(one)) for seq, one in manifest["seen"]))
        return _read(place, manifest), position
    except Damaged:
        raise
    except (OSError, ValueError, KeyError, TypeError, IndexError) as error:
        raise Damaged(f"The index cannot be read: {error}") from error


def _layout() -> str:
    """What the meaning of the bytes depends on: a change of it makes old files unreadable."""
    told = json.dumps([FORMAT, BIT_NAMES, FIELD_WEIGHTS, USUAL_LENGTHS])
    return hashlib.sha256(told.encode()).hexdigest()


def _write(place: Path, segment: Segment, position: Position) -> None:
    sums: dict[str, list[Any]] = {}
    for name, values in _arrays(segment):
        path = place / f"{name}.npy"
        with path.open("wb") as file:
            np.save(file, values, allow_pickle=False)
            file.flush()
            os.fsync(file.fileno())
        sums[path.name] = _sum(path)
    for name, content in _contents(segment):
        path = place / name
        _write_file(path, content)
        sums[name] = _sum(path)
    columns = segment.columns
    manifest = {
        "layout": _layout(), "files": sums, "floor": position.floor, "seen": position.seen,
        **{name: getattr(columns, name) for name in _SCALARS},
    }  # fmt: skip
    _write_file(place / MANIFEST, json.dumps(manifest).encode())
    _sync_folder(place)


def _arrays(segment: Segment) -> Iterator[tuple[str, npt.NDArray[Any]]]:
    columns = segment.columns
    for field in fields(Columns):
        value = getattr(columns, field.name)
        if isinstance(value, np.ndarray):
            yield f"column-{field.name}", value
    for kind, labels in (("terms", columns.term_labels), ("areas", columns.areas)):
        yield f"{kind}-label", labels.label
        yield f"{kind}-document", labels.document
        yield f"{kind}-bounds", labels.bounds if labels.bounds is not None else np.zeros(1, np.int64)
    for name in _IDS:
        yield name, np.array([value.encode() if isinstance(value, str) else value for value in getattr(columns, name)]
                             or [b""], np.bytes_)  # fmt: skip
    for name in _POSTINGS:
        yield f"postings-{name}", getattr(segment.postings, name)
    yield "token-stream", segment.tokens.stream
    yield "token-starts", segment.tokens.starts
    yield "token-lengths", segment.tokens.lengths
    yield "word-frequency", segment.words.frequency
    yield "word-stem", segment.words.stem
    yield "word-deletion-hash", segment.words.deletion_hash
    yield "word-deletion-word", segment.words.deletion_word
    yield "suggestion-weights", segment.suggestions.weights
    yield "suggestion-bounds", _bounds(segment.suggestions.entries)
    yield "note-bounds", _bounds(columns.notes)


def _contents(segment: Segment) -> Iterator[tuple[str, bytes]]:
    columns = segment.columns
    lists: dict[str, Sequence[str]] = {
        "zones": columns.zones, "term_names": list(columns.term_names), "area_names": list(columns.areas.names),
        "stems": list(segment.stems), "words": list(segment.words.list),
    }  # fmt: skip
    for name, values in lists.items():
        yield f"{name}.json", json.dumps(values, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
    yield "notes.bin", b"".join(columns.notes)
    yield "suggestions.bin", b"".join(segment.suggestions.entries)


def _read(place: Path, manifest: dict[str, Any]) -> Segment:
    def load(name: str) -> npt.NDArray[Any]:
        # A plain view of the map: numpy's own memmap class makes each slice several times slower.
        return np.load(place / f"{name}.npy", mmap_mode="r", allow_pickle=False).view(np.ndarray)

    lists = {name: json.loads((place / f"{name}.json").read_bytes()) for name in _LISTS}
    terms = Labels(named(lists["term_names"]), load("terms-label"), load("terms-document"), load("terms-bounds"))
    areas = Labels(named(lists["area_names"]), load("areas-label"), load("areas-document"), load("areas-bounds"))
    arrays: dict[str, Any] = {
        field.name: load(f"column-{field.name}")
        for field in fields(Columns)
        if f"column-{field.name}.npy" in manifest["files"]
    }
    arrays |= {name: manifest[name] for name in _SCALARS} | {name: load(name) for name in _IDS}
    columns = Columns(
        **arrays,
        term_labels=terms, areas=areas, zones=tuple(lists["zones"]), term_names=lists["term_names"],
        notes=Blobs(_map(place / "notes.bin"), load("note-bounds")),
    )  # fmt: skip
    words = Words(
        lists["words"], load("word-frequency"), load("word-stem"), load("word-deletion-hash"),
        load("word-deletion-word"),
    )  # fmt: skip
    return Segment(
        columns,
        Postings(**{name: load(f"postings-{name}") for name in _POSTINGS}),
        {stem: number + 1 for number, stem in enumerate(lists["stems"])},
        words,
        Tokens(load("token-stream"), load("token-starts"), load("token-lengths")),
        Suggestions(Blobs(_map(place / "suggestions.bin"), load("suggestion-bounds")), load("suggestion-weights")),
    )


def _bounds(values: Sequence[bytes]) -> npt.NDArray[np.int64]:
    return np.concatenate([[0], np.cumsum([len(value) for value in values])]).astype(np.int64)


def _map(path: Path) -> bytes | mmap.mmap:
    if not path.stat().st_size:
        return b""
    with path.open("rb") as file:
        return mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)


def _verify(place: Path, sums: dict[str, list[Any]]) -> None:
    for name, known in sums.items():
        if _sum(place / Path(name).name) != known:
            raise Damaged(f"The file {name} of the index is damaged.")


def _sum(path: Path) -> list[Any]:
    """Size and checksum of a file."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            digest.update(block)
    return [path.stat().st_size, digest.hexdigest()]


def _write_file(path: Path, content: bytes) -> None:
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _remove_others(folder: Path, name: str) -> None:
    """Remove segments that are not current and what a crash left half written."""
    for path in folder.iterdir():
        if path.name.startswith(PREFIX) and path.name != name:
            shutil.rmtree(path, ignore_errors=True)
        elif path.name.startswith(f"{CURRENT}.") and path.name.endswith(".tmp"):
            path.unlink(missing_ok=True)
