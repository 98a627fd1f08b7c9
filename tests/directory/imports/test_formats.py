"""Every version and container that is read, its bounds, and what is refused with which sentence."""

from __future__ import annotations

import io
import json
import stat
import zipfile
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from sqlalchemy import select

from core.db import db
from core.errors import InvalidInput
from directory import imports
from directory.imports import files
from directory.imports.recognise import parse_mapping
from directory.models import Accessibility, Address, Attribute, CostOption, Language, Phone, Schedule, Service, Url
from directory.queries import count_rows

ONE = "0fa3e7b2-44a1-4c62-9d0e-8f7f4f6c0001"
TWO = "0fa3e7b2-44a1-4c62-9d0e-8f7f4f6c0002"
SERVICE_OBJECT: dict[str, Any] = {
    "id": ONE,
    "name": "Food pantry",
    "status": "active",
    "organization": {"id": TWO, "name": "Hudson Kitchen", "description": "Meals"},
    "phones": [{"id": "p1", "number": "914-555-0142", "extension": 7, "languages": [{"id": "n1", "code": "es"}]}],
    "schedules": [{"id": "h1", "freq": "WEEKLY", "byday": "MO,WE", "opens_at": "09:00Z", "closes_at": "17:00"}],
    "service_at_locations": [
        {
            "id": "x1",
            "location": {
                "id": "l1",
                "location_type": "physical",
                "latitude": 41.034,
                "longitude": -73.7629,
                "addresses": [
                    {
                        "id": "a1", "address_1": "12 Oak Street", "city": "White Plains", "state_province": "NY",
                        "postal_code": "10601", "country": "US", "address_type": "physical",
                    }
                ],
            },
        }
    ],
    "additional_urls": [{"id": "u1", "url": "https://example.org/apply"}],
    "attributes": [
        {"id": "t1", "link_entity": "service", "taxonomy_term": {"id": "m1", "name": "Food", "description": "d"}}
    ],
}  # fmt: skip


def save(tmp_path: Path, name: str, text: str) -> Path:
    """A file of that text."""
    path = tmp_path / name
    path.write_text(text, encoding="utf-8")
    return path


def test_hsds_1_1(write_feed: Any, import_feed: Any) -> None:
    old = {
        "organizations.csv": "id,name,description,url\no1,Hudson Kitchen,Meals,https://example.org\n",
        "services.csv": "id,organization_id,name,status,accrediations,taxonomy_ids\ns1,o1,Food,active,CARF,t1\n",
        "services_at_location.csv": "id,service_id,location_id\nx1,s1,l1\n",
        "service_at_location.csv": "",
        "addresses.csv": "",
        "physical_addresses.csv": (
            "id,location_id,address_1,address_2,address_3,city,state_province,postal_code,country\n"
            "a1,l1,12 Oak Street,Floor 2,Room 5,White Plains,NY,10601,US\n"
        ),
        "postal_addresses.csv": "id,location_id,address_1,city,postal_code\nb1,l1,PO Box 1,Rye,10580\n",
        "eligibility.csv": "id,service_id,eligibility\n1,s1,Adults\n2,s1,Residents\n",
        "taxonomy.csv": "id,name,parent_id,parent_name,vocabulary\nt1,Food,,,Own\n",
        "services_taxonomy.csv": "id,service_id,taxonomy_id,taxonomy_detail\n1,s1,t1,hot meals\n",
        "payments_accepted.csv": "id,service_id,payment\n1,s1,Cash\n",
        "languages.csv": "id,service_id,language\n1,s1,Spanish\n",
        "accessibility_for_disabilities.csv": "id,location_id,accessibility,details\n1,l1,Ramp,At the side\n",
        "regular_schedules.csv": "id,service_id,weekday,opens_at,closes_at\n1,s1,Monday,09:00,17:00\n",
    }
    plan = import_feed(write_feed(old))

    assert plan.dialect == "hsds"
    service = db.session.scalars(select(Service)).one()
    assert (service.eligibility_description, service.accreditations) == ("Adults\nResidents", "CARF")
    kinds = {row.address_type: row.address_2 for row in db.session.scalars(select(Address))}
    assert kinds == {"physical": "Floor 2, Room 5", "postal": None}
    assert {row.value for row in db.session.scalars(select(Attribute))} == {None, "hot meals"}
    assert db.session.scalars(select(CostOption.amount_description)).one() == "Cash"
    assert db.session.scalars(select(Language.code)).one() == "es"
    assert db.session.scalars(select(Accessibility.description)).one() == "Ramp"
    assert import_feed(write_feed(old)).changes_nothing


def test_hsds_2_0_1(write_feed: Any, import_feed: Any) -> None:
    old = {
        "taxonomy_terms.csv": "id,term,description,parent_id,taxonomy,language\nt1,Food,All food,,Own,en\n",
        "service_attributes.csv": "id,service_id,taxonomy_term_id\n1,s1,t1\n",
        "other_attributes.csv": "id,link_id,link_type,taxonomy_term_id\n1,l1,location,t1\n",
        "schedules.csv": (
            "id,service_id,dtstart,freq,interval,byday,opens_at,closes_at\n1,s1,2026-01-05,WEEKLY,2,MO,09:00,17:00\n"
        ),
        "service_areas.csv": "id,service_id,service_area,description\n1,s1,Westchester County,All of it\n",
    }
    import_feed(write_feed(old))

    assert {row.link_entity for row in db.session.scalars(select(Attribute))} == {"service", "location"}
    row = db.session.scalars(select(Schedule)).one()
    assert (row.interval, row.byday, str(row.dtstart)) == (2, "MO", "2026-01-05")
    assert import_feed(write_feed(old)).changes_nothing


def test_hsds_uk_profile_names(write_feed: Any, import_feed: Any) -> None:
    files_of_uk = {
        "addresses.csv": "",
        "address.csv": "id,location_id,address_1,city,postal_code,country\na1,l1,1 High St,York,YO1 7HH,GB\n",
        "schedule.csv": "id,service_id,freq,byday,opens_at,closes_at\n1,s1,WEEKLY,TU,10:00,12:00\n",
        "attribute.csv": "id,link_id,taxonomy_term_id,link_type\n1,s1,t1,service\n",
        "taxonomy_terms.csv": "id,name,description\nt1,Food,d\n",
    }
    import_feed(write_feed(files_of_uk))

    rows = count_rows()
    assert (rows["address"], rows["schedule"], rows["attribute"]) == (1, 1, 1)
    assert db.session.scalars(select(Address.postal_code)).one() == "YO1 7HH"


@pytest.mark.parametrize("shape", ["object", "list", "page", "ndjson", "ndjson in .json"])
def test_hsds_json_in_every_shape(shape: str, tmp_path: Path, import_feed: Any) -> None:
    other = {**SERVICE_OBJECT, "id": "0fa3e7b2-44a1-4c62-9d0e-8f7f4f6c0003", "name": "Clothing"}
    texts = {
        "object": ("feed.json", json.dumps(SERVICE_OBJECT)),
        "list": ("feed.json", json.dumps([SERVICE_OBJECT])),
        "page": ("feed.json", json.dumps({"total_items": 1, "page_number": 1, "contents": [SERVICE_OBJECT]})),
        "ndjson": ("feed.ndjson", f"{json.dumps(SERVICE_OBJECT)}\n{json.dumps(other)}\n"),
        "ndjson in .json": ("feed.json", f"{json.dumps(SERVICE_OBJECT)}\n{json.dumps(other)}\n"),
    }
    path = save(tmp_path, *texts[shape])

    plan = import_feed(path)

    assert plan.dialect == "hsds-json"
    assert count_rows()["service"] == (2 if "ndjson" in shape else 1)
    assert count_rows()["organization"] == 1
    assert str(db.session.scalars(select(Service.id).where(Service.name == "Food pantry")).one()) == ONE
    phone = db.session.scalars(select(Phone)).first()
    assert phone is not None and (phone.number, phone.extension) == ("(914) 555-0142", 7)
    assert db.session.scalars(select(Url.url)).first() == "https://example.org/apply"
    assert import_feed(path).changes_nothing


def test_a_json_change_points_to_its_place(tmp_path: Path, import_feed: Any) -> None:
    plan = import_feed(save(tmp_path, "feed.json", json.dumps([SERVICE_OBJECT])))

    assert "/0/phones/0/number" in {change.field for change in plan.changes if change.code == "phone_read"}


def test_a_zip_reads_like_its_folder(write_feed: Any, import_feed: Any, tmp_path: Path) -> None:
    package = tmp_path / "feed.zip"
    with zipfile.ZipFile(package, "w") as target:
        for file in write_feed().iterdir():
            target.write(file, f"export/{file.name}")

    plan = import_feed(package)

    assert plan.counts["service"].added == 1


@pytest.mark.parametrize("name", ["../evil.csv", "/etc/evil.csv", "a/../../evil.csv", "C:/evil.csv", "..\\evil.csv"])
def test_a_zip_that_leads_out_is_refused(name: str, tmp_path: Path) -> None:
    package = tmp_path / "feed.zip"
    with zipfile.ZipFile(package, "w") as target:
        target.writestr("services.csv", "id,name\n")
        target.writestr(name, "id,name\n")

    with pytest.raises(InvalidInput, match="not safe to unpack"):
        imports.read(package)


def test_a_zip_with_a_link_or_a_bomb_or_too_many_files_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = zipfile.ZipInfo("services.csv")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    cases: dict[str, Any] = {"link.zip": lambda target: target.writestr(link, "/etc/passwd")}
    cases["bomb.zip"] = lambda target: target.writestr("services.csv", b"0" * 5_000_000)
    cases["many.zip"] = lambda target: [target.writestr(f"f{n}.csv", "id\n") for n in range(files.MAX_FILES + 1)]
    for name, fill in cases.items():
        with zipfile.ZipFile(tmp_path / name, "w", zipfile.ZIP_DEFLATED) as target:
            fill(target)
        with pytest.raises(InvalidInput):
            imports.read(tmp_path / name)
    monkeypatch.setattr(files, "MAX_BYTES", 1000)
    big = save(tmp_path, "services.csv", "id,name,organization_id\n" + "x" * 2000)
    with pytest.raises(InvalidInput, match="larger than"):
        imports.read(big)


def test_a_file_that_only_looks_like_a_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "feed.zip").write_bytes(b"PK\x03\x04 and no more")

    with pytest.raises(InvalidInput, match="cannot be read"):
        imports.read(tmp_path / "feed.zip")


def test_a_link_in_a_folder_is_not_followed(write_feed: Any, tmp_path: Path, import_feed: Any) -> None:
    folder = write_feed()
    secret = save(tmp_path, "elsewhere.csv", "id,number,service_id\np1,914-555-0199,s1\n")
    (folder / "phones.csv").symlink_to(secret)

    import_feed(folder)

    assert count_rows()["phone"] == 0


FLAT = (
    "agency,program,hours,street,town,st,zip,phone,tongues,kind\n"
    "Hudson Kitchen,Food pantry,Mon-Fri 9am-5pm,12 Oak Street,White Plains,NY,10601,914-555-0142 x7,"
    '"Spanish, French",Food\n'
    "Hudson Kitchen,Coats,by chance,12 Oak Street,White Plains,NY,10601,NONE,,Clothing\n"
)
MAPPING = """
row = "service"
null = ["NONE"]
organization.name = "agency"
service.name = ["agency", "program"]  # joined
location.name = "agency"
address.address_1 = "street"
address.city = "town"
address.state_province = "st"
address.postal_code = "zip"
phone.number = "phone"
schedule.hours_text = "hours"
language = { each = "tongues", name = "$each" }
taxonomy_term = { name = "kind" }
"""


def test_a_flat_csv_with_a_mapping(tmp_path: Path, import_feed: Any) -> None:
    flat, mapping = save(tmp_path, "flat.csv", FLAT), save(tmp_path, "map.toml", MAPPING)

    plan = import_feed(flat, mapping=mapping)

    rows = count_rows()
    assert (rows["organization"], rows["service"], rows["location"], rows["service_at_location"]) == (1, 2, 1, 2)
    assert {service.name for service in db.session.scalars(select(Service))} == {
        "Hudson Kitchen Food pantry",
        "Hudson Kitchen Coats",
    }
    phone = db.session.scalars(select(Phone)).one()
    assert (phone.number, phone.extension) == ("(914) 555-0142", 7)
    assert phone.service_at_location_id is not None and phone.location_id is None
    hours = {row.description: row.byday for row in db.session.scalars(select(Schedule))}
    assert hours == {None: "MO,TU,WE,TH,FR", "by chance": None}
    assert {row.code for row in db.session.scalars(select(Language))} == {"es", "fr"}
    assert rows["taxonomy_term"] == 2 and rows["attribute"] == 2
    assert plan.counts["phone"].refused == 1
    assert import_feed(flat, mapping=mapping).changes_nothing


def test_an_xlsx_is_read_as_values(tmp_path: Path, import_feed: Any) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for line in FLAT.splitlines()[:1]:
        sheet.append(line.split(","))
    sheet.append(["Hudson Kitchen", "Food pantry", "Mon-Fri 9am-5pm", "12 Oak Street", "White Plains", "NY", 10601,
                  "914-555-0142", "Spanish", '=HYPERLINK("https://example.org")'])  # fmt: skip
    book.save(tmp_path / "flat.xlsx")

    import_feed(tmp_path / "flat.xlsx", mapping=save(tmp_path, "map.toml", MAPPING))

    assert db.session.scalars(select(Address.postal_code)).one() == "10601"
    assert count_rows()["taxonomy_term"] == 0  # a formula that was never computed is an empty cell


def test_an_xlsx_with_entities_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    buffer = io.BytesIO()
    book.save(buffer)
    target = tmp_path / "evil.xlsx"
    with zipfile.ZipFile(buffer) as source, zipfile.ZipFile(target, "w") as copy:
        for entry in source.infolist():
            data = source.read(entry)
            if entry.filename == "xl/workbook.xml":
                bomb = b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b "bbbb"><!ENTITY c "&b;&b;">]>'
                data = bomb + data.split(b"?>", 1)[-1].replace(b"Sheet", b"&c;", 1)
            copy.writestr(entry, data)

    with pytest.raises(InvalidInput, match="cannot be read as XLSX"):
        imports.read(target, save(tmp_path, "map.toml", MAPPING))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('row = "planet"\n', "A row makes a service"),
        ('row = "service"\nservice.nmae = "program"\n', "service.nmae"),
        ('row = "service"\nplanet.name = "program"\n', "planet"),
        ('row = "service"\norganization.name = "agency"\n', "says nothing of the service"),
        ('row = "service"\nservice.name = "programme"\n', "columns that the file has not: programme"),
        ("row = \n", "is no TOML"),
    ],
)
def test_a_mapping_that_does_not_fit_is_refused(text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=words):
        imports.read(save(tmp_path, "flat.csv", FLAT), save(tmp_path, "map.toml", text))


def test_an_unknown_format_is_refused_with_nearest_missing_unknown_and_how_to_map(tmp_path: Path) -> None:
    with pytest.raises(InvalidInput) as refused:
        imports.read(save(tmp_path, "things.csv", "Agency Name,Programme\nA,B\n"))

    told = str(refused.value)
    assert "The nearest is" in told and "would need the columns" in told
    assert "Agency Name, Programme" in told and "--mapping FILE" in told


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("feed.json", "{", "no JSON"),
        ("feed.json", "[1, 2]", "no HSDS objects"),
        ("notes.md", "hello", "no CSV, XLSX or JSON"),
        ("feed.json", "[" * 5000, "no JSON|too deeply"),
        ("feed.json", '[{"id": ' + "9" * 5000 + "}]", "too long"),
    ],
)
def test_what_cannot_be_read_is_refused_with_a_sentence(name: str, text: str, words: str, tmp_path: Path) -> None:
    with pytest.raises(InvalidInput, match=words):
        imports.read(save(tmp_path, name, text))


def test_a_feed_without_services_is_refused(write_feed: Any) -> None:
    with pytest.raises(InvalidInput, match="no services"):
        imports.read(write_feed({"services.csv": "id,organization_id,name,status\n"}))


def test_every_shipped_mapping_names_itself_and_its_columns() -> None:
    for name, mapping in imports.shipped_mappings().items():
        assert mapping.name == name and mapping.makes and mapping.recognise


def test_a_feed_of_too_many_cells_or_too_much_json_is_refused(
    write_feed: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "MAX_CELLS", 10)
    monkeypatch.setattr(files, "MAX_JSON_BYTES", 10)

    with pytest.raises(InvalidInput, match="more than 10 cells"):
        imports.read(write_feed())
    with pytest.raises(InvalidInput, match="larger than"):
        imports.read(save(tmp_path, "feed.json", json.dumps([SERVICE_OBJECT])))


def test_a_sheet_that_claims_a_million_rows_ends_where_it_ends(tmp_path: Path, import_feed: Any) -> None:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.append(["agency", "program"])
    sheet.append(["Hudson Kitchen", "Food pantry"])
    sheet.cell(row=900_000, column=300, value="far away")
    book.save(tmp_path / "flat.xlsx")
    mapping = 'row = "service"\norganization.name = "agency"\nservice.name = "program"\n'

    plan = import_feed(tmp_path / "flat.xlsx", mapping=save(tmp_path, "map.toml", mapping))

    assert plan.counts["service"].added == 1


def test_json_with_signs_that_no_database_takes(tmp_path: Path, import_feed: Any) -> None:
    text = json.dumps([{**SERVICE_OBJECT, "name": "Food\x00 \ud800pantry", "odd": {"deep": [1, {"x": "\ud800"}]}}])

    import_feed(save(tmp_path, "feed.json", text))

    assert db.session.scalars(select(Service.name)).one() == "Food pantry"


def test_the_mapping_in_the_documents_is_one() -> None:
    text = (Path(__file__).resolve().parents[3] / "docs" / "importing.md").read_text("utf-8")

    mapping = parse_mapping(text.split("```toml")[1].split("```")[0], "documents")

    assert mapping.is_flat
    assert {make.table for make in mapping.makes} >= {"organization", "service", "location", "phone", "language"}
