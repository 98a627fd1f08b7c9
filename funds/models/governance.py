"""What governs the fund: policy rules, evaluations, exceptions, delegations, closes, roll-overs, thresholds."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import JSON, CheckConstraint, ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from core.db import Base, BigInt
from funds.models.books import one_of
from funds.policy import RuleKind, Severity, Step


class PolicyRule(Base):
    """One version of a rule. Who proposed it does not approve it; a change is a new version."""

    __tablename__ = "policy_rule"
    __table_args__ = (
        UniqueConstraint("fund_id", "code", "version"),
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="two_people"),
        CheckConstraint("status IN ('proposed', 'in_force', 'refused', 'replaced')", name="status"),
        CheckConstraint(one_of("kind", RuleKind), name="kind"),
        CheckConstraint(one_of("severity", Severity), name="severity"),
        CheckConstraint("effective_to IS NULL OR effective_to >= effective_from", name="order"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"), index=True)
    code: Mapped[str]
    version: Mapped[int]
    status: Mapped[str] = mapped_column(default="proposed")
    kind: Mapped[str]
    severity: Mapped[str]
    category_code: Mapped[str | None]
    params: Mapped[dict[str, Any]] = mapped_column(JSON())
    exception_role: Mapped[str | None]
    effective_from: Mapped[date]
    effective_to: Mapped[date | None]
    citation: Mapped[str]
    citation_url: Mapped[str | None]
    message_en: Mapped[str]
    message_es: Mapped[str]
    is_example: Mapped[bool] = mapped_column(default=False)
    proposed_by: Mapped[UUID | None]
    proposed_at: Mapped[datetime]
    dry_run: Mapped[dict[str, Any] | None] = mapped_column(JSON())
    approved_by: Mapped[UUID | None]
    approved_at: Mapped[datetime | None]


class PolicyEvaluation(Base):
    """What the rules said about a request at a step: rule versions, figures, limits. Append-only (I16)."""

    __tablename__ = "policy_evaluation"
    __table_args__ = (CheckConstraint(one_of("step", Step), name="step"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    version: Mapped[int]
    step: Mapped[str]
    at: Mapped[datetime]
    cents: Mapped[int] = mapped_column(BigInt)
    findings: Mapped[list[Any]] = mapped_column(JSON())
    tiers: Mapped[list[Any]] = mapped_column(JSON())
    digest: Mapped[str]


class PolicyException(Base):
    """A rule set aside for one request: by whom, why, until when."""

    __tablename__ = "policy_exception"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_request_id: Mapped[UUID] = mapped_column(ForeignKey("fund_request.id"), index=True)
    rule_code: Mapped[str]
    reason: Mapped[str]
    granted_by: Mapped[UUID]
    granted_role: Mapped[str]
    granted_at: Mapped[datetime]
    until: Mapped[date]


class BudgetChange(Base):
    """Money for a line, or from one line to another: one person proposes it, another approves it, then it is posted."""

    __tablename__ = "budget_change"
    __table_args__ = (
        CheckConstraint("approved_by IS NULL OR approved_by <> proposed_by", name="two_people"),
        CheckConstraint("kind IN ('adopt', 'move')", name="kind"),
        CheckConstraint("status IN ('proposed', 'posted', 'refused')", name="status"),
        CheckConstraint("cents > 0", name="cents"),
        CheckConstraint("(kind = 'move') = (source_line_id IS NOT NULL)", name="source"),
        CheckConstraint("source_line_id IS NULL OR source_line_id <> budget_line_id", name="lines"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    kind: Mapped[str]
    budget_line_id: Mapped[UUID] = mapped_column(ForeignKey("budget_line.id"), index=True)
    source_line_id: Mapped[UUID | None] = mapped_column(ForeignKey("budget_line.id"))
    cents: Mapped[int] = mapped_column(BigInt)
    is_drawn: Mapped[bool] = mapped_column(default=False)
    reason: Mapped[str]
    status: Mapped[str] = mapped_column(default="proposed")
    proposed_by: Mapped[UUID | None]
    proposed_at: Mapped[datetime]
    approved_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]
    posting_id: Mapped[int | None] = mapped_column(ForeignKey("posting.id"))


class Delegation(Base):
    """Somebody stands in for an absent role, from day to day. The actor's own identity counts for every duty."""

    __tablename__ = "delegation"
    __table_args__ = (
        CheckConstraint("from_user_id <> to_user_id", name="two_people"),
        CheckConstraint("ends_on >= starts_on", name="order"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    from_user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    to_user_id: Mapped[UUID] = mapped_column(ForeignKey("user.id"), index=True)
    role: Mapped[str]
    starts_on: Mapped[date]
    ends_on: Mapped[date]
    reason: Mapped[str]
    made_at: Mapped[datetime]
    made_by: Mapped[UUID | None]
    revoked_at: Mapped[datetime | None]


class PeriodClose(Base):
    """A close of a period: counts, control total and the trail's head as of then. Append-only."""

    __tablename__ = "period_close"

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    period_id: Mapped[UUID] = mapped_column(ForeignKey("period.id"), index=True)
    status: Mapped[str]
    reason: Mapped[str | None]
    closed_by: Mapped[UUID | None]
    closed_at: Mapped[datetime]
    figures: Mapped[dict[str, Any]] = mapped_column(JSON())
    chain_seq: Mapped[int] = mapped_column(BigInt)
    chain_head: Mapped[str]


class RolloverRun(Base):
    """A year end: what the preview promised, what was committed, and whether it was rolled back."""

    __tablename__ = "rollover_run"
    __table_args__ = (CheckConstraint("status IN ('previewed', 'committed', 'rolled_back')", name="status"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    fund_id: Mapped[UUID] = mapped_column(ForeignKey("fund.id"), index=True)
    old_year_id: Mapped[UUID] = mapped_column(ForeignKey("fiscal_year.id"))
    new_year_id: Mapped[UUID] = mapped_column(ForeignKey("fiscal_year.id"))
    status: Mapped[str] = mapped_column(default="previewed")
    preview: Mapped[dict[str, Any]] = mapped_column(JSON())
    digest: Mapped[str]
    previewed_by: Mapped[UUID | None]
    previewed_at: Mapped[datetime]
    committed_by: Mapped[UUID | None]
    committed_at: Mapped[datetime | None]
    last_posting_id: Mapped[int | None]


class TaxThreshold(Base):
    """From how much paid to a vendor in a calendar year a 1099 is due."""

    __tablename__ = "tax_threshold"
    __table_args__ = (UniqueConstraint("year"), CheckConstraint("cents >= 0", name="cents"))

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    year: Mapped[int]
    cents: Mapped[int] = mapped_column(BigInt)
    citation: Mapped[str]


class PublishedTotal(Base):
    """A figure that was published elsewhere, to stand beside ours with the difference named."""

    __tablename__ = "published_total"
    __table_args__ = (UniqueConstraint("source", "label"),)

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    source: Mapped[str]
    label: Mapped[str]
    cents: Mapped[int] = mapped_column(BigInt)
    note: Mapped[str | None]
