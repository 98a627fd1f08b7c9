"""Setting the regular hours of a service or of one of its places as one change; words are read in directory.hours."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID, uuid4

from sqlalchemy import ColumnElement, or_, select

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.errors import InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from directory.actions.records import get_row, note_whole, refuse_secret_words, services_of, tell_index
from directory.hours import ScheduleRow, is_exception
from directory.models import Schedule

MAX_ROWS = 100  # of one service at one place: more is no timetable of a week
FIELDS = tuple(ScheduleRow.__dataclass_fields__)


def set_hours(
    identity: Identity, *, service_id: UUID, site_id: UUID | None, rows: Sequence[ScheduleRow], text: str = ""
) -> bool:
    """Replace the regular hours by `rows`; `text` are hours that no rule could read, kept as words.

    Holiday rows stay. With `site_id` these are the hours of the service at that place alone. Answers whether anything
    changed. Raises InvalidInput for more rows than a week can use.
    """
    if not identity.may(Permission.EDIT_DIRECTORY):
        raise NotAllowed(Sentence("Only a steward of the directory can do this."))
    if len(rows) > MAX_ROWS:
        raise InvalidInput("hours", Sentence("These are too many lines of hours."))
    now = now_utc()
    wanted = [*rows, *([ScheduleRow(description=text)] if text else [])]
    with transaction() as session:
        service = get_row(session, "service", service_id)
        owner: ColumnElement[bool] = (Schedule.service_id == service_id) & Schedule.location_id.is_(None)
        if site_id is not None:
            site = get_row(session, "service_at_location", site_id)
            if site.service_id != service_id:
                raise NotFound
            owner = or_(
                Schedule.service_at_location_id == site_id,
                (Schedule.service_id == service_id) & (Schedule.location_id == site.location_id),
            )
        old = [
            row
            for row in session.scalars(select(Schedule).where(owner).order_by(Schedule.id))
            if not is_exception(_plain(row))
        ]
        if sorted(map(repr, map(_plain, old))) == sorted(map(repr, wanted)):
            return False
        for row in old:
            kept = {column.key: getattr(row, column.key) for column in row.__table__.columns}
            note_whole(session, row, identity=identity, now=now, action="delete", kept=kept)
            session.delete(row)
        for plain in wanted:
            new = Schedule(
                id=uuid4(),
                service_id=None if site_id else service_id,
                service_at_location_id=site_id,
                **{name: getattr(plain, name) for name in FIELDS},
            )
            if new.description:
                refuse_secret_words(session, new, {"hours": new.description})
            session.add(new)
            session.flush()
            note_whole(session, new, identity=identity, now=now, action="create")
        service.last_modified = now
        touched = {service_id}
        for row in old:
            touched |= services_of(session, row)
        tell_index(session, touched, now)
        trail.record(
            EventKind.LISTING_EDITED,
            identity,
            now=now,
            subject_type="service",
            subject_id=service_id,
            details={"fields": ["hours"]},
        )
        return True


def _plain(row: Schedule) -> ScheduleRow:
    return ScheduleRow(**{name: getattr(row, name) for name in FIELDS})
