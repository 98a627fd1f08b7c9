"""`flask directory import`: what it prints, its report file, its exit codes, and a kill in the middle."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from audit.models import AuditEvent
from core.db import db
from directory.models import Service
from directory.queries import count_rows

ROOT = Path(__file__).resolve().parents[3]


def run(app: Flask, *words: str | Path) -> Any:
    """The command's result."""
    result = app.test_cli_runner().invoke(args=["directory", "import", *map(str, words)])
    db.session.rollback()
    return result


def test_it_imports_prints_the_report_and_writes_it(app: Flask, write_feed: Any, tmp_path: Path) -> None:
    report = tmp_path / "report.json"

    result = run(app, write_feed(), "--source", "County feed", "--report", report)

    assert result.exit_code == 0, result.output
    assert "County feed" in result.output and "service " in result.output
    told = json.loads(report.read_text("utf-8"))
    assert told["tables"]["service"] == {
        "read": 1, "added": 1, "changed": 0, "unchanged": 0, "retired": 0, "refused": 0, "merged": 0,
    }  # fmt: skip
    assert told["dry_run"] is False
    assert all(
        {"file", "row", "field", "old", "new", "code", "sentence"} <= change.keys() for change in told["changes"]
    )
    again = run(app, write_feed(), "--source", "County feed")
    assert "0 changes since the last import" in again.output


def test_a_dry_run_changes_nothing(app: Flask, write_feed: Any) -> None:
    result = run(app, write_feed(), "--dry-run")

    assert result.exit_code == 0
    assert "nothing was written" in result.output
    assert count_rows()["service"] == 0
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == 0


def test_a_stop_says_why_and_exits_with_one(app: Flask, write_feed: Any) -> None:
    broken = {"service_at_location.csv": "id,service_id,location_id\nx1,s1,l1\nx2,s9,l1\n"}

    result = run(app, write_feed(broken), "--strict")

    assert result.exit_code == 1
    assert "STOPPED" in result.output and "--strict" in result.output
    assert count_rows()["service"] == 0


@pytest.mark.parametrize("words", [("no-such-folder",), ("feed", "--mapping", "no-such.toml")])
def test_what_cannot_be_opened_is_said_in_a_sentence(words: tuple[str, ...], app: Flask, write_feed: Any) -> None:
    folder = write_feed()

    result = run(app, *(str(folder) if word == "feed" else word for word in words))

    assert result.exit_code == 1
    assert "Error: There is no" in result.output
    assert "Traceback" not in result.output


def test_a_report_that_cannot_be_written_is_told_before_anything_is_imported(
    app: Flask, write_feed: Any, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")

    result = run(app, write_feed(), "--report", tmp_path / "file" / "report.json")

    assert result.exit_code == 1
    assert "The report cannot be written" in result.output and "Nothing was imported" in result.output
    assert count_rows()["service"] == 0


def test_a_folder_is_no_mapping(app: Flask, write_feed: Any, tmp_path: Path) -> None:
    result = run(app, write_feed(), "--mapping", tmp_path)

    assert result.exit_code == 1 and "is no file that can be read" in result.output


def test_inactive_services_are_loaded_hidden_and_the_way_to_show_them_told(app: Flask, write_feed: Any) -> None:
    sleeping = {"services.csv": "id,organization_id,name,status\ns1,o1,Food pantry,inactive\n"}

    result = run(app, write_feed(sleeping))

    assert result.exit_code == 0
    assert "1 of 1 services are inactive" in result.output and "--show-inactive" in result.output
    assert count_rows(public_only=True)["service"] == 0
    assert run(app, write_feed(sleeping), "--show-inactive").exit_code == 0
    assert count_rows(public_only=True)["service"] == 1


def test_a_mapping_stays_with_its_source(app: Flask, tmp_path: Path) -> None:
    flat, mapping = tmp_path / "list.csv", tmp_path / "map.toml"
    flat.write_text("agency,program\nHudson Kitchen,Food pantry\n")
    mapping.write_text('row = "service"\norganization.name = "agency"\nservice.name = "program"\n')
    assert run(app, flat, "--source", "List", "--mapping", mapping).exit_code == 0
    flat.write_text("agency,program\nHudson Kitchen,Food pantry\nHudson Kitchen,Coats\n")

    result = run(app, flat, "--source", "List")

    assert result.exit_code == 0, result.output
    assert set(db.session.scalars(select(Service.name))) == {"Food pantry", "Coats"}


KILLED = """
import os, signal, sys
from pathlib import Path
from app import create_app
from core.identity import system_identity
from directory import imports
from directory.actions import apply_feed, feeds

real = getattr(feeds, sys.argv[2])

def kill(*args, **kwargs):
    real(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(feeds, sys.argv[2], kill)
with create_app().app_context():
    plan = imports.compare(imports.read(Path(sys.argv[1])), "Test feed")
    apply_feed(system_identity("import"), plan=plan, file_name="feed")
"""


@pytest.mark.parametrize("where", ["_insert", "_note_run"])
def test_a_kill_in_the_middle_leaves_the_site_as_it_was(
    where: str, app: Flask, write_feed: Any, import_feed: Any, tmp_path: Path
) -> None:
    import_feed(write_feed())
    before = count_rows()
    more = "id,organization_id,name,status\n" + "".join(f"s{n},o1,Service {n},active\n" for n in range(1, 400))
    feed = write_feed({"services.csv": more})
    db.session.remove()
    settings = {
        **os.environ,
        "GOLDTHREAD_DATABASE_URL": app.config["GOLDTHREAD"].database_url,
        "GOLDTHREAD_DATA_DIR": str(tmp_path / "data"),
        "PYTHONPATH": str(ROOT),
    }

    child = subprocess.run(
        [sys.executable, "-c", KILLED, str(feed), where], env=settings, cwd=ROOT, capture_output=True, timeout=120
    )

    assert child.returncode == -signal.SIGKILL, child.stderr.decode()
    assert count_rows() == before
    assert db.session.scalars(select(Service.name)).one() == "Food pantry"
    assert import_feed(feed).counts["service"].added == 398
