"""I13: by category, by goal and by enrollee, whatever the filter, the figures are those of the books."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, update

from core.clock import now_utc
from core.db import db, transaction
from funds.ledger import Account
from funds.models import AccountBalance, BudgetLine, Category, FiscalYear, Fund, FundRequest, LedgerAccount, Posting
from funds.queries.scope import Scope
from funds.queries.sums import net_by, total_of, totals_by_kind
from funds.reports import Ask, make_report
from funds.reports.periods import paid_by_half
from funds.reports.spending import GROUPINGS, ledger_total, spending_by
from tests.funds.ledgers import METHODS, make_ledgers

FILTERS = 200


def random_scope(chance: random.Random, known: dict[str, list[Any]]) -> Scope:
    """A filter with some fields set, of values that are there."""
    first = date(2025, 1, 1) + timedelta(days=chance.randrange(700))
    values: dict[str, Any] = {
        name: chance.choice(known[name]) for name in known if known[name] and chance.random() < 0.25
    }
    if chance.random() < 0.4:
        values["from_on"] = first
    if chance.random() < 0.4:
        values["to_on"] = first + timedelta(days=chance.randrange(400))
    return Scope(**values)


def test_every_grouping_of_two_hundred_filters_adds_up_to_the_books(app: Flask) -> None:
    make_ledgers(3, steps=50)
    rows = db.session.execute(
        select(FundRequest.enrollee_id, FundRequest.goal_id, FundRequest.author_id, FundRequest.payee_id)
    ).all()
    known: dict[str, list[Any]] = {
        "fund_id": list(db.session.scalars(select(Fund.id))),
        "year_id": list(db.session.scalars(select(FiscalYear.id))),
        "category_id": list(db.session.scalars(select(Category.id).where(Category.parent_id.is_(None)))),
        "enrollee_id": [row.enrollee_id for row in rows],
        "goal_id": [row.goal_id for row in rows],
        "coordinator_id": [row.author_id for row in rows],
        "payee_id": [row.payee_id for row in rows],
        "method": list(METHODS),
    }
    chance, not_zero = random.Random(13), 0
    for _number in range(FILTERS):
        scope = random_scope(chance, known)
        groups = list(spending_by(scope).values())
        books = ledger_total(scope)
        # An independent sum: only the expense side, straight from the transfers.
        plain = net_by(scope, only=(Account.EXPENSE,)).get((), {}).get(Account.EXPENSE, 0)
        sums = {sum(spent.spent for spent in group.values()) for group in groups}
        assert len(groups) == len(GROUPINGS)
        assert sums == {books.spent} == {plain}, scope
        assert {sum(spent.unpaid for spent in group.values()) for group in groups} == {books.unpaid}
        halves, nowhere, _people = paid_by_half(scope)
        assert sum(sum(half.by_person.values()) for half in halves.values()) + nowhere == books.spent - books.unpaid
        assert all(sum(half.by_person.values()) == sum(half.by_category.values()) for half in halves.values())
        not_zero += bool(books.spent)
    assert not_zero > FILTERS // 5, "most filters must hold something"
    db.session.rollback()


def test_some_kinds_summed_by_the_database_are_those_of_all_kinds(app: Flask) -> None:
    """`only` adds up in the database, all kinds in Python: the same, by any column and with any filter."""
    make_ledgers(2, steps=60)
    years = [None, *db.session.scalars(select(FiscalYear.id))]
    kinds, chance = list(Account), random.Random(5)
    keys = [(), (Posting.fund_request_id,), (Posting.kind, BudgetLine.category_id), (FundRequest.method,)]
    for _number in range(60):
        scope, columns = Scope(year_id=chance.choice(years)), chance.choice(keys)
        only = chance.sample(kinds, chance.randrange(1, 5))
        whole, some = net_by(scope, *columns), net_by(scope, *columns, only=only)
        assert set(some) <= set(whole)
        for key, sums in whole.items():
            found = some.get(key, dict.fromkeys(only, 0))
            assert found == {kind: sums[kind] for kind in only}, (key, only)
    counted, whole_total = totals_by_kind(Scope()), total_of(Scope())
    assert sum(each.postings for each in counted.values()) == whole_total.postings
    assert sum(each.cents for each in counted.values()) == whole_total.cents > 0
    db.session.rollback()


def test_the_whole_is_the_balance_kept_beside(app: Flask) -> None:
    ledgers, _cast = make_ledgers(2, steps=40)
    for books in ledgers:
        expected = sum(books.net.get((Account.EXPENSE, line), 0) for line in books.lines.values())
        assert ledger_total(Scope(fund_id=books.fund_id)).spent == expected
    db.session.rollback()


@pytest.mark.parametrize("name", ["position", "encumbrances", "spending", "periods", "close", "year-end"])
def test_every_footing_holds_and_one_planted_cent_is_seen(app: Flask, name: str) -> None:
    ledgers, _cast = make_ledgers(2, steps=40)
    now = now_utc()
    ask = Ask(scope=Scope(), as_of=now.date(), now=now)
    report = make_report(name, ask)
    assert report.footings
    assert [each for each in report.footings if not each.holds] == []
    one = make_report(name, replace(ask, scope=Scope(fund_id=ledgers[0].fund_id), as_of=date(2026, 3, 1)))
    assert [each for each in one.footings if not each.holds] == []
    if name == "position":  # the control: a balance beside the books that is a cent off
        account_id = db.session.scalar(select(LedgerAccount.id).where(LedgerAccount.kind == "available").limit(1))
        db.session.rollback()
        with transaction() as session:
            session.execute(
                update(AccountBalance)
                .where(AccountBalance.ledger_account_id == account_id)
                .values(cents=AccountBalance.cents + 1)
            )
        assert [each for each in make_report(name, ask).footings if not each.holds]
