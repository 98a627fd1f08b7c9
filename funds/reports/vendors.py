"""What vendors were paid in a calendar year, against the year's 1099 threshold (6)."""

from __future__ import annotations

from collections import defaultdict
from datetime import date
from typing import Any, Final
from uuid import UUID

from core.errors import Sentence
from funds.ledger import Account, Kind
from funds.models import Posting
from funds.queries.facts import UNREPORTED
from funds.queries.reporting import payments
from funds.queries.scope import Scope
from funds.queries.sums import net_by
from funds.reports.shape import Ask, Footing, Report, Table, bars, money, numbers, rows_of, text, words

REPORTED_CLASSES: Final = frozenset({"individual", "partnership", None})
CLASS_NAMES: Final = {
    "individual": Sentence("individual"),
    "partnership": Sentence("partnership"),
    "corporation": Sentence("corporation"),
    "nonprofit": Sentence("nonprofit"),
    "government": Sentence("government"),
    None: Sentence("not known"),
}


def vendors(ask: Ask) -> Report:
    """Report 6: all funds, since a vendor gets one form."""
    year = ask.calendar_year or ask.as_of.year
    threshold = payments.tax_threshold(year)
    with_w9 = payments.payees_with_w9(ask.as_of)
    paid: dict[UUID, dict[bool, int]] = defaultdict(lambda: {True: 0, False: 0})
    payees: dict[UUID, Any] = {}
    for row in payments.vendor_payments(year, ask.as_of):
        payees[row.Payee.id] = row.Payee
        paid[row.Payee.id][row.method not in UNREPORTED] += int(row.cents)
    rows, counted, by_card = [], 0, 0
    for payee_id, sums in sorted(paid.items(), key=lambda pair: -pair[1][True]):
        payee = payees[payee_id]
        counted, by_card = counted + sums[True], by_card + sums[False]
        needs_w9 = payee_id not in with_w9
        is_due = threshold is not None and sums[True] >= threshold.cents and payee.tax_class in REPORTED_CLASSES
        rows.append(
            [
                text(payee.name),
                text(CLASS_NAMES[payee.tax_class]),
                text(Sentence("missing") if needs_w9 else Sentence("valid")),
                money(sums[True]),
                money(sums[False]),
                money(sums[True] + sums[False], rows_of(Scope(payee_id=payee_id), Account.CASH)),
                text(Sentence("1099 is due") if is_due else Sentence("no")),
            ]
        )
    first, last = date(year, 1, 1), min(ask.as_of, date(year, 12, 31))
    books = sum(
        -sums[Account.CASH]
        for (kind,), sums in net_by(Scope(from_on=first, to_on=last), Posting.kind, only=(Account.CASH,)).items()
        if kind in (Kind.PAY, Kind.UNPAY)
    )
    return Report(
        basis=Sentence(
            "Payments that stand, of the calendar year %(year)s, by the day they were paid, of all funds. Payments by "
            "card, gift card, pass and petty cash are not counted: the card company reports those.",
            year=year,
        ),
        tables=[
            Table(
                Sentence("Vendors in %(year)s", year=year),
                [
                    *words(Sentence("Vendor"), Sentence("Kind"), Sentence("W-9")),
                    *numbers(Sentence("Counted"), Sentence("By card"), Sentence("Together")),
                    *words(Sentence("Form")),
                ],
                rows,
                [
                    text(Sentence("Together")),
                    text(""),
                    text(""),
                    money(counted),
                    money(by_card),
                    money(counted + by_card),
                    text(""),
                ],
            )
        ],
        footings=[
            Footing(Sentence("Counted and by card are what the books paid out this year"), counted + by_card, books)
        ],
        plots=[bars(Sentence("Counted, by vendor"), [(row[0].value, row[3].value) for row in rows[:10]])],
        notes=[
            Sentence(
                "The threshold of %(year)s is %(cents)s (%(source)s).",
                year=year,
                cents=_dollars(threshold.cents),
                source=threshold.citation,
            )
            if threshold
            else Sentence("The threshold of %(year)s is not entered yet, so no form is called for.", year=year)
        ],
    )


def _dollars(cents: int) -> str:
    return f"${cents // 100:,}"
