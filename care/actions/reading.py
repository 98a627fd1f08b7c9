"""Audited reading of the pages about one person: overview, people and consents, history, one's own record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

import audit.queries
from care.actions.opening import OpenedPerson, open_person, open_rows, sees
from care.actions.part2 import closed_goals
from care.fields import Group
from care.models import Assignment, Referral
from care.queries import records
from care.rules import Standing
from core.clock import now_utc
from core.errors import NotFound
from core.identity import Identity

GOES_ON = frozenset({"active", "paused"})
Opened = tuple[Any, Mapping[str, Any]]


@dataclass(frozen=True, slots=True)
class Overview:
    """One person with running goals, benefits and those who work with them; what the viewer may not see is empty."""

    person: OpenedPerson
    goals: Sequence[Opened] = field(repr=False)
    benefits: Sequence[Opened] = field(repr=False)
    assignments: Sequence[Opened] = field(repr=False)
    supports: Sequence[Opened] = field(repr=False)


@dataclass(frozen=True, slots=True)
class Circle:
    """The people around one person, the consents, and what was told under them."""

    person: OpenedPerson
    supports: Sequence[Opened] = field(repr=False)
    assignments: Sequence[Opened] = field(repr=False)
    consents: Sequence[Opened] = field(repr=False)
    disclosures: Sequence[Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class History:
    """What happened to one record, newest first, and how much there is."""

    person: OpenedPerson
    events: Sequence[audit.queries.Event]
    total: int


@dataclass(frozen=True, slots=True)
class OwnRecord:
    """A record as the person, or one whom the person lets see it, reads it."""

    person: OpenedPerson
    goals: Sequence[Opened] = field(repr=False)
    referrals: Sequence[Any] = field(repr=False)
    benefits: Sequence[Opened] = field(repr=False)
    supports: Sequence[Opened] = field(repr=False)
    assignments: Sequence[Opened] = field(repr=False)
    consents: Sequence[Opened] = field(repr=False)


def open_overview(identity: Identity, *, enrollee_id: UUID, now: datetime | None = None) -> Overview:
    """The first page of a person. Raises NotFound."""
    person = open_person(identity, enrollee_id=enrollee_id, purpose="overview", now=now)
    access = person.access
    goals = open_rows(records.list_current_goals(enrollee_id), access) if sees(access, Group.PLAN) else ()
    return Overview(
        person,
        [(row, fields) for row, fields in goals if fields and row.status in GOES_ON],
        open_rows(records.list_benefits(enrollee_id), access) if sees(access, Group.BENEFITS) else (),
        open_rows(records.list_assignments(enrollee_id), access) if sees(access, Group.CONTACT) else (),
        open_rows(records.list_supports(enrollee_id), access) if sees(access, Group.CONTACT) else (),
    )


def list_opened(table: str, person: OpenedPerson) -> Sequence[Opened]:
    """The benefits or supports of a person who was opened just now, for a form."""
    lists = {"benefit": records.list_benefits, "support_person": records.list_supports}
    return open_rows(lists[table](person.enrollee.id), person.access)


def open_circle(identity: Identity, *, enrollee_id: UUID, now: datetime | None = None) -> Circle:
    """People and consents of a person. Raises NotFound, also for one who may not see them."""
    person = open_person(identity, enrollee_id=enrollee_id, purpose="people and consents", now=now)
    if not sees(person.access, Group.CONTACT):
        raise NotFound
    return Circle(
        person,
        open_rows(records.list_supports(enrollee_id), person.access),
        open_rows(records.list_assignments(enrollee_id), person.access),
        open_rows(records.list_consents(enrollee_id), person.access),
        records.list_disclosures(enrollee_id),
    )


def open_history(
    identity: Identity, *, enrollee_id: UUID, page: int = 1, size: int = 50, now: datetime | None = None
) -> History:
    """Who opened the record, who changed it and what was told: from the trail. Raises NotFound."""
    person = open_person(identity, enrollee_id=enrollee_id, purpose="history", now=now)
    events, total = audit.queries.list_events_about(str(enrollee_id), page=page, size=size)
    return History(person, events, total)


def open_own_record(identity: Identity, *, enrollee_id: UUID, now: datetime | None = None) -> OwnRecord:
    """A record for the person themselves, or for one to whom a consent in force gives parts of it. Raises NotFound."""
    now = now or now_utc()
    person = open_person(identity, enrollee_id=enrollee_id, purpose="own record", now=now)
    access = person.access
    if not access.standings & {Standing.OWN, Standing.CONSENT}:
        raise NotFound
    is_own = access.standing == Standing.OWN
    closed, closed_referrals = closed_goals(access, enrollee_id), closed_goals(access, enrollee_id, Group.REFERRALS)
    goals = open_rows(records.list_current_goals(enrollee_id), access) if sees(access, Group.PLAN) else []
    referrals: Sequence[Referral] = records.list_rows(Referral, enrollee_id) if sees(access, Group.REFERRALS) else ()
    assignments = records.list_assignments(enrollee_id) if sees(access, Group.CONTACT) else []
    return OwnRecord(
        person,
        [(row, fields) for row, fields in goals if row.id not in closed],
        [row for row in referrals if row.goal_id not in closed_referrals],
        open_rows(records.list_benefits(enrollee_id), access) if sees(access, Group.BENEFITS) else (),
        open_rows(records.list_supports(enrollee_id), access) if sees(access, Group.CONTACT) else (),
        open_rows([row for row in assignments if _is_now(row, now)], access),
        open_rows(records.list_consents(enrollee_id), access) if is_own else (),
    )


def _is_now(row: Assignment, now: datetime) -> bool:
    return row.starts_at <= now and (row.ends_at is None or row.ends_at > now)
