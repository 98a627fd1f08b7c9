"""Forms of the budget: setting a fund up, opening a year, proposing money for a line, deciding."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired

from core.errors import Sentence
from core.forms import (
    DayField,
    MoneyField,
    MultiCheckboxField,
    NewIdField,
    WholeField,
    line,
    long_text,
    options,
    select,
)

YEAR_ENDS = (
    ("lapse", Sentence("It lapses: it goes back to where it came from")),
    ("carry", Sentence("It is carried into the new year, in the same category")),
)
CHANGE_KINDS = (
    ("adopt", Sentence("New money for a line")),
    ("move", Sentence("Money moved from another line of the same year")),
)


class SetUpForm(FlaskForm):
    """A fund and the example rules that it starts with."""

    new_id = NewIdField()
    code = line(lazy_gettext("Short code"), most=20, required=lazy_gettext("Write a short code, such as SDF."))
    name = line(lazy_gettext("Name in the office"), required=lazy_gettext("Write the fund's name."))
    public_name = line(
        lazy_gettext("Name on vendors' papers"), required=lazy_gettext("Write the name that vendors are to see.")
    )
    starts_on = DayField(lazy_gettext("First day"), validators=[InputRequired(lazy_gettext("Write the first day."))])
    year_end = RadioField(lazy_gettext("What is left at the end of a year"), default="lapse")
    rules = MultiCheckboxField(lazy_gettext("Example rules to start with"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.year_end.choices = options(YEAR_ENDS)


class YearForm(FlaskForm):
    """A budget year."""

    code = line(
        lazy_gettext("Name of the year"), most=20, required=lazy_gettext("Write the year's name, such as 2027.")
    )
    starts_on = DayField(lazy_gettext("First day"), validators=[InputRequired(lazy_gettext("Write the first day."))])
    ends_on = DayField(lazy_gettext("Last day"), validators=[InputRequired(lazy_gettext("Write the last day."))])
    slots = WholeField(lazy_gettext("Places in the program"))


class ProposeBudgetForm(FlaskForm):
    """Money for a line."""

    new_id = NewIdField()
    kind = RadioField(lazy_gettext("What is proposed"), default="adopt")
    budget_line_id = select(lazy_gettext("To the line"))
    source_line_id = select(lazy_gettext("From the line"))
    cents = MoneyField(lazy_gettext("Amount"), validators=[InputRequired(lazy_gettext("Write the amount."))])
    is_drawn = BooleanField(lazy_gettext("The money is in the bank already"))
    reason = long_text(lazy_gettext("Why, and by whose decision"), required=lazy_gettext("Write why."))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = options(CHANGE_KINDS)


class DecideForm(FlaskForm):
    """Approve or refuse what somebody else proposed."""

    decision = RadioField(lazy_gettext("Your decision"), validators=[InputRequired(lazy_gettext("Choose one."))])

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.decision.choices = options((("approve", Sentence("Approve")), ("refuse", Sentence("Refuse"))))


class PeriodForm(FlaskForm):
    """What is done to a month. `seen` is its status as the page showed it."""

    seen = HiddenField()
    status = HiddenField()
    reason = long_text(lazy_gettext("Why"))


class ActForm(FlaskForm):
    """A button: only the id of the row that it makes."""

    new_id = NewIdField()
