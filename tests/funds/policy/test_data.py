"""The shipped files parse, name what the program knows, and a bad one is refused with the place."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest

from funds.policy import (
    RuleKind,
    UnreadableData,
    categories_of,
    rules_of,
    tax_thresholds_of,
    validate_rule,
)
from tests.funds.policy.cases import CATEGORIES, DATA, DRAFTS, PARENTS, RULES, new_id


def test_every_rule_is_an_example_with_source_and_both_languages() -> None:
    assert len(DRAFTS) == len({draft.code for draft in DRAFTS}) >= 30
    for draft in DRAFTS:
        assert draft.label == "example: replace by your county's policy"
        assert draft.citation.endswith(" (example)")
        assert bool(draft.message_en) == bool(draft.message_es)
        assert "$" not in draft.message_en + draft.message_es  # figures come from the settings
        assert draft.citation_url == "" or draft.citation_url.startswith("https://")
        assert validate_rule(draft.rule(id=new_id(), effective_from=date(2026, 1, 1))) == []
        assert draft.category is None or draft.category in PARENTS
        assert set(draft.params.get("categories", ())) <= set(PARENTS)


def test_only_the_weeks_are_shipped_off() -> None:
    assert [draft.code for draft in DRAFTS if not draft.is_on] == ["housing.weeks"]


def test_a_draft_becomes_a_rule() -> None:
    (draft,) = [each for each in DRAFTS if each.code == "deposit.count"]
    key = new_id()
    made = draft.rule(id=key, version=2, effective_from=date(2026, 1, 1), effective_to=date(2026, 12, 31))
    assert (made.id, made.code, made.version, made.kind) == (key, "deposit.count", 2, RuleKind.COUNT_WINDOW)
    assert (made.severity, made.exception_role, made.category) == ("exception", "director", "security_deposit")
    assert (made.effective_from, made.effective_to) == (date(2026, 1, 1), date(2026, 12, 31))
    assert made.params == {"count": 1, "window": "rolling_months", "months": 24}
    assert made.citation == "38 CFR 62.34 (example)"
    assert made.message_en == draft.message_en and made.message_es == draft.message_es


HMIS = {
    "rent": "1",
    "rent_arrears": "1",
    "security_deposit": "2",
    "utility_deposit": "3",
    "utilities": "4",
    "moving": "5",
    "fares_passes": "8",
    "car_repair": "9",
    "child_care": "10",
    "household_items": "12",
    "furniture": "12",
    "emergency_lodging": "14",
    "food": "16",
}


def test_the_categories_are_the_five_with_their_codes() -> None:
    tops = [category.code for category in CATEGORIES if category.parent is None]
    assert tops == ["housing", "transportation", "health", "communications", "other"]
    assert {category.code: category.hmis_code for category in CATEGORIES if category.hmis_code} == HMIS
    for category in CATEGORIES:
        assert category.parent is None or category.parent in tops
        assert category.gl_object.isdigit() and category.name_en and category.name_es
        assert category.plain_en and category.plain_es and category.plain_en != category.plain_es


def test_the_tax_thresholds() -> None:
    found = tax_thresholds_of((DATA / "tax_thresholds.toml").read_text("utf-8"))
    assert [(each.year, each.cents) for each in found] == [(2024, 60000), (2025, 60000), (2026, 200000)]
    assert found[-1].citation == "P.L. 119-21 §70433"


RULE = """[[rule]]
code = "a"
kind = "one_time"
severity = "block"
params = {}
citation = "House"
en = "x"
es = "y"
"""


def test_a_rule_of_a_countys_own_carries_no_label() -> None:
    (draft,) = rules_of(RULE)
    assert (draft.label, draft.citation, draft.is_on) == ("", "House", True)


CATEGORY = '[[category]]\ncode = "a"\nen = "a"\nes = "b"\nplain_en = "c"\nplain_es = "d"\ngl = "1"\n'
BAD: list[tuple[Callable[[str], object], str, str]] = [
    (rules_of, "rule = [", "not TOML"),
    (rules_of, RULE.replace('es = "y"\n', ""), "Rule a: unknown [], missing ['es']"),
    (rules_of, RULE + 'colour = "red"\n', "Rule a: unknown ['colour']"),
    (rules_of, RULE.replace("one_time", "horoscope"), "Rule a: There is no kind of rule called “horoscope”"),
    (rules_of, RULE.replace("block", "frown"), "Rule a: There is no severity"),
    (rules_of, RULE.replace("{}", '{ window = "fortnight" }'), "Rule a: The setting “window”"),
    (rules_of, RULE + RULE, "a stands there twice"),
    (categories_of, CATEGORY.replace('gl = "1"\n', ""), "Category a: 'gl' is missing"),
    (categories_of, CATEGORY + CATEGORY, "a stands there twice"),
    (categories_of, CATEGORY + CATEGORY.replace('code = "a"', 'code = "z"'), "1 stands there twice"),
    (tax_thresholds_of, '[[threshold]]\nyear = 2026\ncents = -1\ncitation = "x"', "Tax threshold 2026"),
    (tax_thresholds_of, "[[threshold]]\nyear = 2026\ncents = 1", "Tax threshold 2026"),
    (tax_thresholds_of, '[[threshold]]\ncents = 1\ncitation = "x"', "Tax threshold None"),
    (tax_thresholds_of, '[[threshold]]\nyear = 2026\ncents = "1"\ncitation = "x"', "Tax threshold 2026"),
    (tax_thresholds_of, '[[threshold]]\nyear = 1\ncents = 1\ncitation = "x"\n' * 2, "1 stands there twice"),
]


@pytest.mark.parametrize(("reader", "text", "says"), BAD)
def test_a_bad_file_is_refused_with_the_place(reader: Callable[[str], object], text: str, says: str) -> None:
    with pytest.raises(UnreadableData) as refusal:
        reader(text)
    assert says in str(refusal.value)


def test_the_file_says_that_it_is_an_example() -> None:
    assert RULES.splitlines()[0].startswith("# The rules that a new fund starts with. They are examples")
