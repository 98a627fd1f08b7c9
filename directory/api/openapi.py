"""The OpenAPI 3.1 document of the HSDS API: our own, since upstream's repeats operation ids and misnames schemas."""

from __future__ import annotations

from typing import Any, Final

UUID_SCHEMA: Final = {"type": "string", "format": "uuid"}
FLAG: Final = {"type": "string", "enum": ["true", "false"]}
SCHEMAS_AT: Final = "https://raw.githubusercontent.com/openreferral/specification/3.1/schema"
PARAMETER_SCHEMAS: Final[dict[str, dict[str, Any]]] = {
    "search": {"type": "string", "maxLength": 200},
    "page": {"type": "integer", "minimum": 1, "maximum": 1_000_000},
    "per_page": {"type": "integer", "minimum": 1, "maximum": 100},
    "format": {"type": "string", "enum": ["json", "ndjson"]},
    "taxonomy_term_id": UUID_SCHEMA,
    "taxonomy_id": UUID_SCHEMA,
    "organization_id": UUID_SCHEMA,
    "parent_id": UUID_SCHEMA,
    "modified_after": {"type": "string", "format": "date"},
    "minimal": FLAG,
    "full": FLAG,
    "full_service": FLAG,
    "top_only": FLAG,
    "postcode": {"type": "string", "pattern": "^[0-9]{5}$"},
    "proximity": {"type": "number", "minimum": 0, "maximum": 804672},
    "latitude": {"type": "number", "minimum": -90, "maximum": 90},
    "longitude": {"type": "number", "minimum": -180, "maximum": 180},
    "minimum_age": {"type": "integer", "minimum": 0, "maximum": 150},
    "maximum_age": {"type": "integer", "minimum": 0, "maximum": 150},
}
PARAMETER_WORDS: Final[dict[str, str]] = {
    "search": "Each word stands in the name or the description.",
    "modified_after": "Only records changed on or after this day or moment.",
    "proximity": "Metres, from the postcode or the latitude and longitude.",
    "postcode": "A five-digit ZIP code; needs proximity.",
    "minimal": "Only id, name, description, status and last_modified.",
    "full": "Whole objects in place of flat ones.",
    "full_service": "With each organization's services as whole objects.",
    "minimum_age": "Services that somebody of this age or older can use.",
    "maximum_age": "Services that somebody of this age or younger can use.",
}
REQUIRED: Final = {
    "services": ["id", "name", "status"],
    "organizations": ["id", "name", "description"],
    "service_at_locations": ["id"],
    "taxonomies": ["id", "name", "description"],
    "taxonomy_terms": ["id", "name", "description"],
}


def document(parameters: dict[str, set[str]], *, server: str) -> dict[str, Any]:
    """The document for lists with the given parameter names, served at `server`."""
    paths: dict[str, Any] = {"/": {"get": _operation("getAbout", "What this API is", {"type": "object"})}}
    for kind, names in parameters.items():
        listed = [_parameter(name) for name in sorted(names)]
        page = _page(kind)
        paths[f"/{kind}"] = {
            "get": _operation(f"list_{kind}", f"A page of {kind}", page, listed, bad=True),
            "post": _operation(f"search_{kind}", f"A page of {kind}; the query stays out of logs", page, bad=True)
            | {"requestBody": _body(names)},
        }
        ids = {"name": "id", "in": "path", "required": True, "schema": UUID_SCHEMA}
        one = _operation(f"get_{kind}", f"One whole record of {kind}", _item(kind), [ids], missing=True)
        paths[f"/{kind}/{{id}}"] = {"get": one}
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Human Services Data API",
            "version": "3.1.1",
            "description": f"The public directory in HSDS 3.1.1. The objects' schemas stand at {SCHEMAS_AT}.",
        },
        "servers": [{"url": server}],
        "paths": paths,
    }


def _parameter(name: str) -> dict[str, Any]:
    words = {"description": PARAMETER_WORDS[name]} if name in PARAMETER_WORDS else {}
    return {"name": name, "in": "query", "required": False, "schema": PARAMETER_SCHEMAS[name], **words}


def _body(names: set[str]) -> dict[str, Any]:
    schema = {"type": "object", "properties": {name: PARAMETER_SCHEMAS[name] for name in sorted(names)}}
    return {"required": True, "content": {"application/json": {"schema": schema}}}


def _item(kind: str) -> dict[str, Any]:
    return {"type": "object", "required": REQUIRED[kind], "properties": {"id": UUID_SCHEMA}}


def _page(kind: str) -> dict[str, Any]:
    whole, flag = {"type": "integer", "minimum": 0}, {"type": "boolean"}
    properties = {
        "total_items": whole,
        "total_pages": whole,
        "page_number": whole,
        "size": whole,
        "first_page": flag,
        "last_page": flag,
        "empty": flag,
        "contents": {"type": "array", "items": _item(kind)},
    }
    return {"type": "object", "required": list(properties), "properties": properties}


def _operation(
    name: str,
    summary: str,
    schema: dict[str, Any],
    parameters: list[dict[str, Any]] | None = None,
    *,
    bad: bool = False,
    missing: bool = False,
) -> dict[str, Any]:
    error = {
        "type": "object",
        "required": ["error", "message", "fields"],
        "properties": {"error": {"type": "string"}, "message": {"type": "string"}, "fields": {"type": "object"}},
    }
    content = {"application/json": {"schema": schema}}
    if bad:
        content["application/x-ndjson"] = {"schema": {"type": "string"}}
    responses: dict[str, Any] = {"200": {"description": "Done", "content": content}}
    failed = {"application/json": {"schema": error}}
    if bad:
        responses["400"] = {"description": "A parameter makes no sense; `fields` names it", "content": failed}
    if missing:
        responses["404"] = {"description": "Unknown or hidden: the two are the same", "content": failed}
    return {"operationId": name, "summary": summary, "parameters": parameters or [], "responses": responses}
