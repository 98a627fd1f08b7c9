"""The blueprint of all pages of the fund: how a page is made and kept out of caches; no page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any, Final

from flask import Blueprint, Response, current_app, render_template, request, url_for

from care.actions.opening import OpenedPerson
from care.views.blueprint import clocks_of, person_tabs
from care.words import CLOCK_TONES, CLOCK_WORDS, STANDING_WORDS, STATUS_WORDS
from core.clock import local_day, now_utc
from core.errors import Sentence
from core.guard import current_identity
from core.identity import Identity, Permission
from core.layout import NavigationItem, current_site
from funds.states import PLAIN_NAMES, STATE_NAMES, State

blueprint = Blueprint("funds", __name__)
PAGE_SIZE: Final = 50

# The menu of the fund: label, endpoint, who sees it. A page that is not there is not shown.
ENTRIES: Final[Sequence[tuple[Sentence, str, Permission]]] = (
    (Sentence("Requests"), "funds.list_requests", Permission.SEE_FUND_REQUESTS),
    (Sentence("My people"), "funds.list_own_people", Permission.ASK_FUND),
    (Sentence("To decide"), "funds.show_queue", Permission.DECIDE_FUND_REQUESTS),
    (Sentence("To pay"), "funds.list_payable", Permission.SEE_FUND_REQUESTS),
    (Sentence("To reconcile"), "funds.list_to_reconcile", Permission.SEE_BOOKS),
    (Sentence("Payees"), "funds.list_payees", Permission.KEEP_PAYEES),
    (Sentence("Cards and passes"), "funds.list_instruments", Permission.SEE_BOOKS),
    (Sentence("Budget"), "funds.show_budget", Permission.SEE_BOOKS),
    (Sentence("Years"), "funds.list_years", Permission.SEE_BOOKS),
    (Sentence("Fund reports"), "funds.list_reports", Permission.SEE_BOOKS),
    (Sentence("Rules"), "funds.list_rules", Permission.SEE_FUND_REQUESTS),
    (Sentence("Standing in"), "funds.show_delegations", Permission.SEE_FUND_REQUESTS),
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
        state_names={str(state): STATE_NAMES[state] for state in State},
        plain_names={str(state): PLAIN_NAMES[state] for state in State},
        **{"tabs": menu(current_identity()), **values},
    )
    return text, 422 if refused else 200


def person_page(
    template: str, person: OpenedPerson, *, tab: str = "", now: datetime | None = None, **values: Any
) -> tuple[str, int]:
    """A page of the fund in the frame of one person (`care/person_base.html`)."""
    now = now or now_utc()
    return page(
        template,
        now=now,
        person=person,
        tabs=person_tabs(person.enrollee.id, person.access, tab or request.endpoint or ""),
        clocks=clocks_of(person, now),
        clock_words=CLOCK_WORDS,
        clock_tones=CLOCK_TONES,
        status_words=STATUS_WORDS,
        standing_words=STANDING_WORDS,
        **values,
    )


def today_of(now: datetime) -> date:
    """The day of a moment in the program's zone."""
    return local_day(now, current_site().zone)


def menu(identity: Identity) -> list[NavigationItem]:
    """The pages of the fund that this viewer can open."""
    return [
        NavigationItem(label, url_for(endpoint), request.endpoint == endpoint)
        for label, endpoint, permission in ENTRIES
        if endpoint in current_app.view_functions and identity.may(permission)
    ]
