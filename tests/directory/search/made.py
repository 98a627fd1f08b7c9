"""Small made-up directories for the search tests: everything that a listing can be, from a seed."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Any

from core.geo import METRES_PER_MILE, Point
from directory.facets import LANGUAGES, QUESTION_CODES
from directory.hours import ScheduleRow
from directory.search.listing import ListingDocument
from directory.search.plan import PartView
from directory.search.query import SearchQuery
from directory.search.segment import build_segment

NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)  # a Wednesday, 10 AM in New York
WORDS = (
    "food pantry rent rental assistance eviction prevention counseling therapy shelter emergency housing legal lawyer"
    " money bus ride hot meal meals clinic dental teeth women spanish help the of and for children renta comida"
).split()
AREAS = ("county:36119", "county:36029", "zip:10601", "town:NY:white plains", "state:NY", "state:CT", "country:US")
NEEDS = ("food", "housing", "shelter", "mental_health", "legal", "transport")


@dataclass(frozen=True, slots=True)
class Spot:
    """A place to search from."""

    label: str
    point: Point
    area_codes: tuple[str, ...]


WHITE_PLAINS = Spot(
    "White Plains, NY 10601", Point(41.03289, -73.76478),
    ("country:US", "state:NY", "county:36119", "town:NY:white plains", "zip:10601"),
)  # fmt: skip


def document(number: int, **values: object) -> ListingDocument:
    """One plain listing."""
    usual: dict[str, object] = {
        "listing_id": f"listing-{number}",
        "service_id": f"service-{number}",
        "name": "Food pantry",
    }
    return ListingDocument(**{**usual, **values})  # type: ignore[arg-type]


def documents(seed: int, services: int) -> list[ListingDocument]:
    """Services of all sorts, some at several places."""
    rng = random.Random(seed)
    return [one for number in range(services) for one in service_documents(rng, f"service-{seed}-{number}")]


def service_documents(rng: random.Random, service_id: str) -> list[ListingDocument]:
    """One service at one to three places."""
    name, description = _text(rng, 1, 4), _text(rng, 0, 15)
    terms = rng.sample(["pantry", "hot meals", "legal aid", "therapy", "shelter bed"], rng.choice((0, 1, 1, 2, 4)))
    answers = {code: rng.choice((1, 2)) for code in rng.sample(QUESTION_CODES, 6)}
    needs = tuple(rng.sample(NEEDS, rng.choice((0, 1, 2))))
    visibility = rng.choice((0, 0, 0, 0, 1, 2, 3))
    made = []
    for place in range(rng.choice((1, 1, 1, 2, 3))):
        has_point = rng.random() < 0.8
        made.append(
            ListingDocument(
                listing_id=f"{service_id}-{place}",
                service_id=service_id,
                name=name,
                description=description,
                location_id=f"location-{service_id}-{place}" if has_point else None,
                organization=_text(rng, 1, 3),
                term_ids=tuple(f"term:{term}" for term in terms),
                term_names=tuple(terms),
                needs=needs,
                answers=answers,
                visibility=visibility,
                languages=tuple(rng.sample(list(LANGUAGES)[:5], rng.choice((0, 1, 2)))),
                point=Point(41.03 + rng.gauss(0, 0.3), -73.76 + rng.gauss(0, 0.4)) if has_point else None,
                precision=rng.choice(("exact", "street", "zip")) if has_point else "none",
                areas=tuple(rng.sample(AREAS, rng.choice((0, 0, 1, 2)))),
                is_remote=rng.random() < 0.1,
                minimum_age=rng.choice((None, None, 18, 60)),
                maximum_age=rng.choice((None, None, 17, 100)),
                verified_on=rng.choice((None, date(2026, 11, 1), date(2025, 1, 1))),
                **_hours(rng),
            )  # fmt: skip
        )
    return made


def _hours(rng: random.Random) -> dict[str, Any]:
    share = rng.random()
    if share < 0.4:
        opens = rng.randrange(300, 900)
        return {"weekly": tuple((day * 1440 + opens, day * 1440 + opens + 300) for day in rng.sample(range(7), 4))}
    if share < 0.6:
        row = ScheduleRow(freq="MONTHLY", byday=f"{rng.randint(1, 4)}WE", opens_at=time(8), closes_at=time(13))
        return {"schedule": (row,), "closing_days": rng.choice(((), (date(2026, 11, 18),)))}
    return {}


def _text(rng: random.Random, least: int, most: int) -> str:
    return " ".join(rng.choice(WORDS) for _ in range(rng.randint(least, most)))


def queries(seed: int, count: int) -> list[SearchQuery]:
    """Questions of all sorts."""
    rng = random.Random(seed)
    return [query(rng) for _ in range(count)]


def query(rng: random.Random) -> SearchQuery:
    """One question."""
    place = WHITE_PLAINS if rng.random() < 0.6 else None
    return SearchQuery(
        words=_words(rng), place=place,
        radius_m=rng.choice((None, 1, 5, 25, 200)) and rng.choice((1, 5, 25, 200)) * METRES_PER_MILE if place else None,
        needs=tuple(rng.sample(NEEDS, rng.choice((0, 0, 0, 1, 2)))),
        terms=tuple(rng.sample(["term:pantry", "term:therapy", "term:unknown"], rng.choice((0, 0, 0, 0, 1, 2)))),
        languages=tuple(rng.sample(["en", "es", "zh"], rng.choice((0, 0, 0, 1, 2)))),
        yes=tuple(rng.sample(QUESTION_CODES, rng.choice((0, 0, 0, 1, 2)))),
        age=rng.choice((None, None, None, 10, 30, 70)), open_at=NOW if rng.random() < 0.2 else None,
        sort=rng.choice(("best", "distance", "verified")), visibility=rng.choice((0, 0, 1, 2, 3)),
        include_not_stated=rng.random() < 0.3, size=rng.choice((5, 20, 100)), language=rng.choice(("en", "en", "es")),
    )  # fmt: skip


def _words(rng: random.Random) -> str:
    if rng.random() < 0.3:
        return ""
    words = [rng.choice(WORDS) for _ in range(rng.randint(1, 3))]
    trick = rng.random()
    if trick < 0.1:
        return f'"{" ".join(words)}"'
    if trick < 0.2:
        return f"{words[0]} -{words[-1]}"
    return " OR ".join(words) if trick < 0.3 else " ".join(words)


def view_of(made: list[ListingDocument]) -> tuple[PartView, ...]:
    """The documents as one segment."""
    return (PartView.of(build_segment(made)),)
