"""The stewards' pages: `blueprint` is what the application registers, `navigation` their entry of the header."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request, url_for

from core.errors import Sentence
from core.identity import Identity, Permission
from core.layout import NavigationItem
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
]


def navigation(identity: Identity) -> Sequence[NavigationItem]:
    """One entry, for those who may edit the directory."""
    if not identity.may(Permission.EDIT_DIRECTORY):
        return []
    here = (request.endpoint or "").startswith("steward.")
    return [NavigationItem(Sentence("Keep the directory"), url_for("steward.start"), here)]
