"""The places of the demo organizations: points near a ZIP's centre, invented house numbers, doors, ramps, buses."""

from __future__ import annotations

import math
from dataclasses import dataclass
from uuid import UUID

from core.geo import METRES_PER_MILE
from directory.facets import Precision
from seeds.content import County, Organization, details
from seeds.records import Pile, chance, turn

NEAREST_M, FARTHEST_M = 150, 1100  # from the ZIP's centre: clear of the centre itself, and still within the town
METRES_PER_DEGREE = 69.0937 * METRES_PER_MILE  # of latitude, on the sphere of core.geo
SOURCE = "demo"


@dataclass(frozen=True, slots=True)
class Site:
    """One place of an organization. `step_free`, `near_transit` are answers, None is not stated."""

    location_id: UUID
    zip_code: str
    town: str
    street: str
    is_withheld: bool
    step_free: bool | None
    near_transit: bool | None


def add_site(pile: Pile, organization: Organization, organization_id: UUID, county: County, number: int) -> Site:
    """The organization's site of that number (from 0), with address, way in and access."""
    zip_code = organization.sites[number]
    town, lat_deg, lng_deg = county.zips[zip_code]
    key = f"{organization.code}/{number}"
    luck = chance(f"site/{key}")
    street = luck.choice(county.streets)
    precision = luck.choices(
        (Precision.EXACT, Precision.STREET, Precision.ZIP, Precision.TOWN), weights=(80, 10, 6, 4)
    )[0]
    lat_deg, lng_deg = _point(lat_deg, lng_deg, precision, luck.random(), luck.random())
    step_free = luck.choices((True, False, None), weights=(62, 14, 24))[0]
    near_transit = luck.choices((True, False, None), weights=(60, 14, 26))[0]
    words = {"bus": county.bus, "train": county.train, "street": luck.choice(county.streets)}
    way = details()["transit"] if near_transit else details()["no_transit"] if near_transit is False else ()
    location_id = pile.add(
        "location",
        key,
        organization_id=organization_id,
        location_type="physical",
        name=organization.name if len(organization.sites) == 1 else f"{organization.name}, {town}",
        description=luck.choice(details()["doors"]),
        transportation=luck.choice(way).format(**words) if way else None,
        latitude=lat_deg,
        longitude=lng_deg,
        place_precision=str(precision),
        place_source=SOURCE,
        place_checked_on=pile.moment(luck.randrange(20, 900)).date(),
    )
    is_street_told = precision in (Precision.EXACT, Precision.STREET)
    pile.add(
        "address",
        key,
        location_id=location_id,
        address_1=f"{luck.randrange(3, 420)} {street}" if is_street_told else None,
        address_2=luck.choice(("2nd floor", "Suite 4", "Rear building")) if luck.random() < 0.2 else None,
        city=town,
        state_province="NY",
        postal_code=zip_code,
        country="US",
        address_type="physical",
    )
    _add_access(pile, key, location_id, step_free, luck.random())
    return Site(location_id, zip_code, town, street, False, step_free, near_transit)


def add_withheld_site(pile: Pile, organization: Organization, organization_id: UUID, key: str) -> Site:
    """A place that must stay secret: a row that says so, and nothing else."""
    location_id = pile.add(
        "location",
        key,
        organization_id=organization_id,
        location_type="physical",
        name="Confidential location",
        place_withheld=True,
        place_precision=str(Precision.NONE),
    )
    return Site(location_id, "", "", "", True, None, None)


def _point(lat_deg: float, lng_deg: float, precision: Precision, turned: float, away: float) -> tuple[float, float]:
    if precision in (Precision.ZIP, Precision.TOWN):
        return lat_deg, lng_deg
    metres = NEAREST_M + away * (FARTHEST_M - NEAREST_M)
    angle = turned * 2 * math.pi
    north, east = metres * math.cos(angle), metres * math.sin(angle)
    return (
        round(lat_deg + north / METRES_PER_DEGREE, 5),
        round(lng_deg + east / (METRES_PER_DEGREE * math.cos(math.radians(lat_deg))), 5),
    )


def _add_access(pile: Pile, key: str, location_id: UUID, step_free: bool | None, luck: float) -> None:
    if step_free is None and luck < 0.5:
        return
    group = {True: "access_yes", False: "access_no", None: "access_some"}[step_free]
    lines = details()[group]
    pile.add("accessibility", key, location_id=location_id, description=turn(lines, int(luck * 100)))
