"""The whole demo for sites of their own, loaded once for a run of tests: a folder with SQLite's file, to copy.

Loading it takes most of a minute of one core. Processes wait for the one that loads; a folder of other code or of more
than an hour ago is not used, since the demo's clocks count from the moment that it was loaded.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
import time
from pathlib import Path
from typing import Final

from flask_migrate import upgrade
from flask_security import hash_password

from app import create_app
from core.config import Config
from core.db import db
from directory.search import reindex
from seeds.load import load_demo

ROOT: Final = Path(__file__).resolve().parent.parent
CODE: Final = ("accounts", "audit", "care", "core", "directory", "funds", "migrations", "seeds")
STILL_NEW_S: Final = 3600


def copy_demo(folder: Path) -> None:
    """Put the loaded demo into a folder, as `Config.for_tests(data_dir=folder)` reads it."""
    shutil.copytree(_loaded(), folder, dirs_exist_ok=True)


def _loaded() -> Path:
    place = Path(tempfile.gettempdir()) / f"goldthread-demo-{os.getuid()}-{_digest_of_code()}"
    with place.with_name(f"goldthread-demo-{os.getuid()}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for each in place.parent.glob(f"goldthread-demo-{os.getuid()}-*"):
            if time.time() - each.stat().st_mtime > STILL_NEW_S:
                shutil.rmtree(each)
        if not place.exists():
            made = Path(tempfile.mkdtemp(prefix="goldthread-demo-"))
            _load(made)
            made.rename(place)
    return place


def _load(folder: Path) -> None:
    app = create_app(Config.for_tests(data_dir=folder))
    with app.app_context():
        upgrade()
        load_demo(hash_password=hash_password)
        reindex()
        db.session.remove()
        db.engine.dispose()


def _digest_of_code() -> str:
    digest = hashlib.sha256()
    for name in CODE:
        path = ROOT / name
        for each in sorted(path.rglob("*")) if path.is_dir() else [path]:
            if each.suffix in {".py", ".toml", ".csv"}:
                digest.update(f"{each.relative_to(ROOT)} {each.stat().st_mtime_ns} {each.stat().st_size}\n".encode())
    return digest.hexdigest()[:16]
