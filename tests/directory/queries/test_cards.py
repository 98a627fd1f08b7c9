"""Cards that are kept: never older than what the asking transaction sees, whatever action changed them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import time
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from sqlalchemy import event, select, update

from core.db import db, transaction
from core.identity import system_identity
from core.keeping import Keeper, forget_everything
from directory import actions, queries
from directory.facets import Visibility
from directory.hours import ScheduleRow
from directory.models import Language, ListingChange, Location, Phone, Schedule, Service, ServiceAtLocation
from directory.queries.assembly import CardAssembly
from directory.queries.values import CardListing
from tests.builders import (
    NOW,
    make_address,
    make_answer,
    make_area,
    make_listing,
    make_location,
    make_organization,
    make_phone,
    make_service,
)
from tests.test_actions_are_audited import CASES

STEWARD = system_identity("test")


def shown(level: Visibility) -> dict[UUID, CardListing]:
    """Every service as `list_cards` gives it to a viewer."""
    db.session.rollback()
    ids = list(db.session.scalars(select(Service.id)))
    return {card.service_id: replace(card, version=None) for card in queries.list_cards(ids, level)}


def true(level: Visibility) -> dict[UUID, CardListing]:
    """Every service as the database has it now."""
    db.session.rollback()
    return CardAssembly(list(db.session.scalars(select(Service.id))), level).cards()


def assert_cards_are_true() -> None:
    """What is kept is what is there, for every level."""
    for level in Visibility:
        assert shown(level) == true(level), level


def rich_listing() -> UUID:
    """A service with something of everything that a card shows."""
    organization_id = make_organization(name="House of help")
    service_id = make_service(organization_id=organization_id, fees_description="Free", eligibility_description="All")
    location_id = make_location(service_id=service_id, name="Main", organization_id=organization_id)
    make_address(location_id)
    make_phone(organization_id=organization_id)
    make_answer(service_id, "walk_in")
    make_area(service_id, "county:36119")
    with transaction() as session:
        session.add(Schedule(location_id=location_id, freq="WEEKLY", byday="MO", opens_at=time(9), closes_at=time(17)))
        session.add(Language(service_id=service_id, code="es", name="Spanish"))
        session.add(ListingChange(service_id=service_id, changed_at=NOW))
    return service_id


def edit(table: str, record_id: UUID, **values: Any) -> None:
    actions.edit_record(STEWARD, table=table, record_id=record_id, values=values)


def only(model: Any) -> UUID:
    """The id of the one row of a table."""
    return UUID(str(db.session.scalars(select(model.id)).one()))


CHANGES: dict[str, Callable[[UUID], Any]] = {
    "service": lambda s: edit("service", s, name="New name"),
    "service hidden": lambda s: edit("service", s, visibility=3),
    "organization": lambda s: edit("organization", organization_of(s), name="New house"),
    "organization hidden": lambda s: edit("organization", organization_of(s), visibility=2),
    "location": lambda s: edit("location", only(Location), name="New place", latitude=42.9, longitude=-78.8),
    "location hidden": lambda s: edit("location", only(Location), visibility=2),
    "location made secret": lambda s: actions.make_confidential(STEWARD, location_id=only(Location)),
    "phone of the organization": lambda s: edit("phone", only(Phone), number="914-555-0177"),
    "phone hidden": lambda s: edit("phone", only(Phone), visibility=2),
    "phone gone": lambda s: actions.remove_record(STEWARD, table="phone", record_id=only(Phone)),
    "phone of the place": lambda s: actions.add_record(
        STEWARD, table="phone", values={"location_id": only(Location), "number": "914-555-0178"}
    ),
    "schedule": lambda s: edit("schedule", only(Schedule), opens_at=time(12)),
    "schedule gone": lambda s: actions.remove_record(STEWARD, table="schedule", record_id=only(Schedule)),
    "hours of the place": lambda s: actions.set_hours(
        STEWARD,
        service_id=s,
        site_id=only(ServiceAtLocation),
        rows=[ScheduleRow(freq="WEEKLY", byday="TU", opens_at=time(8), closes_at=time(9))],
    ),
    "language": lambda s: edit("language", only(Language), code="zh", name="Chinese"),
    "place left": lambda s: actions.leave_place(STEWARD, site_id=only(ServiceAtLocation)),
    "retired": lambda s: actions.retire_listing(STEWARD, service_id=s, reason="closed"),
    "checked": lambda s: actions.verify_listing(
        STEWARD, service_id=s, groups=["hours", "phone"], outcome="right", method="call"
    ),
}


def organization_of(service_id: UUID) -> UUID:
    row = db.session.get(Service, service_id)
    assert row is not None and row.organization_id is not None
    return row.organization_id


@pytest.mark.parametrize("name", CHANGES)
def test_a_change_shows_on_the_next_card(app: Flask, name: str) -> None:
    service_id = rich_listing()
    assert_cards_are_true()
    before = [shown(level) for level in Visibility]
    CHANGES[name](service_id)
    assert_cards_are_true()
    assert [shown(level) for level in Visibility] != before, "nothing changed, so nothing is proved"


@pytest.mark.parametrize("name", CASES)
def test_no_action_leaves_an_old_card(app: Flask, name: str) -> None:
    """Every action of the directory, whatever it does."""
    _, ready, act = CASES[name]
    made = ready()
    assert_cards_are_true()
    act(STEWARD, made)
    assert_cards_are_true()


def test_a_change_behind_the_feeds_back_is_noticed_here(app: Flask) -> None:
    """The control: without its row in the feed a change does not show, and the check above says so."""
    service_id = rich_listing()
    assert_cards_are_true()
    with transaction() as session:
        session.execute(update(Service).where(Service.id == service_id).values(name="Silent"))
    with pytest.raises(AssertionError):
        assert_cards_are_true()


def test_a_number_that_commits_late_is_not_missed(app: Flask) -> None:
    """PostgreSQL numbers rows before they commit: a lower number may come after a higher one."""
    service_id = make_listing(name="First")
    for seq, name in ((1_000, "Second"), (900, "Third"), (950, "Fourth")):
        with transaction() as session:
            session.execute(update(Service).where(Service.id == service_id).values(name=name))
            session.add(ListingChange(seq=seq, service_id=service_id, changed_at=NOW))
        assert shown(Visibility.PUBLIC)[service_id].name == name


def test_what_one_level_sees_is_not_kept_for_another(app: Flask) -> None:
    """Coordinators first, then the public: the hidden number and the hidden listing stay hidden."""
    open_id, hidden_id = make_service(), make_service(visibility=2)
    make_phone(service_id=open_id, number="914-555-0190", visibility=2)
    for level in sorted(Visibility, reverse=True):
        cards = shown(level)
        assert (hidden_id in cards) == (level >= Visibility.COORDINATOR)
        assert bool(cards[open_id].sites[0].phones) == (level >= Visibility.COORDINATOR)


def test_kept_cards_cost_one_query(app: Flask) -> None:
    ids = [rich_listing() for _ in range(3)]
    asked: list[str] = []

    def count(*values: Any) -> None:
        asked.append(values[2])

    db.session.rollback()
    event.listen(db.engine, "before_cursor_execute", count)
    try:
        first = queries.list_cards(ids, Visibility.PUBLIC)
        assert len([text for text in asked if text.startswith("SELECT")]) == 11
        asked.clear()
        assert queries.list_cards([*reversed(ids), uuid4()], Visibility.PUBLIC)[::-1] == first
        assert len(asked) == 2, "one of the versions, one for the unknown id, which is nobody's"
    finally:
        event.remove(db.engine, "before_cursor_execute", count)


def test_inside_a_write_nothing_is_kept(app: Flask) -> None:
    """What a write has changed already its feed may not tell yet."""
    service_id = make_service()
    with transaction(), pytest.raises(RuntimeError, match="list_listings"):
        queries.list_cards([service_id], Visibility.PUBLIC)


def test_a_keeper_gives_only_the_state_it_kept_and_forgets_the_oldest() -> None:
    keeper: Keeper[str] = Keeper(8)
    for number in range(8):
        keeper.put(number, "old", "value")
    assert keeper.get(3, "old") == "value" and keeper.get(3, "new") is None and keeper.get(9, "old") is None
    keeper.put(3, "new", "other")
    assert keeper.get(3, "old") is None and keeper.get(3, "new") == "other" and len(keeper) == 8
    keeper.put(8, "new", "last")
    assert keeper.get(0, "old") is None and keeper.get(8, "new") == "last" and len(keeper) == 8
    forget_everything()
    assert len(keeper) == 0
