"""One's own record: the plan, referrals, benefits, consents and who looked; also for those whom a consent lets see."""

from __future__ import annotations

from uuid import UUID

from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from care.actions import consents, disclosure, reading
from care.queries import records
from care.rules import Standing
from care.views.blueprint import PAGE_SIZE, blueprint, page
from care.views.circle import consent_states, history_values
from care.words import BENEFIT_KINDS, BENEFIT_STATES, DOMAIN_WORDS, GOAL_STATES, REFERRAL_WORDS
from core.clock import now_utc
from core.errors import NotFound, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import flash_sentence, page_number


@blueprint.get("/me")
@needs(Permission.SEE_OWN_RECORD)
def show_me() -> Response | tuple[str, int]:
    """The way to one's own record, or to those that others share."""
    identity, now = current_identity(), now_utc()
    own, shared = records.find_own(identity), records.list_shared(identity, now)
    if own is not None and not shared:
        return redirect(url_for("care.show_own_record", enrollee_id=own), 303)
    if own is None and len(shared) == 1:
        return redirect(url_for("care.show_own_record", enrollee_id=shared[0]), 303)
    return page("show_me", own=own, shared=shared)


@blueprint.get("/me/<uuid:enrollee_id>")
@needs(Permission.SEE_OWN_RECORD)
def show_own_record(enrollee_id: UUID) -> tuple[str, int]:
    """The record in plain words."""
    now = now_utc()
    found = reading.open_own_record(current_identity(), enrollee_id=enrollee_id, now=now)
    return page(
        "show_own_record",
        now=now,
        found=found,
        person=found.person,
        is_own=found.person.access.standing == Standing.OWN,
        names=accounts.queries.names_of(row.user_id for row, _ in found.assignments),
        services=records.service_names(row.service_id for row in found.referrals),
        states=consent_states(found.consents, now),
        benefit_kinds=BENEFIT_KINDS,
        benefit_states=BENEFIT_STATES,
        domain_words=DOMAIN_WORDS,
        goal_states=GOAL_STATES,
        referral_words=REFERRAL_WORDS,
    )


@blueprint.get("/me/<uuid:enrollee_id>/who-looked")
@needs(Permission.SEE_OWN_RECORD)
def show_who_looked(enrollee_id: UUID) -> tuple[str, int]:
    """Who opened one's record, when and why; for the person alone."""
    number = page_number(request.args.get("page"))
    found = reading.open_history(current_identity(), enrollee_id=enrollee_id, page=number, size=PAGE_SIZE)
    if found.person.access.standing != Standing.OWN:
        raise NotFound
    return page("show_who_looked", person=found.person, **history_values(found, number))


@blueprint.post("/me/<uuid:enrollee_id>/consents/<uuid:consent_id>/revoke")
@needs(Permission.SEE_OWN_RECORD)
def revoke_own_consent(enrollee_id: UUID, consent_id: UUID) -> Response:
    """Take one's consent back, at once."""
    consents.revoke_consent(current_identity(), enrollee_id=enrollee_id, consent_id=consent_id)
    flash_sentence(Sentence("Your consent is revoked. Nothing more may be told under it."))
    return redirect(url_for("care.show_own_record", enrollee_id=enrollee_id), 303)


@blueprint.post("/me/<uuid:enrollee_id>/copy")
@needs(Permission.SEE_OWN_RECORD)
def export_own_record(enrollee_id: UUID) -> Response:
    """A copy of the whole record, for the person."""
    envelope = disclosure.export_own_record(current_identity(), enrollee_id=enrollee_id)
    answer = FlaskResponse(envelope.data, mimetype="application/json")
    answer.headers["Content-Disposition"] = 'attachment; filename="my-record.json"'
    return answer
