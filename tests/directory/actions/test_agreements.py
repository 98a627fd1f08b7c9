"""Agreements: who writes them, terms and versions, terms in time, what is in force for a service."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from flask import Flask

from audit.queries import list_events
from core import files
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.identity import VISITOR, Identity, Permission
from core.uploads.kinds import Kind
from directory import actions, queries
from directory.rules import AgreementTerm, agreement_term
from tests.builders import make_organization, make_service
from tests.care.events import events_of
from tests.core.hostile_files import archive, document, picture

TODAY = date(2026, 11, 18)
LEAD = Identity(None, "lead", frozenset({"supervisor"}), frozenset({Permission.EDIT_AGREEMENTS}))
TERMS: dict[str, Any] = {
    "promise": "Intake within a day",
    "promised_hours": 24,
    "places_per_month": 4,
    "intake_phone": "914-555-0142",
    "counties": "county:36119",
    "starts_on": TODAY - timedelta(days=30),
    "ends_on": TODAY + timedelta(days=200),
}


def make_agreement(**changes: Any) -> tuple[UUID, UUID]:
    """An active agreement over one service: its id and the service's."""
    organization_id = make_organization()
    service_id = make_service(organization_id=organization_id)
    agreement_id = actions.record_agreement(
        LEAD, organization_id=organization_id, values=TERMS | changes, service_ids=[service_id]
    )
    actions.set_agreement_state(LEAD, agreement_id=agreement_id, state="active")
    return agreement_id, service_id


def test_an_active_agreement_is_in_force_for_its_service_alone(app: Flask) -> None:
    """Draft, suspended, expired and other services have none."""
    agreement_id, service_id = make_agreement()
    other = make_service()
    found = queries.agreements_of([service_id, other], TODAY)
    assert {key: line.id for key, line in found.items()} == {service_id: agreement_id}
    assert found[service_id].covers(["county:36119"]) and not found[service_id].covers(["county:36029"])
    assert queries.agreements_of([service_id], TODAY + timedelta(days=201)) == {}
    assert queries.agreements_of([service_id], TODAY - timedelta(days=31)) == {}
    actions.set_agreement_state(LEAD, agreement_id=agreement_id, state="suspended")
    assert queries.agreements_of([service_id], TODAY) == {}


def test_new_terms_keep_the_old_as_a_version(app: Flask) -> None:
    """Who changed it and what it said before; a second person's change on old terms is refused."""
    agreement_id, service_id = make_agreement()
    new = TERMS | {"promised_hours": 48}
    actions.change_agreement(LEAD, agreement_id=agreement_id, version=1, values=new, service_ids=[service_id])
    line = queries.get_agreement(agreement_id, TODAY)
    assert (line.promised_hours, line.version) == (48, 2)
    (past,) = queries.list_past_terms(agreement_id)
    assert (past.version, past.terms["promised_hours"], past.replaced_by) == (1, "24", "lead")
    with pytest.raises(Conflict, match="Somebody changed"):
        actions.change_agreement(LEAD, agreement_id=agreement_id, version=1, values=TERMS, service_ids=[service_id])
    before = list_events(page=1)[1]
    actions.change_agreement(LEAD, agreement_id=agreement_id, version=2, values=new, service_ids=[service_id])
    assert list_events(page=1)[1] == before  # the same again writes nothing


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"promised_hours": 0}, "promised_hours"),
        ({"places_per_month": -1}, "places_per_month"),
        ({"ends_on": TODAY - timedelta(days=60)}, "ends_on"),
        ({"starts_on": None}, "starts_on"),
        ({"state": "active"}, "state"),
    ],
)
def test_senseless_terms_name_their_field(app: Flask, changes: dict[str, Any], field: str) -> None:
    """Each by its field."""
    organization_id = make_organization()
    with pytest.raises(InvalidInput) as refusal:
        actions.record_agreement(
            LEAD,
            organization_id=organization_id,
            values=TERMS | changes,
            service_ids=[make_service(organization_id=organization_id)],
        )
    assert refusal.value.field == field


def test_services_of_another_organization_and_strangers_are_refused(app: Flask) -> None:
    """An agreement covers its partner's services; a visitor writes none."""
    organization_id = make_organization()
    with pytest.raises(InvalidInput):
        actions.record_agreement(LEAD, organization_id=organization_id, values=TERMS, service_ids=[make_service()])
    with pytest.raises(NotAllowed, match="Only a steward"):
        actions.record_agreement(VISITOR, organization_id=organization_id, values=TERMS, service_ids=[])
    assert queries.list_agreements(TODAY)[1] == 0


def test_ended_stays_ended(app: Flask) -> None:
    """There is no way back from the end."""
    agreement_id, _ = make_agreement()
    actions.set_agreement_state(LEAD, agreement_id=agreement_id, state="ended")
    with pytest.raises(NotAllowed, match="stays ended"):
        actions.set_agreement_state(LEAD, agreement_id=agreement_id, state="active")


@pytest.mark.parametrize(
    ("state", "start", "end", "term"),
    [
        ("draft", 0, 10, AgreementTerm.DRAFT),
        ("active", 1, 400, AgreementTerm.COMING),
        ("active", -10, None, AgreementTerm.IN_FORCE),
        ("active", -10, 91, AgreementTerm.IN_FORCE),
        ("active", -10, 90, AgreementTerm.EXPIRING),
        ("active", -10, 0, AgreementTerm.EXPIRING),
        ("active", -10, -1, AgreementTerm.EXPIRED),
        ("suspended", -10, 10, AgreementTerm.SUSPENDED),
        ("ended", -10, 10, AgreementTerm.ENDED),
    ],
)
def test_term_follows_from_state_and_dates(state: str, start: int, end: int | None, term: AgreementTerm) -> None:
    """Below, at and above each edge."""
    last = TODAY + timedelta(days=end) if end is not None else None
    assert agreement_term(state, TODAY + timedelta(days=start), last, TODAY) is term


def test_a_signed_paper_belongs_to_the_terms_that_it_says(app: Flask) -> None:
    """A second paper keeps the first as a version; new terms leave their paper with the old terms."""
    agreement_id, service_id = make_agreement()
    actions.attach_document(LEAD, agreement_id=agreement_id, data=document(words="First paper"))
    first = queries.get_agreement(agreement_id, TODAY)
    assert (first.version, first.document_name) == (1, "agreement.pdf")
    actions.attach_document(LEAD, agreement_id=agreement_id, data=picture())
    assert queries.get_agreement(agreement_id, TODAY).version == 2
    assert queries.read_document(agreement_id)[1] is Kind.JPEG
    assert queries.read_document(agreement_id, version=1)[1] is Kind.PDF
    actions.change_agreement(
        LEAD, agreement_id=agreement_id, version=2, values=TERMS | {"promised_hours": 48}, service_ids=[service_id]
    )
    with pytest.raises(NotFound):
        queries.read_document(agreement_id)
    assert queries.read_document(agreement_id, version=2)[1] is Kind.JPEG
    assert len(files.list_keys()) == 2
    details = events_of("agreement:document_kept")
    assert [one["version"] for one in details] == [2, 1]
    assert all(len(one["sha256"]) == len(one["sha256_of_original"]) == 64 for one in details)


def test_a_paper_that_is_not_taken_leaves_nothing(app: Flask) -> None:
    """A hostile file, a stranger and an agreement that there is not."""
    agreement_id, _ = make_agreement()
    with pytest.raises(InvalidInput, match="no JPEG, PNG or WebP") as refused:
        actions.attach_document(LEAD, agreement_id=agreement_id, data=archive())
    assert refused.value.field == "document"
    with pytest.raises(NotAllowed):
        actions.attach_document(VISITOR, agreement_id=agreement_id, data=document())
    with pytest.raises(NotFound):
        actions.attach_document(LEAD, agreement_id=UUID(int=1), data=document())
    assert files.list_keys() == []
    assert events_of("agreement:document_kept") == []
