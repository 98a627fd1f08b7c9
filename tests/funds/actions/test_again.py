"""What is decided a second time by the same people: more money, an emergency after a tier, a refused confirmation."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import update

from core.db import transaction
from core.errors import NotAllowed
from core.identity import system_identity
from funds import checks
from funds.actions import approving, emergencies, expiring, pausing, refusing, requests, supplements
from funds.models import FundRequest
from tests.builders import NOW
from tests.funds.books import World, add_rules, make_submitted, status_of, version_of
from tests.funds.paying import make_vouchered, money_of, pay

EMERGENCY = {
    "code": "emergency",
    "kind": "emergency",
    "severity": "block",
    "params": {"max_cents": 25_000, "approvers": ["fiscal_approver"], "hours": 24, "ratify_working_days": 5},
}


def seen(request_id: UUID) -> dict[str, Any]:
    return {"request_id": request_id, "row_version": version_of(request_id), "key": uuid4().hex, "now": NOW}


def test_a_second_supplement_is_decided_by_the_same_approver(world: World) -> None:
    request_id = make_submitted(world, cents=1_000)
    approving.approve_request(world.sue, **seen(request_id))
    for cents in (100, 200):
        supplements.request_supplement(world.cal, cents=cents, reason="more", **seen(request_id))
        assert supplements.decide_supplement(world.sue, is_approved=True, **seen(request_id)) is True
    assert checks.verify_ledger() == []


def test_an_earlier_tier_of_a_denied_supplement_does_not_count(world: World) -> None:
    request_id = make_submitted(world, cents=30_000)
    for approver in (world.sue, world.fay):
        approving.approve_request(approver, **seen(request_id))
    supplements.request_supplement(world.cal, cents=1_000, reason="more", **seen(request_id))
    assert supplements.decide_supplement(world.sue, is_approved=True, **seen(request_id)) is False
    supplements.decide_supplement(world.fay, is_approved=False, note="Not yet", **seen(request_id))
    supplements.request_supplement(world.cal, cents=1_000, reason="more", **seen(request_id))
    with pytest.raises(NotAllowed, match="It waits for a supervisor now"):
        supplements.decide_supplement(world.fay, is_approved=True, **seen(request_id))
    assert supplements.decide_supplement(world.sue, is_approved=True, **seen(request_id)) is False
    assert supplements.decide_supplement(world.fay, is_approved=True, **seen(request_id)) is True


def test_money_that_was_held_anew_for_the_same_day_goes_back_again(world: World) -> None:
    """A hold of no days gives a second day like the first one."""
    request_id, voucher_id = make_vouchered(world, cents=5_000, is_final=False)
    pay(world, voucher_id)
    daily = system_identity("daily run")
    for more in (0, 700):
        if more:
            supplements.request_supplement(world.cal, cents=more, reason="more", **seen(request_id))
            supplements.decide_supplement(world.sue, is_approved=True, **seen(request_id))
            assert money_of(request_id).held_cents == more
        with transaction() as session:
            session.execute(update(FundRequest).values(expires_on=NOW.date()))
        assert expiring.expire_requests(daily, now=NOW).expired == ["FR-2026-0001"]
        assert money_of(request_id).held_cents == 0


def test_an_emergency_goes_on_after_a_tier_and_only_by_the_lane(world: World) -> None:
    add_rules(world.fund_id, [EMERGENCY])
    request_id = make_submitted(world, cents=25_000, is_emergency=True)
    assert approving.approve_request(world.sue, **seen(request_id)) is False
    with pytest.raises(NotAllowed, match="It waits for a fiscal approver now"):
        emergencies.approve_emergency(world.sue, call="By phone", **seen(request_id))
    emergencies.approve_emergency(world.flo, call="By phone", **seen(request_id))
    assert status_of(request_id) == "approved"
    emergencies.ratify_request(world.fay, is_confirmed=False, note="No threat", **seen(request_id))
    pausing.pause_request(world.fay, is_paused=False, reason="seen", **seen(request_id))
    emergencies.ratify_request(world.fay, is_confirmed=True, **seen(request_id))
    assert checks.verify_ledger() == []


def test_a_tier_is_taken_back_within_minutes_by_who_gave_it(world: World) -> None:
    request_id = make_submitted(world, cents=30_000)
    assert approving.approve_request(world.sue, **seen(request_id)) is False
    with pytest.raises(NotAllowed, match="Only who approved it"):
        approving.take_back_approval(world.fay, reason="x", **seen(request_id))
    late = {**seen(request_id), "now": NOW + timedelta(minutes=11)}
    with pytest.raises(NotAllowed, match="for 10 minutes"):
        approving.take_back_approval(world.sue, reason="x", **late)
    approving.take_back_approval(world.sue, reason="too fast", **seen(request_id))
    assert status_of(request_id) == "submitted"
    assert approving.approve_request(world.sue, **seen(request_id)) is False
    assert checks.verify_ledger() == []


def test_a_returned_request_may_be_taken_over(world: World) -> None:
    request_id = make_submitted(world)
    refusing.return_request(world.sue, reason_code="other", words="Ask again", **seen(request_id))
    requests.adopt_request(world.cal, **seen(request_id))
    requests.submit_request(world.cal, **seen(request_id))
    assert status_of(request_id) == "submitted"
