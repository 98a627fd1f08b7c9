"""Options of the kinds that the shipped set does not use, and what each kind says word for word."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from funds.policy import Facts, Severity, Step
from tests.funds.policy.cases import TODAY, facts, judged, new_id, rule, said, shipped, spent

ONE, OTHER = new_id(), new_id()


def first(kind: str, params: Any, step: Step = Step.SUBMIT, **changes: Any) -> tuple[str, str]:
    (finding,) = said(rule(kind, params), facts(**changes), step)
    return finding.text_en, finding.remedy_en


SAID = [
    (
        "cap_request",
        {"cents": 5000, "methods": ["check", "gift_card"]},
        {},
        "This is $80.00; the limit is $50.00 for one request by check to the vendor or gift card.",
        "Ask for $50.00 or less.",
    ),
    (
        "cap_request",
        {"months_of_rent": 2},
        {"monthly_rent_cents": 3000},
        "This is $80.00; the limit is $60.00 for one request: 2 months' rent.",
        "Ask for $60.00 or less.",
    ),
    (
        "cap_request",
        {"months": 1},
        {"days": (date(2026, 10, 31), date(2026, 11, 1))},
        "This pays for 2 months; at most 1 may be paid.",
        "Ask for 1 month or less.",
    ),
    (
        "cap_window",
        {"cents": 100, "window": "lifetime"},
        {},
        "With this request it is $80.00 in a lifetime; the limit is $1.00.",
        "Ask for $1.00 or less.",
    ),
    (
        "count_window",
        {"count": 1, "window": "enrolment"},
        {"history": [spent(1, TODAY)]},
        "With this request it is number 2 in this enrollment (since Mar 15, 2025); at most 1 may be made (1 earlier "
        "request counted).",
        "",
    ),
    (
        "count_window",
        {"count": 1, "window": "calendar_year", "unit": "months"},
        {"history": [spent(1, TODAY, days=(date(2026, 1, 1), date(2026, 1, 2)))], "days": (TODAY, TODAY)},
        "With this request it is 2 months in the calendar year 2026; the limit is 1 month (1 earlier request counted).",
        "Ask for fewer months.",
    ),
    (
        "one_time",
        {},
        {"history": [spent(1, date(2024, 2, 29)), spent(1, date(2023, 1, 1))]},
        "This is given once in a lifetime, and was given on Feb 29, 2024 (2 earlier requests counted).",
        "",
    ),
    (
        "weeks_of_52",
        {"weeks": 1, "counting": "by_days"},
        {"days": (date(2026, 11, 1), date(2026, 11, 8))},
        "With this request it is 8 days in any 52 weeks; the limit is 1 week (7 days).",
        "Ask for fewer days.",
    ),
    (
        "weeks_of_52",
        {"weeks": 3, "counting": "four_week_months"},
        {"days": (date(2026, 11, 1), date(2026, 11, 8))},
        "With this request it is 4 weeks in any 52 weeks; the limit is 3 weeks.",
        "Ask for fewer days.",
    ),
    (
        "document",
        {"documents": ["affidavit", "receipt"], "any_of": True},
        {},
        "Missing: an affidavit or a receipt.",
        "Add an affidavit or a receipt.",
    ),
    (
        "quotes",
        {"above_cents": 0, "count": 3},
        {"quotes": 1},
        "Above $0.00 the fund asks for 3 quotes; there are 1.",
        "Write why fewer are enough, or add 2 more.",
    ),
    (
        "method_allowed",
        {"order": ["card", "pass"]},
        {},
        "The fund does not pay in this way.",
        "Choose program card or pass.",
    ),
    (
        "method_allowed",
        {"order": ["card"]},
        {"method": ""},
        "It is not chosen how this is paid.",
        "Choose program card.",
    ),
    (
        "method_allowed",
        {"order": ["card", "check"], "note_from": 2},
        {},
        "The fund pays by program card where it can.",
        "",
    ),
    (
        "last_resort",
        {"tried": 2},
        {},
        "The fund pays where nothing else does: 2 resources tried with an outcome, 1 found.",
        "Name a service of the directory that was tried and what came of it.",
    ),
    (
        "goal_link",
        {},
        {"goal_is_active": False},
        "The goal of this request is not active.",
        "Choose an active goal of the person's plan.",
    ),
    (
        "goal_link",
        {},
        {"enrolled_on": date(2026, 12, 10)},
        "The person is not enrolled yet.",
        "Enroll the person first.",
    ),
    (
        "goal_link",
        {},
        {"enrolled_on": date(2026, 12, 1)},
        "The person is not enrolled yet.",
        "Enroll the person first.",
    ),
    (
        "method_allowed",
        {"order": ["check", "card"], "note_from": 1},
        {},
        "The fund pays by check to the vendor where it can.",
        "",
    ),
    (
        "method_allowed",
        {"order": ["card", "ach", "check"], "note_from": 2},
        {},
        "The fund pays by program card where it can.",
        "",
    ),
    (
        "last_resort",
        {"tried": 1},
        {"tried": 0},
        "The fund pays where nothing else does: 1 resource tried with an outcome, 0 found.",
        "Name a service of the directory that was tried and what came of it.",
    ),
    (
        "goal_link",
        {"days_ahead": 9},
        {"enrolled_on": date(2026, 12, 10)},
        "The person is not enrolled yet.",
        "Wait until Dec 1, 2026.",
    ),
    (
        "sustainability",
        {},
        {"sustainability": ""},
        "It is not written how this is paid for after the fund's help.",
        "Write one sentence on what comes after.",
    ),
    (
        "carry_forward",
        {"months_past_year_end": 0},
        {"days": (TODAY, date(2027, 7, 1))},
        "This pays for days until Jul 1, 2027; money of this fiscal year may pay until Jun 30, 2027.",
        "Ask for the days until Jun 30, 2027 only.",
    ),
    (
        "benefit_hint",
        {"benefit": "SSI"},
        {},
        "This may change the person's SSI.",
        "Ask a benefits adviser before it is paid.",
    ),
]


@pytest.mark.parametrize(("kind", "params", "changes", "text", "remedy"), SAID)
def test_what_a_kind_says(kind: str, params: Any, changes: dict[str, Any], text: str, remedy: str) -> None:
    assert first(kind, params, **changes) == (text, remedy)


AT_AND_ABOVE = [
    (
        "count_window",
        {"count": 2, "window": "lifetime"},
        {"history": [spent(1, TODAY)]},
        {"history": [spent(1, TODAY)] * 2},
    ),
    ("cap_request", {"months": 1}, {"days": (date(2026, 11, 1), TODAY)}, {"days": (date(2026, 10, 31), TODAY)}),
    ("document", {"documents": ["affidavit"], "above_cents": 8000}, {}, {"cents": 8001}),
    ("document", {"documents": ["choice_statement"]}, {}, {"has_agreement": False}),
    ("document", {"documents": ["w9"]}, {}, {"payee_has_w9": False}),
    ("document", {"documents": ["affidavit", "lease"], "any_of": True}, {}, {"documents": frozenset()}),
    ("goal_link", {"days_ahead": 9}, {"enrolled_on": date(2026, 12, 9)}, {"enrolled_on": date(2026, 12, 10)}),
    (
        "carry_forward",
        {"months_past_year_end": 0},
        {"days": (TODAY, date(2027, 6, 30))},
        {"days": (TODAY, date(2027, 7, 1))},
    ),
    ("method_allowed", {"order": ["card", "ach", "check"], "note_from": 3}, {"method": "ach"}, {"method": "check"}),
    (
        "weeks_of_52",
        {"weeks": 1, "counting": "part_weeks"},
        {"days": (date(2026, 11, 2), date(2026, 11, 8))},
        {"days": (date(2026, 11, 1), date(2026, 11, 2))},
    ),
    (
        "weeks_of_52",
        {"weeks": 4, "counting": "four_week_months"},
        {"days": (TODAY, TODAY)},
        {"days": (TODAY, date(2026, 12, 1))},
    ),
    ("weeks_of_52", {"weeks": 1, "counting": "by_days"}, {"days": (TODAY, TODAY)}, {"days": None}),
    ("count_window", {"count": 1, "window": "lifetime", "unit": "months"}, {"days": (TODAY, TODAY)}, {"days": None}),
]


@pytest.mark.parametrize(("kind", "params", "passes", "trips"), AT_AND_ABOVE)
def test_at_and_above(kind: str, params: Any, passes: dict[str, Any], trips: dict[str, Any]) -> None:
    assert said(rule(kind, params), facts(**passes)) == []
    assert len(said(rule(kind, params), facts(**trips))) == 1


def test_each_missing_paper_is_its_own_finding() -> None:
    found = said(rule("document", {"documents": ["affidavit", "lease", "receipt"]}), facts())
    assert [finding.document for finding in found] == ["affidavit", "receipt"]
    assert [finding.remedy_es for finding in found] == ["Agregue una declaración jurada.", "Agregue un recibo."]


def test_a_paper_may_be_asked_for_at_a_step() -> None:
    late = rule("document", {"documents": ["affidavit"], "steps": ["voucher", "advance"]})
    assert [bool(said(late, facts(), step)) for step in Step] == [False, False, False, True, True]


def test_a_row_whose_days_are_not_known_counts_a_month_of_weeks() -> None:
    of = facts(days=(date(2026, 12, 1), date(2026, 12, 1)), history=[spent(1, date(2026, 10, 31))])
    found = said(rule("weeks_of_52", {"weeks": 4, "counting": "by_days"}), of)
    assert [finding.figure for finding in found] == [31]  # Oct 31 to Nov 29, and Dec 1
    assert found[0].counted == (of.history[0].request_id,)
    ahead = spent(1, TODAY, days=(date(2028, 6, 1), date(2028, 6, 2)))
    far = replace(of, history=[spent(1, date(2024, 10, 31)), spent(1, date(2026, 10, 31)), ahead])
    assert said(rule("weeks_of_52", {"weeks": 4, "counting": "by_days"}), far)[0].counted == (
        far.history[1].request_id,
    )


def test_months_outside_the_run_are_not_said_to_be_counted() -> None:
    params = {"count": 1, "window": "rolling_months", "months": 3, "unit": "months"}
    near, far = spent(1, date(2026, 9, 1)), spent(1, date(2026, 8, 31))
    (finding,) = said(rule("count_window", params), facts(days=(TODAY, TODAY), history=[near, far]))
    assert (finding.figure, finding.counted) == (2, (near.request_id,))
    assert said(rule("count_window", params), facts(days=(TODAY, TODAY), history=[far])) == []


RECEIPTS = [
    ("check", 30, False),
    ("card", 10, True),
    ("gift_card", 10, True),
    ("reimbursement", 30, False),
]


@pytest.mark.parametrize(("method", "days", "working"), RECEIPTS)
@pytest.mark.parametrize("step", Step)
def test_until_when_a_receipt_is_due(method: str, days: int, working: bool, step: Step) -> None:
    evaluation = judged(shipped(), facts(method=method, cents=5000), step)
    assert (evaluation.receipt_days, evaluation.receipts_in_working_days) == (days, working)


def test_of_two_rules_for_one_method_the_shorter_binds() -> None:
    rules = [
        rule("receipt_due", {"days": days, "stops_when": "overdue", "methods": ["check"]}, code=str(days))
        for days in (9, 5, 7)
    ]
    assert judged(rules, facts()).receipt_days == 5
    assert judged([*rules, rule("receipt_due", {"days": 1, "stops_when": "overdue"})], facts()).receipt_days == 5
    assert judged([], facts()).receipt_days == 30


def test_money_in_hand_waits_for_receipts() -> None:
    general = {"days": 30, "stops_when": "overdue"}
    (finding,) = said(rule("receipt_due", general), facts(holder_is_overdue=True), Step.ADVANCE)
    assert finding.text_en == "Who would hold this money has a receipt that is overdue."
    assert finding.remedy_en == "Hand in the receipt or an affidavit, or choose a check to the vendor."
    assert (finding.window, finding.document, finding.figure) == ("30 days", "receipt", None)
    named = {"days": 30, "stops_when": "missing", "methods": ["check"]}
    for count, text in ((1, "1 receipt is not handed in yet."), (2, "2 receipts are not handed in yet.")):
        (finding,) = said(rule("receipt_due", named), facts(receipts_missing=count), Step.SUBMIT)
        assert (finding.text_en, finding.figure, finding.limit) == (text, count, 0)
    assert said(rule("receipt_due", named), facts(holder_is_overdue=True), Step.SUBMIT) != []
    assert said(rule("receipt_due", named), facts(holder_is_overdue=True), Step.VOUCHER) == []
    assert said(rule("receipt_due", general), facts(holder_is_overdue=True), Step.SUBMIT) == []
    assert said(rule("receipt_due", general), facts(receipts_missing=5), Step.ADVANCE) == []


def test_a_payee_is_known_and_verified_before_money_moves() -> None:
    of = facts(payee_has_w9=False, payee_is_verified=False)
    found = said(rule("w9_required", {}, severity="warn"), of, Step.VOUCHER)
    assert [(finding.severity, finding.document) for finding in found] == [(Severity.BLOCK, ""), (Severity.WARN, "w9")]
    found = said(rule("w9_required", {"needs_verified": False}), of, Step.VOUCHER)
    assert [finding.text_en for finding in found] == ["The payee has no valid W-9."]
    (finding,) = said(rule("w9_required", {}, severity="info"), facts(payee_id=None), Step.VOUCHER)
    assert (finding.severity, finding.remedy_en) == (Severity.BLOCK, "Choose who is paid.")


def test_the_tax_thresholds_sentence() -> None:
    (finding,) = said(rule("tax_threshold", {}), facts(payee_paid_year_cents=192000), Step.VOUCHER)
    assert (
        finding.text_en == "With this the payee has received $2,000.00 in 2026; from $2,000.00 on a form 1099 is due."
    )
    assert (finding.figure, finding.limit, finding.window) == (200000, 200000, "the calendar year 2026")
    (finding,) = said(rule("tax_threshold", {}), facts(tax_threshold_cents=None), Step.VOUCHER)
    assert finding.text_en == "No reporting threshold is entered for 2026."


SMALL = {
    "pairs": [["author", "payer"], ["approver", "payer"], ["payer", "final_approver"]],
    "approver_may_pay_to_cents": 8000,
}


def small_office(cents: int, **duties: Any) -> list[tuple[str, str]]:
    of = facts(cents=cents, actors={duty: frozenset({who}) for duty, who in duties.items()})
    return [(finding.severity, finding.text_en) for finding in said(rule("sod", SMALL), of, Step.VOUCHER)]


def test_a_small_office_may_let_the_approver_pay_a_little() -> None:
    review = "are one person: a third person reviews this before it is reconciled."
    assert small_office(8000, approver=ONE, payer=ONE) == [("info", f"Who approves it and who pays it {review}")]
    assert small_office(8000, final_approver=ONE, payer=ONE) == [
        ("info", f"Who pays it and who approves it last {review}")
    ]
    assert small_office(8001, approver=ONE, payer=ONE) == [
        ("block", "Who approves it and who pays it must be two people.")
    ]
    assert small_office(8000, author=ONE, payer=ONE) == [
        ("block", "Who wrote the request and who pays it must be two people.")
    ]
    assert small_office(1, approver=ONE, payer=OTHER) == []
    strict = {"pairs": SMALL["pairs"]}
    of = facts(actors={"approver": frozenset({ONE}), "payer": frozenset({ONE})})
    assert [finding.severity for finding in said(rule("sod", strict), of, Step.VOUCHER)] == ["block"]


def test_facts_are_never_changed() -> None:
    of: Facts = facts(days=(TODAY, TODAY), history=(spent(1, TODAY),))
    before = repr(of)
    for step in Step:
        judged(shipped(), of, step)
    assert repr(of) == before
