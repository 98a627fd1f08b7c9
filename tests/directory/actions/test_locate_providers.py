"""Points for provider addresses from an address service: who may, what is asked, what is kept, what is never asked."""

from __future__ import annotations

from datetime import date

import pytest
from flask import Flask

from audit.queries import list_events
from core.errors import NotAllowed, Sentence, Unavailable
from core.geo import Point
from core.identity import VISITOR, system_identity
from directory import actions, queries
from directory.geocoding import geocoder_from
from directory.lookups import FoundPoint, ProviderAddress, Remembered
from tests.builders import make_address, make_location, make_service

STEWARD = system_identity("test")


class Service:
    """An address service that knows one street, and breaks after so many questions."""

    def __init__(self, answers: actions.StoredAnswers, breaks_after: int = 99) -> None:
        self.answers, self.breaks_after = answers, breaks_after
        self.asked: list[str] = []

    def find_point(self, address: ProviderAddress, today: date) -> FoundPoint | None:
        """Oak Street is known, nothing else."""
        kept = self.answers.get(address.key)
        if kept is not None:
            return kept.found
        if len(self.asked) >= self.breaks_after:
            raise Unavailable(Sentence("down"))
        self.asked.append(address.one_line)
        found = FoundPoint(Point(41.03, -73.76), "exact", "test", today) if "Oak" in address.street else None
        self.answers.put(address.key, Remembered(found))
        return found


def make_place(street: str, **values: object) -> tuple[object, object]:
    """A service at an address without a point."""
    service_id = make_service()
    location_id = make_location(service_id=service_id, point=None, **values)
    make_address(location_id, address_1=street)
    return service_id, location_id


def locate(service: Service) -> actions.Located:
    """One run."""
    return actions.locate_providers(STEWARD, service=service, answers=service.answers)


def test_known_address_gets_its_point_with_history_and_event(app: Flask) -> None:
    """Point, precision, source and day; nobody is asked twice, not even for what was not known."""
    _, known = make_place("1 Oak Street")
    make_place("2 Unknown Way")
    first = Service(actions.StoredAnswers())
    assert locate(first) == actions.Located(asked=2, placed=1, unknown=1, stopped=False)
    record = queries.get_record("location", known)  # type: ignore[arg-type]
    assert (record["latitude"], record["place_precision"], record["place_source"]) == (41.03, "exact", "test")
    assert {change.field for change in queries.list_history([known])} >= {"latitude", "longitude"}  # type: ignore[list-item]
    assert [event.kind for event in list_events(page=1)[0]] == ["listings:located"]
    second = Service(actions.StoredAnswers())
    assert locate(second) == actions.Located(asked=1, placed=0, unknown=1, stopped=False)
    assert second.asked == []


def test_a_secret_place_is_never_asked_about(app: Flask) -> None:
    """It has no address to ask about, and a point that is exact already is left alone."""
    make_location(service_id=make_service(), point=None, place_withheld=True)
    exact = make_location(service_id=make_service())
    make_address(exact, address_1="9 Oak Street")
    service = Service(actions.StoredAnswers())
    assert locate(service).asked == 0 and service.asked == []


def test_a_service_that_stops_keeps_what_was_found(app: Flask) -> None:
    """The run ends, says so, and the first place has its point."""
    make_place("1 Oak Street")
    make_place("2 Oak Street")
    found = locate(Service(actions.StoredAnswers(), breaks_after=1))
    assert (found.placed, found.stopped) == (1, True)


def test_visitor_is_refused_and_nobody_is_asked(app: Flask) -> None:
    """Only a steward."""
    make_place("1 Oak Street")
    service = Service(actions.StoredAnswers())
    with pytest.raises(NotAllowed, match="Only a steward"):
        actions.locate_providers(VISITOR, service=service, answers=service.answers)
    assert service.asked == []


def test_without_a_setting_there_is_no_service(app: Flask) -> None:
    """Off by default; the command says which setting turns it on."""
    assert geocoder_from(app.config["GOLDTHREAD"]) is None
    result = app.test_cli_runner().invoke(args=["directory", "geocode"])
    assert result.exit_code == 1 and "GOLDTHREAD_GEOCODER" in result.output
