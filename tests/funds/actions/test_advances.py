"""Advances and the custody register: from purchase to receipt, two people at each change of hands."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select

from core.db import db, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.identity import Identity
from funds.actions import advances, custody, recoveries
from funds.ledger import Account
from funds.models import Advance, CustodyEvent, Document, Instrument, ReceiptAllocation
from funds.states import Action
from tests.builders import NOW
from tests.care.events import events_of
from tests.care.people import user_of
from tests.cast import MAX
from tests.funds.books import World, add_rules, make_approved, status_of, version_of
from tests.funds.paying import assert_books_tie_out, balance, key, money_of, propose


def who(identity: Identity) -> UUID:
    """Somebody's account."""
    assert identity.user_id is not None
    return identity.user_id


def make_card(world: World, *, number: str = "6006 4912 3456 7890", cents: int = 5_000, **values: Any) -> UUID:
    """A gift card in the safe: bought by Fay, received by Flo."""
    instrument_id = custody.buy_instrument(
        world.fay,
        **{
            "instrument_id": uuid4(),
            "fund_id": world.fund_id,
            "kind": "gift_card",
            "label": "Grocery card",
            "number": number,
            "value_cents": cents,
            "second_id": who(world.pat),
            "now": NOW,
            **values,
        },
    )
    custody.receive_instrument(world.flo, instrument_id=instrument_id, now=NOW)
    return instrument_id


def issue(world: World, request_id: UUID, **values: Any) -> UUID:
    """Hand petty cash to Cal, as Fay."""
    return advances.issue_advance(
        values.pop("who", world.fay),
        **{
            "request_id": request_id,
            "row_version": version_of(request_id),
            "advance_id": uuid4(),
            "method": "petty_cash",
            "cents": 5_000,
            "holder_id": world.cal.user_id,
            "key": key(),
            "now": NOW,
            **values,
        },
    )


def accept(world: World, request_id: UUID, advance_id: UUID, cents: int) -> None:
    """An accepted receipt of the advance."""
    with transaction() as session:
        document = Document(
            enrollee_id=world.person.enrollee_id,
            fund_request_id=request_id,
            kind="receipt",
            media_type="image/jpeg",
            size_bytes=1,
            sha256=uuid4().hex,
            total_cents=cents,
            added_at=NOW,
        )
        session.add(document)
        session.flush()
        session.add(ReceiptAllocation(document_id=document.id, advance_id=advance_id, cents=cents, accepted_at=NOW))


def state_of(instrument_id: UUID) -> str:
    """Where a card stands in the register."""
    found = db.session.scalar(select(Instrument.state).where(Instrument.id == instrument_id))
    db.session.rollback()
    return str(found)


def test_an_advance_stays_encumbered_until_receipts_cover_it(world: World) -> None:
    request_id = make_approved(world)
    advance_id = issue(world, request_id)
    money = money_of(request_id)
    assert (money.held_cents, money.advanced_cents, money.free_cents) == (18_000, 5_000, 13_000)
    assert status_of(request_id) == "paid"
    assert_books_tie_out()
    accept(world, request_id, advance_id, 4_000)
    with pytest.raises(InvalidInput, match=r"Accepted receipts cover \$40.00 more of this advance"):
        advances.substantiate(
            world.rex, advance_id=advance_id, row_version=version_of(request_id), cents=4_001, key=key(), now=NOW
        )
    values: dict[str, Any] = {"row_version": version_of(request_id), "cents": 4_000, "key": key(), "now": NOW}
    for _ in range(2):
        advances.substantiate(world.rex, advance_id=advance_id, **values)
    with pytest.raises(Conflict, match="sent before with other values"):
        advances.substantiate(world.rex, advance_id=advance_id, **{**values, "cents": 1})
    advances.return_advance(
        world.rex, advance_id=advance_id, row_version=version_of(request_id), cents=1_000, key=key(), now=NOW
    )
    money = money_of(request_id)
    assert (money.held_cents, money.advanced_cents, money.spent_cents) == (13_000, 0, 4_000)
    assert balance(world.lines["housing"], Account.ADVANCES) == 0
    assert_books_tie_out()
    assert events_of("fund_request:advanced")[0]["cents"] == 5_000
    assert events_of("fund_request:substantiated")[0]["cents"] == 4_000
    assert events_of("fund_request:advance_returned")[0]["cents"] == 1_000


def test_the_due_day_follows_the_rule(world: World) -> None:
    add_rules(
        world.fund_id,
        [
            {
                "code": "staff",
                "kind": "receipt_due",
                "severity": "block",
                "params": {"days": 10, "working_days": True, "stops_when": "overdue", "methods": ["petty_cash"]},
            }
        ],
    )
    advance_id = issue(world, make_approved(world))
    assert db.session.get(Advance, advance_id).due_on == date(2026, 12, 2)  # ten working days, no holiday is known here


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"cents": 18_001}, r"\$180.00 of this request is held and free"),
        ({"holder": "fay"}, "Nobody hands money or a card to themselves"),
        ({"method": "gift_card"}, "Choose the card or pass from the register."),
    ],
)
def test_what_stands_against_an_advance_is_named(world: World, change: dict[str, Any], sentence: str) -> None:
    if change.pop("holder", None):
        change = {"holder_id": world.fay.user_id}
    with pytest.raises(NotAllowed, match=sentence):
        issue(world, make_approved(world), **change)


def test_only_staff_holds_an_advance(world: World) -> None:
    request_id = make_approved(world)
    for holder_id in (world.ana.user_id, uuid4()):
        with pytest.raises(InvalidInput, match="Choose somebody of the staff who takes it."):
            issue(world, request_id, holder_id=holder_id)
    with pytest.raises(InvalidInput, match="Choose how the money goes out"):
        issue(world, request_id, method="check")
    with pytest.raises(NotAllowed, match="Only a fiscal approver can do this"):
        issue(world, request_id, who=world.pat)
    with pytest.raises(NotFound):
        issue(world, request_id, who=user_of(MAX))


def test_a_holder_with_an_overdue_receipt_gets_no_new_advance(world: World) -> None:
    add_rules(
        world.fund_id,
        [
            {
                "code": "receipts",
                "kind": "receipt_due",
                "severity": "info",
                "params": {"days": 5, "stops_when": "overdue"},
            }
        ],
    )
    issue(world, make_approved(world))  # its receipts are due on 23 November
    at_the_limit, past_it = NOW + timedelta(days=35), NOW + timedelta(days=36)
    issue(world, make_approved(world, now=at_the_limit), now=at_the_limit)
    request_id = make_approved(world, now=past_it)
    with pytest.raises(NotAllowed, match="30 days overdue: no new advance until it is handed in"):
        issue(world, request_id, now=past_it)
    issue(world, request_id, now=past_it, holder_id=world.sue.user_id)  # another holder owes nothing


def test_a_card_goes_from_purchase_to_receipt(world: World) -> None:
    card_id = make_card(world)
    request_id = make_approved(world)
    with pytest.raises(NotAllowed, match=r"This card or pass is worth \$50.00: that is what goes out."):
        issue(world, request_id, method="gift_card", cents=4_000, instrument_id=card_id)
    with pytest.raises(NotAllowed, match="is not in the safe now, or is of another kind"):
        issue(world, request_id, method="pass", instrument_id=card_id)
    advance_id = issue(world, request_id, method="gift_card", instrument_id=card_id)
    with pytest.raises(NotAllowed, match="is not in the safe now"):
        issue(world, request_id, method="gift_card", instrument_id=card_id)
    with pytest.raises(NotFound):
        custody.acknowledge_instrument(world.sue, instrument_id=card_id, now=NOW)
    for _ in range(2):
        custody.acknowledge_instrument(world.cal, instrument_id=card_id, now=NOW)
    accept(world, request_id, advance_id, 5_000)
    advances.substantiate(
        world.rex, advance_id=advance_id, row_version=version_of(request_id), cents=5_000, key=key(), now=NOW
    )
    assert state_of(card_id) == "receipted"
    events = db.session.scalars(
        select(CustodyEvent).where(CustodyEvent.instrument_id == card_id).order_by(CustodyEvent.seq)
    ).all()
    assert [event.kind for event in events] == ["bought", "received", "issued", "acknowledged", "receipted"]
    assert all(event.second_actor_id and event.second_actor_id != event.actor_id for event in events)
    assert len(events_of("instrument:moved")) == 5


def test_an_unused_card_goes_back_into_the_safe(world: World) -> None:
    card_id = make_card(world)
    request_id = make_approved(world)
    advance_id = issue(world, request_id, method="gift_card", instrument_id=card_id)
    with pytest.raises(InvalidInput, match=r"\$50.00 of this advance is out."):
        advances.return_advance(
            world.rex, advance_id=advance_id, row_version=version_of(request_id), cents=5_001, key=key(), now=NOW
        )
    advances.return_advance(
        world.rex, advance_id=advance_id, row_version=version_of(request_id), cents=5_000, key=key(), now=NOW
    )
    assert state_of(card_id) == "returned"
    issue(world, request_id, method="gift_card", instrument_id=card_id)  # and may go out again


def test_no_number_of_a_card_is_kept(world: World) -> None:
    card_id = make_card(world, number="6006 4912 3456 7890")
    card = db.session.get(Instrument, card_id)
    assert card.last4 == "7890"
    assert "6006491234567890" not in repr(vars(card))
    assert len(card.number_hash) == 64
    db.session.rollback()
    with pytest.raises(InvalidInput, match="stands in the register already"):
        make_card(world, number="6006-4912-3456-7890")


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ({"kind": "cash"}, "Choose what it is"),
        ({"label": ""}, "Write what it is for people"),
        ({"number": "12"}, "Write the whole number"),
        ({"value_cents": 0}, "Write what it is worth"),
        ({"second": "fay"}, "Choose the second person"),
        ({"second": "cal"}, "Choose the second person"),
    ],
)
def test_a_card_without_sense_is_refused(world: World, change: dict[str, Any], sentence: str) -> None:
    if "second" in change:
        change = {"second_id": getattr(world, change["second"]).user_id}
    with pytest.raises(InvalidInput, match=sentence):
        make_card(world, **change)


def test_who_bought_a_card_does_not_receive_it(world: World) -> None:
    card_id = custody.buy_instrument(
        world.fay, instrument_id=uuid4(), fund_id=world.fund_id, kind="pass", label="Bus pass", number="ABC-12345",
        value_cents=2_000, second_id=who(world.pat), now=NOW,
    )  # fmt: skip
    with pytest.raises(NotAllowed, match="Two people take part in each change of hands"):
        custody.receive_instrument(world.fay, instrument_id=card_id, now=NOW)
    with pytest.raises(NotAllowed, match="Your role does not allow this"):
        custody.receive_instrument(world.cal, instrument_id=card_id, now=NOW)
    custody.receive_instrument(world.pat, instrument_id=card_id, now=NOW)
    with pytest.raises(NotAllowed, match="This cannot happen to the card or pass now"):
        custody.receive_instrument(world.flo, instrument_id=card_id, now=NOW)


def test_the_monthly_count_names_what_is_not_there(world: World) -> None:
    here, gone = make_card(world), make_card(world, number="7777888899990000")
    missing = custody.count_instruments(
        world.flo, fund_id=world.fund_id, seen=[here], second_id=who(world.pat), now=NOW
    )
    assert missing == [gone]
    assert state_of(here) == "received"
    custody.lose_instrument(world.flo, instrument_id=gone, second_id=who(world.pat), now=NOW)
    assert state_of(gone) == "lost"
    with pytest.raises(InvalidInput, match="Choose the second person"):
        custody.count_instruments(world.flo, fund_id=world.fund_id, seen=[], second_id=who(world.flo), now=NOW)


def test_an_advance_without_receipts_is_disallowed_and_recovered(world: World) -> None:
    request_id = make_approved(world)
    advance_id = issue(world, request_id)
    for action, verb in ((Action.DISALLOW, recoveries.disallow), (Action.RECOVER, recoveries.recover)):
        proposal_id = propose(world.fay, request_id, action, advance_id=advance_id, cents=5_000)
        verb(world.dan, proposal_id=proposal_id, row_version=version_of(request_id), key=key(), now=NOW)
        assert_books_tie_out()
    money = money_of(request_id)
    assert (money.advanced_cents, money.disallowed_cents, money.held_cents) == (0, 0, 13_000)
