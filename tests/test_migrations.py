"""Migrations: one line of them, each up, down and up again, on the configured database; no import of our code."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import CheckConstraint, inspect

from core.config import ROOT
from core.db import db

VERSIONS = sorted((ROOT / "migrations" / "versions").glob("*.py"))
OURS = {"core", "audit", "accounts", "directory", "care", "funds", "seeds", "app"}


def revisions() -> list[str]:
    """The revisions in their order, by file name."""
    return [path.name.split("_")[0] for path in VERSIONS]


def imports_of(text: str) -> set[str]:
    """The top-level packages that a source text imports."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            found |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


def test_revisions_follow_each_other_in_one_line() -> None:
    """0001, 0002, …, each after the one before; HEAD names the last."""
    parents = {}
    for path in VERSIONS:
        text = path.read_text()
        revision = re.search(r'^revision(?:: str)? = "(\d{4})"', text, re.MULTILINE)
        parent = re.search(r'^down_revision(?:: [^=]+)? = (?:"(\d{4})"|None)', text, re.MULTILINE)
        assert revision and parent, path.name
        parents[revision[1]] = parent[1]
    names = revisions()
    assert names == [f"{number:04d}" for number in range(1, len(names) + 1)]
    assert parents == dict(zip(names, [None, *names[:-1]], strict=True))
    assert (ROOT / "migrations" / "HEAD").read_text().strip() == names[-1]


def test_no_revision_imports_our_code() -> None:
    """What a revision does must not change when the code does; the control imports some."""
    assert imports_of("from core.db import Base\nimport directory.models") & OURS == {"core", "directory"}
    assert {path.name: imports_of(path.read_text()) & OURS for path in VERSIONS} == {
        path.name: set() for path in VERSIONS
    }


def test_each_revision_goes_up_down_and_up(app: Flask) -> None:
    """Step by step down to nothing, then step by step up: the tables are the same at each step."""
    seen: dict[str, set[str]] = {}
    names = revisions()
    for revision, below in zip(reversed(names), [*reversed(names[:-1]), "base"], strict=True):
        seen[revision] = set(inspect(db.engine).get_table_names())
        db.session.remove()
        downgrade(revision=below)
    assert set(inspect(db.engine).get_table_names()) <= {"alembic_version"}
    for revision in names:
        upgrade(revision=revision)
        assert set(inspect(db.engine).get_table_names()) == seen[revision]
    assert Path(ROOT / "migrations").is_dir()


def test_constraint_names_are_the_models_own(app: Flask) -> None:
    """A broken rule is told by its name, so the revisions must give the names that the models have."""
    found = {
        constraint["name"]
        for table in inspect(db.engine).get_table_names()
        for constraint in inspect(db.engine).get_check_constraints(table)
    }
    wanted = {
        str(constraint.name)
        for table in db.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert wanted and found == wanted
