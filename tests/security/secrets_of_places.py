"""True places that nobody may learn, and feeds that offer them in every way in which real feeds do."""

from __future__ import annotations

import csv
import io
import json
import re
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import radians
from pathlib import Path
from typing import Any

# Real towns that the demo data does not name, far apart, so that another order or distance would show.
TOWNS = (
    ("Katonah", "10536", "Westchester"), ("Skaneateles", "13152", "Onondaga"), ("Lowville", "13367", "Lewis"),
    ("Malone", "12953", "Franklin"), ("Hammondsport", "14840", "Steuben"), ("Cooperstown", "13326", "Otsego"),
    ("Montauk", "11954", "Suffolk"), ("Dunkirk", "14048", "Chautauqua"), ("Rhinebeck", "12572", "Dutchess"),
    ("Ticonderoga", "12883", "Essex"),
)  # fmt: skip
STREETS = (
    "Quillfeather", "Thistlemarrow", "Brackenvale", "Ottersloe", "Wimblecroft", "Fernhollow", "Dapplegate", "Larkspurn",
    "Mossbarrow", "Hazelwick",
)  # fmt: skip


_WORD = re.compile(rb"[0-9a-z]+(?:\.[0-9]+)?")


@dataclass(frozen=True)
class Secret:
    """One true place."""

    street: str
    number: str
    town: str
    zip_code: str
    county: str
    lat: float
    lng: float

    @property
    def address(self) -> str:
        """The street address on one line."""
        return f"{self.number} {self.street} Lane"

    @property
    def line(self) -> str:
        """The whole address on one line."""
        return f"{self.address}, {self.town}, NY {self.zip_code}"

    def words(self) -> list[str]:
        """What a reader would recognise."""
        return [self.street, self.number, self.town, self.zip_code, str(self.lat), str(abs(self.lng))]

    def floats(self) -> list[bytes]:
        """The point as machines store it: degrees and radians, in both orders of bytes."""
        values = (self.lat, self.lng, radians(self.lat), radians(self.lng))
        return [struct.pack(kind, value) for value in values for kind in (">d", "<d")]


def found_in(content: bytes, secrets: Iterable[Secret]) -> list[bytes]:
    """By what the places could be recognised in some bytes: words as UTF-8 or UTF-16, points as text or floats.

    A word counts where no letter or digit stands beside it: five digits alone turn up in ids and checksums.
    """
    plain = content.lower()
    words = set(_WORD.findall(plain))
    if b"\0" in plain:
        words.update(_WORD.findall(plain.replace(b"\0", b"")))
    found: list[bytes] = []
    for secret in secrets:
        found += [word.lower().encode() for word in secret.words() if word.lower().encode() in words]
        found += [value for value in secret.floats() if value in content]
    return found


def secret_of(variant: int, place: int) -> Secret:
    """The true place number `place` in one variant of the feeds; the same place is elsewhere in each variant."""
    town, zip_code, county = TOWNS[(variant * 3 + place) % len(TOWNS)]
    street = STREETS[(variant + place) % len(STREETS)] + "abcdefghij"[variant]
    lat = 40.6 + variant * 0.3 + place * 0.0317 + 0.0013717
    lng = -73.2 - variant * 0.5 - place * 0.0273 - 0.0017319
    return Secret(street, str(70100 + variant * 97 + place), town, zip_code, county, round(lat, 7), round(lng, 7))


def table(rows: Iterable[Mapping[str, Any]]) -> str:
    """Rows as CSV, with the columns that any of them has."""
    every = list(rows)
    columns = list(dict.fromkeys(name for row in every for name in row))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(every)
    return text.getvalue()


@dataclass(frozen=True)
class Way:
    """One way in which a feed says that a place is secret, as changes of an ordinary row of each table."""

    name: str
    organization: Mapping[str, str]
    service: Mapping[str, str]
    location: Mapping[str, str]
    address: Mapping[str, str]


def ways(secret: Secret) -> list[Way]:
    """Every way; `{…}` values hold the true place."""
    say_nothing: dict[str, str] = {}
    told = {"address_1": "Confidential"}
    in_words = f"Counselling and beds. Come to {secret.line}. Call the hotline first."
    return [
        Way("address says confidential", say_nothing, say_nothing, say_nothing, told),
        Way("second line says confidential", say_nothing, say_nothing, say_nothing, {"address_2": "CONFIDENTIAL"}),
        Way("attention says do not disclose", say_nothing, say_nothing, say_nothing,
            {"attention": "Address not disclosed"}),
        Way("location is described as confidential", say_nothing, say_nothing,
            {"description": f"Confidential location near {secret.address}"}, say_nothing),
        Way("service is described as undisclosed", say_nothing,
            {"description": "Emergency beds at an undisclosed location. Call the hotline first."}, say_nothing,
            say_nothing),
        Way("location is named confidential", say_nothing, say_nothing, {"name": "Undisclosed location"}, say_nothing),
        Way("service is named confidential", say_nothing, {"name": "Confidential shelter for families"}, say_nothing,
            say_nothing),
        Way("a private flag on the location", say_nothing, say_nothing, {"confidential_address": "yes"}, say_nothing),
        Way("a private flag on the address", say_nothing, say_nothing, say_nothing, {"is_private_address": "1"}),
        Way("a private flag on the service", say_nothing, {"is_confidential": "TRUE"}, say_nothing, say_nothing),
        Way("a private flag on the organization", {"confidential": "Y"}, say_nothing, say_nothing, say_nothing),
        Way("an unknown column of the location", say_nothing, say_nothing,
            {"staff_only_2": secret.line, "x7": secret.town}, told),
        Way("an unknown column of the service", say_nothing, {"remarks_b": secret.address, "x9": secret.town},
            say_nothing, told),
        Way("an unknown column of the organization", {"hq": secret.line, "x8": secret.zip_code}, say_nothing,
            say_nothing, told),
        Way("the words of the service", say_nothing, {"description": in_words, "alert": secret.line,
            "fees_description": f"Free at {secret.address}.", "application_process": f"Go to {secret.line}"},
            say_nothing, told),
        Way("the words of the organization", {"description": in_words}, say_nothing, say_nothing, told),
        Way("a link to a map", say_nothing,
            {"url": f"https://maps.example.org/?q={secret.number}+{secret.street}+Lane+{secret.town}"}, say_nothing,
            told),
        Way("a link with a point", say_nothing,
            {"url": f"https://example.org/at/{secret.lat},{secret.lng}/map"}, say_nothing, told),
        Way("the town in the words", say_nothing,
            {"description": f"Beds for families in {secret.town}. Call the hotline first."}, say_nothing, told),
        Way("a point off the earth", say_nothing, say_nothing,
            {"latitude": "0" if int(secret.number) % 2 else str(secret.lat)}, told),
    ]  # fmt: skip


def write_shelters(folder: Path, variant: int) -> Path:
    """An HSDS feed of shelters, one for each way, beside an ordinary pantry that all variants share."""
    rows: dict[str, list[dict[str, str]]] = {name: [] for name in (
        "organizations", "services", "locations", "services_at_location", "physical_addresses", "phones", "contacts",
        "schedules", "accessibility", "urls",
    )}  # fmt: skip
    rows["organizations"].append({"id": "o-pantry", "name": "Pantry of the Valley", "description": "Food"})
    rows["services"].append(
        {"id": "s-pantry", "organization_id": "o-pantry", "name": "Valley pantry", "status": "active"}
    )
    rows["locations"].append(
        {
            "id": "l-pantry",
            "organization_id": "o-pantry",
            "name": "Hall",
            "latitude": "41.0340",
            "longitude": "-73.7629",
        }
    )
    rows["services_at_location"].append({"id": "x-pantry", "service_id": "s-pantry", "location_id": "l-pantry"})
    rows["physical_addresses"].append(
        {"id": "a-pantry", "location_id": "l-pantry", "address_1": "5 Test Street", "city": "White Plains",
         "state_province": "NY", "postal_code": "10601", "country": "US"}
    )  # fmt: skip
    for number, way in enumerate(ways(secret_of(variant, 0))):
        way = ways(secret_of(variant, number))[number]
        add_shelter(rows, f"{number:02d}", secret_of(variant, number), way)
    path = folder / "shelters"
    path.mkdir()
    for name, lines in rows.items():
        (path / f"{name}.csv").write_text(table(lines), encoding="utf-8")
    return path


def add_shelter(rows: dict[str, list[dict[str, str]]], key: str, secret: Secret, way: Way) -> None:
    """The rows of one shelter, with everything around it that may tell where it is."""
    there = f"At {secret.line}"
    organization = {"id": f"o{key}", "name": f"Haven {key}", "description": "Safe homes."}
    service = {"id": f"s{key}", "organization_id": f"o{key}", "name": f"Refuge {key}", "status": "active",
               "description": "Beds for families in danger. Call the hotline first."}  # fmt: skip
    location = {"id": f"l{key}", "organization_id": f"o{key}", "name": f"House {key}", "latitude": str(secret.lat),
                "longitude": str(secret.lng), "transportation": f"Bus to {secret.town}"}  # fmt: skip
    address = {"id": f"a{key}", "location_id": f"l{key}", "address_1": secret.address, "city": secret.town,
               "region": secret.county, "state_province": "NY", "postal_code": secret.zip_code,
               "country": "US"}  # fmt: skip
    rows["organizations"].append({**organization, **way.organization})
    rows["services"].append({**service, **way.service})
    rows["locations"].append({**location, **way.location})
    rows["physical_addresses"].append({**address, **way.address})
    rows["services_at_location"].append(
        {"id": f"x{key}", "service_id": f"s{key}", "location_id": f"l{key}", "description": f"{there}. Ring twice."}
    )
    rows["phones"] += [
        {"id": f"p{key}", "service_id": f"s{key}", "number": "914-555-0142", "description": f"Hotline. {there}."},
        {"id": f"q{key}", "location_id": f"l{key}", "number": "914-555-0143", "description": there},
        {"id": f"r{key}", "organization_id": f"o{key}", "number": "914-555-0144", "description": there},
    ]
    rows["contacts"].append(
        {"id": f"c{key}", "location_id": f"l{key}", "name": "House worker", "department": there, "email": ""}
    )
    rows["schedules"].append(
        {"id": f"h{key}", "service_id": f"s{key}", "freq": "WEEKLY", "byday": "MO,TU", "opens_at": "09:00",
         "closes_at": "17:00", "description": f"Ring the bell. {there}.", "notes": there}
    )  # fmt: skip
    rows["accessibility"].append(
        {"id": f"y{key}", "location_id": f"l{key}", "description": f"Ramp in {secret.town}", "details": there}
    )
    rows["urls"].append(
        {
            "id": f"u{key}",
            "service_id": f"s{key}",
            "label": there,
            "url": f"https://example.org/{secret.street}-Lane-{secret.number}",
        }
    )


FLAT_MAPPING = """row = "service"
name = "shelter-list"
organization.name = "agency"
service.name = "program"
service.description = "about"
location.name = "program"
location.latitude = "lat"
location.longitude = "lng"
address.address_1 = "street"
address.city = "city"
address.state_province = "state"
address.postal_code = "zip"

[[phone]]
number = "phone"

[recognise]
"*" = ["agency", "program"]
"""


def write_flat(folder: Path, variant: int) -> tuple[Path, Path]:
    """A flat list without ids, and its mapping: the address column says confidential, or a flag does."""
    rows = []
    for number, (street, flag) in enumerate((("Confidential", ""), ("", "yes"), ("", "yes"))):
        secret = secret_of(variant, 30 + number)
        rows.append(
            {"agency": f"Ark {number}", "program": f"Ark house {number}", "about": f"Beds. See {secret.line}.",
             "street": street or secret.address, "city": secret.town, "state": "NY", "zip": secret.zip_code,
             "lat": str(secret.lat), "lng": str(secret.lng), "phone": "914-555-0150", "private_address": flag,
             "former_name": secret.town, "notes": secret.line if number == 2 else ""}
        )  # fmt: skip
    path, mapping = folder / "arks.csv", folder / "arks.toml"
    path.write_text(table(rows), encoding="utf-8")
    mapping.write_text(FLAT_MAPPING, encoding="utf-8")
    return path, mapping


def write_json(folder: Path, variant: int) -> Path:
    """HSDS 3.1 JSON, nested, with a confidential address, an attribute and unknown properties that tell the place."""
    secret = secret_of(variant, 40)
    item = {
        "id": "0b3c6b8e-6f0e-4f4e-9d0b-2a8f3f6f7d10", "name": "Lighthouse beds", "status": "active",
        "description": f"Beds for a night. {secret.line}.", "where_staff_meet": secret.line,
        "nearest": {"to": secret.town},
        "organization": {"id": "0b3c6b8e-6f0e-4f4e-9d0b-2a8f3f6f7d11", "name": "Lighthouse", "description": "Help.",
                         "locations": []},
        "service_at_locations": [{
            "id": "0b3c6b8e-6f0e-4f4e-9d0b-2a8f3f6f7d12", "description": secret.line,
            "phones": [{"id": "0b3c6b8e-6f0e-4f4e-9d0b-2a8f3f6f7d16", "number": "914-555-0161",
                        "description": secret.line}],
            "location": {
                "id": "0b3c6b8e-6f0e-4f4e-9d0b-2a8f3f6f7d13", "location_type": "physical", "name": "Lighthouse",
                "latitude": secret.lat, "longitude": secret.lng, "geo": {"lat": secret.lat, "town": secret.town},
                "attributes": [{"id": "0b3c6b8e-6f0e-4f4e-9d0b-2a8f3f6f7d15", "label": "Town", "value": secret.line,
                                "taxonomy_term": {"id": "0b3c6b8e-6f0e-4f4e-9d0b-2a8f3f6f7d17", "name": "Shelter"}}],
                "addresses": [{"id": "0b3c6b8e-6f0e-4f4e-9d0b-2a8f3f6f7d14", "address_1": "CONFIDENTIAL",
                               "city": secret.town, "region": secret.county, "state_province": "NY",
                               "postal_code": secret.zip_code, "country": "US", "address_type": "physical"}],
            }}],
    }  # fmt: skip
    path = folder / "lighthouse.json"
    path.write_text(json.dumps([item]), encoding="utf-8")
    return path


def write_ordinary(folder: Path, variant: int, *, name: str, says: str = "") -> Path:
    """An ordinary feed of one home with its true address; `says` goes into the address's first line when given."""
    secret = secret_of(variant, 50 if name != "later" else 51)
    rows: dict[str, list[dict[str, str]]] = {key: [] for key in (
        "organizations", "services", "locations", "services_at_location", "physical_addresses", "phones", "contacts",
        "schedules", "accessibility", "urls",
    )}  # fmt: skip
    key = "later" if name == "later" else "home"
    words = {"description": f"A home. It is at {secret.line}. Call first."}
    add_shelter(rows, key, secret, Way("", {}, words, {}, {"address_1": says} if says else {}))
    if name == "other":  # another source: ids of its own, the same organization, the address in another spelling
        for lines in rows.values():
            for row in lines:
                row["id"] = f"other-{row['id']}"
                for column in [one for one in row if one.endswith("_id")]:
                    row[column] = f"other-{row[column]}"
        for row in rows["physical_addresses"]:
            row["address_1"] = row["address_1"].upper().replace(" LANE", " LN.")
    path = folder / name
    path.mkdir(exist_ok=True)
    for file, lines in rows.items():
        (path / f"{file}.csv").write_text(table(lines), encoding="utf-8")
    return path
