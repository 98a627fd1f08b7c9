"""The stewards' pages: `blueprint` is what the application registers, `navigation` their entry of the header."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request, url_for

from core.clock import now_utc
from core.errors import Sentence
from core.identity import Identity, Permission
from core.layout import NavigationItem
from directory import queries
from directory.views import (
    steward_care,
    steward_hours,
    steward_imports,
    steward_listings,
    steward_parts,
    steward_start,
)
from directory.views.steward_blueprint import blueprint

__all__ = [
    "blueprint",
    "navigation",
    "steward_care",
    "steward_hours",
    "steward_imports",
    "steward_listings",
    "steward_parts",
    "steward_start",
    "waiting",
]


def navigation(identity: Identity) -> Sequence[NavigationItem]:
    """One entry, for those who may edit the directory."""
    if not identity.may(Permission.EDIT_DIRECTORY):
        return []
    here = (request.endpoint or "").startswith("steward.")
    return [NavigationItem(Sentence("Keep the directory"), url_for("steward.start"), here)]


def waiting(identity: Identity) -> Sequence[NavigationItem]:
    """What waits for a steward, with counts, for the start page of everybody."""
    if not identity.may(Permission.EDIT_DIRECTORY):
        return []
    found = queries.count_waiting(now_utc())
    return [
        NavigationItem(Sentence("Reported problems"), url_for("steward.reports"), count=found.open_reports),
        NavigationItem(Sentence("Imports under way"), url_for("steward.imports"), count=found.running_imports),
        NavigationItem(Sentence("Expired figures"), url_for("steward.capacities"), count=found.expired_capacities),
    ]
