"""Finding the points of provider addresses by the configured address service: off by default, never a secret place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from core.clock import local_day, now_utc
from core.db import current_config, db, transaction
from core.errors import NotAllowed, Sentence, Unavailable
from core.geo import Point
from core.identity import Identity, Permission
from directory.actions.records import change, get_row, services_of, tell_index
from directory.lookups import FoundPoint, ProviderAddress, Remembered
from directory.models import Address, GeocodeAnswer, Location

ROUGH = ("none", "town", "zip", "county")


class AddressService(Protocol):
    """What `directory.geocoding.ProviderGeocoder` does."""

    def find_point(self, address: ProviderAddress, today: date) -> FoundPoint | None:
        """Where the address is, or None."""


@dataclass(frozen=True, slots=True)
class Located:
    """What came of it: addresses asked about, places that got a point, addresses that nobody knew."""

    asked: int
    placed: int
    unknown: int
    stopped: bool


class StoredAnswers:
    """The cache of answers in the database: read while asking, written with the places."""

    def __init__(self) -> None:
        self.fresh: dict[str, Remembered] = {}

    def get(self, key: str) -> Remembered | None:
        """The answer kept for an address's key, or None."""
        if key in self.fresh:
            return self.fresh[key]
        row = db.session.scalar(select(GeocodeAnswer).where(GeocodeAnswer.key == key))
        return _remembered(json.loads(row.answer)) if row is not None else None

    def put(self, key: str, answer: Remembered) -> None:
        """Keep an answer until the places are written."""
        self.fresh[key] = answer

    def store(self, session: Session, now: datetime) -> None:
        """Write the fresh answers."""
        known = set(session.scalars(select(GeocodeAnswer.key).where(GeocodeAnswer.key.in_(self.fresh))))
        for key, answer in self.fresh.items():
            if key not in known:
                session.add(GeocodeAnswer(key=key, answer=json.dumps(_plain(answer)), asked_at=now))


def locate_providers(
    identity: Identity,
    *,
    service: AddressService,
    answers: StoredAnswers,
    limit: int = 100,
    tell: Callable[[int], None] = lambda done: None,
) -> Located:
    """Ask for up to `limit` public provider addresses that have no point, or only their ZIP's or town's centre.

    The service is asked before the write begins; then one transaction writes all. A service that stops answering ends
    the asking, and what was found is kept. Raises NotAllowed for anybody but a steward.
    """
    if not identity.may(Permission.EDIT_DIRECTORY):
        raise NotAllowed(Sentence("Only a steward of the directory can do this."))
    now = now_utc()
    today = local_day(now, current_config().timezone)
    found: dict[UUID, FoundPoint] = {}
    asked, stopped = 0, False
    for location_id, address in _waiting(limit):
        try:
            point = service.find_point(address, today)
        except Unavailable:
            stopped = True
            break
        asked += 1
        tell(asked)
        if point is not None:
            found[location_id] = point
    placed = _write(identity, found, answers, now)
    return Located(asked, placed, asked - len(found), stopped)


def _waiting(limit: int) -> list[tuple[UUID, ProviderAddress]]:
    rows = db.session.execute(
        select(Address, Location)
        .join(Location, Location.id == Address.location_id)
        .where(
            Location.place_withheld.is_(False),
            Location.retired_at.is_(None),
            Location.place_precision.in_(ROUGH),
            Address.address_type == "physical",
            Address.address_1.is_not(None),
            Address.postal_code.is_not(None),
        )
        .order_by(Location.id, Address.id)
        .limit(limit)
    ).all()
    db.session.rollback()
    return [(location.id, _provider_address(address, location)) for address, location in rows]


def _provider_address(address: Address, location: Location) -> ProviderAddress:
    return ProviderAddress(
        street=address.address_1 or "",
        town=address.city or "",
        state=address.state_province or "",
        zip_code=address.postal_code or "",
        is_withheld=location.place_withheld,
    )


def _write(identity: Identity, found: Mapping[UUID, FoundPoint], answers: StoredAnswers, now: datetime) -> int:
    placed = 0
    with transaction() as session:
        answers.store(session, now)
        for location_id, point in found.items():
            row = get_row(session, "location", location_id)
            if row.place_withheld or row.place_precision not in ROUGH:
                continue  # somebody was quicker
            values = {
                "latitude": point.point.lat_deg,
                "longitude": point.point.lng_deg,
                "place_precision": point.precision,
                "place_source": point.source,
                "place_checked_on": point.looked_up_on,
            }
            change(session, row, values, identity=identity, now=now, action="locate")
            tell_index(session, services_of(session, row), now)
            placed += 1
        if placed:
            trail.record(EventKind.LISTINGS_LOCATED, identity, now=now, details={"places": placed})
    return placed


def _plain(answer: Remembered) -> dict[str, str] | None:
    found = answer.found
    if found is None:
        return None
    return {
        "lat": repr(found.point.lat_deg),
        "lng": repr(found.point.lng_deg),
        "precision": found.precision,
        "source": found.source,
        "on": found.looked_up_on.isoformat(),
    }


def _remembered(plain: dict[str, str] | None) -> Remembered:
    if plain is None:
        return Remembered(None)
    precision = "exact" if plain["precision"] == "exact" else "street"
    point = Point(float(plain["lat"]), float(plain["lng"]))
    return Remembered(FoundPoint(point, precision, plain["source"], date.fromisoformat(plain["on"])))  # type: ignore[arg-type]
