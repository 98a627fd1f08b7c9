"""A map of counties as plain geometry, from the outlines of the public map: drawn on the server, without script."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

OUTLINES: Final = Path(__file__).resolve().parents[2] / "static" / "img" / "map" / "counties.geojson"
WIDTH: Final = 720
MARGIN: Final = 8
STEPS: Final = (1, 3, 6, 11)  # how often unmet: from here on a deeper colour
Corner = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Outline:
    """A county's shape on the drawing, and where its number stands."""

    code: str
    name: str
    path: str
    middle: Corner


@dataclass(frozen=True, slots=True)
class CountyShape:
    """A county as it is drawn: how deep its colour is (0 to 4), the number on it, whether it is marked."""

    outline: Outline
    step: int
    number: str
    is_marked: bool


@dataclass(frozen=True, slots=True)
class CountyMap:
    """The drawing; `text` says what it shows for those who do not see it."""

    width: int
    height: int
    shapes: Sequence[CountyShape]
    text: str


def county_map(numbers: Mapping[str, int], marked: frozenset[str], text: str) -> CountyMap:
    """The map with a number in each county of `numbers` (area code → how often); marked ones come last, on top."""
    height, outlines = _outlines()
    shapes = [
        CountyShape(one, step_of(numbers.get(one.code, 0)), str(numbers.get(one.code, "")), one.code in marked)
        for one in outlines
    ]
    return CountyMap(WIDTH, height, sorted(shapes, key=lambda shape: (shape.is_marked, shape.step)), text)


def step_of(number: int) -> int:
    """How deep the colour of a number is: 0 for none."""
    return sum(number >= step for step in STEPS)


@cache
def _outlines() -> tuple[int, tuple[Outline, ...]]:
    """The outlines on the drawing's grid and its height. Read once: the file is shipped."""
    features = [
        feature
        for feature in json.loads(OUTLINES.read_text(encoding="utf-8"))["features"]
        if feature["geometry"]["type"] == "MultiPolygon"
    ]
    corners = [corner for feature in features for ring in _rings(feature) for corner in ring]
    west, east = min(lng for lng, _ in corners), max(lng for lng, _ in corners)
    south, north = min(lat for _, lat in corners), max(lat for _, lat in corners)
    flat = math.cos(math.radians((south + north) / 2))  # a degree of longitude is so much shorter there
    scale = (WIDTH - 2 * MARGIN) / ((east - west) * flat)
    height = round((north - south) * scale) + 2 * MARGIN

    def placed(corner: Sequence[float]) -> Corner:
        return round((corner[0] - west) * flat * scale) + MARGIN, round((north - corner[1]) * scale) + MARGIN

    return height, tuple(
        _outline(feature, [[placed(c) for c in ring] for ring in _rings(feature)]) for feature in features
    )


def _rings(feature: Mapping[str, Any]) -> list[list[Sequence[float]]]:
    return [ring for polygon in feature["geometry"]["coordinates"] for ring in polygon]


def _outline(feature: Mapping[str, Any], rings: Sequence[Sequence[Corner]]) -> Outline:
    bare = [[corner for at, corner in enumerate(ring) if not at or corner != ring[at - 1]] for ring in rings]
    drawn = [ring for ring in bare if len(ring) > 3]
    path = "".join("M" + "L".join(f"{x} {y}" for x, y in ring[:-1]) + "Z" for ring in drawn)
    properties = feature["properties"]
    largest = max(rings, key=lambda ring: abs(_area_and_middle(ring)[0]))
    return Outline(f"county:{properties['fips']}", properties["name"], path, _area_and_middle(largest)[1])


def _area_and_middle(ring: Sequence[Corner]) -> tuple[float, Corner]:
    """The area of a ring and its centre of gravity (shoelace formula)."""
    area = x_sum = y_sum = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:], strict=False):
        cross = x1 * y2 - x2 * y1
        area, x_sum, y_sum = area + cross / 2, x_sum + (x1 + x2) * cross, y_sum + (y1 + y2) * cross
    if not area:
        return 0.0, ring[0]
    return area, (round(x_sum / (6 * area)), round(y_sum / (6 * area)))
