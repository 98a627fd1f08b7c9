"""The only writer of the books: `post()` inserts a posting with its transfers and moves the balances, or refuses.

It runs inside the caller's transaction and knows no state machine and no policy: `funds.actions` decides before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import insert, select, update

from core.clock import local_day
from core.db import current_config, db, is_writing, note_row
from core.errors import Conflict, NotAllowed, Sentence
from core.identity import Identity
from core.money import format_cents
from funds import ledger, queries
from funds.ledger import Account, Draft, Key, Kind
from funds.models import POSTING, AccountBalance, LedgerAccount, Posting, Transfer, posting_digest, row_name
from funds.queries import year_end

OTHER_PAYLOAD: Final = Sentence(
    "This form was sent before with other values. Open the page again and look at what was done."
)
ROLLBACK: Final = "rollback"
"""The reason of a mirror posting that undoes a year end."""
SOFT_CLOSED: Final = "soft_closed"
"""The reason of a posting into a soft-closed month that has no other; its words stand in the request's event."""
OUTSIDE_YEAR: Final = frozenset({Kind.PAY, Kind.UNPAY, Kind.REFUND_LATE, Kind.YEAR_END})
"""What may touch a line of another year than the posting's day: cash follows its own day (funds.md, 3)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """What stands beside the transfers of a posting."""

    fund_id: UUID
    effective_on: date
    now: datetime
    key: str
    fund_request_id: UUID | None = None
    evaluation_id: UUID | None = None
    voucher_id: UUID | None = None
    payment_id: UUID | None = None
    advance_id: UUID | None = None
    reverses_id: int | None = None
    reason_code: str | None = None
    late_reason: str | None = None  # of a fiscal approver, for a soft-closed month; None: the actor is none


def post(identity: Identity, draft: Draft, context: Context) -> int:
    """Write one posting and answer its id. The same key with the same content answers the first one's id.

    Raises NotAllowed with the figures when an account would fall below zero or the month is closed, Conflict when the
    key was used for something else. The posting's digest is noted for the trail's next event. Two statements, one per
    account touched, then one per table.
    """
    if not is_writing():
        raise RuntimeError("The books are written inside the transaction of an action.")
    payload = _digest(draft, context)
    session = db.session()
    there = session.execute(
        select(Posting.id, Posting.payload_sha256).where(Posting.idempotency_key == context.key)
    ).one_or_none()
    if there is not None:
        if there.payload_sha256 != payload:
            raise Conflict(OTHER_PAYLOAD)
        return int(there.id)
    _check_draft(draft, context)
    period_id, is_late = queries.lock_period(context.effective_on, late_reason=context.late_reason)
    ids = queries.account_ids(draft.moves)
    _check_years(draft, context)
    _move_balances(draft, ids)
    row = {
        "kind": str(draft.kind),
        "fund_id": context.fund_id,
        "fund_request_id": context.fund_request_id,
        "period_id": period_id,
        "effective_on": context.effective_on,
        "posted_at": context.now,
        "actor_id": identity.user_id,
        "actor_name": identity.name,
        "evaluation_id": context.evaluation_id,
        "reverses_id": context.reverses_id,
        "reason_code": context.reason_code or (SOFT_CLOSED if is_late else None),
        "idempotency_key": context.key,
        "payload_sha256": payload,
    }
    posting_id: int = session.execute(insert(Posting).values(row).returning(Posting.id)).scalar_one()
    transfers = [
        {
            "posting_id": posting_id,
            "seq": seq,
            "debit_id": ids[move.debit],
            "credit_id": ids[move.credit],
            "amount_cents": move.cents,
            "voucher_id": context.voucher_id,
            "payment_id": context.payment_id,
            "advance_id": context.advance_id,
        }
        for seq, move in enumerate(draft.moves, 1)
    ]
    session.execute(insert(Transfer), transfers)
    note_row(row_name(POSTING, posting_id), posting_digest({"id": posting_id, **row}, transfers))
    return posting_id


def open_accounts(*, budget_line_id: UUID | None = None, fund_id: UUID | None = None) -> None:
    """Make the ledger accounts of a new budget line or fund, each with a balance of zero."""
    if not is_writing():
        raise RuntimeError("The books are written inside the transaction of an action.")
    kinds = ledger.LINE_ACCOUNTS if budget_line_id is not None else ledger.FUND_ACCOUNTS
    for kind in kinds:
        account_id = db.session.execute(
            insert(LedgerAccount)
            .values(
                kind=str(kind),
                budget_line_id=budget_line_id,
                fund_id=fund_id,
                normal_side="credit" if kind in ledger.CREDIT_NORMAL else "debit",
            )
            .returning(LedgerAccount.id)
        ).scalar_one()
        db.session.execute(
            insert(AccountBalance).values(
                ledger_account_id=account_id, cents=0, non_negative=kind not in ledger.MAY_GO_BELOW_ZERO
            )
        )


def _check_draft(draft: Draft, context: Context) -> None:
    """A draft that breaks a law of the books, or hangs on nothing, is a bug and never a user's mistake."""
    if not draft.moves:
        raise ValueError("A posting has at least one transfer.")
    if ledger.imbalances(ledger.effects(draft.moves)):
        raise ValueError(f"A posting of kind {draft.kind} would leave a line out of balance.")
    if draft.kind in ledger.NEEDS_EVALUATION and context.evaluation_id is None:
        raise ValueError(f"A posting of kind {draft.kind} names the policy evaluation that allowed it.")


def _check_years(draft: Draft, context: Context) -> None:
    """A line takes postings of its own open year only; a year end and its roll-back touch two years."""
    if draft.kind in OUTSIDE_YEAR or _is_rollback(draft, context):
        return
    lines = {
        key.owner for move in draft.moves for key in (move.debit, move.credit) if key.account in ledger.LINE_ACCOUNTS
    }
    for year in queries.years_of_lines(lines):
        if not year.starts_on <= context.effective_on <= year.ends_on:
            raise NotAllowed(
                Sentence(
                    "This money stands in the budget year %(year)s, and the day is not in it. "
                    "Carry the request into the new year first.",
                    year=year.code,
                )
            )
        if year.status == "closed" or (
            year.ends_on < local_day(context.now, current_config().timezone)
            and year_end.is_rolled_over(context.fund_id, year.id)
        ):
            raise NotAllowed(
                Sentence("The budget year %(year)s is closed. Nothing more is posted to it.", year=year.code)
            )


def _is_rollback(draft: Draft, context: Context) -> bool:
    """True for the exact mirror of a posting of a year end, made by the roll-back of its whole run."""
    if draft.kind is not Kind.REVERSE or context.reverses_id is None or context.reason_code != ROLLBACK:
        return False
    original, moves = queries.get_moves(context.reverses_id)
    is_of_run = original.idempotency_key.startswith("rollover/") and Kind(original.kind) in ledger.ROLLED_BACK
    if not is_of_run or ledger.reverse(moves) != draft:
        raise ValueError("A roll-back mirrors the postings of a year end exactly.")
    return True


def _move_balances(draft: Draft, ids: Mapping[Key, int]) -> None:
    """Move each balance once, in ascending account id so that two postings never wait for each other in a ring."""
    changes = ledger.effects(draft.moves)
    for key in sorted(changes, key=lambda each: ids[each]):
        cents, account_id = changes[key], ids[key]
        statement = update(AccountBalance).where(AccountBalance.ledger_account_id == account_id)
        if cents < 0 and key.account not in ledger.MAY_GO_BELOW_ZERO:
            statement = statement.where(AccountBalance.cents >= -cents)
        moved: Any = db.session.execute(statement.values(cents=AccountBalance.cents + cents))
        if moved.rowcount != 1:
            raise NotAllowed(_too_little(*_named(changes, key)))


def _named(changes: Mapping[Key, int], refused: Key) -> tuple[Key, int]:
    """The account to name to people: what is left, where that is too little; else the one that refused."""
    for key, cents in changes.items():
        if key.account is Account.AVAILABLE and key.owner == refused.owner and queries.balance_of(key) < -cents:
            return key, -cents
    return refused, -changes[refused]


def _too_little(key: Key, wanted: int) -> Sentence:
    held = format_cents(queries.balance_of(key))
    line = queries.line_name(key.owner) if key.account in ledger.LINE_ACCOUNTS else ""
    if key.account is Account.AVAILABLE:
        return Sentence(
            "%(line)s has %(held)s left, and this asks for %(wanted)s. Ask for less, or have money moved to this line.",
            line=line,
            held=held,
            wanted=format_cents(wanted),
        )
    return Sentence(
        "%(line)s has %(held)s %(account)s, and this needs %(wanted)s. Look at the request again.",
        line=line,
        held=held,
        account=ACCOUNT_WORDS[key.account],
        wanted=format_cents(wanted),
    )


ACCOUNT_WORDS: Final[Mapping[Account, Sentence]] = {
    Account.APPROPRIATION: Sentence("appropriated"),
    Account.AVAILABLE: Sentence("left"),
    Account.ENCUMBERED: Sentence("held"),
    Account.EXPENDED: Sentence("spent"),
    Account.DISALLOWED: Sentence("disallowed"),
    Account.EXPENSE: Sentence("of expense"),
    Account.ADVANCES: Sentence("in advances"),
    Account.RECEIVABLE: Sentence("to recover"),
    Account.PAYABLE: Sentence("waiting for payment"),
    Account.CASH: Sentence("in cash"),
    Account.PRIOR_RECEIVABLE: Sentence("to recover from earlier years"),
    Account.REVENUE: Sentence("of revenue"),
    Account.PRIOR_RECOVERY: Sentence("recovered from earlier years"),
}


def _digest(draft: Draft, context: Context) -> str:
    """What makes two postings the same: everything but the moment and who pressed."""
    content = {
        "kind": str(draft.kind),
        "moves": [
            [*(str(part) for key in (move.debit, move.credit) for part in (key.account, key.owner)), move.cents]
            for move in draft.moves
        ],
        "fund": str(context.fund_id),
        "request": str(context.fund_request_id or ""),
        "reverses": context.reverses_id or 0,
        "voucher": str(context.voucher_id or ""),
        "advance": str(context.advance_id or ""),
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, separators=(",", ":")).encode()).hexdigest()
