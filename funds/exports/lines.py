"""The books as JSON Lines: everything that names no person, each line with the hash of its own content.

Each line is one canonical JSON object with a `type`; `sha256` is that of the same object without it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import asdict
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from audit.rules import canonical_json, moment
from funds.queries.entries import Entry, list_accounts
from funds.queries.listed import iterate_requests
from funds.queries.scope import Scope
from funds.queries.stored import iterate_stored
from funds.queries.sums import net_by_account

ROWS: Final = ("fund", "fiscal_year", "period", "category", "budget_line")
OF_REQUESTS: Final = (
    "fund_request_event", "approval_step", "policy_evaluation", "policy_exception", "voucher", "payment", "advance",
    "document", "receipt_allocation",
)  # fmt: skip


def write_jsonl(scope: Scope, path: Path, entries: Iterable[Entry]) -> list[Path]:
    """Write every record of the filter, master data first, postings with their transfers last."""
    with open(path, "w", encoding="utf-8", newline="") as file:
        for record in _records(scope, entries):
            file.write(sealed_line(record))
    return [path]


def sealed_line(record: dict[str, Any]) -> str:
    """One record as a line, with the hash of its content."""
    digest = hashlib.sha256(canonical_json(record)).hexdigest()
    return canonical_json({**record, "sha256": digest}).decode() + "\n"


def plain(value: Any) -> Any:
    """A value as JSON holds it: moments in UTC, ids and days as text; lists and objects as they are."""
    if isinstance(value, datetime):
        return moment(value)
    if isinstance(value, UUID | date):
        return str(value)
    return value


def _records(scope: Scope, entries: Iterable[Entry]) -> Iterator[dict[str, Any]]:
    for table in ROWS:
        yield from _table(table, scope)
    net = net_by_account(scope)
    for account in list_accounts(scope):
        yield {
            "type": "ledger_account",
            "id": account.id,
            "kind": str(account.key.account),
            "fund": account.fund,
            "year": account.year,
            "category": account.category,
            "net_cents": net.get(account.id, 0),
        }
    for request in iterate_requests(scope):
        values = {name: plain(value) for name, value in asdict(request).items() if name != "money"}
        yield {"type": "fund_request", **values, "money": asdict(request.money)}
    for table in OF_REQUESTS:
        yield from _table(table, scope)
    for posting_id, group in groupby(entries, key=lambda entry: entry.posting_id):
        yield _posting(posting_id, list(group))


def _table(table: str, scope: Scope) -> Iterator[dict[str, Any]]:
    for row in iterate_stored(table, scope):
        yield {"type": table, **{name: plain(value) for name, value in row.items()}}


def _posting(posting_id: int, entries: list[Entry]) -> dict[str, Any]:
    first = entries[0]
    return {
        "type": "posting",
        "id": posting_id,
        "kind": first.kind,
        "effective_on": plain(first.effective_on),
        "posted_at": plain(first.posted_at),
        "fund": first.fund,
        "request": first.request,
        "enrollee": first.enrollee,
        "goal": first.goal,
        "actor": plain(first.actor_id),
        "evaluation": plain(first.evaluation_id),
        "reverses": first.reverses_id,
        "reason": first.reason_code,
        "payload_sha256": first.payload_sha256,
        "transfers": [
            {
                "seq": entry.seq,
                "debit": entry.debit_id,
                "credit": entry.credit_id,
                "cents": entry.cents,
                "year": entry.year,
                "category": entry.category,
                "voucher": plain(entry.voucher_id),
                "payment": plain(entry.payment_id),
                "advance": plain(entry.advance_id),
            }
            for entry in entries
        ],
    }
