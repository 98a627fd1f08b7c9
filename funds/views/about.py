"""The public page of the fund in plain words: what it can buy, what not, who decides, rights, appeal. No sign-in."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from flask import render_template

from core.clock import now_utc
from core.errors import Sentence
from core.guard import public
from core.layout import page_language
from funds import policy, queries
from funds.policy import Rule, RuleKind
from funds.queries import asking
from funds.states import who
from funds.views.blueprint import blueprint, today_of
from funds.words import METHOD_WORDS


@blueprint.get("/fund")
@public
def about_fund() -> str:
    """What a person should know before asking; figures come from the rules in force, never from here."""
    today, language = today_of(now_utc()), page_language()
    funds = asking.list_open_funds(today)
    fund = funds[0] if funds else None
    rules = policy.in_force(queries.list_rules(fund.id, today), today) if fund else []
    rows = asking.list_open_categories(today)
    return render_template(
        "funds/about_fund.html",
        fund=fund,
        categories=[
            (
                _named(top, language),
                _plain(top, language),
                [_pair(row, language) for row in rows if row.parent_id == top.id],
            )
            for top in rows
            if top.parent_id is None
        ],
        never=_never(rules, language),
        year_cents=_year_cents(rules),
        bands=_bands(rules),
        emergency=next((rule.params for rule in rules if rule.kind == RuleKind.EMERGENCY), None),
        tried=next((rule.params["tried"] for rule in rules if rule.kind == RuleKind.LAST_RESORT), None),
        receipts=_receipts(rules),
        who_words=who,
    )


def _never(rules: Sequence[Rule], language: str) -> list[str]:
    """What no request may buy, by name."""
    return [
        item["name_es" if language == "es" else "name_en"]
        for rule in rules
        if rule.kind == RuleKind.PROHIBITED_ITEM
        for item in rule.params.get("items", ())
    ]


def _year_cents(rules: Sequence[Rule]) -> int | None:
    """The limit for one person and year over everything, where a rule sets one."""
    return next(
        (
            rule.params["cents"]
            for rule in rules
            if rule.kind == RuleKind.CAP_WINDOW
            and rule.category is None
            and not rule.params.get("categories")
            and rule.params.get("per") != "slot"
            and rule.params.get("window") in ("fiscal_year", "calendar_year")
        ),
        None,
    )


def _receipts(rules: Sequence[Rule]) -> list[tuple[int, bool, list[Sentence]]]:
    """When receipts are due: days, whether working days are meant, and for which ways to pay (none: for all others)."""
    found = [
        (
            int(rule.params["days"]),
            bool(rule.params.get("working_days")),
            [METHOD_WORDS[method] for method in rule.params.get("methods", ()) if method in METHOD_WORDS],
        )
        for rule in rules
        if rule.kind == RuleKind.RECEIPT_DUE
    ]
    return sorted(found, key=lambda each: bool(each[2]))


def _bands(rules: Sequence[Rule]) -> list[tuple[int | None, list[Any]]]:
    """Up to which amount who decides; None is any amount above."""
    for rule in rules:
        if rule.kind == RuleKind.TIER:
            return [
                (band.get("below_cents"), [who(frozenset(tier)) for tier in band["tiers"]])
                for band in rule.params["bands"]
            ]
    return []


def _named(row: Any, language: str) -> str:
    return str(row.name_es if language == "es" and row.name_es else row.name)


def _plain(row: Any, language: str) -> str:
    return str((row.plain_es if language == "es" else row.plain) or "")


def _pair(row: Any, language: str) -> tuple[str, str]:
    return _named(row, language), _plain(row, language)
