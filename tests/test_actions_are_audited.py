"""Every public action, in one table with the event that it writes; running it adds exactly that event.

A new action without a line here fails. `None` marks what writes no event, with the reason beside it.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from datetime import date
from types import ModuleType
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

import accounts.actions
import directory.actions
from audit.checks import verify_chain
from audit.queries import list_events
from core.identity import VISITOR, Identity, system_identity
from directory import actions
from directory.actions import geocode
from tests.builders import make_listing, make_location, make_organization, make_phone, make_service

STEWARD = system_identity("test")


def report(service_id: UUID) -> UUID:
    """A report in the queue."""
    return actions.suggest(VISITOR, service_id=service_id, kind="moved")


def edited(service_id: UUID) -> UUID:
    """A change in a listing's history."""
    from directory import queries

    actions.edit_record(STEWARD, table="service", record_id=service_id, values={"name": "Another"})
    return queries.list_history([service_id])[0].id


def retired(service_id: UUID) -> UUID:
    """A listing that is retired."""
    actions.retire_listing(STEWARD, service_id=service_id, reason="closed")
    return service_id


class Nowhere:
    """An address service that knows one point."""

    def find_point(self, address: Any, today: date) -> Any:
        """Always the same."""
        from core.geo import Point
        from directory.lookups import FoundPoint

        return FoundPoint(Point(41.0, -73.7), "exact", "test", today)


def waiting_place() -> UUID:
    """A place whose point is not known."""
    from tests.builders import make_address

    location_id = make_location(service_id=make_service(), point=None)
    make_address(location_id)
    return location_id


# Action → (its event, what makes ready, what runs it). What makes ready may write events of its own.
CASES: dict[str, tuple[str, Callable[[], Any], Callable[[Identity, Any], Any]]] = {
    "add_organization": (
        "listing:added",
        lambda: None,
        lambda who, _: actions.add_organization(who, values={"name": "New"}),
    ),
    "add_service": (
        "listing:added",
        make_organization,
        lambda who, o: actions.add_service(who, values={"name": "New", "organization_id": o}),
    ),
    "add_record": (
        "listing:added",
        make_service,
        lambda who, s: actions.add_record(who, table="phone", values={"service_id": s, "number": "914-555-0101"}),
    ),
    "edit_record": (
        "listing:edited",
        make_service,
        lambda who, s: actions.edit_record(who, table="service", record_id=s, values={"name": "New"}),
    ),
    "remove_record": (
        "listing:edited",
        lambda: make_phone(service_id=make_service()),
        lambda who, p: actions.remove_record(who, table="phone", record_id=p),
    ),
    "verify_listing": (
        "listing:verified",
        make_service,
        lambda who, s: actions.verify_listing(who, service_id=s, groups=["hours"], outcome="right", method="call"),
    ),
    "retire_listing": (
        "listing:retired",
        make_service,
        lambda who, s: actions.retire_listing(who, service_id=s, reason="closed"),
    ),
    "show_listing": (
        "listing:restored",
        lambda: retired(make_service()),
        lambda who, s: actions.show_listing(who, service_id=s),
    ),
    "restore_value": (
        "listing:restored",
        lambda: edited(make_service()),
        lambda who, c: actions.restore_value(who, change_id=c),
    ),
    "make_confidential": (
        "listing:made_confidential",
        lambda: make_location(service_id=make_service()),
        lambda who, p: actions.make_confidential(who, location_id=p),
    ),
    "suggest": ("suggestion:received", make_listing, lambda _, s: report(s)),
    "decide_suggestion": (
        "suggestion:decided",
        lambda: report(make_listing()),
        lambda who, r: actions.decide_suggestion(who, suggestion_id=r, accept=False),
    ),
    "set_closing_days": (
        "closing_days:set",
        lambda: None,
        lambda who, _: actions.set_closing_days(who, add={date(2026, 12, 25): "Christmas"}),
    ),
    "locate_providers": (
        "listings:located",
        waiting_place,
        lambda who, _: actions.locate_providers(who, service=Nowhere(), answers=geocode.StoredAnswers()),
    ),
}
# Tried with their event in a file of their own, where the files and sessions that they need are made.
ELSEWHERE = {
    "tests/directory/imports/": {"apply_feed", "add_source_records"},
    "tests/directory/actions/test_import_runs.py": {
        "begin_import_apply",
        "begin_import_run",
        "check_import_again",
        "discard_import",
        "fail_import_runs",
        "finish_import_check",
    },
    "tests/directory/actions/test_agreements.py": {
        *("attach_document", "change_agreement", "record_agreement", "set_agreement_state")
    },
    "tests/directory/actions/test_places.py": {"add_place", "edit_place", "leave_place", "offer_at_place"},
    "tests/directory/": {"set_hours", "add_described_service", "edit_described_service"},
    "tests/accounts/": {name for name, each in vars(accounts.actions).items() if inspect.isfunction(each)},
}


def public_actions(module: ModuleType) -> set[str]:
    """The functions that a package of actions offers."""
    return {name for name in module.__all__ if inspect.isfunction(getattr(module, name))}


def test_every_action_has_its_line() -> None:
    """The tables above name exactly the actions that there are."""
    listed = set(CASES) | set().union(*ELSEWHERE.values())
    assert public_actions(directory.actions) - listed == set()
    assert set(CASES) - public_actions(directory.actions) == set()


@pytest.mark.parametrize("name", sorted(CASES))
def test_an_action_writes_exactly_its_event(app: Flask, name: str) -> None:
    """One more event in the trail, of that kind, and the chain is whole."""
    kind, make_ready, run = CASES[name]
    ready = make_ready()
    before = list_events(page=1)[1]
    run(STEWARD, ready)
    events, total = list_events(page=1)
    assert total == before + 1 and events[0].kind == kind
    assert verify_chain() == []


@pytest.mark.parametrize("name", sorted(CASES.keys() - {"suggest"}))
def test_a_refused_action_leaves_nothing(app: Flask, name: str) -> None:
    """A visitor is refused by every steward's verb, and no event is written."""
    from core.errors import NotAllowed

    _, make_ready, run = CASES[name]
    ready = make_ready()
    before = list_events(page=1)[1]
    with pytest.raises(NotAllowed):
        run(VISITOR, ready)
    assert list_events(page=1)[1] == before
