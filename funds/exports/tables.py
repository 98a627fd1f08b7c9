"""The books as tables: every transfer, every request with what its transfers add up to; as CSV or as XLSX."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any, Final

from core.exports import Dollars, Workbook, csv_line
from funds.queries.entries import Entry
from funds.queries.listed import RequestRow, iterate_requests
from funds.queries.scope import Scope

TRANSFERS: Final = (
    "posting", "seq", "kind", "effective_on", "posted_at", "period", "fund", "year", "category", "debit", "credit",
    "amount", "request", "item", "enrollee", "goal", "payee", "voucher", "payment", "advance", "actor", "evaluation",
    "reverses", "reason", "sha256",
)  # fmt: skip
REQUESTS: Final = (
    "request", "status", "fund", "category", "item", "enrollee", "goal", "method", "payee", "author", "requested",
    "approved", "held", "spent", "unpaid", "paid", "advanced", "to_recover", "submitted_at", "approved_at", "paid_at",
    "emergency", "paused", "version",
)  # fmt: skip


def transfer_rows(entries: Iterator[Entry]) -> Iterator[Sequence[Any]]:
    """Each transfer as TRANSFERS names its columns."""
    for each in entries:
        yield (
            each.posting_id, each.seq, each.kind, each.effective_on, each.posted_at.isoformat(),
            each.period_on.strftime("%Y-%m"), each.fund, each.year, each.category, str(each.debit), str(each.credit),
            Dollars(each.cents), each.request, each.item_category, each.enrollee,
            f"G{each.goal}" if each.goal else None, each.payee_id, each.voucher_id, each.payment_id, each.advance_id,
            each.actor_id, each.evaluation_id, each.reverses_id, each.reason_code, each.payload_sha256,
        )  # fmt: skip


def request_rows(requests: Iterator[RequestRow]) -> Iterator[Sequence[Any]]:
    """Each request as REQUESTS names its columns."""
    for each in requests:
        money = each.money
        yield (
            each.number, each.status, each.fund, each.category, each.item_category, each.enrollee,
            f"G{each.goal}", each.method, each.payee_id, each.author_id, Dollars(each.requested_cents),
            None if each.approved_cents is None else Dollars(each.approved_cents), Dollars(money.held_cents),
            Dollars(money.spent_cents), Dollars(money.payable_cents), Dollars(money.paid_cents),
            Dollars(money.advanced_cents), Dollars(money.disallowed_cents),
            *(moment.isoformat() if moment else None for moment in (each.submitted_at, each.approved_at, each.paid_at)),
            "yes" if each.is_emergency else "no", "yes" if each.is_paused else "no", each.version,
        )  # fmt: skip


def write_csv(scope: Scope, path: Path, entries: Iterator[Entry]) -> list[Path]:
    """Write the transfers into `path` and the requests beside it; answers both files."""
    beside = path.with_name(f"{path.stem}-requests{path.suffix or '.csv'}")
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.write(csv_line(TRANSFERS))
        file.writelines(csv_line(row) for row in transfer_rows(entries))
    with open(beside, "w", encoding="utf-8", newline="") as file:
        file.write(csv_line(REQUESTS))
        file.writelines(csv_line(row) for row in request_rows(iterate_requests(scope)))
    return [path, beside]


def write_xlsx(scope: Scope, path: Path, entries: Iterator[Entry], about: Sequence[tuple[str, str]]) -> list[Path]:
    """Write both tables and a sheet that says what they are."""
    with Workbook(path) as book:
        book.write("About", ("", ""), about)
        book.write("Transfers", TRANSFERS, transfer_rows(entries))
        book.write("Requests", REQUESTS, request_rows(iterate_requests(scope)))
    return [path]
