"""What a change would have said of the past."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from uuid import UUID

from funds.policy import DryRun, Facts, Step, dry_run
from tests.funds.policy.cases import TODAY, facts, rule, shipped

OLD = rule("cap_request", {"cents": 10000}, version=1)
NEW = rule("cap_request", {"cents": 5000}, version=2, effective_from=TODAY + timedelta(days=30))


def key(number: int) -> UUID:
    return UUID(int=number)


def request(number: int, cents: int, **changes: object) -> tuple[Facts, Step]:
    return facts(request_id=key(number), cents=cents, **changes), Step.SUBMIT


PAST = [request(1, 5000), request(2, 5001), request(3, 10000), request(4, 10001)]


def test_a_stricter_rule_flags_more() -> None:
    assert dry_run([OLD], NEW, PAST) == DryRun(3, 4, (key(2), key(3)), ())


def test_a_looser_rule_frees_some() -> None:
    loose = replace(NEW, params={"cents": 10**6})
    assert dry_run([OLD], loose, PAST) == DryRun(0, 4, (), (key(4),))


def test_a_new_rule_is_compared_with_none_and_other_rules_do_not_speak() -> None:
    other = rule("cap_request", {"cents": 1}, code="other")
    assert dry_run([other], NEW, PAST) == DryRun(3, 4, (key(2), key(3), key(4)), ())


def test_the_changed_rule_may_stand_among_the_rules_already() -> None:
    proposed = replace(NEW, effective_from=date(2020, 1, 1))
    assert dry_run([OLD, proposed], proposed, PAST) == DryRun(3, 4, (key(2), key(3)), ())


def test_a_change_that_ends_is_tried_as_if_it_had_always_held() -> None:
    ended = replace(NEW, effective_from=date(2030, 1, 1), effective_to=date(2030, 1, 1))
    assert dry_run([], ended, PAST).flagged == 3


def test_a_request_at_two_steps_counts_once() -> None:
    twice = [*PAST, (PAST[1][0], Step.APPROVE), (replace(PAST[0][0], cents=5001), Step.APPROVE)]
    assert dry_run([], NEW, twice) == DryRun(4, 4, (key(1), key(2), key(3), key(4)), ())
    assert dry_run([OLD], NEW, [(PAST[3][0], Step.SUBMIT), (PAST[3][0], Step.VOUCHER)]).flagged == 1


def test_an_exception_in_force_is_no_flag_and_a_hint_is_one() -> None:
    excepted = replace(NEW, severity="exception", exception_role="director")
    past = [request(1, 9000, exceptions=frozenset({"r"})), request(2, 9000)]
    assert dry_run([], excepted, past) == DryRun(1, 2, (key(2),), ())
    hint = rule("benefit_hint", {"benefit": "SSI"}, severity="info")
    assert dry_run([], hint, past).flagged == 2


def test_a_tier_rule_flags_what_needs_other_approvals() -> None:
    (tiers,) = shipped("tiers")
    lower = {
        "days": 30,
        "bands": [{"below_cents": 5001, "tiers": tiers.params["bands"][0]["tiers"]}, tiers.params["bands"][1]],
    }
    lower["bands"][1] = {"tiers": lower["bands"][1]["tiers"], "county_consent": True}
    changed = replace(tiers, version=2, params=lower)
    assert dry_run([tiers], changed, PAST) == DryRun(3, 4, (key(2), key(3), key(4)), ())
    assert dry_run([changed], tiers, PAST) == DryRun(0, 4, (), (key(2), key(3), key(4)))
    assert dry_run([tiers], replace(tiers, version=2), PAST) == DryRun(0, 4, (), ())


def test_a_rule_that_cannot_be_read_flags_everything() -> None:
    assert dry_run([OLD], replace(NEW, params={}), PAST).flagged == 4


def test_nothing_is_flagged_of_no_past() -> None:
    assert dry_run([OLD], NEW, []) == DryRun(0, 0, (), ())
