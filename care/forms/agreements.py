"""The form of a priority-access agreement's terms."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from flask_wtf.file import FileField, FileRequired

from core.errors import InvalidInput, Sentence
from core.forms import DayField, MultiCheckboxField, WholeField, line, long_text, options
from directory.gazetteer import area_code_label, county_code

if TYPE_CHECKING:
    from directory.queries import AgreementLine

TEXTS = ("promise", "intake_contact", "intake_phone", "intake_route", "papers")


class AgreementForm(FlaskForm):
    """What a partner promises, for which of its services, people and counties, until when."""

    service_ids = MultiCheckboxField(lazy_gettext("Services"))
    promise = long_text(lazy_gettext("What they promise"))
    promised_hours = WholeField(lazy_gettext("They answer within (hours)"))
    places_per_month = WholeField(lazy_gettext("Places a month"))
    counties = line(lazy_gettext("Counties"))
    populations = line(lazy_gettext("For whom"))
    intake_contact = line(lazy_gettext("Whom to call"))
    intake_phone = line(lazy_gettext("Intake phone"), most=50)
    intake_route = line(lazy_gettext("How to get in"))
    papers = long_text(lazy_gettext("What to bring"))
    starts_on = DayField(lazy_gettext("From"))
    ends_on = DayField(lazy_gettext("Until"))

    def __init__(self, *args: Any, services: Iterable[tuple[UUID, str]] = (), **values: Any) -> None:
        super().__init__(*args, **values)
        self.service_ids.choices = options((str(service_id), name) for service_id, name in services)

    def terms(self, state: str) -> dict[str, Any]:
        """The terms as the action takes them. Raises InvalidInput for a county that there is not in the state."""
        return {
            **{name: self[name].data for name in TEXTS},
            "promised_hours": self.promised_hours.data,
            "places_per_month": self.places_per_month.data,
            "counties": ",".join(_county(name, state) for name in _parts(self.counties.data)),
            "populations": ",".join(_parts(self.populations.data)),
            "starts_on": self.starts_on.data,
            "ends_on": self.ends_on.data,
        }

    def chosen(self) -> list[UUID]:
        """The services that were ticked."""
        return [UUID(value) for value in self.service_ids.data or ()]


class DocumentForm(FlaskForm):
    """The signed paper of an agreement."""

    document = FileField(lazy_gettext("Signed agreement"), validators=[FileRequired(lazy_gettext("Choose a file."))])


def values_of(agreement: AgreementLine) -> dict[str, Any]:
    """An agreement as the form shows it."""
    return {
        **{name: getattr(agreement, name) for name in (*TEXTS, "promised_hours", "places_per_month")},
        "service_ids": [str(service_id) for service_id, _ in agreement.services],
        "counties": ", ".join(county_name(code) for code in agreement.counties),
        "populations": ", ".join(agreement.populations),
        "starts_on": agreement.starts_on,
        "ends_on": agreement.ends_on,
    }


def county_name(code: str) -> str:
    """ "Westchester County" for an area code; the code where the gazetteer has none."""
    return (area_code_label(code) or code).partition(",")[0]


def _parts(text: str | None) -> list[str]:
    return [part.strip() for part in (text or "").split(",") if part.strip()]


def _county(name: str, state: str) -> str:
    code = county_code(name, state)
    if code is None:
        raise InvalidInput("counties", Sentence("There is no county “%(name)s” in this state.", name=name))
    return code
