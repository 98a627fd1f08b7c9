"""Forms about the people around a person, benefits and consents."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, RadioField
from wtforms.validators import InputRequired

from care.words import BENEFIT_KINDS, BENEFIT_STATES, GROUP_WORDS, SOAR_STEPS
from core.errors import Sentence
from core.forms import DayField, MultiCheckboxField, NewIdField, line, long_text, options, select

SUPPORT_KINDS = (("natural", Sentence("Natural support")), ("team", Sentence("Support team")))


class BenefitForm(FlaskForm):
    """One benefit and how far it is."""

    new_id = NewIdField()
    kind = select(lazy_gettext("Benefit"))
    state = select(lazy_gettext("How far it is"))
    renewal_on = DayField(lazy_gettext("Renew by"))
    soar_steps = MultiCheckboxField(lazy_gettext("SOAR steps done (SSI and SSDI)"))
    reference = line(lazy_gettext("Case number"), most=100)
    note = long_text(lazy_gettext("Note"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = options(BENEFIT_KINDS.items())
        self.state.choices = options(BENEFIT_STATES.items())
        self.soar_steps.choices = options(SOAR_STEPS.items())


class SupportForm(FlaskForm):
    """Somebody who stands by the person."""

    new_id = NewIdField()
    kind = RadioField(lazy_gettext("Kind"), default="natural", validators=[InputRequired(lazy_gettext("Choose one."))])
    name = line(lazy_gettext("Name"), required=lazy_gettext("Write the name."))
    role = line(lazy_gettext("Role or relation"), most=100)
    phone = line(lazy_gettext("Phone"), most=50)
    note = long_text(lazy_gettext("Note"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.kind.choices = options(SUPPORT_KINDS)


class ConsentForm(FlaskForm):
    """What the person lets be told, to whom, what for, until when (42 CFR 2.31)."""

    new_id = NewIdField()
    recipient = line(lazy_gettext("Who may be told"), required=lazy_gettext("Name who may be told."))
    recipient_email = line(lazy_gettext("Their account here"), most=200)
    purpose = line(lazy_gettext("What for"), required=lazy_gettext("Say what for."))
    groups = MultiCheckboxField(lazy_gettext("What may be told"))
    covers_part2 = BooleanField(lazy_gettext("Substance use treatment information too (42 CFR Part 2)"))
    starts_on = DayField(lazy_gettext("From"), validators=[InputRequired(lazy_gettext("Write the day."))])
    expires_on = DayField(lazy_gettext("Until"), validators=[InputRequired(lazy_gettext("Write the day it ends."))])
    given_how = line(
        lazy_gettext("How it was given"), required=lazy_gettext("Say how the person gave it: on paper, in person.")
    )

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.groups.choices = options((group.value, words) for group, words in GROUP_WORDS.items())
