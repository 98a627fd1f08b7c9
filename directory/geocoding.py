"""Online geocoding of provider addresses, behind a setting that is off by default; never of a person's address.

The where box and every search use the shipped `gazetteer` alone. Nothing here is asked for a place that must stay
secret, and a hit is believed only inside the county of the address.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import date
from typing import Any
from urllib.parse import urlencode, urlsplit

from geopy.exc import GeocoderParseError, GeopyError
from geopy.extra.rate_limiter import RateLimiter
from geopy.geocoders import Nominatim, Photon
from geopy.geocoders.base import DEFAULT_SENTINEL, Geocoder
from geopy.location import Location

from core.config import Config
from core.errors import NotAllowed, Sentence, Unavailable
from core.geo import Point, distance_m
from directory.gazetteer import county_of_zip, place_at, zip_point
from directory.lookups import AnswerCache, FoundPoint, Precision, ProviderAddress, Remembered

USER_AGENT = "Goldthread resource directory (provider addresses only)"
SECONDS_BETWEEN = 1.0  # the limit of Nominatim's public server, and good manners everywhere
TIMEOUT_S = 8
RETRIES = 1
OWN_ZIP_M = 8_000  # ZIP codes cross county lines: this near its own ZIP's centre a hit counts as inside


class MemoryCache:
    """Answers of this process only."""

    def __init__(self) -> None:
        self._answers: dict[str, Remembered] = {}

    def get(self, key: str) -> Remembered | None:
        """The answer kept for an address's key, or None."""
        return self._answers.get(key)

    def put(self, key: str, answer: Remembered) -> None:
        """Keep an answer."""
        self._answers[key] = answer


class CensusGeocoder(Geocoder):
    """The U.S. Census Bureau's address locator, which geopy does not have. No key is needed."""

    geocode_path = "/geocoder/locations/onelineaddress"

    def __init__(
        self,
        *,
        domain: str = "geocoding.geo.census.gov",
        benchmark: str = "Public_AR_Current",
        scheme: str | None = None,
        timeout: Any = DEFAULT_SENTINEL,
        user_agent: str | None = None,
        adapter_factory: Callable[..., Any] | None = None,
    ) -> None:
        super().__init__(scheme=scheme, timeout=timeout, user_agent=user_agent, adapter_factory=adapter_factory)
        self.benchmark = benchmark
        self.api = f"{self.scheme}://{domain.strip('/')}{self.geocode_path}"

    def geocode(self, query: str, *, exactly_one: bool = True, timeout: Any = DEFAULT_SENTINEL) -> Any:
        """A geopy Location, a list of them, or None when the address is not known."""
        parameters = {"address": query, "benchmark": self.benchmark, "format": "json"}
        return self._call_geocoder(
            f"{self.api}?{urlencode(parameters)}", lambda answer: self._parse(answer, exactly_one), timeout=timeout
        )

    def _parse(self, answer: Any, exactly_one: bool) -> Any:
        try:
            matches = answer["result"]["addressMatches"]
            locations = [
                Location(match["matchedAddress"], (match["coordinates"]["y"], match["coordinates"]["x"]), match)
                for match in matches
            ]
        except (KeyError, TypeError) as error:
            raise GeocoderParseError("The Census geocoder's answer has another shape.") from error
        if not locations:
            return None
        return locations[0] if exactly_one else locations


class ProviderGeocoder:
    """One configured service, asked no faster than it allows and never twice for one address."""

    def __init__(
        self, geocoder: Any, *, source: str, cache: AnswerCache, seconds_between: float = SECONDS_BETWEEN
    ) -> None:
        self.source = source
        self._cache = cache
        self._ask = RateLimiter(
            geocoder.geocode,
            min_delay_seconds=seconds_between,
            max_retries=RETRIES,
            error_wait_seconds=2 * seconds_between,
            swallow_exceptions=False,
        )

    def find_point(self, address: ProviderAddress, today: date) -> FoundPoint | None:
        """Where the address is, or None when the service does not know it or its answer is not to be believed.

        Not believed: outside the county of the address, less precise than a street, or an address without a known
        county. Raises NotAllowed for a place that must stay secret, Unavailable when the service does not answer.
        """
        if address.is_withheld:
            raise NotAllowed(Sentence("The address of a place that must stay secret is never looked up."))
        if not address.street.strip() or _county_of(address) is None:
            return None
        kept = self._cache.get(address.key)
        if kept is not None:
            return kept.found
        try:
            location = self._ask(_query_for(self.source, address), **_options_for(self.source))
        except (GeopyError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise Unavailable(Sentence("The address service does not answer. Try again later.")) from error
        found = self._believed(address, location, today)
        self._cache.put(address.key, Remembered(found))
        return found

    def _believed(self, address: ProviderAddress, location: Any, today: date) -> FoundPoint | None:
        if location is None:
            return None
        precision = precision_of(self.source, location.raw)
        try:
            point = Point(location.latitude, location.longitude)
        except ValueError:
            return None
        if precision is None or not _is_inside_county(address, point):
            return None
        return FoundPoint(point, precision, self.source, today)


def geocoder_from(
    config: Config, cache: AnswerCache | None = None, adapter_factory: Callable[..., Any] | None = None
) -> ProviderGeocoder | None:
    """The service that the settings name, or None: the default, in which nothing leaves the machine."""
    if not config.geocoder:
        return None
    logging.getLogger("geopy").setLevel(logging.ERROR)  # its messages carry addresses
    address = urlsplit(config.geocoder_url) if config.geocoder_url else None
    options: dict[str, Any] = {"user_agent": USER_AGENT, "timeout": TIMEOUT_S, "adapter_factory": adapter_factory}
    if address is not None:
        options |= {"scheme": address.scheme, "domain": address.netloc + address.path.rstrip("/")}
    makers: dict[str, Callable[..., Any]] = {"nominatim": Nominatim, "photon": Photon, "census": CensusGeocoder}
    geocoder = makers[config.geocoder](**options)
    return ProviderGeocoder(geocoder, source=config.geocoder, cache=cache or MemoryCache())


def precision_of(source: str, raw: Any) -> Precision | None:
    """How precise an answer is, by what the service says of it. None: no better than the town, so of no use."""
    if not isinstance(raw, dict):
        return None
    if source == "census":
        return "street"  # a number interpolated along its street
    parts = raw.get("address") if source == "nominatim" else raw.get("properties")
    if not isinstance(parts, dict):
        return None
    if parts.get("house_number") or parts.get("housenumber"):
        return "exact"
    return "street" if parts.get("road") or parts.get("type") == "street" else None


def _query_for(source: str, address: ProviderAddress) -> Any:
    if source != "nominatim":
        return address.one_line
    return {
        "street": address.street,
        "city": address.town,
        "state": address.state,
        "postalcode": address.zip_code,
        "country": "us",
    }


def _options_for(source: str) -> dict[str, Any]:
    return {"addressdetails": True} if source == "nominatim" else {}


def _county_of(address: ProviderAddress) -> str | None:
    known = county_of_zip(address.zip_code[:5])
    return address.county_fips or (known[1] if known else None)


def _is_inside_county(address: ProviderAddress, point: Point) -> bool:
    if place_at(point).county_fips == _county_of(address):
        return True
    centre = zip_point(address.zip_code[:5])
    return centre is not None and distance_m(centre, point) <= OWN_ZIP_M
