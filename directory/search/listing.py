"""What the index knows of one service at one location: a plain value, made from database rows by `documents.py`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from core.geo import Point
from directory.hours import ScheduleRow


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingDocument:
    """A service at a location, or a service without one: then `listing_id` is the service's id.

    `areas` are gazetteer codes of what it serves; `tags` are words that count like kinds of help ("Spanish speaking"),
    `details` like its description. `weekly` are open minutes of the week; None means that `schedule` decides, and
    without rows there the hours are unknown. A `point` of a withheld place does not exist.
    """

    listing_id: str
    service_id: str
    name: str
    location_id: str | None = None
    alternate_name: str = ""
    organization: str = ""
    location_name: str = ""
    description: str = ""
    term_ids: tuple[str, ...] = ()
    term_names: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    details: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    point: Point | None = None
    precision: str = "none"
    areas: tuple[str, ...] = ()
    is_remote: bool = False
    answers: Mapping[str, int] = field(default_factory=dict)
    minimum_age: float | None = None
    maximum_age: float | None = None
    weekly: tuple[tuple[int, int], ...] | None = None
    schedule: tuple[ScheduleRow, ...] = ()
    closing_days: tuple[date, ...] = ()
    zone: str = "America/New_York"
    verified_on: date | None = None
    visibility: int = 0
