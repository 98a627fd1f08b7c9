"""The HSDS API: envelope, pages, filters, refusals, the same 404 for hidden and unknown, schemas, a fuzzer's calls."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
import schemathesis
from flask import Flask
from flask.testing import FlaskClient
from schemathesis.specs.openapi.checks import positive_data_acceptance

from core.db import transaction
from directory.models import Attribute, Taxonomy, TaxonomyTerm
from tests.builders import make_listing, make_location, make_organization, make_service
from tests.directory.exports.test_hsds import make_full_service, validator

CALLS = int(os.environ.get("API_CALLS", "12"))  # of each operation
PLAIN = {"Accept-Encoding": "identity"}  # the fuzzer reads bodies as they come
ENVELOPE = {"total_items", "total_pages", "page_number", "size", "first_page", "last_page", "empty", "contents"}


def get(client: FlaskClient, path: str, **parameters: Any) -> Any:
    """The JSON of a call that must succeed."""
    answer = client.get(f"/api/hsds{path}", query_string=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json


def test_root_says_version_and_where_its_document_lies(client: FlaskClient) -> None:
    """Both spellings of the root answer without redirect, and what it names resolves."""
    for path in ("/api/hsds", "/api/hsds/"):
        answer = client.get(path)
        assert answer.status_code == 200 and answer.json["version"] == "3.1.1"
        assert client.get(answer.json["openapi_url"].replace("http://localhost", "")).status_code == 200
        assert client.get(answer.json["profile"].replace("http://localhost", "")).status_code == 200


def test_every_record_is_on_exactly_one_page_and_resolves(client: FlaskClient, shared_dir: Path) -> None:
    """A client that reads all pages and every id gets each service once, whole, and valid."""
    ids = {str(make_listing(name=f"Service {number}")) for number in range(7)} | {str(make_full_service())}
    first = get(client, "/services", per_page=3)
    assert ENVELOPE == set(first) and (first["total_items"], first["total_pages"]) == (8, 3)
    seen: list[str] = []
    for page in range(1, first["total_pages"] + 1):
        seen += [item["id"] for item in get(client, "/services", per_page=3, page=page)["contents"]]
    assert sorted(seen) == sorted(ids) and get(client, "/services", per_page=3, page=3)["last_page"]
    check = validator(shared_dir, "service")
    for service_id in ids:
        assert list(check.iter_errors(get(client, f"/services/{service_id}"))) == []
    past = get(client, "/services", page=99)
    assert past["empty"] and past["contents"] == [] and past["last_page"]


@pytest.mark.parametrize("kind", ["organizations", "service_at_locations", "taxonomies", "taxonomy_terms"])
def test_each_kind_lists_and_shows_valid_objects(client: FlaskClient, shared_dir: Path, kind: str) -> None:
    """Flat in the list, whole by id, both by the standard's schema."""
    make_full_service()
    name = {"taxonomies": "taxonomy"}.get(kind, kind.removesuffix("s"))
    check = validator(shared_dir, name)
    items = get(client, f"/{kind}")["contents"]
    assert items
    for item in items:
        assert list(check.iter_errors(item)) == []
        assert list(check.iter_errors(get(client, f"/{kind}/{item['id']}"))) == []


def test_hidden_and_unknown_get_the_same_answer(client: FlaskClient) -> None:
    """Byte for byte; nothing tells that a record exists."""
    hidden, secret = make_service(visibility=1), make_location(point=None, place_withheld=True)
    organization = make_organization(visibility=3)
    unknown = client.get(f"/api/hsds/services/{uuid4()}")
    assert unknown.status_code == 404
    paths = [f"services/{hidden}", f"services/{secret}", f"organizations/{organization}", "services/no-uuid"]
    for path in [*paths, f"taxonomies/{uuid4()}"]:
        answer = client.get(f"/api/hsds/{path}")
        assert (answer.status_code, answer.data) == (404, unknown.data)


@pytest.mark.parametrize(
    ("kind", "name", "value"),
    [
        ("services", "page", "0"),
        ("services", "page", "x"),
        ("services", "per_page", "101"),
        ("services", "organization_id", "abc"),
        ("services", "modified_after", "2026-13-01"),
        ("services", "modified_after", "yesterday"),
        ("services", "format", "xml"),
        ("services", "full", "maybe"),
        ("services", "minimum_age", "-1"),
        ("service_at_locations", "postcode", "00000"),
        ("service_at_locations", "proximity", "100"),
        ("service_at_locations", "latitude", "41"),
        ("service_at_locations", "latitude", "nan"),
        ("taxonomy_terms", "parent_id", "1"),
    ],
)
def test_a_bad_parameter_is_named(client: FlaskClient, kind: str, name: str, value: str) -> None:
    """400, the field by its name, a sentence."""
    answer = client.get(f"/api/hsds/{kind}", query_string={name: value})
    assert answer.status_code == 400 and answer.json["message"]
    assert set(answer.json["fields"]) <= {name, "longitude", "proximity"}


def test_filters_narrow_and_add_up(client: FlaskClient) -> None:
    """Organization, words, day of change, age, term; noise rows beside each."""
    organization_id = make_organization()
    changed = datetime(2026, 5, 1, 12, tzinfo=UTC)
    wanted = make_service(
        organization_id=organization_id, name="Blue door", minimum_age=18, maximum_age=30, last_modified=changed
    )
    make_listing(name="Red door", last_modified=datetime(2026, 4, 1, tzinfo=UTC))
    make_listing(name="Green gate")
    with transaction() as session:
        taxonomy = Taxonomy(id=uuid4(), name="T")
        session.add(taxonomy)
        session.flush()
        term = TaxonomyTerm(id=uuid4(), name="Food", taxonomy_id=taxonomy.id)
        session.add(term)
        session.flush()
        session.add(Attribute(link_id=wanted, link_entity="service", taxonomy_term_id=term.id))
        taxonomy_id, term_id = taxonomy.id, term.id

    def ids(**parameters: Any) -> list[str]:
        return [item["id"] for item in get(client, "/services", **parameters)["contents"]]

    assert ids(organization_id=organization_id) == ids(taxonomy_term_id=term_id) == [str(wanted)]
    assert ids(taxonomy_id=taxonomy_id) == ids(search="blue DOOR") == [str(wanted)]
    assert len(ids(search="door")) == 2 and ids(search="100%") == []
    assert ids(modified_after="2026-05-01") == ids(modified_after="2026-05-01T12:00:00Z") == [str(wanted)]
    assert ids(modified_after="2026-05-01T12:00:01Z") == []
    assert len(ids(minimum_age=40)) == 2 and len(ids(maximum_age=17)) == 2
    assert ids(search="door", organization_id=organization_id) == [str(wanted)]
    organizations = get(client, "/organizations", taxonomy_term_id=term_id)["contents"]
    assert [item["id"] for item in organizations] == [str(organization_id)]


def test_proximity_is_a_great_circle_in_metres(client: FlaskClient) -> None:
    """0.1 degree of latitude is about 11.12 km: 11,000 m leaves it out, 11,200 m takes it in."""
    make_listing(name="Here", point=(41.0, -73.7))
    make_listing(name="North", point=(41.1, -73.7))

    def count(metres: int) -> int:
        place = {"latitude": 41.0, "longitude": -73.7, "proximity": metres}
        return int(get(client, "/service_at_locations", **place)["total_items"])

    assert [count(metres) for metres in (10, 11_000, 11_200)] == [1, 1, 2]
    assert get(client, "/service_at_locations", postcode="10601", proximity=200_000)["total_items"] == 2


def test_post_reads_like_get_without_csrf(client: FlaskClient) -> None:
    """The query stays out of the address; nothing is written."""
    make_listing(name="Blue door")
    answer = client.post("/api/hsds/services", json={"search": "blue", "full": True})
    assert answer.status_code == 200 and answer.json["total_items"] == 1
    assert "organization" in answer.json["contents"][0]
    assert client.post("/api/hsds/services", json=[1]).status_code == 400
    assert client.delete("/api/hsds/services").status_code == 405


def test_stream_gives_every_record_on_its_line(client: FlaskClient) -> None:
    """format=ndjson has no pages."""
    ids = {str(make_listing(name=f"Service {number}")) for number in range(5)}
    import json

    lines = client.get("/api/hsds/services?format=ndjson&per_page=2").text.splitlines()
    assert {json.loads(line)["id"] for line in lines} == ids


def test_lists_cost_a_fixed_number_of_queries(app: Flask, client: FlaskClient) -> None:
    """Whole objects of twenty services cost what those of one do."""
    from sqlalchemy import event

    from core.db import db

    for number in range(20):
        make_listing(name=f"Service {number}")
    counts: list[int] = []
    for size in (1, 20):
        statements: list[str] = []

        def count(*args: Any, kept: list[str] = statements) -> None:
            kept.append(str(args[2]))

        event.listen(db.engine, "before_cursor_execute", count)
        get(client, "/services", full="true", per_page=size)
        event.remove(db.engine, "before_cursor_execute", count)
        counts.append(len(statements))
    assert counts[0] == counts[1] < 60


@pytest.mark.one_database
def test_nothing_breaks_under_a_fuzzer(app: Flask) -> None:
    """Schemathesis calls every operation with good and bad values: no 5xx, every answer by the document."""
    from hypothesis import HealthCheck, Phase, given, settings

    make_full_service()
    schema = schemathesis.openapi.from_wsgi("/api/hsds/openapi.json", app)
    called = 0
    for operation in schema.get_all_operations():
        strategy = operation.ok().as_strategy()

        @settings(
            max_examples=CALLS,
            deadline=None,
            database=None,
            derandomize=True,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        @given(case=strategy)
        def call(case: Any) -> None:
            nonlocal called
            called += 1
            # Valid parts can make no sense together (a proximity without a place): that is told, with 400.
            case.call_and_validate(
                headers=PLAIN, excluded_checks=[positive_data_acceptance] if "locations" in case.path else []
            )

        call()
    assert called > 10 * CALLS


def test_fuzzer_finds_a_planted_fault(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: an operation that breaks is reported."""
    monkeypatch.setattr("directory.api.hsds.list_public_page", lambda *a, **k: ([{"id": UUID(int=0)}], "many"))
    schema = schemathesis.openapi.from_wsgi("/api/hsds/openapi.json", app)
    app.config["PROPAGATE_EXCEPTIONS"] = False
    with pytest.raises(BaseException):  # noqa: B017 (the library raises a group of its own)
        schema["/taxonomies"]["GET"].Case().call_and_validate(headers=PLAIN)
