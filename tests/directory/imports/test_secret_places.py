"""No value of a confidential place is stored or told, in whatever way a feed marks it; variants differ nowhere."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, text

from core import config as settings
from core.db import current_config, db
from core.identity import Identity, Permission
from directory import imports
from directory.actions.confidential import make_confidential, place_digest
from directory.models import Address, Location, Metadata, Service, SourceRecord

STREET, TOWN, ZIP = "77 Lavender Passage", "Quillborough", "10983"
LATITUDE, LONGITUDE = "41.0412345", "-73.9498765"
PLANTED = (STREET, "Lavender", TOWN, ZIP, "41.04123", "73.94987", "Side door on Mint")
HEADER = "id,location_id,attention,address_1,city,state_province,postal_code,country,address_type"
FULL = f"a9,l9,,{STREET},{TOWN},NY,{ZIP},US,physical"
PLACE = f"l9,o1,Lavender House {TOWN},{LATITUDE},{LONGITUDE},Side door on Mint St"
PLACES = "id,organization_id,name,latitude,longitude,description"
SITES = "id,service_id,location_id\nx1,s1,l1\nx9,s9,l9\n"
SERVICES = (
    "id,organization_id,name,status,description\ns1,o1,Food pantry,active,Meals\n"
    f"s9,o1,Safe house,active,We shelter families. Come to {STREET} in {TOWN} NY {ZIP}. Call first.\n"
)
MARKED = {
    "typed into the address": {
        "addresses.csv": f"{HEADER}\na9,l9,,Confidential,{TOWN},NY,{ZIP},US,physical\n",
        "locations.csv": f"{PLACES}\n{PLACE}\n",
    },
    "typed into another cell of the address": {
        "addresses.csv": f"{HEADER}\na9,l9,Undisclosed location,{STREET},{TOWN},NY,{ZIP},US,physical\n",
        "locations.csv": f"{PLACES}\n{PLACE}\n",
    },
    "a column of the location": {
        "addresses.csv": f"{HEADER}\n{FULL}\n",
        "locations.csv": f"{PLACES},is_confidential,cross_streets\n{PLACE},true,Lavender and Mint\n",
    },
    "a column of the address": {
        "addresses.csv": f"{HEADER},private_address\n{FULL},Y\n",
        "locations.csv": f"{PLACES}\n{PLACE}\n",
    },
    "a column of the service": {
        "addresses.csv": f"{HEADER}\n{FULL}\n",
        "locations.csv": f"{PLACES}\n{PLACE}\n",
        "services.csv": SERVICES.replace("description\n", "description,private_address\n", 1)
        .replace("Meals\n", "Meals,no\n")
        .replace("Call first.\n", "Call first.,yes\n"),
    },
    "the name of the location": {
        "addresses.csv": f"{HEADER}\n{FULL}\n",
        "locations.csv": f"{PLACES}\nl9,o1,Confidential location {TOWN},{LATITUDE},{LONGITUDE},\n",
    },
    "the description of the location": {
        "addresses.csv": f"{HEADER}\n{FULL}\n",
        "locations.csv": f"{PLACES}\n{PLACE}. The address is confidential.\n",
    },
}


def everything_stored() -> str:
    """Every value of every table, as one text."""
    db.session.rollback()
    names = db.session.scalars(text("SELECT name FROM sqlite_master WHERE type = 'table'")) if _is_sqlite() else None
    names = names or db.session.scalars(text("SELECT tablename FROM pg_tables WHERE schemaname = 'public'"))
    return "\n".join(
        str(tuple(row)) for name in list(names) for row in db.session.execute(text(f'SELECT * FROM "{name}"'))
    )


def _is_sqlite() -> bool:
    return db.engine.dialect.name == "sqlite"


@pytest.mark.parametrize("how", MARKED)
def test_nothing_of_a_secret_place_is_stored_or_told(
    how: str, write_feed: Any, import_feed: Any, caplog: pytest.LogCaptureFixture, tmp_path: Path
) -> None:
    caplog.set_level(logging.DEBUG)
    feed = write_feed({"service_at_location.csv": SITES, "services.csv": SERVICES, **MARKED[how]})

    plan = import_feed(feed)

    told = imports.as_json(plan, dry_run=False) + "\n".join(imports.as_lines(plan, dry_run=False)) + caplog.text
    for value in PLANTED:
        assert value not in everything_stored(), f"{value} is stored"
        assert value not in told, f"{value} is told"
    assert "place_withheld" in {change.code for change in plan.changes}
    fields = {change.field for change in plan.changes if change.code == "place_withheld"}
    assert {"latitude", "longitude", "postal_code"} <= fields
    place = db.session.scalars(select(Location).where(Location.place_withheld)).one()
    assert (place.name, place.latitude, place.place_precision) == ("Confidential location", None, "none")
    service = db.session.scalars(select(Service).where(Service.name == "Safe house")).one()
    assert service.description == "We shelter families. Call first."
    assert import_feed(feed).changes_nothing


def test_the_scan_finds_what_is_not_secret(write_feed: Any, import_feed: Any) -> None:
    feed = {"addresses.csv": f"{HEADER}\n{FULL}\n", "locations.csv": f"{PLACES}\n{PLACE}\n"}
    plan = import_feed(write_feed({"service_at_location.csv": SITES, "services.csv": SERVICES, **feed}))

    stored = everything_stored()
    for value in (STREET, TOWN, ZIP, "41.04123", "Side door on Mint"):
        assert value in stored
    assert "place_withheld" not in {change.code for change in plan.changes}


def test_a_flat_row_marked_private_leaves_no_place(write_feed: Any, import_feed: Any, tmp_path: Path) -> None:
    mapping = tmp_path / "map.toml"
    mapping.write_text(
        'row = "service"\norganization.name = "agency"\nservice.name = "program"\nlocation.name = "site"\n'
        'address.address_1 = "street"\naddress.city = "town"\naddress.postal_code = "zip"\n'
        'location.latitude = "lat"\nlocation.longitude = "lng"\nphone.number = "phone"\n'
    )
    heading = "agency,program,site,street,town,zip,lat,lng,phone,private_address,notes\n"
    row = f"House,Shelter,Lavender House,{STREET},{TOWN},{ZIP},{LATITUDE},{LONGITUDE},914-555-0142,yes,near {TOWN}\n"
    feed = tmp_path / "flat.csv"
    feed.write_text(heading + row)

    plan = import_feed(feed, mapping=mapping)

    stored, told = everything_stored(), imports.as_json(plan, dry_run=False)
    for value in PLANTED:
        assert value not in stored and value not in told
    assert "(914) 555-0142" in stored
    assert import_feed(feed, mapping=mapping).changes_nothing


def test_a_place_that_becomes_secret_in_its_feed_leaves_rows_history_and_received_values(
    write_feed: Any, import_feed: Any
) -> None:
    files = {"service_at_location.csv": SITES, "services.csv": SERVICES}
    open_place = {"addresses.csv": f"{HEADER}\n{FULL}\n", "locations.csv": f"{PLACES}\n{PLACE}\n"}
    import_feed(write_feed({**files, **open_place}))
    moved = {**open_place, "locations.csv": f"{PLACES}\n{PLACE.replace('41.04', '41.05')}\n"}
    import_feed(write_feed({**files, **moved}))
    assert db.session.scalars(select(Metadata)).all() != []

    plan = import_feed(write_feed({**files, **MARKED["a column of the location"]}))

    assert plan.stops == []
    stored = everything_stored()
    for value in PLANTED:
        assert value not in stored
    assert db.session.scalars(select(Address)).all() == []
    assert db.session.scalars(select(Location.place_withheld)).all() == [True]
    assert import_feed(write_feed({**files, **MARKED["a column of the location"]})).changes_nothing


@pytest.mark.parametrize("with_id", [True, False])
def test_ten_true_addresses_give_the_same_records(with_id: bool, write_feed: Any, app: Any, tmp_path: Path) -> None:
    seen: set[str] = set()
    for number in range(10):
        ref = f"{number}" if with_id else ""
        place = f"l9,o1,Site {number},41.{number}1,-73.{number}2,Door {number},yes"
        address = f"a{ref},l9,,{number}0 Elm Street,Town{number},NY,1{number}001,US,physical"
        feed = write_feed(
            {
                "service_at_location.csv": SITES,
                "services.csv": SERVICES.replace(STREET, f"{number}0 Elm Street").replace(ZIP, f"1{number}001"),
                "locations.csv": f"{PLACES},confidential\n{place}\n",
                "addresses.csv": f"{HEADER}\n{address}\n",
            }
        )
        plan = imports.compare(imports.read(feed), "Test feed")
        seen.add(
            json.dumps(
                [(write.table, str(write.record_id), str(write.values), write.received) for write in plan.writes]
            )
        )

    assert len(seen) == 1


def test_what_the_feed_sent_is_kept_without_the_place(write_feed: Any, import_feed: Any) -> None:
    marked = MARKED["a column of the address"]
    import_feed(write_feed({"service_at_location.csv": SITES, "services.csv": SERVICES, **marked}))

    received = db.session.scalars(select(SourceRecord.received).where(SourceRecord.record_table == "location")).one()
    assert set(json.loads(received)) <= {
        "name", "location_type", "organization_id", "place_withheld", "place_precision"
    }  # fmt: skip


def publishes(organization: str = "Harbor House", street: str = STREET, zip_code: str = ZIP) -> dict[str, str]:
    """Another source's feed, which knows no secret and publishes a place."""
    return {
        "organizations.csv": f"id,name,description\no7,{organization},A second list\n",
        "services.csv": "id,organization_id,name,status,description\ns7,o7,Family shelter,active,Beds\n",
        "locations.csv": f"{PLACES}\nl7,o7,House {TOWN},{LATITUDE},{LONGITUDE},Side door on Mint\n",
        "service_at_location.csv": "id,service_id,location_id\nx7,s7,l7\n",
        "addresses.csv": f"{HEADER}\na7,l7,,{street},{TOWN},NY,{zip_code},US,physical\n",
    }


def marks(organization: str = "Harbor House") -> dict[str, str]:
    """The first source's feed, which marks the place as confidential."""
    return {
        "organizations.csv": f"id,name,description\no1,{organization},Help\n",
        "service_at_location.csv": SITES.replace("x1,s1,l1\n", ""),
        "services.csv": "id,organization_id,name,status,description\ns9,o1,Safe house,active,Call first.\n",
        **MARKED["a column of the location"],
    }


@pytest.mark.parametrize(
    ("other", "is_withheld"),
    [
        (publishes(), True),
        (publishes(organization="HARBOR  HOUSE", street="77 lavender passage", zip_code=f"{ZIP}-1234"), True),
        (publishes(street="78 Lavender Passage"), False),  # controls: another address, another organization
        (publishes(organization="Another House"), False),
    ],
    ids=["same", "another spelling", "another address", "another organization"],
)
def test_what_one_feed_calls_secret_no_other_source_can_publish(
    other: dict[str, str], is_withheld: bool, write_feed: Any, import_feed: Any
) -> None:
    import_feed(write_feed(marks()))
    assert import_feed(write_feed(marks())).changes_nothing
    plan = import_feed(write_feed(other), source="Second list")
    stored = everything_stored()
    for value in ("Lavender Passage", "lavender passage", TOWN, "41.04123"):
        assert (value.casefold() not in stored.casefold()) is is_withheld
    assert ("place_tombstoned" in {change.code for change in plan.changes}) is is_withheld
    assert import_feed(write_feed(other), source="Second list").changes_nothing


def test_a_place_that_another_source_published_before_goes_at_once(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed(publishes()), source="Second list")
    assert STREET in everything_stored()  # control
    plan = import_feed(write_feed(marks()))
    assert not plan.changes_nothing
    stored = everything_stored()
    for value in PLANTED:
        assert value not in stored
    assert db.session.scalars(select(Location.place_withheld)).all() == [True, True]
    import_feed(write_feed(publishes()), source="Second list")
    assert STREET not in everything_stored()


def test_a_steward_s_secret_covers_the_same_place_of_every_source(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed(publishes()), source="Second list")
    import_feed(write_feed(publishes()), source="Third list")
    location_id = db.session.scalars(select(Location.id).order_by(Location.id)).all()[0]
    db.session.rollback()
    steward = Identity(None, "steward", frozenset({"steward"}), frozenset({Permission.EDIT_DIRECTORY}))
    make_confidential(steward, location_id=location_id)
    stored = everything_stored()
    for value in (STREET, TOWN, "41.04123"):
        assert value not in stored


def test_hashes_of_secret_places_have_a_key_of_their_own(app: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new SECRET_KEY forgets no secret place; another key of tombstones gives other hashes."""
    config = current_config()
    before = place_digest("address", "a", "b", "c")
    for name, same in (("secret_key", True), ("tombstone_key", False)):
        changed = settings._replace(config, **{name: "x" * 40})
        monkeypatch.setattr("directory.actions.confidential.current_config", lambda changed=changed: changed)
        assert (place_digest("address", "a", "b", "c") == before) is same
