"""The shape of what stewards type; what makes sense is judged by the directory's rules."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal
from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    HiddenField,
    RadioField,
    SelectField,
    TextAreaField,
)
from wtforms.validators import InputRequired, Length, Optional

from core.errors import Sentence
from core.forms import (
    DayField,
    MultiCheckboxField,
    TypedField,
    WholeField,
    line,
    long_text,
    options,
    select,
    stripped,
)
from directory import rules
from directory.facets import LANGUAGES, QUESTIONS, Answer, Precision, Visibility
from directory.needs import own_terms

ANSWER_CHOICES: Final = (
    (str(int(Answer.YES)), lazy_gettext("Yes")),
    (str(int(Answer.NO)), lazy_gettext("No")),
    (str(int(Answer.NOT_STATED)), lazy_gettext("Not stated")),
)
VISIBILITY_CHOICES: Final = (
    (int(Visibility.PUBLIC), lazy_gettext("Everybody")),
    (int(Visibility.ENROLLED), lazy_gettext("People enrolled, and staff")),
    (int(Visibility.COORDINATOR), lazy_gettext("Coordinators and stewards only")),
    (int(Visibility.RESTRICTED), lazy_gettext("Restricted: stewards, and coordinators who give a reason")),
)
STATUS_CHOICES: Final = (
    ("active", lazy_gettext("Active (shown)")),
    ("temporarily closed", lazy_gettext("Closed for now")),
    ("inactive", lazy_gettext("Inactive (hidden)")),
    ("defunct", lazy_gettext("Gone for good (hidden)")),
)
PRECISION_CHOICES: Final = (
    (str(Precision.EXACT), lazy_gettext("Exact: the door")),
    (str(Precision.STREET), lazy_gettext("The street")),
    (str(Precision.ZIP), lazy_gettext("Only the ZIP code")),
    (str(Precision.TOWN), lazy_gettext("Only the town")),
    (str(Precision.COUNTY), lazy_gettext("Only the county")),
    (str(Precision.NONE), lazy_gettext("No point")),
)
PHONE_TYPES: Final = (
    ("", lazy_gettext("Voice")),
    ("sms", lazy_gettext("Text messages")),
    ("tty", lazy_gettext("TTY for deaf callers")),
    ("fax", lazy_gettext("Fax")),
    ("hotline", lazy_gettext("Hotline")),
)
WAITLISTS: Final = (
    ("", lazy_gettext("Not stated")),
    ("open", lazy_gettext("Open")),
    ("closed", lazy_gettext("Closed")),
)


class AmountField(TypedField):
    """Dollars and cents of a provider's price; not money of the fund."""

    problem = Sentence("Write an amount like 45 or 1,234.50.")

    def read(self, text: str) -> Decimal:
        """The amount."""
        text = text.replace(",", "").removeprefix("$").strip()
        if not re.fullmatch(r"[0-9]{1,9}(\.[0-9]{1,2})?", text, re.ASCII):
            raise ValueError(text)
        return Decimal(text)


class DegreeField(TypedField):
    """A coordinate in decimal degrees."""

    problem = Sentence("Write degrees like 41.0329 or -73.7648.")

    def read(self, text: str) -> float:
        """The degrees."""
        if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,8})?", text, re.ASCII):
            raise ValueError(text)
        return float(text)


def _visibility() -> SelectField:
    return select(lazy_gettext("Who may see it"), VISIBILITY_CHOICES, int)


class RecordForm(FlaskForm):
    """A form whose fields are the columns of one table."""

    not_columns: tuple[str, ...] = ()

    def values(self) -> dict[str, Any]:
        """What was typed, by column; an empty box is None."""
        return {
            field.name: None if field.data == "" else field.data
            for field in self
            if field.name != "csrf_token" and field.name not in self.not_columns
        }


class SearchForm(FlaskForm):
    """Words of a list's search; sent by GET, so it carries no token."""

    class Meta:
        """No token: a search changes nothing."""

        csrf = False

    q = line(lazy_gettext("Name"))
    state = select(
        lazy_gettext("Which"),
        (
            ("", lazy_gettext("All")),
            ("hidden", lazy_gettext("Hidden from the public")),
            ("waiting", lazy_gettext("Waiting for an organization")),
            ("retired", lazy_gettext("Retired")),
        ),
    )


class OrganizationForm(RecordForm):
    """An organization."""

    name = line(lazy_gettext("Name"), required=lazy_gettext("Give it a name."))
    alternate_name = line(lazy_gettext("Other name"))
    description = long_text(lazy_gettext("What it does"))
    email = line(lazy_gettext("E-mail"))
    website = line(lazy_gettext("Web page"), most=1000)
    visibility = _visibility()


class ServiceForm(RecordForm):
    """A service with its answers, kinds of help and languages. `answer_fields` lists the questions' fields in order."""

    not_columns = ("terms", "kept_terms", "languages", *(f"answer_{question.code}" for question in QUESTIONS))

    name = line(lazy_gettext("Name of the service"), required=lazy_gettext("Give it a name."))
    alternate_name = line(lazy_gettext("Other name"))
    description = long_text(lazy_gettext("What it offers, in plain words"))
    url = line(lazy_gettext("Web page"), most=1000)
    email = line(lazy_gettext("E-mail"))
    status = select(lazy_gettext("Status"), STATUS_CHOICES)
    status_unconfirmed = BooleanField(lazy_gettext("Show it although inactive, marked “status not confirmed”"))
    alert = line(lazy_gettext("Notice on top of the listing"))
    visibility = _visibility()
    eligibility_description = long_text(lazy_gettext("Who can use it"))
    minimum_age = WholeField(lazy_gettext("Youngest age"), validators=[Optional()])
    maximum_age = WholeField(lazy_gettext("Oldest age"), validators=[Optional()])
    fees_description = long_text(lazy_gettext("What it costs, in words"))
    application_process = long_text(lazy_gettext("How to get in"))
    wait_time = line(lazy_gettext("Usual wait"))
    interpretation_services = line(lazy_gettext("Interpreters"))
    terms = MultiCheckboxField(
        lazy_gettext("Kinds of help"), choices=options((term.code, term.names[0]) for term in own_terms())
    )
    kept_terms = MultiCheckboxField(lazy_gettext("Terms of other lists"), choices=[])
    languages = MultiCheckboxField(
        lazy_gettext("Languages spoken"), choices=options((code, str(name)) for code, name in LANGUAGES.items())
    )

    @property
    def answer_fields(self) -> list[tuple[str, list[Any]]]:
        """The questions' fields by their group, in the order of the filters."""
        groups: dict[str, list[Any]] = {}
        for question in QUESTIONS:
            groups.setdefault(question.group, []).append(self[f"answer_{question.code}"])
        return list(groups.items())

    def answers(self) -> dict[str, Answer]:
        """The stated answers."""
        given = {question.code: Answer(int(self[f"answer_{question.code}"].data)) for question in QUESTIONS}
        return {code: answer for code, answer in given.items() if answer != Answer.NOT_STATED}


for _question in QUESTIONS:
    _field = RadioField(
        lazy_gettext(_question.label.text), choices=options(ANSWER_CHOICES), default=str(int(Answer.NOT_STATED))
    )
    setattr(ServiceForm, f"answer_{_question.code}", _field)


class PlaceForm(RecordForm):
    """A place of a service: its location and its address."""

    location_fields = (
        "name",
        "description",
        "transportation",
        "latitude",
        "longitude",
        "place_precision",
        "visibility",
    )
    address_fields = ("address_1", "address_2", "city", "state_province", "postal_code")

    name = line(lazy_gettext("Name of the place"))
    address_1 = line(lazy_gettext("Street and number"))
    address_2 = line(lazy_gettext("Floor, suite or room"))
    city = line(lazy_gettext("Town"))
    state_province = line(lazy_gettext("State"), most=30)
    postal_code = line(lazy_gettext("ZIP code"), most=10)
    latitude = DegreeField(lazy_gettext("Latitude"), validators=[Optional()])
    longitude = DegreeField(lazy_gettext("Longitude"), validators=[Optional()])
    place_precision = select(lazy_gettext("How exactly is the point known?"), PRECISION_CHOICES)
    description = long_text(lazy_gettext("How to find the door"))
    transportation = line(lazy_gettext("Bus and train"), most=1000)
    visibility = _visibility()


class PhoneForm(RecordForm):
    """A phone."""

    number = line(lazy_gettext("Number"), required=lazy_gettext("Write a phone number, like 914-555-0123."))
    extension = WholeField(lazy_gettext("Extension"), validators=[Optional()])
    type = select(lazy_gettext("Kind of line"), PHONE_TYPES)
    description = line(lazy_gettext("What it is for"))
    visibility = _visibility()


class ContactForm(RecordForm):
    """A person or desk to ask for."""

    name = line(lazy_gettext("Name"))
    title = line(lazy_gettext("Job"))
    department = line(lazy_gettext("Department"))
    email = line(lazy_gettext("E-mail"))
    visibility = _visibility()


class CostForm(RecordForm):
    """One price."""

    option = line(lazy_gettext("What for"))
    amount = AmountField(lazy_gettext("Dollars"), validators=[Optional()])
    amount_description = line(lazy_gettext("In words"))


class DocumentForm(RecordForm):
    """A paper to bring."""

    document = line(lazy_gettext("What to bring"), required=lazy_gettext("Write what to bring."))
    uri = line(lazy_gettext("Web page about it"), most=1000)


class UrlForm(RecordForm):
    """A further web address."""

    label = line(lazy_gettext("What is there"))
    url = line(lazy_gettext("Web page"), most=1000, required=lazy_gettext("Write a web address."))


class AccessForm(RecordForm):
    """How a place can be entered and used."""

    description = line(
        lazy_gettext("What is there, like “ramp at the back door”"), required=lazy_gettext("Write what is there.")
    )
    details = long_text(lazy_gettext("More about it"))


class CapacityForm(RecordForm):
    """Room now, and until when the figure counts."""

    not_columns = ("expires_on",)

    unit_id = select(lazy_gettext("What is counted"), ())
    available = WholeField(lazy_gettext("Free now"), validators=[Optional()])
    maximum = WholeField(lazy_gettext("Places in all"), validators=[Optional()])
    waitlist = select(lazy_gettext("Waiting list"), WAITLISTS)
    waitlist_length = WholeField(lazy_gettext("People on the waiting list"), validators=[Optional()])
    usual_wait = line(lazy_gettext("Usual wait"))
    expires_on = DayField(
        lazy_gettext("Known until the end of"), validators=[InputRequired(lazy_gettext("Say until when this counts."))]
    )
    description = line(lazy_gettext("Remark"))


class HousingForm(RecordForm):
    """What a person must know of a place to live."""

    kind = select(
        lazy_gettext("Kind of housing"), [(code, lazy_gettext(name.text)) for code, name in rules.HOUSING_KINDS.items()]
    )
    rooms = line(lazy_gettext("Rooms"))
    household = line(lazy_gettext("For how many people"))
    rent = line(lazy_gettext("Rent or fee"))
    deposit = line(lazy_gettext("Deposit"))
    utilities = line(lazy_gettext("Heat, light and water"))
    vouchers = line(lazy_gettext("Vouchers taken"))
    access = line(lazy_gettext("Getting in and around (ramp, elevator, shower)"))
    pets = line(lazy_gettext("Pets"))
    sobriety = line(lazy_gettext("Sobriety rules"))
    background = line(lazy_gettext("Background checks"))
    stay_limit = line(lazy_gettext("Longest stay"))
    way_in = line(lazy_gettext("Way in"))


class HoursForm(FlaskForm):
    """Hours as people write them."""

    hours = TextAreaField(
        lazy_gettext("Hours"),
        validators=[Length(max=600, message=lazy_gettext("This text is too long."))],
        filters=[stripped],
    )
    as_words = BooleanField(lazy_gettext("Show these words as they are"))


class AreaForm(FlaskForm):
    """An area served, by its name."""

    place = line(lazy_gettext("County, town, ZIP code or state"), required=lazy_gettext("Write a place."))


class ClosingDayForm(FlaskForm):
    """A day on which the county is closed."""

    day = DayField(lazy_gettext("Day"), validators=[InputRequired(lazy_gettext("Write a day like 3/5/2026."))])
    name = line(
        lazy_gettext("Name of the day"),
        most=100,
        required=lazy_gettext("Give the day a name, like “Independence Day”."),
    )


class RetireForm(FlaskForm):
    """Why a listing leaves the directory."""

    reason = RadioField(
        lazy_gettext("Why?"),
        choices=options((code, lazy_gettext(reason.text)) for code, reason in rules.RETIRE_REASONS.items()),
        validators=[InputRequired(lazy_gettext("Choose why the listing is retired."))],
    )


class DecideForm(FlaskForm):
    """What a steward answers to a report."""

    answer = TextAreaField(
        lazy_gettext("Your answer or note"),
        validators=[Length(max=2000, message=lazy_gettext("This text is too long."))],
        filters=[stripped],
    )


class UploadForm(FlaskForm):
    """A feed to check. `key` makes a second press of the button the same upload."""

    file = FileField(lazy_gettext("File"), validators=[FileRequired(lazy_gettext("Choose a file."))])
    source = line(lazy_gettext("Name of the source"), most=100)
    is_partial = BooleanField(lazy_gettext("This is only a part of the source: leave alone what is missing in it"))
    key = HiddenField()


PART_FORMS: Mapping[str, type[RecordForm]] = {
    "phone": PhoneForm,
    "contact": ContactForm,
    "cost_option": CostForm,
    "required_document": DocumentForm,
    "url": UrlForm,
    "accessibility": AccessForm,
    "service_capacity": CapacityForm,
    "housing_offer": HousingForm,
}
