"""What the page of rules says of each rule, in both languages."""

from __future__ import annotations

import pytest

from funds.policy import RuleKind, describe
from tests.funds.policy.cases import DRAFTS, rule, shipped

SAID = [
    (
        "person.year",
        "One person may receive up to $1,250.00 in a fiscal year. Above that, the county must consent. "
        "Source: NY OMH 400.6 (example).",
        "Una persona puede recibir hasta $1,250.00 en un año fiscal. Más allá, el condado debe dar su consentimiento. "
        "Fuente: NY OMH 400.6 (ejemplo).",
    ),
    (
        "deposit.count",
        "One person may make 1 request for this in any 24 months. This holds for: security_deposit. "
        "The director may make an exception. Source: 38 CFR 62.34 (example).",
        "Una persona puede hacer 1 solicitud de esto en 24 meses cualesquiera. Esto vale para: security_deposit. "
        "La dirección puede hacer una excepción. Fuente: 38 CFR 62.34 (ejemplo).",
    ),
    (
        "item.signature",
        "One request may be for up to $1,000.00. Otherwise the director must approve too. "
        "Source: COMAR 07.02.01.10 (example).",
        "Una solicitud puede ser de hasta $1,000.00. De lo contrario, también debe aprobar la dirección. "
        "Fuente: COMAR 07.02.01.10 (ejemplo).",
    ),
    (
        "gift_card.receipts",
        "Receipts for gift card are due in 10 working days; no new money while one is missing. "
        "Source: Program's own; NY OMH desk guide (example).",
        "Los recibos de tarjeta de regalo se entregan en 10 días hábiles; no hay dinero nuevo mientras falte alguno. "
        "Fuente: Propia del programa; NY OMH desk guide (ejemplo).",
    ),
]


@pytest.mark.parametrize(("code", "english", "spanish"), SAID)
def test_a_rule_in_a_sentence(code: str, english: str, spanish: str) -> None:
    (described,) = shipped(code)
    assert (describe(described, "en"), describe(described, "es")) == (english, spanish)


@pytest.mark.parametrize("draft", DRAFTS, ids=[draft.code for draft in DRAFTS])
def test_every_shipped_rule_is_described(draft: object) -> None:
    (described,) = shipped(draft.code)  # type: ignore[attr-defined]
    english, spanish = describe(described, "en"), describe(described, "es")
    assert english != spanish
    for text in (english, spanish):
        assert text.endswith(").") and "{" not in text and "  " not in text and ".." not in text


FIGURES = [
    ("cap_request", {"cents": 4321}, "$43.21"),
    ("cap_request", {"months_of_rent": 3}, "3 months' rent"),
    ("cap_request", {"months": 1}, "up to 1 month."),
    ("cap_window", {"cents": 4321, "window": "any_52_weeks"}, "$43.21 in any 52 weeks"),
    ("cap_window", {"cents": 4321, "window": "fiscal_year", "per": "slot"}, "$43.21 for each slot"),
    ("cap_window", {"cents": 1, "window": "first_payment_months", "months": 7}, "the 7 months from the first payment"),
    ("cap_window", {"cents": 1, "window": "calendar_year"}, "a calendar year"),
    ("cap_window", {"cents": 1, "window": "enrolment"}, "one enrollment"),
    ("count_window", {"count": 5, "window": "lifetime"}, "5 requests for this in a lifetime"),
    ("count_window", {"count": 5, "window": "lifetime", "unit": "months"}, "5 months in a lifetime; a part of a month"),
    ("weeks_of_52", {"weeks": 9, "counting": "part_weeks"}, "9 weeks of any 52, a part counting as a week"),
    ("one_time", {}, "once in a lifetime"),
    (
        "document",
        {"documents": ["lease", "w9"], "above_cents": 100, "methods": ["ach"]},
        "above $1.00 by bank transfer to the vendor needs the lease and the payee's form W-9",
    ),
    ("quotes", {"above_cents": 100, "count": 4}, "Above $1.00, 4 quotes"),
    ("last_resort", {"tried": 4}, "4 other resources"),
    ("goal_link", {"days_ahead": 4}, "within 4 days"),
    ("sustainability", {"above_cents": 400}, "above $4.00"),
    ("carry_forward", {"months_past_year_end": 0}, "of that year only"),
    ("carry_forward", {"months_past_year_end": 2}, "up to 2 months past"),
    ("sod", {"pairs": [["author", "payer"]], "approver_may_pay_to_cents": 500}, "Up to $5.00 the approver may pay"),
    ("w9_required", {"needs_verified": False}, "a valid W-9."),
]


@pytest.mark.parametrize(("kind", "params", "words"), FIGURES)
def test_the_sentence_follows_the_settings(kind: RuleKind, params: dict[str, object], words: str) -> None:
    assert words in describe(rule(kind, params), "en")


def test_severities_are_said() -> None:
    assert "Otherwise it warns" in describe(rule("one_time", {}, severity="warn"), "en")
    assert describe(rule("one_time", {}), "en") == "One person may receive this once in a lifetime."


def test_categories_are_named() -> None:
    named = rule("one_time", {"categories": ["food"]}, category="other")
    assert "This holds for: Otros, food." not in describe(named, "en")
    assert "Esto vale para: Otros, food." in describe(named, "es", {"other": "Otros"})


def test_a_rule_that_cannot_be_read_says_so() -> None:
    broken = rule("one_time", {"colour": "red"})
    assert describe(broken, "en") == "This rule cannot be read and stops every request."
    assert describe(broken, "es") == "Esta regla no se puede leer y detiene toda solicitud."
    with pytest.raises(ValueError, match="English and Spanish"):
        describe(rule("one_time", {}), "fr")
