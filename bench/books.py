"""Books of a county's size for measuring reports: bulk-inserted rows in the shape that the actions leave.

Three budget years. About one request in twelve still holds all or part of its money; some are out as advances, denied,
returned, waiting, emergencies, refunded, or were paid again after a payment that failed. Drafts come from
`funds.ledger`, and balances are set to what the transfers add up to. No trail is written: `bench.funds` proves books.
"""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from uuid import UUID, uuid4

from sqlalchemy import insert, select, update

from care.models import Assignment, Enrollee, Goal, Plan
from core.db import transaction
from funds import ledger
from funds.actions import budgets, shipped
from funds.ledger import CREDIT_NORMAL, Account, Draft, Key
from funds.models import (
    AccountBalance,
    Advance,
    Appeal,
    ApprovalStep,
    BankLine,
    BudgetLine,
    Category,
    CustodyEvent,
    Document,
    FiscalYear,
    FundRequest,
    FundRequestEvent,
    ImportBatch,
    Instrument,
    LedgerAccount,
    Payee,
    Payment,
    Period,
    PeriodClose,
    PolicyEvaluation,
    PolicyException,
    Posting,
    PublishedTotal,
    ReceiptAllocation,
    TaxForm,
    Transfer,
    Voucher,
)
from tests.care.people import user_of
from tests.cast import DAN, FAY, FLO, PAT, REX, SUE, Person

NOW: Final = datetime(2026, 12, 31, 12, tzinfo=UTC)
YEARS: Final = (2024, 2025, 2026)
TODAY_YEAR: Final = YEARS[-1]
COORDINATORS: Final = tuple(Person(f"Coordinator{number} Bench", "coordinator") for number in range(25))
METHODS: Final = ("check", "check", "check", "ach", "ach", "card")
APPROPRIATION: Final = 10**9
TWO_APPROVERS_FROM: Final = 250_00
# What becomes of a request, of a hundred; who still holds money does so in the running year.
STORIES: Final = {
    "paid": 73, "held": 5, "part": 3, "advance": 3, "covered": 2, "emergency": 2, "refunded": 2, "failed": 1,
    "denied": 4, "returned": 3, "waiting": 2,
}  # fmt: skip
STILL_HOLDS: Final = frozenset({"held", "part", "advance"})
REASONS: Final = ("not_allowed", "other_resource", "missing_document", "over_limit")
ORDER: Final = (
    Enrollee, Plan, Goal, Assignment, Payee, TaxForm, Instrument, CustodyEvent, FundRequest, PolicyEvaluation,
    PolicyException, FundRequestEvent, ApprovalStep, Voucher, Payment, Advance, Document, ReceiptAllocation, Appeal,
    ImportBatch, BankLine, Posting, Transfer, PublishedTotal, PeriodClose,
)  # fmt: skip


@dataclass
class Asked:
    """One request while its story is told."""

    id: UUID
    line: UUID
    on: date
    cents: int
    evaluation_id: UUID
    row: dict[str, Any]
    steps: int = 0


@dataclass
class Filler:
    """Tells stories of requests until the books are full, then writes them down."""

    fund_id: UUID
    lines: dict[tuple[UUID, int], UUID]  # (category, year) → line
    categories: dict[UUID, list[UUID]]  # top → what stands below it
    accounts: dict[Key, int]
    periods: dict[tuple[int, int], UUID]
    staff: dict[str, UUID]
    authors: list[UUID]
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    rows: dict[Any, list[dict[str, Any]]] = field(default_factory=lambda: defaultdict(list))
    net: dict[int, int] = field(default_factory=lambda: defaultdict(int))
    people: list[tuple[UUID, UUID]] = field(default_factory=list)
    payees: list[UUID] = field(default_factory=list)
    first_paid: dict[UUID, tuple[date, str, int]] = field(default_factory=dict)  # payee → its first payment

    @property
    def transfers(self) -> int:
        """How many transfers were made so far."""
        return len(self.rows[Transfer])

    def add(self, model: Any, **values: Any) -> UUID:
        """A row with an id of its own."""
        row_id = uuid4()
        self.rows[model].append({"id": row_id, **values})
        return row_id

    def post(self, draft: Draft, on: date, asked: Asked | None = None, **of: UUID) -> None:
        """A posting with its transfers; `of` names voucher, payment or advance."""
        posting_id = len(self.rows[Posting]) + 1
        self.rows[Posting].append(
            {
                "id": posting_id, "kind": str(draft.kind), "fund_id": self.fund_id,
                "period_id": self.periods[on.year, on.month], "effective_on": on, "posted_at": moment(on),
                "actor_id": self.staff["fay"], "actor_name": "Fay Lindt", "idempotency_key": str(posting_id),
                "payload_sha256": "0" * 64, "fund_request_id": asked.id if asked else None,
                "evaluation_id": asked.evaluation_id if asked else None,
            }
        )  # fmt: skip
        for seq, move in enumerate(draft.moves, 1):
            debit, credit = self.accounts[move.debit], self.accounts[move.credit]
            self.rows[Transfer].append(
                {
                    "id": self.transfers + 1, "posting_id": posting_id, "seq": seq, "debit_id": debit,
                    "credit_id": credit, "amount_cents": move.cents, "voucher_id": of.get("voucher_id"),
                    "payment_id": of.get("payment_id"), "advance_id": of.get("advance_id"),
                }
            )  # fmt: skip
            self.net[debit] += move.cents
            self.net[credit] -= move.cents

    def step(self, asked: Asked, action: str, to: str, on: date, who: str = "fay", reason: str | None = None) -> None:
        """An event of a request."""
        asked.steps += 1
        self.add(
            FundRequestEvent, enrollee_id=asked.row["enrollee_id"], fund_request_id=asked.id, seq=asked.steps,
            action=action, to_status=to, at=moment(on, 9 + min(asked.steps, 10)), actor_name=who, role="x", version=1,
            actor_id=asked.row["author_id"] if who == "author" else self.staff[who], reason_code=reason,
        )  # fmt: skip
        asked.row["status"] = to

    # --- stories ---

    def tell(self) -> None:
        """One request from its first day to where it stands."""
        (story,) = self.chance.choices(list(STORIES), weights=list(STORIES.values()))
        year = TODAY_YEAR if story in STILL_HOLDS else self.chance.choice(YEARS)
        last = 300 if story in STILL_HOLDS or year != TODAY_YEAR else 350
        asked = self.ask(date(year, 1, 2) + timedelta(days=self.chance.randrange(last)))
        getattr(self, story)(asked)

    def ask(self, on: date) -> Asked:
        """A request that was sent."""
        (enrollee_id, goal_id), top = self.chance.choice(self.people), self.chance.choice(list(self.categories))
        number = len(self.rows[FundRequest])
        cents, author_id = self.chance.randrange(10_00, 400_00), self.authors[enrollee_id.int % len(self.authors)]
        row = {
            "number": f"FR-{on.year}-{number:06d}", "enrollee_id": enrollee_id, "goal_id": goal_id,
            "fund_id": self.fund_id, "category_id": self.chance.choice(self.categories[top]),
            "budget_line_id": self.lines[top, on.year], "payee_id": self.chance.choice(self.payees),
            "method": self.chance.choice(METHODS), "requested_cents": cents, "author_id": author_id,
            "created_at": moment(on, 9), "submitted_at": moment(on, 10), "approved_cents": None, "approved_at": None,
            "paid_at": None, "is_emergency": False, "needs_ratification": False, "ratify_by": None, "expires_on": None,
            "status": "draft",
        }  # fmt: skip
        request_id = self.add(FundRequest, **row)
        evaluation_id = self.add(
            PolicyEvaluation, fund_request_id=request_id, version=1, step="approve", at=moment(on), cents=cents,
            findings=[], tiers=[], digest="0" * 64,
        )  # fmt: skip
        asked = Asked(request_id, self.lines[top, on.year], on, cents, evaluation_id, self.rows[FundRequest][-1])
        self.step(asked, "create", "draft", on, "author")
        self.step(asked, "submit", "submitted", on, "author")
        if self.chance.random() < 0.01:
            self.add(
                PolicyException, fund_request_id=request_id, rule_code="quotes", reason="One seller",
                granted_by=self.staff["dan"], granted_role="director", granted_at=moment(on), until=on,
            )  # fmt: skip
        return asked

    def approve(self, asked: Asked, action: str = "approve_final", wait: int | None = None) -> date:
        """Money is held, some days later; with two approvers above a limit."""
        on = min(asked.on + timedelta(days=self.chance.randrange(1, 9) if wait is None else wait), last_of(asked.on))
        for tier, who in enumerate(("sue", "flo") if asked.cents >= TWO_APPROVERS_FROM else ("sue",)):
            self.add(
                ApprovalStep, fund_request_id=asked.id, version=1, tier=tier, role="supervisor", cents=asked.cents,
                actor_id=self.staff[who], decision="approved", decided_at=moment(on, 11 + tier),
            )  # fmt: skip
        self.step(asked, action, "approved", on, "sue")
        asked.row |= {"approved_cents": asked.cents, "approved_at": moment(on, 12), "expires_on": on + timedelta(60)}
        self.post(ledger.hold(asked.line, asked.cents), on, asked)
        return on

    def held(self, asked: Asked) -> None:
        self.approve(asked)

    def paid(self, asked: Asked) -> None:
        self.pay(asked, self.approve(asked), asked.cents)

    def part(self, asked: Asked) -> None:
        self.pay(asked, self.approve(asked), asked.cents // 2)

    def emergency(self, asked: Asked) -> None:
        asked.row |= {"is_emergency": True, "needs_ratification": True, "ratify_by": asked.on + timedelta(days=5)}
        on = self.approve(asked, "approve_emergency", wait=0)
        self.step(asked, "ratify", "approved", min(on + timedelta(days=3), last_of(on)), "dan")
        self.pay(asked, on, asked.cents)

    def refunded(self, asked: Asked) -> None:
        voucher_id, on = self.pay(asked, self.approve(asked), asked.cents)
        back = ledger.refund(asked.line, asked.cents // 3, fund=self.fund_id)
        self.post(back, min(on + timedelta(days=9), last_of(on)), asked, voucher_id=voucher_id)

    def failed(self, asked: Asked) -> None:
        self.pay(asked, self.approve(asked), asked.cents, fails=True)

    def advance(self, asked: Asked, *, is_covered: bool = False) -> None:
        on = self.approve(asked)
        advance_id = self.add(
            Advance, fund_request_id=asked.id, seq=1, cents=asked.cents, method="petty_cash", issued_on=on,
            holder_id=asked.row["author_id"], due_on=on + timedelta(days=14),
        )  # fmt: skip
        self.step(asked, "issue_advance", "paid", on)
        self.post(ledger.advance(asked.line, asked.cents, fund=self.fund_id), on, asked, advance_id=advance_id)
        cents = asked.cents if is_covered else asked.cents // 4
        later = min(on + timedelta(days=5), last_of(on))
        self.cover(asked, cents, later, advance_id=advance_id)
        self.step(asked, "substantiate", "paid", later, "rex")
        self.post(ledger.substantiate(asked.line, cents), later, asked, advance_id=advance_id)

    def covered(self, asked: Asked) -> None:
        self.advance(asked, is_covered=True)

    def denied(self, asked: Asked) -> None:
        on = min(asked.on + timedelta(days=4), last_of(asked.on))
        self.step(asked, "deny", "denied", on, "sue", self.chance.choice(REASONS))
        if self.chance.random() < 0.2:
            outcome = self.chance.choice((None, "upheld", "overturned"))
            self.add(
                Appeal, enrollee_id=asked.row["enrollee_id"], fund_request_id=asked.id, filed_at=moment(on, 20),
                outcome=outcome, decided_at=moment(on, 21) if outcome else None,
            )  # fmt: skip

    def returned(self, asked: Asked) -> None:
        on = min(asked.on + timedelta(days=2), last_of(asked.on))
        self.step(asked, "return", "returned", on, "sue", self.chance.choice(REASONS))

    def waiting(self, asked: Asked) -> None:
        """It stands as it was sent."""

    def pay(self, asked: Asked, on: date, cents: int, *, fails: bool = False) -> tuple[UUID, date]:
        """A voucher, its payment, mostly a receipt, mostly a line of the bank."""
        invoice = f"INV-{len(self.rows[Voucher]) // (1 if self.chance.random() > 0.002 else 2)}"
        voucher_id = self.add(
            Voucher, fund_request_id=asked.id, seq=1, payee_id=asked.row["payee_id"], cents=cents, status="paid",
            made_at=moment(on, 13), invoice_no=invoice,
        )  # fmt: skip
        self.step(asked, "voucher", "voucher", on)
        self.post(ledger.voucher(asked.line, cents), on, asked, voucher_id=voucher_id)
        paid_on = min(on + timedelta(days=self.chance.randrange(5)), last_of(on))
        for attempt in range(1, 2 + fails):
            is_standing = attempt == 1 + fails
            number = (
                f"{len(self.rows[Payment]) + 1000 + len(self.rows[Payment]) // 500}"  # a number is lost now and then
            )
            payment_id = self.add(
                Payment, voucher_id=voucher_id, attempt=attempt, method=asked.row["method"], bank_account="Operating",
                number=number, cents=cents, status="issued" if is_standing else "failed", paid_on=paid_on,
                paid_by=self.staff["pat"],
            )  # fmt: skip
            of = {"voucher_id": voucher_id, "payment_id": payment_id}
            first = self.first_paid.setdefault(asked.row["payee_id"], (paid_on, number, asked.cents))
            self.first_paid[asked.row["payee_id"]] = min(first, (paid_on, number, asked.cents))
            self.step(asked, "pay", "paid", paid_on, "pat")
            self.post(ledger.pay(asked.line, cents, fund=self.fund_id), paid_on, asked, **of)
            if not is_standing:
                self.step(asked, "payment_failed", "voucher", paid_on, "pat")
                self.post(ledger.unpay(asked.line, cents, fund=self.fund_id), paid_on, asked, **of)
        asked.row["paid_at"] = moment(paid_on, 14)
        if self.chance.random() < 0.93:
            self.cover(asked, cents, paid_on, voucher_id=voucher_id)
            self.step(asked, "reconcile", "reconciled", paid_on, "rex")
        if self.chance.random() < 0.9:
            self.bank(paid_on, cents, payment_id)
        return voucher_id, paid_on

    def cover(self, asked: Asked, cents: int, on: date, **of: UUID) -> None:
        """An accepted receipt; a few are the file of another."""
        again = self.chance.random() < 0.002
        paper = self.add(
            Document, enrollee_id=asked.row["enrollee_id"], fund_request_id=asked.id, kind="receipt",
            media_type="image/png", size_bytes=1, sha256="a" * 64 if again else f"{len(self.rows[Document]):064x}",
            added_at=moment(on), total_cents=cents,
        )  # fmt: skip
        self.add(ReceiptAllocation, document_id=paper, cents=cents, accepted_at=moment(on, 15), **of)

    def bank(self, on: date, cents: int, payment_id: UUID | None) -> None:
        """A line of a bank file; one file a month."""
        known = self.rows[ImportBatch]
        name = f"{on:%Y-%m}".ljust(64, "0")
        found = next((row["id"] for row in known if row["sha256"] == name), None)
        batch = found or self.add(
            ImportBatch, fund_id=self.fund_id, bank_account="Operating", sha256=name, rows=1, imported_at=moment(on)
        )
        seq = len(self.rows[BankLine]) + 1
        self.add(BankLine, import_batch_id=batch, seq=seq, on=on, cents=cents, words="Check", payment_id=payment_id)

    # --- what the stories stand on ---

    def populate(self, people: int) -> None:
        """Everybody who may ask, with a goal and a coordinator; payees, cards, published figures."""
        for number in range(people):
            enrolled_on = date(2023, 7, 1) + timedelta(days=number * 7 % 1200)
            person = self.add(
                Enrollee, code=f"E-{number:05d}", status="enrolled", referred_at=NOW, enrolled_on=enrolled_on,
                ended_on=enrolled_on + timedelta(days=500) if number % 9 == 0 else None,
            )  # fmt: skip
            plan = self.add(Plan, enrollee_id=person, number=1, status="current", starts_on=enrolled_on)
            goal = self.add(Goal, enrollee_id=person, plan_id=plan, number=1, domain="housing")
            author = self.authors[person.int % len(self.authors)]
            self.add(Assignment, enrollee_id=person, user_id=author, role="coordinator", starts_at=moment(enrolled_on))
            self.people.append((person, goal))
        for number in range(300):
            tax_class = ("individual", "corporation", None)[number % 3]
            payee = self.add(Payee, name=f"Vendor {number:03d}", proposed_at=NOW, tax_class=tax_class)
            self.payees.append(payee)
            if number % 4:
                self.add(TaxForm, payee_id=payee, received_on=date(2025, 1, 1), expires_on=date(2028, 1, 1))
        for number in range(400):
            card = self.add(
                Instrument, fund_id=self.fund_id, kind="gift_card", label=f"Card {number:03d}", last4=f"{number:04d}",
                number_hash=str(number), value_cents=5_000, state=("received", "issued", "acknowledged")[number % 3],
                holder_id=self.authors[number % len(self.authors)],
            )  # fmt: skip
            for seq, kind in enumerate(("bought", "received", "issued"), 1):
                self.add(CustodyEvent, instrument_id=card, seq=seq, kind=kind, at=moment(date(2026, seq, 1)))
        for label, cents in (("housing", 510_500), ("transportation", 47_400), ("total", 930_600)):
            self.add(PublishedTotal, source="A study", label=label, cents=cents)
        for (year, month), period_id in sorted(self.periods.items()):
            if year < TODAY_YEAR:
                self.add(
                    PeriodClose, period_id=period_id, status="closed", closed_at=moment(date(year, month, 28)),
                    figures={}, chain_seq=1, chain_head="0" * 64,
                )  # fmt: skip
            self.bank(date(year, month, 15), 1_234, None)

    def verify_payees(self) -> None:
        """Each payee is verified by somebody who did not approve its first payment."""
        for row in self.rows[Payee]:
            first = self.first_paid.get(row["id"])
            who = "flo" if first and first[2] < TWO_APPROVERS_FROM else "dan"
            row |= {"status": "verified", "verified_by": self.staff[who], "verified_at": NOW}

    def lapse(self, year: int) -> None:
        """What is available at the end of a year lapses."""
        for (_category, of_year), line in self.lines.items():
            left = self.net[self.accounts[Key(Account.AVAILABLE, line)]]
            if of_year == year and left:
                self.post(ledger.lapse(line, left), date(year, 12, 31))


def fill(transfers: int) -> None:
    """A fund with its years, people and requests, until it holds this many transfers."""
    dan = user_of(DAN)
    budgets.set_up_fund(
        dan, fund_id=(fund_id := uuid4()), code="SDF", name="Bench", public_name="Bench", starts_on=date(2024, 1, 1),
        categories=shipped.categories(), thresholds=shipped.thresholds(), rules=shipped.rules(), now=NOW,
    )  # fmt: skip
    for year in YEARS:
        budgets.open_year(dan, code=str(year), starts_on=date(year, 1, 1), ends_on=date(year, 12, 31), now=NOW)
    staff = {each.name.split()[0].lower(): id_of(each) for each in (SUE, DAN, FAY, FLO, PAT, REX)}
    authors = [id_of(each) for each in COORDINATORS]
    with transaction() as session:
        filler = _filler(session, fund_id, staff, authors)
        filler.populate(max(50, transfers // 20))
        for (_category, year), line in filler.lines.items():
            filler.post(ledger.appropriate(line, APPROPRIATION, fund=fund_id, is_drawn=True), date(year, 1, 1))
        while filler.transfers < transfers:
            filler.tell()
        filler.verify_payees()
        for year in YEARS[:-1]:
            filler.lapse(year)
        for model in ORDER:
            for start in range(0, len(filler.rows[model]), 5000):
                session.execute(insert(model), filler.rows[model][start : start + 5000])
        for key, account_id in filler.accounts.items():
            cents = filler.net[account_id] * (-1 if key.account in CREDIT_NORMAL else 1)
            session.execute(
                update(AccountBalance).where(AccountBalance.ledger_account_id == account_id).values(cents=cents)
            )


def _filler(session: Any, fund_id: UUID, staff: dict[str, UUID], authors: list[UUID]) -> Filler:
    below: dict[UUID, list[UUID]] = defaultdict(list)
    for row in session.execute(select(Category.id, Category.parent_id)):
        if row.parent_id:
            below[row.parent_id].append(row.id)
    years = {row.id: row.starts_on.year for row in session.scalars(select(FiscalYear))}
    lines = {(row.category_id, years[row.fiscal_year_id]): row.id for row in session.scalars(select(BudgetLine))}
    return Filler(
        fund_id=fund_id,
        lines=lines,
        categories={top: below[top] or [top] for top, _year in lines},
        accounts={
            Key(Account(row.kind), row.budget_line_id or row.fund_id): row.id
            for row in session.scalars(select(LedgerAccount))
        },
        periods={(row.starts_on.year, row.starts_on.month): row.id for row in session.scalars(select(Period))},
        staff=staff,
        authors=authors,
    )


def id_of(person: Person) -> UUID:
    """The account of somebody, made when it is not there."""
    user_id = user_of(person).user_id
    assert user_id is not None
    return user_id


def last_of(on: date) -> date:
    """The last day of a day's year."""
    return date(on.year, 12, 31)


def moment(on: date, hour: int = 12) -> datetime:
    """An hour of a day."""
    return datetime.combine(on, time(hour), UTC)
