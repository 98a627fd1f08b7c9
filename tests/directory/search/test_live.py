"""The index follows its change feed, survives crashes and damage, and grows into what a rebuild would give."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from subprocess import PIPE

import pytest

from directory.search import store
from directory.search.engine import run
from directory.search.listing import ListingDocument
from directory.search.live import Live
from directory.search.query import SearchQuery
from directory.search.segment import build_segment
from directory.search.store import Damaged, Position, current_name, open_segment, publish
from tests.directory.search.made import NOW, document, documents, queries, service_documents
from tests.directory.search.model import expect
from tests.directory.search.test_engine import assert_as_expected


@dataclass
class Feed:
    """A directory in memory with its change feed. `hidden` numbers are not committed yet."""

    services: dict[str, list[ListingDocument]] = field(default_factory=dict)
    rows: list[tuple[int, str]] = field(default_factory=list)
    hidden: set[int] = field(default_factory=set)
    reads: int = 0

    def put(self, made: Sequence[ListingDocument], service_id: str, seq: int | None = None) -> None:
        """Change a service and tell of it."""
        self.services[service_id] = list(made)
        self.rows.append((seq or max((row[0] for row in self.rows), default=0) + 1, service_id))
        self.rows.sort()

    def everything(self) -> list[ListingDocument]:
        return [one for made in self.services.values() for one in made]

    def all_documents(self) -> Sequence[ListingDocument]:
        self.reads += 1
        return self.everything()

    def documents_of(self, service_ids: Sequence[str]) -> Sequence[ListingDocument]:
        return [one for service_id in service_ids for one in self.services.get(service_id, ())]

    def changes_from(self, floor: int) -> Sequence[tuple[int, str]]:
        return [row for row in self.rows if row[0] >= floor and row[0] not in self.hidden]

    def newest_change(self) -> int:
        return max((row[0] for row in self.rows if row[0] not in self.hidden), default=0)


def feed_of(made: Sequence[ListingDocument]) -> Feed:
    """A feed that has told of every service."""
    feed = Feed()
    for one in made:
        feed.services.setdefault(one.service_id, []).append(one)
    feed.rows = [(number, service_id) for number, service_id in enumerate(feed.services, 1)]
    return feed


def names(live: Live, words: str) -> set[str]:
    """The services that some words find."""
    return {item.service_id for item in run(live.views(), SearchQuery(words=words, size=100), NOW).items}


def test_an_index_that_grew_answers_like_one_rebuilt(tmp_path: Path) -> None:
    rng = random.Random(3)
    feed = feed_of(documents(21, 120))
    live = Live(tmp_path / "grown", feed)
    live.views()
    for step in range(80):
        service_id = rng.choice(list(feed.services)) if rng.random() < 0.7 else f"new-{step}"
        feed.put([] if rng.random() < 0.2 else service_documents(rng, service_id), service_id)
        if step % 7 == 0:
            live.views()
    assert live.pending > 50
    assert feed.reads == 1
    rebuilt = Live(tmp_path / "rebuilt", feed)
    for query in queries(77, 150):
        grown, new = run(live.views(), query, NOW), run(rebuilt.views(), query, NOW)
        expected = expect(feed.everything(), query)
        assert_as_expected(grown, expected, query)
        assert_as_expected(new, expected, query)
        if query.sort == "distance":
            assert [item.distance_m for item in grown.items] == [item.distance_m for item in new.items]


def test_an_edit_shows_in_the_very_next_search_of_every_worker(tmp_path: Path) -> None:
    feed = feed_of([document(1), document(2, name="Legal aid")])
    workers = [Live(tmp_path, feed) for _ in range(3)]
    assert [names(worker, "pantry") for worker in workers] == [{"service-1"}] * 3
    feed.put([document(2, name="Second pantry")], "service-2")
    feed.put([], "service-1")
    assert [names(worker, "pantry") for worker in workers] == [{"service-2"}] * 3
    assert feed.reads == 1, "one worker built, the others mapped what it published"


def test_a_number_that_becomes_visible_late_is_not_missed(tmp_path: Path) -> None:
    feed = feed_of([document(1)])
    live = Live(tmp_path, feed)
    assert names(live, "clinic") == set()
    feed.put([document(5, name="Slow clinic")], "service-5", seq=2)
    feed.put([document(6, name="Quick clinic")], "service-6", seq=3)
    feed.hidden = {2}
    assert names(live, "clinic") == {"service-6"}
    feed.hidden = set()
    assert names(live, "clinic") == {"service-5", "service-6"}


def test_a_late_number_before_a_build_is_applied_after_it(tmp_path: Path) -> None:
    feed = feed_of([document(1)])
    feed.put([document(6, name="Quick clinic")], "service-6", seq=3)
    live = Live(tmp_path, feed)
    assert names(live, "clinic") == {"service-6"}
    feed.put([document(5, name="Slow clinic")], "service-5", seq=2)
    assert names(live, "clinic") == {"service-5", "service-6"}


def test_a_database_put_back_to_an_older_copy_is_noticed(tmp_path: Path) -> None:
    feed = feed_of([document(1), document(2, name="Legal aid")])
    live = Live(tmp_path, feed)
    assert names(live, "legal") == {"service-2"}
    feed.services.pop("service-2")
    feed.rows.pop()
    assert names(live, "legal") == set()
    feed.put([document(3, name="Legal help")], "service-3")
    assert names(live, "legal") == {"service-3"}


def test_a_big_import_is_a_rebuild(tmp_path: Path) -> None:
    feed = feed_of([document(number) for number in range(50)])
    live = Live(tmp_path, feed)
    live.views()
    for number in range(2500):
        feed.put([document(number, name="Imported clinic")], f"service-{number}")
    assert run(live.views(), SearchQuery(words="imported clinic"), NOW).total == 2500
    assert (feed.reads, live.pending) == (2, 0)


def test_many_changes_ask_for_a_compaction(tmp_path: Path) -> None:
    feed, asked = feed_of([document(number) for number in range(100)]), []
    live = Live(tmp_path, feed, compact=lambda: asked.append(1))
    live.views()
    for number in range(600):
        feed.put([document(number, name="Changed")], f"service-{number}")
        if number in (400, 599):
            live.views()
    assert asked == [1]


def test_a_segment_published_elsewhere_is_taken_over(tmp_path: Path) -> None:
    feed = feed_of([document(1)])
    worker, other = Live(tmp_path, feed), Live(tmp_path, feed)
    worker.views()
    feed.put([document(2, name="Legal aid")], "service-2")
    assert names(worker, "legal") == {"service-2"}
    other.rebuild()
    assert names(worker, "legal") == {"service-2"}
    assert worker.pending == 0
    assert len(list(tmp_path.glob("segment-*"))) == 1


@pytest.mark.parametrize("harm", ["flip", "cut", "missing", "manifest", "pointer"])
def test_damage_is_noticed_and_built_anew(tmp_path: Path, harm: str) -> None:
    feed = feed_of(documents(4, 30))
    Live(tmp_path, feed).views()
    name = current_name(tmp_path)
    assert name is not None
    victim = tmp_path / name / "postings-documents.npy"
    content = victim.read_bytes()
    if harm == "flip":
        victim.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
    elif harm == "cut":
        victim.write_bytes(content[: len(content) // 2])
    elif harm == "missing":
        victim.unlink()
    elif harm == "manifest":
        (tmp_path / name / "manifest.json").write_text("{}")
    else:
        (tmp_path / "CURRENT").write_text("../../etc")
    if harm != "pointer":
        with pytest.raises(Damaged):
            open_segment(tmp_path, name)
    live = Live(tmp_path, feed)
    query = SearchQuery(words="food")
    assert_as_expected(run(live.views(), query, NOW), expect(feed.everything(), query), query)
    assert feed.reads == 2
    assert open_segment(tmp_path, current_name(tmp_path) or "")


def test_a_sound_segment_opens_without_a_build(tmp_path: Path) -> None:
    feed = feed_of(documents(4, 30))
    Live(tmp_path, feed).views()
    Live(tmp_path, feed).views()
    assert feed.reads == 1


def test_a_pickle_in_the_folder_is_never_read(tmp_path: Path) -> None:
    segment = build_segment([document(1)])
    name = publish(tmp_path, segment, Position(0))
    for path in (tmp_path / name).glob("*.npy"):
        assert b"|O" not in path.read_bytes()[:128]


def test_a_folder_that_cannot_be_written_still_answers(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("not a folder")
    live = Live(blocked / "index", feed_of([document(1)]))
    assert names(live, "pantry") == {"service-1"}


CRASH = """
import sys
from pathlib import Path
from directory.search import store
from directory.search.segment import build_segment
from directory.search.store import Position, publish
from tests.directory.search.made import document
import os, signal

at = calls = 0
def counted(real):
    def step(*values, **names):
        global calls
        calls += 1
        if calls == at:
            os.kill(os.getpid(), signal.SIGKILL)
        return real(*values, **names)
    return step
store.os = type("Os", (), {name: getattr(os, name) for name in dir(os)})
store.os.fsync = staticmethod(counted(os.fsync))
for name in ("rename", "mkdir", "unlink"):
    setattr(Path, name, counted(getattr(Path, name)))
store._write_file = counted(store._write_file)
for line in sys.stdin:
    folder, at = line.rsplit(" ", 1)[0], int(line.rsplit(" ", 1)[1])
    calls, child = 0, os.fork()
    if child == 0:
        publish(Path(folder), build_segment([document(1, name="New clinic")]), Position(9))
        os._exit(calls)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)
"""


def test_a_crash_at_any_step_leaves_the_old_index_or_the_new_one(tmp_path: Path) -> None:
    root = Path(store.__file__).parents[2]
    environment = {**os.environ, "PYTHONPATH": str(root)}
    with subprocess.Popen(
        [sys.executable, "-c", CRASH], stdin=PIPE, stdout=PIPE, text=True, env=environment, cwd=root
    ) as process:
        _die_at_each_step(process, tmp_path)


def _die_at_each_step(process: subprocess.Popen[str], tmp_path: Path) -> None:
    def publish_and_die(folder: Path, at: int) -> int:
        assert process.stdin is not None and process.stdout is not None
        process.stdin.write(f"{folder} {at}\n")
        process.stdin.flush()
        return int(process.stdout.readline())

    steps = publish_and_die(tmp_path / "whole", 0)
    assert steps > 20
    outcomes = set()
    for at in sorted({1, 2, 5, steps // 2, *range(steps - 8, steps + 1)}):
        folder = tmp_path / f"at-{at}"
        publish(folder, build_segment([document(1, name="Old pantry")]), Position(1))
        assert publish_and_die(folder, at) == -signal.SIGKILL
        segment, position = open_segment(folder, current_name(folder) or "")
        outcomes.add(position.floor)
        assert segment.frequency("clinic" if position.floor == 9 else "pantri") == 1
        publish(folder, build_segment([document(1)]), Position(10))
        assert len(list(folder.glob("segment-*"))) == 1, "what a crash left is cleared away"
    assert outcomes == {1, 9}


def test_threads_search_while_another_edits(tmp_path: Path) -> None:
    feed = feed_of(documents(30, 100))
    live = Live(tmp_path, feed)
    live.views()
    wrong: list[BaseException] = []
    stop = threading.Event()

    def ask() -> None:
        try:
            while not stop.is_set():
                result = run(live.views(), SearchQuery(words="food"), NOW)
                assert len({item.service_id for item in result.items}) == len(result.items)
        except BaseException as error:
            wrong.append(error)

    threads = [threading.Thread(target=ask) for _ in range(3)]
    for thread in threads:
        thread.start()
    for number in range(60):
        feed.put([document(number, name=f"Food pantry {number}")], f"service-30-{number}")
    stop.set()
    for thread in threads:
        thread.join()
    assert not wrong
    assert run(live.views(), SearchQuery(words='"food pantry"'), NOW).total >= 60
