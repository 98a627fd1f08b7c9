"""Refused cells of the matrix through the real actions: a sentence, and a database that did not change.

Where the state is wrong, by somebody whose role is right; where the state is right, by everybody whose role is not.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import inspect, select, text

from core.db import db
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from core.identity import Identity
from funds.actions import (
    appeals,
    approving,
    emergencies,
    pausing,
    payments,
    refusing,
    requests,
    seconds,
    supplements,
    vouchers,
)
from funds.models import FundRequest, Payment, Voucher
from funds.states import TABLE, Action, State
from tests.builders import NOW
from tests.care.people import user_of
from tests.cast import ADA, MAX
from tests.conftest import BringBack
from tests.funds.books import World, make_approved, make_draft, make_submitted, make_world, values_for, version_of
from tests.funds.paying import make_paid, make_vouchered

WATCHED = ("fund_request", "fund_request_event", "posting", "transfer", "account_balance", "approval_step", "voucher",
           "payment", "advance", "step_proposal", "policy_evaluation", "notice", "appeal", "choice_statement",
           "spending_lock", "audit_event", "chain_head")  # fmt: skip


def digest() -> str:
    """The whole content of every table of the fund and of the trail. A refused action reads nothing into the trail."""
    found = hashlib.sha256()
    there = set(inspect(db.session.connection()).get_table_names())
    assert set(WATCHED) <= there
    for table in WATCHED:
        for row in sorted(map(repr, db.session.execute(text(f"SELECT * FROM {table}")))):
            found.update(row.encode())
    db.session.rollback()
    return found.hexdigest()


def make_all() -> tuple[World, dict[str, UUID], list[Identity]]:
    """A request in each state that a few steps reach, and somebody of each role, Max and Ada too."""
    world = make_world(cents=500_000)
    step: dict[str, Any] = {"now": NOW, "reason_code": "other", "words": "No"}

    def seen(request_id: UUID) -> dict[str, Any]:
        return {"request_id": request_id, "row_version": version_of(request_id), "key": uuid4().hex}

    found = {"draft": make_draft(world), "submitted": make_submitted(world), "approved": make_approved(world)}
    found["returned"] = make_submitted(world)
    refusing.return_request(world.sue, **seen(found["returned"]), **step)
    for name in ("denied", "appealed"):
        found[name] = make_submitted(world)
        refusing.deny_request(world.sue, **seen(found[name]), **step)
    appeals.appeal_denial(world.cal, **seen(found["appealed"]), words="again", now=NOW)
    found["withdrawn"] = make_submitted(world)
    requests.withdraw_request(world.cal, **seen(found["withdrawn"]), reason="x", now=NOW)
    found["cancelled"] = make_approved(world)
    requests.cancel_request(world.cal, **seen(found["cancelled"]), reason="x", now=NOW)
    found["voucher"] = make_vouchered(world)[0]
    found["paid"] = make_paid(world)[0]
    people = [world.ana, world.cal, world.sue, world.fay, world.pat, world.rex, world.dan, user_of(ADA), user_of(MAX)]
    return world, found, people


def test_refused_cells_change_nothing(bring_back: BringBack) -> None:
    world, made, people = bring_back("states", make_all)
    before = digest()
    versions = {row[0]: row[1] for row in db.session.execute(select(FundRequest.id, FundRequest.row_version))}
    bills = {row[0]: row[1] for row in db.session.execute(select(Voucher.fund_request_id, Voucher.id))}
    paid = {row[0]: row[1] for row in db.session.execute(select(Payment.voucher_id, Payment.id))}
    db.session.rollback()
    tried = refused = 0
    for name, request_id in made.items():
        bill = bills.get(request_id)
        for action, do in actions_of(world, bill, paid.get(bill) if bill else None).items():
            row = TABLE[action]
            able = [who for who in people if who.roles & row.roles]
            for who in [who for who in people if who not in able] if State(name) in row.sources else able[:1]:
                seen = {"request_id": request_id, "row_version": versions[request_id], "key": uuid4().hex, "now": NOW}
                tried += 1
                try:
                    do(who, seen)
                except (NotAllowed, NotFound, Conflict, InvalidInput):
                    refused += 1
    assert tried == refused > 500
    assert digest() == before


def actions_of(
    world: World, bill: UUID | None, payment: UUID | None
) -> dict[Action, Callable[[Identity, dict[str, Any]], Any]]:
    """How each action of the table is tried."""
    words: dict[str, Any] = {"reason_code": "other", "words": "No"}
    values = values_for(world)
    found: dict[Action, Callable[[Identity, dict[str, Any]], Any]] = {
        Action.EDIT: lambda who, seen: requests.edit_request(who, values=values, **seen),
        Action.ADOPT: lambda who, seen: requests.adopt_request(who, **seen),
        Action.SUBMIT: lambda who, seen: requests.submit_request(who, **seen),
        Action.RECALL: lambda who, seen: requests.recall_request(who, **seen),
        Action.RETURN: lambda who, seen: refusing.return_request(who, **words, **seen),
        Action.APPROVE_FINAL: lambda who, seen: approving.approve_request(who, **seen),
        Action.APPROVE_EMERGENCY: lambda who, seen: emergencies.approve_emergency(who, call="x", **seen),
        Action.RATIFY: lambda who, seen: emergencies.ratify_request(who, is_confirmed=True, **seen),
        Action.REFUSE_RATIFICATION: lambda who, seen: emergencies.ratify_request(
            who, is_confirmed=False, note="x", **seen
        ),
        Action.DENY: lambda who, seen: refusing.deny_request(who, **words, **seen),
        Action.WITHDRAW: lambda who, seen: requests.withdraw_request(who, reason="x", **seen),
        Action.AMEND: lambda who, seen: requests.amend_request(who, values=values, **seen),
        Action.TAKE_BACK: lambda who, seen: approving.take_back_approval(who, reason="x", **seen),
        Action.REQUEST_SUPPLEMENT: lambda who, seen: supplements.request_supplement(who, cents=5, reason="x", **seen),
        Action.APPROVE_SUPPLEMENT: lambda who, seen: supplements.decide_supplement(who, is_approved=True, **seen),
        Action.DENY_SUPPLEMENT: lambda who, seen: supplements.decide_supplement(
            who, is_approved=False, note="x", **seen
        ),
        Action.CANCEL: lambda who, seen: requests.cancel_request(who, reason="x", **seen),
        Action.VOUCHER: lambda who, seen: vouchers.make_voucher(who, voucher_id=uuid4(), cents=5, **seen),
        Action.REFUND: lambda who, seen: payments.enter_refund(
            who, cents=5, reason_code="came_back", voucher_id=bill or uuid4(), **seen
        ),
        Action.APPEAL: lambda who, seen: appeals.appeal_denial(who, words="x", **seen),
        Action.UPHOLD: lambda who, seen: appeals.decide_appeal(who, is_overturned=False, words="x", **seen),
        Action.OVERTURN: lambda who, seen: appeals.decide_appeal(who, is_overturned=True, words="x", **seen),
        Action.PAUSE: lambda who, seen: pausing.pause_request(who, is_paused=True, reason="x", **seen),
        Action.RESUME: lambda who, seen: pausing.pause_request(who, is_paused=False, reason="x", **seen),
    }
    for action in (Action.CORRECT, Action.VOID, Action.DISALLOW, Action.RECOVER, Action.WRITE_OFF):
        found[action] = partial(_propose, action, bill)
    if bill is not None:
        found[Action.PAY] = lambda who, seen: payments.pay_voucher(
            who,
            voucher_id=bill,
            payment_id=uuid4(),
            method="check",
            bank_account="Operating",
            number=uuid4().hex[:8],
            **{name: value for name, value in seen.items() if name != "request_id"},
        )
    if payment is not None:
        found[Action.PAYMENT_FAILED] = lambda who, seen: payments.payment_failed(
            who,
            payment_id=payment,
            reason_code="lost",
            **{name: value for name, value in seen.items() if name != "request_id"},
        )
    return found


def _propose(action: Action, bill: UUID | None, who: Identity, seen: dict[str, Any]) -> None:
    seconds.propose_step(
        who,
        proposal_id=uuid4(),
        action=action,
        reason_code="other",
        note="x",
        voucher_id=bill or uuid4(),
        cents=5,
        **{name: value for name, value in seen.items() if name != "key"},
    )
