"""Priority-access agreements: in force for a service and a county, lists, versions, what expires soon."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select

from core import files
from core.db import db
from core.errors import NotFound
from core.uploads.kinds import Kind
from directory.models import Agreement, AgreementService, AgreementVersion, Organization, Service
from directory.rules import AgreementTerm, agreement_term


@dataclass(frozen=True, slots=True)
class AgreementLine:
    """An agreement with its partner and services. Coordinators see it; the public never does."""

    id: UUID
    organization_id: UUID
    organization: str
    state: str
    term: AgreementTerm
    counties: tuple[str, ...]
    populations: tuple[str, ...]
    promise: str | None
    promised_hours: int
    places_per_month: int | None
    intake_contact: str | None
    intake_phone: str | None
    intake_route: str | None
    papers: str | None
    starts_on: date
    ends_on: date | None
    document_key: str | None
    document_name: str | None
    version: int
    services: tuple[tuple[UUID, str], ...]

    def covers(self, county_codes: Iterable[str]) -> bool:
        """True when one of the counties is covered, or the agreement names none."""
        return not self.counties or bool(set(self.counties) & set(county_codes))


@dataclass(frozen=True, slots=True)
class PastTerms:
    """The terms of an agreement before a change."""

    version: int
    terms: dict[str, Any]
    replaced_at: datetime
    replaced_by: str


def list_agreements(
    today: date, *, states: Sequence[str] = (), expiring_within_days: int | None = None, page: int = 1, size: int = 50
) -> tuple[list[AgreementLine], int]:
    """Agreements, first those that end first, and how many there are. Three queries."""
    conditions = [Agreement.state.in_(states)] if states else []
    if expiring_within_days is not None:
        last = today + timedelta(days=expiring_within_days)
        conditions.append(Agreement.ends_on.between(today, last))
    total = db.session.scalar(select(func.count()).select_from(Agreement).where(*conditions)) or 0
    rows = db.session.execute(
        select(Agreement, Organization.name)
        .join(Organization, Organization.id == Agreement.organization_id)
        .where(*conditions)
        .order_by(Agreement.ends_on.is_(None), Agreement.ends_on, Organization.name, Agreement.id)
        .limit(size)
        .offset((page - 1) * size)
    ).all()
    return _lines([(row[0], row[1]) for row in rows], today), total


def get_agreement(agreement_id: UUID, today: date) -> AgreementLine:
    """One agreement, or NotFound."""
    row = db.session.execute(
        select(Agreement, Organization.name)
        .join(Organization, Organization.id == Agreement.organization_id)
        .where(Agreement.id == agreement_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return _lines([(row[0], row[1])], today)[0]


def agreements_of(service_ids: Sequence[UUID], today: date) -> dict[UUID, AgreementLine]:
    """The agreement in force today of each service that has one; of several the quickest promise. Three queries."""
    if not service_ids:
        return {}
    rows = db.session.execute(
        select(Agreement, Organization.name)
        .join(Organization, Organization.id == Agreement.organization_id)
        .join(AgreementService, AgreementService.agreement_id == Agreement.id)
        .where(
            AgreementService.service_id.in_(service_ids),
            Agreement.state == "active",
            Agreement.starts_on <= today,
            or_(Agreement.ends_on.is_(None), Agreement.ends_on >= today),
        )
        .order_by(Agreement.promised_hours.desc(), Agreement.id)
        .distinct()
    ).all()
    wanted = set(service_ids)
    found: dict[UUID, AgreementLine] = {}
    for line in _lines([(row[0], row[1]) for row in rows], today):
        for service_id, _ in line.services:
            if service_id in wanted:
                found[service_id] = line
    return found


def list_past_terms(agreement_id: UUID) -> list[PastTerms]:
    """Earlier terms, newest first. One query."""
    rows = db.session.scalars(
        select(AgreementVersion)
        .where(AgreementVersion.agreement_id == agreement_id)
        .order_by(AgreementVersion.version.desc())
    )
    return [PastTerms(row.version, json.loads(row.terms), row.replaced_at, row.replaced_by) for row in rows]


def read_document(agreement_id: UUID, *, version: int | None = None) -> tuple[bytes, Kind]:
    """The signed paper of an agreement as it stands or of an earlier version, with its kind. NotFound without one."""
    if version is None:
        row = db.session.get(Agreement, agreement_id)
        key, name = (row.document_key, row.document_name) if row else (None, None)
    else:
        past = next((one.terms for one in list_past_terms(agreement_id) if one.version == version), {})
        key, name = past.get("document_key"), past.get("document_name")
    if not key:
        raise NotFound
    kinds = {kind.ending: kind for kind in Kind}
    ending = str(name or "").rpartition(".")[2]
    return files.read(key, bound_to=document_binding(agreement_id)), kinds.get(ending, Kind.PDF)


def document_binding(agreement_id: UUID) -> str:
    """The row that an agreement's papers are sealed for (core.files)."""
    return f"agreement|document|{agreement_id}"


def _lines(rows: Sequence[tuple[Agreement, str]], today: date) -> list[AgreementLine]:
    ids = [row.id for row, _ in rows]
    services: dict[UUID, list[tuple[UUID, str]]] = {agreement_id: [] for agreement_id in ids}
    for agreement_id, service_id, name in db.session.execute(
        select(AgreementService.agreement_id, Service.id, Service.name)
        .join(Service, Service.id == AgreementService.service_id)
        .where(AgreementService.agreement_id.in_(ids))
        .order_by(Service.name, Service.id)
    ):
        services[agreement_id].append((service_id, name))
    return [
        AgreementLine(
            id=row.id,
            organization_id=row.organization_id,
            organization=organization,
            state=row.state,
            term=agreement_term(row.state, row.starts_on, row.ends_on, today),
            counties=tuple(filter(None, row.counties.split(","))),
            populations=tuple(filter(None, row.populations.split(","))),
            promise=row.promise,
            promised_hours=row.promised_hours,
            places_per_month=row.places_per_month,
            intake_contact=row.intake_contact,
            intake_phone=row.intake_phone,
            intake_route=row.intake_route,
            papers=row.papers,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            document_key=row.document_key,
            document_name=row.document_name,
            version=row.version,
            services=tuple(services[row.id]),
        )
        for row, organization in rows
    ]
