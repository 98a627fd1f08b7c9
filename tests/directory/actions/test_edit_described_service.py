"""A service saved from its one page: own fields, answers, kinds of help and languages are one change."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import func, select

from audit.queries import list_events
from core.db import db, transaction
from core.errors import InvalidInput, NotAllowed
from core.identity import VISITOR, system_identity
from directory import actions, queries
from directory.actions import ServiceDetails
from directory.facets import Answer
from directory.models import Attribute, Language, ListingChange, Service, TaxonomyTerm
from tests.builders import make_answer, make_organization, make_service
from tests.cast import CAL, identity_for

STEWARD = system_identity("test")
FULL = ServiceDetails(
    answers={"free": Answer.YES, "walk_in": Answer.NO}, own_terms=("gt-food-pantry",), languages=("es", "ht")
)


def test_a_new_service_has_everything_of_its_page(app: Flask) -> None:
    """Fields, answers, term and languages are there; one event; the index is told."""
    organization_id = make_organization(name="House of Bread")
    service_id = actions.add_described_service(
        STEWARD, organization_id=organization_id, values={"name": "Pantry", "minimum_age": 18}, details=FULL
    )
    listing = queries.get_edit_listing(service_id)
    assert (listing.service["name"], listing.organization) == ("Pantry", "House of Bread")
    assert dict(listing.answers) == {"free": Answer.YES, "walk_in": Answer.NO}
    assert [term.code for term in listing.terms] == ["gt-food-pantry"]
    assert listing.languages == ("es", "ht")
    events, total = list_events(page=1)
    assert total == 1 and events[0].kind == "listing:added" and events[0].subject_id == str(service_id)
    assert db.session.scalar(select(func.count()).select_from(ListingChange)) == 1


def test_editing_changes_only_what_differs(app: Flask) -> None:
    """An answer taken back is no answer, a foreign term stays when kept, a language of no list stays."""
    service_id = make_service(name="Pantry")
    make_answer(service_id, "free")
    make_answer(service_id, "pets", 2)
    with transaction() as session:
        term = TaxonomyTerm(id=uuid4(), code="102-01", name="Food Pantry", taxonomy="OE")
        session.add(term)
        session.flush()
        session.add(Attribute(link_id=service_id, link_entity="service", taxonomy_term_id=term.id))
        session.add(Language(service_id=service_id, code="xx", name="Otherish"))
        term_id = term.id
    details = ServiceDetails(answers={"free": Answer.NO}, kept_terms=(term_id,), languages=("es",))
    changed = actions.edit_described_service(
        STEWARD, service_id=service_id, values={"name": "Pantry", "alert": "Closed in May"}, details=details
    )
    assert set(changed) == {"alert", "free", "pets", "languages"}
    listing = queries.get_edit_listing(service_id)
    assert dict(listing.answers) == {"free": Answer.NO}
    assert [term.name for term in listing.terms] == ["Food Pantry"] and listing.languages == ("es", "xx")
    assert list_events(page=1)[0][0].record["details"] == {"fields": ["alert", "free", "languages", "pets"]}
    again = actions.edit_described_service(
        STEWARD, service_id=service_id, values={"name": "Pantry", "alert": "Closed in May"}, details=details
    )
    assert again == [] and list_events(page=1)[1] == 1


def test_own_terms_become_one_row_for_all_services(app: Flask) -> None:
    """Two services share the term of our taxonomy."""
    organization_id = make_organization()
    for name in ("One", "Two"):
        actions.add_described_service(STEWARD, organization_id=organization_id, values={"name": name}, details=FULL)
    assert db.session.scalar(select(func.count()).select_from(TaxonomyTerm)) == 1


@pytest.mark.parametrize(
    ("values", "details", "field"),
    [
        ({"name": ""}, ServiceDetails(), "name"),
        ({"name": "x", "minimum_age": 130}, ServiceDetails(), "minimum_age"),
        ({"name": "x"}, ServiceDetails(answers={"no_such": Answer.YES}), "answers"),
        ({"name": "x"}, ServiceDetails(own_terms=("gt-nothing",)), "terms"),
        ({"name": "x"}, ServiceDetails(languages=("zz",)), "languages"),
    ],
)
def test_senseless_input_names_its_field(
    app: Flask, values: dict[str, Any], details: ServiceDetails, field: str
) -> None:
    """Nothing is written."""
    organization_id = make_organization()
    with pytest.raises(InvalidInput) as refusal:
        actions.add_described_service(STEWARD, organization_id=organization_id, values=values, details=details)
    assert refusal.value.field == field
    assert db.session.scalar(select(func.count()).select_from(Service)) == 0 and list_events(page=1)[1] == 0


def test_an_unknown_organization_is_refused(app: Flask) -> None:
    """A service needs one that there is."""
    with pytest.raises(InvalidInput, match="Choose the organization"):
        actions.add_described_service(STEWARD, organization_id=uuid4(), values={"name": "x"}, details=ServiceDetails())


def test_visitor_and_coordinator_are_refused(app: Flask) -> None:
    """Only a steward saves a service."""
    service_id = make_service(name="Kept")
    for identity in (VISITOR, identity_for(CAL)):
        with pytest.raises(NotAllowed, match="Only a steward"):
            actions.edit_described_service(
                identity, service_id=service_id, values={"name": "Stolen"}, details=ServiceDetails()
            )
        with pytest.raises(NotAllowed, match="Only a steward"):
            actions.add_described_service(
                identity, organization_id=make_organization(), values={"name": "x"}, details=ServiceDetails()
            )
    assert queries.get_record("service", service_id)["name"] == "Kept"
