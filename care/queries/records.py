"""The rows around one person: assignments, benefits, supports, consents, disclosures, and what one telling may hold.

Personal columns stay sealed here.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, literal_column, or_, select

from care.models import (
    Assignment,
    Benefit,
    BreakGlass,
    Consent,
    Disclosure,
    Enrollee,
    Goal,
    OutcomePeriod,
    Plan,
    Referral,
    Screening,
    Supervision,
    SupportPerson,
)
from care.queries.access import in_force
from core.db import db
from core.errors import NotFound
from core.identity import Identity
from directory.models import Service

MOST = 200  # rows of one kind about one person that a page shows


@dataclass(frozen=True, slots=True)
class Caseload:
    """How many people a coordinator works with now, and how many begin later."""

    coordinator_id: UUID
    people: int
    planned: int


def get_row(model: type[Any], row_id: UUID, enrollee_id: UUID) -> Any:
    """A row of one person, or NotFound: of somebody else is the same."""
    row = db.session.scalar(select(model).where(model.id == row_id, model.enrollee_id == enrollee_id))
    if row is None:
        raise NotFound
    return row


def list_assignments(enrollee_id: UUID) -> Sequence[Assignment]:
    """Who worked with the person, newest first."""
    return db.session.scalars(
        select(Assignment)
        .where(Assignment.enrollee_id == enrollee_id)
        .order_by(Assignment.starts_at.desc(), Assignment.id)
        .limit(MOST)
    ).all()


def list_benefits(enrollee_id: UUID) -> Sequence[Benefit]:
    """The person's benefits, the next renewal first."""
    return db.session.scalars(
        select(Benefit)
        .where(Benefit.enrollee_id == enrollee_id)
        .order_by(Benefit.renewal_on.is_(None), Benefit.renewal_on, Benefit.id)
        .limit(MOST)
    ).all()


def list_supports(enrollee_id: UUID) -> Sequence[SupportPerson]:
    """Natural supports and the support team; those who left come last."""
    return db.session.scalars(
        select(SupportPerson)
        .where(SupportPerson.enrollee_id == enrollee_id)
        .order_by(SupportPerson.ended_on.is_not(None), SupportPerson.kind, SupportPerson.id)
        .limit(MOST)
    ).all()


def list_consents(enrollee_id: UUID) -> Sequence[Consent]:
    """The person's consents, newest first."""
    return db.session.scalars(
        select(Consent)
        .where(Consent.enrollee_id == enrollee_id)
        .order_by(Consent.given_at.desc(), Consent.id)
        .limit(MOST)
    ).all()


def list_disclosures(enrollee_id: UUID) -> Sequence[Disclosure]:
    """What was told under consents, newest first."""
    return db.session.scalars(
        select(Disclosure)
        .where(Disclosure.enrollee_id == enrollee_id)
        .order_by(Disclosure.disclosed_at.desc(), Disclosure.id)
        .limit(MOST)
    ).all()


def find_own(identity: Identity) -> UUID | None:
    """The record that belongs to this account, or None."""
    return (
        db.session.scalar(select(Enrollee.id).where(Enrollee.user_id == identity.user_id)) if identity.user_id else None
    )


def find_by_code(code: str) -> UUID | None:
    """The person with this code, or None."""
    return db.session.scalar(select(Enrollee.id).where(Enrollee.code == code))


def coordinators_of(enrollee_ids: Iterable[UUID], now: datetime) -> dict[UUID, UUID]:
    """Who coordinates each of some people now. One query."""
    rows = db.session.execute(
        select(Assignment.enrollee_id, Assignment.user_id).where(
            Assignment.enrollee_id.in_(set(enrollee_ids)), Assignment.role == "coordinator", *_now(Assignment, now)
        )
    )
    return {row.enrollee_id: row.user_id for row in rows}


def list_waiting(now: datetime, *, size: int = 100) -> Sequence[Enrollee]:
    """People in the program whom nobody coordinates now or later, the oldest referral first."""
    held = (
        select(Assignment.id)
        .where(
            Assignment.enrollee_id == Enrollee.id,
            Assignment.role == "coordinator",
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
        )
        .exists()
    )
    return db.session.scalars(
        select(Enrollee)
        .where(Enrollee.status != "ended", ~held)
        .order_by(Enrollee.referred_at, Enrollee.id)
        .limit(size)
    ).all()


def list_caseloads(coordinator_ids: Iterable[UUID], now: datetime) -> dict[UUID, Caseload]:
    """How many people each of some coordinators has. One query."""
    has_begun = Assignment.starts_at <= now
    rows = db.session.execute(
        select(Assignment.user_id, has_begun.label("has_begun"), func.count())
        .join(Enrollee, Enrollee.id == Assignment.enrollee_id)
        .where(
            Assignment.user_id.in_(set(coordinator_ids)),
            Assignment.role == "coordinator",
            Enrollee.status != "ended",
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
        )
        .group_by(Assignment.user_id, literal_column("has_begun"))  # PostgreSQL takes the name, not the moment twice
    )
    counted: dict[UUID, dict[bool, int]] = {}
    for user_id, begun, count in rows:
        counted.setdefault(user_id, {})[bool(begun)] = count
    return {
        user_id: Caseload(user_id, counts.get(True, 0), counts.get(False, 0)) for user_id, counts in counted.items()
    }


def list_supervisions(now: datetime, *, supervisor_id: UUID | None = None) -> Sequence[Supervision]:
    """Who supervises whom now, of one supervisor or of all."""
    wanted = select(Supervision).where(*_now(Supervision, now))
    if supervisor_id is not None:
        wanted = wanted.where(Supervision.supervisor_id == supervisor_id)
    return db.session.scalars(wanted.order_by(Supervision.supervisor_id, Supervision.id).limit(500)).all()


def list_emergencies(*, size: int = 100) -> list[tuple[BreakGlass, str]]:
    """Openings in an emergency with the person's code: those not judged yet first, then the newest."""
    rows = db.session.execute(
        select(BreakGlass, Enrollee.code)
        .join(Enrollee, Enrollee.id == BreakGlass.enrollee_id)
        .order_by(BreakGlass.reviewed_at.is_not(None), BreakGlass.opened_at.desc(), BreakGlass.id)
        .limit(size)
    )
    return [(row[0], row[1]) for row in rows]


def count_unreviewed() -> int:
    """How many openings in an emergency wait for a privacy officer."""
    return db.session.scalar(select(func.count()).select_from(BreakGlass).where(BreakGlass.reviewed_at.is_(None))) or 0


def list_current_goals(enrollee_id: UUID) -> Sequence[Goal]:
    """The goals of the person's newest plan that is not superseded, by number."""
    plan = (
        select(Plan.id)
        .where(Plan.enrollee_id == enrollee_id, Plan.status != "superseded")
        .order_by(Plan.number.desc())
        .limit(1)
        .scalar_subquery()
    )
    return db.session.scalars(select(Goal).where(Goal.plan_id == plan).order_by(Goal.number, Goal.id).limit(MOST)).all()


def list_goals(enrollee_id: UUID) -> Sequence[Goal]:
    """Every goal of the person, of any plan."""
    return db.session.scalars(select(Goal).where(Goal.enrollee_id == enrollee_id).order_by(Goal.id).limit(1000)).all()


def list_shared(identity: Identity, now: datetime) -> Sequence[UUID]:
    """The records of others that consents in force let this account see."""
    if identity.user_id is None:
        return []
    return db.session.scalars(
        select(Consent.enrollee_id)
        .where(*in_force(identity.user_id, now))
        .distinct()
        .order_by(Consent.enrollee_id)
        .limit(MOST)
    ).all()


def service_names(service_ids: Iterable[UUID]) -> dict[UUID, str]:
    """The names of some services, retired ones too. One query."""
    wanted = set(service_ids)
    if not wanted:
        return {}
    return {
        row.id: row.name for row in db.session.execute(select(Service.id, Service.name).where(Service.id.in_(wanted)))
    }


def list_rows(model: type[Any], enrollee_id: UUID) -> Sequence[Any]:
    """All rows of one kind about a person, for a telling; at most MOST."""
    return db.session.scalars(
        select(model).where(model.enrollee_id == enrollee_id).order_by(model.id).limit(MOST)
    ).all()


# What a telling holds: group of consent → kinds of rows.
TOLD_TABLES: dict[str, tuple[type[Any], ...]] = {
    "contact": (SupportPerson,),
    "health": (Screening,),
    "benefits": (Benefit,),
    "plan": (Goal,),
    "referrals": (Referral,),
    "outcomes": (OutcomePeriod,),
}


def _now(model: Any, now: datetime) -> tuple[Any, ...]:
    return model.starts_at <= now, or_(model.ends_at.is_(None), model.ends_at > now)
