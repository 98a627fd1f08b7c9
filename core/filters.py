"""Jinja filters that show values to people: money, days, clock times, distances, phones; no computing of facts."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import phonenumbers
from babel.dates import format_skeleton
from flask import Flask
from flask_babel import format_date, format_datetime, format_time, get_locale

from core.catalog import gettext, ngettext
from core.errors import Sentence
from core.geo import METRES_PER_MILE
from core.money import format_cents
from core.pages import translate

REGION = "US"


def init_filters(app: Flask, zone: str) -> None:
    """Add the filters. Moments are shown in the IANA zone `zone`."""
    program_zone = ZoneInfo(zone)

    def day(value: date | datetime, style: str = "long") -> str:
        """A calendar day in words of the page's language: "March 5, 2026"."""
        if isinstance(value, datetime):
            value = value.astimezone(program_zone).date()
        return format_date(value, style)

    def month(value: date) -> str:
        """The month of a day in words: "March 2026", in Spanish "marzo de 2026"."""
        return format_skeleton("yMMMM", datetime.combine(value, time()), locale=get_locale())

    def moment(value: datetime) -> str:
        """Day and clock time of a moment in the program's zone."""
        return _plain(format_datetime(value.astimezone(program_zone), "long", rebase=False).rsplit(" ", 1)[0])

    def local_clock(value: datetime) -> str:
        """The clock time of a moment in the program's zone."""
        return clock(value.astimezone(program_zone))

    app.jinja_env.filters.update(
        local_clock=local_clock,
        say=say,
        money=format_cents,
        day=day,
        month=month,
        moment=moment,
        clock=clock,
        miles=miles,
        phone=phone,
        tel=tel,
        days=days,
        duration=duration,
    )


def say(sentence: Sentence | str) -> str:
    """A sentence in the language of the page."""
    return translate(sentence)


def clock(value: time | datetime) -> str:
    """A clock time as people say it: "9 AM", "4:30 PM"; in Spanish "9 a. m."."""
    text = _plain(format_time(value, "short", rebase=False))
    return text.replace(":00", "")


def miles(distance_m: float | None, precision: str = "exact") -> str:
    """A distance no finer than its place is known: "0.4 mi" for an exact one, "about ½ mi" for a street."""
    if distance_m is None or precision in {"none", "county"}:
        return ""
    amount = distance_m / METRES_PER_MILE
    if precision == "exact":
        return gettext("less than 0.1 mi") if amount < 0.1 else gettext("%(miles)s mi", miles=f"{amount:.1f}")
    if amount < 0.75:
        return gettext("about ½ mi")
    return ngettext("about %(num)d mi", "about %(num)d mi", max(1, round(amount)))


def phone(number: str) -> str:
    """A phone number as Americans write it; the given text when it is none ("988", "call 211")."""
    try:
        parsed = phonenumbers.parse(number, REGION)
    except phonenumbers.NumberParseException:
        return number
    if not phonenumbers.is_possible_number(parsed):
        return number
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.NATIONAL)


def tel(number: str, extension: int | None = None) -> str:
    """The value of a `tel:` link, with a pause before the extension."""
    digits = "".join(letter for letter in number if letter.isdigit() and letter.isascii())
    if len(digits) == 10:
        digits = f"+1{digits}"
    elif len(digits) == 11 and digits.startswith("1"):
        digits = f"+{digits}"
    return f"tel:{digits},{extension}" if extension else f"tel:{digits}"


def days(count: int) -> str:
    """A number of days in words."""
    return ngettext("%(num)d day", "%(num)d days", count)


def duration(span: timedelta) -> str:
    """A span of time in its largest whole unit, without sign: "25 minutes", "3 hours", "2 days"."""
    minutes = int(abs(span).total_seconds() // 60)
    if minutes < 60:
        return ngettext("%(num)d minute", "%(num)d minutes", minutes)
    if minutes < 48 * 60:
        return ngettext("%(num)d hour", "%(num)d hours", minutes // 60)
    return days(minutes // (24 * 60))


def _plain(text: str) -> str:
    return text.replace("\u202f", " ").replace("\xa0", " ")  # Babel writes narrow blanks before PM
