"""Facts, earlier spending and rules for tests of policy: an ordinary request that every shipped rule lets pass."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

from funds.policy import Evaluation, Facts, Finding, Rule, RuleDraft, Spending, Step, categories_of, evaluate, rules_of

DATA = Path(__file__).resolve().parents[3] / "funds" / "data"
TODAY = date(2026, 11, 30)
FISCAL_YEAR = (date(2026, 7, 1), date(2027, 6, 30))
RULES = (DATA / "policy_rules.toml").read_text("utf-8")
DRAFTS: Sequence[RuleDraft] = rules_of(RULES)
CATEGORIES = categories_of((DATA / "categories.toml").read_text("utf-8"))
PARENTS = {category.code: category.parent for category in CATEGORIES}
_RANDOM = random.Random(7)


def new_id() -> UUID:
    """A fresh id, the same in each run."""
    return UUID(int=_RANDOM.getrandbits(128))


MARISOL, MAX, SHOP, LANDLORD, THIS = (new_id() for _ in range(5))


def facts(**changes: Any) -> Facts:
    """A request for $80.00 of winter clothing by check, with everything that the shipped rules ask for."""
    return replace(
        Facts(
            request_id=THIS,
            enrollee_id=MARISOL,
            payee_id=SHOP,
            category="clothing",
            parents=PARENTS,
            cents=8000,
            method="check",
            item="Winter coat and boots",
            today=TODAY,
            fiscal_year=FISCAL_YEAR,
            enrolled_on=date(2025, 3, 15),
            goal_is_active=True,
            tried=1,
            documents=frozenset({"invoice", "lease", "statement"}),
            quotes=0,
            quote_reason="",
            has_agreement=True,
            is_emergency=False,
            sustainability="A job starts in January.",
            payee_has_w9=True,
            payee_is_verified=True,
            payee_paid_year_cents=0,
            holder_is_overdue=False,
            monthly_rent_cents=110000,
            tax_threshold_cents=200000,
        ),
        **changes,
    )


def spent(cents: int, on: date, **changes: Any) -> Spending:
    """An earlier request of the same person in the same category, paid to somebody else."""
    return replace(
        Spending(request_id=new_id(), enrollee_id=MARISOL, category="clothing", payee_id=LANDLORD, cents=cents, on=on),
        **changes,
    )


def days_ago(days: int) -> date:
    """A day before today."""
    return TODAY - timedelta(days=days)


def rule(kind: str, params: Any, **changes: Any) -> Rule:
    """A rule called "r", in force since 2020, that blocks."""
    return replace(
        Rule(
            id=new_id(),
            code="r",
            version=1,
            kind=kind,
            severity="block",
            params=params,
            effective_from=date(2020, 1, 1),
        ),
        **changes,
    )


def shipped(code: str | None = None) -> list[Rule]:
    """All shipped rules, or the one with this code, in force since 2020."""
    found = [
        draft.rule(id=new_id(), effective_from=date(2020, 1, 1))
        for draft in DRAFTS
        if code is None or draft.code == code
    ]
    assert found
    return found


def said(rules: Rule | Iterable[Rule], of: Facts, step: Step = Step.SUBMIT, code: str = "r") -> list[Finding]:
    """What rules with this code say."""
    return [finding for finding in judged(rules, of, step).findings if finding.code == code]


def judged(rules: Rule | Iterable[Rule], of: Facts, step: Step = Step.SUBMIT) -> Evaluation:
    """The evaluation by one rule or several."""
    return evaluate([rules] if isinstance(rules, Rule) else list(rules), of, step)
