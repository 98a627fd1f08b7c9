"""The facts of past requests, for trying a changed rule on them: read in bulk, as of the day that each was sent.

What a request and its person held is counted as the books say today; papers and verifications as they are today.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import func, select

from care.models import Enrollee
from core.clock import local_day
from core.db import current_config, db
from funds import policy
from funds.models import (
    Category,
    ChoiceStatement,
    Document,
    FiscalYear,
    FundRequest,
    Payee,
    PolicyException,
    ResourceTried,
    TaxForm,
    TaxThreshold,
    Voucher,
)
from funds.queries.books import request_money
from funds.states import State

LOOK_BACK = timedelta(days=365)
MOST = 1000  # requests that one dry run looks at, the newest


@dataclass(frozen=True, slots=True)
class Past:
    """Requests of a fund that were sent since a day, newest first, and whether there were more than are read."""

    requests: Sequence[FundRequest]
    since: date
    is_cut: bool


def list_past(fund_id: UUID, now: datetime) -> Past:
    """What was sent in the last year. One query."""
    since = now - LOOK_BACK
    rows = list(
        db.session.scalars(
            select(FundRequest)
            .where(
                FundRequest.fund_id == fund_id,
                FundRequest.submitted_at >= since,
                FundRequest.category_id.is_not(None),
            )
            .order_by(FundRequest.submitted_at.desc(), FundRequest.id)
            .limit(MOST + 1)
        )
    )
    return Past(rows[:MOST], local_day(since, current_config().timezone), len(rows) > MOST)


def facts_of(past: Past, texts: dict[UUID, dict[str, Any]]) -> list[tuple[policy.Facts, policy.Step]]:
    """The facts of each request at the steps that it went through. About 15 queries, however many requests.

    `texts` are the opened words of the requests, empty where the rule asks for none.
    """
    requests = past.requests
    ids = [row.id for row in requests]
    zone = current_config().timezone
    categories = {row.id: row for row in db.session.scalars(select(Category))}
    codes = {row.id: row.code for row in categories.values()}
    parents = {row.code: codes.get(row.parent_id) if row.parent_id else None for row in categories.values()}
    years = list(db.session.scalars(select(FiscalYear)))
    enrolled = dict(
        _pairs(select(Enrollee.id, Enrollee.enrolled_on).where(Enrollee.id.in_({r.enrollee_id for r in requests})))
    )
    tried = dict(_pairs(_count(ResourceTried.fund_request_id, ids)))
    papers: dict[UUID | None, dict[str, int]] = defaultdict(dict)
    for paper in db.session.execute(
        select(Document.fund_request_id, Document.kind, func.count())
        .where(Document.fund_request_id.in_(ids))
        .group_by(Document.fund_request_id, Document.kind)
    ):
        papers[paper[0]][paper[1]] = int(paper[2])
    agreed = {
        (row[0], row[1])
        for row in db.session.execute(
            select(ChoiceStatement.fund_request_id, ChoiceStatement.version).where(
                ChoiceStatement.fund_request_id.in_(ids), ChoiceStatement.kind != "declined"
            )
        )
    }
    payees = {row.id: row for row in db.session.scalars(select(Payee))}
    forms: dict[UUID, list[tuple[date, date]]] = defaultdict(list)
    for tax in db.session.execute(select(TaxForm.payee_id, TaxForm.received_on, TaxForm.expires_on)):
        forms[tax[0]].append((tax[1], tax[2]))
    excepted: dict[UUID, set[str]] = defaultdict(set)
    for exception in db.session.execute(
        select(PolicyException.fund_request_id, PolicyException.rule_code).where(
            PolicyException.fund_request_id.in_(ids)
        )
    ):
        excepted[exception[0]].add(exception[1])
    vouchered = set(
        db.session.scalars(select(Voucher.fund_request_id).where(Voucher.fund_request_id.in_(ids)).distinct())
    )
    thresholds = dict(_pairs(select(TaxThreshold.year, TaxThreshold.cents)))
    by_person, by_payee = _histories(requests, codes, zone)
    found = []
    for request in requests:
        assert request.submitted_at is not None and request.category_id is not None
        day = local_day(request.submitted_at, zone)
        year = next(((y.starts_on, y.ends_on) for y in years if y.starts_on <= day <= y.ends_on), (day, day))
        words = texts.get(request.id, {})
        payee = payees.get(request.payee_id) if request.payee_id else None
        kinds = papers[request.id]
        near = {
            each.request_id: each
            for each in (
                *by_person[request.enrollee_id],
                *(by_payee[request.payee_id] if request.payee_id else ()),
            )
            if each.request_id != request.id and each.on <= day
        }
        rent = words.get("monthly_rent")
        facts = policy.Facts(
            request_id=request.id,
            enrollee_id=request.enrollee_id,
            payee_id=request.payee_id,
            category=codes[request.category_id],
            parents=parents,
            cents=request.requested_cents,
            method=request.method or "",
            item=str(words.get("item") or ""),
            today=day,
            fiscal_year=year,
            enrolled_on=enrolled.get(request.enrollee_id),
            goal_is_active=True,  # it was sent, so it was
            tried=tried.get(request.id, 0),
            documents=frozenset(kinds),
            quotes=max(request.quotes, kinds.get("quote", 0)),
            quote_reason=str(words.get("quote_reason") or ""),
            has_agreement=(request.id, request.version) in agreed,
            is_emergency=request.is_emergency,
            sustainability=str(words.get("sustainability") or ""),
            payee_has_w9=any(first <= day < last for first, last in forms[payee.id]) if payee else False,
            payee_is_verified=payee is not None and payee.status == "verified",
            payee_paid_year_cents=0,
            holder_is_overdue=False,
            days=(request.covers_from, request.covers_to) if request.covers_from and request.covers_to else None,
            history=tuple(near.values()),
            exceptions=frozenset(excepted[request.id]),
            monthly_rent_cents=int(rent) if isinstance(rent, str) and rent.isdigit() else None,
            tax_threshold_cents=thresholds.get(day.year),
        )
        found.append((facts, policy.Step.SUBMIT))
        if request.approved_at is not None:
            found.append((facts, policy.Step.APPROVE))
        if request.id in vouchered:
            found.append((facts, policy.Step.VOUCHER))
    return found


def numbers_of(ids: Iterable[UUID]) -> dict[UUID, str]:
    """The numbers of some requests."""
    return dict(_pairs(select(FundRequest.id, FundRequest.number).where(FundRequest.id.in_(list(ids)))))


def _histories(
    requests: Sequence[FundRequest], codes: dict[UUID, str], zone: str
) -> tuple[dict[UUID, list[policy.Spending]], dict[UUID, list[policy.Spending]]]:
    """What every approved request of these people and payees holds and spent: by person and by payee."""
    by_person: dict[UUID, list[policy.Spending]] = defaultdict(list)
    by_payee: dict[UUID, list[policy.Spending]] = defaultdict(list)
    if not requests:
        return by_person, by_payee
    rows = list(
        db.session.scalars(
            select(FundRequest)
            .where(
                FundRequest.fund_id == requests[0].fund_id,
                FundRequest.approved_at.is_not(None),
                FundRequest.status != str(State.CANCELLED),
            )
            .order_by(FundRequest.approved_at, FundRequest.id)
        )
    )
    money = request_money([row.id for row in rows])
    for row in rows:
        cents = money[row.id].counted_cents
        if cents <= 0 or row.category_id is None or row.approved_at is None:
            continue
        spending = policy.Spending(
            request_id=row.id,
            enrollee_id=row.enrollee_id,
            category=codes[row.category_id],
            payee_id=row.payee_id,
            cents=cents,
            on=local_day(row.approved_at, zone),
            paid_on=local_day(row.paid_at, zone) if row.paid_at else None,
            days=(row.covers_from, row.covers_to) if row.covers_from and row.covers_to else None,
            is_emergency=row.is_emergency,
        )
        by_person[row.enrollee_id].append(spending)
        if row.payee_id:
            by_payee[row.payee_id].append(spending)
    return by_person, by_payee


def _count(column: Any, ids: Sequence[UUID]) -> Any:
    return select(column, func.count()).where(column.in_(ids)).group_by(column)


def _pairs(statement: Any) -> Iterable[tuple[Any, Any]]:
    return [(row[0], row[1]) for row in db.session.execute(statement)]
