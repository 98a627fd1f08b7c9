"""The journals: beancount and hledger accept them, find our balances by category, and refuse one that is a cent off."""

from __future__ import annotations

import re
from collections import defaultdict
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest
from flask import Flask
from sqlalchemy import select, update

from core.db import db, transaction
from funds.exports import journal_names, write_export
from funds.ledger import Account, Key, Kind
from funds.models import AccountBalance, LedgerAccount
from funds.queries.entries import AccountName, list_accounts
from funds.queries.scope import Scope, scope_of
from tests.builders import NOW
from tests.conftest import POSTGRESQL
from tests.funds.books import make_approved, make_world
from tests.funds.exports.checkers import (
    bean_check,
    beancount_reads,
    hledger_balances,
    hledger_check,
)
from tests.funds.ledgers import Books, make_ledgers

# What the programs make of a file does not hang on the database; the rows and their order do, and show in fewer.
LEDGERS = 25 if POSTGRESQL else 50


def write(format: str, scope: Scope, path: Path) -> Path:
    """One export; answers its first file."""
    return write_export(format, scope, path, now=NOW, filter_words={}).files[0]


def expected_balances(books: Books) -> dict[str, int]:
    """What the generator counted, under the names of the journal; accounts at zero left out."""
    accounts = list_accounts(Scope(fund_id=books.fund_id))
    names = journal_names(accounts)
    found = {names[account.id]: books.net.get((account.key.account, account.key.owner), 0) for account in accounts}
    db.session.rollback()
    return {name: cents for name, cents in found.items() if cents}


def by_category(balances: dict[str, int]) -> dict[str, int]:
    """Spending by the last part of the account's name."""
    found: dict[str, int] = defaultdict(int)
    for name, cents in balances.items():
        if name.startswith("Expenses:"):
            found[name.rsplit(":", 1)[1]] += cents
    return dict(found)


@pytest.mark.one_database  # what the programs are given is text by now; the exports are compared on both databases
def test_both_programs_accept_random_ledgers_and_find_our_balances(app: Flask, tmp_path: Path) -> None:
    ledgers, _cast = make_ledgers(LEDGERS, steps=18)
    assert {kind for books in ledgers for kind in books.kinds} == set(Kind)
    beans: dict[Path, Books] = {}
    for books in ledgers:
        scope = Scope(fund_id=books.fund_id)
        beans[write("beancount", scope, tmp_path / f"{books.code}.beancount")] = books
        path = write("hledger", scope, tmp_path / f"{books.code}.journal")
        assert hledger_check(path) == (0, "")
        expected = expected_balances(books)
        assert hledger_balances(path) == expected
        assert by_category(expected) == {
            category.capitalize(): cents for category, cents in spending(books).items() if cents
        }
    read = beancount_reads(list(beans))
    assert len(read) == LEDGERS
    for path, (errors, balances) in read.items():
        assert errors == []
        assert balances == expected_balances(beans[path])
    for path in list(beans)[:3]:
        assert bean_check(path) == (0, "")


def spending(books: Books) -> dict[str, int]:
    """Net expense by category, both years, as the generator counted."""
    found: dict[str, int] = defaultdict(int)
    for (_year, category), line in books.lines.items():
        found[category] += books.net.get((Account.EXPENSE, line), 0)
    return dict(found)


@pytest.fixture
def one(app: Flask) -> Books:
    """One random ledger."""
    (books,), _cast = make_ledgers(1, steps=40)
    return books


@pytest.mark.parametrize("window", [{"from_on": "2025-06-01"}, {"to_on": "2025-12-31"}, {"year": "2025"}, {}])
def test_a_part_of_the_books_opens_with_what_stood_before(one: Books, tmp_path: Path, window: dict[str, str]) -> None:
    days = {name: date.fromisoformat(text) for name, text in window.items() if name != "year"}
    scope, words = scope_of(fund=one.code, year=window.get("year", ""), **days)
    db.session.rollback()
    assert words["fund"] == one.code
    bean = write("beancount", scope, tmp_path / "books.beancount")
    journal = write("hledger", scope, tmp_path / "books.journal")
    assert bean_check(bean) == (0, "")
    assert hledger_check(journal) == (0, "")
    balances = beancount_reads([bean])[bean][1]
    assert balances == hledger_balances(journal)
    assert balances
    if "from_on" in window:  # with its opening balances a later part ends where the whole ends
        assert balances == expected_balances(one)


def cent_off(text: str) -> str:
    """The journal with a cent more on both sides of its first transfer: it balances, its assertions do not hold."""
    first = re.search(r"^( +)(\S+)  (\d+\.\d\d) USD\n( +)(\S+)  -(\3) USD$", text, flags=re.MULTILINE)
    assert first
    dollars, cents = first[3].split(".")
    amount = f"{dollars}.{(int(cents) + 1) % 100:02d}"
    return text.replace(first[0], f"{first[1]}{first[2]}  {amount} USD\n{first[4]}{first[5]}  -{amount} USD", 1)


def one_side_off(text: str) -> str:
    """The journal with a cent more on one side of its first transfer."""
    return re.sub(
        r"^( +\S+  \d+\.\d)(\d)( USD)$",
        lambda m: f"{m[1]}{(int(m[2]) + 1) % 10}{m[3]}",
        text,
        count=1,
        flags=re.MULTILINE,
    )


@pytest.mark.parametrize("plant", [cent_off, one_side_off])
def test_a_cent_planted_wrong_is_refused_by_both(one: Books, tmp_path: Path, plant: object) -> None:
    """The control of all tests above."""
    assert callable(plant)
    for format, check in (("beancount", bean_check), ("hledger", hledger_check)):
        path = write(format, Scope(fund_id=one.fund_id), tmp_path / f"books.{format}")
        assert check(path)[0] == 0
        text = path.read_text(encoding="utf-8")
        path.write_text(plant(text), encoding="utf-8")
        assert path.read_text(encoding="utf-8") != text
        code, said = check(path)
        assert code != 0, said


def test_a_balance_kept_wrong_is_found_by_both(one: Books, tmp_path: Path) -> None:
    """The assertions are the balances that the program keeps, the transfers are added up by the other program."""
    account_id = db.session.scalar(select(LedgerAccount.id).where(LedgerAccount.kind == "expense").limit(1))
    db.session.rollback()
    with transaction() as session:
        session.execute(
            update(AccountBalance)
            .where(AccountBalance.ledger_account_id == account_id)
            .values(cents=AccountBalance.cents + 1)
        )
    for format, check in (("beancount", bean_check), ("hledger", hledger_check)):
        assert check(write(format, Scope(fund_id=one.fund_id), tmp_path / f"books.{format}"))[0] != 0


def test_a_journal_says_goal_request_and_posting(app: Flask, tmp_path: Path) -> None:
    world = make_world()
    make_approved(world)
    bean = write("beancount", Scope(), tmp_path / "books.beancount").read_text(encoding="utf-8")
    assert re.search(r'^\d{4}-\d\d-\d\d \* "hold" "FR-\d{4}-0001 E-014" #goal-G1 #hold \^FR-\d{4}-0001$', bean, re.M)
    assert re.search(r"^  posting_id: \d+$", bean, re.M)
    assert "  Equity:Budget:Encumbered:SDF-2026:Housing  180.00 USD\n" in bean
    assert "  Equity:Budget:Available:SDF-2026:Housing  -180.00 USD\n" in bean
    journal = write("hledger", Scope(), tmp_path / "books.journal").read_text(encoding="utf-8")
    assert re.search(r"; posting:\d+, request:FR-\d{4}-0001, goal:G1, enrollee:E-014, item:furniture, sha256:", journal)
    assert "account Assets:Cash:SDF\n" in journal
    for text in (bean, journal):
        assert "Ana" not in text
        assert "mattress" not in text


def test_codes_that_a_journal_spells_alike_stay_two_accounts() -> None:
    from datetime import date

    accounts = [
        AccountName(number, Key(Account.CASH, uuid4()), code, None, None, None, date(2026, 1, 1))
        for number, code in enumerate(("a b", "a-b", "ñ", '";\n', "2x"))
    ]
    assert list(journal_names(accounts).values()) == [
        "Assets:Cash:A-B", "Assets:Cash:A-B-2", "Assets:Cash:X", "Assets:Cash:X-2", "Assets:Cash:2x",
    ]  # fmt: skip


def test_an_empty_fund_is_a_journal_too(app: Flask, tmp_path: Path) -> None:
    make_world(cents=0)
    assert bean_check(write("beancount", Scope(), tmp_path / "b.beancount")) == (0, "")
    assert hledger_check(write("hledger", Scope(), tmp_path / "b.journal")) == (0, "")
