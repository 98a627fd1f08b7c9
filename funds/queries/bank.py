"""Reading bank and card files: batches, their lines, what fits which payment, gaps in numbers. No write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import and_, exists, func, or_, select

from core.db import db
from core.errors import NotFound
from funds.models import BankLine, FundRequest, ImportBatch, Payee, Payment, Voucher

WINDOW: Final = timedelta(days=10)  # a check is cashed later than it is written; a card is charged around its day
SUGGESTIONS: Final = 5
CASHLESS: Final = ("petty_cash", "gift_card", "pass")  # no bank shows these


@dataclass(frozen=True, slots=True)
class Candidate:
    """A payment that a bank line may be: `by_number` when its number stands in the line."""

    payment: Payment
    payee: str
    request_number: str
    by_number: bool


def get_batch(batch_id: UUID) -> ImportBatch:
    """One file, or NotFound."""
    found = db.session.get(ImportBatch, batch_id)
    if found is None:
        raise NotFound
    return found


def find_batch(sha256: str) -> ImportBatch | None:
    """The batch of a file that was imported before."""
    return db.session.scalar(select(ImportBatch).where(ImportBatch.sha256 == sha256))


def list_batches() -> list[tuple[ImportBatch, int]]:
    """Files, newest first, each with how many lines of money out are not matched; at most 100."""
    open_lines = func.count(BankLine.id)
    rows = db.session.execute(
        select(ImportBatch, open_lines)
        .outerjoin(
            BankLine,
            and_(
                BankLine.import_batch_id == ImportBatch.id,
                BankLine.payment_id.is_(None),
                BankLine.note.is_(None),
                BankLine.cents < 0,
            ),
        )
        .group_by(ImportBatch.id)
        .order_by(ImportBatch.imported_at.desc(), ImportBatch.id)
        .limit(100)
    )
    return [(row[0], int(row[1])) for row in rows]


def list_lines(batch_id: UUID, *, page: int = 1, size: int = 100) -> tuple[list[BankLine], int]:
    """Lines of a file in their order, those to match first, and how many there are."""
    wanted = select(BankLine).where(BankLine.import_batch_id == batch_id)
    total = db.session.scalar(select(func.count()).select_from(wanted.subquery())) or 0
    done = or_(BankLine.payment_id.is_not(None), BankLine.note.is_not(None), BankLine.cents >= 0)
    rows = db.session.scalars(wanted.order_by(done, BankLine.seq, BankLine.id).limit(size).offset((page - 1) * size))
    return list(rows), total


def get_line(line_id: UUID) -> BankLine:
    """One line, or NotFound."""
    found = db.session.get(BankLine, line_id)
    if found is None:
        raise NotFound
    return found


def suggest(lines: Sequence[BankLine], bank_account: str) -> Mapping[UUID, list[Candidate]]:
    """Payments out that are not matched and fit each line: by number and amount first, then by amount and day.

    One query for all lines together.
    """
    out = [line for line in lines if line.payment_id is None and line.note is None and line.cents < 0]
    found: dict[UUID, list[Candidate]] = {line.id: [] for line in lines}
    if not out:
        return found
    amounts = {-line.cents for line in out}
    matched = exists().where(BankLine.payment_id == Payment.id)
    rows = db.session.execute(
        select(Payment, Payee.name, FundRequest.number)
        .join(Voucher, Voucher.id == Payment.voucher_id)
        .join(Payee, Payee.id == Voucher.payee_id)
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .where(
            Payment.status == "issued",
            Payment.bank_account == bank_account,
            Payment.cents.in_(amounts),
            ~matched,
        )
        .order_by(Payment.paid_on, Payment.id)
        .limit(5_000)
    ).all()
    for line in out:
        fitting = [
            Candidate(row[0], row[1], row[2], _same_number(line.number, row[0].number))
            for row in rows
            if row[0].cents == -line.cents
            and (_same_number(line.number, row[0].number) or abs(row[0].paid_on - line.on) <= WINDOW)
        ]
        fitting.sort(key=lambda each: (not each.by_number, abs(each.payment.paid_on - line.on), str(each.payment.id)))
        found[line.id] = fitting[:SUGGESTIONS]
    return found


def payments_of(payment_ids: Sequence[UUID]) -> Mapping[UUID, Candidate]:
    """Some payments with payee and request, as the page of a file names them."""
    rows = db.session.execute(
        select(Payment, Payee.name, FundRequest.number)
        .join(Voucher, Voucher.id == Payment.voucher_id)
        .join(Payee, Payee.id == Voucher.payee_id)
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .where(Payment.id.in_(list(payment_ids)))
    )
    return {row[0].id: Candidate(row[0], row[1], row[2], False) for row in rows}


def count_unmatched(request_id: UUID) -> int:
    """Payments of a request that are out, leave through a bank or card, and stand in no bank line."""
    return int(
        db.session.scalar(
            select(func.count())
            .select_from(Payment)
            .join(Voucher, Voucher.id == Payment.voucher_id)
            .where(
                Voucher.fund_request_id == request_id,
                Payment.status == "issued",
                Payment.method.not_in(CASHLESS),
                ~exists().where(BankLine.payment_id == Payment.id),
            )
        )
        or 0
    )


def list_gaps(bank_account: str) -> list[tuple[int, int]]:
    """Runs of check numbers of a bank account that no payment used, between its first and last; at most 50."""
    numbers = sorted(
        {
            int(number)
            for number in db.session.scalars(
                select(Payment.number).where(Payment.bank_account == bank_account, Payment.method == "check")
            )
            if number.isascii() and number.isdigit() and len(number) <= 12
        }
    )
    gaps = [(low + 1, high - 1) for low, high in zip(numbers, numbers[1:], strict=False) if high - low > 1]
    return gaps[:50]


def _same_number(written: str | None, number: str) -> bool:
    return bool(written) and str(written).lstrip("0").casefold() == number.lstrip("0").casefold()
