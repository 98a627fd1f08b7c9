"""Payments against bank and card files (10): matched, unmatched, and numbers that are missing."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

from core.errors import Sentence
from funds.ledger import Account, Kind
from funds.models import Posting
from funds.queries import reporting
from funds.queries.entries import net_by
from funds.reports.shape import (
    Ask,
    Footing,
    Report,
    Table,
    bars,
    count,
    day,
    money,
    numbers,
    request_link,
    text,
    words,
)

MOST_GAPS = 200  # numbers are listed up to here; more is another account's run of numbers


def reconciliation(ask: Ask) -> Report:
    """Report 10."""
    payments = [row for row in reporting.list_payments(ask.scope) if row.paid_on <= ask.as_of]
    standing = [row for row in payments if row.status == "issued"]
    matched = [row for row in standing if row.bank_line_id]
    open_payments = [row for row in standing if not row.bank_line_id]
    lines = reporting.list_bank_lines(ask.scope, ask.as_of)
    open_lines = [row for row in lines if row.payment_id is None]
    sums = [sum(row.cents for row in rows) for rows in (matched, open_payments, standing)]
    books = sum(
        -net[Account.CASH]
        for (kind,), net in net_by(ask.until, Posting.kind, only=(Account.CASH,)).items()
        if kind in (Kind.PAY, Kind.UNPAY)
    )
    return Report(
        basis=Sentence("Payments that stand, up to the day, against the lines of imported bank and card files."),
        tables=[
            Table(
                Sentence("Payments"),
                [*words(Sentence("State")), *numbers(Sentence("How many"), Sentence("Amount"))],
                [
                    [text(Sentence("Matched")), count(len(matched)), money(sums[0])],
                    [text(Sentence("Not in a bank file yet")), count(len(open_payments)), money(sums[1])],
                ],
                [text(Sentence("Together")), count(len(standing)), money(sums[2])],
            ),
            Table(
                Sentence("Payments not in a bank file"),
                [
                    *words(Sentence("Account"), Sentence("Number"), Sentence("Request"), Sentence("Paid on")),
                    *numbers(Sentence("Days"), Sentence("Amount")),
                ],
                [
                    [
                        text(row.bank_account),
                        text(row.number),
                        text(row.request, request_link(row.request_id)),
                        day(row.paid_on),
                        count((ask.as_of - row.paid_on).days),
                        money(row.cents),
                    ]
                    for row in open_payments
                ],
            ),
            Table(
                Sentence("Bank lines without a payment"),
                [
                    *words(Sentence("Account"), Sentence("Number"), Sentence("On"), Sentence("Note")),
                    *numbers(Sentence("Amount")),
                ],
                [
                    [
                        text(row.bank_account),
                        text(row.number or "–"),
                        day(row.on),
                        text(row.note or ""),
                        money(row.cents),
                    ]
                    for row in open_lines
                ],
            ),
            Table(
                Sentence("Numbers that are missing"),
                words(Sentence("Account"), Sentence("Missing")),
                [[text(account), text(missing)] for account, missing in _gaps(payments)],
                empty=Sentence("No number is missing between the first and the last."),
            ),
        ],
        footings=[Footing(Sentence("Payments that stand are what the books paid out"), sums[2], books)],
        plots=[
            bars(Sentence("Amount"), [(Sentence("Matched"), sums[0]), (Sentence("Not in a bank file yet"), sums[1])])
        ],
    )


def _gaps(payments: list[Any]) -> list[tuple[str, str]]:
    """By bank account, the numbers between the first and the last that no attempt to pay has used, as runs."""
    used: dict[str, set[int]] = defaultdict(set)
    for row in payments:
        if row.method == "check" and row.number.isascii() and row.number.isdigit():
            used[row.bank_account].add(int(row.number))
    found = []
    for account, numbers_used in sorted(used.items()):
        runs, ordered = [], sorted(numbers_used)
        for low, high in zip(ordered, ordered[1:], strict=False):
            if 1 < high - low <= MOST_GAPS:
                runs.append(str(low + 1) if high - low == 2 else f"{low + 1}–{high - 1}")
            elif high - low > MOST_GAPS:
                runs.append(f"{low} → {high}")
        if runs:
            found.append((account, ", ".join(runs)))
    return found
