"""Approves requests one after another and says after each commit that it is done; a test records its writes.

    python -m tests.funds.power.writer DATABASE FOLDER WAY

WAY is "as shipped", or a control: "off" (nothing is synced), "wal normal" (a commit is not synced).
"""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path
from typing import Any
from uuid import uuid4

from sqlalchemy import event

from app import create_app
from core.config import Config
from core.db import db
from funds.actions import approving
from tests.builders import NOW

CONTROLS = {
    "as shipped": (),
    "off": ("synchronous=OFF",),
    "wal normal": ("journal_mode=WAL", "synchronous=NORMAL"),
}


def main(database: str, folder: str, way: str) -> None:
    """Approve everything that waits."""
    app = create_app(Config.for_tests(data_dir=Path(folder) / "data", database_url=f"sqlite:///{database}"))
    world, requests = pickle.loads((Path(folder) / "world.pickle").read_bytes())  # our own file
    acknowledged = os.open(f"{database}.acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    with app.app_context():

        def change(connection: Any, _record: object) -> None:
            for pragma in CONTROLS[way]:
                connection.execute(f"PRAGMA {pragma}")

        event.listen(db.engine, "connect", change)
        for request_id, version in requests:
            key = uuid4().hex
            approving.approve_request(world.fay, request_id=request_id, row_version=version, key=key, now=NOW)
            os.write(acknowledged, f"{key}\n".encode())


if __name__ == "__main__":
    main(*sys.argv[1:])
