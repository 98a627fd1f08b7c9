"""The map's own base: the committed outlines, and the script's way of simplifying borders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import brotli

from scripts.make_outlines import Ring, neighbourhood, simplify_all, simplify_arc, to_geojson, town_points

OUTLINES = Path(__file__).parents[1] / "static" / "img" / "map" / "counties.geojson"


def features(kind: str) -> list[dict[str, Any]]:
    collection = json.loads(OUTLINES.read_text(encoding="utf-8"))
    return [feature for feature in collection["features"] if feature["geometry"]["type"] == kind]


def test_the_file_fits_its_share_of_the_page() -> None:
    sent = OUTLINES.read_bytes()
    assert len(sent) < 60_000
    assert len(brotli.compress(sent)) <= 8 * 1024


def test_program_counties_and_their_neighbours_are_there() -> None:
    names = {feature["properties"]["fips"]: feature["properties"]["name"] for feature in features("MultiPolygon")}
    assert (names["36119"], names["36029"], names["36055"]) == ("Westchester", "Erie", "Monroe")
    assert {"36087", "36005", "09001"} <= names.keys()  # Rockland, Bronx, Fairfield in Connecticut


def test_rings_are_closed_and_on_the_map() -> None:
    for feature in features("MultiPolygon"):
        for (ring,) in feature["geometry"]["coordinates"]:
            assert ring[0] == ring[-1] and len(ring) >= 4
            assert all(-81 < lng < -71 and 40 < lat < 46 for lng, lat in ring)


def test_neighbours_share_their_border_to_the_vertex() -> None:
    corners = {
        feature["properties"]["fips"]: {tuple(v) for (ring,) in feature["geometry"]["coordinates"] for v in ring}
        for feature in features("MultiPolygon")
    }
    assert len(corners["36119"] & corners["36079"]) >= 2  # Putnam
    assert len(corners["36119"] & corners["09001"]) >= 5  # Fairfield, a crooked line


def test_towns_of_the_program_counties_are_named() -> None:
    names = {feature["properties"]["name"] for feature in features("Point")}
    assert {"White Plains", "Yonkers", "Buffalo", "Rochester", "Mount Kisco"} <= names
    drawn = {name for name, _, _ in town_points(["36119"], [])}
    assert "Yonkers" in drawn and "Buffalo" not in drawn


SQUARES: dict[str, list[Ring]] = {
    "00001": [[(0, 0), (0, 1), (0.5, 1.0001), (1, 1), (1.0001, 0.5), (1, 0), (0, 0)]],
    "00002": [[(1, 0), (1.0001, 0.5), (1, 1), (2, 1), (2, 0), (1, 0)]],
    "00003": [[(5, 5), (5, 6), (6, 6), (5, 5)]],
}


def test_a_shared_border_is_simplified_once() -> None:
    simple = simplify_all(SQUARES, ["00001"], [])
    assert sorted(simple["00001"][0][1:]) == [(0, 0), (0, 1), (1, 0), (1, 1)]
    assert sorted(simple["00002"][0][1:]) == [(1, 0), (1, 1), (2, 0), (2, 1)]


def test_neighbours_touch() -> None:
    assert neighbourhood(SQUARES, ["00001"]) == ["00001", "00002"]


def test_an_arc_is_the_same_from_either_end() -> None:
    arc: Ring = [(0, 0), (1, 0.3), (2, -0.2), (3, 0.9), (4, 0)]
    assert simplify_arc(arc, 0.25) == simplify_arc(arc[::-1], 0.25)[::-1]
    assert simplify_arc(arc, 0.0001) == arc
    assert simplify_arc(arc, 10) == [(0, 0), (4, 0)]


def test_equal_shapes_are_equal_bytes() -> None:
    names = {fips: fips for fips in SQUARES}
    assert to_geojson(names, SQUARES, []) == to_geojson(names, dict(reversed(SQUARES.items())), [])
