"""The one door over a real database: edits show at once, visibility holds, a lost index is made anew."""

from __future__ import annotations

import shutil
from datetime import timedelta
from uuid import UUID

import numpy as np
import pytest
from flask import Flask

from core.db import current_config, transaction
from core.errors import InvalidInput
from directory import gazetteer, search
from directory.models import ListingChange, Service
from directory.search import SearchQuery
from tests.builders import NOW, make_answer, make_area, make_listing, make_location, make_organization, make_service


def found(words: str = "", **more: object) -> list[str]:
    """The services of a search."""
    return [item.service_id for item in search.search(SearchQuery(words=words, **more), NOW).items]  # type: ignore[arg-type]


def rename(service_id: UUID, name: str) -> None:
    """An edit, as an action makes it."""
    with transaction() as session:
        row = session.get(Service, service_id)
        assert row is not None
        row.name = name
        session.add(ListingChange(service_id=service_id, changed_at=NOW))


def test_an_edit_shows_in_the_next_search(app: Flask) -> None:
    service_id = make_listing(name="Food pantry")
    make_listing(name="Choir")
    assert found("pantry") == [str(service_id)]
    rename(service_id, "Legal clinic")
    assert found("pantry") == []
    assert found("legal") == [str(service_id)]


def test_a_retired_service_is_gone_at_once(app: Flask) -> None:
    service_id = make_listing(name="Food pantry")
    assert found("pantry")
    with transaction() as session:
        row = session.get(Service, service_id)
        assert row is not None
        row.retired_at = NOW
        session.add(ListingChange(service_id=service_id, changed_at=NOW))
    assert found("pantry") == []


def test_who_may_not_see_a_listing_finds_counts_and_is_offered_nothing_of_it(app: Flask) -> None:
    hidden = make_listing(name="Foxglove counseling", visibility=2)
    make_listing(name="Open counseling")
    assert len(found("counseling")) == 1
    assert found("foxglove") == []
    assert search.suggest("foxg", "en") == []
    assert search.search(SearchQuery(words="foxglov"), NOW).did_you_mean is None
    assert str(hidden) in found("foxglove", visibility=2)
    of_hidden_organization = make_service(organization_id=make_organization(visibility=3), name="Foxglove legal help")
    assert str(of_hidden_organization) not in found("foxglove", visibility=2)
    assert str(of_hidden_organization) in found("foxglove", visibility=3)


def test_a_service_whose_only_place_is_hidden_is_found_without_it(app: Flask) -> None:
    service_id = make_service(name="Quiet shelter")
    make_location(service_id=service_id, visibility=2, name="Hidden harbor")
    item = search.search(SearchQuery(words="shelter", place=gazetteer.find_place("10601").place), NOW).items[0]
    assert (item.location_id, item.distance_m, item.group) == (None, None, "unplaced")
    assert found("harbor") == []
    seen = search.search(SearchQuery(words="shelter", place=gazetteer.find_place("10601").place, visibility=2), NOW)
    assert seen.items[0].distance_m == pytest.approx(0, abs=1)


def test_an_area_served_is_near_and_a_question_counts(app: Flask) -> None:
    service_id = make_service(name="Visiting nurse")
    make_area(service_id, "county:36119")
    make_answer(service_id, "free")
    result = search.search(SearchQuery(place=gazetteer.find_place("10601").place, radius_m=1000, yes=("free",)), NOW)
    assert [(item.service_id, item.group) for item in result.items] == [(str(service_id), "near")]
    assert result.facets.question["free"] == (1, 0, 0)
    assert (result.total, result.total_within) == (1, 0)


def test_a_deleted_index_is_made_anew(app: Flask) -> None:
    service_id = make_listing(name="Food pantry")
    assert found("pantry") == [str(service_id)]
    shutil.rmtree(current_config().index_dir)
    assert found("pantry") == [str(service_id)]
    assert (current_config().index_dir / "CURRENT").is_file()


def test_reindex_counts_the_listings_and_changes_no_answer(app: Flask) -> None:
    for number in range(5):
        make_listing(name=f"Pantry {number}")
    before = found("pantry")
    assert search.reindex() == 5
    assert found("pantry") == before


def test_nothing_of_a_withheld_place_is_in_the_index_files(app: Flask) -> None:
    service_id = make_service(name="Safe house", description="Call the hotline.")
    make_location(service_id=service_id, point=None, place_withheld=True, name="Safe house")
    search.reindex()
    columns = list(current_config().index_dir.rglob("column-lat.npy"))
    assert columns
    assert np.isnan(np.load(columns[0])).all()


def test_a_result_is_open_when_its_label_says_so(app: Flask) -> None:
    make_listing(name="Pantry")
    item = search.search(SearchQuery(), NOW + timedelta(hours=1)).items[0]
    assert item.is_open is None


def test_garbage_is_refused_before_any_search(app: Flask) -> None:
    with pytest.raises(InvalidInput):
        search.search(SearchQuery(words="x" * 400), NOW)
