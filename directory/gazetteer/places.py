"""The places themselves, their points and the codes of the areas that hold them; not how people write them.

Loaded lazily from the shipped file. A town is the mean of its ZIP codes; two towns of one name in a state are kept
apart when they lie far from each other. ZIP codes cross county lines, so a ZIP's county means "probably in".
"""

from __future__ import annotations

import csv
import gzip
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property, lru_cache
from pathlib import Path
from sys import intern
from typing import Literal, NamedTuple

from core.geo import Point, distance_m
from directory.gazetteer.names import STATES, county_key, county_title, find_state, folded, plain_name, state_fips

DATA = Path(__file__).resolve().parents[1] / "data"
COUNTRY_CODE = "country:US"
SAME_TOWN_M = 40_000  # ZIP codes of one name farther apart than this, in another county, are another town
NEAREST_ZIP_M = 100_000  # a point farther than this from every ZIP's centre lies in none
CENTRE_M = 50.0  # directory.md section 5: a point this close to an area's centre stands for the area

Kind = Literal["zip", "town", "county", "state", "point"]


@dataclass(frozen=True, slots=True)
class Place:
    """One place, with the codes of every area that holds it ("state:NY", "county:36119", "town:NY:white plains")."""

    label: str
    kind: Kind
    point: Point
    zip_code: str | None = None
    town: str | None = None
    county: str | None = None
    county_fips: str | None = None
    state: str | None = None
    area_codes: tuple[str, ...] = ()
    size: int = field(default=1, compare=False)  # ZIP codes inside: the larger place of a name comes first


class _Zip(NamedTuple):
    code: str
    place: str
    state: str
    county: str
    county_fips: str
    lat_deg: float
    lng_deg: float


class Gazetteer:
    """All places in memory: about 41,500 ZIP codes, 30,000 towns, 3,100 counties. Made once, by `gazetteer()`.

    Each index is built when it is first asked for: a ZIP alone needs none.
    """

    def __init__(self, zips: Iterable[_Zip], more_towns: Iterable[tuple[str, str, list[str]]]) -> None:
        self.zips = {entry.code: entry for entry in zips}
        self._more_towns = list(more_towns)

    @cached_property
    def names(self) -> dict[str, str]:
        """Town as written → its plain name."""
        written = {entry.place for entry in self.zips.values()}
        written.update(place for place, _, _ in self._more_towns)
        return {place: intern(plain_name(place)) for place in sorted(written)}

    @cached_property
    def written_names(self) -> dict[str, str]:
        """Plain name → town as written."""
        return {plain: place for place, plain in self.names.items()}

    @cached_property
    def towns(self) -> dict[str, dict[str, list[list[_Zip]]]]:
        """Plain name → state → towns of the name, each with its ZIP codes."""
        together: dict[tuple[str, str], list[_Zip]] = {}
        for entry in self.zips.values():
            if entry.state:
                together.setdefault((self.names[entry.place], entry.state), []).append(entry)
        for place, state, codes in self._more_towns:
            members = [self.zips[code] for code in codes if code in self.zips]
            together.setdefault((self.names[place], state), members)
        towns: dict[str, dict[str, list[list[_Zip]]]] = {}
        for (name, state), members in together.items():
            towns.setdefault(name, {})[state] = _apart(members)
        return towns

    @cached_property
    def counties(self) -> dict[str, dict[str, list[_Zip]]]:
        """Plain name without the word for county → FIPS → ZIP codes."""
        together: dict[tuple[str, str], list[_Zip]] = {}
        for entry in self.zips.values():
            if entry.state:
                together.setdefault((entry.county, entry.county_fips), []).append(entry)
        counties: dict[str, dict[str, list[_Zip]]] = {}
        for (county, fips), members in together.items():
            counties.setdefault(county_key(county), {})[fips] = members
        return counties

    @cached_property
    def cells(self) -> dict[tuple[int, int], list[_Zip]]:
        """ZIP codes by squares of a quarter degree, to find the nearest."""
        cells: dict[tuple[int, int], list[_Zip]] = {}
        for entry in self.zips.values():
            cells.setdefault((round(entry.lat_deg * 4), round(entry.lng_deg * 4)), []).append(entry)
        return cells

    def nearest_zip(self, point: Point, within_m: float) -> _Zip | None:
        """The ZIP whose centre is nearest, if one is that near. Looks at a few cells only."""
        row, column = round(point.lat_deg * 4), round(point.lng_deg * 4)
        best: tuple[float, _Zip] | None = None
        for ring in range(8):
            if (ring - 1) * 10_000 > within_m:
                break  # nothing in this ring or beyond is that near
            for cell in _ring(row, column, ring):
                for entry in self.cells.get(cell, ()):
                    if abs(entry.lat_deg - point.lat_deg) * 110_000 > within_m:
                        continue  # a degree of latitude is at least 110 km
                    away = distance_m(point, Point(entry.lat_deg, entry.lng_deg))
                    if away <= within_m and (best is None or (away, entry.code) < (best[0], best[1].code)):
                        best = (away, entry)
            # A cell is 0.25°: at least 27.7 km high, and narrower towards the pole; two more rings settle a tie.
            if best is not None and best[0] < max(ring - 1, 0) * 10_000:
                break
        return best[1] if best else None


@lru_cache(maxsize=1)
def gazetteer() -> Gazetteer:
    """The loaded gazetteer; the first call reads the shipped file."""
    with gzip.open(DATA / "places.csv.gz", "rt", encoding="utf-8", newline="") as file:
        reader = csv.reader(file)
        next(reader)
        zips = [
            _Zip(code, place, intern(state), intern(county), intern(_fips(state, county_fips3)), float(lat), float(lng))
            for code, place, state, county, county_fips3, lat, lng, _ in reader
        ]
    with (DATA / "places_more.csv").open(encoding="utf-8", newline="") as file:
        more = [(row["place"], row["state"], row["zips"].split()) for row in csv.DictReader(file)]
    return Gazetteer(zips, more)


def zip_place(zip_code: str) -> Place | None:
    """The place of a five-figure ZIP code, or None when there is none."""
    entry = gazetteer().zips.get(zip_code)
    return _of_zip(entry) if entry else None


def zip_point(zip_code: str) -> Point | None:
    """The centre of a ZIP code."""
    entry = gazetteer().zips.get(zip_code)
    return Point(entry.lat_deg, entry.lng_deg) if entry else None


def county_of_zip(zip_code: str) -> tuple[str, str] | None:
    """(County, five-figure FIPS) that the ZIP is probably in; never a test of eligibility."""
    entry = gazetteer().zips.get(zip_code)
    return (entry.county, entry.county_fips) if entry and entry.county_fips else None


def town_point(town: str, state: str) -> Point | None:
    """The centre of a town, or None when there is none or more than one of the name in the state."""
    places = towns_named(plain_name(town), state.upper())
    return places[0].point if len(places) == 1 else None


def place_at(point: Point) -> Place:
    """The areas of the ZIP nearest to a point. Far from every ZIP: no areas, and the figures for a label."""
    entry = gazetteer().nearest_zip(point, NEAREST_ZIP_M)
    if entry is None:
        return Place(f"{point.lat_deg:.3f}, {point.lng_deg:.3f}", "point", point)
    near = _of_zip(entry)
    return Place(
        near.label, "point", point, near.zip_code, near.town, near.county, near.county_fips, near.state, near.area_codes
    )


def area_codes_at(point: Point) -> tuple[str, ...]:
    """The codes of the areas that probably hold a point."""
    return place_at(point).area_codes


def zip_centre_within(point: Point, metres: float) -> str | None:
    """The ZIP whose centre lies that near, or None: then the point is more than a ZIP's stand-in."""
    entry = gazetteer().nearest_zip(point, metres)
    return entry.code if entry else None


def is_area_centre(point: Point) -> bool:
    """Whether the point lies within 50 m of a ZIP's or a town's centre, and so stands for the area."""
    if zip_centre_within(point, CENTRE_M):
        return True
    row, column = round(point.lat_deg * 100), round(point.lng_deg * 100)
    return any(
        distance_m(point, centre) <= CENTRE_M
        for r in (row - 1, row, row + 1)
        for c in (column - 1, column, column + 1)
        for centre in _town_centres().get((r, c), ())
    )


def state_code(state: str) -> str | None:
    """The area code of a state's code or name."""
    code = find_state(folded(state))
    return f"state:{code}" if code else None


def county_code(county: str, state: str) -> str | None:
    """The area code of a county's name ("Monroe", "Monroe County") in a state; None when it is not one."""
    code = find_state(folded(state))
    found = counties_named(county_key(county), code) if code else []
    titled = [place for place in found if not place.label.partition(",")[0].endswith(" city")] or found
    return f"county:{titled[0].county_fips}" if titled else None


def town_code(town: str, state: str) -> str | None:
    """The area code of a town in a state; None when the gazetteer has no such town."""
    code, name = find_state(folded(state)), plain_name(town)
    return f"town:{code}:{name}" if code and code in gazetteer().towns.get(name, {}) else None


def area_code_label(area_code: str) -> str | None:
    """An area code in words ("Westchester County, NY"), or None when there is no such area."""
    kind, _, rest = area_code.partition(":")
    if kind == "country":
        return "United States" if rest == "US" else None
    if kind == "state":
        return STATES[rest][0] if rest in STATES else None
    if kind == "county":
        return _county_labels().get(rest)
    if kind == "town":
        state, _, name = rest.partition(":")
        places = towns_named(name, state)
        return places[0].label if places else None
    found = zip_place(rest) if kind == "zip" else None
    return found.label if found else None


def towns_named(name: str, state: str | None = None) -> list[Place]:
    """Towns of a plain name, in one state or in all, the largest first."""
    entries = gazetteer().towns.get(name, {})
    found = [
        _of_town(name, code, members, is_one_of_two=len(towns) > 1)
        for code, towns in entries.items()
        if state in (None, code)
        for members in towns
    ]
    return sorted(found, key=lambda place: (-place.size, place.label))


def counties_named(name: str, state: str | None = None) -> list[Place]:
    """Counties of a plain name without the word for county, the largest first."""
    entries = gazetteer().counties.get(name, {})
    found = [_of_county(fips, members) for fips, members in entries.items() if state in (None, members[0].state)]
    return sorted(found, key=lambda place: (-place.size, place.label))


@lru_cache(maxsize=64)
def state_place(state: str) -> Place | None:
    """A whole state; its point is the mean of its ZIP codes, None for a territory without any here."""
    members = [entry for entry in gazetteer().zips.values() if entry.state == state]
    if not members:
        return None
    codes = (COUNTRY_CODE, f"state:{state}")
    label, name = STATES[state][0], plain_name(STATES[state][0])
    if name in gazetteer().towns or name in gazetteer().counties:
        label += " (state)"
    return Place(label, "state", _mean(members), state=state, area_codes=codes, size=len(members))


def _of_zip(entry: _Zip) -> Place:
    town = plain_name(entry.place)
    codes = [COUNTRY_CODE]
    if entry.state:
        codes += [f"state:{entry.state}", f"county:{entry.county_fips}", f"town:{entry.state}:{town}"]
    return Place(
        label=f"{entry.place}, {entry.state} {entry.code}" if entry.state else f"{entry.place} {entry.code}",
        kind="zip",
        point=Point(entry.lat_deg, entry.lng_deg),
        zip_code=entry.code,
        town=entry.place,
        county=entry.county or None,
        county_fips=entry.county_fips or None,
        state=entry.state or None,
        area_codes=(*codes, f"zip:{entry.code}"),
    )


def _of_town(name: str, state: str, members: list[_Zip], *, is_one_of_two: bool) -> Place:
    counties = Counter((entry.county_fips, entry.county) for entry in members)
    ((fips, county), _), *_ = counties.most_common(1)
    written = gazetteer().written_names[name]
    label = f"{written}, {state}"
    rivals = {other for other, them in gazetteer().counties.get(name, {}).items() if them[0].state == state}
    if is_one_of_two or rivals - {code for code, _ in counties}:  # "Monroe" is not in Monroe County
        label = f"{written} ({county_title(county, state)}), {state}"
    codes = [COUNTRY_CODE, f"state:{state}", *sorted(f"county:{code}" for code, _ in counties), f"town:{state}:{name}"]
    if len(members) == 1:
        codes.append(f"zip:{members[0].code}")
    return Place(
        label, "town", _mean(members), None, written, county, fips, state, tuple(codes), len(members)
    )  # fmt: skip


def _of_county(fips: str, members: list[_Zip]) -> Place:
    county, state = members[0].county, members[0].state
    return Place(
        label=f"{county_title(county, state)}, {state}",
        kind="county",
        point=_mean(members),
        county=county,
        county_fips=fips,
        state=state,
        area_codes=(COUNTRY_CODE, f"state:{state}", f"county:{fips}"),
        size=len(members),
    )


def _apart(members: list[_Zip]) -> list[list[_Zip]]:
    """The ZIP codes of one town name in one state, as one town or as several that lie far apart."""
    if len({entry.county_fips for entry in members}) == 1:
        return [members]
    groups: list[list[_Zip]] = []
    for entry in members:
        here = Point(entry.lat_deg, entry.lng_deg)
        near = [
            group
            for group in groups
            if any(
                other.county_fips == entry.county_fips
                or distance_m(here, Point(other.lat_deg, other.lng_deg)) <= SAME_TOWN_M
                for other in group
            )
        ]
        groups = [group for group in groups if not any(group is joined for joined in near)]
        groups.append([entry, *(other for group in near for other in group)])
    return groups


def _mean(members: list[_Zip]) -> Point:
    count = len(members)
    lat = sum(entry.lat_deg for entry in members) / count
    west = [entry.lng_deg - 360 if entry.lng_deg > 0 else entry.lng_deg for entry in members]  # Alaska crosses 180°
    lng = sum(west) / count
    return Point(round(lat, 5), round(lng + 360 if lng < -180 else lng, 5))


def _ring(row: int, column: int, ring: int) -> Iterator[tuple[int, int]]:
    for r in range(row - ring, row + ring + 1):
        step = 1 if abs(r - row) == ring else max(2 * ring, 1)
        for c in range(column - ring, column + ring + 1, step):
            yield r, c


@lru_cache(maxsize=1)
def _town_centres() -> dict[tuple[int, int], list[Point]]:
    centres: dict[tuple[int, int], list[Point]] = {}
    for states in gazetteer().towns.values():
        for towns in states.values():
            for members in towns:
                if len(members) > 1:  # a town of one ZIP is that ZIP's centre
                    point = _mean(members)
                    centres.setdefault((round(point.lat_deg * 100), round(point.lng_deg * 100)), []).append(point)
    return centres


@lru_cache(maxsize=1)
def _county_labels() -> dict[str, str]:
    return {
        fips: f"{county_title(members[0].county, members[0].state)}, {members[0].state}"
        for entries in gazetteer().counties.values()
        for fips, members in entries.items()
    }


def _fips(state: str, county_fips3: str) -> str:
    fips = state_fips(state)
    return f"{fips}{county_fips3}" if fips and county_fips3 else ""
