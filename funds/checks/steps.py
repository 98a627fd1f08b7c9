"""I14, I15: the status of every request is the fold of its events, and no money moved while it was paused."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from core.db import db
from funds.models import FundRequest
from funds.queries import proofs
from funds.states import BY_RANK, SAME, TABLE, Action

OVERDUE_DAYS: Final = 30  # funds.md, 10: 30 days past due, no new advance
# Where a step by rank may lead, from the rows of funds.md, 4.
RANKED: Final = {
    "expire": {"expired", "paid"},
    "correct": {"voucher", "paid", "approved", "voided"},
    "pay": {"voucher", "paid"},
    "void": {"voucher", "paid", "approved", "voided", "refunded"},
    "return_advance": {"paid", "approved", "voided", "refunded"},
    "refund": {"paid", "reconciled", "refunded", "voucher", "approved"},
}

# Who does a step that somebody else asked for first (funds.md, 4: "F + second", "P + D", "F + D").
SECONDS: Final = {"correct": frozenset({"fiscal_approver", "payer", "director"}), "void": frozenset({"director"})}


def check_steps(problems: list[str]) -> None:
    """Fold the events of each request and compare the end with the row."""
    rows = {
        row.id: row
        for row in db.session.execute(
            select(
                FundRequest.id,
                FundRequest.number,
                FundRequest.status,
                FundRequest.is_paused,
                FundRequest.version,
            )
        )
    }
    seen: set[UUID] = set()
    for request_id, events in proofs.histories():
        seen.add(request_id)
        row = rows.get(request_id)
        if row is None:
            problems.append(f"I14: the request {request_id} has events and is gone.")
            continue
        problems.extend(_fold(row, events))
    problems.extend(f"I14: {rows[missing].number} has no events." for missing in rows if missing not in seen)
    problems.extend(
        f"I15: advance {late.seq} of {late.number} went to somebody with receipts overdue since {late.due_on}."
        for late in proofs.advances_to_the_late(OVERDUE_DAYS)
    )


def _fold(row: Any, events: Sequence[Any]) -> list[str]:
    found: list[str] = []
    status, is_paused = None, False
    for number, event in enumerate(events, 1):
        where = f"step {event.seq} of {row.number} ({event.action})"
        if event.seq != number:
            found.append(f"I14: step {number} of {row.number} is missing.")
            return found
        if event.from_status != status:
            found.append(f"I14: {where} starts from {event.from_status}, the request stood at {status}.")
        found.extend(f"I14: {where} {wrong}." for wrong in _wrong(event, number))
        if is_paused and event.action != "create" and TABLE[Action(event.action)].moves_money:
            found.append(f"I15: {where} moved money while the request was paused.")
        if event.action in ("pause", "refuse_ratification"):
            is_paused = True
        elif event.action == "resume":
            is_paused = False
        status = event.to_status
    if status != row.status:
        found.append(f"I14: {row.number} is {row.status}, its events lead to {status}.")
    if is_paused != row.is_paused:
        found.append(f"I14: {row.number} is {'' if row.is_paused else 'not '}paused, its events say otherwise.")
    if events[-1].version != row.version:
        found.append(f"I14: {row.number} is at version {row.version}, its last event at {events[-1].version}.")
    return found


def _wrong(event: Any, number: int) -> list[str]:
    """What a step has against the table of states."""
    if event.action == "create":
        return [] if number == 1 and event.to_status == "draft" else ["does not begin a draft"]
    if number == 1:
        return ["comes before the request was made"]
    line = TABLE[Action(event.action)]
    found = []
    if event.from_status not in {str(state) for state in line.sources}:
        found.append(f"cannot be done to a request that is {event.from_status}")
    if event.role not in line.roles | SECONDS.get(event.action, frozenset()):
        found.append(f"was done as {event.role or 'nobody'}")
    if line.target == SAME:
        leads = {event.from_status}
    elif line.target == BY_RANK:
        leads = RANKED[event.action]
    else:
        leads = {str(line.target)}
    if event.to_status not in leads:
        found.append(f"cannot lead to {event.to_status}")
    return found
