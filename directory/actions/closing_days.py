"""The days on which the whole county is closed; a provider's own closed days are holiday rows of its hours."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.errors import InvalidInput, NotAllowed, Sentence
from core.identity import Identity, Permission
from directory.actions.records import tell_index
from directory.models import ClosingDay, Schedule, ServiceAtLocation

MAX_NAME = 100
FIRST_YEAR, LAST_YEAR = 2000, 2100


def set_closing_days(identity: Identity, *, add: Mapping[date, str] | None = None, remove: Sequence[date] = ()) -> int:
    """Add days with their names and take others away; answers how many changed. A day already there takes the new name.

    Raises InvalidInput for a day without a name or far from now. Nothing is written when nothing changes.
    """
    if not identity.may(Permission.EDIT_DIRECTORY):
        raise NotAllowed(Sentence("Only a steward of the directory can do this."))
    wanted = {day: " ".join(name.split()) for day, name in (add or {}).items()}
    for day, name in wanted.items():
        if not FIRST_YEAR <= day.year <= LAST_YEAR:
            raise InvalidInput("day", Sentence("Write a day between the years 2000 and 2100."))
        if not 0 < len(name) <= MAX_NAME:
            raise InvalidInput("name", Sentence("Give the day a name, like “Independence Day”."))
    now = now_utc()
    with transaction() as session:
        known = {
            row.day: row
            for row in session.scalars(select(ClosingDay).where(ClosingDay.organization_id.is_(None)).with_for_update())
        }
        changed, is_moved = [], bool(set(remove) & known.keys() - wanted.keys() or wanted.keys() - known.keys())
        for day, name in wanted.items():
            if day not in known:
                session.add(ClosingDay(id=uuid4(), day=day, organization_id=None, name=name))
                changed.append(day)
            elif known[day].name != name:
                known[day].name = name
                changed.append(day)
        for day in set(remove) & known.keys() - wanted.keys():
            session.delete(known[day])
            changed.append(day)
        if not changed:
            return 0
        if is_moved:  # a new name alone opens and closes nothing
            tell_index(session, _with_hours(session), now)
        trail.record(
            EventKind.CLOSING_DAYS_SET,
            identity,
            now=now,
            subject_type="closing_days",
            subject_id="county",
            details={"days": sorted(day.isoformat() for day in changed)},
        )
        return len(changed)


def _with_hours(session: Session) -> set[UUID]:
    """The services that have hours, of their own or of a place of theirs: the index keeps when they are open."""
    site, hours = ServiceAtLocation, Schedule
    found = set(session.scalars(select(hours.service_id).where(hours.service_id.is_not(None)).distinct()))
    for joined in (hours.service_at_location_id == site.id, hours.location_id == site.location_id):
        found.update(session.scalars(select(site.service_id).join(hours, joined).distinct()))
    return {service_id for service_id in found if service_id is not None}
