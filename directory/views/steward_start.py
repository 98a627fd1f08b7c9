"""A steward's first page: what waits, each one press away; expired figures; the county's closed days."""

from __future__ import annotations

from datetime import date, timedelta

from flask import redirect, request, url_for
from werkzeug.wrappers import Response

from core.clock import local_day, now_utc
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import current_site
from core.pages import flash_sentence
from directory import actions, queries
from directory.rules import FRESHNESS_DAYS
from directory.views.steward_blueprint import attempt, blueprint, page
from directory.views.steward_forms import ClosingDayForm

SHOWN = 5


@blueprint.get("/")
@needs(Permission.EDIT_DIRECTORY)
def start() -> tuple[str, int]:
    """What waits for a steward today."""
    now = now_utc()
    due = queries.list_unverified(before=now - timedelta(days=FRESHNESS_DAYS["phone"]), limit=SHOWN)
    imports, _ = queries.list_import_runs(page=1, size=3)
    reports, _ = queries.list_suggestions(state="open", page=1, size=SHOWN)
    return page("start", waiting=queries.count_waiting(now), due=due, imports=imports, reports=reports)


@blueprint.get("/capacities")
@needs(Permission.EDIT_DIRECTORY)
def capacities() -> tuple[str, int]:
    """Figures of free places that are no longer known."""
    return page("capacities", expired=queries.list_expired_capacities(now_utc()))


@blueprint.route("/closing-days", methods=["GET", "POST"])
@needs(Permission.EDIT_DIRECTORY)
def closing_days() -> Response | tuple[str, int]:
    """The days on which the whole county is closed."""
    form = ClosingDayForm()
    reasons: list[Sentence] = []
    if form.validate_on_submit():
        add: dict[date, str] = {form.day.data: form.name.data or ""}  # type: ignore[dict-item]  # required above
        tried = attempt(form, lambda: actions.set_closing_days(current_identity(), add=add))
        if tried.done:
            flash_sentence(Sentence("The day was added."))
            return redirect(url_for("steward.closing_days"), 303)
        reasons = tried.reasons
    today = local_day(now_utc(), current_site().zone)
    days = queries.list_county_closing_days()
    return page(
        "closing_days",
        form=form,
        reasons=reasons,
        coming=[each for each in days if each[0] >= today],
        past=[each for each in reversed(days) if each[0] < today],
    )


@blueprint.post("/closing-days/remove")
@needs(Permission.EDIT_DIRECTORY)
def remove_closing_day() -> Response:
    """Take a closed day away."""
    try:
        day = date.fromisoformat(request.form.get("day", ""))
    except ValueError:
        return redirect(url_for("steward.closing_days"), 303)
    if actions.set_closing_days(current_identity(), remove=[day]):
        flash_sentence(Sentence("The day was taken away."))
    return redirect(url_for("steward.closing_days"), 303)
