"""I4–I6, I12–I17 of requests: what their rows say against what the replayed postings make; no sum is taken on trust."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any, Final
from uuid import UUID

from sqlalchemy import select

from core.db import db
from core.money import format_cents
from funds.checks.replay import NEEDS_RULES, Ledger
from funds.models import (
    Advance,
    Category,
    FundRequest,
    FundRequestEvent,
    Payment,
    PolicyEvaluation,
    Posting,
    Voucher,
)
from funds.queries import proofs

MAY_HOLD: Final = frozenset({"approved", "voucher", "paid"})
HELD_BY: Final = ("hold", "hold_more")


def check_requests(ledger: Ledger, problems: list[str]) -> None:
    """Every request, voucher, payment and advance against the books."""
    rows = {
        row.id: row
        for row in db.session.execute(
            select(
                FundRequest.id,
                FundRequest.number,
                FundRequest.status,
                FundRequest.approved_cents,
                FundRequest.requested_cents,
                FundRequest.budget_line_id,
                FundRequest.category_id,
            )
        )
    }
    _check_lines(ledger, rows, problems)
    _check_holds(ledger, rows, problems)
    vouchers = {row.id: row for row in db.session.execute(select(Voucher)).scalars()}
    _check_vouchers(ledger, rows, vouchers, problems)
    _check_payments(ledger, rows, vouchers, problems)
    _check_advances(ledger, rows, problems)
    _check_reversals(problems)
    _check_evaluations(problems)
    problems.extend(f"I12: {number} {why}." for number, why in proofs.misplaced_goals())


def _check_lines(ledger: Ledger, rows: dict[UUID, Any], problems: list[str]) -> None:
    """I4 and I13: a line's encumbrance and expense are its requests', whatever they are grouped by."""
    by_line = ledger.by_line()
    for owner, line in sorted(by_line.items()):
        for kind, number, words in (("encumbered", "I4", "holds"), ("expense", "I13", "spent")):
            theirs = ledger.lines_of[owner, kind]
            if line.get(kind, 0) != theirs:
                problems.append(
                    f"{number}: {ledger.names.get(owner, owner)} {words} {format_cents(line.get(kind, 0))}, "
                    f"requests {format_cents(theirs)}."
                )
    tops = {row.id: row.parent_id or row.id for row in db.session.execute(select(Category.id, Category.parent_id))}
    lines = proofs.categories_of_lines()
    for request_id in ledger.requests:
        row = rows.get(request_id)
        if row is None:
            problems.append(f"I13: postings name the request {request_id}, which is gone.")
        elif row.budget_line_id is None or tops.get(row.category_id) != lines.get(row.budget_line_id):
            problems.append(f"I13: {row.number} is spent from a line that is not its category's.")


def _check_holds(ledger: Ledger, rows: dict[UUID, Any], problems: list[str]) -> None:
    """I5: what was promised is what approvals say, and all of it is used, freed or open."""
    approved = _approved_by_events()
    for request_id, row in rows.items():
        sums = ledger.requests.get(request_id, {})
        opened = sums.get("encumbered", 0)
        advanced = sums.get("advances", 0)
        if opened < 0 or opened < advanced:
            problems.append(
                f"I5: {row.number} holds {format_cents(opened)} with {format_cents(advanced)} out in advances."
            )
        if opened and row.status not in MAY_HOLD:
            problems.append(f"I4: {row.number} is {row.status} and still holds {format_cents(opened)}.")
        if opened > (row.approved_cents or 0):
            problems.append(
                f"I5: {row.number} holds {format_cents(opened)}, approved {format_cents(row.approved_cents or 0)}."
            )
        if (row.approved_cents or 0) > row.requested_cents:
            problems.append(
                f"I5: {row.number} is approved for {format_cents(row.approved_cents or 0)}, "
                f"asked {format_cents(row.requested_cents)}."
            )
        held = approved.get(request_id)
        if row.status in MAY_HOLD and held is not None and held != row.approved_cents:
            problems.append(
                f"I5: {row.number} is approved for {format_cents(row.approved_cents or 0)}, its approvals held "
                f"{format_cents(held)}."
            )
        if sums.get("payable", 0) > 0 or sums.get("expense", 0) < 0 or sums.get("receivable", 0) < 0:
            problems.append(f"I5: {row.number} paid, refunded or recovered more than it had.")
        if row.status == "approved" and not opened:
            problems.append(f"I5: {row.number} is approved and holds nothing.")


def _approved_by_events() -> dict[UUID, int]:
    """What the approvals of each request's last approved version held, from its events and their postings."""
    rows = db.session.execute(
        select(
            FundRequestEvent.fund_request_id,
            FundRequestEvent.version,
            FundRequestEvent.action,
            FundRequestEvent.amount_cents,
        ).where(
            FundRequestEvent.posting_id.is_not(None),
            FundRequestEvent.action.in_(("approve_final", "approve_emergency", "approve_supplement")),
        )
    )
    by_version: dict[UUID, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for row in rows:
        by_version[row.fund_request_id][row.version] += row.amount_cents or 0
    return {request_id: versions[max(versions)] for request_id, versions in by_version.items()}


def _check_vouchers(ledger: Ledger, rows: dict[UUID, Any], vouchers: dict[UUID, Any], problems: list[str]) -> None:
    """I5, I6, I17: each voucher was recognized once, and its status is what its postings make."""
    payable: dict[UUID, int] = defaultdict(int)
    for voucher_id, row in vouchers.items():
        name = _voucher_name(rows, row)
        sums = ledger.vouchers.get(voucher_id, {})
        made = sums.get("voucher expense", 0)
        if made != row.cents:
            problems.append(f"I6: {name} is for {format_cents(row.cents)}, postings made it {format_cents(made)}.")
        owed = -sums.get("payable", 0)
        wanted = row.cents if row.status == "unpaid" else 0
        if owed != wanted:
            problems.append(f"I17: {name} is {row.status}, and the books owe {format_cents(owed)} for it.")
        left = sums.get("expense", 0) + sums.get("receivable", 0) - sums.get("refund_late payable", 0)
        if row.status == "void" and left:
            problems.append(f"I6: {name} is void, and {format_cents(left)} of it is still spent.")
        if row.status == "unpaid":
            payable[ledger.places.get(voucher_id, voucher_id)] += row.cents
    for owner, line in ledger.by_line().items():
        if line.get("payable", 0) != payable.get(owner, 0):
            problems.append(
                f"I17: {ledger.names.get(owner, owner)} owes {format_cents(line.get('payable', 0))}, unpaid vouchers "
                f"{format_cents(payable.get(owner, 0))}."
            )
    gone = [voucher_id for voucher_id in ledger.vouchers if voucher_id not in vouchers]
    problems.extend(f"I6: postings name the voucher {voucher_id}, which is gone." for voucher_id in sorted(gone))


def _check_payments(ledger: Ledger, rows: dict[UUID, Any], vouchers: dict[UUID, Any], problems: list[str]) -> None:
    """I6: a payment left once, came back at most once, and a voucher has one payment that stands."""
    issued: Counter[UUID] = Counter()
    paid: dict[UUID, int] = defaultdict(int)
    for row in db.session.execute(select(Payment)).scalars():
        sums = ledger.payments.get(row.id, {})
        out, back = -sums.get("pay cash", 0), sums.get("unpay cash", 0)
        name = f"payment {row.bank_account} {row.number}"
        if out != row.cents:
            problems.append(f"I6: {name} is for {format_cents(row.cents)}, postings paid {format_cents(out)}.")
        wanted = 0 if row.status == "issued" else row.cents
        if back != wanted:
            problems.append(f"I6: {name} is {row.status}, and {format_cents(back)} of it came back.")
        issued[row.voucher_id] += row.status == "issued"
        voucher = vouchers.get(row.voucher_id)
        if voucher is None or voucher.cents != row.cents:
            problems.append(f"I6: {name} is not for the amount of its voucher.")
        if voucher is not None and row.status == "issued":
            paid[voucher.fund_request_id] += row.cents
    for request_id, sums in ledger.requests.items():
        net = -sums.get("pay cash", 0) - sums.get("unpay cash", 0)
        if net != paid.get(request_id, 0):
            problems.append(
                f"I5: postings paid {format_cents(net)} of {_number(rows, request_id)}, its payments are "
                f"{format_cents(paid.get(request_id, 0))}."
            )
    for voucher_id, row in vouchers.items():
        wanted = 1 if row.status == "paid" else 0
        if issued[voucher_id] != wanted:
            problems.append(
                f"I6: {_voucher_name(rows, row)} is {row.status} and has {issued[voucher_id]} payments that stand."
            )


def _check_advances(ledger: Ledger, rows: dict[UUID, Any], problems: list[str]) -> None:
    """I17: what lines have out in advances is what their advances have not covered."""
    outstanding: dict[UUID, int] = defaultdict(int)
    given_by: dict[UUID, int] = defaultdict(int)
    for row in db.session.execute(select(Advance)).scalars():
        sums = ledger.advances.get(row.id, {})
        name = f"advance {row.seq} of {_number(rows, row.fund_request_id)}"
        given = sums.get("advance advances", 0)
        if given != row.cents:
            problems.append(f"I6: {name} is for {format_cents(row.cents)}, postings gave {format_cents(given)}.")
        if not 0 <= sums.get("advances", 0) <= row.cents:
            problems.append(f"I17: {name} has {format_cents(sums.get('advances', 0))} outstanding.")
        given_by[row.fund_request_id] += row.cents
        outstanding[ledger.places.get(row.id, row.id)] += sums.get("advances", 0)
    for owner, line in ledger.by_line().items():
        if line.get("advances", 0) != outstanding.get(owner, 0):
            problems.append(
                f"I17: {ledger.names.get(owner, owner)} has {format_cents(line.get('advances', 0))} in advances, "
                f"its advances {format_cents(outstanding.get(owner, 0))}."
            )

    for request_id, sums in ledger.requests.items():
        if -sums.get("advance cash", 0) != given_by.get(request_id, 0):
            problems.append(
                f"I5: postings advanced {format_cents(-sums.get('advance cash', 0))} of {_number(rows, request_id)}, "
                f"its advances are {format_cents(given_by.get(request_id, 0))}."
            )


def _check_reversals(problems: list[str]) -> None:
    """I6: a reversal is the exact mirror of what it names, and each is reversed once."""
    reversed_times: Counter[int] = Counter()
    for reversal_id, original_id, mine, theirs in proofs.reversals():
        reversed_times[original_id] += 1
        if mine != theirs:
            problems.append(f"I6: posting {reversal_id} does not mirror posting {original_id}.")
    for original_id, times in reversed_times.items():
        if times > 1:
            problems.append(f"I6: posting {original_id} is reversed {times} times.")


def _check_evaluations(problems: list[str]) -> None:
    """I16: the evaluation beside a hold, voucher or advance is that request's, of that step, and for enough."""
    rows = db.session.execute(
        select(
            Posting.id,
            Posting.kind,
            Posting.fund_request_id,
            PolicyEvaluation.fund_request_id.label("judged"),
            PolicyEvaluation.step,
        )
        .join(PolicyEvaluation, PolicyEvaluation.id == Posting.evaluation_id)
        .where(Posting.kind.in_(tuple(NEEDS_RULES)))
        .execution_options(yield_per=5000)
    )
    for row in rows:
        if row.judged != row.fund_request_id or row.step != NEEDS_RULES[row.kind]:
            problems.append(f"I16: posting {row.id} ({row.kind}) names an evaluation of something else.")
    statement = select(
        PolicyEvaluation.id,
        PolicyEvaluation.findings,
        PolicyEvaluation.tiers,
        PolicyEvaluation.cents,
        PolicyEvaluation.digest,
    ).execution_options(yield_per=1000)
    for row in db.session.execute(statement):
        if proofs.evaluation_digest(row.findings, row.tiers, row.cents) != row.digest:
            problems.append(f"I16: the policy evaluation {row.id} was changed after it was made.")


def _voucher_name(rows: dict[UUID, Any], voucher: Any) -> str:
    return f"voucher {voucher.seq} of {_number(rows, voucher.fund_request_id)}"


def _number(rows: dict[UUID, Any], request_id: UUID) -> str:
    return str(rows[request_id].number) if request_id in rows else f"request {request_id}"
