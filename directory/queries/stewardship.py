"""What stewards work on: records to edit, field history, reports from people, import reports, checks that are due."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import func, or_, select
from sqlalchemy.orm import defer

from core.db import db
from core.errors import NotFound
from directory.models import (
    HSDS_TABLES,
    HousingOffer,
    ImportRun,
    Metadata,
    Organization,
    Requirement,
    Service,
    Source,
    Suggestion,
)
from directory.models import Verification as Checked

EDITABLE: dict[str, Any] = {**HSDS_TABLES, "requirement": Requirement, "housing_offer": HousingOffer}
for _name in ("metadata", "meta_table_description"):
    EDITABLE.pop(_name)


@dataclass(frozen=True, slots=True)
class FieldChange:
    """One field's change in the history of a record."""

    id: UUID
    record_table: str
    record_id: UUID
    field: str
    old: str | None
    new: str | None
    action: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class SuggestionLine:
    """One report or proposed change, with the listing's name."""

    id: UUID
    service_id: UUID
    service_name: str | None
    organization: str | None
    kind: str
    record_table: str | None
    record_id: UUID | None
    field: str | None
    old: str | None
    new: str | None
    words: str | None
    reply_to: str | None
    state: str
    received_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    answer: str | None


@dataclass(frozen=True, slots=True)
class ServiceLine:
    """A service in a steward's list."""

    id: UUID
    name: str
    organization: str | None
    status: str
    visibility: int
    retired_at: datetime | None
    last_checked: datetime | None


@dataclass(frozen=True, slots=True)
class ImportLine:
    """An import and its report (None while it is being checked)."""

    id: UUID
    source_name: str
    file_name: str
    file_key: str | None
    started_by: str
    started_at: datetime
    finished_at: datetime | None
    state: str
    done: int
    expected: int
    report: dict[str, Any] | None
    message: str | None


def get_record(table: str, record_id: UUID) -> dict[str, Any]:
    """The columns of one record of an editable table, or NotFound."""
    model = EDITABLE.get(table)
    row = db.session.get(model, record_id) if model else None
    if model is None or row is None:
        raise NotFound
    return {column.key: getattr(row, column.key) for column in model.__table__.columns}


def list_history(record_ids: list[UUID], *, limit: int = 200) -> list[FieldChange]:
    """Changes of the given records, newest first, at most `limit`. One query."""
    rows = db.session.scalars(
        select(Metadata)
        .where(Metadata.resource_id.in_(record_ids))
        .order_by(Metadata.last_action_date.desc(), Metadata.id)
        .limit(limit)
    )
    return [
        FieldChange(
            id=row.id,
            record_table=row.resource_type,
            record_id=row.resource_id,
            field=row.field_name,
            old=row.previous_value,
            new=row.replacement_value,
            action=row.last_action_type,
            by=row.updated_by,
            at=row.last_action_date,
        )
        for row in rows
    ]


def list_suggestions(
    *, state: str = "open", page: int = 1, size: int = 25, service_id: UUID | None = None
) -> tuple[list[SuggestionLine], int]:
    """Reports and proposed changes, oldest first, and how many there are. Two queries."""
    conditions = [Suggestion.state == state] if state else []
    if service_id is not None:
        conditions.append(Suggestion.service_id == service_id)
    total = db.session.scalar(select(func.count()).select_from(Suggestion).where(*conditions)) or 0
    rows = db.session.execute(
        select(Suggestion, Service.name, Organization.name)
        .outerjoin(Service, Service.id == Suggestion.service_id)
        .outerjoin(Organization, Organization.id == Service.organization_id)
        .where(*conditions)
        .order_by(Suggestion.received_at, Suggestion.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [_suggestion(*row) for row in rows], total


def get_suggestion(suggestion_id: UUID) -> SuggestionLine:
    """One report or proposed change, or NotFound."""
    row = db.session.execute(
        select(Suggestion, Service.name, Organization.name)
        .outerjoin(Service, Service.id == Suggestion.service_id)
        .outerjoin(Organization, Organization.id == Service.organization_id)
        .where(Suggestion.id == suggestion_id)
    ).one_or_none()
    if row is None:
        raise NotFound
    return _suggestion(*row)


def count_open_suggestions() -> int:
    """How many reports wait for a steward."""
    return db.session.scalar(select(func.count()).select_from(Suggestion).where(Suggestion.state == "open")) or 0


def list_services_for_steward(
    *, words: str = "", state: str = "", page: int = 1, size: int = 50
) -> tuple[list[ServiceLine], int]:
    """Services by name, also hidden ones. `state`: "", "hidden", "waiting", "retired". Two queries."""
    conditions = []
    if words:
        like = f"%{words.replace('%', '').replace('_', ' ')}%"
        conditions.append(or_(Service.name.ilike(like), Organization.name.ilike(like)))
    if state == "waiting":
        conditions.append(Service.organization_id.is_(None))
    elif state == "retired":
        conditions.append(Service.retired_at.is_not(None))
    elif state == "hidden":
        conditions.append(or_(Service.visibility > 0, Service.status.in_(("inactive", "defunct"))))
    checked = (
        select(func.max(Checked.checked_at))
        .where(Checked.service_id == Service.id)
        .correlate(Service)
        .scalar_subquery()
    )
    base = select(Service).outerjoin(Organization, Organization.id == Service.organization_id).where(*conditions)
    total = db.session.scalar(select(func.count()).select_from(base.subquery())) or 0
    rows = db.session.execute(
        base.with_only_columns(Service, Organization.name, checked)
        .order_by(Service.name, Service.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [
        ServiceLine(row[0].id, row[0].name, row[1], row[0].status, row[0].visibility, row[0].retired_at, row[2])
        for row in rows
    ], total


def list_unverified(*, before: datetime, limit: int = 50) -> list[ServiceLine]:
    """Shown services whose newest check is older than `before` or missing, longest unchecked first."""
    newest = (
        select(Checked.service_id, func.max(Checked.checked_at).label("at")).group_by(Checked.service_id).subquery()
    )
    rows = db.session.execute(
        select(Service, Organization.name, newest.c.at)
        .join(Organization, Organization.id == Service.organization_id)
        .outerjoin(newest, newest.c.service_id == Service.id)
        .where(Service.retired_at.is_(None), or_(newest.c.at.is_(None), newest.c.at < before))
        .order_by(newest.c.at.is_not(None), newest.c.at, Service.id)
        .limit(limit)
    )
    return [
        ServiceLine(row[0].id, row[0].name, row[1], row[0].status, row[0].visibility, row[0].retired_at, row[2])
        for row in rows
    ]


def list_import_runs(*, page: int = 1, size: int = 25) -> tuple[list[ImportLine], int]:
    """Imports, newest first, without their reports' details, and how many there are."""
    total = db.session.scalar(select(func.count()).select_from(ImportRun)) or 0
    rows = db.session.scalars(
        select(ImportRun)
        .options(defer(ImportRun.report))
        .order_by(ImportRun.started_at.desc(), ImportRun.id)
        .limit(size)
        .offset((page - 1) * size)
    )
    return [_import(row, with_report=False) for row in rows], total


def get_import_run(run_id: UUID) -> ImportLine:
    """One import with its report, or NotFound."""
    row = db.session.get(ImportRun, run_id)
    if row is None:
        raise NotFound
    return _import(row)


def find_source_mapping(name: str) -> str | None:
    """The mapping (TOML) that a steward wrote for a source, or None."""
    return db.session.scalar(select(Source.mapping).where(Source.name == name))


def get_import_state(run_id: UUID) -> str:
    """The state of an import at this very moment: read outside the page's snapshot, which a thread may have outrun."""
    with db.engine.connect() as connection:
        state = connection.scalar(select(ImportRun.state).where(ImportRun.id == run_id))
    if state is None:
        raise NotFound
    return str(state)


def _import(row: ImportRun, *, with_report: bool = True) -> ImportLine:
    return ImportLine(
        id=row.id,
        source_name=row.source_name,
        file_name=row.file_name,
        file_key=row.file_key,
        started_by=row.started_by,
        started_at=row.started_at,
        finished_at=row.finished_at,
        state=row.state,
        done=row.done,
        expected=row.expected,
        report=json.loads(row.report) if with_report and row.report else None,
        message=row.message,
    )


def _suggestion(row: Suggestion, service_name: str | None, organization: str | None) -> SuggestionLine:
    return SuggestionLine(
        id=row.id,
        service_id=row.service_id,
        service_name=service_name,
        organization=organization,
        kind=row.kind,
        record_table=row.record_table,
        record_id=row.record_id,
        field=row.field_name,
        old=row.old_value,
        new=row.new_value,
        words=row.words,
        reply_to=row.reply_to,
        state=row.state,
        received_at=row.received_at,
        decided_at=row.decided_at,
        decided_by=row.decided_by,
        answer=row.answer,
    )
