"""What was spent, sorted: by anything that a request carries, and by the day on which it was paid. No write."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import case, func, literal, select, union_all

from core.db import db
from funds.ledger import Account, Kind
from funds.models import BudgetLine, Category, FundRequest, Posting, Transfer
from funds.queries.scope import Scope, as_text, credit, debit, joined
from funds.queries.sums import net_of, touching

SPENDING = (Account.EXPENSE, Account.PAYABLE, Account.PRIOR_RECOVERY)
PAID = (Account.EXPENSE, Account.PAYABLE)
BECAME_PAID = (str(Kind.PAY), str(Kind.SUBSTANTIATE))
GROUPS: Mapping[str, Any] = {
    "goal_id": FundRequest.goal_id,
    "enrollee_id": FundRequest.enrollee_id,
    "coordinator_id": FundRequest.author_id,
    "payee_id": FundRequest.payee_id,
    "method": FundRequest.method,
}


def spent_by_group(scope: Scope) -> Sequence[Any]:
    """Each field of GROUPS and the category → its keys as text → sums (debits less credits) and requests. One query.

    The database sorts, first by request and then by each group: few rows come back, whatever the books hold.
    """
    sums = (
        joined(
            select(
                Posting.fund_request_id,
                BudgetLine.category_id,
                *(net_of(account).label(str(account)) for account in SPENDING),
            ),
            scope,
        )
        .where(touching(*SPENDING))
        .group_by(Posting.fund_request_id, BudgetLine.category_id)
        .subquery()
    )
    of_request = (
        select(sums, *(column.label(name) for name, column in GROUPS.items()))
        .outerjoin(FundRequest, FundRequest.id == sums.c.fund_request_id)
        .cte("of_request")
    )
    spent = of_request.c[str(Account.EXPENSE)]
    return db.session.execute(
        union_all(
            *(
                select(
                    literal(name).label("by"),
                    as_text(of_request.c[name]).label("key"),
                    *(func.sum(of_request.c[str(account)]).label(str(account)) for account in SPENDING),
                    func.count(func.distinct(case((spent != 0, of_request.c.fund_request_id)))).label("requests"),
                ).group_by(of_request.c[name])
                for name in ("category_id", *GROUPS)
            )
        )
    ).all()


def paid_by_day(scope: Scope) -> Sequence[Any]:
    """What was paid, by person (id as text), number of the request, code of the category, and day. One query.

    The day is the one on which it became paid spending.

    A refund or disallowance counts on the last such day of its voucher or advance; what has neither, on its own.
    """
    kinds = [str(each) for each in PAID]
    moved = (
        joined(
            select(
                as_text(FundRequest.enrollee_id).label("enrollee_id"),
                FundRequest.number,
                Category.code,
                Posting.effective_on.label("on"),
                Posting.kind,
                Transfer.voucher_id,
                Transfer.advance_id,
                case((debit.kind.in_(kinds), Transfer.amount_cents), else_=-Transfer.amount_cents).label("cents"),
            ),
            scope,
            with_line=True,
        )
        .outerjoin(Category, Category.id == BudgetLine.category_id)
        .where(debit.kind.in_(kinds) != credit.kind.in_(kinds))
        .cte("moved")
    )
    days = [
        select(owner, func.max(moved.c.on).label("on"))
        .where(moved.c.kind.in_(BECAME_PAID), owner.is_not(None))
        .group_by(owner)
        .subquery()
        for owner in (moved.c.voucher_id, moved.c.advance_id)
    ]
    on = case(
        (moved.c.kind == str(Kind.SUBSTANTIATE), moved.c.on),
        else_=func.coalesce(days[0].c.on, days[1].c.on, moved.c.on),
    )
    return db.session.execute(
        select(
            moved.c.enrollee_id,
            moved.c.number,
            moved.c.code,
            on.label("on"),
            func.sum(moved.c.cents).label("cents"),
        )
        .outerjoin(days[0], days[0].c.voucher_id == moved.c.voucher_id)
        .outerjoin(days[1], days[1].c.advance_id == moved.c.advance_id)
        .group_by(moved.c.enrollee_id, moved.c.number, moved.c.code, on)
    ).all()
