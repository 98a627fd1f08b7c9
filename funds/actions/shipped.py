"""What a new fund starts from: the categories, tax thresholds and example rules that come with the program."""

from __future__ import annotations

from pathlib import Path

from funds import policy

DATA = Path(__file__).resolve().parent.parent.joinpath("data")


def categories() -> list[policy.CategoryDraft]:
    """The study's five categories with what stands below them."""
    return policy.categories_of(_read("categories.toml"))


def thresholds() -> list[policy.TaxThresholdDraft]:
    """From how much paid in a year a form 1099 is due."""
    return policy.tax_thresholds_of(_read("tax_thresholds.toml"))


def rules() -> list[policy.RuleDraft]:
    """The example rules, each to be replaced by the county's own."""
    return policy.rules_of(_read("policy_rules.toml"))


def _read(name: str) -> str:
    return DATA.joinpath(name).read_text(encoding="utf-8")
