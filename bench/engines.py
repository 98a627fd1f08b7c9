"""The engines that are measured: ours as shipped, tantivy and SQLite FTS5, all answering the same queries in full.

Others get the same stems, synonyms, field weights, filters and counts. Where an engine cannot count or filter as
quickly by itself, it gives the candidates and our own columns do the rest: its best case.
"""

from __future__ import annotations

import math
import shutil
import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import tantivy

from core.geo import EARTH_RADIUS_MILES, METRES_PER_MILE, bounding_box
from directory.search.candidates import Candidates
from directory.search.columns import BIT_NAMES, Columns
from directory.search.counting import facets_of
from directory.search.engine import _page, narrow, run
from directory.search.groups import NEAR, REMOTE
from directory.search.live import Live, Progress
from directory.search.plan import PartView, Plan, plan_of
from directory.search.query import SearchQuery, SearchResult
from directory.search.segment import Segment
from directory.search.store import Position, open_segment, publish
from directory.search.synonyms import Alternative, Clause, clauses_of

NOW = datetime(2026, 11, 2, 15, 30, tzinfo=UTC)
FIELDS = ("name", "organization", "terms", "description")
NAMED_FIELDS = FIELDS[:3]
WEIGHTS = (3.0, 1.5, 2.0, 1.0)


class Engine(Protocol):
    """Something that can be asked."""

    name: str

    def search(self, query: SearchQuery) -> SearchResult | tuple[int, int]:
        """The answer, or (total, number of results shown)."""


class Ours:
    """The shipped engine on its mapped files: `engine.run`, words parsed anew each time."""

    name = "Goldthread"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.views: tuple[PartView, ...] = ()

    def write(self, segment: Segment) -> None:
        """Publish the segment and map it from its files."""
        name = publish(self.folder, segment, Position(0))
        opened, _ = open_segment(self.folder, name)
        self.views = (PartView.of(opened),)

    def search(self, query: SearchQuery) -> SearchResult:
        return run(self.views, query, NOW)


def stemmed_fields(segment: Segment, documents: Iterable[int]) -> Iterable[tuple[int, list[str]]]:
    """Each document's four fields as stems, from the segment's own tokens."""
    stems = [""] + [stem.replace("es:", "es_") for stem in segment.stems]
    stem_of = segment.words.stem
    for document in documents:
        start = int(segment.tokens.starts[document])
        fields = []
        for length in segment.tokens.lengths[document].tolist():
            fields.append(" ".join(stems[number] for number in stem_of[segment.tokens.stream[start : start + length]]))
            start += length + 1
        yield document, fields


class Tantivy:
    """tantivy finds and scores; place, filters, order and counts by our columns."""

    name = "tantivy + our columns"

    def __init__(self, folder: Path, segment: Segment) -> None:
        self.segment = segment
        self.view = PartView.of(segment)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        builder = tantivy.SchemaBuilder()
        for field in FIELDS:
            builder.add_text_field(field, tokenizer_name="whitespace", index_option="freq")
        builder.add_unsigned_field("number", fast=True)
        builder.add_unsigned_field("tail", indexed=True)
        for field in ("lat", "lng"):
            builder.add_float_field(field, indexed=True, fast=True)
        self.schema = builder.build()
        self.index = tantivy.Index(self.schema, path=str(folder))
        columns = segment.columns
        writer = self.index.writer(256_000_000, 2)
        for document, fields in stemmed_fields(segment, range(columns.count)):
            made = tantivy.Document(**{name: [text] for name, text in zip(FIELDS, fields, strict=True)})
            made.add_unsigned("number", document)
            made.add_unsigned("tail", int(document >= columns.tail))
            if not math.isnan(columns.lat[document]):
                made.add_float("lat", float(columns.lat[document]))
                made.add_float("lng", float(columns.lng[document]))
            writer.add_document(made)
        writer.commit()
        writer.wait_merging_threads()
        self.index.reload()
        self.searcher = self.index.searcher()

    def search(self, query: SearchQuery) -> SearchResult:
        clauses = clauses_of(query.words, query.language)
        plan = plan_of([self.view], query, NOW, clauses)
        return finish(self.view, plan, self._candidates(plan, query))

    def _candidates(self, plan: Plan, query: SearchQuery) -> Candidates:
        must = [(tantivy.Occur.Must, self._clause(clause)) for clause in plan.clauses]
        if query.place is not None and query.radius_m is not None:
            box = bounding_box(query.place.point, query.radius_m)
            ranges = [self._range("lat", box.south_deg, box.north_deg), self._range("lng", box.west_deg, box.east_deg)]
            inside = tantivy.Query.boolean_query([(tantivy.Occur.Must, one) for one in ranges])
            tail = tantivy.Query.term_query(self.schema, "tail", 1)
            reach = tantivy.Query.boolean_query([(tantivy.Occur.Should, inside), (tantivy.Occur.Should, tail)])
            must.append((tantivy.Occur.Must, tantivy.Query.const_score_query(reach, 0.0)))
        asked = tantivy.Query.boolean_query(must) if must else tantivy.Query.all_query()
        hits = self.searcher.search(asked, limit=self.segment.columns.count, count=False).hits
        if not hits:
            return np.zeros(0, np.uint32), (np.zeros(0) if plan.clauses else None), None
        numbers = np.array(self.searcher.fast_field_values("number", [hit[1] for hit in hits]), np.uint32)
        scores = np.array([hit[0] for hit in hits], np.float64)
        order = np.argsort(numbers)
        return numbers[order], (scores[order] if plan.clauses else None), None

    def _range(self, field: str, low: float, high: float) -> Any:
        return tantivy.Query.range_query(self.schema, field, tantivy.FieldType.Float, low, high)

    def _clause(self, clause: Clause) -> Any:
        return _should([self._alternative(alternative) for alternative in clause.alternatives if alternative.stems])

    def _alternative(self, alternative: Alternative) -> Any:
        fields = [(f, w) for f, w in zip(FIELDS, WEIGHTS, strict=True) if alternative.is_typed or f in NAMED_FIELDS]
        terms = []
        for stem in alternative.stems:
            text = stem.replace("es:", "es_")
            options = [
                tantivy.Query.boost_query(tantivy.Query.term_query(self.schema, field, text), weight)
                for field, weight in fields
            ]
            terms.append(_should(options))
        if len(terms) == 1:
            return terms[0]
        return tantivy.Query.boolean_query([(tantivy.Occur.Must, term) for term in terms])


def _should(queries: list[Any]) -> Any:
    if len(queries) == 1:
        return queries[0]
    return tantivy.Query.boolean_query([(tantivy.Occur.Should, query) for query in queries])


class Fts5:
    """SQLite FTS5 finds and scores; place, filters, order and counts by our columns."""

    name = "SQLite FTS5 + our columns"

    def __init__(self, path: Path, segment: Segment) -> None:
        self.segment = segment
        self.view = PartView.of(segment)
        path.unlink(missing_ok=True)
        self.connection = sqlite3.connect(path, isolation_level=None, cached_statements=256)
        for pragma in ("journal_mode=off", "synchronous=off", "cache_size=-262144", "mmap_size=2000000000",
                       "temp_store=memory"):  # fmt: skip
            self.connection.execute(f"PRAGMA {pragma}")
        self.connection.execute(
            "CREATE VIRTUAL TABLE fts USING fts5(name, organization, terms, description, content='',"
            " tokenize=\"unicode61 tokenchars '_'\")"
        )
        self.connection.execute("BEGIN")
        self.connection.executemany(
            "INSERT INTO fts(rowid, name, organization, terms, description) VALUES (?, ?, ?, ?, ?)",
            ((document + 1, *fields) for document, fields in stemmed_fields(segment, range(segment.columns.count))),
        )
        self.connection.execute("COMMIT")
        self.connection.execute("INSERT INTO fts(fts) VALUES ('optimize')")
        self.connection.execute("INSERT INTO fts(fts, rank) VALUES ('rank', 'bm25(3.0, 1.5, 2.0, 1.0)')")

    def search(self, query: SearchQuery) -> SearchResult:
        plan = plan_of([self.view], query, NOW, clauses_of(query.words, query.language))
        return finish(self.view, plan, self._candidates(plan))

    def _candidates(self, plan: Plan) -> Candidates:
        if not plan.clauses:
            return np.arange(self.segment.columns.count, dtype=np.uint32), None, None
        rows = self.connection.execute("SELECT rowid, rank FROM fts WHERE fts MATCH ?", (match_of(plan),)).fetchall()
        if not rows:
            return np.zeros(0, np.uint32), np.zeros(0), None
        numbers = np.array([row[0] for row in rows], np.uint32) - np.uint32(1)
        scores = -np.array([row[1] for row in rows])
        order = np.argsort(numbers)
        return numbers[order], scores[order], None


class Fts5Sql(Fts5):
    """SQLite by itself: FTS5, R*Tree and tables for labels, in SQL."""

    name = "SQLite FTS5 + R*Tree, SQL only"

    def __init__(self, path: Path, segment: Segment) -> None:
        super().__init__(path, segment)
        columns, run_many = segment.columns, self.connection.executemany
        self.connection.executescript(
            "CREATE TABLE listing(id INTEGER PRIMARY KEY, service INT, lat REAL, lng REAL, wide INT, placeless INT);"
            "CREATE VIRTUAL TABLE box USING rtree(id, south, north, west, east);"
            "CREATE TABLE area(code TEXT, id INT, PRIMARY KEY(code, id)) WITHOUT ROWID;"
            "CREATE TABLE label(id INT, value INT, PRIMARY KEY(id, value)) WITHOUT ROWID;"
            "CREATE TEMP TABLE found(id INTEGER PRIMARY KEY, service INT, grade INT, score REAL, miles REAL);"
            "BEGIN"
        )
        numbers = range(columns.count)
        lat, lng = columns.lat.tolist(), columns.lng.tolist()
        placed = [number for number in numbers if not math.isnan(lat[number])]
        run_many(
            "INSERT INTO listing VALUES (?, ?, ?, ?, ?, ?)",
            ((n, int(columns.service[n]), *((lat[n], lng[n]) if lat[n] == lat[n] else (None, None)),
              int(columns.is_remote[n]), int(columns.placeless[n])) for n in numbers),
        )  # fmt: skip
        run_many("INSERT INTO box VALUES (?, ?, ?, ?, ?)", ((n, lat[n], lat[n], lng[n], lng[n]) for n in placed))
        area_names = list(columns.areas.names)
        pairs = zip(columns.areas.label.tolist(), columns.areas.document.tolist(), strict=True)
        run_many("INSERT INTO area VALUES (?, ?)", ((area_names[label], n) for label, n in pairs))
        bits = np.unpackbits(np.ascontiguousarray(columns.bits).view(np.uint8), axis=1, bitorder="little")
        rows, values = np.nonzero(bits)
        run_many("INSERT INTO label VALUES (?, ?)", zip(rows.tolist(), values.tolist(), strict=True))
        terms = columns.term_labels
        run_many("INSERT INTO label VALUES (?, ?)",
                 zip(terms.document.tolist(), (terms.label.astype(int) + 1000).tolist(), strict=True))  # fmt: skip
        self.connection.execute("COMMIT")
        self.connection.execute("CREATE INDEX label_value ON label(value, id)")
        self.connection.execute("ANALYZE")

    def search(self, query: SearchQuery) -> tuple[int, int]:  # type: ignore[override]
        plan = plan_of([self.view], query, NOW, clauses_of(query.words, query.language))
        values: dict[str, Any] = {"match": match_of(plan) if plan.clauses else None}
        where, source, score = ["1"], "listing l", "1.0"
        if plan.clauses:
            source, score = "fts CROSS JOIN listing l ON l.id = fts.rowid - 1", "-fts.rank"
            where.append("fts MATCH :match")
        for kind, codes in (("need", query.needs), ("language", query.languages), ("yes", query.yes)):
            for code in codes:
                where.append(
                    f"EXISTS (SELECT 1 FROM label WHERE id = l.id AND value = {BIT_NAMES.index(f'{kind}:{code}')})"
                )
        miles, grade = "NULL", "0"
        if query.place is not None and query.radius_m is not None:
            miles, grade = self._reach(query, values, where)
        execute = self.connection.execute
        execute("BEGIN")
        execute("DELETE FROM temp.found")
        execute(f"INSERT INTO temp.found SELECT l.id, l.service, {grade}, {score}, {miles} FROM {source}"
                f" WHERE {' AND '.join(where)}", values)  # fmt: skip
        if query.place is not None:
            execute("DELETE FROM temp.found WHERE grade = 9")
        total = execute("SELECT count(DISTINCT service) FROM temp.found WHERE grade < 2").fetchone()[0]
        order = "min(miles)" if query.sort == "distance" else "max(score / (1 + coalesce(miles, 5) / 10)) DESC"
        shown = execute(f"SELECT service, min(grade) FROM temp.found GROUP BY service ORDER BY 2, {order} LIMIT 20")
        items = len(shown.fetchall())
        execute(
            "SELECT value, count(DISTINCT service) FROM temp.found f CROSS JOIN label ON label.id = f.id"
            " WHERE grade < 2 GROUP BY value"
        ).fetchall()
        execute("COMMIT")
        return total, items

    def _reach(self, query: SearchQuery, values: dict[str, Any], where: list[str]) -> tuple[str, str]:
        assert query.place is not None and query.radius_m is not None
        point = query.place.point
        box = bounding_box(point, query.radius_m)
        values |= {"south": box.south_deg, "north": box.north_deg, "west": box.west_deg, "east": box.east_deg,
                   "lat": math.radians(point.lat_deg), "lng": math.radians(point.lng_deg),
                   "radius": query.radius_m / METRES_PER_MILE}  # fmt: skip
        near = ", ".join(f"'{code}'" for code in query.place.area_codes if not code.startswith(("country:", "state:")))
        wide = ", ".join(f"'{code}'" for code in query.place.area_codes if code.startswith(("country:", "state:")))
        miles = (f"{2 * EARTH_RADIUS_MILES} * asin(sqrt(pow(sin((radians(l.lat) - :lat) / 2), 2) + cos(:lat)"
                 " * cos(radians(l.lat)) * pow(sin((radians(l.lng) - :lng) / 2), 2)))")  # fmt: skip
        where.append(
            "l.id IN (SELECT id FROM box WHERE south >= :south AND north <= :north AND west >= :west AND east <= :east"
            f" UNION SELECT id FROM area WHERE code IN ({near}, {wide}) UNION SELECT id FROM listing"
            " WHERE wide OR placeless)"
        )
        grade = (f"CASE WHEN {miles} <= :radius OR l.id IN (SELECT id FROM area WHERE code IN ({near})) THEN 0"
                 f" WHEN l.wide OR l.id IN (SELECT id FROM area WHERE code IN ({wide})) THEN 1"
                 " WHEN l.placeless THEN 3 ELSE 9 END")  # fmt: skip
        return miles, grade


def match_of(plan: Plan) -> str:
    """The words of a plan in FTS5's language."""
    clauses = []
    for clause in plan.clauses:
        options = []
        for alternative in clause.alternatives:
            if alternative.stems:
                words = " AND ".join(f'"{stem.replace("es:", "es_")}"' for stem in alternative.stems)
                options.append(f"({words})" if alternative.is_typed else f"{{name organization terms}} : ({words})")
        clauses.append("(" + " OR ".join(options) + ")")
    return " AND ".join(clauses)


def finish(view: PartView, plan: Plan, candidates: Candidates) -> SearchResult:
    """Our own columns on another engine's candidates."""
    matches = narrow(view, plan, candidates)
    sizes = matches.group_sizes().tolist()
    counts = [matches.counts] if matches.counts else []
    return SearchResult(
        sizes[NEAR] + sizes[REMOTE], matches.within, sizes[REMOTE], 0, 0, plan.query.page, plan.query.size,
        _page([view], plan, [matches]), facets_of(counts, [view.part.columns]),
    )  # fmt: skip


@dataclass
class FeedSource:
    """A change feed in memory, to measure what an edit costs."""

    documents: dict[str, Any]
    feed: list[tuple[int, str]]

    def all_documents(self) -> Iterable[Any]:
        return ()

    def documents_of(self, service_ids: Sequence[str]) -> Sequence[Any]:
        return [self.documents[service_id] for service_id in service_ids]

    def changes_from(self, floor: int) -> Sequence[tuple[int, str]]:
        return [row for row in self.feed if row[0] >= floor]

    def newest_change(self) -> int:
        return self.feed[-1][0] if self.feed else 0


__all__ = ["NEAR", "Columns", "Engine", "Fts5", "Fts5Sql", "Live", "Ours", "Progress", "Tantivy"]
