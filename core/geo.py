"""Points on the earth and great-circle distance; no gazetteer and no database."""

from __future__ import annotations

import math
from dataclasses import dataclass

EARTH_RADIUS_MILES = 3958.7613  # the sphere of search.md section 3; results are compared with other programs on it
METRES_PER_MILE = 1609.344
EARTH_RADIUS_M = EARTH_RADIUS_MILES * METRES_PER_MILE


@dataclass(frozen=True, slots=True)
class Point:
    """A place on the earth in decimal degrees (WGS 84).

    Raises ValueError when a coordinate is not a finite number on the earth.
    """

    lat_deg: float
    lng_deg: float

    def __post_init__(self) -> None:
        if not (math.isfinite(self.lat_deg) and math.isfinite(self.lng_deg)):
            raise ValueError("A coordinate must be a finite number.")
        if abs(self.lat_deg) > 90 or abs(self.lng_deg) > 180:
            raise ValueError("A latitude lies within ±90 and a longitude within ±180 degrees.")


@dataclass(frozen=True, slots=True)
class Box:
    """A latitude and longitude box. `west` may exceed `east` where the box crosses the 180th meridian."""

    south_deg: float
    west_deg: float
    north_deg: float
    east_deg: float


def distance_m(a: Point, b: Point) -> float:
    """Great-circle metres between two points by the haversine formula, exact to rounding at any distance."""
    lat_a, lat_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    half_lat = math.sin((lat_b - lat_a) / 2)
    half_lng = math.sin(math.radians(b.lng_deg - a.lng_deg) / 2)
    chord = half_lat * half_lat + math.cos(lat_a) * math.cos(lat_b) * half_lng * half_lng
    return 2 * EARTH_RADIUS_M * math.asin(min(1.0, math.sqrt(chord)))


def distance_miles(a: Point, b: Point) -> float:
    """Great-circle miles between two points."""
    return distance_m(a, b) / METRES_PER_MILE


def bounding_box(point: Point, radius_m: float) -> Box:
    """The smallest box that holds every point within `radius_m`; exact also near the poles.

    Use it to cut candidates first; `distance_m` decides.
    """
    angle = radius_m / EARTH_RADIUS_M
    south, north = point.lat_deg - math.degrees(angle), point.lat_deg + math.degrees(angle)
    if south <= -90 or north >= 90 or angle >= math.pi / 2:
        return Box(max(south, -90.0), -180.0, min(north, 90.0), 180.0)
    spread = math.degrees(math.asin(math.sin(angle) / math.cos(math.radians(point.lat_deg))))
    west, east = point.lng_deg - spread, point.lng_deg + spread
    return Box(south, west + 360 if west < -180 else west, north, east - 360 if east > 180 else east)
