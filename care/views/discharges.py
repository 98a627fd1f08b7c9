"""Noting that a person left a hospital."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import redirect, url_for
from werkzeug.wrappers import Response

from care.actions import discharges as actions
from care.actions.opening import open_for_writing
from care.forms.referrals import DischargeForm
from care.views.blueprint import blueprint, person_page
from core.clock import now_utc
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.pages import attempt, flash_sentence


@blueprint.route("/enrollees/<uuid:enrollee_id>/discharge", methods=["GET", "POST"])
@needs(Permission.WRITE_CARE)
def record_discharge(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Write down a discharge: the seven days to psychiatric care run from it."""
    now = now_utc()
    person = open_for_writing(current_identity(), enrollee_id=enrollee_id, purpose="discharge")
    form = DischargeForm()
    reasons: Sequence[Sentence] = ()
    if form.validate_on_submit():
        tried = attempt(
            form,
            lambda: actions.record_discharge(current_identity(), enrollee_id=enrollee_id, at=form.at.data or now),
        )
        if tried.done:
            flash_sentence(Sentence("The discharge is recorded. The 7-day clock runs."))
            return redirect(url_for("care.list_referrals", enrollee_id=enrollee_id), 303)
        reasons = tried.reasons
    return person_page("record_discharge", person, tab="care.list_referrals", now=now, form=form, reasons=reasons)
