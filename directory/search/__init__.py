"""The search of the directory: the one door to it. How it works is known inside this folder only.

The index is derived from the database and kept under `Config.index_dir`; it may be deleted at any time.
"""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from core.config import ROOT
from core.db import current_config
from directory.search.answering import answer
from directory.search.documents import DatabaseSource
from directory.search.language import excerpt
from directory.search.live import Live
from directory.search.query import (
    MAX_PAGE,
    MAX_RADIUS_M,
    MAX_SIZE,
    MAX_WORDS_LENGTH,
    SORTS,
    Facets,
    Removal,
    SearchItem,
    SearchQuery,
    SearchResult,
)
from directory.search.store import erase
from directory.search.synonyms import is_kind_of_help

__all__ = [
    "MAX_PAGE",
    "MAX_RADIUS_M",
    "MAX_SIZE",
    "MAX_WORDS_LENGTH",
    "SORTS",
    "Facets",
    "Removal",
    "SearchItem",
    "SearchQuery",
    "SearchResult",
    "excerpt",
    "forget",
    "is_kind_of_help",
    "reindex",
    "search",
    "suggest",
]

MOST_SUGGESTIONS = 20

_lives: dict[tuple[Path, str], Live] = {}
_lock = threading.Lock()
_compaction: list[subprocess.Popen[bytes]] = []


def search(query: SearchQuery, now: datetime) -> SearchResult:
    """The answer to a query at a moment (aware). Needs an application context; nothing of it is logged."""
    live = _live()
    return answer(live.views(), query, now, live.segment)


def suggest(prefix: str, language: str, limit: int = 8) -> list[str]:
    """Phrases that go on from what was typed, from what the public may see."""
    live = _live()
    live.views()  # an index that was deleted or published anew is taken over first
    return live.segment().suggestions.starting_with(prefix[:MAX_WORDS_LENGTH], language, min(limit, MOST_SUGGESTIONS))


def reindex(progress: Callable[[int], None] | None = None) -> int:
    """Build the index anew from the database and publish it; answers how many listings it holds.

    `progress` is called with the number of listings read so far.
    """
    return _live().rebuild(progress)


def forget() -> None:
    """Take the index off the disk at once, because something in it must not be known; the next search builds it anew.

    Other processes see that it is gone before they answer again.
    """
    config = current_config()
    erase(config.index_dir)
    if config.environment != "test":
        _compact()


def _live() -> Live:
    config = current_config()
    key = (config.index_dir, config.database_url)
    with _lock:
        if key not in _lives:
            compact = None if config.environment == "test" else _compact
            _lives[key] = Live(config.index_dir, DatabaseSource(), compact)
        return _lives[key]


def _compact() -> None:
    """Start a rebuild in a process of its own, unless one is running."""
    _compaction[:] = [process for process in _compaction if process.poll() is None]
    if not _compaction:
        command = [sys.executable, "-m", "flask", "--app", "app", "directory", "reindex"]
        _compaction.append(subprocess.Popen(command, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
