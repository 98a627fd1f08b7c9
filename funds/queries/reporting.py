"""What the reports read besides the transfers: names of things by id, requests, papers, cards, bank lines. No write."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import and_, func, or_, select
from sqlalchemy.orm import aliased

import accounts.queries
from audit import queries as trail
from care.models import Assignment, Enrollee, Goal
from core.db import db
from core.errors import Bilingual
from funds.models import (
    Advance,
    Appeal,
    ApprovalStep,
    BankLine,
    BudgetLine,
    Category,
    CustodyEvent,
    Document,
    FiscalYear,
    Fund,
    FundRequest,
    FundRequestEvent,
    ImportBatch,
    Instrument,
    Payee,
    Payment,
    Period,
    PeriodClose,
    PolicyException,
    PolicyRule,
    PublishedTotal,
    ReceiptAllocation,
    TaxForm,
    TaxThreshold,
    Voucher,
)
from funds.queries.entries import Scope
from funds.queries.listed import moment_of, sent_in, sent_on_days_of


@dataclass(frozen=True, slots=True)
class LineName:
    """A budget line in words."""

    id: UUID
    fund: str
    year: str
    category: str
    category_es: str
    category_id: UUID
    fund_id: UUID
    year_id: UUID


def list_lines(scope: Scope) -> list[LineName]:
    """The budget lines of a filter, by fund, year and order of categories. One query."""
    wanted = (
        select(BudgetLine, Fund.code, FiscalYear.code.label("year"), Category)
        .join(Fund, Fund.id == BudgetLine.fund_id)
        .join(FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id)
        .join(Category, Category.id == BudgetLine.category_id)
        .order_by(Fund.code, FiscalYear.starts_on, Category.order, Category.code)
    )
    for column, value in (
        (BudgetLine.fund_id, scope.fund_id),
        (BudgetLine.fiscal_year_id, scope.year_id),
        (BudgetLine.category_id, scope.category_id),
    ):
        if value is not None:
            wanted = wanted.where(column == value)
    return [
        LineName(
            row.BudgetLine.id, row.code, row.year, row.Category.name, row.Category.name_es, row.Category.id,
            row.BudgetLine.fund_id, row.BudgetLine.fiscal_year_id,
        )
        for row in db.session.execute(wanted)
    ]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as reports know it, by codes."""

    id: UUID
    number: str
    status: str
    fund_id: UUID
    category_id: UUID | None
    top_id: UUID | None
    line_id: UUID | None
    enrollee_id: UUID
    enrollee: str
    goal_id: UUID
    goal: int
    payee_id: UUID | None
    method: str | None
    author_id: UUID | None
    requested_cents: int
    approved_cents: int | None
    submitted_at: datetime | None
    approved_at: datetime | None
    paid_at: datetime | None
    created_at: datetime
    expires_on: date | None
    is_emergency: bool
    needs_ratification: bool
    ratify_by: date | None


def list_asked(scope: Scope, *, sent_within: bool = False) -> list[Asked]:
    """The requests of a filter that were ever sent, by number: whatever its days and year, so that each transfer finds
    its request; with `sent_within` those that were sent on them. One query, two with a year.
    """
    wanted = (
        select(FundRequest, Category.parent_id, Enrollee.code, Goal.number.label("goal"))
        .join(Enrollee, Enrollee.id == FundRequest.enrollee_id)
        .join(Goal, Goal.id == FundRequest.goal_id)
        .outerjoin(Category, Category.id == FundRequest.category_id)
        .where(*sent_in(Scope(**_request_part(scope))))
        .order_by(FundRequest.number, FundRequest.id)
    )
    if sent_within:
        wanted = wanted.where(sent_on_days_of(scope))
    columns = (
        "id", "number", "status", "fund_id", "category_id", "enrollee_id", "goal_id", "payee_id", "method",
        "author_id", "requested_cents", "approved_cents", "submitted_at", "approved_at", "paid_at", "created_at",
        "expires_on", "is_emergency", "needs_ratification", "ratify_by", "budget_line_id",
    )  # fmt: skip
    plain = wanted.with_only_columns(
        *(getattr(FundRequest, name) for name in columns),
        Category.parent_id,
        Enrollee.code.label("enrollee"),
        Goal.number.label("goal"),
    )
    found = []
    for row in db.session.execute(plain):
        values = row._asdict()
        parent, line = values.pop("parent_id"), values.pop("budget_line_id")
        found.append(Asked(**values, top_id=parent or row.category_id, line_id=line))
    return found


def category_names() -> dict[UUID, tuple[str, str, str]]:
    """Category → its name, its Spanish name, its code."""
    return {
        row.id: (row.name, row.name_es, row.code)
        for row in db.session.execute(select(Category.id, Category.name, Category.name_es, Category.code))
    }


def payee_names() -> dict[UUID, str]:
    """Payee → its name."""
    return {row.id: row.name for row in db.session.execute(select(Payee.id, Payee.name))}


def staff_names(user_ids: Iterable[UUID | None]) -> dict[UUID, str]:
    """User → name, for those that act in the fund."""
    return accounts.queries.names_of({each for each in user_ids if each is not None})


def pre_encumbered(scope: Scope, as_of: date) -> dict[UUID, int]:
    """Top category → cents that were submitted and not decided at the end of a day, within a filter. One query."""
    before = moment_of(as_of + timedelta(days=1))
    last = (
        select(FundRequestEvent.fund_request_id, func.max(FundRequestEvent.seq).label("seq"))
        .where(FundRequestEvent.at < before)
        .group_by(FundRequestEvent.fund_request_id)
        .subquery()
    )
    wanted = (
        select(
            func.coalesce(Category.parent_id, Category.id).label("top"),
            func.sum(FundRequest.requested_cents).label("cents"),
        )
        .join(last, last.c.fund_request_id == FundRequest.id)
        .join(
            FundRequestEvent,
            and_(FundRequestEvent.fund_request_id == last.c.fund_request_id, FundRequestEvent.seq == last.c.seq),
        )
        .join(Category, Category.id == FundRequest.category_id)
        .where(FundRequestEvent.to_status == "submitted")
        .group_by(func.coalesce(Category.parent_id, Category.id))
    )
    if scope.fund_id is not None:
        wanted = wanted.where(FundRequest.fund_id == scope.fund_id)
    return {row.top: int(row.cents) for row in db.session.execute(wanted)}


def year_of_day(on: date) -> UUID | None:
    """The budget year of a day."""
    return db.session.scalar(select(FiscalYear.id).where(FiscalYear.starts_on <= on, FiscalYear.ends_on >= on))


def list_advances(ids: Iterable[UUID]) -> dict[UUID, Advance]:
    """Some advances by id."""
    return {row.id: row for row in db.session.scalars(select(Advance).where(Advance.id.in_(list(ids))))}


def list_paid_vouchers(scope: Scope, as_of: date) -> Sequence[Any]:
    """Vouchers whose payment stands, with what receipts cover of them up to a day. One query."""
    covered = (
        select(ReceiptAllocation.voucher_id, func.sum(ReceiptAllocation.cents).label("cents"))
        .where(ReceiptAllocation.accepted_at < moment_of(as_of + timedelta(days=1)))
        .group_by(ReceiptAllocation.voucher_id)
        .subquery()
    )
    return db.session.execute(
        select(
            Voucher.id,
            Voucher.seq,
            FundRequest.id.label("request_id"),
            FundRequest.number,
            FundRequest.author_id,
            Payment.paid_on,
            Payment.cents,
            func.coalesce(covered.c.cents, 0).label("covered"),
        )
        .join(Payment, and_(Payment.voucher_id == Voucher.id, Payment.status == "issued"))
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .outerjoin(covered, covered.c.voucher_id == Voucher.id)
        .where(Payment.paid_on <= as_of, *sent_in(Scope(**_request_part(scope))))
        .order_by(Payment.paid_on, Voucher.id)
    ).all()


def _request_part(scope: Scope) -> dict[str, Any]:
    """A filter without its days and year: what hangs on the request."""
    return {
        "fund_id": scope.fund_id,
        "category_id": scope.category_id,
        "coordinator_id": scope.coordinator_id,
        "enrollee_id": scope.enrollee_id,
        "payee_id": scope.payee_id,
        "method": scope.method,
        "goal_id": scope.goal_id,
    }


def list_people() -> list[Any]:
    """Code, enrolment and end of everybody in the program, by code. One query."""
    return list(
        db.session.execute(
            select(Enrollee.id, Enrollee.code, Enrollee.enrolled_on, Enrollee.ended_on).order_by(Enrollee.code)
        )
    )


def filter_choices(names: Sequence[str]) -> dict[str, list[tuple[str, Any]]]:
    """What the lists of a filter offer, for the fields that a report takes. A query a list."""
    found: dict[str, list[tuple[str, Any]]] = {}
    if "fund" in names:
        rows = db.session.execute(select(Fund.id, Fund.code, Fund.name).order_by(Fund.code).limit(200))
        found["fund"] = [(str(row.id), f"{row.code} · {row.name}") for row in rows]
    if "year" in names:
        rows = db.session.execute(select(FiscalYear.id, FiscalYear.code).order_by(FiscalYear.starts_on.desc()))
        found["year"] = [(str(row.id), row.code) for row in rows]
    if "category" in names:
        rows = db.session.execute(
            select(Category.id, Category.name, Category.name_es)
            .where(Category.parent_id.is_(None))
            .order_by(Category.order, Category.code)
        )
        found["category"] = [(str(row.id), Bilingual({"en": row.name, "es": row.name_es})) for row in rows]
    if "coordinator" in names:
        authors = list(db.session.scalars(select(FundRequest.author_id).distinct().limit(500)))
        found["coordinator"] = sorted(
            ((str(key), name) for key, name in staff_names(authors).items()), key=lambda pair: pair[1]
        )
    if "payee" in names:
        rows = db.session.execute(select(Payee.id, Payee.name).order_by(Payee.name, Payee.id).limit(500))
        found["payee"] = [(str(row.id), row.name) for row in rows]
    if "enrollee" in names:
        rows = db.session.execute(
            select(Enrollee.id, Enrollee.code)
            .where(Enrollee.id.in_(select(FundRequest.enrollee_id)))
            .order_by(Enrollee.code)
            .limit(500)
        )
        found["enrollee"] = [(str(row.id), row.code) for row in rows]
    return found


def export_choices() -> dict[str, list[tuple[str, Any]]]:
    """Funds and years by code. Two queries."""
    funds = db.session.execute(select(Fund.code, Fund.name).order_by(Fund.code).limit(200))
    years = db.session.scalars(select(FiscalYear.code).order_by(FiscalYear.starts_on.desc()))
    return {
        "fund": [(row.code, f"{row.code} · {row.name}") for row in funds],
        "year": [(code, code) for code in years],
    }


def fund_of(request_id: UUID) -> UUID:
    """The fund of a request."""
    return db.session.execute(select(FundRequest.fund_id).where(FundRequest.id == request_id)).scalar_one()


def first_event_of(request_id: UUID) -> int:
    """The number of the first event in the trail about a request; 1 where there is none."""
    events, total = trail.list_events(page=1, size=1, subject_id=str(request_id))
    if total > 1:
        events, _total = trail.list_events(page=total, size=1, subject_id=str(request_id))
    return events[0].seq if events else 1


def anchor_before(seq: int) -> int:
    """The number of the last head of the trail that a close wrote down before an event; 0 is the beginning."""
    found = db.session.scalar(select(func.max(PeriodClose.chain_seq)).where(PeriodClose.chain_seq < seq))
    return int(found or 0)


def list_enrollees() -> list[Enrollee]:
    """Everybody in the program as rows, sealed words closed. One query."""
    return list(db.session.scalars(select(Enrollee).where(Enrollee.enrolled_on.is_not(None)).order_by(Enrollee.code)))


def find_request_id(number: str) -> UUID | None:
    """The request of a number that was sent once."""
    return db.session.scalar(
        select(FundRequest.id).where(FundRequest.number == number, FundRequest.submitted_at.is_not(None))
    )


def coordinators_of(now: datetime) -> dict[UUID, UUID]:
    """Enrollee → today's coordinator. One query."""
    rows = db.session.execute(
        select(Assignment.enrollee_id, Assignment.user_id)
        .where(
            Assignment.role == "coordinator",
            Assignment.starts_at <= now,
            or_(Assignment.ends_at.is_(None), Assignment.ends_at > now),
        )
        .order_by(Assignment.starts_at)
    )
    return {row.enrollee_id: row.user_id for row in rows}


def list_published() -> list[PublishedTotal]:
    """Figures published elsewhere, in the order of their source."""
    return list(db.session.scalars(select(PublishedTotal).order_by(PublishedTotal.source, PublishedTotal.label)))


def vendor_payments(year: int, as_of: date) -> Sequence[Any]:
    """Payments of a calendar year that stand, by payee and method. One query."""
    return db.session.execute(
        select(Payee, Payment.method, func.sum(Payment.cents).label("cents"))
        .join(Voucher, Voucher.payee_id == Payee.id)
        .join(Payment, Payment.voucher_id == Voucher.id)
        .where(
            Payment.status == "issued",
            Payment.paid_on >= date(year, 1, 1),
            Payment.paid_on <= min(as_of, date(year, 12, 31)),
        )
        .group_by(Payee.id, Payment.method)
        .order_by(Payee.name, Payee.id)
    ).all()


def payees_with_w9(on: date) -> set[UUID]:
    """Payees with a W-9 that is valid on a day."""
    return set(db.session.scalars(select(TaxForm.payee_id).where(TaxForm.received_on <= on, TaxForm.expires_on > on)))


def tax_threshold(year: int) -> TaxThreshold | None:
    """From how much a 1099 is due in a calendar year; None where it is not entered."""
    return db.session.scalar(select(TaxThreshold).where(TaxThreshold.year == year))


def list_events(scope: Scope, *actions: str) -> Sequence[Any]:
    """Steps of some kinds of the requests of a filter, in their order. One query."""
    wanted = (
        select(
            FundRequestEvent.fund_request_id,
            FundRequestEvent.seq,
            FundRequestEvent.action,
            FundRequestEvent.at,
            FundRequestEvent.actor_id,
            FundRequestEvent.second_actor_id,
            FundRequestEvent.reason_code,
            FundRequestEvent.version,
            FundRequest.number,
        )
        .join(FundRequest, FundRequest.id == FundRequestEvent.fund_request_id)
        .where(*sent_in(Scope(**_request_part(scope))))
        .order_by(FundRequestEvent.at, FundRequestEvent.fund_request_id, FundRequestEvent.seq)
    )
    if actions:
        wanted = wanted.where(FundRequestEvent.action.in_(actions))
    return db.session.execute(wanted).all()


def list_steps(scope: Scope) -> Sequence[Any]:
    """Approvals of the requests of a filter, with author, payee and fund limits. One query."""
    return db.session.execute(
        select(
            ApprovalStep.fund_request_id, ApprovalStep.version, ApprovalStep.purpose, ApprovalStep.tier,
            ApprovalStep.actor_id, ApprovalStep.decision, ApprovalStep.decided_at, ApprovalStep.cents,
            FundRequest.number, FundRequest.author_id, FundRequest.payee_id, Fund.payer_may_approve_cents,
        )
        .join(FundRequest, FundRequest.id == ApprovalStep.fund_request_id)
        .join(Fund, Fund.id == FundRequest.fund_id)
        .where(*sent_in(Scope(**_request_part(scope))))
        .order_by(ApprovalStep.decided_at, ApprovalStep.id)
    ).all()  # fmt: skip


def list_payments(scope: Scope) -> Sequence[Any]:
    """All attempts to pay, with their request, payee and the bank line they are matched to. One query."""
    return db.session.execute(
        select(
            Payment.id, Payment.method, Payment.bank_account, Payment.number, Payment.cents, Payment.status,
            Payment.paid_on, Payment.paid_by, FundRequest.id.label("request_id"), FundRequest.number.label("request"),
            Voucher.payee_id, BankLine.id.label("bank_line_id"), BankLine.on,
        )
        .join(Voucher, Voucher.id == Payment.voucher_id)
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .outerjoin(BankLine, BankLine.payment_id == Payment.id)
        .where(*sent_in(Scope(**_request_part(scope))))
        .order_by(Payment.bank_account, Payment.paid_on, Payment.number)
    ).all()  # fmt: skip


def list_bank_lines(scope: Scope, as_of: date) -> Sequence[Any]:
    """Lines of bank and card files up to a day. One query."""
    wanted = (
        select(
            BankLine.on, BankLine.cents, BankLine.number, BankLine.payment_id, BankLine.note, ImportBatch.bank_account
        )
        .join(ImportBatch, ImportBatch.id == BankLine.import_batch_id)
        .where(BankLine.on <= as_of)
        .order_by(BankLine.on, BankLine.id)
    )
    if scope.fund_id is not None:
        wanted = wanted.where(ImportBatch.fund_id == scope.fund_id)
    return db.session.execute(wanted).all()


def list_exceptions(scope: Scope) -> Sequence[Any]:
    """Rules set aside for requests of a filter. One query."""
    return db.session.execute(
        select(PolicyException, FundRequest.number, FundRequest.id.label("request_id"))
        .join(FundRequest, FundRequest.id == PolicyException.fund_request_id)
        .where(*sent_in(Scope(**_request_part(scope))))
        .order_by(PolicyException.granted_at, PolicyException.id)
    ).all()


def tier_edges(on: date) -> list[int]:
    """The amounts at which another approver comes in, from the rules in force on a day."""
    rows = db.session.scalars(
        select(PolicyRule.params).where(
            PolicyRule.kind == "tier",
            PolicyRule.status.in_(("in_force", "replaced")),
            PolicyRule.effective_from <= on,
            or_(PolicyRule.effective_to.is_(None), PolicyRule.effective_to >= on),
        )
    )
    return sorted({int(band["below_cents"]) for params in rows for band in params["bands"] if "below_cents" in band})


def duplicate_documents() -> Sequence[Any]:
    """Papers whose file is another's too, with their requests. One query."""
    again = (
        select(Document.sha256)
        .where(Document.fund_request_id.is_not(None))
        .group_by(Document.sha256)
        .having(func.count(func.distinct(Document.fund_request_id)) > 1)
    )
    return db.session.execute(
        select(
            Document.sha256, Document.kind, Document.explained, FundRequest.number, FundRequest.id.label("request_id")
        )
        .join(FundRequest, FundRequest.id == Document.fund_request_id)
        .where(Document.sha256.in_(again))
        .order_by(Document.sha256, FundRequest.number, Document.id)
    ).all()


def duplicate_invoices() -> Sequence[Any]:
    """Vouchers that stand and name the same invoice of the same payee, with their requests. One query."""
    other = aliased(Voucher)
    return db.session.execute(
        select(
            Voucher.payee_id, Voucher.invoice_no, Voucher.cents, FundRequest.number, FundRequest.id.label("request_id")
        )
        .join(FundRequest, FundRequest.id == Voucher.fund_request_id)
        .where(
            Voucher.invoice_no.is_not(None),
            Voucher.status != "void",
            select(other.id)
            .where(
                other.payee_id == Voucher.payee_id,
                func.lower(other.invoice_no) == func.lower(Voucher.invoice_no),
                other.status != "void",
                other.id != Voucher.id,
            )
            .exists(),
        )
        .order_by(Voucher.payee_id, func.lower(Voucher.invoice_no), FundRequest.number)
    ).all()


def list_appeals(scope: Scope) -> list[Appeal]:
    """Appeals of the requests of a filter. One query."""
    return list(
        db.session.scalars(
            select(Appeal)
            .join(FundRequest, FundRequest.id == Appeal.fund_request_id)
            .where(*sent_in(Scope(**_request_part(scope))))
            .order_by(Appeal.filed_at, Appeal.id)
        )
    )


def list_closes(limit: int = 24) -> Sequence[Any]:
    """The last closes of months, newest first. One query."""
    return db.session.execute(
        select(PeriodClose, Period.starts_on)
        .join(Period, Period.id == PeriodClose.period_id)
        .order_by(PeriodClose.closed_at.desc(), PeriodClose.id)
        .limit(limit)
    ).all()


def list_custody(scope: Scope) -> Sequence[Any]:
    """Cards and passes with the last change of hands. One query."""
    last = (
        select(CustodyEvent.instrument_id, func.max(CustodyEvent.at).label("at"), func.count().label("events"))
        .group_by(CustodyEvent.instrument_id)
        .subquery()
    )
    wanted = (
        select(Instrument, last.c.at, last.c.events)
        .outerjoin(last, last.c.instrument_id == Instrument.id)
        .order_by(Instrument.state, Instrument.label, Instrument.id)
    )
    if scope.fund_id is not None:
        wanted = wanted.where(Instrument.fund_id == scope.fund_id)
    return db.session.execute(wanted).all()


def payee_verifiers() -> dict[UUID, UUID | None]:
    """Payee → who verified it."""
    return {row.id: row.verified_by for row in db.session.execute(select(Payee.id, Payee.verified_by))}


def lenient_funds() -> Sequence[Any]:
    """Funds in which the approver may pay small amounts. One query."""
    return db.session.execute(
        select(Fund.code, Fund.payer_may_approve_cents).where(Fund.payer_may_approve_cents > 0).order_by(Fund.code)
    ).all()
