"""Rows of the fund's tables as they lie there, for exports and packets: named columns, never a sealed one. No write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Final

from sqlalchemy import ColumnElement, select

from core.db import db
from funds import models
from funds.models import Advance, Document, FundRequest, Payment, ReceiptAllocation, Voucher
from funds.queries.entries import BATCH
from funds.queries.listed import sent_in
from funds.queries.scope import Scope

# Table → its model and the columns that may leave: codes, ids, amounts, days. What people wrote or are called stays in.
COLUMNS: Final[Mapping[str, tuple[type[Any], tuple[str, ...]]]] = {
    "fund": (models.Fund, ("id", "code", "public_name", "starts_on", "ends_on", "year_end", "retention_years")),
    "fiscal_year": (models.FiscalYear, ("id", "code", "starts_on", "ends_on", "status")),
    "period": (models.Period, ("id", "fiscal_year_id", "number", "starts_on", "ends_on", "status")),
    "category": (models.Category, ("id", "code", "parent_id", "name", "hmis_code", "gl_object")),
    "budget_line": (models.BudgetLine, ("id", "fund_id", "fiscal_year_id", "category_id")),
    "fund_request_event": (
        models.FundRequestEvent,
        (
            "id", "fund_request_id", "seq", "action", "from_status", "to_status", "at", "actor_id", "role",
            "reason_code", "amount_cents", "version", "posting_id", "second_actor_id", "payload_sha256",
        ),
    ),
    "approval_step": (
        models.ApprovalStep,
        (
            "id", "fund_request_id", "version", "purpose", "tier", "role", "actor_id", "on_behalf_of", "decision",
            "cents", "decided_at",
        ),
    ),
    "policy_evaluation": (
        models.PolicyEvaluation,
        ("id", "fund_request_id", "version", "step", "at", "cents", "findings", "tiers", "digest"),
    ),
    "policy_exception": (
        models.PolicyException,
        ("id", "fund_request_id", "rule_code", "granted_by", "granted_role", "granted_at", "until"),
    ),
    "voucher": (
        models.Voucher,
        ("id", "fund_request_id", "seq", "payee_id", "cents", "is_final", "status", "made_by", "made_at"),
    ),
    "payment": (
        models.Payment,
        ("id", "voucher_id", "attempt", "method", "number", "cents", "status", "paid_on", "paid_by"),
    ),
    "advance": (
        models.Advance,
        ("id", "fund_request_id", "seq", "cents", "method", "holder_id", "issued_on", "due_on", "issued_by"),
    ),
    "document": (
        models.Document,
        (
            "id", "fund_request_id", "payee_id", "kind", "media_type", "size_bytes", "sha256", "dated_on",
            "total_cents", "added_by", "added_at",
        ),
    ),
    "receipt_allocation": (
        models.ReceiptAllocation,
        ("id", "document_id", "voucher_id", "advance_id", "cents", "accepted_by", "accepted_at"),
    ),
}  # fmt: skip
MASTER: Final = frozenset({"fund", "fiscal_year", "period", "category", "budget_line"})


def iterate_stored(table: str, scope: Scope) -> Iterator[dict[str, Any]]:
    """The rows of a table that belong to a filter, in the order of their keys. Master data comes whole. One query."""
    model, names = COLUMNS[table]
    wanted = select(*(getattr(model, name) for name in names)).order_by(model.id).execution_options(yield_per=BATCH)
    if table not in MASTER:
        wanted = wanted.where(_belongs(table, scope))
    for row in db.session.execute(wanted):
        yield dict(row._mapping)


def _belongs(table: str, scope: Scope) -> ColumnElement[bool]:
    requests = select(FundRequest.id).where(*sent_in(scope))
    vouchers = select(Voucher.id).where(Voucher.fund_request_id.in_(requests))
    if table == "payment":
        return Payment.voucher_id.in_(vouchers)
    if table == "receipt_allocation":
        advances = select(Advance.id).where(Advance.fund_request_id.in_(requests))
        return ReceiptAllocation.voucher_id.in_(vouchers) | ReceiptAllocation.advance_id.in_(advances)
    if table == "document":
        return Document.fund_request_id.in_(requests)
    model, _names = COLUMNS[table]
    column: ColumnElement[Any] = model.fund_request_id
    return column.in_(requests)
