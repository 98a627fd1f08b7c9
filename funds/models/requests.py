"""A fund request: what a person and coordinator ask for a goal, who decided what, and every step that it took.

Sealed columns hold words about the person, under the person's own key; codes, states and amounts stand open.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID, uuid4

from sqlalchemy import CheckConstraint, ForeignKey, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigInt, sealed_column
from funds.models.books import one_of
from funds.states import Action, State

METHODS = ("check", "ach", "card", "reimbursement", "gift_card", "pass", "petty_cash")
TRIED_OUTCOMES = ("denied", "not eligible", "no capacity", "waitlisted", "no reply", "covers part", "not offered")


class FundRequest(Base):
    """One thing asked for one goal in one category (docs/decisions/0012). The goal must be the enrollee's (I12).

    `requested_cents` grows by a supplement; `approved_cents` is what the approvals allow; `expires_on` ends the hold.
    Sealed: item, purpose, sustainability, quote_reason, emergency_call, supplement_reason.
    """

    __tablename__ = "fund_request"
    __table_args__ = (
        UniqueConstraint("number"),
        ForeignKeyConstraint(["goal_id", "enrollee_id"], ["goal.id", "goal.enrollee_id"], name="fk_fund_request_goal"),
        CheckConstraint(one_of("status", State), name="status"),
        CheckConstraint(f"method IS NULL OR {one_of('method', METHODS)}", name="method"),
        CheckConstraint("requested_cents >= 0", name="requested_cents"),
        CheckConstraint(
            "approved_cents IS NULL OR approved_cents BETWEEN 0 AND requested_cents", name="approved_cents"
        ),
        CheckConstraint("supplement_cents IS NULL OR supplement_cents > 0", name="supplement_cents"),
        Index("ix_fund_request_enrollee", "enrollee_id", "status"),
        Index("ix_fund_request_status", "status", "submitted_at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    number: Mapped[str]
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"))
    goal_id: Mapped[UUID]
    gap_id: Mapped[UUID | None] = mapped_column(ForeignKey("gap.id"))
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"), index=True)
    category_id: Mapped[UUID | None] = mapped_column(ForeignKey("category.id"), index=True)
    budget_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("budget_line.id"), index=True)
    payee_id: Mapped[UUID | None] = mapped_column(ForeignKey("payee.id"), index=True)
    method: Mapped[str | None]
    requested_cents: Mapped[int] = mapped_column(BigInt, default=0)
    approved_cents: Mapped[int | None] = mapped_column(BigInt)
    supplement_cents: Mapped[int | None] = mapped_column(BigInt)
    covers_from: Mapped[date | None]
    covers_to: Mapped[date | None]
    need_by: Mapped[date | None]
    quotes: Mapped[int] = mapped_column(default=0)
    author_id: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"), index=True)
    started_by: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    status: Mapped[str] = mapped_column(default="draft")
    is_paused: Mapped[bool] = mapped_column(default=False)
    is_emergency: Mapped[bool] = mapped_column(default=False)
    needs_ratification: Mapped[bool] = mapped_column(default=False)
    is_appeal_closed: Mapped[bool] = mapped_column(default=False)
    is_receipt_overdue: Mapped[bool] = mapped_column(default=False)
    version: Mapped[int] = mapped_column(default=1)
    row_version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[datetime]
    submitted_at: Mapped[datetime | None]
    approved_at: Mapped[datetime | None]
    paid_at: Mapped[datetime | None]
    ratify_by: Mapped[date | None]
    expires_on: Mapped[date | None]
    sealed: Mapped[bytes | None] = sealed_column()

    @property
    def state(self) -> State:
        """The status as the state machine knows it."""
        return State(self.status)


class FundRequestEvent(Base):
    """One step of a request. Append-only: the status is the fold of these (I14). Sealed: the note."""

    __tablename__ = "fund_request_event"
    __table_args__ = (
        UniqueConstraint("fund_request_id", "seq"),
        UniqueConstraint("idempotency_key"),
        CheckConstraint(f"action = 'create' OR {one_of('action', Action)}", name="action"),
        CheckConstraint(f"from_status IS NULL OR {one_of('from_status', State)}", name="from_status"),
        CheckConstraint(one_of("to_status", State), name="to_status"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    seq: Mapped[int]
    action: Mapped[str]
    from_status: Mapped[str | None]
    to_status: Mapped[str]
    at: Mapped[datetime]
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str]
    role: Mapped[str]
    reason_code: Mapped[str | None]
    amount_cents: Mapped[int | None] = mapped_column(BigInt)
    version: Mapped[int]
    posting_id: Mapped[int | None] = mapped_column(ForeignKey("posting.id"))
    second_actor_id: Mapped[UUID | None]
    idempotency_key: Mapped[str | None]
    payload_sha256: Mapped[str | None]
    sealed: Mapped[bytes | None] = sealed_column()


class ApprovalStep(Base):
    """One tier's decision on one version of a request: nobody decides two tiers of a version (I9).

    More money may be asked for again, and an emergency confirmed after it was refused, by the same people.
    """

    __tablename__ = "approval_step"
    __table_args__ = (
        UniqueConstraint("fund_request_id", "version", "purpose", "tier"),
        Index(
            "uq_approval_step_actor",
            "fund_request_id",
            "version",
            "actor_id",
            unique=True,
            sqlite_where=text("purpose = 'request'"),
            postgresql_where=text("purpose = 'request'"),
        ),
        CheckConstraint("purpose IN ('request', 'supplement', 'ratification')", name="purpose"),
        CheckConstraint("decision IN ('approved', 'returned', 'denied')", name="decision"),
        CheckConstraint("tier >= 0", name="tier"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    version: Mapped[int]
    purpose: Mapped[str] = mapped_column(default="request")
    tier: Mapped[int]
    role: Mapped[str]
    actor_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"))
    on_behalf_of: Mapped[UUID | None] = mapped_column(ForeignKey("user.id"))
    decision: Mapped[str]
    cents: Mapped[int] = mapped_column(BigInt)
    decided_at: Mapped[datetime]


class ResourceTried(Base):
    """What was tried before the fund (payer of last resort): a listing, or a name. Sealed: name, note."""

    __tablename__ = "resource_tried"
    __table_args__ = (CheckConstraint(one_of("outcome", TRIED_OUTCOMES), name="outcome"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    service_id: Mapped[UUID | None] = mapped_column(ForeignKey("service.id"))
    referral_id: Mapped[UUID | None] = mapped_column(ForeignKey("referral.id"))
    tried_on: Mapped[date]
    outcome: Mapped[str]
    sealed: Mapped[bytes | None] = sealed_column()


class ChoiceStatement(Base):
    """The person's own agreement to a version of a request: signed, spoken, or declined. Sealed: words, witness."""

    __tablename__ = "choice_statement"
    __table_args__ = (
        UniqueConstraint("fund_request_id", "version"),
        CheckConstraint("kind IN ('signed', 'spoken', 'online', 'declined')", name="kind"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    version: Mapped[int]
    kind: Mapped[str]
    given_on: Mapped[date]
    recorded_by: Mapped[UUID | None]
    sealed: Mapped[bytes | None] = sealed_column()


class Appeal(Base):
    """A second look at a denial, by somebody else. Sealed: the person's words, the reviewer's words."""

    __tablename__ = "appeal"
    __table_args__ = (CheckConstraint("outcome IS NULL OR outcome IN ('upheld', 'overturned')", name="outcome"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    filed_by: Mapped[UUID | None]
    filed_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    outcome: Mapped[str | None]
    sealed: Mapped[bytes | None] = sealed_column()


class Notice(Base):
    """What a person is told about a return, denial or disallowance. Append-only. Sealed: the text."""

    __tablename__ = "notice"
    __table_args__ = (CheckConstraint("kind IN ('returned', 'denied', 'upheld', 'disallowed', 'paused')", name="kind"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    enrollee_id: Mapped[UUID] = mapped_column(ForeignKey("enrollee.id"), index=True)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    kind: Mapped[str]
    reason_code: Mapped[str]
    made_at: Mapped[datetime]
    appeal_by: Mapped[date | None]
    sealed: Mapped[bytes | None] = sealed_column()
