"""The books as a journal of beancount or hledger, with assertions that make either program prove them again.

The asserted balances of a whole fund or year are those that the program keeps beside its books; the journal holds the
transfers: whoever reads it compares the two.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby

from funds.exports.names import journal_names, tag
from funds.queries.entries import AccountName, Entry

Header = Sequence[str]


@dataclass(frozen=True, slots=True)
class Books:
    """What a journal is made of. Balances are debits less credits by account id."""

    accounts: Sequence[AccountName]
    opening: Mapping[int, int]
    opening_on: date | None
    first_on: date
    closing: Mapping[int, int]
    closing_on: date


def beancount_lines(entries: Iterable[Entry], books: Books, header: Header) -> Iterator[str]:
    """The journal for beancount, line by line."""
    names = journal_names(books.accounts)
    yield from (f"; {line}\n" for line in header)
    yield 'option "title" "Self-determination fund"\noption "operating_currency" "USD"\n\n'
    for account in books.accounts:
        yield f"{_opened_on(account, books)} open {names[account.id]} USD\n"
    if books.opening and books.opening_on:
        yield f'\n{books.opening_on} * "opening" "Balances before the first day of this export"\n'
        yield from (f"  {names[i]}  {_plain(cents)} USD\n" for i, cents in sorted(books.opening.items()))
    for posting in _postings(entries):
        first = posting[0]
        tags = "".join(f" #{tag(text)}" for text in (f"goal-G{first.goal}" if first.goal else "", first.kind) if text)
        link = f" ^{tag(first.request)}" if first.request else ""
        yield f'\n{first.effective_on} * "{first.kind}" "{_narration(first)}"{tags}{link}\n'
        yield f"  posting_id: {first.posting_id}\n"
        yield from (f'  {name}: "{value}"\n' for name, value in _facts(first))
        for entry in posting:
            yield f"  {names[entry.debit_id]}  {_plain(entry.cents)} USD\n"
            yield f"  {names[entry.credit_id]}  {_plain(-entry.cents)} USD\n"
    yield "\n"
    for account in books.accounts:
        # "~ 0.00": beancount would let a cent pass otherwise.
        cents = books.closing.get(account.id, 0)
        yield f"{books.closing_on + timedelta(days=1)} balance {names[account.id]}  {_plain(cents)} ~ 0.00 USD\n"


def hledger_lines(entries: Iterable[Entry], books: Books, header: Header) -> Iterator[str]:
    """The journal for hledger, line by line."""
    names = journal_names(books.accounts)
    yield from (f"; {line}\n" for line in header)
    yield "\ncommodity 1000.00 USD\n\n"
    yield from (f"account {names[account.id]}\n" for account in books.accounts)
    if books.opening and books.opening_on:
        yield f"\n{books.opening_on} * opening | Balances before the first day of this export\n"
        yield from (f"    {names[i]}  {_plain(cents)} USD\n" for i, cents in sorted(books.opening.items()))
    for posting in _postings(entries):
        first = posting[0]
        tags = [f"posting:{first.posting_id}"]
        tags += [
            f"{name}:{tag(value)}"
            for name, value in (
                ("request", first.request),
                ("goal", f"G{first.goal}" if first.goal else None),
                ("enrollee", first.enrollee),
                ("item", first.item_category),
                ("sha256", first.payload_sha256),
            )
            if value
        ]
        yield f"\n{first.effective_on} * {first.kind} | {_narration(first)}  ; {', '.join(tags)}\n"
        for entry in posting:
            yield f"    {names[entry.debit_id]}  {_plain(entry.cents)} USD\n"
            yield f"    {names[entry.credit_id]}  {_plain(-entry.cents)} USD\n"
    yield f"\n{books.closing_on} * balances\n"
    for account in books.accounts:
        yield f"    {names[account.id]}  0.00 USD = {_plain(books.closing.get(account.id, 0))} USD\n"


def _postings(entries: Iterable[Entry]) -> Iterator[list[Entry]]:
    for _posting_id, group in groupby(entries, key=lambda entry: entry.posting_id):
        yield list(group)


def _facts(entry: Entry) -> list[tuple[str, str]]:
    """What stands beside a posting, where it is known."""
    wanted = (
        ("enrollee", entry.enrollee),
        ("item", entry.item_category),
        ("voucher", entry.voucher_id),
        ("payment", entry.payment_id),
        ("advance", entry.advance_id),
        ("reverses", entry.reverses_id),
        ("sha256", entry.payload_sha256),
    )
    return [(name, tag(str(value))) for name, value in wanted if value is not None]


def _narration(entry: Entry) -> str:
    return " ".join(tag(code) for code in (entry.request, entry.enrollee, entry.reason_code) if code) or "-"


def _opened_on(account: AccountName, books: Books) -> date:
    """Year end and cash may touch an account before its year began."""
    return min(account.starts_on, books.first_on, books.opening_on or books.first_on)


def _plain(cents: int) -> str:
    """Cents as both programs read an amount: -123450 → "-1234.50"."""
    sign = "-" if cents < 0 else ""
    return f"{sign}{abs(cents) // 100}.{abs(cents) % 100:02d}"
