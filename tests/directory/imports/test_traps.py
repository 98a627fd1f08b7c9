"""One small fictional feed for each trap of real feeds: what it becomes, and that the report says so."""

from __future__ import annotations

from datetime import date, time
from typing import Any

import pytest
from sqlalchemy import select

from core.db import db
from directory.models import (
    Address,
    Attribute,
    Location,
    Organization,
    Phone,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    TaxonomyTerm,
)

OLD_SERVICES = "id,organization_id,name,description,status\ns1,o1,Food pantry,,active\n"


def codes(plan: Any, file: str = "") -> set[str]:
    """The reason codes that a report holds."""
    return {change.code for change in plan.changes if not file or change.file == file}


@pytest.mark.parametrize(
    ("opens", "closes", "expected"),
    [
        ("9:00a", "5pm", (time(9), time(17))),
        ("9am", "17:00", (time(9), time(17))),
        ("09.00", "4.30", (time(9), time(16, 30))),
        ("1945", "130", (time(19, 45), time(1, 30))),
        ("0800", "2400", (time(8), time(23, 59))),
        ("24 Hours", "", (time(0), time(23, 59))),
    ],
)
def test_clock_times_in_every_spelling(
    opens: str, closes: str, expected: tuple[time, time], write_feed: Any, import_feed: Any
) -> None:
    header = "id,service_id,location_id,weekday,opens_at,closes_at\n"
    plan = import_feed(write_feed({"regular_schedules.csv": f"{header}h1,s1,,Monday - Friday,{opens},{closes}\n"}))

    row = db.session.scalars(select(Schedule)).one()
    assert (row.opens_at, row.closes_at, row.byday, row.freq) == (*expected, "MO,TU,WE,TH,FR", "WEEKLY")
    assert "hours_read" in codes(plan)


@pytest.mark.parametrize(
    ("days", "byday"),
    [
        ("Mon, Wed-Fri", "MO,WE,TH,FR"),
        ("Fourth Saturday", "4SA"),
        ("2nd & 4th Wednesday", "2WE,4WE"),
        ("2,4", "TU,TH"),
    ],
)
def test_days_in_every_spelling(days: str, byday: str, write_feed: Any, import_feed: Any) -> None:
    header = "id,service_id,weekday,opens_at,closes_at\n"
    import_feed(write_feed({"regular_schedules.csv": f'{header}h1,s1,"{days}",9:00,17:00\n'}))

    assert db.session.scalars(select(Schedule.byday)).one() == byday


def test_hours_that_cannot_be_read_stay_as_words(write_feed: Any, import_feed: Any) -> None:
    text = "id,service_id,weekday,opens_at,closes_at\nh1,s1,Every other Tuesday,9:00,12:00\n"
    plan = import_feed(write_feed({"regular_schedules.csv": text}))

    row = db.session.scalars(select(Schedule)).one()
    assert (row.opens_at, row.description) == (None, "Every other Tuesday 9:00 – 12:00")
    assert "hours_as_text" in codes(plan)


def test_by_appointment_is_never_open_and_empty_times_say_nothing(write_feed: Any, import_feed: Any) -> None:
    text = "id,service_id,weekday,opens_at,closes_at\nh1,s1,Monday,By appointment,\nh2,s1,Tuesday,,\n"
    plan = import_feed(write_feed({"regular_schedules.csv": text}))

    row = db.session.scalars(select(Schedule)).one()
    assert row.by_appointment and row.opens_at is None
    assert "hours_empty" in codes(plan)
    assert plan.counts["schedule"].refused == 1


def test_a_holiday_of_the_year_one_is_closed_every_year(write_feed: Any, import_feed: Any) -> None:
    text = (
        "id,service_id,closed,opens_at,closes_at,start_date,end_date\n"
        'h1,s1,true,,,"January 01, 0001","January 01, 0001"\nh2,s1,false,10:00,16:00,12/24/2026,12/24/26\n'
    )
    import_feed(write_feed({"holiday_schedules.csv": text}))

    yearly, once = db.session.scalars(select(Schedule).order_by(Schedule.valid_from)).all()
    assert yearly.closed and yearly.valid_from == date(1, 1, 1)
    assert (once.closed, once.opens_at, once.valid_to) == (False, time(10), date(2026, 12, 24))


def test_rows_without_ids_keep_theirs_the_next_time(write_feed: Any, import_feed: Any) -> None:
    feed = write_feed({"phones.csv": "number,service_id\n914-555-0142,s1\n914-555-0143,s1\n"})
    import_feed(feed)
    ids = set(db.session.scalars(select(Phone.id)))

    assert import_feed(feed).changes_nothing
    assert set(db.session.scalars(select(Phone.id))) == ids and len(ids) == 2


def test_every_row_four_times_is_read_once(write_feed: Any, import_feed: Any) -> None:
    row = "p1,914-555-0142,s1\n"
    plan = import_feed(write_feed({"phones.csv": "id,number,service_id\n" + row * 4}))

    assert len(db.session.scalars(select(Phone)).all()) == 1
    assert plan.counts["phone"].merged == 3
    assert sum(1 for change in plan.changes if change.code == "duplicate_row") == 3


def test_one_id_on_rows_that_link_elsewhere_is_a_record_each(write_feed: Any, import_feed: Any) -> None:
    services = "id,organization_id,name,status\ns1,o1,Food pantry,active\ns2,o1,Clothing,active\n"
    phones = "id,number,service_id\np1,914-555-0142,s1\np1,914-555-0142,s2\n"
    plan = import_feed(write_feed({"services.csv": services, "phones.csv": phones}))

    assert len(set(db.session.scalars(select(Phone.service_id)))) == 2
    assert "id_repeated" in codes(plan)
    turned = "id,number,service_id\np1,914-555-0142,s2\np1,914-555-0142,s1\n"
    assert import_feed(write_feed({"services.csv": services, "phones.csv": turned})).changes_nothing


def test_a_cell_with_several_links_makes_a_record_for_each(write_feed: Any, import_feed: Any) -> None:
    services = "id,organization_id,name,status\ns1,o1,Food pantry,active\ns2,o1,Clothing,active\n"
    plan = import_feed(
        write_feed({"services.csv": services, "phones.csv": 'id,number,service_id\np1,914-555-0142,"s1,s2"\n'})
    )

    assert len(db.session.scalars(select(Phone)).all()) == 2
    assert "link_exploded" in codes(plan)


def test_links_to_nothing_are_listed(write_feed: Any, import_feed: Any) -> None:
    sites = "id,service_id,location_id\nx1,s1,l1\nx2,s9,l1\n"
    plan = import_feed(write_feed({"service_at_location.csv": sites}))

    assert len(db.session.scalars(select(ServiceAtLocation)).all()) == 1
    missing = [change for change in plan.changes if change.code == "link_missing"]
    assert [(change.row, change.field, change.old) for change in missing] == [(3, "service_id", "s9")]


def test_a_service_without_its_organization_waits_hidden(write_feed: Any, import_feed: Any) -> None:
    from directory.queries import count_rows

    services = "id,organization_id,name,status\ns1,o1,Food pantry,active\ns2,o9,Lost programme,active\n"
    plan = import_feed(write_feed({"services.csv": services}))

    assert plan.figures["services_waiting"] == 1
    assert count_rows()["service"] == 2
    assert count_rows(public_only=True)["service"] == 1


def test_zips_get_their_leading_zero_back_and_states_lose_their_blanks(write_feed: Any, import_feed: Any) -> None:
    addresses = (
        "id,location_id,address_1,city,state_province,postal_code,country,address_type\n"
        "a1,l1,12 Oak Street,Hartford,CT ,6106,US,physical\n"
    )
    plan = import_feed(write_feed({"addresses.csv": addresses, "locations.csv": "id,organization_id,name\nl1,o1,K\n"}))

    row = db.session.scalars(select(Address)).one()
    assert (row.postal_code, row.state_province) == ("06106", "CT")
    assert {"zip_restored", "trimmed"} <= codes(plan)


def test_a_zip_of_the_wrong_state_is_left_as_it_is(write_feed: Any, import_feed: Any) -> None:
    addresses = "id,location_id,address_1,city,state_province,postal_code\na1,l1,1 Elm St,Albany,NY,1220\n"
    plan = import_feed(write_feed({"addresses.csv": addresses}))

    assert db.session.scalars(select(Address.postal_code)).one() == "1220"
    assert "zip_not_understood" in codes(plan)


def test_a_state_typed_as_address_goes_to_the_places_description(write_feed: Any, import_feed: Any) -> None:
    addresses = "id,location_id,address_1,city,state_province,postal_code\na1,l1,State: FL,,,\n"
    plan = import_feed(write_feed({"addresses.csv": addresses}))

    assert db.session.scalars(select(Address)).all() == []
    assert db.session.scalars(select(Location.description)).one() == "State: FL"
    assert "address_as_text" in codes(plan)


@pytest.mark.parametrize(
    ("point", "code"),
    [
        ("29.9252554,-90.1167877", "point_far"),
        ("0,0", "point_off_earth"),
        ("141.0,-73.7", "point_off_earth"),
        ("41.03,", "point_half"),
    ],
)
def test_a_point_that_cannot_be_is_dropped_and_the_zip_stands_for_it(
    point: str, code: str, write_feed: Any, import_feed: Any
) -> None:
    plan = import_feed(write_feed({"locations.csv": f"id,organization_id,name,latitude,longitude\nl1,o1,K,{point}\n"}))

    row = db.session.scalars(select(Location)).one()
    assert (row.latitude, row.longitude) == (41.03289, -73.76478)  # the middle of 10601
    assert (row.place_precision, row.place_source) == ("zip", "ZIP centre")
    assert code in codes(plan)
    assert plan.figures["points_dropped"] == 1


def test_many_organizations_on_one_point_mean_the_middle_of_an_area(write_feed: Any, import_feed: Any) -> None:
    numbers = range(1, 8)
    organizations = "id,name\n" + "".join(f"o{n},House {n}\n" for n in numbers)
    locations = "id,organization_id,name,latitude,longitude\n"
    locations += "".join(f"l{n},o{n},H{n},41.05,-73.75\n" for n in numbers)
    locations += "l9,o1,Alone,41.0512,-73.7513\n"
    import_feed(write_feed({"organizations.csv": organizations, "locations.csv": locations, "addresses.csv": ""}))

    precisions = dict(db.session.execute(select(Location.name, Location.place_precision)).all())
    assert precisions["H1"] == precisions["H7"] == "zip"
    assert precisions["Alone"] == "exact"


def test_a_point_on_the_middle_of_a_zip_is_not_exact(write_feed: Any, import_feed: Any) -> None:
    locations = "id,organization_id,name,latitude,longitude\nl1,o1,K,41.03289,-73.76478\n"
    import_feed(write_feed({"locations.csv": locations}))

    assert db.session.scalars(select(Location.place_precision)).one() == "zip"


@pytest.mark.parametrize(
    ("typed", "status"), [("", "active"), ("Active", "active"), ("INACTIVE", "inactive"), ("who knows", "inactive")]
)
def test_status_in_every_spelling(typed: str, status: str, write_feed: Any, import_feed: Any) -> None:
    plan = import_feed(write_feed({"services.csv": f"id,organization_id,name,status\ns1,o1,Food,{typed}\n"}))

    assert db.session.scalars(select(Service.status)).one() == status
    assert codes(plan, "services.csv") & {"status_missing", "status_read", "status_unknown"}


def test_do_not_publish_do_not_refer_private_and_inactive_are_four_facts(write_feed: Any, import_feed: Any) -> None:
    services = (
        "id,organization_id,name,status,do_not_publish,do_not_refer,private_address\n"
        "s1,o1,Plain,active,,,\ns2,o1,Unpublished,active,yes,,\ns3,o1,Unreferred,active,,1,\n"
        "s4,o1,Hidden place,active,,,Y\ns5,o1,Sleeping,inactive,no,no,no\n"
    )
    locations = "id,organization_id,name,latitude,longitude\nl1,o1,Kitchen,41.0340,-73.7629\nl4,o1,Secret,41.2,-73.8\n"
    sites = "id,service_id,location_id\nx1,s1,l1\nx4,s4,l4\n"
    plan = import_feed(
        write_feed({"services.csv": services, "locations.csv": locations, "service_at_location.csv": sites})
    )

    seen = {row.name: (row.visibility, row.status) for row in db.session.scalars(select(Service))}
    assert seen == {
        "Plain": (0, "active"),
        "Unpublished": (2, "active"),
        "Unreferred": (2, "active"),
        "Hidden place": (0, "active"),
        "Sleeping": (0, "inactive"),
    }
    places = {row.name: (row.place_withheld, row.latitude) for row in db.session.scalars(select(Location))}
    assert places == {"Kitchen": (False, 41.034), "Confidential location": (True, None)}
    assert {"not_published", "not_referred", "place_withheld", "inactive"} <= codes(plan)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16", "utf-16-le"])
def test_text_is_read_in_every_encoding(encoding: str, write_feed: Any, import_feed: Any) -> None:
    feed = write_feed()
    text = "id,name,description\no1,Café «Ñandú»,Comida – para todos, niños también\n".replace("todos, ", "todos; ")
    (feed / "organizations.csv").write_bytes(text.encode(encoding))
    plan = import_feed(feed)

    assert db.session.scalars(select(Organization.name)).one() == "Café «Ñandú»"
    assert bool(plan.notices) == (encoding in ("cp1252", "utf-16", "utf-16-le"))


def test_cells_beyond_the_headings_and_unknown_columns_stay(write_feed: Any, import_feed: Any) -> None:
    services = "id,organization_id,name,status,parking\ns1,o1,Food pantry,active,Behind the house,and more\n"
    plan = import_feed(write_feed({"services.csv": services}))

    assert {"extra_cell", "unknown_column"} <= codes(plan)
    extra = db.session.scalars(select(Service.extra)).one()
    assert extra is not None and "Behind the house" in extra and "and more" in extra


def test_county_codes_between_number_signs_become_areas(write_feed: Any, import_feed: Any) -> None:
    areas = "id,service_id,service_area,extent\nv1,s1,,###36119###36027###\n"
    areas += "v2,s1,Westchester County,\nv3,s1,The valley,\n"
    plan = import_feed(write_feed({"service_areas.csv": areas}))

    rows = db.session.scalars(select(ServiceArea)).all()
    assert {(row.extent_type, row.extent) for row in rows} == {
        ("area_codes", "county:36119,county:36027"),
        ("area_codes", "county:36119"),
        (None, None),
    }
    assert {"area_read", "area_as_text"} <= codes(plan)


def test_markup_line_breaks_and_null_words_are_cleaned(write_feed: Any, import_feed: Any) -> None:
    services = (
        "id,organization_id,name,status,description,fees,alert\n"
        's1,o1,Food &amp; more,active,"<p>We <b>help</b>.</p><script>alert(1)</script>\\nCome in",NA,null\n'
    )
    plan = import_feed(write_feed({"services.csv": services}))

    row = db.session.scalars(select(Service)).one()
    assert (row.name, row.fees, row.alert) == ("Food & more", None, None)
    assert row.description == "We help.\n\nCome in"
    assert {"markup_removed", "null_word"} <= codes(plan)


def test_a_value_cut_over_two_columns_is_joined_where_the_kinds_prove_it(write_feed: Any, import_feed: Any) -> None:
    services = (
        "id,organization_id,name,status,description,email,url,minimum_age\n"
        "s1,o1,Food pantry,active,For all who,are hungry,help@example.org,https://example.org,18\n"
        "s2,o1,Clothing,active,Coats,coats@example.org,https://example.org,16\n"
    )
    plan = import_feed(write_feed({"services.csv": services}))

    row = db.session.scalars(select(Service).where(Service.name == "Food pantry")).one()
    assert (row.description, row.email, row.minimum_age) == ("For all who\nare hungry", "help@example.org", 18)
    assert "row_realigned" in codes(plan)


def test_ages_without_sense_stay_as_words_or_mean_no_limit(write_feed: Any, import_feed: Any) -> None:
    services = (
        "id,organization_id,name,status,minimum_age,maximum_age\n"
        "s1,o1,A,active,0,999\ns2,o1,B,active,https://example.org/ages,59\ns3,o1,C,active,65,18\n"
    )
    plan = import_feed(write_feed({"services.csv": services}))

    rows = {row.name: row for row in db.session.scalars(select(Service))}
    assert (rows["A"].minimum_age, rows["A"].maximum_age) == (None, None)
    assert rows["B"].maximum_age == 59
    assert rows["B"].eligibility_description == "Minimum age: https://example.org/ages"
    assert rows["C"].eligibility_description == "Ages: 65–18"
    assert {"age_no_limit", "age_as_text"} <= codes(plan)


@pytest.mark.parametrize(
    ("typed", "number", "extension", "description"),
    [
        ("Phone No: (202) 797-8806 Ext: 1041", "(202) 797-8806", 1041, None),
        ("212-677-8550 x14", "(212) 677-8550", 14, None),
        ("914-555-0142 ext. front", "(914) 555-0142", None, "ext. front"),
        ("+18049125961;ext=0967", "(804) 912-5961", None, "ext. 0967"),
        ("211", "211", None, None),
        ("988", "988", None, None),
        ("854", "854", None, None),
        ("703-555-ABCD", "703-555-ABCD", None, None),
    ],
)
def test_phones_in_every_spelling(
    typed: str, number: str, extension: int | None, description: str | None, write_feed: Any, import_feed: Any
) -> None:
    plan = import_feed(write_feed({"phones.csv": f"id,number,service_id\np1,{typed},s1\n"}))

    row = db.session.scalars(select(Phone)).one()
    assert (row.number, row.extension, row.description) == (number, extension, description)
    assert (typed == number) == (not codes(plan, "phones.csv") - {"phone_not_understood"})


def test_an_id_under_parent_name_is_a_parent(write_feed: Any, import_feed: Any) -> None:
    files = {
        "schedules.csv": "id,service_id,weekday,dtstart,until\nh1,s1,Monday,9:00AM,5:00PM\n",
        "services_at_location.csv": "id,service_id,location_id\nx1,s1,l1\n",
        "service_at_location.csv": "",
        "services.csv": "id,organization_id,name,status\ns1,o1,Food pantry,active\ns2,o1,Unsorted,active\n",
        "taxonomy_terms.csv": "taxonomy_recordid,taxonomy_name,taxonomy_parent_name\nt2,Food pantry,t1\nt1,Food,\n",
        "service_attributes.csv": "id,service_id,taxonomy_term_id\n1,s1,t2\n",
    }
    plan = import_feed(write_feed(files))

    assert plan.dialect == "orservices"
    terms = {term.name: term for term in db.session.scalars(select(TaxonomyTerm))}
    assert terms["Food pantry"].parent_id == terms["Food"].id
    assert db.session.scalars(select(Attribute)).one().taxonomy_term_id == terms["Food pantry"].id
    assert len(db.session.scalars(select(Service)).all()) == 2


def test_terms_in_a_circle_are_cut(write_feed: Any, import_feed: Any) -> None:
    terms = "id,name,parent_id\nt1,A,t2\nt2,B,t1\nt3,C,t3\n"
    plan = import_feed(write_feed({"taxonomy_terms.csv": terms}))

    assert len(db.session.scalars(select(TaxonomyTerm)).all()) == 3
    assert "link_missing" in codes(plan)
