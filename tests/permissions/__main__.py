"""`python -m tests.permissions` writes lines for addresses that are not in `tests/permissions/expected.csv` yet.

`--all` asks the whole site anew (some minutes); words after it name addresses or parts of them to ask anew.
"""

from __future__ import annotations

import logging
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from app import create_app
from core.config import Config
from scripts.postgres import scratch_folder
from tests.conftest import Database
from tests.permissions.asking import Asked, Asker, Key, all_requests
from tests.permissions.conftest import switches
from tests.permissions.table import FILE, VIEWERS, key_of, read_table, write_table
from tests.permissions.world import build_world


def main(arguments: Sequence[str]) -> None:
    """Build the world on SQLite, ask as each role what is asked for, write the table."""
    logging.disable(logging.CRITICAL)
    held = {} if arguments == ["--all"] or not FILE.exists() else read_table()
    with tempfile.TemporaryDirectory(dir=scratch_folder()) as folder:
        database = Database(Path(folder))
        app = create_app(Config.for_tests(data_dir=Path(folder) / "data", database_url=database.url))
        database.prepare(app)
        database.renew(app)
        words: dict[Key, str] = {}
        with app.app_context(), switches(app):
            world = build_world()
            database.keep(app, "world")
            there = all_requests(app, world)
            wanted = [asked for asked in there if _is_wanted(asked, held, arguments)]
            for role in VIEWERS:
                database.bring_back(app, "world")
                asker = Asker(app, world, role, lambda: database.bring_back(app, "world"))
                words |= {key_of(answer.asked, role): answer.word for answer in asker.ask_all(wanted)}
                asker.close()
                sys.stdout.write(f"{role}: {len(wanted)} requests\n")
                sys.stdout.flush()
    keys = [key_of(asked, role) for role in VIEWERS for asked in there]
    write_table({key: words.get(key) or held[key] for key in keys})
    sys.stdout.write(f"{FILE} is written: {len(words)} of {len(keys)} cells are new. Read its diff.\n")


def _is_wanted(asked: Asked, held: dict[Key, str], parts: Sequence[str]) -> bool:
    return any(part in asked.address for part in parts) or any(key_of(asked, role) not in held for role in VIEWERS)


if __name__ == "__main__":
    main(sys.argv[1:])
