"""What part of the books a report or an export shows: the filter, as of which day, and options of single reports."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, Final
from uuid import UUID

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField

from core.forms import DayField, WholeField, line, options, select
from funds.words import METHOD_WORDS

UNSET: Final = ""
IDS: Final = ("fund", "year", "category", "coordinator", "payee", "enrollee", "goal", "request")
SCOPE_NAMES: Final[Mapping[str, str]] = {
    "fund": "fund_id",
    "year": "year_id",
    "category": "category_id",
    "coordinator": "coordinator_id",
    "payee": "payee_id",
    "enrollee": "enrollee_id",
    "goal": "goal_id",
    "request": "fund_request_id",
}


class FilterForm(FlaskForm):
    """The filter of a report. What a report does not take is not shown, and what makes no sense is not used."""

    class Meta:
        csrf = False

    as_of = DayField(lazy_gettext("As of"))
    from_on = DayField(lazy_gettext("From day"))
    fund = select(lazy_gettext("Fund"))
    year = select(lazy_gettext("Budget year"))
    category = select(lazy_gettext("Category"))
    coordinator = select(lazy_gettext("Coordinator"))
    payee = select(lazy_gettext("Payee"))
    method = select(lazy_gettext("Method"))
    enrollee = select(lazy_gettext("Enrollee"))
    calendar_year = WholeField(lazy_gettext("Calendar year"))
    any_part = BooleanField(lazy_gettext("N counts people enrolled for any part of the period"))
    goal = HiddenField()
    share = HiddenField()

    def offer(self, choices: Mapping[str, Sequence[tuple[str, Any]]]) -> None:
        """Set what the lists offer; each begins with everything."""
        for name in ("fund", "year", "category", "coordinator", "payee", "enrollee"):
            self[name].choices = options([(UNSET, lazy_gettext("All")), *choices.get(name, ())])
            self[name].validate_choice = False
        self.method.choices = options([(UNSET, lazy_gettext("All")), *METHOD_WORDS.items()])
        self.method.validate_choice = False

    def values(self, names: Sequence[str]) -> dict[str, Any]:
        """The fields of a Scope that a report takes. An id that is none, or a day that is none, is left out."""
        values: dict[str, Any] = {}
        for name in names:
            if name in SCOPE_NAMES:
                values[SCOPE_NAMES[name]] = read_id(self[name].data)
        if "method" in names and self.method.data in METHOD_WORDS:
            values["method"] = self.method.data
        if "from_on" in names:
            values["from_on"] = self.from_on.data
        return values


class RequestNumberForm(FlaskForm):
    """Which request to report on."""

    class Meta:
        csrf = False

    number = line(lazy_gettext("Number of the request"))


class ExportForm(FlaskForm):
    """Which books to export, and how."""

    format = select(lazy_gettext("Format"))
    fund = select(lazy_gettext("Fund"))
    year = select(lazy_gettext("Budget year"))
    from_on = DayField(lazy_gettext("From day"))
    to_on = DayField(lazy_gettext("To day"))
    columns = line(lazy_gettext("Columns of the county's ledger"))
    accounts = line(lazy_gettext("Codes of the county's ledger"))


def read_id(text: Any) -> UUID | None:
    """An id as an address carries it; None for anything else."""
    try:
        return UUID(str(text))
    except ValueError:
        return None


def read_iso(text: str | None) -> date | None:
    """A day as a link carries it; None for anything else."""
    try:
        return date.fromisoformat(text or "")
    except ValueError:
        return None
