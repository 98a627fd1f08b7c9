"""The public directory by the HSDS 3.1.1 API, read-only: `/api/hsds/`. What each parameter means: docs/api.md."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, current_app, jsonify, request, stream_with_context, url_for

from core.errors import Sentence
from core.geo import METRES_PER_MILE, Point
from core.guard import public
from core.pages import translate
from directory import gazetteer
from directory.api.openapi import document
from directory.exports import full_items, summary_item
from directory.exports.nested import service_items_of
from directory.queries import HsdsFilter, find_public_row, iterate_public_filtered, list_public_page

MAX_PER_PAGE: Final = 100
DEFAULT_PER_PAGE: Final = 25
MAX_PAGE: Final = 1_000_000
MAX_PROXIMITY_M: Final = 500 * METRES_PER_MILE
STREAM_BATCH: Final = 100
WHOLE: Final = re.compile(r"[0-9]{1,9}", re.ASCII)
DECIMAL: Final = re.compile(r"-?[0-9]{1,7}(?:\.[0-9]{1,15})?", re.ASCII)
MOMENT: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9:.]{5,15}(?:Z|[+-][0-9]{2}:?[0-9]{2})?)?", re.ASCII)
TABLES: Final = {
    "services": "service",
    "organizations": "organization",
    "service_at_locations": "service_at_location",
    "taxonomies": "taxonomy",
    "taxonomy_terms": "taxonomy_term",
}
COMMON: Final = {"search", "page", "per_page", "format"}
PARAMETERS: Final[dict[str, set[str]]] = {
    "services": COMMON
    | {"taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after", "minimal", "full"}
    | {"minimum_age", "maximum_age"},
    "organizations": COMMON | {"full_service", "full", "taxonomy_term_id", "taxonomy_id"},
    "service_at_locations": COMMON
    | {"taxonomy_term_id", "taxonomy_id", "organization_id", "modified_after", "full", "postcode", "proximity"}
    | {"latitude", "longitude"},
    "taxonomies": COMMON,
    "taxonomy_terms": COMMON | {"taxonomy_id", "top_only", "parent_id"},
}

blueprint = Blueprint("hsds", __name__, url_prefix="/api/hsds")


class BadParameter(Exception):
    """A parameter makes no sense: 400, naming it."""

    def __init__(self, name: str, sentence: Sentence) -> None:
        super().__init__(name)
        self.name = name
        self.sentence = sentence


@blueprint.errorhandler(BadParameter)
def refuse(error: BadParameter) -> tuple[Response, int]:
    """Say which parameter and what would do."""
    message = translate(error.sentence)
    return jsonify(error="bad_request", message=message, fields={error.name: message}), 400


@blueprint.get("", strict_slashes=False)
@blueprint.get("/", strict_slashes=False)
@public
def about() -> Response:
    """What this API is: version, profile, where its OpenAPI document lies, who publishes."""
    site = current_app.extensions["goldthread_site"]
    return jsonify(
        version="3.1.1",
        profile=url_for("directory.api_docs", _external=True),
        openapi_url=url_for("hsds.openapi", _external=True),
        publisher={"name": site.county, "url": url_for("directory.home", _external=True)},
    )


@blueprint.get("/openapi.json")
@public
def openapi() -> Response:
    """The OpenAPI document of this API, with its own address as the server."""
    return jsonify(document(PARAMETERS, server=url_for("hsds.about", _external=True).rstrip("/")))


@blueprint.route(
    "/<any(services, organizations, service_at_locations, taxonomies, taxonomy_terms):kind>", methods=["GET", "POST"]
)
@public
def list_records(kind: str) -> Response:
    """A page of records, or all as one stream with format=ndjson."""
    values = _parameters(kind)
    wanted = _filter(values)
    make = _maker(kind, values)
    if values.get("format", "json") == "ndjson":
        return Response(stream_with_context(_lines(TABLES[kind], wanted, make)), mimetype="application/x-ndjson")
    page = _whole(values, "page", 1, low=1, high=MAX_PAGE)
    size = _whole(values, "per_page", DEFAULT_PER_PAGE, low=1, high=MAX_PER_PAGE)
    rows, total = list_public_page(TABLES[kind], wanted, page=page, size=size)
    pages = max(1, math.ceil(total / size))
    return jsonify(
        total_items=total,
        total_pages=pages,
        page_number=page,
        size=len(rows),
        first_page=page == 1,
        last_page=page >= pages,
        empty=not rows,
        contents=make(rows),
    )


@blueprint.get("/<any(services, organizations, service_at_locations, taxonomies, taxonomy_terms):kind>/<record_id>")
@public
def show_record(kind: str, record_id: str) -> Response | tuple[Response, int]:
    """One whole record. Unknown, hidden and senseless ids get the same 404."""
    try:
        row = find_public_row(TABLES[kind], UUID(record_id))
    except ValueError:
        row = None
    if row is None:
        return jsonify(error="not_found", message=translate(Sentence("There is no such record.")), fields={}), 404
    (item,) = full_items(TABLES[kind], [row])
    if kind == "organizations" and _yes(dict(request.args), "full_service", default=True):
        services = service_items_of([row])[row["id"]]
        if services:
            item["services"] = services
    return jsonify(item)


def _parameters(kind: str) -> dict[str, str]:
    """The parameters of a list: of the address, or of a POST's form or JSON body. Unknown names are left alone."""
    values = dict(request.args)
    if request.method == "POST":
        body = request.get_json(silent=True) if request.is_json else dict(request.form)
        if not isinstance(body, dict):
            raise BadParameter("body", Sentence("Send the parameters as one JSON object or a form."))
        values |= {str(name): _as_text(value) for name, value in body.items()}
    known = {name: value for name, value in values.items() if name in PARAMETERS[kind]}
    if known.get("format", "json") not in {"json", "ndjson"}:
        raise BadParameter("format", Sentence("The format is json or ndjson."))
    return known


def _as_text(value: Any) -> str:
    """A value of a JSON body as the address would spell it: true, 24 (also for 24.0), 0.5."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float) and math.isfinite(value):
        return f"{value:.12f}".rstrip("0").rstrip(".")
    return "" if value is None else str(value)


def _filter(values: dict[str, str]) -> HsdsFilter:
    wanted = HsdsFilter(
        search=" ".join(values.get("search", "").replace("\x00", " ").split())[:200],
        taxonomy_term_id=_uuid(values, "taxonomy_term_id"),
        taxonomy_id=_uuid(values, "taxonomy_id"),
        organization_id=_uuid(values, "organization_id"),
        parent_id=_uuid(values, "parent_id"),
        modified_after=_moment(values, "modified_after"),
        top_only=_yes(values, "top_only"),
        age_low=_age(values, "minimum_age"),
        age_high=_age(values, "maximum_age"),
    )
    point = _point(values)
    proximity = _decimal(values, "proximity", 0, MAX_PROXIMITY_M)
    if proximity is not None and point is None:
        raise BadParameter("proximity", Sentence("A proximity needs a postcode, or a latitude and a longitude."))
    if point is not None and proximity is None:
        raise BadParameter("proximity", Sentence("Say how near, in metres."))
    return replace(wanted, point=point, proximity_m=proximity)


def _point(values: dict[str, str]) -> Point | None:
    lat, lng = _decimal(values, "latitude", -90, 90), _decimal(values, "longitude", -180, 180)
    if (lat is None) != (lng is None):
        raise BadParameter("longitude" if lng is None else "latitude", Sentence("Give both latitude and longitude."))
    if lat is not None and lng is not None:
        return Point(lat, lng)
    if "postcode" not in values:
        return None
    found = gazetteer.zip_point(values["postcode"].strip()[:5]) if values["postcode"].strip().isascii() else None
    if found is None:
        raise BadParameter("postcode", Sentence("This is no ZIP code that we know."))
    return found


def _maker(kind: str, values: dict[str, str]) -> Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]:
    """How rows become items: flat, whole (full), or bare (minimal)."""
    table = TABLES[kind]
    full, minimal = _yes(values, "full"), _yes(values, "minimal")
    with_services = _yes(values, "full_service")

    def make(rows: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
        items = full_items(table, rows) if full else summary_item(table, rows)
        if minimal and not full:
            kept = {"id", "name", "description", "status", "last_modified"}
            items = [{name: value for name, value in item.items() if name in kept} for item in items]
        if kind == "organizations" and with_services:
            services = service_items_of(rows)
            for row, item in zip(rows, items, strict=True):
                if services.get(row["id"]):
                    item["services"] = services[row["id"]]
        return items

    return make


def _lines(
    table: str, wanted: HsdsFilter, make: Callable[[Sequence[dict[str, Any]]], list[dict[str, Any]]]
) -> Iterator[str]:
    batch: list[dict[str, Any]] = []
    for row in iterate_public_filtered(table, wanted):
        batch.append(row)
        if len(batch) == STREAM_BATCH:
            yield "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in make(batch))
            batch = []
    if batch:
        yield "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in make(batch))


def _uuid(values: dict[str, str], name: str) -> UUID | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    try:
        return UUID(text)
    except ValueError as error:
        raise BadParameter(name, Sentence("An id is a UUID.")) from error


def _whole(values: dict[str, str], name: str, default: int, *, low: int, high: int) -> int:
    text = values.get(name, "").strip()
    if not text:
        return default
    if not WHOLE.fullmatch(text) or not low <= int(text) <= high:
        raise BadParameter(name, Sentence("This is a whole number from %(low)s to %(high)s.", low=low, high=high))
    return int(text)


def _age(values: dict[str, str], name: str) -> int | None:
    return _whole(values, name, 0, low=0, high=150) if values.get(name, "").strip() else None


def _decimal(values: dict[str, str], name: str, low: float, high: float) -> float | None:
    text = values.get(name, "").strip()
    if not text:
        return None
    if not DECIMAL.fullmatch(text) or not low <= float(text) <= high:
        raise BadParameter(name, Sentence("This is a number from %(low)s to %(high)s.", low=low, high=round(high)))
    return float(text)


def _moment(values: dict[str, str], name: str) -> datetime | None:
    text = (
        values.get(name, "").strip().replace(" ", "+") if "T" in values.get(name, "") else values.get(name, "").strip()
    )
    if not text:
        return None
    try:
        if not MOMENT.fullmatch(text):
            raise ValueError
        moment = datetime.fromisoformat(text)
        aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        return aware.astimezone(UTC) + timedelta(0)
    except (ValueError, OverflowError) as error:
        raise BadParameter(
            name, Sentence("A day is written like 2026-03-08, a moment like 2026-03-08T07:30:00Z.")
        ) from error


def _yes(values: dict[str, str], name: str, *, default: bool = False) -> bool:
    text = values.get(name, "").strip().lower()
    if not text:
        return default
    if text not in {"true", "false", "1", "0", "yes", "no"}:
        raise BadParameter(name, Sentence("This is true or false."))
    return text in {"true", "1", "yes"}
