"""The measurements measure the same: every engine finds the same services, and the check of it can fail."""

from __future__ import annotations

import random
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bench import corpus, http, search
from bench.engines import Fts5, Ours, Tantivy
from directory.search.query import SearchQuery
from directory.search.segment import build_segment


@pytest.fixture(scope="module")
def engines(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """Three engines on 600 services."""
    folder: Path = tmp_path_factory.mktemp("bench")
    segment = build_segment(list(corpus.documents(600)))
    ours = Ours(folder / "ours")
    ours.write(segment)
    return [ours, Tantivy(folder / "tantivy", segment), Fts5(folder / "fts.db", segment)]


def test_all_engines_find_the_same(engines: list[Any]) -> None:
    asked = corpus.queries()
    totals = {engine.name: [search.total_of(engine.search(query)) for query in asked] for engine in engines}
    assert search.differences(totals, asked) == []
    assert sum(total > 0 for total in totals[engines[0].name]) > 100


def test_an_engine_that_counts_one_more_stops_the_measurement(
    engines: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: one service too many in one answer of one engine."""
    asked = [SearchQuery(words="counseling"), SearchQuery(words="library")]
    honest = engines[2].search

    def wrong(query: SearchQuery) -> Any:
        found = honest(query)
        return replace(found, total=found.total + 1) if query.words == "library" else found

    monkeypatch.setattr(search, "MEASURE_SECONDS", 0.0)
    assert len(search.compared([(engine, 0.0) for engine in engines], asked)) == 3
    monkeypatch.setattr(engines[2], "search", wrong)
    with pytest.raises(SystemExit, match="“library”: Goldthread"):
        search.compared([(engine, 0.0) for engine in engines], asked)


def test_a_page_is_asked_with_what_the_page_reads() -> None:
    """The address that load is put on names words, place and distance as the form does."""
    paths = [http.path_of(random.Random(number)) for number in range(20)]
    assert any("where=10601" in path for path in paths) and any("q=" in path for path in paths)
    assert not any("near=" in path for path in paths)
