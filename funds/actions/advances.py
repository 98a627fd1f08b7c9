"""Money or a card that goes out before receipts: issued, covered by receipts, returned. A part is disallowed by two."""

from __future__ import annotations

from datetime import datetime
from typing import Final
from uuid import UUID

import accounts.queries
from core.clock import now_utc
from core.db import db, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity
from core.money import format_cents
from funds import ledger, policy, queries, rules
from funds.actions import stepping
from funds.actions.booking import book, books_context
from funds.actions.contents import MOST_CENTS
from funds.actions.custody import move
from funds.actions.payments import receipt_day
from funds.actions.stepping import Step, begin, finish
from funds.models import Advance, Instrument
from funds.posting import OTHER_PAYLOAD, post
from funds.queries import facts, payments
from funds.queries.payments import Booked
from funds.states import Action

METHODS: Final = ("card", "gift_card", "pass", "petty_cash")
INSTRUMENTS: Final = ("card", "gift_card", "pass")  # these are of the custody register
HOLDER_ROLES: Final = frozenset({"coordinator", "supervisor", "mentor", "fiscal_approver", "payer", "director"})


@rerun
def issue_advance(
    identity: Identity,
    *,
    request_id: UUID,
    row_version: int,
    advance_id: UUID,
    method: str,
    cents: int,
    holder_id: UUID,
    key: str,
    instrument_id: UUID | None = None,
    late_reason: str = "",
    now: datetime | None = None,
) -> UUID:
    """Hand money, a card or a pass to a holder before the purchase; it stays encumbered until receipts cover it (P12).

    Raises NotAllowed with every sentence against it: a receipt that is overdue, a card that is not in the register.
    """
    now = now or now_utc()
    if method not in METHODS:
        raise InvalidInput("method", Sentence("Choose how the money goes out."))
    if not 0 < cents <= MOST_CENTS:
        raise InvalidInput("cents", Sentence("Write the amount."))
    with transaction() as session:
        step = begin(
            identity,
            request_id=request_id,
            action=Action.ISSUE_ADVANCE,
            row_version=row_version,
            key=key,
            payload={
                "advance": advance_id,
                "method": method,
                "cents": cents,
                "holder": holder_id,
                "instrument": instrument_id or "",
            },
            now=now,
            locks_spending=True,
            late_reason=late_reason,
        )
        if step.is_repeat:
            return advance_id
        request = step.request
        if session.get(Advance, advance_id) is not None:
            raise Conflict(OTHER_PAYLOAD)
        stepping.count_up(f"holder:{holder_id}")  # two advances at once cannot both find that nothing is overdue
        _check_holder(holder_id)
        if request.budget_line_id is None:
            raise NotAllowed(Sentence("This request holds no money."))
        instrument = _locked_instrument(instrument_id, request.fund_id) if instrument_id else None
        texts = stepping.open_texts(request)
        evaluation = stepping.evaluate(
            request, texts, policy.Step.ADVANCE, cents=cents, now=now, method=method, holder_id=holder_id
        )
        money = queries.request_money([request_id])[request_id]
        stepping.require(
            rules.decide_advance(
                rules.AdvanceFacts(
                    actor_id=identity.user_id,
                    holder_id=holder_id,
                    enrollee_user_id=step.enrollee.user_id,
                    cents=cents,
                    free_cents=money.free_cents,
                    holder_is_overdue=facts.is_overdue(holder_id, step.today),
                    needs_instrument=method in INSTRUMENTS,
                    instrument_cents=instrument.value_cents if instrument and method != "card" else None,
                    has_instrument=instrument is not None,
                    instrument_is_in=instrument is not None
                    and instrument.kind == method
                    and instrument.state in rules.IN_THE_SAFE,
                    evaluation=evaluation,
                )
            )
        )
        evaluation_id = stepping.store_evaluation(request, evaluation, policy.Step.ADVANCE, cents=cents, now=now)
        session.add(
            Advance(
                id=advance_id,
                fund_request_id=request_id,
                seq=payments.next_number(Advance.seq, Advance.fund_request_id == request_id),
                cents=cents,
                method=method,
                holder_id=holder_id,
                instrument_id=instrument_id,
                issued_on=step.today,
                due_on=receipt_day(step.today, evaluation),
                issued_by=identity.user_id,
            )
        )
        session.flush()
        if instrument is not None:
            move(identity, instrument, "issued", other_id=holder_id, now=now, advance_id=advance_id)
            instrument.holder_id = holder_id
        posting_id = post(
            identity,
            ledger.advance(request.budget_line_id, cents, fund=request.fund_id),
            books_context(step, evaluation_id=evaluation_id, advance_id=advance_id),
        )
        request.paid_at = request.paid_at or now
        finish(step, posting_id=posting_id, cents=cents, advance=str(advance_id), method=method)
    return advance_id


@rerun
def substantiate(
    identity: Identity,
    *,
    advance_id: UUID,
    row_version: int,
    cents: int,
    key: str,
    now: datetime | None = None,
) -> None:
    """Count accepted receipts of an advance as spending (P13); never more than was accepted, nor than is out."""
    now = now or now_utc()
    with transaction():
        step, advance, booked, target = _begin(identity, advance_id, Action.SUBSTANTIATE, row_version, key, cents, now)
        if step.is_repeat:
            return
        accepted = payments.receipts_cents(advance_id=advance_id) - payments.substantiated_cents(advance_id)
        most = min(accepted, target.outstanding_cents)
        if not 0 < cents <= most:
            raise InvalidInput(
                "cents",
                Sentence(
                    "Accepted receipts cover %(most)s more of this advance. Accept a receipt first, or count less.",
                    most=format_cents(max(0, most)),
                ),
            )
        posting_id = book(step, ledger.substantiate(booked.line_id, cents), booked, advance_id=advance_id)
        _close(step, advance, target.outstanding_cents - cents)
        finish(step, posting_id=posting_id, cents=cents, advance=str(advance_id))


@rerun
def return_advance(
    identity: Identity,
    *,
    advance_id: UUID,
    row_version: int,
    cents: int,
    key: str,
    now: datetime | None = None,
) -> None:
    """Take back what was not spent of an advance: it is available again (P14)."""
    now = now or now_utc()
    with transaction():
        step, advance, booked, target = _begin(
            identity, advance_id, Action.RETURN_ADVANCE, row_version, key, cents, now
        )
        if step.is_repeat:
            return
        if not 0 < cents <= target.outstanding_cents:
            raise InvalidInput(
                "cents", Sentence("%(most)s of this advance is out.", most=format_cents(target.outstanding_cents))
            )
        draft = ledger.return_advance(booked.line_id, cents, fund=step.request.fund_id)
        posting_id = book(step, draft, booked, advance_id=advance_id)
        _close(step, advance, target.outstanding_cents - cents)
        money = queries.request_money([step.request.id])[step.request.id]
        finish(step, money=money, posting_id=posting_id, cents=cents, advance=str(advance_id))


def _begin(
    identity: Identity, advance_id: UUID, action: Action, row_version: int, key: str, cents: int, now: datetime
) -> tuple[Step, Advance, Booked, rules.Target]:
    advance = payments.get_advance(identity, advance_id, now)
    step = begin(
        identity,
        request_id=advance.fund_request_id,
        action=action,
        row_version=row_version,
        key=key,
        payload={"advance": advance_id, "cents": cents},
        now=now,
    )
    booked = payments.booked_advance(advance_id)
    return step, advance, booked, payments.advance_target(advance, booked)


def _close(step: Step, advance: Advance, left_cents: int) -> None:
    """When nothing of an advance is out any more, its card or pass is done with: used up, or whole back in the safe."""
    if left_cents or advance.instrument_id is None:
        return
    instrument = _locked_instrument(advance.instrument_id, step.request.fund_id)
    if instrument.state not in ("issued", "acknowledged"):
        return
    db.session.flush()
    is_back = payments.substantiated_cents(advance.id) == 0 or instrument.kind == "card"
    event = "returned" if is_back else "receipted"
    move(step.identity, instrument, event, other_id=advance.holder_id, now=step.now, advance_id=advance.id)
    instrument.holder_id = None


def _check_holder(holder_id: UUID) -> None:
    wrong = InvalidInput("holder", Sentence("Choose somebody of the staff who takes it."))
    try:
        account = accounts.queries.get_account(holder_id)
    except NotFound as error:
        raise wrong from error
    if not account.active or not account.roles & HOLDER_ROLES:
        raise wrong


def _locked_instrument(instrument_id: UUID, fund_id: UUID) -> Instrument:
    found = db.session.get(Instrument, instrument_id, populate_existing=True, with_for_update=True)
    if found is None or found.fund_id != fund_id:
        raise InvalidInput("instrument", Sentence("Choose the card or pass from the register."))
    return found
