"""The pages of the fund. Each file here holds the pages of one noun; `blueprint` is what the application registers."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request

from core.errors import Sentence
from core.identity import Identity, Permission
from core.layout import NavigationItem
from funds.views import asking, deciding, requests, steps
from funds.views.blueprint import blueprint, menu

__all__ = ["blueprint", "asking", "deciding", "navigation", "requests", "steps"]


def navigation(identity: Identity) -> Sequence[NavigationItem]:
    """One entry of the header, to the first page of the fund that this viewer can open."""
    items = menu(identity)
    if not items:
        return []
    own = identity.may(Permission.SEE_OWN_MONEY) and not identity.may(Permission.SEE_FUND_REQUESTS)
    label = Sentence("My money") if own else Sentence("Fund")
    is_here = (request.endpoint or "").startswith("funds.")
    return [NavigationItem(label, items[0].address, is_here)]
