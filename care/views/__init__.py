"""The pages of care. Each file here holds the pages of one noun; `blueprint` is what the application registers."""

from __future__ import annotations

from collections.abc import Sequence

from flask import current_app, request, url_for

from care.views import (
    agreements,
    assignments,
    choice_sheets,
    circle,
    contacts,
    discharges,
    emergency,
    finding,
    gaps,
    outcomes,
    own,
    people,
    plans,
    referrals,
    screenings,
    today,
)
from care.views.blueprint import blueprint
from core.errors import Sentence
from core.identity import Identity, Permission
from core.layout import NavigationItem

__all__ = [
    "agreements",
    "assignments",
    "blueprint",
    "choice_sheets",
    "circle",
    "contacts",
    "discharges",
    "emergency",
    "finding",
    "gaps",
    "navigation",
    "outcomes",
    "own",
    "people",
    "plans",
    "referrals",
    "screenings",
    "today",
]

# Entries of the header: label, endpoint, who sees it, who does not need it. One whose page is not there is not shown.
ENTRIES: Sequence[tuple[Sentence, str, Permission, Permission | None]] = (
    (Sentence("People"), "care.list_people", Permission.SEE_ENROLLEES, None),
    (Sentence("Caseloads"), "care.show_caseloads", Permission.ASSIGN_COORDINATORS, None),
    (Sentence("Agreements"), "care.list_agreements", Permission.SEE_AGREEMENTS, None),
    (Sentence("Unmet need"), "care.list_gaps", Permission.SEE_GAPS, None),
    (Sentence("Outcomes"), "care.show_outcomes", Permission.SEE_OUTCOMES, None),
    (Sentence("Emergency access"), "care.list_emergencies", Permission.SEE_BREAK_GLASS, None),
    (Sentence("My record"), "care.show_me", Permission.SEE_OWN_RECORD, Permission.SEE_ENROLLEES),
)


def navigation(identity: Identity) -> Sequence[NavigationItem]:
    """The entries of the header for this person's roles."""
    here = request.endpoint or ""
    return [
        NavigationItem(label, url_for(endpoint), here == endpoint)
        for label, endpoint, needed, spared in ENTRIES
        if endpoint in current_app.view_functions
        and identity.may(needed)
        and not (spared is not None and identity.may(spared))
    ]
