"""What is asked of an address service and what it answers: values only. Who asks it is `geocoding`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal, Protocol

from core.geo import Point

Precision = Literal["exact", "street"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderAddress:
    """A provider's street address. `is_withheld` says whether the place must stay secret: then nobody is asked."""

    street: str
    town: str
    state: str
    zip_code: str
    is_withheld: bool
    county_fips: str | None = None

    @property
    def one_line(self) -> str:
        """The address as one line of text."""
        return f"{self.street}, {self.town}, {self.state} {self.zip_code}".strip(" ,")

    @property
    def key(self) -> str:
        """The address in one spelling, for the cache."""
        return " ".join(self.one_line.casefold().split())


@dataclass(frozen=True, slots=True)
class FoundPoint:
    """Where a service put an address, how precisely, who said so and on which day."""

    point: Point
    precision: Precision
    source: str
    looked_up_on: date


@dataclass(frozen=True, slots=True)
class Remembered:
    """A kept answer; `found` None means that the service was asked and had nothing to believe."""

    found: FoundPoint | None


class AnswerCache(Protocol):
    """Where answers are kept, so that no address is asked twice."""

    def get(self, key: str) -> Remembered | None:
        """The answer kept for an address's key, or None."""

    def put(self, key: str, answer: Remembered) -> None:
        """Keep an answer."""
