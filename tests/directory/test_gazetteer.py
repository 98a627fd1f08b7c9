"""The *where* box and the places behind it."""

from __future__ import annotations

import csv
import gzip
import os
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.geo import Point, distance_m
from directory.gazetteer import (
    area_code_label,
    area_codes_at,
    county_code,
    county_of_zip,
    find_place,
    is_area_centre,
    place_at,
    state_code,
    suggest_places,
    town_code,
    town_point,
    zip_centre_within,
    zip_point,
)
from directory.gazetteer.places import DATA, counties_named, gazetteer, towns_named
from scripts.make_places import join, pack

ROOT = Path(__file__).parents[2]
WHITE_PLAINS_10601 = Point(41.03289, -73.76478)


def labels(text: str, prefer_state: str = "NY") -> tuple[str | None, list[str]]:
    answer = find_place(text, prefer_state)
    return answer.place.label if answer.place else None, [choice.label for choice in answer.choices]


def test_a_zip_is_its_town_county_and_point() -> None:
    place = find_place("10601").place
    assert place is not None
    assert (place.label, place.kind, place.point) == ("White Plains, NY 10601", "zip", WHITE_PLAINS_10601)
    assert (place.town, place.county, place.county_fips, place.state) == ("White Plains", "Westchester", "36119", "NY")
    assert place.area_codes == ("country:US", "state:NY", "county:36119", "town:NY:white plains", "zip:10601")
    assert zip_point("10601") == WHITE_PLAINS_10601
    assert county_of_zip("10601") == ("Westchester", "36119")
    assert zip_point("00000") is None and county_of_zip("00000") is None


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("10601-1234", "White Plains, NY 10601"),
        (" 10601 ", "White Plains, NY 10601"),
        ("White Plains NY 10601", "White Plains, NY 10601"),
        ("12345 Main St, White Plains, NY 10601", "White Plains, NY 10601"),
        ("White Plains", "White Plains, NY"),
        ("white  plains,ny", "White Plains, NY"),
        ("WHITE PLAINS NY", "White Plains, NY"),
        ("White Plains, New York", "White Plains, NY"),
        ("White Plains, N.Y., USA", "White Plains, NY"),
        ("White Plains, Westchester County", "White Plains, NY"),
        ("12 Main St, White Plains, NY", "White Plains, NY"),
        ("Mt Vernon", "Mount Vernon, NY"),
        ("Mt. Vernon, N.Y.", "Mount Vernon, NY"),
        ("St. Johnsville", "Saint Johnsville, NY"),
        ("N. Tonawanda", "North Tonawanda, NY"),
        ("Hastings-on-Hudson", "Hastings On Hudson, NY"),
        ("Cañon City, CO", "Canon City, CO"),
        ("Cheektowaga", "Cheektowaga, NY"),
        ("town of Greenburgh", "Greenburgh, NY"),
        ("Monroe County", "Monroe County, NY"),
        ("Monroe County, PA", "Monroe County, PA"),
        ("condado de Monroe", "Monroe County, NY"),
        ("Monroe Co", "Monroe County, NY"),
        ("Denver CO", "Denver, CO"),
        ("Westchester", "Westchester County, NY"),
        ("Erie", "Erie County, NY"),
        ("Caddo Parish", "Caddo Parish, LA"),
        ("New York", "New York, NY"),
        ("NYC", "New York, NY"),
        ("NY", "New York (state)"),
        ("nueva york, ny", "New York, NY"),
        ("San Carlos, CA", "San Carlos, CA"),
    ],
)
def test_what_people_type(text: str, label: str) -> None:
    answer = find_place(text)
    assert answer.understood
    assert answer.place is not None and answer.place.label == label


def test_the_programs_state_goes_first_and_others_are_offered() -> None:
    label, choices = labels("Mount Vernon")
    assert label == "Mount Vernon, NY" and "Mount Vernon, WA" in choices
    assert labels("Mount Vernon", "WA")[0] == "Mount Vernon, WA"
    assert labels("Mount Vernon, NY")[1] == []


def test_a_name_unique_in_the_country_needs_no_state() -> None:
    assert find_place("Tonawanda", "CA") == find_place("Tonawanda, NY", "CA")


def test_two_places_of_one_name_in_the_state_are_a_choice() -> None:
    answer = find_place("Monroe, NY")
    assert answer.place is None and answer.understood
    assert [choice.label for choice in answer.choices] == ["Monroe County, NY", "Monroe (Orange County), NY"]
    assert "more than one place" in str(answer.sentence)
    assert labels("Orlando, FL", "FL")[1] == ["Orlando (Orange County), FL", "Orlando (Brevard County), FL"]


def test_elsewhere_only_means_a_choice() -> None:
    assert labels("San Carlos") == (None, ["San Carlos, AZ", "San Carlos, CA"])


def test_a_town_stands_before_the_county_around_it() -> None:
    label, choices = labels("Albany, NY")
    assert (label, choices) == ("Albany, NY", ["Albany County, NY"])


@pytest.mark.parametrize(
    ("text", "meant"),
    [("Wite Plains", "White Plains, NY"), ("Whtie Plans, NY", "White Plains, NY"), ("Yonkrs", "Yonkers, NY"),
     ("white pl", "White Plains, NY"), ("Westchestr County", "Westchester County, NY")],
)  # fmt: skip
def test_a_small_slip_is_offered_not_assumed(text: str, meant: str) -> None:
    answer = find_place(text)
    assert (answer.place, answer.understood) == (None, False)
    assert answer.choices[0].label == meant
    assert str(answer.sentence) == f"We do not know “{text}”. Did you mean {meant}?"


@pytest.mark.parametrize(
    "text", ["1060é", "106011", "qwertyuiop", "5th Ave", "12", "١٠٦٠١", "x" * 10_000, "🙂", "%(words)s"]
)
def test_what_is_not_understood_says_what_would_do(text: str) -> None:
    answer = find_place(text)
    assert (answer.place, answer.choices, answer.understood) == (None, (), False)
    assert "10601, White Plains or Westchester County" in str(answer.sentence)


@pytest.mark.parametrize("text", ["near me", "Near me now", "cerca de mí", "my house", "here", "closest to me"])
def test_near_me_is_no_place_and_certainly_not_maine(text: str) -> None:
    answer = find_place(text)
    assert answer.place is None and not answer.choices and answer.sentence is not None
    assert "do not know where you are" in str(answer.sentence)
    assert labels("ME")[0] == "Maine (state)"


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("the bronx", "Bronx, NY"),
        ("in yonkers", "Yonkers, NY"),
        ("around white plains", "White Plains, NY"),
        ("downtown Buffalo", "Buffalo, NY"),
        ("Harlem", "New York, NY"),
        ("55 Church Street White Plains", "White Plains, NY"),
        ("123-A Main St Apt 4 Mount Vernon", "Mount Vernon, NY"),
    ],
)
def test_words_around_a_name_do_not_hide_it(text: str, label: str) -> None:
    assert labels(text)[0] == label


@pytest.mark.parametrize(
    ("text", "choices"),
    [
        ("Yonkers or White Plains", {"Yonkers, NY", "White Plains, NY"}),
        ("Yonkers/White Plains", {"Yonkers, NY", "White Plains, NY"}),
        ("Long Island", {"Nassau County, NY", "Suffolk County, NY"}),
    ],
)
def test_two_places_typed_are_a_choice(text: str, choices: set[str]) -> None:
    answer = find_place(text)
    assert answer.place is None and answer.understood
    assert {choice.label for choice in answer.choices} == choices


def test_an_unknown_zip_is_named() -> None:
    assert str(find_place("99999").sentence).startswith("We do not know the ZIP code 99999.")


@pytest.mark.parametrize("text", ["", "   ", "\x00\x07", "\u200b"])
def test_nothing_typed_is_no_place_and_no_complaint(text: str) -> None:
    answer = find_place(text)
    assert (answer.place, answer.choices, answer.understood, answer.sentence) == (None, (), True, None)


@given(st.text(max_size=200), st.sampled_from(["NY", "", "ZZ", "Köln"]))
def test_nothing_that_is_typed_raises(text: str, prefer_state: str) -> None:
    answer = find_place(text, prefer_state)
    assert answer.place is not None or answer.choices or answer.sentence or answer.understood
    assert isinstance(suggest_places(text), list)


def test_every_label_finds_its_own_place_again() -> None:
    known = gazetteer()
    towns = [place for name in islice(known.towns, 0, None, 12) for place in towns_named(name)]
    counties = [place for name in islice(known.counties, 0, None, 3) for place in counties_named(name)]
    lost = [place.label for place in (*towns, *counties) if find_place(place.label).place != place]
    assert len(towns) > 2000 and len(counties) > 900
    assert set(lost) <= {"Marshall Islands, MH"}  # a town and a county, both so called, and both the same


def test_a_town_is_the_mean_of_its_zips_and_has_their_county() -> None:
    (town,) = towns_named("white plains", "NY")
    assert town_point("White Plains", "NY") == town.point
    assert distance_m(town.point, WHITE_PLAINS_10601) < 3000
    assert town.area_codes == ("country:US", "state:NY", "county:36119", "town:NY:white plains")
    assert town_point("Nowhere", "NY") is None


def test_a_point_has_the_areas_of_the_nearest_zip() -> None:
    place = place_at(Point(41.0330, -73.7650))
    assert (place.kind, place.point, place.zip_code) == ("point", Point(41.0330, -73.7650), "10601")
    assert area_codes_at(Point(43.0481, -76.1474))[:3] == ("country:US", "state:NY", "county:36067")
    assert place_at(Point(0, 0)).area_codes == ()


def test_the_nearest_zip_is_the_nearest() -> None:
    for point in (Point(41.2, -74.0), Point(44.5, -74.3), Point(47.2, -109.9), Point(64.8, -147.7), Point(25.0, -80.5)):
        every = gazetteer().zips.values()
        expected = min((distance_m(point, Point(entry.lat_deg, entry.lng_deg)), entry.code) for entry in every)
        assert place_at(point).zip_code == expected[1]


def test_centres_of_areas_are_known_as_such() -> None:
    assert zip_centre_within(Point(41.03290, -73.76480), 50) == "10601"
    assert is_area_centre(WHITE_PLAINS_10601)
    (town,) = towns_named("yonkers", "NY")
    assert is_area_centre(town.point)
    assert not is_area_centre(Point(41.0400, -73.7702))


def test_codes_of_names_and_names_of_codes() -> None:
    assert state_code("New York") == state_code("ny") == "state:NY"
    assert county_code("Westchester", "NY") == county_code("westchester county", "New York") == "county:36119"
    assert county_code("Baltimore County", "MD") == "county:24005"
    assert town_code("Mt. Vernon", "NY") == "town:NY:mount vernon"
    assert (county_code("Nowhere", "NY"), town_code("Nowhere", "NY"), state_code("Bavaria")) == (None, None, None)
    for code, label in [
        ("country:US", "United States"), ("state:NY", "New York"), ("county:36119", "Westchester County, NY"),
        ("town:NY:mount vernon", "Mount Vernon, NY"), ("zip:10601", "White Plains, NY 10601"), ("zip:00000", None),
        ("county:99999", None), ("town:NY:nowhere", None), ("nonsense", None),
    ]:  # fmt: skip
        assert area_code_label(code) == label


def test_suggestions_begin_so_and_the_programs_state_goes_first() -> None:
    assert suggest_places("wh")[0].label == "White Plains, NY"
    assert [place.label for place in suggest_places("white plains, n", limit=2)][0] == "White Plains, NY"
    assert [place.zip_code for place in suggest_places("1060", 3)] == ["10601", "10602", "10603"]
    assert suggest_places("w") == [] and suggest_places("") == []


def test_the_shipped_file_is_whole_and_small() -> None:
    with gzip.open(DATA / "places.csv.gz", "rt", encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["zip", "place", "state", "county", "county_fips3", "lat", "lng", "src"]
    codes = [row[0] for row in rows[1:]]
    assert len(codes) == 41_488 and codes == sorted(set(codes))
    assert ["10601", "White Plains", "NY", "Westchester", "119", "41.03289", "-73.76478", "c"] in rows
    assert (DATA / "places.csv.gz").stat().st_size < 750_000


def test_the_gazetteer_loads_quickly_in_a_fresh_process() -> None:
    code = (
        "import time; start = time.process_time()\n"
        "from directory.gazetteer import find_place\n"
        "assert find_place('White Plains').place\n"
        "print(time.process_time() - start)"
    )
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment)
    assert float(run.stdout) < 1.0  # 0.35 s of one quiet core; the margin is for a slower machine


def test_exact_questions_are_answered_at_once() -> None:
    find_place("White Plains")
    start = time.process_time()
    for _ in range(200):
        find_place("Mt Vernon, NY")
    assert time.process_time() - start < 0.4


def test_the_build_script_prefers_census_points_and_the_civil_name() -> None:
    geonames = [
        "US\t10601\tWhite Plains\tNew York\tNY\tWestchester\t119\t\t\t41.033\t-73.7652\t4",
        "US\t00501\tHoltsville\tNew York\tNY\tSuffolk\t103\t\t\t40.8154\t-73.0451\t4",
        "US\t10601\tFPO AA\t\t\t\t\t\t\t41.0\t-73.0\t4",
    ]
    rows = join(geonames, '{"latitude":41.03289,"longitude":-73.764783,"zipCode":"10601"}')
    assert rows == [
        ("00501", "Holtsville", "NY", "Suffolk", "103", "40.8154", "-73.0451", "g"),
        ("10601", "White Plains", "NY", "Westchester", "119", "41.03289", "-73.76478", "c"),
    ]
    assert pack(rows) == pack(list(rows))
