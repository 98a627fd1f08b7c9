"""Severities, exceptions, versions and steps; and that what is not understood stops the request."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest

from funds.policy import (
    METHODS,
    Evaluation,
    Facts,
    Finding,
    RuleKind,
    Severity,
    Step,
    evaluate,
    in_force,
    validate_params,
    validate_rule,
)
from tests.funds.policy.cases import TODAY, facts, judged, new_id, rule, said, shipped, spent

CAP = {"cents": 7999}
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("severity", "stops"),
    [
        ("block", True),
        ("exception", True),
        ("require_document", True),
        ("add_tier", False),
        ("warn", False),
        ("info", False),
    ],
)
def test_what_each_severity_does(severity: str, stops: bool) -> None:
    speaks = rule("cap_request", CAP | {"tier": ["director"]}, severity=severity, exception_role="director")
    (finding,) = said(speaks, facts())
    assert finding.severity == severity
    assert (finding in judged(speaks, facts()).blocks) is stops
    assert said(speaks, facts(cents=7999)) == []
    assert finding.exception_role == ("director" if severity == "exception" else None)
    assert ("or ask the director for an exception." in finding.remedy_en) is (severity == "exception")
    assert ("o pida una excepción a la dirección." in finding.remedy_es) is (severity == "exception")
    assert (frozenset({"director"}) in judged(speaks, facts()).tiers) is (severity == "add_tier")


def test_an_exception_in_force_turns_the_stop_into_a_note() -> None:
    speaks = rule("cap_request", CAP, severity="exception", exception_role="director")
    (finding,) = said(speaks, facts(exceptions=frozenset({"r"})))
    assert finding.severity is Severity.INFO
    assert "An exception for this request is in force." in finding.text_en
    assert "Hay una excepción vigente para esta solicitud." in finding.text_es
    assert (finding.figure, finding.limit) == (8000, 7999)
    assert said(speaks, facts(exceptions=frozenset({"other"})))[0].severity is Severity.EXCEPTION
    blocked = replace(speaks, severity="block")
    assert said(blocked, facts(exceptions=frozenset({"r"})))[0].severity is Severity.BLOCK


def test_stops_come_first_then_by_code() -> None:
    rules = [
        rule("cap_request", CAP, code="b", severity="warn"),
        rule("cap_request", CAP, code="c", severity="info"),
        rule("cap_request", CAP, code="d", severity="block"),
        rule("cap_request", CAP, code="a", severity="block"),
        *shipped("tiers"),
    ]
    assert [finding.code for finding in judged(rules, facts()).findings] == ["a", "d", "b", "c"]


def test_the_newest_version_in_force_speaks() -> None:
    old = rule("cap_request", {"cents": 1}, version=1)
    new = rule("cap_request", {"cents": 2}, version=2, effective_from=TODAY)
    for order in ([old, new], [new, old]):
        assert [finding.limit for finding in said(order, facts())] == [2]
        assert [finding.limit for finding in said(order, facts(today=TODAY - DAY))] == [1]
    ended = replace(new, effective_to=TODAY)
    assert [finding.limit for finding in said([old, ended], facts(today=TODAY))] == [2]
    assert [finding.limit for finding in said([old, ended], facts(today=TODAY + DAY))] == [1]
    assert in_force([old, ended], TODAY) == [ended]
    other = replace(old, code="a")
    assert in_force([old, other, ended], TODAY) == [other, ended]


def test_a_finding_names_its_rule() -> None:
    speaks = rule("cap_request", CAP, version=3, citation="House rule 7", message_en="Why.", message_es="Porqué.")
    (finding,) = said(speaks, facts())
    assert (finding.rule_id, finding.version, finding.kind) == (speaks.id, 3, RuleKind.CAP_REQUEST)
    assert finding.citation == "House rule 7"
    assert finding.text_en == "This is $80.00; the limit is $79.99 for one request. Why. Source: House rule 7."
    assert finding.text_es == "Esto es $80.00; el límite es $79.99 por solicitud. Porqué. Fuente: House rule 7."
    bare = replace(speaks, citation="", message_en="", message_es="")
    assert said(bare, facts())[0].text_en == "This is $80.00; the limit is $79.99 for one request."
    english_only = replace(speaks, message_es="")
    assert "Why." in said(english_only, facts())[0].text_es


SPEAKS_AT = {
    "prohibited_item": Step,
    "cap_request": {"submit", "approve", "supplement", "advance"},
    "cap_window": {"submit", "approve", "supplement"},
    "count_window": {"submit", "approve", "supplement"},
    "weeks_of_52": {"submit", "approve", "supplement"},
    "one_time": {"submit", "approve", "supplement"},
    "tier": {"submit", "approve", "supplement"},
    "document": {"submit", "approve", "supplement"},
    "quotes": {"submit", "approve", "supplement"},
    "method_allowed": Step,
    "last_resort": {"submit", "approve"},
    "goal_link": {"submit", "approve", "supplement"},
    "sustainability": {"submit", "approve"},
    "receipt_due": {"advance"},
    "emergency": Step,
    "w9_required": {"voucher"},
    "tax_threshold": {"voucher"},
    "carry_forward": {"submit", "approve", "supplement"},
    "sod": {"approve", "supplement", "voucher", "advance"},
    "benefit_hint": {"submit", "approve"},
}
SAME = new_id()
BARE: dict[str, Mapping[str, Any]] = {
    "prohibited_item": {"items": [{"name_en": "coats", "name_es": "abrigos", "words": ["coat"]}]},
    "cap_request": {"cents": 0},
    "cap_window": {"cents": 0, "window": "lifetime"},
    "count_window": {"count": 1, "window": "lifetime"},
    "weeks_of_52": {"weeks": 1, "counting": "by_days"},
    "one_time": {},
    "tier": {"days": 30, "bands": [{"below_cents": 9000, "tiers": [["supervisor"]]}, {"tiers": [["director"]]}]},
    "document": {"documents": ["affidavit"]},
    "quotes": {"above_cents": 0, "count": 1},
    "method_allowed": {"order": ["card"]},
    "last_resort": {"tried": 2},
    "goal_link": {},
    "sustainability": {},
    "receipt_due": {"days": 30, "stops_when": "overdue"},
    "emergency": {"max_cents": 1, "approvers": ["director"], "hours": 24, "ratify_working_days": 5},
    "w9_required": {},
    "tax_threshold": {},
    "carry_forward": {"months_past_year_end": 0},
    "sod": {"pairs": [["author", "payer"]]},
    "benefit_hint": {"benefit": "SSI"},
}


def wrong_in_everything() -> Facts:
    return facts(
        history=[spent(1000, TODAY)],
        goal_is_active=False,
        sustainability="",
        holder_is_overdue=True,
        is_emergency=True,
        payee_has_w9=False,
        payee_is_verified=False,
        payee_paid_year_cents=10**7,
        days=(TODAY, date(2027, 7, 1)),
        actors={"author": frozenset({SAME}), "payer": frozenset({SAME})},
    )


def test_the_tables_name_every_kind() -> None:
    assert set(SPEAKS_AT) == set(BARE) == set(RuleKind)


@pytest.mark.parametrize("kind", RuleKind)
@pytest.mark.parametrize("step", Step)
def test_a_kind_speaks_at_its_steps_only(kind: RuleKind, step: Step) -> None:
    assert validate_params(kind, BARE[kind]) == []
    assert bool(said(rule(kind, BARE[kind]), wrong_in_everything(), step)) is (step in SPEAKS_AT[kind])


@pytest.mark.parametrize("kind", RuleKind)
def test_a_rule_speaks_of_its_category_and_methods_only(kind: RuleKind) -> None:
    step = next(each for each in Step if each in SPEAKS_AT[kind])
    for params, category, speaks in (
        (BARE[kind], "other", True),
        (BARE[kind], "clothing", True),
        (BARE[kind], "food", False),
        ({**BARE[kind], "categories": ["rent", "other"]}, None, True),
        ({**BARE[kind], "categories": ["rent"]}, None, False),
        ({**BARE[kind], "methods": ["ach", "check"]}, None, True),
        ({**BARE[kind], "methods": ["card"]}, None, False),
    ):
        assert bool(said(rule(kind, params, category=category), wrong_in_everything(), step)) is speaks


BAD_ROWS: list[tuple[str, dict[str, Any]]] = [
    ("unknown kind", {"kind": "horoscope"}),
    ("unknown severity", {"severity": "frown"}),
    ("exception without a role", {"severity": "exception"}),
    ("exception by nobody known", {"severity": "exception", "exception_role": "mayor"}),
    ("unknown role", {"exception_role": "mayor"}),
    ("tier without roles", {"severity": "add_tier"}),
    ("unknown role in a tier", {"severity": "add_tier", "params": CAP | {"tier": ["mayor"]}}),
    ("unknown category", {"category": "huosing"}),
    ("unknown category in the list", {"params": CAP | {"categories": ["food", "huosing"]}}),
    ("no params", {"params": {}}),
    ("params that are a list", {"params": [1]}),
    ("params that are nothing", {"params": None}),
    ("unknown setting", {"params": CAP | {"colour": "red"}}),
    ("two limits", {"params": {"cents": 1, "months": 1}}),
    ("an amount as text", {"params": {"cents": "12"}}),
    ("an amount as yes", {"params": {"cents": True}}),
    ("an amount below zero", {"params": {"cents": -1}}),
    ("an amount beyond all", {"params": {"cents": 10**14}}),
    ("a broken amount", {"params": {"cents": 1.5}}),
    ("no method", {"params": CAP | {"methods": []}}),
    ("unknown method", {"params": CAP | {"methods": ["barter"]}}),
    ("method twice", {"params": CAP | {"methods": ["check", "check"]}}),
    ("methods as text", {"params": CAP | {"methods": "check"}}),
    ("categories that are empty words", {"params": CAP | {"categories": [" "]}}),
]


def bad(kind: str, **params: Any) -> dict[str, Any]:
    merged = {**BARE[kind], **params}
    return {"kind": kind, "params": {name: value for name, value in merged.items() if value is not None}}


BAND = {"tiers": [["supervisor"]]}
BAD_ROWS += [
    ("no window", bad("cap_window", window=None)),
    ("unknown window", bad("cap_window", window="fortnight")),
    ("window without months", bad("cap_window", window="rolling_months")),
    ("first payment without months", bad("count_window", window="first_payment_months")),
    ("window with too many months", bad("cap_window", window="rolling_months", months=1201)),
    ("window with no month", bad("cap_window", window="rolling_months", months=0)),
    ("months without use", bad("cap_window", months=3)),
    ("months without use, one time", bad("one_time", months=3)),
    ("unknown per", bad("cap_window", per="family")),
    ("slots for a lifetime", bad("cap_window", per="slot")),
    ("unknown unit", bad("count_window", unit="moons")),
    ("unknown counting", bad("weeks_of_52", counting="by_feel")),
    ("no items", bad("prohibited_item", items=[])),
    ("item without words", bad("prohibited_item", items=[{"name_en": "a", "name_es": "b", "words": []}])),
    ("item without Spanish", bad("prohibited_item", items=[{"name_en": "a", "words": ["c"]}])),
    ("item with more", bad("prohibited_item", items=[{"name_en": "a", "name_es": "b", "words": ["c"], "x": 1}])),
    (
        "item with bad excuse",
        bad("prohibited_item", items=[{"name_en": "a", "name_es": "b", "words": ["c"], "allowed": 1}]),
    ),
    ("no bands", bad("tier", bands=[])),
    ("bands that are text", bad("tier", bands=["a"])),
    ("bands that fall", bad("tier", bands=[BAND | {"below_cents": 2}, BAND | {"below_cents": 1}, BAND])),
    ("bands that stand still", bad("tier", bands=[BAND | {"below_cents": 2}, BAND | {"below_cents": 2}, BAND])),
    ("bands with an end", bad("tier", bands=[BAND | {"below_cents": 2}])),
    ("bands with a gap", bad("tier", bands=[BAND, BAND])),
    ("band without roles", bad("tier", bands=[{"tiers": []}])),
    ("band with unknown role", bad("tier", bands=[{"tiers": [["mayor"]]}])),
    ("band with consent below", bad("tier", bands=[BAND | {"below_cents": 2, "county_consent": True}, BAND])),
    ("band with odd consent", bad("tier", bands=[BAND | {"county_consent": "yes"}])),
    ("unknown paper", bad("document", documents=["horoscope"])),
    ("unknown step", bad("document", steps=["lunch"])),
    ("odd flag", bad("document", any_of="yes")),
    ("unknown approver", bad("emergency", approvers=["mayor"])),
    ("unknown duty", bad("sod", pairs=[["author", "mayor"]])),
    ("duty with itself", bad("sod", pairs=[["author", "author"]])),
    ("duty alone", bad("sod", pairs=[["author"]])),
    ("unknown receipt state", bad("receipt_due", stops_when="late")),
    ("no benefit", bad("benefit_hint", benefit=" ")),
]


@pytest.mark.parametrize(("name", "changes"), BAD_ROWS, ids=[row[0] for row in BAD_ROWS])
@pytest.mark.parametrize("step", Step)
def test_a_row_that_is_not_understood_stops_the_request(name: str, changes: dict[str, Any], step: Step) -> None:
    (finding,) = said(replace(rule("cap_request", CAP), **changes), facts(), step)
    assert finding.severity is Severity.BLOCK
    assert finding.text_en.startswith("The rule “r” (version 1) cannot be read. ")
    assert finding.text_es.startswith("La regla “r” (versión 1) no se puede leer. ")
    assert finding.remedy_en == "Ask who keeps the fund's rules to put it right."


def test_a_rule_may_hold_for_one_day_but_not_end_before_it_begins() -> None:
    row = rule("cap_request", CAP, effective_from=TODAY, effective_to=TODAY)
    assert validate_rule(row) == []
    (problem,) = validate_rule(replace(row, effective_to=TODAY - DAY))
    assert str(problem) == "The last day of a rule is not before its first."


def test_a_list_may_name_all_that_is_known() -> None:
    assert validate_params("document", {**BARE["document"], "steps": list(Step)}) == []
    assert validate_params("method_allowed", {"order": list(METHODS)}) == []


@pytest.mark.parametrize("kind", RuleKind)
def test_each_setting_of_each_kind_is_needed_and_checked(kind: RuleKind) -> None:
    for name in BARE[kind]:
        without = {key: value for key, value in BARE[kind].items() if key != name}
        assert validate_params(kind, without) != [], name
        assert validate_params(kind, {**BARE[kind], name: object()}) != [], name
        assert validate_params(kind, {**BARE[kind], name: None}) != [], name


@pytest.mark.parametrize(
    ("code", "changes"),
    [
        ("facts.category", {"category": "yacht"}),
        ("facts.cents", {"cents": 0}),
        ("facts.cents", {"cents": -1}),
        ("facts.days", {"days": (TODAY, TODAY - DAY)}),
    ],
)
@pytest.mark.parametrize("step", Step)
def test_facts_that_no_rule_can_judge_stop_the_request(code: str, changes: dict[str, Any], step: Step) -> None:
    found = judged(shipped(), facts(**changes), step)
    assert code in [finding.code for finding in found.blocks]
    assert said(shipped(), facts(cents=1, days=(TODAY, TODAY)), step, code) == []


def test_days_in_reverse_are_never_counted() -> None:
    rows = [spent(1, TODAY, category="utilities", days=(TODAY, date(2020, 1, 1)))]
    of = facts(category="utilities", days=(TODAY, TODAY), history=rows)
    assert said(shipped(), of, Step.SUBMIT, "utilities.months") == []
    assert said(shipped(), of, Step.SUBMIT, "housing.weeks") == []


def test_a_missing_figure_is_asked_for() -> None:
    for params, asks in (
        ({"months": 1}, "Write the first and the last day that this pays for."),
        ({"months_of_rent": 1}, "Write the monthly rent of the place."),
    ):
        (finding,) = said(rule("cap_request", params), facts(days=None, monthly_rent_cents=None))
        assert (finding.severity, finding.remedy_en) == (Severity.BLOCK, asks)


def test_what_stops() -> None:
    def finding(severity: Severity) -> Finding:
        return Finding("a", 1, new_id(), RuleKind.SOD, severity, "a", "a")

    all_six = Evaluation(tuple(map(finding, Severity)), ())
    assert [each.severity for each in all_six.blocks] == ["block", "exception", "require_document"]
    assert evaluate([], facts(), Step.ADVANCE).receipt_days == 30
