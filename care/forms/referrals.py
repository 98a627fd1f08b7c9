"""Forms of a referral: made, moved a step, followed up; a clock stopped by hand; a contact written down."""

from __future__ import annotations

from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.validators import InputRequired

from care.words import CLOCK_REASONS, CONTACT_CHANNELS
from core.errors import Sentence
from core.forms import MomentField, NewIdField, line, long_text, options, select

CLOCKS: Final = {"access": Sentence("First access in 24 hours"), "linkage": Sentence("Psychiatric care in 7 days")}
_CHOOSE: Final = lazy_gettext("Choose one.")


class ReferralForm(FlaskForm):
    """A new referral: for which goal, and the warm hand-off."""

    new_id = NewIdField()
    goal = select(lazy_gettext("For the goal"))
    introduced_by = line(lazy_gettext("Who introduces the person"))
    introduced_to = line(lazy_gettext("To whom"))
    meeting = line(lazy_gettext("When and where they meet"))
    note = long_text(lazy_gettext("Note"))

    def values(self) -> dict[str, Any]:
        """The sealed fields that were filled in."""
        names = ("introduced_by", "introduced_to", "meeting", "note")
        return {name: self[name].data for name in names if self[name].data}


class MoveForm(FlaskForm):
    """What happened next; the state is the button that was pressed."""

    happened_at = MomentField(lazy_gettext("When it happened"))
    note = long_text(lazy_gettext("Note"))


class FollowForm(FlaskForm):
    """Did they get in; the answer is the button that was pressed."""

    ask_again_at = MomentField(lazy_gettext("Ask again at"))


class ClockForm(FlaskForm):
    """A clock stopped by hand, with the reason."""

    which = RadioField(lazy_gettext("Which clock"), validators=[InputRequired(_CHOOSE)])
    reason = RadioField(lazy_gettext("Why it stops"), validators=[InputRequired(_CHOOSE)])
    at = MomentField(lazy_gettext("When it stopped"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.which.choices = options(CLOCKS.items())
        self.reason.choices = options(CLOCK_REASONS.items())


class DischargeForm(FlaskForm):
    """When a person left a hospital."""

    at = MomentField(
        lazy_gettext("Left the hospital at"), validators=[InputRequired(lazy_gettext("Write when the person left."))]
    )


class ContactForm(FlaskForm):
    """A contact or an attempt: the channel is one press, the result the button that sends it."""

    new_id = NewIdField()
    channel = RadioField(
        lazy_gettext("How you got in touch"), validators=[InputRequired(lazy_gettext("Choose how you got in touch."))]
    )
    happened_at = MomentField(lazy_gettext("When it happened"))
    note = long_text(lazy_gettext("Note"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.channel.choices = options(CONTACT_CHANNELS.items())
