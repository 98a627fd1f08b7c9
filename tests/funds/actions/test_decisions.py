"""Deciding fund requests: tiers, the emergency lane, returns, denials, appeals, supplements, pauses, standing in."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import UUID, uuid4

import pytest
from flask import Flask

from audit.checks import verify_chain
from audit.queries import list_events
from core.errors import Conflict, NotAllowed, NotFound
from funds import queries
from funds.actions import (
    appeals,
    approving,
    delegations,
    emergencies,
    exceptions,
    pausing,
    refusing,
    requests,
    supplements,
)
from funds.ledger import Account, Key, imbalances
from tests.builders import NOW
from tests.care.people import user_of
from tests.cast import MAX
from tests.funds.books import (
    World,
    make_approved,
    make_submitted,
    make_world,
    status_of,
    values_for,
    version_of,
)

EMERGENCY = {
    "code": "emergency",
    "kind": "emergency",
    "severity": "block",
    "params": {
        "max_cents": 25_000,
        "approvers": ["supervisor", "fiscal_approver", "director"],
        "hours": 24,
        "ratify_working_days": 5,
    },
}


def left(world: World, line: str = "housing") -> int:
    """What a line has left."""
    return queries.balance_of(Key(Account.AVAILABLE, world.lines[line]))


def approve(world: World, who: str, request_id: UUID, **values: object) -> bool:
    """One approval by somebody of the world."""
    return approving.approve_request(
        getattr(world, who),
        **{"request_id": request_id, "row_version": version_of(request_id), "key": uuid4().hex, "now": NOW, **values},  # type: ignore[arg-type]
    )


def seen(request_id: UUID) -> dict[str, object]:
    """What a form sends of what it saw."""
    return {"request_id": request_id, "row_version": version_of(request_id), "key": uuid4().hex, "now": NOW}


def test_one_tier_holds_the_money(app: Flask) -> None:
    """Under the first band one approver is enough, and the line has that much less."""
    world = make_world()
    request_id = make_submitted(world)
    assert approve(world, "sue", request_id) is True
    assert status_of(request_id) == "approved" and left(world) == 100_000 - 18_000
    assert imbalances(queries.list_balances()) == [] and verify_chain() == []


def test_two_tiers_are_two_people(app: Flask) -> None:
    """The supervisor first, then the fiscal approver; the first one cannot do both, nothing is held between."""
    world = make_world()
    request_id = make_submitted(world, cents=40_000)
    with pytest.raises(NotAllowed, match="waits for a supervisor now"):
        approve(world, "fay", request_id)
    assert approve(world, "sue", request_id) is False
    assert status_of(request_id) == "submitted" and left(world) == 100_000
    with pytest.raises(NotAllowed, match="You decided an earlier step"):
        approve(world, "sue", request_id)
    assert approve(world, "fay", request_id) is True
    assert status_of(request_id) == "approved" and left(world) == 60_000


def test_nobody_approves_their_own(app: Flask) -> None:
    """The author is refused, also when they hold the role by standing in."""
    world = make_world()
    request_id = make_submitted(world)
    with pytest.raises(NotAllowed, match="Only a supervisor, a fiscal approver or the director"):
        approve(world, "cal", request_id)
    assert status_of(request_id) == "submitted"


def test_a_stranger_knows_of_nothing(app: Flask) -> None:
    """Another coordinator gets the answer of something that is not there."""
    world = make_world()
    request_id = make_submitted(world)
    with pytest.raises(NotFound):
        approving.approve_request(
            user_of(MAX), request_id=request_id, row_version=version_of(request_id), key=uuid4().hex, now=NOW
        )


def test_less_may_be_approved_never_more(app: Flask) -> None:
    """A lower amount is held; a higher one is refused with the figure."""
    world = make_world()
    request_id = make_submitted(world)
    with pytest.raises(NotAllowed, match=r"At most \$180.00"):
        approve(world, "sue", request_id, cents=18_001)
    assert approve(world, "sue", request_id, cents=10_000) is True
    assert left(world) == 90_000


def test_the_line_cannot_be_overspent(app: Flask) -> None:
    """The refusal says what is left and what is asked."""
    world = make_world(cents=10_000)
    request_id = make_submitted(world)
    with pytest.raises(NotAllowed, match=r"\$100.00 is left in this budget line, and this asks for \$180.00"):
        approve(world, "sue", request_id)
    assert left(world) == 10_000


def test_the_same_press_twice_is_one_approval(app: Flask) -> None:
    """A repeated form gets the first answer; the same key with another amount is refused."""
    world = make_world()
    request_id = make_submitted(world)
    key, version = uuid4().hex, version_of(request_id)
    for _ in range(2):
        approving.approve_request(world.sue, request_id=request_id, row_version=version, key=key, now=NOW)
    assert left(world) == 82_000
    with pytest.raises(Conflict, match="sent before with other values"):
        approving.approve_request(world.sue, request_id=request_id, row_version=version, key=key, cents=1, now=NOW)


def test_a_stale_page_is_told_who_changed_it(app: Flask) -> None:
    """Two approvers with the same page: the second one learns of the first."""
    world = make_world()
    request_id = make_submitted(world, cents=40_000)
    version = version_of(request_id)
    approve(world, "sue", request_id)
    with pytest.raises(Conflict, match="Sue Quinn changed this request"):
        approving.approve_request(world.fay, request_id=request_id, row_version=version, key=uuid4().hex, now=NOW)


def test_a_return_begins_approvals_again(app: Flask) -> None:
    """After a return the tiers start from the first, on a new version, with the person's agreement carried over."""
    world = make_world()
    request_id = make_submitted(world, cents=40_000)
    approve(world, "sue", request_id)
    refusing.return_request(world.fay, reason_code="papers", words="The quote is missing.", **seen(request_id))  # type: ignore[arg-type]
    assert status_of(request_id) == "returned"
    requests.submit_request(world.cal, **seen(request_id))  # type: ignore[arg-type]
    assert approve(world, "sue", request_id) is False
    assert approve(world, "fay", request_id) is True


def test_a_denial_brings_a_notice_and_an_appeal(app: Flask) -> None:
    """The person appeals in time; who denied cannot review; overturned, it is decided again."""
    world = make_world()
    request_id = make_submitted(world)
    refusing.deny_request(world.sue, reason_code="limit", words="The year's limit is reached.", **seen(request_id))  # type: ignore[arg-type]
    (notice,) = queries.list_notices(request_id)
    assert notice.kind == "denied" and notice.appeal_by == date(2026, 12, 18)
    late = NOW + timedelta(days=31)
    with pytest.raises(NotAllowed, match="30 days for an appeal are over"):
        appeals.appeal_denial(world.ana, words="Please look again", **{**seen(request_id), "now": late})  # type: ignore[arg-type]
    appeals.appeal_denial(world.ana, words="Please look again", **seen(request_id))  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match="You took part"):
        appeals.decide_appeal(world.sue, is_overturned=True, words="Right", **seen(request_id))  # type: ignore[arg-type]
    appeals.decide_appeal(world.dan, is_overturned=True, words="You are right.", **seen(request_id))  # type: ignore[arg-type]
    assert status_of(request_id) == "submitted"
    assert approve(world, "fay", request_id) is True


def test_an_upheld_denial_is_final(app: Flask) -> None:
    """Upheld, it cannot be appealed again."""
    world = make_world()
    request_id = make_submitted(world)
    refusing.deny_request(world.sue, reason_code="limit", words="No.", **seen(request_id))  # type: ignore[arg-type]
    appeals.appeal_denial(world.ana, words="Please look again", **seen(request_id))  # type: ignore[arg-type]
    appeals.decide_appeal(world.dan, is_overturned=False, words="It stands.", **seen(request_id))  # type: ignore[arg-type]
    assert status_of(request_id) == "denied"
    with pytest.raises(NotAllowed, match="It is final"):
        appeals.appeal_denial(world.ana, words="Again", **seen(request_id))  # type: ignore[arg-type]


def test_an_approval_is_taken_back_within_minutes(app: Flask) -> None:
    """A logged release by the same person; eleven minutes later, or by another, it is refused."""
    world = make_world()
    request_id = make_approved(world)
    with pytest.raises(NotAllowed, match="Only who approved it"):
        approving.take_back_approval(world.fay, reason="slip", **seen(request_id))  # type: ignore[arg-type]
    later = {**seen(request_id), "now": NOW + timedelta(minutes=11)}
    with pytest.raises(NotAllowed, match="for 10 minutes"):
        approving.take_back_approval(world.sue, reason="slip", **later)  # type: ignore[arg-type]
    approving.take_back_approval(world.sue, reason="slip", **seen(request_id))  # type: ignore[arg-type]
    assert status_of(request_id) == "submitted" and left(world) == 100_000
    assert [event.action for event in queries.list_events(request_id)][-2:] == ["approve_final", "take_back"]


def test_an_emergency_is_approved_at_once_and_ratified(app: Flask) -> None:
    """One approver holds the money; the same one cannot confirm it, the last tier can."""
    world = make_world(rules=[EMERGENCY])
    request_id = make_submitted(world, is_emergency=True, cents=20_000)
    emergencies.approve_emergency(world.sue, call="Called Sue at 9, read back", **seen(request_id))  # type: ignore[arg-type]
    assert status_of(request_id) == "approved" and left(world) == 80_000
    with pytest.raises(NotAllowed, match="You decided an earlier step"):
        emergencies.ratify_request(world.sue, is_confirmed=True, **seen(request_id))  # type: ignore[arg-type]
    emergencies.ratify_request(world.fay, is_confirmed=True, **seen(request_id))  # type: ignore[arg-type]
    assert queries.get_request(world.fay, request_id, NOW).needs_ratification is False


def test_an_emergency_that_is_not_confirmed_stops(app: Flask) -> None:
    """The request is paused: no money moves."""
    world = make_world(rules=[EMERGENCY])
    request_id = make_submitted(world, is_emergency=True, cents=20_000)
    emergencies.approve_emergency(world.sue, call="Called", **seen(request_id))  # type: ignore[arg-type]
    emergencies.ratify_request(world.fay, is_confirmed=False, note="No threat.", **seen(request_id))  # type: ignore[arg-type]
    assert queries.get_request(world.fay, request_id, NOW).is_paused is True


def test_without_a_rule_there_is_no_emergency_lane(app: Flask) -> None:
    """Fail closed: a county that has no such rule has no such lane."""
    world = make_world()
    with pytest.raises(NotAllowed):
        make_submitted(world, is_emergency=True, cents=20_000)


def test_a_supplement_asks_the_tiers_of_the_new_total(app: Flask) -> None:
    """$180 had one tier, $380 has two: both decide, then more is held."""
    world = make_world()
    request_id = make_approved(world)
    supplements.request_supplement(world.cal, cents=20_000, reason="Delivery", **seen(request_id))  # type: ignore[arg-type]
    assert supplements.decide_supplement(world.sue, is_approved=True, **seen(request_id)) is False  # type: ignore[arg-type]
    assert left(world) == 82_000
    assert supplements.decide_supplement(world.fay, is_approved=True, **seen(request_id)) is True  # type: ignore[arg-type]
    assert left(world) == 62_000 and status_of(request_id) == "approved"


def test_a_denied_supplement_changes_nothing(app: Flask) -> None:
    """What was held stays held."""
    world = make_world()
    request_id = make_approved(world)
    supplements.request_supplement(world.cal, cents=20_000, reason="Delivery", **seen(request_id))  # type: ignore[arg-type]
    supplements.decide_supplement(world.sue, is_approved=False, note="Too dear", **seen(request_id))  # type: ignore[arg-type]
    assert left(world) == 82_000
    assert queries.get_request(world.sue, request_id, NOW).supplement_cents is None


def test_an_exception_lets_one_request_past_a_rule(app: Flask) -> None:
    """The cap stops the approval until the role that the rule names sets it aside; nobody else may."""
    cap = {
        "code": "cap",
        "kind": "cap_request",
        "severity": "exception",
        "exception_role": "director",
        "params": {"cents": 15_000},
    }
    world = make_world(rules=[cap])
    request_id = make_submitted(world)
    with pytest.raises(NotAllowed, match="150.00"):
        approve(world, "sue", request_id)
    for who, why in (("fay", "cannot set this rule aside"), ("cal", "cannot set this rule aside")):
        with pytest.raises(NotAllowed, match=why):
            exceptions.grant_exception(
                getattr(world, who), request_id=request_id, rule_code="cap", reason="x", key=uuid4().hex, now=NOW
            )
    exceptions.grant_exception(
        world.dan, request_id=request_id, rule_code="cap", reason="A bed that lasts", key=uuid4().hex, now=NOW
    )
    assert approve(world, "sue", request_id) is True


def test_pausing_stops_money_only(app: Flask) -> None:
    """A paused request is not approved in the end; resumed, it is."""
    world = make_world()
    request_id = make_submitted(world)
    pausing.pause_request(world.fay, is_paused=True, reason="A question", **seen(request_id))  # type: ignore[arg-type]
    with pytest.raises(NotAllowed, match="paused"):
        approve(world, "sue", request_id)
    pausing.pause_request(world.fay, is_paused=False, reason="Answered", **seen(request_id))  # type: ignore[arg-type]
    assert approve(world, "sue", request_id) is True


def test_who_stands_in_acts_under_their_own_name(app: Flask) -> None:
    """Dan is away: Deb, a director too, needs none; Flo stands in for Fay; roles that must be apart are refused."""
    world = make_world()
    today = date(2026, 11, 18)
    with pytest.raises(NotAllowed, match="neither asks for it, pays it"):
        delegations.delegate(
            world.fay,
            delegation_id=uuid4(),
            role="fiscal_approver",
            to_user_id=world.pat.user_id,  # type: ignore[arg-type]
            starts_on=today,
            ends_on=today,
            reason="Leave",
            now=NOW,
        )
    delegations.delegate(
        world.dan,
        delegation_id=uuid4(),
        role="director",
        to_user_id=world.flo.user_id,  # type: ignore[arg-type]
        starts_on=today,
        ends_on=today + timedelta(days=5),
        reason="Leave",
        now=NOW,
    )
    request_id = make_submitted(world, cents=60_000)
    approve(world, "sue", request_id)
    approve(world, "fay", request_id)
    assert approve(world, "flo", request_id) is True
    step = queries.list_steps(request_id, 1)[-1]
    assert (step.actor_id, step.role, step.on_behalf_of) == (world.flo.user_id, "director", world.dan.user_id)


def test_an_amendment_releases_and_starts_again(app: Flask) -> None:
    """What was held is free again; a new version waits for the first tier."""
    world = make_world()
    request_id = make_approved(world)
    requests.amend_request(world.cal, values=values_for(world, cents=30_000), **seen(request_id))  # type: ignore[arg-type]
    assert status_of(request_id) == "submitted" and left(world) == 100_000
    assert queries.get_request(world.cal, request_id, NOW).version == 2


def test_every_decision_is_in_the_trail(app: Flask) -> None:
    """The trail names the request, its version and the amount, and no word about the person."""
    world = make_world()
    request_id = make_approved(world)
    (event,) = [each for each in list_events(page=1)[0] if each.kind == "fund_request:approved"]
    details = event.record["details"]
    assert event.subject_id == str(request_id) and details["cents"] == 18_000 and details["version"] == 1
    assert "mattress" not in str(event.record)
