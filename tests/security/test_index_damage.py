"""A damaged or half-written search index never changes an answer (T11, and a kill in the middle of a rebuild)."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from core.config import ROOT
from core.db import db
from directory import gazetteer, search
from directory.search import SearchQuery
from tests.security.sites import FROZEN, Site, build_site

KILLS = int(os.environ.get("GOLDTHREAD_TEST_KILLS", "3"))
PLACE = gazetteer.find_place("10601").place
QUESTIONS = (
    SearchQuery(words="food"),
    SearchQuery(words="food pantry", place=PLACE, radius_m=16_000, sort="distance"),
    SearchQuery(place=PLACE),
    SearchQuery(words="refugio", language="es"),
    SearchQuery(words="fod"),
    SearchQuery(size=100),
)


@pytest.fixture(scope="module")
def site(prepared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with an index on disk."""
    folder = tmp_path_factory.mktemp("index")
    shutil.copyfile(prepared, folder / "goldthread.db")
    built = build_site(folder)
    with built.app.app_context():
        search.reindex()
        db.session.remove()
    yield built
    built.close()


def answers(site: Site) -> list[Any]:
    """What a process that has just started answers: nothing of the index is in its memory."""
    search._lives.clear()
    with site.app.app_context():
        found = [search.search(question, FROZEN) for question in QUESTIONS]
        found.append(search.suggest("foo", "en", 8))  # type: ignore[arg-type]
        db.session.remove()
    return found


def index_files(site: Site) -> list[Path]:
    """Every file of the index."""
    return sorted(path for path in (site.folder / "index").rglob("*") if path.is_file())


def test_flipped_cut_and_lost_files_change_no_answer(site: Site) -> None:
    """Each time another file is hurt in another way; the index is noticed, and made anew."""
    right, draw = answers(site), random.Random(11)
    assert right[0].total > 0
    kept = site.folder / "kept"
    shutil.copytree(site.folder / "index", kept)
    files = [path.relative_to(site.folder / "index") for path in index_files(site)]
    sample = draw.sample([path for path in files if path.name != "lock"], min(12, len(files) - 1))
    for place, name in enumerate([Path("CURRENT"), *sample]):
        shutil.rmtree(site.folder / "index")
        shutil.copytree(kept, site.folder / "index")
        file = site.folder / "index" / name
        data = bytearray(file.read_bytes())
        how = ("flip", "cut", "lose", "zero")[place % 4] if data else "lose"
        if how == "flip":
            data[draw.randrange(len(data))] ^= 1 << draw.randrange(8)
            file.write_bytes(bytes(data))
        elif how == "cut":
            file.write_bytes(bytes(data[: len(data) // 2]))
        elif how == "zero":
            file.write_bytes(b"\0" * len(data))
        else:
            file.unlink()
        assert answers(site) == right, (how, name)


def test_a_lost_or_filled_folder_changes_no_answer(site: Site) -> None:
    right = answers(site)
    shutil.rmtree(site.folder / "index")
    assert answers(site) == right
    (site.folder / "index" / "CURRENT").write_text("../../etc")
    assert answers(site) == right
    (site.folder / "index" / "segment-000000000000-dead.tmp").mkdir()
    assert answers(site) == right


def test_another_index_is_noticed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """Positive control: without the check of the sums, a flipped byte does come through or fail."""
    from directory.search import store

    right = answers(site)
    monkeypatch.setattr(store, "_verify", lambda place, sums: None)
    hurt = 0
    for file in [path for path in index_files(site) if path.suffix == ".npy" and path.stat().st_size > 400][:12]:
        data = file.read_bytes()
        file.write_bytes(data[:-200] + bytes(byte ^ 0xFF for byte in data[-200:]))
        try:
            hurt += answers(site) != right
        except Exception:
            hurt += 1
        file.write_bytes(data)
    assert hurt
    monkeypatch.undo()
    assert answers(site) == right


REBUILD = """
import sys
from pathlib import Path
from app import create_app
from core.config import Config
from directory import search
app = create_app(Config.for_tests(data_dir=Path(sys.argv[1])))
with app.app_context():
    search.search(search.SearchQuery(words="food"), __import__("core.clock").clock.now_utc())
    print("ready", flush=True)
    while True:
        search.reindex()
"""


def test_a_rebuild_killed_anywhere_changes_no_answer(site: Site) -> None:
    """kill -9 at random moments of one rebuild after another; what is left on disk is the old index or the new one."""
    right, draw = answers(site), random.Random(5)
    seen = set()
    for _ in range(KILLS):
        process = subprocess.Popen(
            [sys.executable, "-c", REBUILD, str(site.folder)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        time.sleep(draw.uniform(0.0, 0.6))
        process.send_signal(signal.SIGKILL)
        process.wait()
        process.stdout.close()
        left = {path.name.rpartition(".")[2] for path in (site.folder / "index").iterdir()}
        seen.add("tmp" in left)
        assert answers(site) == right
    assert seen
