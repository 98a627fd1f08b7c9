"""What the transfers of a filter add up to: by kind of account, by single account, or all together. No write."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import Any

from sqlalchemy import ColumnElement, case, func, or_, select

from core.db import db
from funds.ledger import Account
from funds.models import Posting, Transfer
from funds.queries.scope import Scope, credit, debit, joined


@dataclass(frozen=True, slots=True)
class Total:
    """How much a filter holds: its transfers, their postings, the sum of all amounts, the first and the last day."""

    rows: int
    postings: int
    cents: int
    first_on: date | None
    last_on: date | None


def net_of(*accounts: Account) -> Any:
    """Debits less credits of some kinds of account together, for a selection over `joined`."""
    kinds = [str(each) for each in accounts]
    cents = Transfer.amount_cents
    return func.coalesce(
        func.sum(case((debit.kind.in_(kinds), cents), else_=0) - case((credit.kind.in_(kinds), cents), else_=0)), 0
    )


def touching(*accounts: Account) -> ColumnElement[bool]:
    """Transfers with some kinds of account on one side at least."""
    kinds = [str(each) for each in accounts]
    return or_(debit.kind.in_(kinds), credit.kind.in_(kinds))


def total_of(scope: Scope) -> Total:
    """Rows and control total of a filter. One query."""
    return Total(*_counts(db.session.execute(joined(select(*COUNTED), scope)).one()))


def totals_by_kind(scope: Scope) -> dict[str, Total]:
    """The same for each kind of posting that a filter holds; a posting is of one kind, so they add up. One query."""
    wanted = joined(select(*COUNTED, Posting.kind), scope).group_by(Posting.kind).order_by(Posting.kind)
    return {row.kind: Total(*_counts(row)) for row in db.session.execute(wanted)}


COUNTED = (
    func.count(Transfer.id).label("rows"),
    func.count(func.distinct(Posting.id)).label("postings"),
    func.coalesce(func.sum(Transfer.amount_cents), 0).label("cents"),
    func.min(Posting.effective_on).label("first_on"),
    func.max(Posting.effective_on).label("last_on"),
)


def _counts(row: Any) -> tuple[int, int, int, date | None, date | None]:
    return int(row.rows), int(row.postings), int(row.cents), row.first_on, row.last_on


def net_by_account(scope: Scope, *, before: date | None = None) -> dict[int, int]:
    """Debits less credits of each account over a filter, accounts at zero left out. Two queries.

    With `before`, what the same filter held up to the day before it: an opening balance.
    """
    if before is not None:
        scope = _until(scope, before)
    net: dict[int, int] = {}
    for column, sign in ((Transfer.debit_id, 1), (Transfer.credit_id, -1)):
        rows = db.session.execute(
            joined(select(column.label("id"), func.sum(Transfer.amount_cents).label("cents")), scope).group_by(column)
        )
        for row in rows:
            net[row.id] = net.get(row.id, 0) + sign * int(row.cents)
    return {account_id: cents for account_id, cents in net.items() if cents}


def net_by(scope: Scope, *columns: Any, only: Iterable[Account] = ()) -> dict[tuple[Any, ...], dict[Account, int]]:
    """Debits less credits of each kind of account, by the values of some columns, over a filter. One query.

    The columns are of transfer, posting, request or budget line. With `only`, the sums of some kinds and no others, of
    what touches one of them: the database adds up, and a row comes back for each value, not for each pair of kinds.
    """
    if kinds := tuple(dict.fromkeys(only)):
        return _net_of_some(scope, columns, kinds)
    wanted = joined(
        select(*columns, debit.kind.label("d"), credit.kind.label("c"), func.sum(Transfer.amount_cents).label("cents")),
        scope,
    ).group_by(*columns, debit.kind, credit.kind)
    found: dict[tuple[Any, ...], dict[Account, int]] = {}
    for row in db.session.execute(wanted):
        key, cents = tuple(row[: len(columns)]), int(row.cents)
        sums = found.setdefault(key, dict.fromkeys(Account, 0))
        sums[Account(row.d)] += cents
        sums[Account(row.c)] -= cents
    return found


def _net_of_some(
    scope: Scope, columns: tuple[Any, ...], kinds: tuple[Account, ...]
) -> dict[tuple[Any, ...], dict[Account, int]]:
    wanted = joined(select(*columns, *(net_of(kind) for kind in kinds)), scope).where(touching(*kinds))
    width = len(columns)
    return {
        tuple(row[:width]): dict(zip(kinds, map(int, row[width:]), strict=True))
        for row in db.session.execute(wanted.group_by(*columns))
    }


def _until(scope: Scope, before: date) -> Scope:
    return replace(scope, from_on=None, to_on=before - timedelta(days=1))
