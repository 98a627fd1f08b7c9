"""Fund requests of a filter in one walk, with codes for people and what their transfers add up to. No write."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from uuid import UUID
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, and_, case, func, or_, select
from sqlalchemy.orm import aliased

from care.models import Enrollee, Goal
from core.db import current_config, db
from funds.ledger import Account
from funds.models import Category, FiscalYear, Fund, FundRequest, Posting, Transfer
from funds.queries.books import RequestMoney
from funds.queries.entries import BATCH
from funds.queries.scope import Scope, credit, debit, joined, of_request
from funds.queries.sums import net_by

COUNTED: Final = (
    Account.ENCUMBERED,
    Account.EXPENSE,
    Account.PAYABLE,
    Account.CASH,
    Account.ADVANCES,
    Account.RECEIVABLE,
)


@dataclass(frozen=True, slots=True)
class RequestRow:
    """One request by its number and codes; `money` counts the transfers of the filter only."""

    id: UUID
    number: str
    status: str
    fund: str
    category: str | None
    item_category: str | None
    enrollee: str
    goal: int
    method: str | None
    payee_id: UUID | None
    author_id: UUID | None
    requested_cents: int
    approved_cents: int | None
    submitted_at: datetime | None
    approved_at: datetime | None
    paid_at: datetime | None
    is_emergency: bool
    is_paused: bool
    version: int
    money: RequestMoney


def iterate_requests(scope: Scope) -> Iterator[RequestRow]:
    """Requests that were ever sent and fall into a filter: by a transfer, or by the day they were sent. 2–3 queries."""
    sums = {key[0]: money_of(net) for key, net in net_by(scope, Posting.fund_request_id, only=COUNTED).items()}
    top = aliased(Category)
    wanted = (
        select(
            FundRequest.id,
            FundRequest.number,
            FundRequest.status,
            Fund.code.label("fund"),
            top.code.label("top"),
            Category.code.label("item"),
            Enrollee.code.label("enrollee"),
            Goal.number.label("goal"),
            FundRequest.method,
            FundRequest.payee_id,
            FundRequest.author_id,
            FundRequest.requested_cents,
            FundRequest.approved_cents,
            FundRequest.submitted_at,
            FundRequest.approved_at,
            FundRequest.paid_at,
            FundRequest.is_emergency,
            FundRequest.is_paused,
            FundRequest.version,
        )
        .join(Fund, Fund.id == FundRequest.fund_id)
        .join(Enrollee, Enrollee.id == FundRequest.enrollee_id)
        .join(Goal, Goal.id == FundRequest.goal_id)
        .outerjoin(Category, Category.id == FundRequest.category_id)
        .outerjoin(top, top.id == Category.parent_id)
        .where(*sent_in(scope))
        .order_by(FundRequest.number, FundRequest.id)
        .execution_options(yield_per=BATCH)
    )
    for row in db.session.execute(wanted):
        yield RequestRow(
            id=row.id,
            number=row.number,
            status=row.status,
            fund=row.fund,
            category=row.top or row.item,
            item_category=row.item,
            enrollee=row.enrollee,
            goal=row.goal,
            method=row.method,
            payee_id=row.payee_id,
            author_id=row.author_id,
            requested_cents=row.requested_cents,
            approved_cents=row.approved_cents,
            submitted_at=row.submitted_at,
            approved_at=row.approved_at,
            paid_at=row.paid_at,
            is_emergency=row.is_emergency,
            is_paused=row.is_paused,
            version=row.version,
            money=sums.get(row.id, RequestMoney()),
        )


def sent_in(scope: Scope) -> list[ColumnElement[bool]]:
    """The requests of a filter in SQL, over `fund_request`: sent once, and touched by it."""
    found = [FundRequest.submitted_at.is_not(None), *narrowed_to(scope)]
    if scope.year_id is not None or scope.is_bounded_in_time:
        found.append(or_(sent_on_days_of(scope), FundRequest.id.in_(joined(select(Posting.fund_request_id), scope))))
    return found


def narrowed_to(scope: Scope) -> list[ColumnElement[bool]]:
    """What a filter asks of a request itself, in SQL over `fund_request`; nothing for a filter of days and years."""
    found = of_request(scope)
    if scope.fund_id is not None:
        found.append(FundRequest.fund_id == scope.fund_id)
    if scope.category_id is not None:
        below = select(Category.id).where(Category.parent_id == scope.category_id)
        found.append(or_(FundRequest.category_id == scope.category_id, FundRequest.category_id.in_(below)))
    return found


def money_of(net: Mapping[Account, int]) -> RequestMoney:
    """Debits less credits of the accounts in COUNTED, as the money of a request."""
    return RequestMoney(
        held_cents=net[Account.ENCUMBERED],
        spent_cents=net[Account.EXPENSE],
        payable_cents=-net[Account.PAYABLE],
        paid_cents=-net[Account.CASH],
        advanced_cents=net[Account.ADVANCES],
        disallowed_cents=net[Account.RECEIVABLE],
    )


def moment_of(day: date) -> datetime:
    """The first moment of a day in the program's zone."""
    return datetime.combine(day, time(), ZoneInfo(current_config().timezone)).astimezone(UTC)


def sent_on_days_of(scope: Scope) -> ColumnElement[bool]:
    """Sent on the days of a filter, and of its year."""
    first, last = scope.from_on, scope.to_on
    if scope.year_id is not None:
        year = db.session.execute(
            select(FiscalYear.starts_on, FiscalYear.ends_on).where(FiscalYear.id == scope.year_id)
        ).one()
        first = max(first, year.starts_on) if first else year.starts_on
        last = min(last, year.ends_on) if last else year.ends_on
    bounds: list[ColumnElement[bool]] = [FundRequest.submitted_at.is_not(None)]
    if first is not None:
        bounds.append(FundRequest.submitted_at >= moment_of(first))
    if last is not None:
        bounds.append(FundRequest.submitted_at < moment_of(last + timedelta(days=1)))
    return and_(*bounds)


@dataclass(frozen=True, slots=True)
class HmisRow:
    """What was spent for one request over a filter, with the HMIS code of its category."""

    number: str
    enrollee: str
    item_category: str
    hmis_code: str | None
    cents: int
    first_on: date
    last_on: date
    covers_from: date | None
    covers_to: date | None
    author_id: UUID | None


def iterate_hmis(scope: Scope) -> Iterator[HmisRow]:
    """Net spending by request over a filter, by number. One query."""
    spent = case((debit.kind == str(Account.EXPENSE), Transfer.amount_cents), else_=-Transfer.amount_cents)
    wanted = (
        joined(
            select(
                FundRequest.number,
                Enrollee.code.label("enrollee"),
                Category.code.label("item_category"),
                Category.hmis_code,
                func.sum(spent).label("cents"),
                func.min(Posting.effective_on).label("first_on"),
                func.max(Posting.effective_on).label("last_on"),
                FundRequest.covers_from,
                FundRequest.covers_to,
                FundRequest.author_id,
            ),
            scope,
        )
        .join(Enrollee, Enrollee.id == FundRequest.enrollee_id)
        .join(Category, Category.id == FundRequest.category_id)
        .where(or_(debit.kind == str(Account.EXPENSE), credit.kind == str(Account.EXPENSE)))
        .group_by(FundRequest.id, Enrollee.id, Category.id)
        .order_by(FundRequest.number)
        .execution_options(yield_per=BATCH)
    )
    for row in db.session.execute(wanted):
        yield HmisRow(**{**row._asdict(), "cents": int(row.cents)})
