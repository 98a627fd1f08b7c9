"""Makes the documents of the index from database rows, and reads the change feed. Nothing is decided about words here.

Listings are read at the widest level; each document carries the narrowest visibility of its service, organization and
location, so that one index serves every viewer.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from sqlalchemy import Select, bindparam, func, select

from core.db import current_config, db
from directory import needs, queries
from directory.facets import LANGUAGES, QUESTION_BY_CODE, Answer, Visibility
from directory.hours import days_that_close, weekly_minutes
from directory.models import ClosingDay, ListingChange, Location, Organization
from directory.queries import Listing, Site
from directory.search.listing import ListingDocument

BATCH = 200  # listings assembled at once
MOST_CHANGES = 10_000  # rows of the feed read at once: more than that is a rebuild anyway
COMMON_LANGUAGE = "en"
WORDLESS_ANSWERS = frozenset(
    {"self_referral", "no_id", "no_papers", "status_not_asked", "phone_intake", "online_intake"}
)


class DatabaseSource:
    """The listings and the change feed of the application's database."""

    def all_documents(self) -> Iterator[ListingDocument]:
        """Every listing that anybody may see."""
        after: UUID | None = None
        maker = _Maker()
        while ids := queries.list_public_services(after=after, limit=BATCH, visibility=Visibility.RESTRICTED):
            yield from maker.documents(ids)
            after = ids[-1]

    def documents_of(self, service_ids: Sequence[str]) -> list[ListingDocument]:
        """The listings of some services."""
        maker = _Maker()
        ids = [UUID(service_id) for service_id in service_ids]
        return [
            document for first in range(0, len(ids), BATCH) for document in maker.documents(ids[first : first + BATCH])
        ]

    def changes_from(self, floor: int) -> list[tuple[int, str]]:
        """The feed from a number on. One query by its key."""
        rows = db.session.execute(_changes(), {"floor": floor})
        return [(seq, str(service_id)) for seq, service_id in rows]

    def newest_change(self) -> int:
        """The feed's highest number, on a connection of its own: this session may read an older snapshot."""
        with db.engine.connect() as connection:
            return int(connection.scalar(select(func.max(ListingChange.seq))) or 0)


@cache
def _changes() -> Select[Any]:
    change = ListingChange.__table__.c
    return (
        select(change.seq, change.service_id)
        .where(change.seq >= bindparam("floor"))
        .order_by(change.seq)
        .limit(MOST_CHANGES)
    )


class _Maker:
    """Makes documents of listings; what repeats is read once."""

    def __init__(self) -> None:
        self._zone = current_config().timezone
        self._closing_days = _all_closing_days()

    def documents(self, service_ids: Sequence[UUID]) -> Iterator[ListingDocument]:
        """The documents of some services: one for each site, and one without a place where every site is hidden."""
        listings = queries.list_listings(service_ids, Visibility.RESTRICTED)
        organizations = _levels(Organization, [listing.organization_id for listing in listings])
        locations = _levels(Location, [site.location_id for one in listings for site in one.sites if site.location_id])
        for listing in listings:
            level = max(int(listing.visibility), organizations.get(listing.organization_id, 0))
            levels = [
                max(level, locations.get(site.location_id, 0) if site.location_id else 0) for site in listing.sites
            ]
            for site, site_level in zip(listing.sites, levels, strict=True):
                yield self._document(listing, site, site_level)
            if levels and min(levels) > level:
                yield self._document(listing, None, level)

    def _document(self, listing: Listing, site: Site | None, level: int) -> ListingDocument:
        rows = site.schedules if site else ()
        weekly = weekly_minutes(rows) if rows else None
        spoken = tuple(dict.fromkeys((*(site.languages if site else ()), *listing.languages)))
        areas = tuple(dict.fromkeys(code for area in (site.areas if site else ()) for code in area.codes if code))
        term_codes = [term.code for term in listing.terms]
        checked = [check.checked_at.date() for check in listing.checks if check.outcome == "right"]
        answered = [listing.assured_date] if listing.assured_date else []
        return ListingDocument(
            listing_id=str(site.listing_id if site else listing.service_id),
            service_id=str(listing.service_id),
            location_id=str(site.location_id) if site and site.location_id else None,
            name=listing.name,
            alternate_name=listing.alternate_name or "",
            organization=listing.organization,
            location_name=(site.name or "") if site else "",
            description=_description(listing),
            term_ids=_term_ids(listing),
            term_names=tuple(term.name for term in listing.terms),
            tags=(*_other_names(term_codes), *_spoken_tags(spoken)),
            details=_details(listing),
            needs=needs.needs_of(term_codes, [term.name for term in listing.terms], listing.name),
            languages=spoken,
            point=site.point if site else None,
            precision=site.precision.value if site else "none",
            areas=areas,
            is_remote=listing.answers.get("remote") == Answer.YES or _is_widely_served(areas),
            answers={code: int(answer) for code, answer in listing.answers.items()},
            minimum_age=listing.minimum_age,
            maximum_age=listing.maximum_age,
            weekly=tuple(weekly) if weekly else None,
            schedule=tuple(rows),
            closing_days=(
                *days_that_close(rows, self._closing_days[None]),
                *self._closing_days[listing.organization_id],
            ),
            zone=(site.timezone if site else None) or self._zone,
            verified_on=max([*checked, *answered], default=None),
            visibility=level,
        )


def _levels(model: type[Organization] | type[Location], ids: Sequence[UUID]) -> dict[UUID, int]:
    """The visibility of some organizations or locations. One query."""
    rows = db.session.execute(select(model.id, model.visibility).where(model.id.in_(set(ids))))
    return {one: int(level) for one, level in rows}


def _all_closing_days() -> dict[UUID | None, tuple[date, ...]]:
    """The closed days by organization; the county's under None. One query."""
    days: dict[UUID | None, tuple[date, ...]] = defaultdict(tuple)
    for row in db.session.execute(select(ClosingDay.organization_id, ClosingDay.day).order_by(ClosingDay.day)):
        days[row.organization_id] += (row.day,)
    return days


def _description(listing: Listing) -> str:
    parts = (listing.description, listing.program, listing.eligibility_description, listing.fees_description)
    return " ".join(part for part in parts if part)


def _details(listing: Listing) -> tuple[str, ...]:
    """Answers that a person may type as words ("walk in", "Takes Medicaid"); what is a no says nothing."""
    return tuple(
        str(QUESTION_BY_CODE[code].label)
        for code, answer in listing.answers.items()
        if answer == Answer.YES and code in QUESTION_BY_CODE and code not in WORDLESS_ANSWERS
    )


def _term_ids(listing: Listing) -> tuple[str, ...]:
    """The terms of a listing and all that stand above them: asking for a kind finds its kinds too."""
    ids = [one for term in listing.terms for one in (term.id, *term.ancestors)]
    return tuple(dict.fromkeys(str(one) for one in ids))


def _other_names(term_codes: Sequence[str | None]) -> tuple[str, ...]:
    """The Spanish names of our own terms, so that a Spanish word finds what is described in English."""
    own = (needs.own_term(code or "") for code in term_codes)
    return tuple(term.name("es") for term in own if term is not None)


@lru_cache(maxsize=1024)
def _spoken_tags(codes: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(f"{LANGUAGES[code]} speaking" for code in codes if code in LANGUAGES and code != COMMON_LANGUAGE)


def _is_widely_served(areas: Sequence[str]) -> bool:
    return any(code.startswith("country:") for code in areas)
