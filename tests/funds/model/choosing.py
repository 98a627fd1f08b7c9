"""Which step a random life takes next: one that was taken too seldom, or one that leads to such a step.

A short run takes every kind of step; a long one every allowed step from every state, so it plans: in its second half it
goes the shortest way, through the table of states, to a step that it still lacks.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Final

from tests.funds.transitions import reviewed

RARER: Final = {"withdraw": 20, "cancel": 12, "expire": 8, "recall": 8, "deny": 8, "uphold": 6, "edit": 14,
                "adopt": 14, "return": 6, "amend": 6, "take_back": 6, "add_document": 9, "pause": 8,
                "resume": -4}  # fmt: skip
"""How much rarer a step is taken that leads back, ends a life or moves nothing, so that lives grow long."""
AGES: Final = {"appealed": 6, "submitted": 1, "approved": 2, "voucher": 3, "paid": 4, "reconciled": 5}
ONWARD: Final = {"submit", "approve_tier", "approve_final", "voucher", "pay", "bank_line", "accept_receipt",
                 "reconcile", "overturn"}  # fmt: skip
LEADS_TO: Final = {
    "pause": {"resume"},
    "deny": {"uphold", "overturn"},
    "appeal": {"uphold", "overturn"},
    "approve_emergency": {"ratify", "refuse_ratification"},
    "request_supplement": {"approve_supplement", "deny_supplement"},
    "issue_advance": {"acknowledge", "substantiate", "return_advance"},
    "accept_receipt": {"substantiate"},
    "disallow": {"recover", "write_off"},
}
"""Steps that a step makes possible though it leads to no other state, or to one that the table does not name."""
SOON_OVER: Final = {"acknowledge"}
"""What is possible for a moment only: money that comes back from a card ends it."""
LEADS: Final = {(row[0], row[1]): row[-3] for row in reviewed() if any(row[2:-3])}
"""Every allowed step from every state, and the state that it leads to."""
BY_RANK: Final = ("approved", "voucher", "paid")
Cell = tuple[str, str]
Option = tuple[str, str, bool]
"""State, step, and whether the life is or may become an emergency that waits to be confirmed."""
CONFIRMING: Final = {"ratify", "refuse_ratification"}
IN_PLACE: Final = {"pause", "disallow"}
"""What these make possible is possible in the same state."""


class Choosing:
    """Counts the steps taken, and puts possible ones in order. A long run lacks a step until it was taken `often`."""

    def __init__(self, *, often: int) -> None:
        self.often = often  # 0 in a short run
        self.hits: Counter[Cell] = Counter()
        self.kinds: Counter[str] = Counter()
        self.runs = 0

    def clear(self) -> None:
        """Begin anew."""
        self.hits.clear()
        self.kinds.clear()
        self.runs = 0

    def count(self, state: str, name: str) -> None:
        """A step was taken."""
        self.hits[state, name] += 1
        self.kinds[name] += 1

    @property
    def lacking(self) -> set[Cell]:
        """The allowed steps that were not taken often enough."""
        return {cell for cell in LEADS if self.hits[cell] < self.often}

    @property
    def wants_emergency(self) -> bool:
        """Whether the next request had better be an emergency."""
        return self.is_late and any(name in CONFIRMING for _, name in self.lacking)

    @property
    def turn(self) -> int:
        """How often a step may have been taken by now."""
        return min(2 * self.often, 1 + self.runs // 5)

    @property
    def is_late(self) -> bool:
        """Whether a long run plans."""
        return bool(self.often) and self.turn == 2 * self.often

    def order(self, able: Iterable[Option]) -> dict[Option, tuple[float, ...]]:
        """Each possible step with its turn: the least comes first."""
        if not self.often:
            return {option: (self._rarity(option[1]), self.hits[option[:2]]) for option in able}
        lacking = self.lacking
        for_others = {cell for cell in lacking if cell[1] not in CONFIRMING}
        ways = {True: _steps_to(lacking), False: _steps_to(for_others)} if self.is_late else {}
        return {option: self._turn_of(option, lacking, ways.get(option[2])) for option in able}

    def _rarity(self, name: str) -> int:
        """How often a kind of step was taken, and how much rarer it should be; what was never taken comes first."""
        return self.kinds[name] + RARER.get(name, 0) if self.kinds[name] else -9

    def _turn_of(self, option: Option, lacking: set[Cell], far: dict[str, int] | None) -> tuple[float, ...]:
        """First what is lacked or leads there; then the state seldom reached; then what leaves a state last."""
        state, name, _ = option
        cell = state, name
        helps = any(
            other[1] in LEADS_TO.get(name, ()) and (name not in IN_PLACE or other[0] == state) for other in lacking
        )
        way = 0
        if far is not None and cell not in lacking:
            way = 1 + min(far.get(to, len(LEADS)) for to in _targets(cell))
        is_frequent = self.hits[cell] >= self.turn
        return (
            way,
            name not in SOON_OVER,
            is_frequent and not helps,
            is_frequent and name not in ONWARD,
            -AGES.get(state, 0),
            LEADS.get(cell, state) != state,
            self.hits[cell],
        )


def _targets(cell: Cell) -> tuple[str, ...]:
    target = LEADS.get(cell, cell[0])
    return BY_RANK if target == "by rank" else (target,)


def _steps_to(lacking: set[Cell]) -> dict[str, int]:
    """How many steps each state is away from a state in which a step is lacking."""
    far = dict.fromkeys((state for state, _ in lacking), 0)
    for distance in range(1, len(AGES) + len(LEADS)):
        found = {
            cell[0]: distance
            for cell in LEADS
            if cell[0] not in far and any(far.get(to) == distance - 1 for to in _targets(cell))
        }
        if not found:
            break
        far |= found
    return far
