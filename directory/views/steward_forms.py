"""The shape of what stewards type; what makes sense is judged by the directory's rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from decimal import Decimal, InvalidOperation
from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired
from wtforms import (
    BooleanField,
    Field,
    HiddenField,
    RadioField,
    SelectField,
    SelectMultipleField,
    StringField,
    TextAreaField,
)
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length, Optional
from wtforms.widgets import CheckboxInput, ListWidget, TextInput

from core.errors import Sentence
from core.pages import translate
from directory import rules
from directory.facets import LANGUAGES, QUESTIONS, Answer, Precision, Visibility
from directory.needs import own_terms

SHORT: Final = 300
LONG: Final = 5000
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
US_DAY: Final = re.compile(r"([0-9]{1,2})/([0-9]{1,2})/([0-9]{4})", re.ASCII)
ISO_DAY: Final = re.compile(r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})", re.ASCII)


def read_day(text: str) -> date | None:
    """A day as people write it, "3/5/2026" or "2026-03-05"; None for anything else."""
    text = text.strip()
    if match := US_DAY.fullmatch(text):
        month, day, year = map(int, match.groups())
    elif match := ISO_DAY.fullmatch(text):
        year, month, day = map(int, match.groups())
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


class TypedField(Field):
    """One line of text that becomes a value; what was typed stays in the box when it makes no sense."""

    widget = TextInput()
    problem = Sentence("This makes no sense.")

    def read(self, text: str) -> Any:
        """The value of a text that is not empty; ValueError when there is none."""
        raise NotImplementedError

    def shown(self, value: Any) -> str:
        """A stored value as it is typed."""
        return str(value)

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was sent; an empty box is no value."""
        text = valuelist[0].strip() if valuelist else ""
        self.data = None
        if text:
            try:
                self.data = self.read(text)
            except (ValueError, InvalidOperation) as error:
                raise ValueError(translate(self.problem)) from error

    def _value(self) -> str:
        if self.raw_data:
            return str(self.raw_data[0])
        return "" if self.data is None else self.shown(self.data)


class WholeField(TypedField):
    """A whole number of zero or more."""

    problem = Sentence("Write a whole number, like 12.")

    def read(self, text: str) -> int:
        """The number."""
        if not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise ValueError(text)
        return int(text)


class DayField(TypedField):
    """A calendar day."""

    problem = Sentence("Write a day like 3/5/2026.")

    def read(self, text: str) -> date:
        """The day."""
        day = read_day(text)
        if day is None:
            raise ValueError(text)
        return day

    def shown(self, value: date) -> str:
        """Month, day and year."""
        return f"{value.month}/{value.day}/{value.year}"


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


class MultiCheckboxField(SelectMultipleField):
    """Several choices as check boxes."""

    widget = ListWidget(prefix_label=False)
    option_widget = CheckboxInput()


def _line(label: Any, *, most: int = SHORT, required: str | None = None) -> StringField:
    checks: list[Any] = [Length(max=most, message=lazy_gettext("This text is too long."))]
    if required:
        checks.insert(0, InputRequired(required))
    return StringField(label, validators=checks, filters=[_stripped])


def _text(label: Any) -> TextAreaField:
    return TextAreaField(
        label, validators=[Length(max=LONG, message=lazy_gettext("This text is too long."))], filters=[_stripped]
    )


def options(pairs: Iterable[tuple[Any, Any]]) -> list[SelectChoice]:
    """Choices of a field from values and labels."""
    return [SelectChoice(value, label) for value, label in pairs]


def _select(label: Any, choices: Sequence[tuple[Any, Any]], coerce: Any = str) -> SelectField:
    return SelectField(label, choices=options(choices), coerce=coerce)


def _visibility() -> SelectField:
    return _select(lazy_gettext("Who may see it"), VISIBILITY_CHOICES, int)


def _stripped(text: str | None) -> str | None:
    return (text.strip() or None) if isinstance(text, str) else text


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

    q = _line(lazy_gettext("Name"))
    state = _select(
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

    name = _line(lazy_gettext("Name"), required=lazy_gettext("Give it a name."))
    alternate_name = _line(lazy_gettext("Other name"))
    description = _text(lazy_gettext("What it does"))
    email = _line(lazy_gettext("E-mail"))
    website = _line(lazy_gettext("Web page"), most=1000)
    visibility = _visibility()


class ServiceForm(RecordForm):
    """A service with its answers, kinds of help and languages. `answer_fields` lists the questions' fields in order."""

    not_columns = ("terms", "kept_terms", "languages", *(f"answer_{question.code}" for question in QUESTIONS))

    name = _line(lazy_gettext("Name of the service"), required=lazy_gettext("Give it a name."))
    alternate_name = _line(lazy_gettext("Other name"))
    description = _text(lazy_gettext("What it offers, in plain words"))
    url = _line(lazy_gettext("Web page"), most=1000)
    email = _line(lazy_gettext("E-mail"))
    status = _select(lazy_gettext("Status"), STATUS_CHOICES)
    status_unconfirmed = BooleanField(lazy_gettext("Show it although inactive, marked “status not confirmed”"))
    alert = _line(lazy_gettext("Notice on top of the listing"))
    visibility = _visibility()
    eligibility_description = _text(lazy_gettext("Who can use it"))
    minimum_age = WholeField(lazy_gettext("Youngest age"), validators=[Optional()])
    maximum_age = WholeField(lazy_gettext("Oldest age"), validators=[Optional()])
    fees_description = _text(lazy_gettext("What it costs, in words"))
    application_process = _text(lazy_gettext("How to get in"))
    wait_time = _line(lazy_gettext("Usual wait"))
    interpretation_services = _line(lazy_gettext("Interpreters"))
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

    name = _line(lazy_gettext("Name of the place"))
    address_1 = _line(lazy_gettext("Street and number"))
    address_2 = _line(lazy_gettext("Floor, suite or room"))
    city = _line(lazy_gettext("Town"))
    state_province = _line(lazy_gettext("State"), most=30)
    postal_code = _line(lazy_gettext("ZIP code"), most=10)
    latitude = DegreeField(lazy_gettext("Latitude"), validators=[Optional()])
    longitude = DegreeField(lazy_gettext("Longitude"), validators=[Optional()])
    place_precision = _select(lazy_gettext("How exactly is the point known?"), PRECISION_CHOICES)
    description = _text(lazy_gettext("How to find the door"))
    transportation = _line(lazy_gettext("Bus and train"), most=1000)
    visibility = _visibility()


class PhoneForm(RecordForm):
    """A phone."""

    number = _line(lazy_gettext("Number"), required=lazy_gettext("Write a phone number, like 914-555-0123."))
    extension = WholeField(lazy_gettext("Extension"), validators=[Optional()])
    type = _select(lazy_gettext("Kind of line"), PHONE_TYPES)
    description = _line(lazy_gettext("What it is for"))
    visibility = _visibility()


class ContactForm(RecordForm):
    """A person or desk to ask for."""

    name = _line(lazy_gettext("Name"))
    title = _line(lazy_gettext("Job"))
    department = _line(lazy_gettext("Department"))
    email = _line(lazy_gettext("E-mail"))
    visibility = _visibility()


class CostForm(RecordForm):
    """One price."""

    option = _line(lazy_gettext("What for"))
    amount = AmountField(lazy_gettext("Dollars"), validators=[Optional()])
    amount_description = _line(lazy_gettext("In words"))


class DocumentForm(RecordForm):
    """A paper to bring."""

    document = _line(lazy_gettext("What to bring"), required=lazy_gettext("Write what to bring."))
    uri = _line(lazy_gettext("Web page about it"), most=1000)


class UrlForm(RecordForm):
    """A further web address."""

    label = _line(lazy_gettext("What is there"))
    url = _line(lazy_gettext("Web page"), most=1000, required=lazy_gettext("Write a web address."))


class AccessForm(RecordForm):
    """How a place can be entered and used."""

    description = _line(
        lazy_gettext("What is there, like “ramp at the back door”"), required=lazy_gettext("Write what is there.")
    )
    details = _text(lazy_gettext("More about it"))


class CapacityForm(RecordForm):
    """Room now, and until when the figure counts."""

    not_columns = ("expires_on",)

    unit_id = _select(lazy_gettext("What is counted"), ())
    available = WholeField(lazy_gettext("Free now"), validators=[Optional()])
    maximum = WholeField(lazy_gettext("Places in all"), validators=[Optional()])
    waitlist = _select(lazy_gettext("Waiting list"), WAITLISTS)
    waitlist_length = WholeField(lazy_gettext("People on the waiting list"), validators=[Optional()])
    usual_wait = _line(lazy_gettext("Usual wait"))
    expires_on = DayField(
        lazy_gettext("Known until the end of"), validators=[InputRequired(lazy_gettext("Say until when this counts."))]
    )
    description = _line(lazy_gettext("Remark"))


class HousingForm(RecordForm):
    """What a person must know of a place to live."""

    kind = _select(
        lazy_gettext("Kind of housing"), [(code, lazy_gettext(name.text)) for code, name in rules.HOUSING_KINDS.items()]
    )
    rooms = _line(lazy_gettext("Rooms"))
    household = _line(lazy_gettext("For how many people"))
    rent = _line(lazy_gettext("Rent or fee"))
    deposit = _line(lazy_gettext("Deposit"))
    utilities = _line(lazy_gettext("Heat, light and water"))
    vouchers = _line(lazy_gettext("Vouchers taken"))
    access = _line(lazy_gettext("Getting in and around (ramp, elevator, shower)"))
    pets = _line(lazy_gettext("Pets"))
    sobriety = _line(lazy_gettext("Sobriety rules"))
    background = _line(lazy_gettext("Background checks"))
    stay_limit = _line(lazy_gettext("Longest stay"))
    way_in = _line(lazy_gettext("Way in"))


class HoursForm(FlaskForm):
    """Hours as people write them."""

    hours = TextAreaField(
        lazy_gettext("Hours"),
        validators=[Length(max=600, message=lazy_gettext("This text is too long."))],
        filters=[_stripped],
    )
    as_words = BooleanField(lazy_gettext("Show these words as they are"))


class AreaForm(FlaskForm):
    """An area served, by its name."""

    place = _line(lazy_gettext("County, town, ZIP code or state"), required=lazy_gettext("Write a place."))


class ClosingDayForm(FlaskForm):
    """A day on which the county is closed."""

    day = DayField(lazy_gettext("Day"), validators=[InputRequired(lazy_gettext("Write a day like 3/5/2026."))])
    name = _line(
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
        filters=[_stripped],
    )


class UploadForm(FlaskForm):
    """A feed to check. `key` makes a second press of the button the same upload."""

    file = FileField(lazy_gettext("File"), validators=[FileRequired(lazy_gettext("Choose a file."))])
    source = _line(lazy_gettext("Name of the source"), most=100)
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
