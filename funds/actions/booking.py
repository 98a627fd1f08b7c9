"""How the postings of a step stand in the books: their day, their year, what a request gives back."""

from __future__ import annotations

from typing import Any

from core.errors import NotAllowed
from funds import ledger, queries, rules
from funds.actions.stepping import Step
from funds.ledger import LINE_ACCOUNTS, Draft, Kind
from funds.posting import Context, post
from funds.queries.payments import Booked
from funds.states import DIRECTOR, FISCAL

CASH_DAY = frozenset({Kind.PAY, Kind.UNPAY, Kind.REFUND_LATE})  # cash follows its own day, whatever year it is about
MAY_SOFT_CLOSED = frozenset({FISCAL, DIRECTOR})


def book(step: Step, draft: Draft, booked: Booked, *, part: str = "", **values: Any) -> int:
    """Post a draft about something booked earlier, and answer the posting's id.

    What touches its budget line is posted on a day of that line's year; cash, and what is about a closed year, today.
    A soft-closed month takes it where a fiscal approver or the director gives a reason: the step's own counts.
    """
    in_line = any(key.account in LINE_ACCOUNTS for move in draft.moves for key in (move.debit, move.credit))
    on = booked.day(step.today) if in_line and draft.kind not in CASH_DAY else step.today
    return post(step.identity, draft, books_context(step, part, **{"effective_on": on, **values}))


def books_context(step: Step, part: str = "", **values: Any) -> Context:
    """What stands beside a posting of a step; its day lies in the budget year of the request's line."""
    request, late_reason = step.request, step.late_reason or values.get("reason_code") or ""
    on = step.today
    if request.budget_line_id is not None:
        (year,) = queries.years_of_lines([request.budget_line_id])
        on = max(min(on, year.ends_on), year.starts_on)
    return Context(
        **{
            "fund_id": request.fund_id,
            "effective_on": on,
            "now": step.now,
            "key": step.posting_key(part),
            "fund_request_id": request.id,
            "late_reason": late_reason if step.roles & MAY_SOFT_CLOSED else None,
            **values,
        }
    )


def release_untouched(step: Step) -> int | None:
    """Give back all that a request holds, when nothing was vouchered or advanced; None when it holds nothing."""
    request = step.request
    money = queries.request_money([request.id])[request.id]
    decision = rules.decide_untouched(
        spent_cents=money.spent_cents,
        advanced_cents=money.advanced_cents,
        ever_spent_cents=money.ever_spent_cents,
    )
    if not decision.allowed:
        raise NotAllowed(*decision.reasons)
    if not money.held_cents:
        return None
    assert request.budget_line_id is not None
    return post(
        step.identity,
        ledger.release(request.budget_line_id, money.held_cents),
        books_context(step, "release"),
    )
