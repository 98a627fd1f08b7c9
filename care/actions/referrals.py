"""A person's way to a service: made, moved step by step, followed up; and the clocks that they stop."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from audit import actions as trail
from audit.rules import EventKind
from care import rules, vault
from care.actions.opening import require_writer
from care.models import Enrollee, Goal, Referral, ReferralEvent
from core.clock import local_day, now_utc
from core.db import current_config, transaction
from core.errors import Conflict, InvalidInput, NotAllowed, NotFound, Sentence
from core.identity import Identity
from directory.queries import agreements_of, find_listing
from directory.rules import viewer_level

FOLLOW_UP = timedelta(days=14)  # after the hand-off: did they get in?
STOPS_ACCESS = frozenset({"first contact", "engaged"})


def make_referral(
    identity: Identity,
    *,
    enrollee_id: UUID,
    goal_id: UUID,
    service_id: UUID,
    fields: Mapping[str, Any],
    referral_id: UUID | None = None,
    now: datetime | None = None,
) -> UUID:
    """Refer a person to a service for one of their goals and answer the referral's id.

    The agreement in force and its promise are copied: later terms change no past promise. `fields` are the hand-off
    (introduced_by, introduced_to, meeting) and a note. `referral_id` comes from the form: sent twice, it is made once.
    Raises NotFound, NotAllowed for a paused or ended goal.
    """
    now = now or now_utc()
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = _person(session, enrollee_id)
        referral_id = referral_id or uuid4()
        if session.get(Referral, referral_id) is not None:
            return referral_id
        goal = session.get(Goal, goal_id)
        if goal is None or goal.enrollee_id != enrollee_id:
            raise InvalidInput("goal", Sentence("Choose one of the person's goals."))
        if goal.status != "active":
            raise NotAllowed(Sentence("This goal is not active. Make it active first, or choose another."))
        if find_listing(service_id, viewer_level(identity)) is None:
            raise NotFound
        agreement = agreements_of([service_id], local_day(now, current_config().timezone)).get(service_id)
        row = Referral(
            id=referral_id,
            enrollee_id=enrollee_id,
            goal_id=goal_id,
            service_id=service_id,
            agreement_id=agreement.id if agreement else None,
            promised_hours=agreement.promised_hours if agreement else None,
            made_at=now,
            made_by=identity.user_id,
            follow_up_at=now + FOLLOW_UP,
            sealed=vault.seal_fields(person, "referral", referral_id, fields),
        )
        session.add(row)
        session.flush()
        _add_event(session, person, row, "made", "", identity, now)
        details = {"referral": str(row.id), "service": str(service_id), "agreement": str(row.agreement_id)}
        _record(EventKind.REFERRAL_MADE, identity, enrollee_id, details, now)
        return row.id


def move_referral(
    identity: Identity,
    *,
    referral_id: UUID,
    state: str,
    row_version: int,
    note: str = "",
    happened_at: datetime | None = None,
    now: datetime | None = None,
) -> None:
    """Write what happened to a referral. A first real response fixes the promise; first contact stops the 24 hours.

    Raises Conflict when somebody moved it since, NotAllowed for a step that there is not, InvalidInput for a time
    that is not between the last step and now.
    """
    now = now or now_utc()
    happened_at = happened_at or now
    with transaction() as session:
        row = session.scalar(select(Referral).where(Referral.id == referral_id).with_for_update())
        if row is None:
            raise NotFound
        require_writer(identity, row.enrollee_id, now)
        if row.row_version != row_version:
            raise Conflict(Sentence("Somebody changed this referral while you were writing. Look at it again."))
        decision = rules.decide_referral(row.state, state)
        if not decision.allowed:
            raise NotAllowed(*decision.reasons)
        last = session.scalar(select(func.max(ReferralEvent.happened_at)).where(ReferralEvent.referral_id == row.id))
        if happened_at > now or (last is not None and happened_at < last):
            raise InvalidInput("happened_at", Sentence("This time lies before the last step or in the future."))
        person = _person(session, row.enrollee_id)
        row.state, row.row_version = state, row.row_version + 1
        if row.responded_at is None and state in rules.RESPONDED:
            row.responded_at = happened_at
        if state == "closed":
            row.closed_at = happened_at
        stops = _stop_access(person, state, happened_at)
        _add_event(session, person, row, state, note, identity, happened_at)
        details = {"referral": str(row.id), "state": state, "stops": stops}
        _record(EventKind.REFERRAL_MOVED, identity, row.enrollee_id, details, now)


def follow_up_referral(
    identity: Identity,
    *,
    referral_id: UUID,
    row_version: int,
    got_in: bool | None,
    ask_again_at: datetime | None = None,
    now: datetime | None = None,
) -> None:
    """Write down whether the person got in; None asks again at a later time."""
    now = now or now_utc()
    with transaction() as session:
        row = session.scalar(select(Referral).where(Referral.id == referral_id).with_for_update())
        if row is None:
            raise NotFound
        require_writer(identity, row.enrollee_id, now)
        if row.row_version != row_version:
            raise Conflict(Sentence("Somebody changed this referral while you were writing. Look at it again."))
        if got_in is None and (ask_again_at is None or ask_again_at <= now):
            raise InvalidInput("ask_again_at", Sentence("Say when to ask again: a time that is still to come."))
        row.got_in, row.follow_up_at = got_in, ask_again_at if got_in is None else None
        row.row_version += 1
        _record(
            EventKind.REFERRAL_MOVED,
            identity,
            row.enrollee_id,
            {"referral": str(row.id), "state": row.state, "got_in": got_in},
            now,
        )


def stop_clock(
    identity: Identity,
    *,
    enrollee_id: UUID,
    which: str,
    reason: str,
    at: datetime | None = None,
    now: datetime | None = None,
) -> None:
    """Stop the access or the linkage clock by hand: reached otherwise, refused by the person, no appointment to be had.

    A clock stops once and never silently. Raises NotAllowed when it stopped before, InvalidInput.
    """
    now = now or now_utc()
    at = at or now
    if which not in {"access", "linkage"}:
        raise InvalidInput("which", Sentence("Choose which clock stops."))
    if reason not in {"met", "refused by the person", "no appointment, county told"}:
        raise InvalidInput("reason", Sentence("Choose why the clock stops."))
    with transaction() as session:
        require_writer(identity, enrollee_id, now)
        person = _person(session, enrollee_id)
        stopped = person.first_access_at if which == "access" else person.linked_at
        if stopped is not None:
            raise NotAllowed(Sentence("This clock has stopped already."))
        if which == "linkage" and person.discharged_at is None:
            raise NotAllowed(Sentence("There is no discharge to count from."))
        if at > now:
            raise InvalidInput("at", Sentence("This time is still to come."))
        if which == "access":
            person.first_access_at = at
        else:
            person.linked_at = at
        person.row_version += 1
        _record(EventKind.CLOCK_STOPPED, identity, enrollee_id, {"clock": which, "reason": reason}, now)


def _stop_access(person: Enrollee, state: str, at: datetime) -> str | None:
    if state in STOPS_ACCESS and person.first_access_at is None:
        person.first_access_at = at
        person.row_version += 1
        return "access"
    return None


def _person(session: Session, enrollee_id: UUID) -> Enrollee:
    person = session.scalar(select(Enrollee).where(Enrollee.id == enrollee_id).with_for_update())
    if person is None:
        raise NotFound
    return person


def _add_event(
    session: Session, person: Enrollee, row: Referral, state: str, note: str, identity: Identity, at: datetime
) -> None:
    seq = (
        session.scalar(select(func.count()).select_from(ReferralEvent).where(ReferralEvent.referral_id == row.id)) or 0
    )
    event_id = uuid4()
    session.add(
        ReferralEvent(
            id=event_id,
            enrollee_id=row.enrollee_id,
            referral_id=row.id,
            seq=seq + 1,
            state=state,
            happened_at=at,
            written_by=identity.user_id,
            sealed=vault.seal_fields(person, "referral_event", event_id, {"note": note.strip()}),
        )
    )


def _record(kind: EventKind, identity: Identity, enrollee_id: UUID, details: Mapping[str, Any], now: datetime) -> None:
    trail.record(kind, identity, now=now, subject_type="enrollee", subject_id=enrollee_id, details=details)
