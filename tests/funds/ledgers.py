"""Random valid books for tests: postings of every kind made through `funds.posting`, counted beside by themselves."""

from __future__ import annotations

import random
from collections import defaultdict
from copy import deepcopy
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select
from sqlalchemy.orm import Session

from core.db import db, transaction
from core.identity import Identity
from funds import ledger
from funds.actions import budgets
from funds.ledger import Account, Draft, Kind
from funds.models import BudgetLine, Category, FiscalYear, Fund, FundRequest, PolicyEvaluation
from funds.posting import Context, post
from tests.builders import NOW
from tests.care.people import Made, make_person, user_of
from tests.cast import CAL, DAN, FAY, FLO, MAX
from tests.conftest import made_once
from tests.funds.books import CATEGORIES, make_payee

YEARS = {"2025": date(2025, 1, 1), "2026": date(2026, 1, 1)}
METHODS = ("check", "ach", "card", "gift_card")

# What may happen in an open year; an event does nothing where no request fits.
EVENTS = (
    "hold", "hold", "hold", "hold_more", "release", "voucher", "voucher", "pay", "pay", "unpay", "void", "refund",
    "advance", "substantiate", "return_advance", "disallow_paid", "disallow_advance", "recover", "write_off",
    "move_budget", "reverse",
)  # fmt: skip


@dataclass
class Asked:
    """One request as the generator knows it."""

    id: UUID
    number: str
    person: int
    line: UUID
    held: int = 0
    advanced: int = 0
    unpaid: list[int] = field(default_factory=list)
    paid: list[int] = field(default_factory=list)  # vouchers whole, neither refunded nor disallowed
    spent: int = 0  # paid, in parts that may be refunded or disallowed
    disallowed: int = 0

    @property
    def free(self) -> int:
        """What may still be vouchered or released."""
        return self.held - self.advanced


@dataclass
class Books:
    """One fund's books and what they must add up to: (account, owner) → debits less credits."""

    fund_id: UUID
    code: str
    lines: dict[tuple[str, str], UUID]
    net: dict[tuple[Account, UUID], int] = field(default_factory=lambda: defaultdict(int))
    requests: list[Asked] = field(default_factory=list)
    kinds: list[Kind] = field(default_factory=list)
    rows: int = 0
    cents: int = 0


@dataclass
class Cast:
    """Whom the books are about and who writes them."""

    people: list[Made]
    authors: list[Identity]
    payees: list[UUID]
    fay: Identity


def make_ledgers(count: int, *, seed: int = 1, steps: int = 60) -> tuple[list[Books], Cast]:
    """`count` funds, each with random books over two years, of `steps` events; the same seed gives the same books.

    Made once in a test process and brought back after that, where the database is new.
    """
    return deepcopy(made_once(f"ledgers {count} {seed} {steps}", lambda: _make_ledgers(count, seed, steps)))


def _make_ledgers(count: int, seed: int, steps: int) -> tuple[list[Books], Cast]:
    dan, fay = user_of(DAN), user_of(FAY)
    people = [
        make_person(CAL if number % 2 else MAX, code=f"E-{number:03d}", enrolled_on=date(2025, 1, 31))
        for number in range(1, 5)
    ]
    payees = [make_payee(fay, user_of(FLO), name=f"Vendor {number}") for number in range(3)]
    for number in range(count):
        budgets.set_up_fund(
            dan, fund_id=uuid4(), code=f"R{number:02d}", name=f"Fund {number}", public_name="Flexible fund",
            starts_on=date(2024, 1, 1), categories=CATEGORIES, now=NOW,
        )  # fmt: skip
    for code, starts_on in YEARS.items():
        budgets.open_year(dan, code=code, starts_on=starts_on, ends_on=starts_on.replace(month=12, day=31), now=NOW)
    cast = Cast(people, [user_of(CAL), user_of(MAX)], payees, fay)
    found = [_empty(f"R{number:02d}") for number in range(count)]
    db.session.rollback()
    for number, books in enumerate(found):
        with transaction() as session:
            _Writer(session, books, cast, random.Random(f"{seed}/{number}")).run(steps)
    return found, cast


def write_more(books: Books, cast: Cast, *, steps: int, seed: int = 2) -> None:
    """More events in books whose old year has ended."""
    with transaction() as session:
        writer = _Writer(session, books, cast, random.Random(seed))
        for _step in range(steps):
            getattr(writer, writer.chance.choice(("hold", "hold", "voucher", "pay", "advance", "substantiate")))()


def _empty(code: str) -> Books:
    fund_id = db.session.scalars(select(Fund.id).where(Fund.code == code)).one()
    years = {row.id: row.code for row in db.session.scalars(select(FiscalYear))}
    categories = {row.id: row.code for row in db.session.scalars(select(Category))}
    lines = {
        (years[line.fiscal_year_id], categories[line.category_id]): line.id
        for line in db.session.scalars(select(BudgetLine).where(BudgetLine.fund_id == fund_id))
    }
    return Books(fund_id, code, lines)


class _Writer:
    """Writes one fund's books: each event is chosen among those that are possible now."""

    def __init__(self, session: Session, books: Books, cast: Cast, chance: random.Random) -> None:
        self.session, self.books, self.cast, self.chance = session, books, cast, chance
        self.category_ids = {row.code: row.id for row in session.scalars(select(Category))}
        self.old = [line for (year, _category), line in sorted(books.lines.items()) if year == "2025"]
        self.day = {True: date(2025, 1, 2), False: date(2026, 1, 2)}
        self.number = 0

    def run(self, steps: int) -> None:
        for line in self.books.lines.values():
            cents = self.chance.randrange(200_00, 2_000_00)
            self.write(
                ledger.appropriate(line, cents, fund=self.books.fund_id, is_drawn=self.chance.random() < 0.7), line
            )
        for _step in range(steps):
            getattr(self, self.chance.choice(EVENTS))()
        self.end_old_year()
        for _step in range(steps // 3):
            getattr(self, self.chance.choice(("refund_late", "disallow_late", "settle_late", "hold", "pay")))()

    # --- events ---

    def hold(self) -> None:
        line = self.chance.choice(self.lines())
        if cents := self.some(self.net(Account.AVAILABLE, line)):
            asked = self.ask(line)
            asked.held += cents
            self.write(ledger.hold(line, cents), line, asked)

    def hold_more(self) -> None:
        if asked := self.one(lambda each: each.held > 0 and self.net(Account.AVAILABLE, each.line) > 0):
            cents = self.some(self.net(Account.AVAILABLE, asked.line), most=50_00)
            asked.held += cents
            self.write(ledger.hold_more(asked.line, cents), asked.line, asked)

    def release(self) -> None:
        if asked := self.one(lambda each: each.free > 0):
            cents = self.some(asked.free)
            asked.held -= cents
            self.write(ledger.release(asked.line, cents), asked.line, asked)

    def voucher(self) -> None:
        if asked := self.one(lambda each: each.free > 0):
            cents = self.some(asked.free)
            rest = asked.free - cents if self.chance.random() < 0.3 else 0
            asked.held -= cents + rest
            asked.unpaid.append(cents)
            self.write(ledger.voucher(asked.line, cents, release_cents=rest), asked.line, asked)

    def pay(self) -> None:
        if asked := self.one(lambda each: bool(each.unpaid)):
            cents = asked.unpaid.pop()
            asked.paid.append(cents)
            self.write(ledger.pay(asked.line, cents, fund=self.books.fund_id), asked.line, asked)

    def unpay(self) -> None:
        if asked := self.one(lambda each: bool(each.paid)):
            cents = asked.paid.pop()
            asked.unpaid.append(cents)
            self.write(ledger.unpay(asked.line, cents, fund=self.books.fund_id), asked.line, asked)

    def void(self) -> None:
        if asked := self.one(lambda each: bool(each.unpaid)):
            self.write(ledger.void(asked.line, asked.unpaid.pop()), asked.line, asked)

    def refund(self) -> None:
        if asked := self.taken():
            cents = self.some(asked.spent)
            asked.spent -= cents
            self.write(ledger.refund(asked.line, cents, fund=self.books.fund_id), asked.line, asked)

    def advance(self) -> None:
        if asked := self.one(lambda each: each.free > 0):
            cents = self.some(asked.free)
            asked.advanced += cents
            self.write(ledger.advance(asked.line, cents, fund=self.books.fund_id), asked.line, asked)

    def substantiate(self) -> None:
        if asked := self.one(lambda each: each.advanced > 0):
            cents = self.some(asked.advanced)
            asked.advanced, asked.held, asked.spent = asked.advanced - cents, asked.held - cents, asked.spent + cents
            self.write(ledger.substantiate(asked.line, cents), asked.line, asked)

    def return_advance(self) -> None:
        if asked := self.one(lambda each: each.advanced > 0):
            cents = self.some(asked.advanced)
            asked.advanced, asked.held = asked.advanced - cents, asked.held - cents
            self.write(ledger.return_advance(asked.line, cents, fund=self.books.fund_id), asked.line, asked)

    def disallow_paid(self) -> None:
        if asked := self.taken():
            cents = self.some(asked.spent)
            asked.spent, asked.disallowed = asked.spent - cents, asked.disallowed + cents
            self.write(ledger.disallow_paid(asked.line, cents), asked.line, asked)

    def disallow_advance(self) -> None:
        if asked := self.one(lambda each: each.advanced > 0):
            cents = self.some(asked.advanced)
            asked.advanced, asked.held, asked.disallowed = (
                asked.advanced - cents,
                asked.held - cents,
                asked.disallowed + cents,
            )
            self.write(ledger.disallow_advance(asked.line, cents), asked.line, asked)

    def recover(self) -> None:
        if asked := self.one(lambda each: each.disallowed > 0):
            cents = self.some(asked.disallowed)
            asked.disallowed -= cents
            self.write(ledger.recover(asked.line, cents, fund=self.books.fund_id), asked.line, asked)

    def write_off(self) -> None:
        if asked := self.one(lambda each: each.disallowed > 0):
            cents = self.some(asked.disallowed)
            asked.disallowed, asked.spent = asked.disallowed - cents, asked.spent + cents
            self.write(ledger.write_off(asked.line, cents), asked.line, asked)

    def move_budget(self) -> None:
        source, target = self.chance.sample(self.old if self.chance.random() < 0.5 else self.new(), 2)
        if cents := self.some(self.net(Account.AVAILABLE, source)):
            self.write(ledger.move_budget(source, target, cents), source)

    def reverse(self) -> None:
        line = self.chance.choice(self.lines())
        draft = ledger.appropriate(line, self.chance.randrange(1, 100_00), fund=self.books.fund_id, is_drawn=True)
        original = self.write(draft, line)
        self.write(ledger.reverse(draft.moves), line, reverses_id=original)

    def refund_late(self) -> None:
        self.write(ledger.refund_late(self.books.fund_id, self.chance.randrange(1, 50_00)), None)

    def disallow_late(self) -> None:
        self.write(ledger.disallow_late(self.books.fund_id, self.chance.randrange(1, 50_00)), None)

    def settle_late(self) -> None:
        if cents := self.some(self.net(Account.PRIOR_RECEIVABLE, self.books.fund_id)):
            is_recovered = self.chance.random() < 0.5
            self.write(ledger.settle_late(self.books.fund_id, cents, is_recovered=is_recovered), None)

    def end_old_year(self) -> None:
        """P17 for each line of 2025: advances first come back, then all three parts of a year end."""
        new = {category: line for (year, category), line in self.books.lines.items() if year == "2026"}
        for asked in [each for each in self.books.requests if each.line in self.old]:
            if asked.advanced:
                cents, asked.held, asked.advanced = asked.advanced, asked.held - asked.advanced, 0
                self.write(ledger.return_advance(asked.line, cents, fund=self.books.fund_id), asked.line, asked)
            if asked.held:
                if asked.unpaid:  # the debt stays in its year
                    self.books.requests.append(replace(asked, held=0, unpaid=asked.unpaid, paid=[], spent=0))
                asked.unpaid, asked.paid, asked.spent, asked.disallowed = [], [], 0, 0
                category = next(name for (_year, name), line in self.books.lines.items() if line == asked.line)
                self.write(ledger.carry_encumbrance(asked.line, new[category], asked.held), None, asked)
                asked.line = new[category]
            else:
                asked.paid, asked.spent, asked.disallowed = [], 0, 0  # nothing but cash touches a closed year
        for line in self.old:
            if cents := self.net(Account.DISALLOWED, line):
                self.write(ledger.carry_receivable(line, cents, fund=self.books.fund_id), None)
            if cents := self.net(Account.AVAILABLE, line):
                self.write(ledger.lapse(line, cents), None)
        self.books.requests = [each for each in self.books.requests if each.line not in self.old or each.unpaid]

    # --- what they stand on ---

    def lines(self) -> list[UUID]:
        return self.new() if Kind.YEAR_END in self.books.kinds else [*self.old, *self.new()]

    def new(self) -> list[UUID]:
        return [line for (year, _category), line in sorted(self.books.lines.items()) if year == "2026"]

    def net(self, account: Account, owner: UUID) -> int:
        cents = self.books.net[account, owner]
        return -cents if account in ledger.CREDIT_NORMAL else cents

    def some(self, most_of: int, *, most: int = 400_00) -> int:
        """Some of an amount: sometimes all of it, sometimes a single cent."""
        top = min(most_of, most)
        return 0 if top <= 0 else self.chance.choice((1, top, self.chance.randint(1, top), self.chance.randint(1, top)))

    def one(self, fits: Any) -> Asked | None:
        found = [each for each in self.books.requests if fits(each)]
        return self.chance.choice(found) if found else None

    def taken(self) -> Asked | None:
        """A request with paid spending, a voucher of it broken up so that parts may come back."""
        asked = self.one(lambda each: bool(each.paid) or each.spent > 0)
        if asked and not asked.spent:
            asked.spent += asked.paid.pop()
        return asked

    def ask(self, line: UUID) -> Asked:
        number = f"FR-{self.books.code}-{len(self.books.requests) + self.books.rows:04d}"
        person = self.chance.randrange(len(self.cast.people))
        made = self.cast.people[person]
        category = next(name for (_year, name), each in self.books.lines.items() if each == line)
        below = {"housing": ("rent", "furniture"), "transportation": ("pass",)}.get(category, (category,))
        asked = Asked(uuid4(), number, person, line)
        at = datetime.combine(self.day[line in self.old], time(12), NOW.tzinfo)
        self.session.add(
            FundRequest(
                id=asked.id, number=number, enrollee_id=made.enrollee_id, goal_id=made.goal_id,
                fund_id=self.books.fund_id, category_id=self.category_ids[self.chance.choice(below)],
                budget_line_id=line, payee_id=self.chance.choice(self.cast.payees),
                method=self.chance.choice(METHODS), requested_cents=400_00, approved_cents=400_00,
                author_id=self.chance.choice(self.cast.authors).user_id, status="approved", created_at=at,
                submitted_at=at, approved_at=at,
            )
        )  # fmt: skip
        self.session.flush()
        self.books.requests.append(asked)
        return asked

    def write(
        self, draft: Draft, line: UUID | None, asked: Asked | None = None, *, reverses_id: int | None = None
    ) -> int:
        """Post one event on a day of its line's year, and count it."""
        evaluation_id = None
        if draft.kind in ledger.NEEDS_EVALUATION:
            assert asked is not None
            evaluation_id = uuid4()
            self.session.add(
                PolicyEvaluation(
                    id=evaluation_id, fund_request_id=asked.id, version=1, step="approve", at=NOW, cents=1,
                    findings=[], tiers=[], digest="0" * 64,
                )
            )  # fmt: skip
            self.session.flush()
        posting_id = post(
            self.cast.fay,
            draft,
            Context(
                fund_id=self.books.fund_id,
                effective_on=self.next_day(line),
                now=NOW,
                key=uuid4().hex,
                fund_request_id=asked.id if asked else None,
                evaluation_id=evaluation_id,
                reverses_id=reverses_id,
            ),
        )
        for move in draft.moves:
            self.books.net[move.debit.account, move.debit.owner] += move.cents
            self.books.net[move.credit.account, move.credit.owner] -= move.cents
            self.books.rows, self.books.cents = self.books.rows + 1, self.books.cents + move.cents
        self.books.kinds.append(draft.kind)
        return posting_id

    def next_day(self, line: UUID | None) -> date:
        """A day of the line's year, never before the last one; events of no line fall into the new year."""
        is_old = line in self.old
        last = date(2025, 12, 31) if is_old else date(2026, 11, 30)
        self.day[is_old] = min(self.day[is_old] + timedelta(days=self.chance.randrange(0, 6)), last)
        return self.day[is_old]
