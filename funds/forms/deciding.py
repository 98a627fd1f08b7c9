"""The forms of those who decide: approve, return, deny, confirm, more money, appeals, pause, stand in."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import RadioField
from wtforms.validators import Optional

from core.errors import Sentence
from core.forms import DayField, MoneyField, NewIdField, long_text, options, select
from funds.forms.asking import VerbForm
from funds.rules import DENY_REASONS, RETURN_REASONS


class ApproveForm(VerbForm):
    """The amount, all of it unless less is written."""

    cents = MoneyField(lazy_gettext("Approve how much"), validators=[Optional()])
    note = long_text(lazy_gettext("Note for the team"))


class EmergencyApprovalForm(VerbForm):
    """A spoken approval, written down."""

    cents = MoneyField(lazy_gettext("Approve how much"), validators=[Optional()])
    call = long_text(lazy_gettext("Who was asked, when, how, and that it was read back"))


class TurnDownForm(VerbForm):
    """A reason from a list, and plain words for the person."""

    reason_code = RadioField(lazy_gettext("Reason"), validators=[Optional()])
    words = long_text(lazy_gettext("In plain words: what the person and the coordinator should know"))


class ReturnForm(TurnDownForm):
    """What needs a change."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.reason_code.choices = options(RETURN_REASONS.items())


class DenyForm(TurnDownForm):
    """Why it is denied."""

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.reason_code.choices = options(DENY_REASONS.items())


class TakeBackForm(VerbForm):
    """Why one's own approval is taken back."""

    reason = long_text(lazy_gettext("Why"))


class AnswerYesNoForm(VerbForm):
    """Yes or no with a note: confirm an emergency, give more money."""

    answer = RadioField(lazy_gettext("Your decision"), validators=[Optional()])
    note = long_text(lazy_gettext("Note; needed for a no"))

    def __init__(self, *args: Any, yes: Sentence, no: Sentence, **values: Any) -> None:
        super().__init__(*args, **values)
        self.answer.choices = options((("yes", yes), ("no", no)))


class AppealDecisionForm(VerbForm):
    """The second look at a denial."""

    answer = RadioField(lazy_gettext("Your decision"), validators=[Optional()])
    words = long_text(lazy_gettext("The answer that the person will read"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.answer.choices = options(
            (
                ("overturn", Sentence("The denial was wrong: it is decided again")),
                ("uphold", Sentence("The denial stands: this is final")),
            )
        )


class PauseForm(VerbForm):
    """Why money stops, or may move again."""

    reason = long_text(lazy_gettext("Why"))


class ExceptionForm(VerbForm):
    """A rule set aside for this request."""

    rule_code = RadioField(lazy_gettext("Which rule is set aside"), validators=[Optional()])
    reason = long_text(lazy_gettext("Why"))


class DelegationForm(FlaskForm):
    """Who stands in for oneself, in which role, from when to when."""

    delegation_id = NewIdField()
    role = select(lazy_gettext("In which role"))
    to_user = select(lazy_gettext("Who stands in"))
    starts_on = DayField(lazy_gettext("From"))
    ends_on = DayField(lazy_gettext("Until"))
    reason = long_text(lazy_gettext("Why"))
