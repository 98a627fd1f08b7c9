"""The books: fund, year, period, category, budget line, ledger accounts with their balances, postings, transfers.

`funds.posting` alone writes posting, transfer and account_balance; triggers keep the first two append-only.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigInt
from funds.ledger import FUND_ACCOUNTS, LINE_ACCOUNTS, NEEDS_EVALUATION, Kind


def one_of(column: str, values: object) -> str:
    """The text of a CHECK that a column holds one of some words."""
    return f"{column} IN ({', '.join(repr(str(value)) for value in values)})"  # type: ignore[attr-defined]


class Fund(Base):
    """A source of money with its own rules. `public_name` gives vendors no hint of health care.

    `year_end` says what becomes of what is left: lapse, or carry into the new year. `payer_may_approve_cents` is the
    small-office lane: up to this amount the final approver may also pay, and a third person's review follows.
    """

    __tablename__ = "fund"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("year_end IN ('lapse', 'carry')", name="year_end"),
        CheckConstraint("payer_may_approve_cents >= 0", name="payer_may_approve_cents"),
        CheckConstraint("ends_on IS NULL OR ends_on >= starts_on", name="order"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str]
    name: Mapped[str]
    public_name: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    year_end: Mapped[str] = mapped_column(default="lapse")
    retention_years: Mapped[int] = mapped_column(default=6)
    payer_may_approve_cents: Mapped[int] = mapped_column(BigInt, default=0)
    hold_days: Mapped[int] = mapped_column(default=60)
    ratify_days: Mapped[int] = mapped_column(default=5)
    appeal_days: Mapped[int] = mapped_column(default=30)
    take_back_minutes: Mapped[int] = mapped_column(default=10)


class FiscalYear(Base):
    """A budget year of the program; `code` is the year in which it ends.

    `slots` is how many people the program has places for: some rules limit the budget by it. NULL: not entered.
    """

    __tablename__ = "fiscal_year"
    __table_args__ = (
        UniqueConstraint("code"),
        CheckConstraint("ends_on > starts_on", name="order"),
        CheckConstraint("status IN ('open', 'closed')", name="status"),
        CheckConstraint("slots IS NULL OR slots >= 0", name="slots"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    status: Mapped[str] = mapped_column(default="open")
    slots: Mapped[int | None]


class Period(Base):
    """A month of a fiscal year; months tile the year. In a soft-closed one a fiscal approver posts with a reason."""

    __tablename__ = "period"
    __table_args__ = (
        UniqueConstraint("fiscal_year_id", "number"),
        UniqueConstraint("starts_on"),
        CheckConstraint("ends_on >= starts_on", name="order"),
        CheckConstraint("status IN ('open', 'soft_closed', 'closed')", name="status"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fiscal_year_id: Mapped[UUID] = mapped_column(ForeignKey("fiscal_year.id"), index=True)
    number: Mapped[int]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    status: Mapped[str] = mapped_column(default="open")


class Category(Base):
    """What money is for. Top categories carry the budget; their children the HMIS code (SSVF, record type 152)."""

    __tablename__ = "category"
    __table_args__ = (UniqueConstraint("code"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    code: Mapped[str]
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("category.id"), index=True)
    name: Mapped[str]
    name_es: Mapped[str]
    plain: Mapped[str | None]
    plain_es: Mapped[str | None]
    hmis_code: Mapped[str | None]
    gl_object: Mapped[str | None]
    order: Mapped[int] = mapped_column(default=0)
    starts_on: Mapped[date | None]
    ends_on: Mapped[date | None]


class BudgetLine(Base):
    """Fund × fiscal year × top category: the level at which nothing can overspend."""

    __tablename__ = "budget_line"
    __table_args__ = (UniqueConstraint("fund_id", "fiscal_year_id", "category_id"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"), index=True)
    fiscal_year_id: Mapped[UUID] = mapped_column(ForeignKey("fiscal_year.id"), index=True)
    category_id: Mapped[UUID] = mapped_column(ForeignKey("category.id"), index=True)


class LedgerAccount(Base):
    """One account of a budget line or of a fund. Ids ascend: balances are locked in their order."""

    __tablename__ = "ledger_account"
    __table_args__ = (
        UniqueConstraint("kind", "budget_line_id"),
        UniqueConstraint("kind", "fund_id"),
        CheckConstraint(
            f"(budget_line_id IS NOT NULL AND fund_id IS NULL AND {one_of('kind', LINE_ACCOUNTS)}) OR "
            f"(budget_line_id IS NULL AND fund_id IS NOT NULL AND {one_of('kind', FUND_ACCOUNTS)})",
            name="owner",
        ),
        CheckConstraint("normal_side IN ('debit', 'credit')", name="normal_side"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    kind: Mapped[str]
    budget_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("budget_line.id"), index=True)
    fund_id: Mapped[UUID | None] = mapped_column(ForeignKey("fund.id"), index=True)
    normal_side: Mapped[str]


class AccountBalance(Base):
    """What an account holds on its own side. The CHECK is the second lock behind the conditional UPDATE (I3)."""

    __tablename__ = "account_balance"
    __table_args__ = (CheckConstraint("NOT non_negative OR cents >= 0", name="non_negative"),)

    ledger_account_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"), primary_key=True)
    cents: Mapped[int] = mapped_column(BigInt, default=0)
    non_negative: Mapped[bool]


class Posting(Base):
    """One event in the books. Append-only. The same idempotency key is one posting, whatever a browser repeats (I7)."""

    __tablename__ = "posting"
    __table_args__ = (
        UniqueConstraint("idempotency_key"),
        UniqueConstraint("reverses_id"),
        CheckConstraint(one_of("kind", Kind), name="kind"),
        CheckConstraint("(kind = 'reverse') = (reverses_id IS NOT NULL)", name="reverses"),
        CheckConstraint(f"evaluation_id IS NOT NULL OR NOT ({one_of('kind', NEEDS_EVALUATION)})", name="evaluation"),
        Index("ix_posting_request", "fund_request_id", "id"),
        Index("ix_posting_effective", "effective_on", "id"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    kind: Mapped[str]
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"), index=True)
    fund_request_id: Mapped[UUID | None] = mapped_column(ForeignKey("fund_request.id"))
    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), index=True)
    effective_on: Mapped[date]
    posted_at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    evaluation_id: Mapped[UUID | None] = mapped_column(ForeignKey("policy_evaluation.id"))
    reverses_id: Mapped[int | None] = mapped_column(ForeignKey("posting.id"))
    reason_code: Mapped[str | None]
    idempotency_key: Mapped[str]
    payload_sha256: Mapped[str]


class Transfer(Base):
    """Cents from one account to another. Append-only, one debit and one credit (I1)."""

    __tablename__ = "transfer"
    __table_args__ = (
        UniqueConstraint("posting_id", "seq"),
        CheckConstraint("amount_cents > 0", name="amount_cents"),
        CheckConstraint("debit_id <> credit_id", name="sides"),
        Index("ix_transfer_debit", "debit_id"),
        Index("ix_transfer_credit", "credit_id"),
        Index("ix_transfer_voucher", "voucher_id"),
        Index("ix_transfer_advance", "advance_id"),
    )

    id: Mapped[int] = mapped_column(BigInt, primary_key=True)
    posting_id: Mapped[int] = mapped_column(ForeignKey("posting.id"))
    seq: Mapped[int]
    debit_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    credit_id: Mapped[int] = mapped_column(ForeignKey("ledger_account.id"))
    amount_cents: Mapped[int] = mapped_column(BigInt)
    voucher_id: Mapped[UUID | None] = mapped_column(ForeignKey("voucher.id"))
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"))
    advance_id: Mapped[UUID | None] = mapped_column(ForeignKey("advance.id"))


class SpendingLock(Base):
    """A row that is locked before the spending of one enrollee or payee is summed: no balance protects a cap."""

    __tablename__ = "spending_lock"

    key: Mapped[str] = mapped_column(primary_key=True)
    count: Mapped[int] = mapped_column(BigInt, default=0)
