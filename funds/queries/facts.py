"""What the policy rules may know of one request, gathered from the tables; the rules themselves as values. No write."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import ColumnElement, Select, func, or_, select

from care.models import Enrollee, Goal
from core.clock import local_day
from core.db import current_config, db
from core.errors import NotFound
from funds import policy
from funds.models import (
    Advance,
    ApprovalStep,
    Category,
    ChoiceStatement,
    Document,
    FiscalYear,
    FundRequest,
    Payee,
    Payment,
    PolicyException,
    PolicyRule,
    ResourceTried,
    TaxForm,
    TaxThreshold,
    Voucher,
)
from funds.queries.books import advance_outstanding, request_money

PAYEE_HISTORY = timedelta(days=400)  # windows on a payee are at most a year long
UNREPORTED = ("card", "gift_card", "pass", "petty_cash")  # paid by card: the card company reports (1099-K)
OVERDUE_AFTER = timedelta(days=30)  # funds.md, 10: 30 days past due, no new advance


@dataclass(frozen=True, slots=True)
class Asked:
    """What a request asks at a step: for a draft that is being typed, too. Texts come opened from the sealed column."""

    request_id: UUID
    enrollee_id: UUID
    goal_id: UUID
    fund_id: UUID
    category_id: UUID
    payee_id: UUID | None
    cents: int
    method: str
    version: int
    texts: Mapping[str, Any]
    quotes: int = 0
    is_emergency: bool = False
    days: tuple[date, date] | None = None
    holder_id: UUID | None = None


def list_rules(fund_id: UUID, on: date) -> list[policy.Rule]:
    """The rules in force for a fund on a day, by code. One query."""
    rows = db.session.scalars(
        select(PolicyRule)
        .where(
            PolicyRule.fund_id == fund_id,
            PolicyRule.status.in_(("in_force", "replaced")),
            PolicyRule.effective_from <= on,
            or_(PolicyRule.effective_to.is_(None), PolicyRule.effective_to >= on),
        )
        .order_by(PolicyRule.code, PolicyRule.version)
    )
    return [rule_of(row) for row in rows]


def rule_of(row: PolicyRule) -> policy.Rule:
    """A stored rule as the evaluation takes it."""
    return policy.Rule(
        id=row.id,
        code=row.code,
        version=row.version,
        kind=_known(policy.RuleKind, row.kind),
        severity=_known(policy.Severity, row.severity),
        params=row.params,
        category=row.category_code,
        exception_role=row.exception_role,
        effective_from=row.effective_from,
        effective_to=row.effective_to,
        citation=row.citation,
        message_en=row.message_en,
        message_es=row.message_es,
    )


def _known(words: type[StrEnum], word: str) -> Any:
    """A word of a rule as the evaluation knows it; an unknown one stays as it is, and the evaluation blocks."""
    return words(word) if word in set(words) else word


def gather(asked: Asked, now: datetime) -> policy.Facts:
    """The facts of one request as of now. About ten queries; NotFound for an unknown category."""
    today = local_day(now, current_config().timezone)
    categories = db.session.execute(select(Category.id, Category.code, Category.parent_id)).all()
    codes = {row.id: row.code for row in categories}
    if asked.category_id not in codes:
        raise NotFound
    payee = db.session.get(Payee, asked.payee_id) if asked.payee_id else None
    single = _single_facts(asked, today)
    kinds = {
        row.kind: int(row.papers)
        for row in db.session.execute(
            select(Document.kind, func.count().label("papers"))
            .where(Document.fund_request_id == asked.request_id)
            .group_by(Document.kind)
        )
    }
    return policy.Facts(
        request_id=asked.request_id,
        enrollee_id=asked.enrollee_id,
        payee_id=asked.payee_id,
        category=codes[asked.category_id],
        parents={row.code: codes.get(row.parent_id) if row.parent_id else None for row in categories},
        cents=asked.cents,
        method=asked.method,
        item=str(asked.texts.get("item") or ""),
        today=today,
        fiscal_year=(single.year_starts_on, single.year_ends_on) if single.year_starts_on else (today, today),
        enrolled_on=single.enrolled_on,
        goal_is_active=single.goal_status == "active",
        tried=int(single.tried),
        documents=frozenset(kinds),
        quotes=max(asked.quotes, kinds.get("quote", 0)),
        quote_reason=str(asked.texts.get("quote_reason") or ""),
        has_agreement=single.statement is not None and single.statement != "declined",
        is_emergency=asked.is_emergency,
        sustainability=str(asked.texts.get("sustainability") or ""),
        payee_has_w9=bool(single.tax_forms),
        payee_is_verified=payee is not None and payee.status == "verified",
        payee_paid_year_cents=int(single.paid_year_cents or 0),
        holder_is_overdue=asked.holder_id is not None and is_overdue(asked.holder_id, today),
        receipts_missing=count_missing_receipts(asked.enrollee_id, asked.holder_id),
        tax_threshold_cents=single.tax_threshold_cents,
        days=asked.days,
        history=list_history(asked, now),
        exceptions=frozenset(
            db.session.scalars(
                select(PolicyException.rule_code).where(
                    PolicyException.fund_request_id == asked.request_id, PolicyException.until >= today
                )
            )
        ),
        monthly_rent_cents=_cents_of(asked.texts.get("monthly_rent")),
        actors=_actors(asked, payee),
    )


def _single_facts(asked: Asked, today: date) -> Any:
    """The facts of one value each, asked together: year, goal, agreement, enrollment, what was tried, tax."""
    year = (FiscalYear.starts_on <= today, FiscalYear.ends_on >= today)
    single = {
        "year_starts_on": select(FiscalYear.starts_on).where(*year),
        "year_ends_on": select(FiscalYear.ends_on).where(*year),
        "goal_status": select(Goal.status).where(Goal.id == asked.goal_id, Goal.enrollee_id == asked.enrollee_id),
        "statement": select(ChoiceStatement.kind).where(
            ChoiceStatement.fund_request_id == asked.request_id, ChoiceStatement.version == asked.version
        ),
        "enrolled_on": select(Enrollee.enrolled_on).where(Enrollee.id == asked.enrollee_id),
        "tried": select(func.count())
        .select_from(ResourceTried)
        .where(ResourceTried.fund_request_id == asked.request_id),
        "tax_forms": _valid_tax_forms(asked.payee_id, today),
        "paid_year_cents": _paid_in_year(asked.payee_id, today.year),
        "tax_threshold_cents": select(TaxThreshold.cents).where(TaxThreshold.year == today.year),
    }
    return db.session.execute(select(*(each.scalar_subquery().label(name) for name, each in single.items()))).one()


def list_history(asked: Asked, now: datetime) -> list[policy.Spending]:
    """Other requests of this person, and of this payee within PAYEE_HISTORY, with what they hold and spent."""
    mine = FundRequest.enrollee_id == asked.enrollee_id
    theirs = (FundRequest.payee_id == asked.payee_id) & (FundRequest.approved_at >= now - PAYEE_HISTORY)
    return list_spending(
        FundRequest.id != asked.request_id,
        FundRequest.fund_id == asked.fund_id,
        or_(mine, theirs) if asked.payee_id else mine,
    )


def list_spending(*conditions: ColumnElement[bool]) -> list[policy.Spending]:
    """The approved requests under some conditions that hold or have spent something, as windows count them.

    The earliest approval first. Two queries.
    """
    rows = db.session.execute(
        select(
            FundRequest.id,
            FundRequest.enrollee_id,
            FundRequest.payee_id,
            FundRequest.approved_at,
            FundRequest.paid_at,
            FundRequest.covers_from,
            FundRequest.covers_to,
            FundRequest.is_emergency,
            Category.code,
        )
        .join(Category, Category.id == FundRequest.category_id)
        .where(FundRequest.approved_at.is_not(None), *conditions)
        .order_by(FundRequest.approved_at, FundRequest.id)
    ).all()
    money = request_money([row.id for row in rows])
    zone = current_config().timezone
    return [
        policy.Spending(
            request_id=row.id,
            enrollee_id=row.enrollee_id,
            category=row.code,
            payee_id=row.payee_id,
            cents=money[row.id].counted_cents,
            on=local_day(row.approved_at, zone),
            paid_on=local_day(row.paid_at, zone) if row.paid_at else None,
            days=(row.covers_from, row.covers_to) if row.covers_from and row.covers_to else None,
            is_emergency=row.is_emergency,
        )
        for row in rows
        if money[row.id].counted_cents > 0
    ]


def has_w9(payee_id: UUID, on: date) -> bool:
    """True when a W-9 of the payee is valid on a day."""
    return bool(db.session.scalar(_valid_tax_forms(payee_id, on)))


def paid_in_year(payee_id: UUID, year: int) -> int:
    """Cents paid to a payee in a calendar year by methods that count for a 1099, by payment date."""
    return int(db.session.scalar(_paid_in_year(payee_id, year)) or 0)


def _valid_tax_forms(payee_id: UUID | None, on: date) -> Select[int]:
    return (
        select(func.count())
        .select_from(TaxForm)
        .where(TaxForm.payee_id == payee_id, TaxForm.received_on <= on, TaxForm.expires_on > on)
    )


def _paid_in_year(payee_id: UUID | None, year: int) -> Select[int]:
    return (
        select(func.coalesce(func.sum(Payment.cents), 0))
        .join(Voucher, Voucher.id == Payment.voucher_id)
        .where(
            Voucher.payee_id == payee_id,
            Payment.status == "issued",
            Payment.method.not_in(UNREPORTED),
            Payment.paid_on >= date(year, 1, 1),
            Payment.paid_on <= date(year, 12, 31),
        )
    )


def _cents_of(text: Any) -> int | None:
    """Cents that a sealed field keeps as digits."""
    return int(text) if isinstance(text, str) and text.isascii() and text.isdigit() and len(text) < 12 else None


def _actors(asked: Asked, payee: Payee | None) -> dict[str, frozenset[UUID]]:
    """Who has done which duty on this request until now."""
    request = db.session.get(FundRequest, asked.request_id)
    steps = list(
        db.session.scalars(
            select(ApprovalStep)
            .where(
                ApprovalStep.fund_request_id == asked.request_id,
                ApprovalStep.version == asked.version,
                ApprovalStep.purpose == "request",
                ApprovalStep.decision == "approved",
            )
            .order_by(ApprovalStep.tier)
        )
    )
    payers = db.session.scalars(
        select(Payment.paid_by)
        .join(Voucher, Voucher.id == Payment.voucher_id)
        .where(Voucher.fund_request_id == asked.request_id)
    )
    done: dict[str, set[UUID | None]] = {
        "author": {request.author_id, request.started_by} if request else set(),
        "approver": {step.actor_id for step in steps},
        "final_approver": {steps[-1].actor_id} if steps and request and request.approved_at else set(),
        "payer": set(payers),
        "payee_verifier": {payee.verified_by} if payee else set(),
    }
    return {duty: frozenset(each for each in who if each is not None) for duty, who in done.items()}


def is_overdue(holder_id: UUID, on: date) -> bool:
    """True when somebody holds an advance whose receipts are 30 days late."""
    late = list(
        db.session.scalars(
            select(Advance.id).where(Advance.holder_id == holder_id, Advance.due_on < on - OVERDUE_AFTER)
        )
    )
    return any(cents > 0 for cents in advance_outstanding(late).values())


def count_missing_receipts(enrollee_id: UUID, holder_id: UUID | None) -> int:
    """How many advances of a person's requests, or in the hands of a holder, are not yet covered by receipts."""
    theirs = FundRequest.enrollee_id == enrollee_id
    out = list(
        db.session.scalars(
            select(Advance.id)
            .join(FundRequest, FundRequest.id == Advance.fund_request_id)
            .where(or_(theirs, Advance.holder_id == holder_id) if holder_id else theirs)
        )
    )
    return sum(cents > 0 for cents in advance_outstanding(out).values())
