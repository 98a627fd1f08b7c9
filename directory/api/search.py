"""The search for programs: `GET /api/search`, the same answer as the results page, as JSON."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, jsonify, request, url_for

from core.clock import now_utc
from core.errors import InvalidInput, Sentence
from core.geo import METRES_PER_MILE, Point
from core.guard import current_identity, public
from core.layout import current_site, page_language
from core.pages import translate
from directory import gazetteer, queries, search
from directory.facets import Precision
from directory.gazetteer import Place
from directory.queries import Listing
from directory.rules import viewer_level
from directory.search import Facets, SearchItem, SearchQuery, SearchResult

MAX_WITHIN_MILES: Final = 500.0
DEFAULT_SIZE, MAX_SIZE, MAX_PAGE = 20, 100, 1_000
YES, NO = {"1", "true", "yes"}, {"", "0", "false", "no"}
NUMBER: Final = re.compile(r"-?[0-9]{1,4}(?:\.[0-9]{1,12})?", re.ASCII)
WHOLE: Final = re.compile(r"[0-9]{1,6}", re.ASCII)

blueprint = Blueprint("directory_api", __name__, url_prefix="/api")


@blueprint.get("/search")
@public
def search_services() -> Response:
    """Services by words, place and filters. Raises InvalidInput (422) naming the parameter that makes no sense."""
    now = now_utc()
    level = viewer_level(current_identity())
    query = _read_query(int(level))
    found = search.search(query, now)
    listings = {
        listing.service_id: listing
        for listing in queries.list_listings([UUID(item.service_id) for item in found.items], level)
    }
    return jsonify(_answer(found, listings))


def _read_query(level: int) -> SearchQuery:
    place = _read_place()
    within = _number("within", low=0, high=MAX_WITHIN_MILES)
    if within == 0:
        raise InvalidInput("within", Sentence("A distance is more than 0 and at most 500 miles."))
    try:
        return SearchQuery(
            words=request.args.get("q", ""),
            place=place,
            radius_m=within * METRES_PER_MILE if within is not None and place is not None else None,
            needs=_several("need"),
            terms=_several("term"),
            languages=_several("language"),
            yes=_several("yes"),
            age=_whole("age", None, 120),
            open_at=now_utc() if _flag("open_now") else None,
            sort=_sort(has_place=place is not None),
            page=_whole("page", 1, MAX_PAGE, low=1) or 1,
            size=_whole("size", DEFAULT_SIZE, MAX_SIZE, low=1) or DEFAULT_SIZE,
            visibility=level,
            include_not_stated=_flag("include_not_stated"),
            language=page_language(),
        )
    except InvalidInput as refusal:
        raise InvalidInput(OUR_NAMES.get(refusal.field, refusal.field), refusal.sentence) from refusal


OUR_NAMES: Final = {"words": "q", "radius_m": "within", "needs": "need", "terms": "term", "languages": "language"}


def _read_place() -> Place | None:
    near = request.args.get("near", "").strip()
    lat, lon = _number("lat", low=-90, high=90), _number("lon", low=-180, high=180)
    if (lat is None) != (lon is None):
        raise InvalidInput("lat" if lat is None else "lon", Sentence("A point needs both lat and lon."))
    if lat is not None and lon is not None:
        return gazetteer.place_at(Point(lat, lon))
    if not near:
        return None
    answer = gazetteer.find_place(near[:200], prefer_state=current_site().state)
    if answer.place is None:
        raise InvalidInput(
            "near", answer.sentence or Sentence("No such place is known: give a ZIP code, town or county.")
        )
    return answer.place


def _number(name: str, *, low: float, high: float) -> float | None:
    text = request.args.get(name, "").strip()
    if not text:
        return None
    value = float(text) if NUMBER.fullmatch(text) else None
    if value is None or not low <= value <= high:
        raise InvalidInput(
            name,
            Sentence("%(name)s is a number from %(low)s to %(high)s.", name=name, low=f"{low:g}", high=f"{high:g}"),
        )
    return value


def _whole(name: str, default: int | None, high: int, *, low: int = 0) -> int | None:
    text = request.args.get(name, "").strip()
    if not text:
        return default
    value = int(text) if WHOLE.fullmatch(text) else -1
    if not low <= value <= high:
        raise InvalidInput(
            name, Sentence("%(name)s is a whole number from %(low)s to %(high)s.", name=name, low=low, high=high)
        )
    return value


def _flag(name: str) -> bool:
    text = request.args.get(name, "").strip().casefold()
    if text not in YES | NO:
        raise InvalidInput(name, Sentence("%(name)s is 1 or 0.", name=name))
    return text in YES


def _several(name: str) -> tuple[str, ...]:
    return tuple(value for value in request.args.getlist(name) if value)


def _sort(*, has_place: bool) -> str:
    sort = request.args.get("sort", "") or "best"
    if sort == "distance" and not has_place:
        raise InvalidInput("sort", Sentence("Sorting by distance needs a place: give near, or lat and lon."))
    return sort


def _answer(found: SearchResult, listings: Mapping[UUID, Listing]) -> dict[str, Any]:
    items = [(item, listings.get(UUID(item.service_id))) for item in found.items]
    return {
        "total": found.total,
        "total_within": found.total_within,
        "total_remote": found.total_remote,
        "total_not_stated": found.total_not_stated,
        "total_unplaced": found.total_unplaced,
        "page": found.page,
        "size": found.size,
        "items": [_item(item, listing) for item, listing in items if listing is not None],
        "facets": _facets(found.facets),
        "did_you_mean": found.did_you_mean,
        "corrected_words": found.corrected_words,
    }


def _item(item: SearchItem, listing: Listing) -> dict[str, Any]:
    site = listing.site(UUID(item.location_id) if item.location_id else None)
    address = next(iter(site.addresses), None)
    point = site.point if site.precision in (Precision.EXACT, Precision.STREET) else None
    is_figure = item.distance_m is not None and not site.place_withheld
    return {
        "id": item.service_id,
        "name": listing.name,
        "organization": listing.organization,
        "location": {
            "id": item.location_id,
            "name": site.name,
            "address": address and address.address_1,
            "city": address and address.city,
            "state": address and address.state_province,
            "postal_code": address and address.postal_code,
            "latitude": point and point.lat_deg,
            "longitude": point and point.lng_deg,
        }
        if item.location_id and not site.place_withheld
        else None,
        "distance_miles": round(item.distance_m / METRES_PER_MILE, 2)
        if is_figure and item.distance_m is not None
        else None,
        "precision": item.precision,
        "group": item.group,
        "open": item.is_open,
        "terms": [term.name for term in listing.terms],
        "url": current_site().public_url.rstrip("/") + url_for("directory.show_listing", service_id=listing.service_id),
        "why": [translate(reason) for reason in item.reasons],
    }


def _facets(facets: Facets) -> dict[str, Any]:
    names = queries.list_term_names(term_id for term_id, _ in facets.term)
    return {
        "need": [{"code": code, "count": count} for code, count in facets.need],
        "term": [{"id": code, "name": names.get(code), "count": count} for code, count in facets.term],
        "language": [{"code": code, "count": count} for code, count in facets.language],
        "question": {
            code: {"yes": yes, "no": no, "not_stated": unknown} for code, (yes, no, unknown) in facets.question.items()
        },
        "open": dict(zip(("open", "closed", "unknown"), facets.open, strict=True)),
    }
