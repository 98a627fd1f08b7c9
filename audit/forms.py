"""Which events of the trail to list."""

from __future__ import annotations

from flask_wtf import FlaskForm
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length, Optional

from audit.rules import EventKind
from core.errors import Sentence


class FindEventsForm(FlaskForm):
    """A kind of event and the id of what it is about."""

    class Meta:
        csrf = False

    kind = SelectField(
        Sentence("Event"),
        choices=[SelectChoice("", Sentence("All events")), *(SelectChoice(str(kind), str(kind)) for kind in EventKind)],
        validate_choice=False,
    )
    subject = StringField(Sentence("Id of what it is about"), validators=[Optional(), Length(max=100)])
