"""`python -m bench.search --sizes 10000,100000`: the search engine beside tantivy and SQLite on the same questions.

Writes `bench/README.md`. Every figure is of one run on the machine that it describes.
"""

from __future__ import annotations

import argparse
import gc
import importlib.metadata
import json
import os
import platform
import resource
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from bench import corpus
from bench.engines import Engine, FeedSource, Fts5, Fts5Sql, Ours, Tantivy
from bench.report import write_report
from directory.search.answering import corrected_words
from directory.search.engine import run
from directory.search.live import Live
from directory.search.plan import PartView
from directory.search.query import SearchQuery, SearchResult
from directory.search.segment import build_segment
from directory.search.store import Position, publish

LEAST_ROUNDS, MOST_ROUNDS, MEASURE_SECONDS = 3, 40, 20.0
MOST_BY_SQL = 20_000  # services up to which SQLite alone is asked too: beyond, a round takes minutes
EDITS = 1_000


@dataclass(frozen=True, slots=True)
class Timing:
    """Milliseconds of one engine by the clock and of its processor; `best` are those of the quickest round."""

    name: str
    p50_ms: float
    p95_ms: float
    cpu_p50_ms: float
    cpu_p95_ms: float
    best_p50_ms: float
    best_p95_ms: float
    rounds: int
    build_s: float


def main() -> None:
    """Measure the asked sizes and write the report."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--sizes", default="10000,100000", help="numbers of services, comma between")
    parser.add_argument("--only-ours", action="store_true", help="leave the other engines out and write no report")
    options = parser.parse_args()
    sizes = [int(size) for size in options.sizes.split(",")]
    folder = Path(tempfile.mkdtemp(prefix="goldthread-bench-"))
    try:
        found = [measure_size(size, folder, others=not options.only_ours) for size in sizes]
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if not options.only_ours:
        write_report(machine(), found)
    print(json.dumps(found, indent=1, default=str))


def measure_size(size: int, folder: Path, *, others: bool) -> dict[str, Any]:
    """All figures at one number of services."""
    say(f"{size:,} services: making the documents")
    documents = list(corpus.documents(size))
    gc.collect()
    gc.freeze()
    say("building")
    started = time.perf_counter()
    segment = build_segment(documents)
    build_s = time.perf_counter() - started
    ours = Ours(folder / "ours")
    ours.write(segment)
    write_s = time.perf_counter() - started - build_s
    asked = corpus.queries()
    found: dict[str, Any] = {
        "size": size, "documents": len(documents), "build_s": build_s, "write_s": write_s,
        "index_mb": sum(path.stat().st_size for path in (folder / "ours").rglob("*") if path.is_file()) / 2**20,
        "spelling": spelling(ours), "prefix": prefixes(ours), "edits": edits(documents, folder / "live"),
    }  # fmt: skip
    found["peak_mb"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    del documents
    engines: list[tuple[Engine, float]] = [(ours, build_s + write_s)]
    makers: list[Callable[[], Engine]] = []
    if others:
        makers = [lambda: Tantivy(folder / "tantivy", segment), lambda: Fts5(folder / "fts.db", segment)]
    if others and size <= MOST_BY_SQL:
        makers.append(lambda: Fts5Sql(folder / "fts-sql.db", segment))
    for make in makers:
        say("building the next engine")
        started = time.perf_counter()
        other = make()
        engines.append((other, time.perf_counter() - started))
    found["timings"] = compared(engines, asked)
    found["half"] = half_counted(ours, asked)
    gc.unfreeze()
    return found


def compared(engines: Sequence[tuple[Engine, float]], asked: Sequence[SearchQuery]) -> list[Timing]:
    """Ask every engine all queries in turns, round after round, so that whatever else the machine does meets all alike.

    One round before them warms up and compares the totals. Raises SystemExit where an engine counts otherwise than
    ours: then they do not the same work, and their times say nothing of each other.
    """
    totals = {engine.name: [total_of(engine.search(query)) for query in asked] for engine, _ in engines}
    if found := differences(totals, asked):
        raise SystemExit("\n".join(["The engines do not find the same:", *found]))
    spent: list[list[list[float]]] = [[] for _ in engines]
    worked: list[list[float]] = [[] for _ in engines]
    gc.collect()
    gc.freeze()  # what the engines hold is no work of a question, whichever engine's
    rounds, began = 0, time.perf_counter()
    while rounds < LEAST_ROUNDS or (time.perf_counter() - began < MEASURE_SECONDS and rounds < MOST_ROUNDS):
        for number, (engine, _) in enumerate(engines):
            spent[number].append([])
            for query in asked:
                started, work_started = time.perf_counter(), time.thread_time()
                engine.search(query)
                worked[number].append(time.thread_time() - work_started)
                spent[number][-1].append(time.perf_counter() - started)
        rounds += 1
    timings = []
    for number, (engine, build_s) in enumerate(engines):
        every = [seconds for one in spent[number] for seconds in one]
        timing = Timing(
            engine.name, percentile(every, 50), percentile(every, 95), percentile(worked[number], 50),
            percentile(worked[number], 95), min(percentile(one, 50) for one in spent[number]),
            min(percentile(one, 95) for one in spent[number]), rounds, build_s,
        )  # fmt: skip
        say(f"{timing}")
        timings.append(timing)
    return timings


def half_counted(ours: Ours, asked: Sequence[SearchQuery]) -> dict[str, float]:
    """Our times when only every second question asks for the counts behind the filters, as in the design's mix."""
    mixed = [replace(query, facets=number % 2 == 0) for number, query in enumerate(asked)]
    spent: list[float] = []
    for _ in range(2 * LEAST_ROUNDS):
        for query in mixed:
            started = time.perf_counter()
            ours.search(query)
            spent.append(time.perf_counter() - started)
    return {"p50_ms": percentile(spent, 50), "p95_ms": percentile(spent, 95)}


def total_of(answer: SearchResult | tuple[int, int]) -> int:
    """The number of services of an answer."""
    return answer[0] if isinstance(answer, tuple) else answer.total


def differences(totals: Mapping[str, Sequence[int]], asked: Sequence[SearchQuery]) -> list[str]:
    """A sentence for each query whose total an engine counts otherwise than the first one."""
    (ours, first), *others = totals.items()
    return [
        f"“{query.words}”: {ours} {mine}, {name} {theirs}"
        for name, counted in others
        for query, mine, theirs in zip(asked, first, counted, strict=True)
        if mine != theirs
    ]


def spelling(ours: Ours) -> dict[str, float]:
    """How many of 100 slips are put right, and how long one takes."""
    segment, spent, right = ours.views[0].part, [], 0
    for slip, meant in corpus.typos():
        started = time.perf_counter()
        found = corrected_words(segment, ours.views, SearchQuery(words=slip))  # type: ignore[arg-type]
        spent.append(time.perf_counter() - started)
        right += found == meant
    return {"right": right, "p95_ms": percentile(spent, 95)}


def prefixes(ours: Ours) -> dict[str, float]:
    """How long the suggestions for a beginning take."""
    spent = []
    for prefix in corpus.prefixes():
        started = time.perf_counter()
        ours.views[0].part.suggestions.starting_with(prefix, "en", 8)  # type: ignore[attr-defined]
        spent.append(time.perf_counter() - started)
    return {"p50_ms": percentile(spent, 50), "p95_ms": percentile(spent, 95)}


def edits(documents: Sequence[Any], folder: Path) -> dict[str, float]:
    """What an edit costs until it is visible, and what 1,000 waiting ones cost a query."""
    by_service: dict[str, Any] = {}
    for document in documents[: EDITS * 3]:
        by_service.setdefault(document.service_id, document)
    chosen = list(by_service)[:EDITS]
    source = FeedSource({}, [])
    publish(folder, build_segment(documents), Position(0))
    live = Live(folder, source)
    asked = corpus.queries()
    before = asking(live.views(), asked)
    spent = []
    for number, service_id in enumerate(chosen, 1):
        source.documents[service_id] = replace(by_service[service_id], name=f"Changed pantry {number}")
        source.feed.append((number, service_id))
        started = time.perf_counter()
        live.views()
        spent.append(time.perf_counter() - started)
    after = asking(live.views(), asked)
    visible = run(live.views(), SearchQuery(words='"changed pantry"'), corpus_now()).total
    assert visible == len(chosen), "an edit is not visible"
    return {
        "p50_ms": percentile(spent, 50), "p95_ms": percentile(spent, 95), "query_p50_before_ms": before,
        "query_p50_after_ms": after, "slower": after / before,
    }  # fmt: skip


def asking(views: Sequence[PartView], asked: Sequence[SearchQuery]) -> float:
    """The median of all queries, third round."""
    spent: list[float] = []
    for _ in range(3):
        spent = []
        for query in asked:
            started = time.perf_counter()
            run(views, query, corpus_now())
            spent.append(time.perf_counter() - started)
    return percentile(spent, 50)


def corpus_now() -> Any:
    """The moment of all measurements."""
    from bench.engines import NOW

    return NOW


def machine() -> dict[str, str]:
    """What the figures depend on."""
    model = next((line.split(":", 1)[1].strip() for line in Path("/proc/cpuinfo").read_text().splitlines()
                  if line.startswith("model name")), platform.processor())  # fmt: skip
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return {
        "processor": model, "cores": str(os.cpu_count()), "memory": f"{memory:.0f} GiB",
        "system": f"{platform.system()} {platform.machine()}", "Python": platform.python_version(),
        "numpy": np.__version__, "tantivy": importlib.metadata.version("tantivy"), "SQLite": sqlite3.sqlite_version,
        "load": f"{os.getloadavg()[0]:.1f} (one-minute load average at the end)",
    }  # fmt: skip


def percentile(seconds: Sequence[float], share: float) -> float:
    """A percentile in milliseconds."""
    return float(np.percentile(np.array(seconds) * 1e3, share))


def say(text: str) -> None:
    """Tell on the terminal how far it is."""
    print(text, file=sys.stderr, flush=True)


if __name__ == "__main__":
    main()
