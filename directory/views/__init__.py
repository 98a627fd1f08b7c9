"""The directory's pages. Each file here holds the pages of one thing; `blueprint` is what the application registers."""

from __future__ import annotations

from collections.abc import Sequence

from flask import request, url_for

from core.errors import Sentence
from core.identity import Identity
from core.layout import NavigationItem
from directory.views import cards, find, kept_list, listing, pages
from directory.views.blueprint import blueprint

__all__ = ["blueprint", "cards", "find", "kept_list", "listing", "navigation", "pages"]


def navigation(identity: Identity) -> Sequence[NavigationItem]:
    """The directory's entries of the header."""
    here = request.endpoint or ""
    kept = len(kept_list.kept_ids())
    return [
        NavigationItem(
            Sentence("Find help"), url_for("directory.home"), here in {"directory.home", "directory.services"}
        ),
        NavigationItem(Sentence("My list"), url_for("directory.show_list"), here == "directory.show_list", kept),
        NavigationItem(Sentence("Help"), url_for("directory.help_page"), here == "directory.help_page"),
    ]
