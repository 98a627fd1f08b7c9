"""Benefits, supports and team, consents, tellings under them, and the history of a record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from flask import Response as FlaskResponse
from flask import redirect, request, url_for
from werkzeug.wrappers import Response

import accounts.queries
from accounts import sign_in
from care.actions import consents, disclosure, reading, support
from care.actions.opening import open_for_writing
from care.fields import Group
from care.forms.circle import BenefitForm, ConsentForm, SupportForm
from care.views.blueprint import PAGE_SIZE, blueprint, page, person_page
from care.words import EVENT_WORDS, FIELD_WORDS, GROUP_WORDS, PURPOSE_WORDS
from core.clock import local_day, now_utc
from core.errors import Conflict, NotAllowed, NotFound, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import address_with, current_site
from core.pages import PageOf, attempt, flash_sentence, page_number, translate


@blueprint.route("/enrollees/<uuid:enrollee_id>/benefits/add", methods=["GET", "POST"])
@blueprint.route("/enrollees/<uuid:enrollee_id>/benefits/<uuid:benefit_id>", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def set_benefit(enrollee_id: UUID, benefit_id: UUID | None = None) -> Response | tuple[str, int]:
    """A new benefit, or how far one is."""
    identity = current_identity()
    person = open_for_writing(identity, enrollee_id=enrollee_id, purpose="benefits")
    held = _held(reading.list_opened("benefit", person), benefit_id)
    form = BenefitForm(data=held)
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: support.set_benefit(
                identity,
                enrollee_id=enrollee_id,
                benefit_id=benefit_id or form.new_id.id_of_row,
                kind=form.kind.data,
                state=form.state.data,
                renewal_on=form.renewal_on.data,
                reference=form.reference.data or "",
                soar_steps=form.soar_steps.data or (),
                note=form.note.data or "",
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The benefit is saved."))
            return redirect(url_for("care.show_person", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return person_page(
        "set_benefit", person, tab="care.show_person", form=form, reasons=reasons, is_new=benefit_id is None
    )


@blueprint.route("/enrollees/<uuid:enrollee_id>/supports/add", methods=["GET", "POST"])
@blueprint.route("/enrollees/<uuid:enrollee_id>/supports/<uuid:support_id>", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def set_support(enrollee_id: UUID, support_id: UUID | None = None) -> Response | tuple[str, int]:
    """Somebody new who stands by the person, or a change."""
    identity = current_identity()
    person = open_for_writing(identity, enrollee_id=enrollee_id, purpose="supports")
    form = SupportForm(data=_held(reading.list_opened("support_person", person), support_id))
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: support.set_support(
                identity,
                enrollee_id=enrollee_id,
                support_id=support_id or form.new_id.id_of_row,
                kind=form.kind.data,
                name=form.name.data or "",
                role=form.role.data or "",
                phone=form.phone.data or "",
                note=form.note.data or "",
            ),
        )
        if tried.done:
            flash_sentence(Sentence("Saved."))
            return redirect(url_for("care.list_consents", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return person_page(
        "set_support", person, tab="care.list_consents", form=form, reasons=reasons, is_new=support_id is None
    )


@blueprint.post("/enrollees/<uuid:enrollee_id>/supports/<uuid:support_id>/end")
@needs(Permission.WRITE_CARE)
def end_support(enrollee_id: UUID, support_id: UUID) -> Response:
    """Note that somebody stands by the person no more."""
    support.end_support(current_identity(), enrollee_id=enrollee_id, support_id=support_id)
    flash_sentence(Sentence("Saved."))
    return redirect(url_for("care.list_consents", enrollee_id=enrollee_id), 303)


@blueprint.get("/enrollees/<uuid:enrollee_id>/consents")
@needs(Permission.SEE_ENROLLEES)
def list_consents(enrollee_id: UUID) -> tuple[str, int]:
    """Supports, team, consents and what was told."""
    now = now_utc()
    found = reading.open_circle(current_identity(), enrollee_id=enrollee_id, now=now)
    people = [row.user_id for row, _ in found.assignments] + [row.disclosed_by for row in found.disclosures]
    return person_page(
        "list_consents",
        found.person,
        now=now,
        found=found,
        names=accounts.queries.names_of(each for each in people if each),
        states=consent_states(found.consents, now),
        group_words=GROUP_WORDS,
        new_id=uuid4,
    )


@blueprint.route("/enrollees/<uuid:enrollee_id>/consents/add", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def give_consent(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Record a consent that the person gave."""
    identity, today = current_identity(), local_day(now_utc(), current_site().zone)
    person = open_for_writing(identity, enrollee_id=enrollee_id, purpose="consents")
    form = ConsentForm(data={"starts_on": today})
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: consents.give_consent(
                identity,
                enrollee_id=enrollee_id,
                consent_id=form.new_id.id_of_row,
                recipient=form.recipient.data or "",
                recipient_email=form.recipient_email.data or "",
                purpose=form.purpose.data or "",
                groups=form.groups.data or (),
                covers_part2=bool(form.covers_part2.data),
                starts_on=form.starts_on.data or today,
                expires_on=form.expires_on.data or today,
                given_how=form.given_how.data or "",
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The consent is recorded."))
            return redirect(url_for("care.list_consents", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return person_page("give_consent", person, tab="care.list_consents", form=form, reasons=reasons)


@blueprint.post("/enrollees/<uuid:enrollee_id>/consents/<uuid:consent_id>/revoke")
@needs(Permission.WRITE_CARE)
def revoke_consent(enrollee_id: UUID, consent_id: UUID) -> Response:
    """End a consent at once."""
    consents.revoke_consent(current_identity(), enrollee_id=enrollee_id, consent_id=consent_id)
    flash_sentence(Sentence("The consent is revoked. Nothing more may be told under it."))
    return redirect(url_for("care.list_consents", enrollee_id=enrollee_id), 303)


@blueprint.post("/enrollees/<uuid:enrollee_id>/consents/<uuid:consent_id>/disclose")
@needs(Permission.WRITE_CARE)
def disclose(enrollee_id: UUID, consent_id: UUID) -> Response | tuple[str, int]:
    """Tell what a consent allows: a page to print, or a file. Asks for a one-time code first."""
    identity = current_identity()
    back = url_for("care.list_consents", enrollee_id=enrollee_id)
    if not sign_in.fresh_second_factor(identity, "disclosure"):
        return sign_in.to_confirm("disclosure", back)
    try:
        envelope = disclosure.disclose(
            identity, enrollee_id=enrollee_id, consent_id=consent_id, disclosure_id=_posted_id()
        )
    except (NotAllowed, Conflict) as refusal:
        for sentence in refusal.reasons if isinstance(refusal, NotAllowed) else (refusal.sentence,):
            flash_sentence(sentence, "error")
        return redirect(back, 303)
    if request.form.get("as") == "file":
        return _file(envelope)
    return page("disclose", envelope=envelope, back=back, group_words=GROUP_WORDS, field_words=FIELD_WORDS)


@blueprint.get("/enrollees/<uuid:enrollee_id>/history")
@needs(Permission.SEE_ENROLLEES)
def show_history(enrollee_id: UUID) -> tuple[str, int]:
    """Who opened, changed or told this record."""
    number, now = page_number(request.args.get("page")), now_utc()
    found = reading.open_history(current_identity(), enrollee_id=enrollee_id, page=number, size=PAGE_SIZE, now=now)
    return person_page("show_history", found.person, now=now, **history_values(found, number))


def history_values(found: reading.History, number: int) -> dict[str, Any]:
    """What the list of a record's events needs, for staff and for the person."""
    return {
        "events": found.events,
        "where": PageOf(number, PAGE_SIZE, found.total),
        "address": lambda n: address_with(page=None if n == 1 else str(n)),
        "event_words": EVENT_WORDS,
        "purpose_words": PURPOSE_WORDS,
        "group_words": {group.value: words for group, words in GROUP_WORDS.items()},
    }


def consent_states(rows: Sequence[tuple[Any, Any]], now: datetime) -> dict[UUID, str]:
    """How each consent stands today: "revoked", "expired", "later" or "in force"."""
    today = local_day(now, current_site().zone)
    states = {}
    for row, _ in rows:
        if row.revoked_at is not None:
            states[row.id] = "revoked"
        elif row.expires_on < today:
            states[row.id] = "expired"
        else:
            states[row.id] = "later" if row.starts_on > today else "in force"
    return states


def groups_of(row: Any) -> list[str]:
    """The groups of fields of a consent, in words of the page's language."""
    return [translate(GROUP_WORDS[Group(group)]) for group in row.fields.split(",") if group in set(Group)]


blueprint.add_app_template_filter(groups_of, "groups_of")


def _held(rows: Sequence[tuple[Any, Any]], row_id: UUID | None) -> dict[str, Any]:
    if row_id is None:
        return {}
    for row, fields in rows:
        if row.id == row_id:
            opened = {name: getattr(row, name, None) for name in ("state", "renewal_on", "kind")}
            return {**opened, **fields}
    raise NotFound


def _posted_id() -> UUID:
    try:
        return UUID(request.form.get("disclosure_id", ""))
    except ValueError:
        return uuid4()


def _file(envelope: disclosure.Envelope) -> Response:
    answer = FlaskResponse(envelope.data, mimetype="application/json")
    answer.headers["Content-Disposition"] = f'attachment; filename="record-{envelope.digest[:12]}.json"'
    answer.headers["X-Content-Digest"] = f"sha-256={envelope.digest}"
    return answer
