"""A listing as a card shows it: values made ready for a template; what is true of it was decided below.

Nothing is fetched here. The words are in the language of the request.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any, Final
from uuid import UUID
from zoneinfo import ZoneInfo

from flask import Flask, current_app, has_app_context, has_request_context, request
from flask_babel import format_date
from markupsafe import Markup

from core.catalog import catalog, gettext
from core.clock import local_day
from core.errors import Sentence
from core.filters import miles
from core.keeping import Keeper
from core.pages import translate
from directory.facets import LANGUAGES, Answer, Precision
from directory.hours import OpenStatus, ScheduleRow, days_that_close, is_usable, status
from directory.queries import AddressLine, CardListing, CardSite, CostLine, PhoneLine
from directory.rules import CARD_GROUPS, FRESHNESS_DAYS, Freshness, freshness

SHELF: Final = "goldthread_shelf"
MOST_KEPT: Final = 4_000  # cards whose pieces are kept: about 6 KB each
SUMMARY_LETTERS: Final = 160  # two or three lines of a card
FACT_LETTERS: Final = 100
VOICE_TYPES: Final = (None, "", "voice", "cell", "sms", "text", "hotline")
SAID_ELSEWHERE: Final = re.compile(r"miles? away|^Checked ")
HOURS_UNKNOWN: Final = Sentence("Hours not listed: call")

GROUP_NAMES: Final = {
    "hours": Sentence("Hours"),
    "phone": Sentence("Phone"),
    "address": Sentence("Address"),
    "eligibility": Sentence("Who can use it"),
    "cost": Sentence("Cost"),
    "papers": Sentence("Papers to bring"),
    "capacity": Sentence("Room now"),
    "text": Sentence("Description"),
}
METHODS: Final = {
    "call": Sentence("by phone"),
    "visit": Sentence("by a visit"),
    "email": Sentence("by e-mail"),
    "provider": Sentence("by the provider"),
    "feed": Sentence("by the source list"),
    "web": Sentence("on their web page"),
}


@dataclass(frozen=True, slots=True)
class CheckedView:
    """When a group was last checked. `state` is fresh, amber or red; the label says the same in words."""

    code: str
    group: Sentence
    label: str
    state: str
    checked_at: datetime | None


@dataclass(frozen=True, slots=True)
class StepView:
    """What to do next, with the number or the page to do it."""

    label: Sentence
    line: PhoneLine | None = None
    address: str | None = None


@dataclass(frozen=True, slots=True)
class Shelf:
    """Where an application keeps pieces of cards: facts as values, and what templates made of them."""

    facts: Keeper[dict[str, Any]]
    markup: Keeper[Markup]


@dataclass(frozen=True, slots=True)
class CardKey:
    """By what pieces of a card are kept: which card it is, the state of its facts, and the minute it is shown in."""

    shelf: Shelf
    card: tuple[object, ...]
    facts: tuple[object, ...]
    minute: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class CardView:
    """One service in a list. Empty values are not shown. Without a `key` nothing of it may be kept."""

    key: CardKey | None
    id: UUID
    name: str
    organization: str
    place_name: str | None
    summary: str
    for_whom: str
    cost: str
    languages: tuple[Sentence | str, ...]
    address: str
    hours: OpenStatus
    distance: str
    reach: Sentence | None
    step: StepView
    checked: CheckedView
    reasons: tuple[Sentence, ...]
    notices: tuple[Sentence, ...]


@dataclass(frozen=True, slots=True)
class Moment:
    """The time that a page is made for: one reading of the clock, the program's zone, its closed days."""

    now: datetime
    zone: str
    closing_days: tuple[date, ...] = ()
    shelf: Shelf | None = field(default_factory=lambda: _shelf(), compare=False)
    root: str = field(default_factory=lambda: request.script_root if has_request_context() else "")

    @property
    def minute(self) -> datetime:
        """The beginning of the minute: hours and checks are told by it, on the label as in the filter."""
        return self.now.replace(second=0, microsecond=0)

    @property
    def today(self) -> date:
        """The day in the program's zone."""
        return local_day(self.now, self.zone)


def make_card(
    listing: CardListing,
    moment: Moment,
    *,
    location_id: UUID | None = None,
    distance_m: float | None = None,
    group: str = "",
    reasons: Sequence[Sentence] = (),
) -> CardView:
    """The card of a listing at one of its sites; the first site where none is named."""
    site = listing.site(location_id)
    key = _key(listing, site, moment)
    return CardView(
        key=key,
        **_kept("facts", key, key and key.facts, lambda: _facts(listing, site)),
        **_kept("minute", key, key and key.minute, lambda: _at_minute(listing, site, moment)),
        distance=distance_text(distance_m, site),
        reach=_reach(group, site),
        reasons=_reasons_to_show(reasons),
    )


def _facts(listing: CardListing, site: CardSite) -> dict[str, Any]:
    """What a card says at any time, in the language spoken now."""
    return {
        "id": listing.service_id,
        "name": listing.name,
        "organization": listing.organization,
        "place_name": site.name if site.name not in (None, listing.organization, listing.name) else None,
        "summary": shorten(listing.description or "", SUMMARY_LETTERS),
        "for_whom": for_whom(listing),
        "cost": cost_text(listing),
        "languages": language_labels(site.languages or listing.languages, listing.language_names),
        "address": address_text(site),
        "step": next_step(listing, site),
        "notices": notices(listing, site),
    }


def _at_minute(listing: CardListing, site: CardSite, moment: Moment) -> dict[str, Any]:
    """What a card says in one minute: open or closed, and how old its checks are."""
    return {"hours": open_status(site, moment), "checked": card_check(listing, moment)}


def _key(listing: CardListing, site: CardSite, moment: Moment) -> CardKey | None:
    """None where the listing does not tell its version."""
    version = listing.version
    if version is None or moment.shelf is None:
        return None
    card = (listing.service_id, version[0], site.location_id, catalog().language, moment.root)
    return CardKey(moment.shelf, card, version, (version, moment.minute, moment.zone, moment.closing_days))


def _kept(piece: str, key: CardKey | None, state: object, make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    if key is None:
        return make()
    name = (piece, key.card)
    found = key.shelf.facts.get(name, state)
    if found is None:
        found = make()
        key.shelf.facts.put(name, state, found)
    return found


def kept_markup(piece: str, key: CardKey | None, macro: Callable[[Any], Markup], value: Any) -> Markup:
    """What a macro makes of a part of a card, made once for each state of its facts. For parts without a clock."""
    return macro(value) if key is None else _marked(piece, key, key.facts, macro, value)


def kept_for_a_minute(piece: str, key: CardKey | None, macro: Callable[[Any], Markup], value: Any) -> Markup:
    """What a macro makes of a part of a card that depends on the clock."""
    return macro(value) if key is None else _marked(piece, key, key.minute, macro, value)


def _marked(piece: str, key: CardKey, state: object, macro: Callable[[Any], Markup], value: Any) -> Markup:
    name = (piece, key.card)
    found = key.shelf.markup.get(name, state)
    if found is None:
        found = macro(value)
        key.shelf.markup.put(name, state, found)
    return found


def init_cards(app: Flask) -> None:
    """Give the application a shelf of its own and its templates the way to it."""
    app.extensions[SHELF] = Shelf(Keeper(2 * MOST_KEPT), Keeper(5 * MOST_KEPT))
    app.jinja_env.globals |= {"kept_markup": kept_markup, "kept_for_a_minute": kept_for_a_minute}


def _shelf() -> Shelf | None:
    return current_app.extensions.get(SHELF) if has_app_context() else None


def _reasons_to_show(reasons: Sequence[Sentence]) -> tuple[Sentence, ...]:
    """The reasons without those that the card says already in another place, unless nothing else is left."""
    news = tuple(reason for reason in reasons if not SAID_ELSEWHERE.search(reason.text))
    return news or tuple(reasons)


def open_status(site: CardSite, moment: Moment) -> OpenStatus:
    """Open, closed or unknown now, by the same function as the filter."""
    if not site.schedules:
        return OpenStatus("unknown", None, None, HOURS_UNKNOWN)
    closing_days = days_that_close(site.schedules, moment.closing_days)
    return status(site.schedules, moment.minute, site.timezone or moment.zone, closing_days)


def shorten(text: str, letters: int) -> str:
    """The text on one line, cut at a word with an ellipsis."""
    line = " ".join(text.split())
    if len(line) <= letters:
        return line
    return line[:letters].rsplit(" ", 1)[0].rstrip(",;:.") + " …"


def for_whom(listing: CardListing) -> str:
    """For whom, in few words: the ages, then the provider's own words."""
    ages = age_text(listing.minimum_age, listing.maximum_age)
    words = shorten(listing.eligibility_description or "", FACT_LETTERS)
    return "; ".join(part for part in (ages, words) if part)


def age_text(low: int | None, high: int | None) -> str:
    """The ages in words; empty where none are stated (0 and 999 are how feeds say "any")."""
    low = low if low and low > 0 else None
    high = high if high and high < 120 else None
    if low and high:
        return gettext("ages %(low)s to %(high)s", low=low, high=high)
    if low:
        return gettext("age %(low)s and older", low=low)
    return gettext("up to age %(high)s", high=high) if high else ""


def cost_text(listing: CardListing) -> str:
    """What it costs, in few words; empty where nobody said."""
    own_words = shorten(listing.fees_description or "", FACT_LETTERS)
    said = []
    for question, words, sign in (
        ("free", Sentence("Free"), "free"),
        ("sliding_scale", Sentence("Pay what you can"), "sliding"),
        ("medicaid", Sentence("takes Medicaid"), "medicaid"),
    ):
        if listing.answers.get(question) == Answer.YES and sign not in own_words.casefold():
            said.append(translate(words))
    if not said and not own_words and listing.costs:
        said.append(_price(listing.costs[0]))
    return "; ".join(part for part in (*said, own_words) if part)


def _price(cost: CostLine) -> str:
    amount = "" if cost.amount is None else gettext("Free") if cost.amount == 0 else f"${cost.amount:,.2f}"
    return " ".join(part for part in (amount, cost.amount_description or cost.option) if part)


def language_labels(codes: Iterable[str], names: Iterable[str] = ()) -> tuple[Sentence | str, ...]:
    """Languages by their names in the page's language; what has no known code stays as the feed wrote it."""
    known = tuple(LANGUAGES[code] for code in dict.fromkeys(codes) if code in LANGUAGES)
    english = {str(label).casefold() for label in LANGUAGES.values()}
    rest = tuple(name for name in dict.fromkeys(names) if name.casefold() not in english)
    return known or rest


def address_text(site: CardSite) -> str:
    """The street address on one line; empty for a withheld place, which has none."""
    line = next((each for each in site.addresses if each.address_type == "physical"), None)
    line = line or next(iter(site.addresses), None)
    return "" if line is None else one_line(line)


def one_line(line: AddressLine) -> str:
    """ "12 Main St, Suite 3, White Plains, NY 10601"."""
    region = " ".join(part for part in (line.state_province, line.postal_code) if part)
    return ", ".join(part for part in (line.address_1, line.address_2, line.city, region) if part)


def distance_text(distance_m: float | None, site: CardSite) -> str:
    """The distance no finer than the place is known; "in or near 10601" where only the ZIP or town is."""
    if distance_m is None or site.place_withheld:
        return ""
    line = next(iter(site.addresses), None)
    if site.precision == Precision.ZIP and line and line.postal_code:
        return gettext("in or near %(place)s", place=line.postal_code[:5])
    if site.precision in (Precision.ZIP, Precision.TOWN, Precision.COUNTY) and line and line.city:
        return gettext("in or near %(place)s", place=line.city)
    return miles(distance_m, site.precision)


def _reach(group: str, site: CardSite) -> Sentence | None:
    """Where it reaches when no distance is shown."""
    if group == "remote":
        return Sentence("By phone, online or across the state")
    if site.place_withheld:
        return Sentence("The place is not shown, to keep people safe")
    if site.areas and site.areas[0].name:
        return Sentence("Serves %(area)s", area=site.areas[0].name)
    return None


def main_phone(site: CardSite) -> PhoneLine | None:
    """The number to call: the first that a person answers."""
    return next((line for line in site.phones if (line.type or "").casefold() in VOICE_TYPES and line.number), None)


def next_step(listing: CardListing, site: CardSite) -> StepView:
    """The first thing a person should do: never more than what the listing says."""
    line = main_phone(site)
    said = listing.answers
    if said.get("walk_in") == Answer.YES and site.addresses:
        return StepView(Sentence("Walk in, or call first"), line) if line else StepView(Sentence("Walk in"))
    if said.get("self_referral") == Answer.NO:
        return StepView(Sentence("Ask your coordinator or doctor to refer you"), line)
    if line is not None:
        return StepView(Sentence("Call"), line)
    if listing.url and said.get("online_intake") == Answer.YES:
        return StepView(Sentence("Apply online"), address=safe_address(listing.url))
    if listing.url and safe_address(listing.url):
        return StepView(Sentence("Look at their page"), address=safe_address(listing.url))
    if listing.email:
        return StepView(Sentence("Write an e-mail to %(address)s", address=listing.email))
    return StepView(Sentence("Call 211 and ask how to reach them"), PhoneLine("211", None, None, None))


def safe_address(url: str | None) -> str | None:
    """A web address that a page may link to; None for anything but http and https."""
    if not url:
        return None
    text = url.strip()
    if "://" not in text and "." in text and " " not in text and ":" not in text.split("/", 1)[0]:
        text = f"https://{text}"
    return text if text.startswith(("https://", "http://")) and not any(ord(letter) < 33 for letter in text) else None


def notices(listing: CardListing, site: CardSite) -> tuple[Sentence, ...]:
    """What a person must know before calling."""
    found = []
    if listing.status == "temporarily closed":
        found.append(Sentence("Closed for now"))
    if listing.status_unconfirmed:
        found.append(Sentence("We could not confirm that this is still offered. Call first."))
    if listing.answers.get("accepting_now") == Answer.NO:
        found.append(Sentence("Not taking new people now"))
    return tuple(found)


def list_checks(listing: CardListing, moment: Moment) -> list[CheckedView]:
    """When each group was last found right, in the order of FRESHNESS_DAYS."""
    found = _checks(listing, moment.zone)
    return [checked_view(group, *found[group], moment) for group in FRESHNESS_DAYS if group in found]


def card_check(listing: CardListing, moment: Moment) -> CheckedView:
    """The oldest check that matters on a card: of hours and phone, else of anything, else "not checked yet"."""
    found = _checks(listing, moment.zone)
    matter = {group: found[group] for group in CARD_GROUPS if group in found} or found
    if not matter:
        return CheckedView("", GROUP_NAMES["text"], gettext("Not checked yet: call first"), "amber", None)
    group = min(matter, key=lambda each: (matter[each][0], each))
    return checked_view(group, *matter[group], moment)


def _checks(listing: CardListing, zone: str) -> dict[str, tuple[datetime, str]]:
    """Moment and method by group. A feed's own date stands for hours and phone where nobody checked them here."""
    found = {
        check.group: (check.checked_at, check.method)
        for check in listing.checks
        if check.outcome == "right" and check.group in FRESHNESS_DAYS
    }
    if listing.assured_date is not None:
        assured_at = datetime.combine(listing.assured_date, time(12), ZoneInfo(zone))
        for group in CARD_GROUPS:
            found.setdefault(group, (assured_at, "feed"))
    return found


def checked_view(group: str, checked_at: datetime, method: str, moment: Moment) -> CheckedView:
    """The freshness in words: the age as well as the colour."""
    state = freshness(group, checked_at, moment.minute)
    day = format_date(local_day(checked_at, moment.zone), "medium")
    if method in METHODS:
        day = f"{day} ({translate(METHODS[method])})"
    if state == Freshness.RED:
        label = gettext("Last checked %(day)s: call first", day=day)
    elif state == Freshness.AMBER:
        label = gettext("Last checked %(day)s: may be out of date", day=day)
    else:
        label = gettext("Checked %(day)s", day=day)
    return CheckedView(group, GROUP_NAMES.get(group, GROUP_NAMES["text"]), label, state.value, checked_at)


def rows_as_text(rows: Iterable[ScheduleRow]) -> tuple[str, ...]:
    """Words of hours that no rule can compute with: shown as they came."""
    found = dict.fromkeys(
        text.strip() for row in rows if not is_usable(row) for text in (row.description, row.notes) if text
    )
    return tuple(found)
