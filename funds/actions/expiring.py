"""The daily run: what lies unused goes back after a warning; receipts are reminded of; what is overdue is marked."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import exists, or_, select

from core.clock import local_day, now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import NotAllowed
from core.identity import Identity
from funds import ledger, queries
from funds.actions.booking import books_context
from funds.actions.stepping import begin, finish
from funds.models import Advance, FundRequest, Reminder, Voucher
from funds.posting import post
from funds.queries import payments
from funds.states import Action

WARNED: Final = timedelta(days=7)
RECEIPT_DAYS: Final = (-3, 0, 7, 14)  # days after the receipt is due (funds.md, 10)
SOON: Final = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class ToTell:
    """A mail that is due: to whom, about which request by its number, what, and the day that matters."""

    user_id: UUID
    kind: str  # expiry, receipt
    number: str
    on: date


@dataclass(slots=True)
class DailyRun:
    """What one run did, or would do."""

    expired: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)  # could not be freed: its month is closed
    to_tell: list[ToTell] = field(default_factory=list)
    marked: list[str] = field(default_factory=list)  # receipts overdue now
    cleared: list[str] = field(default_factory=list)


def expire_requests(identity: Identity, *, now: datetime | None = None, is_dry_run: bool = False) -> DailyRun:
    """Free what lies unused past its day, say what is to be mailed, and mark overdue receipts. Twice a day is once.

    Each request is a transaction of its own, so that one that is refused keeps no other back.
    """
    now = now or now_utc()
    today = local_day(now, current_config().timezone)
    run = DailyRun()
    for request_id, number in _expiring(today):
        if queries.request_money([request_id])[request_id].free_cents <= 0:
            continue
        try:
            if not is_dry_run:
                _expire(identity, request_id, today, now)
            run.expired.append(number)
        except NotAllowed:
            run.refused.append(number)
    db.session.rollback()
    for tell, about_id, request_id, kind in _reminders(today):
        if is_dry_run or _remember(about_id, request_id, kind, now):
            run.to_tell.append(tell)
    _mark_overdue(run, today, is_dry_run)
    db.session.rollback()
    return run


@rerun
def _expire(identity: Identity, request_id: UUID, today: date, now: datetime) -> None:
    with transaction():
        request = queries.get_request(identity, request_id, now)
        if request.expires_on is None or request.expires_on > today:
            return
        step = begin(
            identity,
            request_id=request_id,
            action=Action.EXPIRE,
            row_version=None,
            key=f"expire/{request_id}/{request.row_version}",  # a day may come twice: money held anew for no day
            payload={},
            now=now,
        )
        if step.is_repeat:
            return
        money = queries.request_money([request_id])[request_id]
        if money.free_cents <= 0:
            return
        assert step.request.budget_line_id is not None
        posting_id = post(
            identity,
            ledger.release(step.request.budget_line_id, money.free_cents),
            books_context(step, "release"),
        )
        step.request.expires_on = None
        after = queries.request_money([request_id])[request_id]
        finish(step, money=after, posting_id=posting_id, cents=money.free_cents)


@rerun
def _remember(about_id: UUID, request_id: UUID, kind: str, now: datetime) -> bool:
    """Note that a reminder goes out; False when it went before."""
    with transaction() as session:
        if session.scalar(select(exists().where(Reminder.about_id == about_id, Reminder.kind == kind))):
            return False
        session.add(Reminder(fund_request_id=request_id, about_id=about_id, kind=kind, sent_at=now))
        session.flush()
    return True


def _expiring(today: date) -> list[tuple[UUID, str]]:
    rows = db.session.execute(
        select(FundRequest.id, FundRequest.number)
        .where(FundRequest.status.in_(("approved", "paid")), FundRequest.expires_on <= today)
        .order_by(FundRequest.expires_on, FundRequest.id)
    ).all()
    return [(row.id, row.number) for row in rows]


def _reminders(today: date) -> list[tuple[ToTell, UUID, UUID, str]]:
    """Every reminder whose day has come; one that was missed for some days still goes out, the latest of its kind."""
    found: list[tuple[ToTell, UUID, UUID, str]] = []
    soon = db.session.execute(
        select(FundRequest)
        .where(
            FundRequest.status.in_(("approved", "paid")),
            FundRequest.expires_on > today,
            FundRequest.expires_on <= today + WARNED,
            FundRequest.author_id.is_not(None),
        )
        .order_by(FundRequest.id)
    ).scalars()
    for request in soon:
        if queries.request_money([request.id])[request.id].free_cents > 0 and request.author_id and request.expires_on:
            tell = ToTell(request.author_id, "expiry", request.number, request.expires_on)
            found.append((tell, request.id, request.id, f"expiry/{request.expires_on.isoformat()}"))
    for about_id, request, holder_id, due_on in _uncovered(today + SOON):
        days = (today - due_on).days
        reached = [each for each in RECEIPT_DAYS if each <= days]
        if reached and holder_id is not None:
            tell = ToTell(holder_id, "receipt", request.number, due_on)
            found.append((tell, about_id, request.id, f"receipt/{reached[-1]}"))
    return found


def _uncovered(until: date) -> list[tuple[UUID, FundRequest, UUID | None, date]]:
    """Paid vouchers and advances whose receipts are due by a day and do not cover them: id, request, holder, day."""
    found: list[tuple[UUID, FundRequest, UUID | None, date]] = []
    vouchers = db.session.execute(
        select(Voucher, FundRequest)
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .where(
            Voucher.status == "paid",
            Voucher.receipt_due_on <= until,
            FundRequest.status.not_in(("reconciled", "refunded")),
        )
        .order_by(Voucher.receipt_due_on, Voucher.id)
    ).all()
    for voucher, request in vouchers:
        target = payments.voucher_target(voucher, payments.booked_voucher(voucher.id))
        if payments.receipts_cents(voucher_id=voucher.id) < target.kept_cents and voucher.receipt_due_on:
            found.append((voucher.id, request, request.author_id, voucher.receipt_due_on))
    advances = db.session.execute(
        select(Advance, FundRequest)
        .join(FundRequest, FundRequest.id == Advance.fund_request_id)
        .where(Advance.due_on <= until)
        .order_by(Advance.due_on, Advance.id)
    ).all()
    out = queries.advance_outstanding([advance.id for advance, _request in advances])
    found += [
        (advance.id, request, advance.holder_id, advance.due_on)
        for advance, request in advances
        if out.get(advance.id, 0) > 0
    ]
    return found


def _mark_overdue(run: DailyRun, today: date, is_dry_run: bool) -> None:
    late = {request.id: request.number for _id, request, _holder, due_on in _uncovered(today) if due_on < today}
    rows = db.session.scalars(
        select(FundRequest)
        .where(or_(FundRequest.is_receipt_overdue.is_(True), FundRequest.id.in_(list(late))))
        .order_by(FundRequest.id)
    ).all()
    changes = {row.id: row.id in late for row in rows if row.is_receipt_overdue != (row.id in late)}
    names = {row.id: row.number for row in rows}
    run.marked += [names[each] for each, is_late in changes.items() if is_late]
    run.cleared += [names[each] for each, is_late in changes.items() if not is_late]
    db.session.rollback()
    if changes and not is_dry_run:
        with transaction() as session:
            for request_id, is_late in changes.items():
                row = session.get(FundRequest, request_id, populate_existing=True, with_for_update=True)
                if row is not None:
                    row.is_receipt_overdue = is_late
