"""Which settings each kind of rule takes, and sentences on what is wrong with a rule row. It measures nothing.

The page for changing a rule, the reader of the shipped set and the evaluation itself all ask here, so that a row which
none of them understands is refused, never skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from core.errors import Sentence
from core.money import MAX_CENTS
from funds.policy.sentences import DOCUMENT_WORDS, DUTIES, ROLE_WORDS
from funds.policy.values import COUNTY, METHODS, ROLES, Rule, RuleKind, Severity, Step, WindowKind
from funds.policy.windows import Window

MOST: Final = 1200  # months of a century: above any count, month or day that a rule names
COUNTING_METHODS: Final = ("by_days", "four_week_months", "part_weeks")
UNITS: Final = ("requests", "months")
RECEIPT_STATES: Final = ("overdue", "missing")

Check = Callable[[Any], bool]


def _is_int(value: Any, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _is_cents(value: Any) -> bool:
    return _is_int(value, 0, MAX_CENTS)


def _is_count(value: Any) -> bool:
    return _is_int(value, 1, MOST)


def _is_count_or_zero(value: Any) -> bool:
    return _is_int(value, 0, MOST)


def _is_flag(value: Any) -> bool:
    return isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_texts(value: Any) -> bool:
    return (
        isinstance(value, (list, tuple))
        and bool(value)
        and all(isinstance(each, str) and each.strip() for each in value)
    )


def _one_of(known: tuple[str, ...]) -> Check:
    return lambda value: isinstance(value, str) and value in known


def _some_of(known: tuple[str, ...]) -> Check:
    return lambda value: _is_texts(value) and len(set(value)) == len(value) and set(value) <= set(known)


_is_roles: Final = _some_of(ROLES)
_is_methods: Final = _some_of(METHODS)


def _is_tiers(value: Any) -> bool:
    return isinstance(value, list | tuple) and bool(value) and all(_is_roles(tier) for tier in value)


def _is_bands(value: Any) -> bool:
    """Bands with rising upper ends; the last, and only it, is open above; only it may ask for the county's consent."""
    if not isinstance(value, list | tuple) or not value or not all(isinstance(band, Mapping) for band in value):
        return False
    *lower, last = value
    ends = [band.get("below_cents") for band in lower]
    return (
        all(_is_tiers(band.get("tiers")) for band in value)
        and all(set(band) == {"below_cents", "tiers"} and _is_cents(band["below_cents"]) for band in lower)
        and set(last) <= {"tiers", "county_consent"}
        and _is_flag(last.get("county_consent", False))
        and all(low < high for low, high in zip(ends, ends[1:], strict=False))
    )


def _is_items(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(
            isinstance(item, Mapping)
            and set(item) <= {"name_en", "name_es", "words", "allowed"}
            and all(_is_text(item.get(name)) for name in ("name_en", "name_es"))
            and _is_texts(item.get("words"))
            and (not item.get("allowed") or _is_texts(item["allowed"]))
            for item in value
        )
    )


def _is_pairs(value: Any) -> bool:
    return (
        isinstance(value, list | tuple)
        and bool(value)
        and all(isinstance(pair, list | tuple) and len(pair) == 2 and _some_of(DUTIES)(pair) for pair in value)
    )


_window: Final = _one_of(tuple(WindowKind))
_COMMON: Final[dict[str, Check]] = {"categories": _is_texts, "methods": _is_methods, "tier": _is_roles}
"""What any kind may take: more categories, the methods it speaks of, and the tier that `add_tier` adds."""

# Kind → its settings; a name that ends in "?" may be left out.
_SETTINGS: Final[Mapping[RuleKind, Mapping[str, Check]]] = {
    RuleKind.PROHIBITED_ITEM: {"items": _is_items},
    RuleKind.CAP_REQUEST: {"cents?": _is_cents, "months_of_rent?": _is_count, "months?": _is_count},
    RuleKind.CAP_WINDOW: {
        "cents": _is_cents,
        "window": _window,
        "months?": _is_count,
        "per?": _one_of(("enrollee", "slot")),
    },
    RuleKind.COUNT_WINDOW: {"count": _is_count, "window": _window, "months?": _is_count, "unit?": _one_of(UNITS)},
    RuleKind.WEEKS_OF_52: {"weeks": _is_count, "counting": _one_of(COUNTING_METHODS)},
    RuleKind.ONE_TIME: {"window?": _window, "months?": _is_count},
    RuleKind.TIER: {"days": _is_count, "bands": _is_bands},
    RuleKind.DOCUMENT: {
        "documents": _some_of(tuple(DOCUMENT_WORDS)),
        "any_of?": _is_flag,
        "above_cents?": _is_cents,
        "steps?": _some_of(tuple(Step)),
    },
    RuleKind.QUOTES: {"above_cents": _is_cents, "count": _is_count},
    RuleKind.METHOD_ALLOWED: {"order": _is_methods, "note_from?": _is_count},
    RuleKind.LAST_RESORT: {"tried": _is_count},
    RuleKind.GOAL_LINK: {"days_ahead?": _is_count_or_zero},
    RuleKind.SUSTAINABILITY: {"above_cents?": _is_cents},
    RuleKind.RECEIPT_DUE: {"days": _is_count, "working_days?": _is_flag, "stops_when": _one_of(RECEIPT_STATES)},
    RuleKind.EMERGENCY: {
        "max_cents": _is_cents,
        "approvers": _is_roles,
        "hours": _is_count,
        "ratify_working_days": _is_count,
    },
    RuleKind.W9_REQUIRED: {"needs_verified?": _is_flag},
    RuleKind.TAX_THRESHOLD: {},
    RuleKind.CARRY_FORWARD: {"months_past_year_end": _is_count_or_zero},
    RuleKind.SOD: {"pairs": _is_pairs, "approver_may_pay_to_cents?": _is_cents},
    RuleKind.BENEFIT_HINT: {"benefit": _is_text},
}


_KNOWN: Final[Mapping[str, tuple[Mapping[str, Check], tuple[str, ...]]]] = {
    kind: (
        _COMMON | {name.rstrip("?"): check for name, check in settings.items()},
        tuple(name for name in settings if not name.endswith("?")),
    )
    for kind, settings in _SETTINGS.items()
}
"""Kind → every setting that it may have, with its check, and the names of those that it must have."""


def validate_params(kind: str, params: Any) -> list[Sentence]:
    """What is wrong with the settings of a rule of this kind; empty when it can be measured."""
    if kind not in _KNOWN:
        return [Sentence("There is no kind of rule called “%(kind)s”.", kind=kind)]
    if not isinstance(params, Mapping):  # a JSON column may hold anything
        return [Sentence("The settings of a rule are names with values.")]
    known, required = _KNOWN[kind]
    problems = [
        Sentence("This kind of rule needs the setting “%(name)s”.", name=name)
        for name in required
        if name not in params
    ]
    for name, value in params.items():
        if name not in known:
            problems.append(Sentence("This kind of rule has no setting “%(name)s”.", name=name))
        elif not known[name](value):
            problems.append(Sentence("The setting “%(name)s” has a value that cannot be read.", name=name))
    return problems or _fitting(RuleKind(kind), params)


def validate_rule(rule: Rule) -> list[Sentence]:
    """What is wrong with a whole rule: its settings, its severity and what the severity needs."""
    problems = validate_params(rule.kind, rule.params)
    if rule.severity not in tuple(Severity):
        problems.append(Sentence("There is no severity called “%(name)s”.", name=rule.severity))
    if rule.severity == Severity.EXCEPTION and rule.exception_role not in ROLE_WORDS:
        problems.append(Sentence("Name who may make an exception: a role, or the county."))
    if rule.exception_role is not None and rule.exception_role not in (*ROLES, COUNTY):
        problems.append(Sentence("There is no role called “%(name)s”.", name=rule.exception_role))
    if rule.severity == Severity.ADD_TIER and not problems and "tier" not in rule.params:
        problems.append(Sentence("Name the roles of the tier that this rule adds."))
    if rule.effective_to is not None and rule.effective_to < rule.effective_from:
        problems.append(Sentence("The last day of a rule is not before its first."))
    return problems


def window_of(params: Mapping[str, Any]) -> Window:
    """The window that valid settings name; a lifetime where a rule may leave it out."""
    return Window(WindowKind(params.get("window", WindowKind.LIFETIME)), params.get("months", 0))


def _fitting(kind: RuleKind, params: Mapping[str, Any]) -> list[Sentence]:
    """What is wrong between settings that are right one by one."""
    problems = []
    if kind is RuleKind.CAP_REQUEST and len({"cents", "months_of_rent", "months"} & set(params)) != 1:
        problems.append(Sentence("Set one limit: an amount, months of rent, or months."))
    if kind in (RuleKind.CAP_WINDOW, RuleKind.COUNT_WINDOW, RuleKind.ONE_TIME):
        window = window_of(params)
        if window.needs_months and not window.months:
            problems.append(Sentence("This window needs its number of months."))
        if not window.needs_months and window.months:
            problems.append(Sentence("This window takes no number of months."))
    if params.get("per") == "slot" and params.get("window") != WindowKind.FISCAL_YEAR:
        problems.append(Sentence("A limit for each slot of the program holds for a fiscal year."))
    return problems
