"""Reading for the year end: exactly the postings that a roll-over would make, and why it may not be made. No write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import case, exists, func, or_, select
from sqlalchemy.orm import aliased

from core.db import db
from core.errors import NotFound
from funds import ledger
from funds.ledger import LINE_ACCOUNTS, Account, Draft, Kind
from funds.models import (
    AccountBalance,
    Advance,
    BudgetLine,
    Category,
    FiscalYear,
    Fund,
    FundRequest,
    LedgerAccount,
    Period,
    Posting,
    RolloverRun,
    Transfer,
)
from funds.queries.books import advance_outstanding

CASH_ONLY = (str(Kind.PAY), str(Kind.UNPAY))  # what follows its own day and leaves both years' budgets alone

UNDECIDED = ("submitted", "returned", "appealed")


@dataclass(frozen=True, slots=True)
class Planned:
    """One posting that the commit makes."""

    draft: Draft
    request_id: UUID | None
    number: str  # of the request, for people

    @property
    def content(self) -> list[Any]:
        """What is digested: kind, request, each transfer with its accounts and cents."""
        return [
            str(self.draft.kind),
            str(self.request_id or ""),
            self.number,
            [
                [str(m.debit.account), str(m.debit.owner), str(m.credit.account), str(m.credit.owner), m.cents]
                for m in self.draft.moves
            ],
        ]


@dataclass(frozen=True, slots=True)
class Plan:
    """A year end of one fund: the postings in their order, totals per line, and what stands against it."""

    effective_on: date
    rule: str
    postings: Sequence[Planned]
    lines: Sequence[dict[str, Any]]  # per old line: codes and cents
    advances: Sequence[tuple[str, int]]  # requests with money out, by number
    moves_of_requests: dict[UUID, UUID]  # request → its line in the new year
    mismatched: Sequence[str]  # lines whose held money is not that of their requests

    @property
    def stored(self) -> dict[str, Any]:
        """The plan as it is kept in the run."""
        return {
            "effective_on": self.effective_on.isoformat(),
            "rule": self.rule,
            "lines": list(self.lines),
            "postings": [each.content for each in self.postings],
        }

    @property
    def digest(self) -> str:
        """SHA-256 over exactly the postings and their day."""
        return digest_of(self.stored)


def digest_of(stored: dict[str, Any]) -> str:
    """The digest of a stored plan."""
    text = json.dumps([stored["effective_on"], stored["rule"], stored["postings"]], separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def find_next_year(year: FiscalYear) -> FiscalYear | None:
    """The year that begins the day after."""
    return db.session.scalar(select(FiscalYear).where(FiscalYear.starts_on == year.ends_on + timedelta(days=1)))


def first_open_day(year_id: UUID) -> date | None:
    """The first day of a year that still takes postings."""
    return db.session.scalar(
        select(Period.starts_on)
        .where(Period.fiscal_year_id == year_id, Period.status == "open")
        .order_by(Period.starts_on)
        .limit(1)
    )


def lock_books(fund_id: UUID, year_ids: Sequence[UUID]) -> None:
    """Lock the requests and balances of a fund in some years, so that a plan stays true until it is posted."""
    lines = select(BudgetLine.id).where(BudgetLine.fund_id == fund_id, BudgetLine.fiscal_year_id.in_(list(year_ids)))
    db.session.execute(
        select(FundRequest.id).where(FundRequest.budget_line_id.in_(lines)).order_by(FundRequest.id).with_for_update()
    ).all()
    db.session.execute(
        select(AccountBalance.ledger_account_id)
        .join(LedgerAccount, LedgerAccount.id == AccountBalance.ledger_account_id)
        .where(or_(LedgerAccount.fund_id == fund_id, LedgerAccount.budget_line_id.in_(lines)))
        .order_by(AccountBalance.ledger_account_id)
        .with_for_update(of=AccountBalance)
    ).all()


def make_plan(fund: Fund, old: FiscalYear, new: FiscalYear, effective_on: date) -> Plan:
    """What the year end of a fund posts as the books stand now: carried requests, receivables, then what is left."""
    lines, new_of = line_ends(fund, old.id), dict(line_pairs(fund.id, old.id, new.id))
    olds = [(line := UUID(each["line"]), each["code"], new_of[line]) for each in lines]
    by_request = _by_request([line for line, _, _ in olds])
    postings: list[Planned] = []
    mismatched = []
    for (line, code, new_line), of in zip(olds, lines, strict=True):
        held = [(r, n, by[Account.ENCUMBERED]) for (r, n, on), by in by_request.items() if on == line]
        due = [(r, n, by[Account.RECEIVABLE]) for (r, n, on), by in by_request.items() if on == line]
        if sum(c for _, _, c in held) != of["held_carried"] or sum(c for *_, c in due) != of["to_recover"]:
            mismatched.append(code)
        postings += [Planned(ledger.carry_encumbrance(line, new_line, c), r, n) for r, n, c in held if c > 0]
        postings += [Planned(ledger.carry_receivable(line, c, fund=fund.id), r, n) for r, n, c in due if c > 0]
        left = of["left"]
        if left:
            postings.append(Planned(ledger.lapse(line, left), None, ""))
        if left and fund.year_end == "carry":
            again = ledger.appropriate(new_line, left, fund=fund.id, is_drawn=False)
            postings.append(Planned(again, None, ""))
    old_lines = [line for line, _, _ in olds]
    advances, moving = _advances(old_lines), _moving(olds, by_request)
    return Plan(effective_on, fund.year_end, postings, lines, advances, moving, mismatched)


def line_ends(fund: Fund, year_id: UUID) -> list[dict[str, Any]]:
    """Each line of a fund's year, in the order of the categories, with what its year end makes of each part, in cents.

    The preview, its commit and the report of a year end all take their figures from here. Two queries.
    """
    rows = db.session.execute(
        select(BudgetLine.id, Category.code)
        .join(Category, Category.id == BudgetLine.category_id)
        .where(BudgetLine.fund_id == fund.id, BudgetLine.fiscal_year_id == year_id)
        .order_by(Category.order, Category.code)
    ).all()
    balances = _balances([row.id for row in rows])
    return [
        {
            "line": str(row.id),
            "code": row.code,
            "appropriation": (of := balances[row.id])[Account.APPROPRIATION],
            "spent": of[Account.EXPENDED],
            "unpaid": of[Account.PAYABLE],
            "held_carried": of[Account.ENCUMBERED],
            "left": of[Account.AVAILABLE],
            "left_carried": of[Account.AVAILABLE] if fund.year_end == "carry" else 0,
            "to_recover": of[Account.DISALLOWED],
            "advances": of[Account.ADVANCES],
        }
        for row in rows
    ]


def committed_runs(year_id: UUID) -> dict[UUID, RolloverRun]:
    """Fund → its year end of a year that is committed and stands. One query."""
    rows = db.session.scalars(
        select(RolloverRun).where(RolloverRun.old_year_id == year_id, RolloverRun.status == "committed")
    )
    return {run.fund_id: run for run in rows}


def taken_from_old_year(runs: Sequence[RolloverRun]) -> int:
    """By how much the postings of some committed runs lowered the budget of their old years, in cents. One query."""
    if not runs:
        return 0
    made = or_(*(Posting.idempotency_key.startswith(f"rollover/{run.id}/") for run in runs))
    return int(
        db.session.scalar(
            select(func.coalesce(func.sum(Transfer.amount_cents), 0))
            .join(Posting, Posting.id == Transfer.posting_id)
            .join(LedgerAccount, LedgerAccount.id == Transfer.debit_id)
            .where(made, Posting.kind == str(Kind.YEAR_END), LedgerAccount.kind == str(Account.APPROPRIATION))
        )
        or 0
    )


def line_pairs(fund_id: UUID, old_id: UUID, new_id: UUID) -> list[tuple[UUID, UUID]]:
    """Each line of a fund's old year with the line of the same category in the new one."""
    new_line = aliased(BudgetLine)
    rows = db.session.execute(
        select(BudgetLine.id, new_line.id)
        .join(new_line, new_line.category_id == BudgetLine.category_id)
        .where(
            BudgetLine.fund_id == fund_id,
            BudgetLine.fiscal_year_id == old_id,
            new_line.fund_id == fund_id,
            new_line.fiscal_year_id == new_id,
        )
    )
    return [(row[0], row[1]) for row in rows]


def is_rolled_over(fund_id: UUID, year_id: UUID) -> bool:
    """True when the fund's year end of that year is committed and not rolled back."""
    return bool(
        db.session.scalar(
            select(
                exists().where(
                    RolloverRun.fund_id == fund_id,
                    RolloverRun.old_year_id == year_id,
                    RolloverRun.status == "committed",
                )
            )
        )
    )


def all_rolled_over(year_id: UUID) -> bool:
    """True when every fund with lines in the year has its year end committed."""
    done = select(RolloverRun.fund_id).where(RolloverRun.old_year_id == year_id, RolloverRun.status == "committed")
    left = select(BudgetLine.id).where(BudgetLine.fiscal_year_id == year_id, BudgetLine.fund_id.not_in(done))
    return not db.session.scalar(select(exists(left)))


def find_later_posting(run: RolloverRun) -> int | None:
    """The first posting of the fund after a committed run that is more than cash."""
    return db.session.scalar(
        select(func.min(Posting.id)).where(
            Posting.fund_id == run.fund_id, Posting.id > (run.last_posting_id or 0), Posting.kind.not_in(CASH_ONLY)
        )
    )


def list_run_postings(run: RolloverRun) -> list[int]:
    """The postings that a committed run made, in their order."""
    return list(
        db.session.scalars(
            select(Posting.id).where(Posting.idempotency_key.startswith(f"rollover/{run.id}/")).order_by(Posting.id)
        )
    )


def list_runs(fund_id: UUID, year_id: UUID) -> list[RolloverRun]:
    """The year ends of a fund and year, newest first; at most 50."""
    return list(
        db.session.scalars(
            select(RolloverRun)
            .where(RolloverRun.fund_id == fund_id, RolloverRun.old_year_id == year_id)
            .order_by(RolloverRun.previewed_at.desc(), RolloverRun.id)
            .limit(50)
        )
    )


def get_run(run_id: UUID) -> RolloverRun:
    """One run, or NotFound."""
    found = db.session.get(RolloverRun, run_id)
    if found is None:
        raise NotFound
    return found


def find_fund(code: str) -> Fund | None:
    """The fund with a code."""
    return db.session.scalar(select(Fund).where(Fund.code == code))


def find_year_by_code(code: str) -> FiscalYear | None:
    """The year with a name."""
    return db.session.scalar(select(FiscalYear).where(FiscalYear.code == code))


def _balances(lines: Sequence[UUID]) -> dict[UUID, dict[Account, int]]:
    found = {line: dict.fromkeys(LINE_ACCOUNTS, 0) for line in lines}
    for row in db.session.execute(
        select(LedgerAccount.budget_line_id, LedgerAccount.kind, AccountBalance.cents)
        .join(AccountBalance, AccountBalance.ledger_account_id == LedgerAccount.id)
        .where(LedgerAccount.budget_line_id.in_(list(lines)))
    ):
        found[row.budget_line_id][Account(row.kind)] = row.cents
    return found


def _by_request(lines: Sequence[UUID]) -> dict[tuple[UUID | None, str, UUID], dict[Account, int]]:
    """(request, number, line) → what it holds and has to recover there, by number."""
    account = aliased(LedgerAccount)
    rows = db.session.execute(
        select(
            Posting.fund_request_id,
            FundRequest.number,
            account.budget_line_id,
            account.kind,
            func.sum(
                case((account.id == Transfer.debit_id, Transfer.amount_cents), else_=-Transfer.amount_cents)
            ).label("cents"),
        )
        .select_from(Transfer)
        .join(Posting, Posting.id == Transfer.posting_id)
        .join(account, or_(account.id == Transfer.debit_id, account.id == Transfer.credit_id))
        .outerjoin(FundRequest, FundRequest.id == Posting.fund_request_id)
        .where(
            account.budget_line_id.in_(list(lines)),
            account.kind.in_((str(Account.ENCUMBERED), str(Account.RECEIVABLE))),
        )
        .group_by(Posting.fund_request_id, FundRequest.number, account.budget_line_id, account.kind)
    ).all()
    found: dict[tuple[UUID | None, str, UUID], dict[Account, int]] = {}
    for row in sorted(rows, key=lambda each: (each.number or "", str(each.fund_request_id or ""))):
        key = (row.fund_request_id, row.number or "", row.budget_line_id)
        of = found.setdefault(key, {Account.ENCUMBERED: 0, Account.RECEIVABLE: 0})
        of[Account(row.kind)] = int(row.cents)
    return found


def _advances(lines: Sequence[UUID]) -> list[tuple[str, int]]:
    """Requests of some lines with an advance outstanding."""
    rows = db.session.execute(
        select(Advance.id, FundRequest.number)
        .join(FundRequest, FundRequest.id == Advance.fund_request_id)
        .where(FundRequest.budget_line_id.in_(list(lines)))
        .order_by(FundRequest.number, Advance.seq)
    ).all()
    outstanding = advance_outstanding([row[0] for row in rows])
    return [(row[1], outstanding[row[0]]) for row in rows if outstanding[row[0]] > 0]


def _moving(
    olds: Sequence[tuple[UUID, str, UUID]], held: Mapping[tuple[UUID | None, str, UUID], Mapping[Account, int]]
) -> dict[UUID, UUID]:
    """Requests that go on in the new year: those that hold money there from now on, or wait for a decision."""
    new_of = {line: new_line for line, _, new_line in olds}
    rows = db.session.execute(
        select(FundRequest.id, FundRequest.budget_line_id).where(
            FundRequest.budget_line_id.in_(list(new_of)), FundRequest.status.in_(UNDECIDED)
        )
    )
    found = {row.id: new_of[row.budget_line_id] for row in rows}
    for (request_id, _number, line), of in held.items():
        if request_id is not None and of[Account.ENCUMBERED] > 0:
            found[request_id] = new_of[line]
    return found
