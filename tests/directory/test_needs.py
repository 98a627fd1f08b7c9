"""Needs: every code means something, real feeds are sorted, and words meant otherwise are left alone."""

from __future__ import annotations

import csv
import os
import re
from collections import Counter
from pathlib import Path

import pytest

from core.errors import NotFound
from directory import needs
from directory.needs import all_needs, need, needs_of, own_term, own_terms, plain

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("SHARED_DIR", ROOT.parent / "shared")) / "data"
CODES = (
    "food housing shelter mental_health substance_use medical crisis benefits work education legal transport "
    "phone_internet household family peers safety"
).split()
FUND_CATEGORIES = {"housing", "transport", "health", "communications", "other", ""}

needs_feeds = pytest.mark.skipif(not SHARED.is_dir(), reason="SHARED_DIR missing: the real feeds are not here")


def test_the_home_page_has_its_seventeen_needs_in_order() -> None:
    assert [row.code for row in all_needs()] == CODES


@pytest.mark.parametrize("code", CODES)
def test_each_need_is_named_in_both_languages_with_an_icon_that_exists(code: str) -> None:
    row = need(code)
    sprites = list((ROOT / "static" / "vendor").glob("uswds-*/img/sprite.svg"))
    assert sprites
    assert f'id="{row.icon}"' in sprites[0].read_text(encoding="utf-8")
    assert row.name("en") and row.name("es") and row.name("en") != row.name("es")
    assert row.hint("en") and row.hint("es") and row.hint("en") != row.hint("es")
    assert row.fund_category in FUND_CATEGORIES


def test_an_unknown_need_is_not_found() -> None:
    with pytest.raises(NotFound):
        need("yachts")


def test_a_language_without_names_gets_english() -> None:
    assert need("food").name("zh") == "Food"


def test_own_terms_are_about_a_hundred_unique_and_sorted_under_real_needs() -> None:
    rows = own_terms()
    assert 100 <= len(rows) <= 160
    assert len({row.names[0] for row in rows}) == len(rows)
    for row in rows:
        assert re.fullmatch(r"gt-[a-z-]+", row.code)
        assert set(row.needs) <= set(CODES)
        assert row.name("en") and row.name("es")


def test_every_need_has_own_terms() -> None:
    served = Counter(code for row in own_terms() for code in row.needs)
    assert all(served[code] >= 3 for code in CODES)


@pytest.mark.parametrize(
    "code",
    "gt-act gt-fact gt-ips gt-iddt gt-imr gt-family-psychoeducation gt-cbtp gt-dbt gt-csc gt-supportive-housing "
    "gt-housing-first gt-motivational-interviewing gt-moud gt-peer-support gt-wrap gt-cti gt-crisis-respite "
    "gt-clubhouse gt-health-home gt-mobile-crisis gt-cpep gt-pros gt-core-hcbs".split(),
)
def test_practices_that_the_program_asks_for_are_terms(code: str) -> None:
    term = own_term(code)
    assert term is not None and term.is_practice


@pytest.mark.parametrize(
    ("codes", "names", "service", "expected"),
    [
        (["gt-clubhouse"], [], "Harbor House", ("mental_health", "work", "peers")),
        (["102-04"], [], None, ("food",)),
        (["103-01"], [], None, ("shelter",)),  # the longer prefix wins over 103
        (["106-06-07-01"], [], None, ("mental_health",)),
        (["106-06-03"], [], None, ("medical",)),
        (["1030-1"], [], None, ()),  # not a code of Open Eligibility
        (["XH-1234"], ["Addiction & Recovery"], None, ("substance_use",)),
        ([], ["Homeless", "Youth (6-12)", "Living with HIV or AIDS"], None, ()),  # for whom, not what
        ([], ["Soup Kitchen"], None, ("food",)),
        ([None], [None], None, ()),
        ([], [], "Food Handler Certification", ()),
        ([], [], "Animal Shelter", ()),
        ([], [], "Credit Counseling", ("benefits",)),
        ([], [], "Behavioral Health Clinic", ("mental_health",)),
        ([], [], "Dept of Mental Hygiene", ("mental_health",)),
        ([], [], "Niños y familias", ("family",)),
        ([], [], "Clínica dental y Dental Care", ("medical",)),
        ([], [], "Curt Renters of Boats", ()),  # whole words: neither court nor rent
        ([], [], "Eviction Defense", ("housing", "legal")),
    ],
)
def test_what_a_record_says_it_is(
    codes: list[str | None], names: list[str | None], service: str | None, expected: tuple[str, ...]
) -> None:
    assert needs_of(codes, names, service) == expected


def test_plain_drops_case_accents_and_punctuation() -> None:
    assert plain("  Children's  Salud—Mental & Línea ") == "childrens salud mental linea"


def _rows(name: str, encoding: str = "utf-8-sig") -> list[dict[str, str]]:
    with (SHARED / name).open(encoding=encoding, newline="") as file:
        return list(csv.DictReader(file))


def _share(services: list[tuple[str, list[str | None]]]) -> tuple[float, Counter[str]]:
    found = [needs_of([], terms, name) for name, terms in services]
    return sum(map(bool, found)) / len(found), Counter(code for codes in found for code in codes)


@needs_feeds
def test_most_services_of_the_dc_feed_get_a_need() -> None:
    terms = {row["taxonomy_recordid"]: row["taxonomy_name"] for row in _rows("dc-crie-hsds2.0/taxonomy_terms.csv")}
    named: dict[str, list[str | None]] = {}
    for row in _rows("dc-crie-hsds2.0/service_attributes.csv"):
        named.setdefault(row["service_id"], []).append(terms.get(row["taxonomy_term_id"]))
    share, counts = _share([(row["name"], named.get(row["id"], [])) for row in _rows("dc-crie-hsds2.0/services.csv")])

    assert share >= 0.78
    assert all(counts[code] for code in CODES)


@needs_feeds
def test_sheltertech_terms_are_read_although_its_names_are_invented() -> None:
    terms = {row["id"]: row["name"] for row in _rows("sheltertech-sf-fake-names/categories.csv")}
    named: dict[str, list[str | None]] = {}
    for row in _rows("sheltertech-sf-fake-names/categories_services.csv"):
        named.setdefault(row["service_id"], []).append(terms.get(row["category_id"]))
    services = [(row["name"], named.get(row["id"], [])) for row in _rows("sheltertech-sf-fake-names/services.csv")]
    with_terms = [service for service in services if service[1]]
    share, counts = _share(with_terms)

    assert share >= 0.75


@needs_feeds
def test_every_samhsa_facility_is_mental_health_by_the_list_it_is_on() -> None:
    rows = _rows("samhsa-mental-health-ny/samhsa_mental_health_NY.csv", "latin-1")
    share, counts = _share([(f"{row['name1']} {row['name2']}", ["Mental Health Care"]) for row in rows])

    assert counts["mental_health"] == len(rows) == 724
    assert counts["household"] == 0  # "Mental Hygiene" is no shower


def test_each_prefix_of_open_eligibility_is_written_as_a_code() -> None:
    for row in all_needs():
        assert all(needs.OPEN_ELIGIBILITY_CODE.fullmatch(prefix) for prefix in row.open_eligibility)
