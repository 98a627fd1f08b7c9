"""Pieces of cards are kept from page to page: never past the clock, the language, the reader or a change."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from uuid import UUID

import pytest
from flask import Flask

from core.db import transaction
from core.identity import system_identity
from core.layout import COUNT_PLACE
from directory import actions
from directory.models import ListingChange, Schedule
from directory.views import find
from tests.builders import NOW, make_address, make_location, make_service
from tests.cast import Browser
from tests.conftest import SignIn

pytestmark = pytest.mark.one_database

STEWARD = system_identity("test")
ADDRESS = "/services?where=10601"


def open_on_wednesdays(name: str = "Food pantry") -> tuple[str, str]:
    """A service with an address, open on Wednesdays from 9 to 5; its id and its place's."""
    service_id = make_service(name=name, fees_description="Nothing to pay")
    location_id = make_location(service_id=service_id, name="Main", timezone="America/New_York")
    make_address(location_id)
    with transaction() as session:
        session.add(Schedule(service_id=service_id, freq="WEEKLY", byday="WE", opens_at=time(9), closes_at=time(17)))
        session.add(ListingChange(service_id=service_id, changed_at=NOW))
    return str(service_id), str(location_id)


def at(patch: pytest.MonkeyPatch, hour: int, minute: int, second: int = 0) -> None:
    """Show the page at a clock time of a Wednesday in New York."""
    patch.setattr(find, "now_utc", lambda: datetime(2026, 11, 18, hour + 5, minute, second, tzinfo=UTC))


def test_the_open_label_follows_the_clock(app: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    open_on_wednesdays()
    for hour, minute, second, is_open in ((16, 59, 1, True), (16, 59, 59, True), (17, 0, 0, False), (9, 0, 0, True)):
        at(monkeypatch, hour, minute, second)
        text = client.get(ADDRESS).text
        assert ('class="gt-open"' in text) == is_open, (hour, minute, second)
        filtered = client.get(ADDRESS + "&open_now=1").text
        assert ("data-card-link" in filtered) == is_open, "the filter says the same as the label"


def test_a_closing_day_shows_at_once(app: Flask, client: Browser, monkeypatch: pytest.MonkeyPatch) -> None:
    """On the label and in the filter, which the index answers."""
    open_on_wednesdays()
    at(monkeypatch, 10, 0)

    def is_open() -> tuple[bool, bool]:
        filtered = client.get(ADDRESS + "&open_now=1").text
        return 'class="gt-open"' in client.get(ADDRESS).text, "data-card-link" in filtered

    assert is_open() == (True, True)
    actions.set_closing_days(STEWARD, add={date(2026, 11, 18): "Snow"})
    assert is_open() == (False, False)
    actions.set_closing_days(STEWARD, remove=[date(2026, 11, 18)])
    assert is_open() == (True, True)


def test_each_language_has_its_own_pieces(app: Flask, client: Browser) -> None:
    open_on_wednesdays()
    for _ in range(2):
        english, spanish = client.get(ADDRESS + "&lang=en").text, client.get(ADDRESS + "&lang=es").text
        assert "<dt>Cost</dt>" in english and "<dt>Costo</dt>" in spanish
        assert "Save to my list" in english and "Save to my list" not in spanish


def test_the_save_button_says_what_is_so(app: Flask, client: Browser) -> None:
    service_id, _ = open_on_wednesdays()
    assert 'aria-pressed="false"' in client.get(ADDRESS).text
    client.send("/list", page=ADDRESS, add=service_id)
    assert 'aria-pressed="true"' in client.get(ADDRESS).text
    client.send("/list", page=ADDRESS, remove=service_id)
    assert 'aria-pressed="false"' in client.get(ADDRESS).text


def test_a_place_made_secret_is_gone_from_the_next_page(app: Flask, client: Browser) -> None:
    service_id, location_id = open_on_wednesdays()
    assert "1 Test Street" in client.get(ADDRESS).text and "1 Test Street" in client.get("/services").text
    actions.make_confidential(STEWARD, location_id=UUID(location_id))
    for address in (ADDRESS, "/services"):
        text = client.get(address).text
        assert "1 Test Street" not in text and "Test Street" not in text
    assert service_id in client.get("/services").text, "the service itself is still there"


def test_what_a_coordinator_saw_is_not_shown_to_the_public(app: Flask, client: Browser, sign_in_as: SignIn) -> None:
    make_service(name="Quiet house", visibility=2)
    shared = make_service(name="Open house")
    actions.add_record(STEWARD, table="phone", values={"service_id": shared, "number": "914-555-0190", "visibility": 2})
    coordinator = sign_in_as("cal")
    for _ in range(2):
        seen, public = coordinator.get("/services").text, client.get("/services").text
        assert "Quiet house" in seen and "914) 555-0190" in seen
        assert "Quiet house" not in public and "555-0190" not in public and "Open house" in public


def test_a_name_with_markup_stays_text(app: Flask, client: Browser) -> None:
    """Kept pieces are made by the same escaping templates."""
    make_service(name="<b>Bold</b> & co")
    for _ in range(2):
        text = client.get("/services").text
        assert "&lt;b&gt;Bold&lt;/b&gt; &amp; co" in text and "<b>Bold" not in text


def test_a_count_goes_where_the_macro_put_it(app: Flask) -> None:
    """The number is put in last, also where the label itself holds what stands for it; labels are escaped."""
    template = app.jinja_env.from_string(
        "{% macro box(label, count) %}<i>{{ label }} ({{ count }})</i>{% endmacro %}"
        "{{ kept_with_count('t', box, rows) }}"
    )
    with app.test_request_context("/"):
        for number in (3, 4):
            rows = [(("<a>",), number), ((f"x{COUNT_PLACE}y",), number + 1)]
            text = template.render(rows=rows)
            assert text == f"<i>&lt;a&gt; ({number})</i><i>x{COUNT_PLACE}y ({number + 1})</i>"


def test_texts_of_templates_escape_values_in_pages_and_not_in_letters(app: Flask) -> None:
    page = app.jinja_env.from_string("{{ _('Hello %(name)s,', name=name) }}{{ _('100%%') }}")
    letter = app.jinja_env.overlay(autoescape=False).from_string("{{ _('Hello %(name)s,', name=name) }}")
    with app.test_request_context("/"):
        assert page.render(name="<Ana>") == "Hello &lt;Ana&gt;,100%"
        assert letter.render(name="<Ana>") == "Hello <Ana>,"
