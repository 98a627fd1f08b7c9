"""A disk as it may stand after the power went: what was synced is there, of the rest anything may be missing or torn.

A name that was made or unlinked counts once its folder was synced (security.md, power-cut harness).
"""

from __future__ import annotations

import random
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NamedTuple

HEAD: Final = struct.Struct("<cqqH")
SECTOR: Final = 512


class Operation(NamedTuple):
    """One thing that was done to a file: (c)reated, (o)pened, (w)ritten, (t)runcated, (s)ynced, (u)nlinked."""

    kind: str
    name: str
    offset: int
    data: bytes


def read_log(path: Path) -> Iterator[Operation]:
    """What record.c wrote down, in its order."""
    content = path.read_bytes()
    at = 0
    while at < len(content):
        kind, offset, length, size = HEAD.unpack_from(content, at)
        at += HEAD.size
        name = content[at : at + size].decode()
        at += size
        data = b""
        if kind == b"w":
            data = content[at : at + length]
            at += length
        yield Operation(kind.decode(), name, offset, data)


@dataclass
class Disk:
    """Files as they are surely kept, and what was done since their last sync."""

    folder: str
    kept: dict[str, bytearray] = field(default_factory=dict)
    waiting: dict[str, list[Operation]] = field(default_factory=dict)
    names: list[Operation] = field(default_factory=list)  # made or unlinked since the folder was synced

    def do(self, operation: Operation) -> None:
        """Take one operation in."""
        kind, name = operation.kind, operation.name
        if name == self.folder:
            if kind == "s":
                self.names.clear()
            return
        if kind == "c" and name not in self.kept:
            self.kept[name] = bytearray()
            self.waiting[name] = []
            self.names.append(operation)
        elif kind == "u":
            self.names.append(operation)
        elif kind in "wt":
            self.waiting.setdefault(name, []).append(operation)
        elif kind == "s":
            content = self.kept.setdefault(name, bytearray())
            for each in self.waiting.get(name, []):
                _apply(content, each)
            self.waiting[name] = []

    def cut(self, choice: random.Random) -> dict[str, bytes]:
        """The files as the power leaves them: of what was not synced nothing, a random part, or a torn part."""
        way = choice.choice(("nothing", "part", "torn", "all"))
        found: dict[str, bytes] = {}
        for name, kept in self.kept.items():
            content = bytearray(kept)
            for operation in self.waiting.get(name, []):
                if way == "nothing" or (way != "all" and choice.random() < 0.5):
                    continue
                if way == "torn" and operation.kind == "w":
                    operation = _torn(operation, choice)
                _apply(content, operation)
            found[name] = bytes(content)
        for operation in self.names:
            counts = way == "all" or (way != "nothing" and choice.random() < 0.5)
            if (operation.kind == "c") != counts:
                found.pop(operation.name, None)
        return found


def _apply(content: bytearray, operation: Operation) -> None:
    if operation.kind == "t":
        if operation.offset <= len(content):
            del content[operation.offset :]
        else:
            content.extend(bytes(operation.offset - len(content)))
        return
    end = operation.offset + len(operation.data)
    if len(content) < end:
        content.extend(bytes(end - len(content)))
    content[operation.offset : end] = operation.data


def _torn(operation: Operation, choice: random.Random) -> Operation:
    sectors = len(operation.data) // SECTOR
    return operation._replace(data=operation.data[: choice.randint(0, sectors) * SECTOR])
