"""Writes one export with its manifest: all of it as of one moment, nothing cut off, and counted while it is written."""

from __future__ import annotations

import hashlib
import json
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Final

from audit.queries import chain_head
from audit.rules import moment
from core.clock import local_day
from core.db import current_config, snapshot
from core.money import format_cents
from funds import queries
from funds.exports import crosswalks, journals, lines, tables
from funds.ledger import CREDIT_NORMAL, Account
from funds.queries.entries import AccountName, Entry, iterate_entries, list_accounts
from funds.queries.scope import Scope
from funds.queries.sums import Total, net_by, net_by_account, total_of

FORMATS: Final = ("csv", "xlsx", "jsonl", "beancount", "hledger", "hmis", "gl")
SUFFIXES: Final = {
    "csv": "csv", "xlsx": "xlsx", "jsonl": "jsonl", "beancount": "beancount", "hledger": "journal", "hmis": "csv",
    "gl": "csv",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Export:
    """What was written: the files, the manifest's last, and what the manifest says."""

    format: str
    scope: Scope
    files: list[Path]
    manifest: dict[str, Any]


@dataclass(slots=True)
class _Counted:
    """Transfers on their way into a file, counted: the manifest says what went in, not what was to go in."""

    entries: Iterator[Entry]
    rows: int = 0
    cents: int = 0

    def __iter__(self) -> Iterator[Entry]:
        for entry in self.entries:
            self.rows += 1
            self.cents += entry.cents
            yield entry


@dataclass(frozen=True, slots=True)
class Wishes:
    """What a county may choose of its ledger's file."""

    columns: str = ""
    accounts: str = ""


@dataclass(slots=True)
class _Written:
    files: list[Path]
    more: dict[str, Any] = field(default_factory=dict)


def write_export(
    format: str, scope: Scope, path: Path, *, now: datetime, filter_words: dict[str, str], wishes: Wishes | None = None
) -> Export:
    """Write the filter's books into `path`, in one of FORMATS, and a manifest beside it (`<name>.manifest.json`).

    `filter_words` is the filter as people wrote it, for the manifest. Raises InvalidInput for senseless wishes.
    Memory does not grow with the rows; queries are as many as the format has tables.
    """
    wishes = wishes or Wishes()
    if format not in FORMATS:
        raise ValueError(f"There is no format {format}.")
    with snapshot():
        seq, head = chain_head()
        expected = total_of(scope)
        counted = _Counted(iterate_entries(scope))
        manifest: dict[str, Any] = {
            "program": "Goldthread",
            "format": format,
            "made_at": moment(now),
            "filter": filter_words,
            "rows": expected.rows,
            "postings": expected.postings,
            "control_total_cents": expected.cents,
            "control_total": format_cents(expected.cents),
            "first_day": str(expected.first_on) if expected.first_on else None,
            "last_day": str(expected.last_on) if expected.last_on else None,
            "chain": {"events": seq, "head": head},
        }
        written = _write(format, scope, path, counted, expected, manifest, wishes, now)
        if format != "hmis" and (counted.rows, counted.cents) != (expected.rows, expected.cents):
            raise RuntimeError("The rows that were written are not the rows that were counted.")
    manifest |= written.more
    manifest["files"] = {each.name: sha256_of(each) for each in written.files}
    beside = path.with_name(f"{path.name}.manifest.json")
    beside.write_text(json.dumps(manifest, indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return Export(format, scope, [*written.files, beside], manifest)


def zip_export(export: Export, path: Path) -> Path:
    """The files of an export in one archive."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for each in export.files:
            archive.write(each, each.name)
    return path


def sha256_of(path: Path) -> str:
    """The hash of a file's bytes."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write(
    format: str,
    scope: Scope,
    path: Path,
    counted: _Counted,
    expected: Total,
    manifest: dict[str, Any],
    wishes: Wishes,
    now: datetime,
) -> _Written:
    entries = iter(counted)
    if format == "csv":
        return _Written(tables.write_csv(scope, path, entries))
    if format == "xlsx":
        return _Written(tables.write_xlsx(scope, path, entries, about(manifest)))
    if format == "jsonl":
        return _Written(lines.write_jsonl(scope, path, entries))
    if format == "hmis":
        files, rows, cents, left_out = crosswalks.write_hmis(scope, path, f"E{manifest['chain']['events']}")
        spent = sum(net[Account.EXPENSE] for net in net_by(scope).values())
        if rest := spent - cents - sum(left_out.values()):
            left_out["without a request"] = rest
        more = {"hmis_rows": rows, "hmis_cents": cents, "left_out_cents": left_out, "spent_cents": spent}
        return _Written(files, more)
    if format == "gl":
        columns, accounts = crosswalks.read_columns(wishes.columns), crosswalks.read_accounts(wishes.accounts)
        files, count, debits = crosswalks.write_gl(path, entries, columns, accounts)
        return _Written(files, {"gl_lines": count, "gl_debits_cents": debits, "gl_credits_cents": debits})
    books = _books(scope, expected, now)
    make = journals.beancount_lines if format == "beancount" else journals.hledger_lines
    with open(path, "w", encoding="utf-8", newline="") as file:
        file.writelines(make(entries, books, [f"{name}: {text}" for name, text in about(manifest)]))
    return _Written([path])


def about(manifest: dict[str, Any]) -> list[tuple[str, str]]:
    """The manifest as pairs, for a sheet or for the head of a journal. No line breaks."""
    return [(name, json.dumps(value) if isinstance(value, dict) else str(value)) for name, value in manifest.items()]


def _books(scope: Scope, expected: Total, now: datetime) -> journals.Books:
    today = local_day(now, current_config().timezone)
    accounts = list_accounts(scope)
    first_on = expected.first_on or scope.from_on or today
    opening = net_by_account(scope, before=scope.from_on) if scope.from_on else {}
    closing_on = max(expected.last_on or first_on, first_on)
    return journals.Books(
        accounts=accounts,
        opening=opening,
        opening_on=scope.from_on - timedelta(days=1) if scope.from_on else None,
        first_on=first_on,
        closing=_closing(scope, accounts, opening),
        closing_on=closing_on,
    )


def _closing(scope: Scope, accounts: list[AccountName], opening: dict[int, int]) -> dict[int, int]:
    """The balances to assert: those kept beside the books where the export is whole, else those of the transfers."""
    if scope.is_bounded_in_time or scope.year_id is not None or scope != Scope(fund_id=scope.fund_id):
        net = net_by_account(scope)
        return {account.id: net.get(account.id, 0) + opening.get(account.id, 0) for account in accounts}
    kept = queries.list_balances(fund_id=scope.fund_id)
    return {
        account.id: -kept[account.key] if account.key.account in CREDIT_NORMAL else kept[account.key]
        for account in accounts
    }
