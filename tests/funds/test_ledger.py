"""The grammar of postings against the table of the design, cell by cell; laws; what a transfer may not be."""

from __future__ import annotations

from collections.abc import Callable
from uuid import UUID

import pytest

from funds import ledger
from funds.ledger import Account, Draft, Key, Kind, Move

A, B, FUND = UUID(int=1), UUID(int=2), UUID(int=9)
OWNERS = {"A": A, "B": B, "F": FUND}
SHORT = {
    "APPR": Account.APPROPRIATION,
    "AVAIL": Account.AVAILABLE,
    "ENC": Account.ENCUMBERED,
    "SPENT": Account.EXPENDED,
    "DISAL": Account.DISALLOWED,
    "EXP": Account.EXPENSE,
    "ADV": Account.ADVANCES,
    "RECV": Account.RECEIVABLE,
    "PAYB": Account.PAYABLE,
    "CASH": Account.CASH,
    "PRECV": Account.PRIOR_RECEIVABLE,
    "REV": Account.REVENUE,
    "PRIOR": Account.PRIOR_RECOVERY,
}

# Number, kind, how it is made, and its transfers as the design's table has them: debit ← credit, cents.
POSTINGS: list[tuple[str, Kind, Callable[[], Draft], list[tuple[str, str, int]]]] = [
    ("P1", Kind.APPROPRIATE, lambda: ledger.appropriate(A, 700, fund=FUND, is_drawn=False),
     [("A AVAIL", "A APPR", 700)]),
    ("P1 drawn", Kind.APPROPRIATE, lambda: ledger.appropriate(A, 700, fund=FUND, is_drawn=True),
     [("A AVAIL", "A APPR", 700), ("F CASH", "F REV", 700)]),
    ("P2", Kind.MOVE_BUDGET, lambda: ledger.move_budget(A, B, 50),
     [("A APPR", "A AVAIL", 50), ("B AVAIL", "B APPR", 50)]),
    ("P3", Kind.HOLD, lambda: ledger.hold(A, 10), [("A ENC", "A AVAIL", 10)]),
    ("P4", Kind.RELEASE, lambda: ledger.release(A, 10), [("A AVAIL", "A ENC", 10)]),
    ("P5", Kind.HOLD_MORE, lambda: ledger.hold_more(A, 10), [("A ENC", "A AVAIL", 10)]),
    ("P6", Kind.VOUCHER, lambda: ledger.voucher(A, 10), [("A SPENT", "A ENC", 10), ("A EXP", "A PAYB", 10)]),
    ("P6 final", Kind.VOUCHER, lambda: ledger.voucher(A, 10, release_cents=3),
     [("A SPENT", "A ENC", 10), ("A EXP", "A PAYB", 10), ("A AVAIL", "A ENC", 3)]),
    ("P7", Kind.PAY, lambda: ledger.pay(A, 10, fund=FUND), [("A PAYB", "F CASH", 10)]),
    ("P8", Kind.UNPAY, lambda: ledger.unpay(A, 10, fund=FUND), [("F CASH", "A PAYB", 10)]),
    ("P9", Kind.VOID, lambda: ledger.void(A, 10), [("A AVAIL", "A SPENT", 10), ("A PAYB", "A EXP", 10)]),
    ("P10", Kind.REFUND, lambda: ledger.refund(A, 10, fund=FUND),
     [("A AVAIL", "A SPENT", 10), ("F CASH", "A EXP", 10)]),
    ("P11 money", Kind.REFUND_LATE, lambda: ledger.refund_late(FUND, 10), [("F CASH", "F PRIOR", 10)]),
    ("P11 voucher", Kind.REFUND_LATE, lambda: ledger.refund_late(FUND, 10, dropped_voucher_of=A),
     [("A PAYB", "F PRIOR", 10)]),
    ("P12", Kind.ADVANCE, lambda: ledger.advance(A, 10, fund=FUND), [("A ADV", "F CASH", 10)]),
    ("P13", Kind.SUBSTANTIATE, lambda: ledger.substantiate(A, 10), [("A SPENT", "A ENC", 10), ("A EXP", "A ADV", 10)]),
    ("P14", Kind.RETURN_ADVANCE, lambda: ledger.return_advance(A, 10, fund=FUND),
     [("A AVAIL", "A ENC", 10), ("F CASH", "A ADV", 10)]),
    ("P15 paid", Kind.DISALLOW, lambda: ledger.disallow_paid(A, 10),
     [("A DISAL", "A SPENT", 10), ("A RECV", "A EXP", 10)]),
    ("P15 advance", Kind.DISALLOW, lambda: ledger.disallow_advance(A, 10),
     [("A DISAL", "A ENC", 10), ("A RECV", "A ADV", 10)]),
    ("P15 closed year", Kind.DISALLOW, lambda: ledger.disallow_late(FUND, 10), [("F PRECV", "F PRIOR", 10)]),
    ("P16 recovered", Kind.SETTLE, lambda: ledger.recover(A, 10, fund=FUND),
     [("A AVAIL", "A DISAL", 10), ("F CASH", "A RECV", 10)]),
    ("P16 written off", Kind.SETTLE, lambda: ledger.write_off(A, 10),
     [("A SPENT", "A DISAL", 10), ("A EXP", "A RECV", 10)]),
    ("P16 late, recovered", Kind.SETTLE, lambda: ledger.settle_late(FUND, 10, is_recovered=True),
     [("F CASH", "F PRECV", 10)]),
    ("P16 late, written off", Kind.SETTLE, lambda: ledger.settle_late(FUND, 10, is_recovered=False),
     [("F PRIOR", "F PRECV", 10)]),
    ("P17 lapse", Kind.YEAR_END, lambda: ledger.lapse(A, 10), [("A APPR", "A AVAIL", 10)]),
    ("P17 carry", Kind.YEAR_END, lambda: ledger.carry_encumbrance(A, B, 10),
     [("A APPR", "A ENC", 10), ("B ENC", "B APPR", 10)]),
    ("P17 receivable", Kind.YEAR_END, lambda: ledger.carry_receivable(A, 10, fund=FUND),
     [("A APPR", "A DISAL", 10), ("F PRECV", "A RECV", 10)]),
]  # fmt: skip
NAMES = [name for name, *_ in POSTINGS]


def key(text: str) -> Key:
    owner, account = text.split()
    return Key(SHORT[account], OWNERS[owner])


@pytest.mark.parametrize(("name", "kind", "make", "rows"), POSTINGS, ids=NAMES)
def test_posting_is_as_the_table_says(
    name: str, kind: Kind, make: Callable[[], Draft], rows: list[tuple[str, str, int]]
) -> None:
    draft = make()
    assert draft.kind is kind
    assert [(move.debit, move.credit, move.cents) for move in draft.moves] == [
        (key(debit), key(credit), cents) for debit, credit, cents in rows
    ]


@pytest.mark.parametrize(("name", "kind", "make", "rows"), POSTINGS, ids=NAMES)
def test_every_posting_keeps_the_laws_and_so_does_its_mirror(
    name: str, kind: Kind, make: Callable[[], Draft], rows: list[tuple[str, str, int]]
) -> None:
    draft = make()
    assert ledger.imbalances(ledger.effects(draft.moves)) == []
    mirror = ledger.reverse(draft.moves)
    assert mirror.kind is Kind.REVERSE
    assert mirror.moves == tuple(Move(move.credit, move.debit, move.cents) for move in reversed(draft.moves))
    assert ledger.effects((*draft.moves, *mirror.moves)) == {}


def test_every_kind_but_reverse_is_in_the_table() -> None:
    assert {kind for _, kind, _, _ in POSTINGS} == set(Kind) - {Kind.REVERSE}


def test_effects_stand_on_each_accounts_own_side() -> None:
    draft = ledger.voucher(A, 10, release_cents=3)
    assert ledger.effects(draft.moves) == {
        Key(Account.EXPENDED, A): 10,
        Key(Account.ENCUMBERED, A): -13,
        Key(Account.EXPENSE, A): 10,
        Key(Account.PAYABLE, A): 10,
        Key(Account.AVAILABLE, A): 3,
    }
    drawn = ledger.effects(ledger.appropriate(A, 5, fund=FUND, is_drawn=True).moves)
    assert drawn == {
        Key(Account.AVAILABLE, A): 5,
        Key(Account.APPROPRIATION, A): 5,
        Key(Account.CASH, FUND): 5,
        Key(Account.REVENUE, FUND): 5,
    }
    assert ledger.effects(ledger.settle_late(FUND, 5, is_recovered=False).moves) == {
        Key(Account.PRIOR_RECOVERY, FUND): -5,
        Key(Account.PRIOR_RECEIVABLE, FUND): -5,
    }


@pytest.mark.parametrize("account", Account)
def test_each_account_counts_on_the_side_the_design_gives_it(account: Account) -> None:
    credit = account in {Account.APPROPRIATION, Account.PAYABLE, Account.REVENUE, Account.PRIOR_RECOVERY}
    assert ledger.normal(account, 7, 2) == (-5 if credit else 5)


def test_accounts_of_lines_and_funds_are_the_designs() -> None:
    assert [SHORT[each] for each in "APPR AVAIL ENC SPENT DISAL EXP ADV RECV PAYB".split()] == list(
        ledger.LINE_ACCOUNTS
    )
    assert [SHORT[each] for each in "CASH PRECV REV PRIOR".split()] == list(ledger.FUND_ACCOUNTS)
    assert set(ledger.MAY_GO_BELOW_ZERO) == {Account.CASH, Account.REVENUE, Account.PRIOR_RECOVERY}
    assert set(ledger.NEEDS_EVALUATION) == {Kind.HOLD, Kind.HOLD_MORE, Kind.VOUCHER, Kind.ADVANCE}


def test_what_may_be_reversed_is_the_designs() -> None:
    """P1, P2, unpaid P6, P10–P16."""
    assert set(ledger.REVERSIBLE) == {
        Kind.APPROPRIATE, Kind.MOVE_BUDGET, Kind.VOUCHER, Kind.REFUND, Kind.REFUND_LATE, Kind.ADVANCE,
        Kind.SUBSTANTIATE, Kind.RETURN_ADVANCE, Kind.DISALLOW, Kind.SETTLE,
    }  # fmt: skip


@pytest.mark.parametrize("cents", [0, -1])
def test_transfer_moves_at_least_a_cent(cents: int) -> None:
    with pytest.raises(ValueError, match="at least one cent"):
        Move(key("A ENC"), key("A AVAIL"), cents)
    assert Move(key("A ENC"), key("A AVAIL"), 1).cents == 1


def test_transfer_has_two_sides() -> None:
    with pytest.raises(ValueError, match="two sides"):
        Move(key("A ENC"), key("A ENC"), 1)


@pytest.mark.parametrize(
    ("balances", "law", "left", "right"),
    [
        ({"A APPR": 10, "A AVAIL": 9}, "conservation", 10, 9),
        ({"A APPR": 10, "A AVAIL": 10, "A ENC": 1}, "conservation", 10, 11),
        ({"A SPENT": 4, "A APPR": 4, "A EXP": 3}, "expended is expense", 4, 3),
        ({"A DISAL": 4, "A APPR": 4}, "disallowed is receivable", 4, 0),
    ],
)
def test_broken_law_is_named_with_both_figures(balances: dict[str, int], law: str, left: int, right: int) -> None:
    found = ledger.imbalances({key(name): cents for name, cents in balances.items()})
    assert [(each.law, each.owner, each.left_cents, each.right_cents) for each in found] == [(law, A, left, right)]


def test_balances_that_agree_have_no_imbalance() -> None:
    balances = {
        "A APPR": 100, "A AVAIL": 60, "A ENC": 20, "A SPENT": 15, "A DISAL": 5, "A EXP": 15, "A RECV": 5, "F CASH": -3,
    }  # fmt: skip
    assert ledger.imbalances({key(name): cents for name, cents in balances.items()}) == []
