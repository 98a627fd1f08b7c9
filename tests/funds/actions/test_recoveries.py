"""Steps of two people: asked by one, done or refused by another; disallowing, recovering, giving up."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from funds.actions import recoveries, seconds, vouchers
from funds.ledger import Account
from funds.models import FiscalYear, FundRequestEvent, Notice, StepProposal
from funds.states import Action
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import user_of
from tests.cast import MAX
from tests.funds.books import World, status_of, version_of
from tests.funds.paying import (
    assert_books_tie_out,
    balance,
    key,
    make_paid,
    make_vouchered,
    money_of,
    propose,
    status_of_voucher,
)


def do(action: Any, who: Any, proposal_id: Any, request_id: Any, **values: Any) -> None:
    """Do a step as the second person."""
    action(
        who,
        **{
            "proposal_id": proposal_id,
            "row_version": version_of(request_id),
            "key": key(),
            "now": NOW,
            **values,
        },
    )


def disallowed(world: World, cents: int = 5_000) -> tuple[Any, Any]:
    """A paid request of which some is disallowed."""
    request_id, voucher_id, _payment_id = make_paid(world)
    proposal_id = propose(world.fay, request_id, Action.DISALLOW, voucher_id=voucher_id, cents=cents)
    do(recoveries.disallow, world.dan, proposal_id, request_id)
    return request_id, voucher_id


def test_disallowing_makes_it_recoverable_and_tells_the_person(world: World) -> None:
    request_id, _voucher_id = disallowed(world)
    assert status_of(request_id) == "paid"
    assert balance(world.lines["housing"], Account.DISALLOWED) == 5_000
    assert balance(world.lines["housing"], Account.RECEIVABLE) == 5_000
    assert_books_tie_out()
    notice = db.session.scalars(select(Notice)).one()
    assert (notice.kind, notice.reason_code) == ("disallowed", "other")
    event = db.session.scalars(select(FundRequestEvent).where(FundRequestEvent.action == "disallow")).one()
    assert (event.actor_id, event.second_actor_id, event.role) == (world.dan.user_id, world.fay.user_id, "director")
    db.session.rollback()
    assert events_of("fund_request:disallowed")[0]["cents"] == 5_000


def test_the_director_may_ask_and_a_fiscal_approver_do_it(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)
    proposal_id = propose(world.dan, request_id, Action.DISALLOW, voucher_id=voucher_id, cents=5_000)
    with pytest.raises(NotAllowed, match="Only a fiscal approver can do this."):
        do(recoveries.disallow, world.deb, proposal_id, request_id)
    do(recoveries.disallow, world.fay, proposal_id, request_id)


@pytest.mark.parametrize(
    ("action", "verb"), [(Action.RECOVER, recoveries.recover), (Action.WRITE_OFF, recoveries.write_off)]
)
def test_what_is_disallowed_is_recovered_or_given_up(world: World, action: Action, verb: Any) -> None:
    request_id, voucher_id = disallowed(world)
    proposal_id = propose(world.fay, request_id, action, voucher_id=voucher_id, cents=5_000)
    do(verb, world.dan, proposal_id, request_id)
    assert money_of(request_id).disallowed_cents == 0
    spent = 13_000 if action is Action.RECOVER else 18_000
    assert money_of(request_id).spent_cents == spent
    assert balance(world.fund_id, Account.CASH) == 300_000 - spent
    assert_books_tie_out()
    kind = "fund_request:recovered" if action is Action.RECOVER else "fund_request:written_off"
    assert events_of(kind)[0]["cents"] == 5_000


def test_no_more_is_settled_than_is_disallowed(world: World) -> None:
    request_id, voucher_id = disallowed(world)
    for action in (Action.RECOVER, Action.WRITE_OFF):
        with pytest.raises(NotAllowed, match=r"\$50.00 of it is to be recovered."):
            propose(world.fay, request_id, action, voucher_id=voucher_id, cents=5_001)
    with pytest.raises(NotAllowed, match=r"At most \$130.00 of it can be disallowed."):
        propose(world.fay, request_id, Action.DISALLOW, voucher_id=voucher_id, cents=13_001)


def test_an_unpaid_voucher_is_not_disallowed(world: World) -> None:
    request_id, _voucher_id, _payment_id = make_paid(world, cents=5_000, is_final=False)
    _request_id, unpaid = make_vouchered(world, request_id=request_id, cents=5_000)
    with transaction() as session:  # as if the table allowed it: the guard stands by itself
        from funds.models import FundRequest

        session.execute(update(FundRequest).values(status="paid"))
    with pytest.raises(NotAllowed, match="Nothing was paid on this voucher. Void it instead."):
        propose(world.fay, request_id, Action.DISALLOW, voucher_id=unpaid, cents=1)


def test_a_closed_year_is_disallowed_and_settled_beside_it(world: World) -> None:
    request_id, voucher_id, _payment_id = make_paid(world)
    with transaction() as session:
        session.execute(update(FiscalYear).values(status="closed"))
    proposal_id = propose(world.fay, request_id, Action.DISALLOW, voucher_id=voucher_id, cents=5_000)
    do(recoveries.disallow, world.dan, proposal_id, request_id)
    assert balance(world.fund_id, Account.PRIOR_RECEIVABLE) == 5_000
    for action, verb, cents in (
        (Action.RECOVER, recoveries.recover, 3_000),
        (Action.WRITE_OFF, recoveries.write_off, 2_000),
    ):
        proposal_id = propose(world.fay, request_id, action, voucher_id=voucher_id, cents=cents)
        do(verb, world.dan, proposal_id, request_id)
    assert balance(world.fund_id, Account.PRIOR_RECEIVABLE) == 0
    assert balance(world.fund_id, Account.PRIOR_RECOVERY) == 3_000
    assert balance(world.lines["housing"], Account.EXPENDED) == 18_000
    assert_books_tie_out()


def test_an_unpaid_voucher_of_a_closed_year_is_dropped_beside_it(world: World) -> None:
    request_id, voucher_id = make_vouchered(world)
    with transaction() as session:
        session.execute(update(FiscalYear).values(status="closed"))
    proposal_id = propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)
    do(vouchers.void_voucher, world.dan, proposal_id, request_id)
    assert (status_of(request_id), status_of_voucher(voucher_id)) == ("voided", "void")
    assert balance(world.lines["housing"], Account.PAYABLE) == 0
    assert balance(world.fund_id, Account.PRIOR_RECOVERY) == 18_000
    assert_books_tie_out()


def test_a_proposal_is_made_once_and_one_at_a_time(world: World) -> None:
    request_id, voucher_id = make_vouchered(world)
    proposal_id, version = uuid4(), version_of(request_id)
    for _ in range(2):
        propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id, proposal_id=proposal_id, row_version=version)
    with pytest.raises(Conflict, match="sent before with other values"):
        propose(
            world.pat, request_id, Action.VOID, voucher_id=voucher_id, proposal_id=proposal_id, reason_code="not_needed"
        )
    with pytest.raises(NotAllowed, match="Another step waits for a second person on this request"):
        propose(world.fay, request_id, Action.CORRECT, voucher_id=voucher_id)
    assert len(events_of("fund_step:proposed")) == 1
    assert status_of(request_id) == "voucher"


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"reason_code": "x"}, "Choose a reason"),
        ({"note": " "}, "Write what the reason is"),
        ({"voucher_id": None}, "Choose the voucher or the advance"),
        ({"action": Action.DISALLOW}, "Write the amount"),
        ({"action": Action.PAY}, "takes no second person"),
    ],
)
def test_a_proposal_that_makes_no_sense_is_refused(world: World, change: dict[str, Any], sentence: str) -> None:
    request_id, voucher_id = make_vouchered(world)
    with pytest.raises(InvalidInput, match=sentence):
        propose(world.pat, request_id, **{"action": Action.VOID, "voucher_id": voucher_id, **change})


def test_a_stranger_and_another_request_are_not_found(world: World) -> None:
    request_id, voucher_id = make_vouchered(world)
    with pytest.raises(NotFound):
        propose(user_of(MAX), request_id, Action.VOID, voucher_id=voucher_id)
    other, _voucher_id, _payment_id = make_paid(world, request_id=None)
    with pytest.raises(NotFound):
        propose(world.fay, other, Action.DISALLOW, voucher_id=voucher_id, cents=1)
    proposal_id = propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)
    with pytest.raises(NotFound):
        do(vouchers.void_voucher, user_of(MAX), proposal_id, request_id)
    with pytest.raises(NotFound):  # it asked for a void
        do(recoveries.disallow, world.dan, proposal_id, request_id)


def test_the_second_person_may_refuse_and_the_first_take_it_back(world: World) -> None:
    request_id, voucher_id = make_vouchered(world)
    for who, status in ((world.dan, "refused"), (world.pat, "withdrawn")):
        proposal_id = propose(world.pat, request_id, Action.VOID, voucher_id=voucher_id)
        with pytest.raises(NotAllowed, match="Your role does not allow this."):
            seconds.refuse_step(world.fay, proposal_id=proposal_id, now=NOW)
        for _ in range(2):
            seconds.refuse_step(who, proposal_id=proposal_id, now=NOW)
        assert db.session.get(StepProposal, proposal_id).status == status
        db.session.rollback()
        with pytest.raises(Conflict, match="decided already"):
            do(vouchers.void_voucher, world.dan, proposal_id, request_id)
        with pytest.raises(Conflict, match="decided already"):
            seconds.refuse_step(world.deb, proposal_id=proposal_id, now=NOW)
    assert len(events_of("fund_step:refused")) == 2
    assert status_of_voucher(voucher_id) == "unpaid"
