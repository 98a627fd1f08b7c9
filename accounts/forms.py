"""The shape of what people fill in about accounts; whether it makes sense is for the rules."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from flask_wtf import FlaskForm
from wtforms import EmailField, RadioField, SelectField, SelectMultipleField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget

from core.errors import Sentence

LANGUAGE_CHOICES = (("en", "English"), ("es", "Español"))


def choices_of(pairs: Iterable[tuple[str, Any]]) -> list[SelectChoice]:
    """Choices of a field from values and labels."""
    return [SelectChoice(value, label) for value, label in pairs]


class MultiCheckboxField(SelectMultipleField):
    """Several choices as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


class ProfileForm(FlaskForm):
    """A person's name and language."""

    name = StringField(
        Sentence("Name"),
        validators=[DataRequired(Sentence("Write a name.")), Length(max=100)],
        render_kw={"autocomplete": "name"},
    )
    language = SelectField(Sentence("Language"), choices=choices_of(LANGUAGE_CHOICES))


class AddUserForm(ProfileForm):
    """A new account."""

    email = EmailField(
        Sentence("E-mail address"),
        validators=[DataRequired(Sentence("Write your e-mail address.")), Length(max=200)],
        render_kw={"autocomplete": "off"},
    )
    roles = MultiCheckboxField(Sentence("Roles"))


class RolesForm(FlaskForm):
    """The roles of an account."""

    roles = MultiCheckboxField(Sentence("Roles"))


class DisableForm(FlaskForm):
    """Why an account is switched off."""

    reason = RadioField(Sentence("Reason"), validators=[DataRequired(Sentence("Choose a reason."))])


class FindUsersForm(FlaskForm):
    """Which accounts to list."""

    class Meta:
        csrf = False

    q = StringField(Sentence("Name or e-mail address"), validators=[Optional(), Length(max=100)])
    role = SelectField(Sentence("Role"), validate_choice=False)


class CodeForm(FlaskForm):
    """A one-time code for one operation."""

    code = StringField(
        Sentence("Code from your app"),
        validators=[DataRequired(Sentence("Write the code.")), Length(max=20)],
        render_kw={"autocomplete": "one-time-code", "inputmode": "numeric"},
    )
