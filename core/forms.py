"""Fields that forms of several packages use: days, moments, numbers, check boxes, lines; no form of its own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, time
from typing import Any, Final
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

from flask import current_app
from flask_babel import lazy_gettext
from wtforms import Field, HiddenField, SelectField, SelectMultipleField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length
from wtforms.widgets import CheckboxInput, HiddenInput, ListWidget, TextInput

from core.errors import InvalidInput, Sentence
from core.money import format_cents, parse_cents
from core.pages import translate

SHORT: Final = 300
LONG: Final = 5000
US_DAY: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)
ISO_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", re.ASCII)
CLOCK: Final = re.compile(r"([0-9]{1,2})(?::([0-9]{2}))?\s*([ap])?\.?\s*m?\.?", re.ASCII | re.IGNORECASE)


def read_day(text: str) -> date | None:
    """A day as people write it, "3/5/2026" or "2026-03-05"; None for anything else."""
    text = text.strip()
    if match := US_DAY.fullmatch(text):
        month, day, year = map(int, match.groups())
    elif match := ISO_DAY.fullmatch(text):
        year, month, day = map(int, match.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_clock(text: str) -> time | None:
    """A clock time as people write it, "2:30 PM", "9 am", "14:30"; None for anything else."""
    match = CLOCK.fullmatch(text.strip())
    if match is None:
        return None
    hour, minute, half = int(match[1]), int(match[2] or 0), (match[3] or "").lower()
    if half:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if half == "p" else 0)
    elif match[2] is None:  # a bare number is no time
        return None
    return time(hour, minute) if hour < 24 and minute < 60 else None


class TypedField(Field):
    """One line of text that becomes a value; what was typed stays in the box when it makes no sense."""

    widget = TextInput()
    problem = Sentence("This makes no sense.")

    def read(self, text: str) -> Any:
        """The value of a text that is not empty; ValueError when there is none."""
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """A stored value as it is typed."""
        return str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent; an empty box is no value."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = self.read(text)
            except (ValueError, ArithmeticError) as error:
                raise ValueError(translate(self.problem)) from error

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.shown(self.data)


class WholeField(TypedField):
    """A whole number of zero or more."""

    problem = Sentence("Write a whole number, like 12.")

    def read(self, text: str) -> int:
        """The number."""
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValueError(text)
        return int(text)


class MoneyField(TypedField):
    """An amount of money; the value is whole cents."""

    problem = Sentence("Write an amount like 45 or 1,234.50.")

    def read(self, text: str) -> int:
        """The cents."""
        try:
            return parse_cents(text)
        except InvalidInput as error:
            raise ValueError(text) from error

    def shown(self, value: int) -> str:
        """Dollars with two decimals."""
        return format_cents(value).replace("$", "")


class DayField(TypedField):
    """A calendar day."""

    problem = Sentence("Write a day like 3/5/2026.")

    def read(self, text: str) -> date:
        """The day."""
        day = read_day(text)
        if day is None:
            raise ValueError(text)
        return day

    def shown(self, value: date) -> str:
        """Month, day and year."""
        return f"{value.month}/{value.day}/{value.year}"


class MomentField(TypedField):
    """A day and a clock time in the program's zone; the value is an aware moment in UTC."""

    problem = Sentence("Write a day and a time like 3/5/2026 2:30 PM.")

    def read(self, text: str) -> datetime:
        """The moment."""
        written_day, _, written_clock = text.partition(" ")
        day, clock = read_day(written_day), read_clock(written_clock)
        if day is None or clock is None:
            raise ValueError(text)
        return datetime.combine(day, clock, _zone()).astimezone(UTC)

    def shown(self, value: datetime) -> str:
        """Month, day, year and the time with AM or PM."""
        local = value.astimezone(_zone())
        half = "AM" if local.hour < 12 else "PM"
        return f"{local.month}/{local.day}/{local.year} {local.hour % 12 or 12}:{local.minute:02d} {half}"


class MultiCheckboxField(SelectMultipleField):
    """Several choices as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class NewIdField(HiddenField):
    """The id of the row that this form will make: a form that is sent twice names the same row twice."""

    widget = HiddenInput()

    def __init__(self, **values: Any) -> None:
        super().__init__(default=lambda: str(uuid4()), **values)

    @property
    def id_of_row(self) -> UUID:
        """The id, a fresh one where the browser sent something else."""
        try:
            return UUID(str(self.data))
        except ValueError:
            return uuid4()


def line(label: Any, *, most: int = SHORT, required: Any = None) -> StringField:
    """A field of one line; `required` is the message when it is empty."""
    checks: list[Any] = [Length(max=most, message=lazy_gettext("This text is too long."))]
    if required:
        checks.insert(0, InputRequired(required))
    return StringField(label, validators=checks, filters=[stripped])


def long_text(label: Any, *, required: Any = None) -> TextAreaField:
    """A field of several lines."""
    checks: list[Any] = [Length(max=LONG, message=lazy_gettext("This text is too long."))]
    if required:
        checks.insert(0, InputRequired(required))
    return TextAreaField(label, validators=checks, filters=[stripped])


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Choices of a field from values and labels. A Sentence is put in the language of this request."""
    return [SelectChoice(value, translate(label) if isinstance(label, Sentence) else label) for value, label in pairs]


def select(label: Any, choices: Sequence[tuple[Any, Any]] = (), coerce: Any = str) -> SelectField:
    """A list to choose one of; choices with sentences are set by the form when it is made."""
    return SelectField(label, choices=options(choices), coerce=coerce)


def stripped(text: str | None) -> str | None:
    """A text without blanks around it; None when nothing is left."""
    return (text.strip() or None) if isinstance(text, str) else text


def _zone() -> ZoneInfo:
    return ZoneInfo(current_app.config["GOLDTHREAD"].timezone)
