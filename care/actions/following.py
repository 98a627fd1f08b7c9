"""Audited reading of a person's referrals and contacts; nothing is written here but the event of the reading."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID

from care.actions.opening import OpenedPerson, open_for_writing, open_person, open_rows, sees
from care.actions.part2 import closed_goals
from care.fields import Group
from care.models import ContactEntry, Goal, ReferralEvent
from care.queries import records
from care.queries import referrals as queries
from care.queries.referrals import ReferralLine
from care.rules import ContactDay, contact_schedule
from core.clock import local_day, now_utc
from core.db import current_config
from core.errors import NotFound
from core.identity import Identity


@dataclass(frozen=True, slots=True)
class OpenedReferrals:
    """A person's referrals, newest first."""

    person: OpenedPerson
    lines: Sequence[ReferralLine]


@dataclass(frozen=True, slots=True)
class OpenedReferral:
    """One referral with its hand-off and its steps, oldest first."""

    person: OpenedPerson
    line: ReferralLine
    words: Mapping[str, Any] = field(repr=False)
    events: Sequence[tuple[ReferralEvent, Mapping[str, Any]]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class ReferralStart:
    """What a new referral is chosen from."""

    person: OpenedPerson
    goals: Sequence[tuple[Goal, Mapping[str, Any]]] = field(repr=False)


@dataclass(frozen=True, slots=True)
class OpenedContacts:
    """A person's contacts, newest first, and the days of the first 30 on which contact is due."""

    person: OpenedPerson
    entries: Sequence[tuple[ContactEntry, Mapping[str, Any]]] = field(repr=False)
    schedule: Sequence[ContactDay]


def open_referrals(identity: Identity, *, enrollee_id: UUID, now: datetime | None = None) -> OpenedReferrals:
    """The referrals of a person. Raises NotFound, also for one who may not see referrals."""
    person = _open(identity, enrollee_id, Group.REFERRALS, "referrals", now)
    return OpenedReferrals(person, _visible(person, queries.list_referrals_of(enrollee_id)))


def open_referral(
    identity: Identity, *, enrollee_id: UUID, referral_id: UUID, now: datetime | None = None
) -> OpenedReferral:
    """One referral of a person. Raises NotFound: of somebody else is the same."""
    person = _open(identity, enrollee_id, Group.REFERRALS, "referral", now)
    lines = _visible(person, queries.list_referrals_of(enrollee_id))
    line = next((line for line in lines if line.row.id == referral_id), None)
    if line is None:
        raise NotFound
    words = open_rows([line.row], person.access)[0][1]
    return OpenedReferral(person, line, words, open_rows(queries.list_referral_events(referral_id), person.access))


def open_referral_start(identity: Identity, *, enrollee_id: UUID, now: datetime | None = None) -> ReferralStart:
    """The person's active goals, for one who may refer. Raises NotFound, NotAllowed."""
    person = open_for_writing(identity, enrollee_id=enrollee_id, purpose="new referral", now=now)
    goals = open_rows(records.list_current_goals(enrollee_id), person.access)
    return ReferralStart(person, [(goal, words) for goal, words in goals if goal.status == "active"])


def open_contacts(identity: Identity, *, enrollee_id: UUID, now: datetime | None = None) -> OpenedContacts:
    """The contacts of a person. Raises NotFound, also for one who may not see them."""
    now = now or now_utc()
    person = _open(identity, enrollee_id, Group.NEEDS, "contacts", now)
    entries = queries.list_contacts_of(enrollee_id)
    zone = current_config().timezone
    tried: dict[date, bool] = {}
    for row in entries:
        day = local_day(row.happened_at, zone)
        tried[day] = tried.get(day, False) or row.result == "reached"
    enrolled_on = person.enrollee.enrolled_on
    schedule = contact_schedule(enrolled_on, tried, local_day(now, zone)) if enrolled_on else []
    return OpenedContacts(person, open_rows(entries, person.access), schedule)


def _open(identity: Identity, enrollee_id: UUID, group: Group, purpose: str, now: datetime | None) -> OpenedPerson:
    person = open_person(identity, enrollee_id=enrollee_id, purpose=purpose, now=now)
    if not sees(person.access, group):
        raise NotFound
    return person


def _visible(person: OpenedPerson, lines: Sequence[ReferralLine]) -> list[ReferralLine]:
    """Without the referrals of goals flagged under 42 CFR Part 2, for one whose consent does not cover that."""
    closed = closed_goals(person.access, person.enrollee.id, Group.REFERRALS)
    return [line for line in lines if line.row.goal_id not in closed]
