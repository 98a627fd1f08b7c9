"""`python -m bench.site --services 20000`: fill the configured database with a made-up directory for bench.http.

Refuses a database that holds services: never run where real data is. Rows go straight into the tables, since the
actions would take an hour; nothing but measurements reads them.
"""

from __future__ import annotations

import argparse
import random
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid5

from flask_migrate import upgrade
from sqlalchemy import func, insert, select

from app import create_app
from bench import corpus
from core.db import db, transaction
from directory import search
from directory.models import (
    Address,
    Attribute,
    Language,
    ListingChange,
    Location,
    Organization,
    Phone,
    Requirement,
    Schedule,
    Service,
    ServiceArea,
    ServiceAtLocation,
    TaxonomyTerm,
    Verification,
)
from directory.needs import own_terms
from directory.search.listing import ListingDocument

NAMESPACE = UUID("6f7bd5a8-6a3f-4c64-9f0e-0e5b5f5a7c11")
NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
WEEK = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
BATCH = 5_000


def main() -> None:
    """Migrate, fill, index, and say how much there is."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--services", type=int, default=20_000)
    options = parser.parse_args()
    app = create_app()
    with app.app_context():
        upgrade()
        if db.session.scalar(select(func.count()).select_from(Service)):
            raise SystemExit("This database holds services already. Choose an empty GOLDTHREAD_DATA_DIR.")
        rows = rows_of(options.services)
        with transaction() as session:
            for model, values in rows.items():
                for first in range(0, len(values), BATCH):
                    session.execute(insert(model), values[first : first + BATCH])
        print(f"{options.services:,} services, {search.reindex():,} listings indexed.")


def rows_of(services: int) -> dict[Any, list[dict[str, Any]]]:
    """The rows of each table, parents first."""
    rows: dict[Any, list[dict[str, Any]]] = {
        model: []
        for model in (Organization, Location, Service, ServiceAtLocation, TaxonomyTerm, Attribute, Address, Phone,
                      Schedule, Language, ServiceArea, Requirement, Verification, ListingChange)
    }  # fmt: skip
    terms = _terms(rows)
    organizations: dict[str, UUID] = {}
    by_service: dict[str, list[ListingDocument]] = defaultdict(list)
    for document in corpus.documents(services):
        by_service[document.service_id].append(document)
    for number, (key, documents) in enumerate(by_service.items()):
        rng, first = random.Random(number), documents[0]
        service_id = _id("service", key)
        if first.organization not in organizations:
            organizations[first.organization] = _id("organization", first.organization)
            rows[Organization].append({"id": organizations[first.organization], "name": first.organization})
        _add_service(rows, first, service_id, organizations[first.organization], rng)
        for term in rng.sample(terms, rng.choice((1, 2, 3))):
            rows[Attribute].append(
                {"id": _id("attribute", f"{key} {term}"), "link_id": service_id, "link_entity": "service",
                 "taxonomy_term_id": term}
            )  # fmt: skip
        for document in documents:
            if document.point is not None:
                _add_place(rows, document, service_id, rng)
        rows[ListingChange].append({"service_id": service_id, "changed_at": NOW})
    return rows


def _add_service(
    rows: dict[Any, list[dict[str, Any]]], one: ListingDocument, service_id: UUID, organization_id: UUID,
    rng: random.Random,
) -> None:  # fmt: skip
    lay = " ".join(rng.sample(("food pantry", "rent help", "counseling", "detox", "dentist", "lawyer", "shelter",
                               "free phone", "job training", "clinic", "housing", "legal aid"), 2))  # fmt: skip
    rows[Service].append(
        {"id": service_id, "organization_id": organization_id, "name": f"{one.name} {lay.split()[0].title()}",
         "description": f"{lay}. {one.description}", "minimum_age": one.minimum_age, "last_modified": NOW,
         "eligibility_description": "Residents of the county." if rng.random() < 0.4 else None,
         "fees_description": "Free of charge." if rng.random() < 0.4 else None}
    )  # fmt: skip
    rows[Phone].append(
        {"id": _id("phone", one.service_id), "service_id": service_id, "number": f"914-555-{rng.randint(100, 199):04d}",
         "type": "voice"}
    )  # fmt: skip
    for code in dict.fromkeys(one.languages):
        rows[Language].append(
            {"id": _id("language", f"{one.service_id} {code}"), "service_id": service_id, "code": code}
        )
    for code, answer in one.answers.items():
        rows[Requirement].append(
            {"id": _id("answer", f"{one.service_id} {code}"), "service_id": service_id, "question": code,
             "answer": answer}
        )  # fmt: skip
    if one.areas:
        rows[ServiceArea].append(
            {"id": _id("area", one.service_id), "service_id": service_id, "extent": ",".join(one.areas),
             "extent_type": "area_codes"}
        )  # fmt: skip
    for group in ("hours", "phone"):
        rows[Verification].append(
            {"id": _id(group, one.service_id), "service_id": service_id, "field_group": group, "outcome": "right",
             "method": "call", "checked_by": "bench", "checked_at": NOW - timedelta(days=rng.randint(0, 500))}
        )  # fmt: skip


def _add_place(
    rows: dict[Any, list[dict[str, Any]]], one: ListingDocument, service_id: UUID, rng: random.Random
) -> None:
    location_id, site_id = _id("location", one.listing_id), _id("site", one.listing_id)
    assert one.point is not None
    rows[Location].append(
        {"id": location_id, "name": f"{one.organization} office", "latitude": one.point.lat_deg,
         "longitude": one.point.lng_deg, "place_precision": "exact"}
    )  # fmt: skip
    rows[ServiceAtLocation].append({"id": site_id, "service_id": service_id, "location_id": location_id})
    rows[Address].append(
        {"id": _id("address", one.listing_id), "location_id": location_id,
         "address_1": f"{rng.randint(1, 900)} Example Street", "city": "Exampleton", "state_province": "NY",
         "postal_code": "10601", "country": "US"}
    )  # fmt: skip
    for opens, closes, days in _weekly(one.weekly or ()):
        rows[Schedule].append(
            {"id": _id("schedule", f"{one.listing_id} {opens}"), "service_at_location_id": site_id, "freq": "WEEKLY",
             "byday": ",".join(days), "opens_at": opens, "closes_at": closes, "dtstart": None}
        )  # fmt: skip
    for row in one.schedule:
        rows[Schedule].append(
            {"id": _id("schedule", one.listing_id), "service_at_location_id": site_id, "freq": row.freq,
             "byday": row.byday, "opens_at": row.opens_at, "closes_at": row.closes_at, "dtstart": row.dtstart}
        )  # fmt: skip


def _weekly(spans: Iterable[tuple[int, int]]) -> list[tuple[time, time, list[str]]]:
    """Minutes of the week as rows: one for each pair of clock times."""
    days: dict[tuple[int, int], list[str]] = defaultdict(list)
    for start, end in spans:
        days[start % 1440, end % 1440].append(WEEK[start // 1440])
    return [(_clock(opens), _clock(closes), names) for (opens, closes), names in days.items()]


def _clock(minutes: int) -> time:
    return time(minutes // 60, minutes % 60)


def _terms(rows: dict[Any, list[dict[str, Any]]]) -> Sequence[UUID]:
    for term in own_terms():
        rows[TaxonomyTerm].append({"id": _id("term", term.code), "code": term.code, "name": term.names[0]})
    return [row["id"] for row in rows[TaxonomyTerm]]


def _id(kind: str, name: str) -> UUID:
    return uuid5(NAMESPACE, f"{kind} {name}")


if __name__ == "__main__":
    main()
