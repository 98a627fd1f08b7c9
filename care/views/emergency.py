"""Opening a record in an emergency, and the privacy officers' review of it."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import current_app, redirect, render_template, url_for
from flask_babel import force_locale, gettext
from werkzeug.wrappers import Response

import accounts.queries
from accounts import sign_in
from care.actions import emergency as actions
from care.forms.people import EmergencyForm
from care.views.blueprint import blueprint, page
from core.config import Config
from core.errors import NotAllowed, Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import LOCALES
from core.mail import Mail, send_mail
from core.pages import attempt, flash_sentence


@blueprint.route("/enrollees/emergency", methods=["GET", "POST"])
@needs(Permission.BREAK_GLASS)
def break_glass() -> Response | tuple[str, int]:
    """Open a record for an hour, with a reason; the privacy officers are told at once."""
    identity = current_identity()
    if not sign_in.fresh_second_factor(identity, "emergency"):
        return sign_in.to_confirm("emergency", url_for("care.break_glass"))
    form = EmergencyForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.break_glass(identity, code=form.code.data or "", reason=form.reason.data or ""),
        )
        if tried.done:
            if tried.result.is_new:
                _tell_privacy_officers()
            flash_sentence(Sentence("The record is open for 60 minutes. The privacy officer was told."), "warning")
            return redirect(url_for("care.show_person", enrollee_id=tried.result.enrollee_id), 303)
        reasons = tried.reasons
    return page("break_glass", form=form, reasons=reasons)


@blueprint.get("/emergency-access")
@needs(Permission.SEE_BREAK_GLASS)
def list_emergencies() -> tuple[str, int]:
    """The openings with their reasons, those not judged first."""
    found = actions.open_emergencies(current_identity())
    people = [row.user_id for row in found] + [row.reviewed_by for row in found if row.reviewed_by]
    return page("list_emergencies", found=found, names=accounts.queries.names_of(people), me=current_identity().user_id)


@blueprint.post("/emergency-access/<uuid:opening_id>/reviewed")
@needs(Permission.SEE_BREAK_GLASS)
def review_emergency(opening_id: UUID) -> Response:
    """Note that an opening was judged."""
    try:
        actions.review_emergency(current_identity(), opening_id=opening_id)
        flash_sentence(Sentence("The opening is marked as judged."))
    except NotAllowed as refusal:
        flash_sentence(refusal.reasons[0], "error")
    return redirect(url_for("care.list_emergencies"), 303)


def _tell_privacy_officers() -> None:
    """Mail each privacy officer, the directors where there is none: that it happened, and where to look. No name."""
    config: Config = current_app.config["GOLDTHREAD"]
    officers = accounts.queries.list_holders("privacy_officer") or accounts.queries.list_holders("director")
    for officer in officers:
        with force_locale(LOCALES.get(officer.language, "en_US")):
            body = render_template(
                "care/mail/emergency.txt",
                name=officer.name,
                address=config.public_url.rstrip("/") + url_for("care.list_emergencies"),
            )
            subject = gettext("A record was opened in an emergency")
        send_mail(config, Mail(officer.email, subject, body))
