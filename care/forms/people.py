"""Forms about a person: referring, changing, status, coordinator, account, emergency."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired

from care.words import ACCESS_NEEDS, CONTACT_WAYS, CRITERIA
from core.forms import DayField, MomentField, MultiCheckboxField, NewIdField, line, long_text, options, select
from directory.facets import LANGUAGES


class FindForm(FlaskForm):
    """A name, looked for among the people whom the viewer may see; posted, so it stands in no address."""

    name = line(lazy_gettext("Find by name or code"), most=100)


class PersonForm(FlaskForm):
    """What stands about a person, in the order people think."""

    preferred_name = line(
        lazy_gettext("What the person wants to be called"),
        required=lazy_gettext("Write what the person wants to be called."),
    )
    legal_name = line(lazy_gettext("Name on papers"))
    pronouns = line(lazy_gettext("Pronouns"), most=50)
    birth_date = DayField(lazy_gettext("Born on"))
    criteria = MultiCheckboxField(lazy_gettext("Why this program"))
    languages = MultiCheckboxField(lazy_gettext("Languages"))
    interpreter = BooleanField(lazy_gettext("Needs an interpreter"))
    culture = long_text(lazy_gettext("Culture, faith, food, what to respect"))
    phone = line(lazy_gettext("Phone"), most=50)
    email = line(lazy_gettext("E-mail"), most=200)
    contact_ways = MultiCheckboxField(lazy_gettext("How to reach the person"))
    do_not_contact = long_text(lazy_gettext("What to avoid when reaching out"))
    home_area = line(lazy_gettext("Home area"), most=100)
    address = line(lazy_gettext("Street address"))
    insurance = line(lazy_gettext("Insurance"))
    access_needs = MultiCheckboxField(lazy_gettext("Access needs"))
    safety_note = long_text(lazy_gettext("Safety: what a visitor must know"))
    mentor_wanted = BooleanField(lazy_gettext("Wants a recovery mentor"))
    part2 = BooleanField(lazy_gettext("This record holds substance use treatment information (42 CFR Part 2)"))
    row_version = HiddenField()

    not_fields = frozenset({"csrf_token", "row_version", "new_id", "referred_at", "coordinator_id"})

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.criteria.choices = options(CRITERIA.items())
        self.languages.choices = options(LANGUAGES.items())
        self.contact_ways.choices = options(CONTACT_WAYS.items())
        self.access_needs.choices = options(ACCESS_NEEDS.items())

    def values(self) -> dict[str, Any]:
        """What was typed, as the sealed fields hold it."""
        found = {name: field.data for name, field in self._fields.items() if name not in self.not_fields}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in found.items()}


class ReferForm(PersonForm):
    """A new person from SPOA, with the coordinator who begins at once when one is chosen."""

    new_id = NewIdField()
    referred_at = MomentField(
        lazy_gettext("Referred by SPOA at"),
        validators=[InputRequired(lazy_gettext("Write when SPOA referred the person."))],
    )
    coordinator_id = select(lazy_gettext("Coordinator"))


class StatusForm(FlaskForm):
    """A new status and its day."""

    status = RadioField(lazy_gettext("New status"), validators=[InputRequired(lazy_gettext("Choose one."))])
    on = DayField(lazy_gettext("On"), validators=[InputRequired(lazy_gettext("Write the day."))])


class AssignForm(FlaskForm):
    """The next coordinator; empty moments mean now, and no meeting of the three."""

    coordinator_id = RadioField(lazy_gettext("Coordinator"), validators=[InputRequired(lazy_gettext("Choose one."))])
    starts_at = MomentField(lazy_gettext("Begins at"))
    warm_at = MomentField(lazy_gettext("Met together with the person at"))
    note = long_text(lazy_gettext("What the next coordinator must know"))


class MentorForm(FlaskForm):
    """A recovery mentor."""

    mentor_id = select(lazy_gettext("Recovery mentor"))


class AccountForm(FlaskForm):
    """The address of the person's own account."""

    email = line(lazy_gettext("E-mail address of the account"), required=lazy_gettext("Write the address."))


class EmergencyForm(FlaskForm):
    """A code and a reason."""

    code = line(lazy_gettext("The person's code, like E-014"), most=20, required=lazy_gettext("Write the code."))
    reason = long_text(
        lazy_gettext("Why it cannot wait"), required=lazy_gettext("Say in a few words why it cannot wait.")
    )


class SupervisionForm(FlaskForm):
    """Who supervises whom."""

    supervisor_id = select(lazy_gettext("Supervisor"))
    coordinator_id = select(lazy_gettext("Coordinator"))


def person_values(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Sealed fields as the form shows them."""
    values = dict(fields)
    if isinstance(values.get("birth_date"), str):
        values["birth_date"] = date.fromisoformat(values["birth_date"])
    return values


def named(people: Iterable[Any]) -> list[tuple[str, str]]:
    """Accounts as choices."""
    return [(str(person.id), person.name) for person in people]
