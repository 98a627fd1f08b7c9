"""Stand-in until the engine is here: everything public, in order of id."""

from __future__ import annotations

from datetime import datetime

from directory import queries
from directory.facets import Visibility
from directory.search.query import Facets, Removal, SearchItem, SearchQuery, SearchResult


def search(query: SearchQuery, now: datetime) -> SearchResult:
    """Every listing as if it were near."""
    ids = queries.list_public_services(after=None, limit=500)
    page = queries.list_listings(ids[(query.page - 1) * query.size : query.page * query.size], Visibility(query.visibility))
    items = tuple(
        SearchItem(str(x.sites[0].listing_id), str(x.service_id), str(x.sites[0].location_id) if x.sites[0].location_id else None,
                   1500.0 if x.sites[0].point else None, x.sites[0].precision, "near" if x.sites[0].point else "remote", None, ())
        for x in page
    )
    return SearchResult(len(ids), len(ids), 0, 0, 0, query.page, query.size, items, Facets())


def suggest(prefix: str, language: str, limit: int) -> list[str]:
    """Nothing yet."""
    return []
