"""Makes the site ready to be served with demo data: database, invented data, index, made files.

One process for all of it, since starting the program costs seconds. Each step alone: `flask --app app db upgrade`,
`flask --app app seed demo`, `flask --app app directory reindex`, `python -m scripts.build`.
"""

from __future__ import annotations

import sys

from flask import Flask
from flask.cli import ScriptInfo
from flask_migrate import upgrade

from app import create_app
from core.config import BadSetting
from scripts import build


def main() -> int:
    """Every step in order; changes nothing the second time. Answers the code of the first step that failed."""
    try:
        app = create_app()
    except BadSetting as error:
        print(error, file=sys.stderr)
        return 1
    print("Bringing the database up to date", flush=True)
    with app.app_context():
        upgrade()
    print("Filling in the demo data where it is missing", flush=True)
    if code := run_command(app, "seed", "demo"):
        return code
    if not has_index(app):
        print("Building the search index", flush=True)
        if code := run_command(app, "directory", "reindex"):
            return code
    build.main()
    print()
    return run_command(app, "seed", "sign-ins")


def run_command(app: Flask, *words: str) -> int:
    """Run one of the program's own commands in this process; answers its exit code."""
    try:
        app.cli.main(list(words), prog_name="flask --app app", obj=ScriptInfo(create_app=lambda: app))
    except SystemExit as stop:
        return stop.code if isinstance(stop.code, int) else int(stop.code is not None)


def has_index(app: Flask) -> bool:
    """True when a search index stands in the data folder; the site keeps it up to date by itself."""
    folder = app.config["GOLDTHREAD"].index_dir
    return folder.is_dir() and any(folder.iterdir())


if __name__ == "__main__":
    raise SystemExit(main())
