"""Who must approve: the bands, split purchases, the county's consent, added tiers, the emergency lane."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from funds.policy import NO_RULE, Severity, Step
from tests.funds.policy.cases import (
    LANDLORD,
    MAX,
    SHOP,
    TODAY,
    days_ago,
    facts,
    judged,
    new_id,
    rule,
    said,
    shipped,
    spent,
)

FIRST = frozenset({"supervisor", "fiscal_approver"})
SUPERVISOR, FISCAL, DIRECTOR = frozenset({"supervisor"}), frozenset({"fiscal_approver"}), frozenset({"director"})

BANDS = [
    # cents, tiers, county
    (1, (FIRST,), False),
    (24999, (FIRST,), False),
    (25000, (SUPERVISOR, FISCAL), False),
    (49999, (SUPERVISOR, FISCAL), False),
    (50000, (SUPERVISOR, FISCAL, DIRECTOR), False),
    (124999, (SUPERVISOR, FISCAL, DIRECTOR), False),
    (125000, (SUPERVISOR, FISCAL, DIRECTOR), True),
    (9999999, (SUPERVISOR, FISCAL, DIRECTOR), True),
]


@pytest.mark.parametrize(("cents", "tiers", "county"), BANDS)
@pytest.mark.parametrize("step", [Step.SUBMIT, Step.APPROVE, Step.SUPPLEMENT])
def test_the_band_of_an_amount(cents: int, tiers: tuple[frozenset[str], ...], county: bool, step: Step) -> None:
    evaluation = judged(shipped("tiers"), facts(cents=cents), step)
    assert (evaluation.tiers, evaluation.needs_county_consent) == (tiers, county)


SUMS = [
    # earlier spending, the figure that decides with this request's $80.00
    ("same category", spent(17000, TODAY), 25000),
    ("29 days ago", spent(17000, days_ago(29)), 25000),
    ("30 days ago", spent(17000, days_ago(30)), None),
    ("same payee, other category", spent(17000, TODAY, category="rent", payee_id=SHOP), 25000),
    ("other payee, other category", spent(17000, TODAY, category="rent"), None),
    ("another child of the same top category", spent(17000, TODAY, category="food"), None),
    ("same payee, another person", spent(17000, TODAY, enrollee_id=MAX, payee_id=SHOP), None),
    ("same category, another person", spent(17000, TODAY, enrollee_id=MAX), None),
    ("this very request", spent(17000, TODAY, request_id=facts().request_id), None),
]


@pytest.mark.parametrize(("name", "earlier", "figure"), SUMS, ids=[row[0] for row in SUMS])
def test_what_is_summed_over_thirty_days(name: str, earlier: Any, figure: int | None) -> None:
    found = said(shipped("tiers"), facts(history=[earlier]), Step.APPROVE, "tiers")
    assert [finding.figure for finding in found] == ([figure] if figure else [])
    assert judged(shipped("tiers"), facts(history=[earlier])).tiers == ((SUPERVISOR, FISCAL) if figure else (FIRST,))


def test_the_larger_of_the_two_sums_decides_and_they_are_not_added() -> None:
    by_category = [spent(10000, TODAY), spent(6999, TODAY)]
    by_payee = [spent(5000, TODAY, category="food", payee_id=SHOP)]
    evaluation = judged(shipped("tiers"), facts(history=by_category + by_payee))
    assert evaluation.tiers == (FIRST,)
    more = [spent(17000, TODAY, category="food", payee_id=SHOP)]
    evaluation = judged(shipped("tiers"), facts(history=by_category + more))
    assert evaluation.tiers == (SUPERVISOR, FISCAL)
    (split,) = [finding for finding in evaluation.findings if finding.code == "tiers"]
    assert (split.figure, split.counted) == (25000, (more[0].request_id,))


def test_a_request_without_a_payee_is_summed_by_category_only() -> None:
    other = spent(17000, TODAY, category="food", payee_id=None)
    assert judged(shipped("tiers"), facts(payee_id=None, history=[other])).tiers == (FIRST,)


def test_a_split_is_said_with_what_was_counted() -> None:
    rows = [spent(30000, days_ago(3)), spent(22000, days_ago(9))]
    (finding,) = said(shipped("tiers"), facts(history=rows), Step.SUBMIT, "tiers")
    assert finding.severity is Severity.INFO
    assert finding.text_en.startswith(
        "Counted together with 2 requests of the last 30 days this is $600.00: "
        "the supervisor, the fiscal approver and the director must approve."
    )
    assert finding.text_es.startswith("Junto con 2 solicitudes de los últimos 30 días son $600.00: deben aprobar")
    assert (finding.figure, finding.limit, finding.window) == (60000, 50000, "the last 30 days")
    assert finding.counted == (rows[1].request_id, rows[0].request_id)
    assert finding.remedy_en == ""  # $520.00 stand already: no smaller amount saves a signature
    (finding,) = said(shipped("tiers"), facts(history=[spent(24000, TODAY)]), Step.SUBMIT, "tiers")
    assert "1 request of the last" in finding.text_en and "1 solicitud de los" in finding.text_es
    assert finding.remedy_en == "Below $10.00 fewer approvals are needed."
    assert said(shipped("tiers"), facts(cents=30000, history=[spent(100, TODAY)]), Step.SUBMIT, "tiers") == []


def test_the_countys_consent_is_told_at_sending_and_stops_the_approval() -> None:
    large = facts(cents=125000)
    (told,) = said(shipped("tiers"), large, Step.SUBMIT, "tiers")
    assert told.severity is Severity.INFO
    (stop,) = said(shipped("tiers"), large, Step.APPROVE, "tiers")
    assert (stop.severity, stop.exception_role, stop.document) == (Severity.EXCEPTION, "county", "consent")
    assert stop.text_en.startswith("This is $1,250.00 in the last 30 days: from $1,250.00 on the county must consent.")
    assert stop.remedy_en == "Add the county's consent to the request."
    assert said(shipped("tiers"), facts(cents=124999), Step.APPROVE, "tiers") == []
    with_paper = replace(large, documents=frozenset({"consent"}))
    evaluation = judged(shipped("tiers"), with_paper, Step.APPROVE)
    assert (evaluation.findings, evaluation.needs_county_consent) == ((), True)
    assert said(shipped("tiers"), replace(large, exceptions=frozenset({"tiers"})), Step.APPROVE, "tiers") == []
    assert said(shipped("tiers"), replace(large, exceptions=frozenset({"r"})), Step.APPROVE, "tiers") != []


def test_a_rule_adds_its_tier_once_and_last() -> None:
    tiers, large = shipped("tiers"), rule("cap_request", {"cents": 100, "tier": ["director"]}, severity="add_tier")
    (finding,) = said([*tiers, large], facts())
    assert finding.severity is Severity.ADD_TIER
    assert (
        "The director must approve too." in finding.text_en and "También debe aprobar la dirección." in finding.text_es
    )
    assert judged([*tiers, large], facts()).tiers == (FIRST, DIRECTOR)
    assert judged([*tiers, large], facts(cents=60000)).tiers == (SUPERVISOR, FISCAL, DIRECTOR)
    assert judged([*tiers, large], facts(cents=100)).tiers == (FIRST,)
    assert judged([*tiers, large, replace(large, code="s")], facts()).tiers == (FIRST, DIRECTOR)
    wide = replace(large, params={"cents": 100, "tier": ["director", "payer"]})
    assert judged([*tiers, wide], facts()).tiers == (FIRST, frozenset({"director", "payer"}))
    narrow = replace(large, params={"cents": 100, "tier": ["supervisor"]})
    assert judged([*tiers, narrow], facts()).tiers == (FIRST, SUPERVISOR)  # "either" does not make sure of the one


def test_of_two_tier_rules_the_longer_answer_binds() -> None:
    (general,) = shipped("tiers")
    strict = replace(
        general, code="z", category="other", params={"days": 1, "bands": [{"tiers": [["supervisor"], ["director"]]}]}
    )
    assert judged([general, strict], facts()).tiers == (SUPERVISOR, DIRECTOR)
    assert judged([general, strict], facts(category="rent")).tiers == (FIRST,)
    assert judged([general, strict], facts(cents=60000)).tiers == (SUPERVISOR, FISCAL, DIRECTOR)


def test_without_a_tier_rule_nothing_can_be_approved() -> None:
    for step in (Step.SUBMIT, Step.APPROVE, Step.SUPPLEMENT):
        (finding,) = judged([], facts(), step).blocks
        assert (finding.code, finding.rule_id, finding.severity) == ("facts.tier", NO_RULE, Severity.BLOCK)
    assert judged([], facts(), Step.VOUCHER).findings == ()
    assert judged([], facts(), Step.ADVANCE).findings == ()


LANE = [
    # cents, approvers, stops
    (24999, FIRST | DIRECTOR, False),
    (25000, FIRST | DIRECTOR, False),
    (25001, frozenset(), True),
]


@pytest.mark.parametrize(("cents", "approvers", "stops"), LANE)
def test_the_emergency_lane_has_an_amount(cents: int, approvers: frozenset[str], stops: bool) -> None:
    evaluation = judged(shipped(), facts(cents=cents, is_emergency=True, category="food"), Step.APPROVE)
    assert evaluation.emergency_approvers == approvers
    assert [finding.code for finding in evaluation.blocks] == (["emergency"] if stops else [])
    assert evaluation.tiers == ((FIRST,) if cents < 25000 else (SUPERVISOR, FISCAL))  # of whom the last ratifies


def test_the_lane_says_what_it_asks_afterwards() -> None:
    (notice,) = said(shipped("emergency"), facts(is_emergency=True), Step.SUBMIT, "emergency")
    assert notice.severity is Severity.INFO
    assert "the supervisor, the fiscal approver or the director approves alone" in notice.text_en
    assert "within 24 hours" in notice.text_en and "within 5 working days" in notice.text_en
    (stop,) = said(shipped("emergency"), facts(is_emergency=True, cents=30000), Step.SUBMIT, "emergency")
    assert stop.text_en.startswith("This is $300.00; the emergency lane takes $250.00 or less.")
    assert stop.remedy_en == "Ask for $250.00 or less, or send it the ordinary way."
    assert judged(shipped(), facts(), Step.SUBMIT).emergency_approvers == frozenset()


def test_a_fund_without_a_lane_refuses_an_emergency() -> None:
    codes = [finding.code for finding in judged(shipped("tiers"), facts(is_emergency=True)).blocks]
    assert codes == ["facts.emergency"]
    elsewhere = [*shipped("tiers"), *[replace(each, category="housing") for each in shipped("emergency")]]
    assert [finding.code for finding in judged(elsewhere, facts(is_emergency=True)).blocks] == ["facts.emergency"]


FOLLOWS = [
    # may follow in an emergency?
    ("choice", Step.SUBMIT, {"has_agreement": False}, True),
    ("papers.price", Step.APPROVE, {"documents": frozenset()}, True),
    ("papers.invoice", Step.VOUCHER, {"documents": frozenset()}, True),
    ("last_resort", Step.SUBMIT, {"tried": 0}, True),
    ("w9", Step.VOUCHER, {"payee_has_w9": False}, True),
    ("w9", Step.VOUCHER, {"payee_is_verified": False}, False),
    ("w9", Step.VOUCHER, {"payee_id": None}, False),
    ("prohibited", Step.SUBMIT, {"item": "beer"}, False),
    ("person.year", Step.APPROVE, {"history": [spent(125000, TODAY - timedelta(days=60))]}, False),
    ("gift_card.amount", Step.SUBMIT, {"method": "gift_card"}, False),
    ("gift_card.receipts", Step.ADVANCE, {"method": "gift_card", "receipts_missing": 1}, False),
    ("methods", Step.SUBMIT, {"method": "to_enrollee"}, False),
    ("goal", Step.SUBMIT, {"goal_is_active": False}, False),
    (
        "arrears.once",
        Step.SUBMIT,
        {"category": "rent_arrears", "history": [spent(1, TODAY, category="rent_arrears")]},
        False,
    ),
    ("duties", Step.APPROVE, {"actors": {"author": frozenset({MAX}), "approver": frozenset({MAX})}}, False),
]


@pytest.mark.parametrize(("code", "step", "changes", "follows"), FOLLOWS, ids=[f"{row[0]}-{row[1]}" for row in FOLLOWS])
def test_in_an_emergency_only_papers_follow(code: str, step: Step, changes: dict[str, Any], follows: bool) -> None:
    ordinary = judged(shipped(code), facts(**changes), step).blocks
    assert code in [finding.code for finding in ordinary]
    lane = judged(shipped(code), facts(is_emergency=True, **changes), step)
    assert (code in [finding.code for finding in lane.blocks]) is not follows
    if follows:
        (finding,) = [each for each in lane.findings if each.code == code]
        assert "In an emergency it may follow later." in finding.text_en
        assert "En una emergencia puede entregarse después." in finding.text_es


def test_ids_are_not_mixed_up() -> None:
    """The builders' people and payees differ, else the tables above would prove little."""
    assert len({SHOP, LANDLORD, MAX, facts().enrollee_id, new_id()}) == 5
