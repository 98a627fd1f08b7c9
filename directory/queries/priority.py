"""Priority-access terms in force for a county on a day, by service. Who may see them is the caller's to decide."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy import or_, select

from core.db import db
from directory.models import Agreement, AgreementService

MOST = 1_000


@dataclass(frozen=True, slots=True)
class PriorityTerms:
    """What a partner promised for one service, as coordinators need it on a card."""

    agreement_id: UUID
    promise: str | None
    promised_hours: int
    until: date | None
    contact: str | None
    phone: str | None
    route: str | None
    places_per_month: int | None = None


def list_priority_terms(day: date, county: str | None) -> dict[UUID, PriorityTerms]:
    """The terms by service id, the quickest promise where there are two. `county` is an area code ("county:36119").

    An agreement without counties holds everywhere; one with counties holds for a known county of its list only.
    One query.
    """
    rows = db.session.execute(
        select(AgreementService.service_id, Agreement)
        .join(Agreement, Agreement.id == AgreementService.agreement_id)
        .where(
            Agreement.state == "active",
            Agreement.starts_on <= day,
            or_(Agreement.ends_on.is_(None), Agreement.ends_on >= day),
        )
        .order_by(Agreement.promised_hours.desc(), Agreement.id)
        .limit(MOST)
    )
    found: dict[UUID, PriorityTerms] = {}
    for service_id, row in rows:
        counties = {code.strip() for code in row.counties.split(",") if code.strip()}
        if counties and county not in counties:
            continue
        found[service_id] = PriorityTerms(
            row.id,
            row.promise,
            row.promised_hours,
            row.ends_on,
            row.intake_contact,
            row.intake_phone,
            row.intake_route,
            row.places_per_month,
        )
    return found
