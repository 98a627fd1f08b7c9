"""The blueprint of all pages of the fund: how a page is made and kept out of caches; no page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final

from flask import Blueprint, Response, current_app, render_template, request, url_for

from core.clock import now_utc
from core.errors import Sentence
from core.guard import current_identity
from core.identity import Identity, Permission
from core.layout import NavigationItem
from funds.states import PLAIN_NAMES, STATE_NAMES, State

blueprint = Blueprint("funds", __name__)
PAGE_SIZE: Final = 50

# The menu of the fund: label, endpoint, who sees it. A page that is not there is not shown.
ENTRIES: Final[Sequence[tuple[Sentence, str, Permission]]] = (
    (Sentence("Requests"), "funds.list_requests", Permission.SEE_FUND_REQUESTS),
    (Sentence("To decide"), "funds.show_queue", Permission.DECIDE_FUND_REQUESTS),
    (Sentence("To pay"), "funds.list_payable", Permission.SEE_FUND_REQUESTS),
    (Sentence("To reconcile"), "funds.list_to_reconcile", Permission.SEE_BOOKS),
    (Sentence("Payees"), "funds.list_payees", Permission.KEEP_PAYEES),
    (Sentence("Cards and passes"), "funds.list_instruments", Permission.SEE_BOOKS),
    (Sentence("Budget"), "funds.show_budget", Permission.SEE_BOOKS),
    (Sentence("Reports"), "funds.list_reports", Permission.SEE_BOOKS),
    (Sentence("Rules"), "funds.list_rules", Permission.SEE_FUND_REQUESTS),
    (Sentence("My money"), "funds.show_own_money", Permission.SEE_OWN_MONEY),
)


@blueprint.after_request
def keep_out_of_caches(response: Response) -> Response:
    """What stands about a person or money stays in no cache (security.md, Headers)."""
    response.headers["Cache-Control"] = "no-store"
    return response


def page(
    template: str, *, form: Any = None, reasons: Sequence[Sentence] = (), now: datetime | None = None, **values: Any
) -> tuple[str, int]:
    """A page of the fund. 422 when its form was refused."""
    refused = bool(reasons) or bool(form is not None and form.errors)
    text = render_template(
        f"funds/{template}.html",
        form=form,
        reasons=reasons,
        quick_exit_shown=False,
        now=now or now_utc(),
        tabs=menu(current_identity()),
        state_names={str(state): STATE_NAMES[state] for state in State},
        plain_names={str(state): PLAIN_NAMES[state] for state in State},
        **values,
    )
    return text, 422 if refused else 200


def menu(identity: Identity) -> list[NavigationItem]:
    """The pages of the fund that this viewer can open."""
    return [
        NavigationItem(label, url_for(endpoint), request.endpoint == endpoint)
        for label, endpoint, permission in ENTRIES
        if endpoint in current_app.view_functions and identity.may(permission)
    ]
