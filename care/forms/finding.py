"""The shape of a search near a person and of the choice sheet made from it; posted, so that no address holds it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Final
from uuid import UUID

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, HiddenField, RadioField
from wtforms.validators import InputRequired

from core.errors import Sentence
from core.forms import NewIdField, long_text, options, select
from core.layout import LANGUAGE_NAMES
from directory.forms import SearchAsked, read_search

CALLER_WORDS: Final = {
    "person": Sentence("You call"),
    "coordinator": Sentence("Your coordinator calls for you"),
    "together": Sentence("You and your coordinator call together"),
}
REMOVABLE: Final = {"need": "needs", "language": "languages", "yes": "yes", "term": "terms"}


@dataclass(frozen=True, slots=True)
class NearAsked:
    """A search near a person: the parts of a public search, and whether it starts from the home area."""

    asked: SearchAsked
    is_near: bool


def read_near(form: MultiDict[str, str]) -> NearAsked:
    """Read what was posted. `remove` takes one part out ("need:food", "near", "words"), `add_need` and such add one."""
    near = NearAsked(read_search(form), form.get("near") == "1")
    for name, field in REMOVABLE.items():
        for code in form.getlist(f"add_{name}"):
            added = read_search(MultiDict([(name, code)]))
            values = tuple(dict.fromkeys((*getattr(near.asked, field), *getattr(added, field))))
            near = _with(near, field, values)
    return _without(near, form.get("remove", ""))


def _without(near: NearAsked, removed: str) -> NearAsked:
    name, _, value = removed.partition(":")
    if name == "near":
        return replace(near, is_near=False)
    if name == "words":
        return replace(near, asked=replace(near.asked, words=""))
    if name == "open_now":
        return replace(near, asked=replace(near.asked, open_now=False))
    if name == "within":
        return replace(near, asked=replace(near.asked, within_miles=None, any_distance=True))
    if field := REMOVABLE.get(name):
        kept = tuple(one for one in getattr(near.asked, field) if value and one != value)
        return _with(near, field, kept)
    return near


def _with(near: NearAsked, field: str, values: tuple[str, ...]) -> NearAsked:
    changes: dict[str, Any] = {field: values}
    return replace(near, asked=replace(near.asked, **changes))


class SheetForm(FlaskForm):
    """Which services go on a choice sheet, for which goal, and how it is written."""

    sheet_id = NewIdField()
    goal = select(lazy_gettext("For the goal"))
    sheet_language = RadioField(lazy_gettext("Language of the sheet"))
    who_calls = RadioField(lazy_gettext("Who will call"))
    is_discreet = BooleanField(lazy_gettext("Discreet: without the program's name"))

    def __init__(self, *args: Any, goals: Sequence[tuple[str, str]] = (), **values: Any) -> None:
        super().__init__(*args, **values)
        self.goal.choices = options(goals)
        self.sheet_language.choices = options(LANGUAGE_NAMES.items())
        self.who_calls.choices = options(CALLER_WORDS.items())


def read_options(texts: Sequence[str]) -> list[tuple[UUID, UUID | None]]:
    """The picked services with their places ("service" or "service:location"); what is neither is left out."""
    found = []
    for text in texts[:50]:
        service, _, location = text.partition(":")
        try:
            found.append((UUID(service), UUID(location) if location else None))
        except ValueError:
            continue
    return found


class ChoiceForm(FlaskForm):
    """What the person chose from a sheet, and why in their words."""

    option = RadioField(
        lazy_gettext("What the person chose"),
        validators=[InputRequired(lazy_gettext("Choose one, or that none of them is wanted."))],
    )
    reason = long_text(lazy_gettext("Why, in their words"))
    asked = HiddenField()
