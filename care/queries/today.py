"""What waits today among the people whom somebody works with: clocks, contacts, referrals; only codes, no names."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from sqlalchemy import select

from care.models import ContactEntry, Enrollee
from care.queries.access import find_accesses, people_seen_by
from care.queries.plans import ReviewDue, list_reviews_due
from care.queries.referrals import ReferralLine, list_open_referrals
from care.rules import ACCESS_CLOCK, FIRST_DAYS, LINKAGE_CLOCK, Clock, ClockState, clock, contact_schedule
from core.clock import local_day
from core.db import current_config, db
from core.identity import Identity

MOST = 500
PRESSING = frozenset({ClockState.SOON, ClockState.LATE})
WITHOUT_ANSWER = frozenset({"made", "contacted", "no reply"})


@dataclass(frozen=True, slots=True)
class ClockDue:
    """A clock that runs out or ran out. `which` is access or linkage."""

    enrollee_id: UUID
    code: str
    which: str
    clock: Clock


@dataclass(frozen=True, slots=True)
class ContactDue:
    """How many days of contact a person is behind, and whether today's is still open."""

    enrollee_id: UUID
    code: str
    overdue: int
    is_due_today: bool


@dataclass(frozen=True, slots=True)
class ReferralDue:
    """A referral whose first answer is due or late, or whose person is to be asked whether they got in."""

    line: ReferralLine
    code: str
    clock: Clock | None  # None: it is the question that is due


def list_clocks_due(identity: Identity, now: datetime) -> list[ClockDue]:
    """Clocks in their last quarter or over, the most pressing first. One query."""
    found = []
    for row in _people(identity, now):
        running = [("access", row.referred_at, ACCESS_CLOCK, row.first_access_at)]
        if row.discharged_at is not None:
            running.append(("linkage", row.discharged_at, LINKAGE_CLOCK, row.linked_at))
        for which, starts_at, limit, stopped_at in running:
            if stopped_at is None:
                found.append(ClockDue(row.id, row.code, which, clock(starts_at, limit, None, now)))
    return sorted((one for one in found if one.clock.state in PRESSING), key=lambda one: one.clock.left)


def list_contacts_due(identity: Identity, now: datetime) -> list[ContactDue]:
    """People in their first 30 days whose contact is due, those furthest behind first. Two queries."""
    zone = current_config().timezone
    today = local_day(now, zone)
    people = [
        row
        for row in _people(identity, now)
        if row.enrolled_on is not None and row.enrolled_on > today - timedelta(days=FIRST_DAYS)
    ]
    tried: dict[UUID, dict[date, bool]] = {row.id: {} for row in people}
    for entry in db.session.execute(
        select(ContactEntry.enrollee_id, ContactEntry.happened_at, ContactEntry.result).where(
            ContactEntry.enrollee_id.in_(tried), ContactEntry.happened_at > now - timedelta(days=FIRST_DAYS + 2)
        )
    ):
        days, day = tried[entry.enrollee_id], local_day(entry.happened_at, zone)
        days[day] = days.get(day, False) or entry.result == "reached"
    found = []
    for row in people:
        if row.enrolled_on is None:
            continue
        states = [one.state for one in contact_schedule(row.enrolled_on, tried[row.id], today)]
        if "overdue" in states or "due" in states:
            found.append(ContactDue(row.id, row.code, states.count("overdue"), "due" in states))
    return sorted(found, key=lambda one: (-one.overdue, one.code))


def list_referrals_due(identity: Identity, now: datetime) -> list[ReferralDue]:
    """Referrals without an answer in time, then people to ask whether they got in. Two queries."""
    codes = {row.id: row.code for row in _people(identity, now)}
    late, asked = [], []
    for line in list_open_referrals(identity, now, limit=MOST):
        row = line.row
        code = codes.get(row.enrollee_id)
        if code is None:
            continue
        if row.responded_at is None and row.state in WITHOUT_ANSWER:
            promise = clock(row.made_at, timedelta(hours=row.promised_hours or 24), None, now)
            if promise.state in PRESSING:
                late.append(ReferralDue(line, code, promise))
                continue
        if row.got_in is None and row.follow_up_at is not None and row.follow_up_at <= now:
            asked.append(ReferralDue(line, code, None))
    return late + asked


def list_reviews_soon(identity: Identity, now: datetime, until: date) -> list[ReviewDue]:
    """Reviews of goals and plans due until a day, of the people whom the viewer works with."""
    worked_with = {row.id for row in _people(identity, now)}
    return [one for one in list_reviews_due(identity, now, until) if one.enrollee_id in worked_with]


def _people(identity: Identity, now: datetime) -> Sequence[Enrollee]:
    """The people whom the viewer works with today: to see somebody by a consent is not work."""
    rows = db.session.scalars(
        select(Enrollee)
        .where(people_seen_by(identity, now), Enrollee.status != "ended")
        .order_by(Enrollee.code, Enrollee.id)
        .limit(MOST)
    ).all()
    accesses = find_accesses(identity, [row.id for row in rows], now)
    return [row for row in rows if row.id in accesses and accesses[row.id].may_write]
