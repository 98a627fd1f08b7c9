"""HSDS exports against the standard's own files: JSON Schema with formats, Frictionless, the same bytes again."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from jsonschema import Draft202012Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from core.db import transaction
from directory import exports, models
from directory.hsds import publish
from tests.builders import make_address, make_location, make_organization, make_service


def validator(shared_dir: Path, name: str) -> Draft202012Validator:
    """A validator of one HSDS 3.1.1 object that also checks formats."""
    folder = shared_dir / "hsds" / "3.1.1" / "schema"
    registry: Registry[Any] = Registry().with_resources(
        [
            (path.name, Resource.from_contents(json.loads(path.read_text()), default_specification=DRAFT202012))
            for path in folder.glob("*.json")
        ]
    )
    return Draft202012Validator({"$ref": f"{name}.json"}, registry=registry, format_checker=FormatChecker())


def make_full_service() -> UUID:
    """A service with a row in every table, awkward values among them."""
    organization_id = make_organization(name="=cmd()", website="example.org/über uns", email="not an address")
    service_id = make_service(
        organization_id=organization_id,
        name="Pantry “São João”",
        description="line one\nline two, with commas",
        url="https://example.org/a b?x=1&y=ü",
        email="help@example.org",
        minimum_age=0,
        assured_date=date(2026, 3, 8),
        last_modified=datetime(2026, 3, 8, 7, 30, tzinfo=UTC),
    )
    whole, part = make_location(service_id=service_id, name="Main"), make_location(service_id=service_id, name="Annex")
    make_address(whole)
    make_address(part, postal_code=None, address_1="5 Half Street")
    with transaction() as session:
        taxonomy = models.Taxonomy(id=uuid4(), name="Ours")
        unit = models.Unit(id=uuid4(), name="bed")
        session.add_all([taxonomy, unit])
        session.flush()
        term = models.TaxonomyTerm(id=uuid4(), name="Food", code="F", taxonomy_id=taxonomy.id)
        contact = models.Contact(id=uuid4(), service_id=service_id, name="Desk", email="desk@example.org")
        session.add_all([term, contact])
        session.flush()
        phone = models.Phone(id=uuid4(), service_id=service_id, number="914-555-0101", extension=12, type="voice")
        session.add(phone)
        session.flush()
        days = {"freq": "DAILY", "opens_at": time(0, 0), "closes_at": time(23, 59), "timezone": -5.0}
        session.add_all(
            [
                models.Attribute(link_id=service_id, link_entity="service", taxonomy_term_id=term.id),
                models.Phone(contact_id=contact.id, service_id=service_id, number="988"),
                models.Language(phone_id=phone.id, name="Spanish", code="es"),
                models.Language(service_id=service_id, name="English", code="en"),
                models.Schedule(service_id=service_id, valid_from=date(2026, 1, 1), **days),
                models.Schedule(location_id=whole, freq="MONTHLY", byday="2WE", opens_at=time(9), closes_at=time(13)),
                models.ServiceArea(service_id=service_id, name="Westchester", extent="county:36119"),
                models.CostOption(service_id=service_id, option="visit", amount=Decimal("12.50"), currency="USD"),
                models.RequiredDocument(service_id=service_id, document="Photo ID"),
                models.Funding(service_id=service_id, source="County"),
                models.Accessibility(location_id=whole, description="Ramp", url="example.org"),
                models.ServiceCapacity(
                    service_id=service_id, unit_id=unit.id, available=2, updated=datetime(2026, 11, 1, tzinfo=UTC)
                ),
                models.Url(service_id=service_id, url="www.example.org/more", label="More"),
                models.OrganizationIdentifier(
                    organization_id=organization_id, identifier_type="EIN", identifier="00-0000000"
                ),
            ]
        )
    return service_id


def service_rows() -> list[dict[str, Any]]:
    """The public services as rows."""
    from directory.queries import iterate_public_rows

    return list(iterate_public_rows("service"))


def test_whole_objects_pass_the_schema(app: Flask, shared_dir: Path) -> None:
    """No error of structure, type, enum or format; and every kind of part is there."""
    make_full_service()
    (item,) = exports.full_items("service", service_rows())
    assert [error.message for error in validator(shared_dir, "service").iter_errors(item)] == []
    assert {"organization", "phones", "schedules", "service_areas", "service_at_locations", "languages"} <= item.keys()
    assert {"cost_options", "required_documents", "contacts", "capacities", "attributes", "funding"} <= item.keys()
    by_name = {site["location"]["name"]: site["location"] for site in item["service_at_locations"]}
    assert "addresses" not in by_name["Annex"] and "5 Half Street" in by_name["Annex"]["description"]
    assert by_name["Main"]["addresses"][0]["postal_code"] == "10601"
    assert item["organization"]["website"] == "https://example.org/%C3%BCber%20uns"
    assert "email" not in item["organization"]
    schedule = next(row for row in item["schedules"] if row["freq"] == "WEEKLY")
    assert "timezone" not in schedule and schedule["byday"] == "MO,TU,WE,TH,FR,SA,SU"


@pytest.mark.parametrize("broken", [{"status": "open"}, {"id": "no-uuid"}, {"email": "nobody"}])
def test_the_schema_check_finds_planted_faults(app: Flask, shared_dir: Path, broken: dict[str, str]) -> None:
    """The control: a wrong enum, a wrong id and a wrong e-mail are each refused."""
    make_full_service()
    (item,) = exports.full_items("service", service_rows())
    assert list(validator(shared_dir, "service").iter_errors(item | broken))


def test_no_null_or_empty_value_leaves(app: Flask) -> None:
    """HSDS says to leave out what is not known."""
    make_full_service()
    text = json.dumps(exports.full_items("service", service_rows()))
    assert "null" not in text and ': ""' not in text and "[]" not in text


def test_csv_package_passes_frictionless(app: Flask, shared_dir: Path, tmp_path: Path) -> None:
    """The standard's derived descriptor accepts the folder, foreign keys included; a broken link is found."""
    from frictionless import Package

    make_full_service()
    counts = exports.write_csv_package(tmp_path)
    assert counts["service"] == 1 and counts["schedule"] == 2
    descriptor = json.loads((shared_dir / "hsds" / "3.1.1" / "datapackage.derived.json").read_text())
    for resource in descriptor["resources"]:
        resource["path"] = f"{resource['name']}.csv"
    (tmp_path / "standard.json").write_text(json.dumps(descriptor))
    for name in ("standard.json", "datapackage.json"):
        report = Package(str(tmp_path / name)).validate()
        assert report.valid, report.flatten(["type", "note"])[:5]
    text = (tmp_path / "phone.csv").read_text()
    (tmp_path / "phone.csv").write_text(re.sub(r"(\n[^,]+,)[^,]*,[^,]*,", rf"\1,{uuid4()},", text, count=1))
    assert not Package(str(tmp_path / "datapackage.json")).validate().valid


def test_no_cell_starts_a_formula(app: Flask, tmp_path: Path) -> None:
    """A name like "=cmd()" is text in every spreadsheet."""
    make_full_service()
    exports.write_csv_package(tmp_path)
    texts = [path.read_text(encoding="utf-8") for path in tmp_path.glob("*.csv")]
    cells = [cell for text in texts for row in csv.reader(io.StringIO(text, newline="")) for cell in row]
    assert "'=cmd()" in cells
    assert not [cell for cell in cells if cell.startswith(("=", "+", "@", "\t"))]


def test_same_data_gives_the_same_bytes(app: Flask, tmp_path: Path) -> None:
    """Two exports are equal; a secret place and a hidden service are in neither."""
    make_full_service()
    make_service(name="Hidden thing", visibility=2)
    secret = make_service(name="Safe home")
    make_location(service_id=secret, point=None, place_withheld=True)
    exports.write_csv_package(tmp_path / "a")
    exports.write_csv_package(tmp_path / "b")
    exports.write_json(tmp_path / "a" / "services.json")
    exports.write_json(tmp_path / "b" / "services.json")
    for path in (tmp_path / "a").iterdir():
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes()
        assert b"Hidden thing" not in path.read_bytes()
    services = json.loads((tmp_path / "a" / "services.json").read_text())
    (safe,) = [item for item in services if item["name"] == "Safe home"]
    assert "service_at_locations" not in safe


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("example.org", "https://example.org"),
        ("http://a.org/x y", "http://a.org/x%20y"),
        ("javascript:alert(1)", None),
        ("mailto:x@y.z", None),
        ("call us", None),
        ("http://[bad", None),
        ("", None),
    ],
)
def test_web_addresses_are_absolute_or_left_out(text: str, address: str | None) -> None:
    """What is no web address does not leave as one."""
    assert publish.absolute_url(text) == address
