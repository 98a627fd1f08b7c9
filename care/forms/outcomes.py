"""Forms of outcomes: a half-year of one person, and what a day or an event costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField
from wtforms.validators import InputRequired

from care.figures import MEASURES
from care.words import OUTCOME_WORDS
from core.errors import Sentence
from core.forms import DayField, MoneyField, WholeField, line, options, select
from core.pages import translate

UNSAID = Sentence("Write a number, 0 for none, or tick “not observed”.")
BOTH = Sentence("Either a number or “not observed”, not both.")


class HalfYearForm(FlaskForm):
    """What was observed in six months: for each measure a number, or that it was not observed."""

    period = select(lazy_gettext("Six months"))
    days_homeless = WholeField(OUTCOME_WORDS["days_homeless"].text)
    days_incarcerated = WholeField(OUTCOME_WORDS["days_incarcerated"].text)
    emergency_visits = WholeField(OUTCOME_WORDS["emergency_visits"].text)
    inpatient_days = WholeField(OUTCOME_WORDS["inpatient_days"].text)
    arrests = WholeField(OUTCOME_WORDS["arrests"].text)
    days_homeless_unseen = BooleanField(lazy_gettext("not observed"))
    days_incarcerated_unseen = BooleanField(lazy_gettext("not observed"))
    emergency_visits_unseen = BooleanField(lazy_gettext("not observed"))
    inpatient_days_unseen = BooleanField(lazy_gettext("not observed"))
    arrests_unseen = BooleanField(lazy_gettext("not observed"))

    def __init__(self, *args: Any, periods: Sequence[tuple[str, str]] = (), **values: Any) -> None:
        super().__init__(*args, **values)
        self.period.choices = options(periods)
        for name, words in OUTCOME_WORDS.items():
            self[name].label.text = translate(words)

    def validate(self, extra_validators: Any = None) -> bool:
        """Each measure has a number or says that it was not observed: an empty box says neither."""
        valid = bool(super().validate(extra_validators))
        for name in MEASURES:
            field, is_unseen = self[name], bool(self[f"{name}_unseen"].data)
            problem = BOTH if is_unseen and field.data is not None else UNSAID if field.data is None else None
            if is_unseen and field.data is None:
                problem = None
            if problem and not field.errors:
                field.errors = [translate(problem)]
                valid = False
        return valid

    def values(self) -> dict[str, int | None]:
        """Measure → number, None for not observed."""
        return {name: self[name].data for name in MEASURES}


class UnitCostForm(FlaskForm):
    """What one day or event costs, from where and as of when."""

    cost = MoneyField(
        lazy_gettext("Cost in dollars"),
        validators=[InputRequired(lazy_gettext("Write an amount like 45 or 1,234.50."))],
    )
    source = line(lazy_gettext("Source"), required=lazy_gettext("Say where the figure comes from."))
    as_of = DayField(lazy_gettext("As of"), validators=[InputRequired(lazy_gettext("Write the day."))])


def half_year_values(values: Mapping[str, int], *, is_known: bool) -> dict[str, Any]:
    """What was observed as the form shows it; a measure that is missing from a known half-year is ticked."""
    found: dict[str, Any] = dict(values)
    if is_known:
        found |= {f"{name}_unseen": name not in values for name in MEASURES}
    return found
