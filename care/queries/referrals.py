"""Referrals and contacts: of one person, of a caseload, by agreement; personal fields stay sealed here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from sqlalchemy import func, select

from care.models import ContactEntry, Enrollee, Goal, Referral, ReferralEvent
from care.queries.access import people_seen_by
from care.rules import NO_PLACE, NOT_COUNTED, RESPONDED
from core.db import db
from core.identity import Identity
from directory.models import Organization, Service

KEPT_WINDOW = timedelta(days=365)
ENDED = ("closed", "declined by person", "not eligible", "no capacity")


@dataclass(frozen=True, slots=True)
class ReferralLine:
    """A referral with the names of its service; nothing personal."""

    row: Referral
    service: str
    organization: str | None
    goal_domain: str


def list_referrals_of(enrollee_id: UUID) -> list[ReferralLine]:
    """A person's referrals, newest first. One query."""
    return _lines(select(Referral).where(Referral.enrollee_id == enrollee_id))


def list_open_referrals(identity: Identity, now: datetime, *, limit: int = 200) -> list[ReferralLine]:
    """Referrals that go on, of all people whom the viewer may see, oldest first. One query."""
    seen = select(Enrollee.id).where(people_seen_by(identity, now))
    query = select(Referral).where(Referral.enrollee_id.in_(seen), Referral.state.not_in(ENDED))
    return _lines(query, newest_first=False, limit=limit)


def get_referral(referral_id: UUID) -> Referral | None:
    """One referral, for actions after the access check."""
    return db.session.get(Referral, referral_id)


def list_referral_events(referral_id: UUID) -> list[ReferralEvent]:
    """The steps of a referral, oldest first."""
    rows = select(ReferralEvent).where(ReferralEvent.referral_id == referral_id).order_by(ReferralEvent.seq)
    return list(db.session.scalars(rows))


def list_contacts_of(enrollee_id: UUID, *, limit: int = 200) -> list[ContactEntry]:
    """A person's contacts and attempts, newest first."""
    rows = (
        select(ContactEntry)
        .where(ContactEntry.enrollee_id == enrollee_id)
        .order_by(ContactEntry.happened_at.desc(), ContactEntry.id)
        .limit(limit)
    )
    return list(db.session.scalars(rows))


def promises_of(agreement_ids: Sequence[UUID], now: datetime) -> dict[UUID, list[tuple[int, timedelta | None, bool]]]:
    """What became of each agreement's promises in the last 12 months, as `care.rules.kept_rate` takes them.

    A referral that the person declined is not counted against the partner. One query.
    """
    found: dict[UUID, list[tuple[int, timedelta | None, bool]]] = {agreement_id: [] for agreement_id in agreement_ids}
    rows = db.session.execute(
        select(
            Referral.agreement_id, Referral.promised_hours, Referral.made_at, Referral.responded_at, Referral.state
        ).where(Referral.agreement_id.in_(agreement_ids), Referral.made_at > now - KEPT_WINDOW)
    )
    for row in rows:
        if row.state in NOT_COUNTED and row.responded_at is None:
            continue
        hours = row.promised_hours or 24
        took = row.responded_at - row.made_at if row.responded_at else None
        running = took is None and now - row.made_at <= timedelta(hours=hours)
        found[row.agreement_id].append((hours, took, running))
    return found


def places_used(agreement_ids: Sequence[UUID], since: datetime) -> dict[UUID, int]:
    """How many places of each agreement were used by referrals made since then. One query.

    A referral takes a place from the day that it is made, unless it ended without one (`care.rules.NO_PLACE`).
    """
    rows = db.session.execute(
        select(Referral.agreement_id, func.count())
        .where(
            Referral.agreement_id.in_(agreement_ids), Referral.made_at >= since, Referral.state.not_in(sorted(NO_PLACE))
        )
        .group_by(Referral.agreement_id)
    )
    return dict.fromkeys(agreement_ids, 0) | {agreement_id: int(count) for agreement_id, count in rows if agreement_id}


def responded(state: str) -> bool:
    """True for a state that is a first real response of the provider."""
    return state in RESPONDED


def _lines(query: object, *, newest_first: bool = True, limit: int = 500) -> list[ReferralLine]:
    order = Referral.made_at.desc() if newest_first else Referral.made_at
    rows = db.session.execute(
        query.add_columns(Service.name, Organization.name, Goal.domain)  # type: ignore[attr-defined]
        .join(Service, Service.id == Referral.service_id)
        .outerjoin(Organization, Organization.id == Service.organization_id)
        .join(Goal, Goal.id == Referral.goal_id)
        .order_by(order, Referral.id)
        .limit(limit)
    )
    return [ReferralLine(row[0], row[1], row[2], row[3]) for row in rows]
