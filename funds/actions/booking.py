"""Posting about a voucher or advance that stands in the books: in its own line and year, whichever it is by now."""

from __future__ import annotations

from typing import Any

from funds.actions.requests import books_context
from funds.actions.stepping import Step
from funds.ledger import LINE_ACCOUNTS, Draft, Kind
from funds.posting import post
from funds.queries.payments import Booked

CASH_DAY = frozenset({Kind.PAY, Kind.UNPAY, Kind.REFUND_LATE})  # cash follows its own day, whatever year it is about


def book(step: Step, draft: Draft, booked: Booked, *, part: str = "", **values: Any) -> int:
    """Post a draft about something booked earlier, and answer the posting's id.

    What touches its budget line is posted on a day of that line's year; cash, and what is about a closed year, today.
    """
    in_line = any(key.account in LINE_ACCOUNTS for move in draft.moves for key in (move.debit, move.credit))
    on = booked.day(step.today) if in_line and draft.kind not in CASH_DAY else step.today
    return post(step.identity, draft, books_context(step, part, **{"effective_on": on, **values}))
