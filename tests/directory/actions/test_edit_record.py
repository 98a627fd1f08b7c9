"""Editing a record: the change, its history, its event, its refusals."""

from __future__ import annotations

from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from audit.checks import verify_chain
from audit.queries import list_events
from core.db import db, transaction
from core.errors import InvalidInput, NotAllowed, NotFound
from core.identity import VISITOR, system_identity
from directory import actions, queries
from directory.facets import Visibility
from directory.models import Address, ListingChange, Location
from tests.builders import make_address, make_listing, make_location, make_service

STEWARD = system_identity("test")


def changes() -> int:
    """How many rows the index's change feed has."""
    return db.session.scalar(select(func.count()).select_from(ListingChange)) or 0


def test_edit_keeps_old_and_new_and_writes_one_event(app: Flask) -> None:
    """The history holds the field's old and new value; the trail holds the field's name only."""
    service_id = make_service(name="Old name")
    before = changes()
    assert actions.edit_record(STEWARD, table="service", record_id=service_id, values={"name": "New name"}) == ["name"]
    history = queries.list_history([service_id])
    assert [(h.field, h.old, h.new, h.by) for h in history] == [("name", "Old name", "New name", "system: test")]
    events, total = list_events(page=1)
    assert total == 1 and events[0].kind == "listing:edited" and events[0].record["details"] == {"fields": ["name"]}
    assert changes() == before + 1
    assert verify_chain() == []


def test_same_value_writes_nothing(app: Flask) -> None:
    """A form sent without a change leaves no trace."""
    service_id = make_service(name="Same")
    before = changes()
    assert actions.edit_record(STEWARD, table="service", record_id=service_id, values={"name": "Same"}) == []
    assert list_events(page=1)[1] == 0 and changes() == before


def test_visitor_is_refused_and_nothing_changes(app: Flask) -> None:
    """Only a steward edits."""
    service_id = make_service(name="Kept")
    with pytest.raises(NotAllowed, match="Only a steward"):
        actions.edit_record(VISITOR, table="service", record_id=service_id, values={"name": "Stolen"})
    assert queries.get_record("service", service_id)["name"] == "Kept"


@pytest.mark.parametrize(
    ("table", "values", "field"),
    [
        ("service", {"name": " "}, "name"),
        ("service", {"minimum_age": 200}, "minimum_age"),
        ("service", {"minimum_age": 30, "maximum_age": 20}, "maximum_age"),
        ("service", {"url": "javascript:alert(1)"}, "url"),
        ("service", {"id": uuid4()}, "id"),
        ("service", {"no_such_column": "x"}, "no_such_column"),
    ],
)
def test_senseless_values_name_their_field(app: Flask, table: str, values: dict[str, object], field: str) -> None:
    """Each refusal says which field, and nothing is written."""
    service_id = make_service()
    with pytest.raises(InvalidInput) as refusal:
        actions.edit_record(STEWARD, table=table, record_id=service_id, values=values)
    assert refusal.value.field == field
    assert list_events(page=1)[1] == 0


def test_unknown_table_and_record_are_not_found(app: Flask) -> None:
    """The trail's and the accounts' tables cannot be reached through the directory's editor."""
    for table in ("audit_event", "metadata", "user", "no_such_table"):
        with pytest.raises(NotFound):
            actions.edit_record(STEWARD, table=table, record_id=uuid4(), values={"name": "x"})
    with pytest.raises(NotFound):
        actions.edit_record(STEWARD, table="service", record_id=uuid4(), values={"name": "x"})


def test_a_value_of_the_history_can_be_restored(app: Flask) -> None:
    """Restoring writes the old value as a new change."""
    service_id = make_service(name="First", minimum_age=18)
    actions.edit_record(STEWARD, table="service", record_id=service_id, values={"name": "Second", "minimum_age": 21})
    by_field = {change.field: change for change in queries.list_history([service_id])}
    actions.restore_value(STEWARD, change_id=by_field["minimum_age"].id)
    record = queries.get_record("service", service_id)
    assert (record["name"], record["minimum_age"]) == ("Second", 18)
    assert len(queries.list_history([service_id])) == 3


def test_retired_listing_is_hidden_and_comes_back(app: Flask) -> None:
    """Retiring hides from everybody; showing brings back."""
    service_id = make_listing()
    actions.retire_listing(STEWARD, service_id=service_id, reason="closed")
    assert queries.find_listing(service_id, Visibility.RESTRICTED) is None
    actions.show_listing(STEWARD, service_id=service_id)
    assert queries.find_listing(service_id, Visibility.PUBLIC) is not None


def test_making_a_place_confidential_erases_it_everywhere(app: Flask) -> None:
    """No address, town or point is left in any row; the place then takes none."""
    service_id = make_service(name="Safe home")
    location_id = make_location(service_id=service_id, name="Birch house", description="Behind the mill")
    address_id = make_address(location_id, address_1="77 Birchwood Lane")
    actions.edit_record(STEWARD, table="address", record_id=address_id, values={"address_1": "78 Birchwood Lane"})
    actions.make_confidential(STEWARD, location_id=location_id)
    db.session.rollback()
    dump = "\n".join(
        str(tuple(row)) for table in reversed(db.metadata.sorted_tables) for row in db.session.execute(select(table))
    )
    for word in ("Birch", "mill", "41.03289", "73.76478", "10601"):
        assert word not in dump
    assert "Safe home" in dump  # the control: the dump does show what is kept
    with pytest.raises(NotAllowed, match="kept secret"):
        actions.add_record(STEWARD, table="address", values={"location_id": location_id, "address_1": "1 Oak Street"})
    with pytest.raises(InvalidInput, match="looks like an address"):
        actions.edit_record(
            STEWARD, table="location", record_id=location_id, values={"description": "Come to 12 Oak Street"}
        )


def test_the_database_itself_refuses_an_address_of_a_secret_place(app: Flask) -> None:
    """Code with a bug cannot store what the trigger refuses."""
    location_id = make_location(point=None, place_withheld=True)
    with pytest.raises(Exception, match="withheld"), transaction() as session:
        session.add(Address(location_id=location_id, address_1="1 Oak Street"))
    with pytest.raises(Exception, match="withheld"), transaction() as session:
        row = session.get(Location, location_id)
        assert row is not None
        row.latitude, row.longitude = 41.0, -73.7
