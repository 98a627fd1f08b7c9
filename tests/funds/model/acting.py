"""Each step of a request, done through the program's actions and beside it in the plain ledger."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import select

from core.db import db
from core.identity import Identity, system_identity
from funds.actions import (
    advances,
    appeals,
    approving,
    custody,
    documents,
    emergencies,
    expiring,
    pausing,
    payments,
    reconcile,
    recoveries,
    refusing,
    requests,
    seconds,
    supplements,
    vouchers,
)
from funds.actions.documents import Paper as Sent
from funds.actions.reconcile import NewLine
from funds.models import FundRequest
from funds.states import Action  # the word of the action's argument, nothing more
from tests.builders import NOW
from tests.funds.books import TODAY, World, values_for
from tests.funds.model.lives import HOLDING, Advance, Bill, Ledger, Life, Paper
from tests.funds.pictures import picture

EXPIRY = NOW + timedelta(days=8)
"""A day on which everything approved at NOW has expired: the fund of the model holds money for a week."""
PICTURE = picture(size=(8, 8))
VERSIONS = select(FundRequest.id, FundRequest.row_version)


class Acting:
    """Does a step twice: by the program and by the model. Whether it may be done is asked elsewhere."""

    world: World
    lives: list[Life]
    line: Ledger
    last: tuple[Callable[[], Any], Life] | None

    # --- sending ---------------------------------------------------------------------------------------------------

    def call(self, action: Callable[..., Any], who: Identity, life: Life, **values: Any) -> Any:
        """Do an action on a request as a page would send it."""
        return action(
            who, **{"request_id": life.id, "row_version": self.rows[life.id], "key": uuid4().hex, "now": NOW, **values}
        )

    @property
    def rows(self) -> dict[UUID, int]:
        """The version of every request, as its page shows it."""
        found = {row[0]: row[1] for row in db.session.execute(VERSIONS)}
        db.session.rollback()
        return found

    def act(self, life: Life, action: Callable[..., Any], who: Identity, **values: Any) -> Any:
        """Do it, and keep it to be pressed again with its key."""
        return self.send(life, action, who, request_id=life.id, **values)

    def send(self, life: Life, action: Callable[..., Any], who: Identity, **values: Any) -> Any:
        """The same for an action that does not name the request itself."""
        whole = {"row_version": self.rows[life.id], "key": uuid4().hex, "now": NOW, **values}
        done = action(who, **whole)
        self.last = (lambda: action(who, **whole), life)
        return done

    # --- the author's and the approvers' steps ---------------------------------------------------------------------

    def to(self, life: Life, state: str, action: Callable[..., Any], **values: Any) -> None:
        """A step of the author that only leads somewhere."""
        self.act(life, action, self.world.cal, **values)
        life.state = state

    def edit(self, life: Life, cents: int) -> None:
        """Another amount."""
        values = values_for(self.world, cents=cents, is_emergency=life.emergency)
        self.act(life, requests.edit_request, self.world.cal, values=values)
        life.cents = cents

    def submit(self, life: Life) -> None:
        """Send it."""
        self.act(life, requests.submit_request, self.world.cal)
        life.state, life.sent = "submitted", True

    def anew(self, life: Life) -> None:
        """Approvals begin again, also those of a supplement that waits."""
        life.version, life.tiers, life.more_tiers = life.version + 1, 0, 0
        life.unratified = life.called = False

    def release(self, life: Life, cents: int | None = None) -> None:
        """Held money goes back, all of it or so much."""
        cents = life.held if cents is None else cents
        self.move("encumbered", -cents)
        life.held -= cents

    def move(self, account: str, cents: int) -> None:
        """To a budget account from what is available, or back."""
        setattr(self.line, account, getattr(self.line, account) + cents)
        self.line.available -= cents

    def amend(self, life: Life, cents: int) -> None:
        """Change it after it was sent."""
        self.act(life, requests.amend_request, self.world.cal, values=values_for(self.world, cents=cents))
        self.release(life)
        self.anew(life)
        life.cents, life.emergency, life.state = cents, False, "submitted"

    def turn_down(self, life: Life, action: Callable[..., Any], who: Identity, state: str) -> None:
        """Return or deny."""
        self.act(life, action, who, reason_code="other", words="Not so")
        life.state = state
        if state == "returned":
            self.anew(life)

    def return_it(self, life: Life) -> None:
        """Back for a change."""
        self.turn_down(life, refusing.return_request, self.tier(life), "returned")

    def deny(self, life: Life) -> None:
        """No."""
        self.turn_down(life, refusing.deny_request, self.tier(life), "denied")

    def tier(self, life: Life) -> Identity:
        """Who decides the next tier."""
        return self.world.sue if life.tiers == 0 else self.world.fay

    def approve(self, life: Life) -> None:
        """The next of two tiers."""
        is_held = self.act(life, approving.approve_request, self.tier(life))
        life.tiers += 1
        assert is_held == (life.tiers == 2)
        if is_held:
            self.hold(life)

    def hold(self, life: Life) -> None:
        """The money is held for some days."""
        life.state, life.held, life.expires = "approved", life.cents, True
        self.move("encumbered", life.cents)

    def emergency(self, life: Life) -> None:
        """One approver, by phone."""
        self.act(life, emergencies.approve_emergency, self.world.sue, call="Sue by phone, read back")
        life.unratified, life.called, life.tiers = True, True, 2
        self.hold(life)

    def ratify(self, life: Life, confirmed: bool) -> None:
        """The last tier confirms an emergency or refuses it."""
        self.act(life, emergencies.ratify_request, self.world.fay, is_confirmed=confirmed, note="seen")
        if confirmed:
            life.unratified = False
        else:
            life.paused = True

    def take_back(self, life: Life) -> None:
        """Within the minutes."""
        who = self.world.sue if life.state == "submitted" or life.called else self.world.fay
        self.act(life, approving.take_back_approval, who, reason="too fast")
        self.release(life)
        self.anew(life)
        life.state, life.expires = "submitted", False

    def cancel(self, life: Life) -> None:
        """Not wanted any more."""
        self.act(life, requests.cancel_request, self.world.cal, reason="moved")
        self.release(life)
        life.state = "cancelled"

    def expire(self) -> None:
        """The daily run, after the days of the hold: everything that lies unused goes back."""
        expiring.expire_requests(system_identity("daily run"), now=EXPIRY)
        self.last = None
        for life in self.expiring():
            self.release(life, life.free)
            life.expires = False
            life.state = "expired" if life.state == "approved" else "paid"

    def expiring(self) -> list[Life]:
        """What the daily run would free."""
        return [each for each in self.lives if each.state in ("approved", "paid") and each.expires and each.free]

    def ask_more(self, life: Life, cents: int) -> None:
        """A supplement."""
        self.act(life, supplements.request_supplement, self.world.cal, cents=cents, reason="more")
        life.more, life.more_tiers = cents, 0

    def decide_more(self, life: Life, approved: bool) -> None:
        """Its next tier."""
        who = self.world.sue if life.more_tiers == 0 else self.world.fay
        held = self.act(life, supplements.decide_supplement, who, is_approved=approved, note="seen")
        if not approved:
            life.more = 0
            return
        life.more_tiers += 1
        assert held == (life.more_tiers == 2)
        if held:
            life.held += life.more
            life.cents += life.more
            life.expires = True
            self.move("encumbered", life.more)
            life.more = 0

    def decide_appeal(self, life: Life, overturned: bool) -> None:
        """A director looks again."""
        self.act(life, appeals.decide_appeal, self.world.dan, is_overturned=overturned, words="So it is")
        if overturned:
            self.anew(life)
            life.state = "submitted"
        else:
            life.closed, life.state = True, "denied"

    def pause(self, life: Life, paused: bool) -> None:
        """Stop its money, or let it move."""
        self.act(life, pausing.pause_request, self.world.fay, is_paused=paused, reason="look")
        life.paused = paused

    # --- money out -------------------------------------------------------------------------------------------------

    def bill(self, life: Life, cents: int) -> None:
        """A voucher, every third one final."""
        cents = min(cents, life.free)
        final = cents % 3 == 0
        bill = Bill(uuid4(), cents, freed=life.free - cents if final else 0, kept=cents)
        self.act(life, vouchers.make_voucher, self.world.fay, voucher_id=bill.id, cents=cents, is_final=final)
        life.bills.append(bill)
        self.release(life, bill.freed)
        self.spend(life, cents)
        self.line.payable += cents
        life.state = "voucher"

    def spend(self, life: Life, cents: int) -> None:
        """Held money becomes spending."""
        life.held -= cents
        self.line.encumbered -= cents
        self.line.expended += cents

    def out(self, life: Life, cents: int) -> None:
        """Cash leaves, or comes back below zero."""
        life.cash += cents
        self.line.cash -= cents

    def pay(self, life: Life, bill: Bill) -> None:
        """By check."""
        payment = uuid4()
        self.send(
            life, payments.pay_voucher, self.world.pat, voucher_id=bill.id, payment_id=payment, method="check",
            bank_account="Operating", number=payment.hex[:8],
        )  # fmt: skip
        bill.status, bill.payment, bill.number, bill.cleared = "paid", payment, payment.hex[:8], False
        self.line.payable -= bill.cents
        self.out(life, bill.cents)
        life.state = life.rank()

    def unpay(self, life: Life, bill: Bill) -> None:
        """The payment did not happen."""
        bill.status, bill.payment, bill.cleared = "unpaid", None, False
        self.line.payable += bill.cents
        self.out(life, -bill.cents)

    def fail(self, life: Life, bill: Bill) -> None:
        """The check was lost."""
        self.send(life, payments.payment_failed, self.world.pat, payment_id=bill.payment, reason_code="lost")
        self.unpay(life, bill)
        life.state = "voucher"

    def show_on_bank(self, life: Life, bill: Bill) -> None:
        """The bank's file has the payment, by number and amount."""
        line = NewLine(1, TODAY, -bill.cents, bill.number, "CHECK")
        done = reconcile.import_bank_lines(
            self.world.rex, batch_id=uuid4(), fund_id=self.world.fund_id, bank_account="Operating",
            sha256=uuid4().hex, lines=[line], now=NOW,
        )  # fmt: skip
        assert done.matched == 1
        bill.cleared = True

    def advance(self, life: Life, cents: int) -> None:
        """Petty cash, or a gift card of that worth from the safe."""
        cents = min(cents, life.free)
        made = Advance(uuid4(), cents, out=cents)
        if cents % 2:
            made.card = self.card(cents)
        self.act(
            life, advances.issue_advance, self.world.fay, advance_id=made.id, cents=cents,
            method="gift_card" if made.card else "petty_cash", instrument_id=made.card,
            holder_id=self.world.cal.user_id,
        )  # fmt: skip
        life.advances.append(made)
        self.line.advances += cents
        self.out(life, cents)
        life.state = "paid"

    def card(self, cents: int) -> UUID:
        """A card, bought by one person and received by another."""
        second_id = self.world.pat.user_id
        assert second_id is not None
        card_id = custody.buy_instrument(
            self.world.fay, instrument_id=uuid4(), fund_id=self.world.fund_id, kind="gift_card", label="Grocery card",
            number=uuid4().hex, value_cents=cents, second_id=second_id, now=NOW,
        )  # fmt: skip
        custody.receive_instrument(self.world.flo, instrument_id=card_id, now=NOW)
        return card_id

    def acknowledge(self, made: Advance) -> None:
        """The holder has the card."""
        assert made.card is not None
        custody.acknowledge_instrument(self.world.cal, instrument_id=made.card, now=NOW)
        made.acknowledged = True

    # --- papers and the end ----------------------------------------------------------------------------------------

    def add_paper(self, life: Life, cents: int) -> None:
        """A receipt of so much; the same picture every time, explained."""
        paper = Paper(uuid4(), 2 * cents)
        sent = Sent(paper.id, PICTURE, vendor="Elm", total_cents=paper.cents, explained="Another purchase")
        whole: dict[str, Any] = {"request_id": life.id, "papers_sent": [sent], "key": uuid4().hex, "now": NOW}
        documents.add_documents(self.world.cal, **whole)
        self.last = (lambda: documents.add_documents(self.world.cal, **whole), life)
        life.papers.append(paper)

    def accept(self, life: Life, target: Bill | Advance) -> None:
        """Count a receipt for a voucher or an advance: what is missing, or what the paper has left."""
        paper = next(each for each in life.papers if each.left)
        cents = min(paper.left, max(1, target.cents - target.receipts))
        name = "voucher_id" if isinstance(target, Bill) else "advance_id"
        self.send(
            life, documents.accept_receipt, self.world.rex, document_id=paper.id, cents=cents, **{name: target.id}
        )  # fmt: skip
        paper.used += cents
        target.receipts += cents

    def substantiate(self, life: Life, made: Advance, cents: int) -> None:
        """Accepted receipts become spending."""
        cents = min(cents, made.out, made.receipts - made.substantiated)
        self.send(life, advances.substantiate, self.world.rex, advance_id=made.id, cents=cents)
        made.out -= cents
        made.substantiated += cents
        made.kept += cents
        self.line.advances -= cents
        self.spend(life, cents)

    def return_money(self, life: Life, made: Advance, cents: int) -> None:
        """What was not spent of an advance."""
        cents = min(cents, made.out)
        self.send(life, advances.return_advance, self.world.rex, advance_id=made.id, cents=cents)
        made.out -= cents
        self.line.advances -= cents
        self.out(life, -cents)
        self.release(life, cents)
        rank = life.rank()
        life.state = "paid" if rank in ("voided", "refunded") else rank

    def finish(self, life: Life) -> None:
        """Reconciled: the rest goes back."""
        self.act(life, reconcile.reconcile_request, self.world.rex)
        self.release(life)
        life.state, life.expires = "reconciled", False

    # --- undoing ---------------------------------------------------------------------------------------------------

    def second(self, life: Life, name: str, target: Bill | Advance, do: Callable[..., Any], first: Identity,
               then: Identity, cents: int | None = None) -> None:  # fmt: skip
        """A step of two people."""
        proposal = uuid4()
        of = {"voucher_id" if isinstance(target, Bill) else "advance_id": target.id}
        seconds.propose_step(
            first, proposal_id=proposal, request_id=life.id, row_version=self.rows[life.id],
            action=Action(name), reason_code="other", note="It went wrong", cents=cents, now=NOW, **of,
        )  # fmt: skip
        self.send(life, do, then, proposal_id=proposal)

    def void(self, life: Life, bill: Bill) -> None:
        """Never completed."""
        self.second(life, "void", bill, vouchers.void_voucher, self.world.pat, self.world.dan)
        if bill.status == "paid":
            self.unpay(life, bill)
        bill.status, bill.kept = "void", 0
        self.move("expended", -bill.cents)
        self.line.payable -= bill.cents
        life.state = life.rank()

    def correct(self, life: Life, bill: Bill) -> None:
        """Entered wrongly: its exact mirror."""
        self.second(life, "correct", bill, vouchers.correct_voucher, self.world.fay, self.world.flo)
        bill.status, bill.kept = "void", 0
        self.spend(life, -bill.cents)
        self.release(life, -bill.freed)
        self.line.payable -= bill.cents
        life.state = life.rank()

    def refund(self, life: Life, target: Bill | Advance, cents: int) -> None:
        """Money came back."""
        cents = min(cents, target.kept)
        name = "voucher_id" if isinstance(target, Bill) else "advance_id"
        self.act(
            life, payments.enter_refund, self.world.fay, cents=cents, reason_code="came_back", **{name: target.id}
        )  # fmt: skip
        target.kept -= cents
        life.refunded += cents
        self.move("expended", -cents)
        self.out(life, -cents)
        if not life.held and not any(each.stands for each in life.spendings):
            life.state = "refunded"

    def disallow(self, life: Life, target: Bill | Advance, cents: int) -> None:
        """Not accepted: of an advance what is out first, else what is spent."""
        is_out = isinstance(target, Advance) and target.out > 0
        cents = min(cents, target.out if isinstance(target, Advance) and is_out else target.kept)
        self.second(life, "disallow", target, recoveries.disallow, self.world.fay, self.world.dan, cents)
        target.disallowed += cents
        self.line.disallowed += cents
        if isinstance(target, Advance) and is_out:
            target.out -= cents
            life.held -= cents
            self.line.advances -= cents
            self.line.encumbered -= cents
        else:
            target.kept -= cents
            self.line.expended -= cents

    def settle(self, life: Life, target: Bill | Advance, cents: int, recovered: bool) -> None:
        """Recovered or given up."""
        cents = min(cents, target.disallowed)
        do, name = (recoveries.recover, "recover") if recovered else (recoveries.write_off, "write_off")
        self.second(life, name, target, do, self.world.fay, self.world.dan, cents)
        target.disallowed -= cents
        if recovered:
            self.move("disallowed", -cents)
            self.out(life, -cents)
            return
        target.kept += cents
        if isinstance(target, Advance):
            target.written_off += cents
        self.line.disallowed -= cents
        self.line.expended += cents


__all__ = ["HOLDING", "Acting"]
