"""The check finds what is planted where money went out: vouchers, payments, advances, who paid and who finished."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from uuid import UUID

import pytest

from core.db import db
from core.identity import Identity
from funds import checks
from funds.actions import reconcile, supplements, vouchers
from funds.actions.payments import payment_failed
from funds.actions.reconcile import NewLine
from funds.models import Payment
from funds.queries import proofs
from funds.states import Action
from tests.builders import NOW
from tests.conftest import BringBack
from tests.funds.actions.test_advances import issue
from tests.funds.actions.test_reconcile import cover, load
from tests.funds.books import World, make_approved, make_world, version_of
from tests.funds.paying import key, make_paid, make_vouchered, pay, propose
from tests.funds.test_checks import hexed, owner


@dataclass(frozen=True)
class Spent:
    """A world with money out, and names for SQL. `payment` is of `paid`, the first one ever to the payee."""

    world: World
    paid: UUID
    voucher: UUID
    payment: UUID
    unpaid: UUID
    owed: UUID
    finished: UUID
    advanced: UUID
    advance: UUID
    second_advance: UUID


def make_spent() -> Spent:
    world = make_world()
    paid, voucher, payment = make_paid(world, cents=10_000)
    finished, covered, _payment = make_paid(world, request_id=make_approved(world, cents=3_000), cents=3_000)
    cover(world, finished, covered, 3_000)
    number = db.session.get_one(Payment, _payment).number
    db.session.rollback()
    load(world, NewLine(1, date(2026, 11, 18), -3_000, number, "CHECK"))
    reconcile.reconcile_request(world.rex, request_id=finished, row_version=version_of(finished), key=key(), now=NOW)
    unpaid, owed = make_vouchered(world, request_id=make_approved(world, cents=4_000), cents=1_000, is_final=False)
    payment_failed(
        world.pat, payment_id=pay(world, owed), row_version=version_of(unpaid), reason_code="lost", key=key(), now=NOW
    )
    wrong, mistaken = make_vouchered(world, request_id=make_approved(world, cents=2_000), cents=2_000)
    proposal = propose(world.fay, wrong, Action.CORRECT, voucher_id=mistaken)
    vouchers.correct_voucher(world.flo, proposal_id=proposal, row_version=version_of(wrong), key=key(), now=NOW)
    advanced = make_approved(world, cents=9_000)
    advance, second = issue(world, advanced, cents=2_500), issue(world, advanced, cents=2_600)
    return Spent(world, paid, voucher, payment, unpaid, owed, finished, advanced, advance, second)


@pytest.fixture
def spent(bring_back: BringBack) -> Spent:
    """Books with money out."""
    return bring_back("spent", make_spent)


def who(identity: Identity) -> str:
    assert identity.user_id is not None
    return hexed(identity.user_id)


Plant = Callable[[Spent], list[str]]
FAULTS: dict[str, tuple[Plant, str]] = {
    "I5 a payment without its row": (
        lambda s: [f"DELETE FROM payment WHERE id = {hexed(s.payment)}"],
        "I5: postings paid $100.00 of FR-2026-0001, its payments are $0.00.",
    ),
    "I5 an advance without its row": (
        lambda s: [f"DELETE FROM advance WHERE id = {hexed(s.advance)}"],
        "I5: postings advanced $51.00 of FR-2026-0005, its advances are $26.00.",
    ),
    "I5 advanced beyond what is held": (
        lambda s: [f"UPDATE transfer SET amount_cents = 9500 WHERE advance_id = {hexed(s.advance)}"],
        "I5: FR-2026-0005 holds $90.00 with $121.00 out in advances.",
    ),
    "I6 a voucher for another amount": (
        lambda s: [f"UPDATE voucher SET cents = 10001 WHERE id = {hexed(s.voucher)}"],
        "I6: voucher 1 of FR-2026-0001 is for $100.01, postings made it $100.00.",
    ),
    "I6 a payment for another amount": (
        lambda s: [f"UPDATE payment SET cents = 9999 WHERE id = {hexed(s.payment)}"],
        "is for $99.99, postings paid $100.00.",
    ),
    "I6 a payment that is not its voucher's": (
        lambda s: [f"UPDATE payment SET cents = 9999 WHERE id = {hexed(s.payment)}"],
        "is not for the amount of its voucher.",
    ),
    "I6 a payment that failed and never came back": (
        lambda s: [f"UPDATE payment SET status = 'failed' WHERE id = {hexed(s.payment)}"],
        "is failed, and $0.00 of it came back.",
    ),
    "I6 a payment that stands on an unpaid voucher": (
        lambda s: [
            "UPDATE payment SET status = 'issued' WHERE status = 'failed'",
        ],
        "I6: voucher 1 of FR-2026-0003 is unpaid and has 1 payments that stand.",
    ),
    "I6 a voucher paid by nobody": (
        lambda s: [f"UPDATE voucher SET status = 'paid' WHERE id = {hexed(s.owed)}"],
        "I6: voucher 1 of FR-2026-0003 is paid and has 0 payments that stand.",
    ),
    "I6 a void voucher that is spent": (
        lambda s: [f"UPDATE voucher SET status = 'void' WHERE id = {hexed(s.voucher)}"],
        "I6: voucher 1 of FR-2026-0001 is void, and $100.00 of it is still spent.",
    ),
    "I6 a voucher that is gone": (
        lambda s: [f"DELETE FROM voucher WHERE id = {hexed(s.owed)}"],
        "I6: postings name the voucher ",
    ),
    "I6 a reversal that is no mirror": (
        lambda s: [
            "UPDATE transfer SET amount_cents = 1999 WHERE posting_id = "
            "(SELECT max(id) FROM posting WHERE kind = 'reverse')"
        ],
        "does not mirror posting",
    ),
    "I6 an advance for another amount": (
        lambda s: [f"UPDATE advance SET cents = 2600 WHERE id = {hexed(s.advance)}"],
        "I6: advance 1 of FR-2026-0005 is for $26.00, postings gave $25.00.",
    ),
    "I9 paid by the last approver": (
        lambda s: [f"UPDATE payment SET paid_by = {who(s.world.sue)} WHERE id = {hexed(s.payment)}"],
        "of FR-2026-0001 was made by who approved it last.",
    ),
    "I9 finished by who paid": (
        lambda s: [
            f"UPDATE fund_request_event SET actor_id = {who(s.world.pat)} WHERE action = 'reconcile' "
            f"AND fund_request_id = {hexed(s.finished)}"
        ],
        "I9: FR-2026-0002 was finished by who paid it.",
    ),
    "I9 first paid by who verified the payee": (
        lambda s: [f"UPDATE payee SET verified_by = {who(s.world.pat)}"],
        "was made by who verified the payee.",
    ),
    "I9 first approved by who verified the payee": (
        lambda s: [f"UPDATE payee SET verified_by = {who(s.world.sue)}"],
        "was approved by who verified the payee.",
    ),
    "I13 spending of no request": (
        lambda s: ["UPDATE posting SET fund_request_id = NULL WHERE id = "
                   "(SELECT min(id) FROM posting WHERE kind = 'voucher')"],
        "I13: Housing 2026 spent $140.00, requests $40.00.",
    ),
    "I13 a request that is gone": (
        lambda s: [f"DELETE FROM fund_request WHERE id = {hexed(s.paid)}"],
        "I13: postings name the request ",
    ),
    "I15 an advance to somebody overdue": (
        lambda s: [f"UPDATE advance SET due_on = '2026-10-01' WHERE id = {hexed(s.advance)}"],
        "I15: advance 2 of FR-2026-0005 went to somebody with receipts overdue since 2026-10-01.",
    ),
    "I15 paid while paused": (
        lambda s: [
            f"UPDATE fund_request_event SET action = 'pause', role = 'fiscal_approver', to_status = 'approved', "
            f"posting_id = NULL WHERE action = 'submit' AND fund_request_id = {hexed(s.paid)}",
        ],
        "(pay) moved money while the request was paused.",
    ),
    "I17 a debt that nobody is owed": (
        lambda s: [f"UPDATE voucher SET status = 'paid' WHERE id = {hexed(s.owed)}"],
        "I17: voucher 1 of FR-2026-0003 is paid, and the books owe $10.00 for it.",
    ),
    "I17 a line that owes for no voucher": (
        lambda s: [f"DELETE FROM voucher WHERE id = {hexed(s.owed)}"],
        "I17: Housing 2026 owes $10.00, unpaid vouchers $0.00.",
    ),
    "I17 money out that no advance names": (
        lambda s: [f"UPDATE transfer SET advance_id = NULL WHERE advance_id = {hexed(s.advance)}"],
        "I17: Housing 2026 has $51.00 in advances, its advances $26.00.",
    ),
}  # fmt: skip


def test_whole_books_with_money_out_have_no_problem(spent: Spent) -> None:
    assert checks.verify_ledger() == []


@pytest.mark.parametrize("fault", FAULTS)
def test_planted_fault_is_found_and_named(spent: Spent, fault: str) -> None:
    plant, sentence = FAULTS[fault]
    owner(*plant(spent))
    problems = checks.verify_ledger()
    assert any(sentence in problem and problem.startswith(fault.split()[0]) for problem in problems), problems


def test_a_second_reversal_is_found(spent: Spent, monkeypatch: pytest.MonkeyPatch) -> None:
    """The database keeps it out by a key that cannot be taken off in SQLite: what is read is doubled here."""
    real = proofs.reversals
    monkeypatch.setattr(proofs, "reversals", lambda: [each for found in real() for each in (found, found)])
    assert any("is reversed 2 times" in problem for problem in checks.verify_ledger())


def test_the_payer_who_approved_a_supplement_is_found(spent: Spent) -> None:
    """Who held more for a request approved it last, too; and a verifier of afterwards broke no law."""
    world, request_id = spent.world, spent.unpaid
    supplements.request_supplement(
        world.cal, request_id=request_id, row_version=version_of(request_id), cents=500, reason="x", key=key(), now=NOW
    )
    for approver in (world.sue, world.fay):  # above $250.00 in 30 days it takes both
        held = supplements.decide_supplement(
            approver, request_id=request_id, row_version=version_of(request_id), is_approved=True, key=key(), now=NOW
        )
    assert held
    payment_id = pay(world, spent.owed)
    assert checks.verify_ledger() == []
    owner(f"UPDATE payment SET paid_by = {who(world.fay)} WHERE id = {hexed(payment_id)}")
    assert any("of FR-2026-0003 was made by who approved it last." in each for each in checks.verify_ledger())


def test_who_verified_after_the_first_payment_broke_no_law(spent: Spent) -> None:
    owner(f"UPDATE payee SET verified_by = {who(spent.world.sue)}, verified_at = '2026-12-01 00:00:00'")
    assert checks.verify_ledger() == []
