"""Distance on the sphere, and the box that must hold every point of a circle."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.geo import EARTH_RADIUS_M, METRES_PER_MILE, Point, bounding_box, distance_m, distance_miles

LATITUDES, LONGITUDES = st.floats(-90, 90), st.floats(-180, 180)


def test_known_distance() -> None:
    """White Plains to Mount Vernon on a sphere of 3,958.7613 miles: 9.143 miles, by the law of cosines."""
    a, b = Point(41.03289, -73.76478), Point(40.9126, -73.8371)
    lat_a, lat_b = math.radians(a.lat_deg), math.radians(b.lat_deg)
    angle = math.acos(
        math.sin(lat_a) * math.sin(lat_b)
        + math.cos(lat_a) * math.cos(lat_b) * math.cos(math.radians(a.lng_deg - b.lng_deg))
    )
    assert distance_miles(a, b) == pytest.approx(3958.7613 * angle, rel=1e-9)


@given(LATITUDES, LONGITUDES, st.floats(1, 5e6), st.floats(0, 2 * math.pi), st.floats(0, 0.999))
def test_box_holds_every_point_of_the_circle(
    lat: float, lng: float, radius_m: float, bearing: float, part: float
) -> None:
    """A point within the radius is never cut away."""
    start, angle = Point(lat, lng), radius_m * part / EARTH_RADIUS_M
    lat_r = math.radians(lat)
    end_lat = math.asin(math.sin(lat_r) * math.cos(angle) + math.cos(lat_r) * math.sin(angle) * math.cos(bearing))
    end_lng = lng + math.degrees(
        math.atan2(
            math.sin(bearing) * math.sin(angle) * math.cos(lat_r), math.cos(angle) - math.sin(lat_r) * math.sin(end_lat)
        )
    )
    end_lng = (end_lng + 540) % 360 - 180
    box, slack = bounding_box(start, radius_m), 1e-9
    assert box.south_deg - slack <= math.degrees(end_lat) <= box.north_deg + slack
    inside = (
        box.west_deg - slack <= end_lng <= box.east_deg + slack
        if box.west_deg <= box.east_deg
        else end_lng >= box.west_deg - slack or end_lng <= box.east_deg + slack
    )
    assert inside or abs(lat) > 89.999


@given(LATITUDES, LONGITUDES, LATITUDES, LONGITUDES)
def test_distance_is_the_same_both_ways_and_bounded(a: float, b: float, c: float, d: float) -> None:
    """Symmetric, never more than half round the earth."""
    one, other = Point(a, b), Point(c, d)
    assert distance_m(one, other) == pytest.approx(distance_m(other, one), abs=1e-3)
    assert 0 <= distance_m(one, other) <= math.pi * EARTH_RADIUS_M + METRES_PER_MILE


@pytest.mark.parametrize(("lat", "lng"), [(91, 0), (0, 181), (math.nan, 0), (0, math.inf)])
def test_a_point_off_the_earth_is_refused(lat: float, lng: float) -> None:
    """Such a point never gets as far as a search."""
    with pytest.raises(ValueError, match="coordinate|latitude"):
        Point(lat, lng)
