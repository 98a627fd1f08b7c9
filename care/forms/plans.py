"""The shape of plans, goals, progress, agreement and screenings as a coordinator writes them, with their words."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired

from care.fields import DOMAINS, INSTRUMENTS, SCREENED
from core.errors import Sentence
from core.forms import DayField, MultiCheckboxField, NewIdField, WholeField, line, long_text, options, select

DOMAIN_WORDS: Final[Mapping[str, Sentence]] = {
    "housing": Sentence("Housing"),
    "health": Sentence("Health and wellness"),
    "income": Sentence("Income and benefits"),
    "work": Sentence("Work"),
    "education": Sentence("Education"),
    "transportation": Sentence("Transportation"),
    "food": Sentence("Food and daily living"),
    "relationships": Sentence("Relationships and community"),
    "safety": Sentence("Safety and legal"),
    "communications": Sentence("Communications"),
}
GOAL_WORDS: Final[Mapping[str, Sentence]] = {
    "active": Sentence("Working on it"),
    "reached": Sentence("Reached"),
    "paused": Sentence("On hold"),
    "dropped": Sentence("No longer wanted"),
}
GOAL_TONES: Final = {"active": "info", "reached": "good", "paused": "warning", "dropped": "neutral"}
AGREEMENT_WORDS: Final[Mapping[str, Sentence]] = {
    "none": Sentence("Not asked yet"),
    "signed": Sentence("Signed"),
    "verbal": Sentence("Agreed aloud"),
    "declined": Sentence("Declined"),
}
SCREENED_WORDS: Final[Mapping[str, Sentence]] = {
    "housing": Sentence("Housing"),
    "food": Sentence("Food"),
    "clothing": Sentence("Clothing"),
    "utilities": Sentence("Utilities"),
    "medicine": Sentence("Medicine or health care"),
    "phone": Sentence("Phone"),
    "transport": Sentence("Transportation"),
    "employment": Sentence("Employment"),
    "education": Sentence("Education"),
    "income": Sentence("Income"),
    "insurance": Sentence("Insurance"),
    "child care": Sentence("Child care"),
    "social": Sentence("Social contact"),
    "stress": Sentence("Stress"),
    "safety": Sentence("Feeling safe"),
    "violence": Sentence("Violence at home"),
    "incarceration": Sentence("Time in jail or prison"),
    "refugee": Sentence("Refugee"),
}


def lines_of(text: str | None) -> list[str]:
    """The lines of a box, one item each, without empty ones."""
    return [row.strip() for row in (text or "").splitlines() if row.strip()]


class PlanForm(FlaskForm):
    """The plan as a whole."""

    plan_id = NewIdField()
    row_version = HiddenField()
    starts_on = DayField(lazy_gettext("Starts on"))
    review_on = DayField(lazy_gettext("Review on"))
    participants = long_text(lazy_gettext("Who took part, one a line"))
    strengths = long_text(lazy_gettext("Strengths and what helps"))
    notes = long_text(lazy_gettext("Notes"))

    def words(self) -> dict[str, Any]:
        """The sealed fields as they were typed."""
        return {
            "participants": lines_of(self.participants.data),
            "strengths": self.strengths.data or "",
            "notes": self.notes.data or "",
        }


class AgreementForm(FlaskForm):
    """How the person answered to the plan."""

    row_version = HiddenField()
    agreement = RadioField(
        lazy_gettext("The person's answer"), validators=[InputRequired(lazy_gettext("Choose how the person answered."))]
    )
    agreed_on = DayField(lazy_gettext("On"), validators=[InputRequired(lazy_gettext("Write the day."))])
    words = long_text(lazy_gettext("What they said"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.agreement.choices = options((code, label) for code, label in AGREEMENT_WORDS.items() if code != "none")


class GoalForm(FlaskForm):
    """One goal in the person's own words."""

    goal_id = NewIdField()
    version = HiddenField()
    own_words = long_text(
        lazy_gettext("The goal in the person's own words"),
        required=lazy_gettext("Write the goal in the person's own words."),
    )
    domain = select(lazy_gettext("What it is about"))
    strategies = long_text(lazy_gettext("Steps: who does what, one a line"))
    indicator = line(lazy_gettext("How we will know"))
    target_on = DayField(lazy_gettext("By when"))
    review_on = DayField(lazy_gettext("Look at it again on"))
    part2 = BooleanField(lazy_gettext("This goal is about substance use treatment (42 CFR Part 2)"))
    status = select(lazy_gettext("How it stands"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.domain.choices = options((code, DOMAIN_WORDS[code]) for code in DOMAINS)
        self.status.choices = options(GOAL_WORDS.items())

    def words(self) -> dict[str, Any]:
        """The sealed fields as they were typed."""
        return {
            "own_words": self.own_words.data or "",
            "strategies": lines_of(self.strategies.data),
            "indicator": self.indicator.data or "",
            "part2": bool(self.part2.data),
        }


class NoteForm(FlaskForm):
    """Progress on a goal."""

    note_id = NewIdField()
    words = long_text(lazy_gettext("What happened"), required=lazy_gettext("Write what happened."))
    measure = WholeField(lazy_gettext("How far, 0 to 100 percent"))


class ScreeningForm(FlaskForm):
    """Needs found, or a level-of-care score. The instrument's own questions are asked elsewhere."""

    screening_id = NewIdField()
    instrument = select(lazy_gettext("Instrument"), [(name, name) for name in INSTRUMENTS])
    taken_on = DayField(lazy_gettext("Done on"), validators=[InputRequired(lazy_gettext("Write the day."))])
    domains = MultiCheckboxField(lazy_gettext("Needs found"))
    score = line(lazy_gettext("Score"), most=50)
    level = line(lazy_gettext("Level of care"), most=100)
    note = long_text(lazy_gettext("Note"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.domains.choices = options((code, SCREENED_WORDS[code]) for code in SCREENED)


def day_of(text: Any) -> date | None:
    """A stored ISO day, for pages; None for none."""
    return date.fromisoformat(text) if isinstance(text, str) and text else None
