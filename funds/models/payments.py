"""Money on its way out: payees, tax forms, vouchers, payments, advances, cards in custody, papers, bank lines."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigInt, Sealed, sealed_column
from funds.models.books import one_of
from funds.models.requests import METHODS
from funds.states import Action

DOCUMENT_KINDS = (
    "receipt", "invoice", "quote", "lease", "bill", "estimate", "statement", "affidavit", "w9", "consent", "other"
)  # fmt: skip
TWO_PERSON_ACTIONS = (Action.CORRECT, Action.VOID, Action.DISALLOW, Action.RECOVER, Action.WRITE_OFF)
CUSTODY_EVENTS = ("bought", "received", "issued", "acknowledged", "receipted", "returned", "lost", "counted")


class Payee(Base):
    """A vendor that may be paid; by default never an enrollee. Who proposes a payee does not verify it.

    `tin` and `bank` (routing and account number for ACH) are sealed by the key ring; their last four digits help to
    recognise them. A change of name, tax number or bank makes it unverified again.
    """

    __tablename__ = "payee"
    __table_args__ = (
        CheckConstraint("kind IN ('vendor', 'staff', 'enrollee')", name="kind"),
        CheckConstraint("status IN ('proposed', 'verified', 'inactive')", name="status"),
        CheckConstraint("verified_by IS NULL OR verified_by <> proposed_by", name="two_people"),
        CheckConstraint(
            "tax_class IS NULL OR tax_class IN ('individual', 'partnership', 'corporation', 'nonprofit', 'government')",
            name="tax_class",
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    name: Mapped[str]
    kind: Mapped[str] = mapped_column(default="vendor")
    organization_id: Mapped[UUID | None] = mapped_column(ForeignKey("organization.id"), index=True)
    user_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    status: Mapped[str] = mapped_column(default="proposed")
    tax_class: Mapped[str | None]
    tin: Mapped[bytes | None] = mapped_column(Sealed)
    tin_last4: Mapped[str | None]
    remit_to: Mapped[str | None]  # where a check is mailed
    bank: Mapped[bytes | None] = mapped_column(Sealed)
    bank_last4: Mapped[str | None]
    proposed_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    proposed_at: Mapped[datetime]
    verified_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    verified_at: Mapped[datetime | None]
    row_version: Mapped[int] = mapped_column(default=1)


class TaxForm(Base):
    """A W-9 of a payee: valid from its day until it expires (three years, by policy)."""

    __tablename__ = "tax_form"
    __table_args__ = (CheckConstraint("expires_on > received_on", name="order"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    payee_id: Mapped[UUID] = mapped_column(ForeignKey("payee.id"), index=True)
    received_on: Mapped[date]
    expires_on: Mapped[date]
    recorded_by: Mapped[UUID | None]
    document_id: Mapped[UUID | None] = mapped_column(ForeignKey("document.id"))


class Voucher(Base):
    """A debt to a payee, recognised. An invoice number of a payee counts once, unless an exception explains it."""

    __tablename__ = "voucher"
    __table_args__ = (
        UniqueConstraint("fund_request_id", "seq"),
        Index(
            "uq_voucher_invoice",
            "payee_id",
            "invoice_key",
            unique=True,
            sqlite_where=text("invoice_key IS NOT NULL AND status <> 'void'"),
            postgresql_where=text("invoice_key IS NOT NULL AND status <> 'void'"),
        ),
        CheckConstraint("cents > 0", name="cents"),
        CheckConstraint("status IN ('unpaid', 'paid', 'void')", name="status"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    seq: Mapped[int]
    payee_id: Mapped[UUID] = mapped_column(ForeignKey("payee.id"), index=True)
    cents: Mapped[int] = mapped_column(BigInt)
    invoice_no: Mapped[str | None]
    invoice_key: Mapped[str | None]  # the number as it is compared: no blanks, no case; NULL for an explained repeat
    repeat_reason: Mapped[str | None]  # why a number that stands in the books already is another invoice
    is_final: Mapped[bool] = mapped_column(default=False)
    status: Mapped[str] = mapped_column(default="unpaid")
    made_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    made_at: Mapped[datetime]
    receipt_due_on: Mapped[date | None]  # set when it is paid


class Payment(Base):
    """One attempt to pay a voucher. A number of a bank account is used once, also after a failure (I6)."""

    __tablename__ = "payment"
    __table_args__ = (
        UniqueConstraint("voucher_id", "attempt"),
        UniqueConstraint("bank_account", "number"),
        Index(
            "uq_payment_issued",
            "voucher_id",
            unique=True,
            sqlite_where=text("status = 'issued'"),
            postgresql_where=text("status = 'issued'"),
        ),
        CheckConstraint("status IN ('issued', 'failed', 'void')", name="status"),
        CheckConstraint(one_of("method", METHODS), name="method"),
        CheckConstraint("cents > 0", name="cents"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    voucher_id: Mapped[UUID] = mapped_column(ForeignKey("voucher.id"), index=True)
    attempt: Mapped[int]
    method: Mapped[str]
    bank_account: Mapped[str]
    number: Mapped[str]
    cents: Mapped[int] = mapped_column(BigInt)
    status: Mapped[str] = mapped_column(default="issued")
    paid_on: Mapped[date]
    paid_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class Advance(Base):
    """Money or a card that a holder took before receipts. What is outstanding follows from the postings."""

    __tablename__ = "advance"
    __table_args__ = (
        UniqueConstraint("fund_request_id", "seq"),
        CheckConstraint("cents > 0", name="cents"),
        CheckConstraint(one_of("method", METHODS), name="method"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    seq: Mapped[int]
    cents: Mapped[int] = mapped_column(BigInt)
    method: Mapped[str]
    holder_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    instrument_id: Mapped[UUID | None] = mapped_column(ForeignKey("instrument.id"), index=True)
    issued_on: Mapped[date]
    due_on: Mapped[date]
    issued_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class Instrument(Base):
    """A card or pass in the custody register: its last four digits and a keyed hash of its number, never the number."""

    __tablename__ = "instrument"
    __table_args__ = (
        UniqueConstraint("number_hash"),
        CheckConstraint("kind IN ('gift_card', 'pass', 'card')", name="kind"),
        CheckConstraint("value_cents >= 0", name="value_cents"),
        CheckConstraint(one_of("state", CUSTODY_EVENTS), name="state"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"), index=True)
    kind: Mapped[str]
    label: Mapped[str]
    last4: Mapped[str]
    number_hash: Mapped[str]
    value_cents: Mapped[int] = mapped_column(BigInt)
    state: Mapped[str] = mapped_column(default="bought")
    holder_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))


class CustodyEvent(Base):
    """One change of hands of an instrument. Append-only; two people each."""

    __tablename__ = "custody_event"
    __table_args__ = (
        UniqueConstraint("instrument_id", "seq"),
        CheckConstraint(one_of("kind", CUSTODY_EVENTS), name="kind"),
        CheckConstraint("second_actor_id IS NULL OR second_actor_id <> actor_id", name="two_people"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    instrument_id: Mapped[UUID] = mapped_column(ForeignKey("instrument.id"), index=True)
    seq: Mapped[int]
    kind: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    second_actor_id: Mapped[UUID | None]
    advance_id: Mapped[UUID | None] = mapped_column(ForeignKey("advance.id"))


class Document(Base):
    """A paper: the file lies sealed outside the database under a random name. `sha256` is of what was sent.

    `total_cents` and `dated_on` are what the paper says, for receipts and invoices. An affidavit has no file; its words
    are sealed, and a second person signs it. Of a request, the file is also sealed under the person's key.
    """

    __tablename__ = "document"
    __table_args__ = (
        CheckConstraint(one_of("kind", DOCUMENT_KINDS), name="kind"),
        CheckConstraint("total_cents IS NULL OR total_cents >= 0", name="total_cents"),
        Index("ix_document_sha256", "sha256"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID | None] = mapped_column(ForeignKey("enrollee.id"), index=True)
    fund_request_id: Mapped[UUID | None] = mapped_column(ForeignKey("fund_request.id"), index=True)
    payee_id: Mapped[UUID | None] = mapped_column(ForeignKey("payee.id"), index=True)
    kind: Mapped[str]
    media_type: Mapped[str]
    size_bytes: Mapped[int]
    sha256: Mapped[str]
    file_key: Mapped[str | None]
    vendor: Mapped[str | None]
    dated_on: Mapped[date | None]
    total_cents: Mapped[int | None] = mapped_column(BigInt)
    explained: Mapped[str | None]  # why a paper that looks like another is none
    added_by: Mapped[UUID | None]
    second_signer_id: Mapped[UUID | None]
    second_signed_at: Mapped[datetime | None]
    added_at: Mapped[datetime]
    sealed: Mapped[bytes | None] = sealed_column()


class ReceiptAllocation(Base):
    """Cents of a receipt that cover a voucher or an advance; together never more than the receipt says."""

    __tablename__ = "receipt_allocation"
    __table_args__ = (
        CheckConstraint("cents > 0", name="cents"),
        CheckConstraint("(voucher_id IS NULL) <> (advance_id IS NULL)", name="target"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    document_id: Mapped[UUID] = mapped_column(ForeignKey("document.id"), index=True)
    voucher_id: Mapped[UUID | None] = mapped_column(ForeignKey("voucher.id"), index=True)
    advance_id: Mapped[UUID | None] = mapped_column(ForeignKey("advance.id"), index=True)
    cents: Mapped[int] = mapped_column(BigInt)
    accepted_by: Mapped[UUID | None]
    accepted_at: Mapped[datetime]


class ImportBatch(Base):
    """One bank or card file that was read: the same file twice is one batch."""

    __tablename__ = "import_batch"
    __table_args__ = (UniqueConstraint("sha256"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"), index=True)
    bank_account: Mapped[str]
    sha256: Mapped[str]
    rows: Mapped[int]
    imported_by: Mapped[UUID | None]
    imported_at: Mapped[datetime]


class BankLine(Base):
    """One line of a bank or card file, and the payment that it is matched to."""

    __tablename__ = "bank_line"
    __table_args__ = (UniqueConstraint("import_batch_id", "seq"), UniqueConstraint("payment_id"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    import_batch_id: Mapped[UUID] = mapped_column(ForeignKey("import_batch.id"), index=True)
    seq: Mapped[int]
    on: Mapped[date]
    cents: Mapped[int] = mapped_column(BigInt)
    number: Mapped[str | None]
    words: Mapped[str]
    payment_id: Mapped[UUID | None] = mapped_column(ForeignKey("payment.id"))
    matched_by: Mapped[UUID | None]
    matched_at: Mapped[datetime | None]
    note: Mapped[str | None]


class StepProposal(Base):
    """A step that takes two people, asked for by the first: the second one does it, or refuses. Sealed: the note."""

    __tablename__ = "step_proposal"
    __table_args__ = (
        CheckConstraint(one_of("action", TWO_PERSON_ACTIONS), name="action"),
        CheckConstraint("status IN ('open', 'done', 'refused', 'withdrawn')", name="status"),
        CheckConstraint("decided_by IS NULL OR status = 'withdrawn' OR decided_by <> proposed_by", name="two_people"),
        CheckConstraint("cents IS NULL OR cents > 0", name="cents"),
        CheckConstraint("(voucher_id IS NULL) <> (advance_id IS NULL)", name="target"),
        Index(
            "uq_step_proposal_open",
            "fund_request_id",
            unique=True,
            sqlite_where=text("status = 'open'"),
            postgresql_where=text("status = 'open'"),
        ),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    action: Mapped[str]
    voucher_id: Mapped[UUID | None] = mapped_column(ForeignKey("voucher.id"))
    advance_id: Mapped[UUID | None] = mapped_column(ForeignKey("advance.id"))
    cents: Mapped[int | None] = mapped_column(BigInt)
    reason_code: Mapped[str]
    status: Mapped[str] = mapped_column(default="open")
    proposed_by: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    proposed_role: Mapped[str]
    proposed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decided_at: Mapped[datetime | None]
    sealed: Mapped[bytes | None] = sealed_column()


class Reminder(Base):
    """A reminder that was sent, once: which day's, and about what."""

    __tablename__ = "fund_reminder"
    __table_args__ = (UniqueConstraint("about_id", "kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    about_id: Mapped[UUID]  # the request, voucher or advance
    kind: Mapped[str]
    sent_at: Mapped[datetime]
