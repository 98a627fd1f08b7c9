"""Unmet need: recorded from a search or a referral in one press, counted from public searches, decided upon."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from flask import redirect, request, url_for
from flask_babel import gettext
from werkzeug.wrappers import Response

from care.actions.finding import home_place, open_search
from care.actions.following import open_referral
from care.actions.gaps import decide_gap, record_gap
from care.actions.opening import require_writer
from care.fields import DOMAIN_NEEDS
from care.forms.finding import read_near
from care.queries.gaps import CountyNeed, count_by_county, list_gaps
from care.views.blueprint import PAGE_SIZE, blueprint, page
from care.views.maps import STEPS, CountyMap, county_map
from care.words import GAP_STATES
from core.clock import now_utc
from core.errors import InvalidInput, NotAllowed, Sentence
from core.guard import current_identity, needs, public
from core.identity import VISITOR, Permission
from core.layout import address_with, page_language
from core.pages import PageOf, flash_sentence, page_number
from directory.facets import LANGUAGES, QUESTION_BY_CODE
from directory.gazetteer import area_code_label
from directory.needs import all_needs
from directory.unmet import known_unmet, unmet_of

DONE = Sentence("The gap is on record. No word about the person is in it.")


@blueprint.post("/enrollees/<uuid:enrollee_id>/gaps", endpoint="record_gap")
@needs(Permission.WRITE_CARE)
def record_search_gap(enrollee_id: UUID) -> Response:
    """Put on record that a search near a person found nothing that fits."""
    identity, now = current_identity(), now_utc()
    require_writer(identity, enrollee_id, now)
    start = open_search(identity, enrollee_id=enrollee_id, now=now)
    near = read_near(request.form)
    asked = near.asked
    place = start.place if near.is_near else None
    try:
        record_gap(
            identity, unmet=unmet_of(asked.words, asked.needs, asked.languages, asked.yes, place), source="search"
        )
        flash_sentence(DONE)
    except InvalidInput as refusal:
        flash_sentence(refusal.sentence, "error")
    return redirect(url_for("care.find_services", enrollee_id=enrollee_id), 303)


@blueprint.post("/enrollees/<uuid:enrollee_id>/referrals/<uuid:referral_id>/gap")
@needs(Permission.WRITE_CARE)
def record_referral_gap(enrollee_id: UUID, referral_id: UUID) -> Response:
    """Put on record that a referral ended because there was no room."""
    identity, now = current_identity(), now_utc()
    require_writer(identity, enrollee_id, now)
    opened = open_referral(identity, enrollee_id=enrollee_id, referral_id=referral_id, now=now)
    if opened.line.row.state not in {"no capacity", "closed"}:
        raise NotAllowed(Sentence("Only a referral that found no room becomes a gap."))
    place = home_place(opened.person.fields)
    wanted = DOMAIN_NEEDS.get(opened.line.goal_domain, ())
    record_gap(identity, unmet=unmet_of("", wanted, (), (), place), source="referral")
    flash_sentence(DONE)
    return redirect(url_for("care.show_referral", enrollee_id=enrollee_id, referral_id=referral_id), 303)


@blueprint.post("/gaps/seen")
@public
def count_public_search() -> tuple[str, int]:
    """Count a public search that found nothing, by its codes. Nothing of the visitor is read or kept."""
    form = request.form
    unmet = known_unmet(
        form.getlist("need")[:10], form.getlist("language")[:10], form.getlist("yes")[:20], form.get("county")
    )
    if unmet.says_something:
        record_gap(VISITOR, unmet=unmet, source="public")
    return "", 204


@blueprint.get("/gaps", endpoint="list_gaps")
@needs(Permission.SEE_GAPS)
def show_gaps() -> tuple[str, int]:
    """Unmet need, the most met first, with counts by county."""
    number, county = page_number(request.args.get("page")), request.args.get("county", "")
    county = county if county.startswith("county:") and area_code_label(county) else ""
    state = request.args.get("state", "")
    state = state if state in GAP_STATES else ""
    rows, total = list_gaps(county=county, state=state, page=number, size=PAGE_SIZE)
    counties = count_by_county()
    return page(
        "list_gaps",
        rows=rows,
        counties=counties,
        drawing=_drawing(counties),
        steps=_steps(),
        state=state,
        proposed=sum(one.proposed for one in counties),
        county=county,
        county_label=area_code_label,
        need_names={need.code: need.name(page_language()) for need in all_needs()},
        languages=LANGUAGES,
        questions=QUESTION_BY_CODE,
        states=GAP_STATES,
        where=PageOf(number, PAGE_SIZE, total),
        address=lambda n: address_with(page=None if n == 1 else str(n)),
    )


def _drawing(counties: Sequence[CountyNeed]) -> CountyMap:
    said = [(area_code_label(one.county), one) for one in counties if one.county]
    parts = [f"{label}: {one.times}" for label, one in said if label]
    text = gettext("How often a need was not met, by county.") + " " + "; ".join(parts)
    marked = frozenset(one.county for one in counties if one.county and one.proposed)
    return county_map({one.county: one.times for one in counties if one.county}, marked, text)


def _steps() -> list[tuple[int, str]]:
    """The legend: depth of colour and what it stands for."""
    last = len(STEPS)
    spans = [f"{first}–{STEPS[at + 1] - 1}" if at + 1 < last else f"{first}+" for at, first in enumerate(STEPS)]
    return [(at + 1, span) for at, span in enumerate(spans)]


@blueprint.post("/gaps/<uuid:gap_id>")
@needs(Permission.DECIDE_GAPS)
def change_gap(gap_id: UUID) -> Response:
    """Propose a purchase for a gap, close it, or open it again."""
    decide_gap(current_identity(), gap_id=gap_id, state=request.form.get("state", ""))
    flash_sentence(Sentence("What to do about the gap is on record."))
    return redirect(url_for("care.list_gaps"), 303)
