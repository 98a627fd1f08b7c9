"""The rules of an import: nothing twice, all or nothing, local work survives, absence hides, losses stop it."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import func, select

from audit.models import AuditEvent
from core.db import db
from core.errors import Conflict, NotAllowed
from core.identity import VISITOR, system_identity
from directory import imports
from directory.actions import apply_feed, edit_record, make_confidential, retire_listing
from directory.facets import Visibility
from directory.models import (
    ImportRun,
    ListingChange,
    Location,
    Metadata,
    Phone,
    Service,
    SourceRecord,
    Suggestion,
    Verification,
)
from directory.queries import count_rows, list_cards
from tests.directory.imports.conftest import ADDRESSES

STEWARD = system_identity("steward")


def services(*, without: int = 0, status: str = "active") -> str:
    """A file of ten services, the last few left out."""
    rows = [f"s{n},o1,Service {n},{status}\n" for n in range(1, 11 - without)]
    return "id,organization_id,name,status\n" + "".join(rows)


def test_the_same_again_changes_nothing_and_says_so(write_feed: Any, import_feed: Any) -> None:
    feed = write_feed()
    import_feed(feed)
    events = db.session.scalar(select(func.count()).select_from(AuditEvent))

    plan = import_feed(feed)

    assert plan.changes_nothing
    assert any("0 changes" in line for line in imports.as_lines(plan, dry_run=False))
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == events


def test_an_import_writes_one_event_and_tells_the_index(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed())

    event = db.session.scalars(select(AuditEvent)).one()
    assert event.kind == "feed:imported"
    assert "Food" not in event.record and "Oak" not in event.record
    told = db.session.scalars(select(ListingChange.service_id)).all()
    assert told == db.session.scalars(select(Service.id)).all()
    assert db.session.scalars(select(ImportRun.state)).one() == "done"


def test_a_uuid_is_kept_and_another_id_always_gives_the_same(write_feed: Any, import_feed: Any) -> None:
    uuid = "0fa3e7b2-44a1-4c62-9d0e-8f7f4f6c1111"
    import_feed(write_feed({"organizations.csv": f"id,name\n{uuid},House\n", "services.csv": services()}))

    assert str(db.session.scalars(select(SourceRecord.record_id).where(SourceRecord.original_id == uuid)).one()) == uuid


def test_two_sources_with_the_same_ids_stay_apart(write_feed: Any, import_feed: Any) -> None:
    uuid = "0fa3e7b2-44a1-4c62-9d0e-8f7f4f6c1111"
    feed = write_feed({"services.csv": f"id,organization_id,name,status\n{uuid},o1,Food,active\n"})
    import_feed(feed, "One")
    plan = import_feed(feed, "Two")

    assert "id_taken" in {change.code for change in plan.changes}
    assert count_rows()["service"] == 2
    assert import_feed(feed, "Two").changes_nothing and import_feed(feed, "One").changes_nothing


def test_a_local_edit_survives_an_unchanged_feed(write_feed: Any, import_feed: Any) -> None:
    feed = write_feed()
    import_feed(feed)
    row = db.session.scalars(select(Service)).one()
    edit_record(STEWARD, table="service", record_id=row.id, values={"name": "Our pantry"})

    import_feed(feed)
    priced = "id,organization_id,name,status,fees\ns1,o1,Food pantry,active,Free\n"
    plan = import_feed(write_feed({"services.csv": priced}))

    row = db.session.scalars(select(Service)).one()
    assert (row.name, row.fees) == ("Our pantry", "Free")
    assert plan.counts["service"].changed == 1
    assert db.session.scalars(select(Suggestion)).all() == []


def test_changed_in_both_becomes_a_suggestion_once(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed())
    row = db.session.scalars(select(Service)).one()
    edit_record(STEWARD, table="service", record_id=row.id, values={"name": "Our pantry"})
    changed = {"services.csv": "id,organization_id,name,status\ns1,o1,Their pantry,active\n"}

    plan = import_feed(write_feed(changed))

    assert db.session.scalars(select(Service.name)).one() == "Our pantry"
    told = db.session.scalars(select(Suggestion)).one()
    assert (told.field_name, told.old_value, told.new_value) == ("name", "Our pantry", "Their pantry")
    assert told.kind == "feed"
    assert "suggested" in {change.code for change in plan.changes}
    assert import_feed(write_feed(changed)).changes_nothing


def test_a_changed_value_of_the_feed_is_written_with_its_history(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed())
    import_feed(write_feed({"services.csv": "id,organization_id,name,status\ns1,o1,New name,active\n"}))

    assert db.session.scalars(select(Service.name)).one() == "New name"
    line = db.session.scalars(select(Metadata)).one()
    assert (line.field_name, line.previous_value, line.replacement_value) == ("name", "Food pantry", "New name")


def test_absence_hides_a_listing_and_its_return_shows_it(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed({"services.csv": services()}))
    plan = import_feed(write_feed({"services.csv": services(without=1)}))

    assert plan.counts["service"].retired == 1
    assert (count_rows()["service"], count_rows(public_only=True)["service"]) == (10, 9)
    assert import_feed(write_feed({"services.csv": services(without=1)})).changes_nothing
    back = import_feed(write_feed({"services.csv": services()}))
    assert "returned" in {change.code for change in back.changes}
    assert count_rows(public_only=True)["service"] == 10


def test_what_a_steward_retired_stays_retired(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed({"services.csv": services()}))
    row = db.session.scalars(select(Service).where(Service.name == "Service 3")).one()
    retire_listing(STEWARD, service_id=row.id, reason="closed")

    changed = services().replace("Service 3", "Service three")
    import_feed(write_feed({"services.csv": changed}))

    assert count_rows(public_only=True)["service"] == 9


def test_a_part_of_a_feed_retires_nothing(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed({"services.csv": services()}))
    plan = import_feed(write_feed({"services.csv": services(without=5)}), partial=True)

    assert all(count.retired == 0 for count in plan.counts.values())
    assert count_rows(public_only=True)["service"] == 10


def test_a_phone_that_is_gone_goes_and_an_edited_one_stays(write_feed: Any, import_feed: Any) -> None:
    phones = "id,number,service_id\np1,914-555-0142,s1\np2,914-555-0143,s1\n"
    import_feed(write_feed({"phones.csv": phones}))
    edited = db.session.scalars(select(Phone).where(Phone.number == "(914) 555-0143")).one()
    edit_record(STEWARD, table="phone", record_id=edited.id, values={"description": "Ask for Ana"})

    import_feed(write_feed())

    assert db.session.scalars(select(Phone.number)).all() == ["(914) 555-0143"]
    gone = db.session.scalars(select(Metadata).where(Metadata.last_action_type == "delete")).one()
    assert gone.previous_value is not None and "(914) 555-0142" in gone.previous_value


def test_losing_many_services_stops_and_says_so(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed({"services.csv": services()}))
    before = count_rows(public_only=True)

    plan = import_feed(write_feed({"services.csv": services(without=3)}))

    assert "3 of 10 services" in str(plan.stops[0]) and "--accept-losses" in str(plan.stops[0])
    assert count_rows(public_only=True) == before
    with pytest.raises(NotAllowed):
        apply_feed(STEWARD, plan=plan, file_name="feed")
    import_feed(write_feed({"services.csv": services(without=3)}), accept_losses=True)
    assert count_rows(public_only=True)["service"] == 7


def test_a_feed_that_lost_a_file_stops(write_feed: Any, import_feed: Any) -> None:
    phones = "id,number,service_id\n" + "".join(f"p{n},914-555-01{n},s1\n" for n in range(10, 40))
    import_feed(write_feed({"phones.csv": phones}))

    plan = import_feed(write_feed())

    assert "30 of 30 rows of phone" in str(plan.stops[0])
    assert count_rows()["phone"] == 30
    import_feed(write_feed(), accept_losses=True)
    assert count_rows()["phone"] == 0


def test_all_services_turning_inactive_stops_until_someone_chooses(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed({"services.csv": services()}))
    sleeping = write_feed({"services.csv": services(status="inactive")})

    plan = import_feed(sleeping)

    assert "10 of 10 services" in str(plan.stops[0]) and "--show-inactive" in str(plan.stops[0])
    assert count_rows(public_only=True)["service"] == 10
    import_feed(sleeping, show_inactive=True)
    assert count_rows(public_only=True)["service"] == 10
    assert db.session.scalar(select(func.count()).where(Service.status_unconfirmed)) == 10


def test_strict_refuses_all_for_one_refused_row(write_feed: Any, import_feed: Any) -> None:
    sites = {"service_at_location.csv": "id,service_id,location_id\nx1,s1,l1\nx2,s9,l1\n"}

    plan = import_feed(write_feed(sites), strict=True)

    assert "--strict" in str(plan.stops[0])
    assert count_rows()["service"] == 0
    assert import_feed(write_feed(sites)).stops == []


def test_a_feed_of_which_most_is_refused_is_refused(write_feed: Any, import_feed: Any) -> None:
    rows = "".join(f"s{n},o1,,active\n" for n in range(2, 9))
    plan = import_feed(write_feed({"services.csv": f"id,organization_id,name,status\ns1,o1,Food,active\n{rows}"}))

    assert "would be refused" in str(plan.stops[0])
    assert count_rows()["service"] == 0


def test_a_stranger_may_not_import(write_feed: Any, app: Any) -> None:
    plan = imports.compare(imports.read(write_feed()), "Test feed")

    with pytest.raises(NotAllowed):
        apply_feed(VISITOR, plan=plan, file_name="feed")


def test_a_directory_that_moved_on_is_not_written_over(write_feed: Any, import_feed: Any) -> None:
    import_feed(write_feed())
    plan = imports.compare(
        imports.read(write_feed({"services.csv": "id,organization_id,name,status\ns1,o1,Theirs,active\n"})), "Test feed"
    )
    row = db.session.scalars(select(Service)).one()
    edit_record(STEWARD, table="service", record_id=row.id, values={"name": "Ours"})

    with pytest.raises(Conflict):
        apply_feed(STEWARD, plan=plan, file_name="feed")

    assert db.session.scalars(select(Service.name)).one() == "Ours"


def test_an_assured_date_is_a_check_by_the_feed(write_feed: Any, import_feed: Any) -> None:
    text = "id,organization_id,name,status,assured_date\ns1,o1,Food,active,2026-05-04\n"
    import_feed(write_feed({"services.csv": text}))

    checks = db.session.scalars(select(Verification)).all()
    assert {(check.method, check.outcome, check.checked_at.date().isoformat()) for check in checks} == {
        ("feed", "right", "2026-05-04")
    }
    assert {"hours", "phone", "eligibility"} <= {check.field_group for check in checks}


@pytest.mark.parametrize("where", ["_retire", "_insert", "_update", "_note_received", "_note_run"])
def test_an_import_that_fails_on_the_way_leaves_the_site_as_it_was(
    where: str, write_feed: Any, import_feed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import_feed(write_feed({"services.csv": services()}))
    before, rows = count_rows(), db.session.scalars(select(SourceRecord.received_hash)).all()
    changed = services(without=1).replace("Service 2", "Second").replace("\ns1,", "\ns11,o1,New,active\ns1,")
    plan = imports.compare(imports.read(write_feed({"services.csv": changed})), "Test feed")
    real = getattr(__import__("directory.actions.feeds", fromlist=[where]), where)

    def fail(*args: Any, **kwargs: Any) -> None:
        real(*args, **kwargs)
        raise RuntimeError("killed")

    monkeypatch.setattr(f"directory.actions.feeds.{where}", fail)
    with pytest.raises(RuntimeError, match="killed"):
        apply_feed(STEWARD, plan=plan, file_name="feed")

    assert count_rows() == before
    assert db.session.scalars(select(SourceRecord.received_hash)).all() == rows
    assert db.session.scalars(select(Service.retired_at).where(Service.retired_at.is_not(None))).all() == []
    assert db.session.scalar(select(func.count()).select_from(AuditEvent)) == 1


def test_a_secret_place_beats_every_later_import_from_any_source(write_feed: Any, import_feed: Any) -> None:
    feed = write_feed()
    import_feed(feed, "One")
    make_confidential(STEWARD, location_id=db.session.scalars(select(Location.id)).one())
    other = write_feed({"addresses.csv": _address("12  OAK st."), "locations.csv": _location("other1")}, name="other")

    again, elsewhere = import_feed(feed, "One"), import_feed(other, "Two")

    assert "place_still_secret" in {change.code for change in again.changes}
    assert "place_tombstoned" in {change.code for change in elsewhere.changes}
    for location in db.session.scalars(select(Location)):
        assert location.place_withheld and location.latitude is None
    assert count_rows()["address"] == 0
    assert import_feed(feed, "One").changes_nothing


def _address(line: str) -> str:
    return f"id,location_id,address_1,city,state_province,postal_code\na1,other1,{line},White Plains,NY,10601\n"


def _location(ref: str) -> str:
    return f"id,organization_id,name,latitude,longitude\n{ref},o1,Kitchen,41.0340,-73.7629\n"


def test_comparing_writes_nothing(app: Any, write_feed: Any) -> None:
    imports.compare(imports.read(write_feed()), "Test feed")

    assert count_rows()["service"] == 0
    assert db.session.scalars(select(ImportRun)).all() == []


@pytest.mark.parametrize(
    ("file", "text", "changed"),
    [
        ("services.csv", "id,organization_id,name,status\ns1,o1,Soup kitchen,active\n", "name"),
        ("organizations.csv", "id,name,description\no1,Harlem Kitchen,Meals for all\n", "organization"),
        ("locations.csv", "id,organization_id,name,latitude,longitude\nl1,o1,Hudson Kitchen,41.1,-73.7\n", "sites"),
        ("addresses.csv", ADDRESSES.replace("12 Oak Street", "14 Oak Street"), "sites"),
        ("addresses.csv", "", "sites"),
        ("phones.csv", "id,organization_id,number\np1,o1,914-555-0144\n", "sites"),
        ("phones.csv", "id,location_id,number\np1,l1,914-555-0144\n", "sites"),
        ("languages.csv", "id,service_id,location_id,name,code\ng1,,l1,Spanish,es\n", "sites"),
        ("schedules.csv", "id,location_id,freq,byday,opens_at,closes_at\nh1,l1,WEEKLY,MO,09:00,17:00\n", "sites"),
    ],
)
def test_what_a_feed_changes_shows_on_the_kept_card(
    write_feed: Any, import_feed: Any, file: str, text: str, changed: str
) -> None:
    """Cards are kept until the change feed tells of a listing: an import tells of each that it touches."""
    import_feed(write_feed())
    db.session.rollback()
    service_id = db.session.scalars(select(Service.id)).one()
    (before,) = list_cards([service_id], Visibility.PUBLIC)

    import_feed(write_feed({file: text}), accept_losses=True)

    db.session.rollback()
    (after,) = list_cards([service_id], Visibility.PUBLIC)
    assert getattr(after, changed) != getattr(before, changed)
