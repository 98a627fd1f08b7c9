"""The books' grammar, pure: an event of the fund → its transfers; transfers → balances and what is wrong with them.

A transfer moves cents from a credited to a debited account. The budget accounts of a line always add up
(appropriation = available + encumbered + expended + disallowed), and each agrees with its twin in the actual accounts.
`docs/decisions/0012-the-books.md` says why; no storage here, and no policy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Final
from uuid import UUID


class Account(StrEnum):
    """The kinds of ledger account. The first nine stand once per budget line, the last four once per fund."""

    APPROPRIATION = "appropriation"
    AVAILABLE = "available"
    ENCUMBERED = "encumbered"
    EXPENDED = "expended"
    DISALLOWED = "disallowed"
    EXPENSE = "expense"
    ADVANCES = "advances"
    RECEIVABLE = "receivable"
    PAYABLE = "payable"
    CASH = "cash"
    PRIOR_RECEIVABLE = "prior_receivable"
    REVENUE = "revenue"
    PRIOR_RECOVERY = "prior_recovery"


LINE_ACCOUNTS: Final = tuple(Account)[:9]
FUND_ACCOUNTS: Final = tuple(Account)[9:]
BUDGET_ACCOUNTS: Final = LINE_ACCOUNTS[:5]
CREDIT_NORMAL: Final = frozenset({Account.APPROPRIATION, Account.PAYABLE, Account.REVENUE, Account.PRIOR_RECOVERY})
MAY_GO_BELOW_ZERO: Final = frozenset({Account.CASH, Account.REVENUE, Account.PRIOR_RECOVERY})
"""Cash that the county advances is negative until the state pays; the other two follow a reversed year (I3)."""


class Kind(StrEnum):
    """What a posting says, as in the table of postings (P1–P17, reverse)."""

    APPROPRIATE = "appropriate"
    MOVE_BUDGET = "move_budget"
    HOLD = "hold"
    RELEASE = "release"
    HOLD_MORE = "hold_more"
    VOUCHER = "voucher"
    PAY = "pay"
    UNPAY = "unpay"
    VOID = "void"
    REFUND = "refund"
    REFUND_LATE = "refund_late"
    ADVANCE = "advance"
    SUBSTANTIATE = "substantiate"
    RETURN_ADVANCE = "return_advance"
    DISALLOW = "disallow"
    SETTLE = "settle"
    YEAR_END = "year_end"
    REVERSE = "reverse"


NEEDS_EVALUATION: Final = (Kind.HOLD, Kind.HOLD_MORE, Kind.VOUCHER, Kind.ADVANCE)
"""Money is promised or leaves only beside the policy evaluation that allowed it (I16)."""

REVERSIBLE: Final = frozenset(
    {
        Kind.APPROPRIATE,
        Kind.MOVE_BUDGET,
        Kind.VOUCHER,
        Kind.REFUND,
        Kind.REFUND_LATE,
        Kind.ADVANCE,
        Kind.SUBSTANTIATE,
        Kind.RETURN_ADVANCE,
        Kind.DISALLOW,
        Kind.SETTLE,
    }
)
"""What a single correction may mirror (funds.md, 3)."""

ROLLED_BACK: Final = frozenset({Kind.YEAR_END, Kind.APPROPRIATE})
"""What the roll-back of a year end mirrors, and nobody else: whole runs only (docs/decisions/0012)."""


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """One ledger account: its kind and the id of its budget line or fund."""

    account: Account
    owner: UUID


@dataclass(frozen=True, slots=True)
class Move:
    """One transfer: `cents` from the credited account to the debited one."""

    debit: Key
    credit: Key
    cents: int

    def __post_init__(self) -> None:
        if self.cents <= 0:
            raise ValueError("A transfer moves at least one cent.")
        if self.debit == self.credit:
            raise ValueError("A transfer has two sides.")

    @property
    def mirror(self) -> Move:
        """The same amount the other way."""
        return Move(self.credit, self.debit, self.cents)


@dataclass(frozen=True, slots=True)
class Draft:
    """A posting before it is written: what happened, and its transfers."""

    kind: Kind
    moves: tuple[Move, ...]


def appropriate(line: UUID, cents: int, *, fund: UUID, is_drawn: bool) -> Draft:
    """P1: the budget of a line is adopted; `is_drawn` when the money came with it."""
    moves = [_move(line, Account.AVAILABLE, Account.APPROPRIATION, cents)]
    if is_drawn:
        moves.append(Move(Key(Account.CASH, fund), Key(Account.REVENUE, fund), cents))
    return Draft(Kind.APPROPRIATE, tuple(moves))


def move_budget(source: UUID, target: UUID, cents: int) -> Draft:
    """P2: appropriation from one line to another."""
    return Draft(
        Kind.MOVE_BUDGET,
        (
            _move(source, Account.APPROPRIATION, Account.AVAILABLE, cents),
            _move(target, Account.AVAILABLE, Account.APPROPRIATION, cents),
        ),
    )


def hold(line: UUID, cents: int) -> Draft:
    """P3: approval reserves money."""
    return Draft(Kind.HOLD, (_move(line, Account.ENCUMBERED, Account.AVAILABLE, cents),))


def release(line: UUID, cents: int) -> Draft:
    """P4: reserved money goes back."""
    return Draft(Kind.RELEASE, (_move(line, Account.AVAILABLE, Account.ENCUMBERED, cents),))


def hold_more(line: UUID, cents: int) -> Draft:
    """P5: a supplement reserves more."""
    return Draft(Kind.HOLD_MORE, hold(line, cents).moves)


def voucher(line: UUID, cents: int, *, release_cents: int = 0) -> Draft:
    """P6: a debt to the payee is recognised; the final voucher frees what is left of the encumbrance."""
    moves = [
        _move(line, Account.EXPENDED, Account.ENCUMBERED, cents),
        _move(line, Account.EXPENSE, Account.PAYABLE, cents),
    ]
    if release_cents:
        moves.append(_move(line, Account.AVAILABLE, Account.ENCUMBERED, release_cents))
    return Draft(Kind.VOUCHER, tuple(moves))


def pay(line: UUID, cents: int, *, fund: UUID) -> Draft:
    """P7: the voucher is paid out."""
    return Draft(Kind.PAY, (Move(Key(Account.PAYABLE, line), Key(Account.CASH, fund), cents),))


def unpay(line: UUID, cents: int, *, fund: UUID) -> Draft:
    """P8: a payment failed or was voided."""
    return Draft(Kind.UNPAY, (Move(Key(Account.CASH, fund), Key(Account.PAYABLE, line), cents),))


def void(line: UUID, cents: int) -> Draft:
    """P9: an unpaid voucher is dropped; the money is available again."""
    return Draft(
        Kind.VOID,
        (
            _move(line, Account.AVAILABLE, Account.EXPENDED, cents),
            _move(line, Account.PAYABLE, Account.EXPENSE, cents),
        ),
    )


def refund(line: UUID, cents: int, *, fund: UUID) -> Draft:
    """P10: paid money came back in its own open year."""
    return Draft(
        Kind.REFUND,
        (
            _move(line, Account.AVAILABLE, Account.EXPENDED, cents),
            Move(Key(Account.CASH, fund), Key(Account.EXPENSE, line), cents),
        ),
    )


def refund_late(fund: UUID, cents: int, *, dropped_voucher_of: UUID | None = None) -> Draft:
    """P11: money of a closed year came back, or an unpaid voucher of that line was dropped."""
    debit = Key(Account.CASH, fund) if dropped_voucher_of is None else Key(Account.PAYABLE, dropped_voucher_of)
    return Draft(Kind.REFUND_LATE, (Move(debit, Key(Account.PRIOR_RECOVERY, fund), cents),))


def advance(line: UUID, cents: int, *, fund: UUID) -> Draft:
    """P12: money or a card is out before its receipts; it stays encumbered."""
    return Draft(Kind.ADVANCE, (Move(Key(Account.ADVANCES, line), Key(Account.CASH, fund), cents),))


def substantiate(line: UUID, cents: int) -> Draft:
    """P13: receipts for an advance were accepted: now it is spending."""
    return Draft(
        Kind.SUBSTANTIATE,
        (
            _move(line, Account.EXPENDED, Account.ENCUMBERED, cents),
            _move(line, Account.EXPENSE, Account.ADVANCES, cents),
        ),
    )


def return_advance(line: UUID, cents: int, *, fund: UUID) -> Draft:
    """P14: the unspent part of an advance came back."""
    return Draft(
        Kind.RETURN_ADVANCE,
        (
            _move(line, Account.AVAILABLE, Account.ENCUMBERED, cents),
            Move(Key(Account.CASH, fund), Key(Account.ADVANCES, line), cents),
        ),
    )


def disallow_paid(line: UUID, cents: int) -> Draft:
    """P15: paid spending is not accepted and is to be recovered."""
    return Draft(
        Kind.DISALLOW,
        (
            _move(line, Account.DISALLOWED, Account.EXPENDED, cents),
            _move(line, Account.RECEIVABLE, Account.EXPENSE, cents),
        ),
    )


def disallow_advance(line: UUID, cents: int) -> Draft:
    """P15: an advance without receipts is not accepted and is to be recovered."""
    return Draft(
        Kind.DISALLOW,
        (
            _move(line, Account.DISALLOWED, Account.ENCUMBERED, cents),
            _move(line, Account.RECEIVABLE, Account.ADVANCES, cents),
        ),
    )


def disallow_late(fund: UUID, cents: int) -> Draft:
    """P15: spending of a closed year is not accepted."""
    return Draft(Kind.DISALLOW, (Move(Key(Account.PRIOR_RECEIVABLE, fund), Key(Account.PRIOR_RECOVERY, fund), cents),))


def recover(line: UUID, cents: int, *, fund: UUID) -> Draft:
    """P16: disallowed money was recovered."""
    return Draft(
        Kind.SETTLE,
        (
            _move(line, Account.AVAILABLE, Account.DISALLOWED, cents),
            Move(Key(Account.CASH, fund), Key(Account.RECEIVABLE, line), cents),
        ),
    )


def write_off(line: UUID, cents: int) -> Draft:
    """P16: disallowed money is given up: it is spending after all."""
    return Draft(
        Kind.SETTLE,
        (
            _move(line, Account.EXPENDED, Account.DISALLOWED, cents),
            _move(line, Account.EXPENSE, Account.RECEIVABLE, cents),
        ),
    )


def settle_late(fund: UUID, cents: int, *, is_recovered: bool) -> Draft:
    """P16: a receivable of a closed year was recovered or given up."""
    debit = Account.CASH if is_recovered else Account.PRIOR_RECOVERY
    return Draft(Kind.SETTLE, (Move(Key(debit, fund), Key(Account.PRIOR_RECEIVABLE, fund), cents),))


def lapse(line: UUID, cents: int) -> Draft:
    """P17: what is available at year end lapses."""
    return Draft(Kind.YEAR_END, (_move(line, Account.APPROPRIATION, Account.AVAILABLE, cents),))


def carry_encumbrance(old: UUID, new: UUID, cents: int) -> Draft:
    """P17: an open encumbrance goes on in the line of the new year, with its appropriation."""
    return Draft(
        Kind.YEAR_END,
        (
            _move(old, Account.APPROPRIATION, Account.ENCUMBERED, cents),
            _move(new, Account.ENCUMBERED, Account.APPROPRIATION, cents),
        ),
    )


def carry_receivable(line: UUID, cents: int, *, fund: UUID) -> Draft:
    """P17: what was disallowed and not recovered becomes a receivable of the fund."""
    return Draft(
        Kind.YEAR_END,
        (
            _move(line, Account.APPROPRIATION, Account.DISALLOWED, cents),
            Move(Key(Account.PRIOR_RECEIVABLE, fund), Key(Account.RECEIVABLE, line), cents),
        ),
    )


def reverse(moves: Iterable[Move]) -> Draft:
    """The exact mirror of a posting's transfers, in their order backwards."""
    return Draft(Kind.REVERSE, tuple(move.mirror for move in reversed(tuple(moves))))


def normal(account: Account, debits: int, credits: int) -> int:
    """A balance on the account's own side."""
    return credits - debits if account in CREDIT_NORMAL else debits - credits


def effects(moves: Iterable[Move]) -> dict[Key, int]:
    """What some transfers change: account → cents on its own side; accounts that end unchanged are left out."""
    change: dict[Key, int] = defaultdict(int)
    for move in moves:
        change[move.debit] += normal(move.debit.account, move.cents, 0)
        change[move.credit] += normal(move.credit.account, 0, move.cents)
    return {key: cents for key, cents in change.items() if cents}


@dataclass(frozen=True, slots=True)
class Imbalance:
    """A line whose accounts do not agree: which law, and the two figures."""

    law: str
    owner: UUID
    left_cents: int
    right_cents: int


# Law → its two sides over the accounts of one line.
LAWS: Final[Mapping[str, tuple[Callable[[Mapping[Account, int]], int], Callable[[Mapping[Account, int]], int]]]] = {
    "conservation": (
        lambda line: line[Account.APPROPRIATION],
        lambda line: sum(line[account] for account in BUDGET_ACCOUNTS[1:]),
    ),
    "expended is expense": (lambda line: line[Account.EXPENDED], lambda line: line[Account.EXPENSE]),
    "disallowed is receivable": (lambda line: line[Account.DISALLOWED], lambda line: line[Account.RECEIVABLE]),
}


def imbalances(balances: Mapping[Key, int]) -> list[Imbalance]:
    """The lines for which a law does not hold (I2, I17). Works on balances and on effects, their differences."""
    lines: dict[UUID, dict[Account, int]] = defaultdict(lambda: dict.fromkeys(LINE_ACCOUNTS, 0))
    for key, cents in balances.items():
        if key.account in LINE_ACCOUNTS:
            lines[key.owner][key.account] += cents
    return [
        Imbalance(law, owner, left(line), right(line))
        for owner, line in sorted(lines.items())
        for law, (left, right) in LAWS.items()
        if left(line) != right(line)
    ]


def _move(line: UUID, debit: Account, credit: Account, cents: int) -> Move:
    return Move(Key(debit, line), Key(credit, line), cents)
