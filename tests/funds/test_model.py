"""Random lives of requests against a plain ledger written from the design: no difference, nothing illegal goes through.

The model (`tests/funds/model`) knows `docs/decisions/0012` and the table of states only. On SQLite 500 runs of 50 steps
in ten parts, of which each takes every allowed step from every state at least twice; on PostgreSQL a few runs, and a
tour that takes every kind of step once (`MODEL_RUNS`, `MODEL_STEPS`). Each run ends with the whole proof and the year
end.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable
from datetime import UTC, date, datetime
from functools import cache
from typing import Any, ClassVar, Final
from uuid import UUID, uuid4

import pytest
from hypothesis import HealthCheck, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test
from sqlalchemy import bindparam, select, update

from core import uploads
from core.db import db, transaction
from core.errors import Conflict, NotAllowed, NotFound
from core.uploads import CleanFile, clean
from funds import checks, queries
from funds.actions import appeals, approving, budgets, pausing, requests, rollover, vouchers
from funds.models import AccountBalance, Fund, FundRequest, LedgerAccount
from tests.builders import NOW
from tests.conftest import POSTGRESQL, BringBack
from tests.funds.books import World, make_world, values_for
from tests.funds.model.acting import Acting
from tests.funds.model.choosing import Choosing
from tests.funds.model.lives import HOLDING, LIVE, Advance, Bill, Ledger, Life

RUNS = int(os.environ.get("MODEL_RUNS", "3" if POSTGRESQL else "500"))
STEPS = int(os.environ.get("MODEL_STEPS", "40" if POSTGRESQL else "50"))
IS_LONG = RUNS >= 100
PARTS = 10 if IS_LONG else 1  # test processes share them
LINE_CENTS = 1_000_000
JANUARY = datetime(2027, 1, 5, 15, 0, tzinfo=UTC)
TWO_TIERS = {"bands": [{"tiers": [["supervisor"], ["fiscal_approver"]]}], "days": 30}
EMERGENCY = {"code": "emergency", "kind": "emergency", "severity": "block", "params": {
    "max_cents": 25_000, "approvers": ["supervisor"], "hours": 24, "ratify_working_days": 5}}  # fmt: skip
KINDS = 41
"""All 39 actions of the table, cards acknowledged by their holders, payments shown by the bank."""
MOST_WANTED: Final = 1 if IS_LONG else 2  # of so many the next step is chosen; one time in seven of all
AT_ONCE = 4 if IS_LONG else 2
OFTEN: Final = 20 // PARTS
"""How often a part of a long run takes each step from each state, so that the whole takes it twenty times."""
STATES: Final = select(FundRequest.id, FundRequest.status)
BALANCES: Final = (
    select(LedgerAccount.kind, AccountBalance.cents)
    .join(AccountBalance, AccountBalance.ledger_account_id == LedgerAccount.id)
    .where((LedgerAccount.budget_line_id == bindparam("line")) | (LedgerAccount.fund_id == bindparam("fund")))
)
chosen = Choosing(often=OFTEN if IS_LONG else 0)
ends: Counter[str] = Counter()
Try = tuple[str, Callable[[int], None]]


def make_model_world() -> tuple[World, UUID]:
    """A fund that holds money for a week, and the line that a year end would carry it to."""
    world = make_world(cents=LINE_CENTS, tiers=TWO_TIERS, rules=[EMERGENCY])
    budgets.open_year(world.dan, code="2027", starts_on=date(2027, 1, 1), ends_on=date(2027, 12, 31), now=NOW)
    with transaction() as session:
        session.execute(update(Fund).values(hold_days=7))
    carried_to = queries.find_line(world.fund_id, world.categories["furniture"], JANUARY.date())
    db.session.rollback()
    assert carried_to is not None
    return world, carried_to


class Lives(Acting, RuleBasedStateMachine):
    """Chooses what is done next, and compares after every step."""

    bring_back: ClassVar[BringBack]

    def __init__(self) -> None:
        super().__init__()
        self.world, self.carried_to = type(self).bring_back("model", make_model_world)
        self.lives: list[Life] = []
        self.last: tuple[Callable[[], Any], Life] | None = None
        self.line = Ledger(LINE_CENTS, cash=3 * LINE_CENTS)

    # --- what may be done ------------------------------------------------------------------------------------------

    def options(self, life: Life) -> list[Try]:
        """Every step that the design allows now: its name, and how it is done with an amount."""
        return [
            (name, do)
            for name, when, do in (*self.asking(life), *self.deciding(life), *self.moving(life), *self.undoing(life))
            if when
        ]

    def asking(self, life: Life) -> list[tuple[str, bool, Callable[[int], None]]]:
        """The author's steps."""
        state, cal = life.state, self.world.cal
        is_draft, is_free = state in ("draft", "returned"), state == "approved" and not life.touched
        return [
            ("edit", is_draft, lambda cents: self.edit(life, cents)),
            ("adopt", is_draft, lambda _: self.act(life, requests.adopt_request, cal)),
            ("submit", is_draft, lambda _: self.submit(life)),
            ("recall", state == "submitted" and not life.tiers,
             lambda _: self.to(life, "draft", requests.recall_request)),
            ("withdraw", is_draft or state == "submitted",
             lambda _: self.to(life, "withdrawn", requests.withdraw_request, reason="no")),
            ("amend", state == "submitted" or is_free, lambda cents: self.amend(life, cents)),
            ("cancel", is_free, lambda _: self.cancel(life)),
            ("request_supplement", state in HOLDING and not life.more, lambda cents: self.ask_more(life, cents)),
            ("appeal", state == "denied" and not life.closed,
             lambda _: self.to(life, "appealed", appeals.appeal_denial, words="Look again")),
            ("add_document", state in (*LIVE, "reconciled") and sum(1 for each in life.papers if each.left) < 2
             and (life.sent or state == "draft"), lambda cents: self.add_paper(life, cents)),
        ]  # fmt: skip

    def deciding(self, life: Life) -> list[tuple[str, bool, Callable[[int], None]]]:
        """The approvers' and reviewers' steps."""
        state = life.state
        waits, moves = state == "submitted", not life.paused
        is_unratified = state in HOLDING and life.unratified
        may_take_back = (waits and life.tiers == 1) or (state == "approved" and not life.touched and not life.more)
        return [
            ("return", waits, lambda _: self.return_it(life)),
            ("deny", waits, lambda _: self.deny(life)),
            ("approve_tier", waits and life.tiers == 0, lambda _: self.approve(life)),
            ("approve_final", waits and life.tiers == 1 and moves, lambda _: self.approve(life)),
            ("approve_emergency", waits and life.emergency and not life.tiers and moves,
             lambda _: self.emergency(life)),
            ("ratify", is_unratified, lambda _: self.ratify(life, True)),
            ("refuse_ratification", is_unratified, lambda _: self.ratify(life, False)),
            ("take_back", may_take_back and life.expires or (waits and life.tiers == 1),
             lambda _: self.take_back(life)),
            ("approve_supplement", state in HOLDING and bool(life.more) and moves,
             lambda _: self.decide_more(life, True)),
            ("deny_supplement", state in HOLDING and bool(life.more), lambda _: self.decide_more(life, False)),
            ("uphold", state == "appealed", lambda _: self.decide_appeal(life, False)),
            ("overturn", state == "appealed", lambda _: self.decide_appeal(life, True)),
            ("pause", state in LIVE and life.sent and moves, lambda _: self.pause(life, True)),
            ("resume", state in LIVE and life.sent and life.paused, lambda _: self.pause(life, False)),
        ]  # fmt: skip

    def moving(self, life: Life) -> list[tuple[str, bool, Callable[[int], None]]]:
        """Money out, receipts, the bank, the end."""
        state, may_spend = life.state, life.state in ("approved", "paid") and life.free > 0 and not life.paused
        unpaid = [bill for bill in life.bills if bill.status == "unpaid"]
        unseen = [bill for bill in life.bills if bill.status == "paid" and not bill.cleared]
        cards = [each for each in life.advances if each.card and each.out == each.cents and not each.acknowledged]
        covered = [each for each in life.advances if each.out and each.receipts > each.substantiated]
        out = [each for each in life.advances if each.out]
        counted: list[Bill | Advance] = [*(bill for bill in life.bills if bill.status != "void"), *life.advances]
        open_to_receipts = [each for each in counted if each.receipts < each.cents]
        has_paper = any(paper.left for paper in life.papers)
        return [
            ("expire", life in self.expiring(), lambda _: self.expire()),
            ("voucher", may_spend, lambda cents: self.bill(life, cents)),
            ("pay", state == "voucher" and bool(unpaid) and not life.paused, lambda _: self.pay(life, unpaid[0])),
            ("bank_line", bool(unseen), lambda _: self.show_on_bank(life, unseen[0])),
            ("issue_advance", may_spend, lambda cents: self.advance(life, cents)),
            ("acknowledge", bool(cards), lambda _: self.acknowledge(cards[0])),
            ("accept_receipt", state in ("voucher", "paid") and has_paper and bool(open_to_receipts),
             lambda cents: self.accept(life, open_to_receipts[cents % len(open_to_receipts)])),
            ("substantiate", state == "paid" and bool(covered),
             lambda cents: self.substantiate(life, covered[0], cents)),
            ("return_advance", state == "paid" and bool(out), lambda cents: self.return_money(life, out[0], cents)),
            ("reconcile", state == "paid" and life.may_finish, lambda _: self.finish(life)),
        ]  # fmt: skip

    def undoing(self, life: Life) -> list[tuple[str, bool, Callable[[int], None]]]:
        """What takes back."""
        state = life.state
        unpaid = [bill for bill in life.bills if bill.status == "unpaid"]
        out = [bill for bill in life.bills if bill.status == "paid" and bill.whole]
        voidable = unpaid or [bill for bill in out if not bill.cleared]
        kept = [each for each in life.spendings if each.kept]
        wrong: list[Bill | Advance] = [each for each in life.advances if each.out] or kept
        every: list[Bill | Advance] = [*life.bills, *life.advances]
        owed = [each for each in every if each.disallowed]
        is_paid = state in ("paid", "reconciled")
        return [
            ("payment_failed", state in ("paid", "voucher") and bool(out), lambda _: self.fail(life, out[0])),
            ("void", state in ("voucher", "paid") and bool(voidable), lambda _: self.void(life, voidable[0])),
            ("correct", state == "voucher" and bool(unpaid), lambda _: self.correct(life, unpaid[0])),
            ("refund", is_paid and bool(kept), lambda cents: self.refund(life, kept[0], cents)),
            ("disallow", is_paid and bool(wrong), lambda cents: self.disallow(life, wrong[0], cents)),
            ("recover", is_paid and bool(owed), lambda cents: self.settle(life, owed[0], cents, True)),
            ("write_off", is_paid and bool(owed), lambda cents: self.settle(life, owed[0], cents, False)),
        ]

    # --- rules -----------------------------------------------------------------------------------------------------

    @rule(what=st.integers(0, 9), choice=st.integers(0, 200), cents=st.integers(1, 9_000))
    def live(self, what: int, choice: int, cents: int) -> None:
        """One rule for everything: of several, Hypothesis leaves some out of a whole run."""
        if what == 0:
            self.create(cents, emergency=bool(choice % 2))
        elif what == 1:
            self.press_again()
        elif what == 2:
            self.act_illegally(choice)
        else:
            self.step(choice % (MOST_WANTED if what < 9 else 31), cents)

    def create(self, cents: int, emergency: bool) -> None:
        if len([life for life in self.lives if life.state in LIVE]) >= AT_ONCE:
            return
        emergency = emergency or chosen.wants_emergency
        life = Life(uuid4(), cents, emergency)
        requests.create_request(
            self.world.cal,
            request_id=life.id,
            enrollee_id=self.world.person.enrollee_id,
            fund_id=self.world.fund_id,
            values=values_for(self.world, cents=cents, is_emergency=emergency),
            key=uuid4().hex,
            now=NOW,
        )
        self.lives.append(life)

    def step(self, choice: int, cents: int) -> None:
        """One of the steps taken least often; a long run first takes what it took too seldom from that state."""
        able = [(life, *option) for life in self.lives for option in self.options(life)]
        if not able:
            return self.create(cents, emergency=bool(choice % 2))
        turns = chosen.order({(life.state, name, life.hurries) for life, name, _ in able})
        able.sort(key=lambda each: turns[each[0].state, each[1], each[0].hurries])
        life, name, _do = able[choice % len(able)]
        return self.take(life, name, cents)

    def take(self, life: Life, name: str, cents: int) -> None:
        """Do one step that is possible now, and count it."""
        able = dict(self.options(life))
        assert name in able, f"{name} is not possible: {life}"
        chosen.count(life.state, name)
        able[name](cents)

    def press_again(self) -> None:
        """The same form twice is one step."""
        if self.last is not None:
            self.last[0]()

    def act_illegally(self, choice: int) -> None:
        """What the design does not allow is refused, and the comparison sees that nothing changed."""
        if not self.lives:
            return
        life = self.lives[choice % len(self.lives)]
        allowed = {name for name, _do in self.options(life)}
        world = self.world
        tries: dict[str, Callable[[], Any]] = {
            "submit": lambda: self.call(requests.submit_request, world.cal, life),
            "recall": lambda: self.call(requests.recall_request, world.cal, life),
            "approve_final": lambda: self.call(approving.approve_request, world.fay, life),
            "approve_tier": lambda: self.call(approving.approve_request, world.sue, life),
            "cancel": lambda: self.call(requests.cancel_request, world.cal, life, reason="no"),
            "voucher": lambda: self.call(
                vouchers.make_voucher, world.fay, life, voucher_id=uuid4(), cents=max(1, life.free), is_final=True
            ),
            "appeal": lambda: self.call(appeals.appeal_denial, world.cal, life, words="again"),
            "uphold": lambda: self.call(appeals.decide_appeal, world.dan, life, is_overturned=False, words="no"),
            "reconcile": lambda: self.finish(life),
            "author": lambda: self.call(approving.approve_request, world.cal, life),
            "too much": lambda: self.call(
                vouchers.make_voucher, world.fay, life, voucher_id=uuid4(), cents=life.free + 1
            ),
            "stale": lambda: self.call(
                pausing.pause_request, world.fay, life, row_version=0, is_paused=not life.paused, reason="x"
            ),
        }
        names = [name for name in tries if name not in allowed]
        name = names[choice % len(names)]
        if name.startswith("approve") and allowed & {"approve_tier", "approve_final"}:
            return
        try:
            tries[name]()
        except (NotAllowed, NotFound, Conflict):
            return
        raise AssertionError(f"{name} went through on a request that is {life.state}")

    # --- comparison ------------------------------------------------------------------------------------------------

    @invariant()
    def nothing_differs(self) -> None:
        """Every state, and every account of the line and the fund."""
        states = {row[0]: row[1] for row in db.session.execute(STATES)}
        assert states == {life.id: life.state for life in self.lives}
        assert self.balances_of(self.world.lines["housing"]) == {**self.line.balances, "revenue": 3 * LINE_CENTS}
        assert self.line.encumbered == sum(life.held for life in self.lives)
        assert self.line.advances == sum(life.out for life in self.lives)

    def balances_of(self, line: UUID) -> dict[str, int]:
        """The accounts of a line, with those of the fund."""
        asked = {"line": line, "fund": self.world.fund_id}
        found = {row[0]: row[1] for row in db.session.execute(BALANCES, asked)}
        db.session.rollback()
        return found

    def teardown(self) -> None:
        """At the end of a run the whole proof, before the year end and after it; a long run ends one year in three."""
        assert checks.verify_ledger() == []
        chosen.runs += 1
        if not IS_LONG or len(self.lives) % 3 == 0:
            self.end_the_year()

    def end_the_year(self) -> None:
        """What is left lapses, what is held goes on, what is to be recovered stays; refused while an advance is out."""
        of: dict[str, Any] = {"fund_id": self.world.fund_id, "year_id": self.world.year_id, "now": JANUARY}
        if self.line.advances:
            with pytest.raises(NotAllowed, match="outstanding"):
                rollover.preview_rollover(self.world.fay, **of)
            db.session.rollback()
            return ends.update(["refused"])
        run_id = rollover.preview_rollover(self.world.fay, **of)
        rollover.commit_rollover(self.world.dan, run_id=run_id, now=JANUARY)
        spent, held = self.line.expended, self.line.encumbered
        fund = {"cash": self.line.cash, "revenue": 3 * LINE_CENTS, "prior_recovery": 0,
                "prior_receivable": self.line.disallowed}  # fmt: skip
        nothing = dict.fromkeys(("available", "encumbered", "expended", "disallowed", "expense", "advances",
                                 "receivable", "payable"), 0)  # fmt: skip
        assert self.balances_of(self.world.lines["housing"]) == {
            **nothing, "appropriation": spent, "expended": spent, "expense": spent, "payable": self.line.payable, **fund
        }  # fmt: skip
        assert self.balances_of(self.carried_to) == {**nothing, "appropriation": held, "encumbered": held, **fund}
        assert checks.verify_ledger() == []
        return ends.update(["done"])


# Number of the life, and its steps, some with an amount. The first one is an emergency that is refused and confirmed.
TOUR: Final = (
    (0, "edit:9000 adopt add_document submit recall submit approve_emergency refuse_ratification resume ratify"),
    (0, "take_back approve_tier approve_final request_supplement deny_supplement"),
    (0, "request_supplement approve_supplement approve_supplement pause resume"),
    (0, "issue_advance acknowledge accept_receipt substantiate:100 return_advance:50"),
    (0, "disallow:20 recover:20 substantiate voucher correct voucher pay payment_failed void"),
    (0, "voucher pay bank_line disallow write_off disallow recover"),
    (0, "add_document accept_receipt refund voucher pay bank_line accept_receipt reconcile"),
    (1, "submit return submit amend deny appeal overturn deny appeal uphold"),
    (2, "withdraw"),
    (3, "submit approve_tier approve_final cancel"),
    (4, "submit approve_tier approve_final expire"),
)


@pytest.fixture(autouse=True)
def one_cleaned_picture(monkeypatch: pytest.MonkeyPatch) -> None:
    """The picture of every receipt is the same: it is cleaned once for all, in a process of its own as always."""
    monkeypatch.setattr(uploads, "clean", cleaned)


@cache
def cleaned(data: bytes, *, field: str) -> CleanFile:
    """What the real cleaning makes of a file."""
    return clean(data, field=field)


def test_a_tour_of_every_kind_of_step(bring_back: BringBack) -> None:
    chosen.clear()
    Lives.bring_back = bring_back
    lives = Lives()
    for number, names in TOUR:
        if number == len(lives.lives):
            lives.create(9_000, emergency=number == 0)
        for step in names.split():
            name, _, cents = step.partition(":")
            lives.take(lives.lives[number], name, int(cents or 301))
            lives.nothing_differs()
            lives.press_again()
            lives.nothing_differs()
    assert len(chosen.kinds) == KINDS, chosen.kinds
    lives.teardown()


@pytest.mark.parametrize("part", range(PARTS))
def test_random_lives_agree_with_a_plain_ledger(bring_back: BringBack, part: int) -> None:
    chosen.clear()
    ends.clear()
    Lives.bring_back = bring_back
    run_state_machine_as_test(
        seed(part)(Lives),
        settings=settings(
            max_examples=RUNS // PARTS,
            stateful_step_count=STEPS,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
    print(sum(chosen.kinds.values()), "steps;", dict(ends), dict(sorted(chosen.kinds.items())))
    print("lacking:", sorted(chosen.lacking))
    assert sum(chosen.kinds.values()) > RUNS // PARTS * STEPS // 3
    if IS_LONG:
        assert len(chosen.kinds) == KINDS and ends["done"]
        assert {action: count for action, count in chosen.kinds.items() if count < OFTEN} == {}
        assert chosen.lacking == set()
