"""A person's contacts: written down in two presses, and the schedule of the first 30 days with overdue first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from care.actions.contacts import log_contact
from care.actions.following import OpenedContacts, open_contacts
from care.forms.referrals import ContactForm
from care.views.blueprint import blueprint, person_page
from care.words import CONTACT_CHANNELS, CONTACT_DAY_TONES, CONTACT_DAY_WORDS, CONTACT_RESULTS, CONTACT_WAYS
from core.clock import now_utc
from core.errors import NotAllowed, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import attempt, flash_sentence


@blueprint.route("/enrollees/<uuid:enrollee_id>/contacts", methods=["GET", "POST"])
@needs(Permission.SEE_ENROLLEES)
def list_contacts(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Contacts and attempts; a post writes one down. The channel is chosen, the button says what came of it."""
    identity, now = current_identity(), now_utc()
    opened = open_contacts(identity, enrollee_id=enrollee_id, now=now)
    form = ContactForm()
    reasons: Sequence[Sentence] = ()
    if request.method == "POST" and not identity.may(Permission.WRITE_CARE):
        raise NotAllowed(Sentence("Only this person's coordinator or the supervisor can write here."))
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: log_contact(
                identity,
                enrollee_id=enrollee_id,
                channel=form.channel.data,
                result=request.form.get("result", ""),
                note=form.note.data or "",
                happened_at=form.happened_at.data,
                entry_id=form.new_id.id_of_row,
            ),
        )
        if tried.done:
            flash_sentence(Sentence("The contact is recorded."))
            return redirect(url_for("care.list_contacts", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return _page(opened, now, form, reasons)


def _page(opened: OpenedContacts, now: datetime, form: ContactForm, reasons: Sequence[Sentence]) -> tuple[str, int]:
    open_days = [day for day in opened.schedule if day.state in {"overdue", "due", "coming"}]
    return person_page(
        "list_contacts",
        opened.person,
        now=now,
        form=form,
        reasons=reasons,
        opened=opened,
        overdue=sum(day.state == "overdue" for day in opened.schedule),
        open_days=open_days,
        past_days=[day for day in opened.schedule if day not in open_days],
        channels=CONTACT_CHANNELS,
        results=CONTACT_RESULTS,
        day_words=CONTACT_DAY_WORDS,
        day_tones=CONTACT_DAY_TONES,
        ways=[CONTACT_WAYS[way] for way in opened.person.fields.get("contact_ways") or () if way in CONTACT_WAYS],
    )
