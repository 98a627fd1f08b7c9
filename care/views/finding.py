"""Finding help near one person: the search filled in from their record, every part of it visible and removable."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final
from uuid import UUID

from flask import current_app, redirect, request, url_for
from flask_babel import format_date, gettext
from werkzeug.datastructures import MultiDict
from werkzeug.wrappers import Response

from care.actions.choices import offer_choices
from care.actions.finding import SearchStart, open_search
from care.forms.finding import NearAsked, SheetForm, read_near, read_options
from care.queries.referrals import places_used, promises_of
from care.rules import kept_rate
from care.views.blueprint import blueprint, person_page
from core.clock import local_month_start, now_utc
from core.errors import Sentence
from core.geo import METRES_PER_MILE, Point
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import current_site, page_language
from core.pages import attempt, translate
from directory import queries, search
from directory.facets import LANGUAGES, QUESTION_BY_CODE, QUESTIONS
from directory.forms import SORT_LABELS, WITHIN_MILES, SearchAsked
from directory.needs import all_needs
from directory.queries import CardListing, PriorityTerms
from directory.rules import viewer_level
from directory.search import Removal, SearchItem, SearchQuery, SearchResult
from directory.views.cards import CardView, Moment, make_card
from directory.views.results import GROUPS

PAGE_SIZE: Final = 20
MILES: Final = 10.0
PICKED: Final = 3  # the best so many are picked for the choice sheet from the start
FEW: Final = 5  # directory.md section 9: under five, a kept rate says too little


@dataclass(frozen=True, slots=True)
class HomeArea:
    """The place that a search starts from, under a name that tells nobody where it is."""

    label: str
    point: Point
    area_codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """One part of the search, shown as a chip. `removal` is what its button sends."""

    label: str
    removal: str


@dataclass(frozen=True, slots=True)
class AgreementView:
    """What a partner promised, as a coordinator reads it on a card."""

    id: UUID
    terms: Sentence
    promise: str | None
    contact: str
    phone: str | None
    kept: Sentence
    places: Sentence | None
    is_full: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A card with its number, the value of its check box, and the agreement for this person."""

    card: CardView
    number: int
    option: str
    picked: bool
    agreement: AgreementView | None


@blueprint.route("/enrollees/<uuid:enrollee_id>/services", methods=["GET", "POST"])
@needs(Permission.SEE_ENROLLEES)
def find_services(enrollee_id: UUID) -> tuple[str, int]:
    """Services near a person: filled in from the record and the goal, or as it was posted."""
    moment = Moment(now_utc(), current_site().zone, tuple(queries.closing_days()))
    start = open_search(current_identity(), enrollee_id=enrollee_id, goal_id=_goal_id(), now=moment.now)
    near = read_near(request.form) if request.method == "POST" else _filled_in(start)
    if request.method == "POST" and request.form.get("filled") != "1":
        near = _filled_in(start, read_near(request.form))
    return _page(start, near, moment, form=None, reasons=())


@blueprint.post("/enrollees/<uuid:enrollee_id>/choices")
@needs(Permission.WRITE_CARE)
def make_choice_sheet(enrollee_id: UUID) -> Response | tuple[str, int]:
    """Make a choice sheet of the picked services; a refusal shows the search again."""
    now = now_utc()
    start = open_search(current_identity(), enrollee_id=enrollee_id, now=now)
    form = SheetForm(goals=_goal_choices(start))
    result = None
    if form.validate_on_submit():
        result = attempt(
            form,
            lambda: offer_choices(
                current_identity(),
                enrollee_id=enrollee_id,
                sheet_id=form.sheet_id.id_of_row,
                goal_id=UUID(form.goal.data),
                options=read_options(request.form.getlist("option")),
                language=form.sheet_language.data,
                who_calls=form.who_calls.data,
                is_discreet=form.is_discreet.data,
                now=now,
            ),
        )
        if result.done:
            prints = "1" if request.form.get("then") == "print" else None
            address = url_for("care.show_choice_sheet", enrollee_id=enrollee_id, sheet_id=result.result, print=prints)
            return redirect(address, 303)
    moment = Moment(now, current_site().zone, tuple(queries.closing_days()))
    return _page(start, read_near(request.form), moment, form=form, reasons=result.reasons if result else ())


def _goal_id() -> UUID | None:
    try:
        return UUID(request.args["goal"])
    except (KeyError, ValueError):
        return None


def _filled_in(start: SearchStart, wanted: NearAsked | None = None) -> NearAsked:
    """The search as the record fills it in; `wanted` adds what a page asked for (a need of a screening)."""
    asked = SearchAsked(
        words=wanted.asked.words if wanted else "",
        within_miles=MILES,
        needs=(wanted.asked.needs if wanted else ()) or start.needs,
        languages=start.languages,
        yes=start.yes,
        include_not_stated=True,
    )
    return NearAsked(asked, start.place is not None)


def _page(
    start: SearchStart, near: NearAsked, moment: Moment, *, form: SheetForm | None, reasons: Sequence[Sentence]
) -> tuple[str, int]:
    asked, level = near.asked, viewer_level(current_identity())
    home = None
    if near.is_near and start.place is not None:
        home = HomeArea(gettext("the home area"), start.place.point, start.place.area_codes)
    found = search.search(_query(near, home, start, moment, int(level)), moment.now)
    listings = {one.service_id: one for one in queries.list_cards([UUID(i.service_id) for i in found.items], level)}
    picked = set(request.form.getlist("option")) if form else None
    goals = _goal_choices(start)
    if form is None:
        # An unbound form: the search itself may have been posted.
        form = SheetForm(
            MultiDict(),
            goals=goals,
            goal=str(start.goal.id) if start.goal else (goals[0][0] if goals else ""),
            sheet_language=_sheet_language(start),
            who_calls="together",
        )
    return person_page(
        "find_services",
        start.person,
        now=moment.now,
        form=form,
        reasons=reasons,
        start=start,
        near=near,
        parts=_parts(near, start),
        groups=_groups(found, listings, moment, start, picked),
        found=found,
        pages=_pages(found, asked),
        empty_lines=_empty_lines(found, near),
        needs=[(need.code, need.name(page_language())) for need in all_needs() if need.code not in asked.needs],
        languages=[(code, label) for code, label in LANGUAGES.items() if code not in asked.languages],
        questions=[one for one in QUESTIONS if one.code not in asked.yes],
        distances=WITHIN_MILES,
        sorts=SORT_LABELS,
        goal_words=_words_of_goal(start),
        can_refer="care.make_referral" in current_app.view_functions,
        can_record_gap="care.record_gap" in current_app.view_functions,
    )


def _query(near: NearAsked, home: HomeArea | None, start: SearchStart, moment: Moment, level: int) -> SearchQuery:
    asked = near.asked
    miles = None if asked.any_distance or home is None else asked.within_miles or MILES
    return SearchQuery(
        words=asked.words,
        place=home,
        radius_m=miles * METRES_PER_MILE if miles else None,
        needs=asked.needs,
        languages=asked.languages,
        yes=asked.yes,
        open_at=moment.now if asked.open_now else None,
        sort="best" if asked.sort == "distance" and home is None else asked.sort,
        page=asked.page,
        size=PAGE_SIZE,
        visibility=level,
        agreements=tuple((str(service_id), terms_of(terms)) for service_id, terms in start.priority.items()),
        include_not_stated=asked.include_not_stated,
        language=page_language(),
    )


def terms_of(terms: PriorityTerms) -> Sentence:
    """ "within 24 hours, until June 30, 2027"."""
    if terms.until is None:
        return Sentence("within %(hours)s hours", hours=terms.promised_hours)
    return Sentence(
        "within %(hours)s hours, until %(day)s", hours=terms.promised_hours, day=format_date(terms.until, "long")
    )


def kept_words(promises: Sequence[tuple[int, timedelta | None, bool]]) -> Sentence:
    """How many promises a partner kept, or that there are too few to say."""
    kept, counted = kept_rate(promises)
    if counted < FEW:
        return Sentence("Promises kept: too few to say yet")
    return Sentence(
        "Promises kept: %(kept)s of %(counted)s (%(percent)s %%)",
        kept=kept,
        counted=counted,
        percent=round(100 * kept / counted),
    )


def places_words(places: int | None, used: int) -> Sentence | None:
    """How many of the places that a partner promised a month are used; None where it promised no number."""
    if places is None:
        return None
    return Sentence("Places used this month: %(used)s of %(places)s", used=used, places=places)


def _groups(
    found: SearchResult,
    listings: Mapping[UUID, CardListing],
    moment: Moment,
    start: SearchStart,
    picked: set[str] | None,
) -> list[tuple[Sentence, Sentence | None, list[Found]]]:
    shown = [terms.agreement_id for key, terms in start.priority.items() if key in listings]
    promises = promises_of(shown, moment.now) if shown else {}
    used = places_used(shown, local_month_start(moment.now, current_site().zone)) if shown else {}
    groups: dict[str, list[Found]] = {}
    first = (found.page - 1) * found.size + 1
    for number, item in enumerate(found.items, first):
        listing = listings.get(UUID(item.service_id))
        if listing is None:
            continue
        option = item.service_id + (f":{item.location_id}" if item.location_id else "")
        chosen = option in picked if picked is not None else number <= PICKED
        terms = start.priority.get(listing.service_id)
        agreement = _agreement(terms, promises, used) if terms else None
        groups.setdefault(item.group, []).append(Found(_card(listing, item, moment), number, option, chosen, agreement))
    headings = {**GROUPS, "near": (Sentence("Near the home area"), None)}
    if start.place is None:
        headings["near"] = (Sentence("Results"), None)
    return [(*headings.get(code, headings["near"]), entries) for code, entries in groups.items()]


def _card(listing: CardListing, item: SearchItem, moment: Moment) -> CardView:
    location = UUID(item.location_id) if item.location_id else None
    return make_card(
        listing, moment, location_id=location, distance_m=item.distance_m, group=item.group, reasons=item.reasons
    )


def _agreement(terms: PriorityTerms, promises: Mapping[UUID, Any], used: Mapping[UUID, int]) -> AgreementView:
    contact = " · ".join(part for part in (terms.contact, terms.route) if part)
    kept = kept_words(promises.get(terms.agreement_id, ()))
    taken = used.get(terms.agreement_id, 0)
    return AgreementView(
        terms.agreement_id,
        terms_of(terms),
        terms.promise,
        contact,
        terms.phone,
        kept,
        places_words(terms.places_per_month, taken),
        terms.places_per_month is not None and taken >= terms.places_per_month,
    )


def _parts(near: NearAsked, start: SearchStart) -> list[Part]:
    asked = near.asked
    names = {need.code: need.name(page_language()) for need in all_needs()}
    parts = []
    if near.is_near and start.place is not None:
        parts.append(Part(gettext("Near the home area"), "near"))
        if not asked.any_distance:
            parts.append(Part(gettext("Within %(miles)s miles", miles=f"{asked.within_miles or MILES:g}"), "within"))
    parts += [Part(names.get(code, code), f"need:{code}") for code in asked.needs]
    parts += [Part(translate(LANGUAGES[code]), f"language:{code}") for code in asked.languages]
    parts += [Part(translate(QUESTION_BY_CODE[code].label), f"yes:{code}") for code in asked.yes]
    if asked.words:
        parts.append(Part(f"“{asked.words}”", "words"))
    if asked.open_now:
        parts.append(Part(gettext("Open now"), "open_now"))
    return parts


def _empty_lines(found: SearchResult, near: NearAsked) -> list[Part]:
    """What one change brings back."""
    fields = {"words": "words", "place": "near", "radius_m": "within", "open_at": "open_now", "needs": "need",
              "languages": "language", "yes": "yes"}  # fmt: skip
    labels = {
        "words": near.asked.words,
        "near": gettext("Near the home area"),
        "within": gettext("this distance"),
        "open_now": gettext("open now"),
        "need": gettext("this need"),
        "language": gettext("this language"),
    }

    def line(removal: Removal) -> Part | None:
        name = fields.get(removal.name)
        if name is None:
            return None
        label = labels.get(name, "")
        if name == "yes" and removal.value in QUESTION_BY_CODE:
            label = translate(QUESTION_BY_CODE[removal.value].label)
        sent = f"{name}:{removal.value}" if name == "yes" else name
        return Part(gettext("Without “%(filter)s”: %(count)s", filter=label, count=removal.total), sent)

    return [part for removal in found.emptied_by if (part := line(removal)) is not None][:5]


def _pages(found: SearchResult, asked: SearchAsked) -> int:
    shown = found.total + found.total_unplaced + (found.total_not_stated if asked.include_not_stated else 0)
    return max(1, -(-shown // found.size))


def _goal_choices(start: SearchStart) -> list[tuple[str, str]]:
    running = [(goal, words) for goal, words in start.goals if goal.status in {"active", "paused"}]
    choices = [(str(goal.id), str(words.get("own_words") or gettext("Goal %(n)s", n=goal.number)))
               for goal, words in running]  # fmt: skip
    return [(value, label if len(label) <= 90 else label[:88] + " …") for value, label in choices]


def _words_of_goal(start: SearchStart) -> str:
    if start.goal is None:
        return ""
    return next((str(words.get("own_words") or "") for goal, words in start.goals if goal.id == start.goal.id), "")


def _sheet_language(start: SearchStart) -> str:
    """The first of the person's languages that a sheet can be written in."""
    spoken = start.person.fields.get("languages") or ()
    return next((code for code in spoken if code in {"en", "es"}), "en")
