"""What the fund decides beside its policy, at each edge: one cent, one day, one person more or less."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest

from core.errors import Bilingual, Decision
from funds import rules
from funds.policy import Evaluation, Finding, RuleKind, Severity
from funds.states import State

ME, AUTHOR, OTHER, PAYEE, PERSON = (UUID(int=number) for number in range(1, 6))
NOW = datetime(2026, 11, 18, 15, 0, tzinfo=UTC)
TODAY = date(2026, 11, 18)
SUE, FAY = frozenset({"supervisor"}), frozenset({"fiscal_approver"})
CLEAN = Evaluation((), (SUE,))


def said(decision: Decision) -> str:
    """Every sentence against it; empty when it is allowed."""
    return " | ".join(str(reason) for reason in decision.reasons)


def finding(severity: Severity) -> Finding:
    return Finding("cap", 1, ME, RuleKind.CAP_WINDOW, severity, "Too much.", "Demasiado.", remedy_en="Ask for less.")


BLOCKED = Evaluation((finding(Severity.BLOCK),), (SUE,))

# --- asking ---

SUBMIT = rules.SubmitFacts(
    cents=1, has_category=True, has_payee=True, has_method=True, has_item=True, has_line=True, goal_is_active=True,
    is_enrolled=True, is_author=True, statement="signed", evaluation=CLEAN,
)  # fmt: skip


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"cents": 0}, "Write the amount."),
        ({"has_category": False, "has_line": False}, "Choose what kind of purchase this is."),
        ({"has_payee": False}, "Choose who is to be paid."),
        ({"has_method": False}, "Choose how it is to be paid."),
        ({"has_item": False}, "Say what is to be bought."),
        ({"has_line": False}, "Nothing is budgeted for this kind of purchase this year. Ask the fiscal office."),
        ({"goal_is_active": False}, "This goal is not active. Choose one that the person works on now."),
        ({"is_enrolled": False}, "The fund buys for people who are enrolled. Enroll the person first."),
        ({"is_author": False}, "Take the draft over first: whoever sends it is its author."),
        ({"statement": None}, "Write down that the person agrees: signed, spoken, or online."),
        ({"statement": "declined"}, "The person declined this request, so it cannot be sent."),
        ({"statement": "online"}, ""),
        ({"evaluation": BLOCKED}, "Too much. Ask for less."),
        ({"evaluation": Evaluation((finding(Severity.EXCEPTION),), (SUE,))}, ""),  # an exception is for later
        ({"evaluation": Evaluation((finding(Severity.WARN),), (SUE,))}, ""),
    ],
)
def test_a_draft_is_sent_when_nothing_lacks(change: dict[str, Any], words: str) -> None:
    assert said(rules.decide_submit(replace(SUBMIT, **change))) == words


def test_a_finding_speaks_both_languages() -> None:
    sentence = rules.finding_sentence(finding(Severity.BLOCK))
    assert isinstance(sentence, Bilingual)
    assert sentence.by_language == {"en": "Too much. Ask for less.", "es": "Demasiado."}


def similar(**changes: Any) -> rules.Similar:
    return replace(rules.Similar("FR-1", TODAY, 100, True, True, False), **changes)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, "FR-1 of 2026-11-18 asks for the same amount in the same category"),
        ({"cents": 101}, ""),
        ({"same_person": False}, ""),
        ({"same_category": False}, ""),
        ({"same_category": False, "same_payee": True}, "FR-1 of today asks to pay the same payee"),
        ({"same_category": False, "same_payee": True, "number": ""}, "Another request of today asks to pay"),
        ({"same_category": False, "same_payee": True, "on": TODAY - timedelta(days=1)}, ""),
    ],
)
def test_what_may_be_asked_twice_is_named(change: dict[str, Any], words: str) -> None:
    found = [str(each) for each in rules.doubles(100, TODAY, [similar(**change)])]
    assert [each.startswith(words) for each in found] == ([True] if words else [])


@pytest.mark.parametrize(
    ("state", "author", "decided", "words"),
    [
        (State.DRAFT, "", 0, "The coordinator, to take the draft over"),
        (State.DRAFT, "Cal", 0, "Cal, to finish and send it"),
        (State.RETURNED, "Cal", 0, "Cal, to finish and send it"),
        (State.SUBMITTED, "Cal", 0, "a supervisor, to decide it (step 1 of 2)"),
        (State.SUBMITTED, "Cal", 1, "a fiscal approver, to decide it (step 2 of 2)"),
        (State.SUBMITTED, "Cal", 2, "a fiscal approver, to decide it (step 3 of 3)"),
        (State.PAID, "Cal", 0, "The coordinator for the receipt, then a reconciler"),
    ],
)
def test_whose_turn_it_is(state: State, author: str, decided: int, words: str) -> None:
    assert str(rules.holder(state, author=author, tiers=(SUE, FAY), decided=decided)) == words


def test_nobody_is_waited_for_without_tiers() -> None:
    found = rules.holder(State.SUBMITTED, author="Cal", tiers=(), decided=0)
    assert str(found) == "nobody, to decide it (step 1 of 1)"


# --- approving ---

APPROVE = rules.ApprovalFacts(
    actor_id=ME, roles=SUE, author_id=AUTHOR, started_by=AUTHOR, enrollee_user_id=PERSON, payee_user_id=PAYEE,
    earlier_actors=frozenset(), tiers=(SUE, FAY), decided=0, cents=100, most_cents=100, goal_is_active=True,
    evaluation=CLEAN, left_cents=100,
)  # fmt: skip
OWN = "Nobody decides their own request. Somebody else must look at it."
SELF = "Nobody decides a request for themselves or that pays themselves."
TWICE = "You decided an earlier step of this request. The next one is somebody else's."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"cents": 1}, ""),
        ({"cents": 0}, "Approve an amount above zero, or deny the request."),
        ({"cents": 101, "left_cents": 500},
         "At most $1.00 was asked for or allowed before. Approve that or less."),
        ({"most_cents": 99, "cents": 99}, ""),
        ({"left_cents": 99},
         "$0.99 is left in this budget line, and this asks for $1.00. Approve less, or have money moved to this line."),
        ({"left_cents": None},
         "Nothing is budgeted for this kind of purchase this year. Ask the fiscal office."),
        ({"goal_is_active": False}, "The goal is no longer active. Return the request to its author."),
        ({"evaluation": BLOCKED}, "Too much. Ask for less."),
        ({"evaluation": Evaluation((finding(Severity.EXCEPTION),), (SUE,))}, "Too much. Ask for less."),
        ({"first_verifier_id": ME},
         "You verified this payee, so somebody else approves the first payment to it."),
        ({"first_verifier_id": OTHER}, ""),
        ({"actor_id": None}, OWN),
        ({"author_id": ME}, OWN),
        ({"started_by": ME}, OWN),
        ({"earlier_actors": frozenset({OTHER})}, ""),
        ({"earlier_actors": frozenset({ME})}, TWICE),
        ({"enrollee_user_id": ME}, SELF),
        ({"payee_user_id": ME}, SELF),
        ({"enrollee_user_id": None, "payee_user_id": None}, ""),
        ({"roles": FAY}, "It waits for a supervisor now."),
        ({"decided": 1}, "It waits for a fiscal approver now."),
        ({"decided": 1, "roles": FAY}, ""),
        ({"decided": 2}, ""),
    ],
)  # fmt: skip
def test_an_approval_stands_on_duties_amount_and_policy(change: dict[str, Any], words: str) -> None:
    assert said(rules.decide_approve(replace(APPROVE, **change))) == words


def test_the_program_itself_approves_nothing_even_where_nobody_is_named() -> None:
    nobody = replace(APPROVE, actor_id=None, enrollee_user_id=None, payee_user_id=None)
    assert said(rules.decide_who(nobody)) == OWN


@pytest.mark.parametrize(
    ("actor", "seconds", "words"),
    [
        (ME, 600, ""),
        (ME, 601, "An approval can be taken back for 10 minutes. Cancel or amend the request instead."),
        (OTHER, 0, "Only who approved it can take the approval back."),
        (None, 0, "Only who approved it can take the approval back."),
    ],
)
def test_an_approval_is_taken_back_by_its_giver_in_time(actor: UUID | None, seconds: int, words: str) -> None:
    decision = rules.decide_take_back(
        actor_id=actor, approver_id=ME, approved_at=NOW, now=NOW + timedelta(seconds=seconds), minutes=10
    )
    assert said(decision) == words


def test_nobody_takes_back_what_nobody_approved() -> None:
    decision = rules.decide_take_back(actor_id=None, approver_id=None, approved_at=NOW, now=NOW, minutes=10)
    assert not decision.allowed


@pytest.mark.parametrize("touched", ["spent_cents", "advanced_cents", "ever_spent_cents"])
def test_what_was_vouchered_or_advanced_is_not_untouched(touched: str) -> None:
    clean = {"spent_cents": 0, "advanced_cents": 0, "ever_spent_cents": 0}
    assert rules.decide_untouched(**clean).allowed
    assert not rules.decide_untouched(**{**clean, touched: 1}).allowed


@pytest.mark.parametrize(
    ("days", "is_closed", "words"),
    [
        (30, False, ""),
        (31, False, "The 30 days for an appeal are over."),
        (0, True, "The appeal against this denial is decided. It is final."),
    ],
)
def test_a_denial_is_appealed_in_time(days: int, is_closed: bool, words: str) -> None:
    denied = TODAY - timedelta(days=days)
    assert said(rules.decide_appeal(denied_on=denied, today=TODAY, days=30, is_closed=is_closed)) == words


def test_without_a_denial_there_is_no_appeal() -> None:
    assert not rules.decide_appeal(denied_on=None, today=TODAY, days=30, is_closed=False).allowed


@pytest.mark.parametrize(
    ("actor", "words"),
    [
        (ME, ""),
        (OTHER, "You took part in the decision, so somebody else must review it."),
        (None, "You took part in the decision, so somebody else must review it."),
        (AUTHOR, "Who decided it supervises you, so somebody else must review it."),
    ],
)
def test_a_review_is_by_somebody_free(actor: UUID | None, words: str) -> None:
    assert said(rules.decide_review(actor_id=actor, deciders=[OTHER], subordinates=[AUTHOR])) == words


# --- paying and undoing ---

VOUCHER = rules.VoucherFacts(cents=100, free_cents=100, payee_is_verified=True, evaluation=CLEAN)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"cents": 1}, ""),
        ({"cents": 0}, "Write the amount of the invoice."),
        ({"cents": 101}, "$1.00 of this request is held and free. For more, ask for a supplement first."),
        ({"free_cents": -5}, "$0.00 of this request is held and free. For more, ask for a supplement first."),
        ({"payee_is_verified": False}, "This payee is not verified. A second person must verify it first."),
        ({"evaluation": BLOCKED}, "Too much. Ask for less."),
    ],
)
def test_a_voucher_stays_within_what_is_free(change: dict[str, Any], words: str) -> None:
    assert said(rules.decide_voucher(replace(VOUCHER, **change))) == words


PAY = rules.PayFacts(
    actor_id=ME, final_approvers=frozenset({OTHER}), approvers=frozenset({OTHER}), first_verifier_id=None,
    is_unpaid=True, cents=100, lane_cents=0,
)  # fmt: skip
LAST = "You approved this request last, so somebody else must pay it."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"is_unpaid": False}, "This voucher is paid or voided already. Nothing was paid twice."),
        ({"actor_id": None}, "A person pays, not the program."),
        ({"final_approvers": frozenset({ME})}, LAST),
        ({"final_approvers": frozenset({ME}), "lane_cents": 99}, LAST),
        ({"final_approvers": frozenset({ME}), "lane_cents": 100}, ""),
        ({"first_verifier_id": ME}, "You verified this payee, so somebody else makes the first payment to it."),
        ({"first_verifier_id": AUTHOR}, ""),
        ({"first_verifier_id": OTHER},
         "Who verified this payee approved this request too, and nothing was paid to it yet. "
         "Propose the payee again, and have somebody else verify it."),
    ],
)  # fmt: skip
def test_who_pays_neither_approved_last_nor_verified(change: dict[str, Any], words: str) -> None:
    assert said(rules.decide_pay(replace(PAY, **change))) == words


PAID = rules.Target(is_voucher=True, status="paid", cents=100, kept_cents=100, disallowed_cents=0)
ADVANCE = rules.Target(
    is_voucher=False, status="paid", cents=100, kept_cents=30, disallowed_cents=0, outstanding_cents=70
)


def test_a_target_is_whole_until_a_part_is_taken() -> None:
    assert PAID.is_whole
    assert not replace(PAID, kept_cents=99).is_whole
    assert not replace(PAID, disallowed_cents=1).is_whole


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (replace(PAID, status="unpaid"), ""),
        (PAID, "Only a voucher that is not paid yet can be corrected."),
        (replace(PAID, status="unpaid", is_voucher=False), "Only a voucher that is not paid yet can be corrected."),
        (replace(PAID, status="unpaid", is_late=True), "The budget year of this voucher is closed."),
    ],
)
def test_a_mistake_is_corrected_unpaid_in_its_year(target: rules.Target, words: str) -> None:
    found = said(rules.decide_correct(target))
    assert found.startswith(words) and bool(found) == bool(words)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        (PAID, ""),
        (replace(PAID, status="unpaid"), ""),
        (replace(PAID, status="void"), "This voucher is void already."),
        (replace(PAID, is_voucher=False), "This voucher is void already."),
        (replace(PAID, is_cleared=True), "The bank paid this out."),
        (replace(PAID, kept_cents=99), "Part of this voucher was refunded or disallowed."),
    ],
)
def test_a_voucher_is_voided_whole(target: rules.Target, words: str) -> None:
    found = said(rules.decide_void(target))
    assert found.startswith(words) and bool(found) == bool(words)


def test_a_payment_fails_once_and_whole() -> None:
    assert rules.decide_failed(PAID, payment_status="issued").allowed
    for status in ("failed", "void"):
        assert "already" in said(rules.decide_failed(PAID, payment_status=status))
    partly = replace(PAID, disallowed_cents=1)
    assert "Enter a refund" in said(rules.decide_failed(partly, payment_status="issued"))


@pytest.mark.parametrize(
    ("decide", "target", "most", "words"),
    [
        (rules.decide_refund, PAID, 100, "At most $1.00 of it can come back."),
        (rules.decide_refund, replace(PAID, kept_cents=40, disallowed_cents=60), 40, "At most $0.40"),
        (rules.decide_refund, ADVANCE, 30, "At most $0.30 of it can come back."),
        (rules.decide_disallow, PAID, 100, "At most $1.00 of it can be disallowed."),
        (rules.decide_disallow, ADVANCE, 70, "At most $0.70 of it can be disallowed."),
        (rules.decide_disallow, replace(ADVANCE, outstanding_cents=0), 30, "At most $0.30"),
        (rules.decide_settle, replace(PAID, kept_cents=40, disallowed_cents=60), 60, "$0.60 of it is to be recovered."),
    ],
)
def test_no_more_is_undone_than_stands(decide: Any, target: rules.Target, most: int, words: str) -> None:
    assert decide(target, 1).allowed and decide(target, most).allowed
    assert said(decide(target, most + 1)).startswith(words)
    assert said(decide(target, 0)) == "Write the amount."


def test_nothing_comes_back_of_what_was_not_paid() -> None:
    unpaid = replace(PAID, status="unpaid")
    assert "Nothing was paid on this voucher" in said(rules.decide_refund(unpaid, 1))
    assert "Void it instead" in said(rules.decide_disallow(unpaid, 1))
    assert said(rules.decide_refund(replace(PAID, kept_cents=-5), 1)) == "At most $0.00 of it can come back."


# --- advances, cards, receipts ---

ADVANCE_FACTS = rules.AdvanceFacts(
    actor_id=ME, holder_id=OTHER, enrollee_user_id=PERSON, cents=100, free_cents=100, holder_is_overdue=False,
    needs_instrument=True, instrument_cents=100, has_instrument=True, instrument_is_in=True, evaluation=CLEAN,
)  # fmt: skip
HANDS = "Nobody hands money or a card to themselves. Choose another holder."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"cents": 0, "instrument_cents": None}, "Write the amount."),
        ({"cents": 1, "instrument_cents": None}, ""),
        ({"cents": 101, "instrument_cents": None}, "$1.00 of this request is held and free."),
        ({"actor_id": OTHER}, HANDS),
        ({"actor_id": None}, HANDS),
        ({"holder_id": PERSON}, "The fund gives no money to the person directly."),
        ({"holder_is_overdue": True}, "This holder has a receipt that is 30 days overdue"),
        ({"has_instrument": False, "instrument_is_in": False, "instrument_cents": None}, "Choose the card or pass"),
        ({"instrument_is_in": False}, "This card or pass is not in the safe now"),
        ({"instrument_cents": 99}, "This card or pass is worth $0.99: that is what goes out."),
        ({"instrument_cents": None}, ""),
        ({"needs_instrument": False, "has_instrument": False, "instrument_is_in": False, "instrument_cents": None}, ""),
        ({"evaluation": BLOCKED}, "Too much."),
    ],
)
def test_an_advance_goes_out_to_somebody_else_from_the_register(change: dict[str, Any], words: str) -> None:
    found = said(rules.decide_advance(replace(ADVANCE_FACTS, **change)))
    assert found.startswith(words) and bool(found) == bool(words)


def test_a_card_moves_between_two_people_in_its_order() -> None:
    order = ("received", "issued", "acknowledged", "receipted", "returned", "lost", "counted")
    states = ("bought", *order)
    allowed = {
        (event, state)
        for event in order
        for state in states
        if rules.decide_custody(state=state, event=event, actor_id=ME, other_id=OTHER).allowed
    }
    assert allowed == {
        ("received", "bought"), ("issued", "received"), ("issued", "returned"), ("acknowledged", "issued"),
        ("receipted", "issued"), ("receipted", "acknowledged"), ("returned", "issued"), ("returned", "acknowledged"),
        ("lost", "bought"), ("lost", "received"), ("lost", "issued"), ("lost", "acknowledged"), ("lost", "returned"),
        ("counted", "received"), ("counted", "returned"),
    }  # fmt: skip
    for pair in ((ME, ME), (None, ME), (ME, None)):
        one, other = pair
        found = rules.decide_custody(state="bought", event="received", actor_id=one, other_id=other)
        assert "Two people take part" in said(found)
    assert not rules.decide_custody(state="bought", event="eaten", actor_id=ME, other_id=OTHER).allowed


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"is_signed": True}, "This affidavit is signed already."),
        ({"actor_id": OTHER}, "Who lost the receipt and who signs for it are two people."),
        ({"actor_id": None}, "Who lost the receipt and who signs for it are two people."),
        ({"earlier": 1}, ""),
        ({"earlier": 2}, "This is more than 2 in 12 months, so the director must sign it."),
        ({"earlier": 2, "roles": ["director"]}, ""),
        ({"roles": ["director"]}, ""),
        ({"roles": ["payer"]}, "Only a supervisor or the director signs an affidavit."),
    ],
)
def test_an_affidavit_is_signed_by_a_supervisor_then_the_director(change: dict[str, Any], words: str) -> None:
    values = {"actor_id": ME, "holder_id": OTHER, "roles": ["supervisor"], "earlier": 0, "is_signed": False, **change}
    assert said(rules.decide_countersign(**values)) == words


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"kind": "invoice"}, ""),
        ({"kind": "quote"}, "This paper is no receipt, invoice or affidavit."),
        ({"kind": "affidavit"}, "This affidavit is not signed by a second person yet."),
        ({"kind": "affidavit", "is_countersigned": True}, ""),
        ({"total_cents": None}, "Nobody wrote what this paper adds up to. Write its total first."),
        ({"status": "void"}, "This voucher is void already."),
        ({"cents": 0}, "Write the amount."),
        ({"cents": 1, "used_cents": 99}, ""),
        ({"cents": 2, "used_cents": 99}, "$0.01 of this paper is not used yet."),
    ],
)
def test_a_paper_counts_for_what_it_says(change: dict[str, Any], words: str) -> None:
    values = {"kind": "receipt", "total_cents": 100, "used_cents": 0, "cents": 100, "is_countersigned": False,
              "status": "paid", **change}  # fmt: skip
    assert said(rules.decide_receipt(**values)) == words


FINISH = rules.ReconcileFacts(
    actor_id=ME, payers=frozenset({OTHER}), paid_cents=100, receipts_cents=100, advanced_cents=0, payable_cents=0,
    needs_ratification=False, unmatched_payments=0,
)  # fmt: skip
THIRD = "The approver paid this one, so a third person must review it."


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({}, ""),
        ({"receipts_cents": 101}, ""),
        ({"receipts_cents": 99}, "Receipts cover $0.99 of $1.00. Add receipts or an affidavit."),
        ({"actor_id": OTHER}, "Who paid does not reconcile. Somebody else must finish this request."),
        ({"actor_id": None}, "Who paid does not reconcile. Somebody else must finish this request."),
        ({"needs_third_review": True, "approvers": frozenset({ME})}, THIRD),
        ({"needs_third_review": True, "approvers": frozenset({OTHER})}, ""),
        ({"approvers": frozenset({ME})}, ""),
        ({"advanced_cents": 1}, "$0.01 of an advance is neither covered by receipts nor returned."),
        ({"payable_cents": 1}, "$0.01 is still to be paid."),
        ({"needs_ratification": True}, "The emergency approval must be ratified first."),
        ({"unmatched_payments": 1},
         "A payment is not matched to the bank yet. Import the bank file and match it."),
    ],
)  # fmt: skip
def test_a_request_is_finished_when_all_agrees(change: dict[str, Any], words: str) -> None:
    assert said(rules.decide_reconcile(replace(FINISH, **change))) == words


@pytest.mark.parametrize(
    ("days", "holidays", "reached"),
    [
        (0, [], date(2026, 11, 18)),
        (1, [], date(2026, 11, 19)),
        (2, [], date(2026, 11, 20)),
        (3, [], date(2026, 11, 23)),
        (3, [date(2026, 11, 23)], date(2026, 11, 24)),
        (5, [date(2026, 11, 26)], date(2026, 11, 25)),
        (6, [date(2026, 11, 26)], date(2026, 11, 27)),
    ],
)
def test_business_days_skip_weekends_and_holidays(days: int, holidays: list[date], reached: date) -> None:
    assert rules.business_days_after(TODAY, days, holidays) == reached
