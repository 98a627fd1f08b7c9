"""Recording what partners promised: new agreements, new terms (the old stay as a version), signed papers, states."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from core import files, uploads
from core.clock import now_utc
from core.db import transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from directory import rules
from directory.actions.records import as_text, tell_index
from directory.models import Agreement, AgreementService, AgreementVersion, Organization, Service
from directory.queries.agreements import document_binding

TERMS = (
    "counties",
    "populations",
    "promise",
    "promised_hours",
    "places_per_month",
    "intake_contact",
    "intake_phone",
    "intake_route",
    "papers",
    "starts_on",
    "ends_on",
    "document_key",
    "document_name",
)


def record_agreement(
    identity: Identity, *, organization_id: UUID, values: Mapping[str, Any], service_ids: Sequence[UUID]
) -> UUID:
    """Write down a new agreement as a draft and answer its id.

    Raises InvalidInput for terms that make no sense or a service of another organization.
    """
    _need(identity)
    _check(values)
    now = now_utc()
    with transaction() as session:
        if session.get(Organization, organization_id) is None:
            raise InvalidInput("organization_id", Sentence("Choose the partner organization."))
        row = Agreement(id=uuid4(), organization_id=organization_id, state="draft", **_terms(values))
        session.add(row)
        session.flush()
        _set_services(session, row, service_ids)
        trail.record(EventKind.AGREEMENT_RECORDED, identity, now=now, subject_type="agreement", subject_id=row.id)
        return row.id


def change_agreement(
    identity: Identity, *, agreement_id: UUID, version: int, values: Mapping[str, Any], service_ids: Sequence[UUID]
) -> None:
    """Write new terms; the old ones stay as a version. `version` is the one that the person saw.

    Raises Conflict when somebody changed it since, NotFound, InvalidInput.
    """
    _need(identity)
    _check(values)
    now = now_utc()
    with transaction() as session:
        row = _locked(session, agreement_id)
        if row.version != version:
            raise Conflict(Sentence("Somebody changed this agreement while you were writing. Look at it again."))
        old_services = list(session.scalars(_services_of(row)))
        old = _old_terms(row)
        new = _terms(values)
        if {name: as_text(value) for name, value in new.items()} == {name: old[name] for name in new} and set(
            old_services
        ) == set(service_ids):
            return
        _keep_version(session, row, identity, now)
        # The paper that was signed says the old terms: it stays with them.
        new = {"document_key": None, "document_name": None} | new
        for name, value in new.items():
            setattr(row, name, value)
        row.version += 1
        _set_services(session, row, service_ids)
        tell_index(session, {*old_services, *service_ids}, now)
        trail.record(
            EventKind.AGREEMENT_CHANGED,
            identity,
            now=now,
            subject_type="agreement",
            subject_id=row.id,
            details={"version": row.version},
        )


def attach_document(identity: Identity, *, agreement_id: UUID, data: bytes) -> None:
    """Keep the signed paper of the terms as they stand; one that was there before stays with the earlier version.

    Raises InvalidInput on `document` for a file that is not taken, NotFound.
    """
    _need(identity)
    clean = uploads.clean(data, field="document")
    now = now_utc()
    with transaction() as session:
        row = _locked(session, agreement_id)
        if row.document_key is not None:
            _keep_version(session, row, identity, now)
            row.version += 1
        row.document_key = files.store(clean.data, bound_to=document_binding(row.id))
        row.document_name = f"agreement.{clean.kind.ending}"
        trail.record(
            EventKind.AGREEMENT_DOCUMENT_KEPT,
            identity,
            now=now,
            subject_type="agreement",
            subject_id=row.id,
            details={
                "sha256": clean.sha256,
                "sha256_of_original": clean.sha256_of_original,
                "kind": clean.kind.value,
                "version": row.version,
            },
        )


def set_agreement_state(identity: Identity, *, agreement_id: UUID, state: str) -> None:
    """Start, suspend or end an agreement. Raises NotAllowed for a step that there is not."""
    _need(identity)
    now = now_utc()
    with transaction() as session:
        row = _locked(session, agreement_id)
        if row.state == state:
            return
        if state not in rules.AGREEMENT_STATES[row.state]:
            raise NotAllowed(Sentence("An agreement that has ended stays ended: write down a new one."))
        old, row.state = row.state, state
        tell_index(session, set(session.scalars(_services_of(row))), now)
        trail.record(
            EventKind.AGREEMENT_STATE_CHANGED,
            identity,
            now=now,
            subject_type="agreement",
            subject_id=row.id,
            details={"old": old, "new": state},
        )


def _need(identity: Identity) -> None:
    if not identity.may(Permission.EDIT_AGREEMENTS):
        raise NotAllowed(Sentence("Only a steward, a supervisor or the director writes agreements."))


def _check(values: Mapping[str, Any]) -> None:
    if values.keys() - set(TERMS):
        raise InvalidInput(sorted(values.keys() - set(TERMS))[0], Sentence("There is no such field."))
    if refusal := rules.decide_agreement(values):
        raise refusal


def _terms(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: values[name] for name in TERMS if name in values}


def _old_terms(row: Agreement) -> dict[str, Any]:
    return {name: as_text(getattr(row, name)) for name in TERMS}


def _keep_version(session: Session, row: Agreement, identity: Identity, now: datetime) -> None:
    """The terms as they stand, before they change."""
    services = sorted(map(str, session.scalars(_services_of(row))))
    session.add(
        AgreementVersion(
            agreement_id=row.id,
            version=row.version,
            terms=json.dumps({**_old_terms(row), "services": services}, sort_keys=True),
            replaced_at=now,
            replaced_by=identity.name,
        )
    )


def _locked(session: Session, agreement_id: UUID) -> Agreement:
    row = session.scalar(select(Agreement).where(Agreement.id == agreement_id).with_for_update())
    if row is None:
        raise NotFound
    return row


def _services_of(row: Agreement) -> Any:
    return select(AgreementService.service_id).where(AgreementService.agreement_id == row.id)


def _set_services(session: Session, row: Agreement, service_ids: Sequence[UUID]) -> None:
    wanted = list(dict.fromkeys(service_ids))
    own = set(
        session.scalars(
            select(Service.id).where(Service.id.in_(wanted), Service.organization_id == row.organization_id)
        )
    )
    if not wanted or own != set(wanted):
        raise InvalidInput("services", Sentence("Choose at least one service of this organization."))
    session.execute(delete(AgreementService).where(AgreementService.agreement_id == row.id))
    session.add_all([AgreementService(agreement_id=row.id, service_id=service_id) for service_id in wanted])
    session.flush()
