"""Receipts and advances that are due (2), and cards and passes in custody (14)."""

from __future__ import annotations

from collections import defaultdict
from typing import Any, Final
from uuid import UUID

from core.clock import local_day
from core.db import current_config
from core.errors import Sentence
from core.money import format_cents
from funds.ledger import Account
from funds.queries.reporting import payments
from funds.queries.reporting.names import staff_names
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

BUCKETS: Final = (
    (Sentence("0–30 days"), 0, 30),
    (Sentence("31–60 days"), 31, 60),
    (Sentence("61–90 days"), 61, 90),
    (Sentence("over 90 days"), 91, 10**6),
)
CUSTODY_NAMES: Final = {
    "bought": Sentence("bought"),
    "received": Sentence("received"),
    "issued": Sentence("issued"),
    "acknowledged": Sentence("acknowledged"),
    "receipted": Sentence("receipted"),
    "returned": Sentence("returned"),
    "lost": Sentence("lost"),
    "counted": Sentence("counted"),
}
OUT: Final = ("issued", "acknowledged")


def receipts_due(ask: Ask) -> Report:
    """Report 2: advances not yet covered, and payments without receipts, by holder and by days since money moved."""
    scope = ask.until
    items: list[tuple[UUID | None, Sentence, Any, int, Any, Any]] = [
        (row.holder_id, Sentence("advance"), row, int(row.cents), row.issued_on, row.due_on)
        for row in payments.list_outstanding(scope)
    ]
    advances = sum(item[3] for item in items)
    paid = payments.receipted(scope, ask.as_of)
    items += [(row.author_id, Sentence("payment"), row, int(row.cents), row.paid_on, None) for row in paid.open]
    names = staff_names(item[0] for item in items)
    by_holder: dict[UUID | None, list[int]] = defaultdict(lambda: [0] * len(BUCKETS))
    details = []
    for holder, kind, row, cents, moved_on, due_on in sorted(
        items, key=lambda item: (item[4] or ask.as_of, str(item[0]))
    ):
        age = (ask.as_of - moved_on).days if moved_on else 0
        number = next(index for index, (_title, low, high) in enumerate(BUCKETS) if low <= max(age, 0) <= high)
        by_holder[holder][number] += cents
        details.append(
            [
                text(names.get(holder, "–") if holder else "–"),
                text(kind),
                text(row.number or "–", request_link(row.id) if row.id else None),
                money(cents),
                day(moved_on),
                count(age),
                day(due_on),
            ]
        )
    totals = [sum(row[index] for row in by_holder.values()) for index in range(len(BUCKETS))]
    holders = [
        [
            text(names.get(holder, "–") if holder else "–"),
            *(money(cents) for cents in buckets),
            money(sum(buckets)),
        ]
        for holder, buckets in sorted(by_holder.items(), key=lambda pair: -sum(pair[1]))
    ]
    ledger_advances = net_by(scope, only=(Account.ADVANCES,))[()][Account.ADVANCES]
    return Report(
        basis=Sentence(
            "What is not covered by receipts: money out in advances, and payments whose receipts are not accepted. "
            "Days count from the day the money moved."
        ),
        tables=[
            Table(
                Sentence("Not covered, by holder"),
                [
                    *words(Sentence("Holder")),
                    *numbers(*(title for title, _low, _high in BUCKETS), Sentence("Together")),
                ],
                holders,
                [text(Sentence("Together")), *(money(cents) for cents in totals), money(sum(totals))],
            ),
            Table(
                Sentence("Each one"),
                [
                    *words(Sentence("Holder"), Sentence("What"), Sentence("Request")),
                    *numbers(Sentence("Not covered")),
                    *words(Sentence("Money moved")),
                    *numbers(Sentence("Days")),
                    *words(Sentence("Receipts due")),
                ],
                details,
                anchor="each",
            ),
        ],
        footings=[
            Footing(Sentence("Advances not covered are what the books hold in advances"), advances, ledger_advances),
            Footing(
                Sentence("Covered and not covered are all payments that stand"),
                paid.covered_cents + sum(totals) - advances,
                paid.paid_cents,
            ),
        ],
        plots=[
            bars(Sentence("Not covered, by days"), [(title, totals[i]) for i, (title, _l, _h) in enumerate(BUCKETS)])
        ],
    )


def custody(ask: Ask) -> Report:
    """Report 14: every card and pass, who holds it and for how long."""
    zone = current_config().timezone
    found = payments.list_custody(ask.scope)
    names = staff_names(row.Instrument.holder_id for row in found)
    rows, value, out = [], 0, 0
    for row in found:
        card = row.Instrument
        is_out = card.state in OUT
        value, out = value + card.value_cents, out + (card.value_cents if is_out else 0)
        rows.append(
            [
                text(card.label),
                text(f"…{card.last4}"),
                text(CUSTODY_NAMES[card.state]),
                text(names.get(card.holder_id, "–") if card.holder_id else "–"),
                money(card.value_cents),
                count((ask.as_of - local_day(row.at, zone)).days if row.at and is_out else None),
                count(row.events or 0),
            ]
        )
    return Report(
        basis=Sentence(
            "The custody register as it stands: last four digits only, days since the last change of hands."
        ),
        tables=[
            Table(
                Sentence("Cards and passes"),
                [
                    *words(Sentence("What"), Sentence("Number"), Sentence("State"), Sentence("Holder")),
                    *numbers(Sentence("Value"), Sentence("Days out"), Sentence("Entries")),
                ],
                rows,
                [text(Sentence("Together")), text(""), text(""), text(""), money(value), text(""), text("")],
            )
        ],
        notes=[Sentence("Out with staff: %(cents)s.", cents=format_cents(out))],
    )
