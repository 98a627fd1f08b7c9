"""What waits today: the counts for the start page, and the page of codes from which each is one press away."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from flask import url_for

from care.actions.opening import record_list
from care.forms.referrals import CLOCKS
from care.queries import gaps, records, today
from care.views.blueprint import blueprint, page
from care.words import DOMAIN_WORDS
from core.clock import local_day, now_utc
from core.errors import Sentence
from core.guard import current_identity, needs
from core.identity import Identity, Permission
from core.layout import NavigationItem, current_site
from directory import queries
from directory.rules import RENEWAL_DAYS

REVIEWS_AHEAD = timedelta(days=7)


@blueprint.get("/today")
@needs(Permission.WRITE_CARE)
def show_today() -> tuple[str, int]:
    """Clocks, contacts, referrals and reviews that wait, by code; the most pressing first."""
    identity, now = current_identity(), now_utc()
    until = local_day(now, current_site().zone) + REVIEWS_AHEAD
    clocks, contacts = today.list_clocks_due(identity, now), today.list_contacts_due(identity, now)
    referrals, reviews = today.list_referrals_due(identity, now), today.list_reviews_soon(identity, now, until)
    people = {one.enrollee_id for one in clocks} | {one.enrollee_id for one in contacts}
    people |= {one.enrollee_id for one in reviews} | {one.line.row.enrollee_id for one in referrals}
    record_list(identity, sorted(people, key=str), now)
    return page(
        "show_today",
        now=now,
        clocks_due=today.list_clocks_due(identity, now),
        contacts_due=today.list_contacts_due(identity, now),
        referrals_due=today.list_referrals_due(identity, now),
        reviews_due=today.list_reviews_soon(identity, now, until),
        clock_labels=CLOCKS,
        domain_words=DOMAIN_WORDS,
        promise_label=Sentence("First answer"),
    )


def waiting(identity: Identity) -> Sequence[NavigationItem]:
    """What waits for this role, with counts, for the start page."""
    now, items = now_utc(), []
    day = local_day(now, current_site().zone)
    if identity.may(Permission.WRITE_CARE):
        here = url_for("care.show_today")
        counts = (
            (Sentence("Clocks running out"), "clocks", len(today.list_clocks_due(identity, now))),
            (Sentence("Contacts due"), "contacts", len(today.list_contacts_due(identity, now))),
            (Sentence("Referrals to answer or ask about"), "referrals", len(today.list_referrals_due(identity, now))),
            (
                Sentence("Reviews due in a week"),
                "reviews",
                len(today.list_reviews_soon(identity, now, day + REVIEWS_AHEAD)),
            ),
        )
        items += [NavigationItem(label, f"{here}#{part}", count=count) for label, part, count in counts]
    if identity.may(Permission.ASSIGN_COORDINATORS):
        count = len(records.list_waiting(now))
        items.append(NavigationItem(Sentence("Waiting for a coordinator"), url_for("care.show_caseloads"), count=count))
    if identity.may(Permission.EDIT_AGREEMENTS):
        total = queries.list_agreements(day, states=("active",), expiring_within_days=RENEWAL_DAYS[0], size=1)[1]
        address = url_for("care.list_agreements", ending=1)
        items.append(NavigationItem(Sentence("Agreements to renew"), address, count=total))
    if identity.may(Permission.DECIDE_GAPS):
        items.append(
            NavigationItem(Sentence("Gaps to decide about"), url_for("care.list_gaps"), count=gaps.count_open())
        )
    if identity.may(Permission.SEE_BREAK_GLASS):
        address = url_for("care.list_emergencies")
        items.append(NavigationItem(Sentence("Emergency access to judge"), address, count=records.count_unreviewed()))
    return items
