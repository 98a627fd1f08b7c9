"""What the model of the fund knows: requests, their vouchers, advances and papers, and one line's plain ledger.

Written from the design alone: it asks neither `funds.ledger` nor the table of `funds.states`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from uuid import UUID

HOLDING = ("approved", "voucher", "paid")
LIVE = ("draft", "submitted", "returned", "approved", "voucher", "paid", "appealed")


@dataclass
class Spent:
    """Money that went out: what of it is still spent, what is to be recovered, what receipts were accepted for it."""

    id: UUID
    cents: int
    kept: int = 0
    disallowed: int = 0
    receipts: int = 0

    @property
    def stands(self) -> int:
        """What is not given back."""
        return self.kept + self.disallowed


@dataclass
class Bill(Spent):
    """A voucher, with what its making freed and whether the bank shows its payment."""

    freed: int = 0
    status: str = "unpaid"
    payment: UUID | None = None
    number: str = ""
    cleared: bool = False

    @property
    def whole(self) -> bool:
        """No part was refunded or disallowed."""
        return self.kept == self.cents and not self.disallowed


@dataclass
class Advance(Spent):
    """Money or a card that is out: `out` is what neither receipts cover nor came back."""

    out: int = 0
    substantiated: int = 0
    written_off: int = 0
    card: UUID | None = None
    acknowledged: bool = False

    @property
    def stands(self) -> int:
        """What is not given back."""
        return self.kept + self.disallowed + self.out


@dataclass
class Paper:
    """A receipt: its total, and what of it was counted."""

    id: UUID
    cents: int
    used: int = 0

    @property
    def left(self) -> int:
        """What may still be counted."""
        return self.cents - self.used


@dataclass
class Life:
    """A request as the design has it."""

    id: UUID
    cents: int
    emergency: bool
    state: str = "draft"
    version: int = 1
    tiers: int = 0
    paused: bool = False
    unratified: bool = False
    closed: bool = False
    sent: bool = False  # the fiscal office knows it only then
    called: bool = False  # approved in the emergency lane
    expires: bool = False  # its held money has a day on which it goes back
    held: int = 0
    refunded: int = 0
    cash: int = 0  # net cash out
    more: int = 0
    more_tiers: int = 0
    bills: list[Bill] = field(default_factory=list)
    advances: list[Advance] = field(default_factory=list)
    papers: list[Paper] = field(default_factory=list)

    @property
    def hurries(self) -> bool:
        """Approved in an emergency and not yet confirmed, or it may come to that."""
        return self.emergency and (self.unratified or self.state in ("draft", "returned", "submitted"))

    @property
    def out(self) -> int:
        """Advances outstanding; they stay held."""
        return sum(each.out for each in self.advances)

    @property
    def free(self) -> int:
        """Held, and not out in advances."""
        return self.held - self.out

    @property
    def touched(self) -> bool:
        """Something was vouchered, or advanced and not wholly given back."""
        return bool(self.bills) or any(each.out or each.substantiated or each.written_off for each in self.advances)

    @property
    def spendings(self) -> list[Bill | Advance]:
        """What may be refunded or disallowed: paid vouchers, and advances."""
        return [*(bill for bill in self.bills if bill.status == "paid"), *self.advances]

    @property
    def receipts(self) -> int:
        """What accepted receipts cover of vouchers that are not void, and of advances."""
        return sum(each.receipts for each in [*(bill for bill in self.bills if bill.status != "void"), *self.advances])

    def rank(self) -> str:
        """Where several vouchers and advances put it: any unpaid, else any paid or advanced, else any held."""
        if any(bill.status == "unpaid" for bill in self.bills):
            return "voucher"
        if any(each.stands for each in self.spendings):
            return "paid"
        if self.held:
            return "approved"
        return "refunded" if self.refunded else "voided"

    @property
    def may_finish(self) -> bool:
        """Receipts cover what was paid, the bank shows every payment, no advance is out, the emergency is ratified."""
        return (
            self.receipts >= self.cash
            and not self.out
            and not self.unratified
            and all(bill.cleared for bill in self.bills if bill.status == "paid")
        )


@dataclass
class Ledger:
    """One budget line and its fund's cash."""

    appropriated: int
    cash: int
    available: int = 0
    encumbered: int = 0
    expended: int = 0
    disallowed: int = 0
    payable: int = 0
    advances: int = 0

    def __post_init__(self) -> None:
        self.available = self.appropriated

    @property
    def balances(self) -> dict[str, int]:
        """Every account of the line and the fund, by its name."""
        return {
            "appropriation": self.appropriated, "available": self.available, "encumbered": self.encumbered,
            "expended": self.expended, "expense": self.expended, "disallowed": self.disallowed,
            "receivable": self.disallowed, "advances": self.advances, "payable": self.payable, "cash": self.cash,
            "prior_receivable": 0, "prior_recovery": 0,
        }  # fmt: skip
