"""What the check of the books asks in sets: lines, goals, reversals, who did what. No write, no verdict."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

from sqlalchemy import Row, case, func, or_, select, text
from sqlalchemy.orm import aliased

from care.models import Enrollee, Goal
from core.db import db
from funds.models import (
    Advance,
    ApprovalStep,
    BudgetLine,
    Delegation,
    Fund,
    FundRequest,
    FundRequestEvent,
    LedgerAccount,
    Payee,
    Payment,
    Posting,
    Transfer,
    Voucher,
)

Sides = list[tuple[int, int, int]]
CHUNK = 5000
HOLDS = ("approve_final", "approve_emergency", "approve_supplement")
TIERS = ("approve_tier", *HOLDS)
APPROVALS = ("approve_tier", "approve_final", "approve_emergency", "ratify", "approve_supplement")


def one_snapshot() -> None:
    """Begin a read in which every later query sees the same moment (SQLite's reads do so by themselves)."""
    db.session.rollback()
    if db.engine.dialect.name == "postgresql":
        db.session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        db.session.execute(text("SET TRANSACTION READ ONLY"))


def categories_of_lines() -> dict[UUID, UUID]:
    """Each budget line's category."""
    return {row.id: row.category_id for row in db.session.execute(select(BudgetLine.id, BudgetLine.category_id))}


def misplaced_goals() -> list[tuple[str, str]]:
    """Requests whose goal is another person's, or that hold or spent for somebody who never enrolled."""
    found = [
        (row.number, "is for a goal of somebody else")
        for row in db.session.execute(
            select(FundRequest.number)
            .outerjoin(Goal, Goal.id == FundRequest.goal_id)
            .where(func.coalesce(Goal.enrollee_id != FundRequest.enrollee_id, True))
            .order_by(FundRequest.number)
        )
    ]
    holds = select(Posting.fund_request_id).where(Posting.kind == "hold")
    found += [
        (row.number, "had money held for somebody who is not enrolled")
        for row in db.session.execute(
            select(FundRequest.number)
            .outerjoin(Enrollee, Enrollee.id == FundRequest.enrollee_id)
            .where(FundRequest.id.in_(holds), Enrollee.enrolled_on.is_(None))
            .order_by(FundRequest.number)
        )
    ]
    return found


def reversals() -> Iterator[tuple[int, int, Sides, Sides]]:
    """Each reversal and its original, with the transfers of both as (debit, credit, cents), the second mirrored."""
    pairs = {
        row.id: row.reverses_id
        for row in db.session.execute(select(Posting.id, Posting.reverses_id).where(Posting.reverses_id.is_not(None)))
    }
    wanted = sorted({*pairs, *pairs.values()})
    sides: dict[int, Sides] = {}
    for start in range(0, len(wanted), CHUNK):
        rows = db.session.execute(
            select(Transfer.posting_id, Transfer.debit_id, Transfer.credit_id, Transfer.amount_cents)
            .where(Transfer.posting_id.in_(wanted[start : start + CHUNK]))
            .order_by(Transfer.posting_id, Transfer.seq)
        )
        for row in rows:
            sides.setdefault(row.posting_id, []).append((row.debit_id, row.credit_id, row.amount_cents))
    for reversal_id, original_id in sorted(pairs.items()):
        mirrored = [(credit, debit, cents) for debit, credit, cents in sides.get(original_id, [])]
        yield reversal_id, original_id, sorted(sides.get(reversal_id, [])), sorted(mirrored)


def evaluation_digest(findings: Any, tiers: Any, cents: int) -> str:
    """The digest that a stored evaluation must carry: SHA-256 of its canonical JSON."""
    spelled = json.dumps(
        {"findings": findings, "tiers": tiers, "cents": cents},
        sort_keys=True,
        separators=(",", ":"),
        ensure_ascii=False,
    )
    return hashlib.sha256(unicodedata.normalize("NFC", spelled).encode()).hexdigest()


def histories() -> Iterator[tuple[UUID, list[Any]]]:
    """The events of each request in their order, request by request."""
    rows = db.session.execute(
        select(
            FundRequestEvent.fund_request_id,
            FundRequestEvent.seq,
            FundRequestEvent.action,
            FundRequestEvent.from_status,
            FundRequestEvent.to_status,
            FundRequestEvent.role,
            FundRequestEvent.version,
            FundRequestEvent.posting_id,
        )
        .order_by(FundRequestEvent.fund_request_id, FundRequestEvent.seq)
        .execution_options(yield_per=CHUNK)
    )
    for request_id, events in groupby(rows, key=lambda row: row.fund_request_id):
        yield request_id, [*events]


def approvals_by_authors() -> list[Row[Any]]:
    """Requests that somebody approved who had started, taken over or sent the version approved."""
    approval, author = aliased(FundRequestEvent), aliased(FundRequestEvent)
    return list(
        db.session.execute(
            select(FundRequest.number, approval.seq)
            .join(approval, approval.fund_request_id == FundRequest.id)
            .join(author, author.fund_request_id == FundRequest.id)
            .where(
                approval.action.in_(APPROVALS),
                author.actor_id == approval.actor_id,
                (author.action == "create")
                | (author.action.in_(("submit", "amend")) & (author.version == approval.version)),
            )
            .distinct()
            .order_by(FundRequest.number, approval.seq)
        )
    )


def double_approvals() -> list[Row[Any]]:
    """Versions of which one person approved two tiers."""
    return list(
        db.session.execute(
            select(FundRequest.number, FundRequestEvent.version)
            .join(FundRequest, FundRequest.id == FundRequestEvent.fund_request_id)
            .where(FundRequestEvent.action.in_(("approve_tier", "approve_final", "approve_emergency", "ratify")))
            .group_by(FundRequest.number, FundRequestEvent.version, FundRequestEvent.actor_id)
            .having(func.count() > 1)
            .order_by(FundRequest.number)
        )
    )


def steps_without_event() -> list[Row[Any]]:
    """Approvals whose person, role or version no event of the request knows."""
    event = aliased(FundRequestEvent)
    known = (
        select(event.id)
        .where(
            event.fund_request_id == ApprovalStep.fund_request_id,
            event.actor_id == ApprovalStep.actor_id,
            event.action.in_((*APPROVALS, "refuse_ratification", "return", "deny", "deny_supplement")),
        )
        .exists()
    )
    return list(
        db.session.execute(
            select(FundRequest.number, ApprovalStep.version, ApprovalStep.tier)
            .join(FundRequest, FundRequest.id == ApprovalStep.fund_request_id)
            .where(~known)
            .order_by(FundRequest.number, ApprovalStep.version, ApprovalStep.tier)
        )
    )


def payments_by_approvers() -> list[Row[Any]]:
    """Payments made by who had approved the request or a supplement last, above the fund's small-office lane."""
    final, paid, moved = aliased(FundRequestEvent), aliased(FundRequestEvent), aliased(Transfer)
    return list(
        db.session.execute(
            select(FundRequest.number, Payment.number.label("payment"))
            .join(Voucher, Voucher.id == Payment.voucher_id)
            .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
            .join(Fund, Fund.id == FundRequest.fund_id)
            .join(moved, moved.payment_id == Payment.id)
            .join(paid, (paid.posting_id == moved.posting_id) & (paid.action == "pay"))
            .join(final, (final.fund_request_id == paid.fund_request_id) & (final.version == paid.version))
            .where(
                final.action.in_(HOLDS),
                final.posting_id.is_not(None),
                final.seq < paid.seq,
                or_(final.actor_id == Payment.paid_by, final.actor_id == paid.actor_id),
                Payment.cents > Fund.payer_may_approve_cents,
            )
            .distinct()
            .order_by(FundRequest.number, Payment.number)
        )
    )


def reconciled_by_payers() -> list[Row[Any]]:
    """Requests that somebody finished who had paid one of their vouchers."""
    return list(
        db.session.execute(
            select(FundRequest.number)
            .join(FundRequestEvent, FundRequestEvent.fund_request_id == FundRequest.id)
            .join(Voucher, Voucher.fund_request_id == FundRequest.id)
            .join(Payment, Payment.voucher_id == Voucher.id)
            .where(FundRequestEvent.action == "reconcile", FundRequestEvent.actor_id == Payment.paid_by)
            .distinct()
            .order_by(FundRequest.number)
        )
    )


def first_payments_by_verifiers() -> list[Row[Any]]:
    """First payments to a payee made, or approved, by who had verified the payee before: `was` says which of both.

    Who verified it after its first payment is another check of the same person's papers, and breaks no law.
    """
    ranked = (
        select(
            Voucher.payee_id,
            Voucher.fund_request_id,
            Payment.paid_by,
            Payment.number,
            Posting.posted_at,
            func.row_number()
            .over(partition_by=Voucher.payee_id, order_by=(Payment.paid_on, Posting.id))
            .label("place"),
        )
        .join(Voucher, Voucher.id == Payment.voucher_id)
        .join(Transfer, Transfer.payment_id == Payment.id)
        .join(Posting, Posting.id == Transfer.posting_id)
        .where(Posting.kind == "pay")
        .subquery()
    )
    approved = (
        select(FundRequestEvent.id)
        .where(
            FundRequestEvent.fund_request_id == ranked.c.fund_request_id,
            FundRequestEvent.actor_id == Payee.verified_by,
            FundRequestEvent.action.in_(TIERS),
            FundRequestEvent.at <= ranked.c.posted_at,
        )
        .exists()
    )
    was = case((ranked.c.paid_by == Payee.verified_by, "made"), (approved, "approved"))
    return list(
        db.session.execute(
            select(Payee.id, ranked.c.number, was.label("was"))
            .join(ranked, ranked.c.payee_id == Payee.id)
            .where(ranked.c.place == 1, was.is_not(None), Payee.verified_at <= ranked.c.posted_at)
            .order_by(Payee.id)
        )
    )


def advances_to_the_late(days: int) -> list[Any]:
    """Advances given to somebody who then held another, some days past due and not covered at that moment."""
    late, given, seen = aliased(Advance), aliased(Posting), aliased(Posting)
    account, moved, named = aliased(LedgerAccount), aliased(Transfer), aliased(Transfer)
    open_then = (
        select(func.sum(case((moved.debit_id == account.id, moved.amount_cents), else_=-moved.amount_cents)))
        .join(account, or_(account.id == moved.debit_id, account.id == moved.credit_id))
        .join(seen, seen.id == moved.posting_id)
        .where(moved.advance_id == late.id, account.kind == "advances", seen.id < given.id)
        .scalar_subquery()
    )
    rows = db.session.execute(
        select(Advance.id, Advance.seq, Advance.issued_on, late.due_on, FundRequest.number)
        .join(FundRequest, FundRequest.id == Advance.fund_request_id)
        .join(named, named.advance_id == Advance.id)
        .join(given, given.id == named.posting_id)
        .join(late, (late.holder_id == Advance.holder_id) & (late.id != Advance.id))
        .where(given.kind == "advance", late.due_on < Advance.issued_on, open_then > 0)
        .distinct()
        .order_by(FundRequest.number, Advance.seq)
    )
    return [*filter(lambda row: (row.issued_on - row.due_on).days > days, rows)]


def self_verified() -> list[UUID]:
    """Payees that were verified by who proposed them."""
    return list(db.session.scalars(select(Payee.id).where(Payee.verified_by == Payee.proposed_by).order_by(Payee.id)))


def steps_without_delegation() -> list[Row[Any]]:
    """Approvals on somebody's behalf that no delegation of that day allowed."""
    covering = (
        select(Delegation.id)
        .where(
            Delegation.from_user_id == ApprovalStep.on_behalf_of,
            Delegation.to_user_id == ApprovalStep.actor_id,
            Delegation.role == ApprovalStep.role,
        )
        .exists()
    )
    return list(
        db.session.execute(
            select(FundRequest.number, ApprovalStep.version, ApprovalStep.tier)
            .join(FundRequest, FundRequest.id == ApprovalStep.fund_request_id)
            .where(ApprovalStep.on_behalf_of.is_not(None), ~covering)
            .order_by(FundRequest.number)
        )
    )
