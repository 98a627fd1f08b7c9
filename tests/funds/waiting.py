"""Requests that wait, each for one approval of $10.00, and the people who may give it; for races, kills, power cuts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from audit import actions as trail
from audit.rules import EventKind
from core.db import transaction
from funds import ledger
from funds.posting import Context, post
from tests.builders import NOW
from tests.cast import FAY, FLO, SUE, Person, give_second_factor
from tests.funds.books import TODAY, World, make_submitted, make_world, version_of

ONE_TIER: Final = {"bands": [{"tiers": [["supervisor", "fiscal_approver"]]}], "days": 30}
APPROVERS: Final[tuple[Person, ...]] = (SUE, FAY, FLO)
ASKING: Final = 40
EACH_CENTS: Final = 1_000
LINE_CENTS: Final = 1_000_000


@dataclass(frozen=True)
class Waiting:
    """Requests with the version that a page would show, and approvers with their phones."""

    world: World
    requests: list[tuple[UUID, int]]
    phones: list[tuple[Person, str]]


def make_waiting(security: Any) -> Waiting:
    """Forty requests of Ana's from one line with $10,000.00."""
    world = make_world(cents=LINE_CENTS, tiers=ONE_TIER)
    requests = [make_submitted(world, cents=EACH_CENTS) for _ in range(ASKING)]
    phones = [(person, give_second_factor(person, security)) for person in APPROVERS]
    return Waiting(world, [(each, version_of(each)) for each in requests], phones)


def leave(world: World, cents: int) -> None:
    """Move money away until so much is left in the line that they ask."""
    with transaction():
        post(
            world.fay,
            ledger.move_budget(world.lines["housing"], world.lines["other"], LINE_CENTS - cents),
            Context(fund_id=world.fund_id, effective_on=TODAY, now=NOW, key="leave"),
        )
        trail.record(EventKind.BUDGET_MOVED, world.fay, now=NOW, details={"cents": cents})
