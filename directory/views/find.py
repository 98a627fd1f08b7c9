"""Finding help: the home page, the results, and what the two boxes suggest."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from flask import Response, jsonify, make_response, redirect, render_template, request
from werkzeug.wrappers import Response as AnyResponse

from core.clock import now_utc
from core.errors import InvalidInput
from core.geo import METRES_PER_MILE
from core.guard import current_identity, public
from core.layout import address_with, current_site, page_language
from directory import gazetteer, queries, search
from directory.facets import Visibility
from directory.forms import SearchAsked, read_point, read_search
from directory.gazetteer import PlaceAnswer
from directory.gazetteer.names import folded
from directory.needs import all_needs
from directory.rules import viewer_level
from directory.search import SearchQuery
from directory.unmet import unmet_of
from directory.views.blueprint import blueprint
from directory.views.cards import Moment
from directory.views.kept_list import kept_ids
from directory.views.results import make_results

SUGGESTIONS = 8
FIRST = 3  # of what words find, to see whether they are a name
PAGE_SIZE = 20
VIEW_COOKIE = "goldthread_view"
YEAR_S = 365 * 24 * 3600
DEFAULT_MILES = {"zip": 10.0, "point": 10.0, "town": 10.0, "county": 25.0}  # a state has no radius: all of it is near


@blueprint.get("/")
@public
def home() -> str:
    """The first page: what, where, and the needs in plain words."""
    return render_template(
        "directory/home.html", asked=SearchAsked(), needs=all_needs(), language=page_language(), now=now_utc()
    )


@blueprint.get("/services")
@public
def services() -> AnyResponse:
    """The results of a search: whole, or for htmx only the part that changes."""
    asked = read_search(request.args)
    moment = Moment(now_utc(), current_site().zone, tuple(queries.closing_days()))
    level = viewer_level(current_identity())
    is_part = "HX-Request" in request.headers and "HX-History-Restore-Request" not in request.headers
    if (address := place_moved(asked, moment.now, level)) is not None:
        moved = Response(headers={"HX-Redirect": address}) if is_part else redirect(address)
        moved.vary.add("HX-Request")
        return moved
    answer = find_place(asked)
    radius_m = radius_of(asked, answer)
    try:
        found = search.search(make_query(asked, answer, radius_m, moment, int(level)), moment.now)
    except InvalidInput as refusal:  # the form's bounds are the narrower ones; a difference is said, never a failure
        asked = SearchAsked(where=asked.where, problems={refusal.field: refusal.sentence})
        found = search.search(make_query(asked, answer, radius_m, moment, int(level)), moment.now)
    listings = {
        listing.service_id: listing
        for listing in queries.list_cards([UUID(item.service_id) for item in found.items], level)
    }
    term_ids = {term_id for term_id, _ in found.facets.term} | set(asked.terms)
    view = asked.view or request.cookies.get(VIEW_COOKIE, "map")
    page = render_template(
        "directory/services_results.html" if is_part else "directory/services.html",
        asked=asked,
        results=make_results(
            asked,
            answer,
            found,
            listings,
            moment,
            kept=kept_ids(),
            term_names=queries.list_term_names(term_ids),
            radius_m=radius_m,
            shows_map=view != "list",
            language=page_language(),
        ),
        unmet=unmet_of(asked.words, asked.needs, asked.languages, asked.yes, answer.place if answer else None),
        now=moment.now,
        here=address_with(),
        page_address=lambda number: address_with(page=str(number)),
    )
    response = make_response(page)
    response.vary.add("HX-Request")
    if asked.view and asked.view != request.cookies.get(VIEW_COOKIE):
        response.set_cookie(
            VIEW_COOKIE, asked.view, max_age=YEAR_S, httponly=True, samesite="Lax", secure=request.is_secure
        )
    return response


@blueprint.get("/suggest")
@public
def suggest() -> Response:
    """Words that the what box may mean, as a JSON list."""
    prefix = read_search(request.args).words[:80]
    return jsonify(search.suggest(prefix, page_language(), SUGGESTIONS) if len(prefix) > 1 else [])


@blueprint.get("/places")
@public
def places() -> Response:
    """Places that the where box may mean, as a JSON list."""
    prefix = read_search(request.args).words[:80]
    found = gazetteer.suggest_places(prefix, SUGGESTIONS, current_site().state) if len(prefix) > 1 else []
    return jsonify([place.label for place in found])


def find_place(asked: SearchAsked) -> PlaceAnswer | None:
    """What the where box names; None when it is empty."""
    if not asked.where:
        return None
    point = read_point(asked.where)
    if point is not None:
        return PlaceAnswer(gazetteer.place_at(point), (), understood=True, sentence=None)
    return gazetteer.find_place(asked.where, prefer_state=current_site().state)


def place_moved(asked: SearchAsked, now: datetime, level: Visibility) -> str | None:
    """The address of the same search with the place that was typed among the words in the box for it, or None.

    Words that are the name of somebody ("Yonkers Family YMCA") stay as they are; a town with a kind of help or with
    nothing is a town, whoever bears its name.
    """
    if asked.where or not asked.words:
        return None
    read = gazetteer.place_among_words(asked.words, current_site().state)
    if read is None:
        return None
    is_plain = read.is_certain or not read.rest or search.is_kind_of_help(read.rest)
    if not is_plain and _is_a_name(asked.words, now, level):
        return None
    return address_with(q=read.rest or None, where=read.place.label, read=read.typed, page=None)


def _is_a_name(words: str, now: datetime, level: Visibility) -> bool:
    """Whether one of the first services that the words find bears all of them in its name or its organization's."""
    asked = SearchQuery(words=words, size=FIRST, facets=False, visibility=int(level), language=page_language())
    ids = [UUID(item.service_id) for item in search.search(asked, now).items]
    typed = set(folded(words).split())
    return any(
        typed <= set(folded(f"{card.name} {card.organization}").split()) for card in queries.list_cards(ids, level)
    )


def radius_of(asked: SearchAsked, answer: PlaceAnswer | None) -> float | None:
    """How far is near: as asked, else what suits the kind of place."""
    if answer is None or answer.place is None or asked.any_distance:
        return None
    miles = asked.within_miles or DEFAULT_MILES.get(answer.place.kind)
    return miles * METRES_PER_MILE if miles else None


def make_query(
    asked: SearchAsked, answer: PlaceAnswer | None, radius_m: float | None, moment: Moment, level: int
) -> SearchQuery:
    """The question to the engine. Raises InvalidInput."""
    place = answer.place if answer else None
    return SearchQuery(
        words=asked.words,
        place=place,
        radius_m=radius_m,
        needs=asked.needs,
        terms=asked.terms,
        languages=asked.languages,
        yes=asked.yes,
        age=asked.age,
        open_at=moment.now if asked.open_now else None,
        sort="best" if asked.sort == "distance" and place is None else asked.sort,
        page=asked.page,
        size=PAGE_SIZE,
        visibility=level,
        include_not_stated=asked.include_not_stated,
        language=page_language(),
    )
