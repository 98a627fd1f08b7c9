"""What the directory decides: who sees what level, when a fact is stale, which values make sense; no storage."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any

from core.errors import InvalidInput, Sentence
from core.identity import Identity, Permission
from directory.facets import QUESTION_BY_CODE, Precision, Visibility

# How long a checked fact is good, in days (directory.md section 7).
FRESHNESS_DAYS: Mapping[str, int] = {
    "capacity": 7,
    "hours": 180,
    "phone": 180,
    "eligibility": 365,
    "cost": 365,
    "papers": 365,
    "address": 730,
    "text": 730,
}
CARD_GROUPS = ("hours", "phone")  # the groups whose age a card shows: wrong ones cost a person a trip

REPORT_KINDS: Mapping[str, Sentence] = {
    "moved": Sentence("It moved"),
    "closed": Sentence("It closed for good"),
    "wrong phone": Sentence("The phone number is wrong"),
    "wrong hours": Sentence("The hours are wrong"),
    "turned away": Sentence("I was turned away"),
    "other": Sentence("Something else"),
}
RETIRE_REASONS: Mapping[str, Sentence] = {
    "closed": Sentence("It closed for good"),
    "moved": Sentence("It moved out of the area"),
    "duplicate": Sentence("It is listed twice"),
    "mistake": Sentence("It was added by mistake"),
    "asked": Sentence("The provider asked for it"),
}
HOUSING_KINDS: Mapping[str, Sentence] = {
    "emergency bed": Sentence("Emergency bed"),
    "transitional": Sentence("Transitional housing"),
    "supportive": Sentence("Supportive housing"),
    "licensed residence": Sentence("Licensed residence"),
    "apartment": Sentence("Apartment"),
}

STREET_WORDS = (
    "st|street|ave|avenue|rd|road|blvd|boulevard|dr|drive|ln|lane|pl|place|ct|court|way|pkwy|parkway|hwy|highway|"
    "route|rte|ter|terrace|sq|square|plaza|cir|circle|turnpike|tpke"
)
ADDRESS_LIKE = re.compile(
    rf"\b\d{{1,5}}[a-z]?\s+(?:[nsew]\.?\s+)?(?:[\w.'-]+\s+){{1,4}}(?:{STREET_WORDS})\b\.?"
    r"|\bp\.?\s*o\.?\s*box\s+\d+|\b(?:ny|new york)\s+\d{5}(?:-\d{4})?\b",
    re.IGNORECASE,
)
CONFIDENTIAL_WORDS = re.compile(
    r"\b(?:confidential|undisclosed|not disclosed|unlisted|address withheld|withheld|location is secret|"
    r"call for (?:the )?(?:address|location)|secret location|safe house|private location)\b",
    re.IGNORECASE,
)
MAX_TEXT = 20_000
MAX_NAME = 300


class Freshness(StrEnum):
    """How far a checked fact can be trusted today."""

    FRESH = "fresh"
    AMBER = "amber"
    RED = "red"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class CheckAge:
    """The oldest check that matters on a card."""

    state: Freshness
    group: str | None
    checked_at: datetime | None
    method: str | None


def viewer_level(identity: Identity) -> Visibility:
    """What a viewer may see: the public nothing above PUBLIC; RESTRICTED only with its own permission."""
    if identity.may(Permission.SEE_RESTRICTED_LISTINGS):
        return Visibility.RESTRICTED
    if identity.may(Permission.SEE_COORDINATOR_LISTINGS):
        return Visibility.COORDINATOR
    return Visibility.ENROLLED if identity.is_signed_in else Visibility.PUBLIC


def freshness(group: str, checked_at: datetime | None, now: datetime) -> Freshness:
    """Fresh within the group's limit, amber past it, red past twice: then the page says "call first"."""
    if checked_at is None:
        return Freshness.UNKNOWN
    age = (now - checked_at).days
    limit = FRESHNESS_DAYS[group]
    if age <= limit:
        return Freshness.FRESH
    return Freshness.AMBER if age <= 2 * limit else Freshness.RED


def looks_like_address(text: str) -> bool:
    """True for words that hold a street address, a post box or a state with a ZIP."""
    return ADDRESS_LIKE.search(text) is not None


def says_confidential(text: str) -> bool:
    """True for words that say that a place is secret: then the place is left out first, and a steward asked after."""
    return CONFIDENTIAL_WORDS.search(text) is not None


def decide_values(table: str, values: Mapping[str, Any]) -> InvalidInput | None:
    """The first thing that is wrong with the values of a record, or None.

    The tables' constraints say the same once more; here it gets a sentence and a field.
    """
    for field, value in values.items():
        if isinstance(value, str) and len(value) > (MAX_NAME if field == "name" else MAX_TEXT):
            return InvalidInput(field, Sentence("This text is too long."))
    if table in {"organization", "service"} and not str(values.get("name") or "").strip():
        return InvalidInput("name", Sentence("Give it a name."))
    checks = {
        "service": _decide_service,
        "location": _decide_location,
        "phone": _decide_phone,
        "requirement": _decide_requirement,
        "service_capacity": _decide_capacity,
        "housing_offer": _decide_housing,
        "schedule": _decide_schedule,
    }
    return checks[table](values) if table in checks else None


def _decide_service(values: Mapping[str, Any]) -> InvalidInput | None:
    low, high = values.get("minimum_age"), values.get("maximum_age")
    for field, age in (("minimum_age", low), ("maximum_age", high)):
        if age is not None and not 0 <= age <= 120:
            return InvalidInput(field, Sentence("An age is a number from 0 to 120."))
    if low is not None and high is not None and low > high:
        return InvalidInput("maximum_age", Sentence("The oldest age is below the youngest."))
    for field in ("url",):
        address = values.get(field)
        if address and not re.match(r"https?://[^\s]+\Z", address):
            return InvalidInput(field, Sentence("Write a web address that starts with https://."))
    return None


def _decide_location(values: Mapping[str, Any]) -> InvalidInput | None:
    lat, lng = values.get("latitude"), values.get("longitude")
    if (lat is None) != (lng is None):
        return InvalidInput("latitude", Sentence("A point needs both latitude and longitude."))
    if lat is not None and lng is not None and not (-90 <= lat <= 90 and -180 <= lng <= 180):
        return InvalidInput("latitude", Sentence("This point is not on the earth."))
    if values.get("place_precision") not in {None, *Precision}:
        return InvalidInput("place_precision", Sentence("Choose how exactly the place is known."))
    if values.get("visibility") not in {None, *Visibility}:
        return InvalidInput("visibility", Sentence("Choose who may see it."))
    return None


def _decide_phone(values: Mapping[str, Any]) -> InvalidInput | None:
    digits = [letter for letter in str(values.get("number") or "") if letter.isdigit()]
    if len(digits) < 3 or len(digits) > 15:
        return InvalidInput("number", Sentence("Write a phone number, like 914-555-0123."))
    return None


def _decide_requirement(values: Mapping[str, Any]) -> InvalidInput | None:
    if values.get("question") not in QUESTION_BY_CODE:
        return InvalidInput("question", Sentence("There is no such question."))
    return None


def _decide_capacity(values: Mapping[str, Any]) -> InvalidInput | None:
    available, maximum = values.get("available"), values.get("maximum")
    if (available or 0) < 0 or (maximum or 0) < 0:
        return InvalidInput("available", Sentence("A number of places cannot be below zero."))
    if available is not None and maximum is not None and available > maximum:
        return InvalidInput("available", Sentence("There cannot be more free places than places."))
    return None


def _decide_housing(values: Mapping[str, Any]) -> InvalidInput | None:
    if values.get("kind") not in HOUSING_KINDS:
        return InvalidInput("kind", Sentence("Choose what kind of housing it is."))
    return None


def _decide_schedule(values: Mapping[str, Any]) -> InvalidInput | None:
    start, end = values.get("valid_from"), values.get("valid_to")
    if isinstance(start, date) and isinstance(end, date) and start > end:
        return InvalidInput("valid_to", Sentence("The last day is before the first."))
    return None


class AgreementTerm(StrEnum):
    """Where an agreement stands in time; follows from its state and its dates."""

    DRAFT = "draft"
    COMING = "coming"
    IN_FORCE = "in force"
    EXPIRING = "expiring"
    EXPIRED = "expired"
    SUSPENDED = "suspended"
    ENDED = "ended"


RENEWAL_DAYS = (90, 60, 30, 7)  # days before the end on which a steward is reminded (directory.md section 9)
AGREEMENT_STATES: Mapping[str, tuple[str, ...]] = {
    "draft": ("active", "ended"),
    "active": ("suspended", "ended"),
    "suspended": ("active", "ended"),
    "ended": (),
}


def agreement_term(state: str, starts_on: date, ends_on: date | None, today: date) -> AgreementTerm:
    """The term of an agreement today; expiring from the first reminder on."""
    if state != "active":
        return {"draft": AgreementTerm.DRAFT, "suspended": AgreementTerm.SUSPENDED}.get(state, AgreementTerm.ENDED)
    if today < starts_on:
        return AgreementTerm.COMING
    if ends_on is None:
        return AgreementTerm.IN_FORCE
    if today > ends_on:
        return AgreementTerm.EXPIRED
    return AgreementTerm.EXPIRING if (ends_on - today).days <= RENEWAL_DAYS[0] else AgreementTerm.IN_FORCE


def decide_agreement(values: Mapping[str, Any]) -> InvalidInput | None:
    """The first thing that is wrong with the terms of an agreement, or None."""
    hours = values.get("promised_hours")
    if not isinstance(hours, int) or not 1 <= hours <= 8760:
        return InvalidInput("promised_hours", Sentence("Say within how many hours they answer: a number from 1 up."))
    places = values.get("places_per_month")
    if places is not None and not 0 <= places <= 10_000:
        return InvalidInput("places_per_month", Sentence("Write how many places a month, or leave it empty."))
    start, end = values.get("starts_on"), values.get("ends_on")
    if not isinstance(start, date):
        return InvalidInput("starts_on", Sentence("Write the first day of the agreement."))
    if end is not None and end < start:
        return InvalidInput("ends_on", Sentence("The last day is before the first."))
    for field in ("promise", "intake_contact", "intake_phone", "intake_route", "papers"):
        if len(str(values.get(field) or "")) > MAX_TEXT:
            return InvalidInput(field, Sentence("This text is too long."))
    return None
