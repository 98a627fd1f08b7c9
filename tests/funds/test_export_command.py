"""`flask funds export`: the file, its manifest, its event, and what it says when something is unknown."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from audit.queries import list_events
from core.db import db
from core.errors import NotAllowed
from core.identity import VISITOR
from funds.actions.exporting import record_export
from tests.care.people import user_of
from tests.cast import ADA, CAL
from tests.funds.books import make_approved, make_world


def run(app: Flask, *words: str) -> Any:
    """The command's answer."""
    return app.test_cli_runner().invoke(args=["funds", "export", *words])


def exported() -> list[dict[str, Any]]:
    """The details of the events of exports, newest first."""
    found, _total = list_events(page=1, kind="fund:exported")
    db.session.rollback()
    return [event.record["details"] for event in found]


@pytest.mark.parametrize("option", ["--output", "--out"])
def test_the_file_its_manifest_and_its_event(app: Flask, tmp_path: Path, option: str) -> None:
    make_approved(make_world())
    path = tmp_path / "books.csv"
    done = run(app, "--format", "csv", option, str(path), "--year", "2026", "--fund", "SDF", "--to", "2026-12-31")
    assert done.exit_code == 0, done.output
    assert sorted(each.name for each in tmp_path.iterdir()) == [
        "books-requests.csv", "books.csv", "books.csv.manifest.json",
    ]  # fmt: skip
    manifest = json.loads((tmp_path / "books.csv.manifest.json").read_text())
    assert manifest["filter"] == {"fund": "SDF", "year": "2026", "to": "2026-12-31"}
    (details,) = exported()
    assert details["filter"] == manifest["filter"]
    assert details["sha256"] == manifest["files"]
    assert (details["rows"], details["control_total_cents"]) == (manifest["rows"], manifest["control_total_cents"])
    assert f"Wrote {manifest['rows']} transfers, {manifest['control_total']} in all" in done.output


@pytest.mark.parametrize(
    ("words", "sentence"),
    [
        (["--fund", "XX"], "There is no fund XX. There are: SDF."),
        (["--year", "1999"], "There is no budget year 1999. There are: 2026."),
        (["--from", "2026-02-01", "--to", "2026-01-01"], "The last day comes before the first one."),
        (["--columns", "nothing"], "There is no field nothing."),
    ],
)
def test_what_is_unknown_is_said_and_nothing_is_written(
    app: Flask, tmp_path: Path, words: list[str], sentence: str
) -> None:
    make_world()
    done = run(app, "--format", "gl", "--output", str(tmp_path / "x.csv"), *words)
    assert done.exit_code == 1
    assert sentence in done.output
    assert list(tmp_path.iterdir()) == []
    assert exported() == []


def test_a_folder_that_is_not_there_is_said(app: Flask, tmp_path: Path) -> None:
    done = run(app, "--format", "csv", "--output", str(tmp_path / "no" / "x.csv"))
    assert done.exit_code == 1
    assert "There is no folder" in done.output


def test_who_may_not_see_the_books_takes_none(app: Flask) -> None:
    values: dict[str, Any] = {
        "format": "csv", "filters": {}, "rows": 0, "control_total_cents": 0, "digests": {},
    }  # fmt: skip
    for identity in (VISITOR, user_of(CAL)):
        with pytest.raises(NotAllowed):
            record_export(identity, **values)
    assert exported() == []
    record_export(user_of(ADA), **values)
    assert len(exported()) == 1
