"""HSDS 3.1 JSON as one file of whole service objects."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from directory.exports.nested import full_items
from directory.queries import iterate_public_rows

BATCH = 200


def write_json(path: Path, *, tell: Callable[[str, int], None] | None = None) -> int:
    """Write every public service as a whole object, a list in one file; answer how many. Same data, same bytes."""
    count = 0
    batch: list[dict[str, object]] = []
    with open(path, "w", encoding="utf-8") as file:
        file.write("[")
        for row in iterate_public_rows("service"):
            batch.append(row)
            if len(batch) == BATCH:
                count = _write(file.write, batch, count)
                batch = []
                if tell is not None:
                    tell("service", count)
        count = _write(file.write, batch, count)
        file.write("\n]\n")
    return count


def _write(write: Callable[[str], object], rows: list[dict[str, object]], count: int) -> int:
    for item in full_items("service", rows):
        write(("," if count else "") + "\n" + json.dumps(item, ensure_ascii=False, sort_keys=True))
        count += 1
    return count
