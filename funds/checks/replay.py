"""The books read once from the first posting to the last: what every transfer adds up to, and what is wrong in a row.

Only rows are asked, never the code that wrote them: the grammar of postings stands here a second time.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from core.db import db
from core.money import format_cents
from funds.checks.calendar import Calendar
from funds.models import (
    AccountBalance,
    BudgetLine,
    Category,
    FiscalYear,
    Fund,
    LedgerAccount,
    Posting,
    Transfer,
    posting_digest,
)

CHUNK: Final = 5000
CREDIT_SIDE: Final = frozenset({"appropriation", "payable", "revenue", "prior_recovery"})
MAY_BE_NEGATIVE: Final = frozenset({"cash", "revenue", "prior_recovery"})
NEEDS_RULES: Final = {"hold": "approve", "hold_more": "supplement", "voucher": "voucher", "advance": "advance"}
# Kind of posting → the pairs of accounts (debit, credit) that it may move between (funds.md, 3).
SHAPES: Final[Mapping[str, frozenset[tuple[str, str]]]] = {
    kind: frozenset(tuple(pair.split(" < ")) for pair in pairs)  # type: ignore[misc]
    for kind, pairs in {
        "appropriate": ("available < appropriation", "cash < revenue"),
        "move_budget": ("appropriation < available", "available < appropriation"),
        "hold": ("encumbered < available",),
        "hold_more": ("encumbered < available",),
        "release": ("available < encumbered",),
        "voucher": ("expended < encumbered", "expense < payable", "available < encumbered"),
        "pay": ("payable < cash",),
        "unpay": ("cash < payable",),
        "void": ("available < expended", "payable < expense"),
        "refund": ("available < expended", "cash < expense"),
        "refund_late": ("cash < prior_recovery", "payable < prior_recovery"),
        "advance": ("advances < cash",),
        "substantiate": ("expended < encumbered", "expense < advances"),
        "return_advance": ("available < encumbered", "cash < advances"),
        "disallow": (
            "disallowed < expended",
            "receivable < expense",
            "disallowed < encumbered",
            "receivable < advances",
            "prior_receivable < prior_recovery",
        ),
        "settle": (
            "available < disallowed",
            "cash < receivable",
            "expended < disallowed",
            "expense < receivable",
            "cash < prior_receivable",
            "prior_recovery < prior_receivable",
        ),
        "year_end": (
            "appropriation < available",
            "appropriation < encumbered",
            "encumbered < appropriation",
            "appropriation < disallowed",
            "prior_receivable < receivable",
        ),
    }.items()
}
Sums = dict[str, int]


@dataclass(slots=True)
class Ledger:
    """What the rows say: accounts by id, and debits less credits by account, request, voucher, payment and advance."""

    kinds: dict[int, str] = field(default_factory=dict)
    owners: dict[int, UUID] = field(default_factory=dict)
    names: dict[UUID, str] = field(default_factory=dict)
    balances: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    requests: dict[UUID, Sums] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    vouchers: dict[UUID, Sums] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    payments: dict[UUID, Sums] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    advances: dict[UUID, Sums] = field(default_factory=lambda: defaultdict(lambda: defaultdict(int)))
    lines_of: dict[tuple[UUID, str], int] = field(default_factory=lambda: defaultdict(int))
    places: dict[UUID, UUID] = field(default_factory=dict)  # voucher or advance → the line that owes or lent it
    postings: int = 0
    transfers: int = 0

    def line(self, account_id: int) -> str:
        """An account in words: "Housing 2026 encumbered"."""
        kind = self.kinds.get(account_id)
        if kind is None:
            return f"account {account_id}"
        return f"{self.names.get(self.owners[account_id], 'an unknown line')} {kind.replace('_', ' ')}"

    def by_line(self) -> dict[UUID, Sums]:
        """Replayed balances of every owner, each on its own side."""
        found: dict[UUID, Sums] = defaultdict(lambda: defaultdict(int))
        for account_id, kind in self.kinds.items():
            found[self.owners[account_id]][kind] += on_own_side(kind, self.balances[account_id])
        return found


def on_own_side(kind: str, debits_less_credits: int) -> int:
    """A sum as the account counts it."""
    return -debits_less_credits if kind in CREDIT_SIDE else debits_less_credits


def replay(ledger: Ledger, digests: dict[int, str], problems: list[str]) -> None:
    """Read every posting with its transfers once, in their order, and add up what they say.

    `digests` are what the trail noted of each posting; what was compared is taken out. Time grows with the rows,
    memory with accounts, requests and vouchers.
    """
    _read_accounts(ledger, problems)
    transfers, calendar = _Transfers(problems), Calendar(problems)
    for posting in _rows(select(*(Posting.__table__.columns[name] for name in _POSTING)).order_by(Posting.id)):
        rows = transfers.of(posting.id)
        ledger.postings += 1
        ledger.transfers += len(rows)
        if not rows:
            problems.append(f"I1: posting {posting.id} has no transfers.")
            continue
        values = posting._asdict()
        noted = digests.pop(posting.id, None)
        if noted is None:
            problems.append(f"I8: posting {posting.id} stands in no event of the trail.")
        elif noted != posting_digest(values, [row._asdict() for row in rows]):
            problems.append(f"I8: posting {posting.id} or a transfer of it was changed after it was written.")
        owners = _add_up(ledger, posting, rows, problems)
        calendar.check(posting, owners)
    transfers.rest()
    problems.extend(f"I8: posting {gone}, known from the trail, is gone." for gone in sorted(digests))
    _compare_balances(ledger, problems)


_POSTING: Final = tuple(Posting.__table__.columns.keys())
_TRANSFER: Final = tuple(name for name in Transfer.__table__.columns.keys() if name != "id")


class _Transfers:
    """All transfers in the order of their postings, handed out posting by posting."""

    def __init__(self, problems: list[str]) -> None:
        self._problems = problems
        self._rows = iter(
            _rows(
                select(*(Transfer.__table__.columns[name] for name in _TRANSFER)).order_by(
                    Transfer.posting_id, Transfer.seq
                )
            )
        )
        self._next = next(self._rows, None)

    def of(self, posting_id: int) -> list[Any]:
        """The transfers of one posting; what came before it belongs to none."""
        found = []
        while self._next is not None and self._next.posting_id <= posting_id:
            if self._next.posting_id == posting_id:
                found.append(self._next)
            else:
                self._orphan()
            self._next = next(self._rows, None)
        return found

    def rest(self) -> None:
        """Name the transfers behind the last posting."""
        while self._next is not None:
            self._orphan()
            self._next = next(self._rows, None)

    def _orphan(self) -> None:
        assert self._next is not None
        self._problems.append(
            f"I8: a transfer of {format_cents(self._next.amount_cents)} names posting {self._next.posting_id}, "
            "which is gone."
        )


def _rows(statement: Any) -> Iterator[Any]:
    return iter(db.session.execute(statement.execution_options(yield_per=CHUNK)))


def _read_accounts(ledger: Ledger, problems: list[str]) -> None:
    for row in db.session.execute(
        select(BudgetLine.id, Category.name, FiscalYear.code)
        .join(Category, Category.id == BudgetLine.category_id)
        .join(FiscalYear, FiscalYear.id == BudgetLine.fiscal_year_id)
    ):
        ledger.names[row.id] = f"{row.name} {row.code}"
    for fund_id, code in db.session.execute(select(Fund.id, Fund.code)):
        ledger.names[fund_id] = f"Fund {code}"
    for account in db.session.execute(select(LedgerAccount)).scalars():
        owner = account.budget_line_id or account.fund_id
        if owner is None:
            problems.append(f"I3: account {account.id} belongs to no line and no fund.")
            continue
        ledger.kinds[account.id], ledger.owners[account.id] = account.kind, owner
        ledger.balances[account.id] = 0
        if account.normal_side != ("credit" if account.kind in CREDIT_SIDE else "debit"):
            problems.append(f"I3: {ledger.line(account.id)} is kept on the wrong side ({account.normal_side}).")


def _add_up(ledger: Ledger, posting: Any, rows: list[Any], problems: list[str]) -> Iterable[UUID]:
    """One posting: its shape, its laws, its key's digest, and its sums. Answers the lines and funds that it moved."""
    changes: dict[UUID, Sums] = defaultdict(lambda: defaultdict(int))
    shape = SHAPES.get(posting.kind)
    moves = []
    for number, row in enumerate(rows, 1):
        debit, credit = ledger.kinds.get(row.debit_id), ledger.kinds.get(row.credit_id)
        if debit is None or credit is None or row.amount_cents <= 0 or row.debit_id == row.credit_id:
            problems.append(f"I1: transfer {row.seq} of posting {posting.id} does not move money between two accounts.")
            continue
        if row.seq != number:
            problems.append(f"I1: transfer {number} of posting {posting.id} is missing.")
        if shape is not None and (debit, credit) not in shape:
            problems.append(f"I1: posting {posting.id} ({posting.kind}) moves money from {credit} to {debit}.")
        for account_id, kind, cents in (
            (row.debit_id, debit, row.amount_cents),
            (row.credit_id, credit, -row.amount_cents),
        ):
            ledger.balances[account_id] += cents
            changes[ledger.owners[account_id]][kind] += on_own_side(kind, cents)
            if posting.fund_request_id is not None:
                ledger.requests[posting.fund_request_id][kind] += cents
                if kind in ("expense", "encumbered"):
                    ledger.lines_of[ledger.owners[account_id], kind] += cents
            if kind == "payable" and row.voucher_id is not None:
                ledger.places[row.voucher_id] = ledger.owners[account_id]
            if kind == "advances" and row.advance_id is not None:
                ledger.places[row.advance_id] = ledger.owners[account_id]
            if row.voucher_id is not None:
                ledger.vouchers[row.voucher_id][kind] += cents
                ledger.vouchers[row.voucher_id][f"{posting.kind} {kind}"] += cents
            if row.payment_id is not None:
                ledger.payments[row.payment_id][f"{posting.kind} {kind}"] += cents
                ledger.payments[row.payment_id][kind] += cents
            if row.advance_id is not None:
                ledger.advances[row.advance_id][kind] += cents
                ledger.advances[row.advance_id][f"{posting.kind} {kind}"] += cents
        moves.append(
            [
                *(debit, str(ledger.owners[row.debit_id]), credit, str(ledger.owners[row.credit_id])),
                row.amount_cents,
            ]
        )
    if posting.fund_request_id is not None:
        _count(ledger, posting, rows)
    for owner, sums in changes.items():
        problems.extend(
            f"I2: posting {posting.id} ({posting.kind}) leaves {ledger.names.get(owner, owner)} out of balance: {law}."
            for law in broken_laws(sums)
        )
    if posting.payload_sha256 != _payload(posting, rows, moves):
        problems.append(f"I7: posting {posting.id} says something else than its key was used for.")
    if posting.kind in NEEDS_RULES and posting.evaluation_id is None:
        problems.append(f"I16: posting {posting.id} ({posting.kind}) names no policy evaluation.")
    return changes


def _count(ledger: Ledger, posting: Any, rows: list[Any]) -> None:
    """What one request's postings of a kind did to cash, for I5."""
    sums = ledger.requests[posting.fund_request_id]
    for row in rows:
        if ledger.kinds.get(row.debit_id) == "cash":
            sums[f"{posting.kind} cash"] += row.amount_cents
        if ledger.kinds.get(row.credit_id) == "cash":
            sums[f"{posting.kind} cash"] -= row.amount_cents


def broken_laws(line: Mapping[str, int]) -> list[str]:
    """The laws that a line's balances, or a posting's changes of them, break, with both figures."""
    of = {kind: line.get(kind, 0) for kind in ("available", "encumbered", "expended", "disallowed")}
    pairs = (
        ("appropriation", line.get("appropriation", 0), "its parts", sum(of.values())),
        ("expended", of["expended"], "expense", line.get("expense", 0)),
        ("disallowed", of["disallowed"], "receivable", line.get("receivable", 0)),
    )
    return [
        f"{left} {format_cents(first)}, {right} {format_cents(second)}"
        for left, first, right, second in pairs
        if first != second
    ]


def _payload(posting: Any, rows: list[Any], moves: list[Any]) -> str:
    content = {
        "kind": posting.kind,
        "moves": moves,
        "fund": str(posting.fund_id),
        "request": str(posting.fund_request_id or ""),
        "reverses": posting.reverses_id or 0,
        "voucher": str(rows[0].voucher_id or ""),
        "advance": str(rows[0].advance_id or ""),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def _compare_balances(ledger: Ledger, problems: list[str]) -> None:
    """I2, I3, I17: what is stored beside the transfers, and the laws over each line."""
    stored = {row.ledger_account_id: row for row in db.session.execute(select(AccountBalance)).scalars()}
    for account_id, kind in ledger.kinds.items():
        replayed = on_own_side(kind, ledger.balances[account_id])
        row = stored.get(account_id)
        if row is None:
            problems.append(f"I2: {ledger.line(account_id)} has no balance.")
            continue
        if row.cents != replayed:
            problems.append(
                f"I2: {ledger.line(account_id)} is kept as {format_cents(row.cents)}, its transfers make "
                f"{format_cents(replayed)}."
            )
        if row.non_negative != (kind not in MAY_BE_NEGATIVE):
            problems.append(f"I3: {ledger.line(account_id)} has lost its bound at zero, or gained one.")
        if replayed < 0 and kind not in MAY_BE_NEGATIVE:
            problems.append(f"I3: {ledger.line(account_id)} stands at {format_cents(replayed)}.")
    for owner, line in sorted(ledger.by_line().items()):
        problems.extend(
            f"{'I2' if law.startswith('appropriation') else 'I17'}: {ledger.names.get(owner, owner)}: {law}."
            for law in broken_laws(line)
        )
