"""The bars of directory.md section 14.1: every shared feed imports, twice, and the second time changes nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from core.db import db
from directory.models import Location, Organization, Schedule, Service, ServiceAtLocation
from directory.queries import count_rows

FEEDS = {
    "dc-crie-hsds2.0": ("orservices", 227, 1134, 607),
    "dc-crie-hsds2.0-small": ("orservices", 57, 501, 220),
    "florida-legal-aid-raw": ("florida-legal-aid", 20, 135, 378),
    "nyc-streetlives-airtable": ("streetlives", 53, 190, 75),
    "sheltertech-sf-fake-names": ("sheltertech", 187, 248, 187),
    "ohana-sample-csv": ("ohana", 8, 23, 22),
    "openreferral-examples-3.1/csv": ("hsds", 1, 1, 1),
    "openreferral-examples-3.1/json-3.1.1": ("hsds-json", 1, 1, 1),
    "openreferral-examples-3.1/tabular.json": ("hsds", 1, 1, 1),
    "openreferral-examples-3.1/service_list.json": ("hsds-json", 1, 1, 0),
    "openreferral-examples-3.1/service_full.json": ("hsds-json", 1, 1, 1),
}


@pytest.mark.parametrize("name", FEEDS)
def test_every_shared_feed_imports_and_a_second_time_changes_nothing(
    name: str, shared_dir: Path, import_feed: Any
) -> None:
    dialect, organizations, services, locations = FEEDS[name]

    plan = import_feed(shared_dir / "data" / name)

    rows = count_rows()
    assert plan.dialect == dialect
    assert (rows["organization"], rows["service"], rows["location"]) == (organizations, services, locations)
    for table, count in plan.counts.items():
        assert count.added == rows[table], table
        assert count.read == count.added + count.refused + count.merged, table
        told = sum(1 for change in plan.changes if change.table == table)
        assert told >= count.refused, f"{table}: a refused row is not in the report"
    again = import_feed(shared_dir / "data" / name)
    assert again.changes_nothing
    assert all(count.added == count.changed == count.retired == 0 for count in again.counts.values())
    assert count_rows() == rows


@pytest.mark.one_database
def test_samhsa_makes_a_listing_of_each_of_its_rows(shared_dir: Path, import_feed: Any) -> None:
    plan = import_feed(shared_dir / "data" / "samhsa-mental-health-ny")

    rows = count_rows()
    assert (rows["service"], rows["location"], rows["service_at_location"]) == (724, 724, 724)
    assert plan.figures["points_kept"] == 724
    assert import_feed(shared_dir / "data" / "samhsa-mental-health-ny").changes_nothing


@pytest.mark.one_database
def test_dc_is_loaded_hidden_and_says_how_to_show_it(shared_dir: Path, import_feed: Any) -> None:
    plan = import_feed(shared_dir / "data" / "dc-crie-hsds2.0")

    assert plan.stops == []
    assert plan.figures["places_withheld"] == 1  # "in undisclosed locations", says its service
    assert plan.figures["points_read"] == 576 - 1
    assert plan.figures["points_kept"] + plan.figures["points_dropped"] == 576 - 1
    assert plan.figures["services_waiting"] == 39
    assert sum(1 for change in plan.changes if change.code == "no_organization") == 39
    told = " ".join(map(str, plan.notices))
    assert "1,134 of 1,134 services are inactive" in told and "--show-inactive" in told
    assert count_rows(public_only=True)["service"] == 0

    shown = import_feed(shared_dir / "data" / "dc-crie-hsds2.0", show_inactive=True)

    assert shown.counts["service"].changed == 1134
    assert count_rows(public_only=True)["service"] == 1134 - 39
    assert db.session.scalar(select(func.count()).where(Service.status_unconfirmed)) == 1134
    assert import_feed(shared_dir / "data" / "dc-crie-hsds2.0", show_inactive=True).changes_nothing
    assert import_feed(shared_dir / "data" / "dc-crie-hsds2.0").changes_nothing  # the choice stays


@pytest.mark.one_database
def test_dc_schedules_keep_one_row_for_each_link_of_an_id(shared_dir: Path, import_feed: Any) -> None:
    plan = import_feed(shared_dir / "data" / "dc-crie-hsds2.0")

    repeated = [change for change in plan.changes if change.code == "id_repeated" and change.file == "schedules.csv"]
    assert len(repeated) > 600
    timed = db.session.scalar(select(func.count()).select_from(Schedule).where(Schedule.opens_at.is_not(None)))
    assert timed is not None and timed > 900


@pytest.mark.one_database
def test_small_dc_lists_its_links_to_nothing(shared_dir: Path, import_feed: Any) -> None:
    plan = import_feed(shared_dir / "data" / "dc-crie-hsds2.0-small")

    missing = {
        change.row
        for change in plan.changes
        if change.file == "services_at_location.csv" and change.code == "link_missing" and change.field == "service_id"
    }
    assert len(missing) == 698
    assert plan.counts["service_at_location"].added == 744


def test_sheltertech_keeps_its_overnight_spans(shared_dir: Path, import_feed: Any) -> None:
    import_feed(shared_dir / "data" / "sheltertech-sf-fake-names")

    overnight = select(func.count()).select_from(Schedule).where(Schedule.closes_at < Schedule.opens_at)
    assert db.session.scalar(overnight) == 478


@pytest.mark.one_database
def test_florida_keeps_words_that_are_no_address(shared_dir: Path, import_feed: Any) -> None:
    plan = import_feed(shared_dir / "data" / "florida-legal-aid-raw")

    statewide = select(func.count()).select_from(Location).where(Location.description.contains("State: FL"))
    assert db.session.scalar(statewide) == 244
    mended = [change for change in plan.changes if change.code == "row_realigned"]
    assert [change.file for change in mended] == ["services.csv"]
    birth = db.session.scalars(select(Service).where(Service.name == "Birth Certificate Program")).one()
    assert birth.email == "kathrynh@gulfcoastlegal.org"
    assert birth.url == "http://gulfcoastlegal.org/financial-stability-assistance"
    assert birth.minimum_age is None
    assert "Age 60 or older" in (birth.description or "")


@pytest.mark.one_database
def test_streetlives_links_by_name_and_by_several_ids(shared_dir: Path, import_feed: Any) -> None:
    import_feed(shared_dir / "data" / "nyc-streetlives-airtable")

    without = select(func.count()).select_from(Service).where(Service.organization_id.is_(None))
    assert db.session.scalar(without) == 5  # these name no place either
    mission = select(func.count(ServiceAtLocation.id)).join(Service).join(Organization)
    assert db.session.scalar(mission.where(Organization.name == "Xavier Mission")) > 0


def test_open_eligibility_alone_is_refused_with_what_would_help(shared_dir: Path) -> None:
    from core.errors import InvalidInput
    from directory import imports

    with pytest.raises(InvalidInput) as refused:
        imports.read(shared_dir / "data" / "open-eligibility")

    assert "The nearest is" in str(refused.value)
    assert "--mapping" in str(refused.value)
    assert "taxonomy_id" in str(refused.value)
