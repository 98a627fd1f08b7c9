"""The hunt for plain text (T22): no personal field lies readable in any file of the site; keys rotate as it serves.

The files are searched as bytes: database, journal, index, logs, temporary files, mails, backups. A planted plain text
is found (the control).
"""

from __future__ import annotations

import logging
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import threading
import urllib.request
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from care import vault
from care.actions import keys
from care.models import Enrollee, Goal, SupportPerson
from core.backup import make_backup
from core.clock import now_utc
from core.config import ROOT, Config
from core.crypto import CannotOpen
from core.db import db
from directory.search import reindex
from tests.builders import make_listing
from tests.permissions.asking import Asker, all_requests
from tests.permissions.canaries import names
from tests.permissions.conftest import switches
from tests.permissions.world import World, build_world, sealed_tables
from tests.security.conftest import Diary
from tests.security.replay import files_of
from tests.security.sites import Site, build_site
from tests.serving import served

PLANTED = "Qzplainplainplain"
PASSPHRASE = "a passphrase of the test suite, long enough"
PEOPLE = 60


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, World]:
    """A folder of a site with everybody's people in it, with what was logged meanwhile, to copy."""
    folder, handler, root = tmp_path_factory.mktemp("whole") / "site", Diary(), logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    with only_in(folder) as made:
        world = build_world()
        db.session.remove()
    made.close()
    root.removeHandler(handler)
    root.setLevel(level)
    (folder / "building.log").write_text("\n".join(handler.lines))
    return folder, world


@pytest.fixture
def world(whole: tuple[Path, World]) -> World:
    """Whose people are in the site."""
    return whole[1]


@pytest.fixture
def site(whole: tuple[Path, World], tmp_path: Path) -> Iterator[Site]:
    """A site whose folder, temporary files too, is all that it may write; its keys lie elsewhere, as they should."""
    shutil.copytree(whole[0], tmp_path / "site")
    with only_in(tmp_path / "site") as made:
        yield made
        db.session.remove()
    made.close()


@contextmanager
def only_in(folder: Path) -> Iterator[Site]:
    """A site in a folder with its temporary files in there too; an application context is pushed."""
    (folder / "tmp").mkdir(parents=True, exist_ok=True)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(folder / "tmp"))
        made = build_site(folder)
        with made.app.app_context():
            yield made


def found_in(folder: Path, world: World) -> dict[str, list[str]]:
    """File → the personal fields that lie in it as plain text."""
    found = {
        name: names(one for one in world.canaries.find_bytes(data) if one.group) for name, data in files_of(folder)
    }  # a code stands open: it names nobody
    return {name: fields for name, fields in found.items() if fields}


def journal_during_a_write(folder: Path) -> None:
    """Keep a copy of the database and its journal as they lie on the disk in the middle of a write."""
    connection = sqlite3.connect(folder / "goldthread.db", isolation_level=None)
    connection.execute("PRAGMA cache_spill=1")
    connection.execute("BEGIN IMMEDIATE")
    for table in ("enrollee", "support_person", "consent"):
        connection.execute(f"UPDATE {table} SET sealed = sealed")
    connection.execute("PRAGMA cache_size=1")
    for path in folder.glob("goldthread.db*"):
        shutil.copyfile(path, folder / f"{path.name}.copy")
    connection.execute("ROLLBACK")
    connection.close()


def test_no_personal_field_lies_in_any_file(site: Site, world: World, diary: Diary) -> None:
    """After a coordinator opened every page and sent every form of a person, and a backup was made."""
    make_listing(name=PLANTED)
    reindex()
    with switches(site.app):
        asker = Asker(site.app, world, "coordinator", lambda: None)
        for asked in all_requests(site.app, world):
            if asked.standing == "own" and asked.endpoint != "care.change_status":
                asker.ask(asked)
        asker.close()
    journal_during_a_write(site.folder)
    (site.folder / "site.log").write_text("\n".join(diary.lines))
    make_backup(site.app.config["GOLDTHREAD"], site.folder / "backups", passphrase=PASSPHRASE, now=now_utc())
    assert found_in(site.folder, world) == {}
    kinds = {name.split("/")[0] for name, _ in files_of(site.folder)}
    assert {
        "goldthread.db",
        "goldthread.db.copy",
        "goldthread.db-journal.copy",
        "index",
        "site.log",
        "backups",
    } <= kinds
    # The control: what is not sealed is found, in the database and in the index.
    holding = {
        name.split("/")[0] for name, data in files_of(site.folder) if PLANTED.encode() in data.replace(b"\0", b"")
    }
    assert {"goldthread.db", "goldthread.db.copy"} <= holding and "backups" not in holding


def test_a_field_that_is_not_sealed_would_be_found(site: Site, world: World) -> None:
    """The control of the hunt: one canary written into an open column of the database, one into a log."""
    token = next(text for text, one in world.canaries.known.items() if one.name == "enrollee.legal_name")
    with db.engine.connect().execution_options(write=True) as connection:
        connection.execute(text("UPDATE enrollee SET clock_note = :token"), {"token": token})
        connection.commit()
    (site.folder / "site.log").write_text(f"opened {token}")
    found = found_in(site.folder, world)
    assert set(found) == {"goldthread.db", "site.log"} and all(
        "enrollee.legal_name" in each[0] for each in found.values()
    )


def test_swapped_and_changed_ciphertext_opens_nowhere(site: Site) -> None:
    """A value of another row, table, person or key, and a changed one, is refused: never shown as another's."""
    people = db.session.scalars(select(Enrollee).order_by(Enrollee.code).limit(2)).all()
    ids = [person.id for person in people]
    db.session.rollback()

    def opened(model: type[Any]) -> None:
        rows = db.session.scalars(select(model).order_by(model.id)).all()
        vault.open_fields(rows)
        db.session.rollback()

    def wreck(*statements: str, **values: Any) -> None:
        db.session.rollback()
        with db.engine.connect().execution_options(write=True) as connection:
            for statement in statements:
                connection.execute(text(statement), values)
            connection.commit()

    one, other = (each.hex for each in ids)
    cases: dict[str, tuple[type[Any], str]] = {
        "another person's": (Enrollee, f"enrollee SET sealed = (SELECT sealed FROM enrollee WHERE id = '{other}') "
                                       f"WHERE id = '{one}'"),
        "another's key": (Enrollee, f"enrollee SET data_key = (SELECT data_key FROM enrollee WHERE id = '{other}') "
                                    f"WHERE id = '{one}'"),
        "another row's": (Goal, f"goal SET sealed = (SELECT sealed FROM goal WHERE enrollee_id = '{one}' "
                                f"AND number = 2) WHERE enrollee_id = '{one}' AND number = 1"),
        "another table's": (SupportPerson, f"support_person SET sealed = (SELECT sealed FROM benefit "
                                           f"WHERE enrollee_id = '{one}') WHERE enrollee_id = '{one}'"),
        "a changed byte": (Goal, "goal SET sealed = CAST(substr(sealed, 1, 40) || X'00' || substr(sealed, 42) AS BLOB) "
                                 f"WHERE enrollee_id = '{other}' AND number = 1"),
    }  # fmt: skip
    copy = site.folder / "before.db"
    shutil.copyfile(site.folder / "goldthread.db", copy)
    for model, change in cases.values():
        opened(model)
        wreck(f"UPDATE {change}")
        with pytest.raises(CannotOpen):
            opened(model)
        db.session.remove()
        db.engine.dispose()
        shutil.copyfile(copy, site.folder / "goldthread.db")
    opened(Goal)


def test_keys_rotate_by_command_while_the_site_serves(tmp_path: Path) -> None:
    """No answer fails meanwhile, everything opens afterwards, and the old key seals nobody any more."""
    folder = tmp_path / "site"
    environ = {"GOLDTHREAD_DATA_DIR": str(folder), "GOLDTHREAD_ENVIRONMENT": "development"}
    config = Config.from_env(environ)
    site = build_site(folder, **{name: getattr(config, name) for name in ("secret_key", "password_salt", "totp_key",
                                                                          "recovery_key", "data_keys")})  # fmt: skip
    with site.app.app_context():
        world = build_world()
        for _ in range(PEOPLE):
            _add_person()
        assert keys.count_by_key() == {1: PEOPLE + len(world.subjects)}
        db.session.remove()
    site.app.extensions["goldthread_identity"] = lambda: world.viewers["coordinator"]
    answers: Counter[int] = Counter()
    stop = threading.Event()
    with served(site.app) as address:
        page = f"{address}/enrollees/{world.subjects['own'].enrollee_id}"
        readers = [threading.Thread(target=_read, args=(page, answers, stop)) for _ in range(3)]
        for reader in readers:
            reader.start()
        command = [sys.executable, "-m", "flask", "--app", "app", "keys", "rotate"]
        done = subprocess.run(command, cwd=ROOT, env=_clean(environ), capture_output=True, text=True, check=False)
        stop.set()
        for reader in readers:
            reader.join()
    assert done.returncode == 0 and "Added key 2." in done.stdout, done.stderr
    assert set(answers) == {200} and answers[200] >= 10, answers
    with site.app.app_context():
        assert keys.count_by_key() == {1: 0, 2: PEOPLE + len(world.subjects)}
        for model in sealed_tables().values():
            rows = db.session.scalars(select(model)).all()
            assert len(vault.open_fields(rows)) == len(rows) > 0
        db.session.remove()
    site.close()


def _add_person() -> None:
    from tests.care.people import make_person

    make_person()


def _read(page: str, answers: Counter[int], stop: threading.Event) -> None:
    """Open a person's page again and again."""
    while not stop.is_set():
        try:
            with urllib.request.urlopen(page, timeout=30) as answer:
                answers[answer.status] += 1
        except OSError as error:
            answers[getattr(error, "code", 0)] += 1


def _clean(environ: dict[str, str]) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GOLDTHREAD_")}
    return {**kept, **environ}
