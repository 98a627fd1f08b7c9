"""The shipped rules, each at its figure (the request passes) and just above it (the rule speaks), as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from funds.policy import RuleKind, Severity, Step, appropriation_findings, evaluate
from tests.funds.policy.cases import (
    DRAFTS,
    FISCAL_YEAR,
    LANDLORD,
    MAX,
    SHOP,
    TODAY,
    days_ago,
    facts,
    judged,
    new_id,
    said,
    shipped,
    spent,
)

YEAR_BEFORE = date(2026, 6, 30)
RENT = {"category": "rent", "item": "November rent", "payee_id": LANDLORD}
DEPOSIT = {"category": "security_deposit", "item": "Deposit"}
ARREARS = {"category": "rent_arrears", "item": "Late rent"}
LAMP = {"category": "household_items", "item": "Lamp"}
LIGHT = {"category": "utilities", "item": "Electricity"}
CARD = {"method": "gift_card"}
CHECKED = new_id()
BOTH_DUTIES = frozenset({CHECKED})


def months(first: date, last: date) -> dict[str, Any]:
    return {"days": (first, last)}


def utilities_since(first: date) -> tuple[Any, ...]:
    """23 months of electricity before the request's own."""
    return (spent(1, days_ago(5), category="utilities", days=(first, date(2026, 10, 31))),)


# code, step, lets pass, speaks
TABLE: list[tuple[str, Step, Mapping[str, Any], Mapping[str, Any]]] = [
    ("person.year", Step.SUBMIT, {"cents": 125000}, {"cents": 125001}),
    (
        "person.year",
        Step.APPROVE,
        {"history": [spent(117000, days_ago(90))]},
        {"history": [spent(117001, days_ago(90))]},
    ),
    (
        "person.year",
        Step.SUPPLEMENT,
        {"history": [spent(990000, YEAR_BEFORE)]},
        {"history": [spent(990000, FISCAL_YEAR[0])]},
    ),
    (
        "person.year",
        Step.SUBMIT,
        {"history": [spent(990000, TODAY, enrollee_id=MAX)]},
        {"history": [spent(990000, TODAY)]},
    ),
    ("housing_goods.window", Step.SUBMIT, LAMP | {"cents": 180000}, LAMP | {"cents": 180001}),
    (
        "housing_goods.window",
        Step.SUBMIT,
        LAMP | {"history": [spent(180000, date(2024, 11, 30), category="furniture")]},
        LAMP | {"history": [spent(180000, date(2024, 12, 1), category="furniture")]},
    ),
    ("deposit.amount", Step.SUBMIT, DEPOSIT | {"cents": 220000}, DEPOSIT | {"cents": 220001}),
    ("deposit.amount", Step.APPROVE, DEPOSIT, DEPOSIT | {"monthly_rent_cents": None}),
    (
        "deposit.count",
        Step.SUBMIT,
        DEPOSIT | {"history": [spent(1, date(2024, 11, 30), category="security_deposit"), spent(1, TODAY)]},
        DEPOSIT | {"history": [spent(1, date(2024, 12, 1), category="security_deposit")]},
    ),
    (
        "utilities.months",
        Step.SUBMIT,
        LIGHT | months(date(2026, 11, 1), TODAY) | {"history": utilities_since(date(2024, 12, 31))},
        LIGHT | months(date(2026, 11, 1), TODAY) | {"history": utilities_since(date(2024, 11, 30))},
    ),
    ("utilities.months", Step.SUBMIT, LIGHT | months(TODAY, TODAY), LIGHT),
    (
        "arrears.once",
        Step.SUBMIT,
        ARREARS,
        ARREARS | {"history": [spent(1, date(1999, 1, 1), category="rent_arrears")]},
    ),
    (
        "arrears.months",
        Step.SUBMIT,
        ARREARS | months(date(2026, 5, 31), date(2026, 10, 31)),
        ARREARS | months(date(2026, 4, 30), date(2026, 10, 1)),
    ),
    (
        "housing.weeks",
        Step.SUBMIT,
        RENT | months(date(2026, 1, 1), date(2026, 5, 27)),  # 147 days
        RENT | months(date(2026, 1, 1), date(2026, 5, 28)),
    ),
    ("gift_card.amount", Step.SUBMIT, CARD | {"cents": 5000}, CARD | {"cents": 5001}),
    ("gift_card.amount", Step.ADVANCE, {"method": "card", "cents": 5001}, CARD | {"cents": 5001}),
    ("item.signature", Step.SUBMIT, {"cents": 100000}, {"cents": 100001}),
    ("emergency", Step.APPROVE, {"cents": 25001}, {"cents": 25001, "is_emergency": True}),
    ("last_resort", Step.SUBMIT, {"tried": 1}, {"tried": 0}),
    ("goal", Step.SUBMIT, {"goal_is_active": True}, {"goal_is_active": False}),
    ("goal", Step.APPROVE, {"enrolled_on": TODAY}, {"enrolled_on": date(2026, 12, 1)}),
    ("goal", Step.APPROVE, {}, {"enrolled_on": None}),
    (
        "sustainability",
        Step.SUBMIT,
        RENT | {"cents": 25000, "sustainability": ""},
        RENT | {"cents": 25001, "sustainability": " "},
    ),
    (
        "sustainability",
        Step.APPROVE,
        {"cents": 25001, "sustainability": ""},
        RENT | {"cents": 25001, "sustainability": ""},
    ),
    (
        "carry_forward",
        Step.SUBMIT,
        RENT | months(date(2027, 6, 1), date(2027, 7, 31)),
        RENT | months(date(2027, 6, 1), date(2027, 8, 1)),
    ),
    ("rent.ssi", Step.SUBMIT, {}, RENT),
    ("quotes", Step.SUBMIT, {"cents": 50000}, {"cents": 50001}),
    ("quotes", Step.APPROVE, {"cents": 50001, "quotes": 3}, {"cents": 50001, "quotes": 2}),
    ("quotes", Step.APPROVE, {"cents": 50001, "quote_reason": "One shop."}, {"cents": 50001, "quote_reason": " "}),
    ("choice", Step.SUBMIT, {"has_agreement": True}, {"has_agreement": False}),
    ("papers.price", Step.SUBMIT, {"documents": frozenset({"quote"})}, {"documents": frozenset({"receipt"})}),
    ("papers.price", Step.SUBMIT, CARD | {"documents": frozenset()}, {"documents": frozenset()}),
    ("papers.rent", Step.SUBMIT, {"documents": frozenset()}, RENT | {"documents": frozenset()}),
    ("papers.arrears", Step.APPROVE, RENT | {"documents": frozenset()}, ARREARS | {"documents": frozenset({"lease"})}),
    ("papers.invoice", Step.VOUCHER, {"documents": frozenset({"bill"})}, {"documents": frozenset({"quote"})}),
    ("methods", Step.SUBMIT, {"method": "reimbursement"}, {"method": "gift_card"}),
    ("methods", Step.VOUCHER, {"method": "check"}, {"method": "to_enrollee"}),
    ("methods", Step.SUBMIT, {"method": "check"}, {"method": ""}),
    ("housing_goods.method", Step.SUBMIT, {"method": "gift_card"}, LAMP | {"method": "gift_card"}),
    ("receipts", Step.ADVANCE, {"receipts_missing": 1}, {"holder_is_overdue": True}),
    (
        "receipts.staff",
        Step.ADVANCE,
        {"method": "card", "receipts_missing": 1},
        {"method": "card", "holder_is_overdue": True},
    ),
    ("gift_card.receipts", Step.SUBMIT, CARD, CARD | {"receipts_missing": 1}),
    ("gift_card.receipts", Step.ADVANCE, {"method": "check", "receipts_missing": 1}, CARD | {"receipts_missing": 1}),
    ("w9", Step.VOUCHER, {"payee_has_w9": True}, {"payee_has_w9": False}),
    ("w9", Step.VOUCHER, CARD | {"payee_is_verified": False}, {"payee_is_verified": False}),
    ("w9", Step.VOUCHER, {}, {"payee_id": None}),
    ("tax_form", Step.VOUCHER, {"payee_paid_year_cents": 191999}, {"payee_paid_year_cents": 192000}),
    ("tax_form", Step.VOUCHER, {"payee_id": None, "payee_paid_year_cents": 192000}, {"tax_threshold_cents": None}),
    ("prohibited", Step.SUBMIT, {"item": "Fine arts class"}, {"item": "Parking fine"}),
    ("prohibited", Step.VOUCHER, {"item": "Rubbing alcohol"}, {"item": "Cervezas"}),
    ("tiers", Step.SUBMIT, {"cents": 24999}, {"history": [spent(17000, TODAY)]}),
    (
        "duties",
        Step.APPROVE,
        {"actors": {"author": frozenset({new_id()}), "approver": BOTH_DUTIES}},
        {"actors": {"author": BOTH_DUTIES, "approver": BOTH_DUTIES | {new_id()}}},
    ),
    (
        "duties",
        Step.VOUCHER,
        {"actors": {"final_approver": BOTH_DUTIES}},
        {"actors": {"final_approver": BOTH_DUTIES, "payer": BOTH_DUTIES}},
    ),
]


@pytest.mark.parametrize(("code", "step", "passes", "trips"), TABLE, ids=[f"{row[0]}-{row[1]}" for row in TABLE])
def test_a_shipped_rule_lets_pass_and_speaks(
    code: str, step: Step, passes: Mapping[str, Any], trips: Mapping[str, Any]
) -> None:
    rule = shipped(code)
    assert said(rule, facts(**passes), step, code) == []
    found = said(rule, facts(**trips), step, code)
    assert found
    for finding in found:
        assert finding.text_en and finding.text_es and finding.text_en != finding.text_es
        assert "{" not in finding.text_en + finding.text_es + finding.remedy_en + finding.remedy_es
        assert "(example)" in finding.text_en and "(ejemplo)" in finding.text_es
        assert finding.remedy_en.endswith(".") or finding.severity is Severity.INFO


def test_every_shipped_rule_stands_in_the_table() -> None:
    assert {draft.code for draft in DRAFTS} == {row[0] for row in TABLE} | {"fund.appropriation"}
    assert {draft.kind for draft in DRAFTS} == set(RuleKind)


@pytest.mark.parametrize("step", Step)
def test_an_ordinary_request_meets_no_rule(step: Step) -> None:
    assert judged(shipped(), facts(), step).findings == ()


def test_the_budget_follows_the_slots() -> None:
    rules = shipped("fund.appropriation")
    assert appropriation_findings(rules, slots=12, appropriated_cents=1500000, today=TODAY) == ()
    (finding,) = appropriation_findings(rules, slots=12, appropriated_cents=1500001, today=TODAY)
    assert finding.severity is Severity.BLOCK
    assert (finding.figure, finding.limit) == (1500001, 1500000)
    assert finding.text_en.startswith("The budget would be $15,000.01; for 12 slots it may be $15,000.00.")
    assert finding.remedy_en == "Appropriate $15,000.00 or less."
    assert appropriation_findings(shipped("person.year"), slots=0, appropriated_cents=10**9, today=TODAY) == ()


def test_a_bad_limit_of_slots_stops_the_budget() -> None:
    (rule,) = shipped("fund.appropriation")
    bad = replace(rule, params={**rule.params, "cents": "much"})
    assert appropriation_findings([bad], slots=12, appropriated_cents=1, today=TODAY)[0].severity is Severity.BLOCK


def test_the_sentence_of_a_cap_says_all_that_is_asked() -> None:
    earlier = [spent(60000, days_ago(100)), spent(56400, days_ago(50), payee_id=SHOP), spent(1, YEAR_BEFORE)]
    evaluation = evaluate(shipped("person.year"), facts(cents=12000, history=earlier), Step.APPROVE)
    (finding,) = [each for each in evaluation.findings if each.code == "person.year"]
    assert finding.text_en == (
        "With this request it is $1,284.00 in this fiscal year (Jul 1, 2026 to Jun 30, 2027); the limit is $1,250.00 "
        "(2 earlier requests counted). The fund is shared by everybody in the program. Source: NY OMH 400.6 (example)."
    )
    assert finding.text_es == (
        "Con esta solicitud son $1,284.00 en este año fiscal (1 jul 2026 a 30 jun 2027); el límite es $1,250.00 "
        "(se contaron 2 solicitudes anteriores). El fondo es para todas las personas del programa. "
        "Fuente: NY OMH 400.6 (ejemplo)."
    )
    assert finding.remedy_en == "Ask for $86.00 or less this year, or ask the county for consent."
    assert finding.remedy_es == "Pida $86.00 o menos este año, o pida el consentimiento del condado."
    assert (finding.figure, finding.limit, finding.exception_role) == (128400, 125000, "county")
    assert finding.counted == (earlier[0].request_id, earlier[1].request_id)
    assert finding.window == "this fiscal year (Jul 1, 2026 to Jun 30, 2027)"
    assert evaluation.figures == {"left:person.year": -3400}
    assert evaluation.blocks[-1].code == "person.year"
