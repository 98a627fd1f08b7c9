"""Agreeing with the bank: a file's lines kept, matched to payments or set aside; then a request is finished."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import func, select

from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import db, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from funds import ledger, queries, rules
from funds.actions import stepping
from funds.actions.booking import books_context
from funds.actions.stepping import begin, finish
from funds.models import Advance, BankLine, ImportBatch, Payment, ReceiptAllocation, Voucher
from funds.posting import post
from funds.queries import bank, payments
from funds.states import Action


@dataclass(frozen=True, slots=True)
class NewLine:
    """A line of a bank file as it is kept: below zero is money that left the account."""

    seq: int
    on: date
    cents: int
    number: str | None
    words: str


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of a file: its batch, how many lines matched by themselves, and whether it was there before."""

    batch_id: UUID
    matched: int
    was_there: bool


@rerun
def import_bank_lines(
    identity: Identity,
    *,
    batch_id: UUID,
    fund_id: UUID,
    bank_account: str,
    sha256: str,
    lines: Sequence[NewLine],
    now: datetime | None = None,
) -> Imported:
    """Keep the lines of a file and match those whose number and amount leave no doubt. The same file twice is one."""
    now = now or now_utc()
    _require(identity)
    bank_account = " ".join(bank_account.split())
    if not 0 < len(bank_account) <= 60:
        raise InvalidInput("bank_account", Sentence("Write which bank account or card this file is of."))
    if not lines:
        raise InvalidInput("file", Sentence("No line of this file can be read."))
    with transaction() as session:
        queries.get_fund(fund_id)
        there = bank.find_batch(sha256)
        if there is not None:
            return Imported(there.id, 0, True)
        session.add(
            ImportBatch(
                id=batch_id,
                fund_id=fund_id,
                bank_account=bank_account,
                sha256=sha256,
                rows=len(lines),
                imported_by=identity.user_id,
                imported_at=now,
            )
        )
        session.flush()
        rows = [
            BankLine(
                id=uuid4(),
                import_batch_id=batch_id,
                seq=line.seq,
                on=line.on,
                cents=line.cents,
                number=line.number,
                words=line.words,
            )
            for line in lines
        ]
        session.add_all(rows)
        session.flush()
        trail.record(
            EventKind.BANK_FILE_IMPORTED,
            identity,
            now=now,
            subject_type="import_batch",
            subject_id=batch_id,
            details={"rows": len(rows), "sha256": sha256},
        )
        matched = _match_by_number(identity, rows, bank_account, now)
    return Imported(batch_id, matched, False)


@rerun
def match_line(identity: Identity, *, line_id: UUID, payment_id: UUID, now: datetime | None = None) -> None:
    """Say which payment a bank line is. Raises NotAllowed when amounts differ or either one is matched already."""
    now = now or now_utc()
    _require(identity)
    with transaction() as session:
        line = _locked(line_id)
        payment = session.get(Payment, payment_id)
        if payment is None:
            raise NotFound
        if line.payment_id == payment_id:
            return
        if line.payment_id is not None or line.note is not None:
            raise Conflict(Sentence("This line is decided already. Take that back first."))
        if payment.paid_by == identity.user_id:
            raise NotAllowed(Sentence("You made this payment, so somebody else must match it."))
        if payment.status != "issued":
            raise NotAllowed(Sentence("This payment failed or was voided, so the bank cannot have paid it."))
        if -line.cents != payment.cents:
            raise NotAllowed(Sentence("The amounts differ, so this is not the same payment."))
        if session.scalar(select(func.count()).select_from(BankLine).where(BankLine.payment_id == payment_id)):
            raise NotAllowed(Sentence("This payment is matched to another line already."))
        _set(identity, line, now, payment_id=payment_id)


@rerun
def set_line_aside(identity: Identity, *, line_id: UUID, note: str, now: datetime | None = None) -> None:
    """Say why a bank line is no payment of the fund: a fee, a transfer, another office's check."""
    now = now or now_utc()
    _require(identity)
    if not note.strip():
        raise InvalidInput("note", Sentence("Write what this line is."))
    with transaction():
        line = _locked(line_id)
        if line.note == note.strip():
            return
        if line.payment_id is not None or line.note is not None:
            raise Conflict(Sentence("This line is decided already. Take that back first."))
        _set(identity, line, now, note=note.strip()[:300])


@rerun
def unmatch_line(identity: Identity, *, line_id: UUID, now: datetime | None = None) -> None:
    """Take a match, or a note that set a line aside, back; not once its request is finished."""
    now = now or now_utc()
    _require(identity)
    with transaction() as session:
        line = _locked(line_id)
        if line.payment_id is not None:
            payment = session.get(Payment, line.payment_id)
            voucher = session.get(Voucher, payment.voucher_id) if payment else None
            request = queries.get_request(identity, voucher.fund_request_id, now) if voucher else None
            if request is not None and request.status == "reconciled":
                raise NotAllowed(Sentence("The request of this payment is finished, so the match stays."))
        _set(identity, line, now)


@rerun
def reconcile_request(
    identity: Identity, *, request_id: UUID, row_version: int, key: str, now: datetime | None = None
) -> None:
    """Finish a request: receipts cover what was paid, the bank agrees, no advance is out; the rest goes back (P4)."""
    now = now or now_utc()
    with transaction():
        step = begin(
            identity,
            request_id=request_id,
            action=Action.RECONCILE,
            row_version=row_version,
            key=key,
            payload={},
            now=now,
        )
        if step.is_repeat:
            return
        request = step.request
        stepping.require(rules.decide_reconcile(reconcile_facts(identity, request_id)))
        money = queries.request_money([request_id])[request_id]
        posting_id = None
        if money.free_cents > 0:
            assert request.budget_line_id is not None
            posting_id = post(
                identity, ledger.release(request.budget_line_id, money.free_cents), books_context(step, "release")
            )
        request.is_receipt_overdue = False
        request.expires_on = None
        finish(step, posting_id=posting_id, cents=money.paid_cents)


def reconcile_facts(identity: Identity, request_id: UUID) -> rules.ReconcileFacts:
    """What stands for and against finishing a request; a page asks the same before the button is pressed."""
    money = queries.request_money([request_id])[request_id]
    request = queries.get_request(identity, request_id, now_utc())
    vouchers = [voucher for voucher in queries.list_vouchers(request_id) if voucher.status != "void"]
    paid = [each for each in queries.list_payments([voucher.id for voucher in vouchers]) if each.status == "issued"]
    advances = queries.list_advances(request_id)
    payers = frozenset(each.paid_by for each in paid if each.paid_by) | frozenset(
        each.issued_by for each in advances if each.issued_by
    )
    approvers = payments.final_approvers(request)
    receipts = db.session.scalar(
        select(func.coalesce(func.sum(ReceiptAllocation.cents), 0))
        .outerjoin(Voucher, Voucher.id == ReceiptAllocation.voucher_id)
        .outerjoin(Advance, Advance.id == ReceiptAllocation.advance_id)
        .where(
            ((Voucher.fund_request_id == request_id) & (Voucher.status != "void"))
            | (Advance.fund_request_id == request_id)
        )
    )
    return rules.ReconcileFacts(
        actor_id=identity.user_id,
        payers=payers,
        paid_cents=money.paid_cents,
        receipts_cents=int(receipts or 0),
        advanced_cents=money.advanced_cents,
        payable_cents=money.payable_cents,
        needs_ratification=request.needs_ratification,
        unmatched_payments=bank.count_unmatched(request_id),
        needs_third_review=bool(payers & approvers),
        approvers=approvers,
    )


def _match_by_number(identity: Identity, rows: Sequence[BankLine], bank_account: str, now: datetime) -> int:
    matched, taken = 0, set()
    for line_id, candidates in bank.suggest(rows, bank_account).items():
        sure = [each for each in candidates if each.by_number and each.payment.paid_by != identity.user_id]
        if len(sure) == 1 and sure[0].payment.id not in taken:
            line = next(row for row in rows if row.id == line_id)
            taken.add(sure[0].payment.id)
            _set(identity, line, now, payment_id=sure[0].payment.id)
            matched += 1
    return matched


def _set(
    identity: Identity, line: BankLine, now: datetime, *, payment_id: UUID | None = None, note: str | None = None
) -> None:
    line.payment_id, line.note = payment_id, note
    decided = payment_id is not None or note is not None
    line.matched_by, line.matched_at = (identity.user_id, now) if decided else (None, None)
    db.session.flush()
    trail.record(
        EventKind.BANK_LINE_MATCHED,
        identity,
        now=now,
        subject_type="bank_line",
        subject_id=line.id,
        details={"payment": str(payment_id) if payment_id else None, "set_aside": note is not None},
    )


def _require(identity: Identity) -> None:
    if not identity.may(Permission.RECONCILE_SPENDING):
        raise NotAllowed(Sentence("Your role does not allow this."))


def _locked(line_id: UUID) -> BankLine:
    line = db.session.get(BankLine, line_id, populate_existing=True, with_for_update=True)
    if line is None:
        raise NotFound
    return line
