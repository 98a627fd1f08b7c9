"""Program outcomes: one table of means and numbers observed, by six-month period."""

from __future__ import annotations

from flask import request

from care.actions.outcomes import open_outcomes
from care.views.blueprint import blueprint, page
from care.words import OUTCOME_WORDS
from core.guard import current_identity, needs
from core.identity import Permission


@blueprint.get("/outcomes")
@needs(Permission.SEE_OUTCOMES)
def show_outcomes() -> tuple[str, int]:
    """The outcomes of the people whom the viewer may see; `?share=1` hides small cells, to show outside."""
    is_for_staff = request.args.get("share") != "1"
    table = open_outcomes(current_identity(), is_for_staff=is_for_staff)
    return page("show_outcomes", rows=list(table.items()), measures=OUTCOME_WORDS, is_for_staff=is_for_staff)
