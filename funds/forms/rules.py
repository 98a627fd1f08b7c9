"""The form of a rule, made for its kind: each setting as a question that a policy person understands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from itertools import combinations
from typing import Any, Final

from flask_babel import lazy_gettext
from flask_wtf import FlaskForm
from wtforms import BooleanField, Field, SelectField
from wtforms.validators import InputRequired

from core.errors import Bilingual, Sentence
from core.forms import (
    DayField,
    MoneyField,
    MultiCheckboxField,
    NewIdField,
    WholeField,
    line,
    long_text,
    options,
    select,
)
from funds.policy import RuleKind, Severity, Step, WindowKind
from funds.policy.sentences import DOCUMENT_WORDS, DUTIES, METHOD_WORDS, ROLE_WORDS, duty_words
from funds.policy.values import COUNTY, ROLES

KIND_NAMES: Final[Mapping[str, Sentence]] = {
    RuleKind.PROHIBITED_ITEM: Sentence("Things that the fund does not pay"),
    RuleKind.CAP_REQUEST: Sentence("Limit for one request"),
    RuleKind.CAP_WINDOW: Sentence("Limit for one person over time"),
    RuleKind.COUNT_WINDOW: Sentence("How often one person may ask"),
    RuleKind.WEEKS_OF_52: Sentence("Weeks of help in any 52"),
    RuleKind.ONE_TIME: Sentence("Given one time"),
    RuleKind.TIER: Sentence("Who approves"),
    RuleKind.DOCUMENT: Sentence("Papers that are needed"),
    RuleKind.QUOTES: Sentence("Quotes"),
    RuleKind.METHOD_ALLOWED: Sentence("Ways to pay"),
    RuleKind.LAST_RESORT: Sentence("Other help is tried first"),
    RuleKind.GOAL_LINK: Sentence("A goal for every request"),
    RuleKind.SUSTAINABILITY: Sentence("How it goes on afterwards"),
    RuleKind.RECEIPT_DUE: Sentence("When receipts are due"),
    RuleKind.EMERGENCY: Sentence("Emergencies"),
    RuleKind.W9_REQUIRED: Sentence("W-9 before payment"),
    RuleKind.TAX_THRESHOLD: Sentence("Reporting payments for tax"),
    RuleKind.CARRY_FORWARD: Sentence("Days past the end of the year"),
    RuleKind.SOD: Sentence("Duties kept apart"),
    RuleKind.BENEFIT_HINT: Sentence("Effect on a benefit"),
}
SEVERITY_NAMES: Final[Mapping[str, Sentence]] = {
    Severity.BLOCK: Sentence("It stops the request"),
    Severity.EXCEPTION: Sentence("It stops the request unless somebody makes an exception"),
    Severity.REQUIRE_DOCUMENT: Sentence("It asks for a paper and stops until it is there"),
    Severity.ADD_TIER: Sentence("One more person must approve"),
    Severity.WARN: Sentence("It warns and does not stop"),
    Severity.INFO: Sentence("It only informs"),
}
_WINDOWS: Final = (
    (WindowKind.FISCAL_YEAR, Sentence("the budget year")),
    (WindowKind.CALENDAR_YEAR, Sentence("the calendar year")),
    (WindowKind.ROLLING_MONTHS, Sentence("a number of months back")),
    (WindowKind.FIRST_PAYMENT_MONTHS, Sentence("a number of months from the first payment")),
    (WindowKind.ANY_52_WEEKS, Sentence("any 52 weeks")),
    (WindowKind.LIFETIME, Sentence("ever")),
    (WindowKind.ENROLMENT, Sentence("since the person enrolled")),
)
_STEPS: Final = (
    (Step.SUBMIT, Sentence("sending")),
    (Step.APPROVE, Sentence("approving")),
    (Step.SUPPLEMENT, Sentence("asking for more")),
    (Step.VOUCHER, Sentence("the voucher")),
    (Step.ADVANCE, Sentence("an advance")),
)
_UNITS: Final = (("requests", Sentence("requests")), ("months", Sentence("months that are paid for")))
_PER: Final = (("enrollee", Sentence("one person")), ("slot", Sentence("each place: limits the budget")))
_COUNTINGS: Final = (
    ("by_days", Sentence("by days")),
    ("four_week_months", Sentence("a month counts as four weeks")),
    ("part_weeks", Sentence("a part counts as a week")),
)
_STATES: Final = (
    ("overdue", Sentence("a receipt is overdue")),
    ("missing", Sentence("any receipt is missing")),
)
APPROVERS: Final = ("supervisor", "fiscal_approver", "director")
MOST_ROWS: Final = 24
BANDS: Final = 6
PAIRS: Final = 8
STEPS_OF_A_BAND: Final = 4


def _both(words: Any) -> Sentence:
    return Bilingual({"en": words.en, "es": words.es})


def _named(words: Mapping[str, Any]) -> list[tuple[str, Sentence]]:
    return [(name, _both(each)) for name, each in words.items()]


_ROLES: Final = [(name, _both(ROLE_WORDS[name])) for name in ROLES]
_DUTIES: Final = [(name, _both(duty_words(name))) for name in DUTIES]


def _groups() -> Sequence[tuple[str, Sentence]]:
    """Every group of approvers of which one signs: "supervisor", "supervisor or fiscal approver", …"""
    found = []
    for size in range(1, len(APPROVERS) + 1):
        for roles in combinations(APPROVERS, size):
            texts = {
                "en": " or ".join(ROLE_WORDS[role].en for role in roles),
                "es": " o ".join(ROLE_WORDS[role].es for role in roles),
            }
            found.append(("+".join(roles), Bilingual(texts)))
    return found


# Setting → how it is asked. Names are those of funds/policy/params.py.
_ASKED: Final[Mapping[str, Callable[[], Field]]] = {
    "cents": lambda: MoneyField(lazy_gettext("Limit in dollars")),
    "max_cents": lambda: MoneyField(lazy_gettext("At most, in dollars")),
    "above_cents": lambda: MoneyField(lazy_gettext("Above how many dollars")),
    "approver_may_pay_to_cents": lambda: MoneyField(lazy_gettext("Small office: the approver may pay up to")),
    "months_of_rent": lambda: WholeField(lazy_gettext("Limit in months of rent")),
    "months": lambda: WholeField(lazy_gettext("Number of months")),
    "count": lambda: WholeField(lazy_gettext("How many")),
    "weeks": lambda: WholeField(lazy_gettext("How many weeks")),
    "days": lambda: WholeField(lazy_gettext("How many days")),
    "tried": lambda: WholeField(lazy_gettext("How many other resources are tried first")),
    "days_ahead": lambda: WholeField(lazy_gettext("Days before enrollment that count too")),
    "hours": lambda: WholeField(lazy_gettext("Hours until the money moves")),
    "ratify_working_days": lambda: WholeField(lazy_gettext("Working days until it is confirmed")),
    "note_from": lambda: WholeField(lazy_gettext("From which way on a reason is needed (1 is the first)")),
    "months_past_year_end": lambda: WholeField(lazy_gettext("Months past the end of the year")),
    "window": lambda: SelectField(lazy_gettext("Over which time"), choices=[]),
    "per": lambda: SelectField(lazy_gettext("For"), choices=[]),
    "unit": lambda: SelectField(lazy_gettext("What is counted"), choices=[]),
    "counting": lambda: SelectField(lazy_gettext("How weeks are counted"), choices=[]),
    "stops_when": lambda: SelectField(lazy_gettext("No new money while"), choices=[]),
    "any_of": lambda: BooleanField(lazy_gettext("One of these papers is enough")),
    "working_days": lambda: BooleanField(lazy_gettext("Count working days")),
    "needs_verified": lambda: BooleanField(lazy_gettext("A second person must have verified the payee")),
    "documents": lambda: MultiCheckboxField(lazy_gettext("Papers")),
    "methods": lambda: MultiCheckboxField(lazy_gettext("Only for these ways to pay")),
    "order": lambda: MultiCheckboxField(lazy_gettext("Ways that are allowed, the first one first")),
    "approvers": lambda: MultiCheckboxField(lazy_gettext("Who may approve alone")),
    "tier": lambda: MultiCheckboxField(lazy_gettext("Who must approve too")),
    "steps": lambda: MultiCheckboxField(lazy_gettext("Only at these steps")),
    "benefit": lambda: line(lazy_gettext("Benefit, such as SSI"), most=100),
}
_CHOICES: Final[Mapping[str, Any]] = {
    "window": _WINDOWS,
    "per": _PER,
    "unit": _UNITS,
    "counting": _COUNTINGS,
    "stops_when": _STATES,
    "documents": _named(DOCUMENT_WORDS),
    "methods": _named(METHOD_WORDS),
    "order": _named(METHOD_WORDS),
    "approvers": _ROLES,
    "tier": _ROLES,
    "steps": _STEPS,
}
# Kind → its settings in the order they are asked.
SETTINGS: Final[Mapping[str, tuple[str, ...]]] = {
    RuleKind.PROHIBITED_ITEM: (),
    RuleKind.CAP_REQUEST: ("cents", "months_of_rent", "months", "tier"),
    RuleKind.CAP_WINDOW: ("cents", "window", "months", "per"),
    RuleKind.COUNT_WINDOW: ("count", "unit", "window", "months"),
    RuleKind.WEEKS_OF_52: ("weeks", "counting"),
    RuleKind.ONE_TIME: ("window", "months"),
    RuleKind.TIER: ("days",),
    RuleKind.DOCUMENT: ("documents", "any_of", "above_cents", "steps"),
    RuleKind.QUOTES: ("above_cents", "count"),
    RuleKind.METHOD_ALLOWED: ("order", "note_from"),
    RuleKind.LAST_RESORT: ("tried",),
    RuleKind.GOAL_LINK: ("days_ahead",),
    RuleKind.SUSTAINABILITY: ("above_cents",),
    RuleKind.RECEIPT_DUE: ("days", "working_days", "stops_when"),
    RuleKind.EMERGENCY: ("max_cents", "approvers", "hours", "ratify_working_days"),
    RuleKind.W9_REQUIRED: ("needs_verified",),
    RuleKind.TAX_THRESHOLD: (),
    RuleKind.CARRY_FORWARD: ("months_past_year_end",),
    RuleKind.SOD: ("approver_may_pay_to_cents",),
    RuleKind.BENEFIT_HINT: ("benefit",),
}


class RuleForm(FlaskForm):
    """What every rule has; `form_for` adds the settings of its kind."""

    kind = ""
    new_id = NewIdField()
    code = line(lazy_gettext("Short name"), most=60, required=lazy_gettext("Write a short name."))
    severity = select(lazy_gettext("What it does"))
    exception_role = select(lazy_gettext("Who may make an exception"))
    categories = MultiCheckboxField(lazy_gettext("Only for these categories"))
    message_en = long_text(lazy_gettext("Why, in English"))
    message_es = long_text(lazy_gettext("Why, in Spanish"))
    citation = line(lazy_gettext("Source"), required=lazy_gettext("Say where the rule comes from."))
    citation_url = line(lazy_gettext("Web address of the source"), most=500)
    effective_from = DayField(
        lazy_gettext("First day"), validators=[InputRequired(lazy_gettext("Write the first day."))]
    )
    effective_to = DayField(lazy_gettext("Last day"))

    def __init__(self, *args: Any, **values: Any) -> None:
        super().__init__(*args, **values)
        self.severity.choices = options(SEVERITY_NAMES.items())
        roles = [(name, words) for name, words in _ROLES if name in APPROVERS]
        county = Bilingual({"en": "the county", "es": "el condado"})
        self.exception_role.choices = options([("", Sentence("nobody")), *roles, (COUNTY, county)])
        for name in (*SETTINGS[self.kind], "methods"):
            if name in _CHOICES:
                self[f"set_{name}"].choices = options(_CHOICES[name])
        for number in self.rows("band"):
            for step in range(STEPS_OF_A_BAND):
                self[f"band_{number}_{step}"].choices = options([("", Sentence("–")), *_groups()])
        for number in self.rows("pair"):
            for side in ("one", "two"):
                self[f"pair_{number}_{side}"].choices = options([("", Sentence("–")), *_DUTIES])

    def rows(self, name: str) -> list[int]:
        """The numbers of the repeated rows of this kind: "band", "pair", "item"."""
        return list(range(ROWS.get((self.kind, name), 0)))

    @property
    def settings(self) -> list[Field]:
        """The fields of the kind's own settings."""
        return [self[f"set_{name}"] for name in SETTINGS[self.kind]]

    def fill(self, rule: Any) -> None:
        """Show a rule as it is."""
        for name in ("code", "severity", "message_en", "message_es", "citation", "citation_url"):
            self[name].data = getattr(rule, name)
        self.exception_role.data = rule.exception_role or ""
        own = [rule.category_code] if rule.category_code else []
        self.categories.data = [*own, *rule.params.get("categories", ())]
        for name in (*SETTINGS[self.kind], "methods"):
            if name in rule.params:
                self[f"set_{name}"].data = rule.params[name]
        for number, band in zip(self.rows("band"), rule.params.get("bands", ()), strict=False):
            self[f"band_{number}_below"].data = band.get("below_cents")
            for step, roles in zip(range(STEPS_OF_A_BAND), band["tiers"], strict=False):
                self[f"band_{number}_{step}"].data = "+".join(role for role in APPROVERS if role in roles)
            self["set_county_consent"].data = bool(band.get("county_consent"))
        for number, (one, two) in zip(self.rows("pair"), rule.params.get("pairs", ()), strict=False):
            self[f"pair_{number}_one"].data, self[f"pair_{number}_two"].data = one, two
        for number, item in zip(self.rows("item"), rule.params.get("items", ()), strict=False):
            for name in ("name_en", "name_es"):
                self[f"item_{number}_{name}"].data = item[name]
            for name in ("words", "allowed"):
                self[f"item_{number}_{name}"].data = ", ".join(item.get(name, ()))

    def params(self) -> dict[str, Any]:
        """The settings as the rule keeps them; what was left empty is left out."""
        found: dict[str, Any] = {}
        for name in (*SETTINGS[self.kind], "methods"):
            value = self[f"set_{name}"].data
            if value or (value == 0 and value is not False):
                found[name] = value
        chosen = self.categories.data or []
        if len(chosen) > 1:
            found["categories"] = list(chosen)
        if self.kind == RuleKind.TIER:
            found["bands"] = self._bands()
        if self.kind == RuleKind.SOD:
            pairs = [[self[f"pair_{n}_one"].data, self[f"pair_{n}_two"].data] for n in self.rows("pair")]
            found["pairs"] = [pair for pair in pairs if all(pair)]
        if self.kind == RuleKind.PROHIBITED_ITEM:
            found["items"] = [item for number in self.rows("item") if (item := self._item(number))]
        if self.kind == RuleKind.W9_REQUIRED:
            found["needs_verified"] = bool(self["set_needs_verified"].data)
        return found

    @property
    def category(self) -> str | None:
        """The one category, where one is chosen."""
        chosen = self.categories.data or []
        return chosen[0] if len(chosen) == 1 else None

    def _bands(self) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        for number in self.rows("band"):
            steps = [self[f"band_{number}_{step}"].data for step in range(STEPS_OF_A_BAND)]
            tiers = [step.split("+") for step in steps if step]
            if not tiers:
                continue
            band: dict[str, Any] = {"tiers": tiers}
            if self[f"band_{number}_below"].data is not None:
                band = {"below_cents": self[f"band_{number}_below"].data, **band}
            found.append(band)
        if found and self["set_county_consent"].data:
            found[-1]["county_consent"] = True
        return found

    def _item(self, number: int) -> dict[str, Any] | None:
        item: dict[str, Any] = {name: self[f"item_{number}_{name}"].data or "" for name in ("name_en", "name_es")}
        for name in ("words", "allowed"):
            listed = (self[f"item_{number}_{name}"].data or "").replace("\n", ",").split(",")
            item[name] = [word.strip() for word in listed if word.strip()]
        if not any(item.values()):
            return None
        if not item["allowed"]:
            del item["allowed"]
        return item


ROWS: Final[Mapping[tuple[str, str], int]] = {
    (RuleKind.TIER, "band"): BANDS,
    (RuleKind.SOD, "pair"): PAIRS,
    (RuleKind.PROHIBITED_ITEM, "item"): MOST_ROWS,
}


@cache
def form_for(kind: str) -> type[RuleForm]:
    """The form class of a kind of rule."""
    fields: dict[str, Any] = {"kind": kind, "set_methods": _ASKED["methods"]()}
    fields |= {f"set_{name}": _ASKED[name]() for name in SETTINGS[kind]}
    if kind == RuleKind.TIER:
        fields["set_county_consent"] = BooleanField(lazy_gettext("In the last row the county must consent too"))
        for number in range(BANDS):
            fields[f"band_{number}_below"] = MoneyField(lazy_gettext("Below (dollars)"))
            for step in range(STEPS_OF_A_BAND):
                label = lazy_gettext("Step %(number)s", number=step + 1)
                fields[f"band_{number}_{step}"] = SelectField(label, choices=[], default="")
    if kind == RuleKind.SOD:
        for number in range(PAIRS):
            fields[f"pair_{number}_one"] = SelectField(lazy_gettext("Who does this"), choices=[], default="")
            fields[f"pair_{number}_two"] = SelectField(lazy_gettext("does not do this"), choices=[], default="")
    if kind == RuleKind.PROHIBITED_ITEM:
        for number in range(MOST_ROWS):
            fields[f"item_{number}_name_en"] = line(lazy_gettext("Name in English"), most=100)
            fields[f"item_{number}_name_es"] = line(lazy_gettext("Name in Spanish"), most=100)
            fields[f"item_{number}_words"] = long_text(lazy_gettext("Words that mean it, with commas"))
            fields[f"item_{number}_allowed"] = long_text(lazy_gettext("Phrases that are allowed, with commas"))
    return type("RuleFormOfKind", (RuleForm,), fields)
