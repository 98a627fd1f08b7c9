"""The demo data: enough of everything, invented, alike each time, true to the tables, silent about secret places."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import Table

from core.geo import Point, distance_m
from directory import gazetteer
from directory.actions.source_records import ORDER, OWN_TABLES
from directory.facets import LANGUAGES, QUESTION_CODES, Precision
from directory.hours import ScheduleRow, status
from directory.models import HSDS_TABLES
from directory.needs import all_needs, own_term
from directory.rules import FRESHNESS_DAYS, HOUSING_KINDS, decide_values, looks_like_address, says_confidential
from seeds.build import REFERENCE, build
from seeds.content import counties, kinds, organizations
from seeds.records import identify

REAL_NUMBERS = {"988", "211"}
FICTIONAL = re.compile(r"(914|716|585|800)-555-01\d\d")
NEW_YORK = ZoneInfo("America/New_York")
Rows = dict[str, list[dict[str, Any]]]


@cache
def demo() -> Rows:
    """The data of the fixed reference day."""
    return build()


@cache
def county_of_organization() -> dict[UUID, str]:
    """Organization id → county code; empty for those of the whole state."""
    return {identify("organization", one.code): one.county for one in organizations()}


@cache
def needs_of_service() -> dict[UUID, set[str]]:
    """Service id → needs, by the terms it carries."""
    codes = {row["id"]: row["code"] for row in demo()["taxonomy_term"]}
    found: dict[UUID, set[str]] = defaultdict(set)
    for row in demo()["attribute"]:
        term = own_term(codes[row["taxonomy_term_id"]])
        assert term is not None
        found[row["link_id"]].update(term.needs)
    return found


def public_services() -> list[dict[str, Any]]:
    """What a visitor can find."""
    return [row for row in demo()["service"] if row["visibility"] == 0]


def by_service(table: str) -> dict[UUID, list[dict[str, Any]]]:
    """Rows of a table by their service, also through the service's places."""
    places = {row["id"]: row["service_id"] for row in demo()["service_at_location"]}
    found: dict[UUID, list[dict[str, Any]]] = defaultdict(list)
    for row in demo()[table]:
        service_id = row.get("service_id") or places.get(row.get("service_at_location_id"))
        if service_id is not None:
            found[service_id].append(row)
    return found


def test_there_is_enough() -> None:
    assert len(demo()["service"]) >= 450
    assert len(demo()["organization"]) >= 140


@pytest.mark.parametrize("county", ["westchester", "erie", "monroe"])
def test_every_need_finds_eight_services_in_each_county_or_serving_it(county: str) -> None:
    counts = Counter(
        need
        for row in public_services()
        if county_of_organization()[row["organization_id"]] in (county, "")
        for need in needs_of_service()[row["id"]]
    )
    assert {need.code: counts[need.code] for need in all_needs() if counts[need.code] < 8} == {}


def test_every_kind_is_offered_in_every_county() -> None:
    special = {"statewide"}
    offered = {one.county: {code for code, *_ in one.services} for one in organizations()}
    for county in counties():
        codes = {code for one in organizations() if one.county == county for code, *_ in one.services}
        missing = {code for code, kind in kinds().items() if kind.area not in ("state", "country")} - codes
        assert missing <= {"motel-nights", "paused-residence", "relocation-fund", "members-garden"}, county
    assert special.isdisjoint(offered)


def test_two_builds_are_equal_and_ids_do_not_depend_on_the_day() -> None:
    assert build() == demo()
    later = build(REFERENCE + timedelta(days=400))
    assert {name: [row["id"] for row in rows] for name, rows in later.items()} == {
        name: [row["id"] for row in rows] for name, rows in demo().items()
    }


def test_ids_stay_what_they_were() -> None:
    """Links and kept lists hold these ids: a change here breaks them."""
    assert str(identify("organization", "marrow-street-kitchen")) == "459ea94b-fea0-5be8-8770-dee86e394f78"
    assert str(identify("service", "marrow-street-kitchen/0-food-pantry")) == "0d9832cb-37d8-5fc7-baf3-4d4a04a437e4"


def test_each_row_fits_its_table() -> None:
    models = {**HSDS_TABLES, **OWN_TABLES}
    ids = {name: {row["id"] for row in rows} for name, rows in demo().items()}
    for name, rows in demo().items():
        assert name in ORDER
        table = models[name].__table__
        assert isinstance(table, Table)
        for row in rows:
            assert set(row) <= set(table.columns.keys()), (name, set(row) - set(table.columns.keys()))
            for column in table.columns:
                for key in column.foreign_keys:
                    if row.get(column.name) is not None:
                        assert row[column.name] in ids[key.column.table.name], (name, column.name)
            assert decide_values(name, row) is None, (name, row)


def test_phones_are_fictional_but_988_and_211() -> None:
    numbers = {row["number"] for row in demo()["phone"]}
    assert {number for number in numbers if not FICTIONAL.fullmatch(number)} == REAL_NUMBERS


def test_no_other_phone_hides_in_the_texts() -> None:
    texts = [str(value) for rows in demo().values() for row in rows for value in row.values() if isinstance(value, str)]
    phone = re.compile(r"\b\d{3}[-. )]+\d{3}[-. ]+\d{4}\b")
    assert phone.search("call (914) 949-1234")  # positive control
    assert [text for text in texts if phone.search(text) and "555-01" not in text] == []


def test_sites_and_addresses_of_mail_are_reserved_names() -> None:
    own = [row for row in demo()["organization"] if row["name"] not in ("211", "988 Suicide & Crisis Lifeline")]
    assert all(row["website"].endswith(".example.org") and row["email"].endswith(".example.org") for row in own)
    for row in demo()["service"]:
        assert row["email"] is None or row["email"].endswith(".example.org")


def test_withheld_places_hold_no_place_data() -> None:
    withheld = [row for row in demo()["location"] if row.get("place_withheld")]
    assert len(withheld) >= 3
    ids = {row["id"] for row in withheld}
    for row in withheld:
        assert set(row) == {
            "id", "organization_id", "location_type", "name", "place_withheld", "place_precision"
        }  # fmt: skip
        assert row["place_precision"] == "none" and says_confidential(row["name"])
    for table in ("address", "accessibility", "schedule", "phone", "language", "contact"):
        assert [row for row in demo().get(table, []) if row.get("location_id") in ids] == []


def test_services_at_withheld_places_name_no_street_and_serve_counties() -> None:
    withheld = {row["id"] for row in demo()["location"] if row.get("place_withheld")}
    secret = {row["service_id"] for row in demo()["service_at_location"] if row["location_id"] in withheld}
    areas = by_service("service_area")
    for row in demo()["service"]:
        if row["id"] in secret:
            assert not any(looks_like_address(str(value)) for value in row.values())
            assert not any(town in str(row["description"]) for town, *_ in _all_zips())
            assert [area["extent"][:7] for area in areas[row["id"]]] == ["county:"]


def _all_zips() -> Iterable[tuple[str, float, float]]:
    return [values for county in counties().values() for values in county.zips.values()]


def test_points_lie_in_their_town() -> None:
    addresses = {row["location_id"]: row for row in demo()["address"]}
    seen = Counter[str]()
    for row in demo()["location"]:
        if row.get("place_withheld"):
            continue
        postal_code = addresses[row["id"]]["postal_code"]
        centre = gazetteer.zip_point(postal_code)
        assert centre is not None
        assert distance_m(Point(row["latitude"], row["longitude"]), centre) < 8000, row["name"]
        seen[row["place_precision"]] += 1
        if row["place_precision"] == Precision.EXACT:
            assert addresses[row["id"]]["address_1"]
    assert all(seen[str(precision)] for precision in (Precision.EXACT, Precision.STREET, Precision.ZIP, Precision.TOWN))


def test_pantries_near_10601_stand_at_different_distances_and_hours() -> None:
    origin = gazetteer.zip_point("10601")
    assert origin is not None
    places = {
        row["id"]: Point(row["latitude"], row["longitude"])
        for row in demo()["location"]
        if row.get("latitude") is not None
    }
    pantries = {row["id"] for row in demo()["service"] if "food" in needs_of_service()[row["id"]]}
    near = {
        row["service_id"]: round(distance_m(origin, places[row["location_id"]]))
        for row in demo()["service_at_location"]
        if row["service_id"] in pantries and distance_m(origin, places[row["location_id"]]) < 5000
    }
    assert len(near) >= 8 and len(set(near.values())) >= 6
    hours = by_service("schedule")
    assert len({tuple((row.get("byday"), row.get("opens_at")) for row in hours[key]) for key in near}) >= 6


def _schedule(row: dict[str, Any]) -> ScheduleRow:
    names = ScheduleRow.__dataclass_fields__
    return ScheduleRow(**{name: value for name, value in row.items() if name in names})


def test_every_weekday_has_something_open_past_eight_in_the_evening() -> None:
    hours = by_service("schedule")
    always = {key for key, rows in hours.items() if any(row.get("byday", "").count(",") == 6 for row in rows)}
    for offset in range(7):
        now = datetime(2026, 11, 30, 20, 15, tzinfo=NEW_YORK) + timedelta(days=offset)
        opened = [
            key
            for key, rows in hours.items()
            if key not in always and status([_schedule(row) for row in rows], now, "America/New_York").state == "open"
        ]
        assert opened, now.strftime("%A")


def test_schedules_come_in_every_shape() -> None:
    rows = demo()["schedule"]
    assert any(row.get("freq") == "MONTHLY" and row["byday"].startswith("-1") for row in rows)
    assert any(row.get("freq") == "MONTHLY" and row["byday"][0] in "234" for row in rows)
    assert any(row.get("interval") == 2 and row.get("dtstart") for row in rows)
    assert any(row.get("valid_from") and row.get("freq") for row in rows)
    assert any(row.get("closed") for row in rows)
    assert any(row.get("by_appointment") for row in rows)
    assert any(row.get("closes_at") and row["closes_at"] < row["opens_at"] for row in rows)
    assert any(str(row.get("opens_at")) == "00:00:00" and str(row.get("closes_at")) == "23:59:00" for row in rows)


def test_every_service_has_hours_a_phone_and_words() -> None:
    hours, phones = by_service("schedule"), by_service("phone")
    for row in demo()["service"]:
        assert hours[row["id"]] and phones[row["id"]], row["name"]
        assert len(row["description"]) >= 40 and row["eligibility_description"] and row["application_process"]
        assert "{" not in "".join(str(value) for value in row.values())


def test_descriptions_differ() -> None:
    counts = Counter(row["description"] for row in demo()["service"])
    assert len(counts) >= 450
    assert max(counts.values()) <= 3  # the same Spanish text once a county


def test_spanish_is_there() -> None:
    spanish, english = re.compile(r"\b(usted|español|ayuda|gratis|Médicos)\b"), re.compile(r"\b(the|and|with)\b")
    told = [row for row in demo()["service"] if spanish.search(row["description"])]
    only = [row for row in told if not english.search(row["description"])]
    assert len(told) >= 20 and len(only) >= 6
    spoken = {row["code"] for row in demo()["language"]}
    assert spoken <= set(LANGUAGES) and len(spoken) >= 12


def test_answers_are_of_the_known_questions_and_each_question_divides() -> None:
    counts: dict[str, Counter[int]] = defaultdict(Counter)
    for row in demo()["requirement"]:
        counts[row["question"]][row["answer"]] += 1
    assert set(counts) == set(QUESTION_CODES)
    total = len(demo()["service"])
    assert all(sum(answers.values()) < total for answers in counts.values())  # something is always left unsaid
    assert sum(1 for answers in counts.values() if answers[2]) >= 15


def test_every_kind_of_housing_has_offers_and_some_room_is_known_and_some_out_of_date() -> None:
    kinds_there = {row["kind"] for row in demo()["housing_offer"]}
    assert kinds_there == set(HOUSING_KINDS)
    noon = datetime(REFERENCE.year, REFERENCE.month, REFERENCE.day, 13, tzinfo=ZoneInfo("UTC"))
    rooms = demo()["service_capacity"]
    assert any(row["expires_at"] > noon and row["available"] > 0 for row in rooms)
    assert any(row["expires_at"] < noon for row in rooms)
    assert {"open", "closed"} <= {row["waitlist"] for row in rooms}


def test_checks_are_of_every_age_and_method() -> None:
    ages = [
        (REFERENCE - row["checked_at"].date()).days for row in demo()["verification"] if row["field_group"] == "hours"
    ]
    limit = FRESHNESS_DAYS["hours"]
    assert sum(age <= limit for age in ages) > sum(limit < age <= 2 * limit for age in ages) > 40
    assert sum(age > 2 * limit for age in ages) > 20
    assert len(ages) < len(demo()["service"])  # a few were never checked
    assert {row["method"] for row in demo()["verification"]} >= {"call", "visit", "email", "provider", "web"}


def test_some_listings_are_for_fewer_eyes() -> None:
    assert Counter(row["visibility"] for row in demo()["service"]).keys() == {0, 1, 2, 3}


def test_no_name_is_that_of_a_real_provider_of_the_shared_feeds(shared_dir: Any) -> None:
    known: set[str] = set()
    for path in shared_dir.glob("data/*/*.csv"):
        for line in path.read_text(encoding="latin-1").splitlines():
            known.update(part.strip(' "').casefold() for part in line.split(","))
    assert "hillcrest children & family center" in known or len(known) > 10_000  # the feeds were read
    own = {row["name"].casefold() for row in demo()["organization"]} - {"211", "988 suicide & crisis lifeline"}
    assert own & known == set()


def test_reference_day_is_a_day() -> None:
    assert isinstance(REFERENCE, date)
