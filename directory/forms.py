"""The shape of what people send to the public pages: the search address, a report; what makes sense is judged below."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from werkzeug.datastructures import MultiDict
from wtforms import RadioField, StringField, TextAreaField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import InputRequired, Length

from core.errors import Sentence
from core.geo import Point
from directory.facets import LANGUAGES, QUESTION_BY_CODE

MAX_WORDS: Final = 200  # letters of one box: longer is no search
MAX_CHOICES: Final = 20  # of one filter
MAX_AGE: Final = 120
WITHIN_MILES: Final = (1, 2, 5, 10, 25, 50, 100)
MAX_WITHIN_MILES: Final = 500.0
ANY_DISTANCE: Final = "any"
SORTS: Final = ("best", "distance", "verified")
SORT_LABELS: Final = {
    "best": Sentence("Best match"),
    "distance": Sentence("Nearest"),
    "verified": Sentence("Last checked"),
}
VIEWS: Final = ("map", "list")

# "41.03, -73.76": what "Use my location" writes into the where box.
POINT: Final = re.compile(r"\s*(-?[0-9]{1,2}(?:\.[0-9]{1,7})?)\s*,\s*(-?[0-9]{1,3}(?:\.[0-9]{1,7})?)\s*")
NUMBER: Final = re.compile(r"[0-9]{1,4}(?:\.[0-9]{1,4})?")
WORD: Final = re.compile(r"[a-z_]{1,40}")


@dataclass(frozen=True, slots=True)
class SearchAsked:
    """What the address of a search asks, read and bounded. `problems` are the fields that made no sense."""

    words: str = ""
    where: str = ""
    within_miles: float | None = None
    any_distance: bool = False
    needs: tuple[str, ...] = ()
    terms: tuple[str, ...] = ()
    languages: tuple[str, ...] = ()
    yes: tuple[str, ...] = ()
    open_now: bool = False
    age: int | None = None
    sort: str = "best"
    page: int = 1
    include_not_stated: bool = False
    view: str = ""
    read: str = ""  # the words of the what box that were read as the place
    problems: dict[str, Sentence] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """True when nothing was asked at all: then the page only offers the form."""
        return (
            not (self.words or self.where or self.needs or self.terms or self.languages or self.yes or self.open_now)
            and self.age is None
        )


def read_search(args: MultiDict[str, str]) -> SearchAsked:
    """Read a search from the address. Never raises: what makes no sense is left out and named in `problems`."""
    problems: dict[str, Sentence] = {}
    age = _whole(args.get("age", ""))
    if args.get("age", "").strip() and (age is None or age > MAX_AGE):
        age = None
        problems["age"] = Sentence("An age is a whole number from 0 to 120.")
    return SearchAsked(
        words=_text(args.get("q", "")),
        where=_text(args.get("where", "")),
        within_miles=_within(args.get("within", ""), problems),
        any_distance=args.get("within", "") == ANY_DISTANCE,
        needs=_known("need", args, None, problems),
        terms=_ids(args, problems),
        languages=_known("language", args, LANGUAGES, problems),
        yes=_known("yes", args, QUESTION_BY_CODE, problems),
        open_now=args.get("open_now", "") in {"1", "true", "yes", "on"},
        age=age,
        sort=_one_of("sort", args, SORTS, problems),
        page=_page(args.get("page", "")),
        include_not_stated=args.get("include_not_stated", "") in {"1", "true", "yes", "on"},
        view=args.get("view", "") if args.get("view", "") in VIEWS else "",
        read=_text(args.get("read", "")),
        problems=problems,
    )


def read_point(text: str) -> Point | None:
    """The point of a where box that holds "latitude, longitude"; None for anything else."""
    match = POINT.fullmatch(text)
    if not match:
        return None
    lat_deg, lng_deg = float(match[1]), float(match[2])
    if abs(lat_deg) > 90 or abs(lng_deg) > 180:
        return None
    return Point(lat_deg, lng_deg)


def _text(text: str) -> str:
    """One line without control characters, bounded."""
    return " ".join("".join(letter if letter.isprintable() else " " for letter in text[: MAX_WORDS * 2]).split())[
        :MAX_WORDS
    ]


def _whole(text: str) -> int | None:
    text = text.strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 4 else None


def _page(text: str) -> int:
    number = _whole(text)
    return min(max(number or 1, 1), 1_000)


def _within(text: str, problems: dict[str, Sentence]) -> float | None:
    text = text.strip()
    if not text or text == ANY_DISTANCE:
        return None
    miles = float(text) if NUMBER.fullmatch(text) else math.nan
    if not 0 < miles <= MAX_WITHIN_MILES:
        problems["within"] = Sentence("A distance is a number of miles from 1 to 500.")
        return None
    return miles


def _known(name: str, args: MultiDict[str, str], known: object, problems: dict[str, Sentence]) -> tuple[str, ...]:
    asked = list(dict.fromkeys(value for value in args.getlist(name) if value))[:MAX_CHOICES]
    good = tuple(code for code in asked if WORD.fullmatch(code) and (known is None or code in known))  # type: ignore[operator]
    if len(good) < len(asked):
        problems[name] = Sentence("A filter in this address is not known and was left out.")
    return good


def _ids(args: MultiDict[str, str], problems: dict[str, Sentence]) -> tuple[str, ...]:
    good: list[str] = []
    for text in list(dict.fromkeys(value for value in args.getlist("term") if value))[:MAX_CHOICES]:
        try:
            good.append(str(UUID(text)))
        except ValueError:
            problems["term"] = Sentence("A filter in this address is not known and was left out.")
    return tuple(good)


def _one_of(name: str, args: MultiDict[str, str], known: tuple[str, ...], problems: dict[str, Sentence]) -> str:
    text = args.get(name, "")
    if text and text not in known:
        problems[name] = Sentence("The list can be sorted by best, distance or verified.")
    return text if text in known else known[0]


class ReportForm(FlaskForm):
    """A problem that anybody reports. `homepage` is a trap: people do not see it, so only programs fill it in."""

    kind = RadioField(
        lazy_gettext("What is wrong?"),
        choices=[
            SelectChoice("moved", lazy_gettext("They moved")),
            SelectChoice("closed", lazy_gettext("They closed")),
            SelectChoice("wrong phone", lazy_gettext("The phone number is wrong")),
            SelectChoice("wrong hours", lazy_gettext("The hours are wrong")),
            SelectChoice("turned away", lazy_gettext("I was turned away")),
            SelectChoice("other", lazy_gettext("Something else")),
        ],
        validators=[InputRequired(lazy_gettext("Choose what is wrong."))],
    )
    words = TextAreaField(
        lazy_gettext("Tell us more"),
        validators=[Length(max=2000, message=lazy_gettext("Please use at most 2,000 letters."))],
    )
    reply_to = StringField(
        lazy_gettext("Your e-mail or phone"),
        validators=[Length(max=200, message=lazy_gettext("Please use at most 200 letters."))],
    )
    homepage = StringField(lazy_gettext("Leave this empty"))
