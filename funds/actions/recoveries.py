"""Spending that is not accepted: disallowed, then recovered or given up; a fiscal approver and a director do each."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID, uuid4

from core.clock import now_utc
from core.db import db, rerun, transaction
from core.identity import Identity
from funds import ledger
from funds.actions import seconds, stepping
from funds.actions.booking import book
from funds.actions.seconds import SecondStep
from funds.models import Notice
from funds.states import Action


@rerun
def disallow(identity: Identity, *, proposal_id: UUID, row_version: int, key: str, now: datetime | None = None) -> None:
    """Disallow what a first person asked for: it is to be recovered, and the person gets a notice (P15)."""
    now = now or now_utc()
    with transaction():
        second = seconds.begin_second(
            identity, proposal_id=proposal_id, action=Action.DISALLOW, row_version=row_version, key=key, now=now
        )
        if second is None:
            return
        cents, line_id = second.cents, second.booked.line_id
        if second.target.outstanding_cents:
            draft = ledger.disallow_advance(line_id, cents)
        elif second.target.is_late:
            draft = ledger.disallow_late(second.step.request.fund_id, cents)
        else:
            draft = ledger.disallow_paid(line_id, cents)
        _give_notice(second)
        _finish(second, draft)


@rerun
def recover(identity: Identity, *, proposal_id: UUID, row_version: int, key: str, now: datetime | None = None) -> None:
    """Enter that disallowed money was paid back, as the second person (P16)."""
    _settle(identity, Action.RECOVER, proposal_id, row_version, key, now or now_utc())


@rerun
def write_off(
    identity: Identity, *, proposal_id: UUID, row_version: int, key: str, now: datetime | None = None
) -> None:
    """Give disallowed money up, as the second person: it is spending after all (P16)."""
    _settle(identity, Action.WRITE_OFF, proposal_id, row_version, key, now or now_utc())


def _settle(identity: Identity, action: Action, proposal_id: UUID, row_version: int, key: str, now: datetime) -> None:
    with transaction():
        second = seconds.begin_second(
            identity, proposal_id=proposal_id, action=action, row_version=row_version, key=key, now=now
        )
        if second is None:
            return
        cents, line_id, fund_id = second.cents, second.booked.line_id, second.step.request.fund_id
        is_recovered = action is Action.RECOVER
        if second.target.is_late:
            draft = ledger.settle_late(fund_id, cents, is_recovered=is_recovered)
        elif is_recovered:
            draft = ledger.recover(line_id, cents, fund=fund_id)
        else:
            draft = ledger.write_off(line_id, cents)
        _finish(second, draft)


def _finish(second: SecondStep, draft: ledger.Draft) -> None:
    proposal = second.proposal
    posting_id = book(
        second.step,
        draft,
        second.booked,
        voucher_id=proposal.voucher_id,
        advance_id=proposal.advance_id,
        reason_code=proposal.reason_code,
    )
    seconds.finish_second(second, posting_id=posting_id, target=str(proposal.voucher_id or proposal.advance_id))


def _give_notice(second: SecondStep) -> None:
    request, notice_id = second.step.request, uuid4()
    db.session.add(
        Notice(
            id=notice_id,
            enrollee_id=request.enrollee_id,
            fund_request_id=request.id,
            kind="disallowed",
            reason_code=second.proposal.reason_code,
            made_at=second.step.now,
            sealed=stepping.seal(second.step.enrollee, "notice", notice_id, {"words": second.note})
            if second.note
            else None,
        )
    )
