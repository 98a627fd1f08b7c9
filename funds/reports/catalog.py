"""The fifteen reports: number, name in the address, title, what it answers, which filters it takes, who makes it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final
from uuid import UUID

from core.db import snapshot
from core.errors import Sentence
from funds.reports.bank import reconciliation
from funds.reports.closing import trial_balance, year_end
from funds.reports.decisions import decisions
from funds.reports.duties import duties
from funds.reports.equity import PersonFacts, equity
from funds.reports.exceptions import exceptions
from funds.reports.periods import half_years
from funds.reports.position import open_encumbrances, position
from funds.reports.receipts import custody, receipts_due
from funds.reports.shape import Ask, Report
from funds.reports.spending import spending
from funds.reports.vendors import vendors

BOOKS: Final = ("fund", "year", "category")
REQUESTS: Final = (*BOOKS, "coordinator", "enrollee", "goal", "payee", "method", "from_on")


@dataclass(frozen=True, slots=True)
class Entry:
    """One report of the list. `make` is None for the two that the page makes in another way."""

    number: int
    name: str
    title: Sentence
    answers: Sentence
    filters: tuple[str, ...]
    make: Callable[[Ask], Report] | None
    has_outside_view: bool = False


REPORTS: Final[Mapping[str, Entry]] = {
    entry.name: entry
    for entry in (
        Entry(
            1, "position", Sentence("Budget position"),
            Sentence("What each line was given, what is held, spent and left."), BOOKS, position,
        ),
        Entry(
            2, "receipts", Sentence("Receipts and advances due"),
            Sentence("Who has not shown receipts yet, and for how long."), (*BOOKS, "coordinator"), receipts_due,
        ),
        Entry(
            3, "encumbrances", Sentence("Open encumbrances"),
            Sentence("What approvals hold, how old it is, and what of it is free."), REQUESTS[:-1], open_encumbrances,
        ),
        Entry(
            4, "spending", Sentence("Spending"),
            Sentence("By category, goal, enrollee, coordinator, payee and method."), REQUESTS, spending,
        ),
        Entry(
            5, "periods", Sentence("Six-month periods"),
            Sentence("What was paid in each half-year since enrollment; published figures beside ours."),
            REQUESTS, half_years, has_outside_view=True,
        ),
        Entry(
            6, "vendors", Sentence("Vendors and 1099"),
            Sentence("What vendors were paid in a calendar year against the threshold; missing W-9 forms."),
            ("calendar_year",), vendors,
        ),
        Entry(
            7, "exceptions", Sentence("Exceptions"),
            Sentence("Rules set aside, split purchases, duplicates, emergencies."), (*BOOKS, "coordinator"), exceptions,
        ),
        Entry(
            8, "duties", Sentence("Separation of duties"),
            Sentence("Who did two things that two people should do. It should be empty."), ("fund",), duties,
        ),
        Entry(
            9, "decisions", Sentence("Decisions"),
            Sentence("Approvals, denials by reason, appeals, and how long people waited."), REQUESTS, decisions,
        ),
        Entry(
            10, "reconciliation", Sentence("Reconciliation"),
            Sentence("Payments against bank and card files; missing numbers."), ("fund",), reconciliation,
        ),
        Entry(
            11, "close", Sentence("Period close"),
            Sentence("Trial balance, tie-outs, counts, head of the trail."), ("fund", "year", "from_on"), trial_balance,
        ),
        Entry(
            12, "request", Sentence("One request"),
            Sentence("Steps, approvals, rules, papers, postings and trail of one request; its audit packet."), (), None,
        ),
        Entry(
            13, "year-end", Sentence("Year-end preview"),
            Sentence("What ending the year would post, to the cent."), ("fund", "year"), year_end,
        ),
        Entry(
            14, "custody", Sentence("Custody register"),
            Sentence("Cards and passes: who holds them and for how long."), ("fund",), custody,
        ),
        Entry(
            15, "equity", Sentence("Equity"),
            Sentence("People and dollars by language, ZIP code and coordinator."), BOOKS, None, has_outside_view=True,
        ),
    )
}  # fmt: skip


def make_report(name: str, ask: Ask, *, people: Mapping[UUID, PersonFacts] | None = None) -> Report:
    """A report as of one moment of the database: figures and proofs read the same books. KeyError for another name."""
    entry = REPORTS[name]
    with snapshot():
        if name == "equity":
            return equity(ask, people or {})
        if entry.make is None:
            raise KeyError(name)
        return entry.make(ask)
