"""The blueprint of the stewards' pages and what they share: the frame's menu, answers to a refused form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask import Blueprint, Response, render_template, request, url_for

from core.clock import now_utc
from core.errors import Sentence
from core.guard import current_identity
from core.identity import Permission
from core.layout import NavigationItem
from core.pages import Attempt, attempt
from directory.hours.opening import WEEKDAY_NAMES
from directory.rules import HOUSING_KINDS, REPORT_KINDS

blueprint = Blueprint("steward", __name__, url_prefix="/steward")
PAGE_SIZE = 50

# Words that several of the templates print for codes.
IMPORT_STATES: Mapping[str, Sentence] = {
    "checking": Sentence("Being checked"),
    "checked": Sentence("Checked: confirm it"),
    "applying": Sentence("Being imported"),
    "done": Sentence("Done"),
    "failed": Sentence("Not imported"),
}
REPORT_STATES: Mapping[str, Sentence] = {
    "open": Sentence("Open"),
    "accepted": Sentence("Accepted"),
    "declined": Sentence("Declined"),
    "answered": Sentence("Answered"),
}
GROUP_NAMES: Mapping[str, Sentence] = {
    "hours": Sentence("Hours"),
    "phone": Sentence("Phone"),
    "address": Sentence("Address"),
    "eligibility": Sentence("Who can use it"),
    "cost": Sentence("Cost"),
    "papers": Sentence("Papers to bring"),
    "capacity": Sentence("Room now"),
    "text": Sentence("Description"),
}
OUTCOME_NAMES: Mapping[str, Sentence] = {
    "right": Sentence("right"),
    "wrong": Sentence("wrong"),
    "no answer": Sentence("no answer"),
}
METHOD_NAMES: Mapping[str, Sentence] = {
    "call": Sentence("Phone call"),
    "visit": Sentence("Visit"),
    "email": Sentence("E-mail"),
    "web": Sentence("Their web page"),
    "provider": Sentence("The provider itself"),
}
PRECISION_NAMES: Mapping[str, Sentence] = {
    "exact": Sentence("the door"),
    "street": Sentence("the street"),
    "zip": Sentence("the ZIP code"),
    "town": Sentence("the town"),
    "county": Sentence("the county"),
    "none": Sentence("nothing"),
}

MENU: Sequence[tuple[Sentence, str, tuple[str, ...]]] = (
    (Sentence("What waits"), "steward.start", ()),
    (Sentence("Services"), "steward.services", ("service", "part", "place", "hours", "area", "history", "verify")),
    (Sentence("Organizations"), "steward.organizations", ("organization",)),
    (Sentence("Reports"), "steward.reports", ("report",)),
    (Sentence("Checks"), "steward.checks", ()),
    (Sentence("Imports"), "steward.imports", ("import", "mapping")),
    (Sentence("Closed days"), "steward.closing_days", ("closing",)),
)


__all__ = ["Attempt", "attempt", "blueprint", "page"]

WORDS: Mapping[str, Any] = {
    "import_states": IMPORT_STATES,
    "report_states": REPORT_STATES,
    "group_names": GROUP_NAMES,
    "outcome_names": OUTCOME_NAMES,
    "methods": METHOD_NAMES,
    "precisions": PRECISION_NAMES,
    "kinds_of_report": REPORT_KINDS,
    "housing_kinds": HOUSING_KINDS,
    "weekday_names": WEEKDAY_NAMES,
}


def page(template: str, *, form: Any = None, reasons: Sequence[Sentence] = (), **values: Any) -> tuple[str, int]:
    """A steward's page. 422 when its form was refused, so that a program can tell."""
    refused = bool(reasons) or bool(form is not None and form.errors)
    text = render_template(
        f"directory/steward/{template}.html",
        form=form,
        reasons=reasons,
        menu=_menu(),
        quick_exit_shown=False,
        now=now_utc(),
        can_import=current_identity().may(Permission.IMPORT_FEEDS),
        **WORDS,
        **values,
    )
    return text, 422 if refused else 200


@blueprint.after_request
def keep_out_of_caches(response: Response) -> Response:
    """Stewards see what the public may not: nothing of it stays in a browser's cache."""
    response.headers["Cache-Control"] = "no-store"
    return response


def _menu() -> list[NavigationItem]:
    here = (request.endpoint or "").removeprefix("steward.")
    return [
        NavigationItem(label, url_for(endpoint), endpoint.endswith(f".{here}") or any(word in here for word in words))
        for label, endpoint, words in MENU
    ]
