"""The pages of the fund. Each file here holds the pages of one noun; `blueprint` is what the application registers."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request, url_for

from care.queries.records import find_own
from core.clock import now_utc
from core.errors import Sentence
from core.identity import Identity, Permission
from core.layout import NavigationItem
from funds.queries.asking import list_unanswered
from funds.queries.standing import count_asking
from funds.views import (
    about,
    asking,
    bank,
    budget,
    caseload,
    custody,
    deciding,
    delegations,
    exports,
    governance,
    own,
    packets,
    papers,
    payees,
    paying,
    reports,
    requests,
    rollover,
    rules,
    steps,
    undoing,
    years,
)
from funds.views.blueprint import blueprint, menu
from funds.views.governance import waiting_to_govern

__all__ = [
    "about",
    "asking",
    "bank",
    "blueprint",
    "budget",
    "caseload",
    "custody",
    "deciding",
    "delegations",
    "exports",
    "governance",
    "navigation",
    "own",
    "packets",
    "papers",
    "payees",
    "paying",
    "reports",
    "requests",
    "rollover",
    "rules",
    "steps",
    "undoing",
    "waiting",
    "years",
]


def navigation(identity: Identity) -> Sequence[NavigationItem]:
    """One entry of the header, to the first page of the fund that this viewer can open."""
    items = menu(identity)
    if not items:
        return []
    own = identity.may(Permission.SEE_OWN_MONEY) and not identity.may(Permission.SEE_FUND_REQUESTS)
    label = Sentence("My money") if own else Sentence("Fund")
    is_here = (request.endpoint or "").startswith("funds.")
    return [NavigationItem(label, items[0].address, is_here)]


def waiting(identity: Identity) -> Sequence[NavigationItem]:
    """What waits for one who asks the fund, and for the person themselves, for the start page."""
    items = []
    now = now_utc()
    if identity.may(Permission.ASK_FUND) and "coordinator" in identity.roles:
        counts = count_asking(identity, now)
        for label, count, state in (
            (Sentence("Fund requests to finish and send"), counts.drafts, "draft"),
            (Sentence("Fund requests returned for a change"), counts.returned, "returned"),
            (Sentence("Receipts to bring"), counts.receipts, "paid"),
        ):
            items.append(NavigationItem(label, url_for("funds.list_requests", state=state, mine=1), count=count))
        address = url_for("funds.list_requests", state="draft")
        items.append(NavigationItem(Sentence("Drafts that people started"), address, count=counts.to_adopt))
    if identity.may(Permission.SEE_OWN_MONEY) and (own := find_own(identity)) is not None:
        items.append(
            NavigationItem(
                Sentence("Requests that need your answer"),
                url_for("funds.show_own_money"),
                count=len(list_unanswered(own)),
            )
        )
    items += waiting_to_govern(identity)
    return items
