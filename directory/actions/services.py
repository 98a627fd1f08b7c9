"""Saving a service from its one page: fields, three-valued answers, kinds of help and languages, as one change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.errors import InvalidInput, NotAllowed, Sentence
from core.identity import Identity, Permission
from directory import rules
from directory.actions.records import change, get_row, note_whole, refuse_secret_words, tell_index
from directory.facets import LANGUAGES, QUESTION_BY_CODE, Answer
from directory.models import (
    Attribute,
    Language,
    Organization,
    Requirement,
    Service,
    Taxonomy,
    TaxonomyTerm,
)
from directory.needs import OWN_TAXONOMY, own_term

READ_FROM = "steward"


@dataclass(frozen=True, slots=True)
class ServiceDetails:
    """What a service's page says beside the service's own fields.

    `own_terms` are codes of our taxonomy, `kept_terms` the terms of other taxonomies that stay. What is not named in
    `answers` is not stated.
    """

    answers: Mapping[str, Answer] = field(default_factory=dict)
    own_terms: Sequence[str] = ()
    kept_terms: Sequence[UUID] = ()
    languages: Sequence[str] = ()


def add_described_service(
    identity: Identity, *, organization_id: UUID, values: Mapping[str, Any], details: ServiceDetails
) -> UUID:
    """Add a service of an organization with all that its page says, and answer its id.

    Raises InvalidInput for a value that makes no sense or an organization that there is not.
    """
    _check(identity, values, details)
    now = now_utc()
    with transaction() as session:
        if session.get(Organization, organization_id) is None:
            raise InvalidInput("organization_id", Sentence("Choose the organization that offers the service."))
        row = Service(id=uuid4(), organization_id=organization_id, last_modified=now, **values)
        session.add(row)
        session.flush()
        note_whole(session, row, identity=identity, now=now, action="create")
        _save_details(session, row.id, details, identity, now)
        tell_index(session, {row.id}, now)
        trail.record(EventKind.LISTING_ADDED, identity, now=now, subject_type="service", subject_id=row.id)
        return row.id


def edit_described_service(
    identity: Identity, *, service_id: UUID, values: Mapping[str, Any], details: ServiceDetails
) -> list[str]:
    """Save a service's page and answer which fields changed; nothing is written when none did."""
    _check(identity, values, details)
    now = now_utc()
    with transaction() as session:
        row = get_row(session, "service", service_id)
        refuse_secret_words(session, row, values)
        changed = change(session, row, values, identity=identity, now=now)
        changed += _save_details(session, row.id, details, identity, now)
        if not changed:
            return []
        row.last_modified = now
        tell_index(session, {row.id}, now)
        trail.record(
            EventKind.LISTING_EDITED,
            identity,
            now=now,
            subject_type="service",
            subject_id=service_id,
            details={"fields": sorted(set(changed))},
        )
        return changed


def _check(identity: Identity, values: Mapping[str, Any], details: ServiceDetails) -> None:
    if not identity.may(Permission.EDIT_DIRECTORY):
        raise NotAllowed(Sentence("Only a steward of the directory can do this."))
    refusal = rules.decide_values("service", values)
    if refusal is not None:
        raise refusal
    if set(details.answers) - QUESTION_BY_CODE.keys():
        raise InvalidInput("answers", Sentence("There is no such question."))
    if any(own_term(code) is None for code in details.own_terms):
        raise InvalidInput("terms", Sentence("There is no such kind of help."))
    if set(details.languages) - LANGUAGES.keys():
        raise InvalidInput("languages", Sentence("There is no such language in the list."))


def _save_details(
    session: Session, service_id: UUID, details: ServiceDetails, identity: Identity, now: datetime
) -> list[str]:
    """Bring answers, terms and languages to what the page says. Answers the names of what changed."""
    changed = _save_answers(session, service_id, details.answers, identity, now)
    changed += _save_terms(session, service_id, details, identity, now)
    changed += _save_languages(session, service_id, details.languages, identity, now)
    return changed


def _save_answers(
    session: Session, service_id: UUID, answers: Mapping[str, Answer], identity: Identity, now: datetime
) -> list[str]:
    changed = []
    known = {
        row.question: row for row in session.scalars(select(Requirement).where(Requirement.service_id == service_id))
    }
    for question in QUESTION_BY_CODE:
        wanted = answers.get(question, Answer.NOT_STATED)
        row = known.get(question)
        if row is None and wanted != Answer.NOT_STATED:
            row = Requirement(
                id=uuid4(), service_id=service_id, question=question, answer=int(wanted), read_from=READ_FROM
            )
            session.add(row)
            session.flush()
            note_whole(session, row, identity=identity, now=now, action="create")
            changed.append(question)
        elif row is not None and wanted == Answer.NOT_STATED:
            _remove(session, row, identity, now)
            changed.append(question)
        elif row is not None and change(session, row, {"answer": int(wanted)}, identity=identity, now=now):
            change(session, row, {"read_from": READ_FROM}, identity=identity, now=now)
            changed.append(question)
    return changed


def _save_terms(
    session: Session, service_id: UUID, details: ServiceDetails, identity: Identity, now: datetime
) -> list[str]:
    rows = session.execute(
        select(Attribute, TaxonomyTerm)
        .join(TaxonomyTerm, TaxonomyTerm.id == Attribute.taxonomy_term_id)
        .where(Attribute.link_entity == "service", Attribute.link_id == service_id)
        .order_by(Attribute.id)
    ).all()
    changed = []
    there = set()
    for attribute, term in rows:
        is_own = own_term(term.code or "") is not None
        if term.code in details.own_terms if is_own else term.id in details.kept_terms:
            there.add(term.code)
        else:
            _remove(session, attribute, identity, now)
            changed.append("terms")
    for code in dict.fromkeys(details.own_terms):
        if code in there:
            continue
        attribute = Attribute(
            id=uuid4(), link_id=service_id, link_entity="service", taxonomy_term_id=_own_term_id(session, code)
        )
        session.add(attribute)
        session.flush()
        note_whole(session, attribute, identity=identity, now=now, action="create")
        changed.append("terms")
    return changed


def _own_term_id(session: Session, code: str) -> UUID:
    """The id of a term of our own taxonomy, which becomes a row when it is first used."""
    found = session.scalar(select(TaxonomyTerm.id).where(TaxonomyTerm.code == code).order_by(TaxonomyTerm.id))
    if found is not None:
        return found
    term = own_term(code)
    if term is None:
        raise InvalidInput("terms", Sentence("There is no such kind of help."))
    taxonomy_id = session.scalar(select(Taxonomy.id).where(Taxonomy.name == OWN_TAXONOMY).order_by(Taxonomy.id))
    if taxonomy_id is None:
        taxonomy = Taxonomy(id=uuid4(), name=OWN_TAXONOMY)
        session.add(taxonomy)
        session.flush()
        taxonomy_id = taxonomy.id
    row = TaxonomyTerm(id=uuid4(), code=code, name=term.name("en"), taxonomy=OWN_TAXONOMY, taxonomy_id=taxonomy_id)
    session.add(row)
    session.flush()
    return row.id


def _save_languages(
    session: Session, service_id: UUID, wanted: Sequence[str], identity: Identity, now: datetime
) -> list[str]:
    """Languages that the page's list does not know stay as they are."""
    changed = []
    rows = session.scalars(select(Language).where(Language.service_id == service_id).order_by(Language.id)).all()
    for row in rows:
        if row.code in LANGUAGES and row.code not in wanted:
            _remove(session, row, identity, now)
            changed.append("languages")
    for code in dict.fromkeys(wanted):
        if code not in {row.code for row in rows}:
            language = Language(id=uuid4(), service_id=service_id, code=code, name=str(LANGUAGES[code]))
            session.add(language)
            session.flush()
            note_whole(session, language, identity=identity, now=now, action="create")
            changed.append("languages")
    return changed


def _remove(session: Session, row: Any, identity: Identity, now: datetime) -> None:
    kept = {column.key: getattr(row, column.key) for column in row.__table__.columns}
    note_whole(session, row, identity=identity, now=now, action="delete", kept=kept)
    session.delete(row)
