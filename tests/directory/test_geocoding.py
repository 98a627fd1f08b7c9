"""Online geocoding: off by default, providers only, believed only inside the county. No test touches the network."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from geopy.adapters import AdapterHTTPError, BaseSyncAdapter
from geopy.extra.rate_limiter import RateLimiter

from core.config import Config
from core.errors import NotAllowed, Unavailable
from core.geo import Point
from directory.geocoding import MemoryCache, ProviderGeocoder, geocoder_from, precision_of
from directory.lookups import FoundPoint, ProviderAddress

TODAY = date(2026, 11, 22)
LIBRARY = ProviderAddress(
    street="100 Martine Ave", town="White Plains", state="NY", zip_code="10601", is_withheld=False
)
CENSUS_ANSWER = {
    "result": {
        "addressMatches": [
            {"matchedAddress": "100 MARTINE AVE, WHITE PLAINS, NY, 10601", "coordinates": {"x": -73.7686, "y": 41.0307}}
        ]
    }
}
NOMINATIM_ANSWER = [
    {"lat": "41.0307", "lon": "-73.7686", "display_name": "100", "address": {"house_number": "100", "road": "Martine"}}
]
PHOTON_ANSWER = {
    "features": [
        {"geometry": {"coordinates": [-73.7686, 41.0307]}, "properties": {"type": "street", "name": "Martine Avenue"}}
    ]
}


class FakeAdapter(BaseSyncAdapter):
    """Answers from a list and keeps what was asked; never opens a connection."""

    def __init__(self, answers: list[Any]) -> None:
        super().__init__(proxies=None, ssl_context=None)
        self.answers = answers
        self.urls: list[str] = []

    def get_json(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        self.urls.append(url)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def get_text(self, url: str, *, timeout: float, headers: dict[str, str]) -> Any:
        raise AssertionError("only JSON is asked for")


@pytest.fixture(autouse=True)
def naps(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long the limiter slept, on a clock that only its sleep moves."""
    slept: list[float] = []
    monkeypatch.setattr(RateLimiter, "_sleep", lambda self, seconds: slept.append(seconds))
    monkeypatch.setattr(RateLimiter, "_clock", lambda self: sum(slept))
    return slept


def make(
    source: str, *answers: Any, url: str = "https://geo.example.org", cache: MemoryCache | None = None
) -> tuple[ProviderGeocoder, FakeAdapter]:
    adapter = FakeAdapter(list(answers))
    config = Config.for_tests(geocoder=source, geocoder_url=url)
    geocoder = geocoder_from(config, cache, lambda **_: adapter)
    assert geocoder is not None
    return geocoder, adapter


def test_off_by_default() -> None:
    assert geocoder_from(Config.for_tests()) is None


def test_census_finds_a_street() -> None:
    geocoder, adapter = make("census", CENSUS_ANSWER, url="")
    assert geocoder.find_point(LIBRARY, TODAY) == FoundPoint(Point(41.0307, -73.7686), "street", "census", TODAY)
    asked = urlsplit(adapter.urls[0])
    assert (asked.scheme, asked.netloc) == ("https", "geocoding.geo.census.gov")
    assert asked.path == "/geocoder/locations/onelineaddress"
    assert parse_qs(asked.query) == {
        "address": ["100 Martine Ave, White Plains, NY 10601"],
        "benchmark": ["Public_AR_Current"],
        "format": ["json"],
    }


@pytest.mark.parametrize(
    ("source", "answer", "precision"), [("nominatim", NOMINATIM_ANSWER, "exact"), ("photon", PHOTON_ANSWER, "street")]
)
def test_nominatim_and_photon_at_their_own_address(source: str, answer: Any, precision: str) -> None:
    geocoder, adapter = make(source, answer)
    found = geocoder.find_point(LIBRARY, TODAY)
    assert found is not None and (found.point, found.precision) == (Point(41.0307, -73.7686), precision)
    assert adapter.urls[0].startswith("https://geo.example.org/")


def test_one_address_is_asked_once_also_when_nothing_was_found() -> None:
    geocoder, adapter = make("census", CENSUS_ANSWER, {"result": {"addressMatches": []}})
    first = geocoder.find_point(LIBRARY, TODAY)
    again = geocoder.find_point(replace(LIBRARY, street="100  MARTINE Ave"), date(2027, 1, 1))
    assert first == again
    unknown = replace(LIBRARY, street="1 Nowhere Rd")
    assert geocoder.find_point(unknown, TODAY) is None
    assert geocoder.find_point(unknown, TODAY) is None
    assert len(adapter.urls) == 2


def test_a_hit_in_another_county_is_refused() -> None:
    far = {
        "result": {"addressMatches": [{"matchedAddress": "", "coordinates": {"x": -76.1474, "y": 43.0481}}]}
    }  # Syracuse
    geocoder, _ = make("census", far, CENSUS_ANSWER)
    assert geocoder.find_point(LIBRARY, TODAY) is None
    assert geocoder.find_point(replace(LIBRARY, street="2 Martine Ave", county_fips="36119"), TODAY) is not None


@pytest.mark.parametrize("point", [{"x": 500.0, "y": 41.0}, {"x": 0.0, "y": 0.0}])
def test_a_hit_off_the_earth_or_in_the_sea_is_refused(point: dict[str, float]) -> None:
    geocoder, _ = make("census", {"result": {"addressMatches": [{"matchedAddress": "", "coordinates": point}]}})
    assert geocoder.find_point(LIBRARY, TODAY) is None


def test_a_town_is_no_answer_to_an_address() -> None:
    assert precision_of("nominatim", {"address": {"city": "White Plains"}}) is None
    assert precision_of("photon", {"properties": {"type": "city"}}) is None
    assert precision_of("photon", None) is None


def test_a_secret_place_is_never_asked_for() -> None:
    geocoder, adapter = make("census", CENSUS_ANSWER)
    with pytest.raises(NotAllowed, match="secret"):
        geocoder.find_point(replace(LIBRARY, is_withheld=True), TODAY)
    assert adapter.urls == []


@pytest.mark.parametrize("address", [replace(LIBRARY, street=" "), replace(LIBRARY, zip_code="00000")])
def test_an_address_that_cannot_be_checked_is_not_asked_for(address: ProviderAddress) -> None:
    geocoder, adapter = make("census", CENSUS_ANSWER)
    assert geocoder.find_point(address, TODAY) is None
    assert adapter.urls == []


def test_requests_keep_a_second_apart(naps: list[float]) -> None:
    geocoder, adapter = make("census", CENSUS_ANSWER, CENSUS_ANSWER)
    geocoder.find_point(LIBRARY, TODAY)
    geocoder.find_point(replace(LIBRARY, street="2 Martine Ave"), TODAY)
    assert len(adapter.urls) == 2
    assert naps == [1.0]


@pytest.mark.parametrize(
    "answer",
    [
        AdapterHTTPError("down", status_code=503, headers={}, text="down"),
        {"result": {"addressMatches": [{"coordinates": {}}]}},
        {"result": {"addressMatches": [7]}},
    ],
)
def test_a_service_that_fails_is_said_and_not_kept(answer: Any, caplog: pytest.LogCaptureFixture) -> None:
    cache = MemoryCache()
    geocoder, _ = make("census", answer, answer, CENSUS_ANSWER, cache=cache)
    with pytest.raises(Unavailable, match="does not answer"):
        geocoder.find_point(LIBRARY, TODAY)
    assert cache.get(LIBRARY.key) is None
    assert "Martine" not in caplog.text
