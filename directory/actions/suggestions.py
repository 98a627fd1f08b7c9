"""Reports from anybody, and what a steward decides about them."""

from __future__ import annotations

from uuid import UUID, uuid4

from sqlalchemy import select

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from directory import rules
from directory.actions.records import change, from_text, get_row, services_of, tell_index
from directory.models import Service, Suggestion
from directory.queries import service_visible
from directory.rules import viewer_level


def suggest(
    identity: Identity, *, service_id: UUID, kind: str, words: str = "", reply_to: str = "", language: str = "en"
) -> UUID:
    """Put a report about a listing into the stewards' queue and answer its id.

    Raises NotFound for a listing that the sender may not see, InvalidInput for a kind that there is not or for
    "other" without words.
    """
    if kind not in rules.REPORT_KINDS:
        raise InvalidInput("kind", Sentence("Choose what is wrong."))
    if kind == "other" and not words.strip():
        raise InvalidInput("words", Sentence("Tell us what is wrong."))
    now = now_utc()
    with transaction() as session:
        seen = select(Service.id).where(Service.id == service_id, service_visible(viewer_level(identity)))
        if session.scalar(seen) is None:
            raise NotFound
        row = Suggestion(
            id=uuid4(),
            service_id=service_id,
            kind=kind,
            words=words.strip()[:2000] or None,
            reply_to=reply_to.strip()[:200] or None,
            language=language,
            received_at=now,
        )
        session.add(row)
        session.flush()
        trail.record(
            EventKind.SUGGESTION_RECEIVED,
            identity,
            now=now,
            subject_type="suggestion",
            subject_id=row.id,
            details={"kind": kind, "service": str(service_id)},
        )
        return row.id


def decide_suggestion(identity: Identity, *, suggestion_id: UUID, accept: bool, answer: str = "") -> None:
    """Accept (a proposed value is then written) or decline a report. The sender's address is deleted with it.

    Raises Conflict when somebody decided it already, or when the field changed since it was proposed.
    """
    if not identity.may(Permission.EDIT_DIRECTORY):
        raise NotAllowed(Sentence("Only a steward of the directory can do this."))
    now = now_utc()
    with transaction() as session:
        row = session.scalar(select(Suggestion).where(Suggestion.id == suggestion_id).with_for_update())
        if row is None:
            raise NotFound
        if row.state != "open":
            raise Conflict(Sentence("This report was decided already by %(name)s.", name=row.decided_by or "?"))
        if accept and row.field_name and row.record_table and row.record_id:
            record = get_row(session, row.record_table, row.record_id)
            value = from_text(record, row.field_name, row.new_value)
            change(session, record, {row.field_name: value}, identity=identity, now=now, action="accept suggestion")
            session.flush()
            tell_index(session, services_of(session, record), now)
        row.state = "accepted" if accept else "declined"
        row.decided_at, row.decided_by, row.answer, row.reply_to = now, identity.name, answer.strip() or None, None
        trail.record(
            EventKind.SUGGESTION_DECIDED,
            identity,
            now=now,
            subject_type="suggestion",
            subject_id=suggestion_id,
            details={"state": row.state},
        )
