"""Reading payees: lists, W-9s, what waits to be verified, what was paid in a year. No write."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import exists, func, select

from core.db import db
from directory.models import Organization
from funds.models import Payee, TaxForm, TaxThreshold
from funds.queries.facts import paid_in_year


@dataclass(frozen=True, slots=True)
class PayeeLine:
    """A payee in a list, with the day until which its W-9 is valid."""

    payee: Payee
    w9_until: date | None


def has_organization(organization_id: UUID) -> bool:
    """True for an organization of the directory."""
    return bool(db.session.scalar(select(exists().where(Organization.id == organization_id))))


def organization_name(organization_id: UUID | None) -> str | None:
    """An organization's name in the directory."""
    return db.session.scalar(select(Organization.name).where(Organization.id == organization_id))


def list_payees(*, words: str = "", status: str = "", page: int = 1, size: int = 50) -> tuple[list[PayeeLine], int]:
    """Payees by name, those to verify first, and how many there are. Two queries."""
    until = select(TaxForm.payee_id, func.max(TaxForm.expires_on).label("until")).group_by(TaxForm.payee_id).subquery()
    wanted = select(Payee, until.c.until).outerjoin(until, until.c.payee_id == Payee.id)
    if words.strip():
        escaped = words.strip().lower().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
        wanted = wanted.where(func.lower(Payee.name).like(f"%{escaped}%", escape="\\"))
    if status:
        wanted = wanted.where(Payee.status == status)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    rows = db.session.execute(
        wanted.order_by(Payee.status != "proposed", Payee.status == "inactive", func.lower(Payee.name), Payee.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [PayeeLine(row[0], row[1]) for row in rows], total


def count_proposed() -> int:
    """How many payees wait for a second person."""
    return int(db.session.scalar(select(func.count()).select_from(Payee).where(Payee.status == "proposed")) or 0)


def list_tax_forms(payee_id: UUID) -> Sequence[TaxForm]:
    """W-9s of a payee, newest first; at most 20."""
    return db.session.scalars(
        select(TaxForm).where(TaxForm.payee_id == payee_id).order_by(TaxForm.received_on.desc(), TaxForm.id).limit(20)
    ).all()


def year_figures(payee_id: UUID, year: int) -> tuple[int, int | None]:
    """What was paid to a payee in a calendar year by methods that count for a 1099, and from how much one is due."""
    threshold = db.session.scalar(select(TaxThreshold.cents).where(TaxThreshold.year == year))
    return paid_in_year(payee_id, year), threshold
