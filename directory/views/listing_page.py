"""A listing as its own page shows it: facts in pairs, sites with hours by day, checks; nothing is fetched here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Final
from urllib.parse import quote_plus
from uuid import UUID

from flask_babel import format_date, gettext

from core.clock import local_day
from core.errors import Sentence
from core.layout import page_language
from core.pages import translate
from directory.facets import QUESTIONS, Answer
from directory.hours import DayHours, OpenStatus, days_that_close, week_hours
from directory.hours.opening import clock_sentence
from directory.needs import own_terms
from directory.queries import CapacityLine, ContactLine, HousingLine, Listing, PhoneLine, Site, TermLine
from directory.rules import HOUSING_KINDS
from directory.views.cards import (
    CheckedView,
    Moment,
    StepView,
    address_text,
    age_text,
    cost_text,
    language_labels,
    list_checks,
    next_step,
    notices,
    open_status,
    rows_as_text,
    safe_address,
    shorten,
)
from directory.views.results import Link

WEEKDAYS: Final = (
    Sentence("Monday"),
    Sentence("Tuesday"),
    Sentence("Wednesday"),
    Sentence("Thursday"),
    Sentence("Friday"),
    Sentence("Saturday"),
    Sentence("Sunday"),
)
HOUSING_LABELS: Final = {
    "rooms": Sentence("Rooms"),
    "household": Sentence("For"),
    "rent": Sentence("Rent"),
    "deposit": Sentence("Deposit"),
    "utilities": Sentence("Utilities"),
    "vouchers": Sentence("Vouchers"),
    "access": Sentence("Access"),
    "pets": Sentence("Pets"),
    "sobriety": Sentence("Alcohol and drugs"),
    "background": Sentence("Background check"),
    "stay_limit": Sentence("How long you can stay"),
    "way_in": Sentence("How to get in"),
}


# How a stated "no" is said: "No: no referral needed" would be read twice.
NOT_SO: Final = {
    "accepting_now": Sentence("Not taking new people now"),
    "self_referral": Sentence("You need a referral"),
    "walk_in": Sentence("You cannot walk in: call first"),
    "phone_intake": Sentence("You cannot start by phone"),
    "online_intake": Sentence("You cannot start online"),
    "no_id": Sentence("You need an ID"),
    "no_papers": Sentence("You need papers"),
    "free": Sentence("Not free"),
    "sliding_scale": Sentence("No sliding scale"),
    "medicaid": Sentence("Does not take Medicaid"),
    "medicare": Sentence("Does not take Medicare"),
    "uninsured_ok": Sentence("You need insurance"),
    "families": Sentence("Not for families with children"),
    "couples": Sentence("Couples cannot stay together"),
    "pets": Sentence("No pets"),
    "women_only": Sentence("Not only for women"),
    "men_only": Sentence("Not only for men"),
    "veterans": Sentence("Not only for veterans"),
    "record_ok": Sentence("A criminal record may be a problem"),
    "active_use_ok": Sentence("You must be sober"),
    "status_not_asked": Sentence("Immigration status is asked"),
    "peer_run": Sentence("Not run by peers"),
    "interpreter": Sentence("No interpreter"),
    "step_free": Sentence("There are steps at the entrance"),
    "near_transit": Sentence("Not near a bus or train"),
    "remote": Sentence("Not by phone or video"),
}


@dataclass(frozen=True, slots=True)
class Pair:
    """A label with one or more lines."""

    label: Sentence
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class DayView:
    """One day of the week: each line a span, or that it is closed or not known."""

    name: Sentence
    lines: tuple[str, ...]
    is_today: bool


@dataclass(frozen=True, slots=True)
class SiteView:
    """One place of the service."""

    name: str | None
    address: str
    withheld: bool
    directions: str | None
    phones: tuple[PhoneLine, ...]
    hours: OpenStatus
    week: tuple[DayView, ...]
    hours_text: tuple[str, ...]
    facts: tuple[Pair, ...]


@dataclass(frozen=True, slots=True)
class AnswerView:
    """A stated answer."""

    label: Sentence
    yes: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ListingPage:
    """Everything that the page of a listing shows."""

    id: UUID
    name: str
    organization: str
    organization_id: UUID
    summary: str
    description: str | None
    alert: str | None
    notices: tuple[Sentence, ...]
    step: StepView
    facts: tuple[Pair, ...]
    answers: tuple[AnswerView, ...]
    housing: tuple[Pair, ...]
    sites: tuple[SiteView, ...]
    phones: tuple[PhoneLine, ...]
    email: str | None
    links: tuple[Link, ...]
    contacts: tuple[str, ...]
    checks: tuple[CheckedView, ...]
    terms: tuple[Link, ...]
    others: tuple[Link, ...]
    opens_next: datetime | None


def make_listing_page(listing: Listing, moment: Moment, *, others: Iterable[Listing]) -> ListingPage:
    """The page of a listing at this moment."""
    first = listing.sites[0]
    sites = tuple(_site(site, moment) for site in listing.sites)
    return ListingPage(
        id=listing.service_id,
        name=listing.name,
        organization=listing.organization,
        organization_id=listing.organization_id,
        summary=shorten(listing.description or "", 150),
        description=listing.description,
        alert=listing.alert,
        notices=notices(listing, first),
        step=next_step(listing, first),
        facts=_facts(listing, moment),
        answers=tuple(
            AnswerView(question.label, yes=True)
            if listing.answers[question.code] == Answer.YES
            else AnswerView(NOT_SO[question.code], yes=False)
            for question in QUESTIONS
            if listing.answers.get(question.code) == Answer.YES
            or (question.code in listing.answers and question.code in NOT_SO)
        ),
        housing=_housing(listing.housing),
        sites=sites,
        phones=_all_phones(listing),
        email=listing.email,
        links=web_links(listing.url, listing.urls),
        contacts=tuple(_contact(contact) for contact in first.contacts),
        checks=tuple(list_checks(listing, moment)),
        terms=_in_language(listing.terms, page_language()),
        others=tuple(Link(other.name, str(other.service_id)) for other in others),
        opens_next=sites[0].hours.opens_next if sites[0].hours.state == "closed" else None,
    )


def web_links(url: str | None, urls: Iterable[tuple[str | None, str]]) -> tuple[Link, ...]:
    """The provider's pages that may be linked to, each once."""
    found: dict[str, Link] = {}
    for label, text in ((None, url or ""), *urls):
        address = safe_address(text)
        if address and address not in found:
            found[address] = Link(label or address.split("://", 1)[1].split("/", 1)[0], address)
    return tuple(found.values())


def _in_language(terms: Iterable[TermLine], language: str) -> tuple[Link, ...]:
    """The terms as links to more of their kind; our own ones in the page's language."""
    own = {term.names[0].casefold(): term.name(language) for term in own_terms()}
    return tuple(Link(own.get(term.name.casefold(), term.name), str(term.id)) for term in terms)


def _all_phones(listing: Listing) -> tuple[PhoneLine, ...]:
    found = {(line.number, line.extension): line for site in listing.sites for line in site.phones if line.number}
    return tuple(found.values())


def _facts(listing: Listing, moment: Moment) -> tuple[Pair, ...]:
    """What a person wants to know before calling, in the order of asking. Unknown facts are left out."""
    ages = age_text(listing.minimum_age, listing.maximum_age)
    spoken = [translate(label) for label in language_labels(listing.languages, listing.language_names)]
    told = listing.fees_description or ""
    prices = [_price_line(cost.option, cost.amount, cost.amount_description) for cost in listing.costs]
    pairs: list[tuple[Sentence, list[str | None]]] = [
        (Sentence("Program"), [listing.program]),
        (Sentence("Who can use it"), [ages, listing.eligibility_description]),
        (Sentence("Cost"), [told if len(told) > 120 else cost_text(listing), *prices]),
        (Sentence("How to apply"), [listing.application_process]),
        (Sentence("What to bring"), [*listing.documents]),
        (Sentence("Languages"), [", ".join(spoken), listing.interpretation_services]),
        (Sentence("Wait"), [listing.wait_time]),
        (Sentence("Room now"), [_capacity(line, moment) for line in listing.capacities]),
        (Sentence("Area served"), [area.name or area.description for area in listing.sites[0].areas]),
        (Sentence("Accreditation"), [listing.accreditations, listing.licenses]),
        (Sentence("Paid by"), [*listing.funding]),
    ]
    made = [
        Pair(label, tuple(dict.fromkeys(value.strip() for value in values if value and value.strip())))
        for label, values in pairs
    ]
    return tuple(pair for pair in made if pair.values)


def _price_line(option: str | None, amount: Decimal | None, description: str | None) -> str:
    price = "" if amount is None else f"${amount:,.2f}"
    return " ".join(part for part in (f"{option}:" if option else "", price, description) if part)


def _capacity(line: CapacityLine, moment: Moment) -> str:
    """Room now; a figure past its time is no figure any more."""
    if line.expires_at is not None and line.expires_at <= moment.now:
        return gettext("Not known since %(day)s", day=format_date(local_day(line.expires_at, moment.zone), "medium"))
    unit = line.unit or gettext("places")
    said = []
    if line.available is not None and line.maximum is not None:
        said.append(gettext("%(free)s of %(all)s free (%(unit)s)", free=line.available, all=line.maximum, unit=unit))
    elif line.available is not None:
        said.append(gettext("%(free)s free (%(unit)s)", free=line.available, unit=unit))
    if line.waitlist_length:
        said.append(gettext("%(count)s on the waiting list", count=line.waitlist_length))
    if line.usual_wait:
        said.append(gettext("usual wait: %(wait)s", wait=line.usual_wait))
    if line.updated is not None:
        said.append(gettext("as of %(day)s", day=format_date(local_day(line.updated, moment.zone), "medium")))
    return "; ".join([*said, *([line.description] if line.description else [])])


def _housing(offer: HousingLine | None) -> tuple[Pair, ...]:
    if offer is None:
        return ()
    kind = HOUSING_KINDS.get(offer.kind)
    pairs = [Pair(Sentence("Kind"), (translate(kind) if kind else offer.kind,))]
    for name, label in HOUSING_LABELS.items():
        if value := getattr(offer, name):
            pairs.append(Pair(label, (value,)))
    return tuple(pairs)


def _site(site: Site, moment: Moment) -> SiteView:
    address = address_text(site)
    facts = [
        (Sentence("About this place"), site.description),
        (Sentence("Getting there"), site.transportation),
        (Sentence("Access"), "; ".join(text for text in site.accessibility if text)),
    ]
    return SiteView(
        name=site.name,
        address=address,
        withheld=site.place_withheld,
        directions=_directions(site, address),
        phones=site.phones,
        hours=open_status(site, moment),
        week=week_of(site, moment),
        hours_text=rows_as_text(site.schedules),
        facts=tuple(Pair(label, (value,)) for label, value in facts if value),
    )


def _directions(site: Site, address: str) -> str | None:
    """A plain link to the provider's own address; where the person starts from is never in it."""
    if site.place_withheld or not address:
        return None
    return "https://www.openstreetmap.org/search?query=" + quote_plus(address)


def week_of(site: Site, moment: Moment) -> tuple[DayView, ...]:
    """The hours of a place by day; empty where nothing is known."""
    if not site.schedules:
        return ()
    zone = site.timezone or moment.zone
    today = local_day(moment.now, zone)
    days = week_hours(site.schedules, today, zone, days_that_close(site.schedules, moment.closing_days))
    if not any(day.is_known or day.by_appointment for day in days):
        return ()
    return tuple(DayView(WEEKDAYS[day.day.weekday()], _lines(day), day.day == today) for day in days)


def _lines(day: DayHours) -> tuple[str, ...]:
    lines = []
    for span in day.spans:
        if span.all_day:
            lines.append(gettext("Open 24 hours"))
        else:
            opens, closes = (translate(clock_sentence(at.time())) for at in (span.opens, span.closes))
            lines.append(gettext("%(opens)s to %(closes)s", opens=opens, closes=closes))
    if not lines:
        lines.append(
            gettext("By appointment")
            if day.by_appointment
            else gettext("Closed")
            if day.is_known
            else gettext("Not known")
        )
    if day.is_exception:
        lines.append(gettext("this week only"))
    return (*lines, *day.notes)


def _contact(contact: ContactLine) -> str:
    words: Sequence[str | None] = (contact.name, contact.title, contact.department, contact.email)
    return ", ".join(word for word in words if word)
