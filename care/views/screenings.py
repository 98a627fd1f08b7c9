"""Screenings and level-of-care scores: listed, recorded, with the goals and searches that they suggest."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import redirect, url_for
from werkzeug.wrappers import Response

from care.actions.screenings import OpenedScreenings, open_screenings, record_screening
from care.fields import SCREENED
from care.forms.plans import DOMAIN_WORDS, SCREENED_WORDS, ScreeningForm
from care.views.blueprint import blueprint, person_page
from core.clock import local_day, now_utc
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import current_site
from core.pages import attempt


@blueprint.get("/enrollees/<uuid:enrollee_id>/screenings")
@needs(Permission.SEE_ENROLLEES)
def list_screenings(enrollee_id: UUID) -> tuple[str, int]:
    """The person's screenings and scores, newest first."""
    now = now_utc()
    opened = open_screenings(current_identity(), enrollee_id=enrollee_id, now=now)
    return _page(opened, ScreeningForm(data={"taken_on": local_day(now, current_site().zone)}))


@blueprint.post("/enrollees/<uuid:enrollee_id>/screenings")
@needs(Permission.WRITE_CARE)
def add_screening(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Record one."""
    opened = open_screenings(current_identity(), enrollee_id=enrollee_id)
    form = ScreeningForm()
    if not form.validate_on_submit() or form.taken_on.data is None:
        return _page(opened, form)
    taken_on = form.taken_on.data
    result = attempt(
        form,
        lambda: record_screening(
            current_identity(),
            enrollee_id=enrollee_id,
            screening_id=form.screening_id.id_of_row,
            instrument=form.instrument.data,
            taken_on=taken_on,
            domains=form.domains.data or (),
            score=form.score.data or "",
            level=form.level.data or "",
            note=form.note.data or "",
        ),
    )
    if result.done:
        return redirect(url_for("care.list_screenings", enrollee_id=enrollee_id), 303)
    return _page(opened, form, result.reasons)


def _page(opened: OpenedScreenings, form: ScreeningForm, reasons: Sequence[Sentence] = ()) -> tuple[str, int]:
    return person_page(
        "list_screenings",
        opened.person,
        tab="care.show_plan",
        form=form,
        reasons=reasons,
        rows=opened.rows,
        screened=SCREENED,
        screened_words=SCREENED_WORDS,
        domain_words=DOMAIN_WORDS,
    )
