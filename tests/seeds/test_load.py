"""Loading the demo: through the actions, once, with an event; what stewards do to it stays."""

from __future__ import annotations

import re
from datetime import date

from click.testing import Result
from flask import Flask
from sqlalchemy import func, select

from accounts.models import User
from audit.checks import verify_chain
from audit.queries import list_events
from core.db import db
from core.identity import system_identity
from directory import actions, queries
from directory.models import Address, ListingChange, Location, Organization, Service, SourceRecord
from seeds.build import build
from seeds.content import demo_people
from seeds.load import load_demo
from seeds.records import identify
from tests.conftest import Database


def quick_hash(_password: str) -> str:
    """No slow hash for people who never sign in."""
    return "not a hash"


def count(model: type) -> int:
    """How many rows a table has."""
    return db.session.scalar(select(func.count()).select_from(model)) or 0


def test_everything_is_there_and_a_second_run_changes_nothing(demo: Result) -> None:
    rows = build()
    assert demo.exit_code == 0, demo.output
    assert f"Added {sum(map(len, rows.values())):,} records" in demo.output
    said = dict(re.findall(r"^  (\w+) +([\d,]+)$", demo.output, re.MULTILINE))
    assert {name: said[name] for name in rows} == {name: f"{len(of):,}" for name, of in rows.items()}
    assert count(Service) == len(rows["service"]) and count(Organization) == len(rows["organization"])
    told = set(db.session.scalars(select(ListingChange.service_id)))
    changes = count(ListingChange)  # agreements tell the index of their services once more
    assert len(told) == len(rows["service"]) <= changes
    assert count(SourceRecord) == sum(map(len, rows.values()))
    assert len(queries.closing_days()) >= 40 and date(2026, 11, 26) in queries.closing_days()
    assert count(User) == len(demo_people()[1])
    events = list_events(page=1)[1]
    assert list_events(page=1, kind="feed:imported")[1] == 1
    assert verify_chain() == []
    db.session.rollback()
    second = load_demo(hash_password=quick_hash)
    assert second.is_nothing
    assert list_events(page=1)[1] == events
    assert count(ListingChange) == changes


def test_secret_places_are_empty_and_what_a_steward_changed_stays(demo: Result) -> None:
    withheld = list(db.session.scalars(select(Location).where(Location.place_withheld)))
    assert len(withheld) >= 3
    assert all(row.latitude is None and row.transportation is None and row.description is None for row in withheld)
    assert db.session.scalar(select(Address.id).where(Address.location_id.in_([row.id for row in withheld]))) is None
    db.session.rollback()
    service_id = identify("service", "marrow-street-kitchen/0-food-pantry")
    steward = system_identity("test")
    actions.edit_record(steward, table="service", record_id=service_id, values={"name": "The new name"})
    actions.retire_listing(steward, service_id=service_id, reason="moved")
    assert load_demo(hash_password=quick_hash).is_nothing
    row = db.session.get(Service, service_id)
    assert row is not None and row.name == "The new name" and row.retired_at is not None


def test_the_command_says_that_nothing_was_changed(demo: Result, _application: tuple[Flask, Database]) -> None:
    assert "Added " in demo.output and "service " in demo.output
    second = _application[0].test_cli_runner().invoke(args=["seed", "demo"])
    assert second.exit_code == 0 and "nothing was changed" in second.output


def test_sign_ins_are_listed_with_roles(app: Flask) -> None:
    shown = app.test_cli_runner().invoke(args=["seed", "sign-ins"])
    assert shown.exit_code == 0
    password, people = demo_people()
    for _, email, role in people:
        assert any(email in line and role in line and password in line for line in shown.output.splitlines())
