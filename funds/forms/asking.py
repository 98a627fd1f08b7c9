"""The form of a fund request, what was tried before it, and the small forms of its author's verbs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final
from uuid import UUID, uuid4

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import Optional

from core.errors import Sentence
from core.forms import DayField, MoneyField, NewIdField, WholeField, line, long_text, options, read_day, select
from funds.words import METHOD_WORDS, STATEMENT_WORDS, TRIED_WORDS

MOST_OWN_TRIED: Final = 3  # rows to write down what stands in no list
AGREEMENTS: Final[Mapping[str, Sentence]] = {
    "": Sentence("Not asked yet"),
    "signed": STATEMENT_WORDS["signed"],
    "spoken": STATEMENT_WORDS["spoken"],
    "declined": STATEMENT_WORDS["declined"],
}
TEXTS: Final = ("item", "purpose", "sustainability", "quote_reason", "emergency_reason")


@dataclass(frozen=True, slots=True)
class TriedRow:
    """One thing that may have been tried, as it stands on the screen. `key` names its boxes."""

    key: str
    name: str
    outcome: str
    on: str
    note: str
    service_id: UUID | None = None
    referral_id: UUID | None = None
    is_own: bool = False


class AskForm(FlaskForm):
    """A fund request whole. Everything but the goal may be left empty in a draft."""

    request_id = NewIdField()
    key = HiddenField(default=lambda: uuid4().hex)
    row_version = HiddenField(default="0")
    fund = select(lazy_gettext("Fund"))
    goal = select(lazy_gettext("For which goal"))
    item = line(lazy_gettext("What is to be bought"))
    category = select(lazy_gettext("Kind of purchase"))
    amount = MoneyField(lazy_gettext("Amount in dollars"), validators=[Optional()])
    payee = line(lazy_gettext("Who is to be paid"))
    organization = RadioField(lazy_gettext("Is it one of these?"), validate_choice=False, validators=[Optional()])
    method = RadioField(lazy_gettext("How it is to be paid"), validators=[Optional()])
    purpose = long_text(lazy_gettext("Why: how it helps the goal"))
    need_by = DayField(lazy_gettext("Needed by"))
    covers_from = DayField(lazy_gettext("First day that this pays for"))
    covers_to = DayField(lazy_gettext("Last day that this pays for"))
    quotes = WholeField(lazy_gettext("How many prices or quotes you compared"))
    quote_reason = line(lazy_gettext("Why there are fewer"))
    monthly_rent = MoneyField(lazy_gettext("Monthly rent of the place"), validators=[Optional()])
    sustainability = long_text(lazy_gettext("Who pays after this"))
    is_emergency = BooleanField(lazy_gettext("This is an emergency"))
    emergency_reason = long_text(lazy_gettext("What happens if nobody pays today"))
    agreement = RadioField(lazy_gettext("How the person agreed"), validators=[Optional()])
    agreed_on = DayField(lazy_gettext("On which day"))
    words = long_text(lazy_gettext("In the person's own words"))
    witness = line(lazy_gettext("Who else heard it"))
    find = line(lazy_gettext("Look in the directory for other help"), most=200)

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.method.choices = options(METHOD_WORDS.items())
        self.agreement.choices = options(AGREEMENTS.items())
        self.organization.choices = []

    def texts(self) -> dict[str, str]:
        """The words that are sealed, by field."""
        rent = "" if self.monthly_rent.data is None else str(self.monthly_rent.data)
        return {**{name: self[name].data or "" for name in TEXTS}, "monthly_rent": rent}


class VerbForm(FlaskForm):
    """A verb of one press, with the version that was seen."""

    key = HiddenField(default=lambda: uuid4().hex)
    row_version = HiddenField(default="0")


class ReasonForm(VerbForm):
    """A verb that asks why."""

    reason = long_text(lazy_gettext("Why"))


class SupplementForm(VerbForm):
    """More money for an approved request."""

    cents = MoneyField(lazy_gettext("How much more, in dollars"))
    reason = long_text(lazy_gettext("Why more is needed"))


class AppealForm(VerbForm):
    """A second look at a denial, in the person's words."""

    words = long_text(lazy_gettext("What should be looked at again"))


class AnswerForm(VerbForm):
    """The person's answer to a request."""

    words = long_text(lazy_gettext("Anything you want to say"))


class StartForm(FlaskForm):
    """A draft in two fields: what and why, for one of one's goals."""

    request_id = NewIdField()
    key = HiddenField(default=lambda: uuid4().hex)
    goal = RadioField(lazy_gettext("For which of your goals"))
    item = line(lazy_gettext("What do you need?"), required=lazy_gettext("Write what you need."))
    purpose = long_text(lazy_gettext("Why: what would it change for you?"), required=lazy_gettext("Write why."))


def read_tried(form: Mapping[str, str], offered: Iterable[TriedRow]) -> list[TriedRow]:
    """The rows of the screen with what was typed into them; those to write in oneself come last."""
    rows = [
        TriedRow(
            each.key,
            each.name,
            form.get(f"tried-{each.key}", each.outcome),
            form.get(f"tried-on-{each.key}", each.on),
            form.get(f"tried-note-{each.key}", each.note)[:300],
            each.service_id,
            each.referral_id,
        )
        for each in offered
    ]
    for number in range(1, MOST_OWN_TRIED + 1):
        key = f"own{number}"
        rows.append(
            TriedRow(
                key,
                form.get(f"tried-name-{key}", "")[:300],
                form.get(f"tried-{key}", ""),
                form.get(f"tried-on-{key}", ""),
                form.get(f"tried-note-{key}", "")[:300],
                is_own=True,
            )
        )
    return rows


def told(rows: Iterable[TriedRow]) -> list[TriedRow]:
    """The rows that say something: an outcome of the list, and a name where one must be written."""
    return [row for row in rows if row.outcome in TRIED_WORDS and (row.name.strip() or not row.is_own)]


def day_or(text: str, other: date) -> date:
    """The day that was typed, the other one where none was or it makes no sense."""
    return read_day(text) or other


def version_of(text: Any) -> int:
    """A version as the browser sent it back; 0, which fits none, for anything else."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 9 else 0


def key_of(text: Any) -> str:
    """A form's key as the browser sent it back; a fresh one for anything that is none."""
    text = str(text or "")
    return text if 16 <= len(text) <= 64 and text.isascii() and text.isalnum() else uuid4().hex
