"""What the gazetteer says of a feed's places: points that cannot be, how exact the others are, areas served."""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Final

from core.geo import Point, distance_m
from directory import gazetteer
from directory.facets import Precision
from directory.gazetteer.names import state_fips
from directory.gazetteer.places import gazetteer as all_places
from directory.hsds.normalise import SECRET
from directory.hsds.places import STATE_CODES, STATES, read_zip
from directory.hsds.records import Feed, Record

FAR_FROM_STATE_M: Final = 80_000  # 50 miles beyond the state of the address is another place
FAR_FROM_ZIP_M: Final = 240_000  # 150 miles from its own ZIP, in the same state; Alaska has larger ZIPs
SHARED_BY_MOST: Final = (
    5  # organizations on one point; more of them mean the middle of an area (directory.md section 5)
)
AREA_CODES: Final = "area_codes"
_COUNTY_CODES: Final = re.compile(r"#{2,}\s*(\d{3}|\d{5})\s*(?=#)")
_PLACED: Final = re.compile(
    r"\b(?:in|at|near|to|from|by|of|outside|around|downtown|is|beyond|between|and)\s+((?:[A-Z][\w.'’-]*\s*){1,4})"
)
_NO_TOWNS: Final = frozenset({"english", "spanish", "person", "crisis", "need", "danger", "home", "us", "hope"})
_NATIONWIDE: Final = re.compile(r"nation ?-?wide|national|united states|u\.?s\.?a?\.?|all states", re.IGNORECASE)
_STATEWIDE: Final = re.compile(r"(?:state ?-?wide|entire state|all counties|all of (?:the )?state)", re.IGNORECASE)


def settle_places(feed: Feed) -> dict[str, int]:
    """Judge every point, give each place its precision, fill in the country, read the areas served.

    Answers the figures of the report: points read, kept, dropped, and those that stand for a ZIP.
    """
    addresses: dict[int, Record] = {}
    for address in feed.of("address"):
        _fill_country(address, feed)
        if address.values.get("address_type") == "physical":
            addresses.setdefault(id(address.parents["location_id"]), address)
    for location in feed.of("location"):
        _repair_zip(addresses.get(id(location)), feed)
    sharing = _organizations_by_point(feed)
    figures: Counter[str] = Counter()
    for location in feed.of("location"):
        _settle_point(location, addresses.get(id(location)), sharing, feed, figures)
    state = usual_state(feed)
    for area in feed.of("service_area"):
        _read_area(area, state, feed)
    off = sum(1 for location in feed.of("location") if location.flags & {"point_off_earth", "point_half"})
    figures["points_read"] += off
    figures["points_dropped"] += off
    return dict(figures)


def _repair_zip(address: Record | None, feed: Feed) -> None:
    """A four-digit ZIP whose state is not named, but whose town is: the zero goes back where that town has the ZIP."""
    if address is None:
        return
    typed = str(address.values.get("postal_code", ""))
    if not re.fullmatch(r"\d{3,4}", typed):
        return
    place = gazetteer.zip_place(typed.zfill(5))
    town = str(address.values.get("city", "")).strip().lower()
    if place is not None and (place.town or "").lower() == town and town:
        address.values["postal_code"] = typed.zfill(5)
        feed.note(address, "postal_code", typed, typed.zfill(5), "zip_restored")


def _fill_country(address: Record, feed: Feed) -> None:
    values = address.values
    if values.get("country"):
        return
    state, postal_code = str(values.get("state_province", "")), str(values.get("postal_code", ""))
    if state in STATE_CODES or (not state and gazetteer.zip_point(postal_code[:5]) is not None):
        values["country"] = "US"
        feed.note(address, "country", None, "US", "country_filled")


def _organizations_by_point(feed: Feed) -> dict[tuple[float, float], set[str]]:
    sharing: dict[tuple[float, float], set[str]] = {}
    for location in feed.of("location"):
        point = _point_of(location)
        if point is not None:
            organization = location.parents.get("organization_id")
            name = organization.original_id if organization else location.original_id
            sharing.setdefault((point.lat_deg, point.lng_deg), set()).add(name)
    return sharing


def _point_of(location: Record) -> Point | None:
    latitude, longitude = location.values.get("latitude"), location.values.get("longitude")
    return None if latitude is None or longitude is None else Point(float(latitude), float(longitude))


def _settle_point(
    location: Record, address: Record | None, sharing: dict[tuple[float, float], set[str]], feed: Feed,
    figures: Counter[str],
) -> None:  # fmt: skip
    values = location.values
    if SECRET in location.flags:
        values["place_withheld"], values["place_precision"] = True, str(Precision.NONE)
        figures["places_withheld"] += 1
        return
    point = _point_of(location)
    if point is not None:
        figures["points_read"] += 1
        if address is not None and _is_far(point, address):
            mirrored = Point(point.lat_deg, -point.lng_deg)
            if not _is_far(mirrored, address):  # a sign was lost
                old, new = (f"{one.lat_deg}, {one.lng_deg}" for one in (point, mirrored))
                feed.note(location, "latitude, longitude", old, new, "point_turned")
                values["longitude"] = mirrored.lng_deg
                sharing.setdefault((mirrored.lat_deg, mirrored.lng_deg), sharing[(point.lat_deg, point.lng_deg)])
                point = mirrored
        if address is not None and _is_far(point, address):
            feed.note(location, "latitude, longitude", f"{point.lat_deg}, {point.lng_deg}", None, "point_far")
            del values["latitude"], values["longitude"]
            figures["points_dropped"] += 1
            point = None
    if point is not None:
        figures["points_kept"] += 1
        values["place_source"] = "feed"
        values["place_precision"] = str(_precision(point, sharing[(point.lat_deg, point.lng_deg)]))
        if values["place_precision"] != Precision.EXACT:
            figures["points_of_areas"] += 1
        return
    values["place_precision"] = str(Precision.NONE)
    postal_code = str(address.values.get("postal_code", "")) if address is not None else ""
    centre = gazetteer.zip_point(postal_code[:5])
    if centre is not None and values.get("location_type") != "virtual":
        values["latitude"], values["longitude"] = centre.lat_deg, centre.lng_deg
        values["place_precision"], values["place_source"] = str(Precision.ZIP), "ZIP centre"
        feed.note(location, "latitude, longitude", None, postal_code[:5], "zip_centre")
        figures["points_of_zips"] += 1


def _precision(point: Point, organizations: set[str]) -> Precision:
    if len(organizations) > SHARED_BY_MOST:
        return Precision.ZIP
    return _centre_precision(point)


@lru_cache(maxsize=65536)
def _centre_precision(point: Point) -> Precision:
    """ZIP or town for a point that lies on the middle of one."""
    if gazetteer.zip_centre_within(point, 50) is not None:
        return Precision.ZIP
    return Precision.TOWN if gazetteer.is_area_centre(point) else Precision.EXACT


def _is_far(point: Point, address: Record) -> bool:
    """Whether the point lies well outside the state of its address, or far from its ZIP."""
    state = str(address.values.get("state_province", ""))
    postal_code = str(address.values.get("postal_code", ""))[:5]
    place = gazetteer.zip_place(postal_code)
    if place is not None and state in ("", place.state):
        distance = distance_m(point, place.point)
        if distance <= FAR_FROM_STATE_M:
            return False
        if distance > FAR_FROM_ZIP_M and place.state != "AK":
            return True
        state = place.state or state
    if state not in STATE_CODES or gazetteer.place_at(point).state == state:
        return False
    return _metres_to_state(round(point.lat_deg, 3), round(point.lng_deg, 3), state) > FAR_FROM_STATE_M


@lru_cache(maxsize=4096)
def _metres_to_state(lat_deg: float, lng_deg: float, state: str) -> float:
    """Metres to the nearest ZIP of a state; 0 where the gazetteer has none of it."""
    point = Point(lat_deg, lng_deg)
    centres = _zip_points(state)
    return min((distance_m(point, centre) for centre in centres), default=0.0)


@lru_cache(maxsize=64)
def _zip_points(state: str) -> tuple[Point, ...]:
    zips = all_places().zips.values()
    return tuple(Point(entry.lat_deg, entry.lng_deg) for entry in zips if entry.state == state)


def names_town(text: str, state: str) -> bool:
    """Whether a sentence says that something is in or near a town of `state` (of any state where that is empty)."""
    for match in _PLACED.finditer(text):
        words = match[1].split()
        for count in range(min(len(words), 4), 0, -1):
            name = " ".join(words[:count]).strip(".,;'’").lower()
            if name in _town_names(state) and name not in STATES and name not in _NO_TOWNS:
                return True
    return text.strip(" .").lower() in _town_names(state)


@lru_cache(maxsize=64)
def _town_names(state: str) -> frozenset[str]:
    zips = all_places().zips.values()
    return frozenset(entry.place.lower() for entry in zips if entry.place and state in ("", entry.state))


def usual_state(feed: Feed) -> str:
    """The state that most addresses name: what "Broward County" alone is taken to be in."""
    states = Counter(str(address.values.get("state_province", "")) for address in feed.of("address"))
    for code in [code for code in states if code not in STATE_CODES]:
        del states[code]
    if not states:
        zips = Counter(str(address.values.get("postal_code", ""))[:5] for address in feed.of("address"))
        for postal_code, count in zips.items():
            place = gazetteer.zip_place(postal_code)
            if place is not None and place.state:
                states[place.state] += count
    return min(states, key=lambda code: (-states[code], code)) if states else ""


def _read_area(area: Record, state: str, feed: Feed) -> None:
    """Area codes of the words, where all of them are understood; an extent that the feed gives is never touched."""
    values = area.values
    typed_extent = str(values.get("extent", ""))
    if values.get("extent_type") and "#" not in typed_extent:
        return
    text = typed_extent if "#" in typed_extent else str(values.get("name") or values.get("description") or "")
    if not text:
        return
    codes = area_codes(text, state)
    if codes is None:
        feed.note(area, "name", text, text, "area_as_text")
        return
    values["extent_type"], values["extent"] = AREA_CODES, ",".join(codes)
    values.setdefault(
        "name", ", ".join(filter(None, (gazetteer.area_code_label(code) for code in codes)))[:500] or text
    )
    feed.note(area, "extent", text, values["extent"], "area_read")


def area_codes(text: str, state: str) -> list[str] | None:
    """The gazetteer's codes of an area in words ("Broward County; zip list; statewide"), or None to keep the words."""
    coded = _COUNTY_CODES.findall(text)
    if coded:
        fips = state_fips(state)
        return [f"county:{code if len(code) == 5 else (fips or '') + code}" for code in coded] if fips else None
    codes: list[str] = []
    for part in re.split(r"[;,\n]| and (?=[A-Z])", text.strip().strip("\"'")):
        words = part.strip(" .\"'")
        if not words:
            continue
        code = _area_code(words, state)
        if code is None:
            return None
        codes.append(code)
    return list(dict.fromkeys(codes)) or None


def _area_code(words: str, state: str) -> str | None:
    if re.fullmatch(r"\d{5}", words):
        return f"zip:{words}" if gazetteer.zip_point(words) is not None else None
    if re.fullmatch(r"\d{4}", words):
        restored, code = read_zip(words, state)
        return f"zip:{restored}" if code == "zip_restored" else None
    if _NATIONWIDE.fullmatch(words):
        return "country:US"
    if _STATEWIDE.fullmatch(words):
        return f"state:{state}" if state else None
    if re.search(r"\b(?:county|parish|borough)$", words, re.IGNORECASE):
        return gazetteer.county_code(words, state) if state else None
    found = gazetteer.state_code(words)
    if found is not None:
        return found
    return (gazetteer.town_code(words, state) or gazetteer.county_code(words, state)) if state else None
