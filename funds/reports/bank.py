"""Payments against bank and card files (10): matched, unmatched, and numbers that are missing."""

from __future__ import annotations

from collections.abc import Mapping

from core.errors import Sentence
from funds.ledger import Account, Kind
from funds.models import Posting
from funds.queries.reporting import payments
from funds.queries.sums import net_by
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
    found = payments.matched(ask.scope, ask.as_of)
    (in_file, in_file_cents), (missing, missing_cents) = found.matched, found.missing
    standing_cents = in_file_cents + missing_cents
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
                    [text(Sentence("Matched")), count(in_file), money(in_file_cents)],
                    [text(Sentence("Not in a bank file yet")), count(missing), money(missing_cents)],
                ],
                [text(Sentence("Together")), count(in_file + missing), money(standing_cents)],
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
                    for row in found.open
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
                    for row in payments.unmatched_lines(ask.scope, ask.as_of)
                ],
            ),
            Table(
                Sentence("Numbers that are missing"),
                words(Sentence("Account"), Sentence("Missing")),
                [[text(account), text(gap)] for account, gap in _gaps(payments.check_numbers(ask.scope, ask.as_of))],
                empty=Sentence("No number is missing between the first and the last."),
            ),
        ],
        footings=[Footing(Sentence("Payments that stand are what the books paid out"), standing_cents, books)],
        plots=[
            bars(
                Sentence("Amount"),
                [(Sentence("Matched"), in_file_cents), (Sentence("Not in a bank file yet"), missing_cents)],
            )
        ],
    )


def _gaps(used: Mapping[str, set[int]]) -> list[tuple[str, str]]:
    """By bank account, the numbers between the first and the last that no attempt to pay has used, as runs."""
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
