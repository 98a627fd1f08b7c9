"""The blueprint of all pages about people and what they share: a person's frame with tabs, no page of its own."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Response, current_app, render_template, request, url_for

from care.actions.opening import OpenedPerson
from care.fields import Group
from care.rules import ACCESS_CLOCK, LINKAGE_CLOCK, Access, Clock, clock
from care.words import CLOCK_TONES, CLOCK_WORDS, STANDING_WORDS, STATUS_WORDS
from core.clock import now_utc
from core.errors import Sentence
from core.guard import current_identity, mark_of
from core.identity import Permission
from core.layout import NavigationItem

blueprint = Blueprint("care", __name__)
PAGE_SIZE: Final = 50

# The tabs of a person: label, endpoint, the group of fields that must be seen. A page that is not there is not shown.
TABS: Final[Sequence[tuple[Sentence, str, Group | None]]] = (
    (Sentence("Overview"), "care.show_person", None),
    (Sentence("Plan"), "care.show_plan", Group.PLAN),
    (Sentence("Find help"), "care.find_services", Group.NEEDS),
    (Sentence("Referrals"), "care.list_referrals", Group.REFERRALS),
    (Sentence("Contacts"), "care.list_contacts", Group.NEEDS),
    (Sentence("Money"), "funds.list_person_requests", Group.PLAN),
    (Sentence("Outcomes"), "care.list_person_outcomes", Group.OUTCOMES),
    (Sentence("People and consents"), "care.list_consents", Group.CONTACT),
    (Sentence("History"), "care.show_history", None),
)


@blueprint.after_request
def keep_out_of_caches(response: Response) -> Response:
    """What stands about a person stays in no cache (security.md, Headers)."""
    response.headers["Cache-Control"] = "no-store"
    return response


def page(
    template: str, *, form: Any = None, reasons: Sequence[Sentence] = (), now: datetime | None = None, **values: Any
) -> tuple[str, int]:
    """A page of care without one person's frame. 422 when its form was refused."""
    refused = bool(reasons) or bool(form is not None and form.errors)
    text = render_template(
        f"care/{template}.html",
        form=form,
        reasons=reasons,
        quick_exit_shown=False,
        now=now or now_utc(),
        clock_words=CLOCK_WORDS,
        clock_tones=CLOCK_TONES,
        status_words=STATUS_WORDS,
        standing_words=STANDING_WORDS,
        **values,
    )
    return text, 422 if refused else 200


def person_page(
    template: str, person: OpenedPerson, *, tab: str = "", now: datetime | None = None, **values: Any
) -> tuple[str, int]:
    """A page in the frame of one person (`care/person_base.html`).

    `tab` is the endpoint of the tab that is shown as current, the page's own by default.
    """
    now = now or now_utc()
    return page(
        template,
        now=now,
        person=person,
        tabs=person_tabs(person.enrollee.id, person.access, tab or request.endpoint or ""),
        clocks=clocks_of(person, now),
        **values,
    )


def person_tabs(enrollee_id: UUID, access: Access, current: str) -> list[NavigationItem]:
    """The tabs that this viewer can open."""
    identity = current_identity()
    return [
        NavigationItem(label, url_for(endpoint, enrollee_id=enrollee_id), endpoint == current)
        for label, endpoint, group in TABS
        if endpoint in current_app.view_functions
        and (group is None or group in access.groups)
        and identity.may(Permission(mark_of(current_app, endpoint) or ""))
    ]


def clocks_of(person: Any, now: datetime) -> list[tuple[Sentence, Clock]]:
    """The clocks of a person or a line of a list: from referral to first access, from discharge to linkage."""
    row = getattr(person, "enrollee", person)
    found = [(Sentence("First access in 24 hours"), clock(row.referred_at, ACCESS_CLOCK, row.first_access_at, now))]
    if row.discharged_at is not None:
        found.append(
            (Sentence("Psychiatric care in 7 days"), clock(row.discharged_at, LINKAGE_CLOCK, row.linked_at, now))
        )
    return found
