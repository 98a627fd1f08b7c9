"""The choice sheet: looked at, printed, sent by the person's own way, and what the person chose."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote
from uuid import UUID

from flask import current_app, redirect, render_template, request, url_for
from flask_babel import force_locale, gettext
from markupsafe import Markup
from werkzeug.wrappers import Response

from care.actions.choices import OpenedSheet, open_choice_sheet, record_choice
from care.forms.finding import CALLER_WORDS, ChoiceForm
from care.views.blueprint import blueprint, person_page
from care.words import CONTACT_WAYS
from core.clock import now_utc
from core.errors import Sentence
from core.filters import phone, tel
from core.forms import options
from core.geo import distance_m
from core.guard import current_identity, needs
from core.identity import Permission
from core.layout import LANGUAGE_NAMES, LOCALES, current_site
from core.pages import attempt, translate
from directory import queries
from directory.facets import Answer, Precision
from directory.queries import Listing, PhoneLine, Site
from directory.views.cards import CardView, Moment, language_labels, main_phone, make_card
from directory.views.listing_page import DayView, week_of

NONE_WANTED: Final = "none"
DISTANCES: Final = frozenset({Precision.EXACT, Precision.STREET, Precision.ZIP, Precision.TOWN})


@dataclass(frozen=True, slots=True)
class OptionView:
    """One service on the sheet, in plain words."""

    id: UUID
    service_id: UUID
    number: int
    card: CardView
    phone: PhoneLine | None
    week: tuple[DayView, ...]
    bring: tuple[str, ...]
    apply: str
    languages: tuple[Sentence | str, ...]


@dataclass(frozen=True, slots=True)
class Shown:
    """How the sheet is shown now: as it was made, or as this page asks."""

    language: str
    is_discreet: bool


@blueprint.get("/enrollees/<uuid:enrollee_id>/choices/<uuid:sheet_id>")
@needs(Permission.SEE_ENROLLEES)
def show_choice_sheet(enrollee_id: UUID, sheet_id: UUID) -> tuple[str, int]:
    """One sheet: to print, to send, and to write down the choice."""
    now = now_utc()
    opened = open_choice_sheet(current_identity(), enrollee_id=enrollee_id, sheet_id=sheet_id, now=now)
    return _page(opened, Moment(now, current_site().zone, tuple(queries.closing_days())), None, ())


@blueprint.post("/enrollees/<uuid:enrollee_id>/choices/<uuid:sheet_id>")
@needs(Permission.WRITE_CARE)
def choose(enrollee_id: UUID, sheet_id: UUID) -> Response | tuple[str, int]:
    """Write down what the person chose and why."""
    now = now_utc()
    opened = open_choice_sheet(current_identity(), enrollee_id=enrollee_id, sheet_id=sheet_id, now=now)
    form = ChoiceForm()
    form.option.choices = options(_choices(opened))
    result = None
    if form.validate_on_submit():
        option_id = None if form.option.data == NONE_WANTED else UUID(form.option.data)
        result = attempt(
            form,
            lambda: record_choice(
                current_identity(),
                enrollee_id=enrollee_id,
                sheet_id=sheet_id,
                option_id=option_id,
                reason=form.reason.data or "",
                now=now,
            ),
        )
        if result.done:
            return redirect(url_for("care.show_choice_sheet", enrollee_id=enrollee_id, sheet_id=sheet_id), 303)
    moment = Moment(now, current_site().zone, tuple(queries.closing_days()))
    return _page(opened, moment, form, result.reasons if result else ())


def _page(opened: OpenedSheet, moment: Moment, form: ChoiceForm | None, reasons: Sequence[Sentence]) -> tuple[str, int]:
    if form is None:
        form = ChoiceForm(None)
        form.option.choices = options(_choices(opened))
    shown = _shown(opened)
    # The sheet is in the person's language, the page around it in the reader's.
    with force_locale(LOCALES[shown.language]):
        views = _options(opened, moment)
        body = render_template("care/choice_sheet_body.html", **_body(opened, shown, views, moment))
        bodies = _messages(shown, views)
    chosen = next((view for view in views if view.id == opened.sheet.chosen_option_id), None)
    return person_page(
        "choice_sheet",
        opened.person,
        tab="care.find_services",
        now=moment.now,
        form=form,
        reasons=reasons,
        opened=opened,
        shown=shown,
        sheet_body=Markup(body),  # noqa: S704 (a template's own output, escaped there)
        gone=[option for option, listing in opened.options if listing is None],
        views=views,
        chosen=chosen,
        send=_send(opened, bodies),
        can_refer="care.make_referral" in current_app.view_functions,
        language_names=LANGUAGE_NAMES,
        ways=[CONTACT_WAYS[way] for way in opened.person.fields.get("contact_ways") or () if way in CONTACT_WAYS],
    )


def _shown(opened: OpenedSheet) -> Shown:
    language = request.args.get("sheet", opened.sheet.language)
    discreet = request.args.get("discreet", "1" if opened.sheet.is_discreet else "0")
    return Shown(language if language in LOCALES else "en", discreet == "1")


def _body(opened: OpenedSheet, shown: Shown, views: Sequence[OptionView], moment: Moment) -> dict[str, Any]:
    caller = CALLER_WORDS.get(str(opened.words.get("who_calls")), CALLER_WORDS["together"])
    if shown.is_discreet and caller is not CALLER_WORDS["person"]:
        caller = Sentence("We call together") if caller is CALLER_WORDS["together"] else Sentence("I call for you")
    return {"shown": shown, "views": views, "caller": caller, "now": moment.now}


def _options(opened: OpenedSheet, moment: Moment) -> list[OptionView]:
    views = []
    for option, listing in opened.options:
        if listing is None:
            continue
        site = listing.site(option.location_id)
        views.append(
            OptionView(
                id=option.id,
                service_id=listing.service_id,
                number=option.position,
                card=make_card(
                    listing, moment, location_id=option.location_id, distance_m=_distance(opened, site), reasons=()
                ),
                phone=main_phone(site),
                week=week_of(site, moment),
                bring=_bring(listing),
                apply=listing.application_process or "",
                languages=language_labels(site.languages or listing.languages, listing.language_names),
            )
        )
    return views


def _distance(opened: OpenedSheet, site: Site) -> float | None:
    if opened.place is None or site.point is None or site.place_withheld or site.precision not in DISTANCES:
        return None
    return distance_m(opened.place.point, site.point)


def _bring(listing: Listing) -> tuple[str, ...]:
    if listing.documents:
        return listing.documents
    if listing.answers.get("no_papers") == Answer.YES:
        return (gettext("No papers needed"),)
    return (gettext("No ID needed"),) if listing.answers.get("no_id") == Answer.YES else ()


def _messages(shown: Shown, views: Sequence[OptionView]) -> tuple[str, str]:
    """Subject and text of a message: names and phones; no person and no need. The discreet one names no program."""
    lines = []
    for view in views:
        number = phone(view.phone.number) if view.phone else ""
        name = view.card.organization if shown.is_discreet else view.card.name
        lines.append(" ".join(part for part in (f"{view.number}.", name, number) if part))
    site = current_site()
    if site.on_call_phone:
        name = gettext("Any time") if shown.is_discreet else (site.on_call_name or gettext("On call, day and night"))
        lines.append(f"{name}: {phone(site.on_call_phone)}")
    return gettext("Phone numbers"), "\n".join(lines)


def _send(opened: OpenedSheet, bodies: tuple[str, str]) -> dict[str, str]:
    """Links that open the reader's own phone or mail. Nothing is sent from here."""
    subject, text = bodies
    fields = opened.person.fields
    number = tel(str(fields["phone"])).removeprefix("tel:") if fields.get("phone") else ""
    mail = quote(str(fields.get("email") or ""), safe="@")
    return {
        "sms": f"sms:{number}?&body=" + quote(text, safe=""),
        "mailto": f"mailto:{mail}?subject={quote(subject, safe='')}&body={quote(text, safe='')}",
        "text": text,
    }


def _choices(opened: OpenedSheet) -> list[tuple[str, str]]:
    found = [(str(option.id), listing.name) for option, listing in opened.options if listing is not None]
    return [*found, (NONE_WANTED, translate(Sentence("None of these")))]
