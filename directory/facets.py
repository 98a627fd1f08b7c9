"""The directory's fixed words for who may see, how precise a place is, and the questions people filter by; no data."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum

from core.errors import Sentence


class Visibility(IntEnum):
    """Who may see a record (directory.md section 4). A viewer of level n sees records of level n and below."""

    PUBLIC = 0
    ENROLLED = 1
    COORDINATOR = 2
    RESTRICTED = 3


class Precision(StrEnum):
    """How exactly the place of a location is known; a page never shows a distance finer than this."""

    EXACT = "exact"
    STREET = "street"
    ZIP = "zip"
    TOWN = "town"
    COUNTY = "county"
    NONE = "none"


class Answer(IntEnum):
    """A three-valued answer: what a listing does not say is never a no."""

    NOT_STATED = 0
    YES = 1
    NO = 2


@dataclass(frozen=True, slots=True)
class Question:
    """One thing that decides whether a person can get in. `group` orders the filters on the page."""

    code: str
    label: Sentence
    group: str


QUESTIONS: tuple[Question, ...] = (
    Question("accepting_now", Sentence("Taking new people now"), "access"),
    Question("self_referral", Sentence("No referral needed"), "access"),
    Question("walk_in", Sentence("Walk in"), "access"),
    Question("phone_intake", Sentence("Start by phone"), "access"),
    Question("online_intake", Sentence("Start online"), "access"),
    Question("no_id", Sentence("No ID needed"), "access"),
    Question("no_papers", Sentence("No papers needed"), "access"),
    Question("free", Sentence("Free"), "cost"),
    Question("sliding_scale", Sentence("Pay what you can (sliding scale)"), "cost"),
    Question("medicaid", Sentence("Takes Medicaid"), "cost"),
    Question("medicare", Sentence("Takes Medicare"), "cost"),
    Question("uninsured_ok", Sentence("Helps people without insurance"), "cost"),
    Question("families", Sentence("Families with children"), "people"),
    Question("couples", Sentence("Couples can stay together"), "people"),
    Question("pets", Sentence("Pets welcome"), "people"),
    Question("women_only", Sentence("Women only"), "people"),
    Question("men_only", Sentence("Men only"), "people"),
    Question("veterans", Sentence("For veterans"), "people"),
    Question("reentry", Sentence("For people leaving jail or prison"), "people"),
    Question("record_ok", Sentence("A criminal record is okay"), "people"),
    Question("active_use_ok", Sentence("You do not have to be sober"), "people"),
    Question("lgbtq", Sentence("LGBTQ+ affirming"), "people"),
    Question("status_not_asked", Sentence("Immigration status is not asked"), "people"),
    Question("peer_run", Sentence("Run by peers"), "people"),
    Question("interpreter", Sentence("Interpreter on request"), "reach"),
    Question("step_free", Sentence("Step-free entrance"), "reach"),
    Question("near_transit", Sentence("Near a bus or train"), "reach"),
    Question("remote", Sentence("By phone or video"), "reach"),
)
QUESTION_CODES: tuple[str, ...] = tuple(question.code for question in QUESTIONS)
QUESTION_BY_CODE: dict[str, Question] = {question.code: question for question in QUESTIONS}

LANGUAGES: dict[str, Sentence] = {
    "en": Sentence("English"),
    "es": Sentence("Spanish"),
    "zh": Sentence("Chinese"),
    "ru": Sentence("Russian"),
    "ht": Sentence("Haitian Creole"),
    "bn": Sentence("Bengali"),
    "ko": Sentence("Korean"),
    "yi": Sentence("Yiddish"),
    "it": Sentence("Italian"),
    "pl": Sentence("Polish"),
    "ar": Sentence("Arabic"),
    "ur": Sentence("Urdu"),
    "fr": Sentence("French"),
    "pt": Sentence("Portuguese"),
    "hi": Sentence("Hindi"),
    "so": Sentence("Somali"),
    "ne": Sentence("Nepali"),
    "my": Sentence("Burmese"),
    "sw": Sentence("Swahili"),
    "vi": Sentence("Vietnamese"),
    "tl": Sentence("Tagalog"),
    "sq": Sentence("Albanian"),
    "el": Sentence("Greek"),
    "he": Sentence("Hebrew"),
    "uk": Sentence("Ukrainian"),
    "ja": Sentence("Japanese"),
    "de": Sentence("German"),
    "am": Sentence("Amharic"),
    "ase": Sentence("American Sign Language"),
}
