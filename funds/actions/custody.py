"""The register of cards and passes, from purchase: who had each one when; two people at each change of hands.

A number is never kept: its last four digits, and a keyed hash by which the same card is known again.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import select

import accounts.queries
from audit import actions as trail
from audit.rules import EventKind
from core.clock import now_utc
from core.db import current_config, db, rerun, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity, Permission
from funds import queries, rules
from funds.actions import stepping
from funds.actions.contents import MOST_CENTS
from funds.models import CustodyEvent, Instrument
from funds.posting import OTHER_PAYLOAD
from funds.queries import payments

KINDS: Final = ("gift_card", "pass", "card")
KEEPERS: Final = (Permission.RECOGNIZE_SPENDING, Permission.PAY_VOUCHERS, Permission.RECONCILE_SPENDING)
WITNESS_ROLES: Final = frozenset({"fiscal_approver", "payer", "reconciler", "director", "supervisor"})


@rerun
def buy_instrument(
    identity: Identity,
    *,
    instrument_id: UUID,
    fund_id: UUID,
    kind: str,
    label: str,
    number: str,
    value_cents: int,
    second_id: UUID,
    now: datetime | None = None,
) -> UUID:
    """Enter a card or pass that was bought, with a witness. Same id twice: one card; a known number is refused."""
    now = now or now_utc()
    if not identity.may(Permission.RECOGNIZE_SPENDING):
        raise NotAllowed(Sentence("Your role does not allow this."))
    digits = "".join(letter for letter in number.upper() if letter.isalnum())
    if kind not in KINDS:
        raise InvalidInput("kind", Sentence("Choose what it is."))
    if not label.strip():
        raise InvalidInput("label", Sentence("Write what it is for people, like “Grocery card”."))
    if not 6 <= len(digits) <= 40:
        raise InvalidInput("number", Sentence("Write the whole number of the card or pass. It is not kept."))
    if not 0 <= value_cents <= MOST_CENTS or (kind != "card" and not value_cents):
        raise InvalidInput("value", Sentence("Write what it is worth."))
    with transaction() as session:
        queries.get_fund(fund_id)
        there = session.get(Instrument, instrument_id)
        hashed = hash_number(digits)
        if there is not None:
            if there.number_hash != hashed:
                raise Conflict(OTHER_PAYLOAD)
            return instrument_id
        if session.scalar(select(Instrument.id).where(Instrument.number_hash == hashed)) is not None:
            raise InvalidInput("number", Sentence("This card or pass stands in the register already."))
        _check_second(identity, second_id)
        instrument = Instrument(
            id=instrument_id,
            fund_id=fund_id,
            kind=kind,
            label=label.strip(),
            last4=digits[-4:],
            number_hash=hashed,
            value_cents=value_cents,
            state="bought",
        )
        session.add(instrument)
        session.flush()
        _append(identity, instrument, "bought", other_id=second_id, now=now)
    return instrument_id


@rerun
def receive_instrument(identity: Identity, *, instrument_id: UUID, now: datetime | None = None) -> None:
    """Put a card or pass into the safe: by somebody else than who bought it."""
    now = now or now_utc()
    _require_keeper(identity)
    with transaction():
        instrument = _locked(instrument_id)
        bought_by = _events(instrument_id)[0].actor_id
        if instrument.state == "received" and _events(instrument_id)[-1].actor_id == identity.user_id:
            return
        move(identity, instrument, "received", other_id=bought_by, now=now)


@rerun
def acknowledge_instrument(identity: Identity, *, instrument_id: UUID, now: datetime | None = None) -> None:
    """Confirm that one holds the card or pass that was handed over; only its holder can."""
    now = now or now_utc()
    with transaction():
        instrument = _locked(instrument_id)
        if identity.user_id is None or instrument.holder_id != identity.user_id:
            raise NotFound
        if instrument.state == "acknowledged":
            return
        move(identity, instrument, "acknowledged", other_id=_events(instrument_id)[-1].actor_id, now=now)


@rerun
def lose_instrument(identity: Identity, *, instrument_id: UUID, second_id: UUID, now: datetime | None = None) -> None:
    """Enter that a card or pass is lost. Its advance stays out until it is returned, covered or disallowed."""
    now = now or now_utc()
    _require_keeper(identity)
    with transaction():
        instrument = _locked(instrument_id)
        if instrument.state == "lost":
            return
        _check_second(identity, second_id, is_holder=second_id == instrument.holder_id)
        move(identity, instrument, "lost", other_id=second_id, now=now)


@rerun
def count_instruments(
    identity: Identity,
    *,
    fund_id: UUID,
    seen: Sequence[UUID],
    second_id: UUID,
    now: datetime | None = None,
) -> list[UUID]:
    """Enter the monthly count of what lies in the safe, done by two; answers what should be there and was not seen."""
    now = now or now_utc()
    _require_keeper(identity)
    with transaction() as session:
        _check_second(identity, second_id)
        held = list(
            session.scalars(
                select(Instrument)
                .where(Instrument.fund_id == fund_id, Instrument.state.in_(rules.IN_THE_SAFE))
                .order_by(Instrument.id)
                .with_for_update()
            )
        )
        for instrument in held:
            if instrument.id in set(seen):
                _append(identity, instrument, "counted", other_id=second_id, now=now)
        return [instrument.id for instrument in held if instrument.id not in set(seen)]


def move(
    identity: Identity,
    instrument: Instrument,
    event: str,
    *,
    other_id: UUID | None,
    now: datetime,
    advance_id: UUID | None = None,
) -> None:
    """Let a card or pass change hands inside the caller's transaction. Raises NotAllowed."""
    stepping.require(
        rules.decide_custody(state=instrument.state, event=event, actor_id=identity.user_id, other_id=other_id)
    )
    instrument.state = event
    _append(identity, instrument, event, other_id=other_id, now=now, advance_id=advance_id)


def hash_number(number: str) -> str:
    """The keyed hash of a card's number: the same for the same card, and no way back without the site's secret."""
    key = hashlib.sha256(b"custody register|" + current_config().password_salt.encode()).digest()
    return hmac.new(key, number.encode(), hashlib.sha256).hexdigest()


def _append(
    identity: Identity,
    instrument: Instrument,
    event: str,
    *,
    other_id: UUID | None,
    now: datetime,
    advance_id: UUID | None = None,
) -> None:
    db.session.add(
        CustodyEvent(
            instrument_id=instrument.id,
            seq=payments.next_number(CustodyEvent.seq, CustodyEvent.instrument_id == instrument.id),
            kind=event,
            at=now,
            actor_id=identity.user_id,
            second_actor_id=other_id,
            advance_id=advance_id,
        )
    )
    db.session.flush()
    trail.record(
        EventKind.INSTRUMENT_MOVED,
        identity,
        now=now,
        subject_type="instrument",
        subject_id=instrument.id,
        details={"event": event, "second": str(other_id) if other_id else None},
    )


def _check_second(identity: Identity, second_id: UUID, *, is_holder: bool = False) -> None:
    """A named second person must be somebody else, active, and in a role that handles money or watches it."""
    wrong = InvalidInput("second", Sentence("Choose the second person: another one of the fiscal staff."))
    if second_id == identity.user_id:
        raise wrong
    try:
        account = accounts.queries.get_account(second_id)
    except NotFound as error:
        raise wrong from error
    if not account.active or not (is_holder or account.roles & WITNESS_ROLES):
        raise wrong


def _require_keeper(identity: Identity) -> None:
    if not any(identity.may(permission) for permission in KEEPERS):
        raise NotAllowed(Sentence("Your role does not allow this."))


def _events(instrument_id: UUID) -> list[CustodyEvent]:
    return list(
        db.session.scalars(
            select(CustodyEvent).where(CustodyEvent.instrument_id == instrument_id).order_by(CustodyEvent.seq)
        )
    )


def _locked(instrument_id: UUID) -> Instrument:
    found = db.session.get(Instrument, instrument_id, populate_existing=True, with_for_update=True)
    if found is None:
        raise NotFound
    return found
